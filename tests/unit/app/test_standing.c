/* The sentence about a rollout, and the command that follows, in each place where one can stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "tell/culprit.h"
#include "tell/standing.h"

#define T0 INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */

/* Three waves, the second under way: 2 of 2, 1 of 3 and 0 of 5 have succeeded. */
struct stand {
    struct gw_standing standing;
    struct gw_wave_row wave[3];
    uint64_t wave_count[3][GW_STATE_COUNT];
};

static struct gw_standing *stand_init(struct stand *stand)
{
    *stand = (struct stand){
        .wave = {{.number = 1,
                  .name = "canary",
                  .phase = GW_PHASE_FINISHED,
                  .verdict = GW_VERDICT_PROMOTE,
                  .evidence = "all 2 of wave canary are at the version"},
                 {.number = 2, .name = "tenth", .phase = GW_PHASE_RUNNING},
                 {.number = 3, .name = "rest", .phase = GW_PHASE_PENDING}},
        .standing = {.rollout = {.name = "os-2.4.0", .phase = GW_PHASE_RUNNING, .verify = true},
                     .count = {[GW_STATE_WAITING] = 7, [GW_STATE_SUCCEEDED] = 3},
                     .culprit = {.attribute = ""}},
    };
    stand->standing.waves = (struct gw_wave_names){.wave = stand->wave, .n = 3};
    stand->standing.wave_count = stand->wave_count;
    return &stand->standing;
}

static void set(char *ret, size_t size, const char *text)
{
    assert_true(gw_text_copy(ret, size, text));
}

static void check_text(struct gw_buf *buf, const char *expected)
{
    assert_string_equal(gw_buf_text(buf), expected);
    gw_buf_release(buf);
}

static void check_says(const struct gw_standing *standing, const char *sentence, const char *next)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_standing_sentence(standing, &buf);
    check_text(&buf, sentence);
    gw_standing_next(standing, &buf);
    check_text(&buf, next);
}

static void set_culprit(struct gw_standing *standing)
{
    standing->culprit = (struct gw_culprit){.attribute = "model",
                                            .value = "sag-100wm",
                                            .failed_with = 11,
                                            .failed = 13,
                                            .judged_with = 16,
                                            .judged = 600};
}

/* ---- what goes on ---- */

static void the_wave_under_way_is_named(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    check_says(standing, "wave tenth (2 of 3) is under way: 3 of 10 devices have their outcome",
               "report os-2.4.0");
    standing->count[GW_STATE_FAILED] = 2;
    standing->count[GW_STATE_WAITING] = 5;
    check_says(
        standing,
        "wave tenth (2 of 3) is under way: 5 of 10 devices have their outcome, 2 of them not the one that "
        "was wanted",
        "report os-2.4.0");
    standing->waves.n = 1;
    check_says(standing, "5 of 10 devices have their outcome, 2 of them not the one that was wanted",
               "report os-2.4.0");
}

static void a_soak_says_until_when(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    stand.wave[1].phase = GW_PHASE_SOAKING;
    stand.wave[1].soak_until_unix_ms = T0;
    standing->rollout.phase = GW_PHASE_SOAKING;
    check_says(standing,
               "wave tenth (2 of 3) soaks until 2023-11-14T22:13:20Z: 3 of 10 devices have their outcome",
               "report os-2.4.0");
    /* The run did not stay for it. */
    standing->rollout.phase = GW_PHASE_WAITING;
    set(standing->rollout.reason, sizeof(standing->rollout.reason),
        "a wave soaks; the same command goes on when it has");
    check_says(
        standing,
        "a wave soaks; the same command goes on when it has (wave tenth soaks until 2023-11-14T22:13:20Z)",
        "run os-2.4.0");
}

static void the_next_wave_is_named_before_it_begins(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    stand.wave[1].phase = GW_PHASE_PENDING;
    check_says(standing, "wave tenth (2 of 3) is next: 3 of 10 devices have their outcome",
               "report os-2.4.0");
}

static void a_run_that_was_killed_is_to_be_run_again(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->unattended = true;
    check_says(standing, "wave tenth (2 of 3) is under way: 3 of 10 devices have their outcome",
               "run os-2.4.0");
}

/* ---- what waits for a person ---- */

