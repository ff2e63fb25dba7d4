/* The runner's records: what each writes, and which moves are legal. */
#include "records.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/text.h"

static const char target_3[] = "SELECT state || ' sent ' || sent || ' charged ' || attempts || ' ' ||"
                               " ifnull(code, '-') || ' ' || ifnull(reason, '-') || ' ' ||"
                               " ifnull(started_unix_ms - 1700000000000, '-') || ' ' ||"
                               " ifnull(ended_unix_ms - 1700000000000, '-') FROM targets WHERE id = 3";

static void test_an_intent_is_an_attempt_without_answer(void **state)
{
    struct run run = run_start(state);

    run_commit(&run, intent_of(2, 1));
    assert_string_equal(place_text(run.place,
                                   "SELECT target || ' ' || number || ' ' || nonce || ' ' || signed_unix_ms"
                                   " || ' ' || fence_unix_ms FROM attempts"),
                        "3 1 0123456789abcdef0123456789abcdef 1700000001000 1700000961000");
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM answers"), 0);
    assert_string_equal(place_text(run.place, target_3), "in_flight sent 1 charged 0 - - 1000 -");
    run_stop(&run);
}

static void test_an_answer_completes_it(void **state)
{
    struct run run = run_start(state);

    run_commit(&run, intent_of(2, 1));
    run_commit(&run, answer_of(2, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    assert_string_equal(place_text(run.place,
                                   "SELECT target || number || ' ' || at_unix_ms || ' ' || proof || ' ' ||"
                                   " http_status || code || request_id || message FROM answers"),
                        "31 1700000001500 accepted 400CodeREQ-1said");
    assert_string_equal(place_text(run.place, target_3), "upgrading sent 1 charged 1 Code - 1000 -");
    run_stop(&run);
}

static void test_an_answer_can_be_the_outcome(void **state)
{
    struct run run = run_start(state);
    struct gw_record record = answer_of(2, 1, GW_PROOF_REFUSED, GW_STATE_FAILED);

    gw_text_copy(record.reason, sizeof(record.reason), "no budget");
    run_commit(&run, intent_of(2, 1));
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, target_3), "failed sent 1 charged 1 Code no budget 1000 1500");
    run_stop(&run);
}

static void test_empty_texts_are_nulls(void **state)
{
    struct run run = run_start(state);
    struct gw_record record = answer_of(0, 1, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT);

    memset(&record.answer.code, 0, sizeof(record.answer.code));
    memset(&record.answer.request_id, 0, sizeof(record.answer.request_id));
    memset(&record.answer.message, 0, sizeof(record.answer.message));
    run_commit(&run, intent_of(0, 1));
    run_commit(&run, record);
    assert_int_equal(place_number(run.place,
                                  "SELECT count(*) FROM answers WHERE code IS NULL AND request_id IS NULL"
                                  " AND message IS NULL"),
                     1);
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM targets WHERE id = 1 AND code IS NULL"),
                     1);
    run_stop(&run);
}

static void test_attempts_go_on_until_the_budget_ends(void **state)
{
    struct run run = run_start(state);

    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        run_commit(&run, intent_of(2, attempt));
        run_commit(&run,
                   answer_of(2, attempt, GW_PROOF_REFUSED, attempt < 3 ? GW_STATE_WAITING : GW_STATE_FAILED));
    }
    assert_string_equal(place_text(run.place,
                                   "SELECT group_concat(number || proof || request_id) FROM attempts"
                                   " JOIN answers USING (target, number)"),
                        "1refusedREQ-1,2refusedREQ-2,3refusedREQ-3");
    assert_string_equal(place_text(run.place, target_3), "failed sent 3 charged 3 Code - 1000 3500");
    run_stop(&run);
}

