/* Lies about what a night begins anew (N7, N10), what it leaves (N8) and what it has learnt (N9). */
#include "nights/watch_try.h"

/* ---- N7, N10 ---- */

static void stop(const char *phase)
{
    try_sql("UPDATE rollouts SET phase = '%s' WHERE id = 1", phase);
}

static void test_what_was_aborted_begins_anew(void **state)
{
    (void)state;
    stop("aborted");
    watch_begin(false, false);
    watch_call_of_another();
    try_assert_broken("N7");
}

static void test_what_was_let_begin_anew(void **state)
{
    (void)state;
    stop("aborted");
    watch_begin(false, true);
    watch_call_of_another();
    try_assert_well();
}

static void test_what_a_night_has_ended_begins_anew(void **state)
{
    (void)state;
    stop("aborted");
    try_sql("UPDATE policy_rollouts SET ended = 'why'");
    watch_begin(false, false);
    watch_call_of_another();
    try_assert_well();
}

static void test_another_begins_while_a_gate_holds_one(void **state)
{
    (void)state;
    stop("waiting");
    try_sql("UPDATE waves SET phase = 'waiting' WHERE number = 1");
    watch_begin(false, false);
    watch_call_of_another();
    try_assert_broken("N7");
}

/* One device got there; all others were canceled. */
static void end_early(const char *ended)
{
    struct sim_line *line;

    watch_begin(true, false);
    watch_call(0);
    try_wait(6000);
    line = try_see(1, 0, SIM_VERSION_NEW, true);
    sim_watch_arrival(watch, line);
    try_end(0, "succeeded", "");
    try_order("abort", "");
    for (uint32_t t = 1; t < TRY_TARGETS; t++)
        try_end(t, "canceled", "aborted");
    try_wave(0, "aborted");
    try_wave(1, "aborted");
    try_phase("aborted");
    try_sql("UPDATE policy_rollouts SET ended = '%s'", ended);
}

static void test_an_abort_of_nobodys(void **state)
{
    (void)state;
    end_early("");
    sim_watch_image(watch, try.db);
    try_assert_broken("N7");
}

static void test_an_abort_of_a_night(void **state)
{
    (void)state;
    end_early("the policy says something else now");
    sim_watch_image(watch, try.db);
    try_assert_well();
}

static void test_an_abort_of_peoples(void **state)
{
    (void)state;
    end_early("");
    sim_watch_aborting(watch, 1);
    sim_watch_image(watch, try.db);
    try_assert_well();
}

static void test_two_rollouts_of_a_night_call_one(void **state)
{
    (void)state;
    watch_begin(true, false);
    watch_call(0);
    try_wait(70000);
    try_end(0, "succeeded", "");
    watch_call_of_another();
    try_assert_broken("N10");
}

/* Its call was under way when the night ended the rollout that it was of. */
static void test_who_has_had_his_part_is_planned_again(void **state)
{
    (void)state;
    watch_begin(true, false);
    watch_call(0);
    try_sql(
        "INSERT INTO nights (id, policies, started_unix_ms, gateways, converged) VALUES (9, 'p', 1, 1, 0)");
    try_end(0, "failed", "stuck");
    stop("aborted");
    try_sql("UPDATE policy_rollouts SET ended = 'why'");
    watch_begin(false, false);
    watch_call_of_another();
    try_assert_broken("N10");
}

/* ---- N8 ---- */

static void converge(void)
{
    for (uint32_t i = 0; i < TRY_TARGETS; i++)
        truths[i].version = SIM_VERSION_NEW;
}

static void test_a_fleet_that_has_converged(void **state)
{
    (void)state;
    converge();
    truths[1].version = SIM_VERSION_NEWER;
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_NOTHING);
}

static void test_one_is_left(void **state)
{
    (void)state;
    converge();
    truths[0].version = SIM_VERSION_OLD;
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_OPEN);
    sim_watch_tell_rest(watch, 0);
    try_assert_broken("N8");
}

