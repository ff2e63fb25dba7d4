#ifndef GATEWAVE_SRC_APP_NOTIFY_CRIER_H
#define GATEWAVE_SRC_APP_NOTIFY_CRIER_H
/*
 * Which moments of a run are told of. It hears of the rollout's phases when they are durable, and of each thing it tells
 * once a run.
 */
#include <stdbool.h>

#include "gatewave/base/names.h"
#include "gatewave/core/rollout.h"
#include "gatewave/store/rollout.h"

#include "notify.h"

struct gw_crier {
    struct gw_notify *notify; /* NULL: nobody wants to hear */
    const struct gw_rollout_row *row;
    const struct gw_rollout *rollout;
    const struct gw_names *waves;
    uint32_t told; /* of enum gw_notice */
};

/* A phase of the rollout is durable; user is a crier. */
void gw_crier_hear(void *user, const struct gw_record *record);
/* A run that ended before there was a loop to tell it from: it has no key, for that reason. */
void gw_crier_no_key(const struct gw_config *config, const struct gw_spec *spec, const char *reason,
                     bool quiet);
/* Which event a phase is, with what stopped the run; 0: none. */
uint32_t gw_crier_event(enum gw_phase phase, enum gw_stop stop);

#endif
