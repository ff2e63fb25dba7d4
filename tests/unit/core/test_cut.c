/*
 * gw_cut_*: sizes against tables worked out by hand, and dealing against its own rules, checked unit by unit
 * on thousands of mixes of kinds and sizes.
 */
#include "gatewave/core/cut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"

/* ---- sizes ---- */

#define COUNT(n)     \
    {                \
        .count = (n) \
    }
#define SHARE(p)            \
    {                       \
        .share_bp = (p)*100 \
    }
#define REST         \
    {                \
        .rest = true \
    }

struct fit {
    struct gw_cut_size size[5];
    uint32_t n, units;
    uint32_t want[5];
};

static void sizes_are_counts_shares_and_the_rest(void **state)
{
    static const struct fit cases[] = {
        {{REST}, 1, 1, {1}},
        {{COUNT(7)}, 1, 7, {7}},
        {{COUNT(5), SHARE(10), REST}, 3, 1000, {5, 100, 895}},
        {{COUNT(5), SHARE(95)}, 2, 100, {5, 95}},
        {{SHARE(100)}, 1, 12345, {12345}},
        /* Rounded on the running sum, half up: 1.5 is 2, and all of the three are dealt. */
        {{SHARE(50), SHARE(50)}, 2, 3, {2, 1}},
        {{SHARE(30), SHARE(30), SHARE(40)}, 3, 5, {2, 1, 2}},
        {{{.share_bp = 3333}, {.share_bp = 3333}, {.share_bp = 3334}}, 3, 100, {33, 34, 33}},
        /* A count between shares takes no part in their rounding. */
        {{SHARE(25), COUNT(1), SHARE(25), REST}, 4, 10, {3, 1, 2, 4}},
        /* One at least, and later shares make up for it. */
        {{SHARE(1), SHARE(99)}, 2, 4, {1, 3}},
        {{SHARE(1), SHARE(1), SHARE(98)}, 3, 4, {1, 1, 2}},
        {{SHARE(1), REST}, 2, 2, {1, 1}},
        {{{.share_bp = 1}, REST}, 2, 4000000000u, {400000, 3999600000u}},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        uint32_t units[GW_WAVES_MOST] = {0}, wave = 4242;

        assert_int_equal(gw_cut_sizes(cases[i].size, cases[i].n, cases[i].units, units, &wave), GW_CUT_FITS);
        for (uint32_t w = 0; w < cases[i].n; w++)
            if (units[w] != cases[i].want[w])
                fail_msg("case %zu, wave %u: %u, not %u", i, w, units[w], cases[i].want[w]);
        assert_int_equal(wave, 4242);
    }
}

struct misfit {
    struct gw_cut_size size[4];
    uint32_t n, units;
    enum gw_cut_fault fault;
    uint32_t wave;
};

static void sizes_that_do_not_fit_say_where(void **state)
{
    static const struct misfit cases[] = {
        {{COUNT(8)}, 1, 7, GW_CUT_OVER, 0},
        {{COUNT(5), COUNT(5), REST}, 3, 9, GW_CUT_OVER, 1},
        {{COUNT(5), COUNT(1)}, 2, 5, GW_CUT_OVER, 1},
        {{SHARE(60), SHARE(60)}, 2, 10, GW_CUT_OVER, 1},
        {{COUNT(5), SHARE(100)}, 2, 100, GW_CUT_OVER, 1},
        {{COUNT(UINT32_MAX), COUNT(UINT32_MAX)}, 2, UINT32_MAX, GW_CUT_OVER, 1},
        {{COUNT(6)}, 1, 7, GW_CUT_SHORT, 0},
        {{COUNT(1), SHARE(50), SHARE(20)}, 3, 10, GW_CUT_SHORT, 2},
        {{COUNT(5), REST}, 2, 5, GW_CUT_EMPTY, 1},
        {{COUNT(5), SHARE(10), REST}, 3, 5, GW_CUT_EMPTY, 1},
        {{SHARE(1), SHARE(1), SHARE(1), REST}, 4, 3, GW_CUT_EMPTY, 3},
        {{SHARE(1), SHARE(1), SHARE(98)}, 3, 2, GW_CUT_EMPTY, 2},
        {{REST}, 1, 0, GW_CUT_EMPTY, 0},
        {{COUNT(1)}, 1, 0, GW_CUT_OVER, 0},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        uint32_t units[GW_WAVES_MOST] = {4242, 4242, 4242, 4242}, wave = 4242;
        enum gw_cut_fault fault = gw_cut_sizes(cases[i].size, cases[i].n, cases[i].units, units, &wave);

        if (fault != cases[i].fault || wave != cases[i].wave)
            fail_msg("case %zu: fault %d at wave %u", i, (int)fault, wave);
        for (uint32_t w = 0; w < 4; w++)
            assert_int_equal(units[w], 4242); /* nothing is written */
    }
}