static void a_gate_that_stopped_it_names_the_culprit(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_WAITING;
    set(standing->rollout.reason, sizeof(standing->rollout.reason), "the gate has stopped it");
    stand.wave[1].phase = GW_PHASE_WAITING;
    stand.wave[1].verdict = GW_VERDICT_ABORT;
    set(stand.wave[1].evidence, sizeof(stand.wave[1].evidence),
        "13 of 61 devices judged up to wave tenth failed (21 %)");
    check_says(standing, "stopped by the gate: 13 of 61 devices judged up to wave tenth failed (21 %)",
               "report os-2.4.0");
    assert_int_equal(gw_standing_way(standing), GW_WAY_JUDGE);
    set_culprit(standing);
    check_says(
        standing,
        "stopped by the gate: 13 of 61 devices judged up to wave tenth failed (21 %); 11 of 13 failures "
        "are model sag-100wm: 11 of 16 of these failed, 2 of 584 of the others",
        "resume os-2.4.0 --without 'model = sag-100wm'");
}

static void a_hold_and_an_approval_ask_for_approve(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_WAITING;
    standing->judged_unix_ms = T0;
    stand.wave[1].phase = GW_PHASE_WAITING;
    stand.wave[1].verdict = GW_VERDICT_HOLD;
    set(stand.wave[1].evidence, sizeof(stand.wave[1].evidence), "1 of 3 in wave tenth is at the version");
    stand.wave_count[1][GW_STATE_SUCCEEDED] = 1;
    check_says(standing, "held by the gate: 1 of 3 in wave tenth is at the version", "approve os-2.4.0");
    assert_int_equal(gw_standing_way(standing), GW_WAY_APPROVE);
    stand.wave[1].verdict = GW_VERDICT_PROMOTE;
    set(stand.wave[1].evidence, sizeof(stand.wave[1].evidence), "all 3 of wave tenth are at the version");
    check_says(
        standing,
        "wave tenth waits for an approval since 2023-11-14T22:13:20Z: all 3 of wave tenth are at the version",
        "approve os-2.4.0");
}

static void a_hold_in_which_something_went_wrong_asks_to_look_first(void **state)
{
    static const enum gw_state wrong[] = {GW_STATE_FAILED, GW_STATE_UNRESOLVED};
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_WAITING;
    stand.wave[1].phase = GW_PHASE_WAITING;
    stand.wave[1].verdict = GW_VERDICT_HOLD;
    set(stand.wave[1].evidence, sizeof(stand.wave[1].evidence), "none of 1 in wave tenth is at the version");
    /* An approval would let the next wave be the first that tries the version. */
    check_says(standing, "held by the gate: none of 1 in wave tenth is at the version", "report os-2.4.0");
    assert_int_equal(gw_standing_way(standing), GW_WAY_REVIEW);
    stand.wave_count[1][GW_STATE_SUCCEEDED] = 1;
    for (size_t i = 0; i < GW_COUNT_OF(wrong); i++) {
        stand.wave_count[1][wrong[i]] = 1;
        check_says(standing, "held by the gate: none of 1 in wave tenth is at the version",
                   "report os-2.4.0");
        assert_int_equal(gw_standing_way(standing), GW_WAY_REVIEW);
        stand.wave_count[1][wrong[i]] = 0;
    }
    /* What went wrong in a wave before it was judged then. */
    stand.wave_count[0][GW_STATE_FAILED] = 1;
    assert_int_equal(gw_standing_way(standing), GW_WAY_APPROVE);
    standing->rollout.relapsed = 1;
    assert_int_equal(gw_standing_way(standing), GW_WAY_REVIEW);
    /* A wave that has passed its gate only waits for the word that was asked for. */
    stand.wave[1].verdict = GW_VERDICT_PROMOTE;
    assert_int_equal(gw_standing_way(standing), GW_WAY_APPROVE);
}

static void a_pause_says_who_and_why(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_PAUSED;
    set(standing->rollout.reason, sizeof(standing->rollout.reason), "paused by an operator");
    check_says(standing, "paused", "resume os-2.4.0");
    standing->word = (struct gw_last_word){
        .kind = GW_ORDER_PAUSE, .at_unix_ms = T0, .by = "ann@noc", .reason = (char[]){"lunch\033"}};
    check_says(standing, "paused by ann@noc at 2023-11-14T22:13:20Z: lunch\\x1b", "resume os-2.4.0");
    /* What a gate found meanwhile is told beside it. */
    stand.wave[1].phase = GW_PHASE_WAITING;
    stand.wave[1].verdict = GW_VERDICT_ABORT;
    set(stand.wave[1].evidence, sizeof(stand.wave[1].evidence), "9 of 41 devices failed");
    standing->word.reason = NULL;
    check_says(standing,
               "paused by ann@noc at 2023-11-14T22:13:20Z; stopped by the gate: 9 of 41 devices failed",
               "resume os-2.4.0");
}

static void a_stop_says_its_reason(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_WAITING;
    set(standing->rollout.reason, sizeof(standing->rollout.reason), "the credentials were refused");
    check_says(standing, "the credentials were refused", "run os-2.4.0");
    standing->rollout.reason[0] = '\0';
    check_says(standing, "stopped", "run os-2.4.0");
}

