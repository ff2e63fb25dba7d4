/* Lies about outcomes and answers (I23), each found by its name. */
#include "check/try.h"

static void succeed_unseen(uint32_t target)
{
    (void)try_see(1, target, SIM_VERSION_OLD, true);
    (void)try_call(1, target, NULL);
    try_answer(target, "accepted", "", "upgrading");
    try_wait(6000);
}

static void test_succeeded_and_nobody_saw_it(void **state)
{
    (void)state;
    succeed_unseen(0);
    try_end(0, "succeeded", "");
    try_image();
    try_assert_broken("I23");
}

static void test_succeeded_by_a_read_from_before(void **state)
{
    (void)state;
    (void)try_see(1, 1, SIM_VERSION_NEW, true);
    (void)try_intent(1);
    try_answer(1, "never_sent", "connect", "waiting");
    try_end(1, "succeeded", "at_version");
    try_image();
    try_assert_broken("I23");
}

static void test_skipped_after_a_call(void **state)
{
    (void)state;
    succeed_unseen(0);
    (void)try_see(1, 0, SIM_VERSION_NEW, true);
    try_end(0, "skipped", "at_version");
    try_image();
    try_assert_broken("I23");
}

static void test_skipped_and_nobody_saw_it(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_end(0, "skipped", "at_version");
    try_image();
    try_assert_broken("I23");
}

static void test_failed_with_a_code_that_nobody_sent(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_call(1, 0, "NotBoundCCN");
    try_answer(0, "refused", "VersionNotExist", "failed");
    try_image();
    try_assert_broken("I23");
}

static void test_failed_and_it_may_have_taken_effect(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_answer(0, "in_doubt", "timeout", "in_doubt");
    try_end(0, "failed", "attempts");
    try_image();
    try_assert_broken("I23");
}

static void test_stuck_before_its_deadline(void **state)
{
    (void)state;
    succeed_unseen(0);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_end(0, "failed", "stuck");
    try_image();
    try_assert_broken("I23");
}

static void test_stuck_after_its_deadline(void **state)
{
    (void)state;
    succeed_unseen(0);
    try_wait(try.swarm.stuck_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_end(0, "failed", "stuck");
    try_image();
    try_assert_well();
}

static void test_deferred_and_online(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_end(0, "deferred", "offline");
    try_image();
    try_assert_broken("I23");
}

static void test_deferred_after_a_doubt(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_answer(0, "in_doubt", "timeout", "in_doubt");
    (void)try_see(1, 0, SIM_VERSION_OLD, false);
    try_end(0, "deferred", "offline");
    try_image();
    try_assert_broken("I23");
}

static void test_unresolved_after_a_refusal(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_call(1, 0, "GetSmartAccessGatewayStateError");
    try_answer(0, "refused", "GetSmartAccessGatewayStateError", "waiting");
    try_end(0, "unresolved", "unproven");
    try_image();
    try_assert_broken("I23");
}

static void test_unproven_after_a_yes(void **state)
{
    (void)state;
    succeed_unseen(0);
    try_wait(try.swarm.stuck_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_end(0, "unresolved", "unproven");
    try_image();
    try_assert_broken("I23");
}

static void test_canceled_by_nobody(void **state)
{
    (void)state;
    try_end(0, "canceled", "aborted");
    try_image();
    try_assert_broken("I23");
}

static void test_accepted_by_nobody(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, NULL);
    try_answer(0, "accepted", "", "upgrading");
    try_image();
    try_assert_broken("I23");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_succeeded_and_nobody_saw_it),
        TEST(test_succeeded_by_a_read_from_before),
        TEST(test_skipped_after_a_call),
        TEST(test_skipped_and_nobody_saw_it),
        TEST(test_failed_with_a_code_that_nobody_sent),
        TEST(test_failed_and_it_may_have_taken_effect),
        TEST(test_stuck_before_its_deadline),
        TEST(test_stuck_after_its_deadline),
        TEST(test_deferred_and_online),
        TEST(test_deferred_after_a_doubt),
        TEST(test_unresolved_after_a_refusal),
        TEST(test_unproven_after_a_yes),
        TEST(test_canceled_by_nobody),
        TEST(test_accepted_by_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
