/* The heart of the rollout's tests: whole lives of small mixed fleets, each drawn from its seed, with every fault there is. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "world.h"

#define HOUR_MS   3600000u
#define MINUTE_MS 60000u

/* By default; WORLD_LIVES in the environment says how many, WORLD_SEED from where. */
#define LIVES 400

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
        .order = maybe(rng, 2, 20),
        .clock_set = maybe(rng, 3, 10),
    };
}

static void draw_fleet(struct gw_rng *rng)
{
    static const enum gw_presence other[] = {GW_PRESENCE_ONLINE, GW_PRESENCE_OFFLINE, GW_PRESENCE_UNKNOWN};
    static const enum world_nature bad[] = {WORLD_BRICK, WORLD_STAY, WORLD_FADES, WORLD_FALLS};
    uint64_t plain = 1 + gw_rng_below(rng, 4);
    uint32_t bad_model;

    world.models = 1 + (uint32_t)gw_rng_below(rng, WORLD_MODELS);
    world.zones = 1 + (uint32_t)gw_rng_below(rng, WORLD_ZONES);
    bad_model = (uint32_t)gw_rng_below(rng, 2ull * world.models);
    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        world.scopes[scope] = (uint32_t)gw_rng_below(rng, 1 + WORLD_SCOPES);
    world.lanes = 1 + (uint32_t)gw_rng_below(rng, WORLD_LANES);
    for (uint32_t t = 0; t < world.n; t++) {
        struct world_device *device = &world.device[t];

        device->lane = (uint32_t)gw_rng_below(rng, world.lanes);
        device->model = (uint32_t)gw_rng_below(rng, world.models);
        device->zone = (uint32_t)gw_rng_below(rng, world.zones);
        device->well_ms = gw_rng_below(rng, 120000);
        for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
            device->scope[scope] = (uint32_t)gw_rng_below(rng, 1 + world.scopes[scope]);
        if (gw_rng_below(rng, plain) == 0)
            device->nature = (enum world_nature)gw_rng_below(rng, WORLD_NATURES);
        if (device->model == bad_model && gw_rng_below(rng, 2))
            device->nature = bad[gw_rng_below(rng, GW_COUNT_OF(bad))];
        device->away[0] = (struct world_spell){0, gw_rng_below(rng, world.drive.offline_ms)};
        if (t % 2 == 1 && gw_rng_below(rng, 3) == 0) {
            world_pair(&world, t - 1, t);
        } else if (gw_rng_below(rng, 20) == 0) {
            device->half = true;
            device->other = other[gw_rng_below(rng, GW_COUNT_OF(other))];
        }
    }
}

static struct gw_limits draw_limits(struct gw_rng *rng)
{
    struct gw_limits limits = {
        .rate = {.calls = 1 + (uint32_t)gw_rng_below(rng, 10),
                 .window_ms = gw_rng_below(rng, 3) ? 1000 : 10000},
        .read_rate = {.calls = 2 + (uint32_t)gw_rng_below(rng, 30), .window_ms = 1000},
        .in_flight = 1 + (uint32_t)gw_rng_below(rng, 8),
        .upgrading = 1 + (uint32_t)gw_rng_below(rng, 12),
    };

    for (enum gw_scope scope = 0; scope < GW_SCOPE_COUNT; scope++)
        limits.per[scope] = gw_rng_below(rng, 3) ? 0 : 1 + (uint32_t)gw_rng_below(rng, 3);
    return limits;
}

static void draw_drive(struct gw_rng *rng)
{
    world.drive.limits = draw_limits(rng);
    world.drive.reads = 1 + (uint32_t)gw_rng_below(rng, 6);
    world.drive.attempts = 1 + (uint32_t)gw_rng_below(rng, 5);
    world.drive.verify = gw_rng_below(rng, 8) > 0;
    world.drive.pair_soak_ms = gw_rng_below(rng, 2) ? 0 : gw_rng_below(rng, 60000);
    world.drive.patience_ms = gw_rng_below(rng, 2) ? HOUR_MS : gw_rng_below(rng, 10 * HOUR_MS / 60);
    world.batch_ms = gw_rng_below(rng, 3) ? 0 : (uint32_t)gw_rng_below(rng, 400);
    world.most_calls = 10;
    world.most_reads = 31;
}

static void draw_table(struct gw_rng *rng, struct world_timetable *table)
{
    table->every_ms = (10 + gw_rng_below(rng, 30)) * MINUTE_MS;
    /* Long enough for the patience with a device that is away: it begins anew with each opening. */
    table->lasts_ms = 5 * MINUTE_MS + gw_rng_below(rng, table->every_ms - 7 * MINUTE_MS);
    table->first_unix_ms = WORLD_WALL_MS + (int64_t)gw_rng_below(rng, HOUR_MS) - HOUR_MS / 2;
    table->times = gw_rng_below(rng, 10) ? WORLD_FOREVER : (uint32_t)gw_rng_below(rng, 4);
}

static struct gw_gate_rule draw_rule(struct gw_rng *rng)
{
    struct gw_gate_rule rule = {.baseline_bp = 100, .alarm_bp = 800};

    if (gw_rng_below(rng, 3) == 0)
        rule.failed_limit = 1 + (uint32_t)gw_rng_below(rng, 5);
    if (gw_rng_below(rng, 3) == 0) {
        rule.max_failed_share_bp = (uint32_t)gw_rng_below(rng, 6000);
        rule.least = 1 + (uint32_t)gw_rng_below(rng, 10);
    }
    return rule;
}

