/* What gates said, the charts that they read, and what is normal. */
#include "ward.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/text.h"
#include "gatewave/store/control.h"

struct list {
    char text[2048];
    int left; /* rows until each() says stop */
};

static bool on_verdict(void *user, const struct gw_verdict_row *row)
{
    struct list *list = user;

    ward_add(list->text, sizeof(list->text), "%u %s at %d %s [%s] %s; ", row->wave, row->wave_name,
             (int)(row->at_unix_ms - T0), gw_verdict_name(row->verdict), row->model, row->evidence);
    return --list->left != 0;
}

static void say(struct run *run, uint32_t wave, enum gw_verdict verdict, uint32_t model, const char *evidence)
{
    struct gw_record record = {
        .kind = GW_RECORD_VERDICT, .wave = wave, .verdict = verdict, .model = model, .at_unix_ms = T0 + 10};

    gw_text_copy(record.reason, sizeof(record.reason), evidence);
    run_commit(run, record);
}

static void test_verdicts_are_told_in_order(void **state)
{
    struct run run = ward_start(state);
    struct list all = {.text = "", .left = -1}, two = {.text = "", .left = 2},
                none = {.text = "", .left = -1};

    say(&run, 1, GW_VERDICT_HOLD, GW_NO_MODEL, "nobody was reached");
    say(&run, 0, GW_VERDICT_PROMOTE, GW_NO_MODEL, "2 of 2");
    say(&run, 1, GW_VERDICT_ABORT, 1, "m-b fails");
    assert_int_equal(gw_verdicts_each(run.place->store, 1, on_verdict, &all, &run.place->err), GW_OK);
    assert_string_equal(all.text, "2 rest at 10 hold [] nobody was reached; 1 canary at 10 promote [] 2 of 2;"
                                  " 2 rest at 10 abort [m-b] m-b fails; ");
    assert_int_equal(gw_verdicts_each(run.place->store, 1, on_verdict, &two, &run.place->err), GW_OK);
    assert_string_equal(two.text,
                        "2 rest at 10 hold [] nobody was reached; 1 canary at 10 promote [] 2 of 2; ");
    assert_int_equal(gw_verdicts_each(run.place->store, 2, on_verdict, &none, &run.place->err), GW_OK);
    assert_string_equal(none.text, "");
    run_stop(&run);
}

static bool on_wave(void *user, const struct gw_wave_row *row)
{
    struct list *list = user;

    ward_add(list->text, sizeof(list->text), "%u %s %s %u+%u %d %s [%s]; ", row->number, row->name,
             gw_phase_name(row->phase), row->first, row->targets,
             row->soak_until_unix_ms ? (int)(row->soak_until_unix_ms - T0) : 0, gw_verdict_name(row->verdict),
             row->evidence);
    return true;
}

static void test_waves_tell_their_last_verdict(void **state)
{
    struct run run = ward_start(state);
    struct list list = {.text = "", .left = -1};
    struct gw_record soak = {.kind = GW_RECORD_WAVE,
                             .wave = 0,
                             .phase = GW_PHASE_SOAKING,
                             .at_unix_ms = T0,
                             .soak_until_unix_ms = T0 + 60000};

    run_commit(&run, soak);
    say(&run, 0, GW_VERDICT_HOLD, GW_NO_MODEL, "too little");
    say(&run, 0, GW_VERDICT_PROMOTE, GW_NO_MODEL, "2 of 2");
    assert_int_equal(gw_waves_each(run.place->store, 1, on_wave, &list, &run.place->err), GW_OK);
    assert_string_equal(list.text, "1 canary soaking 0+2 60000 promote [2 of 2]; 2 rest pending 2+4 0  []; ");
    run_stop(&run);
}

static bool on_target(void *user, const struct gw_target_row *row)
{
    struct list *list = user;

    ward_add(list->text, sizeof(list->text), "%u %u %s %s %s %s%s", row->number, row->wave, row->model,
             row->site, row->isp, row->timezone, row->relapsed ? " relapsed" : "");
    if (row->relapse_unix_ms || row->relapse_version[0])
        ward_add(list->text, sizeof(list->text), " to %s after %d", row->relapse_version,
                 (int)(row->relapse_unix_ms - T0));
    ward_add(list->text, sizeof(list->text), "; ");
    return row->number < 3;
}

