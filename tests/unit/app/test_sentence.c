/* Records into sentences: what the core says in numbers and codes, as people read it ever after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "../../../src/app/rollout/ordered.h"
#include "../../../src/app/tell/sentence.h"

static struct gw_names waves, models;

static int names_are_there(void **state)
{
    (void)state;
    (void)gw_names_add(&waves, "canary");
    (void)gw_names_add(&waves, "rest");
    (void)gw_names_add(&models, "sag-1000");
    return 0;
}

static int names_are_gone(void **state)
{
    (void)state;
    gw_names_release(&waves);
    gw_names_release(&models);
    return 0;
}

/* A rollout that stands still for that reason. */
static struct gw_rollout *rollout_with(enum gw_stop stop)
{
    const struct gw_shape shape = {
        .targets = 1, .lanes = 1, .waves = 1, .models = 1, .zones = 1, .rate_calls = 1, .read_rate_calls = 1};
    const struct gw_drive drive = {
        .limits = {.rate = {1, 1000}, .read_rate = {1, 1000}, .in_flight = 1, .upgrading = 1},
        .reads = 1,
        .attempts = 1,
        .verify = true};
    const struct gw_gate_rule rule = {.baseline_bp = 100, .alarm_bp = 800};
    const struct gw_target_start target = {.mate = GW_NO_TARGET, .state = GW_STATE_WAITING};
    struct gw_wave_start wave = {.targets = 1, .phase = GW_PHASE_WAITING, .limits = drive.limits};
    size_t size = gw_rollout_size(&shape);
    struct gw_rollout *r = gw_rollout_init(gw_mem_new(size, 1), size, &shape, &drive, 0, 1, 1);

    wave.verdict = stop == GW_STOP_GATE ? GW_VERDICT_ABORT : GW_VERDICT_HOLD;
    gw_rollout_load_wave(r, 0, &wave);
    gw_rollout_load_rule(r, 0, GW_NO_MODEL, &rule);
    gw_rollout_load(r, 0, &target);
    gw_rollout_start(r, 1, true);
    assert_int_equal(gw_rollout_stopped(r), stop);
    return r;
}

static void orders_are_answered_in_words(void **state)
{
    static const struct {
        struct gw_order_answer said;
        const char *text;
    } row[] = {
        {{.word = GW_SAID_PAUSED}, "paused: nothing is called; 0 devices under way, nothing to watch"},
        {{.word = GW_SAID_PAUSED, .under_way = 1},
         "paused: nothing is called; 1 device under way, watched to the end"},
        {{.word = GW_SAID_PAUSED, .under_way = 2, .still = true},
         "paused: nothing is called; 2 devices under way, which no run watches: run it to see what becomes "
         "of them"},
        {{.word = GW_SAID_GOES_ON}, "goes on"},
        {{.word = GW_SAID_GOES_ON, .waiting = 3}, "goes on without 3 devices"},
        {{.word = GW_SAID_FORGIVEN, .waiting = 1},
         "goes on without 1 device; what failed until now is forgiven"},
        {{.word = GW_SAID_STOPPED_SINCE},
         "the pause is lifted; the gate has stopped wave canary since: resume again to forgive that"},
        {{.word = GW_SAID_APPROVED, .wave = 1}, "approved: wave rest is next"},
        {{.word = GW_SAID_ABORTED, .waiting = 7, .under_way = 2},
         "aborted: 7 devices will not be called; 2 under way, watched to the end"},
        {{.word = GW_SAID_PACED, .rate = {90, 60000}}, "calls at 90/m from now on"},
        {{.word = GW_SAID_IS_PAUSED}, "it is paused already"},
        {{.word = GW_SAID_CALLS_NOTHING}, "it calls nothing: it waits for a person already"},
        {{.word = GW_SAID_WAITS}, "wave canary waits for an approval: approve it"},
        {{.word = GW_SAID_GOES}, "it is neither paused nor stopped by a gate"},
        {{.word = GW_SAID_BY_GATE}, "wave canary was stopped by the gate: resume it, or abort"},
        {{.word = GW_SAID_WAITS_NOT, .wave = 1}, "wave rest does not wait for an approval"},
        {{.word = GW_SAID_WAITS_NOT, .wave = UINT32_MAX}, "no wave waits for an approval"},
        {{.word = GW_SAID_IS_ABORTED}, "it is aborted: for good"},
        {{.word = GW_SAID_IS_FINISHED}, "it is finished"},
        {{.word = GW_SAID_UNREADABLE}, "it cannot be read any more"},
    };
    char text[GW_REASON_MAX];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        gw_ordered_text(&row[i].said, &waves, text, sizeof(text));
        assert_string_equal(text, row[i].text);
    }
}

