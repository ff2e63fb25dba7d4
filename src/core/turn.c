/*
 * Turns: what a lane does when it may, and what a target does when its time has come. Nothing is called here that pair,
 * site, window and the last read do not allow at this moment, whatever they allowed when it was looked at.
 */
#include "gatewave/base/check.h"

#include "machine.h"

/* ---- a target ---- */

void gw_turn_wake(struct gw_rollout *r, uint32_t t)
{
    struct gw_target *target = &r->target[t];

    target->place = GW_PLACE_NONE;
    switch ((enum gw_state)target->state) {
    case GW_STATE_WAITING:
        gw_queue_wait(r, t);
        break;
    case GW_STATE_IN_FLIGHT:
        /* Only after a restart: the intent is durable and no answer is, so nobody knows. */
        gw_target_note(r, t, GW_STATE_IN_DOUBT, "interrupted",
                       "the program ended before the answer was recorded");
        target->doubted = true;
        gw_queue_look(r, t);
        break;
    case GW_STATE_SUCCEEDED:
        if (!gw_soak_looks_at(r, t)) {
            target->place = GW_PLACE_END;
            break;
        }
        __attribute__((fallthrough));
    case GW_STATE_UPGRADING:
    case GW_STATE_IN_DOUBT:
        gw_queue_look(r, t);
        break;
    default:
        GW_NEVER("a target with an outcome has no timer");
    }
}

/* ---- a lane ---- */

bool gw_turn_look_ahead(struct gw_rollout *r, struct gw_lane *lane)
{
    uint64_t opens_ms, closes_ms;

    if (!gw_lane_wants_ahead(r, lane))
        return false;
    while (lane->ahead < gw_lane_ahead_most(r, lane)) {
        uint32_t t = gw_queue_pop(r, &lane->waiting);

        if (r->target[t].left_out) {
            (void)gw_outcome_cancel(r, t);
            return true;
        }
        if (gw_window_is_missing(r, t)) {
            gw_outcome_give(r, t, GW_STATE_DEFERRED, "no_window", "",
                            "its window never opens: its time zone is not known");
            gw_scope_pass(r, t);
            return true;
        }
        if (!gw_window_next(r, t, &opens_ms, &closes_ms) || opens_ms > r->now_ms) {
            gw_window_wait(r, t);
            gw_scope_pass(r, t);
            continue;
        }
        if (r->target[t].on_hold) {
            gw_outcome_give(r, t, GW_STATE_DEFERRED, "on_hold", "", "its gateway is on hold");
            gw_scope_pass(r, t);
            return true;
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
            gw_outcome_give(r, t, GW_STATE_DEFERRED, "mate", "",
                            "the other device of its pair did not end well");
            gw_scope_pass(r, t);
            /* One at a time: its record must have room among the effects. */
            return true;
        case GW_PAIR_GO:
            if (!gw_scope_enter(r, t))
                break;
            lane->ahead++;
            if (r->drive.pre_read)
                gw_queue_look(r, t);
            else
                gw_queue_push(r, &lane->ready, t, GW_PLACE_READY);
        }
    }
    return true;
}

void gw_turn_call(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms)
{
    uint32_t t = gw_queue_pop(r, &lane->ready);
    uint64_t opens_ms, closes_ms;

    if (r->drive.pre_read && now_ms - r->target[t].asked_ms > r->drive.fresh_ms) {
        gw_queue_look(r, t);
        return;
    }
    if (gw_pair_ask(r, t) != GW_PAIR_GO || r->target[t].left_out ||
        !gw_window_next(r, t, &opens_ms, &closes_ms) || opens_ms > r->now_ms) {
        gw_target_leave_ahead(r, t);
        gw_queue_wait(r, t);
        return;
    }
    gw_pace_take(&lane->call_pace, now_ms);
    gw_attempt_start(r, t, now_ms);
}

void gw_turn_read(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms)
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
