/* What a person orders, in the hostile world: which orders are taken when, what they do, and that they last. */
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

static const struct world_order *order(enum gw_order_kind kind)
{
    const struct gw_order given = {.kind = kind, .wave = GW_NO_WAVE, .rate = {.calls = 1, .window_ms = 1000}};

    world_give(&world, &given);
    return &world.order[world.orders - 1];
}

static void go_to_stop(enum gw_stop stop)
{
    assert_true(world_go(&world, world.now_ms + 4 * HOUR_MS));
    assert_int_equal(gw_rollout_stopped(world.r), stop);
}

static void run_to_stop(enum gw_stop stop)
{
    world_start(&world);
    go_to_stop(stop);
}

static void some_are(uint32_t first, uint32_t n, enum world_nature nature)
{
    for (uint32_t t = first; t < first + n; t++)
        world.device[t].nature = nature;
}

/* ---- which are taken ---- */

enum standing {
    RUNS,
    PAUSED,
    STOPPED, /* by a gate */
    HELD,
    ASKS, /* for an approval */
    SOAKS,
    ABORTED,
    FINISHED,
    STANDINGS,
};

/* A rollout of two waves of four that stands so, with its run still there. */
static void stands(enum standing standing)
{
    world_init(&world, 8, standing);
    world_cut(&world, 0, 0, 4);
    world_cut(&world, 1, 4, 4);
    world.wave[0].plan.approve = standing == ASKS;
    world.wave[0].plan.soak_ms = standing == SOAKS ? HOUR_MS : 0;
    if (standing == STOPPED)
        world.wave[0].rule.failed_limit = 1;
    some_are(0, 4, standing == STOPPED ? WORLD_REFUSED : standing == HELD ? WORLD_AHEAD : WORLD_GOOD);
    world_start(&world);
    if (standing == PAUSED)
        order(GW_ORDER_PAUSE);
    if (standing == ABORTED)
        order(GW_ORDER_ABORT);
    (void)world_go(&world, world.now_ms + (standing == RUNS ? 2000 : 2 * MINUTE_MS));
}

static void an_order_is_taken_where_it_makes_sense(void **state)
{
    static const struct {
        enum gw_order_kind kind;
        bool taken[STANDINGS];
    } row[] = {
        {GW_ORDER_PAUSE, {[RUNS] = true, [SOAKS] = true}},
        {GW_ORDER_RESUME, {[PAUSED] = true, [STOPPED] = true}},
        {GW_ORDER_APPROVE, {[HELD] = true, [ASKS] = true}},
        {GW_ORDER_ABORT,
         {[RUNS] = true, [PAUSED] = true, [STOPPED] = true, [HELD] = true, [ASKS] = true, [SOAKS] = true}},
        {GW_ORDER_PACE,
         {[RUNS] = true, [PAUSED] = true, [STOPPED] = true, [HELD] = true, [ASKS] = true, [SOAKS] = true}},
        {GW_ORDER_NONE, {false}},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        for (enum standing standing = 0; standing < STANDINGS; standing++) {
            for (uint32_t still = 0; still < 2; still++) {
                const struct gw_order given = {
                    .kind = row[i].kind, .wave = GW_NO_WAVE, .rate = {.calls = 1, .window_ms = 1000}};

                stands(standing);
                if (still)
                    world_give_still(&world, &given);
                else
                    world_give(&world, &given);
                assert_true(world.order[world.orders - 1].answered);
                assert_int_equal(world.order[world.orders - 1].accepted, row[i].taken[standing]);
                world_release(&world);
            }
        }
    }
}

static void an_approval_is_for_the_wave_that_waits(void **state)
{
    (void)state;
    for (uint32_t wave = 0; wave < 2; wave++) {
        const struct gw_order given = {.kind = GW_ORDER_APPROVE, .wave = wave};

        stands(ASKS);
        world_give(&world, &given);
        assert_int_equal(world.order[0].accepted, wave == 0);
        assert_int_equal(world.order[0].said.word, wave == 0 ? GW_SAID_APPROVED : GW_SAID_WAITS_NOT);
        /* The next one, or the one that was meant. */
        assert_int_equal(world.order[0].said.wave, 1);
        world_release(&world);
    }
}

