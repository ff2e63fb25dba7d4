/* The cloud's limits, window by window. */
#include <stdlib.h>

#include "ask.h"

#define LIST "DescribeSmartAccessGateways"

static void begin_limited(struct ask *ask, uint32_t updates, uint32_t reads)
{
    struct gw_cloud_options options;

    gw_cloud_options_init(&options);
    options.update_rate = (struct gw_rate){.calls = updates, .window_ms = 1000};
    options.read_rate = (struct gw_rate){.calls = reads, .window_ms = 1000};
    ask_begin(ask, &options);
    assert_true(ask_add(ask, "sag-1", "s1", GW_CLOUD_SINGLE));
    ask->now_ms = 5000;
}

static const char *read_region(struct ask *ask, const char *region)
{
    return ask_for(ask, LIST, "RegionId", region, NULL);
}

static void test_tells_how_long_to_wait(void **state)
{
    struct ask ask;

    (void)state;
    begin_limited(&ask, 2, 0);
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.3.0"), "VersionTooOld");
    ask.now_ms = 5300;
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.3.0"), "VersionTooOld");
    ask.now_ms = 5400;
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.3.0"), "Throttling.User");
    assert_int_equal(ask.reply.http_status, 400);
    assert_int_equal(ask.reply.retry_after_ms, 600);
    assert_int_equal(ask.reply.rate_calls, 2);
    assert_string_equal(ask.reply.version_before, "2.3.0"); /* the ledger knows whom it was meant for */
    ask.now_ms = 5999;
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.3.0"), "Throttling.User");
    assert_int_equal(ask.reply.retry_after_ms, 1);
    ask.now_ms = 6000;
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.3.0"), "VersionTooOld");
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.3.0"), "Throttling.User");
    assert_int_equal(ask.reply.retry_after_ms, 300);
    ask_end(&ask);
}

static void test_kinds_accounts_and_regions_are_apart(void **state)
{
    struct ask ask;

    (void)state;
    begin_limited(&ask, 1, 1);
    assert_true(gw_cloud_add_device(ask.cloud, &(struct gw_cloud_device){.account = "other",
                                                                         .gateway_id = "sag-2",
                                                                         .region = "eu-central-1",
                                                                         .serial = "s2",
                                                                         .version = "1",
                                                                         .role = GW_CLOUD_SINGLE}));
    assert_string_equal(read_region(&ask, "cn-shanghai"), "");
    assert_string_equal(read_region(&ask, "cn-shanghai"), "Throttling.User");
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"), "");
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"), "Throttling.User");
    assert_string_equal(read_region(&ask, "eu-central-1"), "");
    assert_string_equal(read_region(&ask, "eu-central-1"), "Throttling.User");
    ask.account = "other";
    assert_string_equal(read_region(&ask, "cn-shanghai"), "");
    /* Regions that nobody has share one limit: names cost nothing to make up. */
    assert_string_equal(read_region(&ask, "nowhere"), "");
    assert_string_equal(read_region(&ask, "elsewhere"), "Throttling.User");
    /* Unknown actions are refused before anything is counted. */
    assert_string_equal(ask_for(&ask, "X", "RegionId", "eu-central-1", NULL), "InvalidAction.NotFound");
    assert_string_equal(read_region(&ask, "eu-central-1"), "");
    ask_end(&ask);
}

static void test_throttled_calls_spend_nothing(void **state)
{
    struct gw_cloud_device_truth truth;
    struct gw_err err;
    struct ask ask;

    (void)state;
    begin_limited(&ask, 1, 0);
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-1", NULL, "refuse:NotBoundCCN@1", &err), GW_OK);
    assert_string_equal(read_region(&ask, "cn-shanghai"), "");
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"), "NotBoundCCN");
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"), "Throttling.User");
    ask.now_ms = 6000;
    assert_string_equal(ask_update(&ask, "sag-1", "s1", "2.4.0"), "");
    gw_cloud_device_at(ask.cloud, 0, ask.now_ms, &truth);
    assert_int_equal(truth.updates_received, 3);
    assert_int_equal(truth.updates_effective, 1);
    ask_end(&ask);
}

/* Pressed without pause at odd moments: no window of a second holds more than N, and the N-th gets in as told. */
static void test_no_window_holds_more(void **state)
{
    enum {
        n = 7,
        calls = 4000
    };
    uint64_t *admitted = calloc(calls, sizeof(*admitted));
    uint32_t len = 0, seed = 12345;
    struct ask ask;

    (void)state;
    assert_non_null(admitted);
    begin_limited(&ask, 0, n);
    for (uint32_t i = 0; i < calls; i++) {
        seed = seed * 1103515245u + 12345u;
        ask.now_ms += (seed >> 16) % 90;
        if (strcmp(read_region(&ask, "cn-shanghai"), "") == 0)
            admitted[len++] = ask.now_ms;
        else
            assert_in_range(ask.reply.retry_after_ms, 1, 1000);
    }
    for (uint32_t i = n; i < len; i++)
        assert_true(admitted[i] - admitted[i - n] >= 1000);
    assert_true(len > (admitted[len - 1] - 5000) * n / 1000 * 9 / 10);
    free(admitted);
    ask_end(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_how_long_to_wait),
        cmocka_unit_test(test_kinds_accounts_and_regions_are_apart),
        cmocka_unit_test(test_throttled_calls_spend_nothing),
        cmocka_unit_test(test_no_window_holds_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
