/* What stops a run, and what one lane or one device may do to the others. The world checks the invariants in each scene. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "world.h"

#define HOUR_MS 3600000u

static struct world world;

static void all_of(uint32_t n, uint64_t seed, enum world_nature nature)
{
    world_init(&world, n, seed);
    for (uint32_t t = 0; t < n; t++)
        world.device[t].nature = nature;
}

static void one_lane(void)
{
    world.lanes = 1;
    for (uint32_t t = 0; t < world.n; t++)
        world.device[t].lane = 0;
}

static void run_to_end(void)
{
    assert_true(world_run(&world, world.now_ms + HOUR_MS));
    assert_int_equal(world.phase, GW_PHASE_FINISHED);
}

static void run_to_stop(enum gw_stop stop)
{
    assert_true(world_run(&world, world.now_ms + HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), stop);
    assert_int_equal(world.phase, GW_PHASE_WAITING);
    assert_true(world.reason[0] != '\0');
}

static void an_unreachable_endpoint_holds_the_run(void **state)
{
    (void)state;
    world_init(&world, 30, 9);
    /* Pairs are read one by one: without a pause there would be thousands of attempts. */
    for (uint32_t t = 0; t < 30; t += 2)
        world_pair(&world, t, t + 1);
    world.faults.never_sent = 1000;
    run_to_stop(GW_STOP_ENDPOINT);
    assert_int_equal(world_count(&world, GW_STATE_WAITING), 30);
    assert_true(world.calls + world.reads < 100);
    for (uint32_t t = 0; t < 30; t++)
        assert_int_equal(world.device[t].charged, 0);
    world_release(&world);
}

static void unknown_gateways_hold_the_run_early(void **state)
{
    (void)state;
    all_of(90, 10, WORLD_UNKNOWN);
    run_to_stop(GW_STOP_NOT_FOUND);
    assert_true(world_count(&world, GW_STATE_FAILED) < 40);
    assert_int_equal(world.calls, 0);
    world_release(&world);
}

/* Forbidden is a property of the account when it comes three times in a row, however well the reads go. */
static void forbidden_everywhere_stops_after_three_calls(void **state)
{
    static const uint32_t upgrading[] = {1, 10};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(upgrading); i++) {
        all_of(60, 30, WORLD_FORBIDDEN);
        one_lane();
        world.drive.limits.upgrading = upgrading[i];
        world.drive.limits.rate.calls = 1;
        run_to_stop(GW_STOP_IDENTITY);
        assert_int_equal(world.calls, 3);
        assert_int_equal(world_count(&world, GW_STATE_WAITING), 57);
        world_release(&world);
    }
}

static void a_version_that_nobody_has_stops_after_the_first_call(void **state)
{
    (void)state;
    all_of(60, 31, WORLD_LACKS);
    one_lane();
    world.drive.limits.rate.calls = 1;
    run_to_stop(GW_STOP_PLAN);
    assert_int_equal(world.calls, 1);
    world_release(&world);
}

static void a_model_without_the_version_stops_after_three_in_a_row(void **state)
{
    (void)state;
    all_of(60, 32, WORLD_LACKS);
    one_lane();
    for (uint32_t t = 0; t < 10; t++)
        world.device[t].nature = WORLD_GOOD;
    world.drive.limits.rate.calls = 1;
    run_to_stop(GW_STOP_PLAN);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 10);
    assert_int_equal(world.calls, 13);
    world_release(&world);
}

static void one_device_without_the_version_does_not_block_the_others(void **state)
{
    (void)state;
    all_of(60, 33, WORLD_GOOD);
    world.device[20].nature = WORLD_LACKS;
    world.device[40].nature = WORLD_FORBIDDEN;
    run_to_end();
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 58);
    world_release(&world);
}

/* What ends the whole run at once, whoever was asked for. */
static void answers_that_concern_everybody_stop_the_run_at_once(void **state)
{
    static const struct {
        struct world_faults faults;
        enum gw_stop stop;
    } row[] = {
        {{.credential = 1000}, GW_STOP_CREDENTIALS},
        {{.clock = 1000}, GW_STOP_CLOCK},
        {{.risk = 1000}, GW_STOP_RISK},
        {{.untrusted = 1000}, GW_STOP_UNTRUSTED},
        {{.drain = 1000}, GW_STOP_DRAIN},
        {{.identity = 1000}, GW_STOP_IDENTITY},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        all_of(40, 34, WORLD_GOOD);
        world.faults = row[i].faults;
        run_to_stop(row[i].stop);
        assert_int_equal(world.calls, 0);
        assert_int_equal(world_count(&world, GW_STATE_WAITING), 40);
        world_release(&world);
    }
}

