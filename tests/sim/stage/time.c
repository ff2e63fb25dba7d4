/* Virtual time: the moment that it is, and a heap of what is due. */
#include "stage/time_local.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#include "stage/stage.h"

struct sim_event {
    uint64_t due_ms, order; /* among those of one moment */
    void (*fire)(void *user);
    void *user;
    uint32_t place; /* in the heap */
};

static struct {
    uint64_t now_ms;
    int64_t clock_off_ms;
    struct gw_rng rng;
    struct sim_event **heap;
    uint32_t len, room;
    uint64_t n_events; /* that were ever set */
    bool in_turn;
} the;

void sim_time_begin(uint64_t seed)
{
    the.now_ms = SIM_START_MS;
    the.clock_off_ms = 0;
    gw_rng_init(&the.rng, gw_hash("time", 4, seed));
    the.n_events = 0;
    the.in_turn = seed == SIM_SEED_IN_TURN;
}

void sim_time_end(void)
{
    while (the.len > 0)
        free(the.heap[--the.len]);
    free(the.heap);
    the.heap = NULL;
    the.room = 0;
}

uint64_t sim_now_ms(void)
{
    return the.now_ms;
}

int64_t sim_now_unix_ms(void)
{
    return SIM_START_UNIX_MS + (int64_t)(the.now_ms - SIM_START_MS);
}

void sim_clock_set(int64_t off_ms)
{
    the.clock_off_ms = off_ms;
}

int64_t sim_clock_off_ms(void)
{
    return the.clock_off_ms;
}

/* ---- events ---- */

static bool sim_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void sim_put(struct sim_event *event, uint32_t at)
{
    the.heap[at] = event;
    event->place = at;
}

static void sim_rise(struct sim_event *event, uint32_t at)
{
    while (at > 0 && sim_before(event, the.heap[(at - 1) / 2])) {
        sim_put(the.heap[(at - 1) / 2], at);
        at = (at - 1) / 2;
    }
    sim_put(event, at);
}

static void sim_sink(struct sim_event *event, uint32_t at)
{
    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child + 1 < the.len && sim_before(the.heap[child + 1], the.heap[child]))
            child++;
        if (child >= the.len || !sim_before(the.heap[child], event))
            break;
        sim_put(the.heap[child], at);
        at = child;
    }
    sim_put(event, at);
}

struct sim_event *sim_at(uint64_t due_ms, void (*fire)(void *user), void *user)
{
    struct sim_event *event = gw_mem_new(1, sizeof(*event));

    event->due_ms = due_ms > the.now_ms ? due_ms : the.now_ms;
    event->order = the.in_turn ? the.n_events++ : gw_rng_next(&the.rng);
    event->fire = fire;
    event->user = user;
    if (the.len == the.room) {
        the.room = the.room ? 2 * the.room : 64;
        the.heap = gw_mem_resize(the.heap, the.room, sizeof(struct sim_event *));
    }
    sim_rise(event, the.len++);
    return event;
}

static void sim_take(struct sim_event *event)
{
    uint32_t at = event->place;
    struct sim_event *last = the.heap[--the.len];

    if (last == event)
        return;
    if (at > 0 && sim_before(last, the.heap[(at - 1) / 2]))
        sim_rise(last, at);
    else
        sim_sink(last, at);
}

void sim_cancel(struct sim_event *event)
{
    sim_take(event);
    free(event);
}

uint64_t sim_time_next_ms(void)
{
    return the.len > 0 ? the.heap[0]->due_ms : SIM_NEVER;
}

void sim_time_fire(void)
{
    struct sim_event *event = the.heap[0];

    sim_take(event);
    the.now_ms = event->due_ms;
    event->fire(event->user);
    free(event);
}
