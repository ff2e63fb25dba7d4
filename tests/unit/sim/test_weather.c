/*
 * What happens to devices and pairs by themselves: flaps, flips, other people, slow and older ones, calls that begin
 * late; that it matters to nobody who looks when; and the calm after it.
 */
#include "ask.h"
#include "gatewave/base/rng.h"

#define N_DEVICES 2000

static struct gw_cloud_options exact(uint64_t upgrade_ms)
{
    struct gw_cloud_options options;

    gw_cloud_options_init(&options);
    options.upgrade_min_ms = options.upgrade_max_ms = upgrade_ms;
    return options;
}

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

static void begin_pair(struct ask *ask, const struct gw_cloud_options *options)
{
    ask_begin(ask, options);
    ask->now_ms = options->start_ms;
    assert_true(ask_add(ask, "p", "a", GW_CLOUD_ACTIVE));
    assert_true(ask_add(ask, "p", "b", GW_CLOUD_STANDBY));
}

static const char *update_nth(struct ask *ask, uint32_t i)
{
    char id[16], serial[16];

    (void)snprintf(id, sizeof(id), "sag-%05u", i);
    (void)snprintf(serial, sizeof(serial), "s%05u", i);
    return ask_update(ask, id, serial, "2.4.0");
}

static struct gw_cloud_device_truth truth_at(struct ask *ask, uint32_t i, uint64_t now_ms)
{
    struct gw_cloud_device_truth truth;

    ask->now_ms = now_ms;
    gw_cloud_device_at(ask->cloud, i, now_ms, &truth);
    return truth;
}

static void fault(struct ask *ask, const char *gateway_id, const char *text)
{
    struct gw_err err;

    assert_int_equal(gw_cloud_add_fault(ask->cloud, gateway_id, NULL, text, &err), GW_OK);
}

/* A share of bp in 10,000 hits about that many: within five standard deviations of a fair draw. */
static void assert_about(uint32_t hits, uint32_t n, uint32_t bp)
{
    double p = bp / 10000.0, mean = n * p, slack = 25 * n * p * (1 - p);

    assert_true((hits - mean) * (hits - mean) <= slack);
}

static void test_truth_in_every_detail(void **state)
{
    struct gw_cloud_options options = exact(500);
    struct gw_cloud_device_truth truth;
    struct ask ask;

    (void)state;
    begin_pair(&ask, &options);
    assert_true(ask_add(&ask, "q", "c", GW_CLOUD_SINGLE));
    truth = truth_at(&ask, 0, 10);
    assert_int_equal(truth.role, GW_CLOUD_ACTIVE);
    assert_int_equal(truth.mate, 1);
    assert_int_equal(truth.back_ms, 0);
    truth = truth_at(&ask, 1, 10);
    assert_int_equal(truth.role, GW_CLOUD_STANDBY);
    assert_int_equal(truth.mate, 0);
    truth = truth_at(&ask, 2, 10);
    assert_int_equal(truth.role, GW_CLOUD_SINGLE);
    assert_int_equal(truth.mate, GW_CLOUD_NO_DEVICE);
    fault(&ask, "q", "brick");
    assert_string_equal(ask_update(&ask, "q", "c", "2.4.0"), "");
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), "");
    assert_false(ask.reply.mate_upgrading_before);
    assert_string_equal(ask_update(&ask, "p", "a", "2.4.0"), "");
    assert_true(ask.reply.mate_upgrading_before);
    assert_false(ask.reply.foreign_before);
    truth = truth_at(&ask, 1, 509);
    assert_true(truth.upgrading && !truth.online && !truth.foreign);
    assert_int_equal(truth.back_ms, 510);
    assert_true(truth_at(&ask, 2, 509).upgrading);
    assert_true(truth_at(&ask, 2, 509).back_ms == UINT64_MAX);
    truth = truth_at(&ask, 1, 510);
    assert_true(!truth.upgrading && truth.online);
    assert_int_equal(truth.back_ms, 0);
    truth = truth_at(&ask, 2, 510);
    assert_true(!truth.upgrading && !truth.online && truth.back_ms == UINT64_MAX);
    ask_end(&ask);
}

