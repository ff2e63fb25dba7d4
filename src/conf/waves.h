#ifndef GATEWAVE_SRC_CONF_WAVES_H
#define GATEWAVE_SRC_CONF_WAVES_H
/* What must hold between the values of waves, gates and windows, as far as the file alone can tell. */
#include "keys.h"

#include "gatewave/conf/spec.h"

/* What follows for a wave from the rollout around it. */
void gw_waves_complete(struct gw_spec *spec);
/* mapping is the whole file, which may have problems already. */
void gw_waves_check(struct gw_report *report, const struct gw_yaml *mapping, const struct gw_spec *spec);

#endif
