/* Every action: what it needs, what it answers, and how it refuses. Codes and statuses are those of the vendor. */
#include "ask.h"

#define UPDATE    "UpdateSmartAccessGatewayVersion"
#define LIST      "DescribeSmartAccessGateways"
#define ATTRIBUTE "DescribeSmartAccessGatewayAttribute"
#define DEVICE    "DescribeSAGDeviceInfo"
#define VERSIONS  "DescribeSmartAccessGatewayVersions"
#define HA        "DescribeSmartAccessGatewayHa"
#define REGION    "RegionId", "cn-shanghai"

static void begin_fleet(struct ask *ask)
{
    ask_begin(ask, NULL);
    assert_true(ask_add(ask, "sag-1", "s1", GW_CLOUD_SINGLE));
    assert_true(ask_add(ask, "sag-2", "s2b", GW_CLOUD_STANDBY));
    assert_true(ask_add(ask, "sag-2", "s2a", GW_CLOUD_ACTIVE));
    assert_true(gw_cloud_add_device(ask->cloud, &(struct gw_cloud_device){.account = "other",
                                                                          .gateway_id = "sag-3",
                                                                          .region = "cn-shanghai",
                                                                          .serial = "s3",
                                                                          .version = "2.3.0",
                                                                          .role = GW_CLOUD_SINGLE}));
}

static void test_fleet_refuses_what_makes_no_sense(void **state)
{
    struct gw_cloud_device odd = {.account = "main",
                                  .gateway_id = "sag-1",
                                  .region = "cn-shanghai",
                                  .serial = "new",
                                  .version = "1",
                                  .role = GW_CLOUD_ACTIVE};
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_false(ask_add(&ask, "sag-9", "s1", GW_CLOUD_SINGLE));   /* the serial is there */
    assert_false(ask_add(&ask, "sag-2", "s2c", GW_CLOUD_STANDBY)); /* a third one */
    assert_false(gw_cloud_add_device(ask.cloud, &odd));            /* a single one and an active one */
    assert_true(ask_add(&ask, "sag-4", "s4a", GW_CLOUD_ACTIVE));
    assert_false(ask_add(&ask, "sag-4", "s4b", GW_CLOUD_ACTIVE)); /* two active ones */
    odd.gateway_id = "sag-4";
    odd.role = GW_CLOUD_STANDBY;
    odd.region = "eu-central-1";
    assert_false(gw_cloud_add_device(ask.cloud, &odd)); /* another region */
    odd.region = "cn-shanghai";
    odd.account = "other";
    assert_false(gw_cloud_add_device(ask.cloud, &odd)); /* another account */
    assert_int_equal(gw_cloud_device_count(ask.cloud), 5);
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-9", NULL), "InvalidId.SMARTAG");
    ask_end(&ask);
}

static void test_unknown_action(void **state)
{
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_for(&ask, "UpgradeSmartAccessGateway", REGION, NULL), "InvalidAction.NotFound");
    assert_int_equal(ask.reply.http_status, 404);
    assert_string_equal(ask_for(&ask, NULL, REGION, NULL), "InvalidAction.NotFound");
    ask_end(&ask);
}

static void test_update_needs_its_parameters(void **state)
{
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_for(&ask, UPDATE, "SmartAGId", "sag-1", "VersionCode", "2.4.0", NULL),
                        "MissingParameter");
    assert_int_equal(ask.reply.http_status, 403);
    assert_non_null(strstr(ask.reply.message, "RegionId"));
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "VersionCode", "2.4.0", NULL), "MissingParameter");
    assert_non_null(strstr(ask.reply.message, "SmartAGId"));
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "SmartAGId", "sag-1", NULL), "MissingParameter");
    assert_non_null(strstr(ask.reply.message, "VersionCode"));
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "SmartAGId", "sag-1", "VersionCode", "", NULL),
                        "MissingParameter");
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "SmartAGId", "sag-1", "VersionCode", "2.4.0",
                                "VersionType", "Os", NULL),
                        "InvalidParameter");
    /* A pair must say which. */
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "SmartAGId", "sag-2", "VersionCode", "2.4.0", NULL),
                        "MissingParameter");
    assert_non_null(strstr(ask.reply.message, "SerialNumber"));
    /* A single one need not. */
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "SmartAGId", "sag-1", "VersionCode", "2.4.0", NULL),
                        "");
    assert_true(ask.reply.took_effect);
    assert_string_equal(ask.reply.serial, "s1");
    ask_end(&ask);
}

