#ifndef GATEWAVE_SRC_CONF_FORMS_H
#define GATEWAVE_SRC_CONF_FORMS_H
/* The values of ROLLOUT.yaml that have a form of their own, each with the struct that its field is. */
#include "keys.h"

extern const struct gw_key_form gw_form_size;     /* struct gw_wave_spec: 5, 10% or rest */
extern const struct gw_key_form gw_form_baseline; /* struct gw_gate_spec: auto or 1% */
extern const struct gw_key_form gw_form_between;  /* struct gw_window_spec: 01:00-05:00 */
extern const struct gw_key_form gw_form_days;     /* struct gw_window_spec, a list: mon, tue */
extern const struct gw_key_form gw_form_freeze;   /* struct gw_window_spec, a list: 2026-12-24 */

#endif
