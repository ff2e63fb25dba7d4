/* How long waves take: known answers, and the counting that they rest on. */
#include "plan/forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "plan/census.h"

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)

static const struct gw_limits two_a_second = {.rate = {.calls = 2, .window_ms = 1000}, .upgrading = 200};

static uint64_t work(const struct gw_forecast_load *load, const struct gw_limits *limits)
{
    return gw_forecast_work_ms(load, limits, 5 * MINUTE, true);
}

static void the_rate_bounds_the_calls(void **state)
{
    struct gw_forecast_load load = {.targets = 200, .lane = 101};

    (void)state;
    assert_int_equal(work(&load, &two_a_second),
                     50000); /* a hundred calls after the first, half a second each */
    load.lane = 1;
    assert_int_equal(work(&load, &two_a_second), 0);
}

static void what_upgrades_at_once_bounds_them_too(void **state)
{
    struct gw_forecast_load load = {.targets = 200, .lane = 100};
    struct gw_limits limits = two_a_second;

    (void)state;
    load.targets = 401; /* two rounds of ten minutes, and one more begins */
    assert_int_equal(work(&load, &limits), 20 * MINUTE);
    load.targets = 400;
    assert_int_equal(work(&load, &limits), 10 * MINUTE);
    limits.rate.window_ms = 0; /* unlimited */
    assert_int_equal(work(&load, &limits), 10 * MINUTE);
    assert_int_equal(gw_forecast_work_ms(&load, &limits, 5 * MINUTE, false), 0); /* nothing is watched */
}

static void the_slowest_place_bounds_them_too(void **state)
{
    struct gw_forecast_load load = {
        .targets = 100, .lane = 100, .scope = {[GW_SCOPE_SITE] = 7, [GW_SCOPE_ISP] = 90}};
    struct gw_limits limits = two_a_second;

    (void)state;
    limits.per[GW_SCOPE_SITE] = 2;
    assert_int_equal(work(&load, &limits), 30 * MINUTE);
    limits.per[GW_SCOPE_ISP] = 10;
    assert_int_equal(work(&load, &limits), 80 * MINUTE);
}

static void the_second_of_a_pair_waits_for_the_first(void **state)
{
    struct gw_forecast_load load = {.targets = 2, .lane = 2, .pairs = true};

    (void)state;
    assert_int_equal(work(&load, &two_a_second), 15 * MINUTE);
}

/* ---- windows ---- */

/* Openings of an hour, each a day after the one before. */
static struct gw_forecast_zone nightly(uint64_t work_ms, int64_t first_ms, size_t nights)
{
    struct gw_forecast_zone zone = {.work_ms = work_ms, .n_open = nights};

    for (size_t i = 0; i < nights; i++)
        zone.open[i] =
            (struct gw_interval){first_ms + (int64_t)i * 24 * HOUR, first_ms + (int64_t)i * 24 * HOUR + HOUR};
    return zone;
}

static void work_waits_for_the_window_and_goes_on_in_the_next(void **state)
{
    struct gw_forecast_zone zone = nightly(100 * MINUTE, 2 * HOUR, 10);

    (void)state;
    /* Forty minutes of each hour are there: 40, 40 and 20. */
    assert_int_equal(gw_forecast_calls(&zone, 1, 20 * MINUTE, 0), 50 * HOUR + 20 * MINUTE);
    assert_int_equal(zone.nights, 3);
    assert_int_equal(zone.first_opens_unix_ms, 2 * HOUR);
    assert_int_equal(zone.last_opens_unix_ms, 50 * HOUR);
}

static void a_window_that_is_open_is_used_from_its_middle(void **state)
{
    struct gw_forecast_zone zone = nightly(10 * MINUTE, 2 * HOUR, 2);

    (void)state;
    assert_int_equal(gw_forecast_calls(&zone, 1, 0, 2 * HOUR + 30 * MINUTE), 2 * HOUR + 40 * MINUTE);
    assert_int_equal(zone.nights, 1);
    zone = nightly(10 * MINUTE, 2 * HOUR, 2);
    /* Open still, but no call may start any more. */
    assert_int_equal(gw_forecast_calls(&zone, 1, 30 * MINUTE, 2 * HOUR + 30 * MINUTE),
                     26 * HOUR + 10 * MINUTE);
    assert_int_equal(zone.first_opens_unix_ms, 26 * HOUR);
}