static void who_is_refused_is_told_what_to_do(void **state)
{
    static const struct {
        enum standing standing;
        enum gw_order_kind kind;
        enum gw_answer_word word;
    } row[] = {
        {HELD, GW_ORDER_RESUME, GW_SAID_WAITS},          {ASKS, GW_ORDER_RESUME, GW_SAID_WAITS},
        {RUNS, GW_ORDER_RESUME, GW_SAID_GOES},           {STOPPED, GW_ORDER_APPROVE, GW_SAID_BY_GATE},
        {PAUSED, GW_ORDER_PAUSE, GW_SAID_IS_PAUSED},     {HELD, GW_ORDER_PAUSE, GW_SAID_CALLS_NOTHING},
        {FINISHED, GW_ORDER_ABORT, GW_SAID_IS_FINISHED}, {ABORTED, GW_ORDER_ABORT, GW_SAID_IS_ABORTED},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        stands(row[i].standing);
        assert_int_equal(order(row[i].kind)->said.word, row[i].word);
        world_release(&world);
    }
}

/* ---- what they do ---- */

static void a_pause_lasts_until_it_is_lifted(void **state)
{
    uint64_t calls;

    (void)state;
    for (uint32_t still = 0; still < 2; still++) {
        const struct gw_order resume = {.kind = GW_ORDER_RESUME};

        stands(PAUSED);
        calls = world.calls;
        assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_PAUSE);
        run_to_stop(GW_STOP_PAUSE);
        assert_int_equal(world.calls, calls);
        if (still) {
            world_give_still(&world, &resume);
            run_to_stop(GW_STOP_NONE);
        } else {
            world_give(&world, &resume);
            go_to_stop(GW_STOP_NONE);
        }
        assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 8);
        world_release(&world);
    }
}

/* Whatever ends the run meanwhile, what a person has ordered is still so in the next one. */
static void what_ends_the_run_hides_no_order(void **state)
{
    static const struct {
        enum gw_class class_;
        enum gw_stop stop;
    } row[] = {
        {GW_CLASS_CREDENTIAL, GW_STOP_CREDENTIALS},
        {GW_CLASS_CLOCK, GW_STOP_CLOCK},
        {GW_CLASS_UNTRUSTED, GW_STOP_UNTRUSTED},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        for (uint32_t abort = 0; abort < 2; abort++) {
            uint64_t calls;

            world_init(&world, 20, i);
            some_are(0, 20, WORLD_BRICK);
            world_start(&world);
            (void)world_go(&world, world.now_ms + 3000);
            order(abort ? GW_ORDER_ABORT : GW_ORDER_PAUSE);
            calls = world.calls;
            assert_true(calls > 0 && calls < 20);
            world.outage = (struct gw_answer){.proof = GW_PROOF_REFUSED, .class_ = row[i].class_};
            world.outage_from_ms = world.now_ms;
            world.outage_until_ms = world.now_ms + MINUTE_MS;
            world.due = 1u << row[i].stop;
            go_to_stop(row[i].stop);
            assert_int_equal(world.phase, abort ? GW_PHASE_ABORTING : GW_PHASE_PAUSED);
            assert_true(world.reason[0] != '\0');
            world.outage_until_ms = 0;
            run_to_stop(abort ? GW_STOP_ABORT : GW_STOP_PAUSE);
            assert_int_equal(world.calls, calls);
            world_release(&world);
        }
    }
}

/* To lift a pause lifts nothing else: what was stopped for a reason of its own stays stopped in this run. */
static void a_pause_hides_no_stop(void **state)
{
    (void)state;
    for (uint32_t before = 0; before < 2; before++) {
        world_init(&world, 20, 3);
        world_start(&world);
        while (world_count(&world, GW_STATE_UPGRADING) == 0)
            assert_false(world_turn(&world));
        world.faults.risk = 1000;
        while (before && gw_rollout_stopped(world.r) == GW_STOP_NONE)
            assert_false(world_turn(&world));
        assert_true(order(GW_ORDER_PAUSE)->accepted);
        go_to_stop(GW_STOP_RISK);
        assert_int_equal(world.phase, GW_PHASE_PAUSED);
        assert_true(order(GW_ORDER_RESUME)->accepted);
        go_to_stop(GW_STOP_RISK);
        assert_int_equal(world.phase, GW_PHASE_WAITING);
        world.faults.risk = 0;
        run_to_stop(GW_STOP_NONE);
        world_release(&world);
    }
}

