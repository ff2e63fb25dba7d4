/*
 * Gates: logarithms against the C library's, charts against real arithmetic and against the closed form of
 * a CUSUM, hard limits at their edges, storing and loading at every point, what is learned, and what a plan
 * is told.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"
#include "gatewave/core/gate.h"

static const struct gw_gate_rule plain = {.baseline_bp = 100, .alarm_bp = 800};

static bool draw(struct gw_rng *rng, uint32_t share_bp)
{
    return gw_rng_below(rng, 10000) < share_bp;
}

/* Judges so many outcomes of one kind; the last verdict. */
static enum gw_trip judge(struct gw_chart *chart, const struct gw_gate_rule *rule, uint32_t times,
                          bool failed)
{
    struct gw_chart_step step;
    enum gw_trip trip = GW_TRIP_NONE;

    gw_chart_step_init(&step, rule, 10000);
    while (times-- > 0)
        trip = gw_chart_judge(chart, rule, &step, failed);
    return trip;
}

static void logarithms_that_are_in_books(void **state)
{
    static const struct {
        uint64_t numerator, denominator;
        int64_t unats;
    } known[] = {
        {1, 1, 0},
        {UINT64_MAX, UINT64_MAX, 0},
        {2, 1, 693147},
        {1, 2, -693147},
        {3, 1, 1098612},
        {10, 1, 2302585},
        {1000, 10, 4605170},
        {1000000, 1, 13815511},
        {10000, 9999, 100},
        {8, 1, 2079442},
        {9200, 9900, -73331},
        {UINT64_MAX, 1, 44361420},
        {5, 100, -2995732},
        {UINT64_MAX, UINT64_MAX - 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(known); i++)
        assert_int_equal(gw_ln_unats(known[i].numerator, known[i].denominator), known[i].unats);
}

static void assert_logarithm(uint64_t numerator, uint64_t denominator)
{
    int64_t unats = gw_ln_unats(numerator, denominator);
    long double exact = (logl((long double)numerator) - logl((long double)denominator)) * 1e6L;

    if (fabsl((long double)unats - exact) > 0.6L)
        fail_msg("ln(%lu / %lu) is %.3Lf micro-nats, not %ld", (unsigned long)numerator,
                 (unsigned long)denominator, exact, (long)unats);
    assert_int_equal(gw_ln_unats(denominator, numerator), -unats);
}

static void logarithms_agree_with_the_c_library(void **state)
{
    struct gw_rng rng;

    (void)state;
    for (uint32_t bp = 1; bp <= 10000; bp++)
        assert_logarithm(bp, 10000);
    for (int bit = 0; bit < 64; bit++) {
        uint64_t power = (uint64_t)1 << bit;

        assert_logarithm(power, 1);
        assert_logarithm(power | 1, 1);
        assert_logarithm(power | (power - 1), 3);
    }
    gw_rng_init(&rng, 1);
    for (int i = 0; i < 100000; i++) {
        uint64_t numerator = gw_rng_next(&rng) >> gw_rng_below(&rng, 64);
        uint64_t denominator = gw_rng_next(&rng) >> gw_rng_below(&rng, 64);

        assert_logarithm(numerator | 1, denominator | 1);
    }
}

static void a_step_is_what_the_rule_says(void **state)
{
    struct gw_chart_step step;

    (void)state;
    gw_chart_step_init(&step, &plain, 10000);
    assert_int_equal(step.failed_unats, 2079442);
    assert_int_equal(step.succeeded_unats, -73331);
    /* ln(2 charts x 10,000 devices / 1 %) */
    assert_int_equal(step.limit_unats, 14508658);
    gw_chart_step_init(&step, &plain, 1);
    assert_int_equal(step.limit_unats, 5298317);
    gw_chart_step_init(&step, &plain, UINT32_MAX);
    assert_int_equal(step.limit_unats, 27479027);
    gw_chart_step_init(&step, &(struct gw_gate_rule){.baseline_bp = 9998, .alarm_bp = 9999}, 1);
    assert_int_equal(step.failed_unats, 100);
    assert_int_equal(step.succeeded_unats, -693147);
}

static void a_chart_trips_at_its_limit_and_not_before(void **state)
{
    struct gw_chart_step step = {.failed_unats = 7, .succeeded_unats = -3, .limit_unats = 11};
    struct gw_chart chart = {0};

    (void)state;
    assert_int_equal(gw_chart_judge(&chart, &plain, &step, true), GW_TRIP_NONE);
    assert_int_equal(gw_chart_judge(&chart, &plain, &step, false), GW_TRIP_NONE);
    assert_int_equal(chart.level_unats, 4);
    assert_int_equal(gw_chart_judge(&chart, &plain, &step, true), GW_TRIP_CHART);
    assert_int_equal(chart.level_unats, 11);
    chart = (struct gw_chart){0};
    step.limit_unats = 12;
    gw_chart_judge(&chart, &plain, &step, true);
    gw_chart_judge(&chart, &plain, &step, false);
    assert_int_equal(gw_chart_judge(&chart, &plain, &step, true), GW_TRIP_NONE);
    /* Six failures of a new version are 12.48 nats, seven are 14.56. */
    chart = (struct gw_chart){0};
    assert_int_equal(judge(&chart, &plain, 6, true), GW_TRIP_NONE);
    assert_int_equal(judge(&chart, &plain, 1, true), GW_TRIP_CHART);
}

static void a_long_good_run_earns_nothing(void **state)
{
    struct gw_chart chart = {0};

    (void)state;
    assert_int_equal(judge(&chart, &plain, 100000, false), GW_TRIP_NONE);
    assert_int_equal(chart.level_unats, 0);
    assert_int_equal(chart.judged, 100000);
    assert_int_equal(judge(&chart, &plain, 7, true), GW_TRIP_CHART);
    assert_int_equal(chart.failed, 7);
}

static void what_tripped_stays_so_and_is_counted_on(void **state)
{
    struct gw_gate_rule rule = plain;
    struct gw_chart chart = {0};

    (void)state;
    rule.failed_limit = 9;
    assert_int_equal(judge(&chart, &rule, 7, true), GW_TRIP_CHART);
    assert_int_equal(judge(&chart, &rule, 1000, false), GW_TRIP_CHART);
    assert_int_equal(chart.level_unats, 0);
    assert_int_equal(judge(&chart, &rule, 2, true), GW_TRIP_CHART);
    assert_int_equal(chart.failed, 9);
    assert_int_equal(chart.judged, 1009);
    /* Forgiven: a new chart, to which only what comes now counts. */
    chart = (struct gw_chart){0};
    assert_int_equal(judge(&chart, &rule, 6, true), GW_TRIP_NONE);
}

static void the_limit_on_failures_is_exact(void **state)
{
    struct gw_gate_rule rule = plain;
    struct gw_chart chart = {0};

    (void)state;
    rule.failed_limit = 1;
    assert_int_equal(judge(&chart, &rule, 500, false), GW_TRIP_NONE);
    assert_int_equal(judge(&chart, &rule, 1, true), GW_TRIP_FAILED);
    rule.failed_limit = 21;
    chart = (struct gw_chart){0};
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(judge(&chart, &rule, 1, true), GW_TRIP_NONE);
        assert_int_equal(judge(&chart, &rule, 100, false), GW_TRIP_NONE);
    }
    assert_int_equal(judge(&chart, &rule, 1, true), GW_TRIP_FAILED);
    /* With the seventh failure the chart trips as well; the limit that a person set is named. */
    rule.failed_limit = 7;
    chart = (struct gw_chart){0};
    assert_int_equal(judge(&chart, &rule, 7, true), GW_TRIP_FAILED);
}

