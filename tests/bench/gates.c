/*
 * What stops a bad rollout, and what stops a good one: the program's own gate code next to other tools'
 * rules, by trial. Started by tests/bench/run gates.
 *
 * A fleet of 10,000 gateways in random order, a thousand of each of ten models. 100 are in flight, so that
 * an outcome is seen 100 dispatches later; a wave starts when the last outcome of the one before is seen;
 * what is in flight when a rule stops the rollout finishes. It is rules that are compared, not products:
 * nothing is tried again, nothing takes time, nobody watches. Broken is every failure, the normal ones too.
 * Seeds are fixed.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"
#include "gatewave/core/gate.h"

#define GATEWAYS  10000u
#define MODELS    10u
#define IN_FLIGHT 100u
/* Rollouts that a baseline is learned from. */
#define EARLIER 3u
#define RUNS    400u
/* 400 runs cannot tell 1 % of false stops from 2 %. */
#define RUNS_SURE 4000u
#define FULL_BP   10000u
#define ALARM_BP  800u

/* What a version does to each model, and the share that failed with the versions before it. */
struct version {
    uint32_t share_bp[MODELS];
    uint32_t normal_bp;
};

struct night;

struct rule {
    const char *name;
    const uint32_t *waves; /* their sizes; the last one again and again */
    bool (*stops)(struct night *night, uint32_t model, bool failed);
    uint32_t number;   /* of failures or percent; for charts, the limit is its logarithm if it is not 0 */
    uint32_t fixed_bp; /* baseline of charts; 0: learned */
};

/* One rollout under way. Of the charts, one is for each model and the last for all. */
struct night {
    const struct rule *rule;
    uint32_t judged, failed, wave_size, wave_failed;
    struct gw_gate_rule gate[MODELS + 1];
    struct gw_chart_step step[MODELS + 1];
    struct gw_chart chart[MODELS + 1];
};

struct result {
    uint32_t stopped, runs, broken_median;
};

static bool stop_by_count(struct night *night, uint32_t model, bool failed)
{
    (void)model, (void)failed;
    return night->failed > night->rule->number;
}

static bool stop_by_share_of_executed(struct night *night, uint32_t model, bool failed)
{
    (void)model, (void)failed;
    return night->judged >= 100 && night->failed * 100 >= night->rule->number * night->judged;
}

static bool stop_by_share_of_wave(struct night *night, uint32_t model, bool failed)
{
    (void)model, (void)failed;
    return night->wave_failed * 100 > night->rule->number * night->wave_size;
}

static bool chart_trips(struct night *night, uint32_t chart, bool failed)
{
    return gw_chart_judge(&night->chart[chart], &night->gate[chart], &night->step[chart], failed) !=
           GW_TRIP_NONE;
}

static bool stop_by_chart(struct night *night, uint32_t model, bool failed)
{
    (void)model;
    return chart_trips(night, MODELS, failed);
}

static bool stop_by_charts(struct night *night, uint32_t model, bool failed)
{
    bool of_model = chart_trips(night, model, failed), of_all = chart_trips(night, MODELS, failed);

    return of_model || of_all;
}

/* Lives through the earlier rollouts and learns from them, for all and for each model. */
static void learn(struct night *night, uint32_t normal_bp, struct gw_rng *rng)
{
    const struct gw_gate_rule asked = {.baseline_bp = 100, .alarm_bp = ALARM_BP};
    const uint32_t judged = EARLIER * GATEWAYS / MODELS;
    uint32_t all_failed = 0;

    for (uint32_t model = 0; model < MODELS; model++) {
        uint32_t failed = 0;

        for (uint32_t i = 0; i < judged; i++)
            failed += gw_rng_below(rng, FULL_BP) < normal_bp;
        all_failed += failed;
        GW_CHECK(gw_gate_learn(failed, judged, &asked, &night->gate[model]));
    }
    GW_CHECK(gw_gate_learn(all_failed, judged * MODELS, &asked, &night->gate[MODELS]));
}

