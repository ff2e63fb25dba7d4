/*
 * Reads that tell the past: what they tell was true at one moment not longer ago than they may lag, each kind of read
 * lags by itself, and reading changes nothing. And reads that fail.
 */
#include "ask.h"

#define UPDATED_MS UINT64_C(10000)
#define UPGRADE_MS 500
#define LAG_MS     1000

static void begin_stale(struct ask *ask, uint32_t stale_bp, uint32_t n)
{
    struct gw_cloud_options options;

    gw_cloud_options_init(&options);
    options.upgrade_min_ms = options.upgrade_max_ms = UPGRADE_MS;
    options.stale_bp = stale_bp;
    options.stale_ms = LAG_MS;
    ask_begin(ask, &options);
    for (uint32_t i = 0; i < n; i++) {
        char id[16], serial[16];

        (void)snprintf(id, sizeof(id), "sag-%05u", i);
        (void)snprintf(serial, sizeof(serial), "s%05u", i);
        assert_true(ask_add(ask, id, serial, GW_CLOUD_SINGLE));
    }
    ask->now_ms = UPDATED_MS;
    for (uint32_t i = 0; i < n; i++) {
        char id[16], serial[16];

        (void)snprintf(id, sizeof(id), "sag-%05u", i);
        (void)snprintf(serial, sizeof(serial), "s%05u", i);
        assert_string_equal(ask_update(ask, id, serial, "2.4.0"), "");
    }
}

static const struct gw_cloud_seen_gateway *attribute_at(struct ask *ask, uint64_t now_ms)
{
    ask->now_ms = now_ms;
    assert_string_equal(ask_for(ask, "DescribeSmartAccessGatewayAttribute", "RegionId", "cn-shanghai",
                                "SmartAGId", "sag-00000", NULL),
                        "");
    return &ask->reply.gateway[0];
}

static const struct gw_cloud_seen_gateway *list_at(struct ask *ask, uint64_t now_ms)
{
    ask->now_ms = now_ms;
    assert_string_equal(ask_for(ask, "DescribeSmartAccessGateways", "RegionId", "cn-shanghai", "SmartAGIds.1",
                                "sag-00000", NULL),
                        "");
    assert_int_equal(ask->reply.n, 1);
    return &ask->reply.gateway[0];
}

static const struct gw_cloud_seen_gateway *device_at(struct ask *ask, uint64_t now_ms)
{
    ask->now_ms = now_ms;
    assert_string_equal(ask_for(ask, "DescribeSAGDeviceInfo", "RegionId", "cn-shanghai", "SmartAGId",
                                "sag-00000", "SmartAGSn", "s00000", NULL),
                        "");
    return &ask->reply.gateway[0];
}

/* 0 before the upgrade, 1 in it, 2 behind it. */
static int phase_told(const struct gw_cloud_seen_gateway *seen)
{
    const struct gw_cloud_seen_device *device = &seen->device[0];

    assert_string_equal(seen->status, device->online ? "Active" : "Offline");
    if (strcmp(device->version, "2.4.0") == 0) {
        assert_true(device->online);
        assert_int_equal(device->started_ms, UPDATED_MS + UPGRADE_MS);
        return 2;
    }
    assert_string_equal(device->version, "2.3.0");
    assert_int_equal(device->started_ms, 0);
    return device->online ? 0 : 1;
}

static int phase_at(uint64_t at_ms)
{
    return at_ms < UPDATED_MS ? 0 : at_ms < UPDATED_MS + UPGRADE_MS ? 1 : 2;
}

static void test_off(void **state)
{
    struct ask ask;

    (void)state;
    begin_stale(&ask, 0, 1);
    for (uint64_t now_ms = UPDATED_MS; now_ms < UPDATED_MS + 2000; now_ms++) {
        assert_int_equal(phase_told(attribute_at(&ask, now_ms)), phase_at(now_ms));
        assert_int_equal(ask.reply.gateway[0].stale_ms, 0);
    }
    ask_end(&ask);
}