/* The code of a list call that was signed then. */
static const char *list_signed(struct ask *ask, uint64_t now_ms, uint64_t signed_ms, const char *nonce)
{
    static const char *const pair[][2] = {{"RegionId", "cn-shanghai"}};
    struct gw_cloud_request request = {.account = "main",
                                       .action = "DescribeSmartAccessGateways",
                                       .param = pair,
                                       .n_params = 1,
                                       .now_ms = now_ms,
                                       .nonce = nonce,
                                       .signed_ms = signed_ms};

    gw_cloud_handle(ask->cloud, &request, &ask->reply);
    return ask->reply.code ? ask->reply.code : "";
}

static void test_validity(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    options.validity_ms = 45000;
    begin_fleet(&ask, &options, 1);
    assert_string_equal(list_signed(&ask, 200000, 200000 - 45001, "a"), "InvalidTimeStamp.Expired");
    assert_string_equal(list_signed(&ask, 200000, 200000 + 45001, "a"), "InvalidTimeStamp.Expired");
    assert_string_equal(list_signed(&ask, 200000, 200000 - 45000, "b"), "");
    assert_string_equal(list_signed(&ask, 200000, 200000 + 45000, "a"), "");
    /* A copy may come for as long as its signature is good, and is known for as long. */
    for (uint64_t now_ms = 205000; now_ms < 290000; now_ms += 5000) {
        char nonce[24];

        (void)snprintf(nonce, sizeof(nonce), "%u", (unsigned)now_ms);
        assert_string_equal(list_signed(&ask, now_ms, now_ms, nonce), "");
    }
    assert_string_equal(list_signed(&ask, 290000, 200000 + 45000, "a"), "SignatureNonceUsed");
    assert_string_equal(list_signed(&ask, 290001, 200000 + 45000, "a"), "InvalidTimeStamp.Expired");
    ask_end(&ask);
}

static void test_flaps(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint64_t fell_ms[10] = {0};
    struct ask ask;

    (void)state;
    options.start_ms = 5000;
    options.flap_every_ms = 1000;
    options.flap_for_ms = 300;
    options.flap_bp = 10000;
    begin_fleet(&ask, &options, 10);
    for (uint32_t i = 0; i < 10; i++) {
        bool online = true;
        uint32_t falls = 0;

        for (uint64_t now_ms = 5000; now_ms < 9000; now_ms++) {
            struct gw_cloud_device_truth truth = truth_at(&ask, i, now_ms);

            if (online && !truth.online) {
                assert_true(falls == 0 ? now_ms < 6000 : now_ms == fell_ms[i] + 1000);
                fell_ms[i] = now_ms;
                falls++;
            } else if (!online && truth.online) {
                assert_int_equal(now_ms, fell_ms[i] + 300);
            }
            online = truth.online;
            assert_int_equal(truth.back_ms, online ? 0 : fell_ms[i] + 300);
            assert_false(truth.upgrading);
        }
        assert_int_equal(falls, 4);
    }
    assert_true(fell_ms[0] != fell_ms[1]);
    ask_end(&ask);
}

/* The moment at which device i is next out of reach, from now on. */
static uint64_t next_fall(struct ask *ask, uint32_t i)
{
    while (!truth_at(ask, i, ask->now_ms).online)
        ask->now_ms++;
    while (truth_at(ask, i, ask->now_ms).online)
        ask->now_ms++;
    return ask->now_ms;
}

static void test_a_flap_is_not_an_upgrade(void **state)
{
    struct gw_cloud_options options = exact(400);
    struct ask ask;
    uint64_t fell_ms;

    (void)state;
    options.flap_every_ms = 1000;
    options.flap_for_ms = 300;
    begin_fleet(&ask, &options, 1);
    fault(&ask, "sag-00000", "flap");
    fell_ms = next_fall(&ask, 0);
    assert_string_equal(update_nth(&ask, 0), "SmartAccessGatewayNotOnline");
    assert_false(ask.reply.online_before);
    assert_string_equal(ask_for(&ask, "DescribeSmartAccessGatewayAttribute", "RegionId", "cn-shanghai",
                                "SmartAGId", "sag-00000", NULL),
                        "");
    assert_string_equal(ask.reply.gateway[0].status, "Offline");
    /* An upgrade that ends while the device is out of reach is seen when it is back. */
    ask.now_ms = fell_ms + 1000 - 200;
    assert_string_equal(update_nth(&ask, 0), "");
    assert_int_equal(ask.reply.down_ms, 500);
    assert_true(truth_at(&ask, 0, fell_ms + 1199).upgrading);
    assert_false(truth_at(&ask, 0, fell_ms + 1200).upgrading);
    assert_string_equal(ask_truth(&ask, "sag-00000", "s00000"), "2.4.0 offline");
    assert_true(truth_at(&ask, 0, fell_ms + 1300).online);
    ask_end(&ask);
}

