/*
 * The other people with a console: they upgrade a device that a rollout also thinks of as its own. They wait
 * until it can be reached and is not upgrading, and they cannot do what the vendor refuses.
 */
#include "model.h"

uint64_t gw_sim_foreign_moment(const struct gw_cloud *cloud, const char *serial)
{
    return gw_sim_moment(cloud, GW_SALT_FOREIGN_AT, serial, cloud->options.foreign_after_ms);
}

uint64_t gw_sim_foreign_ms(const struct gw_cloud *cloud, const struct gw_sim_device *device)
{
    uint64_t at_ms = device->foreign_ms, end_ms;

    if (at_ms == GW_SIM_NEVER)
        return GW_SIM_NEVER;
    if (at_ms < device->started_ms)
        at_ms = device->started_ms;
    if (gw_sim_flaps(cloud, device, at_ms, &end_ms))
        at_ms = end_ms;
    return at_ms < cloud->calm_ms ? at_ms : GW_SIM_NEVER;
}

/* One of the versions on offer that are newer than what the device has, or NULL. */
static const char *gw_sim_foreign_choice(const struct gw_cloud *cloud, const struct gw_sim_device *device)
{
    const char *newer[GW_CLOUD_VERSIONS_MAX];
    uint32_t n = 0;

    for (uint32_t i = 0; i < cloud->n_versions[false]; i++) {
        if (gw_sim_version_order(cloud->version[false][i], device->version) > 0)
            newer[n++] = cloud->version[false][i];
    }
    return n ? newer[gw_sim_draw(cloud, GW_SALT_FOREIGN_VERSION, device->serial, 0, n)] : NULL;
}

void gw_sim_foreign_upgrade(struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t at_ms)
{
    const char *version = device->foreign_version;

    device->foreign_ms = GW_SIM_NEVER;
    if (!version)
        version = gw_sim_foreign_choice(cloud, device);
    if (version && gw_sim_version_order(version, device->version) > 0)
        gw_sim_device_accept(cloud, device, version, false, true, at_ms);
}
