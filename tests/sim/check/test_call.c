/* Lies about single calls (I1 to I8), each found by its name; and what only looks like one. */
#include "check/try.h"

/* The fence of what was sent just now, and two reads behind it that agree. */
static void settle(uint32_t pid, uint32_t target)
{
    try_wait(try.swarm.fence_ms);
    (void)try_see(pid, target, SIM_VERSION_OLD, true);
    try_wait(try.swarm.agree_ms);
    (void)try_see(pid, target, SIM_VERSION_OLD, true);
}

/* ---- nobody is accused ---- */

static void test_an_innocent_rollout(void **state)
{
    (void)state;
    try_whole_story();
    sim_check_ended(try.check, 0, try.db);
    sim_check_end(try.check, try.db);
    try_assert_well();
}

static void test_called_again_after_a_refusal(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_call(1, 0, "GetSmartAccessGatewayStateError");
    try_answer(0, "refused", "GetSmartAccessGatewayStateError", "waiting");
    (void)try_call(1, 0, NULL);
    try_assert_well();
}

static void test_called_again_after_two_reads(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_answer(0, "in_doubt", "timeout", "in_doubt");
    settle(1, 0);
    try_state(0, "resolved", "waiting", "no_effect");
    (void)try_call(1, 0, NULL);
    try_image();
    try_assert_well();
}

/* What comes late was sent before, and is judged as of then. */
static void test_a_call_that_arrives_late(void **state)
{
    struct sim_line *late;
    uint64_t sent_ms;
    const char *nonce;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_leave(1, nonce, true);
    sent_ms = try.now_ms;
    late = try_line(1, 0, nonce, "InvalidTimeStamp.Expired");
    try_answer(0, "in_doubt", "timeout", "in_doubt");
    settle(1, 0);
    try_state(0, "resolved", "waiting", "no_effect");
    (void)try_call(1, 0, NULL);
    late->arrived_ms = try.now_ms;
    assert_int_equal(late->sent_ms, sent_ms);
    try_arrive(late);
    try_assert_well();
}

/* A copy may be answered in the original's place. */
static void test_the_reply_to_a_copy(void **state)
{
    struct sim_line *original, *copy;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    original = try_lost_reply(1, 0, "SignatureNonceUsed");
    copy = try_line(1, 0, original->nonce, "GetSmartAccessGatewayStateError");
    copy->copy = true;
    try_arrive(copy);
    try_deliver(copy);
    try_answer(0, "refused", "GetSmartAccessGatewayStateError", "waiting");
    (void)try_call(1, 0, NULL);
    try_image();
    try_assert_well();
}

/* ---- I1: durable before it leaves ---- */

static void test_an_intent_that_is_not_durable(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try.undurable = true;
    try_leave(1, try_intent(0), true);
    try_assert_broken("I1");
}

static void test_bytes_without_their_row(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_leave(1, "nonce-that-no-row-has", true);
    try_assert_broken("I1");
}

static void test_a_lease_that_is_not_durable(void **state)
{
    (void)state;
    try.bare = true;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_assert_broken("I1");
}

/* ---- I3: never blindly again ---- */

static void test_again_after_a_lost_reply(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_answer(0, "in_doubt", "timeout", "waiting");
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I3");
}

static void test_again_after_a_doubtful_code(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_call(1, 0, "ServiceUnavailable");
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I3");
}

static void test_busy_after_a_doubt_is_a_doubt(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    settle(1, 0);
    (void)try_call(1, 0, "ResourceInOperating");
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I3");
}