static void the_limit_on_the_share_is_exact(void **state)
{
    struct gw_gate_rule rule = plain;
    struct gw_chart chart = {0};

    (void)state;
    rule.max_failed_share_bp = 1000;
    rule.least = 10;
    /* 2 of 9 are too few to judge, 2 of 10 are 20 %: it is a success that trips here. */
    assert_int_equal(judge(&chart, &rule, 2, true), GW_TRIP_NONE);
    assert_int_equal(judge(&chart, &rule, 7, false), GW_TRIP_NONE);
    assert_int_equal(judge(&chart, &rule, 1, false), GW_TRIP_SHARE);
    /* 1 of 10 is 10 % and not more. */
    chart = (struct gw_chart){0};
    judge(&chart, &rule, 1, true);
    assert_int_equal(judge(&chart, &rule, 9, false), GW_TRIP_NONE);
    assert_int_equal(judge(&chart, &rule, 1, true), GW_TRIP_SHARE);
    /* None is needed before it is judged. */
    chart = (struct gw_chart){0};
    rule.least = 0;
    assert_int_equal(judge(&chart, &rule, 1, true), GW_TRIP_SHARE);
}

static void shares_hold_for_the_largest_counts(void **state)
{
    struct gw_rng rng;
    uint32_t tripped = 0;

    (void)state;
    gw_rng_init(&rng, 2);
    for (int i = 0; i < 20000; i++) {
        struct gw_gate_rule rule = {.baseline_bp = 1, .alarm_bp = 2};
        uint32_t judged = (uint32_t)gw_rng_below(&rng, UINT32_MAX), failed, over;
        struct gw_chart chart = {.judged = judged};

        rule.max_failed_share_bp = 1 + (uint32_t)gw_rng_below(&rng, 10000);
        rule.least = 1 + (uint32_t)gw_rng_below(&rng, 2) * judged;
        /* Within one of the edge: judged x share / 10,000, in whole and rest so that nothing is too large. */
        failed =
            judged / 10000 * rule.max_failed_share_bp + judged % 10000 * rule.max_failed_share_bp / 10000;
        over = (uint32_t)gw_rng_below(&rng, 3);
        if (failed < 1 || failed - 1 + over > judged)
            continue;
        chart.failed = failed - 1 + over;
        {
            bool fails = draw(&rng, 5000);
            long double share = (long double)(chart.failed + fails) * 10000 / ((long double)judged + 1);
            enum gw_trip trip = share > rule.max_failed_share_bp ? GW_TRIP_SHARE : GW_TRIP_NONE;

            tripped += trip == GW_TRIP_SHARE;
            assert_int_equal(judge(&chart, &rule, 1, fails), trip);
        }
    }
    assert_in_range(tripped, 5000, 15000);
}

