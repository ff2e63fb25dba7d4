/*
 * Whether a target that waits may be called, as far as its device goes: it is there, online, at an older version, and
 * its mate is well. What may not be called is ended with the reason, or looked at again for as long as it is worth it.
 */
#include "gatewave/base/text.h"

#include "machine.h"

/* Patience lasts as long as the window at most: who is away for good would else be waited for every night anew. */
bool gw_fit_closes_before(const struct gw_rollout *r, uint32_t t, uint64_t look_ms)
{
    uint64_t opens_ms, closes_ms;

    return !gw_window_next(r, t, &opens_ms, &closes_ms) || opens_ms > r->now_ms || closes_ms <= look_ms;
}

void gw_fit_absent(struct gw_rollout *r, uint32_t t, uint64_t now_ms, const char *code, const char *reason)
{
    uint64_t look_ms = gw_grid_ms(r, now_ms, r->drive.every_ms);
    struct gw_target *target = &r->target[t];

    if (target->absent_ms == 0)
        target->absent_ms = now_ms ? now_ms : 1;
    if (now_ms >= target->absent_ms + r->drive.offline_ms || gw_fit_closes_before(r, t, look_ms))
        gw_outcome_give(r, t, GW_STATE_DEFERRED, code, "", reason);
    else
        gw_target_sleep(r, t, look_ms);
}

/* t may be called as far as its device goes. */
static void gw_fit_ready(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];
    struct gw_record *record;

    target->asked_ms = ev->asked_ms;
    target->absent_ms = 0;
    if (!target->noted) {
        target->noted = true;
        record = gw_target_record(r, t, GW_RECORD_SEEN);
        gw_text_copy(record->version, sizeof(record->version), ev->version);
        gw_text_copy(record->serial, sizeof(record->serial), ev->serial);
    }
    gw_queue_push(r, &r->lane[target->lane].ready, t, GW_PLACE_READY);
}

/*
 * A mate must be seen to be well; where the inventory knows of none, the cloud must know of none either. One that has
 * its outcome must be seen where that outcome left it: both devices of a site on a version that does not last is what
 * pairs are there to prevent.
 */
static bool gw_fit_mate_is_well(const struct gw_rollout *r, const struct gw_target *target,
                                const struct gw_event *ev)
{
    bool ended =
        target->mate != GW_NO_TARGET && gw_state_is_outcome((enum gw_state)r->target[target->mate].state);

    if (ended && r->drive.pre_read &&
        (ev->mate_version[0] == '\0' || gw_target_order(r, ev->mate_version) < 0))
        return false;
    return ev->mate == GW_PRESENCE_ONLINE || (ev->mate == GW_PRESENCE_NONE && !target->pair);
}

/* A look at t shows that its mate, which had succeeded, is no longer at the version. */
static bool gw_fit_mate_fell_back(const struct gw_rollout *r, const struct gw_target *target,
                                  const struct gw_event *ev)
{
    const struct gw_target *mate = target->mate == GW_NO_TARGET ? NULL : &r->target[target->mate];

    return mate && mate->state == GW_STATE_SUCCEEDED && !mate->relapsed && ev->mate == GW_PRESENCE_ONLINE &&
           ev->mate_version[0] && gw_target_order(r, ev->mate_version) < 0;
}

static void gw_fit_skip_at_version(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    r->target[t].at_version = true;
    gw_outcome_give(r, t, GW_STATE_SKIPPED, "at_version", ev->version, "was at the version already");
}

static void gw_fit_online(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    const struct gw_target *target = &r->target[t];
    int order = gw_target_order(r, ev->version);
    /* Only "too old" leaves a target waiting without an attempt, and a new start does not know that it was said. */
    bool spent = target->charged >= r->drive.attempts;

    if (order < 0 && gw_fit_mate_fell_back(r, target, ev)) {
        gw_soak_relapsed(
            r, target->mate, ev->mate_version,
            "was at the version, and was no longer when its pair's other device was to be called");
        gw_target_leave_ahead(r, t);
        gw_queue_wait(r, t);
        return;
    }
    if (order < 0 && !spent && gw_fit_mate_is_well(r, target, ev)) {
        gw_fit_ready(r, t, ev);
        return;
    }
    if (order == 0 && target->doubted && ev->read == GW_READ_PAGE) {
        /* Perhaps our own success: only a look at the gateway itself may say so. */
        gw_queue_look_alone(r, t);
        return;
    }
    gw_target_leave_ahead(r, t);
    if (order == 0 && target->doubted)
        gw_outcome_give(r, t, GW_STATE_SUCCEEDED, "at_version", ev->version,
                        "at the version after a call that was in doubt");
    else if (order == 0)
        gw_fit_skip_at_version(r, t, ev);
    else if (order > 0)
        gw_outcome_give(r, t, GW_STATE_SKIPPED, r->drive.downgrade ? "older" : "newer", ev->version,
                        r->drive.downgrade ? "runs an older version already"
                                           : "runs a newer version already");
    else if (spent)
        gw_outcome_give(r, t, GW_STATE_FAILED, "attempts", ev->version,
                        "the cloud calls the version too old, a read does not, and no attempt is left");
    else
        gw_fit_absent(r, t, ev->now_ms, "mate", "the other device of its pair is not known to be online");
}

void gw_fit_seen(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    switch (ev->presence) {
    case GW_PRESENCE_ONLINE:
        gw_fit_online(r, t, ev);
        return;
    case GW_PRESENCE_MISSING:
        if (ev->read == GW_READ_PAGE) {
            gw_queue_look_alone(r, t);
            return;
        }
        gw_target_leave_ahead(r, t);
        gw_outcome_give(r, t, GW_STATE_FAILED, "not_found", "",
                        "the cloud does not know this gateway or serial number");
        gw_stop_weigh_not_found(r);
        return;
    case GW_PRESENCE_OFFLINE:
        gw_target_leave_ahead(r, t);
        gw_fit_absent(r, t, ev->now_ms, "offline", "offline");
        return;
    case GW_PRESENCE_UNSUITABLE:
        gw_target_leave_ahead(r, t);
        gw_outcome_give(r, t, GW_STATE_FAILED, "unsuitable", "",
                        "a software instance: it has no device to upgrade");
        return;
    case GW_PRESENCE_AMBIGUOUS:
        gw_target_leave_ahead(r, t);
        gw_outcome_give(r, t, GW_STATE_FAILED, "ambiguous", "",
                        "two devices and no serial number in the inventory: import the serial numbers");
        return;
    case GW_PRESENCE_NONE:
    case GW_PRESENCE_UNKNOWN:
        break;
    }
    gw_target_leave_ahead(r, t);
    gw_fit_absent(r, t, ev->now_ms, "unreadable", "what the cloud says of it cannot be read");
}
