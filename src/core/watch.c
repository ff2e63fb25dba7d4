/*
 * Looking at devices. Success is observed, never assumed: a read before the call says whether it is needed and possible
 * (fit.c), reads after it say what became of the device, and where nobody knows whether the call took effect, two reads
 * after the fence that agree are the only way to try again.
 */
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "machine.h"

static void gw_watch_note_slow(struct gw_rollout *r, uint32_t t, uint64_t now_ms)
{
    struct gw_target *target = &r->target[t];

    if (target->slow || now_ms < target->since_ms + r->drive.slow_ms)
        return;
    target->slow = true;
    r->slow++;
}

/* From here on a look at a called device is the last one. */
static uint64_t gw_watch_deadline_ms(const struct gw_rollout *r, const struct gw_target *target)
{
    uint64_t from_ms = target->since_ms;

    if (target->state == GW_STATE_IN_DOUBT && target->fence_ms > from_ms)
        from_ms = target->fence_ms;
    return from_ms + r->drive.stuck_ms;
}

/*
 * Not there yet. What ends the wait is a look that was sent after the deadline: an older one, or none at all because
 * nobody could read for an hour, says nothing about how it ended.
 */
static void gw_watch_again(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    const struct gw_target *target = &r->target[t];

    if (ev->asked_ms < gw_watch_deadline_ms(r, target)) {
        gw_watch_note_slow(r, t, ev->now_ms);
        gw_target_sleep(r, t, gw_grid_ms(r, ev->now_ms, r->drive.every_ms));
    } else if (target->state == GW_STATE_IN_DOUBT) {
        gw_outcome_give(r, t, GW_STATE_UNRESOLVED, "unproven", ev->version,
                        "nobody can prove whether the call took effect; look at the device");
    } else if (ev->presence == GW_PRESENCE_ONLINE) {
        gw_outcome_give(r, t, GW_STATE_FAILED, "stuck", ev->version, "online, and still not at the version");
    } else if (ev->presence == GW_PRESENCE_OFFLINE) {
        gw_outcome_give(r, t, GW_STATE_FAILED, "stuck", ev->version,
                        "accepted the version and did not come back online");
    } else {
        gw_outcome_give(r, t, GW_STATE_UNRESOLVED, "unreadable", ev->version,
                        "accepted, and the cloud no longer tells what it runs; look at the device");
    }
}

static void gw_watch_upgrading(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];
    int order;

    if (ev->presence == GW_PRESENCE_MISSING && ev->read == GW_READ_PAGE) {
        gw_queue_look_alone(r, t);
        return;
    }
    if (ev->presence != GW_PRESENCE_ONLINE) {
        gw_watch_again(r, t, ev);
        return;
    }
    order = gw_target_order(r, ev->version);
    if (order >= 0 && ev->read == GW_READ_PAGE)
        gw_queue_push(r, &r->lane[target->lane].ones, t, GW_PLACE_ONES);
    else if (order == 0)
        gw_outcome_give(r, t, GW_STATE_SUCCEEDED, "", ev->version, "");
    else if (order > 0)
        gw_outcome_give(r, t, GW_STATE_UNRESOLVED, "foreign_version", ev->version,
                        "came back at a version that this rollout did not ask for");
    else
        gw_watch_again(r, t, ev);
}

/* Two reads after the fence agree: the call never took effect, and cannot any more. */
static void gw_watch_settled(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];
    struct gw_record *record;

    gw_target_move(r, t, GW_STATE_WAITING);
    target->agreed = false;
    target->failures = 0;
    r->slow -= target->slow;
    target->slow = false;
    record = gw_target_record(r, t, GW_RECORD_RESOLVED);
    gw_text_copy(record->answer.code, sizeof(record->answer.code), "no_effect");
    gw_text_copy(record->version, sizeof(record->version), ev->version);
    gw_text_copy(record->reason, sizeof(record->reason),
                 "two reads after the fence agree that the call had no effect");
    if (target->charged >= r->drive.attempts)
        gw_outcome_give(r, t, GW_STATE_FAILED, "attempts", ev->version,
                        "no call took effect, and no attempt is left");
    else
        gw_queue_wait(r, t);
}

static void gw_watch_doubtful(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];
    bool not_there;
    int order;

    order = ev->presence == GW_PRESENCE_ONLINE ? gw_target_order(r, ev->version) : -1;
    if (order == 0) {
        gw_outcome_give(r, t, GW_STATE_SUCCEEDED, "at_version", ev->version,
                        "at the version after a call that was in doubt");
        return;
    }
    if (order > 0) {
        gw_outcome_give(r, t, GW_STATE_UNRESOLVED, "foreign_version", ev->version,
                        "came back at a version that this rollout did not ask for");
        return;
    }
    not_there = ev->presence == GW_PRESENCE_ONLINE && ev->asked_ms >= target->fence_ms;
    if (not_there && target->agreed && ev->asked_ms >= target->agreed_ms + r->drive.agree_ms) {
        gw_watch_settled(r, t, ev);
        return;
    }
    if (not_there && !target->agreed)
        target->agreed_ms = ev->asked_ms;
    target->agreed = not_there;
    if (not_there)
        gw_target_sleep(r, t, target->agreed_ms + r->drive.agree_ms);
    else
        gw_watch_again(r, t, ev);
}

