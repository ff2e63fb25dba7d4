/* A sliding log of send times: the N-th last one decides when the next may leave. */
#include "gatewave/base/ring.h"

#include "gatewave/base/check.h"

#define GUARD_PERMILLE 4u

struct gw_rate gw_rate_guarded(struct gw_rate rate)
{
    rate.window_ms += (rate.window_ms * GUARD_PERMILLE + 999) / 1000;
    return rate;
}

struct gw_rate gw_rate_fitted(struct gw_rate rate, uint32_t room)
{
    struct gw_rate best = {.calls = 0, .window_ms = 1};

    if (rate.window_ms == 0 || rate.calls <= room)
        return rate;
    GW_CHECK(room > 0);
    /* As many short windows as fill the rate's own must not hold more calls than that: what divides its calls is best. */
    for (uint32_t calls = room; calls > 0; calls--) {
        uint32_t windows = rate.calls / calls, window_ms = (rate.window_ms + windows - 1) / windows;

        if ((uint64_t)calls * best.window_ms > (uint64_t)best.calls * window_ms)
            best = (struct gw_rate){.calls = calls, .window_ms = window_ms};
    }
    return best;
}

void gw_ring_init(struct gw_ring *ring, struct gw_rate rate, uint64_t *memory)
{
    *ring = (struct gw_ring){.sent_ms = memory, .n = rate.window_ms ? rate.calls : 0};
    gw_ring_change(ring, rate);
}

void gw_ring_change(struct gw_ring *ring, struct gw_rate rate)
{
    ring->calls = rate.window_ms ? rate.calls : 0;
    ring->window_ms = rate.window_ms;
}

uint64_t gw_ring_last_ms(const struct gw_ring *ring)
{
    return ring->sent_ms[(ring->next + ring->n - 1) % ring->n];
}

uint64_t gw_ring_ready_ms(const struct gw_ring *ring)
{
    if (ring->calls == 0 || ring->len < ring->calls)
        return 0;
    return ring->sent_ms[(ring->next + ring->n - ring->calls) % ring->n] + ring->window_ms;
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
