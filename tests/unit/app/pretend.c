/* See the header: a few timers, one of which may be a program's end. */
#include "pretend.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/net/child.h"
#include "gatewave/net/http.h"

#include "clock.h"

#define NEVER UINT64_MAX

struct gw_timer {
    struct gw_loop *loop;
    struct gw_timer *next;
    uint64_t due_ms;
    void (*fire)(void *user);
    void *user;
};

struct gw_loop {
    uint64_t now_ms;
    bool stopped;
    struct gw_timer *timers;
};

static struct {
    struct pretend *play;
    struct gw_loop *loop;
} the;

void pretend_play(struct pretend *play)
{
    the.play = play;
}

int64_t gw_clock_unix_ms(void)
{
    return PRETEND_UNIX_MS + (int64_t)the.loop->now_ms + the.play->set_ms;
}

/* ---- the loop ---- */

struct gw_loop *gw_loop_new(void)
{
    GW_CHECK(!the.loop);
    the.loop = gw_mem_new(1, sizeof(*the.loop));
    the.loop->now_ms = 1000;
    return the.loop;
}

void gw_loop_free(struct gw_loop *loop)
{
    GW_CHECK(!loop->timers);
    free(loop);
    the.loop = NULL;
}

uint64_t gw_loop_now_ms(const struct gw_loop *loop)
{
    return loop->now_ms;
}

void gw_loop_stop(struct gw_loop *loop)
{
    loop->stopped = true;
}

/* Fires what is due first; false when nothing is before that moment. */
static bool turn(struct gw_loop *loop, uint64_t until_ms)
{
    struct gw_timer *first = NULL;

    for (struct gw_timer *timer = loop->timers; timer; timer = timer->next)
        if (timer->due_ms < until_ms && (!first || timer->due_ms < first->due_ms))
            first = timer;
    if (!first)
        return false;
    if (first->due_ms > loop->now_ms)
        loop->now_ms = first->due_ms;
    first->due_ms = NEVER;
    first->fire(first->user);
    return true;
}

void gw_loop_run(struct gw_loop *loop)
{
    loop->stopped = false;
    while (!loop->stopped)
        GW_CHECK(turn(loop, NEVER)); /* else it would hang */
}

void pretend_pass(struct gw_loop *loop, uint64_t ms)
{
    uint64_t until_ms = loop->now_ms + ms;

    while (turn(loop, until_ms + 1))
        continue;
    loop->now_ms = until_ms;
}

struct gw_timer *gw_timer_new(struct gw_loop *loop, void (*fire)(void *user), void *user)
{
    struct gw_timer *timer = gw_mem_new(1, sizeof(*timer));

    *timer = (struct gw_timer){loop, loop->timers, NEVER, fire, user};
    loop->timers = timer;
    return timer;
}

void gw_timer_set(struct gw_timer *timer, uint64_t due_ms)
{
    timer->due_ms = due_ms;
}

void gw_timer_clear(struct gw_timer *timer)
{
    timer->due_ms = NEVER;
}

void gw_timer_free(struct gw_timer *timer)
{
    struct gw_timer **at;

    if (!timer)
        return;
    for (at = &timer->loop->timers; *at != timer;)
        at = &(*at)->next;
    *at = timer->next;
    free(timer);
}

/* ---- programs ---- */

struct gw_child {
    struct gw_timer *end;
    struct gw_buf out;
    int status;
    gw_child_done *done;
    void *user;
};

static void ended(void *user)
{
    struct gw_child *child = user;
    struct gw_child_result result = {.why = child->status < 0 ? "took too long" : NULL,
                                     .status = child->status,
                                     .out = gw_buf_text(&child->out),
                                     .out_len = child->out.len};

    child->done(child->user, &result);
}

struct gw_child *gw_child_start(struct gw_loop *loop, const struct gw_child_request *request,
                                gw_child_done *done, void *user, struct gw_err *err)
{
    struct gw_child *child = gw_mem_new(1, sizeof(*child));

    (void)err;
    GW_CHECK(request->argv[0] && request->env);
    gw_buf_init(&child->out, request->out_max);
    child->done = done;
    child->user = user;
    child->status = the.play->program(the.play->user, &child->out);
    child->end = gw_timer_new(loop, ended, child);
    gw_timer_set(child->end, loop->now_ms + (child->status < 0 ? request->timeout_ms : PRETEND_TAKES_MS));
    return child;
}

void gw_child_free(struct gw_child *child)
{
    if (!child)
        return;
    gw_timer_free(child->end);
    gw_buf_release(&child->out);
    free(child);
}

/* ---- exchanges ---- */

struct gw_http *gw_http_new(struct gw_loop *loop, const struct gw_http_config *config, struct gw_err *err)
{
    (void)loop;
    (void)config;
    gw_err_set(err, GW_ERR_NETWORK, "there is no network here");
    return NULL;
}

bool gw_http_submit(struct gw_http *http, const struct gw_http_request *request, gw_http_done *done,
                    void *user)
{
    (void)http;
    (void)request;
    (void)done;
    (void)user;
    GW_NEVER("there is no network here");
}

void gw_http_free(struct gw_http *http)
{
    GW_CHECK(!http);
}
