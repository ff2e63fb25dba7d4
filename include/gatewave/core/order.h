#ifndef GATEWAVE_CORE_ORDER_H
#define GATEWAVE_CORE_ORDER_H
/*
 * What a person may order of a rollout that is under way. An order is durable before the rollout hears of
 * it, and its answer (a record) is durable before the person hears that.
 */
#include <stdbool.h>
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

/* What an order is answered; up to PACED it was carried out, and from there on refused with nothing changed. */
enum gw_answer_word {
    GW_SAID_NOTHING = 0,
    GW_SAID_PAUSED,        /* under_way devices are watched to their end */
    GW_SAID_GOES_ON,       /* without `waiting` devices that were left out */
    GW_SAID_FORGIVEN,      /* ... and what failed until now is forgiven */
    GW_SAID_STOPPED_SINCE, /* the pause is lifted; a gate has stopped `wave` meanwhile, which is not forgiven */
    GW_SAID_APPROVED,      /* `wave` is next */
    GW_SAID_ABORTED,       /* `waiting` devices will not be called, under_way are watched to their end */
    GW_SAID_PACED,         /* `rate` holds from now on */
    GW_SAID_IS_PAUSED,
    GW_SAID_CALLS_NOTHING, /* it waits for a person already */
    GW_SAID_WAITS,         /* `wave` waits for an approval */
    GW_SAID_GOES,          /* it is neither paused nor stopped by a gate */
    GW_SAID_BY_GATE,       /* `wave` was stopped by its gate: it is resumed or aborted, not approved */
    GW_SAID_WAITS_NOT,     /* `wave` does not wait for an approval */
    GW_SAID_IS_ABORTED,
    GW_SAID_IS_FINISHED,
    GW_SAID_UNREADABLE, /* the order cannot be read any more */
};

/* One answer, in numbers; the shell makes a sentence of it. */
struct gw_order_answer {
    enum gw_answer_word word;
    uint32_t waiting, under_way; /* devices */
    bool still;                  /* no run is there to watch them */
    uint32_t wave;               /* from 0 */
    struct gw_rate rate;
};

struct gw_order {
    int64_t id; /* of its row */
    enum gw_order_kind kind;
    uint32_t wave;           /* APPROVE: from 0; GW_NO_WAVE: whichever waits */
    struct gw_rate rate;     /* PACE */
    const uint32_t *without; /* RESUME: targets that are left out from now on; those that wait are canceled */
    uint32_t n_without;      /* ... ascending, each once; the list need not live longer than the call */
};

#endif