static void test_what_costs_no_attempt_charges_none(void **state)
{
    struct run run = run_start(state);
    struct gw_record record = answer_of(2, 1, GW_PROOF_REFUSED, GW_STATE_WAITING);

    record.charged = 0;
    run_commit(&run, intent_of(2, 1));
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, target_3), "waiting sent 1 charged 0 Code - 1000 -");
    run_stop(&run);
}

static void test_attempt_numbers_have_no_gaps(void **state)
{
    struct run run = run_start(state);

    run_refuses(&run, intent_of(0, 2));
    run_refuses(&run, intent_of(0, 0));
    run_commit(&run, intent_of(0, 1));
    run_commit(&run, answer_of(0, 1, GW_PROOF_NEVER_SENT, GW_STATE_WAITING));
    run_refuses(&run, intent_of(0, 1));
    run_refuses(&run, intent_of(0, 3));
    run_commit(&run, intent_of(0, 2));
    run_stop(&run);
}

static void test_only_who_waits_is_called(void **state)
{
    struct run run = run_start(state);

    run_commit(&run, intent_of(0, 1));
    run_refuses(&run, intent_of(0, 2));
    run_commit(&run, answer_of(0, 1, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT));
    run_refuses(&run, intent_of(0, 2));
    run_commit(&run, intent_of(1, 1));
    run_commit(&run, answer_of(1, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_refuses(&run, intent_of(1, 2));
    run_commit(&run, state_of(2, GW_STATE_SKIPPED, "at_version"));
    run_refuses(&run, intent_of(2, 1));
    run_stop(&run);
}

static void test_an_answer_needs_its_call(void **state)
{
    struct run run = run_start(state);

    run_refuses(&run, answer_of(0, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, intent_of(0, 1));
    run_refuses(&run, answer_of(0, 2, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, answer_of(0, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_refuses(&run, answer_of(0, 1, GW_PROOF_REFUSED, GW_STATE_FAILED));
    run_stop(&run);
}

/* What may have taken effect is never written down as if it had not. */
static void test_an_answer_leads_where_its_proof_allows(void **state)
{
    static const enum gw_state denied[] = {GW_STATE_WAITING,  GW_STATE_SKIPPED,   GW_STATE_DEFERRED,
                                           GW_STATE_CANCELED, GW_STATE_IN_FLIGHT, GW_STATE_NONE};
    struct run run = run_start(state);

    run_commit(&run, intent_of(0, 1));
    for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
        run_refuses(&run, answer_of(0, 1, GW_PROOF_ACCEPTED, denied[i]));
        run_refuses(&run, answer_of(0, 1, GW_PROOF_IN_DOUBT, denied[i]));
    }
    run_refuses(&run, answer_of(0, 1, GW_PROOF_NONE, GW_STATE_WAITING));
    run_refuses(&run, answer_of(0, 1, GW_PROOF_REFUSED, GW_STATE_IN_FLIGHT));
    /* The device is busy, perhaps with an earlier call of ours: a refusal that leaves a doubt. */
    run_commit(&run, answer_of(0, 1, GW_PROOF_REFUSED, GW_STATE_IN_DOUBT));
    run_stop(&run);
}

static void test_seen_keeps_what_it_saw_first(void **state)
{
    struct run run = run_start(state);
    struct gw_record record = {.kind = GW_RECORD_SEEN,
                               .target = 2,
                               .state = GW_STATE_WAITING,
                               .at_unix_ms = T0 + 5,
                               .version = "2.3.0"};

    run_commit(&run, record);
    gw_text_copy(record.version, sizeof(record.version), "2.3.9");
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, "SELECT version_before || ifnull(serial, ' none') FROM targets"
                                              " WHERE id = 3"),
                        "2.3.0 none");
    assert_string_equal(place_text(run.place,
                                   "SELECT group_concat(target || kind || at_unix_ms || text, ', ')"
                                   " FROM events"),
                        "3seen1700000000005version 2.3.0, 3seen1700000000005version 2.3.9");
    run_stop(&run);
}

static void test_a_serial_is_learned_once(void **state)
{
    struct run run = run_start(state);
    struct gw_record record = {
        .kind = GW_RECORD_SEEN, .target = 2, .at_unix_ms = T0, .version = "2.3.0", .serial = "LEARNED"};

    run_commit(&run, record);
    gw_text_copy(record.serial, sizeof(record.serial), "OTHER");
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, "SELECT serial FROM targets WHERE id = 3"), "LEARNED");
    assert_string_equal(place_text(run.place, "SELECT text FROM events LIMIT 1"),
                        "version 2.3.0, serial LEARNED");
    run_commit(&run, state_of(2, GW_STATE_SKIPPED, "at_version"));
    run_refuses(&run, record);
    run_stop(&run);
}

static void test_a_state_decided_by_reads_is_an_outcome(void **state)
{
    struct run run = run_start(state);
    struct gw_record record = state_of(2, GW_STATE_SUCCEEDED, "at_version");

    gw_text_copy(record.reason, sizeof(record.reason), "seen there");
    run_commit(&run, intent_of(2, 1));
    run_commit(&run, answer_of(2, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, target_3),
                        "succeeded sent 1 charged 1 at_version seen there 1000 9000");
    assert_string_equal(place_text(run.place, "SELECT version_after FROM targets WHERE id = 3"), "2.4.0");
    assert_string_equal(place_text(run.place, "SELECT kind || ' ' || text FROM events"),
                        "state succeeded: at_version: seen there");
    run_stop(&run);
}

/* From each state, each state by a STATE record: legal or not. */
static void test_state_records_move_as_the_table_says(void **state)
{
    static const struct {
        enum gw_state from;
        const char *legal; /* the names of where it may go */
    } moves[] = {
        {GW_STATE_WAITING, " succeeded skipped failed deferred canceled "},
        {GW_STATE_IN_FLIGHT, " in_doubt succeeded failed unresolved "},
        {GW_STATE_UPGRADING, " succeeded failed unresolved "},
        {GW_STATE_IN_DOUBT, " succeeded failed unresolved "},
        {GW_STATE_FAILED, " "},
    };
    struct run run = run_start(state);

    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        for (int to = GW_STATE_NONE; to < GW_STATE_COUNT; to++) {
            char name[32], sql[256];
            bool legal;

            snprintf(name, sizeof(name), " %s ", gw_state_name((enum gw_state)to));
            legal = to != GW_STATE_NONE && strstr(moves[i].legal, name);
            place_exec(run.place, "DROP TRIGGER targets_outcome_is_final");
            snprintf(sql, sizeof(sql), "UPDATE targets SET state = '%s', ended_unix_ms = %s WHERE id = 1",
                     gw_state_name(moves[i].from), gw_state_is_outcome(moves[i].from) ? "1" : "NULL");
            place_exec(run.place, sql);
            place_exec(run.place,
                       "CREATE TRIGGER targets_outcome_is_final AFTER UPDATE ON targets"
                       " WHEN OLD.ended_unix_ms IS NOT NULL BEGIN SELECT RAISE (ROLLBACK, 'final'); END");
            if (legal)
                run_commit(&run, state_of(0, (enum gw_state)to, "x"));
            else
                run_refuses(&run, state_of(0, (enum gw_state)to, "x"));
        }
    }
    run_stop(&run);
}

