/*
 * The course of a wave: it runs until each of its targets has its outcome, then it soaks, is looked at once more, and is
 * judged. Only what was shown to be well lets the next wave begin: in doubt, stuck, deferred and relapsed count against
 * it, no evidence is no promotion, and neither is a share of failures that a normal version hardly explains.
 *
 *   pending -> running -> [soaking ->] finished, and the next one begins
 *                      \-> waiting for a person: the gate is not sure, or was told to ask, or has stopped it
 */
#include "gatewave/base/check.h"

#include "machine.h"

#define FULL_BP 10000u
/* A wave of which half or more did not get there is not promoted, whatever a hard limit allows. */
#define NOT_WELL_BP 5000u

static bool gw_course_is_last(const struct gw_rollout *r)
{
    return r->now_wave + 1 == r->shape.waves;
}

/* Too few got there, by the wave's counts alone. An accepted call is no evidence. */
static bool gw_course_lacks(const struct gw_rollout *r, const struct gw_wave *wave)
{
    const struct gw_gate_rule *rule = &r->judge[r->now_wave * ((size_t)r->shape.models + 1)].rule;
    uint64_t of = (uint64_t)wave->well + wave->not_well, not_well = (uint64_t)wave->not_well * FULL_BP;

    return !r->drive.verify || wave->well == 0 || not_well >= NOT_WELL_BP * of ||
           (rule->max_failed_share_bp > 0 && of >= rule->least && not_well > rule->max_failed_share_bp * of);
}

static void gw_course_weigh(struct gw_rollout *r, const struct gw_wave *wave)
{
    uint32_t model;
    const struct gw_chart *doubted = gw_judge_doubts(r, &model);
    bool holds = doubted || gw_course_lacks(r, wave);
    struct gw_record *record = gw_wave_verdict(r, holds ? GW_VERDICT_HOLD : GW_VERDICT_PROMOTE);

    if (!doubted)
        return;
    record->doubted = true;
    record->model = model;
    record->chart = *doubted;
}

static void gw_course_judge(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);
    bool others;

    GW_CHECK(wave);
    wave->looking = false;
    /* What a gate has stopped was judged by it, and there is nothing left to stop. */
    if (wave->plan.verdict != GW_VERDICT_ABORT)
        gw_course_weigh(r, wave);
    /* Where nobody is left to be called, there is nothing to ask a person for. */
    others = !gw_course_is_last(r) && gw_open(r) > 0;
    if (others && (wave->plan.verdict == GW_VERDICT_HOLD || wave->plan.approve)) {
        gw_wave_phase(r, GW_PHASE_WAITING);
        gw_stop_set(r, wave->plan.verdict == GW_VERDICT_HOLD ? GW_STOP_HOLD : GW_STOP_APPROVAL, NULL);
    } else {
        gw_wave_finish(r);
    }
}

bool gw_course_step(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);

    if (!wave || r->aborted)
        return false;
    /* A rollout that was stopped goes no further, but what has all its outcomes is finished without ado. */
    if (r->stop != GW_STOP_NONE && (gw_open(r) > 0 || !gw_course_is_last(r)))
        return false;
    switch (wave->plan.phase) {
    case GW_PHASE_PENDING:
        gw_wave_begin(r);
        return true;
    case GW_PHASE_RUNNING:
    case GW_PHASE_WAITING:
        if (wave->open > 0 || (gw_soak_is_needed(r, wave) && r->stop != GW_STOP_NONE))
            return false;
        if (gw_soak_is_needed(r, wave))
            gw_soak_begin(r);
        else
            gw_course_judge(r);
        return true;
    case GW_PHASE_SOAKING:
        if (!wave->looking && gw_soak_due_ms(r) > r->now_ms)
            return false;
        if (!wave->looking)
            gw_soak_look(r);
        else if (wave->to_look_at > 0)
            return false;
        else
            gw_course_judge(r);
        return true;
    default:
        return false;
    }
}
