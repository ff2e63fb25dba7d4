/*
 * Writing the figures of a run that is under way. The file is replaced and not synced: the loop waits for no disk, and the
 * next minute writes it anew.
 */
#include "live.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"

struct gw_live {
    struct gw_loop *loop;
    struct gw_timer *timer;
    const struct gw_config *config;
    const struct gw_rollout *rollout;
    struct gw_metrics figures;
    bool written;
    uint64_t written_ms;
    uint32_t wave;
};

static void gw_live_write(const struct gw_live *live)
{
    struct gw_metrics metrics = live->figures;
    const uint32_t *count = gw_rollout_counts(live->rollout);

    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        metrics.count[state] += count[state];
    metrics.relapsed += gw_rollout_relapsed(live->rollout);
    gw_metrics_under_way(live->config, &metrics);
}

static void gw_live_tick(void *user)
{
    struct gw_live *live = user;
    uint64_t now_ms = gw_loop_now_ms(live->loop);
    uint32_t wave = gw_rollout_wave(live->rollout);

    if (!live->written || wave != live->wave || now_ms - live->written_ms >= GW_LIVE_EVERY_MS) {
        gw_live_write(live);
        live->written = true;
        live->written_ms = now_ms;
        live->wave = wave;
    }
    gw_timer_set(live->timer, now_ms + GW_LIVE_LOOK_MS);
}

struct gw_live *gw_live_new(struct gw_loop *loop, const struct gw_config *config,
                            const struct gw_metrics *figures, const struct gw_rollout *rollout)
{
    struct gw_live *live;

    if (config->metrics.textfile[0] == '\0')
        return NULL;
    live = gw_mem_new(1, sizeof(*live));
    live->loop = loop;
    live->config = config;
    live->rollout = rollout;
    live->figures = *figures;
    /* Once, before the loop waits for anything. */
    gw_metrics_add_success(config, &live->figures);
    live->timer = gw_timer_new(loop, gw_live_tick, live);
    gw_timer_set(live->timer, gw_loop_now_ms(loop));
    return live;
}

void gw_live_free(struct gw_live *live)
{
    if (!live)
        return;
    gw_timer_free(live->timer);
    free(live);
}
