/*
 * What happens to a gateway by itself, in the order in which it happens. Nothing ticks: whoever looks at a
 * gateway settles it first, and the same moments come out whether it is looked at once or a thousand times.
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

static uint64_t gw_sim_flip_ms(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway)
{
    return gateway->n_devices == 2 && gateway->flip_ms < cloud->calm_ms ? gateway->flip_ms : GW_SIM_NEVER;
}

static void gw_sim_flip(const struct gw_cloud *cloud, struct gw_sim_gateway *gateway, uint64_t at_ms)
{
    gateway->flip_ms = GW_SIM_NEVER;
    if (gw_sim_device_online(cloud, &cloud->device[gateway->device[1]], at_ms))
        gw_sim_swap_roles(gateway);
}

void gw_sim_settle(struct gw_cloud *cloud, uint32_t index, uint64_t now_ms)
{
    struct gw_sim_gateway *gateway = &cloud->gateway[index];

    for (;;) {
        uint64_t at_ms = gw_sim_flip_ms(cloud, gateway);
        struct gw_sim_device *who = NULL;

        /* At the same moment: the roles first, then the active one, then the standby. */
        for (uint32_t i = 0; i < gateway->n_devices; i++) {
            struct gw_sim_device *device = &cloud->device[gateway->device[i]];
            uint64_t next_ms = gw_sim_device_next_ms(cloud, device);

            if (next_ms < at_ms) {
                at_ms = next_ms;
                who = device;
            }
        }
        if (at_ms > now_ms || at_ms == GW_SIM_NEVER)
            return;
        gw_sim_past_keep(cloud, gateway, at_ms);
        if (who)
            gw_sim_device_happen(cloud, who, at_ms);
        else
            gw_sim_flip(cloud, gateway, at_ms);
    }
}
