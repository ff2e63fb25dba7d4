/* The ring limiter: in no window of its length are there more than its number of calls. */
#include "gatewave/base/ring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"

#define CALLS_MAX 64

static void test_unlimited(void **state)
{
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){0}, NULL);
    for (int i = 0; i < 100; i++) {
        gw_ring_add(&ring, 5);
        assert_int_equal(gw_ring_ready_ms(&ring), 0);
    }
}

static void test_first_calls_leave_at_once(void **state)
{
    uint64_t memory[3];
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){3, 1000}, memory);
    for (int i = 0; i < 3; i++) {
        assert_true(gw_ring_ready_ms(&ring) <= 5000);
        gw_ring_add(&ring, 5000);
    }
    assert_int_equal(gw_ring_ready_ms(&ring), 6000);
}

static void test_oldest_call_decides(void **state)
{
    uint64_t memory[2];
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){2, 1000}, memory);
    gw_ring_add(&ring, 100);
    gw_ring_add(&ring, 700);
    assert_int_equal(gw_ring_ready_ms(&ring), 1100);
    gw_ring_add(&ring, 1100);
    assert_int_equal(gw_ring_ready_ms(&ring), 1700);
    gw_ring_add(&ring, 9000);
    assert_int_equal(gw_ring_ready_ms(&ring), 2100);
}

static void test_one_call_a_window(void **state)
{
    uint64_t memory[1];
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){1, 60000}, memory);
    assert_true(gw_ring_ready_ms(&ring) <= 0);
    gw_ring_add(&ring, 0);
    assert_int_equal(gw_ring_ready_ms(&ring), 60000);
    gw_ring_add(&ring, 60000);
    assert_int_equal(gw_ring_ready_ms(&ring), 120000);
}

static void test_clock_that_steps_back(void **state)
{
    uint64_t memory[2];
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){2, 1000}, memory);
    gw_ring_add(&ring, 5000);
    gw_ring_add(&ring, 3000);
    assert_int_equal(gw_ring_ready_ms(&ring), 6000);
    gw_ring_add(&ring, 6000);
    /* The call at 3000 counts as one at 5000. */
    assert_int_equal(gw_ring_ready_ms(&ring), 6000);
}

/* The most calls that any half-open window [t, t + window) holds. */
static uint32_t worst_window(const uint64_t *sent_ms, uint32_t n, uint64_t window_ms)
{
    uint32_t worst = 0;

    for (uint32_t from = 0, to = 0; from < n; from++) {
        while (to < n && sent_ms[to] < sent_ms[from] + window_ms)
            to++;
        if (to - from > worst)
            worst = to - from;
    }
    return worst;
}

/* A greedy caller with random pauses meets the limit exactly and never passes it. */
static void test_every_window_is_bounded(void **state)
{
    static uint64_t sent_ms[4000];
    uint64_t memory[CALLS_MAX];
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 4);
    for (int round = 0; round < 60; round++) {
        struct gw_rate rate = {(uint32_t)(1 + gw_rng_below(&rng, CALLS_MAX)),
                               (uint32_t)(1 + gw_rng_below(&rng, 2000))};
        uint64_t now_ms = gw_rng_below(&rng, 100000),
                 pause_ms = 1 + gw_rng_below(&rng, 2ull * rate.window_ms);
        struct gw_ring ring;

        gw_ring_init(&ring, rate, memory);
        for (uint32_t n = 0; n < GW_COUNT_OF(sent_ms); n++) {
            uint64_t ready_ms = gw_ring_ready_ms(&ring);

            if (gw_rng_below(&rng, 50) == 0)
                now_ms += gw_rng_below(&rng, pause_ms);
            if (ready_ms > now_ms)
                now_ms = ready_ms;
            gw_ring_add(&ring, now_ms);
            sent_ms[n] = now_ms;
        }
        assert_int_equal(worst_window(sent_ms, GW_COUNT_OF(sent_ms), rate.window_ms), rate.calls);
    }
}

/* It never makes a caller wait who need not: the call that it holds back would have broken the limit. */
static void test_never_later_than_needed(void **state)
{
    static uint64_t sent_ms[400];
    uint64_t memory[5];
    struct gw_ring ring;
    struct gw_rng rng;
    uint64_t now_ms = 0;

    (void)state;
    gw_rng_init(&rng, 5);
    gw_ring_init(&ring, (struct gw_rate){5, 100}, memory);
    for (uint32_t n = 0; n < GW_COUNT_OF(sent_ms); n++) {
        uint64_t ready_ms = gw_ring_ready_ms(&ring);

        now_ms += gw_rng_below(&rng, 30);
        if (ready_ms > now_ms) {
            sent_ms[n] = ready_ms - 1;
            assert_true(worst_window(sent_ms, n + 1, 100) > 5);
            now_ms = ready_ms;
        }
        gw_ring_add(&ring, now_ms);
        sent_ms[n] = now_ms;
    }
}

/* ---- another rate ---- */

static void test_fewer_calls_from_now_on(void **state)
{
    uint64_t memory[3];
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){3, 1000}, memory);
    /* The ring is full and has been around. */
    for (uint64_t ms = 100; ms <= 500; ms += 100)
        gw_ring_add(&ring, ms);
    gw_ring_change(&ring, (struct gw_rate){2, 1000});
    assert_int_equal(gw_ring_ready_ms(&ring), 1400);
    gw_ring_change(&ring, (struct gw_rate){1, 5000});
    assert_int_equal(gw_ring_ready_ms(&ring), 5500);
    assert_int_equal(gw_ring_last_ms(&ring), 500);
}

