/* What leaves is remembered once and measured twice: the same send times under the present rate and under the limit. */
#include "ration.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"

void gw_ration_init(struct gw_ration *ration, uint32_t lanes, uint32_t room, struct gw_rate limit)
{
    const struct gw_rate whole = {.calls = room, .window_ms = 1};

    *ration = (struct gw_ration){.lanes = lanes, .room = room, .limit = limit};
    ration->lane = gw_mem_new(lanes, sizeof(*ration->lane));
    ration->memory = gw_mem_new((size_t)lanes * room, sizeof(*ration->memory));
    for (uint32_t i = 0; i < lanes; i++)
        gw_ring_init(&ration->lane[i], whole, ration->memory + (size_t)i * room);
    gw_ration_change(ration, (struct gw_rate){.calls = UINT32_MAX});
}

void gw_ration_release(struct gw_ration *ration)
{
    free(ration->lane);
    free(ration->memory);
    *ration = (struct gw_ration){0};
}

static struct gw_rate gw_ration_kept(const struct gw_ration *ration, struct gw_rate rate)
{
    return gw_rate_guarded(gw_rate_fitted(rate, ration->room));
}

void gw_ration_change(struct gw_ration *ration, struct gw_rate rate)
{
    if (rate.calls == ration->rate.calls && rate.window_ms == ration->rate.window_ms)
        return;
    ration->rate = rate;
    for (uint32_t i = 0; i < ration->lanes; i++)
        gw_ring_change(&ration->lane[i], gw_ration_kept(ration, rate));
}

uint64_t gw_ration_ready_ms(const struct gw_ration *ration, uint32_t lane)
{
    struct gw_ring limit = ration->lane[lane];
    uint64_t ready_ms = gw_ring_ready_ms(&limit), limit_ms;

    gw_ring_change(&limit, gw_ration_kept(ration, ration->limit));
    limit_ms = gw_ring_ready_ms(&limit);
    return limit_ms > ready_ms ? limit_ms : ready_ms;
}

bool gw_ration_take(struct gw_ration *ration, uint32_t lane, uint64_t now_ms)
{
    if (gw_ration_ready_ms(ration, lane) > now_ms)
        return false;
    gw_ring_add(&ration->lane[lane], now_ms);
    return true;
}
