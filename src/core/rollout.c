/*
 * The three verbs, and how a rollout comes to be. Work for each event and each pull is bounded by the number of lanes
 * (accounts times regions, a few dozen at most) and the logarithm of the timers; it does not grow with the fleet.
 */
#include "gatewave/core/rollout.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "machine.h"

/* ---- memory ---- */

/* Takes bytes from memory, or only counts them. */
struct gw_carver {
    char *memory; /* NULL: only counts */
    size_t used;
};

static void *gw_carve(struct gw_carver *carver, size_t n, size_t size)
{
    void *block = carver->memory ? carver->memory + carver->used : NULL;

    carver->used += (n * size + 7) / 8 * 8;
    return block;
}

/* The one place that says what a rollout consists of. */
static void gw_rollout_carve(struct gw_carver *carver, const struct gw_shape *shape, struct gw_rollout *r)
{
    size_t charts = (size_t)shape->models + 1;

    r->lane = gw_carve(carver, shape->lanes, sizeof(*r->lane));
    r->call_ring = gw_carve(carver, (size_t)shape->lanes * shape->rate_calls, sizeof(*r->call_ring));
    r->read_ring = gw_carve(carver, (size_t)shape->lanes * shape->read_rate_calls, sizeof(*r->read_ring));
    r->wave = gw_carve(carver, shape->waves, sizeof(*r->wave));
    r->judge = gw_carve(carver, shape->waves * charts, sizeof(*r->judge));
    r->chart = gw_carve(carver, charts, sizeof(*r->chart));
    r->stale_chart = gw_carve(carver, charts, sizeof(*r->stale_chart));
    r->chart_is_stale = gw_carve(carver, charts, sizeof(*r->chart_is_stale));
    r->calendar = gw_carve(carver, (size_t)shape->waves * shape->zones, sizeof(*r->calendar));
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        r->crowd[scope] = gw_carve(carver, shape->scopes[scope], sizeof(*r->crowd[scope]));
    r->target = gw_carve(carver, shape->targets, sizeof(*r->target));
    r->timer.entry = gw_carve(carver, shape->targets, sizeof(*r->timer.entry));
    r->timer.place = gw_carve(carver, shape->targets, sizeof(*r->timer.place));
}

size_t gw_rollout_size(const struct gw_shape *shape)
{
    struct gw_carver carver = {0};
    struct gw_rollout scratch;

    (void)gw_carve(&carver, 1, sizeof(scratch));
    gw_rollout_carve(&carver, shape, &scratch);
    return carver.used;
}

static void gw_rollout_init_lanes(struct gw_rollout *r)
{
    for (uint32_t i = 0; i < r->lanes; i++) {
        struct gw_lane *lane = &r->lane[i];

        *lane = (struct gw_lane){0};
        gw_pace_init(&lane->call_pace, r->drive.limits.rate, r->call_ring + (size_t)i * r->shape.rate_calls,
                     r->shape.rate_calls);
        gw_pace_init(&lane->read_pace, r->drive.limits.read_rate,
                     r->read_ring + (size_t)i * r->shape.read_rate_calls, r->shape.read_rate_calls);
        gw_queue_init(&lane->waiting);
        gw_queue_init(&lane->pages);
        gw_queue_init(&lane->ones);
        gw_queue_init(&lane->ready);
    }
    gw_lanes_pace(r);
}

static void gw_rollout_init_waves(struct gw_rollout *r)
{
    size_t charts = (size_t)r->shape.models + 1, calendars = (size_t)r->shape.waves * r->shape.zones;

    memset(r->wave, 0, r->shape.waves * sizeof(*r->wave));
    memset(r->judge, 0, r->shape.waves * charts * sizeof(*r->judge));
    memset(r->chart, 0, charts * sizeof(*r->chart));
    memset(r->chart_is_stale, 0, charts * sizeof(*r->chart_is_stale));
    for (size_t i = 0; i < calendars; i++) {
        r->calendar[i] = (struct gw_calendar){0};
        gw_queue_init(&r->calendar[i].closed);
    }
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        for (uint32_t i = 0; i < r->shape.scopes[scope]; i++) {
            r->crowd[scope][i] = (struct gw_crowd){0};
            gw_queue_init(&r->crowd[scope][i].outside);
        }
    }
}