static void test_never_older_than_that(void **state)
{
    const struct gw_cloud_seen_gateway *(*const read_at[])(struct ask *, uint64_t) = {attribute_at, list_at,
                                                                                      device_at};
    uint32_t stale = 0;
    struct ask ask;

    (void)state;
    begin_stale(&ask, 10000, 1);
    for (uint64_t now_ms = UPDATED_MS; now_ms < UPDATED_MS + UPGRADE_MS + LAG_MS; now_ms++) {
        for (size_t i = 0; i < sizeof(read_at) / sizeof(read_at[0]); i++) {
            const struct gw_cloud_seen_gateway *seen = read_at[i](&ask, now_ms);
            int told = phase_told(seen);

            assert_true(told >= phase_at(now_ms - LAG_MS) && told <= phase_at(now_ms));
            assert_int_equal(seen->stale_ms > 0, told < phase_at(now_ms));
            assert_true(seen->stale_ms <= LAG_MS);
            if (seen->stale_ms > 0)
                assert_int_equal(told, phase_at(now_ms - seen->stale_ms));
            stale += seen->stale_ms > 0;
        }
    }
    assert_true(stale > 500);
    for (uint64_t now_ms = UPDATED_MS + UPGRADE_MS + LAG_MS; now_ms < UPDATED_MS + 5000; now_ms++)
        assert_int_equal(phase_told(list_at(&ask, now_ms)), 2);
    ask_end(&ask);
}

static void test_reads_contradict_each_other(void **state)
{
    uint32_t list_behind = 0, attribute_behind = 0, device_behind = 0;
    struct ask ask;

    (void)state;
    begin_stale(&ask, 5000, 1);
    for (uint64_t now_ms = UPDATED_MS; now_ms < UPDATED_MS + UPGRADE_MS + LAG_MS; now_ms++) {
        int list = phase_told(list_at(&ask, now_ms)), attribute = phase_told(attribute_at(&ask, now_ms));
        int device = phase_told(device_at(&ask, now_ms));

        list_behind += list < attribute && list < device;
        attribute_behind += attribute < list && attribute < device;
        device_behind += device < list && device < attribute;
        assert_int_equal(phase_told(list_at(&ask, now_ms)), list); /* asking again changes nothing */
    }
    assert_true(list_behind > 50 && attribute_behind > 50 && device_behind > 50);
    ask_end(&ask);
}

/* Right after the change every read that lags at all tells what was before it. */
static void test_share(void **state)
{
    uint32_t stale = 0, n = 2000;
    struct ask ask;

    (void)state;
    begin_stale(&ask, 3000, n);
    for (uint32_t page = 1; page <= n / GW_CLOUD_PAGE_MAX; page++) {
        char number[8];

        (void)snprintf(number, sizeof(number), "%u", page);
        assert_string_equal(ask_for(&ask, "DescribeSmartAccessGateways", "RegionId", "cn-shanghai",
                                    "PageSize", "50", "PageNumber", number, NULL),
                            "");
        for (uint32_t i = 0; i < ask.reply.n; i++)
            stale += ask.reply.gateway[i].stale_ms > 0;
    }
    assert_in_range(stale, n * 25 / 100, n * 35 / 100);
    /* A filter goes by what is told. */
    assert_string_equal(
        ask_for(&ask, "DescribeSmartAccessGateways", "RegionId", "cn-shanghai", "Status", "Active", NULL),
        "");
    assert_int_equal(ask.reply.total, stale);
    for (uint32_t i = 0; i < ask.reply.n; i++)
        assert_string_equal(ask.reply.gateway[i].status, "Active");
    ask_end(&ask);
}

static void test_roles_of_the_past(void **state)
{
    struct gw_cloud_options options;
    uint32_t behind = 0;
    struct gw_err err;
    struct ask ask;

    (void)state;
    gw_cloud_options_init(&options);
    options.upgrade_min_ms = options.upgrade_max_ms = 5000;
    options.stale_bp = 5000;
    options.stale_ms = LAG_MS;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_true(ask_add(&ask, "p", "b", GW_CLOUD_STANDBY));
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "p", NULL, "switch", &err), GW_OK);
    ask.now_ms = UPDATED_MS;
    assert_string_equal(ask_update(&ask, "p", "a", "2.4.0"), "");
    for (; ask.now_ms < UPDATED_MS + LAG_MS; ask.now_ms++) {
        const struct gw_cloud_seen_gateway *seen = &ask.reply.gateway[0];
        bool past;

        assert_string_equal(
            ask_for(&ask, "DescribeSmartAccessGatewayHa", "RegionId", "cn-shanghai", "SmartAGId", "p", NULL),
            "");
        past = strcmp(seen->device[0].serial, "a") == 0;
        assert_string_equal(seen->device[1].serial, past ? "b" : "a");
        assert_true(!seen->device[0].standby && seen->device[1].standby);
        assert_true(seen->device[0].online && seen->device[1].online == past);
        behind += past;
    }
    assert_in_range(behind, 100, 400);
    ask_end(&ask);
}

