/* Each fault that the model draws for devices happens in the simulator's cloud, and is counted as what it is. */
#include <string.h>

#include "network/net_try.h"

#define READS 90

static struct sim_swarm swarm;
static struct try_call calls[8 + READS];
static uint64_t before[SIM_FAULTS];

static uint64_t hits(enum sim_fault fault)
{
    return sim_hits()[fault] - before[fault];
}

/* These devices are called after a minute, and all are looked at every second before and after. */
static void play_calling(uint32_t first, uint32_t n)
{
    struct try_client client = {.call = calls, .n = READS + n};

    memcpy(before, sim_hits(), sizeof(before));
    try_calls(calls, READS + n, GW_ACTION_LIST_GATEWAYS, 1000);
    for (uint32_t i = 0; i < READS; i++)
        calls[i].device = i % 2;
    for (uint32_t i = 0; i < n; i++) {
        calls[READS + i].action = GW_ACTION_UPDATE_VERSION;
        calls[READS + i].device = first + i;
        calls[READS + i].after_ms = 60500;
    }
    try_world(&swarm, &client);
    try_end();
}

static void play(void)
{
    play_calling(0, 8);
}

static void test_a_world_without_faults_has_none(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    play();
    for (int i = 0; i < SIM_FAULTS; i++)
        assert_int_equal(hits((enum sim_fault)i), 0);
}

static void test_bricks_stay_where_they_are(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.brick_bp = 10000;
    play();
    assert_int_equal(hits(SIM_BRICK), 8);
    assert_int_equal(hits(SIM_FLAP) + hits(SIM_RELAPSE) + hits(SIM_STAY) + hits(SIM_OLDER), 0);
}

static void test_some_come_back_as_they_were_or_older(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.stay_bp = 10000;
    play();
    assert_int_equal(hits(SIM_STAY), 8);
    assert_int_equal(hits(SIM_OLDER), 0);
    try_swarm(&swarm, 1);
    swarm.older_bp = 10000;
    play();
    assert_int_equal(hits(SIM_OLDER), 8);
    assert_int_equal(hits(SIM_STAY), 0);
}

static void test_some_do_not_last(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.relapse_bp = 10000;
    play();
    assert_int_equal(hits(SIM_RELAPSE), 8);
    assert_int_equal(hits(SIM_STAY) + hits(SIM_FLAP), 0);
}

static void test_some_are_offline_from_the_start(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.offline_bp = 10000;
    play();
    assert_int_equal(hits(SIM_OFFLINE), 8);
    assert_int_equal(hits(SIM_FLAP) + hits(SIM_RELAPSE) + hits(SIM_BRICK), 0);
}

static void test_some_flap(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.flap_bp = 10000;
    play();
    assert_true(hits(SIM_FLAP) >= 8);
    assert_int_equal(hits(SIM_RELAPSE) + hits(SIM_OFFLINE), 0);
}

static void test_roles_swap_with_an_upgrade_and_without(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.flip_bp = 10000;
    play();
    assert_int_equal(hits(SIM_ROLES_SWAP), 2); /* each of the two is told to be the other */
    try_swarm(&swarm, 1);
    swarm.swap_bp = 10000;
    play_calling(7, 1); /* the standby is back, and takes over */
    assert_int_equal(hits(SIM_ROLES_SWAP), 2);
    try_swarm(&swarm, 1);
    swarm.swap_bp = 10000;
    play_calling(6, 1); /* the active one goes down; it is back as the standby, and takes over again */
    assert_int_equal(hits(SIM_ROLES_SWAP), 4);
}

static void test_others_upgrade_devices(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.foreign_bp = 10000;
    play();
    assert_int_equal(hits(SIM_FOREIGN_CHANGE), 8);
    assert_int_equal(hits(SIM_STAY) + hits(SIM_OLDER) + hits(SIM_RELAPSE), 0);
}

static void test_replies_that_are_not_about_the_device(void **state)
{
    (void)state;
    try_swarm(&swarm, 1);
    swarm.internal_bp = 10000;
    play();
    assert_int_equal(hits(SIM_INTERNAL_ERROR), 8 + READS);
    try_swarm(&swarm, 1);
    swarm.refuse_bp = 10000;
    play();
    assert_int_equal(hits(SIM_REFUSED), 8);
    try_swarm(&swarm, 1);
    swarm.stale_bp = 10000;
    swarm.stale_ms = 10000;
    play();
    assert_true(hits(SIM_STALE_READ) > 20);
    try_swarm(&swarm, 1);
    swarm.cloud_rate = (struct gw_rate){1, 1000};
    play();
    assert_int_equal(hits(SIM_THROTTLED), 6); /* one in each of the two regions passes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_world_without_faults_has_none),
        cmocka_unit_test(test_bricks_stay_where_they_are),
        cmocka_unit_test(test_some_come_back_as_they_were_or_older),
        cmocka_unit_test(test_some_do_not_last),
        cmocka_unit_test(test_some_are_offline_from_the_start),
        cmocka_unit_test(test_some_flap),
        cmocka_unit_test(test_roles_swap_with_an_upgrade_and_without),
        cmocka_unit_test(test_others_upgrade_devices),
        cmocka_unit_test(test_replies_that_are_not_about_the_device),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
