/*
 * Devices that are out of reach again and again: their uplink, not their life, so that an upgrade goes on
 * meanwhile and roles stay. A flap is a function of the time alone: nothing has to happen for it.
 */
#include "model.h"

bool gw_sim_flaps(const struct gw_cloud *cloud, const struct gw_sim_device *device, uint64_t at_ms,
                  uint64_t *ret_end_ms)
{
    const struct gw_cloud_options *options = &cloud->options;
    uint64_t from_ms, into_ms, end_ms;

    if (!device->flaps || options->flap_every_ms == 0 || at_ms >= cloud->calm_ms)
        return false;
    from_ms =
        options->start_ms + gw_sim_draw(cloud, GW_SALT_FLAP_FROM, device->serial, 0, options->flap_every_ms);
    if (at_ms < from_ms)
        return false;
    into_ms = (at_ms - from_ms) % options->flap_every_ms;
    if (into_ms >= options->flap_for_ms)
        return false;
    end_ms = at_ms - into_ms + options->flap_for_ms;
    *ret_end_ms = end_ms < cloud->calm_ms ? end_ms : cloud->calm_ms;
    return true;
}
