/* The rollout in a hostile world: whole lives of small fleets in virtual time, and the invariants after every step. */
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

static void run_to_end(uint64_t hours)
{
    uint64_t start_ms = world.now_ms;

    assert_true(world_run(&world, start_ms + hours * HOUR_MS));
    assert_int_equal(world.phase, GW_PHASE_FINISHED);
    for (uint32_t t = 0; t < world.n; t++)
        assert_true(gw_state_is_outcome(world.device[t].state));
}

static void all_good(void **state)
{
    (void)state;
    world_init(&world, 60, 1);
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 60);
    assert_int_equal(world.calls, 60);
    /* Six pages and sixty confirmations would be the least; a page must carry many. */
    assert_true(world.reads < 200);
    world_release(&world);
}

static void natures_have_their_outcomes(void **state)
{
    static const struct {
        enum world_nature nature;
        enum gw_state outcome;
        uint32_t calls;
    } row[] = {
        {WORLD_GOOD, GW_STATE_SUCCEEDED, 1}, {WORLD_BRICK, GW_STATE_FAILED, 1},
        {WORLD_STAY, GW_STATE_FAILED, 1},    {WORLD_OFFLINE, GW_STATE_DEFERRED, 0},
        {WORLD_AWAY, GW_STATE_SUCCEEDED, 1}, {WORLD_THERE, GW_STATE_SKIPPED, 0},
        {WORLD_REFUSED, GW_STATE_FAILED, 1}, {WORLD_UNKNOWN, GW_STATE_FAILED, 0},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        world_init(&world, 1, i);
        world.now_ms = 1000;
        world.device[0].nature = row[i].nature;
        run_to_end(1);
        assert_int_equal(world.device[0].state, row[i].outcome);
        assert_int_equal(world.calls, row[i].calls);
        world_release(&world);
    }
}

static void a_lost_reply_is_resolved_by_reading(void **state)
{
    (void)state;
    world_init(&world, 4, 3);
    world.faults.lost_reply = 1000;
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 4);
    assert_int_equal(world.calls, 4);
    world_release(&world);
}

static void a_lost_request_is_repeated_only_after_the_fence(void **state)
{
    (void)state;
    world_init(&world, 1, 4);
    world.faults.lost_request = 1000;
    world.drive.attempts = 3;
    run_to_end(2);
    assert_int_equal(world.device[0].state, GW_STATE_FAILED);
    assert_int_equal(world.calls, 3);
    assert_true(world.ended_ms > 1000000 + 3 * (world.drive.fence_ms + world.drive.agree_ms));
    world_release(&world);
}

static void doubt_keeps_the_slots(void **state)
{
    (void)state;
    world_init(&world, 40, 5);
    world.faults.lost_request = 1000;
    world.drive.attempts = 1;
    /* Six slots and a fence of a minute: nothing can be faster than 40 / 6 fences. */
    run_to_end(4);
    assert_int_equal(world_count(&world, GW_STATE_FAILED), 40);
    assert_true(world.ended_ms - 1000000 >= 6 * world.drive.fence_ms);
    world_release(&world);
}

static void throttles_cost_no_attempt(void **state)
{
    (void)state;
    world_init(&world, 20, 6);
    world.faults.throttled = 700;
    world.drive.attempts = 1;
    run_to_end(4);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 20);
    assert_true(world.calls > 30);
    world_release(&world);
}

static void attempts_are_bounded(void **state)
{
    (void)state;
    world_init(&world, 10, 7);
    world.faults.flaky = 1000;
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_FAILED), 10);
    assert_int_equal(world.calls, 10 * world.drive.attempts);
    world_release(&world);
}

static void pairs_are_never_both_touched(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        world_init(&world, 20, seed);
        for (uint32_t t = 0; t < 20; t++) {
            world.device[t].mate = t ^ 1;
            world.device[t].nature = t % 10 == 4 ? WORLD_BRICK : t % 10 == 8 ? WORLD_OFFLINE : WORLD_GOOD;
        }
        world.faults = (struct world_faults){.lost_reply = 50, .lost_request = 50, .delayed = 50, .crash = 5};
        run_to_end(8);
        for (uint32_t t = 0; t < 20; t += 2)
            if (world.device[t].nature != WORLD_GOOD)
                assert_int_equal(world.device[t + 1].effects, 0);
        world_release(&world);
    }
}

