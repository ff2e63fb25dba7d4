/* The reads in the vendor's words: every field, its type and its container, as JSON and as XML. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "reply.h"

#define DAY_MS 86400000.0

struct scene {
    struct gw_cloud_response *response;
    struct gw_reply_style style;
    struct gw_buf body;
    cJSON *json;
};

/* An HA pair, the standby offline. */
static void scene_begin(struct scene *scene, const char *action, enum gw_cloud_answer answer)
{
    *scene = (struct scene){.response = gw_mem_new(1, sizeof(*scene->response)),
                            .style = {.action = action, .request_id = "ID"}};
    *scene->response = (struct gw_cloud_response){
        .answer = answer, .page = 3, .page_size = 50, .total = 101, .n = 1, .http_status = 200};
    scene->response->gateway[0] = (struct gw_cloud_seen_gateway){
        .gateway_id = "sag-1",
        .name = "gw-1",
        .model = "sag-1000",
        .isp = "telecom",
        .region = "cn-shanghai",
        .account = "main",
        .bound = true,
        .status = "Active",
        .backup_status = "Offline",
        .n_devices = 2,
        .device = {{.serial = "s1a",
                    .version = "2.4.0",
                    .dpi_version = "d1",
                    .online = true,
                    .started_ms = 1767323045000},
                   {.serial = "s1b", .version = "2.3.0", .dpi_version = "d0", .standby = true}}};
    gw_buf_init(&scene->body, 0);
}

static void render(struct scene *scene, bool xml, bool bare)
{
    scene->style.xml = xml;
    scene->style.bare = bare;
    gw_buf_reset(&scene->body);
    gw_reply_success(&scene->body, &scene->style, scene->response);
    cJSON_Delete(scene->json);
    scene->json = xml ? NULL : cJSON_Parse(gw_buf_text(&scene->body));
    assert_true(xml || scene->json);
}

static void scene_end(struct scene *scene)
{
    cJSON_Delete(scene->json);
    gw_buf_release(&scene->body);
    free(scene->response);
}

static const cJSON *get(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    if (!item)
        fail_msg("there is no %s", name);
    return item;
}

/* Pairs of a name and a text, up to NULL. */
static void assert_texts(const cJSON *object, ...)
{
    va_list args;

    va_start(args, object);
    for (const char *name = va_arg(args, const char *); name; name = va_arg(args, const char *)) {
        const char *text = cJSON_GetStringValue(get(object, name)), *want = va_arg(args, const char *);

        if (!text || strcmp(text, want) != 0)
            fail_msg("%s is %s, not %s", name, text ? text : "no text", want);
    }
    va_end(args);
}

static double number(const cJSON *object, const char *name)
{
    assert_true(cJSON_IsNumber(get(object, name)));
    return get(object, name)->valuedouble;
}

static void assert_says(const struct scene *scene, const char *xml)
{
    if (!strstr(gw_buf_text(&scene->body), xml))
        fail_msg("no %s in %s", xml, gw_buf_text(&scene->body));
}

static void test_list(void **state)
{
    const cJSON *row;
    struct scene scene;

    (void)state;
    scene_begin(&scene, "DescribeSmartAccessGateways", GW_CLOUD_ANSWER_LIST);
    render(&scene, false, false);
    assert_texts(scene.json, "RequestId", "ID", NULL);
    assert_true(number(scene.json, "PageNumber") == 3);
    assert_true(number(scene.json, "PageSize") == 50);
    assert_true(number(scene.json, "TotalCount") == 101);
    row = cJSON_GetArrayItem(get(get(scene.json, "SmartAccessGateways"), "SmartAccessGateway"), 0);
    assert_texts(row, "SmartAGId", "sag-1", "Name", "gw-1", "City", "上海市", "Status", "Active",
                 "SoftwareVersion", "2.4.0", "BackupSoftwareVersion", "2.3.0", "BackupStatus", "Offline",
                 "SerialNumber", "s1a,s1b", "HardwareVersion", "sag-1000", "AssociatedCcnId", "ccn-sim",
                 "Isp", "telecom", "VpnStatus", "up", "RoutingStrategy", "static", "MaxBandwidth", "50M",
                 NULL);
    assert_true(number(row, "SecurityLockThreshold") > 0);
    assert_true(number(row, "CreateTime") == 1735689600000.0); /* 2025-01-01 */
    assert_true(number(row, "EndTime") > number(row, "CreateTime"));
    /* The owner's id: sixteen digits that a double holds. */
    assert_true(number(row, "SmartAGUid") >= 1e15 && number(row, "SmartAGUid") < 9007199254740992.0);
    assert_true(cJSON_IsArray(get(get(row, "Links"), "Link")));
    render(&scene, false, true);
    row = cJSON_GetArrayItem(get(scene.json, "SmartAccessGateways"), 0);
    assert_texts(row, "SmartAGId", "sag-1", NULL);
    render(&scene, true, false);
    assert_says(&scene, "<DescribeSmartAccessGatewaysResponse><RequestId>ID</RequestId>");
    assert_says(&scene, "<TotalCount>101</TotalCount><PageNumber>3</PageNumber><PageSize>50</PageSize>");
    assert_says(&scene, "<SmartAccessGateways><SmartAccessGateway><SmartAGId>sag-1</SmartAGId>");
    assert_says(&scene, "<SerialNumber>s1a,s1b</SerialNumber>");
    assert_says(&scene, "<City>上海市</City>");
    assert_says(&scene, "</SmartAccessGateway></SmartAccessGateways></DescribeSmartAccessGatewaysResponse>");
    render(&scene, true, true);
    assert_says(&scene, "<PageSize>50</PageSize><SmartAccessGateways><SmartAGId>sag-1</SmartAGId>");
    scene_end(&scene);
}

