/* A device's life in virtual time, pairs, shares and scripts, and that the same seed tells the same story. */
#include "ask.h"

#define N_DEVICES 2000

static void begin_fleet(struct ask *ask, const struct gw_cloud_options *options, uint32_t n)
{
    ask_begin(ask, options);
    ask->now_ms = options->start_ms;
    for (uint32_t i = 0; i < n; i++) {
        char id[16], serial[16];

        (void)snprintf(id, sizeof(id), "sag-%05u", i);
        (void)snprintf(serial, sizeof(serial), "s%05u", i);
        assert_true(ask_add(ask, id, serial, GW_CLOUD_SINGLE));
    }
}

static const char *update_nth(struct ask *ask, uint32_t i)
{
    char id[16], serial[16];

    (void)snprintf(id, sizeof(id), "sag-%05u", i);
    (void)snprintf(serial, sizeof(serial), "s%05u", i);
    return ask_update(ask, id, serial, "2.4.0");
}

static struct gw_cloud_device_truth truth_at(struct ask *ask, uint32_t i)
{
    struct gw_cloud_device_truth truth;

    gw_cloud_device_at(ask->cloud, i, ask->now_ms, &truth);
    return truth;
}

static struct gw_cloud_options exact(uint64_t upgrade_ms)
{
    struct gw_cloud_options options;

    gw_cloud_options_init(&options);
    options.upgrade_min_ms = options.upgrade_max_ms = upgrade_ms;
    return options;
}

static void fault(struct ask *ask, const char *gateway_id, const char *serial, const char *text)
{
    struct gw_err err;

    assert_int_equal(gw_cloud_add_fault(ask->cloud, gateway_id, serial, text, &err), GW_OK);
}

static void test_defaults_are_off(void **state)
{
    struct gw_cloud_options options, zero = {0};

    (void)state;
    gw_cloud_options_init(&options);
    assert_int_equal(options.upgrade_min_ms, 300);
    assert_int_equal(options.upgrade_max_ms, 900);
    assert_int_equal(options.relapse_after_ms, 2000);
    assert_int_equal(options.validity_ms, 15 * 60 * 1000);
    assert_string_equal(options.older_version, "1.0.0");
    options.upgrade_min_ms = options.upgrade_max_ms = options.relapse_after_ms = options.validity_ms = 0;
    options.flip_after_ms = options.flap_every_ms = options.flap_for_ms = options.foreign_after_ms = 0;
    assert_int_equal(options.appear_after_ms, 2000);
    assert_int_equal(options.leave_after_ms, 2000);
    options.stale_ms = options.appear_after_ms = options.leave_after_ms = 0;
    options.older_version = NULL;
    assert_memory_equal(&options, &zero, sizeof(zero));
}

static void test_upgrade_takes_its_time(void **state)
{
    struct gw_cloud_options options = exact(500);
    struct ask ask;

    (void)state;
    options.start_ms = 10000;
    begin_fleet(&ask, &options, 1);
    assert_string_equal(update_nth(&ask, 0), "");
    assert_int_equal(ask.reply.answer, GW_CLOUD_ANSWER_EMPTY);
    assert_int_equal(ask.reply.http_status, 200);
    assert_true(ask.reply.took_effect);
    assert_int_equal(ask.reply.down_ms, 500);
    assert_false(ask.reply.standby_before);
    assert_string_equal(ask.reply.mate_version_before, "");
    assert_string_equal(ask.reply.version_before, "2.3.0");
    ask.now_ms = 10499;
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 offline");
    assert_true(truth_at(&ask, 0).upgrading);
    assert_string_equal(update_nth(&ask, 0), "SmartAccessGatewayNotOnline");
    assert_int_equal(ask.reply.http_status, 403);
    assert_false(ask.reply.took_effect);
    assert_int_equal(ask.reply.down_ms, 0);
    assert_false(ask.reply.online_before);
    assert_true(ask.reply.upgrading_before);
    assert_string_equal(ask_for(&ask, "DescribeSmartAccessGatewayAttribute", "RegionId", "cn-shanghai",
                                "SmartAGId", "sag-00000", NULL),
                        "");
    assert_string_equal(ask.reply.gateway[0].status, "Offline");
    assert_false(ask.reply.gateway[0].device[0].online);
    assert_int_equal(ask.reply.gateway[0].device[0].started_ms, 10000);
    ask.now_ms = 10500;
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.4.0 online");
    assert_string_equal(ask_for(&ask, "DescribeSmartAccessGatewayAttribute", "RegionId", "cn-shanghai",
                                "SmartAGId", "sag-00000", NULL),
                        "");
    assert_int_equal(ask.reply.gateway[0].device[0].started_ms, 10500);
    assert_string_equal(update_nth(&ask, 0), "VersionTooOld");
    assert_int_equal(truth_at(&ask, 0).updates_received, 3);
    assert_int_equal(truth_at(&ask, 0).updates_effective, 1);
    ask_end(&ask);
}

