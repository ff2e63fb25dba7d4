#ifndef GATEWAVE_SRC_CONF_NOTIFY_H
#define GATEWAVE_SRC_CONF_NOTIFY_H
/* The `notify` list of gatewave.yaml. */
#include "gatewave/conf/spec.h"

#include "keys.h"

extern const struct gw_key_map gw_notify_map;
extern const struct gw_key_array gw_notify_array;
/* What must hold between its items. */
void gw_notify_check(struct gw_report *report, const struct gw_yaml *mapping, const struct gw_config *config);

#endif