static void test_update_refuses_wrong_ids(void **state)
{
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_update(&ask, "sag-9", "s1", "2.4.0"), "InvalidId.SMARTAG");
    assert_int_equal(ask.reply.http_status, 403);
    assert_string_equal(ask_update(&ask, "sag-3", "s3", "2.4.0"),
                        "InvalidId.SMARTAG"); /* another account's */
    assert_null(ask.reply.serial);
    assert_string_equal(ask_update(&ask, "sag-1", "s2a", "2.4.0"), "SAG.InvalidSerialNumber");
    assert_int_equal(ask.reply.http_status, 400);
    assert_string_equal(ask_for(&ask, UPDATE, "RegionId", "eu-central-1", "SmartAGId", "sag-1",
                                "SerialNumber", "s1", "VersionCode", "2.4.0", NULL),
                        "InvalidId.SMARTAG");
    ask.account = "other";
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"), "InvalidId.SMARTAG");
    assert_string_equal(ask_update(&ask, "sag-3", "s3", "2.4.0"), "");
    ask_end(&ask);
}

static void test_update_compares_versions_as_numbers(void **state)
{
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.3.0"), "VersionTooOld"); /* equal */
    assert_int_equal(ask.reply.http_status, 403);
    assert_string_equal(ask.reply.version_before, "2.3.0");
    assert_true(ask.reply.online_before);
    assert_false(ask.reply.upgrading_before);
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.5.0"), "VersionNotExist"); /* not offered */
    assert_int_equal(ask.reply.http_status, 400);
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.10.0"), "");
    ask.now_ms = 1000;
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"),
                        "VersionTooOld"); /* 2.10 is newer than 2.4 */
    assert_string_equal(ask_truth(&ask, "sag-1", "s1"), "2.10.0 online");
    ask_end(&ask);
}

static void test_update_of_the_signature_database(void **state)
{
    struct gw_cloud_device_truth truth;
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "SmartAGId", "sag-1", "VersionType", "Dpi",
                                "VersionCode", "2.4.0", NULL),
                        "VersionNotExist");
    assert_string_equal(ask_for(&ask, UPDATE, REGION, "SmartAGId", "sag-1", "VersionType", "Dpi",
                                "VersionCode", "20260101_1_0-0.0.1", NULL),
                        "");
    assert_string_equal(ask.reply.version_before, "20250101_1_0-0.0.1");
    gw_cloud_device_at(ask.cloud, 0, 1000, &truth);
    assert_string_equal(truth.version, "2.3.0");
    assert_string_equal(truth.dpi_version, "20260101_1_0-0.0.1");
    assert_int_equal(truth.updates_received, 2);
    assert_int_equal(truth.updates_effective, 1);
    ask_end(&ask);
}

static void test_attribute_shows_both_devices(void **state)
{
    const struct gw_cloud_seen_gateway *seen;
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-2", NULL), "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_GATEWAY);
    seen = &ask.reply.gateway[0];
    assert_int_equal(seen->n_devices, 2);
    assert_string_equal(seen->status, "Active");
    assert_string_equal(seen->backup_status, "Active");
    assert_string_equal(seen->device[0].serial, "s2a"); /* active first, though it was added second */
    assert_false(seen->device[0].standby);
    assert_string_equal(seen->device[1].serial, "s2b");
    assert_true(seen->device[1].standby);
    assert_false(seen->device[0].single);
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-1", NULL), "");
    assert_true(ask.reply.gateway[0].device[0].single);
    assert_null(ask.reply.gateway[0].backup_status);
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, NULL), "MissingParameter");
    assert_string_equal(ask_for(&ask, ATTRIBUTE, "SmartAGId", "sag-1", NULL), "MissingParameter");
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-3", NULL), "InvalidId.SMARTAG");
    ask_end(&ask);
}

static void test_device_info_is_of_one_device(void **state)
{
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_for(&ask, DEVICE, REGION, "SmartAGId", "sag-2", "SmartAGSn", "s2b", NULL), "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_DEVICE);
    assert_int_equal(ask.reply.gateway[0].n_devices, 1);
    assert_string_equal(ask.reply.gateway[0].device[0].serial, "s2b");
    assert_string_equal(ask_for(&ask, DEVICE, REGION, "SmartAGId", "sag-2", NULL), "MissingParameter");
    assert_string_equal(ask_for(&ask, DEVICE, REGION, "SmartAGSn", "s2b", NULL), "MissingParameter");
    assert_string_equal(ask_for(&ask, DEVICE, REGION, "SmartAGId", "sag-9", "SmartAGSn", "s2b", NULL),
                        "SAG.InstanceNoFound");
    assert_int_equal(ask.reply.http_status, 400);
    assert_string_equal(ask_for(&ask, DEVICE, REGION, "SmartAGId", "sag-1", "SmartAGSn", "s2b", NULL),
                        "SAG.InvalidSerialNumber");
    ask_end(&ask);
}

