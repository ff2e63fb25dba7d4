/*
 * The roles of a pair: the first of its two devices is the active one. Upgrades swap them (life.c), and so does a
 * gateway by itself, once: that is a flip.
 */
#include "model.h"

void gw_sim_swap_roles(struct gw_sim_gateway *gateway)
{
    uint32_t active = gateway->device[0];

    gateway->device[0] = gateway->device[1];
    gateway->device[1] = active;
}

uint64_t gw_sim_flip_moment(const struct gw_cloud *cloud, const char *gateway_id)
{
    return gw_sim_moment(cloud, GW_SALT_FLIP_AT, gateway_id, cloud->options.flip_after_ms);
}

uint64_t gw_sim_flip_ms(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway)
{
    return gateway->n_devices == 2 && gateway->flip_ms < cloud->calm_ms ? gateway->flip_ms : GW_SIM_NEVER;
}

void gw_sim_flip(const struct gw_cloud *cloud, struct gw_sim_gateway *gateway, uint64_t at_ms)
{
    gateway->flip_ms = GW_SIM_NEVER;
    if (gw_sim_device_online(cloud, &cloud->device[gateway->device[1]], at_ms))
        gw_sim_swap_roles(gateway);
}
