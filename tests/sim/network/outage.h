#ifndef GATEWAVE_TESTS_SIM_OUTAGE_H
#define GATEWAVE_TESTS_SIM_OUTAGE_H
/* Regions that are out for a while: their endpoint refuses connections, or nobody hears or answers anything. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/rng.h"

#include "stage/swarm.h"

enum sim_reach {
    SIM_REACHED = 1,
    SIM_REACH_REFUSED,
    SIM_REACH_SILENT,
};

/* All is drawn from rng, which outlives it. */
void sim_outage_begin(const struct sim_swarm *swarm, struct gw_rng *rng);
/* Somebody is about to send a request there: outages come with the work, so that they meet every play, short or long. */
void sim_outage_count(const char *region);
/* Whether it can be reached just now; counts as a hit when it cannot. */
enum sim_reach sim_outage_reach(const char *region);
/* That region is out from now on, silently. */
void sim_outage_order(const char *region, uint64_t for_ms);
/* No outage any more. */
void sim_outage_end(void);

#endif