/* A refused call costs its device nothing when the account is the reason. */
static void a_refused_account_charges_nobody(void **state)
{
    (void)state;
    all_of(40, 35, WORLD_GOOD);
    world.drive.attempts = 1;
    world.faults.credential = 100;
    world.starts = UINT32_MAX;
    world.calm_ms = world.now_ms + HOUR_MS / 4;
    assert_true(world_run(&world, world.now_ms + 2 * HOUR_MS));
    assert_true(world.runs > 1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 40);
    world_release(&world);
}

/* Minutes without a key, twice: everybody waits, and nobody has lost anything. */
static void a_key_that_is_renewed_stops_nothing(void **state)
{
    static const struct gw_answer gone[] = {
        {.proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_RENEWING, .code = "InvalidSecurityToken.Expired"},
        {.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_RENEWING, .code = "no_key"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(gone); i++) {
        all_of(40, 39, WORLD_GOOD);
        world.drive.attempts = 1;
        world.outage = gone[i];
        for (unsigned turn = 0; turn < 2; turn++) {
            world.outage_from_ms = world.now_ms + 3000;
            world.outage_until_ms = world.outage_from_ms + 240000;
            assert_false(turn ? world_go(&world, world.outage_until_ms + 2500)
                              : world_run(&world, world.outage_until_ms + 2500));
            assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_NONE);
        }
        assert_true(world_go(&world, world.now_ms + HOUR_MS));
        assert_int_equal(world.runs, 1);
        assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 40);
        world_release(&world);
    }
}

/* The plan is wrong, and what is under way is watched; then the token expires, and nothing can be watched any more. */
static void a_stop_that_blinds_replaces_one_that_watches(void **state)
{
    (void)state;
    all_of(10, 36, WORLD_BRICK);
    one_lane();
    for (uint32_t t = 3; t < 6; t++)
        world.device[t].nature = WORLD_LACKS;
    world.drive.limits.rate.calls = 1;
    world.outage = (struct gw_answer){.proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_CREDENTIAL};
    world.outage_from_ms = world.now_ms + 20000;
    world.outage_until_ms = UINT64_MAX;
    assert_false(world_run(&world, world.outage_from_ms - 1));
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_PLAN);
    assert_true(world_go(&world, world.now_ms + world.drive.stuck_ms / 2));
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_CREDENTIALS);
    assert_int_equal(world_count(&world, GW_STATE_UPGRADING), 3);
    world_release(&world);
}

static void a_stop_that_watches_ends_what_is_under_way(void **state)
{
    (void)state;
    all_of(10, 37, WORLD_BRICK);
    one_lane();
    for (uint32_t t = 3; t < 6; t++)
        world.device[t].nature = WORLD_LACKS;
    world.drive.limits.rate.calls = 1;
    run_to_stop(GW_STOP_PLAN);
    assert_int_equal(world_count(&world, GW_STATE_FAILED), 6);
    assert_int_equal(world_count(&world, GW_STATE_WAITING), 4);
    world_release(&world);
}

/* ---- lanes ---- */

/* Doubts of a region that swallows every call would take all slots for a fence each. */
static void a_sick_region_does_not_starve_a_healthy_one(void **state)
{
    uint32_t good = 0;

    (void)state;
    all_of(80, 38, WORLD_GOOD);
    world.lane[0].swallows = true;
    (void)world_run(&world, world.now_ms + 6 * world.drive.fence_ms);
    for (uint32_t t = 1; t < 80; t += 2)
        good += world.device[t].state == GW_STATE_SUCCEEDED;
    assert_int_equal(good, 40);
    world_release(&world);
}

static void an_unreachable_region_holds_the_run_when_only_it_is_left(void **state)
{
    (void)state;
    all_of(80, 39, WORLD_GOOD);
    world.lane[0].dark = true;
    /* Slowly, so that the other region is given up long before this one has ended. */
    world.drive.limits.upgrading = 2;
    run_to_stop(GW_STOP_ENDPOINT);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 40);
    assert_int_equal(world_count(&world, GW_STATE_WAITING), 40);
    for (uint32_t t = 0; t < 80; t += 2)
        assert_int_equal(world.device[t].charged, 0);
    world_release(&world);
}

