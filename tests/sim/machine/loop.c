/*
 * gatewave/net/loop.h in virtual time. A turn has libuv's order: timers that are due, what came from outside, the
 * pump's turn. Turns take no time, so that a loop which always has something to do is made to wait a moment now and
 * then, as a real one would.
 */
#include "machine/loop_local.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "stage/stage.h"

#define TURNS_A_MS 50

struct post {
    void (*call)(void *user);
    void *user;
};

struct gw_loop {
    struct sim_process *process;
    struct sim_thread *thread; /* that runs it; NULL: none does */
    struct gw_timer *timers;
    struct post *post, *doing;
    size_t n_posts, posts_size, n_doing, doing_size;
    void (*turn)(void *user);
    void *turn_user;
    bool stopped;
    uint64_t turn_ms;
    uint32_t turns; /* since turn_ms */
};

struct gw_timer {
    struct gw_loop *loop;
    struct gw_timer *next;
    uint64_t due_ms; /* SIM_NEVER: not set */
    void (*fire)(void *user);
    void *user;
};

struct gw_wakeup {
    struct gw_loop *loop;
    bool sent;
    void (*wake)(void *user);
    void *user;
};

struct gw_signal {
    struct gw_loop *loop;
    int number;
    void (*caught)(void *user, int number);
    void *user;
};

/* ---- the loop ---- */

struct gw_loop *gw_loop_new(void)
{
    struct gw_loop *loop = gw_mem_new(1, sizeof(*loop));

    loop->process = sim_self();
    GW_CHECK(loop->process);
    return loop;
}

void gw_loop_free(struct gw_loop *loop)
{
    GW_CHECK(!loop->timers);
    free(loop->post);
    free(loop->doing);
    free(loop);
}

void gw_loop_post(struct gw_loop *loop, void (*call)(void *user), void *user)
{
    if (loop->n_posts == loop->posts_size) {
        loop->posts_size = loop->posts_size ? 2 * loop->posts_size : 16;
        loop->post = gw_mem_resize(loop->post, loop->posts_size, sizeof(*loop->post));
    }
    loop->post[loop->n_posts++] = (struct post){call, user};
    if (loop->thread)
        sim_wake(loop->thread);
}

void gw_loop_forget(struct gw_loop *loop, const void *user)
{
    size_t kept = 0;

    for (size_t i = 0; i < loop->n_posts; i++)
        if (loop->post[i].user != user)
            loop->post[kept++] = loop->post[i];
    loop->n_posts = kept;
    for (size_t i = 0; i < loop->n_doing; i++)
        if (loop->doing[i].user == user)
            loop->doing[i].call = NULL;
}

struct sim_process *gw_loop_process(const struct gw_loop *loop)
{
    return loop->process;
}

uint64_t gw_loop_now_ms(const struct gw_loop *loop)
{
    (void)loop;
    return sim_now_ms();
}

void gw_loop_stop(struct gw_loop *loop)
{
    loop->stopped = true;
}

void gw_loop_on_turn(struct gw_loop *loop, void (*turn)(void *user), void *user)
{
    loop->turn = turn;
    loop->turn_user = user;
}

/* Those that are due when the turn begins; what they set anew is the next turn's. */
static void fire_timers(struct gw_loop *loop)
{
    uint64_t now_ms = sim_now_ms();
    struct gw_timer *due[16];
    size_t n = 0;

    for (struct gw_timer *timer = loop->timers; timer; timer = timer->next)
        if (timer->due_ms <= now_ms && n < GW_COUNT_OF(due))
            due[n++] = timer;
    for (size_t i = 0; i < n; i++) {
        struct gw_timer *timer = loop->timers;

        /* One that ran before it may have freed or moved it. */
        while (timer && timer != due[i])
            timer = timer->next;
        if (!timer || timer->due_ms > now_ms)
            continue;
        timer->due_ms = SIM_NEVER;
        timer->fire(timer->user);
    }
}

static void run_posts(struct gw_loop *loop)
{
    struct post *post = loop->post;
    size_t n = loop->n_posts, size = loop->posts_size;

    /* What is posted meanwhile goes to the other array. */
    loop->post = loop->doing;
    loop->posts_size = loop->doing_size;
    loop->doing = post;
    loop->doing_size = size;
    loop->n_posts = 0;
    loop->n_doing = n;
    for (size_t i = 0; i < n && !sim_process_is_dead(loop->process); i++)
        if (post[i].call)
            post[i].call(post[i].user);
    loop->n_doing = 0;
}

