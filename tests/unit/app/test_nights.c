/*
 * From a window as it is written to a call: the openings that the configuration works out, in the hands of a rollout
 * that sleeps until its zone's night, around both changes of the clocks in Europe/Berlin and in five zones at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/conf/window.h"
#include "gatewave/core/rollout.h"

#define HOUR_MS   3600000
#define MINUTE_MS 60000
#define DAY_MS    (24 * (int64_t)HOUR_MS)
/* 2026-03-28, 2026-06-14 and 2026-10-24, 12:00 in UTC. */
#define MARCH_MS   1774699200000
#define JUNE_MS    1781438400000
#define OCTOBER_MS 1792843200000
#define BEGIN_MS   5000u /* on the run's clock */
#define ZONES_MOST 5u

struct night {
    void *memory;
    struct gw_rollout *r;
    int64_t begun_unix_ms;
    uint32_t zones;
};

/* One device in each zone, 01:00 to 05:00 by its clock, half an hour for the upgrade. */
static struct night begin(const char *const *zone, uint32_t zones, int64_t unix_ms)
{
    const struct gw_window_spec window = {
        .given = true, .from_min = 60, .to_min = 300, .days = 0x7f, .cutoff_ms = 30 * MINUTE_MS};
    const struct gw_shape shape = {.targets = zones,
                                   .lanes = 1,
                                   .waves = 1,
                                   .models = 1,
                                   .zones = zones,
                                   .rate_calls = 1,
                                   .read_rate_calls = 1};
    const struct gw_limits limits = {.rate = {.calls = UINT32_MAX},
                                     .read_rate = {.calls = UINT32_MAX},
                                     .in_flight = ZONES_MOST,
                                     .upgrading = ZONES_MOST};
    const struct gw_drive drive = {.version = "2.4.0",
                                   .limits = limits,
                                   .reads = 1,
                                   .attempts = 1,
                                   .fresh_ms = MINUTE_MS,
                                   .patience_ms = DAY_MS};
    const struct gw_wave_start wave = {
        .targets = zones, .phase = GW_PHASE_PENDING, .windowed = true, .limits = limits};
    const struct gw_gate_rule rule = {.baseline_bp = 100, .alarm_bp = 800};
    struct gw_interval interval[GW_OPENINGS_MOST];
    size_t size = gw_rollout_size(&shape);
    struct night night = {.memory = gw_mem_new(size, 1), .begun_unix_ms = unix_ms, .zones = zones};

    night.r = gw_rollout_init(night.memory, size, &shape, &drive, 1, BEGIN_MS, unix_ms);
    gw_rollout_load_wave(night.r, 0, &wave);
    gw_rollout_load_rule(night.r, 0, GW_NO_MODEL, &rule);
    for (uint32_t i = 0; i < zones; i++) {
        size_t n = gw_window_intervals(&window, zone[i], unix_ms, interval, GW_COUNT_OF(interval));

        assert_int_equal(n, GW_COUNT_OF(interval));
        for (size_t k = 0; k < n; k++)
            gw_rollout_load_opening(night.r, 0, i, interval[k].opens_unix_ms,
                                    interval[k].closes_unix_ms - (int64_t)window.cutoff_ms);
    }
    for (uint32_t t = 0; t < zones; t++) {
        const struct gw_target_start start = {
            .mate = GW_NO_TARGET, .state = GW_STATE_WAITING, .zone = t, .model = 0};

        gw_rollout_load(night.r, t, &start);
    }
    gw_rollout_start(night.r, BEGIN_MS, false);
    return night;
}

static int64_t on_the_wall(const struct night *night, uint64_t ms)
{
    return night->begun_unix_ms + (int64_t)(ms - BEGIN_MS);
}

/* When the first call of each device leaves, and until when it might have: on the wall. Each is accepted at once. */
static void calls(const struct night *night, int64_t *ret_called, int64_t *ret_until)
{
    uint64_t now_ms = BEGIN_MS;
    struct gw_effect effect;

    for (uint32_t called = 0; called < night->zones;) {
        struct gw_event ev = {.kind = GW_EVENT_ANSWER,
                              .answer = {.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED}};

        if (!gw_rollout_next(night->r, now_ms, &effect)) {
            uint64_t wake_ms = gw_rollout_deadline_ms(night->r, now_ms);

            assert_true(wake_ms > now_ms && wake_ms < BEGIN_MS + 2 * (uint64_t)DAY_MS);
            assert_int_equal(gw_rollout_opens_unix_ms(night->r), on_the_wall(night, wake_ms));
            now_ms = wake_ms;
            continue;
        }
        if (effect.kind != GW_EFFECT_CALL)
            continue;
        ret_called[effect.target] = on_the_wall(night, now_ms);
        ret_until[effect.target] = on_the_wall(night, effect.until_ms);
        ev.now_ms = now_ms;
        ev.target = effect.target;
        gw_rollout_handle(night->r, &ev);
        called++;
    }
}

/* The night of the 29th of March is an hour shorter, that of the 25th of October an hour longer. */
static void berlin_sets_its_clocks(void **state)
{
    static const char *const berlin[] = {"Europe/Berlin"};
    static const struct {
        int64_t begun_ms, opens_ms, closes_ms; /* after that */
    } row[] = {
        /* 01:00 CET is midnight in UTC, 05:00 CEST is 03:00. */
        {MARCH_MS, 12 * HOUR_MS, 15 * HOUR_MS},
        /* The night before: 05:00 CET is 04:00. */
        {MARCH_MS - DAY_MS, 12 * HOUR_MS, 16 * HOUR_MS},
        /* 01:00 CEST is 23:00 in UTC, 05:00 CET is 04:00. */
        {OCTOBER_MS, 11 * HOUR_MS, 16 * HOUR_MS},
        {OCTOBER_MS + DAY_MS, 12 * HOUR_MS, 16 * HOUR_MS},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        struct night night = begin(berlin, 1, row[i].begun_ms);
        int64_t called, until;

        calls(&night, &called, &until);
        assert_int_equal(called, row[i].begun_ms + row[i].opens_ms);
        assert_int_equal(until, row[i].begun_ms + row[i].closes_ms - 30 * MINUTE_MS);
        free(night.memory);
    }
}

static void five_zones_have_five_nights(void **state)
{
    static const char *const zone[ZONES_MOST] = {"Europe/Berlin", "Asia/Shanghai", "America/New_York",
                                                 "Asia/Kolkata", "Australia/Lord_Howe"};
    /* From 12:00 in UTC to 01:00 at UTC+2, +8, -4, +5:30 and +10:30. */
    static const int64_t opens_min[ZONES_MOST] = {11 * 60, 5 * 60, 17 * 60, 7 * 60 + 30, 2 * 60 + 30};
    struct night night = begin(zone, ZONES_MOST, JUNE_MS);
    int64_t called[ZONES_MOST], until[ZONES_MOST];

    (void)state;
    calls(&night, called, until);
    for (uint32_t i = 0; i < ZONES_MOST; i++) {
        assert_int_equal(called[i], JUNE_MS + opens_min[i] * MINUTE_MS);
        assert_int_equal(until[i], called[i] + 4 * HOUR_MS - 30 * MINUTE_MS);
    }
    free(night.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(berlin_sets_its_clocks),
        cmocka_unit_test(five_zones_have_five_nights),
    };

    return cmocka_run_group_tests_name("app/nights", tests, NULL, NULL);
}
