/*
 * Lanes: an account in a region, with its paces and its queues. What a lane may do is decided in two functions, when it
 * may call and when it may read; pulling compares them with now, sleeping takes their minimum, so that the machine never
 * says "later" and then has nothing to do when later comes.
 */
#include "gatewave/base/check.h"

#include "machine.h"

#define NEVER      UINT64_MAX
#define AHEAD_MOST (4 * GW_PAGE_MAX)

uint32_t gw_in_doubt_or_flight(const struct gw_rollout *r)
{
    return r->count[GW_STATE_IN_FLIGHT] + r->count[GW_STATE_IN_DOUBT];
}

uint32_t gw_under_way(const struct gw_rollout *r)
{
    return gw_in_doubt_or_flight(r) + r->count[GW_STATE_UPGRADING];
}

uint32_t gw_open(const struct gw_rollout *r)
{
    return r->count[GW_STATE_WAITING] + gw_under_way(r);
}

/* A lane whose calls end in doubt keeps to its share of the slots: the other lanes must get on meanwhile. */
static bool gw_lane_is_sick(const struct gw_rollout *r, const struct gw_lane *lane)
{
    uint32_t share = r->drive.limits.in_flight / r->lanes;

    return r->lanes > 1 && lane->in_doubt > 0 && lane->in_flight + lane->in_doubt >= (share > 0 ? share : 1);
}

/* Reads that nobody answers leave a quarter of the slots to the other lanes. */
static uint32_t gw_lane_reads_most(const struct gw_rollout *r)
{
    uint32_t most = r->drive.reads - r->drive.reads / 4;

    return r->lanes > 1 && most > 0 ? most : r->drive.reads;
}

/* How many targets a lane reads ahead: what it may call in a quarter of the time that a read stays fresh. */
static uint32_t gw_lane_ahead_limit(const struct gw_drive *drive)
{
    struct gw_rate rate = drive->limits.rate;
    uint64_t calls;

    if (rate.window_ms == 0)
        return AHEAD_MOST;
    calls = rate.calls * (drive->fresh_ms / 4) / rate.window_ms;
    return calls < 1 ? 1 : calls > AHEAD_MOST ? AHEAD_MOST : (uint32_t)calls;
}

void gw_lanes_pace(struct gw_rollout *r)
{
    for (uint32_t i = 0; i < r->lanes; i++) {
        gw_pace_change(&r->lane[i].call_pace, r->drive.limits.rate);
        gw_pace_change(&r->lane[i].read_pace, r->drive.limits.read_rate);
        r->lane[i].ahead_limit = gw_lane_ahead_limit(&r->drive);
    }
}

bool gw_lanes_are_empty(const struct gw_rollout *r)
{
    for (uint32_t i = 0; i < r->lanes; i++) {
        const struct gw_lane *lane = &r->lane[i];

        if (lane->waiting.len + lane->pages.len + lane->ones.len + lane->ready.len > 0)
            return false;
    }
    return true;
}

uint64_t gw_lane_call_ms(const struct gw_rollout *r, const struct gw_lane *lane)
{
    if (r->stop != GW_STOP_NONE || lane->ready.len == 0 ||
        gw_in_doubt_or_flight(r) >= r->drive.limits.in_flight ||
        gw_under_way(r) >= r->drive.limits.upgrading || gw_lane_is_sick(r, lane))
        return NEVER;
    return gw_pace_ready_ms(&lane->call_pace);
}

uint64_t gw_lane_read_ms(const struct gw_rollout *r, const struct gw_lane *lane)
{
    if (gw_stop_blinds(r->stop) || lane->pages.len + lane->ones.len == 0 || r->reads_out >= r->drive.reads ||
        lane->reads_out >= gw_lane_reads_most(r))
        return NEVER;
    return gw_pace_ready_ms(&lane->read_pace);
}

/* How many waiting targets the lane may look at ahead, so that calls never wait for reads nor reads grow stale. */
static uint32_t gw_lane_ahead_most(const struct gw_rollout *r, const struct gw_lane *lane)
{
    uint32_t under_way = gw_under_way(r);

    if (r->stop != GW_STOP_NONE || lane->waiting.len == 0 || under_way >= r->drive.limits.upgrading)
        return 0;
    return lane->ahead_limit < r->drive.limits.upgrading - under_way ? lane->ahead_limit
                                                                     : r->drive.limits.upgrading - under_way;
}

