/*
 * What other people do to one device at a moment that whoever drives the model names: they upgrade it, as far as the
 * vendor lets them, or stand at the box and may do anything. Those who come by themselves are in foreign.c.
 */
#include "gatewave/base/check.h"
#include "model.h"

bool gw_cloud_upgrade_foreign(struct gw_cloud *cloud, uint32_t i, const char *version, uint64_t now_ms)
{
    struct gw_sim_device *device;

    GW_CHECK(i < cloud->serials.len);
    device = &cloud->device[i];
    gw_sim_settle(cloud, device->gateway, now_ms);
    if (!gw_sim_device_online(cloud, device, now_ms) || gw_sim_device_upgrading(device) ||
        gw_sim_version_order(version, device->version) <= 0)
        return false;
    gw_sim_device_accept(cloud, device, gw_table_keep(&cloud->text, version), false, true, now_ms);
    return true;
}

void gw_cloud_set_by_hand(struct gw_cloud *cloud, uint32_t i, const char *version, bool mended,
                          uint64_t now_ms)
{
    struct gw_sim_device *device;

    GW_CHECK(i < cloud->serials.len);
    device = &cloud->device[i];
    gw_sim_settle(cloud, device->gateway, now_ms);
    gw_sim_past_keep(cloud, &cloud->gateway[device->gateway], now_ms);
    device->life = GW_SIM_ONLINE;
    device->started_ms = now_ms;
    device->begin_ms = device->relapse_ms = GW_SIM_NEVER;
    device->version = gw_table_keep(&cloud->text, version);
    device->foreign = true;
    device->n_foreign++;
    if (mended)
        device->brick = device->stay = device->slow = device->older = device->relapse = false;
}
