/*
 * What is frozen, what is over and what was signed: no statement of anybody's changes it. And reading it
 * back.
 */
#include "records.h"

#include <stdio.h>
#include <string.h>

/* A run with one target of each fate: 0 waits, 1 failed after a call, 2 is in doubt, 3 was skipped. */
static struct run start(void **state)
{
    struct run run = run_start(state);
    struct gw_record seen = {.kind = GW_RECORD_SEEN, .target = 1, .at_unix_ms = T0, .version = "2.3.0"};

    run_commit(&run, seen);
    run_commit(&run, intent_of(1, 1));
    run_commit(&run, answer_of(1, 1, GW_PROOF_REFUSED, GW_STATE_FAILED));
    run_commit(&run, intent_of(2, 1));
    run_commit(&run, answer_of(2, 1, GW_PROOF_NEVER_SENT, GW_STATE_WAITING));
    run_commit(&run, intent_of(2, 2));
    run_commit(&run, answer_of(2, 2, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT));
    run_commit(&run, state_of(3, GW_STATE_SKIPPED, "at_version"));
    return run;
}

static void test_history_cannot_be_rewritten(void **state)
{
    static const char *const statements[] = {
        "UPDATE targets SET state = 'succeeded' WHERE id = 2",
        "UPDATE targets SET state = 'waiting', ended_unix_ms = NULL WHERE id = 2",
        "UPDATE targets SET code = 'other' WHERE id = 4",
        "UPDATE targets SET sent = sent + 1 WHERE id = 2",
        "UPDATE targets SET rollout = 2 WHERE id = 1",
        "UPDATE targets SET wave = 2 WHERE id = 1",
        "UPDATE targets SET device = 9 WHERE id = 1",
        "UPDATE targets SET id = 9 WHERE id = 1",
        "DELETE FROM targets WHERE id = 1",
        "UPDATE facts SET gateway_id = 'x' WHERE target = 1",
        "UPDATE facts SET serial = 'x'",
        "DELETE FROM facts",
        "UPDATE attempts SET nonce = 'x'",
        "UPDATE attempts SET signed_unix_ms = 1",
        "UPDATE attempts SET fence_unix_ms = 1",
        "DELETE FROM attempts",
        "UPDATE answers SET proof = 'accepted'",
        "DELETE FROM answers",
        "UPDATE events SET text = 'x'",
        "DELETE FROM events",
        "UPDATE rollouts SET version = '9'",
        "UPDATE rollouts SET name = 'other'",
        "UPDATE rollouts SET spec = ''",
        "UPDATE rollouts SET membership = ''",
        "UPDATE rollouts SET targets = 3",
        "DELETE FROM rollouts",
        "PRAGMA recursive_triggers = ON; REPLACE INTO facts SELECT * FROM facts",
    };
    struct run run = start(state);

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (place_try(run.place, statements[i]) != SQLITE_CONSTRAINT)
            fail_msg("this went through: %s", statements[i]);
    run_stop(&run);
}

static void test_only_words_of_the_house_are_stored(void **state)
{
    static const char *const statements[] = {
        "UPDATE targets SET state = 'done' WHERE id = 1",
        "UPDATE targets SET state = 'succeeded' WHERE id = 1", /* an outcome without an end */
        "UPDATE targets SET ended_unix_ms = 5 WHERE id = 1",   /* an end without an outcome */
        "UPDATE targets SET attempts = 1 WHERE id = 1",        /* charged, and never sent */
        "UPDATE rollouts SET phase = 'busy'",
        "UPDATE waves SET phase = 'busy'",
        "INSERT INTO answers VALUES (3, 3, 1, 'probably', 0, NULL, NULL, NULL)",
        "INSERT INTO attempts VALUES (3, 0, 'n', 1, 1)",
        "INSERT INTO events (rollout, at_unix_ms, kind, text) VALUES (1, 1, 'gossip', '')",
        "INSERT INTO targets (id, rollout, wave, device) VALUES ('x', 1, 1, 1)", /* STRICT */
        "UPDATE devices SET ha_role = 'boss'",
    };
    struct run run = start(state);

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        int rc = place_try(run.place, statements[i]);

        if (rc != SQLITE_CONSTRAINT && rc != SQLITE_MISMATCH)
            fail_msg("this went through: %s", statements[i]);
    }
    run_stop(&run);
}