static void test_durations_fill_the_range(void **state)
{
    struct gw_cloud_options options;
    struct ask ask;
    uint32_t early = 0;

    (void)state;
    gw_cloud_options_init(&options);
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++)
        assert_string_equal(update_nth(&ask, i), "");
    ask.now_ms = 299;
    for (uint32_t i = 0; i < N_DEVICES; i++)
        assert_true(truth_at(&ask, i).upgrading);
    ask.now_ms = 600; /* the middle */
    for (uint32_t i = 0; i < N_DEVICES; i++)
        early += !truth_at(&ask, i).upgrading;
    assert_in_range(early, N_DEVICES * 45 / 100, N_DEVICES * 55 / 100);
    ask.now_ms = 900;
    for (uint32_t i = 0; i < N_DEVICES; i++)
        assert_string_equal(truth_at(&ask, i).version, "2.4.0");
    ask_end(&ask);
}

static void test_pair(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_true(ask_add(&ask, "p", "b", GW_CLOUD_STANDBY));
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), "");
    assert_true(ask.reply.mate_online_before);
    assert_true(ask.reply.standby_before);
    assert_string_equal(ask.reply.mate_version_before, "2.3.0");
    assert_string_equal(ask_for(&ask, "DescribeSmartAccessGateways", "RegionId", "cn-shanghai", NULL), "");
    assert_string_equal(ask.reply.gateway[0].status, "Active"); /* the standby's absence shows elsewhere */
    assert_string_equal(ask.reply.gateway[0].backup_status, "Offline");
    assert_string_equal(ask_update(&ask, "p", "a", "2.4.0"), ""); /* nothing but care keeps one from this */
    assert_false(ask.reply.mate_online_before);
    assert_false(ask.reply.standby_before);
    assert_string_equal(ask_for(&ask, "DescribeSmartAccessGateways", "RegionId", "cn-shanghai", NULL), "");
    assert_string_equal(ask.reply.gateway[0].status, "Offline");
    ask.now_ms = 100;
    assert_string_equal(ask_truth(&ask, "p", "a"), "2.4.0 online");
    assert_string_equal(ask_truth(&ask, "p", "b"), "2.4.0 online");
    ask_end(&ask);
}

static void test_pair_that_switches(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_true(ask_add(&ask, "p", "b", GW_CLOUD_STANDBY));
    fault(&ask, "p", NULL, "switch");
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), ""); /* the standby's upgrade moves nothing */
    assert_string_equal(
        ask_for(&ask, "DescribeSmartAccessGatewayHa", "RegionId", "cn-shanghai", "SmartAGId", "p", NULL), "");
    assert_string_equal(ask.reply.gateway[0].device[0].serial, "a");
    ask.now_ms = 100;
    assert_string_equal(ask_update(&ask, "p", "a", "2.4.0"), "");
    assert_string_equal(
        ask_for(&ask, "DescribeSmartAccessGatewayHa", "RegionId", "cn-shanghai", "SmartAGId", "p", NULL), "");
    assert_string_equal(ask.reply.gateway[0].device[0].serial, "b");
    assert_string_equal(ask.reply.gateway[0].status, "Active");
    assert_string_equal(ask.reply.gateway[0].backup_status, "Offline");
    ask_end(&ask);
}

