#ifndef GATEWAVE_SRC_APP_ROLLOUT_LOAD_H
#define GATEWAVE_SRC_APP_ROLLOUT_LOAD_H
/*
 * A frozen rollout as a machine that can be run: its targets, waves, windows, gates, charts and what was ordered, from
 * the database and the rollout's file. The run job drives it; an order to a rollout that nobody runs goes through it
 * `still`. Nothing is decided here.
 */
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/rollout.h"
#include "gatewave/store/rollout.h"

#include "roster.h"

struct gw_load {
    struct gw_drive drive;
    struct gw_roster roster;
    struct gw_roster_clock clock;
    uint32_t held;        /* targets that wait and that this run puts off: their gateways are on hold */
    uint32_t rate_calls;  /* the most calls that a rate of this run names */
    struct gw_names wave; /* their names */
    struct gw_rollout *rollout;
    void *memory;
};

/*
 * How fast a pace is and how many at once, the configuration's limits where it says nothing; GW_ERR_INPUT when it asks
 * for more than these allow.
 */
enum gw_code gw_load_limits(const struct gw_config *config, const struct gw_pace_spec *pace, bool verify,
                            struct gw_limits *ret, struct gw_err *err);
/*
 * How the rollout's file and the configuration ask a rollout to be driven; GW_ERR_INPUT when the file asks for more
 * than the configuration allows.
 */
enum gw_code gw_load_drive(const struct gw_config *config, const struct gw_spec *spec, struct gw_drive *ret,
                           struct gw_err *err);
/*
 * Loads the rollout of `row`, up to and without gw_rollout_start. still: it calls nobody. now_ms is this run's clock. The lease must be held,
 * and no other thread may run: time zones are worked out. Release it in any case.
 */
enum gw_code gw_load_rollout(struct gw_load *load, struct gw_store *store, const struct gw_rollout_row *row,
                             const struct gw_config *config, const struct gw_spec *spec, bool still,
                             uint64_t now_ms, struct gw_err *err);
void gw_load_release(struct gw_load *load);

#endif
