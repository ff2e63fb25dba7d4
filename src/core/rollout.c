/*
 * The three verbs, and how a rollout comes to be. Work for each event and each pull is bounded by the number of lanes
 * (accounts times regions, a few dozen at most) and the logarithm of the timers; it does not grow with the fleet.
 */
#include "gatewave/core/rollout.h"

#include "gatewave/base/check.h"

#include "machine.h"

/* ---- loading ---- */

void gw_rollout_load(struct gw_rollout *r, uint32_t target, const struct gw_target_start *start)
{
    uint32_t wave = 0;

    GW_CHECK(target == r->loaded && target < r->targets && start->lane < r->lanes);
    GW_CHECK(r->loaded_waves == r->shape.waves && start->model < r->shape.models &&
             start->zone < r->shape.zones);
    while (target >= r->wave[wave].plan.first + r->wave[wave].plan.targets)
        wave++;
    r->loaded++;
    r->target[target] = (struct gw_target){
        .lane = start->lane,
        .mate = start->mate,
        .next = GW_NO_TARGET,
        .sent = start->sent,
        .charged = (uint16_t)(start->attempts < UINT16_MAX ? start->attempts : UINT16_MAX),
        .state = (uint8_t)start->state,
        .pair = start->pair || start->mate != GW_NO_TARGET,
        .by_one = start->by_one || start->pair || start->mate != GW_NO_TARGET,
        .doubted = start->doubted,
        .accepted_only = start->state == GW_STATE_SUCCEEDED && !r->drive.verify,
        .since_ms = start->since_ms,
        .fence_ms = start->fence_ms,
        .ended_ms = start->ended_ms,
        .model = start->model,
        .zone = (uint16_t)start->zone,
        .wave = (uint8_t)wave,
        .at_version = start->at_version,
        .left_out = start->left_out,
        .on_hold = start->on_hold,
        .relapsed = start->relapsed,
    };
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        GW_CHECK(start->scope[scope] <= r->shape.scopes[scope]);
        r->target[target].scope[scope] = start->scope[scope];
    }
    r->sweep = start->left_out ? 0 : r->sweep;
    gw_target_count(r, target, start->state, 1);
}

void gw_rollout_load_sent(struct gw_rollout *r, uint32_t lane, uint64_t sent_ms)
{
    gw_ring_add(&r->lane[lane].call_pace.ring, sent_ms);
}

void gw_rollout_hold_reads(struct gw_rollout *r, uint64_t until_ms)
{
    for (uint32_t i = 0; i < r->lanes; i++)
        gw_pace_hold(&r->lane[i].read_pace, until_ms);
}

void gw_rollout_load_pace(struct gw_rollout *r, struct gw_rate rate)
{
    gw_order_pace(r, rate);
}

void gw_rollout_load_stop(struct gw_rollout *r, enum gw_stop stop)
{
    GW_CHECK(stop == GW_STOP_PAUSE || stop == GW_STOP_ABORT);
    r->stop = stop;
    r->paused = stop == GW_STOP_PAUSE;
    r->aborted = stop == GW_STOP_ABORT;
    if (r->aborted)
        r->sweep = 0;
}

void gw_rollout_start(struct gw_rollout *r, uint64_t now_ms, bool still)
{
    GW_CHECK(r->loaded == r->targets);
    r->now_ms = now_ms;
    r->still = still;
    for (uint32_t t = 0; t < r->targets; t++) {
        enum gw_state state = (enum gw_state)r->target[t].state;

        if (gw_state_is_outcome(state)) {
            r->target[t].place = GW_PLACE_END;
        } else if (state != GW_STATE_WAITING) {
            gw_scope_join(r, t);
            gw_target_sleep(r, t, now_ms);
        }
    }
    gw_wave_start(r);
    if (r->stop == GW_STOP_NONE && !still)
        (void)gw_phase_record(r, GW_PHASE_RUNNING);
}

/* ---- the verbs ---- */

/* Takes one step in the first lane that has one to take. */
static bool gw_rollout_step(struct gw_rollout *r, uint64_t now_ms)
{
    for (uint32_t i = 0; i < r->lanes; i++) {
        struct gw_lane *lane = &r->lane[(r->turn + i) % r->lanes];

        /* Who makes room in one lane may wake another one that had nothing to do. */
        if (gw_turn_look_ahead(r, lane))
            return true;
        if (gw_lane_call_ms(r, lane) <= now_ms)
            gw_turn_call(r, lane, now_ms);
        else if (gw_lane_read_ms(r, lane) <= now_ms)
            gw_turn_read(r, lane, now_ms);
        else
            continue;
        r->turn = (r->turn + i + 1) % r->lanes;
        return true;
    }
    return false;
}

static void gw_rollout_set_clock(struct gw_rollout *r, int64_t wall_ms)
{
    if (wall_ms < r->wall_ms[1])
        gw_watch_set_back(r, (uint64_t)(r->wall_ms[1] - wall_ms));
    r->wall_ms[1] = wall_ms;
    gw_window_reckon(r);
}

