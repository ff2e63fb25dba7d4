#ifndef GATEWAVE_SRC_APP_CLOUD_LOOK_H
#define GATEWAVE_SRC_APP_CLOUD_LOOK_H
/* What a read says about one target: the vendor's rows to the core's SEEN event. Pure. */
#include <stdbool.h>

#include "gatewave/core/rollout.h"
#include "gatewave/smartag/reply.h"

/* From a row of a page. MISSING also stands for "this row cannot tell": a read of the gateway alone will. */
void gw_look_page(const struct gw_seen_page *page, const char *gateway_id, const char *serial,
                  struct gw_event *ret);
/* From the gateway's own read; serial "" takes the only device there is. */
void gw_look_gateway(const struct gw_seen_gateway *gateway, const char *serial, bool dpi,
                     struct gw_event *ret);

#endif
