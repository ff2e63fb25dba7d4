#ifndef GATEWAVE_SRC_APP_ROLLOUT_ROSTER_H
#define GATEWAVE_SRC_APP_ROLLOUT_ROSTER_H
/*
 * A rollout's targets as a run needs them: whom to call, by number, and through which lane. Loaded once; the core
 * has the states, this has the names.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/names.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/rollout.h"
#include "gatewave/smartag/endpoint.h"
#include "gatewave/store/rollout.h"

#define GW_LANES_MAX 1024

/* One account in one region: a limiter, an endpoint. */
struct gw_roster_lane {
    char account[64];
    char region[64];
    struct gw_endpoint endpoint;
};

struct gw_roster {
    uint32_t n, n_lanes;
    struct gw_roster_lane *lane;
    uint32_t *lane_of;
    char **gateway_id;
    char **serial;         /* "" until the inventory or a read tells it */
    struct gw_names model; /* as the rollout's charts number them */
    struct gw_names zone;  /* time zones of the inventory; "" is unknown */
    struct gw_names scope[GW_SCOPE_COUNT];
    struct gw_target_start *start; /* what the core is loaded with; freed by gw_roster_start() */
};

struct gw_roster_clock {
    uint64_t now_ms; /* the loop's clock */
    int64_t unix_ms; /* the wall clock at the same moment */
    uint64_t fence_ms;
};

/* Loads every target of a rollout and finds the endpoint of each region. */
enum gw_code gw_roster_load(struct gw_roster *roster, struct gw_store *store,
                            const struct gw_rollout_row *row, const struct gw_config *config,
                            const struct gw_roster_clock *clock, struct gw_err *err);
void gw_roster_release(struct gw_roster *roster);
/* GW_LANES_MAX when there is no such lane. */
uint32_t gw_roster_lane_find(const struct gw_roster *roster, const char *account, const char *region);
/* Feeds the core with what was loaded, the recent sends of all rollouts included. */
enum gw_code gw_roster_start(struct gw_roster *roster, struct gw_store *store, struct gw_rollout *rollout,
                             const struct gw_roster_clock *clock, uint64_t window_ms, struct gw_err *err);

#endif