static void test_a_doubt_is_resolved_into_another_attempt(void **state)
{
    struct run run = run_start(state);
    struct gw_record resolved = {.kind = GW_RECORD_RESOLVED,
                                 .target = 2,
                                 .attempt = 1,
                                 .charged = 1,
                                 .state = GW_STATE_WAITING,
                                 .at_unix_ms = T0 + 7,
                                 .reason = "no effect"};

    run_refuses(&run, resolved);
    run_commit(&run, intent_of(2, 1));
    run_refuses(&run, resolved);
    run_commit(&run, answer_of(2, 1, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT));
    resolved.state = GW_STATE_SUCCEEDED;
    run_refuses(&run, resolved);
    resolved.state = GW_STATE_WAITING;
    run_commit(&run, resolved);
    assert_string_equal(place_text(run.place, target_3), "waiting sent 1 charged 1 - no effect 1000 -");
    assert_string_equal(place_text(run.place, "SELECT proof FROM answers"), "in_doubt");
    assert_string_equal(place_text(run.place, "SELECT kind || ' ' || text FROM events"),
                        "resolved waiting: no effect");
    run_commit(&run, intent_of(2, 2));
    run_stop(&run);
}

static void test_a_call_that_was_interrupted_is_in_doubt(void **state)
{
    struct run run = run_start(state);

    run_commit(&run, intent_of(2, 1));
    run_commit(&run, state_of(2, GW_STATE_IN_DOUBT, "interrupted"));
    assert_string_equal(place_text(run.place, target_3), "in_doubt sent 1 charged 0 interrupted - 1000 -");
    run_stop(&run);
}

