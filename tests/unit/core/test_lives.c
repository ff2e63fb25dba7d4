/* The heart of the rollout's tests: whole lives of small mixed fleets, each drawn from its seed, with every fault there is. */
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

static uint32_t maybe(struct gw_rng *rng, uint64_t one_in, uint64_t most_permille)
{
    return gw_rng_below(rng, one_in) ? 0 : (uint32_t)gw_rng_below(rng, most_permille + 1);
}

static void draw_faults(struct gw_rng *rng, struct world_faults *faults)
{
    *faults = (struct world_faults){
        .lost_request = maybe(rng, 2, 150),
        .lost_reply = maybe(rng, 2, 150),
        .delayed = maybe(rng, 2, 150),
        .flaky = maybe(rng, 2, 300),
        .offline_answer = maybe(rng, 2, 100),
        .busy_answer = maybe(rng, 2, 150),
        .throttled = maybe(rng, 2, 300),
        .never_sent = maybe(rng, 4, 100),
        .identity = maybe(rng, 4, 600),
        .credential = maybe(rng, 6, 10),
        .clock = maybe(rng, 6, 10),
        .risk = maybe(rng, 6, 10),
        .untrusted = maybe(rng, 6, 10),
        .read_fails = maybe(rng, 2, 200),
        .read_throttled = maybe(rng, 3, 200),
        .row_missing = maybe(rng, 3, 100),
        .blurred = maybe(rng, 3, 50),
        .crash = maybe(rng, 2, 20),
        .drain = maybe(rng, 4, 5),
    };
}

static void draw_fleet(struct gw_rng *rng)
{
    static const enum gw_presence other[] = {GW_PRESENCE_ONLINE, GW_PRESENCE_OFFLINE, GW_PRESENCE_UNKNOWN};
    uint64_t plain = 1 + gw_rng_below(rng, 4);

    world.lanes = 1 + (uint32_t)gw_rng_below(rng, WORLD_LANES);
    for (uint32_t t = 0; t < world.n; t++) {
        struct world_device *device = &world.device[t];

        device->lane = (uint32_t)gw_rng_below(rng, world.lanes);
        if (gw_rng_below(rng, plain) == 0)
            device->nature = (enum world_nature)gw_rng_below(rng, WORLD_NATURES);
        device->away[0] = (struct world_spell){0, gw_rng_below(rng, world.drive.offline_ms)};
        if (t % 2 == 1 && gw_rng_below(rng, 3) == 0) {
            world_pair(&world, t - 1, t);
        } else if (gw_rng_below(rng, 20) == 0) {
            device->half = true;
            device->other = other[gw_rng_below(rng, GW_COUNT_OF(other))];
        }
    }
}

static void draw_drive(struct gw_rng *rng)
{
    world.drive.limits.rate.calls = 1 + (uint32_t)gw_rng_below(rng, 10);
    world.drive.limits.rate.window_ms = gw_rng_below(rng, 3) ? 1000 : 10000;
    world.drive.limits.read_rate.calls = 2 + (uint32_t)gw_rng_below(rng, 30);
    world.drive.limits.in_flight = 1 + (uint32_t)gw_rng_below(rng, 8);
    world.drive.limits.upgrading = 1 + (uint32_t)gw_rng_below(rng, 12);
    world.drive.reads = 1 + (uint32_t)gw_rng_below(rng, 6);
    world.drive.attempts = 1 + (uint32_t)gw_rng_below(rng, 5);
    world.drive.verify = gw_rng_below(rng, 8) > 0;
    world.batch_ms = gw_rng_below(rng, 3) ? 0 : (uint32_t)gw_rng_below(rng, 400);
}

/* Mixed fleets, every fault, crashes at any instant, an operator who starts again. The world checks as it goes. */
static void hostile_lives(void **state)
{
    uint64_t calls = 0, crashes = 0, runs = 0, lost = 0, unresolved = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        struct gw_rng rng;

        gw_rng_init(&rng, seed * 7919);
        world_init(&world, 1 + (uint32_t)gw_rng_below(&rng, 48), seed);
        draw_drive(&rng);
        draw_fleet(&rng);
        draw_faults(&rng, &world.faults);
        world.starts = UINT32_MAX;
        world.calm_ms = world.now_ms + gw_rng_below(&rng, HOUR_MS / 2);
        /* I25: once the faults are over it ends, within a bound that its own numbers give. */
        assert_true(world_run(&world, world.calm_ms + world_bound_ms(&world)));
        assert_int_equal(world.phase, GW_PHASE_FINISHED);
        calls += world.calls;
        crashes += world.crashes;
        runs += world.runs;
        lost += world.lost_records;
        unresolved += world_count(&world, GW_STATE_UNRESOLVED);
        world_release(&world);
    }
    print_message("%llu calls, %llu runs, %llu crashes, %llu records lost in them, %llu unresolved\n",
                  (unsigned long long)calls, (unsigned long long)runs, (unsigned long long)crashes,
                  (unsigned long long)lost, (unsigned long long)unresolved);
    assert_true(crashes > 1000 && runs > 2 * crashes && lost > 100 && unresolved > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_lives),
    };

    return cmocka_run_group_tests_name("core/lives", tests, NULL, NULL);
}
