/* Waves in the hostile world: one after the other, soaked, looked at, judged; and who lets the next one begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "world.h"

#define HOUR_MS   3600000u
#define MINUTE_MS 60000u

static struct world world;

/* Two waves; the first holds `first` of n devices. */
static void two_waves(uint32_t n, uint32_t first, uint64_t seed)
{
    world_init(&world, n, seed);
    world_cut(&world, 0, 0, first);
    world_cut(&world, 1, first, n - first);
}

static void some_are(uint32_t first, uint32_t n, enum world_nature nature)
{
    for (uint32_t t = first; t < first + n; t++)
        world.device[t].nature = nature;
}

static void run_to_end(void)
{
    assert_true(world_run(&world, world.now_ms + 24 * HOUR_MS));
    assert_int_equal(world.phase, GW_PHASE_FINISHED);
}

static void run_to_stop(enum gw_stop stop)
{
    assert_true(world_run(&world, world.now_ms + 24 * HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), stop);
}

static void go_to_stop(enum gw_stop stop)
{
    assert_true(world_go(&world, world.now_ms + 24 * HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), stop);
}

static void order(enum gw_order_kind kind, uint32_t wave)
{
    const struct gw_order given = {.kind = kind, .wave = wave};

    world_give(&world, &given);
}

static uint64_t first_call_ms(uint32_t wave)
{
    uint64_t first_ms = UINT64_MAX;

    for (uint32_t t = 0; t < world.n; t++)
        if (world_wave_of(&world, t) == &world.wave[wave] && world.device[t].sent > 0 &&
            world.device[t].signed_ms < first_ms)
            first_ms = world.device[t].signed_ms;
    return first_ms;
}

static uint64_t last_end_ms(uint32_t wave)
{
    uint64_t last_ms = 0;

    for (uint32_t t = 0; t < world.n; t++)
        if (world_wave_of(&world, t) == &world.wave[wave] && world.device[t].ended_ms > last_ms)
            last_ms = world.device[t].ended_ms;
    return last_ms;
}

static void one_wave_after_the_other(void **state)
{
    (void)state;
    world_init(&world, 40, 1);
    world_cut(&world, 0, 0, 5);
    world_cut(&world, 1, 5, 10);
    world_cut(&world, 2, 15, 25);
    run_to_end();
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 40);
    for (uint32_t wave = 0; wave < 3; wave++) {
        assert_int_equal(world.wave[wave].plan.phase, GW_PHASE_FINISHED);
        assert_int_equal(world.wave[wave].plan.verdict, GW_VERDICT_PROMOTE);
        if (wave > 0)
            assert_true(first_call_ms(wave) > last_end_ms(wave - 1));
    }
    assert_int_equal(gw_rollout_wave(world.r), 2);
    world_release(&world);
}

static void the_next_wave_waits_for_the_soak(void **state)
{
    (void)state;
    two_waves(12, 4, 2);
    world.wave[0].plan.soak_ms = 10 * MINUTE_MS;
    world_start(&world);
    assert_false(world_go(&world, world.now_ms + 9 * MINUTE_MS));
    assert_int_equal(world.wave[0].plan.phase, GW_PHASE_SOAKING);
    assert_int_equal(gw_rollout_soaks_until_ms(world.r), last_end_ms(0) + 10 * MINUTE_MS);
    go_to_stop(GW_STOP_NONE);
    assert_true(first_call_ms(1) >= last_end_ms(0) + 10 * MINUTE_MS);
    assert_true(first_call_ms(1) < last_end_ms(0) + 11 * MINUTE_MS);
    assert_int_equal(gw_rollout_soaks_until_ms(world.r), 0);
    world_release(&world);
}

