/* What a client meets that wants to know the whole fleet: pages whose rows move, gateways that come and leave, regions
 * that are closed, pairs that are half asleep. */
#include "ask.h"

#define LIST      "DescribeSmartAccessGateways"
#define ATTRIBUTE "DescribeSmartAccessGatewayAttribute"
#define DEVICE    "DescribeSAGDeviceInfo"
#define VERSIONS  "DescribeSmartAccessGatewayVersions"
#define HA        "DescribeSmartAccessGatewayHa"
#define POLICY    "DescribeDeviceAutoUpgradePolicy"
#define REGION    "RegionId", "cn-shanghai"
#define START_MS  1000000

static struct gw_cloud_options plain(void)
{
    struct gw_cloud_options options;

    gw_cloud_options_init(&options);
    options.start_ms = START_MS;
    return options;
}

static void begin(struct ask *ask, const struct gw_cloud_options *options, uint32_t n)
{
    ask_begin(ask, options);
    ask->now_ms = START_MS;
    for (uint32_t i = 0; i < n; i++) {
        char id[16], serial[16];

        (void)snprintf(id, sizeof(id), "sag-%05u", i);
        (void)snprintf(serial, sizeof(serial), "s%05u", i);
        assert_true(ask_add(ask, id, serial, GW_CLOUD_SINGLE));
    }
}

static void fault(struct ask *ask, const char *gateway_id, const char *text)
{
    struct gw_err err;

    assert_int_equal(gw_cloud_add_fault(ask->cloud, gateway_id, NULL, text, &err), GW_OK);
}

static uint32_t total(struct ask *ask, uint64_t now_ms)
{
    ask->now_ms = now_ms;
    assert_string_equal(ask_for(ask, LIST, REGION, NULL), "");
    return ask->reply.total;
}

#define N_SHUFFLED 103

/* Reads all pages, a millisecond apart, and counts how often each gateway comes; returns the rows. */
static uint32_t read_pages(struct ask *ask, uint32_t page_size, uint64_t apart_ms, uint32_t seen[N_SHUFFLED])
{
    uint32_t rows = 0;

    for (uint32_t page = 1; (page - 1) * page_size < N_SHUFFLED; page++) {
        char number[16], size[16];

        (void)snprintf(number, sizeof(number), "%u", page);
        (void)snprintf(size, sizeof(size), "%u", page_size);
        assert_string_equal(ask_for(ask, LIST, REGION, "PageNumber", number, "PageSize", size, NULL), "");
        assert_int_equal(ask->reply.total, N_SHUFFLED);
        for (uint32_t i = 0; i < ask->reply.n; i++) {
            unsigned gateway;

            assert_int_equal(sscanf(ask->reply.gateway[i].gateway_id, "sag-%u", &gateway), 1);
            assert_in_range(gateway, 0, N_SHUFFLED - 1);
            seen[gateway]++;
        }
        rows += ask->reply.n;
        ask->now_ms += apart_ms;
    }
    return rows;
}

static uint32_t count(const uint32_t seen[N_SHUFFLED], uint32_t times)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < N_SHUFFLED; i++)
        n += seen[i] == times;
    return n;
}

static void test_rows_move_between_pages(void **state)
{
    static const uint32_t page_sizes[] = {2, 10, 50};
    struct gw_cloud_options options = plain();
    struct ask ask;

    (void)state;
    options.shuffle_bp = 10000;
    begin(&ask, &options, N_SHUFFLED);
    for (size_t i = 0; i < 3; i++) {
        uint32_t size = page_sizes[i], seen[N_SHUFFLED] = {0}, passes = 1;
        uint32_t edges = (N_SHUFFLED - 1) / size, missed;

        /* The pages are as long as ever, a row comes twice where one is missing, and only then. */
        assert_int_equal(read_pages(&ask, size, 1, seen), N_SHUFFLED);
        missed = count(seen, 0);
        assert_int_equal(count(seen, 2), missed);
        assert_int_equal(count(seen, 1), N_SHUFFLED - 2 * missed);
        assert_true(missed <= edges);
        if (size > 2)
            assert_true(missed > 0);
        /* Who looks again finds them all. */
        while (count(seen, 0) > 0 && passes < 50) {
            (void)read_pages(&ask, size, 1, seen);
            passes++;
        }
        assert_int_equal(count(seen, 0), 0);
    }
    ask_end(&ask);
}

