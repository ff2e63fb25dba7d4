#ifndef GATEWAVE_SRC_APP_ONE_H
#define GATEWAVE_SRC_APP_ONE_H
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"
#include "gatewave/core/select.h"

/* The selection that holds the devices of one gateway, whatever its id is made of. */
enum gw_code gw_gateway_select(struct gw_session *session, const char *gateway_id, struct gw_select *ret,
                               struct gw_err *err);

#endif