static void test_versions_and_ha(void **state)
{
    struct ask ask;

    (void)state;
    begin_fleet(&ask);
    assert_string_equal(ask_for(&ask, VERSIONS, REGION, "SmartAGId", "sag-1", NULL), "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_VERSIONS);
    assert_int_equal(ask.reply.n_versions, 3);
    assert_string_equal(ask.reply.version[0], "2.4.0");
    assert_string_equal(ask_for(&ask, VERSIONS, REGION, "SmartAGId", "sag-1", "VersionType", "Dpi", NULL),
                        "");
    assert_int_equal(ask.reply.n_versions, 1);
    assert_string_equal(ask_for(&ask, VERSIONS, REGION, "SmartAGId", "sag-1", "VersionType", "X", NULL),
                        "InvalidParameter");
    assert_string_equal(ask_for(&ask, VERSIONS, REGION, "SmartAGId", "sag-1", "SmartAGSn", "s9", NULL),
                        "SAG.InvalidSerialNumber");
    assert_string_equal(ask_for(&ask, HA, REGION, "SmartAGId", "sag-2", NULL), "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_HA);
    assert_string_equal(ask.reply.gateway[0].device[1].serial, "s2b");
    assert_string_equal(ask_for(&ask, HA, REGION, "SmartAGId", "nope", NULL), "InvalidId.SMARTAG");
    ask_end(&ask);
}

static void begin_many(struct ask *ask, uint32_t n)
{
    ask_begin(ask, NULL);
    for (uint32_t i = 1; i <= n; i++) {
        char id[16], serial[16];

        (void)snprintf(id, sizeof(id), "sag-%03u", i);
        (void)snprintf(serial, sizeof(serial), "s%03u", i);
        assert_true(ask_add(ask, id, serial, GW_CLOUD_SINGLE));
    }
}

static void test_list_pages(void **state)
{
    struct ask ask;

    (void)state;
    begin_many(&ask, 123);
    assert_string_equal(ask_for(&ask, LIST, REGION, NULL), "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_LIST);
    assert_int_equal(ask.reply.page, 1);
    assert_int_equal(ask.reply.page_size, 10); /* the vendor's default */
    assert_int_equal(ask.reply.n, 10);
    assert_int_equal(ask.reply.total, 123);
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "50", "PageNumber", "3", NULL), "");
    assert_int_equal(ask.reply.n, 23);
    assert_string_equal(ask.reply.gateway[0].gateway_id, "sag-101");
    assert_string_equal(ask.reply.gateway[22].gateway_id, "sag-123");
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "50", "PageNumber", "4", NULL), "");
    assert_int_equal(ask.reply.n, 0);
    assert_int_equal(ask.reply.total, 123);
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "50", "PageNumber", "4294967295", NULL), "");
    assert_int_equal(ask.reply.n, 0);
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "51", NULL), "InvalidParameter");
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "0", NULL), "InvalidParameter");
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageNumber", "0", NULL), "InvalidParameter");
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageNumber", "-1", NULL), "InvalidParameter");
    assert_string_equal(ask_for(&ask, LIST, NULL), "MissingParameter");
    assert_string_equal(ask_for(&ask, LIST, "RegionId", "mars", NULL), "");
    assert_int_equal(ask.reply.total, 0);
    ask.account = "nobody";
    assert_string_equal(ask_for(&ask, LIST, REGION, NULL), "");
    assert_int_equal(ask.reply.total, 0);
    ask_end(&ask);
}

