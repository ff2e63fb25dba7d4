#ifndef GATEWAVE_SRC_APP_ROLLOUT_GATES_H
#define GATEWAVE_SRC_APP_ROLLOUT_GATES_H
/*
 * How each wave of a rollout is judged: what its file asks for, and where that is `baseline: auto`, what finished
 * rollouts in this database teach about what is normal, for all devices and for each model.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/gate.h"
#include "gatewave/store/store.h"

/* What came of the devices of one model in finished rollouts. */
struct gw_normal {
    char *model; /* "" is over all */
    uint64_t failed, judged;
    uint32_t rollouts;
};

struct gw_gates {
    const struct gw_spec *spec;
    struct gw_normal *normal; /* by model; the one over all comes first */
    size_t n_normal;
};

/* spec must outlive it. The store is read, and not needed afterwards. Release it in any case. */
enum gw_code gw_gates_load(struct gw_gates *gates, struct gw_store *store, const struct gw_spec *spec,
                           struct gw_err *err);
void gw_gates_release(struct gw_gates *gates);
/* The rule of a wave (from 0) for the chart of the whole rollout, hard limits and all. */
void gw_gates_rule(const struct gw_gates *gates, uint32_t wave, struct gw_gate_rule *ret);
/*
 * The same for the chart of one model: without hard limits. A model whose own past is too short for a baseline is
 * judged by that of all devices, and so is the model "", which is none.
 */
void gw_gates_model_rule(const struct gw_gates *gates, uint32_t wave, const char *model,
                         struct gw_gate_rule *ret);
/*
 * Where the normal share comes from, in one line for a person without its end: "learned from 3 rollouts: 0.4 % of
 * 5,120 failed; sag-100wm 1.2 %". Nothing is added when no wave asks for `auto`.
 */
void gw_gates_say(const struct gw_gates *gates, struct gw_buf *ret);

#endif