static void a_chart_agrees_with_real_arithmetic(void **state)
{
    struct gw_rng rng;
    uint32_t tripped = 0;

    (void)state;
    gw_rng_init(&rng, 3);
    for (int round = 0; round < 300; round++) {
        uint32_t baseline_bp = 1 + (uint32_t)gw_rng_below(&rng, 500);
        struct gw_gate_rule rule = {.baseline_bp = baseline_bp,
                                    .alarm_bp = baseline_bp + 1 + (uint32_t)gw_rng_below(&rng, 2000)};
        uint32_t share_bp = rule.alarm_bp * (uint32_t)gw_rng_below(&rng, 4) / 2;
        long double p0 = rule.baseline_bp / 1e4L, p1 = rule.alarm_bp / 1e4L, level = 0,
                    limit = logl(2 * 10000 / 0.01L);
        struct gw_chart_step step;
        struct gw_chart chart = {0};

        gw_chart_step_init(&step, &rule, 10000);
        for (int i = 1; i <= 2000; i++) {
            bool failed = draw(&rng, share_bp);
            long double slack = 0.6e-6L * i;
            enum gw_trip trip = gw_chart_judge(&chart, &rule, &step, failed);

            level = fmaxl(0, level + (failed ? logl(p1 / p0) : logl((1 - p1) / (1 - p0))));
            assert_true(fabsl((long double)chart.level_unats * 1e-6L - level) <= slack);
            if (level >= limit + slack)
                assert_int_equal(trip, GW_TRIP_CHART);
            else if (level < limit - slack)
                assert_int_equal(trip, GW_TRIP_NONE);
            if (trip == GW_TRIP_CHART) {
                tripped++;
                break;
            }
        }
    }
    assert_in_range(tripped, 50, 250);
}