static void a_gate_that_trips_under_a_pause_is_not_lifted_unseen(void **state)
{
    (void)state;
    world_init(&world, 20, 4);
    some_are(0, 20, WORLD_REFUSED);
    world.wave[0].rule.failed_limit = 1;
    world.drive.limits.in_flight = 1;
    world_start(&world);
    while (world.calls == 0)
        assert_false(world_turn(&world));
    world_drain(&world);
    go_to_stop(GW_STOP_DRAIN);
    assert_int_equal(world.trips, 1);
    assert_int_equal(order(GW_ORDER_PAUSE)->said.word, GW_SAID_CALLS_NOTHING);
    run_to_stop(GW_STOP_GATE);
    assert_int_equal(order(GW_ORDER_RESUME)->said.word, GW_SAID_FORGIVEN);
    assert_int_equal(world.chart[0].judged, 0);
    world_release(&world);
}

/* Who pauses, and does not see that the gate trips on what was under way, lifts the pause first and the gate then. */
static void a_gate_that_trips_after_a_pause_is_not_forgiven_with_it(void **state)
{
    (void)state;
    for (uint32_t again = 0; again < 2; again++) {
        world_init(&world, 20, 6);
        some_are(0, 20, WORLD_STAY);
        world.wave[0].rule.failed_limit = 1;
        world_start(&world);
        while (world.calls == 0)
            assert_false(world_turn(&world));
        assert_int_equal(order(GW_ORDER_PAUSE)->said.word, GW_SAID_PAUSED);
        go_to_stop(GW_STOP_GATE);
        assert_int_equal(world.trips, 1);
        if (again)
            run_to_stop(GW_STOP_GATE);
        assert_int_equal(order(GW_ORDER_RESUME)->said.word, GW_SAID_STOPPED_SINCE);
        assert_true(world.chart[0].failed > 0);
        assert_int_equal(gw_rollout_stopped(world.r), GW_STOP_GATE);
        assert_int_equal(order(GW_ORDER_RESUME)->said.word, GW_SAID_FORGIVEN);
        assert_int_equal(world.chart[0].failed, 0);
        world_release(&world);
    }
}

/* A start for an order says nothing about the time that a run would wait. */
static void a_start_for_an_order_waits_for_nothing(void **state)
{
    const struct gw_order pace = {.kind = GW_ORDER_PACE, .rate = {.calls = 1, .window_ms = 1000}};

    (void)state;
    world_init(&world, 8, 15);
    world.wave[0].plan.soak_ms = HOUR_MS;
    world_start(&world);
    while (world.wave[0].plan.phase != GW_PHASE_SOAKING)
        assert_false(world_turn(&world));
    world.drive.patience_ms = MINUTE_MS;
    assert_int_equal(world.phase, GW_PHASE_RUNNING);
    world_give_still(&world, &pace);
    assert_int_equal(world.phase, GW_PHASE_RUNNING);
    assert_string_equal(world.reason, "");
    world_release(&world);
}

/* Who was called and refused was called: what cancels him must not say otherwise. */
static void who_was_called_is_not_said_never_to_have_been(void **state)
{
    const struct gw_order given = {.kind = GW_ORDER_ABORT};

    (void)state;
    world_init(&world, 2, 14);
    world.device[0].sent = world.device[0].charged = world.device[0].left_attempt = 1;
    world.device[0].acquitted = true;
    world_give_still(&world, &given);
    assert_non_null(strstr(world.device[0].reason, "not called again"));
    assert_non_null(strstr(world.device[1].reason, "never called"));
    world_release(&world);
}

static void an_abort_cancels_all_that_waits_and_is_for_good(void **state)
{
    (void)state;
    for (uint64_t at_ms = 0; at_ms < 20000; at_ms += 333) {
        uint64_t calls;

        world_init(&world, 60, 5);
        world_cut(&world, 0, 0, 30);
        world_cut(&world, 1, 30, 30);
        world_start(&world);
        (void)world_go(&world, world.now_ms + at_ms);
        assert_true(order(GW_ORDER_ABORT)->accepted);
        calls = world.calls;
        go_to_stop(GW_STOP_ABORT);
        assert_int_equal(world.calls, calls);
        assert_int_equal(world.phase, GW_PHASE_ABORTED);
        assert_int_equal(world_count(&world, GW_STATE_CANCELED) + world_count(&world, GW_STATE_SUCCEEDED),
                         60);
        assert_false(order(GW_ORDER_RESUME)->accepted);
        world_release(&world);
    }
}

