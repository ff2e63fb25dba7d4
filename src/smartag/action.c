/*
 * The actions that may be signed, and their parameters as the vendor spells them: the same serial number is
 * SerialNumber to the upgrade call and SmartAGSn to the reads.
 */
#include "action.h"

#define REGION     "RegionId", GW_SLOT_REGION, true
#define GATEWAY_ID "SmartAGId", GW_SLOT_GATEWAY_ID, true

static const struct gw_action_row rows[GW_ACTION_COUNT] = {
    [GW_ACTION_UPDATE_VERSION] = {"UpdateSmartAccessGatewayVersion",
                                  {{REGION},
                                   {GATEWAY_ID},
                                   {"SerialNumber", GW_SLOT_SERIAL, false},
                                   {"VersionCode", GW_SLOT_VERSION, true},
                                   {"VersionType", GW_SLOT_VERSION_TYPE, true}},
                                  false},
    [GW_ACTION_LIST_GATEWAYS] = {"DescribeSmartAccessGateways",
                                 {{REGION},
                                  {"PageNumber", GW_SLOT_PAGE, true},
                                  {"PageSize", GW_SLOT_PAGE_SIZE, true}},
                                 true},
    [GW_ACTION_GATEWAY] = {"DescribeSmartAccessGatewayAttribute", {{REGION}, {GATEWAY_ID}}, false},
    [GW_ACTION_DEVICE_INFO] = {"DescribeSAGDeviceInfo",
                               {{REGION}, {GATEWAY_ID}, {"SmartAGSn", GW_SLOT_SERIAL, true}},
                               false},
    [GW_ACTION_GATEWAY_VERSIONS] = {"DescribeSmartAccessGatewayVersions",
                                    {{REGION},
                                     {GATEWAY_ID},
                                     {"SmartAGSn", GW_SLOT_SERIAL, false},
                                     {"VersionType", GW_SLOT_VERSION_TYPE, true}},
                                    false},
    [GW_ACTION_GATEWAY_HA] = {"DescribeSmartAccessGatewayHa", {{REGION}, {GATEWAY_ID}}, false},
    [GW_ACTION_AUTO_UPGRADE] = {"DescribeDeviceAutoUpgradePolicy",
                                {{REGION},
                                 {GATEWAY_ID},
                                 {"SerialNumber", GW_SLOT_SERIAL, true},
                                 {"VersionType", GW_SLOT_VERSION_TYPE, true}},
                                false},
    [GW_ACTION_SET_AUTO_UPGRADE] = {"ModifyDeviceAutoUpgradePolicy",
                                    {{REGION},
                                     {GATEWAY_ID},
                                     {"SerialNumber", GW_SLOT_SERIAL, true},
                                     {"VersionType", GW_SLOT_VERSION_TYPE, true},
                                     {"UpgradeType", GW_SLOT_UPGRADE_TYPE, true},
                                     {"CronExpression", GW_SLOT_CRON, true},
                                     {"Duration", GW_SLOT_DURATION, true},
                                     {"TimeZone", GW_SLOT_TIME_ZONE, true}},
                                    false},
};

const struct gw_action_row *gw_action_row(enum gw_action action)
{
    if (action <= GW_ACTION_NONE || action >= GW_ACTION_COUNT)
        return NULL;
    return &rows[action];
}

const char *gw_action_name(enum gw_action action)
{
    const struct gw_action_row *row = gw_action_row(action);

    return row ? row->name : "none";
}