static void test_a_row_of_one_device(void **state)
{
    const cJSON *row;
    struct scene scene;
    double uid;

    (void)state;
    scene_begin(&scene, "DescribeSmartAccessGateways", GW_CLOUD_ANSWER_LIST);
    render(&scene, false, true);
    uid = number(cJSON_GetArrayItem(get(scene.json, "SmartAccessGateways"), 0), "SmartAGUid");
    scene.response->gateway[0].n_devices = 1;
    scene.response->gateway[0].backup_status = NULL;
    scene.response->gateway[0].bound = false;
    scene.response->gateway[0].account = "other";
    scene.response->gateway[0].region = "mars";
    scene.response->gateway[0].created_ms = 1800000000000;
    render(&scene, false, true);
    row = cJSON_GetArrayItem(get(scene.json, "SmartAccessGateways"), 0);
    assert_texts(row, "SerialNumber", "s1a", "AssociatedCcnId", "", "City", "", NULL);
    assert_false(cJSON_HasObjectItem(row, "BackupStatus"));
    assert_false(cJSON_HasObjectItem(row, "BackupSoftwareVersion"));
    assert_true(number(row, "CreateTime") == 1800000000000.0);
    assert_true(number(row, "SmartAGUid") != uid);
    scene.response->n = 0;
    render(&scene, false, false);
    assert_int_equal(cJSON_GetArraySize(get(get(scene.json, "SmartAccessGateways"), "SmartAccessGateway")),
                     0);
    scene_end(&scene);
}

static void test_attribute(void **state)
{
    const cJSON *devices;
    struct scene scene;

    (void)state;
    scene_begin(&scene, "DescribeSmartAccessGatewayAttribute", GW_CLOUD_ANSWER_GATEWAY);
    render(&scene, false, false);
    assert_texts(scene.json, "SmartAGId", "sag-1", "Status", "Active", "InstanceType", "sag-1000",
                 "TrafficMasterSn", "s1a", "SerialNumber", "s1a,s1b", NULL);
    devices = get(get(scene.json, "Devices"), "Device");
    assert_int_equal(cJSON_GetArraySize(devices), 2);
    assert_texts(cJSON_GetArrayItem(devices, 0), "SerialNumber", "s1a", "SoftwareVersion", "2.4.0",
                 "DpiSignatureDbVersion", "d1", "MonitorVersion", "0.1.11.17", "HcState", "online", "HaState",
                 "Active", "SecretKey", "sk-s1a-not-to-be-kept", NULL);
    assert_texts(cJSON_GetArrayItem(devices, 1), "SerialNumber", "s1b", "SoftwareVersion", "2.3.0",
                 "DpiSignatureDbVersion", "d0", "HcState", "offline", "HaState", "Standby", "SecretKey",
                 "sk-s1b-not-to-be-kept", NULL);
    assert_true(number(cJSON_GetArrayItem(devices, 0), "DistributeSkStatus") == 1);
    render(&scene, true, false);
    assert_says(&scene, "<Devices><Device><SerialNumber>s1a</SerialNumber>");
    render(&scene, true, true);
    assert_says(&scene, "</Devices><Devices><SerialNumber>s1b</SerialNumber>");
    scene_end(&scene);
}

