/* Auto-upgrade policies: what they are at first, who may change them to what, and that this counts as a change. */
#include "ask.h"

#define TELL      "DescribeDeviceAutoUpgradePolicy"
#define CHANGE    "ModifyDeviceAutoUpgradePolicy"
#define REGION    "RegionId", "cn-shanghai"
#define DEVICE(n) REGION, "SmartAGId", "sag-" n, "SerialNumber", "s" n
#define CRON      "CronExpression", "0 0 3 1/1 * ?"
#define BERLIN    "TimeZone", "Europe/Berlin"

static void begin(struct ask *ask, const struct gw_cloud_options *options)
{
    ask_begin(ask, options);
    assert_true(ask_add(ask, "sag-1", "s1", GW_CLOUD_SINGLE));
    assert_true(ask_add(ask, "sag-2", "s2", GW_CLOUD_ACTIVE));
    assert_true(ask_add(ask, "sag-2", "s2b", GW_CLOUD_STANDBY));
}

static void test_at_first(void **state)
{
    struct ask ask;

    (void)state;
    begin(&ask, NULL);
    assert_string_equal(ask_for(&ask, TELL, DEVICE("1"), NULL), "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_POLICY);
    assert_string_equal(ask.reply.policy.type, "manual");
    assert_string_equal(ask.reply.policy.cron, "0 0 4 1/1 * ?");
    assert_string_equal(ask.reply.policy.zone, "Asia/Shanghai");
    assert_int_equal(ask.reply.policy.duration_min, 30);
    assert_int_equal(ask.reply.policy.jitter_min, 0);
    assert_string_equal(ask.reply.gateway[0].gateway_id, "sag-1");
    assert_string_equal(ask.reply.gateway[0].device[0].serial, "s1");
    ask_end(&ask);
}

/* What is told can be sent back as it is, and then it is as it was. */
static void test_changed_and_back(void **state)
{
    struct gw_cloud_device_truth truth;
    struct ask ask;

    (void)state;
    begin(&ask, NULL);
    assert_string_equal(ask_for(&ask, CHANGE, DEVICE("2"), "UpgradeType", "scheduled", CRON, "Duration", "90",
                                "Jitter", "15", BERLIN, NULL),
                        "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_EMPTY);
    assert_false(ask.reply.took_effect); /* nothing is upgraded by it */
    assert_string_equal(ask_for(&ask, TELL, DEVICE("2"), NULL), "");
    assert_string_equal(ask.reply.policy.type, "scheduled");
    assert_string_equal(ask.reply.policy.cron, "0 0 3 1/1 * ?");
    assert_string_equal(ask.reply.policy.zone, "Europe/Berlin");
    assert_int_equal(ask.reply.policy.duration_min, 90);
    assert_int_equal(ask.reply.policy.jitter_min, 15);
    gw_cloud_device_at(ask.cloud, 1, 0, &truth);
    assert_string_equal(truth.policy, "scheduled");
    /* Its mate, and its other kind of version, have theirs. */
    gw_cloud_device_at(ask.cloud, 2, 0, &truth);
    assert_string_equal(truth.policy, "manual");
    assert_string_equal(ask_for(&ask, TELL, DEVICE("2"), "VersionType", "Dpi", NULL), "");
    assert_string_equal(ask.reply.policy.type, "manual");
    assert_string_equal(ask_for(&ask, CHANGE, DEVICE("2"), "VersionType", "Dpi", "UpgradeType", "boot", CRON,
                                "Duration", "30", BERLIN, NULL),
                        "");
    assert_string_equal(ask_for(&ask, TELL, DEVICE("2"), "VersionType", "Device", NULL), "");
    assert_string_equal(ask.reply.policy.type, "scheduled");
    /* Jitter stays when it is not said. */
    assert_string_equal(
        ask_for(&ask, CHANGE, DEVICE("2"), "UpgradeType", "manual", CRON, "Duration", "120", BERLIN, NULL),
        "");
    assert_string_equal(ask_for(&ask, TELL, DEVICE("2"), NULL), "");
    assert_string_equal(ask.reply.policy.type, "manual");
    assert_int_equal(ask.reply.policy.duration_min, 120);
    assert_int_equal(ask.reply.policy.jitter_min, 15);
    ask_end(&ask);
}

#define GOOD DEVICE("1"), "UpgradeType", "boot", CRON, "Duration", "60", BERLIN

static void test_changes_that_are_refused(void **state)
{
    struct gw_cloud_device_truth truth;
    struct ask ask;

    (void)state;
    begin(&ask, NULL);
    assert_string_equal(ask_for(&ask, CHANGE, "SmartAGId", "sag-1", NULL), "MissingParameter");
    assert_string_equal(ask_for(&ask, CHANGE, REGION, "SerialNumber", "s1", NULL), "SAG.InstanceIdEmpty");
    assert_int_equal(ask.reply.http_status, 400);
    assert_string_equal(ask_for(&ask, CHANGE, REGION, "SmartAGId", "sag-1", NULL), "MissingParameter");
    assert_non_null(strstr(ask.reply.message, "SerialNumber"));
    assert_string_equal(ask_for(&ask, CHANGE, DEVICE("1"), CRON, "Duration", "60", BERLIN, NULL),
                        "MissingParameter");
    assert_string_equal(
        ask_for(&ask, CHANGE, DEVICE("1"), "UpgradeType", "boot", "Duration", "60", BERLIN, NULL),
        "MissingParameter");
    assert_non_null(strstr(ask.reply.message, "CronExpression"));
    assert_string_equal(ask_for(&ask, CHANGE, DEVICE("1"), "UpgradeType", "boot", CRON, BERLIN, NULL),
                        "MissingParameter");
    assert_string_equal(
        ask_for(&ask, CHANGE, DEVICE("1"), "UpgradeType", "boot", CRON, "Duration", "60", NULL),
        "MissingParameter");
    assert_string_equal(
        ask_for(&ask, CHANGE, DEVICE("1"), "UpgradeType", "never", CRON, "Duration", "60", BERLIN, NULL),
        "InvalidParameter");
    assert_string_equal(
        ask_for(&ask, CHANGE, DEVICE("1"), "UpgradeType", "boot", CRON, "Duration", "29", BERLIN, NULL),
        "InvalidParameter");
    assert_string_equal(
        ask_for(&ask, CHANGE, DEVICE("1"), "UpgradeType", "boot", CRON, "Duration", "121", BERLIN, NULL),
        "InvalidParameter");
    assert_string_equal(ask_for(&ask, CHANGE, DEVICE("1"), "UpgradeType", "boot", CRON, "Duration", "60",
                                "TimeZone", "Europe/Paris", NULL),
                        "InvalidParameter");
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, "Jitter", "a bit", NULL), "InvalidParameter");
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, "VersionType", "Os", NULL), "InvalidParameter");
    assert_string_equal(ask_for(&ask, CHANGE, REGION, "SmartAGId", "sag-1", "SerialNumber", "s2",
                                "UpgradeType", "boot", CRON, "Duration", "60", BERLIN, NULL),
                        "SAG.InvalidSerialNumber");
    assert_int_equal(ask.reply.http_status, 400);
    ask.account = "other";
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "InvalidId.SMARTAG");
    ask.account = "main";
    gw_cloud_device_at(ask.cloud, 0, 0, &truth);
    assert_string_equal(truth.policy, "manual");
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "");
    gw_cloud_device_at(ask.cloud, 0, 0, &truth);
    assert_string_equal(truth.policy, "boot");
    assert_int_equal(truth.updates_received, 0);
    assert_string_equal(ask_for(&ask, TELL, REGION, "SmartAGId", "sag-1", NULL), "MissingParameter");
    assert_string_equal(ask_for(&ask, TELL, REGION, "SmartAGId", "sag-1", "SerialNumber", "s9", NULL),
                        "SAG.InvalidSerialNumber");
    ask_end(&ask);
}

