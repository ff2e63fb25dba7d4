/* Lies about waves and gates (I16 to I18), each found by its name. */
#include "check/try.h"

/* The first wave has its outcomes and was seen to be well behind its soak; nothing is said of it yet. */
static void end_first_wave(void)
{
    for (uint32_t target = 0; target < 3; target++)
        try_upgrade(1, target);
    try_wave(0, "soaking");
    try_wait(TRY_SOAK_MS);
    for (uint32_t target = 0; target < 3; target++)
        (void)try_see(1, target, SIM_VERSION_NEW, true);
}

static void pass(const char *verdict, uint32_t succeeded, uint32_t of)
{
    try_verdict(0, verdict, succeeded, of);
    try_wave(0, "finished");
    try_wave(1, "running");
}

static void call_second_wave(void)
{
    (void)try_see(1, TRY_STANDBY, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, TRY_STANDBY, NULL);
}

/* ---- I16 ---- */

static void test_a_wave_that_passed(void **state)
{
    (void)state;
    try_first_wave(1);
    call_second_wave();
    try_assert_well();
}

static void test_a_wave_that_is_not_over(void **state)
{
    (void)state;
    end_first_wave();
    call_second_wave();
    try_assert_broken("I16");
}

static void test_a_wave_that_nobody_judged(void **state)
{
    (void)state;
    end_first_wave();
    try_wave(0, "finished");
    try_wave(1, "running");
    call_second_wave();
    try_assert_broken("I16");
}

static void test_a_hold_that_nobody_lifted(void **state)
{
    (void)state;
    end_first_wave();
    pass("hold", 3, 3);
    call_second_wave();
    try_assert_broken("I16");
}

static void test_a_hold_that_a_person_lifted(void **state)
{
    (void)state;
    end_first_wave();
    try_verdict(0, "hold", 3, 3);
    try_wait(1000);
    try_order("approve", "");
    try_wave(0, "finished");
    try_wave(1, "running");
    call_second_wave();
    try_assert_well();
}

static void test_an_approval_that_was_asked_for(void **state)
{
    (void)state;
    try.swarm.wave[0].approve = true;
    end_first_wave();
    try_order("approve", "");
    try_wait(1000);
    pass("promote", 3, 3);
    call_second_wave();
    try_assert_broken("I16");
}

static void test_a_verdict_that_counts_wrong(void **state)
{
    (void)state;
    end_first_wave();
    pass("promote", 2, 3);
    call_second_wave();
    try_assert_broken("I16");
}

static void defer(uint32_t target)
{
    (void)try_see(1, target, SIM_VERSION_OLD, false);
    try_end(target, "deferred", "offline");
}

static void test_promoted_on_no_evidence(void **state)
{
    (void)state;
    for (uint32_t target = 0; target < 3; target++)
        defer(target);
    pass("promote", 0, 3);
    call_second_wave();
    try_assert_broken("I16");
}

static void test_promoted_with_most_not_well(void **state)
{
    (void)state;
    try.swarm.wave[0].soak_ms = 0;
    try_upgrade(1, 0);
    defer(1);
    defer(2);
    pass("promote", 1, 3);
    call_second_wave();
    try_assert_broken("I16");
}

static void test_a_wave_with_open_targets(void **state)
{
    (void)state;
    try.swarm.wave[0].soak_ms = 0;
    try_upgrade(1, 0);
    try_upgrade(1, 1);
    pass("promote", 2, 2);
    call_second_wave();
    try_assert_broken("I16");
}

static void test_waves_out_of_order(void **state)
{
    (void)state;
    try_wave(1, "running");
    try_image();
    try_assert_broken("I16");
}

/* ---- I17 ---- */

static void test_a_soak_that_is_cut_short(void **state)
{
    (void)state;
    for (uint32_t target = 0; target < 3; target++)
        try_upgrade(1, target);
    try_wave(0, "soaking");
    try_wait(TRY_SOAK_MS / 2);
    for (uint32_t target = 0; target < 3; target++)
        (void)try_see(1, target, SIM_VERSION_NEW, true);
    pass("promote", 3, 3);
    call_second_wave();
    try_assert_broken("I17");
}