/* Which device is the active one, as the cloud tells. */
static const char *active_of(struct ask *ask, const char *gateway_id)
{
    assert_string_equal(ask_for(ask, "DescribeSmartAccessGatewayHa", "RegionId", "cn-shanghai", "SmartAGId",
                                gateway_id, NULL),
                        "");
    return ask->reply.gateway[0].device[0].serial;
}

static void test_pair_whose_standby_takes_over(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    options.takeover_bp = 10000;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_true(ask_add(&ask, "p", "b", GW_CLOUD_STANDBY));
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), "");
    ask.now_ms = 99;
    assert_string_equal(active_of(&ask, "p"), "a");
    ask.now_ms = 100;
    assert_string_equal(active_of(&ask, "p"), "b");
    assert_string_equal(ask_update(&ask, "p", "a", "2.4.0"), "");
    assert_true(ask.reply.standby_before); /* that is what it has become */
    assert_string_equal(ask.reply.mate_version_before, "2.4.0");
    ask.now_ms = 200;
    assert_string_equal(active_of(&ask, "p"), "a"); /* and the standby takes over again */
    ask_end(&ask);
}

/* Whoever looks first, at whichever device: the second to come back is the one that was active when it did. */
static void test_roles_change_in_the_order_of_events(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    options.takeover_bp = 10000;
    ask_begin(&ask, &options);
    assert_true(ask_add(&ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_true(ask_add(&ask, "p", "b", GW_CLOUD_STANDBY));
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), "");
    ask.now_ms = 50;
    assert_string_equal(ask_update(&ask, "p", "a", "2.4.0"), "");
    ask.now_ms = 150; /* b came back and took over at 100, a at 150 */
    assert_string_equal(active_of(&ask, "p"), "a");
    ask_end(&ask);
}

static void test_upgrades_that_do_not_last(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t dark = 0, back = 0;
    struct ask ask;

    (void)state;
    options.relapse_bp = 10000;
    options.relapse_after_ms = 1000;
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++)
        assert_string_equal(update_nth(&ask, i), "");
    ask.now_ms = 1099;
    for (uint32_t i = 0; i < N_DEVICES; i += 2) /* being looked at changes nothing */
        assert_true(truth_at(&ask, i).online && strcmp(truth_at(&ask, i).version, "2.4.0") == 0);
    ask.now_ms = 1100;
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        struct gw_cloud_device_truth truth = truth_at(&ask, i);

        dark += !truth.online && strcmp(truth.version, "2.4.0") == 0;
        back += truth.online && strcmp(truth.version, "2.3.0") == 0;
    }
    assert_int_equal(dark + back, N_DEVICES);
    assert_in_range(dark, N_DEVICES * 45 / 100, N_DEVICES * 55 / 100);
    ask_end(&ask);
}

static void test_a_relapse_is_of_its_upgrade(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    options.relapse_after_ms = 1000;
    begin_fleet(&ask, &options, 2);
    fault(&ask, "sag-00000", NULL, "relapse");
    fault(&ask, "sag-00000", NULL, "stay"); /* what never came does not go */
    fault(&ask, "sag-00001", NULL, "relapse");
    assert_string_equal(update_nth(&ask, 0), "");
    assert_string_equal(update_nth(&ask, 1), "");
    ask.now_ms = 5000;
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 online");
    assert_true(strcmp(ask_truth(&ask, "sag-00001", "s00001"), "2.4.0 online") != 0);
    ask_end(&ask);
}

