/* The hostile world: time, and the rollout's side. Records are staged and become durable in batches, a call leaves when
 * the records before it are durable, and a crash loses what was staged. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

bool world_chance(struct world *world, uint32_t permille)
{
    return permille > 0 && gw_rng_below(&world->rng, 1000) < permille;
}

void world_init(struct world *world, uint32_t n, uint64_t seed)
{
    memset(world, 0, sizeof(*world));
    GW_CHECK(n <= WORLD_MAX);
    gw_rng_init(&world->rng, seed);
    world->n = n;
    world->lanes = 2;
    world->now_ms = 1000000;
    world->pending = gw_mem_new(WORLD_EVENTS, sizeof(*world->pending));
    world->staged = gw_mem_new(WORLD_STAGED, sizeof(*world->staged));
    world->drive = (struct gw_drive){
        .version = WORLD_NEW,
        .limits = {.rate = {.calls = 5, .window_ms = 1000},
                   .read_rate = {.calls = 20, .window_ms = 1000},
                   .in_flight = 6,
                   .upgrading = 10},
        .reads = 4,
        .attempts = 5,
        .backoff_first_ms = 1000,
        .backoff_longest_ms = 8000,
        .offline_ms = 120000,
        .verify = true,
        .pre_read = true,
        .every_ms = 4000,
        .slow_ms = 20000,
        .stuck_ms = 90000,
        .fresh_ms = 20000,
        .fence_ms = 60000,
        .agree_ms = 5000,
        .endpoint_down_ms = 60000,
    };
    for (uint32_t t = 0; t < n; t++) {
        world->device[t].lane = t % world->lanes;
        world->device[t].mate = GW_NO_TARGET;
        world->device[t].state = GW_STATE_WAITING;
    }
}

void world_release(struct world *world)
{
    free(world->pending);
    free(world->staged);
    free(world->memory);
}

void world_pair(struct world *world, uint32_t standby, uint32_t active)
{
    world->device[standby].mate = active;
    world->device[active].mate = standby;
    world->device[active].lane = world->device[standby].lane;
    world->device[standby].half = world->device[active].half = false;
}

uint32_t world_count(const struct world *world, enum gw_state state)
{
    uint32_t count = 0;

    for (uint32_t t = 0; t < world->n; t++)
        count += world->device[t].state == state;
    return count;
}

struct world_pending *world_pend(struct world *world, uint64_t at_ms, enum world_kind kind)
{
    struct world_pending *pending = &world->pending[world->n_pending++];

    GW_CHECK(world->n_pending < WORLD_EVENTS);
    memset(pending, 0, sizeof(*pending));
    pending->at_ms = at_ms;
    pending->kind = kind;
    pending->life = world->life;
    return pending;
}

/* ---- the database ---- */

static void world_write(struct world *world, const struct gw_record *record, uint64_t decided_ms)
{
    struct world_device *device;
    struct world_lane *lane;

    if (record->kind == GW_RECORD_WAVE) {
        world->wave_phase = record->phase;
        return;
    }
    if (record->kind == GW_RECORD_CHART || record->kind == GW_RECORD_VERDICT)
        return;
    if (record->kind == GW_RECORD_PHASE) {
        world->phase = record->phase;
        (void)gw_text_copy(world->reason, sizeof(world->reason), record->reason);
        return;
    }
    world_check_durable(world, record, decided_ms);
    device = &world->device[record->target];
    if (record->kind == GW_RECORD_INTENT) {
        lane = &world->lane[device->lane];
        lane->call_ms[lane->calls++ % WORLD_SENDS] = decided_ms;
        device->sent = record->attempt;
        device->signed_ms = decided_ms;
        device->fence_ms = decided_ms + world->drive.fence_ms;
        device->open = true;
    }
    device->charged = record->charged;
    device->state = record->state;
    device->doubted |= record->state == GW_STATE_IN_DOUBT;
    if (record->state == GW_STATE_WAITING || gw_state_is_outcome(record->state))
        device->open = false;
    if (record->state == GW_STATE_SUCCEEDED)
        device->unverified = record->kind == GW_RECORD_ANSWER;
    world_check_slots(world);
}