static void set_charts(struct night *night, uint32_t normal_bp, struct gw_rng *rng)
{
    const struct rule *rule = night->rule;

    if (rule->fixed_bp == 0)
        learn(night, normal_bp, rng);
    for (uint32_t i = 0; i <= MODELS; i++) {
        if (rule->fixed_bp > 0)
            night->gate[i] = (struct gw_gate_rule){.baseline_bp = rule->fixed_bp, .alarm_bp = ALARM_BP};
        gw_chart_step_init(&night->step[i], &night->gate[i], GATEWAYS);
        if (rule->number > 0)
            night->step[i].limit_unats = gw_ln_unats(rule->number, 1);
    }
}

static void shuffle(uint8_t *model, struct gw_rng *rng)
{
    for (uint32_t i = 0; i < GATEWAYS; i++) {
        uint32_t j = (uint32_t)gw_rng_below(rng, i + 1);

        model[i] = model[j];
        model[j] = (uint8_t)(i % MODELS);
    }
}

/* Says whether the rule stops the rollout once it has seen one more outcome. */
static bool see(struct night *night, uint32_t model, bool failed)
{
    night->judged++;
    night->failed += failed;
    night->wave_failed += failed;
    return night->rule->stops(night, model, failed);
}

/* One rollout; says whether it was stopped, and how many gateways it broke. */
static bool roll_out(const struct rule *rule, const struct version *version, struct gw_rng *rng,
                     uint32_t *ret_broken)
{
    static uint8_t model[GATEWAYS];
    static bool failed[GATEWAYS];
    struct night night = {.rule = rule};
    const uint32_t *wave = rule->waves;
    uint32_t sent = 0, seen = 0, broken = 0;
    bool stopped = false;

    if (rule->stops == stop_by_chart || rule->stops == stop_by_charts)
        set_charts(&night, version->normal_bp, rng);
    shuffle(model, rng);
    while (sent < GATEWAYS && !stopped) {
        uint32_t left = GATEWAYS - sent, end;

        night.wave_size = *wave < left ? *wave : left;
        night.wave_failed = 0;
        end = sent + night.wave_size;
        while (seen < end && !stopped) {
            if (sent < end && sent - seen < IN_FLIGHT) {
                failed[sent] = gw_rng_below(rng, FULL_BP) < version->share_bp[model[sent]];
                broken += failed[sent++];
            } else {
                stopped = see(&night, model[seen], failed[seen]);
                seen++;
            }
        }
        if (wave[1] > 0)
            wave++;
    }
    *ret_broken = broken;
    return stopped;
}

