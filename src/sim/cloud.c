/*
 * The cloud's front desk: which action, whose gateway, and the rules that every request meets before its
 * action does (signed time and nonce, action's name, throttle). One request costs some hash look-ups; an
 * unfiltered list call walks the fleet.
 */
#include "gatewave/sim/cloud.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "model.h"

static const struct gw_sim_action {
    const char *name;
    bool changes; /* counts with the update calls */
    bool upgrades;
    void (*answer)(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
} actions[] = {
    {"UpdateSmartAccessGatewayVersion", true, true, gw_sim_update},
    {"ModifyDeviceAutoUpgradePolicy", true, false, gw_sim_policy_change},
    {"DescribeSmartAccessGateways", false, false, gw_sim_list},
    {"DescribeSmartAccessGatewayAttribute", false, false, gw_sim_attribute},
    {"DescribeSAGDeviceInfo", false, false, gw_sim_device_info},
    {"DescribeSmartAccessGatewayVersions", false, false, gw_sim_versions},
    {"DescribeSmartAccessGatewayHa", false, false, gw_sim_ha},
    {"DescribeDeviceAutoUpgradePolicy", false, false, gw_sim_policy_tell},
};

/* The model's own word for text, or NULL. */
static const char *gw_sim_word(const struct gw_cloud *cloud, const char *text)
{
    uint32_t found = text ? gw_table_find(&cloud->text, text) : GW_TABLE_NONE;

    return found == GW_TABLE_NONE ? NULL : cloud->text.key[found];
}

/* Which gateway and device the parameters name, as far as this account can see them in this region. */
static void gw_sim_find(struct gw_sim_ask *ask)
{
    struct gw_cloud *cloud = ask->cloud;
    const struct gw_sim_gateway *gateway;
    uint32_t found;

    ask->gateway = ask->device = GW_SIM_NONE;
    ask->account = gw_sim_word(cloud, ask->request->account);
    ask->region = gw_sim_word(cloud, gw_sim_param(ask, "RegionId"));
    ask->gateway_id = gw_sim_param(ask, "SmartAGId");
    /* Two names for one thing: the calls that change a device say SerialNumber, those that read one say
     * SmartAGSn. */
    ask->serial = gw_sim_param(ask, "SerialNumber");
    if (!ask->serial)
        ask->serial = gw_sim_param(ask, "SmartAGSn");
    found = ask->gateway_id ? gw_table_find(&cloud->ids, ask->gateway_id) : GW_TABLE_NONE;
    if (found == GW_TABLE_NONE)
        return;
    gateway = &cloud->gateway[found];
    if (gateway->account != ask->account || gateway->region != ask->region ||
        !gw_sim_here(cloud, gateway, ask->now_ms))
        return;
    ask->gateway = found;
    if (!ask->serial && gateway->n_devices == 1)
        ask->device = gateway->device[0];
    for (uint32_t i = 0; ask->serial && i < gateway->n_devices; i++) {
        if (strcmp(cloud->device[gateway->device[i]].serial, ask->serial) == 0)
            ask->device = gateway->device[i];
    }
}

bool gw_cloud_admit(struct gw_cloud *cloud, const struct gw_cloud_request *request,
                    struct gw_cloud_response *ret)
{
    uint64_t now_ms = request->now_ms, apart_ms;

    if (!request->nonce)
        return true;
    apart_ms = request->signed_ms > now_ms ? request->signed_ms - now_ms : now_ms - request->signed_ms;
    if (apart_ms > cloud->options.validity_ms) {
        gw_sim_refuse(ret, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.");
        return false;
    }
    if (!gw_nonce_take(&cloud->nonces, request->account ? request->account : "", request->nonce, now_ms)) {
        gw_sim_refuse(ret, "SignatureNonceUsed", "Specified signature nonce was used already.");
        return false;
    }
    return true;
}

static void gw_sim_note_before(const struct gw_sim_ask *ask, struct gw_cloud_response *ret)
{
    const struct gw_sim_gateway *gateway = &ask->cloud->gateway[ask->gateway];
    struct gw_sim_device *device = &ask->cloud->device[ask->device];
    const char *type = gw_sim_param(ask, "VersionType");
    bool dpi = type && strcmp(type, "Dpi") == 0;

    gw_sim_settle(ask->cloud, ask->gateway, ask->now_ms);
    device->received++;
    ret->serial = device->serial;
    gw_text_copy(ret->version_before, sizeof(ret->version_before),
                 dpi ? device->dpi_version : device->version);
    ret->online_before = gw_sim_device_online(ask->cloud, device, ask->now_ms);
    ret->upgrading_before = gw_sim_device_upgrading(device);
    ret->foreign_before = ret->upgrading_before && device->foreign;
    ret->mate_online_before = true;
    for (uint32_t i = 0; i < gateway->n_devices; i++) {
        const struct gw_sim_device *other = &ask->cloud->device[gateway->device[i]];

        if (other == device) {
            ret->standby_before = i == 1;
            continue;
        }
        ret->mate_online_before = gw_sim_device_online(ask->cloud, other, ask->now_ms);
        ret->mate_upgrading_before = gw_sim_device_upgrading(other);
        gw_text_copy(ret->mate_version_before, sizeof(ret->mate_version_before),
                     dpi ? other->dpi_version : other->version);
    }
}

static bool gw_sim_is_closed(const struct gw_cloud *cloud, const char *region)
{
    for (uint32_t i = 0; i < cloud->n_closed; i++) {
        if (cloud->closed[i] == region)
            return true;
    }
    return false;
}

void gw_cloud_handle(struct gw_cloud *cloud, const struct gw_cloud_request *request,
                     struct gw_cloud_response *ret)
{
    struct gw_sim_ask ask = {.cloud = cloud, .request = request, .now_ms = request->now_ms};
    const struct gw_sim_action *action = NULL;

    GW_CHECK(request->n_params <= GW_CLOUD_PAIRS_MAX);
    *ret = (struct gw_cloud_response){.http_status = 200};
    for (size_t i = 0; i < GW_COUNT_OF(actions); i++) {
        if (request->action && strcmp(actions[i].name, request->action) == 0)
            action = &actions[i];
    }
    gw_sim_find(&ask);
    if (action && action->upgrades && ask.device != GW_SIM_NONE)
        gw_sim_note_before(&ask, ret);
    if (!gw_cloud_admit(cloud, request, ret))
        return;
    if (!action) {
        gw_sim_refuse(ret, "InvalidAction.NotFound",
                      "Specified api is not found, please check your url and method.");
        return;
    }
    if (gw_sim_is_closed(cloud, ask.region)) {
        gw_sim_refuse(ret, "InvalidRegionID", "The specified region is invalid.");
        return;
    }
    if (!gw_sim_throttle_take(&ask, action->changes, ret) ||
        (!action->changes && gw_sim_read_fails(&ask, ret)))
        return;
    action->answer(&ask, ret);
}