static void test_scripts_for_devices(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    begin_fleet(&ask, &options, 4);
    fault(&ask, "sag-00000", "s00000", "brick");
    fault(&ask, "sag-00001", "", "stay");
    fault(&ask, "sag-00002", NULL, "offline");
    fault(&ask, "sag-00003", NULL, "relapse");
    assert_string_equal(update_nth(&ask, 0), "");
    assert_int_equal(ask.reply.down_ms, UINT64_MAX);
    assert_string_equal(update_nth(&ask, 3), "");
    assert_int_equal(ask.reply.down_ms, 100);
    assert_string_equal(update_nth(&ask, 1), "");
    assert_string_equal(update_nth(&ask, 2), "SmartAccessGatewayNotOnline");
    ask.now_ms = 100;
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 offline");
    assert_false(truth_at(&ask, 0).upgrading);
    assert_string_equal(ask_truth(&ask, "sag-00001", "s00001"), "2.3.0 online");
    assert_string_equal(ask_truth(&ask, "sag-00003", "s00003"), "2.4.0 online");
    ask.now_ms = UINT64_MAX / 2;
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.3.0 offline");
    assert_string_equal(ask_truth(&ask, "sag-00002", "s00002"), "2.3.0 offline");
    ask_end(&ask);
}

static void test_scripts_for_calls(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    begin_fleet(&ask, &options, 5);
    fault(&ask, "sag-00000", NULL, "refuse:GetSmartAccessGatewayStateError@2");
    fault(&ask, "sag-00001", NULL, "lost_request@1");
    fault(&ask, "sag-00002", NULL, "lost_reply");
    fault(&ask, "sag-00003", NULL, "internal_before@1");
    fault(&ask, "sag-00004", NULL, "internal_after");
    assert_string_equal(update_nth(&ask, 0), "GetSmartAccessGatewayStateError");
    assert_int_equal(ask.reply.http_status, 403);
    assert_string_equal(update_nth(&ask, 0), "GetSmartAccessGatewayStateError");
    assert_string_equal(update_nth(&ask, 0), "");
    assert_string_equal(update_nth(&ask, 1), "");
    assert_int_equal(ask.reply.drop, GW_CLOUD_DROP_REPLY);
    assert_false(ask.reply.took_effect);
    assert_true(truth_at(&ask, 1).online);
    assert_string_equal(update_nth(&ask, 1), "");
    assert_int_equal(ask.reply.drop, GW_CLOUD_DROP_NONE);
    assert_true(ask.reply.took_effect);
    assert_string_equal(update_nth(&ask, 2), "");
    assert_int_equal(ask.reply.drop, GW_CLOUD_DROP_REPLY);
    assert_true(ask.reply.took_effect);
    assert_string_equal(update_nth(&ask, 3), "InternalError");
    assert_int_equal(ask.reply.http_status, 500);
    assert_false(ask.reply.took_effect);
    assert_string_equal(update_nth(&ask, 3), "");
    assert_string_equal(update_nth(&ask, 4), "InternalError");
    assert_true(ask.reply.took_effect);
    ask.now_ms = 100;
    for (uint32_t i = 0; i < 5; i++) {
        assert_string_equal(truth_at(&ask, i).version, "2.4.0");
        assert_int_equal(truth_at(&ask, i).updates_effective, 1);
    }
    assert_int_equal(truth_at(&ask, 0).updates_received, 3);
    ask_end(&ask);
}

static void test_unknown_codes_and_old_words(void **state)
{
    struct ask ask;
    struct gw_cloud_options options = exact(100);

    (void)state;
    begin_fleet(&ask, &options, 1);
    fault(&ask, "sag-00000", NULL, "code:Quite.New");
    assert_string_equal(update_nth(&ask, 0), "Quite.New");
    assert_int_equal(ask.reply.http_status, 400);
    fault(&ask, "sag-00000", NULL, "refuse:SmartAccessGatewayInArrears");
    assert_string_equal(update_nth(&ask, 0), "SmartAccessGatewayInArrears");
    assert_int_equal(ask.reply.http_status, 500);
    ask_end(&ask);
}