static uint64_t next_due_ms(struct gw_loop *loop)
{
    uint64_t due_ms = loop->n_posts > 0 ? 0 : SIM_NEVER;

    for (struct gw_timer *timer = loop->timers; timer; timer = timer->next)
        if (timer->due_ms < due_ms)
            due_ms = timer->due_ms;
    if (due_ms > sim_now_ms())
        return due_ms;
    if (loop->turn_ms != sim_now_ms()) {
        loop->turn_ms = sim_now_ms();
        loop->turns = 0;
    }
    return ++loop->turns < TURNS_A_MS ? 0 : sim_now_ms() + 1;
}

void gw_loop_run(struct gw_loop *loop)
{
    loop->stopped = false;
    loop->thread = sim_thread_self();
    while (!loop->stopped && !sim_process_is_dead(loop->process)) {
        uint64_t due_ms;

        fire_timers(loop);
        run_posts(loop);
        if (loop->turn)
            loop->turn(loop->turn_user);
        due_ms = next_due_ms(loop);
        if (!loop->stopped && due_ms > 0 && !sim_wait(due_ms))
            break;
    }
    loop->thread = NULL;
}

/* ---- timers ---- */

struct gw_timer *gw_timer_new(struct gw_loop *loop, void (*fire)(void *user), void *user)
{
    struct gw_timer *timer = gw_mem_new(1, sizeof(*timer));

    *timer = (struct gw_timer){
        .loop = loop, .next = loop->timers, .due_ms = SIM_NEVER, .fire = fire, .user = user};
    loop->timers = timer;
    return timer;
}

void gw_timer_set(struct gw_timer *timer, uint64_t due_ms)
{
    timer->due_ms = due_ms;
}

void gw_timer_clear(struct gw_timer *timer)
{
    timer->due_ms = SIM_NEVER;
}

void gw_timer_free(struct gw_timer *timer)
{
    struct gw_timer **at;

    if (!timer)
        return;
    at = &timer->loop->timers;
    while (*at != timer)
        at = &(*at)->next;
    *at = timer->next;
    free(timer);
}

/* ---- wakeups ---- */

struct gw_wakeup *gw_wakeup_new(struct gw_loop *loop, void (*wake)(void *user), void *user)
{
    struct gw_wakeup *wakeup = gw_mem_new(1, sizeof(*wakeup));

    *wakeup = (struct gw_wakeup){.loop = loop, .wake = wake, .user = user};
    return wakeup;
}

static void woken(void *user)
{
    struct gw_wakeup *wakeup = user;

    wakeup->sent = false;
    wakeup->wake(wakeup->user);
}

void gw_wakeup_send(struct gw_wakeup *wakeup)
{
    if (wakeup->sent)
        return;
    wakeup->sent = true;
    gw_loop_post(wakeup->loop, woken, wakeup);
}

void gw_wakeup_free(struct gw_wakeup *wakeup)
{
    if (!wakeup)
        return;
    gw_loop_forget(wakeup->loop, wakeup);
    free(wakeup);
}

/* ---- signals ---- */

static void signal_runs(void *user)
{
    struct gw_signal *signal = user;

    signal->caught(signal->user, signal->number);
}

static void signal_arrives(void *user, int number)
{
    struct gw_signal *signal = user;

    (void)number;
    gw_loop_post(signal->loop, signal_runs, signal);
}

struct gw_signal *gw_signal_new(struct gw_loop *loop, int number, void (*caught)(void *user, int number),
                                void *user)
{
    struct gw_signal *signal = gw_mem_new(1, sizeof(*signal));

    *signal = (struct gw_signal){.loop = loop, .number = number, .caught = caught, .user = user};
    sim_process_catch(loop->process, number, signal_arrives, signal);
    return signal;
}

void gw_signal_free(struct gw_signal *signal)
{
    if (!signal)
        return;
    sim_process_uncatch(signal->loop->process, signal->number);
    gw_loop_forget(signal->loop, signal);
    free(signal);
}
