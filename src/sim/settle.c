/*
 * What happens to a gateway by itself, in the order in which it happens. Nothing ticks: whoever looks at a
 * gateway settles it first, and the same moments come out whether it is looked at once or a thousand times.
 */
#include "model.h"

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
