/*
 * A device's life: what it is born with, and what happens to it by itself. When two things happen at one moment, the
 * order here is the law: an upgrade begins, or an old one turns out not to have lasted, or somebody else comes.
 */
#include "gatewave/base/text.h"
#include "model.h"

void gw_sim_device_born(struct gw_cloud *cloud, struct gw_sim_device *device)
{
    const struct gw_cloud_options *options = &cloud->options;
    const char *serial = device->serial;
    bool other =
        options->brick_model && gw_text_equal(cloud->gateway[device->gateway].model, options->brick_model);

    device->life = GW_SIM_ONLINE;
    device->started_ms = options->start_ms;
    device->begin_ms = device->relapse_ms = device->foreign_ms = GW_SIM_NEVER;
    device->brick =
        gw_sim_chance(cloud, GW_SALT_BRICK, serial, 0, other ? options->brick_model_bp : options->brick_bp);
    device->stay = gw_sim_chance(cloud, GW_SALT_STAY, serial, 0, options->stay_bp);
    device->slow = gw_sim_chance(cloud, GW_SALT_SLOW, serial, 0, options->slow_bp);
    device->older = gw_sim_chance(cloud, GW_SALT_OLDER, serial, 0, options->older_bp);
    device->relapse = gw_sim_chance(cloud, GW_SALT_RELAPSE, serial, 0, options->relapse_bp);
    device->flaps = gw_sim_chance(cloud, GW_SALT_FLAP, serial, 0, options->flap_bp);
    if (gw_sim_chance(cloud, GW_SALT_FOREIGN, serial, 0, options->foreign_bp))
        device->foreign_ms = gw_sim_foreign_moment(cloud, serial);
    if (gw_sim_chance(cloud, GW_SALT_AUTO, serial, 0, options->auto_bp))
        (void)gw_sim_policy_be(device, "scheduled");
    if (gw_sim_chance(cloud, GW_SALT_OFFLINE, serial, 0, options->offline_bp)) {
        bool forever = gw_sim_draw(cloud, GW_SALT_OFFLINE_FOREVER, serial, 0, 2) == 0;

        device->life = GW_SIM_OFFLINE;
        device->until_ms = forever ? GW_SIM_NEVER : options->start_ms + options->upgrade_max_ms;
    }
}

static const char **gw_sim_device_version(struct gw_sim_device *device)
{
    return device->pending_is_dpi ? &device->dpi_version : &device->version;
}

/* The device goes down for its upgrade. */
static void gw_sim_device_begin(struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t at_ms)
{
    struct gw_sim_gateway *gateway = &cloud->gateway[device->gateway];

    device->life = GW_SIM_UPGRADING;
    device->until_ms = at_ms + device->lasts_ms;
    device->begin_ms = GW_SIM_NEVER;
    device->before = *gw_sim_device_version(device);
    if (gateway->switches && gateway->n_devices == 2 && &cloud->device[gateway->device[0]] == device &&
        gw_sim_device_online(cloud, &cloud->device[gateway->device[1]], at_ms))
        gw_sim_swap_roles(gateway);
}

/* An upgrade is over: the device is back, unless it is one that never comes back. */
static void gw_sim_device_return(struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t at_ms)
{
    struct gw_sim_gateway *gateway = &cloud->gateway[device->gateway];
    const char **version = gw_sim_device_version(device);

    if (device->brick) {
        device->life = GW_SIM_OFFLINE;
        device->until_ms = GW_SIM_NEVER;
        return;
    }
    device->life = GW_SIM_ONLINE;
    device->started_ms = at_ms;
    if (device->stay)
        return;
    if (device->older) {
        if (gw_sim_version_order(cloud->options.older_version, *version) < 0)
            *version = cloud->options.older_version;
        return;
    }
    *version = device->pending;
    if (device->relapse)
        device->relapse_ms = at_ms + cloud->options.relapse_after_ms;
    if (gateway->takes_over && gateway->n_devices == 2 && &cloud->device[gateway->device[1]] == device)
        gw_sim_swap_roles(gateway);
}

static void gw_sim_device_relapse(const struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t at_ms)
{
    device->relapse_ms = GW_SIM_NEVER;
    if (gw_sim_draw(cloud, GW_SALT_RELAPSE_DARK, device->serial, 0, 2) == 0) {
        device->life = GW_SIM_OFFLINE;
        device->until_ms = GW_SIM_NEVER;
    } else {
        *gw_sim_device_version(device) = device->before;
        device->started_ms = at_ms;
    }
}

uint64_t gw_sim_device_next_ms(const struct gw_cloud *cloud, const struct gw_sim_device *device)
{
    uint64_t foreign_ms;

    if (device->life != GW_SIM_ONLINE)
        return device->until_ms;
    if (device->begin_ms != GW_SIM_NEVER)
        return device->begin_ms;
    foreign_ms = gw_sim_foreign_ms(cloud, device);
    return device->relapse_ms <= foreign_ms ? device->relapse_ms : foreign_ms;
}

void gw_sim_device_happen(struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t at_ms)
{
    if (device->life == GW_SIM_UPGRADING) {
        gw_sim_device_return(cloud, device, at_ms);
    } else if (device->life == GW_SIM_OFFLINE) {
        device->life = GW_SIM_ONLINE;
        device->started_ms = at_ms;
    } else if (at_ms == device->begin_ms) {
        gw_sim_device_begin(cloud, device, at_ms);
    } else if (at_ms == device->relapse_ms) {
        gw_sim_device_relapse(cloud, device, at_ms);
    } else {
        gw_sim_foreign_upgrade(cloud, device, at_ms);
    }
}
