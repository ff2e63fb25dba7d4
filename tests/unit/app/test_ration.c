/* No window of a lane holds more than the present rate says, nor more than the limit, however long calls were held. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rollout/ration.h"

#define NOW_MS 1000000u
/* Four parts in a thousand are the guard's. */
#define SECOND_MS 1004u
#define MINUTE_MS 60240u

static const struct gw_rate two_a_second = {.calls = 2, .window_ms = 1000};
static const struct gw_rate three_a_minute = {.calls = 3, .window_ms = 60000};
static const struct gw_rate thirty_a_minute = {.calls = 30, .window_ms = 60000};
static const struct gw_rate unlimited = {.calls = UINT32_MAX};

static struct gw_ration ration;

static void begin(struct gw_rate limit, struct gw_rate rate)
{
    gw_ration_init(&ration, 2, 100, limit);
    gw_ration_change(&ration, rate);
}

static int end(void **state)
{
    (void)state;
    gw_ration_release(&ration);
    return 0;
}

/* So many leave in that moment. */
static void assert_leave(uint32_t lane, uint64_t now_ms, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        assert_true(gw_ration_take(&ration, lane, now_ms));
    assert_false(gw_ration_take(&ration, lane, now_ms));
}

static void test_a_rate_of_its_own(void **state)
{
    (void)state;
    begin(unlimited, three_a_minute);
    assert_leave(0, NOW_MS, 3);
    assert_int_equal(gw_ration_ready_ms(&ration, 0), NOW_MS + MINUTE_MS);
    assert_leave(0, NOW_MS + MINUTE_MS - 1, 0);
    assert_leave(0, NOW_MS + MINUTE_MS, 3);
}

static void test_lanes_are_apart(void **state)
{
    (void)state;
    begin(two_a_second, two_a_second);
    assert_leave(0, NOW_MS, 2);
    assert_leave(1, NOW_MS, 2);
}

/* A disk that was slow lets go of them at once: the limit still spreads them. */
static void test_a_rate_by_the_minute_keeps_to_the_limit_by_the_second(void **state)
{
    (void)state;
    begin(two_a_second, thirty_a_minute);
    for (uint32_t i = 0; i < 15; i++)
        assert_leave(0, NOW_MS + i * SECOND_MS, 2);
    assert_leave(0, NOW_MS + 15 * SECOND_MS, 0);
    assert_int_equal(gw_ration_ready_ms(&ration, 0), NOW_MS + MINUTE_MS);
}

static void test_what_left_counts_against_the_next_rate(void **state)
{
    (void)state;
    begin(two_a_second, two_a_second);
    assert_leave(0, NOW_MS, 2);
    assert_leave(0, NOW_MS + SECOND_MS, 2);
    gw_ration_change(&ration, three_a_minute);
    assert_leave(0, NOW_MS + 2 * SECOND_MS, 0);
    assert_int_equal(gw_ration_ready_ms(&ration, 0), NOW_MS + MINUTE_MS);
}

static void test_nothing_holds_where_there_is_no_limit(void **state)
{
    (void)state;
    begin(unlimited, unlimited);
    for (uint32_t i = 0; i < 1000; i++)
        assert_true(gw_ration_take(&ration, 0, NOW_MS));
    assert_int_equal(gw_ration_ready_ms(&ration, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_rate_of_its_own, end),
        cmocka_unit_test_teardown(test_lanes_are_apart, end),
        cmocka_unit_test_teardown(test_a_rate_by_the_minute_keeps_to_the_limit_by_the_second, end),
        cmocka_unit_test_teardown(test_what_left_counts_against_the_next_rate, end),
        cmocka_unit_test_teardown(test_nothing_holds_where_there_is_no_limit, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
