/*
 * The event loop on libuv: one prepare, one check and one idle handle give a turn its fixed order
 *
 *     timers, the pump's turn, hooks before the poll, poll, hooks after the poll
 *
 * whatever order libuv keeps among handles of one kind. Handles are few and live long; only timers are set
 * often. Setting one up can fail only for want of a descriptor at start, which ends the program as want of
 * memory does.
 */
#include "gatewave/net/loop.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "loop-local.h"

struct gw_loop {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_idle_t hurry;
    struct gw_loop_hook *hooks;
    void (*turn)(void *user);
    void *turn_user;
};

struct gw_timer {
    uv_timer_t uv;
    void (*fire)(void *user);
    void *user;
    bool firing;
};

struct gw_wakeup {
    uv_async_t uv;
    void (*wake)(void *user);
    void *user;
};

struct gw_signal {
    uv_signal_t uv;
    void (*caught)(void *user, int number);
    void *user;
};

static void before_poll(uv_prepare_t *uv)
{
    struct gw_loop *loop = uv->data;

    if (loop->turn)
        loop->turn(loop->turn_user);
    for (struct gw_loop_hook *hook = loop->hooks, *next; hook; hook = next) {
        next = hook->next;
        hook->before_poll(hook->user);
    }
}

static void after_poll(uv_check_t *uv)
{
    struct gw_loop *loop = uv->data;

    /* First, so that a hook may ask for another turn without sleep. */
    uv_idle_stop(&loop->hurry);
    for (struct gw_loop_hook *hook = loop->hooks, *next; hook; hook = next) {
        next = hook->next;
        hook->after_poll(hook->user);
    }
}

/* An active idle handle keeps the poll from sleeping; there is nothing else for it to do. */
static void idle(uv_idle_t *uv)
{
    (void)uv;
}

struct gw_loop *gw_loop_new(void)
{
    struct gw_loop *loop = gw_mem_new(1, sizeof(*loop));

    GW_CHECK(uv_loop_init(&loop->uv) == 0);
    uv_prepare_init(&loop->uv, &loop->prepare);
    uv_check_init(&loop->uv, &loop->check);
    uv_idle_init(&loop->uv, &loop->hurry);
    loop->prepare.data = loop;
    loop->check.data = loop;
    uv_prepare_start(&loop->prepare, before_poll);
    uv_check_start(&loop->check, after_poll);
    return loop;
}

void gw_loop_free(struct gw_loop *loop)
{
    if (!loop)
        return;
    GW_CHECK(!loop->hooks);
    uv_close((uv_handle_t *)&loop->prepare, NULL);
    uv_close((uv_handle_t *)&loop->check, NULL);
    uv_close((uv_handle_t *)&loop->hurry, NULL);
    /*
     * A turn of the loop gives closed handles back, and a second one does where a late gw_loop_stop() took
     * the first. A handle that is still open fails the check.
     */
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    GW_CHECK(uv_loop_close(&loop->uv) == 0);
    free(loop);
}

void gw_loop_run(struct gw_loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void gw_loop_stop(struct gw_loop *loop)
{
    uv_stop(&loop->uv);
}

uint64_t gw_loop_now_ms(const struct gw_loop *loop)
{
    (void)loop;
    return uv_hrtime() / 1000000;
}

void gw_loop_on_turn(struct gw_loop *loop, void (*turn)(void *user), void *user)
{
    loop->turn = turn;
    loop->turn_user = user;
}

uv_loop_t *gw_loop_uv(struct gw_loop *loop)
{
    return &loop->uv;
}

void gw_loop_hook_add(struct gw_loop *loop, struct gw_loop_hook *hook)
{
    hook->next = loop->hooks;
    loop->hooks = hook;
}

void gw_loop_hook_remove(struct gw_loop *loop, struct gw_loop_hook *hook)
{
    struct gw_loop_hook **link = &loop->hooks;

    while (*link && *link != hook)
        link = &(*link)->next;
    GW_CHECK(*link);
    *link = hook->next;
}

void gw_loop_hurry(struct gw_loop *loop)
{
    uv_idle_start(&loop->hurry, idle);
}

static void handle_closed(uv_handle_t *uv)
{
    free(uv->data);
}

static void timer_fired(uv_timer_t *uv)
{
    struct gw_timer *timer = uv->data;

    timer->firing = true;
    timer->fire(timer->user);
    timer->firing = false;
}

struct gw_timer *gw_timer_new(struct gw_loop *loop, void (*fire)(void *user), void *user)
{
    struct gw_timer *timer = gw_mem_new(1, sizeof(*timer));

    uv_timer_init(&loop->uv, &timer->uv);
    timer->uv.data = timer;
    timer->fire = fire;
    timer->user = user;
    return timer;
}

void gw_timer_set(struct gw_timer *timer, uint64_t due_ms)
{
    uint64_t now_ms = uv_now(timer->uv.loop);
    uint64_t delay_ms = due_ms > now_ms ? due_ms - now_ms : 0;

    /* libuv runs a timer that is due again in the same sweep: one that is always due would shut out the
     * sockets. */
    if (timer->firing && delay_ms == 0)
        delay_ms = 1;
    uv_timer_start(&timer->uv, timer_fired, delay_ms, 0);
}

void gw_timer_clear(struct gw_timer *timer)
{
    uv_timer_stop(&timer->uv);
}

void gw_timer_free(struct gw_timer *timer)
{
    if (timer)
        uv_close((uv_handle_t *)&timer->uv, handle_closed);
}

static void woken(uv_async_t *uv)
{
    struct gw_wakeup *wakeup = uv->data;

    wakeup->wake(wakeup->user);
}

struct gw_wakeup *gw_wakeup_new(struct gw_loop *loop, void (*wake)(void *user), void *user)
{
    struct gw_wakeup *wakeup = gw_mem_new(1, sizeof(*wakeup));

    wakeup->uv.data = wakeup;
    wakeup->wake = wake;
    wakeup->user = user;
    GW_CHECK(uv_async_init(&loop->uv, &wakeup->uv, woken) == 0);
    return wakeup;
}

void gw_wakeup_send(struct gw_wakeup *wakeup)
{
    uv_async_send(&wakeup->uv);
}

void gw_wakeup_free(struct gw_wakeup *wakeup)
{
    if (wakeup)
        uv_close((uv_handle_t *)&wakeup->uv, handle_closed);
}

static void signal_caught(uv_signal_t *uv, int number)
{
    struct gw_signal *sig = uv->data;

    sig->caught(sig->user, number);
}

struct gw_signal *gw_signal_new(struct gw_loop *loop, int number, void (*caught)(void *user, int number),
                                void *user)
{
    struct gw_signal *sig = gw_mem_new(1, sizeof(*sig));

    sig->caught = caught;
    sig->user = user;
    GW_CHECK(uv_signal_init(&loop->uv, &sig->uv) == 0);
    sig->uv.data = sig;
    GW_CHECK(uv_signal_start(&sig->uv, signal_caught, number) == 0);
    return sig;
}

void gw_signal_free(struct gw_signal *sig)
{
    if (sig)
        uv_close((uv_handle_t *)&sig->uv, handle_closed);
}