/* The level is the largest sum over any stretch that ends here, the empty one too: order means no more. */
static void order_matters_as_a_cusum_says(void **state)
{
    struct gw_chart_step step;
    struct gw_rng rng;
    uint32_t tripped = 0;

    (void)state;
    gw_rng_init(&rng, 4);
    gw_chart_step_init(&step, &plain, 100);
    for (int round = 0; round < 100; round++) {
        bool failed[200];
        struct gw_chart chart = {0};
        bool over = false;

        for (uint32_t i = 0; i < GW_COUNT_OF(failed); i++) {
            int64_t sum = 0, largest = 0;
            enum gw_trip trip;

            failed[i] = draw(&rng, (uint32_t)round * 10);
            for (uint32_t k = i + 1; k-- > 0;) {
                sum += failed[k] ? step.failed_unats : step.succeeded_unats;
                largest = sum > largest ? sum : largest;
            }
            over |= largest >= step.limit_unats;
            trip = gw_chart_judge(&chart, &plain, &step, failed[i]);
            assert_int_equal(chart.level_unats, largest);
            assert_int_equal(trip, over ? GW_TRIP_CHART : GW_TRIP_NONE);
        }
        tripped += over;
    }
    assert_in_range(tripped, 20, 80);
}

static void a_stored_chart_goes_on_as_if_it_had_not_been(void **state)
{
    struct gw_gate_rule rule = plain;
    struct gw_chart_step step;
    struct gw_chart kept = {0};
    enum gw_trip verdict[250];
    bool failed[GW_COUNT_OF(verdict)];
    struct gw_rng rng;

    (void)state;
    rule.max_failed_share_bp = 2000;
    rule.least = 200;
    gw_rng_init(&rng, 5);
    gw_chart_step_init(&step, &rule, 10000);
    for (uint32_t i = 0; i < GW_COUNT_OF(verdict); i++) {
        failed[i] = draw(&rng, 1200);
        verdict[i] = gw_chart_judge(&kept, &rule, &step, failed[i]);
    }
    assert_int_equal(verdict[0], GW_TRIP_NONE);
    assert_int_equal(verdict[GW_COUNT_OF(verdict) - 1], GW_TRIP_CHART);
    for (uint32_t cut = 0; cut <= GW_COUNT_OF(verdict); cut++) {
        struct gw_chart before = {0}, after;

        for (uint32_t i = 0; i < cut; i++)
            gw_chart_judge(&before, &rule, &step, failed[i]);
        after =
            (struct gw_chart){before.level_unats, before.failed, before.judged, before.refused, before.trip};
        gw_chart_step_init(&step, &rule, 10000);
        for (uint32_t i = cut; i < GW_COUNT_OF(verdict); i++)
            assert_int_equal(gw_chart_judge(&after, &rule, &step, failed[i]), verdict[i]);
        assert_int_equal(after.level_unats, kept.level_unats);
        assert_int_equal(after.failed, kept.failed);
        assert_int_equal(after.judged, kept.judged);
    }
}

/* The promise of the header, where it is hardest to keep: as many fail as the baseline allows. */
static void false_stops_are_one_in_a_hundred_at_most(void **state)
{
    static const struct gw_gate_rule rules[] = {
        {100, 800, 0, 0, 0}, {500, 1000, 0, 0, 0}, {2000, 4000, 0, 0, 0}};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 6);
    for (size_t i = 0; i < GW_COUNT_OF(rules); i++) {
        uint32_t stopped = 0;
        struct gw_chart_step step;

        gw_chart_step_init(&step, &rules[i], 300);
        for (int run = 0; run < 3000; run++) {
            struct gw_chart all = {0}, model[3] = {{0}};

            for (uint32_t device = 0; device < 300; device++) {
                bool failed = draw(&rng, rules[i].baseline_bp);

                gw_chart_judge(&all, &rules[i], &step, failed);
                gw_chart_judge(&model[device % 3], &rules[i], &step, failed);
            }
            stopped += all.trip || model[0].trip || model[1].trip || model[2].trip;
        }
        assert_in_range(stopped, 0, 30);
    }
}

