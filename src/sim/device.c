/*
 * One device in virtual time: online, offline, or upgrading (offline too). Nothing ticks: whoever looks at a
 * gateway settles it first, and the same moments come out whether it is looked at once or a thousand times.
 */
#include "gatewave/base/text.h"
#include "model.h"

void gw_sim_device_born(struct gw_cloud *cloud, struct gw_sim_device *device)
{
    const struct gw_cloud_options *options = &cloud->options;
    bool other =
        options->brick_model && gw_text_equal(cloud->gateway[device->gateway].model, options->brick_model);

    device->life = GW_SIM_ONLINE;
    device->started_ms = options->start_ms;
    device->relapse_ms = GW_SIM_NEVER;
    device->brick = gw_sim_chance(cloud, GW_SALT_BRICK, device->serial, 0,
                                  other ? options->brick_model_bp : options->brick_bp);
    device->stay = gw_sim_chance(cloud, GW_SALT_STAY, device->serial, 0, options->stay_bp);
    device->relapse = gw_sim_chance(cloud, GW_SALT_RELAPSE, device->serial, 0, options->relapse_bp);
    if (gw_sim_chance(cloud, GW_SALT_OFFLINE, device->serial, 0, options->offline_bp)) {
        bool forever = gw_sim_draw(cloud, GW_SALT_OFFLINE_FOREVER, device->serial, 0, 2) == 0;

        device->life = GW_SIM_OFFLINE;
        device->until_ms = forever ? GW_SIM_NEVER : options->start_ms + options->upgrade_max_ms;
    }
}

static void gw_sim_device_set_version(struct gw_sim_device *device, const char *version)
{
    if (device->pending_is_dpi)
        device->dpi_version = version;
    else
        device->version = version;
}

static void gw_sim_swap_roles(struct gw_sim_gateway *gateway)
{
    uint32_t active = gateway->device[0];

    gateway->device[0] = gateway->device[1];
    gateway->device[1] = active;
}

/* An upgrade is over: the device is back, unless it is one that never comes back. */
static void gw_sim_device_return(struct gw_cloud *cloud, struct gw_sim_device *device)
{
    struct gw_sim_gateway *gateway = &cloud->gateway[device->gateway];

    if (device->brick) {
        device->life = GW_SIM_OFFLINE;
        device->until_ms = GW_SIM_NEVER;
        return;
    }
    device->life = GW_SIM_ONLINE;
    device->started_ms = device->until_ms;
    if (device->stay)
        return;
    gw_sim_device_set_version(device, device->pending);
    if (device->relapse)
        device->relapse_ms = device->until_ms + cloud->options.relapse_after_ms;
    if (gateway->takes_over && gateway->n_devices == 2 && &cloud->device[gateway->device[1]] == device)
        gw_sim_swap_roles(gateway);
}

static void gw_sim_device_relapse(const struct gw_cloud *cloud, struct gw_sim_device *device)
{
    if (gw_sim_draw(cloud, GW_SALT_RELAPSE_DARK, device->serial, 0, 2) == 0) {
        device->life = GW_SIM_OFFLINE;
        device->until_ms = GW_SIM_NEVER;
    } else {
        gw_sim_device_set_version(device, device->before);
        device->started_ms = device->relapse_ms;
    }
    device->relapse_ms = GW_SIM_NEVER;
}

static void gw_sim_device_settle(struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t now_ms)
{
    if (device->life == GW_SIM_UPGRADING && now_ms >= device->until_ms) {
        gw_sim_device_return(cloud, device);
    } else if (device->life == GW_SIM_OFFLINE && now_ms >= device->until_ms) {
        device->life = GW_SIM_ONLINE;
        device->started_ms = device->until_ms;
    }
    if (device->life == GW_SIM_ONLINE && now_ms >= device->relapse_ms)
        gw_sim_device_relapse(cloud, device);
}

void gw_sim_settle(struct gw_cloud *cloud, uint32_t index, uint64_t now_ms)
{
    const struct gw_sim_gateway *gateway = &cloud->gateway[index];
    struct gw_sim_device *first = &cloud->device[gateway->device[0]], *second;

    if (gateway->n_devices == 1) {
        gw_sim_device_settle(cloud, first, now_ms);
        return;
    }
    /* What happens to the one may change the other's role: in the order in which it happens. */
    second = &cloud->device[gateway->device[1]];
    if (second->until_ms < first->until_ms) {
        second = first;
        first = &cloud->device[gateway->device[1]];
    }
    gw_sim_device_settle(cloud, first, now_ms);
    gw_sim_device_settle(cloud, second, now_ms);
}

uint64_t gw_sim_device_upgrade(struct gw_cloud *cloud, struct gw_sim_device *device, const char *version,
                               bool dpi, uint64_t now_ms)
{
    const struct gw_cloud_options *options = &cloud->options;
    uint64_t spread_ms = options->upgrade_max_ms - options->upgrade_min_ms;
    struct gw_sim_gateway *gateway = &cloud->gateway[device->gateway];

    device->pending = version;
    device->pending_is_dpi = dpi;
    device->before = dpi ? device->dpi_version : device->version;
    device->life = GW_SIM_UPGRADING;
    device->relapse_ms = GW_SIM_NEVER;
    device->until_ms = now_ms + options->upgrade_min_ms +
                       gw_sim_draw(cloud, GW_SALT_DURATION, device->serial, device->effective, spread_ms + 1);
    device->effective++;
    if (gateway->switches && gateway->n_devices == 2 && &cloud->device[gateway->device[0]] == device &&
        cloud->device[gateway->device[1]].life == GW_SIM_ONLINE)
        gw_sim_swap_roles(gateway);
    return device->brick ? GW_SIM_NEVER : device->until_ms - now_ms;
}