static void a_long_soak_ends_the_run_and_the_next_one_goes_on(void **state)
{
    uint64_t soaked_ms;

    (void)state;
    two_waves(12, 4, 3);
    world.wave[0].plan.soak_ms = 10 * HOUR_MS;
    world.drive.patience_ms = HOUR_MS;
    run_to_stop(GW_STOP_SOAK);
    soaked_ms = last_end_ms(0) + 10 * HOUR_MS;
    assert_int_equal(world.phase, GW_PHASE_WAITING);
    assert_int_equal(world.calls, 4);
    /* Just within the patience. */
    world_pass(&world, soaked_ms - HOUR_MS - world.now_ms);
    run_to_end();
    assert_true(first_call_ms(1) >= soaked_ms && first_call_ms(1) < soaked_ms + MINUTE_MS);
    world_release(&world);
}

/* An hour forward before the soak: it is not an hour longer for that. Back in its midst: both clocks must agree. */
static void a_soak_is_as_long_as_asked_by_both_clocks(void **state)
{
    static const struct {
        int64_t before_ms, within_ms;
        uint64_t takes_ms;
    } row[] = {
        {0, 0, 10 * MINUTE_MS},
        {HOUR_MS, HOUR_MS, 10 * MINUTE_MS},
        {-(int64_t)HOUR_MS, -(int64_t)HOUR_MS, 10 * MINUTE_MS},
        {0, HOUR_MS, 10 * MINUTE_MS},
        {0, -(int64_t)HOUR_MS, HOUR_MS + 10 * MINUTE_MS},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        uint64_t soaks_ms;

        two_waves(8, 4, 4);
        world.wave[0].plan.soak_ms = 10 * MINUTE_MS;
        world_start(&world);
        world_set_clock(&world, row[i].before_ms);
        while (world.wave[0].plan.phase != GW_PHASE_SOAKING)
            assert_false(world_turn(&world));
        world_set_clock(&world, row[i].within_ms);
        go_to_stop(GW_STOP_NONE);
        soaks_ms = first_call_ms(1) - last_end_ms(0);
        assert_true(soaks_ms >= row[i].takes_ms && soaks_ms < row[i].takes_ms + MINUTE_MS);
        world_release(&world);
    }
}

static void who_fades_in_the_soak_relapses(void **state)
{
    static const struct {
        uint32_t fade;
        enum world_nature nature;
        enum gw_stop stop;
    } row[] = {{1, WORLD_FADES, GW_STOP_NONE},
               {2, WORLD_FALLS, GW_STOP_HOLD},
               {3, WORLD_FADES, GW_STOP_HOLD},
               {4, WORLD_FALLS, GW_STOP_HOLD}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        two_waves(8, 4, 5);
        world.wave[0].plan.soak_ms = 10 * MINUTE_MS;
        some_are(0, row[i].fade, row[i].nature);
        for (uint32_t t = 0; t < 4; t++)
            world.device[t].well_ms = 5 * MINUTE_MS;
        run_to_stop(row[i].stop);
        assert_int_equal(world.relapses, row[i].fade);
        /* The outcome stays, and counts as what it was and as what became of it. */
        assert_int_equal(world.device[0].state, GW_STATE_SUCCEEDED);
        assert_int_equal(world.chart[0].failed, row[i].fade);
        if (row[i].stop == GW_STOP_HOLD) {
            assert_int_equal(world.verdict.succeeded, 4 - row[i].fade);
            assert_int_equal(world.verdict.of, 4);
        }
        world_release(&world);
    }
}

static void what_cannot_be_read_has_not_relapsed(void **state)
{
    static const struct gw_answer outage[] = {
        {.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_ENDPOINT},
        {.proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN, .http_status = 503},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(outage); i++) {
        two_waves(8, 4, 6);
        world.wave[0].plan.soak_ms = 10 * MINUTE_MS;
        world.outage = outage[i];
        world_start(&world);
        while (world.wave[0].plan.phase != GW_PHASE_SOAKING)
            assert_false(world_turn(&world));
        world.outage_from_ms = world.now_ms + 9 * MINUTE_MS;
        world.outage_until_ms = world.now_ms + 10 * MINUTE_MS + world.drive.endpoint_down_ms / 2;
        go_to_stop(GW_STOP_NONE);
        assert_int_equal(world.relapses, 0);
        assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 8);
        world_release(&world);
    }
}