static void without_verification_the_second_of_a_pair_waits_for_a_person(void **state)
{
    (void)state;
    world_init(&world, 4, 8);
    world.drive.verify = false;
    world.device[0].mate = 1;
    world.device[1].mate = 0;
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 3);
    assert_int_equal(world.device[1].state, GW_STATE_DEFERRED);
    world_release(&world);
}

static void an_unreachable_endpoint_holds_the_run(void **state)
{
    (void)state;
    world_init(&world, 30, 9);
    world.faults.never_sent = 1000;
    assert_true(world_run(&world, world.now_ms + HOUR_MS));
    assert_int_equal(world.phase, GW_PHASE_WAITING);
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_ENDPOINT);
    assert_int_equal(world_count(&world, GW_STATE_WAITING), 30);
    assert_true(world.calls + world.reads < 100);
    for (uint32_t t = 0; t < 30; t++)
        assert_int_equal(world.device[t].charged, 0);
    world_release(&world);
}

static void unknown_gateways_hold_the_run_early(void **state)
{
    (void)state;
    world_init(&world, 90, 10);
    for (uint32_t t = 0; t < 90; t++)
        world.device[t].nature = WORLD_UNKNOWN;
    assert_true(world_run(&world, world.now_ms + HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_NOT_FOUND);
    assert_true(world_count(&world, GW_STATE_FAILED) < 40);
    assert_int_equal(world.calls, 0);
    world_release(&world);
}

static void a_finished_rollout_calls_nothing(void **state)
{
    uint64_t calls;

    (void)state;
    world_init(&world, 20, 11);
    run_to_end(1);
    calls = world.calls;
    run_to_end(1);
    assert_int_equal(world.calls, calls);
    world_release(&world);
}

/* The heart: mixed fleets, every fault, crashes at any instant. The world checks the invariants as it goes. */
static void hostile_lives(void **state)
{
    uint64_t calls = 0, crashes = 0, doubts = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        struct gw_rng rng;

        gw_rng_init(&rng, seed * 7919);
        world_init(&world, 1 + (uint32_t)gw_rng_below(&rng, 48), seed);
        for (uint32_t t = 0; t < world.n; t++) {
            world.device[t].nature =
                gw_rng_below(&rng, 3) ? WORLD_GOOD : (enum world_nature)gw_rng_below(&rng, WORLD_REFUSED + 1);
            if (t % 2 == 1 && gw_rng_below(&rng, 3) == 0) {
                world.device[t].mate = t - 1;
                world.device[t - 1].mate = t;
            }
        }
        world.faults = (struct world_faults){
            .lost_request = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 150) : 0,
            .lost_reply = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 150) : 0,
            .delayed = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 150) : 0,
            .flaky = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 300) : 0,
            .offline_answer = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 100) : 0,
            .throttled = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 300) : 0,
            .never_sent = gw_rng_below(&rng, 4) ? 0 : (uint32_t)gw_rng_below(&rng, 100),
            .read_fails = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 200) : 0,
            .crash = gw_rng_below(&rng, 2) ? (uint32_t)gw_rng_below(&rng, 20) : 0,
        };
        run_to_end(48);
        calls += world.calls;
        crashes += world.crashes;
        doubts += world_count(&world, GW_STATE_UNRESOLVED);
        world_release(&world);
    }
    print_message("%llu calls, %llu crashes, %llu unresolved\n", (unsigned long long)calls,
                  (unsigned long long)crashes, (unsigned long long)doubts);
    assert_true(crashes > 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_good),
        cmocka_unit_test(natures_have_their_outcomes),
        cmocka_unit_test(a_lost_reply_is_resolved_by_reading),
        cmocka_unit_test(a_lost_request_is_repeated_only_after_the_fence),
        cmocka_unit_test(doubt_keeps_the_slots),
        cmocka_unit_test(throttles_cost_no_attempt),
        cmocka_unit_test(attempts_are_bounded),
        cmocka_unit_test(pairs_are_never_both_touched),
        cmocka_unit_test(without_verification_the_second_of_a_pair_waits_for_a_person),
        cmocka_unit_test(an_unreachable_endpoint_holds_the_run),
        cmocka_unit_test(unknown_gateways_hold_the_run_early),
        cmocka_unit_test(a_finished_rollout_calls_nothing),
        cmocka_unit_test(hostile_lives),
    };

    return cmocka_run_group_tests_name("core/rollout", tests, NULL, NULL);
}
