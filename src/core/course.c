/*
 * The course of a wave: it runs until each of its targets has its outcome, then it soaks, is looked at once more, and is
 * judged. Only what was shown to be well lets the next wave begin: in doubt, stuck, deferred and relapsed count against
 * it, and no evidence is no promotion.
 *
 *   pending -> running -> [soaking ->] finished, and the next one begins
 *                      \-> waiting for a person: the gate is not sure, or was told to ask, or has stopped it
 */
#include "gatewave/base/check.h"

#include "machine.h"

#define FULL_BP 10000u
/* Without a hard limit of its own, a wave of which more than half did not get there is not promoted. */
#define NOT_WELL_BP 5000u

static bool gw_course_is_last(const struct gw_rollout *r)
{
    return r->now_wave + 1 == r->shape.waves;
}

static enum gw_verdict gw_course_weigh(const struct gw_rollout *r, const struct gw_wave *wave)
{
    const struct gw_gate_rule *rule = &r->judge[r->now_wave * ((size_t)r->shape.models + 1)].rule;
    uint64_t of = (uint64_t)wave->well + wave->not_well;
    uint64_t most_bp =
        rule->max_failed_share_bp > 0 && of >= rule->least && rule->max_failed_share_bp < NOT_WELL_BP
            ? rule->max_failed_share_bp
            : NOT_WELL_BP;

    /* An accepted call is no evidence. */
    if (!r->drive.verify || wave->well == 0 || wave->not_well * (uint64_t)FULL_BP > most_bp * of)
        return GW_VERDICT_HOLD;
    return GW_VERDICT_PROMOTE;
}

static void gw_course_judge(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);
    bool others;

    GW_CHECK(wave);
    wave->looking = false;
    /* What a gate has stopped was judged by it, and there is nothing left to stop. */
    if (wave->plan.verdict != GW_VERDICT_ABORT)
        (void)gw_wave_verdict(r, gw_course_weigh(r, wave));
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