/*
 * The fences of an earlier run's calls were reckoned from the wall, which by its new word was ahead when this run began:
 * they are over so much later. Whatever it shows, those calls were sent before this run began; this run's own fences,
 * by its own clock, lie behind that.
 */
void gw_watch_set_back(struct gw_rollout *r, uint64_t by_ms)
{
    uint64_t latest_ms = r->began_ms + r->drive.fence_ms;

    for (uint32_t t = 0; t < r->targets; t++) {
        struct gw_target *target = &r->target[t];
        uint64_t fence_ms = target->fence_ms + by_ms < latest_ms ? target->fence_ms + by_ms : latest_ms;

        if (target->sent == 0 || fence_ms <= target->fence_ms)
            continue;
        target->fence_ms = fence_ms;
        target->agreed = false;
    }
}

/* True while t waits for just this read: what it told of may be under way in another one already. */
static bool gw_watch_awaits(const struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    return r->target[t].place == GW_PLACE_READING && r->target[t].read_id == ev->read_id;
}

void gw_watch_seen(struct gw_rollout *r, const struct gw_event *ev)
{
    uint32_t t = ev->target;

    GW_CHECK(t < r->targets && gw_watch_awaits(r, t, ev));
    r->target[t].place = GW_PLACE_NONE;
    r->target[t].unread_ms = 0;
    switch ((enum gw_state)r->target[t].state) {
    case GW_STATE_WAITING:
        gw_fit_seen(r, t, ev);
        break;
    case GW_STATE_UPGRADING:
        gw_watch_upgrading(r, t, ev);
        break;
    case GW_STATE_IN_DOUBT:
        gw_watch_doubtful(r, t, ev);
        break;
    case GW_STATE_SUCCEEDED:
        gw_soak_looked_at(r, t, ev, true);
        break;
    default:
        GW_NEVER("only waiting, upgrading, doubtful and soaked targets are read");
    }
}

/*
 * Nobody could read it. Nothing is concluded from that but that it cannot be read, and that only when it has lasted in
 * this run for longer than a device, or an endpoint, is waited for. An endpoint that is down says nothing about the
 * devices behind it: they wait for it, and hold the run when nothing else is left.
 */
static void gw_watch_unread(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];
    uint64_t now_ms = ev->now_ms;
    bool waiting = target->state == GW_STATE_WAITING;
    bool blind = gw_stop_blinds(r->stop) || r->lane[target->lane].down;
    uint64_t patience_ms = waiting ? r->drive.offline_ms : r->drive.stuck_ms;
    uint64_t look_ms = gw_grid_ms(r, now_ms, r->drive.every_ms);
    bool closes = waiting && gw_fit_closes_before(r, t, look_ms);

    if (patience_ms < r->drive.endpoint_down_ms)
        patience_ms = r->drive.endpoint_down_ms;
    target->agreed = false;
    if (target->unread_ms == 0)
        target->unread_ms = now_ms ? now_ms : 1;
    if (waiting)
        gw_target_leave_ahead(r, t);
    if (blind || (now_ms < target->unread_ms + patience_ms && !closes))
        gw_target_sleep(r, t, look_ms);
    else if (waiting)
        gw_outcome_give(r, t, GW_STATE_DEFERRED, "unreadable", "", "the cloud did not answer the reads");
    else if (target->state == GW_STATE_SUCCEEDED)
        gw_soak_looked_at(r, t, ev, false);
    else
        gw_outcome_give(r, t, GW_STATE_UNRESOLVED, "unreadable", "",
                        "called, and no read has told of it since; look at the device");
}

/* True for a page that came whole and cannot be used: one odd gateway must not hide the other 49. */
static bool gw_watch_page_is_odd(const struct gw_event *ev)
{
    if (ev->read != GW_READ_PAGE)
        return false;
    switch (ev->answer.class_) {
    case GW_CLASS_ACCEPTED:
    case GW_CLASS_NOT_FOUND:
    case GW_CLASS_PERMANENT:
    case GW_CLASS_PLAN:
        return true;
    default:
        return ev->answer.http_status / 100 == 2;
    }
}

/* The read that was to tell of t did not. */
static void gw_watch_untold(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    r->target[t].place =
        gw_state_is_outcome((enum gw_state)r->target[t].state) ? GW_PLACE_END : GW_PLACE_NONE;
    if (gw_watch_page_is_odd(ev))
        gw_queue_look_alone(r, t);
    else if (ev->answer.class_ == GW_CLASS_THROTTLED || ev->answer.class_ == GW_CLASS_RENEWING)
        gw_queue_look(r, t);
    else if (r->target[t].state != GW_STATE_SUCCEEDED || gw_soak_looks_at(r, t))
        gw_watch_unread(r, t, ev);
}

void gw_watch_read_done(struct gw_rollout *r, const struct gw_event *ev)
{
    struct gw_lane *lane = &r->lane[ev->lane];

    GW_CHECK(r->reads_out > 0 && lane->reads_out > 0);
    r->reads_out--;
    lane->reads_out--;
    if (ev->answer.class_ == GW_CLASS_THROTTLED)
        gw_pace_throttled(&lane->read_pace, ev->now_ms, ev->answer.retry_after_ms);
    gw_stop_weigh_read(r, ev->lane, &ev->answer, ev->now_ms);
    for (uint32_t i = 0; i < ev->n_targets; i++)
        if (gw_watch_awaits(r, ev->targets[i], ev))
            gw_watch_untold(r, ev->targets[i], ev);
}
