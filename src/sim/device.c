/*
 * One device in virtual time: online, offline, or upgrading (offline too); what may be asked of it, and an upgrade
 * being accepted. What happens to it by itself is in life.c.
 */
#include "gatewave/base/check.h"
#include "model.h"

bool gw_sim_device_online(const struct gw_cloud *cloud, const struct gw_sim_device *device, uint64_t now_ms)
{
    uint64_t end_ms;

    return device->life == GW_SIM_ONLINE && !gw_sim_flaps(cloud, device, now_ms, &end_ms);
}

bool gw_sim_device_upgrading(const struct gw_sim_device *device)
{
    return device->life == GW_SIM_UPGRADING || device->begin_ms != GW_SIM_NEVER;
}

uint64_t gw_sim_device_back_ms(const struct gw_cloud *cloud, const struct gw_sim_device *device,
                               uint64_t now_ms)
{
    uint64_t back_ms = now_ms, end_ms;

    if (gw_sim_device_upgrading(device) && device->brick)
        return GW_SIM_NEVER;
    if (device->begin_ms != GW_SIM_NEVER)
        back_ms = device->begin_ms + device->lasts_ms;
    else if (device->life != GW_SIM_ONLINE)
        back_ms = device->until_ms;
    if (back_ms != GW_SIM_NEVER && gw_sim_flaps(cloud, device, back_ms, &end_ms))
        back_ms = end_ms;
    return back_ms == now_ms ? 0 : back_ms;
}

void gw_sim_device_accept(struct gw_cloud *cloud, struct gw_sim_device *device, const char *version, bool dpi,
                          bool foreign, uint64_t now_ms)
{
    const struct gw_cloud_options *options = &cloud->options;
    uint64_t spread_ms = options->upgrade_max_ms - options->upgrade_min_ms;
    uint32_t nth = device->effective + device->n_foreign;

    GW_CHECK(device->life == GW_SIM_ONLINE);
    device->pending = version;
    device->pending_is_dpi = dpi;
    device->foreign = foreign;
    device->relapse_ms = GW_SIM_NEVER;
    *(foreign ? &device->n_foreign : &device->effective) += 1;
    /* A second call before the first one's upgrade has begun: it begins once, to what was said last. */
    if (device->begin_ms != GW_SIM_NEVER)
        return;
    device->begin_ms = now_ms + gw_sim_draw(cloud, GW_SALT_BEGIN, device->serial, nth, options->begin_ms + 1);
    device->lasts_ms =
        options->upgrade_min_ms + gw_sim_draw(cloud, GW_SALT_DURATION, device->serial, nth, spread_ms + 1);
    if (device->slow)
        device->lasts_ms *= GW_CLOUD_SLOW_TIMES;
}
