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
    world->waves = world->models = world->zones = 1;
    world->now_ms = WORLD_BEGIN_MS;
    world->wall_ms = WORLD_WALL_MS - WORLD_BEGIN_MS;
    /* Nothing in most scenes is bad enough for such a gate. */
    world->wave[0] = (struct world_wave){.plan = {.targets = n, .phase = GW_PHASE_PENDING},
                                         .rule = {.baseline_bp = 9000, .alarm_bp = 9999}};
    world->order = gw_mem_new(WORLD_ORDERS, sizeof(*world->order));
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
        .patience_ms = 24 * 3600000,
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
    free(world->order);
    free(world->memory);
}

void world_pair(struct world *world, uint32_t standby, uint32_t active)
{
    world->device[standby].mate = active;
    world->device[active].mate = standby;
    world->device[active].lane = world->device[standby].lane;
    world->device[standby].half = world->device[active].half = false;
}

void world_cut(struct world *world, uint32_t wave, uint32_t first, uint32_t targets)
{
    GW_CHECK(wave < WORLD_WAVES);
    if (wave >= world->waves)
        world->waves = wave + 1;
    if (world->wave[wave].rule.baseline_bp == 0)
        world->wave[wave].rule = world->wave[0].rule;
    world->wave[wave].plan.phase = GW_PHASE_PENDING;
    world->wave[wave].plan.first = first;
    world->wave[wave].plan.targets = targets;
}

struct world_wave *world_wave_of(struct world *world, uint32_t t)
{
    uint32_t i = 0;

    while (t >= world->wave[i].plan.first + world->wave[i].plan.targets)
        i++;
    return &world->wave[i];
}

struct world_wave *world_wave_now(struct world *world)
{
    for (uint32_t i = 0; i < world->waves; i++)
        if (world->wave[i].plan.phase != GW_PHASE_FINISHED)
            return &world->wave[i];
    return NULL;
}

