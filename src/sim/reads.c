/*
 * The reads of one gateway, and what every read may meet: what the vendor would say of it at this moment. The
 * list is in list.c.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "model.h"

bool gw_sim_read_fails(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    const char *about = ask->gateway_id ? ask->gateway_id : gw_sim_param(ask, "RegionId");
    uint32_t moment = (uint32_t)ask->now_ms;

    if (!about ||
        !gw_sim_chance(ask->cloud, GW_SALT_READ_ERROR, about, moment, ask->cloud->options.read_error_bp))
        return false;
    if (gw_sim_draw(ask->cloud, GW_SALT_READ_ERROR_CODE, about, moment, 2) == 0)
        gw_sim_refuse(ret, "InternalError", "The request processing has failed due to some unknown error.");
    else
        gw_sim_refuse(ret, "ServiceUnavailable", "The request has failed due to a temporary failure.");
    return true;
}

/* The one gateway that a read is about; code is what the action says when there is none. */
static bool gw_sim_see_one(const struct gw_sim_ask *ask, enum gw_sim_read read, const char *code,
                           struct gw_cloud_response *ret)
{
    if (gw_sim_misses(ret, gw_sim_param(ask, "RegionId"), "RegionId") ||
        gw_sim_misses(ret, ask->gateway_id, "SmartAGId"))
        return false;
    if (ask->gateway == GW_SIM_NONE) {
        gw_sim_refuse(ret, code, "The specified Smart Access Gateway instance does not exist.");
        return false;
    }
    gw_sim_see(ask->cloud, ask->gateway, read, ask->now_ms, &ret->gateway[0]);
    ret->n = 1;
    return true;
}

void gw_sim_attribute(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    if (gw_sim_see_one(ask, GW_SIM_READ_ATTRIBUTE, "InvalidId.SMARTAG", ret))
        ret->answer = GW_CLOUD_ANSWER_GATEWAY;
}

void gw_sim_ha(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    if (gw_sim_see_one(ask, GW_SIM_READ_HA, "InvalidId.SMARTAG", ret))
        ret->answer = GW_CLOUD_ANSWER_HA;
}

void gw_sim_device_info(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    struct gw_cloud_seen_gateway *seen = &ret->gateway[0];

    if (gw_sim_misses(ret, ask->serial, "SmartAGSn") ||
        !gw_sim_see_one(ask, GW_SIM_READ_DEVICE, "SAG.InstanceNoFound", ret))
        return;
    if (ask->device == GW_SIM_NONE) {
        gw_sim_refuse(ret, "SAG.InvalidSerialNumber", "The specified serial number is invalid.");
        return;
    }
    if (strcmp(seen->device[0].serial, ask->serial) != 0)
        seen->device[0] = seen->device[1];
    seen->n_devices = 1;
    ret->answer = GW_CLOUD_ANSWER_DEVICE;
}

void gw_sim_versions(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    bool dpi;

    if (!gw_sim_see_one(ask, GW_SIM_READ_ATTRIBUTE, "InvalidId.SMARTAG", ret) ||
        !gw_sim_version_type(ask, &dpi, ret))
        return;
    if (ask->serial && ask->device == GW_SIM_NONE) {
        gw_sim_refuse(ret, "SAG.InvalidSerialNumber", "The specified serial number is invalid.");
        return;
    }
    ret->n_versions = ask->cloud->n_versions[dpi];
    memcpy(ret->version, ask->cloud->version[dpi], ret->n_versions * sizeof(*ret->version));
    memcpy(ret->version_beta, ask->cloud->beta[dpi], ret->n_versions * sizeof(*ret->version_beta));
    ret->answer = GW_CLOUD_ANSWER_VERSIONS;
}