static void zones_share_the_pace_while_both_are_open(void **state)
{
    struct gw_forecast_zone zone[2] = {nightly(20 * MINUTE, 2 * HOUR, 3),
                                       nightly(20 * MINUTE, 2 * HOUR + 30 * MINUTE, 3)};

    (void)state;
    /* The first works alone for twenty minutes and is done; the second begins at half past. */
    assert_int_equal(gw_forecast_calls(zone, 2, 0, 0), 2 * HOUR + 50 * MINUTE);
    zone[0] = nightly(40 * MINUTE, 2 * HOUR, 3);
    zone[1] = nightly(20 * MINUTE, 2 * HOUR + 30 * MINUTE, 3);
    /* Thirty alone, then ten of each in twenty minutes, and the second has ten minutes left. */
    assert_int_equal(gw_forecast_calls(zone, 2, 0, 0), 3 * HOUR);
    assert_int_equal(zone[0].nights, 1);
    assert_int_equal(zone[1].nights, 1);
}

static void openings_may_be_too_few(void **state)
{
    struct gw_forecast_zone zone = nightly(300 * MINUTE, 2 * HOUR, 4), never = nightly(1, 0, 0);

    (void)state;
    assert_int_equal(gw_forecast_calls(&zone, 1, 0, 0), GW_FORECAST_NEVER);
    assert_int_equal(gw_forecast_calls(&never, 1, 0, 0), GW_FORECAST_NEVER);
    assert_int_equal(gw_forecast_calls(&zone, 0, 0, 17), 17);
}

/* Work is neither lost nor made: what all zones did in their open time is what there was, to the millisecond's round. */
static void all_work_is_done_in_open_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 200; seed++) {
        struct gw_forecast_zone zone[3];
        uint64_t sum = 0;
        int64_t end;

        for (uint64_t i = 0; i < 3; i++) {
            uint64_t work_ms = 1 + seed * (i + 3) * 7919 % (50 * (uint64_t)MINUTE);

            zone[i] = nightly(work_ms, (int64_t)(seed * 104729 * (i + 1) % (24 * (uint64_t)HOUR)), 20);
            sum += work_ms;
        }
        end = gw_forecast_calls(zone, 3, 10 * MINUTE, 0);
        assert_true(end != GW_FORECAST_NEVER && end >= (int64_t)(sum / 3));
        for (int i = 0; i < 3; i++) {
            assert_int_equal(zone[i].work_ms, 0);
            assert_in_range(zone[i].nights, 1, 20);
            assert_true(zone[i].last_opens_unix_ms < end);
        }
    }
}

/* ---- counting ---- */

static void texts_are_counted_by_kind(void **state)
{
    struct gw_census census = {0};
    char text[16];

    (void)state;
    assert_int_equal(gw_census_add(&census, 1, "a"), 1);
    assert_int_equal(gw_census_add(&census, 1, "a"), 2);
    assert_int_equal(gw_census_add(&census, 2, "a"), 1);
    assert_int_equal(gw_census_add(&census, 1, ""), 1);
    for (int round = 1; round <= 2; round++)
        for (int i = 0; i < 20000; i++) {
            (void)snprintf(text, sizeof(text), "site-%d", i);
            assert_int_equal(gw_census_add(&census, 3, text), round);
        }
    assert_int_equal(gw_census_add(&census, 1, "a"), 3);
    assert_int_equal(census.n, 20003);
    gw_census_release(&census);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_bounds_the_calls),
        cmocka_unit_test(what_upgrades_at_once_bounds_them_too),
        cmocka_unit_test(the_slowest_place_bounds_them_too),
        cmocka_unit_test(the_second_of_a_pair_waits_for_the_first),
        cmocka_unit_test(work_waits_for_the_window_and_goes_on_in_the_next),
        cmocka_unit_test(a_window_that_is_open_is_used_from_its_middle),
        cmocka_unit_test(zones_share_the_pace_while_both_are_open),
        cmocka_unit_test(openings_may_be_too_few),
        cmocka_unit_test(all_work_is_done_in_open_time),
        cmocka_unit_test(texts_are_counted_by_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
