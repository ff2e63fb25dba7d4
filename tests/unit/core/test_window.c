/* Windows in the hostile world: when calls leave, zone by zone, while the wall clock is set forward and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "world.h"

#define HOUR_MS   3600000
#define MINUTE_MS 60000

static struct world world;

/* n devices in so many zones, whose windows open every day for two hours, one zone an hour after the other. */
static void nightly(uint32_t n, uint32_t zones, uint64_t seed)
{
    world_init(&world, n, seed);
    world.zones = zones;
    world.wave[0].plan.windowed = true;
    for (uint32_t zone = 0; zone < zones; zone++)
        world.wave[0].table[zone] =
            (struct world_timetable){.first_unix_ms = WORLD_WALL_MS + (zone + 1) * HOUR_MS,
                                     .every_ms = 24 * HOUR_MS,
                                     .lasts_ms = 2 * HOUR_MS,
                                     .times = WORLD_FOREVER};
    for (uint32_t t = 0; t < n; t++)
        world.device[t].zone = t % zones;
}

static void run_to_stop(enum gw_stop stop)
{
    assert_true(world_run(&world, world.now_ms + 72ull * HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), stop);
}

static uint64_t called_after_ms(uint32_t t)
{
    return world.device[t].signed_ms - WORLD_BEGIN_MS;
}

static void each_zone_has_its_own_night(void **state)
{
    (void)state;
    nightly(30, 3, 1);
    run_to_stop(GW_STOP_NONE);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 30);
    for (uint32_t t = 0; t < 30; t++) {
        uint64_t opens_ms = (1 + t % 3) * (uint64_t)HOUR_MS;

        assert_true(called_after_ms(t) >= opens_ms && called_after_ms(t) < opens_ms + MINUTE_MS);
    }
    world_release(&world);
}

static void what_is_left_goes_on_the_next_night(void **state)
{
    uint32_t first_night = 0;

    (void)state;
    nightly(10, 1, 2);
    /* Ten seconds an upgrade, one at a time, and half a minute a night. */
    world.drive.limits.upgrading = 1;
    world.wave[0].table[0].lasts_ms = MINUTE_MS / 2;
    world.drive.patience_ms = 12 * HOUR_MS;
    run_to_stop(GW_STOP_WINDOW);
    assert_int_equal(world.phase, GW_PHASE_WAITING);
    for (uint32_t t = 0; t < 10; t++)
        first_night += world.device[t].state == GW_STATE_SUCCEEDED;
    assert_true(first_night > 0 && first_night < 5);
    assert_int_equal(world.calls, first_night);
    /* Nothing but a look at the clock. */
    run_to_stop(GW_STOP_WINDOW);
    assert_int_equal(world.calls, first_night);
    world_pass(&world, 13 * HOUR_MS);
    run_to_stop(GW_STOP_WINDOW);
    assert_true(world_count(&world, GW_STATE_SUCCEEDED) > first_night);
    assert_int_equal(world_count(&world, GW_STATE_WAITING) + world_count(&world, GW_STATE_SUCCEEDED), 10);
    world_release(&world);
}

static void a_night_that_is_too_far_is_not_waited_for(void **state)
{
    (void)state;
    for (int64_t hours = 24; hours < 26; hours++) {
        nightly(4, 1, 3);
        world.wave[0].table[0].first_unix_ms = WORLD_WALL_MS + hours * HOUR_MS;
        world.drive.patience_ms = 24 * HOUR_MS;
        run_to_stop(hours == 24 ? GW_STOP_NONE : GW_STOP_WINDOW);
        assert_int_equal(world.calls, hours == 24 ? 4 : 0);
        if (hours > 24)
            assert_int_equal(world.ended_ms, WORLD_BEGIN_MS);
        world_release(&world);
    }
}

