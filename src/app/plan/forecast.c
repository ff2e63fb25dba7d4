/*
 * Forecasts. Work is measured in milliseconds of the whole pace, so that zones which are open at the same time can
 * share it. What must stay true: integers only, and the walk ends, because each step passes an edge of an opening or
 * finishes a zone.
 */
#include "forecast.h"

static uint64_t gw_forecast_rounds_ms(uint32_t targets, uint32_t at_once, uint64_t each_ms)
{
    return at_once && targets > at_once ? (uint64_t)((targets - 1) / at_once) * each_ms : 0;
}

uint64_t gw_forecast_work_ms(const struct gw_forecast_load *load, const struct gw_limits *limits,
                             uint64_t pair_soak_ms, bool verify)
{
    uint64_t upgrade_ms = verify ? GW_FORECAST_UPGRADE_MS : 0;
    uint64_t behind_ms = load->pairs ? upgrade_ms + pair_soak_ms : 0; /* the second of a pair */
    uint64_t slowest_ms = behind_ms, ms;

    if (limits->rate.window_ms && load->lane > 0) {
        ms = (uint64_t)(load->lane - 1) * limits->rate.window_ms / limits->rate.calls;
        slowest_ms = ms > slowest_ms ? ms : slowest_ms;
    }
    ms = gw_forecast_rounds_ms(load->targets, limits->upgrading, upgrade_ms);
    slowest_ms = ms > slowest_ms ? ms : slowest_ms;
    for (int i = 0; i < GW_SCOPE_COUNT; i++) {
        ms = gw_forecast_rounds_ms(load->scope[i], limits->per[i], upgrade_ms);
        slowest_ms = ms > slowest_ms ? ms : slowest_ms;
    }
    return slowest_ms;
}

/* Passes what is over at that moment; true while calls may start, and *ret_edge is when that changes. */
static bool gw_forecast_is_open(struct gw_forecast_zone *zone, int64_t cutoff_ms, int64_t now_ms,
                                int64_t *ret_edge)
{
    while (zone->next < zone->n_open && zone->open[zone->next].closes_unix_ms - cutoff_ms <= now_ms)
        zone->next++;
    *ret_edge = GW_FORECAST_NEVER;
    if (zone->next == zone->n_open)
        return false;
    if (zone->open[zone->next].opens_unix_ms > now_ms) {
        *ret_edge = zone->open[zone->next].opens_unix_ms;
        return false;
    }
    *ret_edge = zone->open[zone->next].closes_unix_ms - cutoff_ms;
    return true;
}

static void gw_forecast_works(struct gw_forecast_zone *zone, uint64_t ms)
{
    int64_t opens = zone->open[zone->next].opens_unix_ms;

    zone->work_ms = zone->work_ms > ms ? zone->work_ms - ms : 0;
    if (zone->nights == 0)
        zone->first_opens_unix_ms = opens;
    if (zone->nights == 0 || zone->last_opens_unix_ms != opens)
        zone->nights++;
    zone->last_opens_unix_ms = opens;
}

int64_t gw_forecast_calls(struct gw_forecast_zone *zone, size_t n, uint64_t cutoff_ms, int64_t from_unix_ms)
{
    int64_t now_ms = from_unix_ms, edge_ms;

    for (;;) {
        uint64_t least_ms = UINT64_MAX, open = 0, step_ms;
        int64_t next_ms = GW_FORECAST_NEVER;
        bool left = false;

        for (size_t i = 0; i < n; i++) {
            if (zone[i].work_ms == 0)
                continue;
            left = true;
            if (gw_forecast_is_open(&zone[i], (int64_t)cutoff_ms, now_ms, &edge_ms)) {
                open++;
                least_ms = zone[i].work_ms < least_ms ? zone[i].work_ms : least_ms;
            }
            next_ms = edge_ms < next_ms ? edge_ms : next_ms;
        }
        if (!left)
            return now_ms;
        if (next_ms == GW_FORECAST_NEVER)
            return GW_FORECAST_NEVER;
        step_ms = (uint64_t)(next_ms - now_ms);
        if (open > 0 && least_ms < step_ms / open)
            step_ms = least_ms * open;
        for (size_t i = 0; i < n && open > 0; i++)
            if (zone[i].work_ms > 0 && gw_forecast_is_open(&zone[i], (int64_t)cutoff_ms, now_ms, &edge_ms))
                gw_forecast_works(&zone[i], (step_ms + open - 1) / open);
        now_ms += (int64_t)step_ms;
    }
}
