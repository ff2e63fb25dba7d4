#ifndef GATEWAVE_SRC_APP_ROLLOUT_RATION_H
#define GATEWAVE_SRC_APP_ROLLOUT_RATION_H
/*
 * How fast calls may leave, where they do: no window of any lane holds more of them than the rollout's present rate says,
 * nor than the configuration's limit. The core decides calls at that pace already; but a slow disk holds them back and
 * lets go of many at once, and a rate by the minute says nothing about one second of it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/ring.h"

struct gw_ration {
    struct gw_ring *lane;
    uint64_t *memory;
    uint32_t lanes, room;
    struct gw_rate rate, limit; /* as they were given; both guarded in the rings */
};

/* room: the most calls that are remembered of a lane, at least those that the limit names. No rate holds yet. */
void gw_ration_init(struct gw_ration *ration, uint32_t lanes, uint32_t room, struct gw_rate limit);
void gw_ration_release(struct gw_ration *ration);
/* The present rate; what has left before counts against it. */
void gw_ration_change(struct gw_ration *ration, struct gw_rate rate);
/* When the lane's next call may leave: <= now means now. */
uint64_t gw_ration_ready_ms(const struct gw_ration *ration, uint32_t lane);
/* One leaves, if it may. */
bool gw_ration_take(struct gw_ration *ration, uint32_t lane, uint64_t now_ms);

#endif