/* What is promoted, of a first wave of four devices. */
static void evidence_promotes_and_the_lack_of_it_holds(void **state)
{
    static const struct {
        enum world_nature nature;
        uint32_t n, share_bp, least;
        enum gw_verdict verdict;
    } row[] = {
        {WORLD_GOOD, 4, 0, 0, GW_VERDICT_PROMOTE},
        {WORLD_OFFLINE, 1, 0, 0, GW_VERDICT_PROMOTE},
        {WORLD_OFFLINE, 2, 0, 0, GW_VERDICT_HOLD},
        {WORLD_OFFLINE, 3, 0, 0, GW_VERDICT_HOLD},
        {WORLD_OFFLINE, 4, 0, 0, GW_VERDICT_HOLD},
        {WORLD_OFFLINE, 1, 2500, 4, GW_VERDICT_PROMOTE},
        {WORLD_OFFLINE, 1, 2400, 4, GW_VERDICT_HOLD},
        {WORLD_OFFLINE, 1, 2400, 5, GW_VERDICT_PROMOTE},
        /* Where a person bears more, half is still too many. */
        {WORLD_OFFLINE, 2, 9000, 1, GW_VERDICT_HOLD},
        {WORLD_STRAY, 3, 0, 0, GW_VERDICT_HOLD},
        {WORLD_BRICK, 1, 0, 0, GW_VERDICT_PROMOTE},
        {WORLD_BRICK, 2, 0, 0, GW_VERDICT_HOLD},
        /* There already is as good; beyond it says nothing. */
        {WORLD_THERE, 4, 0, 0, GW_VERDICT_PROMOTE},
        {WORLD_AHEAD, 4, 0, 0, GW_VERDICT_HOLD},
        {WORLD_AHEAD, 3, 0, 0, GW_VERDICT_PROMOTE},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        two_waves(8, 4, 7);
        some_are(0, row[i].n, row[i].nature);
        world.wave[0].rule.max_failed_share_bp = row[i].share_bp;
        world.wave[0].rule.least = row[i].least;
        run_to_stop(row[i].verdict == GW_VERDICT_HOLD ? GW_STOP_HOLD : GW_STOP_NONE);
        assert_int_equal(world.wave[0].plan.verdict, row[i].verdict);
        if (row[i].verdict == GW_VERDICT_HOLD) {
            assert_int_equal(world.phase, GW_PHASE_WAITING);
            assert_int_equal(first_call_ms(1), UINT64_MAX);
            order(GW_ORDER_APPROVE, GW_NO_WAVE);
            go_to_stop(GW_STOP_NONE);
            assert_int_equal(world.wave[0].plan.verdict, GW_VERDICT_HOLD);
        }
        assert_int_equal(world.phase, GW_PHASE_FINISHED);
        world_release(&world);
    }
}

/* No chart can trip in a few devices: what a wave shows is weighed against what is normal, by itself. */
static void failures_that_are_hardly_normal_hold(void **state)
{
    static const struct {
        uint32_t first; /* devices of the first wave */
        enum world_nature nature;
        uint32_t n, baseline_bp;
        bool holds;
    } row[] = {
        {5, WORLD_BRICK, 1, 100, true},    {6, WORLD_BRICK, 1, 100, false},
        {31, WORLD_BRICK, 2, 100, true},   {32, WORLD_BRICK, 2, 100, false},
        {2, WORLD_BRICK, 1, 300, true},    {3, WORLD_BRICK, 1, 300, false},
        {10, WORLD_BRICK, 2, 300, true},   {11, WORLD_BRICK, 2, 300, false},
        {5, WORLD_REFUSED, 1, 100, false}, {5, WORLD_STRAY, 1, 100, true},
        {5, WORLD_OFFLINE, 1, 100, false}, {5, WORLD_UNKNOWN, 1, 100, false},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        two_waves(60, row[i].first, 11);
        world.wave[0].rule = (struct gw_gate_rule){.baseline_bp = row[i].baseline_bp, .alarm_bp = 900};
        some_are(0, row[i].n, row[i].nature);
        run_to_stop(row[i].holds ? GW_STOP_HOLD : GW_STOP_NONE);
        assert_int_equal(world.wave[0].plan.verdict, row[i].holds ? GW_VERDICT_HOLD : GW_VERDICT_PROMOTE);
        if (row[i].holds) {
            assert_true(world.verdict.doubted);
            assert_int_equal(world.verdict.chart.failed, row[i].n);
            assert_int_equal(world.verdict.chart.judged, row[i].first);
            assert_int_equal(world.verdict.model, GW_NO_MODEL);
        }
        world_release(&world);
    }
}

