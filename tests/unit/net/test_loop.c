/* The order of a turn, timers on the loop's clock, wakeups from another thread, signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/net/loop.h"

struct trace {
    struct gw_loop *loop;
    struct gw_timer *timer, *other;
    struct gw_wakeup *wakeup;
    unsigned fired, turns, turns_at_fire;
    uint64_t fired_ms;
};

static void fire_and_stop(void *user)
{
    struct trace *t = user;

    t->fired++;
    t->fired_ms = gw_loop_now_ms(t->loop);
    gw_loop_stop(t->loop);
}

static void fire(void *user)
{
    struct trace *t = user;

    t->fired++;
}

static void a_timer_fires_once_and_not_before_it_is_due(void **state)
{
    struct trace t = {.loop = gw_loop_new()};
    uint64_t due_ms = gw_loop_now_ms(t.loop) + 20;

    (void)state;
    t.timer = gw_timer_new(t.loop, fire_and_stop, &t);
    gw_timer_set(t.timer, due_ms);
    gw_loop_run(t.loop);
    assert_int_equal(t.fired, 1);
    assert_true(t.fired_ms >= due_ms);
    assert_true(t.fired_ms < due_ms + 5000);
    gw_timer_free(t.timer);
    gw_loop_free(t.loop);
}

static void a_due_time_in_the_past_fires_at_once(void **state)
{
    struct trace t = {.loop = gw_loop_new()};
    uint64_t now_ms = gw_loop_now_ms(t.loop);

    (void)state;
    t.timer = gw_timer_new(t.loop, fire_and_stop, &t);
    gw_timer_set(t.timer, now_ms > 1000 ? now_ms - 1000 : 0);
    gw_loop_run(t.loop);
    assert_int_equal(t.fired, 1);
    assert_true(t.fired_ms < now_ms + 5000);
    gw_timer_free(t.timer);
    gw_loop_free(t.loop);
}

static void setting_a_timer_again_moves_it_and_clearing_stops_it(void **state)
{
    struct trace t = {.loop = gw_loop_new()}, moved = {.loop = t.loop}, cleared = {.loop = t.loop};
    uint64_t now_ms = gw_loop_now_ms(t.loop);

    (void)state;
    t.timer = gw_timer_new(t.loop, fire_and_stop, &t);
    moved.timer = gw_timer_new(t.loop, fire, &moved);
    cleared.timer = gw_timer_new(t.loop, fire, &cleared);
    gw_timer_set(moved.timer, now_ms + 5);
    gw_timer_set(moved.timer, now_ms + 60000);
    gw_timer_set(cleared.timer, now_ms + 5);
    gw_timer_clear(cleared.timer);
    gw_timer_set(t.timer, now_ms + 30);
    gw_loop_run(t.loop);
    assert_int_equal(t.fired, 1);
    assert_int_equal(moved.fired, 0);
    assert_int_equal(cleared.fired, 0);
    gw_timer_free(t.timer);
    gw_timer_free(moved.timer);
    gw_timer_free(cleared.timer);
    gw_loop_free(t.loop);
}

static void set_again_at_once(void *user)
{
    struct trace *t = user;

    t->fired++;
    gw_timer_set(t->timer, 0);
}

/* A timer that is always due must leave the rest of the loop its turn. */
static void a_timer_that_is_always_due_does_not_take_the_loop(void **state)
{
    struct trace busy = {.loop = gw_loop_new()}, t = {.loop = busy.loop};

    (void)state;
    busy.timer = gw_timer_new(busy.loop, set_again_at_once, &busy);
    t.wakeup = gw_wakeup_new(busy.loop, fire_and_stop, &t);
    gw_timer_set(busy.timer, 0);
    gw_wakeup_send(t.wakeup);
    gw_loop_run(busy.loop);
    assert_int_equal(t.fired, 1);
    assert_true(busy.fired >= 1);
    gw_timer_free(busy.timer);
    gw_wakeup_free(t.wakeup);
    gw_loop_free(busy.loop);
}

static void turn(void *user)
{
    struct trace *t = user;

    t->turns++;
    if (t->fired > 0 && t->turns_at_fire == 0)
        t->turns_at_fire = t->turns;
}

static void stop(void *user)
{
    struct trace *t = user;

    gw_loop_stop(t->loop);
}

