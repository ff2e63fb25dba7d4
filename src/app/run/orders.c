/*
 * The polling. A look is one query on an index of what has no answer, some tens of microseconds, so nothing smarter is
 * needed; only an order that leaves devices out costs more, once. A look that fails is no reason to end a run: what it
 * does is right as far as it was told, and the disk that cannot be read will stop it by a commit.
 */
#include "orders.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"
#include "gatewave/obs/log.h"

#include "rollout/order.h"

#define LOOK_EVERY_MS 500

struct gw_orders {
    struct gw_loop *loop;
    struct gw_store *store;
    struct gw_timer *timer;
    int64_t rollout, last;
    struct gw_rate limit;
    struct gw_order_list list; /* of the look that emitted last */
    gw_orders_emit *emit;
    void *user;
    bool failing;
};

static void gw_orders_look(struct gw_orders *orders)
{
    struct gw_order_list list = {0};
    struct gw_err err = {0};
    enum gw_code code =
        gw_order_list_read(orders->store, orders->rollout, orders->limit, orders->last, &list, &err);

    if (code != GW_OK && !orders->failing)
        gw_log(GW_LOG_ERROR, "orders cannot be read; trying again", "reason", err.text, (char *)NULL);
    orders->failing = code != GW_OK;
    if (list.n == 0)
        return;
    gw_order_list_release(&orders->list);
    orders->list = list;
    for (size_t i = 0; i < list.n; i++) {
        struct gw_event ev = {
            .kind = GW_EVENT_ORDER, .now_ms = gw_loop_now_ms(orders->loop), .order = list.order[i]};

        orders->last = list.order[i].id;
        orders->emit(orders->user, &ev);
    }
}

static void gw_orders_tick(void *user)
{
    struct gw_orders *orders = user;

    gw_orders_look(orders);
    gw_timer_set(orders->timer, gw_loop_now_ms(orders->loop) + LOOK_EVERY_MS);
}

struct gw_orders *gw_orders_new(struct gw_loop *loop, const char *database, int64_t rollout,
                                struct gw_rate limit, gw_orders_emit *emit, void *user, struct gw_err *err)
{
    struct gw_store *store;
    struct gw_orders *orders;

    if (gw_store_open(database, GW_STORE_READ, &store, err) != GW_OK)
        return NULL;
    orders = gw_mem_new(1, sizeof(*orders));
    *orders = (struct gw_orders){
        .loop = loop, .store = store, .rollout = rollout, .limit = limit, .emit = emit, .user = user};
    orders->timer = gw_timer_new(loop, gw_orders_tick, orders);
    gw_orders_tick(orders);
    return orders;
}

void gw_orders_free(struct gw_orders *orders)
{
    if (!orders)
        return;
    gw_timer_free(orders->timer);
    gw_order_list_release(&orders->list);
    gw_store_close(orders->store);
    free(orders);
}
