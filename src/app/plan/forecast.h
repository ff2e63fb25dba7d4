#ifndef GATEWAVE_SRC_APP_PLAN_FORECAST_H
#define GATEWAVE_SRC_APP_PLAN_FORECAST_H
/*
 * How long a wave takes when nothing goes wrong: how fast its calls may leave, and when the windows of its zones let
 * them. An estimate for a person: every upgrade takes GW_FORECAST_UPGRADE_MS, nobody is offline, nothing is tried
 * again.
 */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/conf/window.h"
#include "gatewave/core/rollout.h"

#define GW_FORECAST_UPGRADE_MS 600000u
#define GW_FORECAST_OPENINGS   64
#define GW_FORECAST_NEVER      INT64_MAX

/* What a wave has to do, and what slows it down. */
struct gw_forecast_load {
    uint32_t targets;
    uint32_t lane;                  /* the most targets of one account and region */
    uint32_t scope[GW_SCOPE_COUNT]; /* the most targets of one site, region, ISP */
    bool pairs;                     /* it has some, whose devices go one behind the other */
};

/* From the first call to the last one, while the window is open. */
uint64_t gw_forecast_work_ms(const struct gw_forecast_load *load, const struct gw_limits *limits,
                             uint64_t pair_soak_ms, bool verify);

/* The targets of a wave that live by one clock. */
struct gw_forecast_zone {
    uint64_t work_ms; /* its part of the wave's; used up */
    struct gw_interval open[GW_FORECAST_OPENINGS];
    size_t n_open;
    size_t next;                                     /* of these, the one that is looked at; 0 at first */
    uint32_t nights;                                 /* in so many of them calls start; 0 at first */
    int64_t first_opens_unix_ms, last_opens_unix_ms; /* of these the first and the last */
};

/*
 * Lets the zones do their work from then on, each while it is open; those that are open together share the pace. No
 * call starts in the last cutoff_ms of an opening. Returns when the last call has left; GW_FORECAST_NEVER when the
 * openings that are given are not enough.
 */
int64_t gw_forecast_calls(struct gw_forecast_zone *zone, size_t n, uint64_t cutoff_ms, int64_t from_unix_ms);

#endif