static void test_more_calls_again(void **state)
{
    uint64_t memory[3];
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){3, 1000}, memory);
    gw_ring_change(&ring, (struct gw_rate){1, 100});
    for (uint64_t ms = 100; ms <= 400; ms += 100)
        gw_ring_add(&ring, ms);
    /* What was sent under the other rate counts. */
    gw_ring_change(&ring, (struct gw_rate){3, 1000});
    assert_int_equal(gw_ring_ready_ms(&ring), 1200);
    gw_ring_add(&ring, 1200);
    assert_int_equal(gw_ring_ready_ms(&ring), 1300);
}

static void test_without_a_limit_for_a_while(void **state)
{
    uint64_t memory[2];
    struct gw_ring ring;

    (void)state;
    gw_ring_init(&ring, (struct gw_rate){2, 1000}, memory);
    gw_ring_change(&ring, (struct gw_rate){UINT32_MAX, 0});
    for (uint64_t ms = 1; ms <= 5; ms++) {
        assert_int_equal(gw_ring_ready_ms(&ring), 0);
        gw_ring_add(&ring, ms);
    }
    gw_ring_change(&ring, (struct gw_rate){2, 1000});
    assert_int_equal(gw_ring_ready_ms(&ring), 1004);
}

/* However often the rate changes: no call leaves while the window of the rate in force is full. */
static void test_every_window_is_bounded_by_the_rate_in_force(void **state)
{
    static uint64_t sent_ms[4000];
    uint64_t memory[CALLS_MAX], now_ms = 0;
    struct gw_rate rate = {CALLS_MAX, 1000};
    struct gw_ring ring;
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 6);
    gw_ring_init(&ring, rate, memory);
    for (uint32_t n = 0; n < GW_COUNT_OF(sent_ms); n++) {
        if (gw_rng_below(&rng, 20) == 0) {
            rate = (struct gw_rate){(uint32_t)(1 + gw_rng_below(&rng, CALLS_MAX)),
                                    (uint32_t)(1 + gw_rng_below(&rng, 2000))};
            gw_ring_change(&ring, rate);
        }
        if (gw_ring_ready_ms(&ring) > now_ms)
            now_ms = gw_ring_ready_ms(&ring);
        if (n >= rate.calls)
            assert_true(now_ms >= sent_ms[n - rate.calls] + rate.window_ms);
        gw_ring_add(&ring, now_ms);
        sent_ms[n] = now_ms;
        now_ms += gw_rng_below(&rng, 30);
    }
}

/* With too little room for a rate the ring keeps to less, and still no window of the rate holds more than it says. */
static void test_a_small_ring_bounds_every_window_of_a_large_rate(void **state)
{
    static const uint32_t windows[] = {1000, 60000, 3600000};

    (void)state;
    for (uint32_t calls = 1; calls <= 40; calls++)
        for (uint32_t room = 1; room < 12; room++)
            for (size_t i = 0; i < GW_COUNT_OF(windows); i++) {
                struct gw_rate fitted = gw_rate_fitted((struct gw_rate){calls, windows[i]}, room);
                uint64_t memory[12], sent_ms[200], now_ms = 0;
                struct gw_ring ring;

                assert_in_range(fitted.calls, 1, room);
                gw_ring_init(&ring, fitted, memory);
                for (uint32_t n = 0; n < GW_COUNT_OF(sent_ms); n++) {
                    if (gw_ring_ready_ms(&ring) > now_ms)
                        now_ms = gw_ring_ready_ms(&ring);
                    if (n >= calls)
                        assert_true(now_ms >= sent_ms[n - calls] + windows[i]);
                    gw_ring_add(&ring, now_ms);
                    sent_ms[n] = now_ms;
                }
                /* Nor is it much slower than was asked for. */
                assert_true(now_ms * calls <= GW_COUNT_OF(sent_ms) * windows[i] * 21 / 20);
            }
}

static void test_what_fits_is_left_as_it_is(void **state)
{
    static const struct gw_rate rates[] = {{5, 60000}, {12, 1000}, {0, 0}};
    struct gw_rate fitted;

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(rates); i++) {
        fitted = gw_rate_fitted(rates[i], 12);
        assert_int_equal(fitted.calls, rates[i].calls);
        assert_int_equal(fitted.window_ms, rates[i].window_ms);
    }
    /* 5,000 a second in the room of 64: 50 in 10 ms. */
    fitted = gw_rate_fitted((struct gw_rate){5000, 1000}, 64);
    assert_int_equal(fitted.calls, 50);
    assert_int_equal(fitted.window_ms, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unlimited),
        cmocka_unit_test(test_first_calls_leave_at_once),
        cmocka_unit_test(test_oldest_call_decides),
        cmocka_unit_test(test_one_call_a_window),
        cmocka_unit_test(test_clock_that_steps_back),
        cmocka_unit_test(test_every_window_is_bounded),
        cmocka_unit_test(test_never_later_than_needed),
        cmocka_unit_test(test_fewer_calls_from_now_on),
        cmocka_unit_test(test_more_calls_again),
        cmocka_unit_test(test_without_a_limit_for_a_while),
        cmocka_unit_test(test_every_window_is_bounded_by_the_rate_in_force),
        cmocka_unit_test(test_a_small_ring_bounds_every_window_of_a_large_rate),
        cmocka_unit_test(test_what_fits_is_left_as_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