/* Who is being read just then waits again afterwards; nobody else is under way. */
static void an_abort_waits_for_who_is_being_read(void **state)
{
    (void)state;
    world_init(&world, 60, 10);
    world_start(&world);
    world_pull(&world);
    assert_true(world.reads > 0 && world.calls == 0);
    assert_true(order(GW_ORDER_ABORT)->accepted);
    assert_true(world_count(&world, GW_STATE_WAITING) > 0);
    go_to_stop(GW_STOP_ABORT);
    assert_int_equal(world_count(&world, GW_STATE_CANCELED), 60);
    world_release(&world);
}

static void an_abort_lasts_over_a_restart(void **state)
{
    (void)state;
    world_init(&world, 60, 11);
    world_start(&world);
    while (world_count(&world, GW_STATE_UPGRADING) == 0)
        assert_false(world_turn(&world));
    order(GW_ORDER_ABORT);
    assert_int_equal(order(GW_ORDER_RESUME)->said.word, GW_SAID_IS_ABORTED);
    assert_int_equal(order(GW_ORDER_ABORT)->said.word, GW_SAID_IS_ABORTED);
    assert_int_equal(world.phase, GW_PHASE_ABORTING);
    world_pass(&world, MINUTE_MS);
    run_to_stop(GW_STOP_ABORT);
    assert_int_equal(world.phase, GW_PHASE_ABORTED);
    assert_int_equal(world_count(&world, GW_STATE_CANCELED) + world_count(&world, GW_STATE_SUCCEEDED), 60);
    world_release(&world);
}

static void an_abort_that_nobody_runs_for_is_carried_out_by_the_order(void **state)
{
    const struct gw_order given = {.kind = GW_ORDER_ABORT};

    (void)state;
    world_init(&world, 60, 6);
    world_give_still(&world, &given);
    assert_int_equal(world_count(&world, GW_STATE_CANCELED), 60);
    assert_int_equal(world.phase, GW_PHASE_ABORTED);
    world_release(&world);
}

static void to_resume_without_some_leaves_them_out(void **state)
{
    uint32_t without[10];
    struct gw_order given = {.kind = GW_ORDER_RESUME, .without = without};

    (void)state;
    for (uint32_t still = 0; still < 2; still++) {
        given.n_without = 0;
        world_init(&world, 40, 7);
        world_cut(&world, 0, 0, 20);
        world_cut(&world, 1, 20, 20);
        /* Every fourth is bad, in both waves. */
        for (uint32_t t = 0; t < 40; t += 4) {
            world.device[t].nature = WORLD_REFUSED;
            without[given.n_without++] = t;
        }
        world.wave[0].rule.failed_limit = world.wave[1].rule.failed_limit = 2;
        run_to_stop(GW_STOP_GATE);
        assert_int_equal(world_count(&world, GW_STATE_FAILED), 2);
        if (still)
            world_give_still(&world, &given);
        else
            world_give(&world, &given);
        assert_int_equal(world.order[0].said.word, GW_SAID_FORGIVEN);
        assert_int_equal(world.order[0].said.waiting, 8);
        run_to_stop(GW_STOP_NONE);
        assert_int_equal(world_count(&world, GW_STATE_CANCELED), 8);
        assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 30);
        world_release(&world);
    }
}

/* Ten are read ahead and all of them are left out: the others must not wait for their places. */
static void who_is_left_out_makes_room(void **state)
{
    uint32_t without[10];
    struct gw_order given = {.kind = GW_ORDER_RESUME, .without = without, .n_without = 10};

    (void)state;
    world_init(&world, 40, 12);
    world.drive.limits.rate = (struct gw_rate){1, 10000};
    world.most_calls = 5;
    world_start(&world);
    (void)world_go(&world, world.now_ms + 1000);
    order(GW_ORDER_PAUSE);
    for (uint32_t t = 0; t < 10; t++)
        without[t] = t + 2;
    world_give(&world, &given);
    go_to_stop(GW_STOP_NONE);
    assert_int_equal(world_count(&world, GW_STATE_CANCELED), 10);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 30);
    world_release(&world);
}

