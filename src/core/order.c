/*
 * What a person orders. Each order is answered by one record with a sentence: carried out, or refused with nothing
 * changed. An order that closes targets says so at once and cancels them afterwards, a few at a time; what it rests on
 * is durable before, so that a crash between the two changes nothing.
 */
#include <stdarg.h>
#include <stdio.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "machine.h"

__attribute__((format(printf, 4, 5))) static void gw_order_answer(struct gw_rollout *r,
                                                                  const struct gw_order *order, bool accepted,
                                                                  const char *format, ...)
{
    struct gw_record *record = gw_rollout_record(r, GW_RECORD_ORDER);
    va_list args;

    record->order = order->id;
    record->accepted = accepted;
    va_start(args, format);
    (void)vsnprintf(record->reason, sizeof(record->reason), format, args);
    va_end(args);
}

static const char *gw_order_wave(const struct gw_rollout *r, uint32_t wave)
{
    GW_CHECK(wave < r->shape.waves);
    return r->wave[wave].plan.name;
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
        gw_order_answer(r, order, false, "it is paused already");
    } else if (r->stop == GW_STOP_GATE || r->stop == GW_STOP_HOLD || r->stop == GW_STOP_APPROVAL) {
        gw_order_answer(r, order, false, "it calls nothing: it waits for a person already");
    } else {
        gw_text_copy(gw_phase_record(r, GW_PHASE_PAUSED)->reason, GW_REASON_MAX, "paused by an operator");
        r->paused = true;
        /* What has stopped this run already stays what ends it. */
        if (r->stop == GW_STOP_NONE)
            r->stop = GW_STOP_PAUSE;
        gw_order_answer(r, order, true, "paused: nothing is called; %u devices are watched to their end",
                        gw_under_way(r));
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

static void gw_order_resume(struct gw_rollout *r, const struct gw_order *order)
{
    bool gate = r->stop == GW_STOP_GATE;
    uint32_t left_out;

    if (r->stop == GW_STOP_HOLD || r->stop == GW_STOP_APPROVAL) {
        gw_order_answer(r, order, false, "wave %s waits for an approval: approve it",
                        gw_order_wave(r, r->now_wave));
        return;
    }
    if (!gate && !r->paused) {
        gw_order_answer(r, order, false, "it is neither paused nor stopped by a gate");
        return;
    }
    left_out = gw_order_leave_out(r, order);
    r->paused = false;
    if (gate) {
        gw_judge_forgive(r);
        gw_wave_go_on(r);
    }
    if (gate || r->stop == GW_STOP_PAUSE)
        r->stop = gw_wave_stop(r);
    gw_order_go(r);
    if (left_out > 0)
        gw_order_answer(r, order, true, "goes on without %u devices%s", left_out,
                        gate ? "; what failed until now is forgiven" : "");
    else
        gw_order_answer(r, order, true, "goes on%s", gate ? "; what failed until now is forgiven" : "");
}

static void gw_order_approve(struct gw_rollout *r, const struct gw_order *order)
{
    const struct gw_wave *wave = gw_wave_now(r);

    if (wave && wave->plan.phase == GW_PHASE_WAITING && wave->plan.verdict == GW_VERDICT_ABORT) {
        gw_order_answer(r, order, false, "wave %s was stopped by the gate: resume it, or abort",
                        gw_order_wave(r, r->now_wave));
        return;
    }
    if (!wave || wave->plan.phase != GW_PHASE_WAITING ||
        (order->wave != GW_NO_WAVE && order->wave != r->now_wave)) {
        gw_order_answer(r, order, false, "wave %s does not wait for an approval",
                        gw_order_wave(r, order->wave != GW_NO_WAVE ? order->wave : gw_rollout_wave(r)));
        return;
    }
    if (r->stop == GW_STOP_HOLD || r->stop == GW_STOP_APPROVAL) {
        r->stop = GW_STOP_NONE;
        gw_order_go(r);
    }
    gw_wave_let_go(r);
    gw_order_answer(r, order, true, "approved: wave %s is next", gw_order_wave(r, r->now_wave));
}

static void gw_order_abort(struct gw_rollout *r, const struct gw_order *order)
{
    r->aborted = true;
    r->paused = false;
    r->sweep = 0;
    gw_text_copy(gw_phase_record(r, GW_PHASE_ABORTING)->reason, GW_REASON_MAX, "aborted by an operator");
    if (!gw_stop_blinds(r->stop))
        r->stop = GW_STOP_ABORT;
    gw_order_answer(r, order, true,
                    "aborted: %u devices will not be called; %u are upgrading and watched to their end",
                    r->count[GW_STATE_WAITING], gw_under_way(r));
}

void gw_order_pace(struct gw_rollout *r, struct gw_rate rate)
{
    r->paced = rate;
    r->drive.limits.rate = rate;
    gw_lanes_pace(r);
}

void gw_order_take(struct gw_rollout *r, const struct gw_order *order)
{
    char text[32];

    if (r->aborted || gw_rollout_is_over(r)) {
        gw_order_answer(r, order, false, r->aborted ? "it is aborted: for good" : "it is finished");
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
        gw_rate_text(order->rate, text, sizeof(text));
        gw_order_answer(r, order, true, "calls at %s from now on", text);
        break;
    case GW_ORDER_NONE:
        gw_order_answer(r, order, false, "it cannot be read any more");
        break;
    }
}

bool gw_order_sweep(struct gw_rollout *r)
{
    while (r->sweep < r->targets) {
        uint32_t t = r->sweep++;

        if (r->aborted && gw_target_cancel(r, t, "aborted", "never called: the rollout was aborted"))
            return true;
        if (r->target[t].left_out &&
            gw_target_cancel(r, t, "left_out", "never called: left out by an operator"))
            return true;
    }
    return false;
}