static void test_one_moment_one_list(void **state)
{
    struct gw_cloud_options options = plain();
    uint32_t seen[N_SHUFFLED] = {0};
    struct ask ask;

    (void)state;
    options.shuffle_bp = 10000;
    begin(&ask, &options, N_SHUFFLED);
    assert_int_equal(read_pages(&ask, 10, 0, seen), N_SHUFFLED);
    assert_int_equal(count(seen, 1), N_SHUFFLED);
    /* The order is not the inventory's all the same. */
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageNumber", "2", NULL), "");
    assert_string_not_equal(ask.reply.gateway[9].gateway_id, "sag-00009");
    /* By id there are no pages to move between, and a page of one has no room. */
    assert_string_equal(ask_for(&ask, LIST, REGION, "SmartAGIds.1", "sag-00003", "SmartAGIds.2", "sag-00004",
                                "PageSize", "1", "PageNumber", "2", NULL),
                        "");
    assert_string_equal(ask.reply.gateway[0].gateway_id, "sag-00004");
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "1", "PageNumber", "6", NULL), "");
    assert_string_equal(ask.reply.gateway[0].gateway_id, "sag-00005");
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "50", "PageNumber", "4", NULL), "");
    assert_int_equal(ask.reply.n, 0);
    gw_cloud_calm(ask.cloud, ask.now_ms);
    memset(seen, 0, sizeof(seen));
    (void)read_pages(&ask, 10, 1, seen);
    assert_int_equal(count(seen, 1), N_SHUFFLED);
    ask_end(&ask);
}

static void test_shuffling_is_a_share(void **state)
{
    struct gw_cloud_options options = plain();
    uint32_t moved = 0;
    struct ask ask;

    (void)state;
    options.shuffle_bp = 2500;
    begin(&ask, &options, 20);
    for (int i = 0; i < 1000; i++) {
        assert_string_equal(ask_for(&ask, LIST, REGION, "PageNumber", "2", NULL), "");
        for (uint32_t row = 0; row < 10; row++)
            moved += strcmp(ask.reply.gateway[row].gateway_id, "sag-00009") == 0;
        ask.now_ms++;
    }
    assert_in_range(moved, 200, 300);
    ask_end(&ask);
}

static void test_gateways_that_come(void **state)
{
    struct gw_cloud_options options = plain();
    struct gw_cloud_device_truth truth;
    uint32_t n;
    struct ask ask;

    (void)state;
    options.appear_bp = 3000;
    options.appear_after_ms = 1000;
    begin(&ask, &options, 1000);
    n = total(&ask, START_MS);
    assert_in_range(n, 650, 750);
    assert_int_equal(total(&ask, START_MS + 499), n); /* half of the time at least */
    assert_in_range(total(&ask, START_MS + 1000), n + 1, 999);
    assert_int_equal(total(&ask, START_MS + 1500), 1000); /* one and a half at most */
    ask_end(&ask);

    options.appear_bp = 0;
    begin(&ask, &options, 2);
    fault(&ask, "sag-00001", "appear:2s");
    ask.now_ms = START_MS + 1999;
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-00001", NULL),
                        "InvalidId.SMARTAG");
    assert_string_equal(ask_for(&ask, LIST, REGION, "SmartAGIds.1", "sag-00001", NULL), "");
    assert_int_equal(ask.reply.total, 0);
    assert_string_equal(ask_update(&ask, "sag-00001", "s00001", "2.4.0"), "InvalidId.SMARTAG");
    gw_cloud_device_at(ask.cloud, 1, ask.now_ms, &truth);
    assert_true(truth.gone);
    assert_int_equal(truth.updates_received, 0);
    ask.now_ms++;
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-00001", NULL), "");
    assert_true(ask.reply.gateway[0].created_ms == START_MS + 2000);
    gw_cloud_device_at(ask.cloud, 1, ask.now_ms, &truth);
    assert_false(truth.gone);
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-00000", NULL), "");
    assert_true(ask.reply.gateway[0].created_ms == 0);
    ask_end(&ask);
}

static void test_gateways_that_leave(void **state)
{
    struct gw_cloud_options options = plain();
    uint32_t n;
    struct ask ask;

    (void)state;
    options.leave_bp = 3000;
    options.leave_after_ms = 1000;
    begin(&ask, &options, 1000);
    assert_int_equal(total(&ask, START_MS + 499), 1000);
    n = total(&ask, START_MS + 1500);
    assert_in_range(n, 650, 750);
    assert_int_equal(total(&ask, START_MS + 100000), n);
    ask_end(&ask);

    options.leave_bp = 0;
    begin(&ask, &options, 1);
    fault(&ask, "sag-00000", "leave:3s");
    ask.now_ms = START_MS + 2999;
    assert_string_equal(ask_update(&ask, "sag-00000", "s00000", "2.4.0"), "");
    ask.now_ms = START_MS + 3000;
    assert_string_equal(ask_update(&ask, "sag-00000", "s00000", "2.10.0"), "InvalidId.SMARTAG");
    assert_int_equal(total(&ask, START_MS + 3000), 0);
    ask_end(&ask);
}