/* A wave has a life of its own. */
static void test_phases_move_the_rollout_and_no_wave(void **state)
{
    static const char sql[] =
        "SELECT r.phase || ' ' || r.reason || ' ' || ifnull(r.started_unix_ms, '-') || ' ' ||"
        " ifnull(r.ended_unix_ms, '-') || ' ' || w.phase FROM rollouts r JOIN waves w"
        " ON w.rollout = r.id";
    struct run run = run_start(state);
    struct gw_record record = {
        .kind = GW_RECORD_PHASE, .target = UINT32_MAX, .phase = GW_PHASE_RUNNING, .at_unix_ms = 100};

    assert_string_equal(place_text(run.place, sql), "waiting not started yet - - pending");
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, sql), "running  100 - pending");
    record.phase = GW_PHASE_WAITING;
    record.at_unix_ms = 200;
    gw_text_copy(record.reason, sizeof(record.reason), "keys");
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, sql), "waiting keys 100 - pending");
    record = (struct gw_record){.kind = GW_RECORD_PHASE, .phase = GW_PHASE_RUNNING, .at_unix_ms = 300};
    run_commit(&run, record);
    record.phase = GW_PHASE_FINISHED;
    record.at_unix_ms = 400;
    run_commit(&run, record);
    assert_string_equal(place_text(run.place, sql), "finished  100 400 pending");
    assert_string_equal(place_text(run.place, "SELECT group_concat(kind || text || ifnull(target, ''), ', ')"
                                              " FROM events"),
                        "phaserunning, phasewaiting: keys, phaserunning, phasefinished");
    run_stop(&run);
}

/* Somebody paused, or aborted, what never ran. */
static void test_only_who_runs_has_started(void **state)
{
    static const enum gw_phase phases[] = {GW_PHASE_PAUSED, GW_PHASE_WAITING, GW_PHASE_SOAKING,
                                           GW_PHASE_ABORTING, GW_PHASE_ABORTED};
    struct run run = run_start(state);

    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        struct gw_record record = {.kind = GW_RECORD_PHASE, .phase = phases[i], .at_unix_ms = 100};

        run_commit(&run, record);
        assert_string_equal(place_text(run.place, "SELECT ifnull(started_unix_ms, '-') FROM rollouts"), "-");
    }
    assert_int_equal(place_number(run.place, "SELECT ended_unix_ms FROM rollouts"), 100);
    run_stop(&run);
}

