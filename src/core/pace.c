/*
 * Pace. The ring is the law: no window of the rate's length ever holds more calls than the rate says. Spacing makes the
 * calls even, so that a server that counts in other windows sees no burst, and may catch up a little after the loop was
 * late.
 */
#include "pace.h"

#include <stdbool.h>

#include "gatewave/base/check.h"

#define NS_PER_MS      1000000u
#define CATCH_UP_NS    (50u * NS_PER_MS)
#define SHARE_FULL_PPM 1000000u
/* A sixteenth of a rate that was asked for; two a second of one that was not. */
#define SHARE_LEAST_PPM           62500u
#define SHARE_LEAST_UNLIMITED_PPM 20u
#define GROW_EVERY_MS             1000u
#define HOLD_DEFAULT_MS           1000u
#define HOLD_LONGEST_MS           120000u
/* What "unlimited" starts from when a throttle makes it a number after all. */
#define UNLIMITED_PER_S 100000u

uint32_t gw_pace_ring_size(struct gw_rate rate)
{
    return rate.window_ms ? rate.calls : 0;
}

void gw_pace_init(struct gw_pace *pace, struct gw_rate rate, uint64_t *ring_memory, uint32_t entries)
{
    GW_CHECK(gw_pace_ring_size(rate) <= entries);
    *pace = (struct gw_pace){.rate = gw_rate_guarded(rate), .entries = entries, .share_ppm = SHARE_FULL_PPM};
    /* Room for every rate to come: it is for each of them that what was sent is remembered. */
    gw_ring_init(&pace->ring, (struct gw_rate){.calls = entries, .window_ms = entries > 0}, ring_memory);
    gw_ring_change(&pace->ring, pace->rate);
}

static uint64_t gw_pace_interval_ns(const struct gw_pace *pace)
{
    uint64_t window_ns = (uint64_t)pace->rate.window_ms * NS_PER_MS, interval_ns;

    if (pace->rate.window_ms == 0) {
        if (pace->share_ppm == SHARE_FULL_PPM)
            return 0;
        interval_ns = 1000u * NS_PER_MS / UNLIMITED_PER_S;
    } else {
        interval_ns = window_ns / pace->rate.calls;
    }
    return interval_ns * SHARE_FULL_PPM / pace->share_ppm;
}

void gw_pace_change(struct gw_pace *pace, struct gw_rate rate)
{
    rate = gw_rate_fitted(rate, pace->entries);
    pace->rate = gw_rate_guarded(rate);
    gw_ring_change(&pace->ring, pace->rate);
    /* The next call is spaced as the new rate says, from the last one on. */
    if (pace->ring.len > 0)
        pace->next_ns = gw_ring_last_ms(&pace->ring) * NS_PER_MS + gw_pace_interval_ns(pace);
}

uint64_t gw_pace_ready_ms(const struct gw_pace *pace)
{
    uint64_t ready_ms = (pace->next_ns + NS_PER_MS - 1) / NS_PER_MS;
    uint64_t ring_ms = gw_ring_ready_ms(&pace->ring);

    if (ring_ms > ready_ms)
        ready_ms = ring_ms;
    return pace->hold_ms > ready_ms ? pace->hold_ms : ready_ms;
}

/* A tenth more for every quiet second, so that a halved rate is back in about seven. */
static void gw_pace_grow(struct gw_pace *pace, uint64_t now_ms)
{
    while (pace->share_ppm < SHARE_FULL_PPM && now_ms >= pace->grown_ms + GROW_EVERY_MS) {
        pace->share_ppm += pace->share_ppm / 10 + 1;
        if (pace->share_ppm > SHARE_FULL_PPM)
            pace->share_ppm = SHARE_FULL_PPM;
        pace->grown_ms += GROW_EVERY_MS;
    }
}

void gw_pace_take(struct gw_pace *pace, uint64_t now_ms)
{
    uint64_t now_ns = now_ms * NS_PER_MS;

    GW_CHECK(gw_pace_ready_ms(pace) <= now_ms);
    gw_pace_grow(pace, now_ms);
    /* Late by a little: catch up. Late by more: the lane was idle and starts evenly again. */
    if (pace->next_ns + CATCH_UP_NS < now_ns)
        pace->next_ns = now_ns;
    pace->next_ns += gw_pace_interval_ns(pace);
    gw_ring_add(&pace->ring, now_ms);
}

void gw_pace_hold(struct gw_pace *pace, uint64_t until_ms)
{
    if (until_ms > pace->hold_ms)
        pace->hold_ms = until_ms;
}

void gw_pace_throttled(struct gw_pace *pace, uint64_t now_ms, uint64_t retry_after_ms)
{
    /* Answers to calls that left before the last cut say nothing new: one cut for each silence. */
    bool silent = now_ms < pace->hold_ms;
    uint32_t least_ppm = pace->rate.window_ms ? SHARE_LEAST_PPM : SHARE_LEAST_UNLIMITED_PPM;

    if (retry_after_ms == 0)
        retry_after_ms = HOLD_DEFAULT_MS;
    if (retry_after_ms > HOLD_LONGEST_MS)
        retry_after_ms = HOLD_LONGEST_MS;
    gw_pace_hold(pace, now_ms + retry_after_ms);
    if (silent)
        return;
    pace->share_ppm /= 2;
    if (pace->share_ppm < least_ppm)
        pace->share_ppm = least_ppm;
    pace->grown_ms = pace->hold_ms;
}