const struct gw_limits *world_limits(const struct world *world, const struct world_wave *wave)
{
    return wave->own_limits ? &wave->plan.limits : &world->drive.limits;
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

/* ---- what is given out ---- */

/* As the shell does: what may not leave any more was never sent. */
static void world_withdraw(struct world *world, const struct gw_effect *call)
{
    struct world_pending *pending = world_pend(world, world->now_ms + 1, WORLD_ANSWERS);

    world->withdrawn++;
    pending->target = call->target;
    pending->attempt = call->attempt;
    pending->answer = (struct gw_answer){.proof = GW_PROOF_NEVER_SENT, .code = "withdrawn"};
}

static void world_carry_out(struct world *world, const struct world_staged *staged)
{
    const struct gw_effect *effect = &staged->effect;

    if (effect->kind == GW_EFFECT_RECORD) {
        world_write(world, staged);
    } else if (gw_rollout_stopped(world->r) != GW_STOP_NONE || world->now_ms >= effect->until_ms) {
        world_withdraw(world, effect);
    } else {
        world_check_leaves(world, effect);
        world_send_call(world, effect, staged->decided_ms);
    }
}

void world_commit(struct world *world)
{
    for (uint32_t i = 0; i < world->n_staged; i++) {
        world_carry_out(world, &world->staged[i]);
        if (world->staged[i].last)
            world_check_transaction(world);
    }
    world->n_staged = 0;
}

/* Of what was staged some transactions, in order, may have been durable already; no call of theirs left. */
static void world_lose_staged(struct world *world)
{
    uint32_t kept = (uint32_t)gw_rng_below(&world->rng, world->n_staged + 1);

    while (kept > 0 && !world->staged[kept - 1].last)
        kept--;
    for (uint32_t i = 0; i < kept; i++) {
        if (world->staged[i].effect.kind == GW_EFFECT_RECORD)
            world_write(world, &world->staged[i]);
        if (world->staged[i].last)
            world_check_transaction(world);
    }
    world->lost_records += world->n_staged - kept;
    world->n_staged = 0;
}

static void world_stage(struct world *world, const struct gw_effect *effect)
{
    if (world->n_staged == 0 && world->batch_ms > 0)
        (void)world_pend(world, world->now_ms + gw_rng_below(&world->rng, world->batch_ms + 1),
                         WORLD_COMMITS);
    GW_CHECK(world->n_staged < WORLD_STAGED);
    world->staged[world->n_staged++] = (struct world_staged){
        .effect = *effect, .decided_ms = world->now_ms, .wall_ms = world->wall_ms, .rate = world->rate};
}

void world_pull(struct world *world)
{
    uint32_t before = world->n_staged, pulled = 0;
    struct gw_effect effect;

    while (gw_rollout_next(world->r, world->now_ms, &effect)) {
        GW_CHECK(++pulled < WORLD_STAGED && "I25: no busy spin");
        world_talk(world, &effect);
        if (effect.kind == GW_EFFECT_READ) {
            world_check_read(world, &effect);
            world_send_read(world, &effect);
        } else {
            world_check_decided(world, &effect);
            world_stage(world, &effect);
        }
    }
    if (world->n_staged == before)
        return;
    world->staged[world->n_staged - 1].last = true;
    if (world->batch_ms == 0)
        world_commit(world);
}

/* ---- lives ---- */

static void world_begin(struct world *world, bool still)
{
    world->life++;
    world->still = still;
    world->runs += !still;
    if (world->begun_ms == 0)
        world->begun_ms = world->now_ms;
    world->life_ms = world->now_ms;
    world->wall_begun_ms = world->wall_ms;
    world->paced_now = world->paced;
    world->paused_now = world->paused;
    world->aborted_now = world->aborted;
    world_hear_start(world, still);
    world_load(world, still);
    world->tripped_now = false;
    for (uint32_t i = 0; i < world->waves; i++)
        world->tripped_now |=
            world->wave[i].plan.phase == GW_PHASE_WAITING && world->wave[i].plan.verdict == GW_VERDICT_ABORT;
}

void world_start(struct world *world)
{
    world_begin(world, false);
    world_tell_orders(world);
}

void world_give_still(struct world *world, const struct gw_order *order)
{
    uint64_t calls = world->calls, reads = world->reads;

    world_begin(world, true);
    world_tell_orders(world);
    world_give(world, order);
    world_commit(world);
    GW_CHECK(world->calls == calls && world->reads == reads && "a still start only takes the order");
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

void world_pass(struct world *world, uint64_t ms)
{
    uint64_t back_ms = world->now_ms + ms;
    uint32_t i;

    world->life++;
    GW_CHECK(world->n_staged == 0);
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

void world_drain(struct world *world)
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

/* Something that nobody foresaw. */
static bool world_happens_upon(struct world *world)
{
    if (world_chance(world, world->faults.crash))
        world_crash(world);
    else if (!(world->due & 1u << GW_STOP_DRAIN) && world_chance(world, world->faults.drain))
        world_drain(world);
    else if (world_chance(world, world->faults.order))
        world_order_at_random(world);
    else if (world_chance(world, world->faults.clock_set))
        world_set_clock(world,
                        (int64_t)gw_rng_below(&world->rng, 2 * WORLD_CLOCK_SET_MS) - WORLD_CLOCK_SET_MS);
    else
        return false;
    return true;
}

bool world_turn(struct world *world)
{
    if (world->calm_ms && world->now_ms >= world->calm_ms)
        world->faults = (struct world_faults){0};
    world_pull(world);
    if (gw_rollout_ended(world->r)) {
        world_commit(world);
        world_check_end(world);
        world->ended_ms = world->now_ms;
        if (gw_rollout_stopped(world->r) == GW_STOP_NONE || world->phase == GW_PHASE_FINISHED ||
            world->phase == GW_PHASE_ABORTED || world->starts == 0)
            return true;
        world->starts--;
        return !world_operate(world);
    }
    if (!world_happens_upon(world))
        world_step(world);
    return false;
}

bool world_go(struct world *world, uint64_t until_ms)
{
    while (world->now_ms <= until_ms)
        if (world_turn(world))
            return true;
    return false;
}

bool world_run(struct world *world, uint64_t until_ms)
{
    world_start(world);
    return world_go(world, until_ms);
}
