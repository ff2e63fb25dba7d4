#ifndef GATEWAVE_SRC_APP_ROLLOUT_FITTED_H
#define GATEWAVE_SRC_APP_ROLLOUT_FITTED_H
/* Waves that were said for a whole fleet, for the part of it that has drifted. */
#include <stdint.h>

#include "gatewave/conf/spec.h"

/*
 * Leaves of the spec's waves the first ones that `units` gateways, at least one, can fill; the last of these takes the
 * rest. Waves that fit stay as they are, and none stay none.
 */
void gw_fitted_waves(struct gw_spec *spec, uint32_t units);

#endif
