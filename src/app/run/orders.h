#ifndef GATEWAVE_SRC_APP_RUN_ORDERS_H
#define GATEWAVE_SRC_APP_RUN_ORDERS_H
/*
 * A run's ear for people: looks into the database twice a second, through a read-only connection of its own, for
 * orders that have no answer yet, and emits each once, in order of their ids. The core answers them, and its record of
 * that goes the way of all records.
 */
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/parse.h"
#include "gatewave/core/rollout.h"
#include "gatewave/net/loop.h"

struct gw_orders;

typedef void gw_orders_emit(void *user, const struct gw_event *ev);

/*
 * Looks for the first time before it returns, so that what was ordered before the run holds from its first call on.
 * limit is limits.rate of the configuration. An order that cannot be carried out as it is written is emitted with the
 * kind NONE, which the core refuses. The lists of an event live until the next look: emit may copy the event, and must
 * have it handled within the turn of the loop.
 */
struct gw_orders *gw_orders_new(struct gw_loop *loop, const char *database, int64_t rollout,
                                struct gw_rate limit, gw_orders_emit *emit, void *user, struct gw_err *err);
void gw_orders_free(struct gw_orders *orders);

#endif