static void world_carry_out(struct world *world, const struct world_staged *staged)
{
    if (staged->effect.kind == GW_EFFECT_RECORD) {
        world_write(world, &staged->effect.record, staged->decided_ms);
        return;
    }
    world_check_leaves(world, &staged->effect);
    world_send_call(world, &staged->effect, staged->decided_ms);
}

static void world_commit(struct world *world)
{
    for (uint32_t i = 0; i < world->n_staged; i++)
        world_carry_out(world, &world->staged[i]);
    world->n_staged = 0;
}

/* Of what was staged some records, in order, may have been durable already; no call of theirs left. */
static void world_lose_staged(struct world *world)
{
    uint32_t kept = (uint32_t)gw_rng_below(&world->rng, world->n_staged + 1);

    for (uint32_t i = 0; i < kept; i++)
        if (world->staged[i].effect.kind == GW_EFFECT_RECORD)
            world_write(world, &world->staged[i].effect.record, world->staged[i].decided_ms);
    world->lost_records += world->n_staged - kept;
    world->n_staged = 0;
}

static void world_stage(struct world *world, const struct gw_effect *effect)
{
    struct world_staged now = {.effect = *effect, .decided_ms = world->now_ms};

    if (world->batch_ms == 0) {
        world_carry_out(world, &now);
        return;
    }
    if (world->n_staged == 0)
        (void)world_pend(world, world->now_ms + gw_rng_below(&world->rng, world->batch_ms + 1),
                         WORLD_COMMITS);
    GW_CHECK(world->n_staged < WORLD_STAGED);
    world->staged[world->n_staged++] = now;
}

void world_pull(struct world *world)
{
    struct gw_effect effect;

    while (gw_rollout_next(world->r, world->now_ms, &effect)) {
        if (effect.kind == GW_EFFECT_READ) {
            world_check_read(world, &effect);
            world_send_read(world, &effect);
        } else {
            world_check_decided(world, &effect);
            world_stage(world, &effect);
        }
    }
}

/* ---- lives ---- */

static void world_load_sent(struct world *world, uint32_t lane)
{
    const struct world_lane *sends = &world->lane[lane];
    uint32_t first = sends->calls > WORLD_SENDS ? sends->calls - WORLD_SENDS : 0;

    for (uint32_t i = first; i < sends->calls; i++)
        if (sends->call_ms[i % WORLD_SENDS] + world->drive.limits.rate.window_ms >= world->now_ms)
            gw_rollout_load_sent(world->r, lane, sends->call_ms[i % WORLD_SENDS]);
}

void world_start(struct world *world)
{
    const struct gw_shape shape = {.targets = world->n,
                                   .lanes = world->lanes,
                                   .waves = 1,
                                   .models = 1,
                                   .zones = 1,
                                   .rate_calls = world->drive.limits.rate.calls,
                                   .read_rate_calls = world->drive.limits.read_rate.calls};
    const struct gw_wave_start wave = {.targets = world->n,
                                       .phase = world->wave_phase ? world->wave_phase : GW_PHASE_PENDING,
                                       .limits = world->drive.limits};
    /* Nothing in these lives is bad enough for such a gate. */
    const struct gw_gate_rule rule = {.baseline_bp = 9000, .alarm_bp = 9999};
    size_t size = gw_rollout_size(&shape);

    free(world->memory);
    world->memory = gw_mem_new(size, 1);
    world->life++;
    world->runs++;
    if (world->begun_ms == 0)
        world->begun_ms = world->now_ms;
    world_hear_start(world);
    world->r = gw_rollout_init(world->memory, size, &shape, &world->drive, gw_rng_next(&world->rng),
                               world->now_ms, (int64_t)world->now_ms);
    gw_rollout_load_wave(world->r, 0, &wave);
    gw_rollout_load_rule(world->r, 0, GW_NO_MODEL, &rule);
    for (uint32_t t = 0; t < world->n; t++) {
        const struct world_device *device = &world->device[t];
        struct gw_target_start start = {
            .lane = device->lane,
            .mate = device->mate,
            .state = device->state,
            .attempts = device->charged,
            .sent = device->sent,
            .pair = device->mate != GW_NO_TARGET,
            .by_one = device->mate != GW_NO_TARGET,
            .doubted = device->doubted,
            .fence_ms = device->fence_ms,
            .since_ms = device->signed_ms,
        };

        gw_rollout_load(world->r, t, &start);
    }
    for (uint32_t lane = 0; lane < world->lanes; lane++)
        world_load_sent(world, lane);
    if (world->reads > 0)
        gw_rollout_hold_reads(world->r, world->now_ms + world->drive.limits.read_rate.window_ms);
    gw_rollout_start(world->r, world->now_ms, false);
}

