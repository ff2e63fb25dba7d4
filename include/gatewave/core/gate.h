#ifndef GATEWAVE_CORE_GATE_H
#define GATEWAVE_CORE_GATE_H
/*
 * What judges a version while it is rolled out: a sequential test over the outcomes, one chart for the
 * whole rollout and one for each model, and hard limits beside it.
 *
 * A chart is a CUSUM of the log-likelihood ratio between a baseline share of failures (what is normal) and
 * an alarm share (what is bad): each failure raises it, each success lowers it, never below zero, and it
 * trips at a limit. Integers only: micro-nats (one millionth of a natural logarithm's unit), so that the
 * same outcomes give the same verdict on every machine and after every restart.
 *
 * The design. From any one device on, the chance that the ratio ever reaches L while no more than the
 * baseline share fails is at most exp(-L) (Ville's inequality). A chart may start over at each device, and
 * each device is on two charts, the rollout's and its model's. So a limit of ln(2 x devices / 1 %) holds
 * false stops to 1 % of rollouts of that size, however many models there are and however they are mixed; a
 * small rollout gets a lower limit than a large one. That promise is as good as the baseline, so a learned
 * one is two standard deviations above what was seen. The alarm is the share that a person calls bad, but
 * beside a learned baseline never less than twice that: what is nearer to normal takes thousands of devices
 * to tell from it. `tests/bench/run gates` measures all this next to other tools' rules.
 *
 * A chart trips after half a dozen failures at the earliest, so that none can in a canary of five. Whether a finished
 * wave may let the next one begin is asked of the same counts, and more strictly: gw_gate_doubts.
 */
#include <stdbool.h>
#include <stdint.h>

/* A shorter history teaches nothing: 299 clean devices are what it takes to rule out 1 %. */
#define GW_GATE_LEARN_LEAST 300u
/* A learned baseline is at least this, however good the past was: failures come in twos and threes when a
   site or a carrier is down, and that alone must not stop a rollout. */
#define GW_GATE_BASELINE_LEAST_BP 10u

/* How a wave or a rollout is to be judged. Shares in basis points (1/100 of a percent). */
struct gw_gate_rule {
    uint32_t baseline_bp;  /* normal share of failures; at least 1 */
    uint32_t alarm_bp;     /* bad share; more than the baseline, less than 10,000 */
    uint32_t failed_limit; /* so many failures trip, one more than `max_failed` lets pass; 0: no such limit */
    uint32_t max_failed_share_bp; /* a larger share of what was judged trips; 0: no such limit */
    uint32_t least;               /* ... once so many were judged */
};

enum gw_trip {
    GW_TRIP_NONE = 0,
    GW_TRIP_CHART,  /* the share of failures is the alarm's rather than the baseline's */
    GW_TRIP_FAILED, /* failed_limit */
    GW_TRIP_SHARE,  /* max_failed_share_bp */
};

/* All that a chart knows, to be stored with each outcome. All zero is a new chart; to forgive is to zero. */
struct gw_chart {
    int64_t level_unats;
    uint32_t failed, judged;
    uint32_t refused;  /* of those that failed: no call was accepted, which says nothing of the version */
    enum gw_trip trip; /* what tripped it first; it stays so */
};

/* What one outcome does to a chart, precomputed from the rule. */
struct gw_chart_step {
    int64_t failed_unats;    /* > 0 */
    int64_t succeeded_unats; /* < 0 */
    int64_t limit_unats;
};

/* ln(numerator / denominator) in micro-nats; both at least 1. Off by less than one; 0 for equals; exactly
   the negative of ln(denominator / numerator). */
int64_t gw_ln_unats(uint64_t numerator, uint64_t denominator);
/* For a rollout of so many devices, at least 1. A model's chart takes the rollout's devices too, not its
   own, and a wave's rule as well: a chart may go on from one rule to the next, for it is the limit that
   keeps the promise. */
void gw_chart_step_init(struct gw_chart_step *step, const struct gw_gate_rule *rule, uint32_t devices);
/*
 * One more outcome; says whether the chart or a hard limit has tripped, with it or before. If several trip
 * at once it is the hard limit that is named, for a person asked for it in so many words. Hard limits are
 * meant for the rollout's chart: a model's is judged by a rule without. What comes after a trip is still
 * counted.
 */
enum gw_trip gw_chart_judge(struct gw_chart *chart, const struct gw_gate_rule *rule,
                            const struct gw_chart_step *step, bool failed);

/* Doubtful is what is so many times likelier at the share that was seen than at the baseline: a normal version is
   doubted at the end of one wave in eight at most (Chernoff's bound), and of one in fifty as a rule. */
#define GW_GATE_DOUBTFUL 8u
/*
 * True when more failed than is normal, and doubtfully so. Of `asked` charts that are asked at once each must be as much
 * likelier again, so that all of them together are as seldom wrong. At a baseline of 1 % and alone: 1 failure among up to
 * 5, 2 among up to 31, 3 among up to 70, 4 among up to 118.
 */
bool gw_gate_doubts(const struct gw_gate_rule *rule, const struct gw_chart *chart, uint32_t asked);

/* One that was judged well is not: one more failure, and no more outcomes than before. */
enum gw_trip gw_chart_relapse(struct gw_chart *chart, const struct gw_gate_rule *rule,
                              const struct gw_chart_step *step);
/* A failure that says nothing of the version, for no call was accepted: it counts for the hard limits alone. */
enum gw_trip gw_chart_refuse(struct gw_chart *chart, const struct gw_gate_rule *rule,
                             const struct gw_chart_step *step);

/*
 * The rule for a normal share learned from finished rollouts, of all devices or of one model: failed of
 * judged. True if they were enough; else the rule is as asked, baseline and all. The two rules may be one
 * and the same.
 */
bool gw_gate_learn(uint64_t failed, uint64_t judged, const struct gw_gate_rule *asked,
                   struct gw_gate_rule *ret);

/* What a rule makes of a version that breaks a given share: means of the rollouts that it stops. */
struct gw_gate_sight {
    uint32_t judged;           /* outcomes until it trips; 0: it stops none */
    uint32_t failed;           /* failures among them */
    uint32_t stopped_permille; /* of the rollouts; within 20,000 outcomes, that is */
};

/*
 * For a plan, by trial with a fixed seed: the same question always has the same answer. It is the rollout's
 * chart and its hard limits alone: what is in flight when they trip, and a wave that is sent before any
 * outcome, come on top. Some milliseconds; tens of them for a share that the rule is blind to.
 */
void gw_gate_see(const struct gw_gate_rule *rule, uint32_t devices, uint32_t share_bp,
                 struct gw_gate_sight *ret);
/* The largest share of failures that so many clean devices still allow at 95 %, rounded up: ten allow 26 %. */
uint32_t gw_gate_allowed_bp(uint32_t clean);

#endif