static int by_size(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

static struct result measure(const struct rule *rule, struct version version, uint32_t runs)
{
    static uint32_t broken[RUNS_SURE];
    struct result result = {.runs = runs};
    struct gw_rng rng;

    gw_rng_init(&rng, 1);
    for (uint32_t i = 0; i < runs; i++)
        result.stopped += roll_out(rule, &version, &rng, &broken[i]);
    qsort(broken, runs, sizeof(broken[0]), by_size);
    result.broken_median = (broken[(runs - 1) / 2] + broken[runs / 2] + 1) / 2;
    return result;
}

static struct version breaks(uint32_t share_bp, uint32_t normal_bp)
{
    struct version version = {.normal_bp = normal_bp};

    for (uint32_t model = 0; model < MODELS; model++)
        version.share_bp[model] = share_bp;
    return version;
}

static struct version breaks_one_model(uint32_t share_bp, uint32_t normal_bp)
{
    struct version version = breaks(normal_bp, normal_bp);

    version.share_bp[0] = share_bp;
    return version;
}

static void print_false_stops(struct result result)
{
    char cell[16];

    snprintf(cell, sizeof(cell), "%.*f %%", result.runs == RUNS_SURE ? 2 : 1,
             100.0 * result.stopped / result.runs);
    printf("%9s", cell);
    fflush(stdout);
}

static void print_catch(struct result result)
{
    char cell[32];

    snprintf(cell, sizeof(cell), "%.0f %% / %u", 100.0 * result.stopped / result.runs, result.broken_median);
    printf("%14s", cell);
    fflush(stdout);
}

static const uint32_t one_batch[] = {GATEWAYS, 0}, five_groups[] = {GATEWAYS / 5, 0},
                      serial[] = {1, 10, 50, 200, 800, 0}, waves[] = {10, 50, 200, 800, GATEWAYS, 0};

static const struct rule peers[] = {
    {"MaxErrors 0, one batch", one_batch, stop_by_count, 0, 0},
    {"MaxErrors 100, one batch", one_batch, stop_by_count, 100, 0},
    {"MaxErrors 10 % of targets, one batch", one_batch, stop_by_count, GATEWAYS / 10, 0},
    {"AWS IoT style: >= 20 % after 100 executed", one_batch, stop_by_share_of_executed, 20, 0},
    {"hawkBit style: 5 groups, > 10 % of a group", five_groups, stop_by_share_of_wave, 10, 0},
    {"Ansible style: 1,10,50,200,800,.. > 10 %", serial, stop_by_share_of_wave, 10, 0},
    {"chart 2 % against 8 %, one batch", one_batch, stop_by_chart, 10000, 200},
    {"chart 2 % against 8 %, waves", waves, stop_by_chart, 10000, 200},
    {"charts 2 % against 8 %, waves", waves, stop_by_charts, 10000, 200},
};

static const struct rule gatewave[] = {
    {"gatewave, baseline: 1%", waves, stop_by_charts, 0, 100},
    {"gatewave, baseline: auto, without models", waves, stop_by_chart, 0, 0},
    {"gatewave, baseline: auto", waves, stop_by_charts, 0, 0},
};

static void print_rule(const struct rule *rule, uint32_t false_stop_runs)
{
    printf("%-42s", rule->name);
    for (uint32_t normal_bp = 100; normal_bp <= 400; normal_bp += 100)
        print_false_stops(measure(rule, breaks(normal_bp, normal_bp), false_stop_runs));
    print_catch(measure(rule, breaks(500, 100), RUNS));
    print_catch(measure(rule, breaks(2000, 100), RUNS));
    print_catch(measure(rule, breaks_one_model(6000, 100), RUNS));
    printf("\n");
}

static void print_comparison(void)
{
    printf("%u gateways, %u in flight, %u runs a cell (%u for false stops of gatewave); waves are 10, 50, "
           "200, 800, "
           "rest;\nauto has learned from %u rollouts at the normal share. Caught: share of runs stopped / "
           "median "
           "broken.\n\n",
           GATEWAYS, IN_FLIGHT, RUNS, RUNS_SURE, EARLIER);
    printf("%-42s%36s%42s\n", "", "false stops at a normal share of", "caught at 1 %, when bad is");
    printf("%-42s%9s%9s%9s%9s%14s%14s%14s\n", "rule", "1 %", "2 %", "3 %", "4 %", "5 %", "20 %",
           "1 model 60 %");
    for (size_t i = 0; i < GW_COUNT_OF(peers); i++)
        print_rule(&peers[i], RUNS);
    for (size_t i = 0; i < GW_COUNT_OF(gatewave); i++)
        print_rule(&gatewave[i], RUNS_SURE);
    printf("%-42s%9s%9s%9s%9s%14s%14s%14s\n", "wanted", "<= 1 %", "<= 1 %", "<= 1 %", "<= 1 %", "<= 40",
           "<= 15", "<= 20");
}

/* How far the same gate goes: tonight a quarter worse than what was learned, and higher normal shares. */
static void print_reach(void)
{
    const struct rule *rule = &gatewave[GW_COUNT_OF(gatewave) - 1];

    printf("\n%-26s%25s%14s%14s%14s%14s\n", rule->name, "false stops if 1/4 worse", "5 %", "10 %", "20 %",
           "1 model 60 %");
    for (uint32_t normal_bp = 100; normal_bp <= 400; normal_bp += 100) {
        printf("  normal share %u %%%25s", normal_bp / 100, "");
        print_false_stops(measure(rule, breaks(normal_bp + normal_bp / 4, normal_bp), RUNS_SURE));
        print_catch(measure(rule, breaks(500, normal_bp), RUNS));
        print_catch(measure(rule, breaks(1000, normal_bp), RUNS));
        print_catch(measure(rule, breaks(2000, normal_bp), RUNS));
        print_catch(measure(rule, breaks_one_model(6000, normal_bp), RUNS));
        printf("\n");
    }
}

int main(void)
{
    print_comparison();
    print_reach();
    return 0;
}
