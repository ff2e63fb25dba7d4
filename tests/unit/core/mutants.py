#!/usr/bin/env python3
"""Plants one fault after the other in the core and says which ones the world does not notice.

By hand, from anywhere: tests/unit/core/mutants.py [WORD...] (only mutants whose names hold a WORD). It works on a
copy. A mutant whose text is no longer in the source is an error: mend it together with the source.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTS = ["tests/unit/core/test_core_" + name for name in ("rollout", "pair", "stop", "lives")]

# (what is wrong, file in src/core, text, text in its place)
MUTANTS = [
    ("in-flight limit off by one", "lane.c", "gw_in_doubt_or_flight(r) >= r->drive.in_flight", "gw_in_doubt_or_flight(r) > r->drive.in_flight"),
    ("upgrading limit off by one", "lane.c", "gw_under_way(r) >= r->drive.upgrading || gw", "gw_under_way(r) > r->drive.upgrading || gw"),
    ("doubt frees its slot", "lane.c", "r->count[GW_STATE_IN_FLIGHT] + r->count[GW_STATE_IN_DOUBT]", "r->count[GW_STATE_IN_FLIGHT]"),
    ("calls go on after a stop", "lane.c", "if (r->stop != GW_STOP_NONE || lane->ready.len == 0", "if (lane->ready.len == 0"),
    ("reads go on when blind", "rollout.c", "return gw_stop_blinds(r->stop) || (r->stop", "return (r->stop"),
    ("a sick lane takes every slot", "lane.c", "return r->lanes > 1 && lane->in_doubt > 0 &&", "return r->lanes > 99 && lane->in_doubt > 0 &&"),
    ("stale reads allow a call", "lane.c", "now_ms - r->target[t].asked_ms > r->drive.fresh_ms", "false"),
    ("pages never asked for while ones wait", "lane.c", "(lane->pages.len == 0 || !lane->ones_last)", "true"),
    ("the calls' pace is not taken", "lane.c", "gw_pace_take(&lane->call_pace, now_ms);", "(void)0;"),
    ("the reads' pace is not taken", "lane.c", "gw_pace_take(&lane->read_pace, now_ms);", "(void)0;"),
    ("call before its intent", "attempt.c", "    (void)gw_target_record(r, t, GW_RECORD_INTENT);\n    call = gw_effect_push(r, GW_EFFECT_CALL);", "    call = gw_effect_push(r, GW_EFFECT_CALL);\n    (void)gw_target_record(r, t, GW_RECORD_INTENT);"),
    ("attempts off by one, more", "attempt.c", "if (target->charged >= r->drive.attempts) {", "if (target->charged > r->drive.attempts) {"),
    ("attempts off by one, fewer", "attempt.c", "if (target->charged >= r->drive.attempts) {", "if (target->charged + 1u >= r->drive.attempts) {"),
    ("a throttle is charged", "attempt.c", "        gw_attempt_waits(r, t, &ev->answer);\n        gw_attempt_at_once(r, t);", "        target->charged++;\n        gw_attempt_waits(r, t, &ev->answer);\n        gw_attempt_at_once(r, t);"),
    ("never sent is charged", "attempt.c", "        target->failures++;\n        gw_attempt_waits", "        target->charged++;\n        gw_attempt_waits"),
    ("a refused account is charged", "attempt.c", "        /* The run stops; this target has lost", "        target->charged++;\n        /* The run stops; this target has lost"),
    ("a throttle's pause is ignored", "attempt.c", "gw_pace_throttled(&r->lane[target->lane].call_pace, ev->now_ms, ev->answer.retry_after_ms);", "(void)0;"),
    ("a throttle's pause is ignored by reads", "watch.c", "gw_pace_throttled(&lane->read_pace, ev->now_ms, ev->answer.retry_after_ms);", "(void)0;"),
    ("a throttle's pause is too short", "pace.c", "gw_pace_hold(pace, now_ms + retry_after_ms);", "gw_pace_hold(pace, now_ms + retry_after_ms / 2);"),
    ("busy after doubt is somebody else's", "attempt.c", "if (target->doubted) {", "if (false) {"),
    ("put off for ever", "attempt.c", "if (++r->target[t].put_off >= r->drive.attempts) {", "if (false) {"),
    ("\"too old\" for ever", "attempt.c", "    if (target->read_back) {", "    if (false) {"),
    ("in doubt is taken for never sent", "attempt.c", "    default:\n        gw_attempt_doubted(r, t, ev);\n        break;\n    }\n    gw_stop", "    default:\n        gw_attempt_waits(r, t, &ev->answer);\n        gw_target_sleep(r, t, ev->now_ms);\n        break;\n    }\n    gw_stop"),
    ("doubt is not remembered", "attempt.c", "    target->doubted = true;\n    gw_target_move", "    gw_target_move"),
    ("accepted is the outcome", "attempt.c", "if (!r->drive.verify) {", "if (true) {"),
    ("sent times forgotten over a restart", "rollout.c", "    gw_ring_add(&r->lane[lane].call_pace.ring, sent_ms);", "    (void)r, (void)lane, (void)sent_ms;"),
    ("sent times of the first lane only", "rollout.c", "gw_ring_add(&r->lane[lane].call_pace.ring, sent_ms);", "(void)lane, gw_ring_add(&r->lane[0].call_pace.ring, sent_ms);"),
    ("reads not held after a restart", "rollout.c", "gw_pace_hold(&r->lane[i].read_pace, until_ms);", "(void)until_ms;"),
    ("doubt lost over a restart", "rollout.c", ".doubted = start->doubted,", ".doubted = false,"),
    ("fence lost over a restart", "rollout.c", ".fence_ms = start->fence_ms,", ".fence_ms = 0,"),
    ("charges lost over a restart", "rollout.c", "(uint16_t)(start->attempts < UINT16_MAX ? start->attempts : UINT16_MAX)", "0"),
    ("time of the call lost over a restart", "rollout.c", ".since_ms = start->since_ms,", ".since_ms = 0,"),
    ("an interrupted call waits", "target.c", "gw_target_note(r, t, GW_STATE_IN_DOUBT, \"interrupted\"", "gw_target_note(r, t, GW_STATE_WAITING, \"interrupted\""),
    ("DRAIN does nothing", "rollout.c", "gw_stop_set(r, GW_STOP_DRAIN, NULL);", "(void)r;"),
    ("DRAIN does not wait for answers", "rollout.c", "if (r->effects_len > 0 || r->calls_out > 0)", "if (r->effects_len > 0)"),
    ("a newer device is downgraded", "watch.c", "if (order < 0 && !spent", "if (order != 0 && !spent"),
    ("a device at the version is called", "watch.c", "if (order < 0 && !spent", "if (order <= 0 && !spent"),
    ("the budget is not asked", "watch.c", "bool spent = target->charged >= r->drive.attempts;", "bool spent = false;"),
    ("the mate's presence is not looked at", "watch.c", "return mate == GW_PRESENCE_ONLINE || (mate", "return true || (mate"),
    ("a missing mate is well", "watch.c", "(mate == GW_PRESENCE_NONE && !target->pair)", "mate != GW_PRESENCE_OFFLINE"),
    ("success from the page alone", "watch.c", "if (order >= 0 && ev->read == GW_READ_PAGE)", "if (false)"),
    ("a doubt succeeds by the page", "watch.c", "if (order == 0 && target->doubted && ev->read == GW_READ_PAGE) {", "if (false) {"),
    ("a page may say not found", "watch.c", "        if (ev->read == GW_READ_PAGE) {\n            gw_watch_ask_alone(r, t);\n            return;\n        }\n        gw_target_leave", "        gw_target_leave"),
    ("an unsuitable device is waited for", "watch.c", "    case GW_PRESENCE_UNSUITABLE:\n        gw_target_leave_ahead(r, t);", "    case GW_PRESENCE_UNSUITABLE:\n        break;\n        gw_target_leave_ahead(r, t);"),
    ("unreadable is online", "watch.c", "    case GW_PRESENCE_NONE:\n    case GW_PRESENCE_UNKNOWN:\n        break;", "    case GW_PRESENCE_NONE:\n        break;\n    case GW_PRESENCE_UNKNOWN:\n        gw_watch_waiting_online(r, t, ev);\n        return;"),
    ("offline is called", "watch.c", "    case GW_PRESENCE_OFFLINE:\n        gw_target_leave_ahead(r, t);", "    case GW_PRESENCE_OFFLINE:\n        gw_watch_waiting_online(r, t, ev);\n        return;\n        gw_target_leave_ahead(r, t);"),
    ("patience is not renewed", "watch.c", "    target->absent_ms = 0;\n", ""),
    ("no patience", "watch.c", "if (now_ms - target->absent_ms >= r->drive.offline_ms)", "if (now_ms - target->absent_ms >= r->drive.offline_ms / 2)"),
    ("stuck is ignored", "watch.c", "if (ev->asked_ms < gw_watch_deadline_ms(r, target)) {", "if (true) {"),
    ("stuck too early", "watch.c", "return from_ms + r->drive.stuck_ms;", "return from_ms + r->drive.stuck_ms / 2;"),
    ("stuck by a stale look", "watch.c", "if (ev->asked_ms < gw_watch_deadline_ms(r, target)) {", "if (ev->now_ms + 4000 < gw_watch_deadline_ms(r, target)) {"),
    ("a doubt does not wait for its fence", "watch.c", "if (target->state == GW_STATE_IN_DOUBT && target->fence_ms > from_ms)", "if (false)"),
    ("FAILED without evidence", "watch.c", "        gw_target_end(r, t, GW_STATE_UNRESOLVED, \"unreadable\", \"\",", "        gw_target_end(r, t, GW_STATE_FAILED, \"stuck\", \"\","),
    ("one failed read gives up", "watch.c", "now_ms - target->unread_ms < patience_ms)", "false)"),
    ("a closed door defers who is behind it", "watch.c", "gw_stop_blinds(r->stop) || r->lane[target->lane].down;", "gw_stop_blinds(r->stop);"),
    ("fence ignored", "watch.c", "ev->presence == GW_PRESENCE_ONLINE && ev->asked_ms >= target->fence_ms;", "ev->presence == GW_PRESENCE_ONLINE;"),
    ("agree ignored", "rollout.c", "r->drive = *drive;", "r->drive = *drive, r->drive.agree_ms = 0;"),
    ("one look settles a doubt", "watch.c", "if (not_there && target->agreed && ev", "if (not_there && ev"),
    ("a failed read keeps what agreed", "watch.c", "    target->agreed = false;\n    if (target->unread_ms == 0)", "    if (target->unread_ms == 0)"),
    ("an offline look keeps what agreed", "watch.c", "    target->agreed = not_there;\n", "    target->agreed |= not_there;\n"),
    ("one odd row hides its page", "watch.c", "    if (gw_watch_page_is_odd(ev))", "    if (false)"),
    ("standby and active reversed", "pair.c", "return t < r->target[t].mate ? GW_PAIR_GO : GW_PAIR_WAIT;", "return t > r->target[t].mate ? GW_PAIR_GO : GW_PAIR_WAIT;"),
    ("what was begun is not ended first", "pair.c", "if ((mate->sent > 0) != (r->target[t].sent > 0))", "if (false)"),
    ("pair both started", "pair.c", "    case GW_STATE_IN_DOUBT:\n        return GW_PAIR_WAIT;", "    case GW_STATE_IN_DOUBT:\n        return GW_PAIR_GO;"),
    ("the mate's failure is no reason", "pair.c", "    default:\n        return GW_PAIR_NEVER;", "    default:\n        return GW_PAIR_GO;"),
    ("an accepted mate is well", "pair.c", "return mate->accepted_only ? GW_PAIR_NEVER : GW_PAIR_GO;", "return GW_PAIR_GO;"),
    ("identity never stops", "stop.c", "    if (gw_stop_in_a_row(&r->refused_identity, answer", "    if (false && gw_stop_in_a_row(&r->refused_identity, answer"),
    ("identity of reads never stops", "stop.c", "    if (gw_stop_in_a_row(&r->refused_identity_reads, answer", "    if (false && gw_stop_in_a_row(&r->refused_identity_reads, answer"),
    ("reads hide identity", "stop.c", "if (gw_stop_in_a_row(&r->refused_identity_reads, ", "if (gw_stop_in_a_row(&r->refused_identity, "),
    ("the same so often is one too many", "stop.c", "#define IN_A_ROW        3", "#define IN_A_ROW        4"),
    ("the same so often is one too few", "stop.c", "#define IN_A_ROW        3", "#define IN_A_ROW        2"),
    ("plan never stops", "stop.c", "if (gw_stop_in_a_row(&r->refused_plan, answer->class_ == GW_CLASS_PLAN) ||", "if ("),
    ("one plan answer stops all", "stop.c", "(answer->class_ == GW_CLASS_PLAN && !accepted_before)", "(answer->class_ == GW_CLASS_PLAN)"),
    ("first plan answer does not stop", "stop.c", "bool accepted_before = r->count", "bool accepted_before = true || r->count"),
    ("credentials do not stop", "stop.c", "        gw_stop_set(r, GW_STOP_CREDENTIALS, answer);", ""),
    ("clock does not stop", "stop.c", "        gw_stop_set(r, GW_STOP_CLOCK, answer);", ""),
    ("risk does not stop", "stop.c", "        gw_stop_set(r, GW_STOP_RISK, answer);", ""),
    ("untrusted does not stop", "stop.c", "        gw_stop_set(r, GW_STOP_UNTRUSTED, answer);", ""),
    ("a blind stop does not replace", "stop.c", "(gw_stop_blinds(r->stop) || !gw_stop_blinds(stop))", "true"),
    ("risk blinds", "stop.c", "return stop == GW_STOP_DRAIN ||", "return stop == GW_STOP_RISK || stop == GW_STOP_PLAN || stop == GW_STOP_DRAIN ||"),
    ("one dark lane stops all", "stop.c", "if (lane->down && gw_stop_all_down(r))", "if (lane->down)"),
    ("dark lanes never stop", "stop.c", "if (lane->down && gw_stop_all_down(r))", "if (false)"),
    ("finished lanes keep a dark one going", "stop.c", "if (r->lane[i].open > 0 && !r->lane[i].down)", "if (!r->lane[i].down)"),
    ("an open door is not noticed", "stop.c", "        door->failures = 0;\n        lane->down = false;\n", ""),
    ("a closed door is not waited at", "stop.c", "wait_ms = gw_backoff_ms(r, door->failures) + r->drive.backoff_first_ms;", "wait_ms = 0;"),
    ("not found never stops", "stop.c", "r->not_found >= NOT_FOUND_LEAST &&", "false &&"),
    ("away devices go first", "target.c", "if (r->target[t].sent > 0 && r->target[t].absent_ms == 0)", "if (r->target[t].sent > 0)"),
    ("an attempt number is used twice", "attempt.c", "    target->sent++;\n", "    target->sent += target->sent == 0;\n"),
    ("the ring has one place too many", "pace.c", "if (ring_ms > ready_ms)", "if (ring_ms > ready_ms + 8)"),
]


def run(args, cwd):
    return subprocess.run(args, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def noticed_by(tree):
    """The name of the first test that fails, "the compiler", or None."""
    if run(["ninja", "-C", "build", "-j2", *TESTS], tree).returncode:
        return "the compiler"
    for test in TESTS:
        try:
            done = subprocess.run([tree / "build" / test], cwd=tree, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=20)
        except subprocess.TimeoutExpired:
            return test + " (no end)"
        if done.returncode:
            return test.rsplit("_", 1)[1]
    return None


def main(words):
    chosen = [m for m in MUTANTS if not words or any(word in m[0] for word in words)]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "build*"))
        if run(["meson", "setup", "build", "-Dwerror=false"], tree).returncode:
            sys.exit("meson setup failed")
        if noticed_by(tree):
            sys.exit("the tests fail before anything is planted")
        for name, file, old, new in chosen:
            path = tree / "src/core" / file
            text = path.read_text()
            if text.count(old) != 1:
                sys.exit(f"{name}: its text is {text.count(old)} times in {file}")
            path.write_text(text.replace(old, new))
            by = noticed_by(tree)
            path.write_text(text)
            survivors += [] if by else [name]
            print(f"{name}: {by or 'SURVIVES'}", flush=True)
    print(f"{len(chosen)} planted, {len(survivors)} not noticed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
