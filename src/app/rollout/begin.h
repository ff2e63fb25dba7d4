#ifndef GATEWAVE_SRC_APP_ROLLOUT_BEGIN_H
#define GATEWAVE_SRC_APP_ROLLOUT_BEGIN_H
/* How a run comes to its rollout: it is begun, or it goes on as it was frozen. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/store/rollout.h"

/*
 * The rollout that the spec names. Freezes it when there is none of that name yet, and says aloud (unless quiet) what
 * the spec leaves to the program. GW_ERR_INPUT when it was begun with another version, selection or other waves.
 */
enum gw_code gw_begin(struct gw_store *store, const struct gw_spec *spec, bool quiet,
                      struct gw_rollout_row *ret, struct gw_err *err);

/* Says how many devices a run does not call because their gateways are on hold; nothing for none. */
void gw_begin_tell_held(uint32_t held);

#endif