/* The change shares the update calls' limit; asking shares the reads'. */
static void test_limits(void **state)
{
    struct gw_cloud_options options;
    struct ask ask;

    (void)state;
    gw_cloud_options_init(&options);
    options.update_rate = (struct gw_rate){.calls = 2, .window_ms = 1000};
    options.read_rate = (struct gw_rate){.calls = 1, .window_ms = 1000};
    begin(&ask, &options);
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "");
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"), "");
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "Throttling.User");
    assert_int_equal(ask.reply.retry_after_ms, 1000);
    assert_string_equal(ask_for(&ask, TELL, DEVICE("1"), NULL), "");
    assert_string_equal(ask_for(&ask, TELL, DEVICE("1"), NULL), "Throttling.User");
    ask_end(&ask);
}

static const char *policy_of(struct ask *ask)
{
    struct gw_cloud_device_truth truth;

    gw_cloud_device_at(ask->cloud, 0, 0, &truth);
    return truth.policy;
}

/* Changes meet what update calls meet: who gets no answer has to ask what it is now. */
static void test_faults(void **state)
{
    struct gw_cloud_options options;
    uint32_t n_before = 0, n_after = 0;
    struct ask ask;

    (void)state;
    gw_cloud_options_init(&options);
    options.lost_request_bp = 10000;
    begin(&ask, &options);
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "");
    assert_int_equal(ask.reply.drop, GW_CLOUD_DROP_REPLY);
    assert_string_equal(policy_of(&ask), "manual");
    ask_end(&ask);

    options.lost_request_bp = 0;
    options.lost_reply_bp = 10000;
    begin(&ask, &options);
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "");
    assert_int_equal(ask.reply.drop, GW_CLOUD_DROP_REPLY);
    assert_string_equal(policy_of(&ask), "boot");
    assert_string_equal(ask_for(&ask, CHANGE, GOOD, "Jitter", "x", NULL), "InvalidParameter");
    assert_int_equal(ask.reply.drop, GW_CLOUD_DROP_NONE);
    ask_end(&ask);

    options.lost_reply_bp = 0;
    options.internal_bp = 10000;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        options.seed = seed;
        begin(&ask, &options);
        assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "InternalError");
        assert_int_equal(ask.reply.http_status, 500);
        n_before += strcmp(policy_of(&ask), "manual") == 0;
        n_after += strcmp(policy_of(&ask), "boot") == 0;
        gw_cloud_calm(ask.cloud, 0);
        assert_string_equal(ask_for(&ask, CHANGE, GOOD, NULL), "");
        ask_end(&ask);
    }
    assert_int_equal(n_before + n_after, 100);
    assert_in_range(n_before, 30, 70);
}