/* ---- what is over ---- */

static void a_version_that_does_not_exist_is_given_up(void **state)
{
    static const char reason[] =
        "the cloud refuses the request itself: VersionNotExist: the version does not exist"
        " for this device; choose a version that is offered for its model";
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_WAITING;
    set(standing->rollout.reason, sizeof(standing->rollout.reason), reason);
    /* Other models have it. */
    check_says(standing, reason, "run os-2.4.0");
    standing->count[GW_STATE_SUCCEEDED] = 0;
    check_says(standing, reason, "abort os-2.4.0");
    standing->count[GW_STATE_UPGRADING] = 1;
    check_says(standing, reason, "run os-2.4.0");
    standing->count[GW_STATE_UPGRADING] = 0;
    standing->rollout.phase = GW_PHASE_ABORTED;
    assert_int_equal(gw_standing_way(standing), GW_WAY_REPORT);
}

static void an_abort_says_whose_it_was(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_ABORTING;
    standing->word = (struct gw_last_word){.kind = GW_ORDER_ABORT, .at_unix_ms = T0, .by = "bob@noc"};
    check_says(standing, "being aborted by bob@noc at 2023-11-14T22:13:20Z", "report os-2.4.0");
    standing->rollout.phase = GW_PHASE_ABORTED;
    check_says(standing, "aborted by bob@noc at 2023-11-14T22:13:20Z", "report os-2.4.0");
}

static void an_end_says_how_it_ended(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_FINISHED;
    for (size_t i = 0; i < GW_COUNT_OF(stand.wave); i++)
        stand.wave[i].phase = GW_PHASE_FINISHED;
    standing->count[GW_STATE_WAITING] = 0;
    standing->count[GW_STATE_SKIPPED] = 7;
    check_says(standing, "all 10 devices are as desired", "report os-2.4.0");
    standing->count[GW_STATE_SKIPPED] = 3;
    standing->count[GW_STATE_FAILED] = 4;
    stand.wave[2].verdict = GW_VERDICT_HOLD;
    set(stand.wave[2].evidence, sizeof(stand.wave[2].evidence), "1 of 5 in wave rest is at the version");
    set_culprit(standing);
    check_says(
        standing,
        "all 10 devices have their outcome; 4 are not as desired; the gate's last word is hold: 1 of 5 in "
        "wave rest is at the version; 11 of 13 failures are model sag-100wm: 11 of 16 of these failed, 2 of "
        "584 of the others",
        "retry os-2.4.0");
}

/* What was called and is not well is not called again at the first word; what was never taken may be. */
static void an_end_asks_to_look_before_a_second_call(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.phase = GW_PHASE_FINISHED;
    standing->count[GW_STATE_WAITING] = 0;
    standing->count[GW_STATE_DEFERRED] = 4;
    standing->count[GW_STATE_FAILED] = 3;
    assert_int_equal(gw_standing_way(standing), GW_WAY_RETRY);
    standing->unproven = 1;
    assert_int_equal(gw_standing_way(standing), GW_WAY_LOOK);
    standing->unproven = 0;
    /* Refused for what they are: none of them was changed, and a rollback could only take back the good ones. */
    set_culprit(standing);
    assert_int_equal(gw_standing_way(standing), GW_WAY_RETRY);
    standing->culprit.attribute = "";
    /* Whom a person left out nobody is asked to call. */
    standing->count[GW_STATE_DEFERRED] = standing->count[GW_STATE_FAILED] = 0;
    standing->count[GW_STATE_CANCELED] = 7;
    assert_int_equal(gw_standing_way(standing), GW_WAY_REPORT);
}

/* Whoever is to look first has two ways on from there; every way has a command. */
static void every_way_has_its_commands(void **state)
{
    (void)state;
    for (int way = GW_WAY_REPORT; way <= GW_WAY_ABORT; way++) {
        const struct gw_choice *choice = gw_way_choices((enum gw_way)way);

        assert_non_null(choice[0].verb);
        if (gw_way_looks_first((enum gw_way)way))
            assert_true(choice[0].does && choice[1].verb && choice[1].does);
    }
}

