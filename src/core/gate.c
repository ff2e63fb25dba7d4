/*
 * Gates. An outcome costs a chart a few additions, whatever the fleet's size: the logarithms are taken when
 * a rule is set up. What must stay true: integers only, and a chart is its four numbers and nothing else,
 * so that it says the same whether it was kept in memory or stored and loaded at any point.
 */
#include "gatewave/core/gate.h"

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"

#define FULL_BP   10000u
#define LN2_NNATS 693147181
/* Binary digits of a logarithm behind the point: its product with ln 2 in nano-nats just fits an int64_t. */
#define LOG2_BITS      26
#define NNATS_PER_UNAT 1000

/* The promise of the header: how few good rollouts are stopped, and how many charts a device is on. */
#define FALSE_STOPS_ONE_IN 100u
#define CHARTS_PER_DEVICE  2u

/* Above this nothing could be called worse than normal. */
#define BASELINE_MOST_BP     9900u
#define ALARM_TIMES_BASELINE 2u

#define TRIALS        400u
#define TRIAL_LONGEST 20000u

/*
 * log2(n), rounded down to LOG2_BITS binary digits. The mantissa, 32 bits in [1, 2), is squared once for
 * each digit: the digit is whether that made it 2 or more. What a squaring cuts off weighs half as much as
 * what the one before it did, so that all of it together stays below 2^-29.
 */
static int64_t log2_fixed(uint64_t n)
{
    int whole = 63 - __builtin_clzll(n);
    uint64_t mantissa = n << (63 - whole) >> 32, digits = 0;

    for (int i = 0; i < LOG2_BITS; i++) {
        mantissa = mantissa * mantissa >> 31;
        digits = digits << 1 | mantissa >> 32;
        mantissa >>= mantissa >> 32;
    }
    return (int64_t)whole * (1 << LOG2_BITS) + (int64_t)digits;
}

int64_t gw_ln_unats(uint64_t numerator, uint64_t denominator)
{
    const int64_t unat = (int64_t)NNATS_PER_UNAT << LOG2_BITS;
    int64_t ln;

    GW_CHECK(numerator > 0 && denominator > 0);
    ln = (log2_fixed(numerator) - log2_fixed(denominator)) * LN2_NNATS;
    return (ln < 0 ? ln - unat / 2 : ln + unat / 2) / unat;
}

void gw_chart_step_init(struct gw_chart_step *step, const struct gw_gate_rule *rule, uint32_t devices)
{
    GW_CHECK(rule->baseline_bp > 0 && rule->baseline_bp < rule->alarm_bp && rule->alarm_bp < FULL_BP);
    GW_CHECK(devices > 0);
    *step = (struct gw_chart_step){
        .failed_unats = gw_ln_unats(rule->alarm_bp, rule->baseline_bp),
        .succeeded_unats = gw_ln_unats(FULL_BP - rule->alarm_bp, FULL_BP - rule->baseline_bp),
        .limit_unats = gw_ln_unats((uint64_t)devices * CHARTS_PER_DEVICE * FALSE_STOPS_ONE_IN, 1),
    };
}

static enum gw_trip trips(const struct gw_chart *chart, const struct gw_gate_rule *rule,
                          const struct gw_chart_step *step)
{
    if (rule->failed_limit && chart->failed >= rule->failed_limit)
        return GW_TRIP_FAILED;
    if (rule->max_failed_share_bp && chart->judged >= rule->least &&
        (uint64_t)chart->failed * FULL_BP > (uint64_t)rule->max_failed_share_bp * chart->judged)
        return GW_TRIP_SHARE;
    return chart->level_unats >= step->limit_unats ? GW_TRIP_CHART : GW_TRIP_NONE;
}

static enum gw_trip move(struct gw_chart *chart, const struct gw_gate_rule *rule,
                         const struct gw_chart_step *step, int64_t by_unats)
{
    chart->level_unats += by_unats;
    if (chart->level_unats < 0)
        chart->level_unats = 0;
    if (chart->trip == GW_TRIP_NONE)
        chart->trip = trips(chart, rule, step);
    return chart->trip;
}

enum gw_trip gw_chart_judge(struct gw_chart *chart, const struct gw_gate_rule *rule,
                            const struct gw_chart_step *step, bool failed)
{
    chart->judged++;
    chart->failed += failed;
    return move(chart, rule, step, failed ? step->failed_unats : step->succeeded_unats);
}

enum gw_trip gw_chart_relapse(struct gw_chart *chart, const struct gw_gate_rule *rule,
                              const struct gw_chart_step *step)
{
    chart->failed++;
    /* What was forgiven since is not judged any more, and neither was this one's success then. */
    if (chart->judged < chart->failed)
        chart->judged = chart->failed;
    return move(chart, rule, step, step->failed_unats);
}