/* The more models are asked about, the clearer one must be. */
static void a_model_holds_a_wave_that_is_well_as_a_whole(void **state)
{
    static const struct {
        uint32_t models, failed;
        bool holds;
    } row[] = {{2, 2, true}, {2, 1, false}, {1, 2, false}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        two_waves(60, 40, 12);
        world.models = row[i].models;
        world.wave[0].rule = (struct gw_gate_rule){.baseline_bp = 100, .alarm_bp = 900};
        for (uint32_t t = 0; t < 5; t++)
            world.device[t].model = row[i].models - 1;
        some_are(0, row[i].failed, WORLD_BRICK);
        run_to_stop(row[i].holds ? GW_STOP_HOLD : GW_STOP_NONE);
        if (row[i].holds) {
            assert_int_equal(world.verdict.model, 1);
            assert_int_equal(world.verdict.chart.failed, 2);
            assert_int_equal(world.verdict.chart.judged, 5);
        }
        world_release(&world);
    }
}

/* Three of four are on hold, and the wave is judged by the fourth; whose hold is lifted before his turn is called. */
static void who_is_on_hold_is_put_off_when_its_turn_comes(void **state)
{
    (void)state;
    two_waves(8, 4, 21);
    world.wave[0].plan.approve = true;
    for (uint32_t t = 1; t < 6; t++)
        world.device[t].on_hold = true;
    run_to_stop(GW_STOP_APPROVAL);
    assert_int_equal(world_count(&world, GW_STATE_DEFERRED), 3);
    assert_int_equal(world.wave[0].plan.verdict, GW_VERDICT_PROMOTE);
    assert_int_equal(world.device[4].state, GW_STATE_WAITING);
    world.device[4].on_hold = false;
    world_give_still(&world, &(struct gw_order){.kind = GW_ORDER_APPROVE});
    run_to_end();
    assert_int_equal(world.device[4].state, GW_STATE_SUCCEEDED);
    assert_int_equal(world.device[5].state, GW_STATE_DEFERRED);
    assert_int_equal(world.calls, 4);
    world_release(&world);
}

/* The last wave lets nothing begin: it is judged, and nobody is asked. */
static void the_last_wave_waits_for_nobody(void **state)
{
    (void)state;
    two_waves(8, 4, 8);
    world.wave[1].plan.approve = true;
    some_are(4, 4, WORLD_OFFLINE);
    run_to_end();
    assert_int_equal(world.wave[1].plan.verdict, GW_VERDICT_HOLD);
    world_release(&world);
}

static void an_approval_is_waited_for(void **state)
{
    (void)state;
    two_waves(8, 4, 9);
    world.wave[0].plan.approve = true;
    run_to_stop(GW_STOP_APPROVAL);
    assert_int_equal(world.wave[0].plan.verdict, GW_VERDICT_PROMOTE);
    /* A new run finds it so, and so does an order that nobody runs for. */
    run_to_stop(GW_STOP_APPROVAL);
    assert_int_equal(world.calls, 4);
    world_give_still(&world, &(struct gw_order){.kind = GW_ORDER_APPROVE, .wave = 0});
    assert_int_equal(world.wave[0].plan.phase, GW_PHASE_FINISHED);
    assert_int_equal(world.phase, GW_PHASE_WAITING);
    run_to_end();
    world_release(&world);
}

