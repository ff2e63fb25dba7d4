/* Records of waves, charts, verdicts, relapses and orders: what each writes, and what none may change. */
#include "ward.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/text.h"

static struct gw_record wave_to(uint32_t wave, enum gw_phase phase)
{
    struct gw_record record = {
        .kind = GW_RECORD_WAVE, .target = UINT32_MAX, .wave = wave, .phase = phase, .at_unix_ms = T0 + 1};

    if (phase == GW_PHASE_SOAKING)
        record.soak_until_unix_ms = T0 + 1800000;
    return record;
}

static struct gw_record chart_of(uint32_t model, int64_t level, uint32_t failed, uint32_t judged)
{
    return (struct gw_record){.kind = GW_RECORD_CHART,
                              .target = UINT32_MAX,
                              .model = model,
                              .chart = {.level_unats = level, .failed = failed, .judged = judged},
                              .at_unix_ms = T0 + 2};
}

static struct gw_record verdict_on(uint32_t wave, enum gw_verdict verdict, const char *evidence)
{
    struct gw_record record = {.kind = GW_RECORD_VERDICT,
                               .target = UINT32_MAX,
                               .wave = wave,
                               .verdict = verdict,
                               .model = GW_NO_MODEL,
                               .chart = {.level_unats = 5, .failed = 1, .judged = 7},
                               .succeeded = 6,
                               .of = 8,
                               .at_unix_ms = T0 + 3};

    gw_text_copy(record.reason, sizeof(record.reason), evidence);
    return record;
}

static struct gw_record answer_to(int64_t order, bool accepted, const char *sentence)
{
    struct gw_record record = {.kind = GW_RECORD_ORDER,
                               .target = UINT32_MAX,
                               .order = order,
                               .accepted = accepted,
                               .at_unix_ms = T0 + 4};

    gw_text_copy(record.reason, sizeof(record.reason), sentence);
    return record;
}

static struct gw_record relapse_of(uint32_t target, const char *version, const char *reason)
{
    struct gw_record record = {.kind = GW_RECORD_RELAPSED, .target = target, .at_unix_ms = T0 + 5};

    gw_text_copy(record.version, sizeof(record.version), version);
    gw_text_copy(record.reason, sizeof(record.reason), reason);
    return record;
}

static const char *events(const struct run *run)
{
    return place_text(run->place, "SELECT group_concat(kind || ifnull(' of ' || target, '') || ' at ' ||"
                                  " (at_unix_ms - 1700000000000) || ' = ' || text, '; ') FROM events");
}

static const char *waves(const struct run *run)
{
    return place_text(
        run->place,
        "SELECT group_concat(name || ' ' || phase || ' ' || first || '+' || targets || ' ' ||"
        " ifnull(soak_until_unix_ms - 1700000000000, '-') || ' ' || ifnull(verdict, '-') || ' ' ||"
        " evidence || ' ' || ifnull(judged_unix_ms - 1700000000000, '-'), '; ') FROM waves");
}

static const char *charts(const struct run *run)
{
    return place_text(run->place, "SELECT group_concat(model || ' ' || level_unats || ' ' || failed || '/' ||"
                                  " judged || trip, '; ') FROM charts");
}

/* The record is refused as not fitting, and nothing that such records write has changed. */
static void refuses(struct run *run, struct gw_record record, const char *name)
{
    static const char sql[] =
        "SELECT (SELECT group_concat(phase || ifnull(verdict, '-') || evidence) FROM waves)"
        " || (SELECT group_concat(level_unats || failed || judged || trip) FROM charts)"
        " || ifnull((SELECT group_concat(ifnull(answered_unix_ms, '-') || ifnull(answer, '-')) FROM orders), "
        "'')"
        " || (SELECT count(*) FROM verdicts) || (SELECT count(*) FROM relapses)"
        " || (SELECT count(*) FROM events) || (SELECT commits FROM lease)";
    char before[1024];

    gw_text_copy(before, sizeof(before), place_text(run->place, sql));
    assert_int_equal(run_try(run, record), GW_ERR_STORE);
    place_error_has(run->place, name, "does not fit; nothing was written");
    assert_string_equal(place_text(run->place, sql), before);
}

