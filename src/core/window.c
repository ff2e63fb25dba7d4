/*
 * Windows: no call starts while the window of its target's zone is closed. The openings are moments on the wall, worked
 * out by the shell with the cut-off taken off their end; the machine runs on another clock, and the wall's may be set
 * meanwhile. So a window is open only when it is by both readings of the wall clock: the one at the start and the
 * newest.
 */
#include "gatewave/base/check.h"

#include "machine.h"

#define NEVER UINT64_MAX

static struct gw_calendar *gw_window_calendar(const struct gw_rollout *r, uint32_t wave, uint32_t zone)
{
    return &r->calendar[(size_t)wave * r->shape.zones + zone];
}

/* A moment on the wall, on this run's clock; what was before it started is its start. */
static uint64_t gw_window_ms(int64_t unix_ms, int64_t wall_ms)
{
    return unix_ms > wall_ms ? (uint64_t)(unix_ms - wall_ms) : 0;
}

static bool gw_calendar_next(const struct gw_rollout *r, const struct gw_calendar *calendar,
                             uint64_t *ret_opens_ms, uint64_t *ret_closes_ms)
{
    int64_t behind = r->wall_ms[0] < r->wall_ms[1] ? r->wall_ms[0] : r->wall_ms[1];
    int64_t ahead = r->wall_ms[0] < r->wall_ms[1] ? r->wall_ms[1] : r->wall_ms[0];

    for (uint32_t i = 0; i < calendar->n; i++) {
        uint64_t opens_ms = gw_window_ms(calendar->opening[i].opens_unix_ms, behind);
        uint64_t closes_ms = gw_window_ms(calendar->opening[i].closes_unix_ms, ahead);

        if (closes_ms <= r->now_ms || closes_ms <= opens_ms)
            continue;
        *ret_opens_ms = opens_ms;
        *ret_closes_ms = closes_ms;
        return true;
    }
    return false;
}

bool gw_window_next(const struct gw_rollout *r, uint32_t t, uint64_t *ret_opens_ms, uint64_t *ret_closes_ms)
{
    const struct gw_target *target = &r->target[t];

    if (r->wave[target->wave].plan.windowed)
        return gw_calendar_next(r, gw_window_calendar(r, target->wave, target->zone), ret_opens_ms,
                                ret_closes_ms);
    *ret_opens_ms = 0;
    *ret_closes_ms = NEVER;
    return true;
}

bool gw_window_is_missing(const struct gw_rollout *r, uint32_t t)
{
    const struct gw_target *target = &r->target[t];

    return r->wave[target->wave].plan.windowed && gw_window_calendar(r, target->wave, target->zone)->n == 0;
}

struct gw_queue *gw_window_queue(struct gw_rollout *r, uint32_t t)
{
    return &gw_window_calendar(r, r->target[t].wave, r->target[t].zone)->closed;
}

void gw_window_wait(struct gw_rollout *r, uint32_t t)
{
    uint64_t opens_ms, closes_ms;

    gw_queue_push(r, gw_window_queue(r, t), t, GW_PLACE_CLOSED);
    r->closed++;
    if (gw_window_next(r, t, &opens_ms, &closes_ms) && opens_ms < r->opens_ms)
        r->opens_ms = opens_ms;
}

void gw_window_reckon(struct gw_rollout *r)
{
    uint64_t opens_ms, closes_ms;

    r->opens_ms = NEVER;
    if (r->now_wave == r->shape.waves)
        return;
    for (uint32_t zone = 0; zone < r->shape.zones; zone++) {
        const struct gw_calendar *calendar = gw_window_calendar(r, r->now_wave, zone);

        if (calendar->closed.len > 0 && gw_calendar_next(r, calendar, &opens_ms, &closes_ms) &&
            opens_ms < r->opens_ms)
            r->opens_ms = opens_ms;
    }
}

void gw_window_open(struct gw_rollout *r)
{
    uint64_t opens_ms, closes_ms;

    if (r->opens_ms > r->now_ms)
        return;
    for (uint32_t zone = 0; zone < r->shape.zones; zone++) {
        struct gw_calendar *calendar = gw_window_calendar(r, r->now_wave, zone);

        if (!gw_calendar_next(r, calendar, &opens_ms, &closes_ms) || opens_ms > r->now_ms)
            continue;
        while (calendar->closed.len > 0) {
            r->closed--;
            gw_queue_wait(r, gw_queue_pop(r, &calendar->closed));
        }
    }
    gw_window_reckon(r);
}

/* ---- loading ---- */

void gw_rollout_load_opening(struct gw_rollout *r, uint32_t wave, uint32_t zone, int64_t opens_unix_ms,
                             int64_t closes_unix_ms)
{
    struct gw_calendar *calendar;

    GW_CHECK(wave < r->shape.waves && zone < r->shape.zones);
    calendar = gw_window_calendar(r, wave, zone);
    if (calendar->n == GW_OPENINGS_MOST || closes_unix_ms <= opens_unix_ms)
        return;
    GW_CHECK(calendar->n == 0 || opens_unix_ms > calendar->opening[calendar->n - 1].closes_unix_ms);
    calendar->opening[calendar->n++] = (struct gw_opening){opens_unix_ms, closes_unix_ms};
}

int64_t gw_rollout_opens_unix_ms(const struct gw_rollout *r)
{
    return r->opens_ms == NEVER ? 0 : (int64_t)r->opens_ms + r->wall_ms[1];
}
