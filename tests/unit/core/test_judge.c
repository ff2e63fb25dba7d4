/* The charts of a rollout: which outcomes count how, whose chart is named, and what is forgiven. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "world.h"

#define HOUR_MS 3600000u

/* ln(8 % / 1 %) and ln(92 % / 99 %), in micro-nats. */
#define FAILED_UNATS    2079442
#define SUCCEEDED_UNATS (-73331)

static struct world world;

static void fleet(uint32_t n, uint64_t seed)
{
    world_init(&world, n, seed);
    world.wave[0].rule = (struct gw_gate_rule){.baseline_bp = 100, .alarm_bp = 800};
}

static void run(void)
{
    assert_true(world_run(&world, world.now_ms + 4 * HOUR_MS));
}

/* What was never accepted counts for the hard limits, and says nothing of the version. */
static void failures_raise_successes_lower_and_the_rest_is_not_judged(void **state)
{
    static const struct {
        enum world_nature nature;
        uint32_t failed, judged, raised;
    } row[] = {
        {WORLD_GOOD, 0, 1, 0},    {WORLD_BRICK, 1, 1, 1},      {WORLD_REFUSED, 1, 1, 0},
        {WORLD_STRAY, 1, 1, 1},   {WORLD_THERE, 0, 0, 0},      {WORLD_OFFLINE, 0, 0, 0},
        {WORLD_AHEAD, 0, 0, 0},   {WORLD_UNREADABLE, 0, 0, 0}, {WORLD_STAY, 1, 1, 1},
        {WORLD_UNKNOWN, 1, 1, 0},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        fleet(1, i);
        world.device[0].nature = row[i].nature;
        run();
        for (uint32_t chart = 0; chart < 2; chart++) {
            assert_int_equal(world.chart[chart].failed, row[i].failed);
            assert_int_equal(world.chart[chart].judged, row[i].judged);
            assert_in_range(world.chart[chart].level_unats, row[i].raised ? FAILED_UNATS - 1 : 0,
                            row[i].raised ? FAILED_UNATS + 1 : 0);
        }
        world_release(&world);
    }
}

/* 1 % against 8 % in ten devices: ln(2 x 10 x 100) is 3.66 failures, so it is the fourth that trips. */
static void four_failures_of_ten_trip(void **state)
{
    (void)state;
    fleet(10, 1);
    world.drive.limits.upgrading = 1;
    for (uint32_t t = 0; t < 10; t++)
        world.device[t].nature = WORLD_STAY;
    run();
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_GATE);
    assert_int_equal(world.calls, 4);
    assert_int_equal(world.verdict.chart.trip, GW_TRIP_CHART);
    assert_in_range(world.chart[0].level_unats, 4 * FAILED_UNATS - 4, 4 * FAILED_UNATS + 4);
    world_release(&world);
}

static void three_failures_and_a_success_are_that_much_lower(void **state)
{
    (void)state;
    fleet(4, 2);
    world.drive.limits.upgrading = 1;
    for (uint32_t t = 0; t < 3; t++)
        world.device[t].nature = WORLD_STAY;
    /* The fourth is called last: one lane. */
    world.lanes = 1;
    for (uint32_t t = 0; t < 4; t++)
        world.device[t].lane = 0;
    run();
    assert_int_equal(world.device[3].state, GW_STATE_SUCCEEDED);
    assert_in_range(world.chart[0].level_unats, 3 * FAILED_UNATS + SUCCEEDED_UNATS - 4,
                    3 * FAILED_UNATS + SUCCEEDED_UNATS + 4);
    world_release(&world);
}

/* Models take turns; the failures of one are worth more on its own chart, and it is named. */
static void the_model_that_is_bad_is_named(void **state)
{
    (void)state;
    for (uint32_t bad = 0; bad < 3; bad++) {
        fleet(90, 3);
        world.models = 3;
        for (uint32_t t = 0; t < 90; t++) {
            world.device[t].model = t % 3;
            world.device[t].nature = t % 3 == bad ? WORLD_STAY : WORLD_GOOD;
        }
        run();
        assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_GATE);
        assert_int_equal(world.verdict.model, bad);
        /* ln(2 x 90 x 100) is 4.7 failures. */
        assert_int_equal(world.verdict.chart.failed, 5);
        assert_int_equal(world.chart[(bad + 1) % 3 + 1].failed, 0);
        world_release(&world);
    }
}