enum gw_trip gw_chart_refuse(struct gw_chart *chart, const struct gw_gate_rule *rule,
                             const struct gw_chart_step *step)
{
    chart->judged++;
    chart->failed++;
    chart->refused++;
    return move(chart, rule, step, 0);
}

/* n x ln of how much more often it was seen than is normal. */
static int64_t weight_unats(uint64_t n, uint64_t of, uint64_t normal_bp)
{
    return n > 0 ? (int64_t)n * gw_ln_unats(n * FULL_BP, of * normal_bp) : 0;
}

bool gw_gate_doubts(const struct gw_gate_rule *rule, const struct gw_chart *chart, uint32_t asked)
{
    uint64_t failed = chart->failed - chart->refused, called = chart->judged - chart->refused;

    GW_CHECK(asked > 0 && chart->refused <= chart->failed && chart->failed <= chart->judged);
    if (failed * FULL_BP <= rule->baseline_bp * called)
        return false;
    return weight_unats(failed, called, rule->baseline_bp) +
               weight_unats(called - failed, called, FULL_BP - rule->baseline_bp) >
           gw_ln_unats((uint64_t)GW_GATE_DOUBTFUL * asked, 1);
}

static uint64_t root_rounded_up(uint64_t n)
{
    uint64_t root = 0;

    for (uint64_t bit = (uint64_t)1 << 31; bit; bit >>= 1)
        if ((root + bit) * (root + bit) <= n)
            root += bit;
    return root * root < n ? root + 1 : root;
}

bool gw_gate_learn(uint64_t failed, uint64_t judged, const struct gw_gate_rule *asked,
                   struct gw_gate_rule *ret)
{
    uint64_t most, baseline_bp, distant_bp;

    GW_CHECK(failed <= judged && judged <= UINT64_MAX / FULL_BP / 2);
    *ret = *asked;
    if (judged < GW_GATE_LEARN_LEAST)
        return false;
    /* The largest mean m that `failed` is two standard deviations short of at most: m - 2 sqrt(m) = failed. */
    most = failed + 2 + root_rounded_up(4 * failed + 4);
    baseline_bp = (most * FULL_BP + judged - 1) / judged;
    if (baseline_bp < GW_GATE_BASELINE_LEAST_BP)
        baseline_bp = GW_GATE_BASELINE_LEAST_BP;
    if (baseline_bp > BASELINE_MOST_BP)
        baseline_bp = BASELINE_MOST_BP;
    distant_bp = baseline_bp * ALARM_TIMES_BASELINE;
    /* Where twice as many is near all or more, half of the way from there to all. */
    if (distant_bp > (baseline_bp + FULL_BP) / 2)
        distant_bp = (baseline_bp + FULL_BP) / 2;
    ret->baseline_bp = (uint32_t)baseline_bp;
    if (ret->alarm_bp < distant_bp)
        ret->alarm_bp = (uint32_t)distant_bp;
    return true;
}

void gw_gate_see(const struct gw_gate_rule *rule, uint32_t devices, uint32_t share_bp,
                 struct gw_gate_sight *ret)
{
    uint32_t longest = devices < TRIAL_LONGEST ? devices : TRIAL_LONGEST, stopped = 0;
    uint64_t judged = 0, failed = 0;
    struct gw_chart_step step;
    struct gw_rng rng;

    GW_CHECK(share_bp <= FULL_BP);
    gw_chart_step_init(&step, rule, devices);
    gw_rng_init(&rng, 1);
    for (uint32_t trial = 0; trial < TRIALS; trial++) {
        struct gw_chart chart = {0};

        while (chart.judged < longest && chart.trip == GW_TRIP_NONE)
            gw_chart_judge(&chart, rule, &step, gw_rng_below(&rng, FULL_BP) < share_bp);
        if (chart.trip == GW_TRIP_NONE)
            continue;
        stopped++;
        judged += chart.judged;
        failed += chart.failed;
    }
    *ret = (struct gw_gate_sight){.stopped_permille = stopped * 1000 / TRIALS};
    if (stopped > 0) {
        ret->judged = (uint32_t)((judged + stopped / 2) / stopped);
        ret->failed = (uint32_t)((failed + stopped / 2) / stopped);
    }
}

uint32_t gw_gate_allowed_bp(uint32_t clean)
{
    uint32_t low_bp = 0, high_bp = FULL_BP;

    /* The smallest share at which the chance of so many clean ones, (1 - share)^clean, is 5 % at most. */
    while (high_bp - low_bp > 1) {
        uint32_t middle_bp = low_bp + (high_bp - low_bp) / 2;

        if ((int64_t)clean * gw_ln_unats(FULL_BP - middle_bp, FULL_BP) <= gw_ln_unats(5, 100))
            high_bp = middle_bp;
        else
            low_bp = middle_bp;
    }
    return high_bp;
}