static void check_over(struct run *run, enum gw_phase over)
{
    static const char sql[] =
        "SELECT phase || reason || ended_unix_ms || ifnull(started_unix_ms, '-') FROM rollouts";
    struct gw_record record = {.kind = GW_RECORD_PHASE, .phase = over, .at_unix_ms = 100};
    char before[64], what[64];

    run_commit(run, record);
    gw_text_copy(before, sizeof(before), place_text(run->place, sql));
    for (enum gw_phase phase = GW_PHASE_RUNNING; phase < GW_PHASE_COUNT; phase++) {
        record.phase = phase;
        record.at_unix_ms = 200;
        snprintf(what, sizeof(what), "a record (phase, to %s) does not fit", gw_phase_name(phase));
        assert_int_equal(run_try(run, record), GW_ERR_STORE);
        place_error_has(run->place, "rollout 1", what);
        assert_string_equal(place_text(run->place, sql), before);
    }
    assert_int_equal(place_number(run->place, "SELECT count(*) FROM events"), 1);
    assert_int_equal(place_try(run->place, "UPDATE rollouts SET phase = 'running'"), SQLITE_CONSTRAINT);
    assert_int_equal(place_try(run->place, "UPDATE rollouts SET reason = 'x'"), SQLITE_CONSTRAINT);
    assert_int_equal(place_try(run->place, "UPDATE rollouts SET started_unix_ms = 1"), SQLITE_CONSTRAINT);
    assert_int_equal(place_try(run->place, "UPDATE rollouts SET ended_unix_ms = NULL"), SQLITE_CONSTRAINT);
    run_stop(run);
}

static void test_a_finished_rollout_stays_so(void **state)
{
    struct run run = run_start(state);

    check_over(&run, GW_PHASE_FINISHED);
}

static void test_an_aborted_rollout_stays_so(void **state)
{
    struct run run = run_start(state);

    check_over(&run, GW_PHASE_ABORTED);
}

static void test_a_batch_is_all_or_nothing(void **state)
{
    struct run run = run_start(state);
    struct gw_record batch[3] = {intent_of(0, 1), intent_of(1, 1), intent_of(1, 2)};

    assert_int_equal(gw_commit(run.place->store, run.lease, batch, 3, &run.place->err), GW_ERR_STORE);
    place_error_has(run.place, "target 1", "intent, attempt 2");
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM attempts"), 0);
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM targets WHERE state = 'waiting'"), 4);
    /* The connection is as good as new. */
    assert_int_equal(gw_commit(run.place->store, run.lease, batch, 2, &run.place->err), GW_OK);
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM attempts"), 2);
    assert_int_equal(place_number(run.place, "SELECT commits FROM lease"), 1);
    run_stop(&run);
}

/* One record of every kind for one target, in order, in one transaction. */
static void test_a_batch_keeps_its_order(void **state)
{
    struct run run = run_start(state);
    struct gw_record batch[] = {
        {.kind = GW_RECORD_SEEN, .target = 2, .at_unix_ms = T0, .version = "2.3.0"},
        intent_of(2, 1),
        answer_of(2, 1, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT),
        {.kind = GW_RECORD_RESOLVED, .target = 2, .attempt = 1, .state = GW_STATE_WAITING, .at_unix_ms = T0},
        intent_of(2, 2),
        answer_of(2, 2, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING),
        state_of(2, GW_STATE_SUCCEEDED, ""),
    };

    assert_int_equal(
        gw_commit(run.place->store, run.lease, batch, sizeof(batch) / sizeof(batch[0]), &run.place->err),
        GW_OK);
    assert_string_equal(place_text(run.place, target_3), "succeeded sent 2 charged 2 - - 1000 9000");
    assert_string_equal(place_text(run.place, "SELECT group_concat(number || proof) FROM answers"),
                        "1in_doubt,2accepted");
    run_stop(&run);
}