/* A model without a rule of its own has no hard limits either; with one it has those of that. */
static void hard_limits_are_the_rollouts(void **state)
{
    (void)state;
    for (uint32_t own = 0; own < 2; own++) {
        fleet(60, 4);
        world.models = 2;
        world.drive.limits.in_flight = 1;
        world.wave[0].rule.failed_limit = 4;
        if (own)
            world.wave[0].model_rule[1] =
                (struct gw_gate_rule){.baseline_bp = 100, .alarm_bp = 800, .failed_limit = 2};
        for (uint32_t t = 0; t < 60; t++) {
            world.device[t].model = 1;
            world.device[t].nature = WORLD_REFUSED;
        }
        run();
        assert_int_equal(world.verdict.model, own ? 1 : GW_NO_MODEL);
        assert_int_equal(world.verdict.chart.trip, GW_TRIP_FAILED);
        assert_int_equal(world.calls, own ? 2 : 4);
        world_release(&world);
    }
}

static void a_wave_is_judged_by_its_own_rule_and_the_chart_goes_on(void **state)
{
    (void)state;
    fleet(20, 5);
    world.wave[0].rule = (struct gw_gate_rule){.baseline_bp = 9000, .alarm_bp = 9999};
    world_cut(&world, 0, 0, 5);
    world_cut(&world, 1, 5, 15);
    world.wave[1].rule.failed_limit = 4;
    world.drive.limits.in_flight = 1;
    for (uint32_t t = 0; t < 20; t++)
        world.device[t].nature = t < 2 || t >= 5 ? WORLD_REFUSED : WORLD_GOOD;
    /* Two of five are borne where so many are normal; two more failures are the limit of the second wave. */
    run();
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_GATE);
    assert_int_equal(world.verdict.wave, 1);
    assert_int_equal(world.chart[0].failed, 4);
    assert_int_equal(world.chart[0].judged, 7);
    world_release(&world);
}

static void to_resume_forgives_what_has_failed_until_then(void **state)
{
    const struct gw_order resume = {.kind = GW_ORDER_RESUME};

    (void)state;
    fleet(40, 6);
    world.models = 2;
    world.drive.limits.in_flight = 1;
    world.wave[0].rule.failed_limit = 3;
    for (uint32_t t = 0; t < 40; t++) {
        world.device[t].model = t % 2;
        world.device[t].nature = WORLD_REFUSED;
    }
    run();
    for (uint32_t trips = 1; trips <= 3; trips++) {
        assert_int_equal(world.trips, trips);
        assert_int_equal(world.calls, 3 * trips);
        assert_int_equal(world.verdict.chart.failed, 3);
        if (trips == 2)
            world_give_still(&world, &resume);
        else
            world_give(&world, &resume);
        for (uint32_t chart = 0; chart < 3; chart++)
            assert_int_equal(world.chart[chart].judged, 0);
        if (trips == 2)
            run();
        else
            assert_true(world_go(&world, world.now_ms + HOUR_MS));
    }
    world_release(&world);
}

static void a_restart_forgives_nothing(void **state)
{
    (void)state;
    fleet(30, 7);
    world.wave[0].rule.failed_limit = 5;
    world.drive.limits.in_flight = 1;
    for (uint32_t t = 0; t < 30; t++)
        world.device[t].nature = WORLD_FORBIDDEN;
    /* Three in a row stop a run. */
    run();
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_IDENTITY);
    assert_int_equal(world.chart[0].failed, 3);
    run();
    assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_GATE);
    assert_int_equal(world.calls, 5);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_raise_successes_lower_and_the_rest_is_not_judged),
        cmocka_unit_test(four_failures_of_ten_trip),
        cmocka_unit_test(three_failures_and_a_success_are_that_much_lower),
        cmocka_unit_test(the_model_that_is_bad_is_named),
        cmocka_unit_test(hard_limits_are_the_rollouts),
        cmocka_unit_test(a_wave_is_judged_by_its_own_rule_and_the_chart_goes_on),
        cmocka_unit_test(to_resume_forgives_what_has_failed_until_then),
        cmocka_unit_test(a_restart_forgives_nothing),
    };

    return cmocka_run_group_tests_name("core/judge", tests, NULL, NULL);
}
