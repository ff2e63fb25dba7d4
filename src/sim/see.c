/*
 * What reads tell. Behind each kind of read stands a copy of the truth that now and then lags: the answer is
 * then what was true at one moment of the past, the whole gateway at that moment. Which moment follows from the
 * gateway, the kind of read and the time, so that reading changes nothing.
 */
#include <string.h>

#include "model.h"

/* The gateway, settled up to some later moment, as it was at this one. */
static void gw_sim_see_at(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway, uint64_t at_ms,
                          struct gw_cloud_seen_gateway *ret)
{
    struct gw_sim_past past;
    uint64_t end_ms;

    gw_sim_past_at(cloud, gateway, at_ms, &past);
    *ret = (struct gw_cloud_seen_gateway){.gateway_id = gateway->gateway_id,
                                          .name = gateway->name,
                                          .model = gateway->model,
                                          .isp = gateway->isp,
                                          .region = gateway->region,
                                          .account = gateway->account,
                                          .bound =
                                              !gateway->refuse || strcmp(gateway->refuse, "NotBoundCCN") != 0,
                                          .cold = gateway->cold,
                                          .created_ms = gateway->appear_ms,
                                          .n_devices = gateway->n_devices};
    for (uint32_t i = 0; i < gateway->n_devices; i++) {
        const struct gw_sim_device *device = &cloud->device[past.of[i].device];
        bool online = past.of[i].online && !gw_sim_flaps(cloud, device, at_ms, &end_ms);

        ret->device[i] = (struct gw_cloud_seen_device){.serial = device->serial,
                                                       .version = past.of[i].version,
                                                       .dpi_version = past.of[i].dpi_version,
                                                       .online = online,
                                                       .standby = i == 1,
                                                       .single = gateway->n_devices == 1,
                                                       .started_ms = past.of[i].started_ms};
    }
    ret->status = ret->device[0].online ? "Active" : "Offline";
    if (gateway->n_devices == 2)
        ret->backup_status = ret->device[1].online ? "Active" : "Offline";
}

static bool gw_sim_seen_alike(const struct gw_cloud_seen_gateway *a, const struct gw_cloud_seen_gateway *b)
{
    for (uint32_t i = 0; i < a->n_devices; i++) {
        const struct gw_cloud_seen_device *x = &a->device[i], *y = &b->device[i];

        /* Equal words are one pointer. */
        if (x->serial != y->serial || x->version != y->version || x->dpi_version != y->dpi_version ||
            x->online != y->online || x->started_ms != y->started_ms)
            return false;
    }
    return true;
}

/* How far behind this copy is now. */
static uint64_t gw_sim_lag_ms(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway,
                              enum gw_sim_read read, uint64_t now_ms)
{
    uint32_t moment = (uint32_t)(now_ms * 4 + (uint64_t)read - 1);
    uint64_t lag_ms;

    if (cloud->options.stale_ms == 0 ||
        !gw_sim_chance(cloud, GW_SALT_STALE, gateway->gateway_id, moment, cloud->options.stale_bp))
        return 0;
    lag_ms = 1 + gw_sim_draw(cloud, GW_SALT_STALE_AGE, gateway->gateway_id, moment, cloud->options.stale_ms);
    return lag_ms < now_ms ? lag_ms : now_ms;
}

void gw_sim_see(struct gw_cloud *cloud, uint32_t index, enum gw_sim_read read, uint64_t now_ms,
                struct gw_cloud_seen_gateway *ret)
{
    const struct gw_sim_gateway *gateway = &cloud->gateway[index];
    struct gw_cloud_seen_gateway truth;
    uint64_t lag_ms = gw_sim_lag_ms(cloud, gateway, read, now_ms);

    gw_sim_settle(cloud, index, now_ms);
    gw_sim_see_at(cloud, gateway, now_ms - lag_ms, ret);
    if (lag_ms == 0)
        return;
    gw_sim_see_at(cloud, gateway, now_ms, &truth);
    if (!gw_sim_seen_alike(ret, &truth))
        ret->stale_ms = lag_ms;
}