static void test_targets_tell_their_model_and_relapse(void **state)
{
    struct run run = ward_start(state);
    struct list list = {.text = "", .left = -1};
    struct gw_record relapse = {
        .kind = GW_RECORD_RELAPSED, .target = 2, .at_unix_ms = T0 + 700, .version = "2.3.0"};

    run_commit(&run, state_of(2, GW_STATE_SUCCEEDED, ""));
    run_commit(&run, relapse);
    assert_int_equal(gw_targets_each(run.place->store, 1, false, on_target, &list, &run.place->err), GW_OK);
    assert_string_equal(list.text, "0 1 m-a site-1 dtag Europe/Berlin; 1 1 m-a site-0 dtag Europe/Berlin;"
                                   " 2 2 m-a site-1 dtag Europe/Berlin relapsed to 2.3.0 after 700;"
                                   " 3 2 m-b site-0 dtag Europe/Berlin; ");
    run_stop(&run);
}

static bool on_chart(void *user, uint32_t model, const char *name, const struct gw_chart *chart)
{
    struct list *list = user;

    ward_add(list->text, sizeof(list->text), "%d [%s] %lld %u/%u trip %d; ", (int)model, name,
             (long long)chart->level_unats, chart->failed, chart->judged, (int)chart->trip);
    return true;
}

static void test_charts_read_back_as_they_were_left(void **state)
{
    struct run run = ward_start(state);
    struct list list = {.text = "", .left = -1};
    struct gw_record record = {.kind = GW_RECORD_CHART, .at_unix_ms = T0};

    /* The next rollout's are not this one's. */
    ward_rollout(run.place, 2, "Device", "running");
    place_exec(run.place, "INSERT INTO charts (rollout, number, model) VALUES (2, 0, '')");
    for (int trip = GW_TRIP_CHART; trip <= GW_TRIP_SHARE; trip++) {
        record.model = trip == GW_TRIP_FAILED ? GW_NO_MODEL : trip == GW_TRIP_CHART ? 0 : 1;
        record.chart = (struct gw_chart){.level_unats = INT64_C(10000000000) + trip,
                                         .failed = (uint32_t)trip,
                                         .judged = 4000000000u,
                                         .trip = (enum gw_trip)trip};
        run_commit(&run, record);
    }
    assert_int_equal(gw_charts_each(run.place->store, 1, on_chart, &list, &run.place->err), GW_OK);
    assert_string_equal(list.text,
                        "-1 [] 10000000002 2/4000000000 trip 2; 0 [m-a] 10000000001 1/4000000000 trip 1;"
                        " 1 [m-b] 10000000003 3/4000000000 trip 3; ");
    run_stop(&run);
}

/* ---- what is normal ---- */

static bool on_normal(void *user, const char *model, uint64_t failed, uint64_t judged, uint32_t rollouts)
{
    struct list *list = user;

    ward_add(list->text, sizeof(list->text), "[%s] %u/%u in %u; ", model, (unsigned)failed, (unsigned)judged,
             rollouts);
    return --list->left != 0;
}

