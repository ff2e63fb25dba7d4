#ifndef GATEWAVE_STORE_CONTROL_H
#define GATEWAVE_STORE_CONTROL_H
/*
 * What controls a rollout that is under way, as the database keeps it: operators' orders, what the gates
 * said, the charts that they judge by, and what earlier rollouts teach about what is normal.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/gate.h"
#include "gatewave/core/order.h"
#include "gatewave/core/record.h"
#include "gatewave/core/select.h"
#include "gatewave/store/store.h"

/* ---- orders ---- */

struct gw_order_new {
    enum gw_order_kind kind;
    const char
        *argument; /* APPROVE: the wave's name or ""; PACE: 2/s; RESUME: what is left out, or ""; ABORT: "" */
    const char *by;                  /* user@host */
    const char *reason;              /* as given; "" */
    const struct gw_select *without; /* RESUME: the argument, parsed; NULL: nobody is left out */
    int64_t now_unix_ms;
};

struct gw_order_row {
    int64_t id;
    enum gw_order_kind kind;
    int64_t at_unix_ms, answered_unix_ms; /* answered 0: not yet */
    bool accepted;                        /* once answered */
    bool forgives;                        /* ... and what failed until then is forgiven */
    const char *argument, *by, *reason;
    const char *answer; /* one sentence, once answered */
};

/*
 * Durable on return. A rollout's orders are carried out one by one, in order of their ids. Whom a resume leaves out is
 * settled here and now: the targets that `without` names and that have no outcome yet, and their mates: a pair stays
 * whole. It goes by what was frozen of a
 * target (the version is the one that was listed, and the serial may have been learned since); by today's inventory
 * only for names, tags, and the version of the type that the rollout is not of. GW_ERR_NOT_FOUND, with no order given,
 * when it names no target at all.
 */
enum gw_code gw_order_add(struct gw_store *store, int64_t rollout, const struct gw_order_new *new_,
                          int64_t *ret_id, struct gw_err *err);
/* Oldest first; only_open: those without an answer. Text is valid until the next step. */
enum gw_code gw_orders_each(struct gw_store *store, int64_t rollout, bool only_open,
                            bool (*each)(void *user, const struct gw_order_row *row), void *user,
                            struct gw_err *err);
/* Numbers of the targets that an order leaves out, ascending. Free *ret. */
enum gw_code gw_order_targets(struct gw_store *store, int64_t order, uint32_t **ret, uint32_t *ret_n,
                              struct gw_err *err);
/* Numbers of the targets that accepted orders leave out, in no order, one again for each order that does. */
enum gw_code gw_left_out_each(struct gw_store *store, int64_t rollout,
                              bool (*each)(void *user, uint32_t number), void *user, struct gw_err *err);

/* ---- what gates say ---- */

struct gw_verdict_row {
    uint32_t wave; /* from 1 */
    const char *wave_name;
    int64_t at_unix_ms;
    enum gw_verdict verdict;
    const char *model;    /* of the chart that tripped; "" is the rollout's */
    const char *evidence; /* one sentence */
};
/* Oldest first. */
enum gw_code gw_verdicts_each(struct gw_store *store, int64_t rollout,
                              bool (*each)(void *user, const struct gw_verdict_row *row), void *user,
                              struct gw_err *err);

/* ---- charts ---- */

/* The rollout's models as its charts number them, 0..n-1, with their chart; first the rollout's own, with model
 * GW_NO_MODEL and name "". */
enum gw_code gw_charts_each(struct gw_store *store, int64_t rollout,
                            bool (*each)(void *user, uint32_t model, const char *name,
                                         const struct gw_chart *chart),
                            void *user, struct gw_err *err);

/* ---- what is normal ---- */

/*
 * Outcomes of finished rollouts of one type: failed (failed, unresolved or relapsed) of judged (these and
 * succeeded), by model; "" is over all, and comes first, even when there is nothing to tell (models that nobody
 * named are in it alone). Who failed without a call that may have taken effect says nothing of a version, and is in
 * neither. Rollouts that a gate stopped once, that were aborted, or that did not verify, teach nothing. About a second
 * for a million targets.
 */
enum gw_code gw_normal_each(struct gw_store *store, bool dpi,
                            bool (*each)(void *user, const char *model, uint64_t failed, uint64_t judged,
                                         uint32_t rollouts),
                            void *user, struct gw_err *err);

/* ---- what explains the failures ---- */

struct gw_culprit {
    const char *
        attribute; /* model, version_before, site, region, isp: the one that explains most; "" when none does */
    char value[128];
    uint64_t failed_with; /* failures (failed, unresolved, relapsed) that have this value */
    uint64_t failed;      /* all failures */
    uint64_t judged_with; /* outcomes (failures and successes) that have it */
    uint64_t judged;      /* all of them */
    /* Another attribute that explains them about as well; NULL: none does. */
    const char *also_attribute;
    char also_value[128];
    uint64_t also_failed_with, also_judged_with;
};
/*
 * An attribute explains the failures when a value of it holds at least half of three or more of them, and at least
 * twice its share of what was judged. The model whose chart a gate has stopped it by wins, if it is one of those; else
 * the value whose share of the failures exceeds its share of what was judged by most. One that has as many failures and
 * as many judged, but for one device or a tenth, is as good as that; of equals, the attribute that is named first above
 * wins, and the best other one is told beside it. version_before is as in selections: what was listed, where nothing
 * was read.
 */
enum gw_code gw_culprit_find(struct gw_store *store, int64_t rollout, struct gw_culprit *ret,
                             struct gw_err *err);

#endif