/* So many failed, and none of them was refused. */
static const struct gw_chart *shown(uint32_t failed, uint32_t called)
{
    static struct gw_chart chart;

    chart = (struct gw_chart){.failed = failed, .judged = called};
    return &chart;
}

static uint32_t most_called_in_doubt(uint32_t baseline_bp, uint32_t failed, uint32_t asked)
{
    const struct gw_gate_rule rule = {.baseline_bp = baseline_bp, .alarm_bp = 9999};
    uint32_t called = failed;

    while (gw_gate_doubts(&rule, shown(failed, called), asked))
        called++;
    /* More that are well never bring the doubt back. */
    for (uint32_t more = called; more < called + 200; more++)
        assert_false(gw_gate_doubts(&rule, shown(failed, more), asked));
    return called - 1;
}

/* Worked out in floating point beforehand, by the formula of the likelihood ratio. */
static void a_wave_is_doubted_up_to_so_many_called(void **state)
{
    static const struct {
        uint32_t baseline_bp, asked, most[4]; /* for 1, 2, 3, 4 failures */
    } row[] = {
        {100, 1, {5, 31, 70, 118}}, {200, 1, {2, 15, 35, 60}}, {300, 1, {2, 10, 24, 40}},
        {500, 1, {1, 6, 15, 24}},   {2000, 1, {0, 2, 4, 7}},   {9800, 1, {0, 1, 2, 3}},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++)
        for (uint32_t failed = 1; failed <= 4; failed++)
            if (row[i].most[failed - 1] >= failed && row[i].baseline_bp < 9000)
                assert_int_equal(most_called_in_doubt(row[i].baseline_bp, failed, row[i].asked),
                                 row[i].most[failed - 1]);
            else
                assert_false(gw_gate_doubts(&(struct gw_gate_rule){.baseline_bp = row[i].baseline_bp},
                                            shown(failed, failed), row[i].asked));
}

/* A version that is no worse than normal, in waves of each size: how many of 2,000 are doubted. */
static void a_normal_version_is_seldom_doubted(void **state)
{
    static const uint32_t called[] = {1, 5, 10, 20, 50, 100, 500};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 12);
    for (uint32_t groups = 1; groups <= 8; groups *= 2)
        for (size_t i = 0; i < GW_COUNT_OF(called); i++) {
            uint32_t doubted = 0;

            for (uint32_t trial = 0; trial < 2000; trial++) {
                bool any = false;

                for (uint32_t group = 0; group < groups; group++) {
                    uint32_t failed = 0;

                    for (uint32_t n = 0; n < called[i]; n++)
                        failed += draw(&rng, plain.baseline_bp);
                    any |= gw_gate_doubts(&plain, shown(failed, called[i]), groups);
                }
                doubted += any;
            }
            assert_in_range(doubted, 0, 2000 / GW_GATE_DOUBTFUL);
        }
}

static void a_wave_without_failures_is_not_doubted(void **state)
{
    (void)state;
    assert_false(gw_gate_doubts(&plain, shown(0, 0), 1));
    for (uint32_t called = 1; called < 2000; called++)
        assert_false(gw_gate_doubts(&plain, shown(0, called), 1));
    assert_true(gw_gate_doubts(&plain, shown(UINT32_MAX / 2, UINT32_MAX), 1));
    assert_false(gw_gate_doubts(&plain, shown(UINT32_MAX / 100, UINT32_MAX), 1));
    /* Who was refused has not run the version. */
    assert_false(gw_gate_doubts(&plain, &(struct gw_chart){.failed = 5, .judged = 8, .refused = 5}, 1));
    assert_true(gw_gate_doubts(&plain, &(struct gw_chart){.failed = 5, .judged = 8, .refused = 4}, 1));
}

