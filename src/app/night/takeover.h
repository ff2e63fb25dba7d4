#ifndef GATEWAVE_SRC_APP_NIGHT_TAKEOVER_H
#define GATEWAVE_SRC_APP_NIGHT_TAKEOVER_H
/*
 * The vendor upgrades some devices by itself, by a policy that each has. `--take-over` sets it to manual for the night, so
 * that nobody else changes a version beside us, and back to what it was. What it was is durable before it is changed, and
 * a night that was killed is made up for by the next one, whether that takes anything over or not.
 */
#include "gatewave/base/err.h"

#include "reconcile-local.h"

/* For the devices that are to be upgraded tonight. What cannot be taken over is said, and upgraded all the same. */
enum gw_code gw_takeover_begin(struct gw_reconcile *reconcile, struct gw_err *err);
/* All that was ever taken over and not given back. What cannot be is said, and stays for the next night. */
enum gw_code gw_takeover_end(struct gw_reconcile *reconcile, struct gw_err *err);

#endif
