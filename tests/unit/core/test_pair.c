/* The two devices of a gateway, in the hostile world: never both, standby first, and an unknown mate means no call. */
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

static void pairs_are_never_both_touched(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        world_init(&world, 20, seed);
        for (uint32_t t = 0; t < 20; t++)
            world.device[t].nature = t % 10 == 4 ? WORLD_BRICK : t % 10 == 8 ? WORLD_OFFLINE : WORLD_GOOD;
        for (uint32_t t = 0; t < 20; t += 2)
            world_pair(&world, t, t + 1);
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
    world_pair(&world, 0, 1);
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 3);
    assert_int_equal(world.device[1].state, GW_STATE_DEFERRED);
    world_release(&world);
}

static void an_unknown_mate_means_no_call(void **state)
{
    static const enum gw_presence other[] = {GW_PRESENCE_UNKNOWN, GW_PRESENCE_OFFLINE, GW_PRESENCE_MISSING};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(other); i++) {
        world_init(&world, 1, 12);
        world.device[0].half = true;
        world.device[0].other = other[i];
        run_to_end(1);
        assert_int_equal(world.device[0].state, GW_STATE_DEFERRED);
        assert_int_equal(world.calls, 0);
        world_release(&world);
    }
    world_init(&world, 1, 12);
    world.device[0].half = true;
    world.device[0].other = GW_PRESENCE_ONLINE;
    run_to_end(1);
    assert_int_equal(world.device[0].state, GW_STATE_SUCCEEDED);
    world_release(&world);
}

/* Its number is higher, but it was called in an earlier run: it must come to an end before the other is touched. */
static void what_was_begun_in_a_pair_is_ended_first(void **state)
{
    (void)state;
    world_init(&world, 2, 21);
    world_pair(&world, 0, 1);
    world.device[1].sent = world.device[1].charged = world.device[1].left_attempt = 1;
    world.device[1].acquitted = true;
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 2);
    world_release(&world);
}

/* The first comes back at the version, and leaves it again while it is watched: the second is what still works there. */
static void a_standby_that_does_not_last_ends_its_pair(void **state)
{
    static const enum world_nature nature[] = {WORLD_FALLS, WORLD_FADES};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(nature); i++) {
        world_init(&world, 2, 31 + i);
        world.drive.pair_soak_ms = 60000;
        world_pair(&world, 0, 1);
        world.device[0].nature = nature[i];
        world.device[0].well_ms = 20000;
        run_to_end(2);
        assert_int_equal(world.device[0].state, GW_STATE_SUCCEEDED);
        assert_int_equal(world.device[0].relapsed, nature[i] == WORLD_FALLS);
        assert_int_equal(world.device[1].state, GW_STATE_DEFERRED);
        assert_int_equal(world.device[1].effects, 0);
        world_release(&world);
    }
}

static void a_standby_that_lasts_is_followed(void **state)
{
    (void)state;
    world_init(&world, 2, 33);
    world.drive.pair_soak_ms = 60000;
    world_pair(&world, 0, 1);
    world.device[0].nature = WORLD_FALLS;
    world.device[0].well_ms = 600000;
    run_to_end(2);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 2);
    assert_true(world.device[1].signed_ms >= world.device[0].ended_ms + 60000);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_never_both_touched),
        cmocka_unit_test(without_verification_the_second_of_a_pair_waits_for_a_person),
        cmocka_unit_test(an_unknown_mate_means_no_call),
        cmocka_unit_test(what_was_begun_in_a_pair_is_ended_first),
        cmocka_unit_test(a_standby_that_does_not_last_ends_its_pair),
        cmocka_unit_test(a_standby_that_lasts_is_followed),
    };

    return cmocka_run_group_tests_name("core/pair", tests, NULL, NULL);
}