struct story {
    char text[1024];
    int left; /* rows until each() says stop */
};

static bool on_attempt(void *user, const struct gw_attempt_row *row)
{
    struct story *story = user;
    size_t len = strlen(story->text);

    snprintf(story->text + len, sizeof(story->text) - len,
             "%u/%u %s%s signed %d answered %d fence %d %d %s %s %s %s; ", row->target, row->number,
             gw_proof_name(row->proof), row->open ? " open" : "", (int)(row->signed_unix_ms - T0),
             row->answered_unix_ms ? (int)(row->answered_unix_ms - T0) : -1, (int)(row->fence_unix_ms - T0),
             row->http_status, row->nonce, row->code, row->request_id, row->message);
    return --story->left != 0;
}

static void test_attempts_are_told_in_order(void **state)
{
    struct run run = start(state);
    struct story story = {.text = ""};

    assert_int_equal(
        gw_attempts_each(run.place->store, run.rollout.id, 2, on_attempt, &story, &run.place->err), GW_OK);
    assert_string_equal(
        story.text,
        "2/1 never_sent signed 1000 answered 1500 fence 961000 400 0123456789abcdef0123456789abcdef "
        "Code REQ-1 said; "
        "2/2 in_doubt open signed 2000 answered 2500 fence 962000 400 0123456789abcdef0123456789abcdef "
        "Code REQ-2 said; ");
    story = (struct story){.left = 1};
    assert_int_equal(
        gw_attempts_each(run.place->store, run.rollout.id, 2, on_attempt, &story, &run.place->err), GW_OK);
    assert_null(strstr(story.text, "2/2"));
    story = (struct story){.text = ""};
    assert_int_equal(
        gw_attempts_each(run.place->store, run.rollout.id, 0, on_attempt, &story, &run.place->err), GW_OK);
    assert_string_equal(story.text, "");
    run_stop(&run);
}

static void test_an_attempt_without_answer_is_open(void **state)
{
    struct run run = run_start(state);
    struct story story = {.text = ""};

    run_commit(&run, intent_of(0, 1));
    assert_int_equal(
        gw_attempts_each(run.place->store, run.rollout.id, 0, on_attempt, &story, &run.place->err), GW_OK);
    assert_string_equal(story.text, "0/1 none open signed 1000 answered -1 fence 961000 0 "
                                    "0123456789abcdef0123456789abcdef   ; ");
    run_stop(&run);
}

static void test_attempts_of_another_rollout_are_not_told(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");
    struct story story = {.text = ""};

    run_commit(&run, intent_of(3, 1));
    /* Target 4 of the first rollout would be target 0 of the second. */
    assert_int_equal(
        gw_attempts_each(run.place->store, run.rollout.id, 4, on_attempt, &story, &run.place->err), GW_OK);
    assert_int_equal(gw_attempts_each(run.place->store, other.id, 3, on_attempt, &story, &run.place->err),
                     GW_OK);
    assert_string_equal(story.text, "");
    run_stop(&run);
}

static bool on_event(void *user, const struct gw_event_row *row)
{
    struct story *story = user;
    size_t len = strlen(story->text);

    snprintf(story->text + len, sizeof(story->text) - len, "%d %d %s %s; ", (int)row->id,
             row->target == UINT32_MAX ? -1 : (int)row->target, row->kind, row->text);
    return true;
}

static void test_events_are_told_in_order(void **state)
{
    struct run run = start(state);
    struct story of_1 = {.text = ""}, of_all = {.text = ""};
    struct gw_record phase = {.kind = GW_RECORD_PHASE, .phase = GW_PHASE_RUNNING, .at_unix_ms = T0};

    run_commit(&run, phase);
    assert_int_equal(gw_events_each(run.place->store, run.rollout.id, 1, on_event, &of_1, &run.place->err),
                     GW_OK);
    assert_string_equal(of_1.text, "1 1 seen version 2.3.0; ");
    assert_int_equal(
        gw_events_each(run.place->store, run.rollout.id, UINT32_MAX, on_event, &of_all, &run.place->err),
        GW_OK);
    assert_string_equal(of_all.text, "3 -1 phase running; ");
    assert_int_equal(place_number(run.place, "SELECT max(id) = count(*) FROM events"), 1);
    run_stop(&run);
}