struct gw_rollout *gw_rollout_init(void *memory, size_t size, const struct gw_shape *shape,
                                   const struct gw_drive *drive, uint64_t seed, uint64_t now_ms,
                                   int64_t unix_ms)
{
    struct gw_carver carver = {.memory = memory};
    struct gw_rollout *r;

    GW_CHECK(size >= gw_rollout_size(shape));
    GW_CHECK(shape->waves > 0 && shape->waves <= GW_WAVES_MOST && shape->models > 0 && shape->zones > 0);
    GW_CHECK(drive->limits.in_flight > 0 && drive->limits.upgrading > 0 && drive->reads > 0 &&
             drive->attempts > 0);
    r = gw_carve(&carver, 1, sizeof(*r));
    memset(r, 0, sizeof(*r));
    gw_rollout_carve(&carver, shape, r);
    gw_heap_init(&r->timer, r->timer.entry, r->timer.place, shape->targets);
    r->shape = *shape;
    r->drive = *drive;
    r->targets = shape->targets;
    r->sweep = shape->targets;
    r->lanes = shape->lanes;
    r->opens_ms = UINT64_MAX;
    r->now_ms = now_ms;
    r->wall_ms[0] = r->wall_ms[1] = unix_ms - (int64_t)now_ms;
    gw_rollout_init_lanes(r);
    gw_rollout_init_waves(r);
    gw_rng_init(&r->rng, seed ^ now_ms);
    return r;
}

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
        if (gw_lane_look_ahead(r, lane))
            return true;
        if (gw_lane_call_ms(r, lane) <= now_ms)
            gw_lane_call(r, lane, now_ms);
        else if (gw_lane_read_ms(r, lane) <= now_ms)
            gw_lane_read(r, lane, now_ms);
        else
            continue;
        r->turn = (r->turn + i + 1) % r->lanes;
        return true;
    }
    return false;
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
        r->wall_ms[1] = ev->unix_ms - (int64_t)ev->now_ms;
        gw_window_reckon(r);
        break;
    case GW_EVENT_NONE:
        GW_NEVER("an event has a kind");
    }
}

static bool gw_effect_pull(struct gw_rollout *r, struct gw_effect *ret)
{
    if (r->effects_len == 0)
        return false;
    *ret = r->effect[r->effects_first];
    r->effects_first = (r->effects_first + 1) % GW_EFFECTS_MAX;
    r->effects_len--;
    return true;
}

bool gw_rollout_is_over(const struct gw_rollout *r)
{
    return gw_open(r) == 0 && (r->aborted || r->now_wave == r->shape.waves);
}

static bool gw_rollout_announce(struct gw_rollout *r)
{
    if (!gw_rollout_is_over(r) || r->announced)
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
    uint64_t soaked_ms = gw_wave_due_ms(r), patience_ms = UINT64_MAX - r->now_ms;

    if (r->still || !gw_rollout_is_idle(r))
        return false;
    patience_ms = r->now_ms + (r->drive.patience_ms < patience_ms ? r->drive.patience_ms : patience_ms);
    if (soaked_ms != UINT64_MAX && soaked_ms > patience_ms)
        gw_stop_set(r, GW_STOP_SOAK, NULL);
    else if (r->closed > 0 && (r->opens_ms > patience_ms || r->opens_ms == UINT64_MAX))
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
        gw_target_wake(r, t);
        return true;
    }
    gw_window_open(r);
    return gw_rollout_step(r, r->now_ms) || gw_wave_step(r);
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
    uint64_t deadline_ms = gw_heap_due_ms(&r->timer), soaked_ms = gw_wave_due_ms(r);

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
    if (gw_rollout_is_over(r))
        return r->announced;
    /* Who is being read when it is aborted waits again afterwards, and is canceled then. */
    if (r->stop == GW_STOP_ABORT)
        return false;
    return gw_stop_blinds(r->stop) || (r->stop != GW_STOP_NONE && gw_under_way(r) == 0);
}

enum gw_stop gw_rollout_stopped(const struct gw_rollout *r)
{
    return r->stop;
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
