/* Sites, regions and ISPs in the hostile world: never more at work at once than may be, and nobody waits for ever. */
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

static void run_to_end(void)
{
    assert_true(world_run(&world, world.now_ms + 4 * HOUR_MS));
    assert_int_equal(world.phase, GW_PHASE_FINISHED);
}

/* Four upgrades in four lanes take a quarter of the time when a site may have four at once. */
static void a_limit_is_kept_and_used(void **state)
{
    (void)state;
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++) {
        uint64_t took_ms[2];

        for (uint32_t i = 0; i < 2; i++) {
            world_init(&world, 40, 1);
            world.drive.limits.in_flight = world.drive.limits.upgrading = 20;
            world.drive.limits.per[scope] = i == 0 ? 1 : 4;
            for (uint32_t t = 0; t < 40; t++)
                world.device[t].scope[scope] = 1 + t % 2;
            run_to_end();
            assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 40);
            took_ms[i] = world.ended_ms - WORLD_BEGIN_MS;
            world_release(&world);
        }
        /* Twenty, one after the other, take five seconds at least each. */
        assert_true(took_ms[0] > 100000);
        assert_true(took_ms[1] < took_ms[0] / 3);
    }
}

static void what_is_not_known_has_no_limit(void **state)
{
    (void)state;
    world_init(&world, 20, 2);
    world.drive.limits.in_flight = world.drive.limits.upgrading = 20;
    world.drive.limits.rate = (struct gw_rate){20, 1000};
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        world.drive.limits.per[scope] = 1;
    run_to_end();
    assert_true(world.ended_ms - WORLD_BEGIN_MS < 60000);
    world_release(&world);
}

/* Who leaves the site lets one in who then waits for his region; the next one of the site must not wait for that. */
static void one_who_waits_elsewhere_keeps_nobody_waiting(void **state)
{
    (void)state;
    world_init(&world, 6, 3);
    world.drive.limits.per[GW_SCOPE_SITE] = world.drive.limits.per[GW_SCOPE_REGION] = 1;
    /* The region is held by a device that takes an hour to be given up. */
    world.device[1].nature = WORLD_BRICK;
    world.drive.stuck_ms = HOUR_MS;
    world.device[1].scope[GW_SCOPE_REGION] = 1;
    for (uint32_t t = 0; t < 6; t++)
        world.device[t].scope[GW_SCOPE_SITE] = t == 1 ? 0 : 1;
    world.device[2].scope[GW_SCOPE_REGION] = 1;
    world_start(&world);
    assert_false(world_go(&world, world.now_ms + HOUR_MS / 2));
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 4);
    assert_int_equal(world.device[2].state, GW_STATE_WAITING);
    assert_true(world_go(&world, world.now_ms + 2 * HOUR_MS));
    assert_int_equal(world.device[2].state, GW_STATE_SUCCEEDED);
    world_release(&world);
}

/* ... nor must who was let in and finds his window closed, or is canceled. */
static void one_who_finds_the_window_closed_keeps_nobody_waiting(void **state)
{
    (void)state;
    world_init(&world, 8, 4);
    world.drive.limits.per[GW_SCOPE_SITE] = 1;
    world.zones = 2;
    world.wave[0].plan.windowed = true;
    for (uint32_t zone = 0; zone < 2; zone++)
        world.wave[0].table[zone] = (struct world_timetable){.first_unix_ms = WORLD_WALL_MS,
                                                             .every_ms = 48 * HOUR_MS,
                                                             .lasts_ms = zone == 0 ? 10000 : HOUR_MS,
                                                             .times = WORLD_FOREVER};
    for (uint32_t t = 0; t < 8; t++) {
        world.device[t].scope[GW_SCOPE_SITE] = 1;
        world.device[t].zone = t % 2;
    }
    assert_true(world_run(&world, world.now_ms + 4 * HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_WINDOW);
    for (uint32_t t = 1; t < 8; t += 2)
        assert_int_equal(world.device[t].state, GW_STATE_SUCCEEDED);
    world_release(&world);
}

/* What is under way from an earlier run stands in its site, too. */
static void a_new_run_knows_who_is_inside(void **state)
{
    (void)state;
    world_init(&world, 4, 5);
    world.drive.limits.per[GW_SCOPE_SITE] = 1;
    world.device[3].nature = WORLD_BRICK;
    world.device[3].state = GW_STATE_UPGRADING;
    world.device[3].effects = world.device[3].sent = world.device[3].charged = 1;
    world.device[3].left_attempt = 1;
    world.device[3].signed_ms = world.now_ms;
    world.device[3].open = true;
    for (uint32_t t = 0; t < 4; t++)
        world.device[t].scope[GW_SCOPE_SITE] = 1;
    run_to_end();
    assert_int_equal(world.device[3].state, GW_STATE_FAILED);
    for (uint32_t t = 0; t < 3; t++)
        assert_true(world.device[t].signed_ms >= WORLD_BEGIN_MS + world.drive.stuck_ms);
    world_release(&world);
}

static void a_pair_gives_its_place_to_its_own_second(void **state)
{
    (void)state;
    world_init(&world, 8, 6);
    world.drive.limits.per[GW_SCOPE_SITE] = 1;
    for (uint32_t t = 0; t < 8; t++)
        world.device[t].scope[GW_SCOPE_SITE] = 1 + t / 4;
    for (uint32_t t = 0; t < 8; t += 2)
        world_pair(&world, t, t + 1);
    world.drive.pair_soak_ms = 30000;
    run_to_end();
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 8);
    for (uint32_t t = 0; t < 8; t += 2)
        assert_true(world.device[t + 1].signed_ms >= world.device[t].ended_ms + 30000);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_kept_and_used),
        cmocka_unit_test(what_is_not_known_has_no_limit),
        cmocka_unit_test(one_who_waits_elsewhere_keeps_nobody_waiting),
        cmocka_unit_test(one_who_finds_the_window_closed_keeps_nobody_waiting),
        cmocka_unit_test(a_new_run_knows_who_is_inside),
        cmocka_unit_test(a_pair_gives_its_place_to_its_own_second),
    };

    return cmocka_run_group_tests_name("core/scope", tests, NULL, NULL);
}