/* Two short outages are not one long one. */
static void an_endpoint_that_answers_again_is_well_again(void **state)
{
    (void)state;
    all_of(80, 40, WORLD_GOOD);
    world.drive.limits.upgrading = 4;
    world.outage = (struct gw_answer){.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_ENDPOINT};
    for (int i = 0; i < 3; i++) {
        world.outage_from_ms = world.now_ms;
        world.outage_until_ms = world.now_ms + world.drive.endpoint_down_ms * 2 / 3;
        assert_false(i ? world_go(&world, world.outage_until_ms + 20000)
                       : world_run(&world, world.outage_until_ms + 20000));
        assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_NONE);
    }
    world_release(&world);
}

/* ---- devices ---- */

static void busy_devices_do_not_starve_good_ones(void **state)
{
    (void)state;
    world_init(&world, 90, 18);
    for (uint32_t t = 0; t < 30; t++)
        world.device[t].nature = WORLD_BUSY;
    /* What the good ones need by themselves, at ten a turn, and a quarter more. */
    (void)world_run(&world, world.now_ms + 60 / 10 * 30000 * 5 / 4);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 60);
    assert_true(world_go(&world, world.now_ms + HOUR_MS));
    assert_int_equal(world_count(&world, GW_STATE_DEFERRED), 30);
    for (uint32_t t = 0; t < 30; t++)
        assert_true(world.device[t].sent <= world.drive.attempts);
    world_release(&world);
}

/* They were called once, so they would go first; reads are scarce, and each of them is looked at again and again. */
static void away_devices_do_not_starve_good_ones(void **state)
{
    (void)state;
    world_init(&world, 90, 23);
    world.drive.limits.read_rate.calls = 1;
    world.drive.limits.upgrading = 2;
    world.drive.offline_ms = HOUR_MS / 2;
    for (uint32_t t = 0; t < 60; t++) {
        world.device[t].nature = WORLD_OFFLINE;
        world.device[t].sent = world.device[t].charged = world.device[t].left_attempt = 1;
        world.device[t].acquitted = true;
    }
    assert_false(world_run(&world, world.now_ms + HOUR_MS / 4));
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 30);
    world_release(&world);
}

/* The halves are looked at by themselves, for ever; a page must have its turn. */
static void reads_of_one_gateway_leave_room_for_pages(void **state)
{
    (void)state;
    world_init(&world, 12, 24);
    world.lanes = 1;
    world.drive.limits.read_rate.calls = 1;
    world.drive.offline_ms = HOUR_MS / 2;
    world.drive.limits.upgrading = 40;
    for (uint32_t t = 0; t < 12; t++) {
        world.device[t].lane = 0;
        world.device[t].half = t > 0;
        world.device[t].other = GW_PRESENCE_OFFLINE;
    }
    assert_false(world_run(&world, world.now_ms + HOUR_MS / 4));
    assert_int_equal(world.device[0].state, GW_STATE_SUCCEEDED);
    world_release(&world);
}

static void one_odd_row_does_not_hide_its_page(void **state)
{
    (void)state;
    world_init(&world, 40, 19);
    world.lanes = 1;
    for (uint32_t t = 0; t < 40; t++)
        world.device[t].lane = 0;
    world.device[7].nature = WORLD_ODD;
    run_to_end();
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 40);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unreachable_endpoint_holds_the_run),
        cmocka_unit_test(unknown_gateways_hold_the_run_early),
        cmocka_unit_test(forbidden_everywhere_stops_after_three_calls),
        cmocka_unit_test(a_version_that_nobody_has_stops_after_the_first_call),
        cmocka_unit_test(a_model_without_the_version_stops_after_three_in_a_row),
        cmocka_unit_test(one_device_without_the_version_does_not_block_the_others),
        cmocka_unit_test(answers_that_concern_everybody_stop_the_run_at_once),
        cmocka_unit_test(a_refused_account_charges_nobody),
        cmocka_unit_test(a_key_that_is_renewed_stops_nothing),
        cmocka_unit_test(a_stop_that_blinds_replaces_one_that_watches),
        cmocka_unit_test(a_stop_that_watches_ends_what_is_under_way),
        cmocka_unit_test(a_sick_region_does_not_starve_a_healthy_one),
        cmocka_unit_test(an_unreachable_region_holds_the_run_when_only_it_is_left),
        cmocka_unit_test(an_endpoint_that_answers_again_is_well_again),
        cmocka_unit_test(busy_devices_do_not_starve_good_ones),
        cmocka_unit_test(away_devices_do_not_starve_good_ones),
        cmocka_unit_test(reads_of_one_gateway_leave_room_for_pages),
        cmocka_unit_test(one_odd_row_does_not_hide_its_page),
    };

    return cmocka_run_group_tests_name("core/stop", tests, NULL, NULL);
}
