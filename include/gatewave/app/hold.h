#ifndef GATEWAVE_APP_HOLD_H
#define GATEWAVE_APP_HOLD_H
/* Gateways that a person takes out of the nights' hands, for a time. */
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"

/* All holds in force, a row each. */
enum gw_code gw_holds_show(struct gw_session *session, struct gw_err *err);
/*
 * Holds a gateway; until is a date (to its end), a moment, both in UTC (2026-12-24T06:00:00Z), or how
 * long from now (7d). GW_ERR_INPUT when it is none of these or past.
 */
enum gw_code gw_hold(struct gw_session *session, const char *gateway_id, const char *reason,
                     const char *until, struct gw_err *err);
enum gw_code gw_hold_end(struct gw_session *session, const char *gateway_id, struct gw_err *err);

#endif
