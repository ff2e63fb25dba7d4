#ifndef GATEWAVE_SRC_APP_ROLLOUT_ASKED_H
#define GATEWAVE_SRC_APP_ROLLOUT_ASKED_H
/*
 * What a rollout file asks for, wave by wave, in the words of the core and the store. A plan and a run read a file
 * through here both, so that they agree. Waves count from 0. A file that says no waves is cut by the store, in one
 * or in safe ones; each of those is then as the rollout itself says.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/conf/spec.h"
#include "gatewave/core/cut.h"

struct gw_asked_sizes {
    struct gw_cut_size size[GW_WAVES_MOST];
    const char *name[GW_WAVES_MOST]; /* the spec's text */
    uint32_t n;                      /* 0: the file says no waves */
};

void gw_asked_sizes(const struct gw_spec *spec, struct gw_asked_sizes *ret);

/* What holds for one wave. Pointers into the spec. */
struct gw_asked_wave {
    const struct gw_gate_spec *gate;
    const struct gw_pace_spec *pace;
    const struct gw_window_spec *window; /* NULL: calls may start at any time */
    uint64_t soak_ms;
    bool approve;
};

void gw_asked_wave(const struct gw_spec *spec, uint32_t wave, struct gw_asked_wave *ret);
/* The soak of one of so many waves: a safe wave, but for the last, soaks although nobody said so. */
uint64_t gw_asked_soak_ms(const struct gw_spec *spec, uint32_t wave, uint32_t waves);

#endif
