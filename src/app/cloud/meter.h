#ifndef GATEWAVE_SRC_APP_CLOUD_METER_H
#define GATEWAVE_SRC_APP_CLOUD_METER_H
/* One line on stderr while something goes on: redrawn on a terminal; elsewhere a new one every few seconds. */
#include <stdbool.h>

#include "gatewave/base/buf.h"
#include "gatewave/net/loop.h"

struct gw_meter;

/* tell() adds the line as it is now. quiet: says nothing at all. */
struct gw_meter *gw_meter_new(struct gw_loop *loop, void (*tell)(void *user, struct gw_buf *line), void *user,
                              bool quiet);
/* Leaves the line of a terminal. */
void gw_meter_free(struct gw_meter *meter);

#endif