static void test_bad_scripts(void **state)
{
    static const char *const bad[] = {
        "",           "gone",         "refuse:",   "brick@2",      "offline@1", "switch@1", "relapse@1",
        "takeover@1", "lost_reply@0", "refuse:X@", "lost_reply@x", "stay ",     "flip@1",   "foreign@1",
        "foreign:",   "foreigner",    "flap@2",    "older@1",      "slow@1"};
    struct gw_cloud_options options = exact(100);
    char longest[300];
    struct gw_err err;
    struct ask ask;

    (void)state;
    begin_fleet(&ask, &options, 1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-00000", NULL, bad[i], &err), GW_ERR_INPUT);
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-00000", NULL, longest, &err), GW_ERR_INPUT);
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "nope", NULL, "brick", &err), GW_ERR_NOT_FOUND);
    assert_int_equal(gw_cloud_add_fault(ask.cloud, "sag-00000", "s9", "brick", &err), GW_ERR_NOT_FOUND);
    assert_string_equal(update_nth(&ask, 0), "");
    ask.now_ms = 100;
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.4.0 online");
    ask_end(&ask);
}

/* A share of bp in 10,000 hits about that many: within five standard deviations of a fair draw. */
static void assert_about(uint32_t hits, uint32_t n, uint32_t bp)
{
    double p = bp / 10000.0, mean = n * p, slack = 25 * n * p * (1 - p);

    assert_true((hits - mean) * (hits - mean) <= slack);
}

static void test_shares_of_devices(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t offline = 0, forever = 0, bricked = 0, stayed = 0, refused = 0, upgraded = 0;
    struct ask ask;

    (void)state;
    options.seed = 7;
    options.offline_bp = 2000;
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++)
        offline += !truth_at(&ask, i).online;
    ask.now_ms = 100;
    for (uint32_t i = 0; i < N_DEVICES; i++)
        forever += !truth_at(&ask, i).online;
    assert_about(offline, N_DEVICES, 2000);
    assert_about(forever, N_DEVICES, 1000);
    ask_end(&ask);

    options.offline_bp = 0;
    options.brick_bp = 1000;
    options.stay_bp = 1000;
    options.refuse_bp = 3000;
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++)
        refused += strcmp(update_nth(&ask, i), "") != 0;
    ask.now_ms = 100;
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        struct gw_cloud_device_truth truth = truth_at(&ask, i);

        bricked += !truth.online;
        upgraded += strcmp(truth.version, "2.4.0") == 0;
        stayed += truth.updates_effective && truth.online && strcmp(truth.version, "2.3.0") == 0;
    }
    assert_about(refused, N_DEVICES, 3000);
    assert_about(bricked, N_DEVICES, 700);
    assert_about(stayed, N_DEVICES, 630); /* 10 % of those neither refused nor bricked */
    assert_int_equal(refused + bricked + stayed + upgraded, N_DEVICES);
    ask_end(&ask);
}

static void test_one_model_is_worse(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t bricked[2] = {0};
    struct ask ask;

    (void)state;
    options.brick_bp = 500;
    options.brick_model = "sag-100wm";
    options.brick_model_bp = 6000;
    ask_begin(&ask, &options);
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        char id[16], serial[16];
        struct gw_cloud_device device = {.account = "main",
                                         .gateway_id = id,
                                         .region = "cn-shanghai",
                                         .serial = serial,
                                         .model = i % 2 ? "sag-100wm" : "sag-100w",
                                         .version = "2.3.0",
                                         .role = GW_CLOUD_SINGLE};

        (void)snprintf(id, sizeof(id), "sag-%05u", i);
        (void)snprintf(serial, sizeof(serial), "s%05u", i);
        assert_true(gw_cloud_add_device(ask.cloud, &device));
        assert_string_equal(update_nth(&ask, i), "");
        bricked[i % 2] += ask.reply.down_ms == UINT64_MAX;
    }
    assert_about(bricked[0], N_DEVICES / 2, 500);
    assert_about(bricked[1], N_DEVICES / 2, 6000);
    ask_end(&ask);
}

