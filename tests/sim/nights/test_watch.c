/* Lies about whom a night plans and calls (N1 to N6), each found by its name; and what looks like one and is none. */
#include "nights/watch_try.h"

/* ---- N1, N6: whom a night plans ---- */

static void test_a_night_as_it_should_be(void **state)
{
    (void)state;
    watch_begin(true, false);
    watch_call(0);
    watch_call(1);
    try_assert_well();
}

static void read_all(void)
{
    try_sql("UPDATE gateways_seen SET read_unix_ms = %lld", (long long)try_unix_ms());
}

static void test_one_that_is_there_is_planned(void **state)
{
    (void)state;
    truths[1].version = SIM_VERSION_NEW;
    read_all();
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N1");
}

static void test_one_that_is_beyond_is_planned(void **state)
{
    (void)state;
    truths[1].version = SIM_VERSION_NEWER;
    read_all();
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N1");
}

static void test_half_a_pair_may_be_there(void **state)
{
    (void)state;
    truths[TRY_ACTIVE].version = SIM_VERSION_NEW;
    read_all();
    watch_begin(true, false);
    watch_call(0);
    try_assert_well();
}

static void test_what_no_sync_has_seen_cannot_be_known(void **state)
{
    (void)state;
    truths[1].version = SIM_VERSION_NEW;
    read_all();
    sim_watch_changed(watch, 1);
    watch_begin(true, false);
    watch_call(0);
    try_assert_well();
}

static void test_a_call_when_all_is_done(void **state)
{
    (void)state;
    sim_watch_last(watch);
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N1");
}

static void leave_after_an_hour(uint64_t listed_after_ms)
{
    nights.guest[nights.n_guests++] = (struct sim_guest){.device = 1, .leaves_h = 1};
    try_wait(2 * HOUR_MS);
    truths[1].gone = true;
    try_sql("INSERT INTO sync_parts (sync, account, region, at_unix_ms, gateways) VALUES (1, '', "
            "'cn-shanghai', %lld, 4)",
            (long long)(SIM_START_UNIX_MS + (int64_t)listed_after_ms));
    watch_begin(true, false);
    watch_call(0);
}

static void test_one_that_has_left_is_planned(void **state)
{
    (void)state;
    leave_after_an_hour(2 * HOUR_MS);
    try_assert_broken("N6");
}

static void test_one_that_left_since_the_list_was_read(void **state)
{
    (void)state;
    leave_after_an_hour(HOUR_MS / 2);
    try_assert_well();
}

static void test_a_version_that_the_policy_does_not_want(void **state)
{
    (void)state;
    nights.policy[0].version = SIM_VERSION_NEWER;
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N6");
}

static void test_a_rollout_goes_on_past_its_version(void **state)
{
    (void)state;
    nights.policy[0].version = SIM_VERSION_NEWER;
    watch_begin(false, false);
    watch_call(0);
    try_assert_broken("N6");
}

static void test_a_rollout_that_no_policy_made(void **state)
{
    (void)state;
    try_sql("DELETE FROM policy_rollouts");
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N6");
}

/* ---- N2 ---- */

static void hold(uint64_t for_ms)
{
    try_sql("INSERT INTO holds (gateway_id, reason, by, at_unix_ms, until_unix_ms) VALUES ('sag-0', 'r', "
            "'b', %lld, %lld)",
            (long long)try_unix_ms(), (long long)(try_unix_ms() + (int64_t)for_ms));
    sim_watch_held(watch, 0, try.now_ms + for_ms);
    try_wait(1000);
}

static void test_one_that_is_held_is_called(void **state)
{
    (void)state;
    hold(HOUR_MS);
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N2");
}

static void test_a_hold_for_others(void **state)
{
    (void)state;
    hold(HOUR_MS);
    watch_begin(true, false);
    watch_call(1);
    try_assert_well();
}

static void test_a_hold_that_is_over(void **state)
{
    (void)state;
    hold(HOUR_MS);
    try_wait(HOUR_MS);
    watch_begin(true, false);
    watch_call(0);
    try_assert_well();
}

static void test_a_hold_that_is_lifted(void **state)
{
    (void)state;
    hold(HOUR_MS);
    sim_watch_lifting(watch, 0);
    watch_begin(true, false);
    watch_call(0);
    try_assert_well();
}