static void a_gate_stops_in_the_same_turn(void **state)
{
    (void)state;
    for (uint32_t limit = 1; limit < 5; limit++) {
        two_waves(40, 20, 10);
        some_are(0, 40, WORLD_REFUSED);
        world.drive.limits.in_flight = 1;
        world.wave[0].rule.failed_limit = limit;
        run_to_stop(GW_STOP_GATE);
        assert_int_equal(world.calls, limit);
        assert_int_equal(world.wave[0].plan.phase, GW_PHASE_WAITING);
        assert_int_equal(world.wave[0].plan.verdict, GW_VERDICT_ABORT);
        assert_int_equal(world.verdict.chart.trip, GW_TRIP_FAILED);
        assert_int_equal(world.verdict.chart.failed, limit);
        /* The next run calls nobody. */
        run_to_stop(GW_STOP_GATE);
        assert_int_equal(world.calls, limit);
        world_release(&world);
    }
}

/* What is under way when a gate trips is watched to its end. */
static void a_gate_watches_what_is_under_way(void **state)
{
    (void)state;
    two_waves(20, 10, 11);
    world.device[0].nature = WORLD_REFUSED;
    world.wave[0].rule.failed_limit = 1;
    run_to_stop(GW_STOP_GATE);
    assert_true(world_count(&world, GW_STATE_SUCCEEDED) > 0);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED) + 1, world.calls);
    assert_int_equal(world_count(&world, GW_STATE_WAITING), 20 - world.calls);
    world_release(&world);
}

static void a_gate_that_was_resumed_trips_again_after_a_restart(void **state)
{
    (void)state;
    two_waves(40, 20, 12);
    some_are(0, 40, WORLD_REFUSED);
    world.drive.limits.in_flight = 1;
    world.wave[0].rule.failed_limit = 2;
    run_to_stop(GW_STOP_GATE);
    world_give_still(&world, &(struct gw_order){.kind = GW_ORDER_RESUME});
    assert_int_equal(world.wave[0].plan.phase, GW_PHASE_RUNNING);
    run_to_stop(GW_STOP_GATE);
    assert_int_equal(world.calls, 4);
    assert_int_equal(world.trips, 2);
    world_release(&world);
}

static void a_gate_that_trips_with_the_last_device_of_all_has_nothing_to_stop(void **state)
{
    (void)state;
    two_waves(5, 4, 13);
    world.device[4].nature = WORLD_BRICK;
    world.wave[1].rule.failed_limit = 1;
    assert_true(world_run(&world, world.now_ms + HOUR_MS));
    assert_int_equal(world.phase, GW_PHASE_FINISHED);
    assert_int_equal(world.wave[1].plan.verdict, GW_VERDICT_ABORT);
    world_release(&world);
}

/* A relapse trips in the midst of the look; what is left of that look says nothing about the next one. */
static void a_gate_trips_in_the_look_and_the_wave_soaks_again(void **state)
{
    (void)state;
    two_waves(12, 8, 14);
    world.device[0].nature = WORLD_FADES;
    world.device[0].well_ms = MINUTE_MS;
    world.wave[0].plan.soak_ms = 5 * MINUTE_MS;
    world.wave[0].rule.failed_limit = 1;
    run_to_stop(GW_STOP_GATE);
    assert_int_equal(world.relapses, 1);
    order(GW_ORDER_RESUME, GW_NO_WAVE);
    go_to_stop(GW_STOP_NONE);
    assert_true(first_call_ms(1) >= last_end_ms(0) + 10 * MINUTE_MS);
    assert_int_equal(world.relapses, 1);
    world_release(&world);
}

