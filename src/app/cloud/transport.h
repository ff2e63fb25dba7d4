#ifndef GATEWAVE_SRC_APP_CLOUD_TRANSPORT_H
#define GATEWAVE_SRC_APP_CLOUD_TRANSPORT_H
/* From the network floor's words to the core's and the vendor's. Pure. */
#include "gatewave/core/answer.h"
#include "gatewave/net/http.h"
#include "gatewave/smartag/reply.h"

/* What an exchange proves that the transport could not finish, or that ended in a redirect. */
void gw_transport_judge(const struct gw_http_result *result, struct gw_answer *ret);
/* A whole reply, as the vendor's floor wants it; points into result. */
struct gw_reply_bytes gw_transport_reply(const struct gw_http_result *result);

#endif