static const char *normal(struct place *place, bool dpi)
{
    static struct list list;

    list = (struct list){.text = "", .left = -1};
    if (gw_normal_each(place->store, dpi, on_normal, &list, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    return list.text;
}

/* What has failed was called, and the call accepted. */
static void add(struct place *place, int n, const char *state, const char *model)
{
    ward_targets(place, n,
                 (struct ward_target){.state = state,
                                      .model = model,
                                      .proof = strcmp(state, "failed") == 0 ? "accepted" : NULL});
}

static void test_without_a_past_nothing_is_normal(void **state)
{
    struct place *place = *state;

    assert_string_equal(normal(place, false), "[] 0/0 in 0; ");
    ward_rollout(place, 1, "Device", "finished");
    add(place, 5, "skipped", "m-a");
    assert_string_equal(normal(place, false), "[] 0/0 in 0; ");
}

static void test_the_past_is_counted_by_model(void **state)
{
    struct place *place = *state;
    struct list one = {.text = "", .left = 1};

    ward_rollout(place, 1, "Device", "finished");
    add(place, 90, "succeeded", "m-b");
    add(place, 2, "failed", "m-b");
    add(place, 1, "unresolved", "m-a");
    add(place, 7, "succeeded", "m-a");
    /* What was not judged. */
    add(place, 50, "deferred", "m-a");
    add(place, 50, "canceled", "m-a");
    add(place, 50, "skipped", "m-c");
    ward_rollout(place, 2, "Device", "finished");
    add(place, 10, "succeeded", "m-b");
    add(place, 3, "succeeded", "");
    add(place, 1, "failed", "");
    assert_string_equal(normal(place, false), "[] 4/114 in 2; [m-a] 1/8 in 1; [m-b] 2/102 in 2; ");
    assert_string_equal(normal(place, true), "[] 0/0 in 0; ");
    assert_int_equal(gw_normal_each(place->store, false, on_normal, &one, &place->err), GW_OK);
    assert_string_equal(one.text, "[] 4/114 in 2; ");
}

/* What the cloud never took on says nothing of the version; what it may have, does. */
static void test_only_who_may_have_been_upgraded_has_failed(void **state)
{
    static const struct {
        struct ward_target target;
        bool counts;
    } cases[] = {
        {{.state = "failed", .code = "not_found"}, false},
        {{.state = "failed", .code = "NoPermission", .proof = "refused"}, false},
        {{.state = "failed", .code = "never", .proof = "never_sent"}, false},
        {{.state = "failed", .code = "Broken", .proof = "accepted"}, true},
        {{.state = "failed", .code = "Broken", .proof = "in_doubt"}, true},
        {{.state = "failed", .code = "Broken", .proof = ""}, true}, /* without an answer it is in doubt */
        {{.state = "failed", .code = "stuck", .proof = "refused"}, true}, /* it was seen to be upgrading */
        {{.state = "unresolved", .proof = "refused"}, true},
    };
    struct place *place = *state;
    int failed = 0, rollouts = 0;
    char text[64];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ward_rollout(place, (int)i + 1, "Device", "finished");
        add(place, 10, "succeeded", "m");
        ward_targets(place, 1,
                     (struct ward_target){.state = cases[i].target.state,
                                          .code = cases[i].target.code,
                                          .proof = cases[i].target.proof,
                                          .model = "m"});
        failed += cases[i].counts;
        rollouts++;
        snprintf(text, sizeof(text), "[] %d/%d in %d; [m] %d/%d in %d; ", failed, 10 * rollouts + failed,
                 rollouts, failed, 10 * rollouts + failed, rollouts);
        assert_string_equal(normal(place, false), text);
    }
}

/* Refused at last, and accepted before: the one call that may have done something counts. */
static void test_an_earlier_call_counts_like_the_last(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Device", "finished");
    ward_targets(place, 1, (struct ward_target){.state = "failed", .model = "m", .proof = "in_doubt"});
    place_exec(place, "INSERT INTO attempts VALUES (1, 2, 'again', 3, 4);"
                      "INSERT INTO answers VALUES (1, 2, 4, 'refused', 400, 'No', NULL, NULL)");
    assert_string_equal(normal(place, false), "[] 1/1 in 1; [m] 1/1 in 1; ");
}

static void test_a_relapse_is_a_failure_of_the_past(void **state)
{
    struct place *place = *state;

    ward_rollout(place, 1, "Dpi", "finished");
    add(place, 9, "succeeded", "m-a");
    place_exec(place, "INSERT INTO relapses VALUES (3, 1, '', ''), (9, 1, '', '')");
    assert_string_equal(normal(place, true), "[] 2/9 in 1; [m-a] 2/9 in 1; ");
}

static void test_what_was_stopped_or_not_looked_at_teaches_nothing(void **state)
{
    static const char *const phases[] = {"running", "soaking", "waiting", "paused", "aborting", "aborted"};
    struct place *place = *state;
    int id = 1;

    for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
        ward_rollout(place, id++, "Device", phases[i]);
        add(place, 10, "succeeded", "m-a");
    }
    /* Stopped by its gate, then resumed and finished. */
    ward_rollout(place, id++, "Device", "finished");
    add(place, 10, "failed", "m-a");
    place_exec(place,
               "INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, trip, failed, judged, succeeded,"
               " targets, evidence) SELECT max(id), 1, 1, 'abort', 'chart', 3, 4, 0, 0, '' FROM rollouts");
    /* Its successes are what the cloud accepted: nobody looked at the devices. */
    ward_rollout(place, id++, "Device", "finished");
    place_exec(place, "UPDATE rollouts SET verify = 0 WHERE id = (SELECT max(id) FROM rollouts)");
    add(place, 10, "succeeded", "m-a");
    assert_string_equal(normal(place, false), "[] 0/0 in 0; ");
    /* A hold is no judgement on the version. */
    ward_rollout(place, id++, "Device", "finished");
    add(place, 10, "succeeded", "m-a");
    place_exec(place,
               "INSERT INTO verdicts (rollout, wave, at_unix_ms, verdict, trip, failed, judged, succeeded,"
               " targets, evidence) SELECT max(id), 1, 1, 'hold', '', 0, 0, 0, 0, '' FROM rollouts");
    assert_string_equal(normal(place, false), "[] 0/10 in 1; [m-a] 0/10 in 1; ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_verdicts_are_told_in_order),
        TEST(test_waves_tell_their_last_verdict),
        TEST(test_targets_tell_their_model_and_relapse),
        TEST(test_charts_read_back_as_they_were_left),
        TEST(test_without_a_past_nothing_is_normal),
        TEST(test_the_past_is_counted_by_model),
        TEST(test_only_who_may_have_been_upgraded_has_failed),
        TEST(test_an_earlier_call_counts_like_the_last),
        TEST(test_a_relapse_is_a_failure_of_the_past),
        TEST(test_what_was_stopped_or_not_looked_at_teaches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