static void test_list_by_id(void **state)
{
    struct ask ask;

    (void)state;
    begin_many(&ask, 60);
    assert_true(ask_add(&ask, "sag-900", "s900", GW_CLOUD_SINGLE));
    assert_string_equal(ask_for(&ask, LIST, REGION, "SmartAGIds.1", "sag-050", "SmartAGIds.2", "sag-007",
                                "SmartAGIds.3", "sag-050", "SmartAGIds.4", "unknown", NULL),
                        "");
    assert_int_equal(ask.reply.total, 2);
    assert_string_equal(ask.reply.gateway[0].gateway_id, "sag-007");
    assert_string_equal(ask.reply.gateway[1].gateway_id, "sag-050");
    assert_string_equal(ask_for(&ask, LIST, REGION, "SmartAGId", "sag-002", NULL), "");
    assert_int_equal(ask.reply.total, 1);
    assert_string_equal(ask_for(&ask, LIST, REGION, "SmartAGIds.1", "unknown", NULL), "");
    assert_int_equal(ask.reply.total, 0); /* asked for nothing that is there, not for everything */
    ask_end(&ask);
}

static void test_list_filters(void **state)
{
    struct gw_err err;
    struct ask ask;

    (void)state;
    begin_many(&ask, 5);
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-003", NULL, "offline", &err), GW_OK);
    assert_string_equal(ask_for(&ask, LIST, REGION, "Status", "offline", NULL), "");
    assert_int_equal(ask.reply.total, 1);
    assert_string_equal(ask.reply.gateway[0].gateway_id, "sag-003");
    assert_string_equal(ask.reply.gateway[0].status, "Offline");
    assert_string_equal(ask_for(&ask, LIST, REGION, "Status", "Active", "HardwareType", "sag-1000", NULL),
                        "");
    assert_int_equal(ask.reply.total, 4);
    assert_string_equal(ask_for(&ask, LIST, REGION, "HardwareType", "sag-100wm", NULL), "");
    assert_int_equal(ask.reply.total, 0);
    assert_string_equal(ask_for(&ask, LIST, REGION, "SoftwareVersion", "2.3.0", NULL),
                        "UnsupportedParameter");
    ask_end(&ask);
}

static const char *signed_at(struct ask *ask, const char *account, const char *nonce, uint64_t signed_ms)
{
    static const char *const pair[][2] = {{"RegionId", "cn-shanghai"}};

    gw_cloud_handle(ask->cloud,
                    &(struct gw_cloud_request){.account = account,
                                               .action = LIST,
                                               .param = pair,
                                               .n_params = 1,
                                               .now_ms = ask->now_ms,
                                               .nonce = nonce,
                                               .signed_ms = signed_ms},
                    &ask->reply);
    return ask->reply.code ? ask->reply.code : "";
}

static void test_signed_time_and_nonce(void **state)
{
    const uint64_t minute_ms = 60000;
    struct ask ask;

    (void)state;
    begin_many(&ask, 1);
    ask.now_ms = 100 * minute_ms;
    assert_string_equal(signed_at(&ask, "main", "a", 85 * minute_ms), "");
    assert_string_equal(signed_at(&ask, "main", "b", 85 * minute_ms - 1), "InvalidTimeStamp.Expired");
    assert_int_equal(ask.reply.http_status, 400);
    assert_string_equal(signed_at(&ask, "main", "b", 115 * minute_ms + 1), "InvalidTimeStamp.Expired");
    assert_string_equal(signed_at(&ask, "main", "b", 115 * minute_ms),
                        ""); /* the expired one did not use it up */
    assert_string_equal(signed_at(&ask, "main", "b", 100 * minute_ms), "SignatureNonceUsed");
    assert_int_equal(ask.reply.http_status, 400);
    assert_string_equal(signed_at(&ask, "other", "b", 100 * minute_ms), "");
    /* As long as a copy of the latest signature could pass, its nonce is known. */
    ask.now_ms = 130 * minute_ms;
    assert_string_equal(signed_at(&ask, "main", "b", 115 * minute_ms), "SignatureNonceUsed");
    ask_end(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fleet_refuses_what_makes_no_sense),
        cmocka_unit_test(test_unknown_action),
        cmocka_unit_test(test_update_needs_its_parameters),
        cmocka_unit_test(test_update_refuses_wrong_ids),
        cmocka_unit_test(test_update_compares_versions_as_numbers),
        cmocka_unit_test(test_update_of_the_signature_database),
        cmocka_unit_test(test_attribute_shows_both_devices),
        cmocka_unit_test(test_device_info_is_of_one_device),
        cmocka_unit_test(test_versions_and_ha),
        cmocka_unit_test(test_list_pages),
        cmocka_unit_test(test_list_by_id),
        cmocka_unit_test(test_list_filters),
        cmocka_unit_test(test_signed_time_and_nonce),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