static void draw_wave(struct gw_rng *rng, struct world_wave *wave)
{
    wave->plan.approve = gw_rng_below(rng, 4) == 0;
    /* Some are over before the last look of the time before is answered; but what is looked at is in the mirror. */
    if (gw_rng_below(rng, 2))
        wave->plan.soak_ms = world.batch_ms + gw_rng_below(rng, gw_rng_below(rng, 4) ? 20 * MINUTE_MS : 500);
    wave->plan.windowed = gw_rng_below(rng, 3) == 0;
    wave->own_limits = gw_rng_below(rng, 2);
    wave->plan.limits = draw_limits(rng);
    for (uint32_t zone = 0; zone < world.zones; zone++)
        draw_table(rng, &wave->table[zone]);
    if (gw_rng_below(rng, 4) == 0)
        return;
    wave->rule = draw_rule(rng);
    for (uint32_t model = 0; model < world.models; model++)
        if (gw_rng_below(rng, 2))
            wave->model_rule[model] = draw_rule(rng);
}

/* Pairs are never cut. */
static void draw_waves(struct gw_rng *rng)
{
    uint32_t waves = 1 + (uint32_t)gw_rng_below(rng, WORLD_WAVES), first = 0;

    for (uint32_t i = 0; i < waves && first < world.n; i++) {
        uint32_t end = i + 1 == waves ? world.n : first + 1 + (uint32_t)gw_rng_below(rng, world.n - first);

        if (end < world.n && world.device[end].mate < end)
            end++;
        world_cut(&world, i, first, end - first);
        draw_wave(rng, &world.wave[i]);
        first = end;
    }
    if (first < world.n)
        world.wave[world.waves - 1].plan.targets += world.n - first;
}

/* Mixed fleets, every fault, crashes at any instant, an operator who starts again. The world checks as it goes. */
static volatile uint64_t lived;

/* A rule was broken: whose life it was, to be lived again with WORLD_SEED. */
static void on_abort(int number)
{
    (void)number;
    fprintf(stderr, "in the life of seed %llu\n", (unsigned long long)lived);
    _exit(1);
}

static void live(uint64_t seed)
{
    struct gw_rng rng;

    gw_rng_init(&rng, seed * 7919);
    world_init(&world, 1 + (uint32_t)gw_rng_below(&rng, 48), seed);
    draw_drive(&rng);
    draw_fleet(&rng);
    draw_waves(&rng);
    draw_faults(&rng, &world.faults);
    world.operates = true;
    world.may_abort = gw_rng_below(&rng, 8) == 0;
    world.starts = UINT32_MAX;
    world.calm_ms = world.now_ms + gw_rng_below(&rng, HOUR_MS / 2);
    /* I25: once the faults are over it ends, within a bound that its own numbers give. */
    if (!world_run(&world, world.calm_ms + world_bound_ms(&world)))
        fail_msg("seed %llu does not end", (unsigned long long)seed);
    assert_true(world.phase == GW_PHASE_FINISHED || (world.aborted && world.phase == GW_PHASE_ABORTED));
    for (uint32_t t = 0; t < world.n; t++)
        assert_true(gw_state_is_outcome(world.device[t].state));
}

static void hostile_lives(void **state)
{
    uint64_t calls = 0, crashes = 0, runs = 0, lost = 0, unresolved = 0, trips = 0, holds = 0, relapses = 0,
             accepted = 0, refused = 0, closings = 0, withdrawn = 0;
    const char *first = getenv("WORLD_SEED"), *many = getenv("WORLD_LIVES");
    uint64_t from = first ? strtoull(first, NULL, 10) : 1;
    uint64_t lives = many ? strtoull(many, NULL, 10) : LIVES;

    (void)state;
    (void)signal(SIGABRT, on_abort);
    for (uint64_t seed = from; seed < from + lives; seed++) {
        lived = seed;
        live(seed);
        calls += world.calls;
        crashes += world.crashes;
        runs += world.runs;
        lost += world.lost_records;
        unresolved += world_count(&world, GW_STATE_UNRESOLVED);
        trips += world.trips;
        holds += world.holds;
        relapses += world.relapses;
        accepted += world.accepted;
        refused += world.refused;
        closings += world.closings;
        withdrawn += world.withdrawn;
        world_release(&world);
    }
    print_message("%llu calls, %llu withdrawn, %llu runs, %llu crashes, %llu records lost in them\n",
                  (unsigned long long)calls, (unsigned long long)withdrawn, (unsigned long long)runs,
                  (unsigned long long)crashes, (unsigned long long)lost);
    print_message("%llu unresolved, %llu trips, %llu holds, %llu relapses, %llu windows too far\n",
                  (unsigned long long)unresolved, (unsigned long long)trips, (unsigned long long)holds,
                  (unsigned long long)relapses, (unsigned long long)closings);
    print_message("%llu orders accepted, %llu refused\n", (unsigned long long)accepted,
                  (unsigned long long)refused);
    assert_true(first || (crashes > lives / 2 && runs > 2 * crashes && lost > lives / 20 && unresolved > 10));
    assert_true(first ||
                (trips > lives / 10 && holds > lives / 20 && relapses > lives / 50 && accepted > lives / 2 &&
                 refused > lives / 10 && closings > lives / 50 && withdrawn > lives / 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_lives),
    };

    return cmocka_run_group_tests_name("core/lives", tests, NULL, NULL);
}