/* The zone is not known, or all its windows were: who waits for that waits for ever. */
static void a_window_that_never_opens_defers(void **state)
{
    static const struct {
        int64_t first_ms;
        uint32_t times;
    } row[] = {{HOUR_MS, 0}, {-3 * HOUR_MS, 1}, {-2 * HOUR_MS, 1}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        nightly(6, 2, 3);
        world.wave[0].table[0].first_unix_ms = WORLD_WALL_MS + row[i].first_ms;
        world.wave[0].table[0].times = row[i].times;
        run_to_stop(GW_STOP_NONE);
        assert_int_equal(world_count(&world, GW_STATE_DEFERRED), 3);
        assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 3);
        world_release(&world);
    }
}

/* Patience is for a night: what is away until its window closes is not waited for on the next one, and the next. */
static void who_is_away_all_night_is_deferred(void **state)
{
    static const enum world_nature natures[] = {WORLD_OFFLINE, WORLD_UNREADABLE};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(natures); i++) {
        nightly(6, 2, 4);
        world.drive.offline_ms = 30 * MINUTE_MS;
        world.wave[0].table[0].lasts_ms = world.wave[0].table[1].lasts_ms = 10 * MINUTE_MS;
        world.device[2].nature = natures[i];
        run_to_stop(GW_STOP_NONE);
        assert_int_equal(world.device[2].state, GW_STATE_DEFERRED);
        assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 5);
        assert_true(world.now_ms < WORLD_BEGIN_MS + 3 * HOUR_MS);
        world_release(&world);
    }
}

static void a_window_that_is_open_needs_no_waiting(void **state)
{
    (void)state;
    nightly(4, 1, 4);
    world.wave[0].table[0].first_unix_ms = WORLD_WALL_MS - HOUR_MS;
    run_to_stop(GW_STOP_NONE);
    assert_true(world.ended_ms < WORLD_BEGIN_MS + 2 * MINUTE_MS);
    world_release(&world);
}

/* The clock is set right after the start; when the calls come, in minutes from there, and when not at all. */
static void both_readings_of_the_clock_must_agree(void **state)
{
    static const struct {
        int64_t ahead_min;
        uint64_t call_min; /* 0: none tonight */
    } row[] = {
        {0, 60},   /* 01:00 to 03:00 */
        {30, 60},  /* 00:30 to 02:30 by the other clock */
        {-30, 90}, /* 01:30 to 03:30 */
        {119, 60}, {-119, 179}, {120, 0}, {-120, 0},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        nightly(2, 1, 5);
        world.drive.patience_ms = 12 * HOUR_MS;
        world_start(&world);
        world_set_clock(&world, row[i].ahead_min * MINUTE_MS);
        assert_true(world_go(&world, world.now_ms + 24ull * HOUR_MS));
        if (row[i].call_min == 0) {
            assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_WINDOW);
            assert_int_equal(world.calls, 0);
        } else {
            assert_int_equal(called_after_ms(0) / MINUTE_MS, row[i].call_min);
        }
        world_release(&world);
    }
}