static void test_the_dead_the_gone_and_the_given_up(void **state)
{
    (void)state;
    converge();
    truths[0].version = truths[1].version = truths[2].version = SIM_VERSION_OLD;
    truths[1].lost = true;
    truths[2].gone = true;
    watch_fail_before(7, 50 * HOUR_MS);
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_OPEN);
    watch_fail_before(8, 25 * HOUR_MS);
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_NOTHING);
}

static void test_a_site_that_is_spent(void **state)
{
    (void)state;
    nights.site_restarts = 1;
    watch_begin(true, false);
    watch_call(0);
    converge();
    truths[1].version = SIM_VERSION_OLD;
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_SPENT);
    try_wait(31 * 24 * HOUR_MS);
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_OPEN);
}

/* ---- N9 ---- */

static void sync_now(int exit_code)
{
    try_wait(HOUR_MS);
    sim_watch_synced(watch, try.now_ms - 1000, exit_code);
}

static void test_an_inventory_that_is_right(void **state)
{
    (void)state;
    sync_now(0);
    try_assert_well();
}

static void lie(const char *sql, int exit_code)
{
    try_sql("%s", sql);
    sync_now(exit_code);
}

static void test_an_inventory_that_is_wrong(void **state)
{
    static const char *const lies[] = {
        "UPDATE devices SET version = '2.2.9' WHERE id = 1",
        "UPDATE devices SET ha_role = 'active' WHERE id = 4",
        "DELETE FROM devices WHERE id = 2",
        "UPDATE gateways SET site = '' WHERE id = 1",
        "DELETE FROM tags",
    };

    for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
        (void)watch_teardown(state);
        (void)watch_setup(state);
        lie(lies[i], 1); /* a sync that says so need not have seen all */
        try_assert_well();
        sync_now(0);
        try_assert_broken("N9");
    }
}

#define GONE "UPDATE gateways_seen SET gone_unix_ms = 1 WHERE gateway = 3"

/* What a sync could not see is not gone by that. */
static void test_one_that_has_not_left_is_marked(void **state)
{
    (void)state;
    lie(GONE, 1);
    try_assert_broken("N9");
}

static void test_one_that_comes_and_goes_is_marked(void **state)
{
    (void)state;
    nights.n_guests = 1;
    nights.guest[0] = (struct sim_guest){.device = 2, .leaves_h = 1};
    lie(GONE, 1);
    try_assert_well();
}

static void test_a_night_marks_one_that_has_not_left(void **state)
{
    (void)state;
    try_sql(GONE);
    sim_watch_ended(watch, try_process(1), 1);
    try_assert_broken("N9");
}

static void test_one_that_has_left_is_not_marked(void **state)
{
    (void)state;
    truths[0].gone = true;
    sync_now(0);
    try_assert_broken("N9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_setup, watch_teardown)
        TEST(test_what_was_aborted_begins_anew),
        TEST(test_what_was_let_begin_anew),
        TEST(test_what_a_night_has_ended_begins_anew),
        TEST(test_another_begins_while_a_gate_holds_one),
        TEST(test_an_abort_of_nobodys),
        TEST(test_an_abort_of_a_night),
        TEST(test_an_abort_of_peoples),
        TEST(test_two_rollouts_of_a_night_call_one),
        TEST(test_who_has_had_his_part_is_planned_again),
        TEST(test_a_fleet_that_has_converged),
        TEST(test_one_is_left),
        TEST(test_the_dead_the_gone_and_the_given_up),
        TEST(test_a_site_that_is_spent),
        TEST(test_an_inventory_that_is_right),
        TEST(test_an_inventory_that_is_wrong),
        TEST(test_one_that_has_not_left_is_marked),
        TEST(test_one_that_comes_and_goes_is_marked),
        TEST(test_a_night_marks_one_that_has_not_left),
        TEST(test_one_that_has_left_is_not_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