static void a_baseline_is_learned_from_above(void **state)
{
    static const struct {
        uint64_t failed, judged;
        uint32_t baseline_bp, alarm_bp;
    } known[] = {
        {300, 30000, 113, 800},   /* (300 + 2 + 35) / 30,000 */
        {1200, 30000, 424, 848},  /* (1200 + 2 + 70) / 30,000: twice that is more than 8 % */
        {0, 300, 134, 800},       /* 4 / 300 */
        {0, 30000, 10, 800},      /* never less than 0.1 % */
        {1000, 1000000, 11, 800}, /* (1000 + 2 + 64) / 1,000,000 */
        {120, 300, 4800, 7400}, /* (120 + 2 + 22) / 300; twice that is nearly all, so half of the way to it */
        {300, 300, 9900, 9950}, /* nothing is worse than that */
        {0, 1000000000000, 10, 800}, {1000000000000, 1000000000000, 9900, 9950},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(known); i++) {
        struct gw_gate_rule rule = {.baseline_bp = 100, .alarm_bp = 800, .failed_limit = 5, .least = 3};

        assert_true(gw_gate_learn(known[i].failed, known[i].judged, &rule, &rule));
        assert_int_equal(rule.baseline_bp, known[i].baseline_bp);
        assert_int_equal(rule.alarm_bp, known[i].alarm_bp);
        assert_int_equal(rule.failed_limit, 5);
        assert_int_equal(rule.least, 3);
    }
}

static void too_little_teaches_nothing(void **state)
{
    struct gw_gate_rule rule = {0};

    (void)state;
    assert_false(gw_gate_learn(100, 299, &plain, &rule));
    assert_int_equal(rule.baseline_bp, plain.baseline_bp);
    assert_int_equal(rule.alarm_bp, plain.alarm_bp);
    assert_false(gw_gate_learn(0, 0, &plain, &rule));
}

static void a_learned_rule_is_always_a_rule(void **state)
{
    struct gw_rng rng;
    uint32_t above = 0;

    (void)state;
    gw_rng_init(&rng, 7);
    for (int i = 0; i < 20000; i++) {
        uint64_t judged = 300 + (gw_rng_next(&rng) >> (32 + gw_rng_below(&rng, 24)));
        uint64_t failed;
        struct gw_gate_rule rule, worse;
        struct gw_chart_step step;

        judged = judged > UINT32_MAX ? UINT32_MAX : judged;
        failed = gw_rng_below(&rng, judged);
        assert_true(gw_gate_learn(failed, judged, &plain, &rule));
        assert_true(gw_gate_learn(failed + 1, judged, &plain, &worse));
        assert_true(rule.baseline_bp == 9900 || rule.baseline_bp * judged >= failed * 10000);
        assert_true(worse.baseline_bp >= rule.baseline_bp && worse.alarm_bp >= rule.alarm_bp);
        assert_true(rule.alarm_bp >= 800 && rule.alarm_bp < 10000);
        assert_true(rule.alarm_bp >= 2 * rule.baseline_bp ||
                    2 * rule.alarm_bp + 1 >= 10000 + rule.baseline_bp);
        gw_chart_step_init(&step, &rule, 1);
        assert_true(step.failed_unats > 0 && step.succeeded_unats < 0);
    }
    /* Two standard deviations: one history in 44 or fewer is kinder than the truth. */
    for (int i = 0; i < 1000; i++) {
        struct gw_gate_rule rule;
        uint64_t failed = 0;

        for (int k = 0; k < 3000; k++)
            failed += draw(&rng, 200);
        assert_true(gw_gate_learn(failed, 3000, &plain, &rule));
        above += rule.baseline_bp >= 200;
    }
    assert_in_range(above, 970, 1000);
}