void gw_rollout_handle(struct gw_rollout *r, const struct gw_event *ev)
{
    r->now_ms = ev->now_ms;
    switch (ev->kind) {
    case GW_EVENT_ANSWER:
        gw_attempt_answer(r, ev);
        break;
    case GW_EVENT_SEEN:
        gw_watch_seen(r, ev);
        break;
    case GW_EVENT_READ_DONE:
        gw_watch_read_done(r, ev);
        break;
    case GW_EVENT_DRAIN:
        gw_stop_set(r, GW_STOP_DRAIN, NULL);
        break;
    case GW_EVENT_ORDER:
        gw_order_take(r, &ev->order);
        break;
    case GW_EVENT_CLOCK:
        gw_rollout_set_clock(r, ev->unix_ms - (int64_t)ev->now_ms);
        break;
    case GW_EVENT_NONE:
        GW_NEVER("an event has a kind");
    }
}

static bool gw_rollout_announce(struct gw_rollout *r)
{
    if (!gw_waves_are_over(r) || r->announced)
        return false;
    r->announced = true;
    if (r->aborted)
        gw_wave_abandon(r);
    (void)gw_phase_record(r, r->aborted ? GW_PHASE_ABORTED : GW_PHASE_FINISHED);
    return true;
}

/* Nothing happens any more but by the clock on the wall. */
static bool gw_rollout_is_idle(const struct gw_rollout *r)
{
    return r->stop == GW_STOP_NONE && r->calls_out == 0 && r->reads_out == 0 && gw_under_way(r) == 0 &&
           r->timer.len == 0 && gw_lanes_are_empty(r);
}

/* What is too far away is not waited for. */
static bool gw_rollout_rest(struct gw_rollout *r)
{
    uint64_t soaked_ms = gw_soak_due_ms(r), left_ms = UINT64_MAX - r->now_ms, until_ms;

    if (r->still || !gw_rollout_is_idle(r))
        return false;
    until_ms = r->now_ms + (r->drive.patience_ms < left_ms ? r->drive.patience_ms : left_ms);
    if (soaked_ms != UINT64_MAX && soaked_ms > until_ms)
        gw_stop_set(r, GW_STOP_SOAK, NULL);
    else if (r->closed > 0 && (r->opens_ms > until_ms || r->opens_ms == UINT64_MAX))
        gw_stop_set(r, GW_STOP_WINDOW, NULL);
    else
        return false;
    return true;
}

/* A target that was under way when the rollout was aborted, and proved not to have been called, waits again. */
static void gw_rollout_sweep_again(struct gw_rollout *r)
{
    if (r->aborted && r->sweep == r->targets && r->count[GW_STATE_WAITING] > 0 && gw_under_way(r) == 0 &&
        r->reads_out == 0)
        r->sweep = 0;
}

static bool gw_rollout_move(struct gw_rollout *r)
{
    uint32_t t;

    if (r->still)
        return false;
    if (gw_heap_pop(&r->timer, r->now_ms, &t)) {
        gw_turn_wake(r, t);
        return true;
    }
    gw_window_open(r);
    return gw_rollout_step(r, r->now_ms) || gw_course_step(r);
}

bool gw_rollout_next(struct gw_rollout *r, uint64_t now_ms, struct gw_effect *ret)
{
    r->now_ms = now_ms;
    do {
        if (gw_effect_pull(r, ret))
            return true;
        gw_rollout_sweep_again(r);
    } while (gw_judge_record(r) || gw_order_sweep(r) || gw_rollout_move(r) || gw_rollout_announce(r) ||
             gw_rollout_rest(r));
    return false;
}

uint64_t gw_rollout_deadline_ms(const struct gw_rollout *r, uint64_t now_ms)
{
    uint64_t deadline_ms = gw_heap_due_ms(&r->timer), soaked_ms = gw_soak_due_ms(r);

    if (r->effects_len > 0 || r->stale_charts > 0 || r->sweep < r->targets)
        return now_ms;
    deadline_ms = soaked_ms < deadline_ms ? soaked_ms : deadline_ms;
    deadline_ms = r->opens_ms < deadline_ms ? r->opens_ms : deadline_ms;
    for (uint32_t i = 0; i < r->lanes; i++) {
        uint64_t call_ms = gw_lane_call_ms(r, &r->lane[i]), read_ms = gw_lane_read_ms(r, &r->lane[i]);

        if (gw_lane_wants_ahead(r, &r->lane[i]))
            return now_ms;
        deadline_ms = call_ms < deadline_ms ? call_ms : deadline_ms;
        deadline_ms = read_ms < deadline_ms ? read_ms : deadline_ms;
    }
    return deadline_ms;
}

/* ---- looking at it ---- */

bool gw_rollout_ended(const struct gw_rollout *r)
{
    if (r->effects_len > 0 || r->stale_charts > 0 || r->calls_out > 0 || r->sweep < r->targets)
        return false;
    if (gw_waves_are_over(r))
        return r->announced;
    /* Who is being read when it is aborted waits again afterwards, and is canceled then. */
    if (r->stop == GW_STOP_ABORT)
        return false;
    return gw_stop_blinds(r->stop) || (r->stop != GW_STOP_NONE && gw_under_way(r) == 0);
}

bool gw_rollout_is_finished(const struct gw_rollout *r)
{
    return r->announced && !r->aborted;
}

enum gw_stop gw_rollout_stopped(const struct gw_rollout *r)
{
    return r->stop;
}

struct gw_rate gw_rollout_rate(const struct gw_rollout *r)
{
    return r->drive.limits.rate;
}

const uint32_t *gw_rollout_counts(const struct gw_rollout *r)
{
    return r->count;
}

uint32_t gw_rollout_slow(const struct gw_rollout *r)
{
    return r->slow;
}

uint32_t gw_rollout_total(const struct gw_rollout *r)
{
    return r->targets;
}
