/*
 * The cloud's limits: in no window of the configured length are more than N calls admitted, per account,
 * region and kind of call. Calls that were throttled do not count, and one that waited as long as it was told
 * gets in, unless others were quicker. Regions that the fleet does not know share one bucket, so that a
 * client cannot make buckets.
 */
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/base/mem.h"
#include "model.h"

static struct gw_sim_bucket *gw_sim_bucket(const struct gw_sim_ask *ask, struct gw_rate rate, bool update)
{
    struct gw_cloud *cloud = ask->cloud;
    char key[320];
    uint32_t i;

    (void)snprintf(key, sizeof(key), "%c %.150s %.150s", update ? 'u' : 'r',
                   ask->account ? ask->account : "?", ask->region ? ask->region : "?");
    i = gw_table_add(&cloud->keys, key);
    if (i == cloud->bucket_room) {
        cloud->bucket_room = cloud->bucket_room ? cloud->bucket_room * 2 : 8;
        cloud->bucket = gw_mem_resize(cloud->bucket, cloud->bucket_room, sizeof(*cloud->bucket));
        for (uint32_t fresh = i; fresh < cloud->bucket_room; fresh++)
            cloud->bucket[fresh] = (struct gw_sim_bucket){0};
    }
    if (!cloud->bucket[i].ring.sent_ms)
        gw_ring_init(&cloud->bucket[i].ring, rate, gw_mem_new(rate.calls, sizeof(uint64_t)));
    return &cloud->bucket[i];
}

bool gw_sim_throttle_take(const struct gw_sim_ask *ask, bool update, struct gw_cloud_response *ret)
{
    struct gw_rate rate = update ? ask->cloud->options.update_rate : ask->cloud->options.read_rate;
    struct gw_ring *ring;
    uint64_t ready_ms;

    if (rate.calls == 0 || rate.window_ms == 0)
        return true;
    ring = &gw_sim_bucket(ask, rate, update)->ring;
    ready_ms = gw_ring_ready_ms(ring);
    if (ready_ms > ask->now_ms) {
        gw_sim_refuse(ret, "Throttling.User", "Request was denied due to user flow control.");
        ret->retry_after_ms = ready_ms - ask->now_ms;
        ret->rate_calls = rate.calls;
        return false;
    }
    gw_ring_add(ring, ask->now_ms);
    return true;
}
