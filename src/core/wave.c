/*
 * Waves: targets may be called only while their wave is the one under way. Here is where each stands: what it holds, what
 * became of that, and the phase that was recorded. When it goes on is course.c's.
 */
#include "gatewave/base/check.h"

#include "machine.h"

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

void gw_wave_begin(struct gw_rollout *r)
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
        wave->not_well++;
        break;
    case GW_STATE_DEFERRED:
        wave->not_well += !target->on_hold;
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

/* ---- outcomes ---- */

struct gw_record *gw_wave_verdict(struct gw_rollout *r, enum gw_verdict verdict)
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

/* A chart has tripped. */
static void gw_wave_trip(struct gw_rollout *r, uint32_t model, const struct gw_chart *chart)
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

void gw_wave_mark(struct gw_rollout *r, uint32_t t, enum gw_mark mark)
{
    uint32_t model;
    const struct gw_chart *tripped = gw_judge_outcome(r, t, mark, &model);

    if (tripped)
        gw_wave_trip(r, model, tripped);
}

/* A failure without an accepted call says something of the device or of us, not of the version. */
static enum gw_mark gw_wave_mark_of(enum gw_state outcome, enum gw_state before)
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
    enum gw_mark mark = gw_wave_mark_of((enum gw_state)r->target[t].state, before);
    struct gw_wave *wave = &r->wave[r->target[t].wave];

    GW_CHECK(wave->open > 0);
    wave->open--;
    if (r->target[t].wave == r->now_wave && wave->plan.phase != GW_PHASE_PENDING)
        r->lane[r->target[t].lane].open--;
    gw_wave_count(r, t);
    if (mark != GW_MARK_NONE)
        gw_wave_mark(r, t, mark);
}

/* ---- going on ---- */

void gw_wave_finish(struct gw_rollout *r)
{
    gw_wave_phase(r, GW_PHASE_FINISHED);
    r->now_wave++;
    if (gw_wave_now(r))
        gw_wave_begin(r);
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

bool gw_waves_are_over(const struct gw_rollout *r)
{
    return gw_open(r) == 0 && (r->aborted || r->now_wave == r->shape.waves);
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
