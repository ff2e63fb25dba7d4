/*
 * The past of a gateway, kept only where reads may lag: what a read could have told of it until each of the last
 * moments at which something happened to it.
 */
#include "gatewave/base/mem.h"
#include "model.h"

static void gw_sim_past_take(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway,
                             struct gw_sim_past *ret)
{
    *ret = (struct gw_sim_past){.until_ms = GW_SIM_NEVER};
    for (uint32_t i = 0; i < gateway->n_devices; i++) {
        const struct gw_sim_device *device = &cloud->device[gateway->device[i]];

        ret->of[i].device = gateway->device[i];
        ret->of[i].version = device->version;
        ret->of[i].dpi_version = device->dpi_version;
        ret->of[i].started_ms = device->started_ms;
        ret->of[i].online = device->life == GW_SIM_ONLINE;
    }
}

void gw_sim_past_keep(const struct gw_cloud *cloud, struct gw_sim_gateway *gateway, uint64_t until_ms)
{
    struct gw_sim_past *past;

    if (cloud->options.stale_bp == 0)
        return;
    if (!gateway->past)
        gateway->past = gw_mem_new(GW_SIM_PAST_MAX, sizeof(*gateway->past));
    past = &gateway->past[gateway->n_past++ % GW_SIM_PAST_MAX];
    gw_sim_past_take(cloud, gateway, past);
    past->until_ms = until_ms;
}

void gw_sim_past_at(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway, uint64_t at_ms,
                    struct gw_sim_past *ret)
{
    uint32_t kept = gateway->n_past < GW_SIM_PAST_MAX ? gateway->n_past : GW_SIM_PAST_MAX;

    for (uint32_t i = gateway->n_past - kept; i < gateway->n_past; i++) {
        const struct gw_sim_past *past = &gateway->past[i % GW_SIM_PAST_MAX];

        if (past->until_ms > at_ms) {
            *ret = *past;
            return;
        }
    }
    gw_sim_past_take(cloud, gateway, ret);
}
