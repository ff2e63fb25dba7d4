#ifndef GATEWAVE_SRC_APP_ROLLOUT_ORDER_H
#define GATEWAVE_SRC_APP_ROLLOUT_ORDER_H
/*
 * From an order's words, as a person gave them and the database keeps them, to the core's order. The command that adds
 * an order and the run that carries it out read it by the same rules, each by the limits of its own configuration.
 */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/parse.h"
#include "gatewave/core/order.h"
#include "gatewave/store/store.h"

/*
 * argument is as in struct gw_order_new; limit is limits.rate of the configuration. The order's id is 0, and it leaves
 * out nobody: whom a resume does is not read from its words but from the database, which has settled it. GW_ERR_INPUT,
 * with a sentence, when the words cannot be carried out: a wave that does not exist, a rate that is none or too fast.
 */
enum gw_code gw_order_parse(struct gw_store *store, int64_t rollout, struct gw_rate limit,
                            enum gw_order_kind kind, const char *argument, struct gw_order *ret,
                            struct gw_err *err);

/* Orders that wait for their answer, as the core takes them. */
struct gw_order_list {
    struct gw_order *order;
    size_t n;
};

/*
 * The orders of a rollout with an id above `above` that have no answer yet, oldest first; all of them or none. One that
 * cannot be carried out as it is written has the kind NONE, which the core refuses.
 */
enum gw_code gw_order_list_read(struct gw_store *store, int64_t rollout, struct gw_rate limit, int64_t above,
                                struct gw_order_list *ret, struct gw_err *err);
/* A zeroed list may be released, and one may be released twice. */
void gw_order_list_release(struct gw_order_list *list);

#endif