/* Which device is the active one, as the cloud tells. */
static const char *active_at(struct ask *ask, uint64_t now_ms)
{
    ask->now_ms = now_ms;
    assert_string_equal(
        ask_for(ask, "DescribeSmartAccessGatewayHa", "RegionId", "cn-shanghai", "SmartAGId", "p", NULL), "");
    return ask->reply.gateway[0].device[0].serial;
}

static void test_a_pair_flips_once(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint64_t flipped_ms = 0;
    struct ask ask;

    (void)state;
    options.start_ms = 1000;
    options.flip_bp = 10000;
    options.flip_after_ms = 400;
    begin_pair(&ask, &options);
    for (uint64_t now_ms = 1000; now_ms < 4000; now_ms++) {
        bool other = strcmp(active_at(&ask, now_ms), "b") == 0;

        if (other && flipped_ms == 0)
            flipped_ms = now_ms;
        assert_true(other == (flipped_ms != 0));
    }
    assert_in_range(flipped_ms, 1200, 1600);
    assert_int_equal(truth_at(&ask, 0, 4000).role, GW_CLOUD_STANDBY);
    assert_int_equal(truth_at(&ask, 1, 4000).role, GW_CLOUD_ACTIVE);
    ask_end(&ask);
}

static void test_a_standby_that_is_away_cannot_take_over(void **state)
{
    struct gw_cloud_options options = exact(5000);
    struct ask ask;

    (void)state;
    options.flip_after_ms = 400;
    begin_pair(&ask, &options);
    fault(&ask, "p", "flip");
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), "");
    assert_string_equal(active_at(&ask, 5000), "a");
    assert_string_equal(active_at(&ask, 9000), "a");
    ask_end(&ask);
}

static void test_somebody_else_upgrades(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t to[2] = {0}, seen = 0;
    struct ask ask;

    (void)state;
    options.foreign_bp = 5000;
    options.foreign_after_ms = 1000;
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint64_t now_ms = 0; now_ms < 1700; now_ms += 50) {
        for (uint32_t i = 0; i < N_DEVICES; i++) {
            struct gw_cloud_device_truth truth = truth_at(&ask, i, now_ms);

            assert_true(!truth.upgrading || (truth.foreign && !truth.online && now_ms >= 500));
            seen += truth.upgrading;
        }
    }
    assert_true(seen > 0);
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        struct gw_cloud_device_truth truth = truth_at(&ask, i, 1700);

        assert_int_equal(truth.updates_effective, 0);
        assert_int_equal(truth.updates_foreign, truth.foreign);
        assert_true(truth.foreign == (strcmp(truth.version, "2.3.0") != 0));
        to[0] += strcmp(truth.version, "2.4.0") == 0;
        to[1] += strcmp(truth.version, "2.10.0") == 0;
    }
    assert_about(to[0] + to[1], N_DEVICES, 5000);
    assert_about(to[0], N_DEVICES, 2500); /* both versions on offer are newer */
    ask_end(&ask);
}

