/*
 * Gateways that come to the fleet later, and those that leave it: bought, and given back. One that is not
 * there is unknown to every call; its devices live on, and nobody can ask.
 */
#include "model.h"

bool gw_sim_here(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway, uint64_t now_ms)
{
    bool came = gateway->appear_ms <= now_ms && gateway->appear_ms < cloud->calm_ms;
    bool left = gateway->leave_ms <= now_ms && gateway->leave_ms < cloud->calm_ms;

    return came && !left;
}

uint64_t gw_sim_appear_moment(const struct gw_cloud *cloud, const char *gateway_id)
{
    return gw_sim_moment(cloud, GW_SALT_APPEAR_AT, gateway_id, cloud->options.appear_after_ms);
}

uint64_t gw_sim_leave_moment(const struct gw_cloud *cloud, const char *gateway_id)
{
    return gw_sim_moment(cloud, GW_SALT_LEAVE_AT, gateway_id, cloud->options.leave_after_ms);
}

void gw_sim_presence_born(struct gw_cloud *cloud, struct gw_sim_gateway *gateway)
{
    const struct gw_cloud_options *options = &cloud->options;
    const char *id = gateway->gateway_id;

    gateway->appear_ms = 0;
    gateway->leave_ms = GW_SIM_NEVER;
    if (gw_sim_chance(cloud, GW_SALT_APPEAR, id, 0, options->appear_bp))
        gateway->appear_ms = gw_sim_appear_moment(cloud, id);
    if (gw_sim_chance(cloud, GW_SALT_LEAVE, id, 0, options->leave_bp))
        gateway->leave_ms = gw_sim_leave_moment(cloud, id);
    /* Who is both comes first, and stays a while. */
    if (gateway->leave_ms <= gateway->appear_ms)
        gateway->leave_ms = gateway->appear_ms + 1 + options->leave_after_ms;
}