static void what_a_verdict_stopped_rests_on_its_evidence(void **state)
{
    struct gw_sentences sentences = {.wave = &waves, .model = &models};
    struct gw_record verdict = {.kind = GW_RECORD_VERDICT,
                                .verdict = GW_VERDICT_ABORT,
                                .model = 0,
                                .chart = {.failed = 5, .judged = 9, .trip = GW_TRIP_CHART}};
    struct gw_record phase = {
        .kind = GW_RECORD_PHASE, .phase = GW_PHASE_WAITING, .reason = "the gate has stopped it"};
    struct gw_rollout *r = rollout_with(GW_STOP_GATE);

    (void)state;
    gw_sentence_fill(&sentences, &verdict, r, 0);
    assert_non_null(strstr(verdict.reason, "5 of 9"));
    assert_non_null(strstr(verdict.reason, "sag-1000"));
    gw_sentence_fill(&sentences, &phase, r, 0);
    assert_true(gw_text_starts(phase.reason, "the gate has stopped it: "));
    assert_non_null(strstr(phase.reason, verdict.reason));
    assert_string_equal(sentences.stopped, phase.reason);
    free(r);
}

static void what_the_cloud_said_is_explained(void **state)
{
    struct gw_sentences sentences = {.wave = &waves, .model = &models};
    struct gw_record clock = {.kind = GW_RECORD_PHASE,
                              .phase = GW_PHASE_WAITING,
                              .answer = {.class_ = GW_CLASS_CLOCK, .code = "InvalidTimeStamp.Expired"},
                              .reason = "the clocks differ"};
    struct gw_record odd = {.kind = GW_RECORD_PHASE,
                            .phase = GW_PHASE_WAITING,
                            .answer = {.code = "Never.Heard", .message = "of it"},
                            .reason = "it stopped"};
    struct gw_rollout *r = rollout_with(GW_STOP_HOLD);

    (void)state;
    gw_sentence_fill(&sentences, &clock, r, -120000);
    assert_true(gw_text_starts(
        clock.reason,
        "the clocks differ: InvalidTimeStamp.Expired (the cloud's clock is -120 s from ours): "));
    gw_sentence_fill(&sentences, &odd, r, 0);
    assert_string_equal(odd.reason, "it stopped: Never.Heard: of it");
    free(r);
}

static void an_answer_is_kept_with_its_order(void **state)
{
    struct gw_sentences sentences = {.wave = &waves, .model = &models};
    struct gw_record order = {.kind = GW_RECORD_ORDER, .said = {.word = GW_SAID_IS_PAUSED}};
    struct gw_record outcome = {.kind = GW_RECORD_STATE, .reason = "as it was"};
    struct gw_rollout *r = rollout_with(GW_STOP_HOLD);

    (void)state;
    gw_sentence_fill(&sentences, &order, r, 0);
    assert_string_equal(order.reason, "it is paused already");
    gw_sentence_fill(&sentences, &outcome, r, 0);
    assert_string_equal(outcome.reason, "as it was");
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_answered_in_words),
        cmocka_unit_test(what_a_verdict_stopped_rests_on_its_evidence),
        cmocka_unit_test(what_the_cloud_said_is_explained),
        cmocka_unit_test(an_answer_is_kept_with_its_order),
    };

    return cmocka_run_group_tests_name("app/sentence", tests, names_are_there, names_are_gone);
}
