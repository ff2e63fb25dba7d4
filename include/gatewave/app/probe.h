#ifndef GATEWAVE_APP_PROBE_H
#define GATEWAVE_APP_PROBE_H
/* A test of the webhooks: whether a notice would get through, asked by sending one that says that it is a test. */
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"

/*
 * Sends a test notice to the webhook of that name, NULL: to all of the session's configuration, whatever they hear of
 * otherwise, once; shows what each answered. *ret_exit is 1 when one of them did not take it. GW_ERR_INPUT when there is
 * none, or none of that name.
 */
enum gw_code gw_probe_show(struct gw_session *session, const char *name, int *ret_exit, struct gw_err *err);

#endif
