#ifndef GATEWAVE_SRC_SIMSERVER_STS_TURN_H
#define GATEWAVE_SRC_SIMSERVER_STS_TURN_H
/* The two calls to the office that gives out keys, as turns of their own. */
#include <stdbool.h>
#include <stdint.h>

#include "turn.h"

/* Whether the request is for the office: by its API version, before anything is proven. */
bool gw_sts_is_meant(const struct gw_turn *turn);
/* What stands in for a signature with the call that has none; false when this is another call. */
bool gw_sts_examine_unsigned(struct gw_turn *turn);
/* turn->grant, or turn->claim refused. */
void gw_sts_ask(struct gw_turn *turn, struct gw_cloud *cloud, uint64_t now_ms, struct gw_rng *rng);

#endif