static void test_whose_doing(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct gw_cloud_device_truth truth;
    struct ask ask;

    (void)state;
    begin_fleet(&ask, &options, 1);
    assert_true(gw_cloud_upgrade_foreign(ask.cloud, 0, "2.4.0", 10));
    assert_false(gw_cloud_upgrade_foreign(ask.cloud, 0, "2.5.0", 10)); /* it is upgrading */
    ask.now_ms = 50;
    assert_string_equal(update_nth(&ask, 0), "SmartAccessGatewayNotOnline");
    assert_true(ask.reply.upgrading_before && ask.reply.foreign_before);
    truth = truth_at(&ask, 0, 109);
    assert_true(truth.upgrading && truth.foreign);
    assert_int_equal(truth.back_ms, 110);
    assert_false(gw_cloud_upgrade_foreign(ask.cloud, 0, "2.4.0", 110)); /* it is there */
    assert_false(gw_cloud_upgrade_foreign(ask.cloud, 0, "2.3.9", 110));
    ask.now_ms = 110;
    assert_string_equal(update_nth(&ask, 0), "VersionTooOld");
    assert_false(ask.reply.foreign_before); /* it is over */
    assert_string_equal(ask_update(&ask, "sag-00000", "s00000", "2.10.0"), "");
    truth = truth_at(&ask, 0, 110);
    assert_true(truth.upgrading && !truth.foreign);
    assert_int_equal(truth.updates_effective, 1);
    assert_int_equal(truth.updates_foreign, 1);
    ask_end(&ask);
}

/* Whoever stands at the box has the last word: over a dead one, an upgrade, and what is newer. */
static void test_somebody_at_the_box(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct gw_cloud_device_truth truth;
    struct ask ask;

    (void)state;
    options.brick_bp = 10000;
    begin_fleet(&ask, &options, 1);
    assert_string_equal(update_nth(&ask, 0), "");
    assert_int_equal(truth_at(&ask, 0, 200).back_ms, UINT64_MAX);
    gw_cloud_set_by_hand(ask.cloud, 0, "2.3.0", false, 200);
    truth = truth_at(&ask, 0, 200);
    assert_true(truth.online && truth.foreign && !truth.upgrading);
    assert_string_equal(truth.version, "2.3.0");
    assert_int_equal(truth.updates_foreign, 1);
    ask.now_ms = 300;
    assert_string_equal(update_nth(&ask, 0), "");
    assert_int_equal(truth_at(&ask, 0, 500).back_ms, UINT64_MAX); /* it is the same box */
    gw_cloud_set_by_hand(ask.cloud, 0, "2.2.9", true, 500);
    assert_string_equal(truth_at(&ask, 0, 500).version, "2.2.9");
    ask.now_ms = 600;
    assert_string_equal(update_nth(&ask, 0), "");
    gw_cloud_set_by_hand(ask.cloud, 0, "2.3.0", false, 650); /* in the middle of it */
    assert_string_equal(truth_at(&ask, 0, 900).version, "2.3.0");
    ask.now_ms = 900;
    assert_string_equal(update_nth(&ask, 0), "");
    truth = truth_at(&ask, 0, 1000);
    assert_true(truth.online && !truth.foreign);
    assert_string_equal(truth.version, "2.4.0");
    ask_end(&ask);
}

static void test_somebody_else_waits(void **state)
{
    struct gw_cloud_options options = exact(1000);
    struct ask ask;

    (void)state;
    options.foreign_after_ms = 400;
    begin_fleet(&ask, &options, 3);
    fault(&ask, "sag-00000", "foreign:2.10.0");
    fault(&ask, "sag-00001", "foreign:2.4.0");
    fault(&ask, "sag-00002", "foreign");
    fault(&ask, "sag-00002", "brick");
    for (uint32_t i = 0; i < 3; i++)
        assert_string_equal(update_nth(&ask, i), "");
    assert_false(truth_at(&ask, 0, 999).foreign);
    assert_true(truth_at(&ask, 0, 1000).foreign);
    assert_string_equal(truth_at(&ask, 0, 1000).version, "2.4.0");
    assert_int_equal(truth_at(&ask, 0, 1000).back_ms, 2000);
    assert_string_equal(truth_at(&ask, 0, 2000).version, "2.10.0");
    assert_false(truth_at(&ask, 1, 2000).foreign); /* the vendor refuses what is there already */
    assert_false(truth_at(&ask, 2, 2000).foreign);
    ask_end(&ask);
}

