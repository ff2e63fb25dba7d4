#ifndef GATEWAVE_SRC_APP_RUN_STILL_H
#define GATEWAVE_SRC_APP_RUN_STILL_H
/* The answers to orders when nobody runs the rollout: the machine of a run, loaded as a run loads it, and kept still. */
#include <stdint.h>

#include "gatewave/app/session.h"
#include "gatewave/base/err.h"
#include "gatewave/store/rollout.h"

/*
 * Takes the lease, has every open order of the rollout answered, and releases it; all is durable on return. GW_ERR_BUSY
 * when somebody holds the lease, who is named: the runner that answers, or one of another rollout. now_ms is a monotonic
 * clock.
 */
enum gw_code gw_still_answer(struct gw_session *session, int64_t rollout, const char *name, uint64_t now_ms,
                             struct gw_err *err);

#endif