/* More than a chunk of sixteen, and a rest: every row is there and in its place. */
static void test_chunks_lose_no_row(void **state)
{
    struct place *place = *state;
    struct gw_record batch[39];
    struct gw_rollout_row rollout;
    struct gw_lease *lease;

    place_fleet(place, 39);
    rollout = place_rollout(place, "many");
    assert_int_equal(gw_lease_take(place->store, rollout.id, T0, &lease, &place->err), GW_OK);
    for (uint32_t i = 0; i < 39; i++) {
        batch[i] = intent_of(i, 1);
        snprintf(batch[i].nonce, sizeof(batch[i].nonce), "nonce-%u", i);
    }
    assert_int_equal(gw_commit(place->store, lease, batch, 39, &place->err), GW_OK);
    assert_int_equal(
        place_number(place, "SELECT count(*) FROM attempts WHERE nonce = 'nonce-' || (target - 1)"), 39);
    for (uint32_t i = 0; i < 39; i++) {
        batch[i] = answer_of(i, 1, GW_PROOF_ACCEPTED, GW_STATE_SUCCEEDED);
        snprintf(batch[i].answer.request_id, sizeof(batch[i].answer.request_id), "request-%u", i);
    }
    assert_int_equal(gw_commit(place->store, lease, batch, 39, &place->err), GW_OK);
    assert_int_equal(
        place_number(place, "SELECT count(*) FROM answers WHERE request_id = 'request-' || (target - 1)"),
        39);
    assert_int_equal(place_number(place, "SELECT count(*) FROM targets WHERE state = 'succeeded'"), 39);
    gw_lease_release(lease);
}

static void test_an_empty_batch_only_checks_the_lease(void **state)
{
    struct run run = run_start(state);

    assert_int_equal(gw_commit(run.place->store, run.lease, NULL, 0, &run.place->err), GW_OK);
    place_exec(run.place, "UPDATE lease SET epoch = epoch + 1");
    assert_int_equal(gw_commit(run.place->store, run.lease, NULL, 0, &run.place->err), GW_ERR_LEASE);
    run_stop(&run);
}

/* The last defence, should a lease ever be taken in spite of it: the index itself refuses the second call. */
static void test_a_device_has_one_unsettled_call_over_all_rollouts(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");
    struct gw_lease *lease;
    struct gw_record intent;
    char sql[128];

    gw_lease_release(run.lease);
    run.lease = NULL;
    assert_int_equal(gw_lease_take(run.place->store, other.id, T0, &lease, &run.place->err), GW_OK);
    place_exec(run.place, "UPDATE targets SET state = 'in_doubt', sent = 1 WHERE id = 3");
    snprintf(sql, sizeof(sql),
             "SELECT id - 5 FROM targets WHERE rollout = %d AND device = (SELECT device FROM targets"
             " WHERE id = 3)",
             (int)other.id);
    intent = intent_of((uint32_t)place_number(run.place, sql), 1);
    assert_int_equal(gw_commit(run.place->store, lease, &intent, 1, &run.place->err), GW_ERR_BUSY);
    place_error_has(run.place, "rollout r ", "run that rollout to its end first");
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM attempts"), 0);
    place_exec(run.place, "UPDATE targets SET state = 'unresolved', ended_unix_ms = 1 WHERE id = 3");
    assert_int_equal(gw_commit(run.place->store, lease, &intent, 1, &run.place->err), GW_OK);
    gw_lease_release(lease);
    run_stop(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_intent_is_an_attempt_without_answer, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_completes_it, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_can_be_the_outcome, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_empty_texts_are_nulls, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_attempts_go_on_until_the_budget_ends, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_costs_no_attempt_charges_none, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_attempt_numbers_have_no_gaps, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_only_who_waits_is_called, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_needs_its_call, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_answer_leads_where_its_proof_allows, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_seen_keeps_what_it_saw_first, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_serial_is_learned_once, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_state_decided_by_reads_is_an_outcome, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_state_records_move_as_the_table_says, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_doubt_is_resolved_into_another_attempt, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_call_that_was_interrupted_is_in_doubt, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_phases_move_the_rollout_and_no_wave, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_only_who_runs_has_started, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_finished_rollout_stays_so, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_aborted_rollout_stays_so, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_batch_is_all_or_nothing, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_batch_keeps_its_order, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_chunks_lose_no_row, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_empty_batch_only_checks_the_lease, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_device_has_one_unsettled_call_over_all_rollouts, place_set_up,
                                        place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
