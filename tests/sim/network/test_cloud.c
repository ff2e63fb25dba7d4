/* The simulator's cloud, beyond its devices; and whole worlds, with all that can happen in them. */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"

#include "network/net_try.h"

static struct sim_swarm swarm;
static struct try_call calls[TRY_CALLS_MAX];

static void begin(struct try_client *client, uint32_t n, enum gw_action action, uint64_t every_ms)
{
    try_swarm(&swarm, 1);
    try_calls(calls, n, action, every_ms);
    *client = (struct try_client){.call = calls, .n = n};
}

/* ---- the cloud ---- */

static void test_throttles_say_how_long(void **state)
{
    struct try_client client;
    uint32_t throttled = 0;

    (void)state;
    begin(&client, 32, GW_ACTION_UPDATE_VERSION, 0);
    swarm.cloud_rate = (struct gw_rate){2, 1000};
    try_world(&swarm, &client);
    for (int i = 0; i < 32; i++) {
        const struct sim_line *line = try_line(calls[i].nonce, false);

        if (calls[i].answer.class_ != GW_CLASS_THROTTLED)
            continue;
        throttled++;
        assert_int_equal(calls[i].answer.retry_after_ms, line->retry_after_ms);
        assert_in_range(line->retry_after_ms, 1, 1000);
    }
    assert_in_range(throttled, 26, 28);
    try_end();
}

static void test_tokens_expire_until_all_is_well(void **state)
{
    struct try_client client;
    char token[80];

    (void)state;
    begin(&client, 2, GW_ACTION_GATEWAY, 0);
    swarm.tokens = true;
    swarm.token_ms = 20;
    swarm.delay_ms = 400;
    swarm.seed = 3;
    try_begin(&swarm);
    try_start(&client, &swarm);
    try_play(1000);
    assert_string_equal(sim_ledger_at(0)->code, "InvalidSecurityToken.Expired");
    assert_int_equal(calls[0].answer.class_, GW_CLASS_CREDENTIAL);
    (void)gw_text_copy(token, sizeof(token), sim_network_token());
    assert_string_not_equal(sim_network_token(), token);
    sim_network_calm();
    (void)gw_text_copy(token, sizeof(token), sim_network_token());
    assert_string_equal(sim_network_token(), token);
    memset(calls, 0, sizeof(calls));
    try_calls(calls, 2, GW_ACTION_GATEWAY, 0);
    try_start(&client, &swarm);
    try_play(1000);
    assert_int_equal(calls[0].answer.proof, GW_PROOF_ACCEPTED);
    try_end();
}

static void test_somebody_else_upgrades_a_device(void **state)
{
    struct sim_truth truth;
    uint64_t before;

    (void)state;
    try_swarm(&swarm, 1);
    try_begin(&swarm);
    before = sim_hits()[SIM_FOREIGN_CHANGE];
    sim_network_upgrade_by_hand(2, SIM_VERSION_NEWER);
    sim_network_truth(2, &truth);
    assert_true(truth.upgrading);
    assert_int_equal(truth.updates_effective, 0);
    sim_network_upgrade_by_hand(2, SIM_VERSION_NEWER); /* it is at it already */
    try_play(swarm.upgrade_max_ms);
    sim_network_truth(2, &truth);
    assert_string_equal(truth.version, SIM_VERSION_NEWER);
    assert_int_equal(sim_hits()[SIM_FOREIGN_CHANGE], before + 1);
    sim_network_truth(6, &truth);
    assert_false(truth.standby);
    sim_network_truth(7, &truth);
    assert_true(truth.standby);
    try_end();
}

/* ---- all of it ---- */

static void test_calm_ends_every_fault(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, 32, GW_ACTION_UPDATE_VERSION, 0);
    swarm.refused_bp = swarm.lost_bp = swarm.late_bp = swarm.twice_bp = 10000;
    swarm.reply_lost_bp = swarm.internal_bp = swarm.refuse_bp = swarm.stale_bp = 10000;
    swarm.stale_ms = 1000;
    swarm.region_outs = 100;
    swarm.region_out_ms = 100000;
    try_begin(&swarm);
    try_start(&client, &swarm);
    try_play(2 * TRY_CALL_MS);
    sim_network_calm();
    try_calls(calls, 32, GW_ACTION_LIST_GATEWAYS, 100);
    try_start(&client, &swarm);
    try_play(2 * TRY_CALL_MS);
    for (int i = 0; i < 32; i++) {
        assert_int_equal(calls[i].n_done, 1);
        assert_int_equal(calls[i].answer.proof, GW_PROOF_ACCEPTED);
    }
    try_end();
}

/* Drawn worlds, with processes that are killed and frozen: each completion comes once, the ledger twice the same. */
static char *play_world(uint64_t seed)
{
    struct try_client client = {.call = calls, .n = 150};
    char *text;

    sim_swarm_draw(&swarm, seed);
    swarm.stale_bp = swarm.flap_bp = 2000;
    try_calls(calls, 150, GW_ACTION_UPDATE_VERSION, 50);
    for (uint32_t i = 0; i < 150; i++) {
        calls[i].device = i % swarm.n_devices;
        if (i % 3)
            calls[i].action = i % 3 == 1 ? GW_ACTION_LIST_GATEWAYS : GW_ACTION_GATEWAY;
    }
    try_world(&swarm, &client);
    for (uint32_t i = 0; i < 150; i++)
        assert_int_equal(calls[i].n_done, 1);
    text = try_ledger();
    try_end();
    return text;
}

static void test_the_same_seed_gives_the_same_ledger(void **state)
{
    char *other = play_world(999);

    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        char *first = play_world(seed), *second;

        free(play_world(seed + 100));
        second = play_world(seed);
        assert_string_equal(first, second);
        assert_string_not_equal(first, other);
        assert_true(strlen(first) > 10000);
        free(first);
        free(second);
    }
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_throttles_say_how_long),
        cmocka_unit_test(test_tokens_expire_until_all_is_well),
        cmocka_unit_test(test_somebody_else_upgrades_a_device),
        cmocka_unit_test(test_calm_ends_every_fault),
        cmocka_unit_test(test_the_same_seed_gives_the_same_ledger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