static void test_a_wave_goes_its_way(void **state)
{
    struct run run = ward_start(state);
    struct gw_record waits = wave_to(0, GW_PHASE_WAITING);

    assert_string_equal(waves(&run), "canary pending 0+2 - -  -; rest pending 2+4 - -  -");
    run_commit(&run, wave_to(0, GW_PHASE_RUNNING));
    assert_string_equal(waves(&run), "canary running 0+2 - -  -; rest pending 2+4 - -  -");
    run_commit(&run, wave_to(0, GW_PHASE_SOAKING));
    assert_string_equal(waves(&run), "canary soaking 0+2 1800000 -  -; rest pending 2+4 - -  -");
    gw_text_copy(waits.reason, sizeof(waits.reason), "a person must approve");
    run_commit(&run, waits);
    /* When it soaked stays known. */
    assert_string_equal(waves(&run), "canary waiting 0+2 1800000 -  -; rest pending 2+4 - -  -");
    run_commit(&run, wave_to(0, GW_PHASE_FINISHED));
    run_commit(&run, wave_to(1, GW_PHASE_ABORTED));
    assert_string_equal(waves(&run), "canary finished 0+2 1800000 -  -; rest aborted 2+4 - -  -");
    assert_string_equal(events(&run), "wave at 1 = canary: running;"
                                      " wave at 1 = canary: soaking until 2023-11-14T22:43:20Z;"
                                      " wave at 1 = canary: waiting: a person must approve;"
                                      " wave at 1 = canary: finished; wave at 1 = rest: aborted");
    run_stop(&run);
}

static void test_a_wave_that_is_over_stays_so(void **state)
{
    struct run run = ward_start(state);

    run_commit(&run, wave_to(0, GW_PHASE_RUNNING));
    run_commit(&run, wave_to(0, GW_PHASE_FINISHED));
    refuses(&run, wave_to(0, GW_PHASE_RUNNING), "(wave 1, to running)");
    run_commit(&run, wave_to(1, GW_PHASE_ABORTED));
    refuses(&run, wave_to(1, GW_PHASE_FINISHED), "(wave 2, to finished)");
    refuses(&run, wave_to(2, GW_PHASE_RUNNING), "(wave 3, to running)");
    run_stop(&run);
}

static void test_a_wave_has_phases_of_its_own(void **state)
{
    struct run run = ward_start(state);

    refuses(&run, wave_to(0, GW_PHASE_PENDING), "(wave 1, to pending)");
    refuses(&run, wave_to(0, GW_PHASE_PAUSED), "(wave 1, to paused)");
    refuses(&run, wave_to(0, GW_PHASE_ABORTING), "(wave 1, to aborting)");
    run_stop(&run);
}

static void test_charts_are_written_where_they_belong(void **state)
{
    struct run run = ward_start(state);
    struct gw_record tripped = chart_of(1, 6000000, 3, 5);

    run_commit(&run, chart_of(GW_NO_MODEL, 1500000, 2, 9));
    run_commit(&run, chart_of(0, 12, 0, 4));
    tripped.chart.trip = GW_TRIP_CHART;
    run_commit(&run, tripped);
    assert_string_equal(charts(&run), " 1500000 2/9; m-a 12 0/4; m-b 6000000 3/5chart");
    tripped.chart = (struct gw_chart){.trip = GW_TRIP_NONE}; /* forgiven */
    run_commit(&run, tripped);
    tripped.model = GW_NO_MODEL;
    tripped.chart.trip = GW_TRIP_FAILED;
    run_commit(&run, tripped);
    tripped.model = 0;
    tripped.chart.trip = GW_TRIP_SHARE;
    run_commit(&run, tripped);
    assert_string_equal(charts(&run), " 0 0/0failed; m-a 0 0/0share; m-b 0 0/0");
    refuses(&run, chart_of(2, 0, 0, 0), "(chart 3)");
    /* It comes with each outcome: the outcome itself is what people look for. */
    assert_string_equal(events(&run), "");
    run_stop(&run);
}

