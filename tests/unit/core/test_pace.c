/* Pace: the limit in every window against a brute-force count, evenness, accuracy, throttles and recovery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#include "../../../src/core/pace.h"

#define SENT_MAX 200000

struct log {
    uint64_t *sent_ms;
    uint32_t n;
};

static struct gw_pace make(uint32_t calls, uint32_t window_ms, uint64_t **ret_memory)
{
    struct gw_rate rate = {.calls = calls, .window_ms = window_ms};
    struct gw_pace pace;

    *ret_memory = gw_mem_new(gw_pace_ring_size(rate), sizeof(**ret_memory));
    gw_pace_init(&pace, rate, *ret_memory, rate.calls);
    return pace;
}

/* Sends whenever it may until end_ms; the loop is late by up to late_ms, as real loops are. */
static void greedy(struct gw_pace *pace, struct log *log, uint64_t from_ms, uint64_t end_ms, uint64_t late_ms,
                   struct gw_rng *rng)
{
    uint64_t now_ms = from_ms;

    while (now_ms < end_ms) {
        uint64_t ready_ms = gw_pace_ready_ms(pace);

        if (ready_ms > now_ms) {
            now_ms = ready_ms + gw_rng_below(rng, late_ms + 1);
            continue;
        }
        assert_true(log->n < SENT_MAX);
        log->sent_ms[log->n++] = now_ms;
        gw_pace_take(pace, now_ms);
    }
}

static void the_limit_holds_in_every_window(void **state)
{
    static const uint32_t rate[][2] = {{1, 1000},  {2, 1000},   {90, 60000},
                                       {50, 1000}, {500, 1000}, {5000, 1000}};
    struct log log = {.sent_ms = gw_mem_new(SENT_MAX, sizeof(uint64_t))};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 1);
    for (size_t i = 0; i < 6; i++) {
        uint64_t *memory;
        struct gw_pace pace = make(rate[i][0], rate[i][1], &memory);

        log.n = 0;
        greedy(&pace, &log, 5000000, 5000000 + 20 * (uint64_t)rate[i][1], 30, &rng);
        for (uint32_t k = rate[i][0]; k < log.n; k++)
            assert_true(log.sent_ms[k] - log.sent_ms[k - rate[i][0]] >= rate[i][1]);
        free(memory);
    }
    free(log.sent_ms);
}

static void the_rate_is_met_within_half_a_percent(void **state)
{
    static const uint32_t rate[] = {50, 500, 5000};
    struct log log = {.sent_ms = gw_mem_new(SENT_MAX, sizeof(uint64_t))};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 2);
    for (size_t i = 0; i < 3; i++) {
        uint64_t *memory;
        struct gw_pace pace = make(rate[i], 1000, &memory);

        log.n = 0;
        greedy(&pace, &log, 777, 777 + 20000, 2, &rng);
        assert_true(log.n * 1000ull >= rate[i] * 20ull * 995);
        assert_true(log.n <= rate[i] * 20 + 1);
        free(memory);
    }
    free(log.sent_ms);
}

static void calls_are_even(void **state)
{
    struct log log = {.sent_ms = gw_mem_new(SENT_MAX, sizeof(uint64_t))};
    uint64_t *memory;
    struct gw_pace pace = make(10, 1000, &memory);
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 3);
    greedy(&pace, &log, 0, 10000, 0, &rng);
    for (uint32_t k = 1; k < log.n; k++) {
        assert_true(log.sent_ms[k] - log.sent_ms[k - 1] >= 100);
        assert_true(log.sent_ms[k] - log.sent_ms[k - 1] <= 102);
    }
    /* After an idle minute it starts evenly again, not with what it saved up. */
    log.n = 0;
    greedy(&pace, &log, 70000, 71000, 0, &rng);
    assert_true(log.n <= 10);
    assert_true(log.sent_ms[1] - log.sent_ms[0] >= 100);
    free(memory);
    free(log.sent_ms);
}

static void a_throttle_is_silence_then_half(void **state)
{
    struct log log = {.sent_ms = gw_mem_new(SENT_MAX, sizeof(uint64_t))};
    uint64_t *memory;
    struct gw_pace pace = make(100, 1000, &memory);
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 4);
    greedy(&pace, &log, 1000, 2000, 0, &rng);
    gw_pace_throttled(&pace, 2000, 1500);
    /* What was in flight is throttled as well: one cut, not three. */
    gw_pace_throttled(&pace, 2010, 0);
    gw_pace_throttled(&pace, 2020, 900);
    assert_true(gw_pace_ready_ms(&pace) >= 3500);
    log.n = 0;
    greedy(&pace, &log, 2000, 4500, 0, &rng);
    assert_true(log.sent_ms[0] >= 3500);
    assert_in_range(log.n, 45, 56);
    /* Quiet: back at the full rate within ten seconds. */
    log.n = 0;
    greedy(&pace, &log, 4500, 14500, 0, &rng);
    log.n = 0;
    greedy(&pace, &log, 14500, 15500, 0, &rng);
    assert_in_range(log.n, 98, 100);
    free(memory);
    free(log.sent_ms);
}

static void what_a_throttle_asks_is_capped(void **state)
{
    uint64_t *memory;
    struct gw_pace pace = make(1, 1000, &memory);

    (void)state;
    gw_pace_throttled(&pace, 1000, UINT64_MAX / 2);
    assert_int_equal(gw_pace_ready_ms(&pace), 121000);
    free(memory);
}

static void many_throttles_leave_a_sixteenth(void **state)
{
    struct log log = {.sent_ms = gw_mem_new(SENT_MAX, sizeof(uint64_t))};
    uint64_t *memory;
    struct gw_pace pace = make(160, 1000, &memory);
    struct gw_rng rng;
    uint64_t now_ms = 1000;

    (void)state;
    gw_rng_init(&rng, 5);
    for (int i = 0; i < 40; i++) {
        gw_pace_throttled(&pace, now_ms, 1);
        now_ms += 2;
    }
    greedy(&pace, &log, now_ms, now_ms + 1000, 0, &rng);
    assert_in_range(log.n, 9, 12);
    free(memory);
    free(log.sent_ms);
}

static void unlimited_is_slowed_by_throttles_too(void **state)
{
    struct log log = {.sent_ms = gw_mem_new(SENT_MAX, sizeof(uint64_t))};
    uint64_t *memory;
    struct gw_pace pace = make(0, 0, &memory);
    struct gw_rng rng;
    uint64_t now_ms = 1000;

    (void)state;
    gw_rng_init(&rng, 6);
    assert_true(gw_pace_ready_ms(&pace) <= now_ms);
    for (int i = 0; i < 100; i++)
        gw_pace_take(&pace, now_ms);
    assert_true(gw_pace_ready_ms(&pace) <= now_ms);
    for (int i = 0; i < 10; i++) {
        gw_pace_throttled(&pace, now_ms, 10);
        now_ms += 11;
    }
    /* 100,000 a second halved ten times. */
    greedy(&pace, &log, now_ms, now_ms + 1000, 0, &rng);
    assert_in_range(log.n, 90, 110);
    free(memory);
    free(log.sent_ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_holds_in_every_window),
        cmocka_unit_test(the_rate_is_met_within_half_a_percent),
        cmocka_unit_test(calls_are_even),
        cmocka_unit_test(a_throttle_is_silence_then_half),
        cmocka_unit_test(what_a_throttle_asks_is_capped),
        cmocka_unit_test(many_throttles_leave_a_sixteenth),
        cmocka_unit_test(unlimited_is_slowed_by_throttles_too),
    };

    return cmocka_run_group_tests_name("core/pace", tests, NULL, NULL);
}
