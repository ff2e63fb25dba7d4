/* Lies that the checker of nights must find (N1 to N10), each by its name; and what looks like one and is none. */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"

#include "../check_try.h"
#include "watch.h"

#define HOUR_MS UINT64_C(3600000)

static struct sim_nights nights;
static struct sim_watch *watch;
static struct sim_truth truths[TRY_DEVICES];

void sim_network_truth(uint32_t device, struct sim_truth *ret)
{
    *ret = truths[device];
}

/* ---- the world ---- */

/* The policy has made the rollout that the world has; sites, tags and roles are as the inventory has them. */
static int setup(void **state)
{
    (void)try_setup(state);
    nights =
        (struct sim_nights){.swarm = try.swarm,
                            .n_policies = 1,
                            .policy = {{.name = "p1", .select = SIM_SELECT_ALL, .version = SIM_VERSION_NEW}},
                            .rest_ms = 20 * HOUR_MS,
                            .give_up = 2,
                            .n_nights = 7};
    watch = sim_watch_new(&nights, "fleet.db");
    try_sql(
        "INSERT INTO nights (id, policies, started_unix_ms, gateways, converged) VALUES (1, 'p', 0, 4, 0)");
    try_sql("INSERT INTO policy_rollouts (rollout, policy, night) VALUES (1, 'p1', 1)");
    try_sql("INSERT INTO syncs (id, scope, started_unix_ms, ended_unix_ms) VALUES (1, '', 0, 1)");
    for (uint32_t i = 0; i < TRY_DEVICES; i++) {
        const struct sim_device *device = &try.swarm.device[i];

        truths[i] =
            (struct sim_truth){.version = SIM_VERSION_OLD, .online = true, .standby = i == TRY_STANDBY};
        if (i != TRY_ACTIVE)
            try_sql("INSERT INTO gateways (id, gateway_id, region, site, timezone) VALUES (%u, '%s', "
                    "'cn-shanghai',"
                    " '%s', 'Asia/Kolkata'); INSERT INTO gateways_seen (gateway) VALUES (%u)",
                    i + 1, device->gateway_id, device->site, i + 1);
        try_sql(
            "INSERT INTO devices (id, gateway, serial, ha_role, version) VALUES (%u, %u, '%s', '%s', '%s')",
            i + 1, i == TRY_ACTIVE ? TRY_STANDBY + 1 : i + 1, device->serial,
            i == TRY_ACTIVE    ? "active"
            : i == TRY_STANDBY ? "standby"
                               : "",
            SIM_VERSION_OLD);
    }
    try_sql("INSERT INTO tags VALUES (%d, 'held', 'yes')", TRY_EXCLUDED + 1);
    return 0;
}

static int teardown(void **state)
{
    sim_watch_free(watch);
    return try_teardown(state);
}

/* A night's process starts; fresh: the rollout is frozen only then. */
static void begin_night(bool fresh, bool again)
{
    const bool agains[SIM_POLICIES_MAX] = {again};

    if (fresh)
        try_sql("UPDATE rollouts SET membership = '' WHERE id = 1");
    sim_watch_began(watch, try_process(1), 0, agains);
    try_sql("UPDATE rollouts SET membership = 'hash' WHERE id = 1");
}

/* Intent, leave and arrival of a call that is accepted. */
static void call(uint32_t device)
{
    const char *nonce;
    struct sim_line *line = try_see(1, device, SIM_VERSION_OLD, true);

    sim_watch_arrival(watch, line);
    nonce = try_intent(device);
    sim_watch_leave(watch, try_process(1), nonce, true);
    line = try_line(1, device, nonce, NULL);
    sim_watch_arrival(watch, line);
    try_deliver(line);
    try_answer(device, "accepted", "", "upgrading");
}

/* A rollout of another night in which the first gateway failed so long ago. */
static void fail_before(uint32_t rollout, uint64_t ago_ms)
{
    try_sql("INSERT INTO rollouts (id, name, version, type, verify, phase, selection, spec, first_target, "
            "targets,"
            " membership, created_unix_ms) VALUES (%u, 'r%u', '" SIM_VERSION_NEW
            "', 'Device', 1, 'finished', 'all', '', %u, 1, '', 0)",
            rollout, rollout, 100 * rollout);
    try_sql("INSERT INTO targets (id, rollout, wave, device, state, ended_unix_ms) VALUES (%u, %u, 1, 1, "
            "'failed',"
            " %lld)",
            100 * rollout, rollout, (long long)(sim_now_unix_ms() - (int64_t)ago_ms));
    try_sql(
        "INSERT INTO facts SELECT %u, device, gateway_id, serial, ha_role, region, account, model, site, isp,"
        " timezone, version_listed FROM facts WHERE target = 1",
        100 * rollout);
}

