#ifndef GATEWAVE_TESTS_SIM_HOST_H
#define GATEWAVE_TESTS_SIM_HOST_H
/*
 * What a process of the simulator asks its machine for, under the names that production code knows (linked before the
 * real ones): the wall clock (gw_clock_unix_ms), entropy (RAND_bytes), its number (getpid), the machine's name
 * (gethostname), a directory made durable (fsync), its standard streams (write, isatty). And how long its disk takes
 * (writer.c).
 */
#include <stdint.h>

#include "stage/swarm.h"

/* The machine of a world; the swarm outlives it. */
void sim_host_begin(const struct sim_swarm *swarm);
/* The liveness phase: no commit stalls any more. */
void sim_host_calm(void);
/* How long the commit that begins now takes. */
uint64_t sim_host_sync_ms(void);

#endif