static void who_is_left_out_stays_so_over_a_restart(void **state)
{
    (void)state;
    world_init(&world, 4, 13);
    world.device[1].left_out = world.device[2].left_out = true;
    run_to_stop(GW_STOP_NONE);
    assert_int_equal(world.device[1].state, GW_STATE_CANCELED);
    assert_int_equal(world.device[2].state, GW_STATE_CANCELED);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 2);
    world_release(&world);
}

static void a_pace_holds_from_then_on(void **state)
{
    (void)state;
    for (uint32_t restart = 0; restart < 2; restart++) {
        uint64_t last_ms = 0;
        uint32_t after = 0;

        world_init(&world, 60, 8);
        world_cut(&world, 0, 0, 30);
        world_cut(&world, 1, 30, 30);
        world.lanes = 1;
        for (uint32_t t = 0; t < 60; t++)
            world.device[t].lane = 0;
        world.drive.limits.in_flight = world.drive.limits.upgrading = 60;
        world_start(&world);
        (void)world_go(&world, world.now_ms + 3000);
        last_ms = world.now_ms;
        assert_int_equal(order(GW_ORDER_PACE)->said.rate.calls, 1);
        if (restart) {
            world_pass(&world, 100);
            run_to_stop(GW_STOP_NONE);
        } else {
            go_to_stop(GW_STOP_NONE);
        }
        /* Over both waves, and over the restart. */
        for (uint32_t t = 0; t < 60; t++)
            after += world.device[t].signed_ms > last_ms;
        assert_true(after > 30);
        assert_true(world.ended_ms - last_ms > after * 1000u);
        world_release(&world);
    }
}

/* ---- what a run that is paced otherwise remembers ---- */

/* Ten in ten seconds, after a rollout with another pace has sent its ten at once: the next one leaves when the first of
 * those is ten seconds old. */
static void a_new_run_remembers_what_every_rate_asks_for(void **state)
{
    (void)state;
    world_init(&world, 20, 9);
    world.most_calls = 10;
    world.drive.limits.rate = (struct gw_rate){1, 1000};
    world.wave[0].own_limits = true;
    world.wave[0].plan.limits = world.drive.limits;
    world.wave[0].plan.limits.rate = (struct gw_rate){10, 10000};
    for (uint32_t i = 0; i < 10; i++)
        world.lane[1].call_ms[world.lane[1].calls++] = world.now_ms - 1000;
    run_to_stop(GW_STOP_NONE);
    /* Each lane has sent for itself. */
    for (uint32_t t = 1; t < 20; t += 2)
        assert_true(world.device[t].signed_ms >= WORLD_BEGIN_MS + 9000);
    assert_true(world.device[0].signed_ms < WORLD_BEGIN_MS + 9000);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_is_taken_where_it_makes_sense),
        cmocka_unit_test(an_approval_is_for_the_wave_that_waits),
        cmocka_unit_test(who_is_refused_is_told_what_to_do),
        cmocka_unit_test(a_pause_lasts_until_it_is_lifted),
        cmocka_unit_test(what_ends_the_run_hides_no_order),
        cmocka_unit_test(a_pause_hides_no_stop),
        cmocka_unit_test(a_gate_that_trips_under_a_pause_is_not_lifted_unseen),
        cmocka_unit_test(a_gate_that_trips_after_a_pause_is_not_forgiven_with_it),
        cmocka_unit_test(a_start_for_an_order_waits_for_nothing),
        cmocka_unit_test(who_was_called_is_not_said_never_to_have_been),
        cmocka_unit_test(an_abort_cancels_all_that_waits_and_is_for_good),
        cmocka_unit_test(an_abort_waits_for_who_is_being_read),
        cmocka_unit_test(an_abort_lasts_over_a_restart),
        cmocka_unit_test(who_is_left_out_makes_room),
        cmocka_unit_test(who_is_left_out_stays_so_over_a_restart),
        cmocka_unit_test(an_abort_that_nobody_runs_for_is_carried_out_by_the_order),
        cmocka_unit_test(to_resume_without_some_leaves_them_out),
        cmocka_unit_test(a_pace_holds_from_then_on),
        cmocka_unit_test(a_new_run_remembers_what_every_rate_asks_for),
    };

    return cmocka_run_group_tests_name("core/order", tests, NULL, NULL);
}
