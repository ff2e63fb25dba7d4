/*
 * Lanes: an account in a region, with its paces and its queues. What a lane may do is decided in two functions, when it
 * may call and when it may read; pulling compares them with now, sleeping takes their minimum, so that the machine never
 * says "later" and then has nothing to do when later comes. What it then does is turn.c's.
 */

#include "machine.h"

#define NEVER      UINT64_MAX
#define AHEAD_MOST (4 * GW_PAGE_MAX)

uint32_t gw_in_doubt_or_flight(const struct gw_rollout *r)
{
    return r->count[GW_STATE_IN_FLIGHT] + r->count[GW_STATE_IN_DOUBT];
}

uint32_t gw_under_way(const struct gw_rollout *r)
{
    return gw_in_doubt_or_flight(r) + r->count[GW_STATE_UPGRADING];
}

uint32_t gw_open(const struct gw_rollout *r)
{
    return r->count[GW_STATE_WAITING] + gw_under_way(r);
}

/* A lane whose calls end in doubt keeps to its share of the slots: the other lanes must get on meanwhile. */
static bool gw_lane_is_sick(const struct gw_rollout *r, const struct gw_lane *lane)
{
    uint32_t share = r->drive.limits.in_flight / r->lanes;

    return r->lanes > 1 && lane->in_doubt > 0 && lane->in_flight + lane->in_doubt >= (share > 0 ? share : 1);
}

/* Reads that nobody answers leave a quarter of the slots to the other lanes. */
static uint32_t gw_lane_reads_most(const struct gw_rollout *r)
{
    uint32_t most = r->drive.reads - r->drive.reads / 4;

    return r->lanes > 1 && most > 0 ? most : r->drive.reads;
}

/* How many targets a lane reads ahead: what it may call in a quarter of the time that a read stays fresh. */
static uint32_t gw_lane_ahead_limit(const struct gw_drive *drive)
{
    struct gw_rate rate = drive->limits.rate;
    uint64_t calls;

    if (rate.window_ms == 0)
        return AHEAD_MOST;
    calls = rate.calls * (drive->fresh_ms / 4) / rate.window_ms;
    return calls < 1 ? 1 : calls > AHEAD_MOST ? AHEAD_MOST : (uint32_t)calls;
}

void gw_lanes_pace(struct gw_rollout *r)
{
    for (uint32_t i = 0; i < r->lanes; i++) {
        gw_pace_change(&r->lane[i].call_pace, r->drive.limits.rate);
        gw_pace_change(&r->lane[i].read_pace, r->drive.limits.read_rate);
        r->lane[i].ahead_limit = gw_lane_ahead_limit(&r->drive);
    }
}

bool gw_lanes_are_empty(const struct gw_rollout *r)
{
    for (uint32_t i = 0; i < r->lanes; i++) {
        const struct gw_lane *lane = &r->lane[i];

        if (lane->waiting.len + lane->pages.len + lane->ones.len + lane->ready.len > 0)
            return false;
    }
    return true;
}

uint64_t gw_lane_call_ms(const struct gw_rollout *r, const struct gw_lane *lane)
{
    if (r->stop != GW_STOP_NONE || lane->ready.len == 0 ||
        gw_in_doubt_or_flight(r) >= r->drive.limits.in_flight ||
        gw_under_way(r) >= r->drive.limits.upgrading || gw_lane_is_sick(r, lane))
        return NEVER;
    return gw_pace_ready_ms(&lane->call_pace);
}

uint64_t gw_lane_read_ms(const struct gw_rollout *r, const struct gw_lane *lane)
{
    if (gw_stop_blinds(r->stop) || lane->pages.len + lane->ones.len == 0 || r->reads_out >= r->drive.reads ||
        lane->reads_out >= gw_lane_reads_most(r))
        return NEVER;
    return gw_pace_ready_ms(&lane->read_pace);
}

uint32_t gw_lane_ahead_most(const struct gw_rollout *r, const struct gw_lane *lane)
{
    uint32_t under_way = gw_under_way(r);

    if (r->stop != GW_STOP_NONE || lane->waiting.len == 0 || under_way >= r->drive.limits.upgrading)
        return 0;
    return lane->ahead_limit < r->drive.limits.upgrading - under_way ? lane->ahead_limit
                                                                     : r->drive.limits.upgrading - under_way;
}

/* True when it is time to look ahead: at the half, so that a page is worth its read. */
bool gw_lane_wants_ahead(const struct gw_rollout *r, const struct gw_lane *lane)
{
    uint32_t most = gw_lane_ahead_most(r, lane);

    return most > 0 && lane->ahead <= most / 2;
}