static void test_the_last_of_a_batchs_charts_counts(void **state)
{
    struct run run = ward_start(state);
    struct gw_record batch[60];
    size_t n = 0;

    for (uint32_t i = 1; i <= 20; i++) {
        batch[n++] = chart_of(GW_NO_MODEL, i, i, 3 * i);
        batch[n++] = chart_of(i % 2, 10 * i, i / 2, i);
        batch[n++] = verdict_on(0, GW_VERDICT_HOLD, "in between");
    }
    assert_int_equal(gw_commit(run.place->store, run.lease, batch, n, &run.place->err), GW_OK);
    assert_string_equal(charts(&run), " 20 20/60; m-a 200 10/20; m-b 190 9/19");
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM verdicts"), 20);
    run_stop(&run);
}

/* More models in one batch than wait for each other at once. */
static void test_many_models_lose_no_chart(void **state)
{
    struct run run = ward_start(state);
    struct gw_record batch[121];
    size_t n = 0;

    place_exec(run.place, "WITH RECURSIVE c(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM c WHERE i < 40)"
                          " INSERT INTO charts (rollout, number, model) SELECT 1, i, 'm-' || i FROM c");
    for (uint32_t round = 1; round <= 3; round++)
        for (uint32_t model = 0; model < 40; model++)
            batch[n++] = chart_of(model, round, 0, 100 * round + model);
    assert_int_equal(gw_commit(run.place->store, run.lease, batch, n, &run.place->err), GW_OK);
    assert_int_equal(place_number(run.place,
                                  "SELECT count(*) FROM charts WHERE number > 0 AND level_unats = 3"
                                  " AND judged = 300 + number - 1"),
                     40);
    batch[n++] = chart_of(40, 0, 0, 0);
    assert_int_equal(gw_commit(run.place->store, run.lease, batch, n, &run.place->err), GW_ERR_STORE);
    place_error_has(run.place, "rollout 1", "(chart 41)");
    run_stop(&run);
}

static void test_a_verdict_is_the_waves_last_word_and_history(void **state)
{
    static const char history[] =
        "SELECT group_concat(wave || ' ' || (at_unix_ms - 1700000000000) || ' ' || verdict || ' ' || model ||"
        " ' ' || trip || ' ' || failed || '/' || judged || ' ' || succeeded || '/' || targets || ' ' || "
        "evidence,"
        " '; ') FROM verdicts";
    struct run run = ward_start(state);
    struct gw_record bad = verdict_on(0, GW_VERDICT_ABORT, "m-b fails");

    run_commit(&run, verdict_on(0, GW_VERDICT_HOLD, "nothing succeeded"));
    bad.model = 1;
    bad.chart = (struct gw_chart){.level_unats = 9, .failed = 3, .judged = 4, .trip = GW_TRIP_CHART};
    run_commit(&run, bad);
    run_commit(&run, verdict_on(1, GW_VERDICT_PROMOTE, ""));
    assert_string_equal(place_text(run.place, history),
                        "1 3 hold   1/7 6/8 nothing succeeded; 1 3 abort m-b chart 3/4 6/8 m-b fails;"
                        " 2 3 promote   1/7 6/8 ");
    assert_string_equal(waves(&run), "canary pending 0+2 - abort m-b fails 3; rest pending 2+4 - promote  3");
    assert_string_equal(events(&run),
                        "verdict at 3 = canary: hold: nothing succeeded;"
                        " verdict at 3 = canary: abort: m-b fails; verdict at 3 = rest: promote");
    run_stop(&run);
}

/* A person has resumed what the gate had stopped: it is judged anew, and not by what it was told before. */
static void test_a_wave_that_runs_again_is_not_judged_yet(void **state)
{
    struct run run = ward_start(state);

    run_commit(&run, wave_to(0, GW_PHASE_RUNNING));
    run_commit(&run, verdict_on(0, GW_VERDICT_ABORT, "m-b fails"));
    run_commit(&run, wave_to(0, GW_PHASE_WAITING));
    assert_string_equal(waves(&run), "canary waiting 0+2 - abort m-b fails 3; rest pending 2+4 - -  -");
    run_commit(&run, wave_to(0, GW_PHASE_RUNNING));
    assert_string_equal(waves(&run), "canary running 0+2 - -  -; rest pending 2+4 - -  -");
    assert_string_equal(place_text(run.place, "SELECT verdict || ' ' || evidence FROM verdicts"),
                        "abort m-b fails");
    run_stop(&run);
}