/* Nobody leaves before he came; and when it is calm, nobody does either any more. */
static void test_coming_and_leaving(void **state)
{
    struct gw_cloud_options options = plain();
    struct ask ask;

    (void)state;
    options.appear_bp = options.leave_bp = 10000;
    options.appear_after_ms = 2000;
    options.leave_after_ms = 10;
    begin(&ask, &options, 100);
    assert_int_equal(total(&ask, START_MS), 0);
    for (uint32_t i = 0; i < 100; i++) {
        char id[16];
        bool was = false;

        (void)snprintf(id, sizeof(id), "sag-%05u", i);
        for (ask.now_ms = START_MS + 999; ask.now_ms <= START_MS + 3011; ask.now_ms += 5)
            was = was || *ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", id, NULL) == '\0';
        assert_true(was);
    }
    assert_int_equal(total(&ask, START_MS + 3020), 0);
    ask_end(&ask);

    begin(&ask, &options, 3);
    fault(&ask, "sag-00000", "appear:1s");
    fault(&ask, "sag-00000", "leave:9s");
    fault(&ask, "sag-00001", "appear:8s");
    gw_cloud_calm(ask.cloud, START_MS + 5000);
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-00000", NULL),
                        "InvalidId.SMARTAG");
    ask.now_ms = START_MS + 60000;
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-00000", NULL), "");
    assert_string_equal(ask_for(&ask, ATTRIBUTE, REGION, "SmartAGId", "sag-00001", NULL),
                        "InvalidId.SMARTAG");
    ask_end(&ask);
}

static void test_offline_for_a_while(void **state)
{
    struct ask ask;

    (void)state;
    begin(&ask, &(struct gw_cloud_options){.start_ms = START_MS, .validity_ms = 1}, 1);
    fault(&ask, "sag-00000", "offline:5s");
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 offline");
    ask.now_ms = START_MS + 4999;
    assert_string_equal(ask_update(&ask, "sag-00000", "s00000", "2.4.0"), "SmartAccessGatewayNotOnline");
    ask.now_ms = START_MS + 5000;
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 online");
    assert_string_equal(ask_for(&ask, DEVICE, REGION, "SmartAGId", "sag-00000", "SmartAGSn", "s00000", NULL),
                        "");
    assert_true(ask.reply.gateway[0].device[0].started_ms == START_MS + 5000);
    ask_end(&ask);
}

static void test_words_that_make_no_sense(void **state)
{
    static const char *const bad[] = {"appear:",  "appear:soon",  "appears",    "leave:", "leave:3",
                                      "leave@2",  "auto:",        "auto:never", "auto@1", "cold@1",
                                      "offline:", "offline:5s@2", "colder"};
    struct gw_err err;
    struct ask ask;

    (void)state;
    begin(&ask, NULL, 1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-00000", NULL, bad[i], &err), GW_ERR_INPUT);
    fault(&ask, "sag-00000", "appear"); /* which is drawn */
    fault(&ask, "sag-00000", "leave");
    ask_end(&ask);
}

/* Each read, of what belongs to another account or stands in another region. */
static void test_what_is_not_ours(void **state)
{
    static const struct {
        const char *action, *code;
    } reads[] = {
        {ATTRIBUTE, "InvalidId.SMARTAG"}, {DEVICE, "SAG.InstanceNoFound"}, {VERSIONS, "InvalidId.SMARTAG"},
        {HA, "InvalidId.SMARTAG"},        {POLICY, "InvalidId.SMARTAG"},   {LIST, ""},
    };
    struct ask ask;

    (void)state;
    begin(&ask, NULL, 1);
    for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
        /* The list's SerialNumber is a filter, which the model has not. */
        const char *serial = strcmp(reads[i].action, LIST) == 0 ? "SmartAGSn" : "SerialNumber";

        for (int region = 0; region < 2; region++) {
            ask.account = region ? "main" : "other";
            assert_string_equal(ask_for(&ask, reads[i].action, "RegionId",
                                        region ? "eu-central-1" : "cn-shanghai", "SmartAGId", "sag-00000",
                                        serial, "s00000", NULL),
                                reads[i].code);
            assert_int_equal(ask.reply.total + ask.reply.n, 0);
        }
        ask.account = "main";
        assert_string_equal(
            ask_for(&ask, reads[i].action, REGION, "SmartAGId", "sag-00000", serial, "s00000", NULL), "");
    }
    ask_end(&ask);
}

