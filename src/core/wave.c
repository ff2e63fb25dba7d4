/*
 * Waves: targets may be called only while their wave is the one under way. A wave is over when each of its targets has
 * its outcome; then it soaks, is looked at once more, and is judged. Only what was shown to be well lets the next wave
 * begin: in doubt, stuck, deferred and relapsed count against it, and no evidence is no promotion.
 *
 *   pending -> running -> [soaking ->] finished, and the next one begins
 *                      \-> waiting for a person: the gate is not sure, or was told to ask, or has stopped it
 */
#include "gatewave/base/check.h"

#include "machine.h"

#define FULL_BP 10000u
/* Without a hard limit of its own, a wave of which more than half did not get there is not promoted. */
#define NOT_WELL_BP 5000u

struct gw_wave *gw_wave_now(struct gw_rollout *r)
{
    return r->now_wave < r->shape.waves ? &r->wave[r->now_wave] : NULL;
}

void gw_wave_phase(struct gw_rollout *r, enum gw_phase phase)
{
    struct gw_wave *wave = gw_wave_now(r);
    struct gw_record *record = gw_rollout_record(r, GW_RECORD_WAVE);

    wave->plan.phase = phase;
    record->wave = r->now_wave;
    record->phase = phase;
    record->soak_ms = phase == GW_PHASE_SOAKING ? wave->plan.soak_ms : 0;
}

/* ---- beginning ---- */

static void gw_wave_queue(struct gw_rollout *r)
{
    const struct gw_wave *wave = gw_wave_now(r);

    r->drive.limits = wave->plan.limits;
    if (r->paced.calls > 0)
        r->drive.limits.rate = r->paced;
    gw_lanes_pace(r);
    gw_judge_begin(r, r->now_wave);
    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++) {
        struct gw_lane *lane = &r->lane[r->target[t].lane];

        lane->open += !gw_state_is_outcome((enum gw_state)r->target[t].state);
        if (r->target[t].state == GW_STATE_WAITING)
            gw_queue_push(r, &lane->waiting, t, GW_PLACE_WAITING);
    }
    gw_window_reckon(r);
}

static void gw_wave_begin(struct gw_rollout *r)
{
    gw_wave_phase(r, GW_PHASE_RUNNING);
    gw_wave_queue(r);
}

/* What an outcome says of the version; not the same as what it says of the wave. */
static void gw_wave_count(struct gw_rollout *r, uint32_t t)
{
    const struct gw_target *target = &r->target[t];
    struct gw_wave *wave = &r->wave[target->wave];

    switch ((enum gw_state)target->state) {
    case GW_STATE_SUCCEEDED:
        r->relapsed += target->relapsed;
        wave->well += !target->relapsed;
        wave->not_well += target->relapsed;
        break;
    case GW_STATE_SKIPPED:
        wave->well += target->at_version;
        break;
    case GW_STATE_FAILED:
    case GW_STATE_UNRESOLVED:
    case GW_STATE_DEFERRED:
        wave->not_well++;
        break;
    case GW_STATE_CANCELED:
        break;
    default:
        wave->open++;
    }
}

enum gw_stop gw_wave_stop(const struct gw_rollout *r)
{
    if (r->now_wave == r->shape.waves || r->wave[r->now_wave].plan.phase != GW_PHASE_WAITING)
        return GW_STOP_NONE;
    switch (r->wave[r->now_wave].plan.verdict) {
    case GW_VERDICT_ABORT:
        return GW_STOP_GATE;
    case GW_VERDICT_PROMOTE:
        return GW_STOP_APPROVAL;
    default:
        return GW_STOP_HOLD;
    }
}

void gw_wave_start(struct gw_rollout *r)
{
    const struct gw_wave *wave;

    for (uint32_t t = 0; t < r->targets; t++)
        gw_wave_count(r, t);
    while (r->now_wave < r->shape.waves && r->wave[r->now_wave].plan.phase == GW_PHASE_FINISHED)
        r->now_wave++;
    wave = gw_wave_now(r);
    if (!wave)
        return;
    GW_CHECK(wave->plan.phase != GW_PHASE_ABORTED || r->aborted);
    if (r->stop == GW_STOP_NONE || (r->stop == GW_STOP_PAUSE && gw_wave_stop(r) == GW_STOP_GATE))
        r->stop = gw_wave_stop(r);
    if (wave->plan.phase != GW_PHASE_PENDING)
        gw_wave_queue(r);
}

/* A failure without an accepted call says something of the device or of us, not of the version. */
static enum gw_mark gw_wave_mark(enum gw_state outcome, enum gw_state before)
{
    bool called = before == GW_STATE_UPGRADING || before == GW_STATE_IN_DOUBT;

    switch (outcome) {
    case GW_STATE_SUCCEEDED:
        return GW_MARK_SUCCEEDED;
    case GW_STATE_FAILED:
        return called ? GW_MARK_FAILED : GW_MARK_REFUSED;
    case GW_STATE_UNRESOLVED:
        return GW_MARK_FAILED;
    default:
        return GW_MARK_NONE;
    }
}

void gw_wave_ended(struct gw_rollout *r, uint32_t t, enum gw_state before)
{
    enum gw_mark mark = gw_wave_mark((enum gw_state)r->target[t].state, before);
    struct gw_wave *wave = &r->wave[r->target[t].wave];

    GW_CHECK(wave->open > 0);
    wave->open--;
    if (r->target[t].wave == r->now_wave && wave->plan.phase != GW_PHASE_PENDING)
        r->lane[r->target[t].lane].open--;
    gw_wave_count(r, t);
    if (mark != GW_MARK_NONE)
        gw_judge_outcome(r, t, mark);
}