/* Shares that sum to 100 %, however odd, deal every unit, and each is within one of its exact share. */
static void shares_of_a_hundred_percent_hold_all(void **state)
{
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 7);
    for (unsigned round = 0; round < 5000; round++) {
        struct gw_cut_size size[GW_WAVES_MOST] = {0};
        uint32_t n = 1 + (uint32_t)gw_rng_below(&rng, GW_WAVES_MOST), left_bp = 10000, sum = 0, wave;
        uint32_t units = 10000 + (uint32_t)gw_rng_below(&rng, 100000), got[GW_WAVES_MOST];

        for (uint32_t w = 0; w < n; w++) {
            size[w].share_bp = w + 1 == n ? left_bp : 1 + (uint32_t)gw_rng_below(&rng, 10000 / n - 1);
            left_bp -= size[w].share_bp;
        }
        assert_int_equal(gw_cut_sizes(size, n, units, got, &wave), GW_CUT_FITS);
        for (uint32_t w = 0; w < n; w++) {
            int64_t off = (int64_t)got[w] * 10000 - (int64_t)units * size[w].share_bp;

            assert_true(got[w] >= 1 && llabs(off) <= 10000);
            sum += got[w];
        }
        assert_int_equal(sum, units);
    }
}

static void safe_waves_grow_and_leave_a_rest(void **state)
{
    static const struct {
        uint32_t units, n;
        uint32_t want[5];
    } cases[] = {
        {1, 1, {1}},
        {10, 1, {10}},
        {11, 2, {10, 1}},
        {60, 2, {10, 50}},
        {61, 3, {10, 50, 1}},
        {260, 3, {10, 50, 200}},
        {261, 4, {10, 50, 200, 1}},
        {1060, 4, {10, 50, 200, 800}},
        {1061, 5, {10, 50, 200, 800, 1}},
        {1000000, 5, {10, 50, 200, 800, 998940}},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        struct gw_cut_size size[GW_WAVES_MOST];
        uint32_t units[GW_WAVES_MOST], wave, n = gw_cut_safe(cases[i].units, size);

        assert_int_equal(n, cases[i].n);
        assert_true(size[n - 1].rest);
        assert_int_equal(gw_cut_sizes(size, n, cases[i].units, units, &wave), GW_CUT_FITS);
        assert_memory_equal(units, cases[i].want, n * sizeof(*units));
    }
}

static void safe_waves_have_names(void **state)
{
    (void)state;
    assert_string_equal(gw_cut_safe_name(0, 1), "all");
    assert_string_equal(gw_cut_safe_name(0, 2), "canary");
    assert_string_equal(gw_cut_safe_name(1, 2), "rest");
    for (uint32_t w = 0; w < 5; w++) {
        static const char *const names[] = {"canary", "second", "third", "fourth", "rest"};

        assert_string_equal(gw_cut_safe_name(w, 5), names[w]);
    }
}

/* ---- dealing ---- */

#define UNITS_MOST 400
#define KINDS_MOST 60

