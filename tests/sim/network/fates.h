#ifndef GATEWAVE_TESTS_SIM_FATES_H
#define GATEWAVE_TESTS_SIM_FATES_H
/* Which of the faults of devices have happened, by the truth of the model: it draws them by itself and says nothing. */
#include <stdint.h>

#include "gatewave/sim/cloud.h"

#include "stage/swarm.h"

/* The fleet has just come to life. */
void sim_fates_begin(const struct sim_swarm *swarm, struct gw_cloud *cloud);
/* An upgrade of that device has begun, and is over at that moment of the cloud's clock; UINT64_MAX: never. */
void sim_fates_upgrade(uint32_t device, const char *before, const char *version, uint64_t back_ms);
/* Somebody asks for a device: what has become of it meanwhile counts. */
void sim_fates_look(uint32_t device);
/* All of them, when the play is over. */
void sim_fates_end(void);

#endif