/* ---- judging ---- */

static struct gw_record *gw_wave_verdict(struct gw_rollout *r, enum gw_verdict verdict)
{
    struct gw_wave *wave = gw_wave_now(r);
    struct gw_record *record = gw_rollout_record(r, GW_RECORD_VERDICT);

    GW_CHECK(wave);
    wave->plan.verdict = verdict;
    record->wave = r->now_wave;
    record->verdict = verdict;
    record->succeeded = wave->well;
    record->of = wave->well + wave->not_well;
    record->chart = r->chart[0];
    record->unverified = !r->drive.verify;
    return record;
}

void gw_wave_trip(struct gw_rollout *r, uint32_t model, const struct gw_chart *chart)
{
    struct gw_wave *wave = gw_wave_now(r);
    struct gw_record *record;

    /* Only the first chart that trips speaks; a wave that is stopped has nothing left to stop. */
    if (!wave || r->aborted || wave->plan.verdict == GW_VERDICT_ABORT)
        return;
    record = gw_wave_verdict(r, GW_VERDICT_ABORT);
    record->model = model;
    record->chart = *chart;
    gw_wave_phase(r, GW_PHASE_WAITING);
    gw_stop_set(r, GW_STOP_GATE, NULL);
}

static bool gw_wave_is_last(const struct gw_rollout *r)
{
    return r->now_wave + 1 == r->shape.waves;
}

static enum gw_verdict gw_wave_weigh(const struct gw_rollout *r, const struct gw_wave *wave)
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

void gw_wave_finish(struct gw_rollout *r)
{
    gw_wave_phase(r, GW_PHASE_FINISHED);
    r->now_wave++;
    if (gw_wave_now(r))
        gw_wave_begin(r);
}

static void gw_wave_judge(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);
    bool others;

    GW_CHECK(wave);
    wave->looking = false;
    /* What a gate has stopped was judged by it, and there is nothing left to stop. */
    if (wave->plan.verdict != GW_VERDICT_ABORT)
        (void)gw_wave_verdict(r, gw_wave_weigh(r, wave));
    /* Where nobody is left to be called, there is nothing to ask a person for. */
    others = !gw_wave_is_last(r) && gw_open(r) > 0;
    if (others && (wave->plan.verdict == GW_VERDICT_HOLD || wave->plan.approve)) {
        gw_wave_phase(r, GW_PHASE_WAITING);
        gw_stop_set(r, wave->plan.verdict == GW_VERDICT_HOLD ? GW_STOP_HOLD : GW_STOP_APPROVAL, NULL);
    } else {
        gw_wave_finish(r);
    }
}

void gw_wave_abandon(struct gw_rollout *r)
{
    if (gw_wave_now(r) && gw_wave_now(r)->plan.phase != GW_PHASE_ABORTED)
        gw_wave_phase(r, GW_PHASE_ABORTED);
}

void gw_wave_go_on(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);

    GW_CHECK(wave);
    for (uint32_t i = 0; wave->looking && i < r->lanes; i++)
        r->lane[i].open = 0;
    wave->plan.verdict = GW_VERDICT_NONE;
    wave->looking = false;
    wave->to_look_at = 0;
    gw_wave_phase(r, GW_PHASE_RUNNING);
}

/* ---- what is next ---- */

bool gw_wave_step(struct gw_rollout *r)
{
    struct gw_wave *wave = gw_wave_now(r);

    if (!wave || r->aborted)
        return false;
    /* A rollout that was stopped goes no further, but what has all its outcomes is finished without ado. */
    if (r->stop != GW_STOP_NONE && (gw_open(r) > 0 || !gw_wave_is_last(r)))
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
            gw_wave_judge(r);
        return true;
    case GW_PHASE_SOAKING:
        if (!wave->looking && gw_soak_due_ms(r) > r->now_ms)
            return false;
        if (!wave->looking)
            gw_soak_look(r);
        else if (wave->to_look_at > 0)
            return false;
        else
            gw_wave_judge(r);
        return true;
    default:
        return false;
    }
}

/* ---- loading and looking ---- */

void gw_rollout_load_wave(struct gw_rollout *r, uint32_t wave, const struct gw_wave_start *start)
{
    uint32_t first = wave > 0 ? r->wave[wave - 1].plan.first + r->wave[wave - 1].plan.targets : 0;

    GW_CHECK(wave < r->shape.waves && start->first == first && start->first + start->targets <= r->targets);
    GW_CHECK(start->limits.in_flight > 0 && start->limits.upgrading > 0);
    r->wave[wave].plan = *start;
    /* The last verdict stays where it is kept; of a wave that goes on after it, it says nothing any more. */
    if (start->phase != GW_PHASE_WAITING && start->phase != GW_PHASE_FINISHED)
        r->wave[wave].plan.verdict = GW_VERDICT_NONE;
    r->loaded_waves++;
}

uint32_t gw_rollout_relapsed(const struct gw_rollout *r)
{
    return r->relapsed;
}

uint32_t gw_rollout_wave(const struct gw_rollout *r)
{
    return r->now_wave < r->shape.waves ? r->now_wave : r->shape.waves - 1;
}