/* One more rollout of the policy, of the first gateway alone, with an intent of that nonce. */
static void another_rollout(const char *nonce)
{
    try_sql("INSERT INTO rollouts (id, name, version, type, verify, phase, selection, spec, first_target, "
            "targets,"
            " membership, created_unix_ms) VALUES (2, 'r2', '" SIM_VERSION_NEW
            "', 'Device', 1, 'running', 'all', '', 50, 1, 'hash', 0)");
    try_sql("INSERT INTO policy_rollouts (rollout, policy, night) VALUES (2, 'p1', 1)");
    try_sql("INSERT INTO waves (rollout, number, name, phase, first, targets) VALUES (2, 1, 'rest', "
            "'running', 0, 1)");
    try_sql(
        "INSERT INTO targets (id, rollout, wave, device, state, sent) VALUES (50, 2, 1, 1, 'in_flight', 1)");
    try_sql(
        "INSERT INTO facts SELECT 50, device, gateway_id, serial, ha_role, region, account, model, site, isp,"
        " timezone, version_listed FROM facts WHERE target = 1");
    try_sql("INSERT INTO attempts VALUES (50, 1, '%s', %lld, 0)", nonce,
            (long long)try_unix_ms() / 1000 * 1000);
}

/* ---- N1, N6: whom a night plans ---- */

static void test_a_night_as_it_should_be(void **state)
{
    (void)state;
    begin_night(true, false);
    call(0);
    call(1);
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
    begin_night(true, false);
    call(0);
    try_assert_broken("N1");
}

static void test_one_that_is_beyond_is_planned(void **state)
{
    (void)state;
    truths[1].version = SIM_VERSION_NEWER;
    read_all();
    begin_night(true, false);
    call(0);
    try_assert_broken("N1");
}

static void test_half_a_pair_may_be_there(void **state)
{
    (void)state;
    truths[TRY_ACTIVE].version = SIM_VERSION_NEW;
    read_all();
    begin_night(true, false);
    call(0);
    try_assert_well();
}

static void test_what_no_sync_has_seen_cannot_be_known(void **state)
{
    (void)state;
    truths[1].version = SIM_VERSION_NEW;
    read_all();
    sim_watch_changed(watch, 1);
    begin_night(true, false);
    call(0);
    try_assert_well();
}

static void test_a_call_when_all_is_done(void **state)
{
    (void)state;
    sim_watch_last(watch);
    begin_night(true, false);
    call(0);
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
    begin_night(true, false);
    call(0);
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
    begin_night(true, false);
    call(0);
    try_assert_broken("N6");
}

static void test_a_rollout_goes_on_past_its_version(void **state)
{
    (void)state;
    nights.policy[0].version = SIM_VERSION_NEWER;
    begin_night(false, false);
    call(0);
    try_assert_broken("N6");
}

static void test_a_rollout_that_no_policy_made(void **state)
{
    (void)state;
    try_sql("DELETE FROM policy_rollouts");
    begin_night(true, false);
    call(0);
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
    begin_night(true, false);
    call(0);
    try_assert_broken("N2");
}

static void test_a_hold_for_others(void **state)
{
    (void)state;
    hold(HOUR_MS);
    begin_night(true, false);
    call(1);
    try_assert_well();
}

static void test_a_hold_that_is_over(void **state)
{
    (void)state;
    hold(HOUR_MS);
    try_wait(HOUR_MS);
    begin_night(true, false);
    call(0);
    try_assert_well();
}

static void test_a_hold_that_is_lifted(void **state)
{
    (void)state;
    hold(HOUR_MS);
    sim_watch_lifting(watch, 0);
    begin_night(true, false);
    call(0);
    try_assert_well();
}

static void test_a_hold_while_the_night_goes_on(void **state)
{
    (void)state;
    begin_night(true, false);
    hold(HOUR_MS);
    call(0);
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
    fail_before(7, 19 * HOUR_MS);
    begin_night(true, false);
    call(0);
    try_assert_broken("N3");
}

static void test_one_that_has_rested(void **state)
{
    (void)state;
    fail_before(7, 21 * HOUR_MS);
    begin_night(true, false);
    call(0);
    try_assert_well();
}

