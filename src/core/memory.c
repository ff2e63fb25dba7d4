/*
 * Where a rollout lives: one block of the caller's memory, cut into the arrays that its shape asks for. Nothing is sized
 * after that; a rollout that runs allocates nothing.
 */
#include <string.h>

#include "gatewave/base/check.h"

#include "machine.h"

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

/* Of a region or none, and an ISP or none. */
static size_t gw_rollout_groups(const struct gw_shape *shape)
{
    return ((size_t)shape->scopes[GW_SCOPE_REGION] + 1) * ((size_t)shape->scopes[GW_SCOPE_ISP] + 1);
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
    r->group = gw_carve(carver, gw_rollout_groups(shape), sizeof(*r->group));
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
    for (size_t i = 0; i < gw_rollout_groups(&r->shape); i++)
        gw_queue_init(&r->group[i]);
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

    GW_CHECK(memory && size >= gw_rollout_size(shape));
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
    r->began_ms = r->now_ms = now_ms;
    r->wall_ms[0] = r->wall_ms[1] = unix_ms - (int64_t)now_ms;
    gw_rollout_init_lanes(r);
    gw_rollout_init_waves(r);
    gw_rng_init(&r->rng, seed ^ now_ms);
    return r;
}
