#ifndef GATEWAVE_SRC_APP_RUN_ENDING_H
#define GATEWAVE_SRC_APP_RUN_ENDING_H
/* What a run ended as, told to whoever started it: the exit codes of gatewave/app/run.h. */
#include <stdint.h>

#include "gatewave/core/rollout.h"

/* Of a rollout that is over: 0 when every device is as desired, 1 when some are not. */
int gw_ending_well(uint64_t good, uint32_t relapsed, uint32_t targets);
/* Of a run that came to an orderly end; signaled: by which signal, 0 for none. */
int gw_ending_exit(const struct gw_rollout *rollout, int signaled);

#endif
