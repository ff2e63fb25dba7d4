/* The hostile world's database: what is written of records, and what a start reads of it. */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "world.h"

/* ---- writing ---- */

static void write_wave(struct world *world, const struct world_staged *staged)
{
    const struct gw_record *record = &staged->effect.record;
    struct world_wave *wave = &world->wave[record->wave];

    world_check_wave_record(world, record);
    wave->plan.phase = record->phase;
    if (record->phase != GW_PHASE_SOAKING)
        return;
    /* As the shell stamps it. */
    wave->plan.soaks_until_unix_ms = (int64_t)staged->decided_ms + staged->wall_ms + (int64_t)record->soak_ms;
    for (uint32_t t = wave->plan.first; t < wave->plan.first + wave->plan.targets; t++)
        world->device[t].bad_looks = 0;
}

static void write_order(struct world *world, const struct gw_record *record)
{
    struct world_order *order = &world->order[record->order - 1];

    world_check_order_record(world, record);
    order->answered = true;
    order->accepted = record->accepted;
    order->said = record->said;
    world->accepted += record->accepted;
    world->refused += !record->accepted;
    if (!record->accepted)
        return;
    switch (order->order.kind) {
    case GW_ORDER_PAUSE:
        world->paused = true;
        break;
    case GW_ORDER_RESUME:
        world->paused = false;
        for (uint32_t i = 0; i < order->order.n_without; i++)
            world->device[order->without[i]].left_out = true;
        break;
    case GW_ORDER_ABORT:
        world->aborted = true;
        break;
    case GW_ORDER_PACE:
        world->paced = order->order.rate;
        break;
    default:
        break;
    }
}

static void write_target(struct world *world, const struct world_staged *staged)
{
    const struct gw_record *record = &staged->effect.record;
    struct world_device *device = &world->device[record->target];
    struct world_lane *lane;

    world_check_durable(world, staged);
    world_replay(world, record);
    if (record->kind == GW_RECORD_RELAPSED) {
        device->relapsed = true;
        world->relapses++;
        return;
    }
    if (record->kind == GW_RECORD_INTENT) {
        lane = &world->lane[device->lane];
        lane->call_ms[lane->calls++ % WORLD_SENDS] = staged->decided_ms;
        device->sent = record->attempt;
        device->signed_ms = staged->decided_ms;
        device->fence_ms = staged->decided_ms + world->drive.fence_ms;
        device->open = true;
    }
    device->charged = record->charged;
    (void)gw_text_copy(device->reason, sizeof(device->reason), record->reason);
    device->state = record->state;
    device->doubted |= record->state == GW_STATE_IN_DOUBT;
    if (record->state == GW_STATE_WAITING || gw_state_is_outcome(record->state))
        device->open = false;
    if (record->state == GW_STATE_SUCCEEDED) {
        device->unverified = record->kind == GW_RECORD_ANSWER;
        device->ended_ms = staged->decided_ms;
    }
    device->at_version =
        record->state == GW_STATE_SKIPPED && gw_text_equal(record->answer.code, "at_version");
}

void world_write(struct world *world, const struct world_staged *staged)
{
    const struct gw_record *record = &staged->effect.record;

    switch (record->kind) {
    case GW_RECORD_PHASE:
        GW_CHECK(
            (!world->aborted || record->phase == GW_PHASE_ABORTING || record->phase == GW_PHASE_ABORTED) &&
            "I20: an abort is for good");
        world->phase = record->phase;
        (void)gw_text_copy(world->reason, sizeof(world->reason), record->reason);
        break;
    case GW_RECORD_WAVE:
        write_wave(world, staged);
        break;
    case GW_RECORD_CHART:
        world->chart[record->model == GW_NO_MODEL ? 0 : record->model + 1] = record->chart;
        break;
    case GW_RECORD_VERDICT:
        world_check_wave_record(world, record);
        world->wave[record->wave].plan.verdict = record->verdict;
        world->verdict = *record;
        world->trips += record->verdict == GW_VERDICT_ABORT;
        world->holds += record->verdict == GW_VERDICT_HOLD;
        break;
    case GW_RECORD_ORDER:
        write_order(world, record);
        break;
    default:
        write_target(world, staged);
    }
}

/* ---- loading ---- */

static void load_sent(struct world *world, uint32_t lane)
{
    const struct world_lane *sends = &world->lane[lane];
    uint32_t first = sends->calls > WORLD_SENDS ? sends->calls - WORLD_SENDS : 0;

    /* An order may ask for the longest window that there is. */
    for (uint32_t i = first; i < sends->calls; i++)
        if (sends->call_ms[i % WORLD_SENDS] + WORLD_WINDOW_MS >= world->now_ms)
            gw_rollout_load_sent(world->r, lane, sends->call_ms[i % WORLD_SENDS]);
}

