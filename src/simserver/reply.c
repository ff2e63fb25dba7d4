/*
 * Facts to bodies. Field names, types and containers are the vendor's; fields that say nothing to a rollout
 * are left out, but for a few that a careful reader must step over.
 */
#include "reply.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/when.h"
#include "markup.h"

#define GW_REPLY_HOST        "smartag.sim"
#define GW_REPLY_CREATED_MS  INT64_C(1735689600000) /* 2025-01-01: every gateway and version of this cloud */
#define GW_REPLY_ENDS_MS     INT64_C(4102444800000) /* 2100-01-01 */
#define GW_REPLY_CHINA_MS    (8 * 3600 * 1000) /* start-up times are told without a zone, in China's time */
#define GW_REPLY_DAY_MS      INT64_C(86400000)
#define GW_REPLY_SERIALS_MAX 160
#define GW_REPLY_UID_LEAST   UINT64_C(1000000000000000)
#define GW_REPLY_UID_SPREAD  UINT64_C(8000000000000000) /* a double holds them all */

void gw_reply_error(struct gw_buf *buf, const struct gw_reply_style *style, const char *code,
                    const char *message)
{
    struct gw_markup markup;
    char recommend[160];

    (void)snprintf(recommend, sizeof(recommend), "https://%s/troubleshoot?q=%.80s", GW_REPLY_HOST, code);
    gw_markup_init(&markup, buf, style->xml, style->bare, "Error");
    gw_markup_text(&markup, "RequestId", style->request_id);
    gw_markup_text(&markup, "HostId", GW_REPLY_HOST);
    gw_markup_text(&markup, "Code", code);
    gw_markup_text(&markup, "Message", message);
    gw_markup_text(&markup, "Recommend", recommend);
    gw_markup_close(&markup);
}

/* "a" or "a,b": the vendor joins a pair's serials. */
static void gw_reply_serials(const struct gw_cloud_seen_gateway *gateway, char ret[GW_REPLY_SERIALS_MAX])
{
    if (gateway->n_devices == 2)
        (void)snprintf(ret, GW_REPLY_SERIALS_MAX, "%.79s,%.79s", gateway->device[0].serial,
                       gateway->device[1].serial);
    else
        (void)snprintf(ret, GW_REPLY_SERIALS_MAX, "%.159s", gateway->device[0].serial);
}

/* Where each region's gateways stand, in the language of the place. */
static const char *gw_reply_city(const char *region)
{
    static const struct {
        const char *region, *city;
    } cities[] = {
        {"cn-shanghai", "上海市"},       {"cn-hangzhou", "杭州市"},    {"cn-hongkong", "香港"},
        {"ap-southeast-1", "Singapore"}, {"ap-southeast-2", "Sydney"}, {"ap-southeast-3", "Kuala Lumpur"},
        {"ap-southeast-5", "Jakarta"},   {"ap-northeast-1", "東京"},   {"eu-central-1", "Frankfurt am Main"},
    };

    for (size_t i = 0; i < GW_COUNT_OF(cities); i++) {
        if (strcmp(cities[i].region, region) == 0)
            return cities[i].city;
    }
    return "";
}

/* Sixteen digits for an account, as the vendor counts them. */
static int64_t gw_reply_uid(const char *account)
{
    return (int64_t)(GW_REPLY_UID_LEAST + gw_hash(account, strlen(account), 0) % GW_REPLY_UID_SPREAD);
}

/* What the list and the attribute call say alike. */
static void gw_reply_gateway(struct gw_markup *markup, const struct gw_cloud_seen_gateway *gateway)
{
    bool online = gateway->device[0].online;
    char serials[GW_REPLY_SERIALS_MAX];

    gw_reply_serials(gateway, serials);
    gw_markup_text(markup, "SmartAGId", gateway->gateway_id);
    gw_markup_text(markup, "Name", gateway->name);
    gw_markup_int(markup, "SmartAGUid", gw_reply_uid(gateway->account));
    gw_markup_text(markup, "Description", "");
    gw_markup_text(markup, "City", gw_reply_city(gateway->region));
    gw_markup_text(markup, "Status", gateway->status);
    gw_markup_text(markup, "SerialNumber", serials);
    gw_markup_text(markup, "VpnStatus", online ? "up" : "down");
    gw_markup_text(markup, "RoutingStrategy", "static");
    gw_markup_text(markup, "AssociatedCcnId", gateway->bound ? "ccn-sim" : "");
    gw_markup_text(markup, "MaxBandwidth", "50M");
    gw_markup_int(markup, "SecurityLockThreshold", 604800);
    gw_markup_int(markup, "CreateTime",
                  gateway->created_ms ? (int64_t)gateway->created_ms : GW_REPLY_CREATED_MS);
    gw_markup_int(markup, "EndTime", GW_REPLY_ENDS_MS);
    gw_markup_list(markup, "Links", "Link");
    gw_markup_close(markup);
}

