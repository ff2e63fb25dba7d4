/* The line that a run says while it goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/progress.h"

#define T0 INT64_C(1700000000000) /* 2023-11-14T22:13:20Z */

static void check_line(const struct gw_progress_view *view, const char *expected)
{
    struct gw_buf line;

    gw_buf_init(&line, 0);
    gw_progress_tell(&line, view);
    assert_string_equal(gw_buf_text(&line), expected);
    gw_buf_release(&line);
}

static void the_line_counts_and_names_the_wave(void **state)
{
    const uint32_t count[GW_STATE_COUNT] = {
        [GW_STATE_WAITING] = 340, [GW_STATE_IN_FLIGHT] = 2,  [GW_STATE_UPGRADING] = 36,
        [GW_STATE_IN_DOUBT] = 1,  [GW_STATE_SUCCEEDED] = 28, [GW_STATE_FAILED] = 3};
    struct gw_progress_view view = {
        .name = "os-2.4.0", .wave_name = "tenth", .wave = 2, .n_waves = 4, .count = count};

    (void)state;
    check_line(&view,
               "os-2.4.0, wave 2/4 tenth: 31/410 done, 2 in flight, 36 upgrading, 1 in doubt, 3 failed");
    view.n_waves = 1;
    check_line(&view, "os-2.4.0: 31/410 done, 2 in flight, 36 upgrading, 1 in doubt, 3 failed");
}

static void what_is_out_of_the_ordinary_is_added(void **state)
{
    const uint32_t count[GW_STATE_COUNT] = {[GW_STATE_DEFERRED] = 2};
    struct gw_progress_view view = {.name = "r\033", .wave_name = "", .count = count, .slow = 5};

    (void)state;
    check_line(&view,
               "r\\x1b: 2/2 done, 0 in flight, 0 upgrading, 0 in doubt, 0 failed, 2 deferred, 0 unresolved, "
               "5 slow");
}

static void soaks_and_windows_are_told_by_their_time(void **state)
{
    const uint32_t count[GW_STATE_COUNT] = {[GW_STATE_WAITING] = 1};
    struct gw_progress_view view = {.name = "r", .wave_name = "", .count = count, .soaks_until_unix_ms = T0};

    (void)state;
    check_line(&view, "r: 0/1 done, 0 in flight, 0 upgrading, 0 in doubt, 0 failed, soaking until "
                      "2023-11-14T22:13:20Z");
    view.soaks_until_unix_ms = 0;
    view.opens_unix_ms = T0 + 1000;
    check_line(&view, "r: 0/1 done, 0 in flight, 0 upgrading, 0 in doubt, 0 failed, the next window opens "
                      "2023-11-14T22:13:21Z");
}

static void a_run_that_stands_still_says_why(void **state)
{
    static const struct {
        enum gw_stop stop;
        const char *expected;
    } cases[] = {
        {GW_STOP_PAUSE, "r: 0/2 done, 0 in flight, 1 upgrading, 0 in doubt, 0 failed, paused"},
        {GW_STOP_ABORT, "r: 0/2 done, 0 in flight, 1 upgrading, 0 in doubt, 0 failed, aborted"},
        {GW_STOP_GATE, "r: 0/2 done, 0 in flight, 1 upgrading, 0 in doubt, 0 failed, stopped by the gate"},
        {GW_STOP_HOLD, "r: 0/2 done, 0 in flight, 1 upgrading, 0 in doubt, 0 failed, held by the gate"},
        {GW_STOP_APPROVAL,
         "r: 0/2 done, 0 in flight, 1 upgrading, 0 in doubt, 0 failed, waiting for an approval"},
        {GW_STOP_DRAIN, "r: 0/2 done, 0 in flight, 1 upgrading, 0 in doubt, 0 failed"},
    };
    const uint32_t count[GW_STATE_COUNT] = {[GW_STATE_WAITING] = 1, [GW_STATE_UPGRADING] = 1};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_progress_view view = {.name = "r", .wave_name = "", .count = count, .stop = cases[i].stop};

        check_line(&view, cases[i].expected);
    }
}

static void an_unchanged_line_is_said_once_a_minute(void **state)
{
    (void)state;
    assert_true(gw_progress_is_due("a", "", 0, 5000));
    assert_true(gw_progress_is_due("b", "a", 5000, 10000));
    assert_false(gw_progress_is_due("b", "b", 5000, 10000));
    assert_false(gw_progress_is_due("b", "b", 5000, 64999));
    assert_true(gw_progress_is_due("b", "b", 5000, 65000));
}

static void check_pace(struct gw_progress_pace pace, const char *expected)
{
    struct gw_buf line;

    gw_buf_init(&line, 0);
    gw_progress_tell_pace(&line, &pace);
    assert_string_equal(gw_buf_text(&line), expected);
    gw_buf_release(&line);
}

/* A canary of five says nothing of 5,000, and a wave that is to soak nothing of those after it. */
static void the_end_is_told_when_there_is_enough_to_reckon_from(void **state)
{
    (void)state;
    check_pace((struct gw_progress_pace){.ended = 120, .in_ms = 60000, .left = 600, .last_wave = true},
               ", 2.0/s, about 5m left");
    check_pace((struct gw_progress_pace){.ended = 120, .in_ms = 60000, .left = 600}, ", 2.0/s");
    check_pace((struct gw_progress_pace){.ended = 20, .in_ms = 10000, .left = 60, .last_wave = true},
               ", 2.0/s, about 30s left");
    check_pace((struct gw_progress_pace){.ended = 19, .in_ms = 10000, .left = 60, .last_wave = true},
               ", 1.9/s");
    check_pace((struct gw_progress_pace){.ended = 90, .in_ms = 999, .left = 600, .last_wave = true}, "");
    check_pace((struct gw_progress_pace){.ended = 0, .in_ms = 60000, .left = 600, .last_wave = true}, "");
    check_pace((struct gw_progress_pace){.ended = 120, .in_ms = 60000, .left = 1, .last_wave = true}, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_counts_and_names_the_wave),
        cmocka_unit_test(what_is_out_of_the_ordinary_is_added),
        cmocka_unit_test(soaks_and_windows_are_told_by_their_time),
        cmocka_unit_test(a_run_that_stands_still_says_why),
        cmocka_unit_test(an_unchanged_line_is_said_once_a_minute),
        cmocka_unit_test(the_end_is_told_when_there_is_enough_to_reckon_from),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