static bool on_sent(void *user, const char *account, const char *region, int64_t signed_unix_ms,
                    int64_t answered_unix_ms)
{
    struct story *story = user;
    size_t len = strlen(story->text);

    snprintf(story->text + len, sizeof(story->text) - len, "%s %s %d-%d; ", account, region,
             (int)(signed_unix_ms - T0), answered_unix_ms ? (int)(answered_unix_ms - T0) : 0);
    return true;
}

/* Whatever was not proven to have stayed here counts: refused, in doubt, and without an answer. */
static void test_sent_calls_are_remembered_over_rollouts(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");
    struct gw_record intent = intent_of(0, 1);
    struct story story = {.text = ""};
    struct gw_lease *lease;

    run_commit(&run, intent_of(0, 1));
    run_commit(&run, answer_of(0, 1, GW_PROOF_NEVER_SENT, GW_STATE_WAITING));
    run_commit(&run, intent_of(0, 2));
    run_commit(&run, answer_of(0, 2, GW_PROOF_REFUSED, GW_STATE_FAILED));
    run_commit(&run, intent_of(1, 1));
    run_commit(&run, answer_of(1, 1, GW_PROOF_REFUSED, GW_STATE_FAILED));
    run_commit(&run, intent_of(2, 1));
    run_commit(&run, answer_of(2, 1, GW_PROOF_REFUSED, GW_STATE_FAILED));
    gw_lease_release(run.lease);
    run.lease = NULL;
    intent.signed_unix_ms = intent.at_unix_ms = T0 + 1500;
    assert_int_equal(gw_lease_take(run.place->store, other.id, T0 + 1500, &lease, &run.place->err), GW_OK);
    assert_int_equal(gw_commit(run.place->store, lease, &intent, 1, &run.place->err), GW_OK);
    assert_int_equal(gw_sent_since(run.place->store, T0, on_sent, &story, &run.place->err), GW_OK);
    assert_string_equal(story.text, "main cn-shanghai 1000-1500; main cn-shanghai 1000-1500; "
                                    "main cn-shanghai 1500-0; main cn-shanghai 2000-2500; ");
    story = (struct story){.text = ""};
    assert_int_equal(gw_sent_since(run.place->store, T0 + 1500, on_sent, &story, &run.place->err), GW_OK);
    assert_string_equal(story.text, "main cn-shanghai 1500-0; main cn-shanghai 2000-2500; ");
    gw_lease_release(lease);
    run_stop(&run);
}

/* The views that people read at `sqlite3 fleet.db`. */
static void test_views_say_it_in_words(void **state)
{
    struct run run = start(state);

    assert_string_equal(place_text(run.place,
                                   "SELECT rollout || ' ' || number || ' ' || state || ' ' || code || ' ' ||"
                                   " attempts || ' ' || request_id || ' ' || version_before || ' ' ||"
                                   " started_at || ' ' || ended_at FROM v_target WHERE number = 1"),
                        "r 1 failed Code 1 REQ-1 2.3.0 2023-11-14T22:13:21Z 2023-11-14T22:13:21Z");
    assert_string_equal(
        place_text(run.place, "SELECT rollout || number || name || targets || ' ' || waiting || in_flight"
                              " || upgrading || in_doubt || succeeded || skipped || failed || deferred"
                              " || unresolved || canceled FROM v_wave"),
        "r1all4 1001011000");
    assert_string_equal(place_text(run.place,
                                   "SELECT group_concat(number || ' ' || signed_at || ' ' || proof || ' ' ||"
                                   " request_id, ', ') FROM v_attempt WHERE gateway_id ="
                                   " (SELECT gateway_id FROM facts WHERE target = 3)"),
                        "1 2023-11-14T22:13:21Z never_sent REQ-1, 2 2023-11-14T22:13:22Z in_doubt REQ-2");
    run_stop(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_history_cannot_be_rewritten, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_only_words_of_the_house_are_stored, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_attempts_are_told_in_order, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_attempt_without_answer_is_open, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_attempts_of_another_rollout_are_not_told, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_events_are_told_in_order, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_sent_calls_are_remembered_over_rollouts, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_views_say_it_in_words, place_set_up, place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