static void gw_reply_list(struct gw_markup *markup, const struct gw_cloud_response *response)
{
    gw_markup_int(markup, "TotalCount", response->total);
    gw_markup_int(markup, "PageNumber", response->page);
    gw_markup_int(markup, "PageSize", response->page_size);
    gw_markup_list(markup, "SmartAccessGateways", "SmartAccessGateway");
    for (uint32_t i = 0; i < response->n; i++) {
        const struct gw_cloud_seen_gateway *gateway = &response->gateway[i];

        gw_markup_item(markup);
        gw_reply_gateway(markup, gateway);
        gw_markup_text(markup, "HardwareVersion", gateway->model);
        gw_markup_text(markup, "Isp", gateway->isp);
        gw_markup_text(markup, "SoftwareVersion", gateway->device[0].version);
        gw_markup_text(markup, "BackupStatus", gateway->backup_status);
        if (gateway->n_devices == 2)
            gw_markup_text(markup, "BackupSoftwareVersion", gateway->device[1].version);
        gw_markup_close(markup);
    }
    gw_markup_close(markup);
}

static void gw_reply_attribute(struct gw_markup *markup, const struct gw_cloud_response *response)
{
    const struct gw_cloud_seen_gateway *gateway = &response->gateway[0];
    char secret[128];

    gw_reply_gateway(markup, gateway);
    gw_markup_text(markup, "InstanceType", gateway->model);
    gw_markup_text(markup, "TrafficMasterSn", gateway->device[0].serial);
    gw_markup_list(markup, "Devices", "Device");
    for (uint32_t i = 0; i < gateway->n_devices; i++) {
        const struct gw_cloud_seen_device *device = &gateway->device[i];

        gw_markup_item(markup);
        gw_markup_text(markup, "SerialNumber", device->serial);
        gw_markup_text(markup, "SoftwareVersion", device->version);
        gw_markup_text(markup, "DpiSignatureDbVersion", device->dpi_version);
        gw_markup_text(markup, "MonitorVersion", "0.1.11.17");
        gw_markup_text(markup, "HcState", device->online ? "online" : "offline");
        gw_markup_text(markup, "HaState", device->standby ? "Standby" : "Active");
        (void)snprintf(secret, sizeof(secret), "sk-%.80s-not-to-be-kept", device->serial);
        gw_markup_text(markup, "SecretKey", secret);
        gw_markup_int(markup, "DistributeSkStatus", 1);
        gw_markup_close(markup);
    }
    gw_markup_close(markup);
}

static void gw_reply_device(struct gw_markup *markup, const struct gw_cloud_response *response)
{
    const struct gw_cloud_seen_device *device = &response->gateway[0].device[0];
    char started[GW_WHEN_TEXT_SIZE];

    gw_when_text((int64_t)device->started_ms + GW_REPLY_CHINA_MS, started);
    /* 2026-01-02T03:04:05Z becomes 2026-01-02 03:04:05. */
    started[strcspn(started, "T")] = ' ';
    started[strcspn(started, "Z")] = '\0';
    gw_markup_text(markup, "Version", device->version);
    gw_markup_text(markup, "ControllerState", device->online ? "Normal" : "Abnormal");
    gw_markup_text(markup, "VpnState", device->online ? "Normal" : "Abnormal");
    gw_markup_text(markup, "SynStatus", device->online ? "Synchronized" : "Unsynchronized");
    gw_markup_text(markup, "SmartAGType", response->gateway[0].model);
    gw_markup_text(markup, "ServiceIP", "192.0.2.1");
    gw_markup_text(markup, "StartupTime", started);
    gw_markup_text(markup, "LastConnectedControllerTime", started);
    gw_markup_text(markup, "ResettableStatus", "Enabled");
}

static void gw_reply_versions(struct gw_markup *markup, const struct gw_cloud_response *response)
{
    gw_markup_list(markup, "SmartAGVersions", "SmartAGVersion");
    /* In no order that a client may rely on. */
    for (uint32_t i = response->n_versions; i-- > 0;) {
        gw_markup_item(markup);
        gw_markup_text(markup, "VersionCode", response->version[i]);
        gw_markup_text(markup, "VersionName", response->version[i]);
        gw_markup_text(markup, "Type", response->version_beta[i] ? "beta" : "release");
        gw_markup_int(markup, "CreateTime", GW_REPLY_CREATED_MS + (int64_t)i * GW_REPLY_DAY_MS);
        gw_markup_close(markup);
    }
    gw_markup_close(markup);
}