static uint32_t world_first(const struct world *world)
{
    uint32_t first = UINT32_MAX;

    for (uint32_t i = 0; i < world->n_pending; i++)
        if (first == UINT32_MAX || world->pending[i].at_ms < world->pending[first].at_ms)
            first = i;
    return first;
}

static void world_happen(struct world *world, uint32_t i)
{
    struct world_pending pending = world->pending[i];

    world->pending[i] = world->pending[--world->n_pending];
    if (pending.at_ms > world->now_ms)
        world->now_ms = pending.at_ms;
    if (pending.kind == WORLD_ARRIVES)
        world_arrives(world, &pending);
    else if (pending.life != world->life)
        return;
    else if (pending.kind == WORLD_COMMITS)
        world_commit(world);
    else if (pending.kind == WORLD_ANSWERS)
        world_answers(world, &pending);
    else
        world_read_answers(world, &pending);
}

/* Nobody is at home; what is under way in the cloud goes on, and no answer is heard. */
static void world_pass(struct world *world, uint64_t ms)
{
    uint64_t back_ms = world->now_ms + ms;
    uint32_t i;

    world->life++;
    while ((i = world_first(world)) != UINT32_MAX && world->pending[i].at_ms <= back_ms)
        world_happen(world, i);
    world->now_ms = back_ms;
}

/* The program dies and comes back: at once, soon, or when every device should long have ended. */
static void world_crash(struct world *world)
{
    const uint64_t away_ms[] = {500, 20000, 3 * world->drive.stuck_ms};

    world->crashes++;
    world_lose_staged(world);
    world_pass(world, gw_rng_below(&world->rng, away_ms[gw_rng_below(&world->rng, GW_COUNT_OF(away_ms))]));
    world_start(world);
}

static void world_drain(struct world *world)
{
    struct gw_event ev = {.kind = GW_EVENT_DRAIN, .now_ms = world->now_ms};

    world->due |= 1u << GW_STOP_DRAIN;
    gw_rollout_handle(world->r, &ev);
}

/* To the next thing that happens, in the cloud or by the rollout's own word. */
static void world_step(struct world *world)
{
    uint64_t wake_ms = gw_rollout_deadline_ms(world->r, world->now_ms);
    uint32_t i = world_first(world);

    if (i != UINT32_MAX && world->pending[i].at_ms <= wake_ms) {
        world_happen(world, i);
        return;
    }
    GW_CHECK(wake_ms != UINT64_MAX && "I25: something always comes next");
    GW_CHECK(wake_ms > world->now_ms && "I25: no busy spin");
    world->now_ms = wake_ms;
}

bool world_go(struct world *world, uint64_t until_ms)
{
    while (world->now_ms <= until_ms) {
        if (world->calm_ms && world->now_ms >= world->calm_ms)
            world->faults = (struct world_faults){0};
        world_pull(world);
        if (gw_rollout_ended(world->r)) {
            world_commit(world);
            world_check_end(world);
            world->ended_ms = world->now_ms;
            if (gw_rollout_stopped(world->r) == GW_STOP_NONE || world->starts == 0)
                return true;
            world->starts--;
            world_pass(world, gw_rng_below(&world->rng, world->drive.stuck_ms));
            world_start(world);
        } else if (world_chance(world, world->faults.crash)) {
            world_crash(world);
        } else if (!(world->due & 1u << GW_STOP_DRAIN) && world_chance(world, world->faults.drain)) {
            world_drain(world);
        } else {
            world_step(world);
        }
    }
    return false;
}

bool world_run(struct world *world, uint64_t until_ms)
{
    world_start(world);
    return world_go(world, until_ms);
}
