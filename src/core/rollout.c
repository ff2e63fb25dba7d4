/*
 * The three verbs, and how a rollout comes to be. Work for each event and each pull is bounded by the number of lanes
 * (accounts times regions, a few dozen at most) and the logarithm of the timers; it does not grow with the fleet.
 */
#include "gatewave/core/rollout.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "machine.h"

#define AHEAD_MOST (4 * GW_PAGE_MAX)

/* ---- memory ---- */

static size_t gw_rollout_ring_bytes(uint32_t lanes, const struct gw_drive *drive)
{
    size_t entries = gw_pace_ring_size(drive->rate) + (size_t)gw_pace_ring_size(drive->read_rate);

    return lanes * entries * sizeof(uint64_t);
}

static size_t gw_round_up(size_t bytes)
{
    return (bytes + 7) / 8 * 8;
}

size_t gw_rollout_size(uint32_t targets, uint32_t lanes, const struct gw_drive *drive)
{
    return gw_round_up(sizeof(struct gw_rollout)) + gw_round_up(lanes * sizeof(struct gw_lane)) +
           gw_rollout_ring_bytes(lanes, drive) + gw_round_up(targets * sizeof(struct gw_target)) +
           gw_round_up(targets * sizeof(struct gw_heap_entry)) + gw_round_up(targets * sizeof(uint32_t));
}

static void *gw_carve(char **at, size_t bytes)
{
    void *block = *at;

    *at += gw_round_up(bytes);
    return block;
}

/* How many targets a lane reads ahead: what it may call in a quarter of the time that a read stays fresh. */
static uint32_t gw_ahead_limit(const struct gw_drive *drive)
{
    uint64_t calls;

    if (drive->rate.window_ms == 0)
        return AHEAD_MOST;
    calls = drive->rate.calls * (drive->fresh_ms / 4) / drive->rate.window_ms;
    return calls < 1 ? 1 : calls > AHEAD_MOST ? AHEAD_MOST : (uint32_t)calls;
}

struct gw_rollout *gw_rollout_init(void *memory, size_t size, uint32_t targets, uint32_t lanes,
                                   const struct gw_drive *drive, uint64_t seed, uint64_t now_ms)
{
    struct gw_rollout *r = memory;
    struct gw_heap_entry *entry;
    char *at = memory;

    GW_CHECK(size >= gw_rollout_size(targets, lanes, drive));
    GW_CHECK(drive->in_flight > 0 && drive->upgrading > 0 && drive->reads > 0 && drive->attempts > 0);
    (void)gw_carve(&at, sizeof(*r));
    memset(r, 0, sizeof(*r));
    r->drive = *drive;
    r->targets = targets;
    r->lanes = lanes;
    r->lane = gw_carve(&at, lanes * sizeof(*r->lane));
    for (uint32_t i = 0; i < lanes; i++) {
        struct gw_lane *lane = &r->lane[i];

        *lane = (struct gw_lane){.ahead_limit = gw_ahead_limit(drive)};
        gw_pace_init(&lane->call_pace, drive->rate, (uint64_t *)(void *)at);
        at += gw_pace_ring_size(drive->rate) * sizeof(uint64_t);
        gw_pace_init(&lane->read_pace, drive->read_rate, (uint64_t *)(void *)at);
        at += gw_pace_ring_size(drive->read_rate) * sizeof(uint64_t);
        gw_queue_init(&lane->waiting);
        gw_queue_init(&lane->pages);
        gw_queue_init(&lane->ones);
        gw_queue_init(&lane->ready);
    }
    r->target = gw_carve(&at, targets * sizeof(*r->target));
    entry = gw_carve(&at, targets * sizeof(*entry));
    gw_heap_init(&r->timer, entry, gw_carve(&at, targets * sizeof(uint32_t)), targets);
    gw_rng_init(&r->rng, seed ^ now_ms);
    return r;
}

/* ---- loading ---- */

void gw_rollout_load(struct gw_rollout *r, uint32_t target, const struct gw_target_start *start)
{
    GW_CHECK(target == r->loaded && target < r->targets && start->lane < r->lanes);
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
    };
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

void gw_rollout_start(struct gw_rollout *r, uint64_t now_ms)
{
    GW_CHECK(r->loaded == r->targets);
    for (uint32_t t = 0; t < r->targets; t++) {
        enum gw_state state = (enum gw_state)r->target[t].state;

        if (gw_state_is_outcome(state))
            r->target[t].place = GW_PLACE_END;
        else if (state == GW_STATE_WAITING)
            gw_queue_push(r, &r->lane[r->target[t].lane].waiting, t, GW_PLACE_WAITING);
        else
            gw_target_sleep(r, t, now_ms);
    }
    (void)gw_phase_record(r, GW_PHASE_RUNNING);
}

/* ---- the verbs ---- */

/* Takes one step in the first lane that has one to take. */
static bool gw_rollout_step(struct gw_rollout *r, uint64_t now_ms)
{
    for (uint32_t i = 0; i < r->lanes; i++) {
        struct gw_lane *lane = &r->lane[(r->turn + i) % r->lanes];

        gw_lane_look_ahead(r, lane);
        if (r->effects_len > 0)
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

bool gw_rollout_next(struct gw_rollout *r, uint64_t now_ms, struct gw_effect *ret)
{
    uint32_t t;

    for (;;) {
        if (gw_effect_pull(r, ret))
            return true;
        if (gw_heap_pop(&r->timer, now_ms, &t)) {
            gw_target_wake(r, t);
        } else if (!gw_rollout_step(r, now_ms)) {
            if (gw_open(r) > 0 || r->announced)
                return false;
            (void)gw_phase_record(r, GW_PHASE_FINISHED);
            r->announced = true;
        }
    }
}

uint64_t gw_rollout_deadline_ms(const struct gw_rollout *r, uint64_t now_ms)
{
    uint64_t deadline_ms = gw_heap_due_ms(&r->timer);

    if (r->effects_len > 0)
        return now_ms;
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
    if (r->effects_len > 0 || r->calls_out > 0)
        return false;
    if (gw_open(r) == 0)
        return r->announced;
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
