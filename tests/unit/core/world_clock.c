/* The hostile world's two clocks: when windows are open on the wall, when a wave has soaked by both, and when all must be
 * over. */
#include "gatewave/base/check.h"

#include "world.h"

int64_t world_unix_ms(const struct world *world)
{
    return (int64_t)world->now_ms + world->wall_ms;
}

bool world_opening(const struct world_timetable *table, uint32_t i, int64_t *ret_opens_ms,
                   int64_t *ret_closes_ms)
{
    if (table->times != WORLD_FOREVER && i >= table->times)
        return false;
    *ret_opens_ms = table->first_unix_ms + (int64_t)(i * table->every_ms);
    *ret_closes_ms = *ret_opens_ms + (int64_t)table->lasts_ms;
    return true;
}

uint32_t world_opening_from(const struct world_timetable *table, int64_t unix_ms)
{
    int64_t since_ms = unix_ms - table->first_unix_ms - (int64_t)table->lasts_ms;

    return since_ms < 0 ? 0 : (uint32_t)((uint64_t)since_ms / table->every_ms + 1);
}

bool world_may_call_ms(struct world *world, uint32_t t, uint64_t *ret_opens_ms, uint64_t *ret_closes_ms)
{
    const struct world_wave *wave = world_wave_of(world, t);
    const struct world_timetable *table = &wave->table[world->device[t].zone];
    int64_t begun_unix_ms, low_ms, high_ms, opens_ms, closes_ms;
    uint32_t first;

    *ret_opens_ms = 0;
    *ret_closes_ms = UINT64_MAX;
    if (!wave->plan.windowed)
        return true;
    begun_unix_ms = (int64_t)world->life_ms + world->wall_begun_ms;
    low_ms = world->wall_ms < world->wall_begun_ms ? world->wall_ms : world->wall_begun_ms;
    high_ms = world->wall_ms < world->wall_begun_ms ? world->wall_begun_ms : world->wall_ms;
    first = world_opening_from(table, begun_unix_ms);
    for (uint32_t i = first; i < first + GW_OPENINGS_MOST; i++) {
        if (!world_opening(table, i, &opens_ms, &closes_ms))
            return false;
        if (closes_ms - high_ms <= (int64_t)world->now_ms || closes_ms - high_ms <= opens_ms - low_ms)
            continue;
        *ret_opens_ms = opens_ms < low_ms ? 0 : (uint64_t)(opens_ms - low_ms);
        *ret_closes_ms = (uint64_t)(closes_ms - high_ms);
        return true;
    }
    return false;
}

bool world_never_opens(const struct world *world, uint32_t t)
{
    const struct world_wave *wave = world_wave_of((struct world *)(uintptr_t)world, t);
    const struct world_timetable *table = &wave->table[world->device[t].zone];
    int64_t opens_ms, closes_ms;

    return wave->plan.windowed &&
           !world_opening(table, world_opening_from(table, (int64_t)world->life_ms + world->wall_begun_ms),
                          &opens_ms, &closes_ms);
}

uint64_t world_soaked_ms(const struct world *world, const struct world_wave *wave)
{
    int64_t by_wall_ms = wave->soak_unix_ms - world->wall_ms, here_ms;

    if (wave->soak_begun_ms > 0)
        here_ms = (int64_t)(wave->soak_begun_ms + wave->plan.soak_ms);
    else
        here_ms = wave->soak_unix_ms - world->wall_begun_ms;
    if (by_wall_ms > here_ms)
        here_ms = by_wall_ms;
    return here_ms > 0 ? (uint64_t)here_ms : 0;
}

void world_set_clock(struct world *world, int64_t ahead_ms)
{
    struct gw_event ev = {.kind = GW_EVENT_CLOCK, .now_ms = world->now_ms};

    /* What has soaked by then has soaked. */
    for (uint32_t i = 0; i < world->waves; i++)
        world->wave[i].soaked |= world->now_ms >= world_soaked_ms(world, &world->wave[i]);
    world->wall_ms = WORLD_WALL_MS - WORLD_BEGIN_MS + ahead_ms;
    ev.unix_ms = world_unix_ms(world);
    gw_rollout_handle(world->r, &ev);
    world_pull(world);
}

/* ---- how long it may take ---- */

static uint64_t longer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint64_t world_bound_ms(const struct world *world)
{
    const struct gw_drive *drive = &world->drive;
    uint64_t bound_ms = 0, rests_ms = drive->pair_soak_ms, most_times = 1;

    for (uint32_t i = 0; i < world->waves; i++) {
        const struct world_wave *wave = &world->wave[i];
        const struct gw_limits *limits = world_limits(world, wave);
        uint64_t slots = limits->upgrading < limits->in_flight ? limits->upgrading : limits->in_flight;
        /* One life: a doubt that nobody can end, the wait for its device, and every attempt after a backoff. */
        uint64_t life_ms = drive->fence_ms + 2 * drive->stuck_ms + drive->agree_ms + drive->offline_ms +
                           drive->endpoint_down_ms +
                           drive->attempts * (drive->backoff_longest_ms + drive->every_ms);

        for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
            slots = limits->per[scope] > 0 && limits->per[scope] < slots ? limits->per[scope] : slots;
        bound_ms += ((wave->plan.targets + slots - 1) / slots + 1) * life_ms;
        rests_ms = longer(rests_ms, wave->plan.soak_ms);
        for (uint32_t zone = 0; zone < world->zones && wave->plan.windowed; zone++) {
            rests_ms = longer(rests_ms, wave->table[zone].every_ms);
            most_times = longer(most_times, 1 + wave->table[zone].every_ms / wave->table[zone].lasts_ms);
        }
    }
    /* An operator may have to start once for each target, for each can be a reason to stop; a wave that was stopped
       soaks again. */
    bound_ms += world->n * (drive->stuck_ms + drive->every_ms + drive->attempts * 10000u);
    return most_times * (bound_ms + (world->n + 2 * world->waves) * rests_ms) + 2 * WORLD_CLOCK_SET_MS;
}
