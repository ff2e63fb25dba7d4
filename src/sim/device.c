/*
 * One device in virtual time: online, offline, or upgrading (offline too). Nothing ticks: whoever looks at a
 * device settles it first, and the same moments come out whether it is looked at once or a thousand times.
 */
#include "model.h"

void gw_sim_device_born(struct gw_cloud *cloud, struct gw_sim_device *device)
{
    const struct gw_cloud_options *options = &cloud->options;

    device->life = GW_SIM_ONLINE;
    device->started_ms = options->start_ms;
    device->brick = gw_sim_chance(cloud, GW_SALT_BRICK, device->serial, 0, options->brick_bp);
    device->stay = gw_sim_chance(cloud, GW_SALT_STAY, device->serial, 0, options->stay_bp);
    if (gw_sim_chance(cloud, GW_SALT_OFFLINE, device->serial, 0, options->offline_bp)) {
        bool forever = gw_sim_draw(cloud, GW_SALT_OFFLINE_FOREVER, device->serial, 0, 2) == 0;

        device->life = GW_SIM_OFFLINE;
        device->until_ms = forever ? GW_SIM_NEVER : options->start_ms + options->upgrade_max_ms;
    }
}

void gw_sim_device_settle(struct gw_sim_device *device, uint64_t now_ms)
{
    if (device->life == GW_SIM_ONLINE || now_ms < device->until_ms)
        return;
    if (device->life == GW_SIM_UPGRADING && device->brick) {
        device->life = GW_SIM_OFFLINE;
        device->until_ms = GW_SIM_NEVER;
        return;
    }
    if (device->life == GW_SIM_UPGRADING && !device->stay) {
        if (device->pending_is_dpi)
            device->dpi_version = device->pending;
        else
            device->version = device->pending;
    }
    device->life = GW_SIM_ONLINE;
    device->started_ms = device->until_ms;
}

void gw_sim_device_upgrade(struct gw_cloud *cloud, struct gw_sim_device *device, const char *version,
                           bool dpi, uint64_t now_ms)
{
    const struct gw_cloud_options *options = &cloud->options;
    uint64_t spread_ms = options->upgrade_max_ms - options->upgrade_min_ms;
    struct gw_sim_gateway *gateway = &cloud->gateway[device->gateway];

    device->pending = version;
    device->pending_is_dpi = dpi;
    device->life = GW_SIM_UPGRADING;
    device->until_ms = now_ms + options->upgrade_min_ms +
                       gw_sim_draw(cloud, GW_SALT_DURATION, device->serial, device->effective, spread_ms + 1);
    device->effective++;
    if (gateway->switches && gateway->n_devices == 2 && &cloud->device[gateway->device[0]] == device) {
        struct gw_sim_device *mate = &cloud->device[gateway->device[1]];

        gw_sim_device_settle(mate, now_ms);
        if (mate->life == GW_SIM_ONLINE) {
            uint32_t active = gateway->device[0];

            gateway->device[0] = gateway->device[1];
            gateway->device[1] = active;
        }
    }
}
