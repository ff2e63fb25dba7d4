/*
 * Sites, regions and ISPs: no more than so many devices of one may be at work at once, so that a version that cuts
 * devices off cannot darken a whole site. A target takes its places when it is looked at ahead of its call and keeps
 * them until nobody waits for its device any more; the two of a pair are never at work together, so that they count as
 * one. Whoever finds no room stands in the queue of the place that was full, and is asked again when one leaves it.
 * What must stay true: while a place has room and somebody stands in its queue, somebody else is on the way to it; so
 * who was asked and does not go in after all asks the next one.
 */
#include "gatewave/base/check.h"

#include "machine.h"

static struct gw_crowd *gw_scope_crowd(const struct gw_rollout *r, uint32_t t, enum gw_scope scope)
{
    uint32_t id = r->target[t].scope[scope];

    return id == 0 ? NULL : &r->crowd[scope][id - 1];
}

static bool gw_scope_is_full(const struct gw_rollout *r, const struct gw_crowd *crowd, enum gw_scope scope)
{
    return r->drive.limits.per[scope] > 0 && crowd->inside >= r->drive.limits.per[scope];
}

void gw_scope_join(struct gw_rollout *r, uint32_t t)
{
    if (r->target[t].inside)
        return;
    r->target[t].inside = true;
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        struct gw_crowd *crowd = gw_scope_crowd(r, t, scope);

        if (crowd)
            crowd->inside++;
    }
}

static void gw_scope_ask(struct gw_rollout *r, struct gw_crowd *crowd, enum gw_scope scope)
{
    if (crowd && crowd->outside.len > 0 && !gw_scope_is_full(r, crowd, scope))
        gw_target_requeue(r, gw_queue_pop(r, &crowd->outside));
}

void gw_scope_pass(struct gw_rollout *r, uint32_t t)
{
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        gw_scope_ask(r, gw_scope_crowd(r, t, scope), scope);
}

bool gw_scope_enter(struct gw_rollout *r, uint32_t t)
{
    GW_CHECK(!r->target[t].inside);
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        struct gw_crowd *crowd = gw_scope_crowd(r, t, scope);

        if (crowd && gw_scope_is_full(r, crowd, scope)) {
            r->target[t].crowd = (uint8_t)scope;
            gw_queue_push(r, &crowd->outside, t, GW_PLACE_CROWDED);
            gw_scope_pass(r, t);
            return false;
        }
    }
    gw_scope_join(r, t);
    return true;
}

void gw_scope_leave(struct gw_rollout *r, uint32_t t)
{
    if (!r->target[t].inside)
        return;
    r->target[t].inside = false;
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        struct gw_crowd *crowd = gw_scope_crowd(r, t, scope);

        if (!crowd)
            continue;
        GW_CHECK(crowd->inside > 0);
        crowd->inside--;
        gw_scope_ask(r, crowd, scope);
    }
}
