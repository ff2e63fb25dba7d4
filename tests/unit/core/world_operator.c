/* The hostile world's operator: orders whatever comes to mind, and in the end what lets the rollout finish. */
#include "gatewave/base/check.h"

#include "world.h"

#define RULE(condition, words) GW_CHECK((condition) && words)

/* ---- giving orders ---- */

static void tell(struct world *world, struct world_order *order)
{
    struct gw_event ev = {.kind = GW_EVENT_ORDER, .now_ms = world->now_ms, .order = order->order};

    ev.order.without = order->without;
    order->told = world->life;
    gw_rollout_handle(world->r, &ev);
    /* The list need not live longer than the call. */
    ev.order.without = NULL;
    world_pull(world);
}

void world_tell_orders(struct world *world)
{
    for (uint32_t i = 0; i < world->orders; i++)
        if (!world->order[i].answered && world->order[i].told != world->life)
            tell(world, &world->order[i]);
}

void world_give(struct world *world, const struct gw_order *order)
{
    struct world_order *row = &world->order[world->orders++];

    GW_CHECK(world->orders < WORLD_ORDERS);
    *row = (struct world_order){.order = *order};
    for (uint32_t i = 0; i < order->n_without; i++)
        row->without[i] = order->without[i];
    row->order.id = world->orders;
    world_tell_orders(world);
}

/* ---- at random ---- */

static struct gw_order draw_resume(struct world *world, uint32_t *without)
{
    struct gw_order order = {.kind = GW_ORDER_RESUME, .without = without};
    uint32_t model = (uint32_t)gw_rng_below(&world->rng, world->models);

    if (gw_rng_below(&world->rng, 3))
        return order;
    for (uint32_t t = 0; t < world->n; t++)
        if (world->device[t].model == model)
            without[order.n_without++] = t;
    return order;
}

static struct gw_order draw_order(struct world *world, uint32_t *without)
{
    struct gw_order order = {.kind = GW_ORDER_PAUSE, .wave = GW_NO_WAVE};

    switch (gw_rng_below(&world->rng, 12)) {
    case 0:
        if (world->may_abort)
            order.kind = GW_ORDER_ABORT;
        return order;
    case 1:
    case 2:
        return order;
    case 3:
    case 4:
        order.kind = GW_ORDER_PACE;
        order.rate.calls = 1 + (uint32_t)gw_rng_below(&world->rng, world->most_calls);
        order.rate.window_ms = gw_rng_below(&world->rng, 3) ? 1000 : 5000;
        return order;
    case 5:
    case 6:
    case 7:
        order.kind = GW_ORDER_APPROVE;
        if (gw_rng_below(&world->rng, 2))
            order.wave = (uint32_t)gw_rng_below(&world->rng, world->waves);
        return order;
    default:
        return draw_resume(world, without);
    }
}

void world_order_at_random(struct world *world)
{
    uint32_t without[WORLD_MAX];
    struct gw_order order = draw_order(world, without);

    world_give(world, &order);
}

/* ---- to an end ---- */

static bool opens_again(struct world *world)
{
    const struct world_wave *wave = world_wave_now(world);
    int64_t opens_ms, closes_ms;

    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {
        const struct world_timetable *table = &wave->table[world->device[t].zone];

        if (world->device[t].state == GW_STATE_WAITING &&
            !world_opening(table, world_opening_from(table, world_unix_ms(world)), &opens_ms, &closes_ms))
            return false;
    }
    return true;
}

/* What lets a rollout that has stopped so go on; kind NONE: time. */
static struct gw_order needed(struct world *world, enum gw_stop stop, uint32_t *without)
{
    struct gw_order order = {.wave = GW_NO_WAVE};

    switch (stop) {
    case GW_STOP_GATE:
    case GW_STOP_PAUSE:
        order = draw_resume(world, without);
        break;
    case GW_STOP_HOLD:
    case GW_STOP_APPROVAL:
        order.kind = GW_ORDER_APPROVE;
        break;
    case GW_STOP_WINDOW:
        if (!opens_again(world) && world->now_ms >= world->calm_ms)
            order.kind = GW_ORDER_ABORT;
        break;
    default:
        break;
    }
    return order;
}

/* Until the next window opens or the soak is over, or some of it. */
static uint64_t draw_pause_ms(struct world *world, enum gw_stop stop)
{
    const struct world_wave *wave = world_wave_now(world);
    int64_t unix_ms = world_unix_ms(world), next_ms = INT64_MAX, opens_ms, closes_ms;

    if (stop == GW_STOP_SOAK)
        next_ms = wave->plan.soaks_until_unix_ms;
    if (stop == GW_STOP_WINDOW) {
        for (uint32_t zone = 0; zone < world->zones; zone++) {
            const struct world_timetable *table = &wave->table[zone];

            if (world_opening(table, world_opening_from(table, unix_ms), &opens_ms, &closes_ms) &&
                opens_ms < next_ms)
                next_ms = opens_ms;
        }
    }
    if (next_ms == INT64_MAX || next_ms <= unix_ms || gw_rng_below(&world->rng, 3) == 0)
        return gw_rng_below(&world->rng, world->drive.stuck_ms);
    return (uint64_t)(next_ms - unix_ms);
}

bool world_operate(struct world *world)
{
    enum gw_stop stop = gw_rollout_stopped(world->r);
    uint32_t without[WORLD_MAX];
    struct gw_order order = {0};

    if (world->operates && gw_rng_below(&world->rng, 8) > 0)
        order = needed(world, stop, without);
    else if (world->operates && world->now_ms < world->calm_ms && gw_rng_below(&world->rng, 2))
        order = draw_order(world, without);
    /* A run that waits for a person is still there for a while. */
    if (order.kind != GW_ORDER_NONE && gw_rng_below(&world->rng, 2) &&
        (stop == GW_STOP_PAUSE || stop == GW_STOP_HOLD || stop == GW_STOP_APPROVAL || stop == GW_STOP_GATE)) {
        world_give(world, &order);
        return true;
    }
    world_pass(world, draw_pause_ms(world, stop));
    if (order.kind != GW_ORDER_NONE) {
        world_give_still(world, &order);
        world_pass(world, gw_rng_below(&world->rng, 1000));
    }
    if (world->phase == GW_PHASE_ABORTED)
        return false;
    world_start(world);
    return true;
}
