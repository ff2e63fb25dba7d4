#ifndef GATEWAVE_NET_LOOP_H
#define GATEWAVE_NET_LOOP_H
/*
 * The event loop: libuv, known to this floor only. Single-threaded but for gw_wakeup_send(). Things are made on it
 * at start; one that finds no descriptor left aborts, as one that finds no memory does.
 */
#include <stdbool.h>
#include <stdint.h>

struct gw_loop;
struct gw_timer;
struct gw_wakeup;
struct gw_signal;

struct gw_loop *gw_loop_new(void);
/* Everything made on it must have been freed before. */
void gw_loop_free(struct gw_loop *loop);
/* Runs until gw_loop_stop(), also when there is nothing left to wait for. May be run again. */
void gw_loop_run(struct gw_loop *loop);
void gw_loop_stop(struct gw_loop *loop);
/* Milliseconds of the monotonic clock, read afresh. */
uint64_t gw_loop_now_ms(const struct gw_loop *loop);

/* Called once after the callbacks of each turn of the loop and before it sleeps: the pump's place. One at
 * most. */
void gw_loop_on_turn(struct gw_loop *loop, void (*turn)(void *user), void *user);

/*
 * One-shot timer: set again moves it; due_ms is absolute on gw_loop_now_ms, and never fires before it. Due already:
 * fires in the next turn, so that a timer that is always due leaves the sockets their turn.
 */
struct gw_timer *gw_timer_new(struct gw_loop *loop, void (*fire)(void *user), void *user);
void gw_timer_set(struct gw_timer *timer, uint64_t due_ms);
void gw_timer_clear(struct gw_timer *timer);
void gw_timer_free(struct gw_timer *timer);

/* May be sent from any thread; several sends may come as one call. */
struct gw_wakeup *gw_wakeup_new(struct gw_loop *loop, void (*wake)(void *user), void *user);
void gw_wakeup_send(struct gw_wakeup *wakeup);
void gw_wakeup_free(struct gw_wakeup *wakeup);

struct gw_signal *gw_signal_new(struct gw_loop *loop, int number, void (*caught)(void *user, int number),
                                void *user);
void gw_signal_free(struct gw_signal *signal);

#endif