/* More has happened lately than is kept: the past that is told is a younger one then. */
static void test_a_busy_past(void **state)
{
    struct gw_cloud_options options;
    uint32_t told_least = UINT32_MAX;
    char version[16];
    struct ask ask;

    (void)state;
    gw_cloud_options_init(&options);
    options.upgrade_min_ms = options.upgrade_max_ms = 1;
    options.stale_bp = 10000;
    options.stale_ms = LAG_MS;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "sag-00000", "s00000", GW_CLOUD_SINGLE));
    for (uint32_t i = 0; i < 39; i++) {
        (void)snprintf(version, sizeof(version), "3.0.%u", i);
        assert_true(gw_cloud_upgrade_foreign(ask.cloud, 0, version, UPDATED_MS + 2 * i));
    }
    for (uint64_t now_ms = UPDATED_MS + 80; now_ms < UPDATED_MS + 500; now_ms++) {
        const struct gw_cloud_seen_gateway *seen = attribute_at(&ask, now_ms);
        uint64_t since_ms = now_ms - seen->stale_ms - UPDATED_MS; /* may be before the first upgrade */
        unsigned last = 0;

        assert_int_equal(sscanf(seen->device[0].version, "3.0.%u", &last), 1);
        if (since_ms >= 70 && since_ms < 78)
            assert_int_equal(last, (since_ms - 1) / 2);
        told_least = last < told_least ? last : told_least;
    }
    assert_int_equal(told_least, 34); /* as it was before the eighth change from the end */
    ask_end(&ask);
}

static void test_flaps_of_the_past(void **state)
{
    struct gw_cloud_options options;
    bool was[4000];
    uint32_t behind = 0;
    struct ask ask;

    (void)state;
    gw_cloud_options_init(&options);
    options.flap_bp = 10000;
    options.flap_every_ms = 1000;
    options.flap_for_ms = 400;
    options.stale_bp = 10000;
    options.stale_ms = 2000;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "sag-00000", "s00000", GW_CLOUD_SINGLE));
    for (ask.now_ms = 0; ask.now_ms < 4000; ask.now_ms++)
        was[ask.now_ms] = strcmp(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 online") == 0;
    for (uint64_t now_ms = 2000; now_ms < 4000; now_ms++) {
        const struct gw_cloud_seen_gateway *seen = attribute_at(&ask, now_ms);

        assert_int_equal(seen->device[0].online, was[now_ms - seen->stale_ms]);
        behind += seen->stale_ms > 0;
    }
    assert_in_range(behind, 700, 1200); /* mostly 2 * 0.4 * 0.6 of them */
    ask_end(&ask);
}

static void test_read_errors(void **state)
{
    struct gw_cloud_options options;
    uint32_t internal = 0, unavailable = 0;
    struct ask ask;

    (void)state;
    gw_cloud_options_init(&options);
    options.read_error_bp = 4000;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "sag-00000", "s00000", GW_CLOUD_SINGLE));
    for (ask.now_ms = 1; ask.now_ms <= 2000; ask.now_ms++) {
        const char *code = ask_for(&ask, "DescribeSmartAccessGateways", "RegionId", "cn-shanghai", NULL);

        if (strcmp(code, "InternalError") == 0) {
            assert_int_equal(ask.reply.http_status, 500);
            internal++;
        } else if (strcmp(code, "ServiceUnavailable") == 0) {
            assert_int_equal(ask.reply.http_status, 503);
            unavailable++;
        } else {
            assert_string_equal(code, "");
        }
    }
    assert_in_range(internal, 300, 500);
    assert_in_range(unavailable, 300, 500);
    assert_string_equal(ask_update(&ask, "sag-00000", "s00000", "2.4.0"), ""); /* which are not reads */
    ask_end(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_never_older_than_that),
        cmocka_unit_test(test_reads_contradict_each_other),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_roles_of_the_past),
        cmocka_unit_test(test_a_busy_past),
        cmocka_unit_test(test_flaps_of_the_past),
        cmocka_unit_test(test_read_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
