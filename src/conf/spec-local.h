#ifndef GATEWAVE_SRC_CONF_SPEC_LOCAL_H
#define GATEWAVE_SRC_CONF_SPEC_LOCAL_H
/* What a policy has in common with a rollout: its keys, their defaults, and what must hold between them. */
#include "keys.h"

#include "gatewave/conf/spec.h"

/* Over struct gw_spec; `name` stands where a rollout says `rollout`. */
extern const struct gw_key_map gw_policy_map;

/* The defaults that no table says; of struct gw_key_array. */
void gw_spec_begin(void *item, const void *target);
void gw_spec_check_values(struct gw_report *report, const struct gw_yaml *mapping, struct gw_spec *spec);

#endif