static void a_clock_that_is_set_while_it_is_open_closes_it(void **state)
{
    (void)state;
    nightly(40, 1, 6);
    world.drive.limits.upgrading = 1;
    world.drive.patience_ms = 12 * HOUR_MS;
    world.wave[0].table[0].first_unix_ms = WORLD_WALL_MS - HOUR_MS;
    world_start(&world);
    assert_false(world_go(&world, world.now_ms + 2ull * MINUTE_MS));
    world_set_clock(&world, 2 * HOUR_MS);
    assert_true(world_go(&world, world.now_ms + 24ull * HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_WINDOW);
    assert_true(world.ended_ms < WORLD_BEGIN_MS + 4 * MINUTE_MS);
    world_release(&world);
}

/* ---- what it says of its window ---- */

struct lone {
    void *memory;
    struct gw_rollout *r;
};

/* One device, one wave, from 10 s on this run's clock and 1,000,000 s on the wall; openings in seconds on the wall. */
static struct lone lone_that(const int64_t (*opening)[2], size_t n, bool read)
{
    const struct gw_shape shape = {
        .targets = 1, .lanes = 1, .waves = 1, .models = 1, .zones = 1, .rate_calls = 1, .read_rate_calls = 1};
    const struct gw_limits limits = {
        .rate = {.calls = UINT32_MAX}, .read_rate = {.calls = UINT32_MAX}, .in_flight = 1, .upgrading = 1};
    const struct gw_drive drive = {.version = WORLD_NEW,
                                   .limits = limits,
                                   .reads = 1,
                                   .attempts = 1,
                                   .fresh_ms = 20000,
                                   .patience_ms = HOUR_MS,
                                   .pre_read = read,
                                   .every_ms = 5000,
                                   .offline_ms = 30 * MINUTE_MS,
                                   .endpoint_down_ms = 5 * MINUTE_MS};
    const struct gw_wave_start wave = {
        .targets = 1, .phase = GW_PHASE_PENDING, .windowed = true, .limits = limits};
    const struct gw_gate_rule rule = {.baseline_bp = 100, .alarm_bp = 800};
    const struct gw_target_start start = {.mate = GW_NO_TARGET, .state = GW_STATE_WAITING};
    size_t size = gw_rollout_size(&shape);
    struct lone made = {.memory = gw_mem_new(size, 1)};

    made.r = gw_rollout_init(made.memory, size, &shape, &drive, 1, 10000, 1000000000);
    gw_rollout_load_wave(made.r, 0, &wave);
    gw_rollout_load_rule(made.r, 0, GW_NO_MODEL, &rule);
    for (size_t i = 0; i < n; i++)
        gw_rollout_load_opening(made.r, 0, 0, opening[i][0] * 1000, opening[i][1] * 1000);
    gw_rollout_load(made.r, 0, &start);
    gw_rollout_start(made.r, 10000, false);
    return made;
}

/* It is called without a look. */
static struct lone lone(const int64_t (*opening)[2], size_t n)
{
    return lone_that(opening, n, false);
}

static void pull(struct gw_rollout *r, uint64_t now_ms)
{
    struct gw_effect effect;

    while (gw_rollout_next(r, now_ms, &effect))
        assert_int_equal(effect.kind, GW_EFFECT_RECORD);
}

static void it_sleeps_until_the_window_opens(void **state)
{
    static const int64_t opening[][2] = {{999990, 999995}, {1000100, 1000100}, {1000200, 1000260}};
    struct gw_event clock = {.kind = GW_EVENT_CLOCK, .now_ms = 20000, .unix_ms = 1000040000};
    struct lone made = lone(opening, GW_COUNT_OF(opening));

    (void)state;
    pull(made.r, 10000);
    assert_int_equal(gw_rollout_opens_unix_ms(made.r), 1000200000);
    assert_int_equal(gw_rollout_deadline_ms(made.r, 10000), 210000);
    /* Half a minute ahead now: it opens by the old clock, and closes by the new one. */
    gw_rollout_handle(made.r, &clock);
    pull(made.r, 20000);
    assert_int_equal(gw_rollout_deadline_ms(made.r, 20000), 210000);
    assert_int_equal(gw_rollout_opens_unix_ms(made.r), 1000230000);
    assert_false(gw_rollout_ended(made.r));
    /* A minute ahead: it is over by one clock when it opens by the other. */
    clock.unix_ms = 1000070000;
    gw_rollout_handle(made.r, &clock);
    pull(made.r, 20000);
    assert_int_equal(gw_rollout_opens_unix_ms(made.r), 0);
    assert_int_equal(gw_rollout_stopped(made.r), GW_STOP_WINDOW);
    assert_true(gw_rollout_ended(made.r));
    free(made.memory);
}

static void a_call_says_when_its_window_closes(void **state)
{
    static const int64_t opening[][2] = {{999000, 1000060}};
    struct gw_event ev = {.kind = GW_EVENT_CLOCK, .now_ms = 10000, .unix_ms = 1000005000};
    struct lone made = lone(opening, GW_COUNT_OF(opening));
    struct gw_effect effect;

    (void)state;
    gw_rollout_handle(made.r, &ev);
    do
        assert_true(gw_rollout_next(made.r, 10000, &effect));
    while (effect.kind != GW_EFFECT_CALL);
    /* 60 s by the old clock, 55 s by the new one. */
    assert_int_equal(effect.until_ms, 65000);
    free(made.memory);
}

/* Whom no read tells of is not waited for behind its window, either: no patience is as long as a night. */
static void who_cannot_be_read_until_it_closes_is_deferred(void **state)
{
    static const int64_t opening[][2] = {{999000, 1000060}, {1086400, 1086460}};
    struct lone made = lone_that(opening, GW_COUNT_OF(opening), true);
    struct gw_event failed = {.kind = GW_EVENT_READ_DONE,
                              .answer = {.proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_TRANSIENT}};
    struct gw_effect effect;
    uint64_t now_ms = 10000;

    (void)state;
    for (;;) {
        while (!gw_rollout_next(made.r, now_ms, &effect))
            now_ms = gw_rollout_deadline_ms(made.r, now_ms);
        if (effect.kind == GW_EFFECT_RECORD && effect.record.kind == GW_RECORD_STATE)
            break;
        if (effect.kind != GW_EFFECT_READ)
            continue;
        failed.now_ms = ++now_ms;
        failed.read = effect.read;
        failed.read_id = effect.read_id;
        failed.n_targets = effect.n_targets;
        failed.targets = effect.targets;
        gw_rollout_handle(made.r, &failed);
    }
    assert_int_equal(effect.record.state, GW_STATE_DEFERRED);
    assert_string_equal(effect.record.answer.code, "unreadable");
    assert_true(now_ms <= 70000);
    free(made.memory);
}

static void when_it_closes_it_is_closed(void **state)
{
    static const int64_t opening[][2] = {{999000, 1000000}};
    struct lone made = lone(opening, GW_COUNT_OF(opening));

    (void)state;
    pull(made.r, 10000);
    assert_int_equal(gw_rollout_stopped(made.r), GW_STOP_WINDOW);
    free(made.memory);
}

static void only_so_many_openings_are_kept(void **state)
{
    int64_t opening[GW_OPENINGS_MOST + 1][2];
    struct lone made;

    (void)state;
    for (int i = 0; i <= GW_OPENINGS_MOST; i++) {
        opening[i][0] = i < GW_OPENINGS_MOST ? 999000 + i : 1000100;
        opening[i][1] = i < GW_OPENINGS_MOST ? opening[i][0] : 1000200;
    }
    /* Those that no call can use take no room. */
    made = lone((const int64_t(*)[2])opening, GW_COUNT_OF(opening));
    pull(made.r, 10000);
    assert_int_equal(gw_rollout_opens_unix_ms(made.r), 1000100000);
    free(made.memory);
    for (int i = 0; i < GW_OPENINGS_MOST; i++) {
        opening[i][0] = 990000 + 10 * i;
        opening[i][1] = opening[i][0] + 5;
    }
    made = lone((const int64_t(*)[2])opening, GW_COUNT_OF(opening));
    pull(made.r, 10000);
    assert_int_equal(gw_rollout_stopped(made.r), GW_STOP_WINDOW);
    free(made.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_zone_has_its_own_night),
        cmocka_unit_test(what_is_left_goes_on_the_next_night),
        cmocka_unit_test(a_night_that_is_too_far_is_not_waited_for),
        cmocka_unit_test(a_window_that_never_opens_defers),
        cmocka_unit_test(who_is_away_all_night_is_deferred),
        cmocka_unit_test(a_window_that_is_open_needs_no_waiting),
        cmocka_unit_test(both_readings_of_the_clock_must_agree),
        cmocka_unit_test(a_clock_that_is_set_while_it_is_open_closes_it),
        cmocka_unit_test(it_sleeps_until_the_window_opens),
        cmocka_unit_test(a_call_says_when_its_window_closes),
        cmocka_unit_test(who_cannot_be_read_until_it_closes_is_deferred),
        cmocka_unit_test(when_it_closes_it_is_closed),
        cmocka_unit_test(only_so_many_openings_are_kept),
    };

    return cmocka_run_group_tests_name("core/window", tests, NULL, NULL);
}
