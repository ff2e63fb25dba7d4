#ifndef GATEWAVE_SRC_APP_ATTEND_H
#define GATEWAVE_SRC_APP_ATTEND_H
/*
 * Keeps the service manager informed while a loop runs: how it goes every few seconds, and that it is not hung, twice in
 * each watchdog interval.
 */
#include "gatewave/base/buf.h"
#include "gatewave/net/loop.h"

struct gw_attend;

/* NULL where no service manager listens. tell adds one line about how it goes; it is asked from the loop. */
struct gw_attend *gw_attend_new(struct gw_loop *loop, void (*tell)(void *user, struct gw_buf *line),
                                void *user);
void gw_attend_free(struct gw_attend *attend);

#endif