static void a_plan_is_told_what_the_gate_sees(void **state)
{
    struct gw_gate_rule limited = plain;
    struct gw_gate_sight sight, again;

    (void)state;
    gw_gate_see(&plain, 10000, 10000, &sight);
    assert_int_equal(sight.judged, 7);
    assert_int_equal(sight.failed, 7);
    assert_int_equal(sight.stopped_permille, 1000);
    /* The means, from the distribution of the level carried forward in real arithmetic: 42.2 outcomes,
       372.7, and 2,835 in 96.3 % of rollouts. */
    gw_gate_see(&plain, 10000, 2000, &sight);
    assert_in_range(sight.judged, 40, 44);
    assert_in_range(sight.failed, 8, 9);
    assert_int_equal(sight.stopped_permille, 1000);
    gw_gate_see(&plain, 10000, 300, &sight);
    assert_in_range(sight.judged, 2650, 3020);
    assert_in_range(sight.failed, 79, 91);
    assert_in_range(sight.stopped_permille, 940, 980);
    gw_gate_see(&plain, 10000, 500, &sight);
    assert_in_range(sight.judged, 350, 395);
    assert_in_range(sight.failed, 17, 20);
    assert_int_equal(sight.stopped_permille, 1000);
    gw_gate_see(&plain, 10000, 500, &again);
    assert_memory_equal(&sight, &again, sizeof(sight));
    gw_gate_see(&plain, 10000, 0, &sight);
    assert_int_equal(sight.judged, 0);
    assert_int_equal(sight.stopped_permille, 0);
    /* Six outcomes are too few for any chart of this rule, whatever they are. */
    gw_gate_see(&plain, 6, 100, &sight);
    assert_int_equal(sight.stopped_permille, 0);
    limited.failed_limit = 3;
    gw_gate_see(&limited, 10000, 500, &sight);
    assert_int_equal(sight.failed, 3);
    assert_in_range(sight.judged, 55, 65);
}

static void clean_devices_still_allow(void **state)
{
    (void)state;
    assert_int_equal(gw_gate_allowed_bp(0), 10000);
    assert_int_equal(gw_gate_allowed_bp(1), 9500);
    assert_int_equal(gw_gate_allowed_bp(10), 2589);
    assert_int_equal(gw_gate_allowed_bp(20), 1392);
    assert_int_equal(gw_gate_allowed_bp(59), 496);
    assert_int_equal(gw_gate_allowed_bp(299), 100);
    assert_int_equal(gw_gate_allowed_bp(1000000), 1);
    for (uint32_t clean = 1; clean <= 3000; clean++) {
        double exact_bp = 10000 * (1 - pow(0.05, 1.0 / clean)), allowed_bp = gw_gate_allowed_bp(clean);

        assert_true(allowed_bp > exact_bp - 0.02 && allowed_bp < exact_bp + 1.02);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_that_are_in_books),
        cmocka_unit_test(logarithms_agree_with_the_c_library),
        cmocka_unit_test(a_step_is_what_the_rule_says),
        cmocka_unit_test(a_chart_trips_at_its_limit_and_not_before),
        cmocka_unit_test(a_long_good_run_earns_nothing),
        cmocka_unit_test(what_tripped_stays_so_and_is_counted_on),
        cmocka_unit_test(the_limit_on_failures_is_exact),
        cmocka_unit_test(the_limit_on_the_share_is_exact),
        cmocka_unit_test(shares_hold_for_the_largest_counts),
        cmocka_unit_test(a_chart_agrees_with_real_arithmetic),
        cmocka_unit_test(order_matters_as_a_cusum_says),
        cmocka_unit_test(a_stored_chart_goes_on_as_if_it_had_not_been),
        cmocka_unit_test(false_stops_are_one_in_a_hundred_at_most),
        cmocka_unit_test(a_wave_is_doubted_up_to_so_many_called),
        cmocka_unit_test(a_normal_version_is_seldom_doubted),
        cmocka_unit_test(a_wave_without_failures_is_not_doubted),
        cmocka_unit_test(a_baseline_is_learned_from_above),
        cmocka_unit_test(too_little_teaches_nothing),
        cmocka_unit_test(a_learned_rule_is_always_a_rule),
        cmocka_unit_test(a_plan_is_told_what_the_gate_sees),
        cmocka_unit_test(clean_devices_still_allow),
    };

    return cmocka_run_group_tests_name("core/gate", tests, NULL, NULL);
}
