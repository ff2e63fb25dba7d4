#ifndef GATEWAVE_SRC_APP_TELL_MORNING_H
#define GATEWAVE_SRC_APP_TELL_MORNING_H
/*
 * What a person wants to know of a rollout the morning after, gathered from the database: what is left and why, what
 * was never seen before, and how that compares with the rollout before it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/answer.h"
#include "gatewave/core/record.h"
#include "gatewave/store/rollout.h"
#include "standing.h"
#include "visits.h"

/* So many gateways of one cause are named, the first in dispatch order; the report has them all. */
#define GW_MORNING_NAMED 8

struct gw_morning_devices {
    char gateway_id[GW_MORNING_NAMED][GW_GATEWAY_ID_MAX];
    size_t named;
    uint64_t n;
};

/* Devices that ended alike without being as desired. */
struct gw_morning_cause {
    enum gw_state state; /* SUCCEEDED: relapsed */
    char code[GW_CODE_MAX];
    bool first_seen; /* no earlier rollout in the database had this code */
    struct gw_morning_devices device;
};

/* How a rollout ended, in the figures that are compared. */
struct gw_morning_figures {
    uint64_t count[GW_STATE_COUNT];
    uint64_t relapsed;
    uint64_t took_ms; /* from its start to its end, or to its last outcome so far; 0: not known */
};

struct gw_morning {
    struct gw_standing standing;
    struct gw_morning_figures now;
    struct gw_morning_cause *cause; /* most frequent first */
    size_t n_causes;
    struct gw_visits visits;
    bool has_before;
    struct gw_rollout_row before; /* the last one of the same type that began before this one */
    struct gw_morning_figures then;
    /* Devices that have an outcome in both, by whether they were as desired then, and are now. */
    uint64_t both, stayed_well;
    struct gw_morning_devices mended, broke, still;
};

enum gw_code gw_morning_load(struct gw_store *store, const struct gw_rollout_row *rollout,
                             struct gw_morning *ret, struct gw_err *err);
void gw_morning_release(struct gw_morning *morning);
/* Failed, unresolved and relapsed devices, and with those that succeeded: what a gate judges a version by. */
uint64_t gw_morning_failed(const struct gw_morning_figures *figures);
uint64_t gw_morning_judged(const struct gw_morning_figures *figures);

#endif
