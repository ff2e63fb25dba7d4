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
/*
 * A run that came to no orderly end, with that code, for that reason: nobody else tells of it. What is the request's own
 * fault, or another runner's right, is no news to anybody but who asked; nor is GW_OK.
 */
void gw_crier_died(const struct gw_config *config, const struct gw_spec *spec, enum gw_code code,
                   const char *reason, bool quiet);
/* Which event a phase is, with what stopped the run; 0: none. */
uint32_t gw_crier_event(enum gw_phase phase, enum gw_stop stop);

#endif
