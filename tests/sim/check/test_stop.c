/* Lies about who may send, and when nobody may (I18, I20, I27, I31), each found by its name; and what only looks like one. */
#include "check/try.h"

/* ---- I20 ---- */

/* All of the second wave, which never began. */
static void cancel_the_rest(void)
{
    try_end(3, "canceled", "aborted");
    try_end(4, "canceled", "aborted");
}

static void test_an_abort_that_cancels_nobody(void **state)
{
    (void)state;
    try_end(3, "canceled", "aborted");
    try_order("abort", "");
    sim_check_told(try.check, SIM_WORD_ABORTED, "");
    try_assert_broken("I20");
}

/* Whoever is asked about just then is canceled when the answer is there. */
static void test_an_abort_in_a_wave_that_runs(void **state)
{
    (void)state;
    cancel_the_rest();
    try_order("abort", "");
    sim_check_told(try.check, SIM_WORD_ABORTED, "");
    try_assert_well();
}

static void test_a_call_after_an_abort(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    cancel_the_rest();
    try_order("abort", "");
    sim_check_told(try.check, SIM_WORD_ABORTED, "");
    try_assert_well();
    try_leave(1, try_intent(0), true);
    try_assert_broken("I20");
}

static void test_a_call_after_a_pause(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    try_assert_well();
    try_leave(1, try_intent(0), true);
    try_assert_broken("I20");
}

/* It goes on as soon as the order is durable; who gave it hears of it later. */
static void test_a_call_after_a_resume(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    try_order("resume", "");
    try_leave(1, try_intent(0), true);
    sim_check_told(try.check, SIM_WORD_RESUMED, "");
    try_assert_well();
}

static void test_a_call_while_the_rollout_is_paused(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_phase("paused");
    try_leave(1, try_intent(0), true);
    try_assert_broken("I20");
}

static void test_a_word_that_is_not_durable(void **state)
{
    (void)state;
    try_image();
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    try_assert_broken("I20");
}

static void test_a_word_that_is_forgotten(void **state)
{
    (void)state;
    try_order("approve", "");
    sim_check_told(try.check, SIM_WORD_APPROVED, "");
    try_sql("DELETE FROM orders");
    try_sql("DELETE FROM events WHERE kind = 'order'");
    try_image();
    try_assert_broken("I20");
}

/* ---- what is stopped begins nothing ---- */

/* Whom nobody had called is asked about, called, and withdrawn again. */
static void begin_and_withdraw(uint32_t target)
{
    try_wait(1000);
    (void)try_intent(target);
    try_answer(target, "never_sent", "withdrawn", "waiting");
}

static void test_begun_after_an_abort(void **state)
{
    (void)state;
    cancel_the_rest();
    try_order("abort", "");
    sim_check_told(try.check, SIM_WORD_ABORTED, "");
    begin_and_withdraw(0);
    try_image();
    try_assert_broken("I20");
}

static void test_begun_after_a_pause(void **state)
{
    (void)state;
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    begin_and_withdraw(0);
    try_image();
    try_assert_broken("I20");
}

static void test_begun_before_a_pause(void **state)
{
    (void)state;
    begin_and_withdraw(0);
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    try_image();
    try_assert_well();
}

static void test_begun_after_a_resume(void **state)
{
    (void)state;
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    try_order("resume", "");
    begin_and_withdraw(0);
    try_image();
    try_assert_well();
}

/* Another pause was obeyed meanwhile, and who gave it has not heard of it yet. */
static void test_begun_before_another_pause(void **state)
{
    (void)state;
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    try_order("resume", "");
    begin_and_withdraw(0);
    try_wait(1000);
    try_order("pause", "");
    try_image();
    try_assert_well();
}

static void test_begun_after_another_pause(void **state)
{
    (void)state;
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    try_order("resume", "");
    try_order("pause", "");
    begin_and_withdraw(0);
    try_image();
    try_assert_broken("I20");
}

static void test_begun_after_a_gate(void **state)
{
    (void)state;
    try_verdict(0, "abort", 0, 0);
    try_wave(0, "waiting");
    try_image();
    try_assert_well();
    begin_and_withdraw(0);
    try_image();
    try_assert_broken("I18");
}

/* By a clock that was set nobody knows which of them was first. */
static void test_begun_by_another_clock(void **state)
{
    (void)state;
    try.swarm.clock_sets = 1;
    try_order("pause", "");
    sim_check_told(try.check, SIM_WORD_PAUSED, "");
    begin_and_withdraw(0);
    try_image();
    try_assert_well();
}

/* ---- I27, I31 ---- */

static void test_a_call_when_all_is_over(void **state)
{
    (void)state;
    try_whole_story();
    try_image();
    try_assert_well();
    try_leave(1, "nonce-too-late", true);
    try_assert_broken("I27");
}

static void test_a_runner_that_lost_its_lease(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_lease(2);
    (void)try_see(2, 1, SIM_VERSION_OLD, true);
    try_leave(1, try_intent(0), true);
    try_assert_broken("I31");
}

/* What was durable when it lost it may leave: the other one has it in doubt. */
static void test_what_was_under_way_when_the_lease_was_lost(void **state)
{
    const char *nonce;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_lease(2);
    (void)try_see(2, 1, SIM_VERSION_OLD, true);
    try_leave(1, nonce, true);
    try_assert_well();
}

/* The other one has only looked so far. */
static void test_what_was_under_way_when_nobody_else_had_sent(void **state)
{
    const char *nonce;

    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_lease(2);
    try_sql("UPDATE targets SET state = 'in_doubt' WHERE state = 'in_flight'");
    try_leave(1, nonce, true);
    try_assert_well();
}

static void test_what_was_begun_when_nobody_else_had_sent(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_lease(2);
    try_leave(1, "nonce-of-nobody", true);
    try_assert_broken("I31");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_an_abort_that_cancels_nobody),
        TEST(test_an_abort_in_a_wave_that_runs),
        TEST(test_a_call_after_an_abort),
        TEST(test_a_call_after_a_pause),
        TEST(test_a_call_after_a_resume),
        TEST(test_a_call_while_the_rollout_is_paused),
        TEST(test_a_word_that_is_not_durable),
        TEST(test_a_word_that_is_forgotten),
        TEST(test_begun_after_an_abort),
        TEST(test_begun_after_a_pause),
        TEST(test_begun_before_a_pause),
        TEST(test_begun_after_a_resume),
        TEST(test_begun_before_another_pause),
        TEST(test_begun_after_another_pause),
        TEST(test_begun_after_a_gate),
        TEST(test_begun_by_another_clock),
        TEST(test_a_call_when_all_is_over),
        TEST(test_a_runner_that_lost_its_lease),
        TEST(test_what_was_under_way_when_the_lease_was_lost),
        TEST(test_what_was_under_way_when_nobody_else_had_sent),
        TEST(test_what_was_begun_when_nobody_else_had_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
