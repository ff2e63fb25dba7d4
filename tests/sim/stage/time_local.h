#ifndef GATEWAVE_TESTS_SIM_TIME_LOCAL_H
#define GATEWAVE_TESTS_SIM_TIME_LOCAL_H
/* How the stage moves time on. */
#include <stdint.h>

void sim_time_begin(uint64_t seed);
/* Forgets what has not fired. */
void sim_time_end(void);
/* When the next event is due; SIM_NEVER: there is none. */
uint64_t sim_time_next_ms(void);
/* Moves on to it and fires it; there is one. */
void sim_time_fire(void);

#endif