static void test_somebody_else_waits_for_the_end_of_a_flap(void **state)
{
    struct gw_cloud_options options = exact(1000);
    uint32_t waited = 0;
    struct ask ask;

    (void)state;
    options.flap_bp = options.foreign_bp = 10000;
    options.flap_every_ms = 5000;
    options.flap_for_ms = 2000;
    options.foreign_after_ms = 5000;
    begin_fleet(&ask, &options, 50);
    for (uint32_t i = 0; i < 50; i++) {
        uint64_t now_ms = 0, fell_ms = 0;
        bool was_away = false;

        for (; !truth_at(&ask, i, now_ms).foreign; now_ms++) {
            bool away = !truth_at(&ask, i, now_ms).online;

            if (away && !was_away)
                fell_ms = now_ms;
            was_away = away;
        }
        assert_true(!was_away || now_ms == fell_ms + 2000);
        assert_in_range(now_ms, 2500, 7500 + 2000);
        assert_true(truth_at(&ask, i, now_ms).back_ms >= now_ms + 1000);
        waited += was_away;
    }
    assert_in_range(waited, 10, 40);
    ask_end(&ask);
}

/* At one moment: the active one first, so that what was the standby then is the one that takes over. */
static void test_both_come_back_at_once(void **state)
{
    struct gw_cloud_options options = exact(100);
    struct ask ask;

    (void)state;
    begin_pair(&ask, &options);
    fault(&ask, "p", "takeover");
    assert_string_equal(ask_update(&ask, "p", "b", "2.4.0"), "");
    assert_string_equal(ask_update(&ask, "p", "a", "2.4.0"), "");
    assert_string_equal(active_at(&ask, 100), "b");
    ask_end(&ask);
}

static void test_slow_devices(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t slow = 0;
    struct ask ask;

    (void)state;
    options.slow_bp = 2000;
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        assert_string_equal(update_nth(&ask, i), "");
        slow += ask.reply.down_ms == 100 * GW_CLOUD_SLOW_TIMES;
        assert_true(ask.reply.down_ms == 100 || ask.reply.down_ms == 1000);
    }
    assert_about(slow, N_DEVICES, 2000);
    for (uint32_t i = 0; i < N_DEVICES; i++)
        assert_true(truth_at(&ask, i, 1000).online);
    ask_end(&ask);
}

static void test_devices_that_come_back_older(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t older = 0;
    struct ask ask;

    (void)state;
    options.older_bp = 2000;
    options.older_version = "2.2.9";
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++)
        assert_string_equal(update_nth(&ask, i), "");
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        struct gw_cloud_device_truth truth = truth_at(&ask, i, 100);

        assert_true(truth.online);
        older += strcmp(truth.version, "2.2.9") == 0;
        assert_true(strcmp(truth.version, "2.2.9") == 0 || strcmp(truth.version, "2.4.0") == 0);
    }
    assert_about(older, N_DEVICES, 2000);
    ask_end(&ask);

    options.older_bp = 0;
    options.older_version = "2.3.1"; /* newer than what it has: then nothing comes of it */
    begin_fleet(&ask, &options, 1);
    fault(&ask, "sag-00000", "older");
    assert_string_equal(update_nth(&ask, 0), "");
    assert_string_equal(truth_at(&ask, 0, 100).version, "2.3.0");
    ask_end(&ask);
}

static void test_calls_that_begin_late(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint32_t late = 0;
    struct ask ask;

    (void)state;
    options.begin_ms = 1000;
    begin_fleet(&ask, &options, N_DEVICES);
    for (uint32_t i = 0; i < N_DEVICES; i++) {
        struct gw_cloud_device_truth truth;
        uint64_t down_ms;

        ask.now_ms = 0;
        assert_string_equal(update_nth(&ask, i), "");
        assert_true(ask.reply.took_effect);
        down_ms = ask.reply.down_ms;
        assert_in_range(down_ms, 100, 1100);
        if (down_ms == 100)
            continue;                             /* this one at once */
        truth = truth_at(&ask, i, down_ms - 101); /* the last moment before it begins */
        assert_true(truth.online && truth.upgrading);
        assert_int_equal(truth.back_ms, down_ms);
        assert_false(truth_at(&ask, i, down_ms - 100).online);
        assert_string_equal(truth_at(&ask, i, down_ms - 1).version, "2.3.0");
        assert_string_equal(truth_at(&ask, i, down_ms).version, "2.4.0");
        late += down_ms > 600;
    }
    assert_about(late, N_DEVICES, 5000);
    ask_end(&ask);
}

