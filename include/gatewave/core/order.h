#ifndef GATEWAVE_CORE_ORDER_H
#define GATEWAVE_CORE_ORDER_H
/*
 * What a person may order of a rollout that is under way. An order is durable before the rollout hears of
 * it, and its answer (a record) is durable before the person hears that.
 */
#include <stdint.h>

#include "gatewave/base/parse.h"

#define GW_NO_WAVE UINT32_MAX

enum gw_order_kind {
    GW_ORDER_NONE = 0,
    GW_ORDER_PAUSE, /* start nothing more; what is upgrading is watched to its end */
    GW_ORDER_RESUME, /* go on after a pause, or after a gate has stopped it: what failed until now is forgiven */
    GW_ORDER_APPROVE, /* let a wave that waits for a person go */
    GW_ORDER_ABORT,   /* for good: what was not called is canceled */
    GW_ORDER_PACE,    /* call at this rate from now on */
};

/* pause, resume, ...: the word in the database and on the command line. */
const char *gw_order_name(enum gw_order_kind kind);
enum gw_order_kind gw_order_find(const char *name);

struct gw_order {
    int64_t id; /* of its row */
    enum gw_order_kind kind;
    uint32_t wave;           /* APPROVE: from 0; GW_NO_WAVE: whichever waits */
    struct gw_rate rate;     /* PACE */
    const uint32_t *without; /* RESUME: targets that are left out from now on; those that wait are canceled */
    uint32_t n_without;      /* ... ascending, each once; the list need not live longer than the call */
};

#endif