static void test_shares_of_requests(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t flaky = 0, before = 0, after = 0, lost_reply = 0, lost_request = 0;
    struct ask ask;

    (void)state;
    options.flaky_bp = 1000;
    options.internal_bp = 1000;
    options.lost_reply_bp = 1000;
    options.lost_request_bp = 1000;
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        const char *code = update_nth(&ask, i);

        flaky += strcmp(code, "GetSmartAccessGatewayStateError") == 0;
        before += strcmp(code, "InternalError") == 0 && !ask.reply.took_effect;
        after += strcmp(code, "InternalError") == 0 && ask.reply.took_effect;
        lost_reply += ask.reply.drop && ask.reply.took_effect;
        assert_true(!ask.reply.drop || *code == '\0'); /* what is not said has no code */
        lost_request += ask.reply.drop && !ask.reply.took_effect;
    }
    assert_about(lost_request, N_DEVICES, 1000);
    assert_about(flaky, N_DEVICES, 900);
    assert_about(before, N_DEVICES, 405);
    assert_about(after, N_DEVICES, 405);
    assert_about(lost_reply, N_DEVICES, 729); /* 10 % of those that would be told of a success */
    ask_end(&ask);
}

/* Everything that can be seen of a run, as one number. */
static uint64_t story(uint64_t seed, uint32_t step)
{
    struct gw_cloud_options options;
    struct ask ask;
    uint64_t sum = 0;

    gw_cloud_options_init(&options);
    options.seed = seed;
    options.offline_bp = options.brick_bp = options.stay_bp = options.refuse_bp = 1000;
    options.flaky_bp = options.internal_bp = options.lost_reply_bp = options.lost_request_bp = 1000;
    options.relapse_bp = 1000;
    begin_fleet(&ask, &options, 500);
    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t k = 0; k < 500; k++) {
            uint32_t i = k * step % 500;
            const char *code = update_nth(&ask, i);
            uint64_t mark = (uint64_t)ask.reply.drop * 2 + ask.reply.took_effect;

            for (; *code; code++)
                mark = mark * 31 + (unsigned char)*code;
            sum += mark * (i + 1) * (round * 1000 + 7); /* whatever the order of the devices was */
        }
        ask.now_ms += 1000;
    }
    for (uint32_t i = 0; i < 500; i++) {
        struct gw_cloud_device_truth truth = truth_at(&ask, i);

        sum += (i + 1) *
               (truth.online + 2 * truth.updates_effective + 16u * (strcmp(truth.version, "2.4.0") == 0));
    }
    ask_end(&ask);
    return sum;
}

static void test_same_seed_same_story(void **state)
{
    (void)state;
    assert_true(story(1, 1) == story(1, 1));
    assert_true(story(1, 1) == story(1, 7)); /* no device's fate hangs on the others' order */
    assert_true(story(1, 1) != story(2, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_off),
        cmocka_unit_test(test_upgrade_takes_its_time),
        cmocka_unit_test(test_durations_fill_the_range),
        cmocka_unit_test(test_pair),
        cmocka_unit_test(test_pair_that_switches),
        cmocka_unit_test(test_pair_whose_standby_takes_over),
        cmocka_unit_test(test_roles_change_in_the_order_of_events),
        cmocka_unit_test(test_upgrades_that_do_not_last),
        cmocka_unit_test(test_a_relapse_is_of_its_upgrade),
        cmocka_unit_test(test_scripts_for_devices),
        cmocka_unit_test(test_scripts_for_calls),
        cmocka_unit_test(test_unknown_codes_and_old_words),
        cmocka_unit_test(test_bad_scripts),
        cmocka_unit_test(test_shares_of_devices),
        cmocka_unit_test(test_one_model_is_worse),
        cmocka_unit_test(test_shares_of_requests),
        cmocka_unit_test(test_same_seed_same_story),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
