/* After the call: states and outcomes in terms of what happens to the device, and what a person may do about it. */
#include "afterwards.h"

#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

/* "; `gatewave rollback NAME` would take the whole rollout back, this device to 2.3.0", where that is known. */
static void gw_afterwards_succeeded(const struct gw_rollout_row *rollout, const struct gw_told_target *target,
                                    struct gw_facts *facts)
{
    const char *done = "nothing, it is done";

    if (target->relapsed)
        done = "nothing in this rollout; it did not stay well, look at the device";
    else if (!rollout->verify)
        done = "nothing; accepted only, verification was off";
    if (target->version_before[0])
        gw_facts_add(facts, "next", 0,
                     "%s; `gatewave rollback %s` would take the whole rollout back, this device to %s", done,
                     rollout->name, target->version_before);
    else
        gw_facts_add(facts, "next", 0, "%s", done);
}

static void gw_afterwards_called(const struct gw_told_target *target, struct gw_facts *facts)
{
    char fence[GW_WHEN_TEXT_SIZE];

    gw_when_text(target->fence_unix_ms, fence);
    if (target->state == GW_STATE_UPGRADING)
        gw_facts_add(facts, "next", 0, "reads watch it until it is online at the version, or taken as stuck");
    else if (target->state == GW_STATE_IN_DOUBT)
        gw_facts_add(
            facts, "next", 0,
            "nobody knows yet whether the last call took effect; it is not called again before two reads"
            " after %s agree that it did not",
            fence);
    else
        gw_facts_add(
            facts, "next", 0,
            "its call is under way, or its answer was lost when the run was cut off; only reads after %s can"
            " allow another call",
            fence);
}

/* One that took a call: what the call did to it is to be known before it gets another one. The others are as they were. */
static void gw_afterwards_not_done(const struct gw_standing *standing, const struct gw_told_target *target,
                                   struct gw_facts *facts)
{
    const char *name = standing->rollout.name;
    struct gw_buf whole;

    if (!gw_outcome_is_unproven(target->state, target->code)) {
        gw_facts_add(
            facts, "next", 0,
            "nothing in this rollout; `gatewave retry %s` tries it again in a new one, once this one is over",
            name);
        return;
    }
    gw_buf_init(&whole, 0);
    gw_standing_whole(standing, true, &whole);
    gw_facts_add(facts, "next", 0,
                 "nothing in this rollout; look at the device first. Once this one is over, `gatewave retry "
                 "%s` calls it again, and `gatewave rollback %s` takes back %s",
                 name, name, gw_buf_text(&whole));
    gw_buf_release(&whole);
}

void gw_afterwards_tell(const struct gw_standing *standing, const struct gw_told_target *target,
                        struct gw_facts *facts)
{
    const struct gw_rollout_row *rollout = &standing->rollout;

    switch (target->state) {
    case GW_STATE_IN_FLIGHT:
    case GW_STATE_UPGRADING:
    case GW_STATE_IN_DOUBT:
        gw_afterwards_called(target, facts);
        break;
    case GW_STATE_SUCCEEDED:
        gw_afterwards_succeeded(rollout, target, facts);
        break;
    case GW_STATE_SKIPPED:
        gw_facts_add(facts, "next", 0, "nothing, it needed no upgrade");
        break;
    case GW_STATE_FAILED:
    case GW_STATE_DEFERRED:
        gw_afterwards_not_done(standing, target, facts);
        break;
    case GW_STATE_UNRESOLVED:
        gw_facts_add(
            facts, "next", 0,
            "nothing in this rollout; look at the device in the vendor's console first, `gatewave retry %s`"
            " reads its version before it calls",
            rollout->name);
        break;
    case GW_STATE_CANCELED:
        gw_facts_add(
            facts, "next", 0,
            "nothing in this rollout; it is as it was, and `gatewave retry %s --only canceled` takes it up",
            rollout->name);
        break;
    case GW_STATE_WAITING:
    case GW_STATE_NONE:
    case GW_STATE_COUNT:
        break;
    }
}