struct deal {
    uint32_t kind[UNITS_MOST], units, kinds;
    uint32_t wave_units[GW_WAVES_MOST], waves;
    uint8_t wave[UNITS_MOST];
};

static void deal_out(struct deal *deal)
{
    uint32_t scratch[KINDS_MOST + 1];

    scratch[deal->kinds] = 4242;
    memset(deal->wave, 0xEE, sizeof(deal->wave));
    gw_cut_deal(deal->kind, deal->units, deal->kinds, deal->wave_units, deal->waves, deal->wave, scratch);
    assert_int_equal(scratch[deal->kinds], 4242); /* no more than what it was given */
    if (deal->units < UNITS_MOST)
        assert_int_equal(deal->wave[deal->units], 0xEE);
}

static void random_deal(struct deal *deal, struct gw_rng *rng)
{
    uint32_t left;

    deal->units = 1 + (uint32_t)gw_rng_below(rng, UNITS_MOST);
    deal->kinds = 1 + (uint32_t)gw_rng_below(rng, KINDS_MOST);
    for (uint32_t u = 0; u < deal->units; u++) /* uneven: low numbers are frequent */
        deal->kind[u] = (uint32_t)gw_rng_below(rng, 1 + gw_rng_below(rng, deal->kinds));
    if (gw_rng_below(rng, 2) == 0)
        for (uint32_t u = 0; u < deal->units; u++)
            deal->kind[u] = gw_rng_below(rng, 3) == 0 ? GW_CUT_THERE : deal->kind[u];
    left = deal->units;
    deal->waves = 0;
    do {
        uint32_t size = 1 + (uint32_t)gw_rng_below(rng, left);

        if (deal->waves + 1 == GW_WAVES_MOST)
            size = left;
        deal->wave_units[deal->waves++] = size;
        left -= size;
    } while (left > 0);
}

/* Each unit is in one wave, and the waves are as large as they should be. */
static void check_sizes(const struct deal *deal)
{
    uint32_t got[GW_WAVES_MOST] = {0};

    for (uint32_t u = 0; u < deal->units; u++) {
        assert_true(deal->wave[u] < deal->waves);
        got[deal->wave[u]]++;
    }
    assert_memory_equal(got, deal->wave_units, deal->waves * sizeof(*got));
}

/* The first of its kind that there is, in order. */
static bool is_first_of_kind(const struct deal *deal, uint32_t unit)
{
    for (uint32_t u = 0; u < unit; u++)
        if (deal->kind[u] == deal->kind[unit])
            return false;
    return true;
}

static uint32_t frequency(const struct deal *deal, uint32_t kind)
{
    uint32_t n = 0;

    for (uint32_t u = 0; u < deal->units; u++)
        n += deal->kind[u] == kind;
    return n;
}

/* A kind is in the first wave by its first unit, unless the wave is full of kinds that come before it. */
static void check_cover(const struct deal *deal)
{
    for (uint32_t u = 0; u < deal->units; u++) {
        uint32_t before = 0, own = frequency(deal, deal->kind[u]);

        if (!is_first_of_kind(deal, u) || deal->kind[u] == GW_CUT_THERE)
            continue;
        for (uint32_t k = 0; k < deal->kinds; k++) {
            uint32_t other = frequency(deal, k);

            before += other > own || (other == own && k < deal->kind[u]);
        }
        if (before < deal->wave_units[0])
            assert_int_equal(deal->wave[u], 0);
        else
            assert_int_not_equal(deal->wave[u], 0);
    }
}

/* Who was not dealt for its kind is dealt in order, and who is there already behind everybody else. */
static void check_order(const struct deal *deal)
{
    uint8_t wave = 0;

    for (int there = 0; there < 2; there++)
        for (uint32_t u = 0; u < deal->units; u++) {
            if (there != (deal->kind[u] == GW_CUT_THERE) ||
                (!there && deal->wave[u] == 0 && is_first_of_kind(deal, u)))
                continue;
            assert_true(deal->wave[u] >= wave);
            wave = deal->wave[u];
        }
}