/* ... not even where the next soak is over before the last answer of the first look is heard. */
static void a_look_from_before_the_soak_is_no_look(void **state)
{
    uint64_t trips = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 40; seed++) {
        two_waves(10, 8, seed);
        for (uint32_t t = 0; t < 4; t++) {
            world.device[t].nature = WORLD_FADES;
            world.device[t].well_ms = 6000;
        }
        world.wave[0].plan.soak_ms = 100;
        world.wave[0].rule.failed_limit = 1;
        world_start(&world);
        while (world.trips == 0 && !world_turn(&world))
            ;
        if (world.trips > 0) {
            order(GW_ORDER_RESUME, GW_NO_WAVE);
            (void)world_go(&world, world.now_ms + HOUR_MS);
        }
        trips += world.trips;
        world_release(&world);
    }
    assert_true(trips > 40);
}

/* The lane of this wave is dark, the lanes of later ones have nothing to do: nobody is left to go on with. */
static void a_lane_that_a_later_wave_needs_does_not_keep_a_dark_one_going(void **state)
{
    (void)state;
    for (uint32_t looks = 0; looks < 2; looks++) {
        two_waves(8, 4, 15);
        for (uint32_t t = 0; t < 8; t++)
            world.device[t].lane = t / 4;
        world.wave[0].plan.soak_ms = looks ? MINUTE_MS : 0;
        world_start(&world);
        while (looks && world.wave[0].plan.phase != GW_PHASE_SOAKING)
            assert_false(world_turn(&world));
        world.lane[0].dark = true;
        go_to_stop(GW_STOP_ENDPOINT);
        assert_int_equal(world.relapses, 0);
        world.lane[0].dark = false;
        run_to_end();
        world_release(&world);
    }
}

/* In one lane after the other, with a lane that is dark and one whose devices are looked at still. */
static void a_dark_lane_keeps_nobody_from_being_looked_at(void **state)
{
    (void)state;
    two_waves(12, 8, 16);
    world.wave[0].plan.soak_ms = MINUTE_MS;
    for (uint32_t t = 0; t < 8; t++)
        world.device[t].well_ms = 30000;
    world.device[1].nature = WORLD_FADES;
    world_start(&world);
    while (world.wave[0].plan.phase != GW_PHASE_SOAKING)
        assert_false(world_turn(&world));
    world.lane[0].dark = true;
    go_to_stop(GW_STOP_ENDPOINT);
    assert_int_equal(world.relapses, 1);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_wave_after_the_other),
        cmocka_unit_test(the_next_wave_waits_for_the_soak),
        cmocka_unit_test(a_long_soak_ends_the_run_and_the_next_one_goes_on),
        cmocka_unit_test(a_soak_is_as_long_as_asked_by_both_clocks),
        cmocka_unit_test(who_fades_in_the_soak_relapses),
        cmocka_unit_test(what_cannot_be_read_has_not_relapsed),
        cmocka_unit_test(evidence_promotes_and_the_lack_of_it_holds),
        cmocka_unit_test(failures_that_are_hardly_normal_hold),
        cmocka_unit_test(a_model_holds_a_wave_that_is_well_as_a_whole),
        cmocka_unit_test(who_is_on_hold_is_put_off_when_its_turn_comes),
        cmocka_unit_test(the_last_wave_waits_for_nobody),
        cmocka_unit_test(an_approval_is_waited_for),
        cmocka_unit_test(a_gate_stops_in_the_same_turn),
        cmocka_unit_test(a_gate_watches_what_is_under_way),
        cmocka_unit_test(a_gate_that_was_resumed_trips_again_after_a_restart),
        cmocka_unit_test(a_gate_that_trips_with_the_last_device_of_all_has_nothing_to_stop),
        cmocka_unit_test(a_gate_trips_in_the_look_and_the_wave_soaks_again),
        cmocka_unit_test(a_look_from_before_the_soak_is_no_look),
        cmocka_unit_test(a_lane_that_a_later_wave_needs_does_not_keep_a_dark_one_going),
        cmocka_unit_test(a_dark_lane_keeps_nobody_from_being_looked_at),
    };

    return cmocka_run_group_tests_name("core/wave", tests, NULL, NULL);
}
