#ifndef GATEWAVE_SRC_APP_TELL_STATUS_JSON_H
#define GATEWAVE_SRC_APP_TELL_STATUS_JSON_H
/* A rollout's status for programs. */
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"
#include "standing.h"

/* Writes one object to session->out; nothing on an error. */
enum gw_code gw_status_json(struct gw_session *session, const struct gw_standing *standing,
                            struct gw_err *err);

#endif
