/* Lies about pairs (I11), each found by its name. */
#include "check/try.h"

static void begin_pair(void)
{
    try_first_wave(1);
    (void)try_see(1, TRY_ACTIVE, SIM_VERSION_OLD, true);
    try_assert_well();
}

static void test_an_unknown_mate(void **state)
{
    (void)state;
    try_first_wave(1);
    (void)try_see(1, TRY_ACTIVE, SIM_VERSION_OLD, false);
    (void)try_see(1, TRY_STANDBY, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, TRY_STANDBY, NULL);
    try_assert_broken("I11");
}

static void test_the_active_device_first(void **state)
{
    (void)state;
    begin_pair();
    (void)try_lost_reply(1, TRY_ACTIVE, NULL);
    try_assert_broken("I11");
}

static void test_the_mate_has_not_soaked(void **state)
{
    (void)state;
    begin_pair();
    try_upgrade(1, TRY_STANDBY);
    try_wait(try.swarm.pair_soak_ms - 2000);
    (void)try_see(1, TRY_ACTIVE, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, TRY_ACTIVE, NULL);
    try_assert_broken("I11");
}

/* The reads allow it, and the mate is known to have been called. */
static void test_the_mate_was_refused(void **state)
{
    (void)state;
    begin_pair();
    (void)try_see(1, TRY_STANDBY, SIM_VERSION_OLD, true);
    (void)try_call(1, TRY_STANDBY, "NotBoundCCN");
    try_answer(TRY_STANDBY, "refused", "NotBoundCCN", "failed");
    (void)try_see(1, TRY_ACTIVE, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, TRY_ACTIVE, NULL);
    try_assert_broken("I11");
}

static void test_the_mate_is_down_in_truth(void **state)
{
    const char *nonce;
    struct sim_line *line;

    (void)state;
    begin_pair();
    (void)try_see(1, TRY_STANDBY, SIM_VERSION_OLD, true);
    nonce = try_intent(TRY_STANDBY);
    try_leave(1, nonce, true);
    line = try_line(1, TRY_STANDBY, nonce, NULL);
    line->mate_online_before = false;
    try_arrive(line);
    try_assert_broken("I11");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_an_unknown_mate),           TEST(test_the_active_device_first),
        TEST(test_the_mate_has_not_soaked),   TEST(test_the_mate_was_refused),
        TEST(test_the_mate_is_down_in_truth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