static void test_two_reads_before_the_fence(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_wait(try.swarm.fence_ms - 3000);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_wait(try.swarm.agree_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I3");
}

static void test_two_reads_too_near_to_each_other(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_wait(try.swarm.fence_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_wait(try.swarm.agree_ms / 2);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I3");
}

static void test_two_reads_that_do_not_agree(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_wait(try.swarm.fence_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_wait(try.swarm.agree_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, false);
    try_wait(try.swarm.agree_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I3");
}

static void test_two_reads_of_two_processes(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_wait(try.swarm.fence_ms);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_lease(2);
    try_wait(try.swarm.agree_ms);
    (void)try_see(2, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(2, 0, NULL);
    try_assert_broken("I3");
}

static void test_again_after_one_that_was_lost(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_leave(1, try_intent(0), true);
    try_answer(0, "in_doubt", "timeout", "in_doubt");
    try_state(0, "resolved", "waiting", "no_effect");
    (void)try_call(1, 0, NULL);
    try_assert_well();
    try_image();
    try_assert_broken("I3");
}

static void test_never_sent_and_left(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_leave(1, try_intent(0), true);
    try_answer(0, "never_sent", "connect", "waiting");
    try_image();
    try_assert_broken("I3");
}

/* ---- I4: once each ---- */

static void test_a_nonce_that_leaves_twice(void **state)
{
    const char *nonce;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_leave(1, nonce, true);
    try_leave(1, nonce, true);
    try_assert_broken("I4");
}

static void test_a_call_that_arrives_twice(void **state)
{
    struct sim_line *line;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    line = try_call(1, 0, NULL);
    try_arrive(try_line(1, 0, line->nonce, "SignatureNonceUsed"));
    try_assert_broken("I4");
}

/* ---- I6: only what was planned ---- */

static void test_who_was_not_selected(void **state)
{
    const char *nonce;

    (void)state;
    (void)try_see(1, TRY_EXCLUDED, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_leave(1, nonce, true);
    try_arrive(try_line(1, TRY_EXCLUDED, nonce, NULL));
    try_assert_broken("I6");
}

static void test_a_version_that_nobody_asked_for(void **state)
{
    const char *nonce;
    struct sim_line *line;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_leave(1, nonce, true);
    line = try_line(1, 0, nonce, NULL);
    line->version[2]++;
    try_arrive(line);
    try_assert_broken("I6");
}

static void test_another_region(void **state)
{
    const char *nonce;
    struct sim_line *line;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_leave(1, nonce, true);
    line = try_line(1, 0, nonce, NULL);
    line->lane = 1;
    try_arrive(line);
    try_assert_broken("I6");
}

/* ---- I7, I8: read before ---- */

static void test_called_without_a_read(void **state)
{
    (void)state;
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I7");
}

static void test_the_read_of_another_process(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_lease(2);
    (void)try_lost_reply(2, 0, NULL);
    try_assert_broken("I7");
}

static void test_a_read_whose_reply_was_lost(void **state)
{
    (void)state;
    try_see(1, 0, SIM_VERSION_OLD, true)->delivered_ms = 0;
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I7");
}

static void test_a_read_that_is_too_old(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_wait(try.swarm.fresh_ms + 1000);
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I7");
}

static void test_offline_by_the_last_word(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_see(1, 0, SIM_VERSION_OLD, false);
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I7");
}

static void test_there_by_the_last_word(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_NEW, true);
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I7");
}

static void test_a_device_that_upgrades(void **state)
{
    const char *nonce;
    struct sim_line *line;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_leave(1, nonce, true);
    line = try_line(1, 0, nonce, NULL);
    line->upgrading_before = true;
    try_arrive(line);
    try_assert_broken("I7");
}

static void test_a_downgrade(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_NEWER, true);
    (void)try_lost_reply(1, 0, NULL);
    try_assert_broken("I8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_an_innocent_rollout),
        TEST(test_called_again_after_a_refusal),
        TEST(test_called_again_after_two_reads),
        TEST(test_a_call_that_arrives_late),
        TEST(test_the_reply_to_a_copy),
        TEST(test_an_intent_that_is_not_durable),
        TEST(test_bytes_without_their_row),
        TEST(test_a_lease_that_is_not_durable),
        TEST(test_again_after_a_lost_reply),
        TEST(test_again_after_a_doubtful_code),
        TEST(test_busy_after_a_doubt_is_a_doubt),
        TEST(test_two_reads_before_the_fence),
        TEST(test_two_reads_too_near_to_each_other),
        TEST(test_two_reads_that_do_not_agree),
        TEST(test_two_reads_of_two_processes),
        TEST(test_again_after_one_that_was_lost),
        TEST(test_never_sent_and_left),
        TEST(test_a_nonce_that_leaves_twice),
        TEST(test_a_call_that_arrives_twice),
        TEST(test_who_was_not_selected),
        TEST(test_a_version_that_nobody_asked_for),
        TEST(test_another_region),
        TEST(test_called_without_a_read),
        TEST(test_the_read_of_another_process),
        TEST(test_a_read_whose_reply_was_lost),
        TEST(test_a_read_that_is_too_old),
        TEST(test_offline_by_the_last_word),
        TEST(test_there_by_the_last_word),
        TEST(test_a_device_that_upgrades),
        TEST(test_a_downgrade),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
