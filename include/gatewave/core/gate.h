#ifndef GATEWAVE_CORE_GATE_H
#define GATEWAVE_CORE_GATE_H
/*
 * What judges a version while it is rolled out: a sequential test over the outcomes, one chart for the whole rollout
 * and one for each model, and hard limits beside it.
 *
 * A chart is a CUSUM of the log-likelihood ratio between a baseline share of failures (what is normal) and an alarm
 * share (what is bad): each failure raises it, each success lowers it, never below zero, and it trips at a limit.
 * Integers only: micro-nats (one millionth of a natural logarithm's unit), so that the same outcomes give the same
 * verdict on every machine and after every restart.
 */
#include <stdbool.h>
#include <stdint.h>

/* How a wave or a rollout is to be judged. Shares in basis points (1/100 of a percent). */
struct gw_gate_rule {
    uint32_t baseline_bp;         /* normal share of failures; at least 1 */
    uint32_t alarm_bp;            /* bad share; more than the baseline */
    uint32_t max_failed;          /* hard limit on failures; 0: none */
    uint32_t max_failed_share_bp; /* hard limit on their share of what was judged; 0: none */
    uint32_t least;               /* ... once so many were judged */
};

struct gw_chart {
    int64_t level_unats;
    uint32_t failed, judged; /* since the last time that a person forgave */
};

/* What one outcome does to a chart, precomputed from the rule. */
struct gw_chart_step {
    int64_t failed_unats;    /* > 0 */
    int64_t succeeded_unats; /* < 0 */
    int64_t limit_unats;
};

enum gw_trip {
    GW_TRIP_NONE = 0,
    GW_TRIP_CHART,  /* the share of failures is the alarm's rather than the baseline's */
    GW_TRIP_FAILED, /* max_failed */
    GW_TRIP_SHARE,  /* max_failed_share */
};

/* ln(numerator / denominator) in micro-nats, rounded to nearest; both at least 1. Pure integer arithmetic. */
int64_t gw_ln_unats(uint64_t numerator, uint64_t denominator);
void gw_chart_step_init(struct gw_chart_step *step, const struct gw_gate_rule *rule);
/* One more outcome; says whether the chart or a hard limit trips with it (and it stays so until it is reset). */
enum gw_trip gw_chart_judge(struct gw_chart *chart, const struct gw_gate_rule *rule, const struct gw_chart_step *step,
                            bool failed);
/* A rule for a normal share that was learned from finished rollouts: failed of judged devices. */
void gw_gate_learn(uint64_t failed, uint64_t judged, const struct gw_gate_rule *asked, struct gw_gate_rule *ret);

#endif