static void a_relapse_is_no_success(void **state)
{
    struct stand stand;
    struct gw_standing *standing = stand_init(&stand);

    (void)state;
    standing->rollout.relapsed = 1;
    check_says(
        standing,
        "wave tenth (2 of 3) is under way: 3 of 10 devices have their outcome, 1 of them not the one that "
        "was wanted (1 relapsed after it had succeeded)",
        "report os-2.4.0");
    standing->rollout.phase = GW_PHASE_FINISHED;
    standing->count[GW_STATE_WAITING] = 0;
    standing->count[GW_STATE_SUCCEEDED] = 10;
    check_says(standing,
               "all 10 devices have their outcome; 1 is not as desired (1 relapsed after it had succeeded)",
               "report os-2.4.0");
    standing->count[GW_STATE_SUCCEEDED] = 9;
    standing->count[GW_STATE_DEFERRED] = 1;
    check_says(standing,
               "all 10 devices have their outcome; 2 are not as desired (1 relapsed after it had succeeded)",
               "report os-2.4.0");
}

/* ---- culprits ---- */

static void check_select(const char *attribute, const char *value, const char *expected)
{
    struct gw_culprit culprit = {.attribute = attribute};
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    set(culprit.value, sizeof(culprit.value), value);
    gw_culprit_select(&culprit, "os-2.4.0", &buf);
    check_text(&buf, expected);
}

static void a_culprit_becomes_a_selection_that_a_shell_takes(void **state)
{
    (void)state;
    check_select("model", "sag-100wm", "'model = sag-100wm'");
    check_select("site", "Shop 12", "'site = \"Shop 12\"'");
    check_select("site", "Joe's \"A\"", "'site = \"Joe'\\''s \"\"A\"\"\"'");
    check_select("isp", "", "'isp = \"\"'");
    check_select("region", "cn-shanghai; reboot", "'region = \"cn-shanghai; reboot\"'");
    check_select("version_before", "2.3.0", "'before.os-2.4.0 = 2.3.0'");
}

static void a_culprit_is_told_by_what_it_is(void **state)
{
    static const struct {
        const char *attribute, *said;
    } told[] = {
        {"model", "4 of 4 failures are model x\\x07: 4 of 4 of these failed, 0 of 6 of the others"},
        {"version_before",
         "4 of 4 failures ran version x\\x07: 4 of 4 of these failed, 0 of 6 of the others"},
        {"site", "4 of 4 failures are in site x\\x07: 4 of 4 of these failed, 0 of 6 of the others"},
        {"region", "4 of 4 failures are in region x\\x07: 4 of 4 of these failed, 0 of 6 of the others"},
        {"isp", "4 of 4 failures are with ISP x\\x07: 4 of 4 of these failed, 0 of 6 of the others"},
    };
    struct gw_culprit culprit = {
        .value = "x\a", .failed_with = 4, .failed = 4, .judged_with = 4, .judged = 10};
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    for (size_t i = 0; i < GW_COUNT_OF(told); i++) {
        culprit.attribute = told[i].attribute;
        gw_culprit_tell(&culprit, &buf);
        check_text(&buf, told[i].said);
    }
}

static void two_that_fit_are_both_told(void **state)
{
    struct gw_culprit culprit = {.attribute = "model",
                                 .value = "m-b",
                                 .failed_with = 12,
                                 .failed = 13,
                                 .judged_with = 12,
                                 .judged = 313,
                                 .also_attribute = "version_before",
                                 .also_value = "2.3.0",
                                 .also_failed_with = 13,
                                 .also_judged_with = 13};
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_culprit_tell(&culprit, &buf);
    check_text(
        &buf,
        "12 of 13 failures are model m-b: 12 of 12 of these failed, 1 of 301 of the others; what fits as "
        "well: 13 of 13 failures ran version 2.3.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wave_under_way_is_named),
        cmocka_unit_test(a_soak_says_until_when),
        cmocka_unit_test(the_next_wave_is_named_before_it_begins),
        cmocka_unit_test(a_gate_that_stopped_it_names_the_culprit),
        cmocka_unit_test(a_run_that_was_killed_is_to_be_run_again),
        cmocka_unit_test(a_hold_and_an_approval_ask_for_approve),
        cmocka_unit_test(a_hold_in_which_something_went_wrong_asks_to_look_first),
        cmocka_unit_test(a_pause_says_who_and_why),
        cmocka_unit_test(a_stop_says_its_reason),
        cmocka_unit_test(a_version_that_does_not_exist_is_given_up),
        cmocka_unit_test(an_abort_says_whose_it_was),
        cmocka_unit_test(an_end_says_how_it_ended),
        cmocka_unit_test(an_end_asks_to_look_before_a_second_call),
        cmocka_unit_test(every_way_has_its_commands),
        cmocka_unit_test(a_relapse_is_no_success),
        cmocka_unit_test(a_culprit_becomes_a_selection_that_a_shell_takes),
        cmocka_unit_test(a_culprit_is_told_by_what_it_is),
        cmocka_unit_test(two_that_fit_are_both_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