static void test_a_soak_that_is_too_short(void **state)
{
    (void)state;
    try.swarm.wave[0].soak_ms = 10 * TRY_SOAK_MS;
    try_first_wave(1);
    call_second_wave();
    try_assert_broken("I17");
}

static void test_nobody_looks_behind_the_soak(void **state)
{
    (void)state;
    for (uint32_t target = 0; target < 3; target++)
        try_upgrade(1, target);
    try_wave(0, "soaking");
    try_wait(TRY_SOAK_MS);
    pass("promote", 3, 3);
    call_second_wave();
    try_assert_broken("I17");
}

/* ---- I18 ---- */

static void fail_with(uint32_t target, const char *code)
{
    (void)try_see(1, target, SIM_VERSION_OLD, true);
    (void)try_call(1, target, code);
    try_answer(target, "refused", code, "failed");
}

static void test_failures_that_stop_nothing(void **state)
{
    (void)state;
    try.swarm.max_failed = 1;
    fail_with(0, "NotBoundCCN");
    try_image();
    try_assert_well();
    fail_with(1, "NotBoundCCN");
    try_image();
    try_assert_broken("I18");
}

static void test_a_call_after_too_many_failures(void **state)
{
    (void)state;
    try.swarm.max_failed = 1;
    fail_with(0, "NotBoundCCN");
    fail_with(1, "NotBoundCCN");
    (void)try_see(1, 2, SIM_VERSION_OLD, true);
    try_leave(1, try_intent(2), true);
    try_assert_broken("I18");
}

static void test_failures_that_were_forgiven(void **state)
{
    (void)state;
    try.swarm.max_failed = 1;
    fail_with(0, "NotBoundCCN");
    fail_with(1, "NotBoundCCN");
    try_order("resume", "");
    (void)try_see(1, 2, SIM_VERSION_OLD, true);
    try_leave(1, try_intent(2), true);
    try_image();
    try_assert_well();
}

/* What was forgiven is forgiven once: as many again stop it again, whatever was said before. */
static void fail_twice_more(uint32_t clock_sets)
{
    try.swarm.max_failed = 1;
    try.swarm.clock_sets = clock_sets;
    try_again();
    fail_with(0, "NotBoundCCN");
    try_verdict(0, "abort", 0, 1);
    try_wait(1000);
    try_order("resume", "");
    try_wave(0, "running");
    try_wait(1000);
    fail_with(1, "NotBoundCCN");
    try_image();
    try_assert_well();
    fail_with(2, "NotBoundCCN");
    try_image();
}

static void test_failures_after_some_were_forgiven(void **state)
{
    (void)state;
    fail_twice_more(0);
    try_assert_broken("I18");
}

/* By a clock that was set nobody knows which of them were before. */
static void test_failures_by_another_clock(void **state)
{
    (void)state;
    fail_twice_more(1);
    try_assert_well();
}

static void test_a_call_for_a_wave_that_was_stopped(void **state)
{
    (void)state;
    try_verdict(0, "abort", 0, 0);
    try_wave(0, "waiting");
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_leave(1, try_intent(0), true);
    try_assert_broken("I18");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_a_wave_that_passed),
        TEST(test_a_wave_that_is_not_over),
        TEST(test_a_wave_that_nobody_judged),
        TEST(test_a_hold_that_nobody_lifted),
        TEST(test_a_hold_that_a_person_lifted),
        TEST(test_an_approval_that_was_asked_for),
        TEST(test_a_verdict_that_counts_wrong),
        TEST(test_promoted_on_no_evidence),
        TEST(test_promoted_with_most_not_well),
        TEST(test_a_wave_with_open_targets),
        TEST(test_waves_out_of_order),
        TEST(test_a_soak_that_is_cut_short),
        TEST(test_a_soak_that_is_too_short),
        TEST(test_nobody_looks_behind_the_soak),
        TEST(test_failures_that_stop_nothing),
        TEST(test_a_call_after_too_many_failures),
        TEST(test_failures_that_were_forgiven),
        TEST(test_a_call_for_a_wave_that_was_stopped),
        TEST(test_failures_after_some_were_forgiven),
        TEST(test_failures_by_another_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
