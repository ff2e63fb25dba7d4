/* A sliding log of send times: the N-th last one decides when the next may leave. */
#include "gatewave/base/ring.h"

#include <string.h>

#define GUARD_PERMILLE 4u

struct gw_rate gw_rate_guarded(struct gw_rate rate)
{
    rate.window_ms += (rate.window_ms * GUARD_PERMILLE + 999) / 1000;
    return rate;
}

void gw_ring_init(struct gw_ring *ring, struct gw_rate rate, uint64_t *memory)
{
    *ring = (struct gw_ring){
        .sent_ms = memory, .n = rate.window_ms ? rate.calls : 0, .window_ms = rate.window_ms};
}

static void gw_ring_reverse(uint64_t *ms, uint32_t from, uint32_t to)
{
    while (from + 1 < to) {
        uint64_t kept = ms[from];

        ms[from++] = ms[--to];
        ms[to] = kept;
    }
}

void gw_ring_change(struct gw_ring *ring, struct gw_rate rate)
{
    uint32_t n = rate.window_ms ? rate.calls : 0;

    /* Oldest first: a ring that is not full is so already, a full one is turned. */
    if (ring->len == ring->n && ring->n > 0) {
        gw_ring_reverse(ring->sent_ms, 0, ring->next);
        gw_ring_reverse(ring->sent_ms, ring->next, ring->n);
        gw_ring_reverse(ring->sent_ms, 0, ring->n);
    }
    if (ring->len > n) {
        memmove(ring->sent_ms, ring->sent_ms + (ring->len - n), n * sizeof(*ring->sent_ms));
        ring->len = n;
    }
    ring->n = n;
    ring->window_ms = rate.window_ms;
    ring->next = n > 0 ? ring->len % n : 0;
}

uint64_t gw_ring_last_ms(const struct gw_ring *ring)
{
    return ring->sent_ms[(ring->next + ring->n - 1) % ring->n];
}

uint64_t gw_ring_ready_ms(const struct gw_ring *ring)
{
    /* When the ring is full, the oldest time stands where the next one will go. */
    return ring->len < ring->n || ring->n == 0 ? 0 : ring->sent_ms[ring->next] + ring->window_ms;
}

void gw_ring_add(struct gw_ring *ring, uint64_t now_ms)
{
    uint32_t last;

    if (ring->n == 0)
        return;
    last = (ring->next + ring->n - 1) % ring->n;
    if (ring->len > 0 && ring->sent_ms[last] > now_ms)
        now_ms = ring->sent_ms[last];
    ring->sent_ms[ring->next] = now_ms;
    ring->next = (ring->next + 1) % ring->n;
    if (ring->len < ring->n)
        ring->len++;
}