static void test_device_info(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, "DescribeSAGDeviceInfo", GW_CLOUD_ANSWER_DEVICE);
    render(&scene, false, false);
    assert_texts(scene.json, "Version", "2.4.0", "ControllerState", "Normal", "VpnState", "Normal",
                 "SynStatus", "Synchronized", "SmartAGType", "sag-1000", "ServiceIP", "192.0.2.1",
                 "StartupTime", "2026-01-02 11:04:05", "LastConnectedControllerTime", "2026-01-02 11:04:05",
                 "ResettableStatus", "Enabled", NULL);
    scene.response->gateway[0].device[0].online = false;
    render(&scene, false, false);
    assert_texts(scene.json, "ControllerState", "Abnormal", "VpnState", "Abnormal", "SynStatus",
                 "Unsynchronized", NULL);
    render(&scene, true, false);
    assert_says(&scene, "<DescribeSAGDeviceInfoResponse><RequestId>ID</RequestId><Version>2.4.0</Version>");
    scene_end(&scene);
}

/* In an order that tells nothing: CreateTime does. */
static void test_versions(void **state)
{
    const cJSON *versions;
    struct scene scene;

    (void)state;
    scene_begin(&scene, "DescribeSmartAccessGatewayVersions", GW_CLOUD_ANSWER_VERSIONS);
    scene.response->version[0] = "2.3.0";
    scene.response->version[1] = "2.4.0";
    scene.response->version_beta[1] = true;
    scene.response->n_versions = 2;
    render(&scene, false, false);
    versions = get(get(scene.json, "SmartAGVersions"), "SmartAGVersion");
    assert_int_equal(cJSON_GetArraySize(versions), 2);
    assert_texts(cJSON_GetArrayItem(versions, 0), "VersionCode", "2.4.0", "VersionName", "2.4.0", "Type",
                 "beta", NULL);
    assert_texts(cJSON_GetArrayItem(versions, 1), "VersionCode", "2.3.0", "Type", "release", NULL);
    assert_true(number(cJSON_GetArrayItem(versions, 0), "CreateTime") -
                    number(cJSON_GetArrayItem(versions, 1), "CreateTime") ==
                DAY_MS);
    render(&scene, false, true);
    assert_int_equal(cJSON_GetArraySize(get(scene.json, "SmartAGVersions")), 2);
    render(&scene, true, false);
    assert_says(&scene, "<SmartAGVersions><SmartAGVersion><VersionCode>2.4.0</VersionCode>");
    scene_end(&scene);
}

static void test_ha(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, "DescribeSmartAccessGatewayHa", GW_CLOUD_ANSWER_HA);
    render(&scene, false, false);
    assert_texts(scene.json, "DeviceLevelBackupState", "ON", "DeviceLevelBackupType", "warm_backup",
                 "MainDeviceId", "s1a", "BackupDeviceId", "s1b", NULL);
    assert_true(cJSON_IsArray(get(get(scene.json, "LinkBackupInfoList"), "LinkBackupInfoList")));
    scene.response->gateway[0].cold = true;
    render(&scene, false, false);
    assert_texts(scene.json, "DeviceLevelBackupState", "ON", "DeviceLevelBackupType", "cold_backup", NULL);
    scene.response->gateway[0].n_devices = 1;
    render(&scene, false, false);
    assert_texts(scene.json, "DeviceLevelBackupState", "OFF", "DeviceLevelBackupType", "no_backup",
                 "MainDeviceId", "s1a", "BackupDeviceId", "", NULL);
    scene_end(&scene);
}

static void test_policy(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, "DescribeDeviceAutoUpgradePolicy", GW_CLOUD_ANSWER_POLICY);
    scene.response->policy = (struct gw_cloud_policy){.type = "scheduled",
                                                      .cron = "0 0 4 1/1 * ?",
                                                      .zone = "Asia/Tokyo",
                                                      .duration_min = 60,
                                                      .jitter_min = 5};
    render(&scene, false, false);
    assert_texts(scene.json, "RequestId", "ID", "SmartAGId", "sag-1", "SerialNumber", "s1a", "UpgradeType",
                 "scheduled", "CronExpression", "0 0 4 1/1 * ?", "TimeZone", "Asia/Tokyo", NULL);
    assert_true(number(scene.json, "Duration") == 60);
    assert_true(number(scene.json, "Jitter") == 5);
    render(&scene, true, false);
    assert_says(&scene, "<UpgradeType>scheduled</UpgradeType><CronExpression>0 0 4 1/1 * ?</CronExpression>");
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),      cmocka_unit_test(test_a_row_of_one_device),
        cmocka_unit_test(test_attribute), cmocka_unit_test(test_device_info),
        cmocka_unit_test(test_versions),  cmocka_unit_test(test_ha),
        cmocka_unit_test(test_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