/* Nothing but care keeps one from calling twice, and the ledger tells of both. */
static void test_two_calls_before_one_begins(void **state)
{
    struct gw_cloud_options options = exact(100);
    uint64_t down_ms;
    struct ask ask;

    (void)state;
    options.begin_ms = 1000;
    begin_fleet(&ask, &options, 1);
    assert_string_equal(update_nth(&ask, 0), "");
    down_ms = ask.reply.down_ms;
    assert_true(down_ms > 101);
    assert_false(gw_cloud_upgrade_foreign(ask.cloud, 0, "2.10.0", 1));
    ask.now_ms = 1;
    assert_string_equal(ask_update(&ask, "sag-00000", "s00000", "2.10.0"), "");
    assert_true(ask.reply.took_effect && ask.reply.online_before && ask.reply.upgrading_before);
    assert_int_equal(ask.reply.down_ms, down_ms - 1);
    assert_int_equal(truth_at(&ask, 0, down_ms).updates_effective, 2);
    assert_string_equal(truth_at(&ask, 0, down_ms).version, "2.10.0");
    ask_end(&ask);
}

/* Everything at once. */
static struct gw_cloud_options storm(void)
{
    struct gw_cloud_options options = exact(200);

    options.seed = 11;
    options.upgrade_max_ms = 600;
    options.begin_ms = 300;
    options.brick_bp = options.stay_bp = options.slow_bp = options.older_bp = 700;
    options.relapse_bp = options.offline_bp = 700;
    options.switch_bp = options.takeover_bp = options.flip_bp = 4000;
    options.flap_bp = options.foreign_bp = options.stale_bp = 4000;
    options.flap_every_ms = 700;
    options.flap_for_ms = 250;
    options.flip_after_ms = options.foreign_after_ms = 900;
    return options;
}

#define STORM_PAIRS 150

static void begin_storm(struct ask *ask, const struct gw_cloud_options *options, uint32_t n)
{
    ask_begin(ask, options);
    for (uint32_t i = 0; i < n; i++) {
        char id[16], serial[16];

        (void)snprintf(id, sizeof(id), "p%u", i);
        (void)snprintf(serial, sizeof(serial), "p%ua", i);
        assert_true(ask_add(ask, id, serial, GW_CLOUD_ACTIVE));
        serial[strlen(serial) - 1] = 'b';
        assert_true(ask_add(ask, id, serial, GW_CLOUD_STANDBY));
    }
}

/* What there is to know of the first pairs at some moments, as one number; looked at every so often between. */
static uint64_t storm_story(const struct gw_cloud_options *options, uint32_t n, uint64_t look_ms)
{
    uint64_t sum = 0;
    struct ask ask;

    begin_storm(&ask, options, n);
    for (uint64_t now_ms = 0; now_ms <= 4000; now_ms++) {
        bool counts = now_ms % 1000 == 500;

        ask.now_ms = now_ms;
        for (uint32_t i = 0; now_ms % 1000 == 100 && i < 50; i++) {
            char id[16], serial[16];

            (void)snprintf(id, sizeof(id), "p%u", i);
            (void)snprintf(serial, sizeof(serial), "p%u%c", i, now_ms < 2000 ? 'b' : 'a');
            (void)ask_update(&ask, id, serial, "2.4.0");
            sum += ask.reply.took_effect * (now_ms + 1) * (i + 3);
        }
        if (!counts && (look_ms == 0 || now_ms % look_ms != 0))
            continue;
        for (uint32_t i = 0; i < 60; i++) {
            struct gw_cloud_device_truth truth = truth_at(&ask, i, now_ms);
            uint64_t what[] = {i,
                               now_ms,
                               truth.role,
                               truth.mate,
                               truth.online,
                               truth.upgrading,
                               truth.foreign,
                               truth.back_ms,
                               (uint64_t)truth.version[2] * 256 + (uint64_t)truth.version[0]};

            assert_string_equal(ask_for(&ask, "DescribeSmartAccessGatewayAttribute", "RegionId",
                                        "cn-shanghai", "SmartAGId", truth.gateway_id, NULL),
                                "");
            if (counts)
                sum += gw_hash(what, sizeof(what), 0) + ask.reply.gateway[0].stale_ms * (i + 1);
        }
    }
    ask_end(&ask);
    return sum;
}