static void test_closed_regions(void **state)
{
    struct ask ask;

    (void)state;
    begin(&ask, NULL, 1);
    gw_cloud_close_region(ask.cloud, "ap-southeast-2");
    assert_string_equal(ask_for(&ask, LIST, "RegionId", "ap-southeast-2", NULL), "InvalidRegionID");
    assert_int_equal(ask.reply.http_status, 400);
    assert_string_equal(ask_for(&ask, ATTRIBUTE, "RegionId", "ap-southeast-2", "SmartAGId", "x", NULL),
                        "InvalidRegionID");
    assert_int_equal(total(&ask, START_MS), 1);
    gw_cloud_close_region(ask.cloud, "cn-shanghai");
    assert_string_equal(ask_update(&ask, "sag-00000", "s00000", "2.4.0"), "InvalidRegionID");
    ask_end(&ask);
}

static void test_cold_pairs(void **state)
{
    struct gw_cloud_options options = plain();
    struct ask ask;

    (void)state;
    options.cold_bp = 10000;
    begin(&ask, &options, 1);
    assert_true(ask_add(&ask, "p", "b", GW_CLOUD_STANDBY));
    assert_true(ask_add(&ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_string_equal(ask_truth(&ask, "p", "a"), "2.3.0 online");
    assert_string_equal(ask_truth(&ask, "p", "b"), "2.3.0 offline");
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 online");
    assert_string_equal(ask_for(&ask, HA, REGION, "SmartAGId", "p", NULL), "");
    assert_true(ask.reply.gateway[0].cold);
    assert_string_equal(ask.reply.gateway[0].backup_status, "Offline");
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), "SmartAccessGatewayNotOnline");
    ask.now_ms += 100000000;
    assert_string_equal(ask_truth(&ask, "p", "b"), "2.3.0 offline");
    ask_end(&ask);

    begin(&ask, NULL, 0);
    assert_true(ask_add(&ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_true(ask_add(&ask, "p", "b", GW_CLOUD_STANDBY));
    assert_string_equal(ask_for(&ask, HA, REGION, "SmartAGId", "p", NULL), "");
    assert_false(ask.reply.gateway[0].cold);
    fault(&ask, "p", "cold");
    assert_string_equal(ask_for(&ask, HA, REGION, "SmartAGId", "p", NULL), "");
    assert_true(ask.reply.gateway[0].cold);
    assert_string_equal(ask_truth(&ask, "p", "b"), "2.3.0 offline");
    ask_end(&ask);
}

/* A gateway that will refuse for that reason shows it beforehand. */
static void test_not_bound_to_a_network(void **state)
{
    struct gw_cloud_options options = plain();
    uint32_t unbound = 0;
    struct ask ask;

    (void)state;
    options.refuse_bp = 10000;
    begin(&ask, &options, 50);
    assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "50", NULL), "");
    for (uint32_t i = 0; i < 50; i++) {
        struct gw_cloud_response *reply = &ask.reply;
        char id[16], serial[16];
        bool bound = reply->gateway[i].bound;

        (void)snprintf(id, sizeof(id), "sag-%05u", i);
        (void)snprintf(serial, sizeof(serial), "s%05u", i);
        unbound += !bound;
        assert_int_equal(strcmp(ask_update(&ask, id, serial, "2.4.0"), "NotBoundCCN") == 0, !bound);
        assert_string_equal(ask_for(&ask, LIST, REGION, "PageSize", "50", NULL), "");
    }
    assert_in_range(unbound, 1, 49);
    ask_end(&ask);
}

static void test_betas(void **state)
{
    struct ask ask;

    (void)state;
    begin(&ask, NULL, 1);
    assert_true(gw_cloud_set_beta(ask.cloud, "2.10.0"));
    assert_false(gw_cloud_set_beta(ask.cloud, "9.9.9"));
    assert_string_equal(ask_for(&ask, VERSIONS, REGION, "SmartAGId", "sag-00000", NULL), "");
    assert_int_equal(ask.reply.n_versions, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(ask.reply.version_beta[i], strcmp(ask.reply.version[i], "2.10.0") == 0);
    assert_string_equal(ask_for(&ask, VERSIONS, REGION, "SmartAGId", "sag-00000", "VersionType", "Dpi", NULL),
                        "");
    assert_int_equal(ask.reply.n_versions, 1);
    assert_false(ask.reply.version_beta[0]);
    ask_end(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_move_between_pages),
        cmocka_unit_test(test_one_moment_one_list),
        cmocka_unit_test(test_shuffling_is_a_share),
        cmocka_unit_test(test_gateways_that_come),
        cmocka_unit_test(test_gateways_that_leave),
        cmocka_unit_test(test_coming_and_leaving),
        cmocka_unit_test(test_offline_for_a_while),
        cmocka_unit_test(test_words_that_make_no_sense),
        cmocka_unit_test(test_what_is_not_ours),
        cmocka_unit_test(test_closed_regions),
        cmocka_unit_test(test_cold_pairs),
        cmocka_unit_test(test_not_bound_to_a_network),
        cmocka_unit_test(test_betas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
