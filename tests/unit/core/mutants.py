#!/usr/bin/env python3
"""Plants one fault after the other in the core and says which ones neither the world nor the hand notices.

By hand, from anywhere: tests/unit/core/mutants.py [WORD...] (only mutants whose names hold a WORD). It works on a
copy. A mutant whose text is no longer in the source is an error: mend it together with the source.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTS = ["tests/unit/core/test_core_" + name for name in ("rollout", "attempt", "watch", "pair", "stop", "wave", "window", "scope", "judge", "order", "pace", "lives")]

# (what is wrong, file in src/core, text, text in its place)
MUTANTS = [
    ("a refusal says something of the version", "wave.c", "return called ? GW_MARK_FAILED : GW_MARK_REFUSED;", "return GW_MARK_FAILED;"),
    ("a relapse is one outcome more", "judge.c", "trip = gw_chart_relapse(chart, &judge->rule, &judge->step);", "trip = gw_chart_judge(chart, &judge->rule, &judge->step, true);"),
    ("a pause lifts the gate too", "order.c", "    if (r->paused) {\n        gw_order_unpause(r, order);", "    if (r->paused && waits != GW_STOP_GATE) {\n        gw_order_unpause(r, order);"),
    ("an accepted call is evidence", "course.c", "return !r->drive.verify || wave->well == 0 ||", "return wave->well == 0 ||"),
    ("the second follows one that fell back", "fit.c", "if (order < 0 && gw_fit_mate_fell_back(r, target, ev)) {", "if (false && gw_fit_mate_fell_back(r, target, ev)) {"),
    ("what never opens is waited for", "turn.c", "if (gw_window_is_missing(r, t)) {", "if (false && gw_window_is_missing(r, t)) {"),
    ("in-flight limit off by one", "lane.c", "gw_in_doubt_or_flight(r) >= r->drive.limits.in_flight", "gw_in_doubt_or_flight(r) > r->drive.limits.in_flight"),
    ("upgrading limit off by one", "lane.c", "gw_under_way(r) >= r->drive.limits.upgrading || gw", "gw_under_way(r) > r->drive.limits.upgrading || gw"),
    ("doubt frees its slot", "lane.c", "r->count[GW_STATE_IN_FLIGHT] + r->count[GW_STATE_IN_DOUBT]", "r->count[GW_STATE_IN_FLIGHT]"),
    ("calls go on after a stop", "lane.c", "if (r->stop != GW_STOP_NONE || lane->ready.len == 0", "if (lane->ready.len == 0"),
    ("reads go on when blind", "rollout.c", "return gw_stop_blinds(r->stop) || (r->stop", "return (r->stop"),
    ("a sick lane takes every slot", "lane.c", "return r->lanes > 1 && lane->in_doubt > 0 &&", "return r->lanes > 99 && lane->in_doubt > 0 &&"),
    ("stale reads allow a call", "turn.c", "now_ms - r->target[t].asked_ms > r->drive.fresh_ms", "false"),
    ("pages never asked for while ones wait", "turn.c", "(lane->pages.len == 0 || !lane->ones_last)", "true"),
    ("the calls' pace is not taken", "turn.c", "gw_pace_take(&lane->call_pace, now_ms);", "(void)0;"),
    ("the reads' pace is not taken", "turn.c", "gw_pace_take(&lane->read_pace, now_ms);", "(void)0;"),
    ("call before its intent", "attempt.c", "    (void)gw_target_record(r, t, GW_RECORD_INTENT);\n    (void)gw_window_next(r, t, &opens_ms, &closes_ms);\n    call = gw_effect_push(r, GW_EFFECT_CALL);", "    (void)gw_window_next(r, t, &opens_ms, &closes_ms);\n    call = gw_effect_push(r, GW_EFFECT_CALL);\n    (void)gw_target_record(r, t, GW_RECORD_INTENT);"),
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
    ("\"too old\" for ever", "attempt.c", "    if (target->read_back || r->drive.downgrade) {", "    if (false) {"),
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
    ("an interrupted call waits", "turn.c", "gw_target_note(r, t, GW_STATE_IN_DOUBT, \"interrupted\"", "gw_target_note(r, t, GW_STATE_WAITING, \"interrupted\""),
    ("DRAIN does nothing", "rollout.c", "gw_stop_set(r, GW_STOP_DRAIN, NULL);", "(void)r;"),
    ("DRAIN does not wait for answers", "rollout.c", "r->stale_charts > 0 || r->calls_out > 0 ||", "r->stale_charts > 0 ||"),
    ("a newer device is downgraded", "fit.c", "if (order < 0 && !spent", "if (order != 0 && !spent"),
    ("a device at the version is called", "fit.c", "if (order < 0 && !spent", "if (order <= 0 && !spent"),
    ("the budget is not asked", "fit.c", "bool spent = target->charged >= r->drive.attempts;", "bool spent = false;"),
    ("the mate's presence is not looked at", "fit.c", "return ev->mate == GW_PRESENCE_ONLINE || (ev->mate", "return true || (ev->mate"),
    ("a missing mate is well", "fit.c", "(ev->mate == GW_PRESENCE_NONE && !target->pair)", "ev->mate != GW_PRESENCE_OFFLINE"),
    ("a mate that fell back is well", "fit.c", "if (ended && r->drive.pre_read &&", "if (false && ended &&"),
    ("a mate that fell back has not relapsed", "fit.c", "if (order < 0 && gw_fit_mate_fell_back(r, target, ev)) {", "if (false) {"),
    ("success from the page alone", "watch.c", "if (order >= 0 && ev->read == GW_READ_PAGE)", "if (false)"),
    ("a doubt succeeds by the page", "fit.c", "if (order == 0 && target->doubted && ev->read == GW_READ_PAGE) {", "if (false) {"),
    ("a page may say not found", "fit.c", "        if (ev->read == GW_READ_PAGE) {\n            gw_queue_look_alone(r, t);\n            return;\n        }\n        gw_target_leave", "        gw_target_leave"),
    ("an unsuitable device is waited for", "fit.c", "    case GW_PRESENCE_UNSUITABLE:\n        gw_target_leave_ahead(r, t);", "    case GW_PRESENCE_UNSUITABLE:\n        break;\n        gw_target_leave_ahead(r, t);"),
    ("unreadable is online", "fit.c", "    case GW_PRESENCE_NONE:\n    case GW_PRESENCE_UNKNOWN:\n        break;", "    case GW_PRESENCE_NONE:\n        break;\n    case GW_PRESENCE_UNKNOWN:\n        gw_fit_online(r, t, ev);\n        return;"),
    ("offline is called", "fit.c", "    case GW_PRESENCE_OFFLINE:\n        gw_target_leave_ahead(r, t);", "    case GW_PRESENCE_OFFLINE:\n        gw_fit_online(r, t, ev);\n        return;\n        gw_target_leave_ahead(r, t);"),
    ("patience is not renewed", "fit.c", "    target->absent_ms = 0;\n", ""),
    ("no patience", "fit.c", "if (now_ms >= target->absent_ms + r->drive.offline_ms ||", "if (now_ms >= target->absent_ms + r->drive.offline_ms / 2 ||"),
    ("patience goes on behind the window", "fit.c", "r->drive.offline_ms || gw_fit_closes_before(r, t, look_ms))", "r->drive.offline_ms)"),
    ("the unread are waited for behind the window", "watch.c", "bool closes = waiting && gw_fit_closes_before(r, t, look_ms);", "bool closes = false;"),
    ("stuck is ignored", "watch.c", "if (ev->asked_ms < gw_watch_deadline_ms(r, target)) {", "if (true) {"),
    ("stuck too early", "watch.c", "return from_ms + r->drive.stuck_ms;", "return from_ms + r->drive.stuck_ms / 2;"),
    ("stuck by a stale look", "watch.c", "if (ev->asked_ms < gw_watch_deadline_ms(r, target)) {", "if (ev->now_ms + 4000 < gw_watch_deadline_ms(r, target)) {"),
    ("a doubt does not wait for its fence", "watch.c", "if (target->state == GW_STATE_IN_DOUBT && target->fence_ms > from_ms)", "if (false)"),
    ("FAILED without evidence", "watch.c", "        gw_outcome_give(r, t, GW_STATE_UNRESOLVED, \"unreadable\", \"\",", "        gw_outcome_give(r, t, GW_STATE_FAILED, \"stuck\", \"\","),
    ("one failed read gives up", "watch.c", "(now_ms < target->unread_ms + patience_ms && !closes)", "false"),
    ("a closed door defers who is behind it", "watch.c", "gw_stop_blinds(r->stop) || r->lane[target->lane].down;", "gw_stop_blinds(r->stop);"),
    ("fence ignored", "watch.c", "ev->presence == GW_PRESENCE_ONLINE && ev->asked_ms >= target->fence_ms;", "ev->presence == GW_PRESENCE_ONLINE;"),
    ("agree ignored", "memory.c", "r->drive = *drive;", "r->drive = *drive, r->drive.agree_ms = 0;"),
    ("one look settles a doubt", "watch.c", "if (not_there && target->agreed && ev", "if (not_there && ev"),
    ("a failed read keeps what agreed", "watch.c", "    target->agreed = false;\n    if (target->unread_ms == 0)", "    if (target->unread_ms == 0)"),
    ("an offline look keeps what agreed", "watch.c", "    target->agreed = not_there;\n", "    target->agreed |= not_there;\n"),
    ("one odd row hides its page", "watch.c", "    if (gw_watch_page_is_odd(ev))", "    if (false)"),
    ("standby and active reversed", "pair.c", "return t < r->target[t].mate ? GW_PAIR_GO : GW_PAIR_WAIT;", "return t > r->target[t].mate ? GW_PAIR_GO : GW_PAIR_WAIT;"),
    ("what was begun is not ended first", "pair.c", "if ((mate->sent > 0) != (r->target[t].sent > 0))", "if (false)"),
    ("pair both started", "pair.c", "    case GW_STATE_IN_DOUBT:\n        return GW_PAIR_WAIT;", "    case GW_STATE_IN_DOUBT:\n        return GW_PAIR_GO;"),
    ("the mate's failure is no reason", "pair.c", "    default:\n        return GW_PAIR_NEVER;", "    default:\n        return GW_PAIR_GO;"),
    ("an accepted mate is well", "pair.c", "if (mate->accepted_only || mate->relapsed)", "if (mate->relapsed)"),
    ("identity never stops", "stop.c", "    if (gw_stop_in_a_row(&r->refused_identity, answer", "    if (false && gw_stop_in_a_row(&r->refused_identity, answer"),
    ("identity of reads never stops", "stop.c", "    if (gw_stop_in_a_row(&r->refused_identity_reads, answer", "    if (false && gw_stop_in_a_row(&r->refused_identity_reads, answer"),
    ("reads hide identity", "stop.c", "if (gw_stop_in_a_row(&r->refused_identity_reads, ", "if (gw_stop_in_a_row(&r->refused_identity, "),
    ("the same so often is one too many", "stop.c", "#define IN_A_ROW        3", "#define IN_A_ROW        4"),
    ("the same so often is one too few", "stop.c", "#define IN_A_ROW        3", "#define IN_A_ROW        2"),
    ("plan never stops", "stop.c", "if (gw_stop_in_a_row(&r->refused_plan, answer->class_ == GW_CLASS_PLAN) ||", "if ("),
    ("one plan answer stops all", "stop.c", "(answer->class_ == GW_CLASS_PLAN && !accepted_before)", "(answer->class_ == GW_CLASS_PLAN)"),
    ("first plan answer does not stop", "stop.c", "bool accepted_before = r->count", "bool accepted_before = true || r->count"),
    ("credentials do not stop", "stop.c", "        gw_stop_set(r, GW_STOP_CREDENTIALS, answer);", ""),
    ("a run without a key never stops", "stop.c", "    if (now_ms - lane->keyless_ms < KEYLESS_MOST_MS)\n        return;\n", "    if (now_ms > 0)\n        return;\n"),
    ("a run without a key stops at once", "stop.c", "    if (now_ms - lane->keyless_ms < KEYLESS_MOST_MS)\n        return;\n", ""),
    ("calls do not wait for a key", "stop.c", "    gw_pace_hold(&lane->call_pace, now_ms + KEYLESS_HOLD_MS);\n", ""),
    ("reads do not wait for a key", "stop.c", "    gw_pace_hold(&lane->read_pace, now_ms + KEYLESS_HOLD_MS);\n", ""),
    ("a new key ends no wait", "stop.c", "            lane->keyless_ms = 0;\n", "            (void)lane;\n"),
    ("two waits for a key are one", "stop.c", "if (lane->keyless_ms == 0 || now_ms - lane->keyless_heard_ms >= KEYLESS_STALE_MS)", "if (lane->keyless_ms == 0)"),
    ("a key that ended is charged", "attempt.c", "    gw_attempt_waits(r, t, answer);\n    gw_attempt_at_once(r, t);", "    r->target[t].charged++;\n    gw_attempt_waits(r, t, answer);\n    gw_attempt_at_once(r, t);"),
    ("a read without a key is a failed one", "watch.c", " || ev->answer.class_ == GW_CLASS_RENEWING)", ")"),
    ("a key that ended clears the identity's name", "stop.c", " ||\n         answer->class_ == GW_CLASS_RENEWING))", "))"),
    ("clock does not stop", "stop.c", "        gw_stop_set(r, GW_STOP_CLOCK, answer);", ""),
    ("risk does not stop", "stop.c", "        gw_stop_set(r, GW_STOP_RISK, answer);", ""),
    ("untrusted does not stop", "stop.c", "        gw_stop_set(r, GW_STOP_UNTRUSTED, answer);", ""),
    ("a blind stop does not replace", "stop.c", "return gw_stop_blinds(stop) ? 5 : 3;", "return 3;"),
    ("risk blinds", "stop.c", "return stop == GW_STOP_DRAIN ||", "return stop == GW_STOP_RISK || stop == GW_STOP_PLAN || stop == GW_STOP_DRAIN ||"),
    ("one dark lane stops all", "stop.c", "if (lane->down && gw_stop_all_down(r))", "if (lane->down)"),
    ("dark lanes never stop", "stop.c", "if (lane->down && gw_stop_all_down(r))", "if (false)"),
    ("finished lanes keep a dark one going", "stop.c", "if (r->lane[i].open > 0 && !r->lane[i].down)", "if (!r->lane[i].down)"),
    ("an open door is not noticed", "stop.c", "        door->failures = 0;\n        lane->down = false;\n", ""),
    ("a closed door is not waited at", "stop.c", "wait_ms = gw_backoff_ms(r, door->failures) + r->drive.backoff_first_ms;", "wait_ms = 0;"),
    ("not found never stops", "stop.c", "r->not_found >= NOT_FOUND_LEAST &&", "false &&"),
    ("away devices go first", "queue.c", "if (r->target[t].sent > 0 && r->target[t].absent_ms == 0)", "if (r->target[t].sent > 0)"),
    ("an attempt number is used twice", "attempt.c", "    target->sent++;\n", "    target->sent += target->sent == 0;\n"),
    ("the ring has one place too many", "pace.c", "if (ring_ms > ready_ms)", "if (ring_ms > ready_ms + 8)"),
    # waves
    ("the next wave begins before this one is over", "course.c", "if (wave->open > 0 || (gw_soak_is", "if ((gw_soak_is"),
    ("all waves at once", "wave.c", "for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {\n        struct gw_lane", "for (uint32_t t = wave->plan.first; t < r->targets; t++) {\n        struct gw_lane"),
    ("no evidence is a promotion", "course.c", "return !r->drive.verify || wave->well == 0 || not_well >= NOT_WELL_BP * of ||", "return !r->drive.verify || not_well > NOT_WELL_BP * of ||"),
    ("an accepted call is evidence", "course.c", "return !r->drive.verify || wave->well == 0 ||", "return wave->well == 0 ||"),
    ("half is not too much", "course.c", "not_well >= NOT_WELL_BP * of", "not_well > NOT_WELL_BP * of"),
    ("failures that are hardly normal are promoted", "course.c", "bool holds = doubted || gw_course_lacks(r, wave);", "bool holds = gw_course_lacks(r, wave);"),
    ("a model's failures are not weighed", "judge.c", "asked > 1 && model < r->shape.models", "false"),
    ("every model is weighed as if it were alone", "judge.c", "gw_judge_is_doubtful(r, model, asked)", "gw_judge_is_doubtful(r, model, 1)"),
    ("who was refused is weighed too", "gate.c", "uint64_t failed = chart->failed - chart->refused,", "uint64_t failed = chart->failed,"),
    ("deferred is no failure of a wave", "wave.c", "wave->not_well += !target->on_hold;", "(void)target;"),
    ("a hold counts against its wave", "wave.c", "wave->not_well += !target->on_hold;", "wave->not_well++;"),
    ("who is on hold is called", "turn.c", "if (r->target[t].on_hold) {", "if (false) {"),
    ("a hard limit does not count for a wave", "course.c", "(rule->max_failed_share_bp > 0 && of >= rule->least && not_well", "(false && not_well"),
    ("the least is not asked", "course.c", "of >= rule->least && not_well", "not_well"),
    ("skipped is well", "wave.c", "wave->well += target->at_version;", "wave->well++;"),
    ("there already is not well", "wave.c", "wave->well += target->at_version;", "(void)target;"),
    ("relapses are forgotten by a restart", "rollout.c", ".relapsed = start->relapsed,", ".relapsed = false,"),
    ("a wave on hold goes on", "course.c", "if (others && (wave->plan.verdict == GW_VERDICT_HOLD || wave->plan.approve)) {", "if (others && wave->plan.approve) {"),
    ("nobody is asked to approve", "course.c", "if (others && (wave->plan.verdict == GW_VERDICT_HOLD || wave->plan.approve)) {", "if (others && wave->plan.verdict == GW_VERDICT_HOLD) {"),
    ("the last wave asks a person", "course.c", "others = !gw_course_is_last(r) && gw_open(r) > 0;", "others = true;"),
    ("no soak", "soak.c", "return wave->plan.soak_ms > 0 &&", "return false &&"),
    ("no look after the soak", "soak.c", "    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {", "    for (uint32_t t = wave->plan.first; t < wave->plan.first; t++) {"),
    ("a soak on the wall's clock alone", "soak.c", "return by_wall_ms > wave->plan.soaks_until_ms ? by_wall_ms : wave->plan.soaks_until_ms;", "return by_wall_ms;"),
    ("a soak on this run's clock alone", "soak.c", "return by_wall_ms > wave->plan.soaks_until_ms ? by_wall_ms : wave->plan.soaks_until_ms;", "return wave->plan.soaks_until_ms;"),
    ("one look is enough to relapse", "soak.c", "#define LOOKS 3", "#define LOOKS 1"),
    ("what cannot be read relapses at once", "watch.c", "    else if (r->target[t].state != GW_STATE_SUCCEEDED || gw_soak_looks_at(r, t))\n        gw_watch_unread(r, t, ev);", "    else if (r->target[t].state == GW_STATE_SUCCEEDED)\n        gw_soak_looked_at(r, t, ev, false);\n    else\n        gw_watch_unread(r, t, ev);"),
    ("an old look counts after the soak", "soak.c", "if (told && ev->asked_ms < wave->look_ms) {", "if (false) {"),
    ("offline after the soak is well", "soak.c", "bool well = told && ev->presence == GW_PRESENCE_ONLINE &&", "bool well = told &&"),
    ("the version after the soak is not looked at", "soak.c", "ev->presence == GW_PRESENCE_ONLINE && gw_target_order(r, ev->version) >= 0;", "ev->presence == GW_PRESENCE_ONLINE;"),
    ("a relapse is not judged", "soak.c", "    gw_wave_mark(r, t, GW_MARK_RELAPSED);\n", ""),
    ("a relapse is still well", "soak.c", "    wave->well--;\n    wave->not_well++;", "    (void)wave;"),
    ("a wave that trips goes on", "wave.c", "    gw_wave_phase(r, GW_PHASE_WAITING);\n    gw_stop_set(r, GW_STOP_GATE, NULL);", "    gw_wave_phase(r, GW_PHASE_WAITING);"),
    ("the last verdict lasts", "wave.c", "        r->wave[wave].plan.verdict = GW_VERDICT_NONE;\n", "        (void)0;\n"),
    ("a new run goes on after a gate", "wave.c", "gw_wave_stop(r) == GW_STOP_GATE))\n        r->stop = gw_wave_stop(r);", "gw_wave_stop(r) == GW_STOP_GATE))\n        (void)0;"),
    ("a loaded pause hides a gate", "wave.c", " || (r->stop == GW_STOP_PAUSE && gw_wave_stop(r) == GW_STOP_GATE)", ""),
    ("a wave's own limits are ignored", "wave.c", "    r->drive.limits = wave->plan.limits;\n", ""),
    ("a pace ends with its wave", "wave.c", "    if (r->paced.calls > 0)\n        r->drive.limits.rate = r->paced;\n", ""),
    ("a resumed wave keeps its verdict", "wave.c", "    wave->plan.verdict = GW_VERDICT_NONE;\n    wave->looking = false;", "    wave->looking = false;"),
    ("a resumed wave still looks", "wave.c", "    wave->plan.verdict = GW_VERDICT_NONE;\n    wave->looking = false;", "    wave->plan.verdict = GW_VERDICT_NONE;"),
    # charts
    ("successes are not judged", "wave.c", "return GW_MARK_SUCCEEDED;", "return GW_MARK_NONE;"),
    ("unresolved is not judged", "wave.c", "    case GW_STATE_UNRESOLVED:\n        return GW_MARK_FAILED;", "    case GW_STATE_UNRESOLVED:\n        return GW_MARK_NONE;"),
    ("a refusal is the version's fault", "wave.c", "return called ? GW_MARK_FAILED : GW_MARK_REFUSED;", "return GW_MARK_FAILED;"),
    ("a failure after a call is a refusal", "wave.c", "return called ? GW_MARK_FAILED : GW_MARK_REFUSED;", "return GW_MARK_REFUSED;"),
    ("no chart of models", "judge.c", "bool of_model = gw_judge_one(r, wave, model, mark), of_all", "bool of_model = false, of_all"),
    ("the whole is named before the model", "judge.c", "*ret_model = of_model ? model : GW_NO_MODEL;", "*ret_model = of_all ? GW_NO_MODEL : model;"),
    ("a model has the hard limits of all", "judge.c", "            judge->rule.failed_limit = judge->rule.max_failed_share_bp = 0;\n", ""),
    ("a model's own rule is ignored", "judge.c", "        if (!judge->loaded) {", "        if (i > 0 || !judge->loaded) {"),
    ("charts are not recorded", "judge.c", "    if (r->stale_charts == 0)\n        return false;", "    if (true)\n        return false;"),
    ("charts begin anew with each run", "judge.c", "    r->chart[gw_judge_index(model)] = *chart;", "    (void)chart;"),
    ("nothing is forgiven", "judge.c", "        r->chart[i] = (struct gw_chart){0};\n", ""),
    ("only the whole is forgiven", "judge.c", "    for (size_t i = 0; i <= r->shape.models; i++) {\n        if (r->chart[i].judged == 0)", "    for (size_t i = 0; i < 1; i++) {\n        if (r->chart[i].judged == 0)"),
    # windows
    ("calls leave when the window has closed", "turn.c", "        !gw_window_next(r, t, &opens_ms, &closes_ms) || opens_ms > r->now_ms) {\n        gw_target_leave_ahead", "        false) {\n        gw_target_leave_ahead"),
    ("a window opens by the first reading", "window.c", "gw_window_ms(calendar->opening[i].opens_unix_ms, behind)", "gw_window_ms(calendar->opening[i].opens_unix_ms, ahead)"),
    ("a window closes by the last reading", "window.c", "gw_window_ms(calendar->opening[i].closes_unix_ms, ahead)", "gw_window_ms(calendar->opening[i].closes_unix_ms, behind)"),
    ("the new wall clock is ignored", "rollout.c", "    r->wall_ms[1] = wall_ms;\n", ""),
    ("the old wall clock is forgotten", "rollout.c", "    r->wall_ms[1] = wall_ms;\n", "    r->wall_ms[0] = r->wall_ms[1] = wall_ms;\n"),
    ("a clock that is set back moves no fence", "rollout.c", "    if (wall_ms < r->wall_ms[1])\n", "    if (false)\n"),
    ("a fence that was moved is held for ever", "watch.c", "target->fence_ms + by_ms < latest_ms ? target->fence_ms + by_ms : latest_ms;", "target->fence_ms + by_ms;"),
    ("a look before a fence was moved counts", "watch.c", "        target->fence_ms = fence_ms;\n        target->agreed = false;\n", "        target->fence_ms = fence_ms;\n"),
    ("the last moment of a window", "window.c", "if (closes_ms <= r->now_ms || closes_ms", "if (closes_ms < r->now_ms || closes_ms"),
    ("an opening that is none", "window.c", "|| closes_ms <= opens_ms)\n            continue;", ")\n            continue;"),
    ("one zone's window is everybody's", "window.c", "r->calendar[(size_t)wave * r->shape.zones + zone]", "r->calendar[(size_t)wave * r->shape.zones + 0 * zone]"),
    ("the call does not know when its window closes", "attempt.c", "call->until_ms = closes_ms;", "call->until_ms = UINT64_MAX;"),
    ("nobody wakes when a window opens", "rollout.c", "    deadline_ms = r->opens_ms < deadline_ms ? r->opens_ms : deadline_ms;\n", ""),
    ("nobody is let in when a window opens", "rollout.c", "    gw_window_open(r);\n", ""),
    ("the clock is not reckoned with", "rollout.c", "    r->wall_ms[1] = wall_ms;\n    gw_window_reckon(r);\n", "    r->wall_ms[1] = wall_ms;\n"),
    ("a window is waited for without patience", "rollout.c", "r->closed > 0 && (r->opens_ms > until_ms || r->opens_ms == UINT64_MAX)", "r->closed > 0"),
    ("a window is waited for for ever", "rollout.c", "r->closed > 0 && (r->opens_ms > until_ms || r->opens_ms == UINT64_MAX)", "false"),
    ("a soak is waited for for ever", "rollout.c", "if (soaked_ms != UINT64_MAX && soaked_ms > until_ms)", "if (false)"),
    # sites, regions, ISPs
    ("one more in a site", "scope.c", "r->crowd[scope][id - 1].inside >= r->drive.limits.per[scope]", "r->crowd[scope][id - 1].inside > r->drive.limits.per[scope]"),
    ("sites only", "scope.c", "} else if (gw_scope_is_full(r, GW_SCOPE_REGION, target->scope[GW_SCOPE_REGION]) ||\n               gw_scope_is_full(r, GW_SCOPE_ISP, target->scope[GW_SCOPE_ISP])) {", "} else if (false) {"),
    ("no limit of ISPs", "scope.c", "target->scope[GW_SCOPE_REGION]) ||\n               gw_scope_is_full(r, GW_SCOPE_ISP, target->scope[GW_SCOPE_ISP])) {", "target->scope[GW_SCOPE_REGION])) {"),
    ("nobody leaves a site", "scope.c", "        crowd->inside--;\n", ""),
    ("nobody is asked in", "scope.c", "        crowd->inside--;\n    }\n    gw_scope_pass(r, t);", "        crowd->inside--;\n    }"),
    ("nobody of the ISP is asked in", "scope.c", "        gw_scope_ask_isp(r, target->scope[GW_SCOPE_ISP]);\n", "        (void)gw_scope_ask_isp;\n"),
    ("nobody of the region is asked in", "scope.c", "        gw_scope_ask_region(r, target->scope[GW_SCOPE_REGION]);\n", "        (void)gw_scope_ask_region;\n"),
    ("who finds no room asks nobody", "scope.c", "    gw_queue_push(r, gw_scope_queue(r, t), t, GW_PLACE_CROWDED);\n    gw_scope_pass(r, t);", "    gw_queue_push(r, gw_scope_queue(r, t), t, GW_PLACE_CROWDED);"),
    ("who finds the window closed asks nobody", "turn.c", "            gw_window_wait(r, t);\n            gw_scope_pass(r, t);", "            gw_window_wait(r, t);"),
    ("who is under way from before is not inside", "rollout.c", "            gw_scope_join(r, t);\n", ""),
    ("a retry at once is not inside", "attempt.c", "    gw_scope_join(r, t);\n", ""),
    ("who has come is still on the way", "scope.c", "    struct gw_target *target = &r->target[t];\n\n    gw_scope_come(r, t, false);", "    struct gw_target *target = &r->target[t];\n"),
    # pairs
    ("the second does not wait for the first to soak", "pair.c", "return r->now_ms < gw_pair_soaks_until_ms(r, t) ? GW_PAIR_SOAK : GW_PAIR_GO;", "return GW_PAIR_GO;"),
    ("the first's success is forgotten by a restart", "rollout.c", ".ended_ms = start->ended_ms,", ".ended_ms = 0,"),
    ("the first's success is forgotten", "outcome.c", "        r->target[t].ended_ms = r->now_ms;\n", "        (void)0;\n"),
    # orders
    ("a pause does not pause", "order.c", "            r->stop = GW_STOP_PAUSE;\n", "            (void)0;\n"),
    ("a pause is not recorded", "order.c", "        gw_text_copy(gw_phase_record(r, GW_PHASE_PAUSED)->reason, GW_REASON_MAX, \"paused by an operator\");\n", ""),
    ("a pause hides what stopped before", "order.c", "        if (r->stop == GW_STOP_NONE)\n            r->stop = GW_STOP_PAUSE;", "        r->stop = GW_STOP_PAUSE;"),
    ("a stop hides a pause", "stop.c", "return r->paused ? GW_PHASE_PAUSED : GW_PHASE_WAITING;", "return GW_PHASE_WAITING;"),
    ("a stop hides an abort", "stop.c", "    if (r->aborted)\n        return GW_PHASE_ABORTING;\n", ""),
    ("what would stop the next call does not outweigh a pause", "stop.c", "return gw_stop_blinds(stop) ? 5 : 3;", "return gw_stop_blinds(stop) ? 5 : 1;"),
    ("a resume forgives nothing", "order.c", "        gw_judge_forgive(r);\n", ""),
    ("a resume leaves the wave stopped", "order.c", "        gw_wave_go_on(r);\n", ""),
    ("whoever is left out is called", "order.c", "        target->left_out = true;\n", "        (void)target;\n"),
    ("who is left out is forgotten by a restart", "rollout.c", ".left_out = start->left_out,", ".left_out = false,"),
    ("any wave is approved", "order.c", "(order->wave != GW_NO_WAVE && order->wave != r->now_wave)", "false"),
    ("what a gate has stopped is approved", "order.c", "if (wave && wave->plan.phase == GW_PHASE_WAITING && wave->plan.verdict == GW_VERDICT_ABORT) {", "if (false) {"),
    ("a resume is an approval", "order.c", "} else if (waits == GW_STOP_HOLD || waits == GW_STOP_APPROVAL) {", "} else if (false) {"),
    ("a resume of what runs", "order.c", "} else if (waits != GW_STOP_GATE) {", "} else if (waits == GW_STOP_NONE && r->stop == GW_STOP_PAUSE) {"),
    ("a pause that is lifted forgives", "order.c", "    if (r->paused) {\n        gw_order_unpause(r, order);", "    if (r->paused && waits != GW_STOP_GATE) {\n        gw_order_unpause(r, order);"),
    ("an abort cancels nobody", "order.c", "if ((r->aborted || r->target[t].left_out) &&", "if (r->target[t].left_out &&"),
    ("an abort goes on calling", "order.c", "        r->stop = GW_STOP_ABORT;\n", "        (void)0;\n"),
    ("an abort is not recorded", "order.c", "    gw_text_copy(gw_phase_record(r, GW_PHASE_ABORTING)->reason, GW_REASON_MAX, \"aborted by an operator\");\n", ""),
    ("an abort does not wait for who is being read", "rollout.c", "    if (r->stop == GW_STOP_ABORT)\n        return false;\n", ""),
    ("who was being read is not canceled", "rollout.c", "        r->reads_out == 0)\n        r->sweep = 0;", "        r->reads_out == 0)\n        r->sweep = r->targets;"),
    ("an aborted rollout takes orders", "order.c", "if (r->aborted || gw_waves_are_over(r)) {", "if (gw_waves_are_over(r)) {"),
    ("a finished rollout takes orders", "order.c", "if (r->aborted || gw_waves_are_over(r)) {", "if (r->aborted) {"),
    ("a pace is not taken", "order.c", "    gw_lanes_pace(r);\n", ""),
    ("a pace is forgotten by a restart", "rollout.c", "    gw_order_pace(r, rate);\n", "    (void)r, (void)rate;\n"),
    ("a start for an order goes on", "rollout.c", "    if (r->still)\n        return false;\n", ""),
    ("a start for an order waits", "rollout.c", "if (r->still || !gw_rollout_is_idle(r))", "if (!gw_rollout_is_idle(r))"),
    ("looks are no work of their lane", "soak.c", "        r->lane[r->target[t].lane].open++;\n", ""),
    ("lanes of later waves count", "wave.c", "    if (r->target[t].wave == r->now_wave && wave->plan.phase != GW_PHASE_PENDING)\n        r->lane[r->target[t].lane].open--;\n", "    (void)wave;\n"),
    # paces that change
    ("a ring forgets when the rate changes", "pace.c", "    gw_ring_init(&pace->ring, (struct gw_rate){.calls = entries, .window_ms = entries > 0}, ring_memory);\n", "    gw_ring_init(&pace->ring, pace->rate, ring_memory);\n"),
    ("canceled devices are taken from their queues", "queue.c", "    while (r->target[t].place == GW_PLACE_END)", "    while (false)"),
    ("who is canceled stays counted in his queue", "outcome.c", "        lane->waiting.len--;\n", ""),
    ("who is canceled stays ahead", "outcome.c", "        lane->ready.len--;\n        gw_target_leave_ahead(r, t);", "        lane->ready.len--;"),
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