/* True when it is time to look ahead: at the half, so that a page is worth its read. */
bool gw_lane_wants_ahead(const struct gw_rollout *r, const struct gw_lane *lane)
{
    uint32_t most = gw_lane_ahead_most(r, lane);

    return most > 0 && lane->ahead <= most / 2;
}

/* ---- doing it ---- */

/* Moves waiting targets on to their read (or, without one, to readiness). */
bool gw_lane_look_ahead(struct gw_rollout *r, struct gw_lane *lane)
{
    uint64_t opens_ms, closes_ms;

    if (!gw_lane_wants_ahead(r, lane))
        return false;
    while (lane->ahead < gw_lane_ahead_most(r, lane)) {
        uint32_t t = gw_queue_pop(r, &lane->waiting);

        if (r->target[t].left_out) {
            (void)gw_target_cancel(r, t);
            return true;
        }
        if (gw_window_is_missing(r, t)) {
            gw_target_end(r, t, GW_STATE_DEFERRED, "no_window", "",
                          "its window never opens: its time zone is not known");
            gw_scope_pass(r, t);
            return true;
        }
        if (!gw_window_next(r, t, &opens_ms, &closes_ms) || opens_ms > r->now_ms) {
            gw_window_wait(r, t);
            gw_scope_pass(r, t);
            continue;
        }
        switch (gw_pair_ask(r, t)) {
        case GW_PAIR_WAIT:
            r->target[t].place = GW_PLACE_MATE;
            gw_scope_pass(r, t);
            break;
        case GW_PAIR_SOAK:
            gw_target_sleep(r, t, gw_pair_soaks_until_ms(r, t));
            gw_scope_pass(r, t);
            break;
        case GW_PAIR_NEVER:
            gw_target_end(r, t, GW_STATE_DEFERRED, "mate", "",
                          "the other device of its pair did not end well");
            gw_scope_pass(r, t);
            /* One at a time: its record must have room among the effects. */
            return true;
        case GW_PAIR_GO:
            if (!gw_scope_enter(r, t))
                break;
            lane->ahead++;
            if (r->drive.pre_read)
                gw_target_want_read(r, t);
            else
                gw_queue_push(r, &lane->ready, t, GW_PLACE_READY);
        }
    }
    return true;
}

/*
 * Calls the first ready target of the lane, or sends it back when what was read of it no longer allows that.
 */
void gw_lane_call(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms)
{
    uint32_t t = gw_queue_pop(r, &lane->ready);
    uint64_t opens_ms, closes_ms;

    if (r->drive.pre_read && now_ms - r->target[t].asked_ms > r->drive.fresh_ms) {
        gw_target_want_read(r, t);
        return;
    }
    if (gw_pair_ask(r, t) != GW_PAIR_GO || r->target[t].left_out ||
        !gw_window_next(r, t, &opens_ms, &closes_ms) || opens_ms > r->now_ms) {
        gw_target_leave_ahead(r, t);
        gw_target_requeue(r, t);
        return;
    }
    gw_pace_take(&lane->call_pace, now_ms);
    gw_attempt_start(r, t, now_ms);
}

void gw_lane_read(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms)
{
    bool one = lane->ones.len > 0 && (lane->pages.len == 0 || !lane->ones_last);
    struct gw_queue *queue = one ? &lane->ones : &lane->pages;
    struct gw_effect *effect = gw_effect_push(r, GW_EFFECT_READ);
    uint32_t most = one ? 1 : GW_PAGE_MAX;

    lane->ones_last = one;
    effect->lane = (uint32_t)(lane - r->lane);
    effect->read = one ? GW_READ_ONE : GW_READ_PAGE;
    effect->read_id = ++r->last_read_id;
    effect->targets = r->read_list;
    while (effect->n_targets < most && queue->len > 0) {
        uint32_t t = gw_queue_pop(r, queue);

        r->target[t].place = GW_PLACE_READING;
        r->target[t].read_id = effect->read_id;
        r->read_list[effect->n_targets++] = t;
    }
    r->reads_out++;
    lane->reads_out++;
    gw_pace_take(&lane->read_pace, now_ms);
}
