/*
 * Queues: chains of targets, each target in one at the most. Those of a lane hold who waits to be looked at, who wants to
 * be read and who may be called.
 */
#include "gatewave/base/check.h"

#include "machine.h"

void gw_queue_init(struct gw_queue *queue)
{
    *queue = (struct gw_queue){.first = GW_NO_TARGET, .last = GW_NO_TARGET};
}

void gw_queue_push(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place)
{
    r->target[t].next = GW_NO_TARGET;
    r->target[t].place = (uint8_t)place;
    if (queue->last == GW_NO_TARGET)
        queue->first = t;
    else
        r->target[queue->last].next = t;
    queue->last = t;
    queue->len++;
}

void gw_queue_push_front(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place)
{
    r->target[t].next = queue->first;
    r->target[t].place = (uint8_t)place;
    queue->first = t;
    if (queue->last == GW_NO_TARGET)
        queue->last = t;
    queue->len++;
}

uint32_t gw_queue_pop(struct gw_rollout *r, struct gw_queue *queue)
{
    uint32_t t = queue->first;

    GW_CHECK(queue->len > 0);
    /* What an order canceled while it stood here is no longer counted, and still linked. */
    while (r->target[t].place == GW_PLACE_END)
        t = r->target[t].next;
    queue->first = r->target[t].next;
    if (queue->first == GW_NO_TARGET)
        queue->last = GW_NO_TARGET;
    queue->len--;
    r->target[t].place = GW_PLACE_NONE;
    return t;
}

void gw_queue_look(struct gw_rollout *r, uint32_t t)
{
    struct gw_target *target = &r->target[t];
    struct gw_lane *lane = &r->lane[target->lane];

    /* A doubt is settled by looking at the device itself. */
    if (target->by_one || target->read_back || target->state == GW_STATE_IN_DOUBT)
        gw_queue_push(r, &lane->ones, t, GW_PLACE_ONES);
    else
        gw_queue_push(r, &lane->pages, t, GW_PLACE_PAGES);
}

void gw_queue_look_alone(struct gw_rollout *r, uint32_t t)
{
    r->target[t].by_one = true;
    gw_queue_look(r, t);
}

void gw_queue_wait(struct gw_rollout *r, uint32_t t)
{
    struct gw_lane *lane = &r->lane[r->target[t].lane];

    /* What was begun is finished first; but a device that is away must not keep the others waiting. */
    if (r->target[t].sent > 0 && r->target[t].absent_ms == 0)
        gw_queue_push_front(r, &lane->waiting, t, GW_PLACE_WAITING);
    else
        gw_queue_push(r, &lane->waiting, t, GW_PLACE_WAITING);
}
