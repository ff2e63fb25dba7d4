/*
 * Outcomes: each target gets one, once, and what follows from it for its mate, its wave and the charts follows here. Who
 * waits and is not wanted any more is taken out of whatever holds it.
 */
#include "gatewave/base/text.h"

#include "machine.h"

void gw_outcome_follows(struct gw_rollout *r, uint32_t t, enum gw_state before)
{
    if (r->target[t].state == GW_STATE_SUCCEEDED)
        r->target[t].ended_ms = r->now_ms;
    gw_pair_ended(r, t);
    gw_wave_ended(r, t, before);
}

void gw_outcome_give(struct gw_rollout *r, uint32_t t, enum gw_state outcome, const char *code,
                     const char *version, const char *reason)
{
    enum gw_state before = (enum gw_state)r->target[t].state;
    struct gw_record *record;

    gw_target_move(r, t, outcome);
    r->target[t].place = GW_PLACE_END;
    r->slow -= r->target[t].slow;
    r->target[t].slow = false;
    record = gw_target_record(r, t, GW_RECORD_STATE);
    gw_text_copy(record->answer.code, sizeof(record->answer.code), code);
    gw_text_copy(record->version, sizeof(record->version), version);
    gw_text_copy(record->reason, sizeof(record->reason), reason);
    gw_outcome_follows(r, t, before);
}

/* Takes a waiting target out of what holds it; the queues skip what is at its end. */
static void gw_outcome_take_out(struct gw_rollout *r, uint32_t t)
{
    const struct gw_target *target = &r->target[t];
    struct gw_lane *lane = &r->lane[target->lane];

    switch ((enum gw_place)target->place) {
    case GW_PLACE_WAITING:
        lane->waiting.len--;
        break;
    case GW_PLACE_PAGES:
        lane->pages.len--;
        gw_target_leave_ahead(r, t);
        break;
    case GW_PLACE_ONES:
        lane->ones.len--;
        gw_target_leave_ahead(r, t);
        break;
    case GW_PLACE_READY:
        lane->ready.len--;
        gw_target_leave_ahead(r, t);
        break;
    case GW_PLACE_CLOSED:
        gw_window_queue(r, t)->len--;
        if (--r->closed == 0)
            r->opens_ms = UINT64_MAX;
        break;
    case GW_PLACE_CROWDED:
        gw_scope_queue(r, t)->len--;
        break;
    case GW_PLACE_TIMER:
        gw_heap_clear(&r->timer, t);
        break;
    default:
        break;
    }
}

bool gw_outcome_cancel(struct gw_rollout *r, uint32_t t)
{
    bool called = r->target[t].sent > 0;

    if (r->target[t].state != GW_STATE_WAITING || r->target[t].place == GW_PLACE_READING)
        return false;
    gw_outcome_take_out(r, t);
    /* What was called before is proven to have had no effect: it would not wait otherwise. */
    if (r->aborted)
        gw_outcome_give(r, t, GW_STATE_CANCELED, "aborted", "",
                        called ? "not called again: the rollout was aborted"
                               : "never called: the rollout was aborted");
    else
        gw_outcome_give(r, t, GW_STATE_CANCELED, "left_out", "",
                        called ? "not called again: left out by an operator"
                               : "never called: left out by an operator");
    gw_scope_pass(r, t);
    return true;
}