static void test_nobody_matters(void **state)
{
    struct gw_cloud_options options = storm();
    uint64_t once = storm_story(&options, 50, 0);

    (void)state;
    assert_true(once == storm_story(&options, 50, 7));          /* not who looks */
    assert_true(once == storm_story(&options, STORM_PAIRS, 0)); /* and not who else there is */
    options.seed++;
    assert_true(once != storm_story(&options, 50, 0));
}

static void test_calm(void **state)
{
    struct gw_cloud_options options = storm();
    uint32_t away = 0, foreign = 0, active[STORM_PAIRS * 2];
    struct ask ask;

    (void)state;
    options.brick_bp = options.relapse_bp = options.offline_bp = 0;
    options.switch_bp = options.takeover_bp = 0;
    options.flaky_bp = options.internal_bp = options.lost_reply_bp = options.lost_request_bp = 5000;
    options.read_error_bp = 5000;
    options.begin_ms = 0;
    begin_storm(&ask, &options, STORM_PAIRS);
    for (uint32_t i = 0; i < STORM_PAIRS * 2; i++) {
        struct gw_cloud_device_truth truth = truth_at(&ask, i, 600);

        away += !truth.online && !truth.upgrading;
        foreign += truth.updates_foreign;
        active[i] = truth.role;
    }
    assert_true(away > 0 && foreign > 0);
    gw_cloud_calm(ask.cloud, 600);
    for (uint32_t i = 0; i < STORM_PAIRS * 2; i++) {
        foreign -= truth_at(&ask, i, 9000).updates_foreign;
        assert_int_equal(truth_at(&ask, i, 9000).role, active[i]);
    }
    assert_int_equal(foreign, 0); /* nobody came later */
    for (uint64_t now_ms = 9000; now_ms < 9300; now_ms++) {
        for (uint32_t i = 0; i < STORM_PAIRS * 2; i += 7) {
            struct gw_cloud_device_truth truth = truth_at(&ask, i, now_ms);

            assert_true(truth.online);
            assert_string_equal(ask_for(&ask, "DescribeSmartAccessGatewayAttribute", "RegionId",
                                        "cn-shanghai", "SmartAGId", truth.gateway_id, NULL),
                                "");
            assert_int_equal(ask.reply.gateway[0].stale_ms, 0);
        }
    }
    for (uint32_t i = 0; i < STORM_PAIRS * 2; i++) {
        struct gw_cloud_device_truth truth = truth_at(&ask, i, 9300);

        if (strcmp(truth.version, "2.3.0") == 0)
            assert_string_equal(ask_update(&ask, truth.gateway_id, truth.serial, "2.4.0"), "");
        assert_int_equal(ask.reply.drop, GW_CLOUD_DROP_NONE);
    }
    ask_end(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truth_in_every_detail),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_flaps),
        cmocka_unit_test(test_a_flap_is_not_an_upgrade),
        cmocka_unit_test(test_a_pair_flips_once),
        cmocka_unit_test(test_a_standby_that_is_away_cannot_take_over),
        cmocka_unit_test(test_somebody_else_upgrades),
        cmocka_unit_test(test_whose_doing),
        cmocka_unit_test(test_somebody_at_the_box),
        cmocka_unit_test(test_somebody_else_waits),
        cmocka_unit_test(test_somebody_else_waits_for_the_end_of_a_flap),
        cmocka_unit_test(test_both_come_back_at_once),
        cmocka_unit_test(test_slow_devices),
        cmocka_unit_test(test_devices_that_come_back_older),
        cmocka_unit_test(test_calls_that_begin_late),
        cmocka_unit_test(test_two_calls_before_one_begins),
        cmocka_unit_test(test_nobody_matters),
        cmocka_unit_test(test_calm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