static void test_one_that_is_a_persons_is_called(void **state)
{
    (void)state;
    fail_before(7, 50 * HOUR_MS);
    fail_before(8, 25 * HOUR_MS);
    begin_night(true, false);
    call(0);
    try_assert_broken("N4");
}

/* ---- N5 ---- */

static void test_a_site_restarts_too_often(void **state)
{
    (void)state;
    nights.site_restarts = 1;
    begin_night(true, false);
    call(0);
    try_assert_well();
    call(1); /* in the same site */
    try_assert_broken("N5");
}

static void test_two_sites_restart(void **state)
{
    (void)state;
    nights.site_restarts = 1;
    begin_night(true, false);
    call(0);
    call(2);
    try_assert_well();
}

/* ---- N7, N10 ---- */

static void stop(const char *phase)
{
    try_sql("UPDATE rollouts SET phase = '%s' WHERE id = 1", phase);
}

static void call_of_another(void)
{
    struct sim_line *line = try_see(1, 0, SIM_VERSION_OLD, true);

    sim_watch_arrival(watch, line);
    another_rollout("another");
    sim_watch_leave(watch, try_process(1), "another", true);
    sim_watch_arrival(watch, try_line(1, 0, "another", NULL));
}

static void test_what_was_aborted_begins_anew(void **state)
{
    (void)state;
    stop("aborted");
    begin_night(false, false);
    call_of_another();
    try_assert_broken("N7");
}

static void test_what_was_let_begin_anew(void **state)
{
    (void)state;
    stop("aborted");
    begin_night(false, true);
    call_of_another();
    try_assert_well();
}

static void test_what_a_night_has_ended_begins_anew(void **state)
{
    (void)state;
    stop("aborted");
    try_sql("UPDATE policy_rollouts SET ended = 'why'");
    begin_night(false, false);
    call_of_another();
    try_assert_well();
}

static void test_another_begins_while_a_gate_holds_one(void **state)
{
    (void)state;
    stop("waiting");
    try_sql("UPDATE waves SET phase = 'waiting' WHERE number = 1");
    begin_night(false, false);
    call_of_another();
    try_assert_broken("N7");
}

/* One device got there; all others were canceled. */
static void end_early(const char *ended)
{
    struct sim_line *line;

    begin_night(true, false);
    call(0);
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
    begin_night(true, false);
    call(0);
    try_wait(70000);
    try_end(0, "succeeded", "");
    call_of_another();
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
    fail_before(7, 50 * HOUR_MS);
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_OPEN);
    fail_before(8, 25 * HOUR_MS);
    assert_int_equal(sim_watch_rest(watch, 0), SIM_REST_NOTHING);
}

static void test_a_site_that_is_spent(void **state)
{
    (void)state;
    nights.site_restarts = 1;
    begin_night(true, false);
    call(0);
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
        "UPDATE gateways_seen SET gone_unix_ms = 1 WHERE gateway = 3",
        "DELETE FROM devices WHERE id = 2",
        "UPDATE gateways SET site = '' WHERE id = 1",
        "DELETE FROM tags",
    };

    for (size_t i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
        (void)teardown(state);
        (void)setup(state);
        lie(lies[i], 1); /* a sync that says so need not have seen all */
        try_assert_well();
        sync_now(0);
        try_assert_broken("N9");
    }
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
        TEST(test_a_hold_that_is_nowhere),
        TEST(test_a_lift_that_is_nowhere),
        TEST(test_one_that_rests_is_called),
        TEST(test_one_that_has_rested),
        TEST(test_one_that_is_a_persons_is_called),
        TEST(test_a_site_restarts_too_often),
        TEST(test_two_sites_restart),
        TEST(test_what_was_aborted_begins_anew),
        TEST(test_what_was_let_begin_anew),
        TEST(test_what_a_night_has_ended_begins_anew),
        TEST(test_another_begins_while_a_gate_holds_one),
        TEST(test_an_abort_of_nobodys),
        TEST(test_an_abort_of_a_night),
        TEST(test_an_abort_of_peoples),
        TEST(test_two_rollouts_of_a_night_call_one),
        TEST(test_a_fleet_that_has_converged),
        TEST(test_one_is_left),
        TEST(test_the_dead_the_gone_and_the_given_up),
        TEST(test_a_site_that_is_spent),
        TEST(test_an_inventory_that_is_right),
        TEST(test_an_inventory_that_is_wrong),
        TEST(test_one_that_has_left_is_not_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