static void load_openings(struct world *world, uint32_t i)
{
    for (uint32_t zone = 0; zone < world->zones; zone++) {
        const struct world_timetable *table = &world->wave[i].table[zone];
        uint32_t first = world_opening_from(table, world_unix_ms(world));
        int64_t opens_ms, closes_ms;

        /* One more than has room, and one that no call can use. */
        for (uint32_t k = first; k <= first + GW_OPENINGS_MOST; k++) {
            if (!world_opening(table, k, &opens_ms, &closes_ms))
                break;
            gw_rollout_load_opening(world->r, i, zone, opens_ms - 1, opens_ms - 1);
            gw_rollout_load_opening(world->r, i, zone, opens_ms, closes_ms);
        }
    }
}

static void load_wave(struct world *world, uint32_t i)
{
    struct world_wave *wave = &world->wave[i];
    struct gw_wave_start start = wave->plan;
    int64_t left_ms = wave->plan.soaks_until_unix_ms - world_unix_ms(world);

    start.limits = *world_limits(world, wave);
    if (start.phase == GW_PHASE_NONE)
        start.phase = GW_PHASE_PENDING;
    start.soaks_until_ms =
        left_ms + (int64_t)world->now_ms < 0 ? 0 : (uint64_t)((int64_t)world->now_ms + left_ms);
    gw_rollout_load_wave(world->r, i, &start);
    gw_rollout_load_rule(world->r, i, GW_NO_MODEL, &wave->rule);
    for (uint32_t model = 0; model < world->models; model++)
        if (wave->model_rule[model].baseline_bp > 0)
            gw_rollout_load_rule(world->r, i, model, &wave->model_rule[model]);
    if (wave->plan.windowed)
        load_openings(world, i);
    wave->decided = start.phase;
    wave->soak_begun_ms = wave->looked_ms = 0;
    wave->soaked = false;
    wave->soak_unix_ms = wave->plan.soaks_until_unix_ms;
}

static void load_target(struct world *world, uint32_t t)
{
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
        .at_version = device->at_version,
        .left_out = device->left_out,
        .on_hold = device->on_hold,
        .relapsed = device->relapsed,
        .ended_ms = device->ended_ms,
        .model = device->model,
        .zone = device->zone,
    };

    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        start.scope[scope] = device->scope[scope];
    gw_rollout_load(world->r, t, &start);
}

static void load_rates(struct world *world)
{
    struct world_wave *wave = world_wave_now(world);
    const struct gw_limits *limits = wave ? world_limits(world, wave) : &world->drive.limits;

    world->rate = world->paced.calls > 0 ? world->paced : limits->rate;
    world->read_rate = limits->read_rate;
    if (world->reads > 0)
        gw_rollout_hold_reads(world->r, world->now_ms + 1000);
}

void world_load(struct world *world, bool still)
{
    struct gw_shape shape = {.targets = world->n,
                             .lanes = world->lanes,
                             .waves = world->waves,
                             .models = world->models,
                             .zones = world->zones,
                             .scopes = {WORLD_SCOPES, WORLD_SCOPES, WORLD_SCOPES},
                             .rate_calls = world->most_calls,
                             .read_rate_calls = world->most_reads};
    size_t size;

    if (world->drive.limits.rate.window_ms && world->drive.limits.rate.calls > shape.rate_calls)
        shape.rate_calls = world->drive.limits.rate.calls;
    if (world->drive.limits.read_rate.calls > shape.read_rate_calls)
        shape.read_rate_calls = world->drive.limits.read_rate.calls;
    size = gw_rollout_size(&shape);
    free(world->memory);
    world->memory = gw_mem_new(size, 1);
    /* What it does not set itself is not zero. */
    memset(world->memory, 0xa5, size);
    world->r = gw_rollout_init(world->memory, size, &shape, &world->drive, gw_rng_next(&world->rng),
                               world->now_ms, world_unix_ms(world));
    for (uint32_t i = 0; i < world->waves; i++)
        load_wave(world, i);
    for (uint32_t i = 0; i <= world->models; i++)
        gw_rollout_load_chart(world->r, i == 0 ? GW_NO_MODEL : i - 1, &world->chart[i]);
    if (world->paced.calls > 0)
        gw_rollout_load_pace(world->r, world->paced);
    if (world->phase == GW_PHASE_PAUSED)
        gw_rollout_load_stop(world->r, GW_STOP_PAUSE);
    else if (world->phase == GW_PHASE_ABORTING || world->phase == GW_PHASE_ABORTED)
        gw_rollout_load_stop(world->r, GW_STOP_ABORT);
    for (uint32_t t = 0; t < world->n; t++)
        load_target(world, t);
    for (uint32_t lane = 0; lane < world->lanes; lane++)
        load_sent(world, lane);
    load_rates(world);
    gw_rollout_start(world->r, world->now_ms, still);
}