static void test_a_verdict_needs_its_wave_and_its_chart(void **state)
{
    struct run run = ward_start(state);
    struct gw_record record = verdict_on(0, GW_VERDICT_ABORT, "x");

    refuses(&run, verdict_on(2, GW_VERDICT_HOLD, "x"), "(verdict on wave 3)");
    refuses(&run, verdict_on(0, GW_VERDICT_NONE, "x"), "(verdict on wave 1)");
    record.model = 2;
    refuses(&run, record, "(verdict on wave 1)");
    run_stop(&run);
}

static void test_a_relapse_leaves_the_outcome(void **state)
{
    struct run run = ward_start(state);

    for (uint32_t target = 1; target <= 3; target++) {
        run_commit(&run, intent_of(target, 1));
        run_commit(&run, answer_of(target, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
        run_commit(&run, state_of(target, target < 3 ? GW_STATE_SUCCEEDED : GW_STATE_FAILED, ""));
    }
    run_commit(&run, relapse_of(1, "2.3.0", "fell back"));
    run_commit(&run, relapse_of(2, "", "offline at the end of the soak"));
    assert_string_equal(place_text(run.place,
                                   "SELECT group_concat(target || ' ' || (at_unix_ms - 1700000000000)"
                                   " || ' ' || version || ' ' || reason, '; ') FROM relapses"),
                        "2 5 2.3.0 fell back; 3 5  offline at the end of the soak");
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM targets WHERE state = 'succeeded'"), 2);
    assert_string_equal(place_text(run.place, "SELECT group_concat(target || ' ' || text, '; ') FROM events"
                                              " WHERE kind = 'relapsed'"),
                        "2 version 2.3.0: fell back; 3 offline at the end of the soak");
    refuses(&run, relapse_of(1, "2.3.0", "again"), "target 1 of rollout 1 is succeeded, attempt 1");
    refuses(&run, relapse_of(3, "2.3.0", "it had failed"), "target 3 of rollout 1 is failed");
    refuses(&run, relapse_of(4, "2.3.0", "it was never called"), "target 4 of rollout 1 is waiting");
    run_stop(&run);
}

static void test_an_order_is_answered_once(void **state)
{
    struct run run = ward_start(state);

    place_exec(run.place, "INSERT INTO orders (rollout, kind, argument, by, reason, at_unix_ms) VALUES"
                          " (1, 'resume', 'model = m-b', 'anna@nms', 'the rest is fine', 1),"
                          " (1, 'pause', '', 'bob@nms', '', 2)");
    run_commit(&run, answer_to(1, true, "goes on without 3 devices"));
    run_commit(&run, answer_to(2, false, ""));
    assert_string_equal(place_text(run.place,
                                   "SELECT group_concat(id || ' ' || (answered_unix_ms - 1700000000000)"
                                   " || ' ' || accepted || ' ' || answer, '; ') FROM orders"),
                        "1 4 1 goes on without 3 devices; 2 4 0 ");
    assert_string_equal(events(&run),
                        "order at 4 = resume model = m-b by anna@nms (the rest is fine): accepted:"
                        " goes on without 3 devices; order at 4 = pause by bob@nms: refused");
    refuses(&run, answer_to(1, true, "twice"), "(order 1)");
    refuses(&run, answer_to(3, true, "to nobody"), "(order 3)");
    run_stop(&run);
}

static void test_an_order_of_another_rollout_is_not_answered(void **state)
{
    struct run run = ward_start(state);

    ward_rollout(run.place, 2, "Device", "running");
    place_exec(run.place,
               "INSERT INTO orders (rollout, kind, by, at_unix_ms) VALUES (2, 'pause', 'anna@nms', 1)");
    refuses(&run, answer_to(1, true, "not mine"), "(order 1)");
    run_stop(&run);
}

/* A stop and what it rests on are one batch: none of it without the rest. */
static void test_a_verdict_shares_the_fate_of_its_batch(void **state)
{
    struct run run = ward_start(state);
    struct gw_record batch[] = {chart_of(GW_NO_MODEL, 7, 1, 1), verdict_on(0, GW_VERDICT_ABORT, "x"),
                                wave_to(0, GW_PHASE_WAITING), intent_of(0, 2)};

    assert_int_equal(gw_commit(run.place->store, run.lease, batch, 4, &run.place->err), GW_ERR_STORE);
    place_error_has(run.place, "target 0", "attempt 2");
    assert_string_equal(waves(&run), "canary pending 0+2 - -  -; rest pending 2+4 - -  -");
    assert_string_equal(charts(&run), " 0 0/0; m-a 0 0/0; m-b 0 0/0");
    assert_string_equal(events(&run), "");
    run_stop(&run);
}

static void test_control_cannot_be_rewritten(void **state)
{
    static const char *const statements[] = {
        "UPDATE waves SET name = 'x'",
        "UPDATE waves SET first = 1",
        "UPDATE waves SET targets = 1",
        "UPDATE waves SET number = 9 WHERE number = 2",
        "UPDATE waves SET phase = 'running' WHERE number = 2",
        "DELETE FROM waves",
        "UPDATE verdicts SET evidence = 'x'",
        "DELETE FROM verdicts",
        "UPDATE charts SET model = 'x'",
        "UPDATE charts SET number = 9 WHERE number = 2",
        "DELETE FROM charts",
        "UPDATE orders SET reason = 'x'",
        "UPDATE orders SET kind = 'abort'",
        "UPDATE orders SET argument = '9/s'",
        "UPDATE orders SET by = 'x'",
        "UPDATE orders SET at_unix_ms = 9",
        "UPDATE orders SET rollout = 2",
        "UPDATE orders SET answer = 'x' WHERE id = 1",
        "UPDATE orders SET accepted = 1 WHERE id = 1",
        "UPDATE orders SET answered_unix_ms = NULL, accepted = NULL, answer = NULL WHERE id = 1",
        "DELETE FROM orders",
        "UPDATE relapses SET reason = 'x'",
        "DELETE FROM relapses",
        "PRAGMA recursive_triggers = ON; REPLACE INTO orders SELECT * FROM orders",
        "PRAGMA recursive_triggers = ON; REPLACE INTO verdicts SELECT * FROM verdicts",
    };
    struct run run = ward_start(state);

    run_commit(&run, wave_to(1, GW_PHASE_ABORTED));
    run_commit(&run, verdict_on(0, GW_VERDICT_HOLD, "x"));
    place_exec(run.place,
               "INSERT INTO orders (rollout, kind, by, at_unix_ms) VALUES (1, 'pause', 'anna@nms', 1),"
               " (1, 'resume', 'anna@nms', 1); INSERT INTO relapses VALUES (1, 1, '', '')");
    run_commit(&run, answer_to(1, false, "no"));
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (place_try(run.place, statements[i]) != SQLITE_CONSTRAINT)
            fail_msg("this went through: %s", statements[i]);
    run_stop(&run);
}

static void test_only_words_of_the_house_are_stored(void **state)
{
    static const char *const statements[] = {
        "UPDATE waves SET phase = 'paused' WHERE number = 1",
        "UPDATE waves SET verdict = 'maybe', judged_unix_ms = 1",
        "UPDATE waves SET verdict = 'hold'", /* and nobody knows when */
        "INSERT INTO waves (rollout, number, name, phase, targets) VALUES (1, 0, 'none', 'pending', 1)",
        "INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, trip, failed, judged, succeeded, targets,"
        " evidence) VALUES (1, 1, 1, 'maybe', '', 0, 0, 0, 0, '')",
        "INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, trip, failed, judged, succeeded, targets,"
        " evidence) VALUES (1, 1, 1, 'hold', 'over', 0, 0, 0, 0, '')",
        "PRAGMA foreign_keys = ON; INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, trip, failed, "
        "judged,"
        " succeeded, targets, evidence) VALUES (1, 9, 1, 'hold', '', 0, 0, 0, 0, '')",
        "UPDATE charts SET trip = 'over'",
        "UPDATE charts SET level_unats = -1",
        "UPDATE charts SET failed = 2, judged = 1",
        "INSERT INTO orders (rollout, kind, by, at_unix_ms) VALUES (1, 'dance', 'anna@nms', 1)",
        "INSERT INTO orders (rollout, kind, by, at_unix_ms, answered_unix_ms) VALUES (1, 'pause', 'a@b', 1, "
        "2)",
        "INSERT INTO orders (rollout, kind, by, at_unix_ms, answered_unix_ms, accepted, answer)"
        " VALUES (1, 'pause', 'a@b', 1, 2, 7, '')",
        "INSERT INTO events (rollout, at_unix_ms, kind, text) VALUES (1, 1, 'gossip', '')",
    };
    struct run run = ward_start(state);

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (place_try(run.place, statements[i]) != SQLITE_CONSTRAINT)
            fail_msg("this went through: %s", statements[i]);
    run_stop(&run);
}

static void test_people_can_read_it(void **state)
{
    struct run run = ward_start(state);

    place_exec(run.place, "INSERT INTO orders (rollout, kind, by, at_unix_ms) VALUES"
                          " (1, 'pause', 'anna@nms', 1700000000000)");
    run_commit(&run, state_of(0, GW_STATE_SKIPPED, "at_version"));
    run_commit(&run, intent_of(1, 1));
    run_commit(&run, answer_of(1, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, state_of(1, GW_STATE_SUCCEEDED, ""));
    run_commit(&run, relapse_of(1, "", "offline"));
    run_commit(&run, wave_to(0, GW_PHASE_SOAKING));
    run_commit(&run, verdict_on(0, GW_VERDICT_HOLD, "too little"));
    run_commit(&run, answer_to(1, true, "paused"));
    assert_string_equal(
        place_text(run.place, "SELECT group_concat(rollout || number || name || ' ' || phase || ' ' ||"
                              " targets || waiting || skipped || succeeded || relapsed || ' ' ||"
                              " ifnull(soak_until, '-') || ' ' || ifnull(verdict, '-') ||"
                              " evidence, '; ') FROM v_wave"),
        "r1canary soaking 20111 2023-11-14T22:43:20Z holdtoo little; r2rest pending 44000 - -");
    assert_string_equal(place_text(run.place,
                                   "SELECT rollout || wave || at || verdict || failed || '/' || judged ||"
                                   " succeeded || '/' || targets || evidence FROM v_verdict"),
                        "rcanary2023-11-14T22:13:20Zhold1/76/8too little");
    assert_string_equal(place_text(run.place,
                                   "SELECT rollout || id || kind || by || at || answered_at || accepted ||"
                                   " answer FROM v_order"),
                        "r1pauseanna@nms2023-11-14T22:13:20Z2023-11-14T22:13:20Z1paused");
    run_stop(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_wave_goes_its_way),
        TEST(test_a_wave_that_is_over_stays_so),
        TEST(test_a_wave_has_phases_of_its_own),
        TEST(test_charts_are_written_where_they_belong),
        TEST(test_the_last_of_a_batchs_charts_counts),
        TEST(test_many_models_lose_no_chart),
        TEST(test_a_verdict_is_the_waves_last_word_and_history),
        TEST(test_a_wave_that_runs_again_is_not_judged_yet),
        TEST(test_a_verdict_needs_its_wave_and_its_chart),
        TEST(test_a_relapse_leaves_the_outcome),
        TEST(test_an_order_is_answered_once),
        TEST(test_an_order_of_another_rollout_is_not_answered),
        TEST(test_a_verdict_shares_the_fate_of_its_batch),
        TEST(test_control_cannot_be_rewritten),
        TEST(test_only_words_of_the_house_are_stored),
        TEST(test_people_can_read_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