/* What a callback found out is seen by the turn before the loop sleeps again. */
static void the_turn_comes_after_callbacks_and_before_sleep(void **state)
{
    struct trace t = {.loop = gw_loop_new()};
    uint64_t now_ms = gw_loop_now_ms(t.loop);

    (void)state;
    gw_loop_on_turn(t.loop, turn, &t);
    t.timer = gw_timer_new(t.loop, fire, &t);
    t.other = gw_timer_new(t.loop, stop, &t);
    gw_timer_set(t.timer, now_ms + 10);
    gw_timer_set(t.other, now_ms + 60);
    gw_loop_run(t.loop);
    assert_int_equal(t.fired, 1);
    /* One before the first sleep, one for each timer, and not one a millisecond. */
    assert_in_range(t.turns_at_fire, 2, 3);
    assert_in_range(t.turns, 2, 6);
    gw_timer_free(t.timer);
    gw_timer_free(t.other);
    gw_loop_free(t.loop);
}

static void set_timer_now(void *user)
{
    struct trace *t = user;

    if (t->turns++ == 0)
        gw_timer_set(t->timer, gw_loop_now_ms(t->loop) + 5);
}

static void what_the_turn_sets_bounds_the_sleep_that_follows(void **state)
{
    struct trace t = {.loop = gw_loop_new()};

    (void)state;
    gw_loop_on_turn(t.loop, set_timer_now, &t);
    t.timer = gw_timer_new(t.loop, fire_and_stop, &t);
    gw_loop_run(t.loop);
    assert_int_equal(t.fired, 1);
    gw_timer_free(t.timer);
    gw_loop_free(t.loop);
}

static void *send_from_a_thread(void *user)
{
    struct trace *t = user;

    usleep(5000);
    gw_wakeup_send(t->wakeup);
    return NULL;
}

static void a_wakeup_from_another_thread_wakes_the_sleeping_loop(void **state)
{
    struct trace t = {.loop = gw_loop_new()};
    pthread_t thread;

    (void)state;
    t.wakeup = gw_wakeup_new(t.loop, fire_and_stop, &t);
    assert_int_equal(pthread_create(&thread, NULL, send_from_a_thread, &t), 0);
    gw_loop_run(t.loop);
    pthread_join(thread, NULL);
    assert_int_equal(t.fired, 1);
    gw_wakeup_free(t.wakeup);
    gw_loop_free(t.loop);
}

static void caught(void *user, int number)
{
    struct trace *t = user;

    t->fired = (unsigned)number;
    gw_loop_stop(t->loop);
}

static void a_signal_is_told_with_its_number(void **state)
{
    struct trace t = {.loop = gw_loop_new()};
    struct gw_signal *sig = gw_signal_new(t.loop, SIGUSR1, caught, &t);

    (void)state;
    raise(SIGUSR1);
    gw_loop_run(t.loop);
    assert_int_equal(t.fired, SIGUSR1);
    gw_signal_free(sig);
    gw_loop_free(t.loop);
}

static void a_loop_can_run_again_after_it_was_stopped(void **state)
{
    struct trace t = {.loop = gw_loop_new()};

    (void)state;
    t.timer = gw_timer_new(t.loop, fire_and_stop, &t);
    for (unsigned i = 1; i <= 3; i++) {
        gw_timer_set(t.timer, gw_loop_now_ms(t.loop) + 1);
        gw_loop_run(t.loop);
        assert_int_equal(t.fired, i);
    }
    gw_timer_free(t.timer);
    /* A stop that nobody waits for must not keep the loop from closing. */
    gw_loop_stop(t.loop);
    gw_loop_free(t.loop);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    gw_timer_free(NULL);
    gw_wakeup_free(NULL);
    gw_signal_free(NULL);
    gw_loop_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_fires_once_and_not_before_it_is_due),
        cmocka_unit_test(a_due_time_in_the_past_fires_at_once),
        cmocka_unit_test(setting_a_timer_again_moves_it_and_clearing_stops_it),
        cmocka_unit_test(a_timer_that_is_always_due_does_not_take_the_loop),
        cmocka_unit_test(the_turn_comes_after_callbacks_and_before_sleep),
        cmocka_unit_test(what_the_turn_sets_bounds_the_sleep_that_follows),
        cmocka_unit_test(a_wakeup_from_another_thread_wakes_the_sleeping_loop),
        cmocka_unit_test(a_signal_is_told_with_its_number),
        cmocka_unit_test(a_loop_can_run_again_after_it_was_stopped),
        cmocka_unit_test(freeing_nothing_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
