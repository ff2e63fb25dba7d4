/*
 * UpdateSmartAccessGatewayVersion: the one call that changes anything. What the vendor checks comes in its
 * order: parameters, the instance, its standing, its state, the version; the faults stand where such faults
 * would.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "model.h"

/* The permanent refusals that refuse_bp hands out. */
static const char *const refusals[] = {"NotBoundCCN", "SmartAccessGatewayInArrears",
                                       "SmartAccessGatewayNotActivated", "PermissionError",
                                       "FeatureNotSupport"};

/* One of a script's shots, if it has any left. */
static bool gw_sim_shot(uint32_t *left)
{
    if (*left == 0)
        return false;
    if (*left != UINT32_MAX)
        (*left)--;
    return true;
}

static bool gw_sim_offers(const struct gw_cloud *cloud, const char *version, bool dpi,
                          const char **ret_version)
{
    for (uint32_t i = 0; i < cloud->n_versions[dpi]; i++) {
        if (strcmp(cloud->version[dpi][i], version) == 0) {
            *ret_version = cloud->version[dpi][i];
            return true;
        }
    }
    return false;
}

static bool gw_sim_update_addressed(const struct gw_sim_ask *ask, struct gw_cloud_response *ret,
                                    bool *ret_dpi)
{
    if (gw_sim_misses(ret, gw_sim_param(ask, "RegionId"), "RegionId") ||
        gw_sim_misses(ret, ask->gateway_id, "SmartAGId") ||
        gw_sim_misses(ret, gw_sim_param(ask, "VersionCode"), "VersionCode") ||
        !gw_sim_version_type(ask, ret_dpi, ret))
        return false;
    if (ask->gateway == GW_SIM_NONE) {
        gw_sim_refuse(ret, "InvalidId.SMARTAG", "The specified Smart Access Gateway instance ID is invalid.");
        return false;
    }
    if (ask->device == GW_SIM_NONE) {
        if (!gw_sim_misses(ret, ask->serial, "SerialNumber"))
            gw_sim_refuse(ret, "SAG.InvalidSerialNumber", "The specified serial number is invalid.");
        return false;
    }
    return true;
}

/* What this call would meet even if the device were ready. */
static bool gw_sim_update_faulty(struct gw_cloud *cloud, struct gw_sim_device *device, uint32_t nth,
                                 struct gw_cloud_response *ret)
{
    const struct gw_cloud_options *options = &cloud->options;
    const char *serial = device->serial;
    const char *refusal = cloud->gateway[device->gateway].refuse;

    if (gw_sim_shot(&device->script.lost_request_left) ||
        gw_sim_chance(cloud, GW_SALT_LOST_REQUEST, serial, nth, options->lost_request_bp)) {
        ret->drop = GW_CLOUD_DROP_REPLY;
        return true;
    }
    if (device->script.refuse && gw_sim_shot(&device->script.refuse_left))
        refusal = device->script.refuse;
    if (refusal) {
        gw_sim_refuse(ret, refusal, "The request was refused: %s.", refusal);
        return true;
    }
    if (gw_sim_chance(cloud, GW_SALT_FLAKY, serial, nth, options->flaky_bp)) {
        gw_sim_refuse(ret, "GetSmartAccessGatewayStateError", "Failed to obtain the state of the gateway.");
        return true;
    }
    return false;
}

enum gw_sim_internal {
    GW_SIM_INTERNAL_NONE = 0,
    GW_SIM_INTERNAL_BEFORE,
    GW_SIM_INTERNAL_AFTER
};

static enum gw_sim_internal gw_sim_update_internal(struct gw_cloud *cloud, struct gw_sim_device *device,
                                                   uint32_t nth)
{
    if (gw_sim_shot(&device->script.before_left))
        return GW_SIM_INTERNAL_BEFORE;
    if (gw_sim_shot(&device->script.after_left))
        return GW_SIM_INTERNAL_AFTER;
    if (!gw_sim_shot(&device->script.internal_left) &&
        !gw_sim_chance(cloud, GW_SALT_INTERNAL, device->serial, nth, cloud->options.internal_bp))
        return GW_SIM_INTERNAL_NONE;
    return gw_sim_draw(cloud, GW_SALT_INTERNAL_AFTER, device->serial, nth, 2) ? GW_SIM_INTERNAL_AFTER
                                                                              : GW_SIM_INTERNAL_BEFORE;
}

/* False, and ret filled, when the device is not ready for this version. */
static bool gw_sim_update_fits(const struct gw_sim_ask *ask, bool dpi, const char **ret_version,
                               struct gw_cloud_response *ret)
{
    const struct gw_cloud *cloud = ask->cloud;
    const struct gw_sim_device *device = &cloud->device[ask->device];
    const char *wanted = gw_sim_param(ask, "VersionCode");

    if (!gw_sim_offers(cloud, wanted, dpi, ret_version)) {
        gw_sim_refuse(ret, "VersionNotExist", "The specified version does not exist.");
        return false;
    }
    if (!gw_sim_device_online(cloud, device, ask->now_ms)) {
        gw_sim_refuse(ret, "SmartAccessGatewayNotOnline", "The Smart Access Gateway is not online.");
        return false;
    }
    if (gw_sim_version_order(wanted, dpi ? device->dpi_version : device->version) <= 0) {
        gw_sim_refuse(ret, "VersionTooOld", "The version is outdated. Select a newer version.");
        return false;
    }
    return true;
}

void gw_sim_update(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    struct gw_cloud *cloud = ask->cloud;
    struct gw_sim_device *device;
    enum gw_sim_internal internal;
    const char *version;
    uint64_t back_ms;
    uint32_t nth;
    bool dpi;

    if (!gw_sim_update_addressed(ask, ret, &dpi))
        return;
    device = &cloud->device[ask->device];
    nth = device->judged++;
    if (gw_sim_update_faulty(cloud, device, nth, ret))
        return;
    internal = gw_sim_update_internal(cloud, device, nth);
    if (internal != GW_SIM_INTERNAL_BEFORE) {
        if (!gw_sim_update_fits(ask, dpi, &version, ret))
            return;
        gw_sim_device_accept(cloud, device, version, dpi, false, ask->now_ms);
        back_ms = gw_sim_device_back_ms(cloud, device, ask->now_ms);
        ret->down_ms = back_ms == 0 || back_ms == GW_SIM_NEVER ? back_ms : back_ms - ask->now_ms;
        ret->took_effect = true;
    }
    if (internal != GW_SIM_INTERNAL_NONE)
        gw_sim_refuse(ret, "InternalError", "The request processing has failed due to some unknown error.");
    else if (gw_sim_shot(&device->script.lost_reply_left) ||
             gw_sim_chance(cloud, GW_SALT_LOST_REPLY, device->serial, nth, cloud->options.lost_reply_bp))
        ret->drop = GW_CLOUD_DROP_REPLY;
    else
        ret->answer = GW_CLOUD_ANSWER_EMPTY;
}

const char *gw_sim_refusal(const struct gw_cloud *cloud, const char *gateway_id)
{
    return gw_sim_chance(cloud, GW_SALT_REFUSE, gateway_id, 0, cloud->options.refuse_bp)
               ? refusals[gw_sim_draw(cloud, GW_SALT_REFUSE_CODE, gateway_id, 0, GW_COUNT_OF(refusals))]
               : NULL;
}