static void test_drawn_and_scripted(void **state)
{
    struct gw_cloud_device_truth truth;
    struct gw_cloud_options options;
    uint32_t n = 0;
    struct gw_err err;
    struct ask ask;

    (void)state;
    gw_cloud_options_init(&options);
    options.auto_bp = 2000;
    begin(&ask, &options);
    for (uint32_t i = 0; i < 1000; i++) {
        char id[16], serial[16];

        (void)snprintf(id, sizeof(id), "sag-%u", 100 + i);
        (void)snprintf(serial, sizeof(serial), "s%u", 100 + i);
        assert_true(ask_add(&ask, id, serial, GW_CLOUD_SINGLE));
        gw_cloud_device_at(ask.cloud, 3 + i, 0, &truth);
        n += strcmp(truth.policy, "scheduled") == 0;
    }
    assert_in_range(n, 150, 250);
    ask_end(&ask);

    begin(&ask, NULL);
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-2", "s2b", "auto", &err), GW_OK);
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-1", NULL, "auto:boot", &err), GW_OK);
    gw_cloud_device_at(ask.cloud, 0, 0, &truth);
    assert_string_equal(truth.policy, "boot");
    gw_cloud_device_at(ask.cloud, 1, 0, &truth);
    assert_string_equal(truth.policy, "manual");
    gw_cloud_device_at(ask.cloud, 2, 0, &truth);
    assert_string_equal(truth.policy, "scheduled");
    ask_end(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_first),
        cmocka_unit_test(test_changed_and_back),
        cmocka_unit_test(test_changes_that_are_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_drawn_and_scripted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