static void every_deal_keeps_the_rules(void **state)
{
    struct deal deal, again;
    struct gw_rng rng;
    unsigned crowded = 0;

    (void)state;
    gw_rng_init(&rng, 42);
    for (unsigned round = 0; round < 400; round++) {
        memset(&deal, 0, sizeof(deal));
        random_deal(&deal, &rng);
        deal_out(&deal);
        check_sizes(&deal);
        check_cover(&deal);
        check_order(&deal);
        again = deal;
        deal_out(&again);
        assert_memory_equal(&deal, &again, sizeof(deal));
        crowded += deal.wave_units[0] < deal.kinds;
    }
    assert_true(crowded > 20); /* both cases are seen: room for all kinds, and not */
}

static void a_canary_shows_every_kind_it_has_room_for(void **state)
{
    /* Kind 2 is rare and comes late, 0 is nearly all. */
    struct deal deal = {
        .kind = {0, 0, 0, 1, 0, 1, 0, 0, 2, 0}, .units = 10, .kinds = 3, .wave_units = {4, 2, 4}, .waves = 3};
    static const uint8_t wide[] = {0, 0, 1, 0, 1, 2, 2, 2, 0, 2}, narrow[] = {0, 1, 1, 0, 1, 1, 1, 1, 1, 1};

    (void)state;
    deal_out(&deal);
    assert_memory_equal(deal.wave, wide, sizeof(wide));
    deal.wave_units[0] = 2;
    deal.wave_units[1] = 8;
    deal.waves = 2;
    deal_out(&deal);
    assert_memory_equal(deal.wave, narrow, sizeof(narrow));
}

static void of_equally_frequent_kinds_the_lower_number_goes(void **state)
{
    struct deal deal = {.kind = {3, 2, 1, 3, 2, 1}, .units = 6, .kinds = 4, .wave_units = {2, 4}, .waves = 2};
    static const uint8_t want[] = {1, 0, 0, 1, 1, 1};

    (void)state;
    deal_out(&deal);
    assert_memory_equal(deal.wave, want, sizeof(want));
}

static void who_is_there_already_shows_nothing(void **state)
{
    struct deal deal = {.kind = {GW_CUT_THERE, GW_CUT_THERE, 0, GW_CUT_THERE, 0, 1},
                        .units = 6,
                        .kinds = 3, /* nobody is left of the third */
                        .wave_units = {2, 1, 3},
                        .waves = 3};
    static const uint8_t want[] = {2, 2, 0, 2, 1, 0}, none[] = {0, 0, 1, 2, 2, 2};

    (void)state;
    deal_out(&deal);
    assert_memory_equal(deal.wave, want, sizeof(want));
    for (uint32_t u = 0; u < deal.units; u++)
        deal.kind[u] = GW_CUT_THERE;
    deal_out(&deal);
    assert_memory_equal(deal.wave, none, sizeof(none));
}

static void one_wave_takes_all(void **state)
{
    struct deal deal = {.kind = {0, 1, 0}, .units = 3, .kinds = 2, .wave_units = {3}, .waves = 1};
    static const uint8_t want[] = {0, 0, 0};

    (void)state;
    deal_out(&deal);
    assert_memory_equal(deal.wave, want, sizeof(want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_counts_shares_and_the_rest),
        cmocka_unit_test(sizes_that_do_not_fit_say_where),
        cmocka_unit_test(shares_of_a_hundred_percent_hold_all),
        cmocka_unit_test(safe_waves_grow_and_leave_a_rest),
        cmocka_unit_test(safe_waves_have_names),
        cmocka_unit_test(every_deal_keeps_the_rules),
        cmocka_unit_test(a_canary_shows_every_kind_it_has_room_for),
        cmocka_unit_test(of_equally_frequent_kinds_the_lower_number_goes),
        cmocka_unit_test(who_is_there_already_shows_nothing),
        cmocka_unit_test(one_wave_takes_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