static void gw_reply_ha(struct gw_markup *markup, const struct gw_cloud_response *response)
{
    const struct gw_cloud_seen_gateway *gateway = &response->gateway[0];
    bool pair = gateway->n_devices == 2;

    gw_markup_text(markup, "SmartAGId", gateway->gateway_id);
    gw_markup_text(markup, "DeviceLevelBackupState", pair ? "ON" : "OFF");
    gw_markup_text(markup, "DeviceLevelBackupType",
                   !pair           ? "no_backup"
                   : gateway->cold ? "cold_backup"
                                   : "warm_backup");
    gw_markup_text(markup, "MainDeviceId", gateway->device[0].serial);
    gw_markup_text(markup, "BackupDeviceId", pair ? gateway->device[1].serial : "");
    gw_markup_list(markup, "LinkBackupInfoList", "LinkBackupInfoList");
    gw_markup_close(markup);
}

static void gw_reply_policy(struct gw_markup *markup, const struct gw_cloud_response *response)
{
    const struct gw_cloud_policy *policy = &response->policy;

    gw_markup_text(markup, "SmartAGId", response->gateway[0].gateway_id);
    gw_markup_text(markup, "SerialNumber", response->gateway[0].device[0].serial);
    gw_markup_text(markup, "UpgradeType", policy->type);
    gw_markup_text(markup, "CronExpression", policy->cron);
    gw_markup_int(markup, "Duration", policy->duration_min);
    gw_markup_int(markup, "Jitter", policy->jitter_min);
    gw_markup_text(markup, "TimeZone", policy->zone);
}

void gw_reply_success(struct gw_buf *buf, const struct gw_reply_style *style,
                      const struct gw_cloud_response *response)
{
    struct gw_markup markup;
    char root[96];

    (void)snprintf(root, sizeof(root), "%.80sResponse", style->action ? style->action : "");
    gw_markup_init(&markup, buf, style->xml, style->bare, root);
    gw_markup_text(&markup, "RequestId", style->request_id);
    if (response->answer == GW_CLOUD_ANSWER_LIST)
        gw_reply_list(&markup, response);
    else if (response->answer == GW_CLOUD_ANSWER_GATEWAY)
        gw_reply_attribute(&markup, response);
    else if (response->answer == GW_CLOUD_ANSWER_DEVICE)
        gw_reply_device(&markup, response);
    else if (response->answer == GW_CLOUD_ANSWER_VERSIONS)
        gw_reply_versions(&markup, response);
    else if (response->answer == GW_CLOUD_ANSWER_HA)
        gw_reply_ha(&markup, response);
    else if (response->answer == GW_CLOUD_ANSWER_POLICY)
        gw_reply_policy(&markup, response);
    gw_markup_close(&markup);
}

void gw_reply_grant(struct gw_buf *buf, const struct gw_reply_style *style, const struct gw_params *params,
                    const struct gw_sts_grant *grant)
{
    const char *arn = gw_params_get(params, "RoleArn"), *session = gw_params_get(params, "RoleSessionName");
    char root[96], expires[GW_WHEN_TEXT_SIZE], user[512];
    struct gw_markup markup;

    (void)snprintf(root, sizeof(root), "%.80sResponse", style->action);
    gw_when_text((int64_t)grant->expires_ms, expires);
    gw_markup_init(&markup, buf, style->xml, style->bare, root);
    gw_markup_text(&markup, "RequestId", style->request_id);
    gw_markup_open(&markup, "AssumedRoleUser");
    (void)snprintf(user, sizeof(user), "%.400s/%.100s", arn, session);
    gw_markup_text(&markup, "Arn", user);
    (void)snprintf(user, sizeof(user), "300000000000000000:%.100s", session);
    gw_markup_text(&markup, "AssumedRoleId", user);
    gw_markup_close(&markup);
    gw_markup_open(&markup, "Credentials");
    gw_markup_text(&markup, "AccessKeyId", grant->id);
    gw_markup_text(&markup, "AccessKeySecret", grant->secret);
    gw_markup_text(&markup, "SecurityToken", grant->token);
    gw_markup_text(&markup, "Expiration", expires);
    gw_markup_close(&markup);
    gw_markup_close(&markup);
}
