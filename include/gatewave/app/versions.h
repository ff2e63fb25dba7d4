#ifndef GATEWAVE_APP_VERSIONS_H
#define GATEWAVE_APP_VERSIONS_H
#include <stdbool.h>

#include "gatewave/app/session.h"
#include "gatewave/base/err.h"

/*
 * Asks the cloud which versions it offers to one gateway of the inventory, and shows them, newest first, with the devices
 * that run them. GW_ERR_NOT_FOUND when the inventory does not have the gateway. profile: NULL for the configuration's.
 */
enum gw_code gw_versions_show(struct gw_session *session, const char *profile, const char *gateway_id,
                              bool dpi, struct gw_err *err);

#endif
