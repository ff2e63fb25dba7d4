/*
 * Sites, regions and ISPs: no more than so many devices of one may be at work at once, so that a version that cuts
 * devices off cannot darken a whole site. A target takes its places when it is looked at ahead of its call and keeps
 * them until nobody waits for its device any more; the two of a pair are never at work together, so that they count as
 * one.
 *
 * Whoever finds its site full waits at the site; whoever finds its region or ISP full waits with all others of that
 * region and that ISP. When a device leaves, one is asked at its site, one that fits of its region and one that fits of
 * its ISP: work for as many queues as there are regions and ISPs, however many devices wait in them. What must stay
 * true: while somebody waits who would fit, somebody else is on the way to that place; so who was asked and does not go
 * in after all asks the next one.
 */
#include "gatewave/base/check.h"

#include "machine.h"

static struct gw_crowd *gw_scope_crowd(const struct gw_rollout *r, uint32_t t, enum gw_scope scope)
{
    uint32_t id = r->target[t].scope[scope];

    return id == 0 ? NULL : &r->crowd[scope][id - 1];
}

static struct gw_queue *gw_scope_group(const struct gw_rollout *r, uint32_t region, uint32_t isp)
{
    return &r->group[(size_t)region * (r->shape.scopes[GW_SCOPE_ISP] + 1) + isp];
}

struct gw_queue *gw_scope_queue(struct gw_rollout *r, uint32_t t)
{
    const struct gw_target *target = &r->target[t];

    if (target->crowd == GW_SCOPE_SITE)
        return &gw_scope_crowd(r, t, GW_SCOPE_SITE)->outside;
    return gw_scope_group(r, target->scope[GW_SCOPE_REGION], target->scope[GW_SCOPE_ISP]);
}

/* Place 0 is none, and never full. */
static bool gw_scope_is_full(const struct gw_rollout *r, enum gw_scope scope, uint32_t id)
{
    return id > 0 && r->drive.limits.per[scope] > 0 &&
           r->crowd[scope][id - 1].inside >= r->drive.limits.per[scope];
}

void gw_scope_join(struct gw_rollout *r, uint32_t t)
{
    GW_CHECK(!r->target[t].inside);
    r->target[t].inside = true;
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        struct gw_crowd *crowd = gw_scope_crowd(r, t, scope);

        if (crowd)
            crowd->inside++;
    }
}

/* For one more, when all who were asked in have come. */
static bool gw_scope_has_room(const struct gw_rollout *r, enum gw_scope scope, uint32_t id)
{
    const struct gw_crowd *crowd = id > 0 ? &r->crowd[scope][id - 1] : NULL;

    return !crowd || r->drive.limits.per[scope] == 0 ||
           crowd->inside + crowd->coming < r->drive.limits.per[scope];
}

/* Nobody is asked for a place that somebody is on the way to: they would all come, and go back to the queue. */
static void gw_scope_come(struct gw_rollout *r, uint32_t t, bool coming)
{
    if (r->target[t].coming == coming)
        return;
    r->target[t].coming = coming;
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        struct gw_crowd *crowd = gw_scope_crowd(r, t, scope);

        if (crowd)
            crowd->coming += coming ? 1 : (uint32_t)-1;
    }
}

static void gw_scope_ask(struct gw_rollout *r, struct gw_queue *queue)
{
    uint32_t t = gw_queue_pop(r, queue);

    gw_scope_come(r, t, true);
    gw_queue_wait(r, t);
}

/* One of a region and an ISP, if one waits there and would fit. */
static bool gw_scope_ask_group(struct gw_rollout *r, uint32_t region, uint32_t isp)
{
    struct gw_queue *group = gw_scope_group(r, region, isp);

    if (group->len == 0 || !gw_scope_has_room(r, GW_SCOPE_REGION, region) ||
        !gw_scope_has_room(r, GW_SCOPE_ISP, isp))
        return false;
    gw_scope_ask(r, group);
    return true;
}

/* One of a region, whatever its ISP; who is asked first goes round. */
static void gw_scope_ask_region(struct gw_rollout *r, uint32_t region)
{
    uint32_t isps = r->shape.scopes[GW_SCOPE_ISP] + 1;

    r->scope_turn++;
    for (uint32_t i = 0; i < isps; i++)
        if (gw_scope_ask_group(r, region, (r->scope_turn + i) % isps))
            return;
}

static void gw_scope_ask_isp(struct gw_rollout *r, uint32_t isp)
{
    uint32_t regions = r->shape.scopes[GW_SCOPE_REGION] + 1;

    r->scope_turn++;
    for (uint32_t i = 0; i < regions; i++)
        if (gw_scope_ask_group(r, (r->scope_turn + i) % regions, isp))
            return;
}

void gw_scope_pass(struct gw_rollout *r, uint32_t t)
{
    const struct gw_target *target = &r->target[t];
    struct gw_crowd *site = gw_scope_crowd(r, t, GW_SCOPE_SITE);

    gw_scope_come(r, t, false);
    if (site && site->outside.len > 0 && gw_scope_has_room(r, GW_SCOPE_SITE, target->scope[GW_SCOPE_SITE]))
        gw_scope_ask(r, &site->outside);
    if (r->drive.limits.per[GW_SCOPE_REGION] > 0)
        gw_scope_ask_region(r, target->scope[GW_SCOPE_REGION]);
    if (r->drive.limits.per[GW_SCOPE_ISP] > 0)
        gw_scope_ask_isp(r, target->scope[GW_SCOPE_ISP]);
}

bool gw_scope_enter(struct gw_rollout *r, uint32_t t)
{
    struct gw_target *target = &r->target[t];

    gw_scope_come(r, t, false);
    if (gw_scope_is_full(r, GW_SCOPE_SITE, target->scope[GW_SCOPE_SITE])) {
        target->crowd = GW_SCOPE_SITE;
    } else if (gw_scope_is_full(r, GW_SCOPE_REGION, target->scope[GW_SCOPE_REGION]) ||
               gw_scope_is_full(r, GW_SCOPE_ISP, target->scope[GW_SCOPE_ISP])) {
        target->crowd = GW_SCOPE_REGION;
    } else {
        gw_scope_join(r, t);
        return true;
    }
    gw_queue_push(r, gw_scope_queue(r, t), t, GW_PLACE_CROWDED);
    gw_scope_pass(r, t);
    return false;
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
    }
    gw_scope_pass(r, t);
}