static void test_a_hold_while_the_night_goes_on(void **state)
{
    (void)state;
    watch_begin(true, false);
    hold(HOUR_MS);
    watch_call(0);
    try_assert_well();
}

/* The second policy's rollout is frozen when the first one's is over: so long after the night began people held one. */
static void plan_after_a_hold(uint64_t after_ms)
{
    watch_begin(true, false);
    hold(HOUR_MS);
    try_wait(after_ms);
    try_sql("UPDATE rollouts SET created_unix_ms = %lld WHERE id = 1", (long long)try_unix_ms());
    watch_call(1);
}

static void test_one_that_is_held_meanwhile_is_planned(void **state)
{
    (void)state;
    plan_after_a_hold(HOUR_MS / 2);
    try_assert_broken("N2");
}

static void test_one_that_is_held_just_then_is_planned(void **state)
{
    (void)state;
    plan_after_a_hold(1000);
    try_assert_well();
}

static void test_one_whose_hold_is_over_is_planned(void **state)
{
    (void)state;
    plan_after_a_hold(HOUR_MS + 1000);
    try_assert_well();
}

static void test_a_hold_that_is_nowhere(void **state)
{
    (void)state;
    sim_watch_held(watch, 0, try.now_ms + HOUR_MS);
    try_assert_broken("N2");
}

static void test_a_lift_that_is_nowhere(void **state)
{
    (void)state;
    hold(HOUR_MS);
    sim_watch_lifted(watch, 0);
    try_assert_broken("N2");
}

/* ---- N3, N4 ---- */

static void test_one_that_rests_is_called(void **state)
{
    (void)state;
    watch_fail_before(7, 19 * HOUR_MS);
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N3");
}

static void test_one_that_has_rested(void **state)
{
    (void)state;
    watch_fail_before(7, 21 * HOUR_MS);
    watch_begin(true, false);
    watch_call(0);
    try_assert_well();
}

static void test_one_that_is_a_persons_is_called(void **state)
{
    (void)state;
    watch_fail_before(7, 50 * HOUR_MS);
    watch_fail_before(8, 25 * HOUR_MS);
    watch_begin(true, false);
    watch_call(0);
    try_assert_broken("N4");
}

/* ---- N5 ---- */

static void test_a_site_restarts_too_often(void **state)
{
    (void)state;
    nights.site_restarts = 1;
    watch_begin(true, false);
    watch_call(0);
    try_assert_well();
    watch_call(1); /* in the same site */
    try_assert_broken("N5");
}

static void test_two_sites_restart(void **state)
{
    (void)state;
    nights.site_restarts = 1;
    watch_begin(true, false);
    watch_call(0);
    watch_call(2);
    try_assert_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, watch_teardown)
        TEST(test_a_night_as_it_should_be),
        TEST(test_one_that_is_there_is_planned),
        TEST(test_one_that_is_beyond_is_planned),
        TEST(test_half_a_pair_may_be_there),
        TEST(test_what_no_sync_has_seen_cannot_be_known),
        TEST(test_a_call_when_all_is_done),
        TEST(test_one_that_has_left_is_planned),
        TEST(test_one_that_left_since_the_list_was_read),
        TEST(test_a_version_that_the_policy_does_not_want),
        TEST(test_a_rollout_goes_on_past_its_version),
        TEST(test_a_rollout_that_no_policy_made),
        TEST(test_one_that_is_held_is_called),
        TEST(test_a_hold_for_others),
        TEST(test_a_hold_that_is_over),
        TEST(test_a_hold_that_is_lifted),
        TEST(test_a_hold_while_the_night_goes_on),
        TEST(test_one_that_is_held_meanwhile_is_planned),
        TEST(test_one_that_is_held_just_then_is_planned),
        TEST(test_one_whose_hold_is_over_is_planned),
        TEST(test_a_hold_that_is_nowhere),
        TEST(test_a_lift_that_is_nowhere),
        TEST(test_one_that_rests_is_called),
        TEST(test_one_that_has_rested),
        TEST(test_one_that_is_a_persons_is_called),
        TEST(test_a_site_restarts_too_often),
        TEST(test_two_sites_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
