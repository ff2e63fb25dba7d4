#ifndef GATEWAVE_SRC_APP_TELL_WAITS_H
#define GATEWAVE_SRC_APP_TELL_WAITS_H
/* What the waiting devices of a rollout wait for, added up: why it seems to stand still while it goes on. */
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/store/store.h"
#include "standing.h"

/*
 * "9 wait for their mate, the first until 2026-...; 40 for their window, which opens 2026-...; 1,200 for their wave"; nothing
 * when nobody of the wave under way waits, or the rollout does not go on. spec as it was frozen. One pass over its
 * targets, and one over the open ones where pace limits what is at work in one place. Not while other threads run (see
 * conf/window.h).
 */
enum gw_code gw_waits_tell(struct gw_store *store, const struct gw_standing *standing,
                           const struct gw_spec *spec, int64_t now_unix_ms, struct gw_buf *buf,
                           struct gw_err *err);

#endif
