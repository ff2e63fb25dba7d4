/* What two clocks say of each other, and when a call that waited is too old to leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../../src/app/cloud/skew.h"
#include "../../../src/app/rollout/batch.h"

#define T 1800000000000

static void a_date_within_the_exchange_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(gw_skew_ms(T, T + 200, T), 0);
    assert_int_equal(gw_skew_ms(T, T + 200, T + 200), 0);
    /* The reply lay in the socket while the machine slept for an hour. */
    assert_int_equal(gw_skew_ms(T, T + 3600000, T + 100), 0);
}

static void a_date_outside_is_as_far_off_as_it_must_be(void **state)
{
    (void)state;
    assert_int_equal(gw_skew_ms(T, T + 200, T + 1200200), 1200000);
    assert_int_equal(gw_skew_ms(T, T + 200, T - 1200000), -1200000);
}

static void a_call_is_stale_on_either_clock(void **state)
{
    struct gw_send send = {.signed_unix_ms = T, .staged_ms = 5000};

    (void)state;
    assert_false(gw_send_is_stale(&send, 5000, T));
    assert_false(gw_send_is_stale(&send, 35000, T + 30000));
    /* The disk stalled; the machine slept, which the loop's clock does not count. */
    assert_true(gw_send_is_stale(&send, 35001, T + 30000));
    assert_true(gw_send_is_stale(&send, 5002, T + 30001));
    /* The clock was set back: cut to whole seconds, a fresh one lies at most a second behind. */
    assert_false(gw_send_is_stale(&send, 5000, T - 1000));
    assert_true(gw_send_is_stale(&send, 5000, T - 1001));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_within_the_exchange_says_nothing),
        cmocka_unit_test(a_date_outside_is_as_far_off_as_it_must_be),
        cmocka_unit_test(a_call_is_stale_on_either_clock),
    };

    return cmocka_run_group_tests_name("app/clock", tests, NULL, NULL);
}
