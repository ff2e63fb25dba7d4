/*
 * What a person orders. Each order is answered by one record with a sentence: carried out, or refused with nothing
 * changed. An order that closes targets says so at once and cancels them afterwards, a few at a time; what it rests on
 * is durable before, so that a crash between the two changes nothing.
 */
#include "gatewave/core/order.h"

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "machine.h"

/* So many targets are canceled in one pull. */
#define SWEEP_MOST 256

static struct gw_order_answer *gw_order_answer(struct gw_rollout *r, const struct gw_order *order,
                                               enum gw_answer_word word)
{
    struct gw_record *record = gw_rollout_record(r, GW_RECORD_ORDER);

    record->order = order->id;
    record->accepted = word <= GW_SAID_PACED;
    record->said = (struct gw_order_answer){.word = word,
                                            .waiting = r->count[GW_STATE_WAITING],
                                            .under_way = gw_under_way(r),
                                            .still = r->still,
                                            .wave = gw_rollout_wave(r),
                                            .rate = r->drive.limits.rate};
    return &record->said;
}

/* The rollout goes on, now or with its next run, as far as nothing else is in its way. */
static void gw_order_go(struct gw_rollout *r)
{
    struct gw_record *record =
        gw_phase_record(r, r->still || r->stop != GW_STOP_NONE ? GW_PHASE_WAITING : GW_PHASE_RUNNING);

    if (r->stop != GW_STOP_NONE)
        gw_text_copy(record->reason, sizeof(record->reason), gw_stop_reason(r->stop));
    else if (r->still)
        gw_text_copy(record->reason, sizeof(record->reason), "may go on; no run is under way");
}

static void gw_order_pause(struct gw_rollout *r, const struct gw_order *order)
{
    if (r->paused) {
        (void)gw_order_answer(r, order, GW_SAID_IS_PAUSED);
    } else if (gw_wave_stop(r) != GW_STOP_NONE) {
        (void)gw_order_answer(r, order, GW_SAID_CALLS_NOTHING);
    } else {
        gw_text_copy(gw_phase_record(r, GW_PHASE_PAUSED)->reason, GW_REASON_MAX, "paused by an operator");
        r->paused = true;
        /* What has stopped this run already stays what ends it. */
        if (r->stop == GW_STOP_NONE)
            r->stop = GW_STOP_PAUSE;
        (void)gw_order_answer(r, order, GW_SAID_PAUSED);
    }
}

static uint32_t gw_order_leave_out(struct gw_rollout *r, const struct gw_order *order)
{
    uint32_t waiting = 0;

    for (uint32_t i = 0; i < order->n_without; i++) {
        struct gw_target *target = &r->target[order->without[i]];

        GW_CHECK(order->without[i] < r->targets);
        if (gw_state_is_outcome((enum gw_state)target->state))
            continue;
        target->left_out = true;
        waiting += target->state == GW_STATE_WAITING;
    }
    if (order->n_without > 0)
        r->sweep = 0;
    return waiting;
}

/* The pause is lifted and nothing else: what a gate has found meanwhile is not forgiven unseen. */
static void gw_order_unpause(struct gw_rollout *r, const struct gw_order *order)
{
    uint32_t left_out = gw_order_leave_out(r, order);
    bool gate = gw_wave_stop(r) == GW_STOP_GATE;

    r->paused = false;
    if (r->stop == GW_STOP_PAUSE)
        r->stop = gw_wave_stop(r);
    gw_order_go(r);
    gw_order_answer(r, order, gate ? GW_SAID_STOPPED_SINCE : GW_SAID_GOES_ON)->waiting = left_out;
}

static void gw_order_resume(struct gw_rollout *r, const struct gw_order *order)
{
    enum gw_stop waits = gw_wave_stop(r);
    uint32_t left_out;

    if (r->paused) {
        gw_order_unpause(r, order);
    } else if (waits == GW_STOP_HOLD || waits == GW_STOP_APPROVAL) {
        (void)gw_order_answer(r, order, GW_SAID_WAITS);
    } else if (waits != GW_STOP_GATE) {
        (void)gw_order_answer(r, order, GW_SAID_GOES);
    } else {
        left_out = gw_order_leave_out(r, order);
        gw_judge_forgive(r);
        gw_wave_go_on(r);
        if (r->stop == GW_STOP_GATE)
            r->stop = GW_STOP_NONE;
        gw_order_go(r);
        gw_order_answer(r, order, GW_SAID_FORGIVEN)->waiting = left_out;
    }
}

static void gw_order_approve(struct gw_rollout *r, const struct gw_order *order)
{
    const struct gw_wave *wave = gw_wave_now(r);

    if (wave && wave->plan.phase == GW_PHASE_WAITING && wave->plan.verdict == GW_VERDICT_ABORT) {
        (void)gw_order_answer(r, order, GW_SAID_BY_GATE);
        return;
    }
    if (!wave || wave->plan.phase != GW_PHASE_WAITING ||
        (order->wave != GW_NO_WAVE && order->wave != r->now_wave)) {
        struct gw_order_answer *said = gw_order_answer(r, order, GW_SAID_WAITS_NOT);

        said->wave = order->wave != GW_NO_WAVE ? order->wave : said->wave;
        return;
    }
    if (r->stop == GW_STOP_HOLD || r->stop == GW_STOP_APPROVAL) {
        r->stop = GW_STOP_NONE;
        gw_order_go(r);
    }
    gw_wave_finish(r);
    (void)gw_order_answer(r, order, GW_SAID_APPROVED);
}

static void gw_order_abort(struct gw_rollout *r, const struct gw_order *order)
{
    r->aborted = true;
    r->paused = false;
    r->sweep = 0;
    gw_text_copy(gw_phase_record(r, GW_PHASE_ABORTING)->reason, GW_REASON_MAX, "aborted by an operator");
    if (!gw_stop_blinds(r->stop))
        r->stop = GW_STOP_ABORT;
    (void)gw_order_answer(r, order, GW_SAID_ABORTED);
}

void gw_order_pace(struct gw_rollout *r, struct gw_rate rate)
{
    r->paced = rate;
    r->drive.limits.rate = rate;
    gw_lanes_pace(r);
}

void gw_order_take(struct gw_rollout *r, const struct gw_order *order)
{
    if (r->aborted || gw_waves_are_over(r)) {
        (void)gw_order_answer(r, order, r->aborted ? GW_SAID_IS_ABORTED : GW_SAID_IS_FINISHED);
        return;
    }
    switch (order->kind) {
    case GW_ORDER_PAUSE:
        gw_order_pause(r, order);
        break;
    case GW_ORDER_RESUME:
        gw_order_resume(r, order);
        break;
    case GW_ORDER_APPROVE:
        gw_order_approve(r, order);
        break;
    case GW_ORDER_ABORT:
        gw_order_abort(r, order);
        break;
    case GW_ORDER_PACE:
        gw_order_pace(r, order->rate);
        (void)gw_order_answer(r, order, GW_SAID_PACED);
        break;
    case GW_ORDER_NONE:
        (void)gw_order_answer(r, order, GW_SAID_UNREADABLE);
        break;
    }
}

bool gw_order_sweep(struct gw_rollout *r)
{
    /* The rest is for the next pull: what was canceled must be written, and the others wait for their turn. */
    if (r->swept == SWEEP_MOST && !r->still) {
        r->swept = 0;
        return false;
    }
    while (r->sweep < r->targets) {
        uint32_t t = r->sweep++;

        if ((r->aborted || r->target[t].left_out) && gw_outcome_cancel(r, t)) {
            r->swept++;
            return true;
        }
    }
    return false;
}
