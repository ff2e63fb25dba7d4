/*
 * Time is a number here, the disk and the network are a list. What comes next is what is due first; of equals the disk,
 * then the network in the order of its slots, then the timer. Nothing due at all is a hang, and ends the program.
 */
#include "stage.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "clock.h"
#include "heard.h"
#include "run/writer.h"

#define NEVER UINT64_MAX

struct slot {
    bool taken;
    gw_http_done *done;
    void *user;
    struct stage_end end;
};

struct gw_http {
    struct gw_loop *loop;
    struct slot slot[STAGE_SLOTS];
    uint32_t n_slots;
    struct gw_http_response response; /* of the exchange that ends just now */
};

struct gw_timer {
    struct gw_loop *loop;
    uint64_t due_ms;
    void (*fire)(void *user);
    void *user;
};

struct gw_writer {
    struct gw_loop *loop;
    struct gw_batch *batch;
    uint64_t due_ms;
    gw_writer_done *done;
    void *user;
};

struct gw_loop {
    struct stage_play play;
    uint64_t now_ms;
    bool stopped;
    void (*turn)(void *user);
    void *turn_user;
    struct gw_timer *timer; /* the pump's: there is no other */
    struct gw_writer *writer;
    struct gw_http *http;
};

static struct gw_loop *the_loop;

/* ---- the loop ---- */

struct gw_loop *stage_new(const struct stage_play *play)
{
    struct gw_loop *loop = gw_mem_new(1, sizeof(*loop));

    GW_CHECK(!the_loop);
    the_loop = loop;
    loop->play = *play;
    loop->now_ms = 1000;
    return loop;
}

void stage_free(struct gw_loop *loop)
{
    GW_CHECK(the_loop == loop && !loop->timer && !loop->writer && !loop->http);
    the_loop = NULL;
    free(loop);
}

uint64_t gw_loop_now_ms(const struct gw_loop *loop)
{
    return loop->now_ms;
}

/* Nobody waits for a key that is written down. */
void gw_loop_run(struct gw_loop *loop)
{
    (void)loop;
    GW_NEVER("the loop is the stage's to run");
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

int64_t gw_clock_unix_ms(void)
{
    return STAGE_UNIX_MS + (int64_t)the_loop->now_ms;
}

/* ---- the timer ---- */

struct gw_timer *gw_timer_new(struct gw_loop *loop, void (*fire)(void *user), void *user)
{
    struct gw_timer *timer = gw_mem_new(1, sizeof(*timer));

    GW_CHECK(!loop->timer);
    *timer = (struct gw_timer){loop, NEVER, fire, user};
    loop->timer = timer;
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
    if (!timer)
        return;
    timer->loop->timer = NULL;
    free(timer);
}

/* ---- the writer ---- */

struct gw_writer *gw_writer_new(struct gw_loop *loop, struct gw_store *store, struct gw_lease *lease,
                                gw_writer_done *done, void *user)
{
    struct gw_writer *writer = gw_mem_new(1, sizeof(*writer));

    (void)store;
    (void)lease;
    *writer = (struct gw_writer){.loop = loop, .due_ms = NEVER, .done = done, .user = user};
    loop->writer = writer;
    return writer;
}

void gw_writer_free(struct gw_writer *writer)
{
    writer->loop->writer = NULL;
    free(writer);
}

bool gw_writer_idle(const struct gw_writer *writer)
{
    return writer->batch == NULL;
}

void gw_writer_commit(struct gw_writer *writer, struct gw_batch *batch)
{
    struct stage_play *play = &writer->loop->play;

    GW_CHECK(!writer->batch);
    writer->batch = batch;
    writer->due_ms = writer->loop->now_ms + play->commit_ms(play->user);
}

static void commit(struct gw_writer *writer)
{
    struct stage_play *play = &writer->loop->play;
    struct gw_batch *batch = writer->batch;
    struct gw_err err = {0};

    for (size_t i = 0; i < batch->n_records; i++)
        play->durable(play->user, &batch->record[i]);
    writer->batch = NULL;
    writer->due_ms = NEVER;
    writer->done(writer->user, batch, GW_OK, &err);
}

/* ---- the net floor ---- */

struct gw_http *gw_http_new(struct gw_loop *loop, const struct gw_http_config *config, struct gw_err *err)
{
    struct gw_http *http = gw_mem_new(1, sizeof(*http));

    (void)err;
    GW_CHECK(config->slots <= STAGE_SLOTS);
    http->loop = loop;
    http->n_slots = config->slots;
    gw_http_response_init(&http->response);
    loop->http = http;
    return http;
}

/* What is under way when the pump has ended goes with it: nobody would take its event. */
void gw_http_free(struct gw_http *http)
{
    if (!http)
        return;
    for (uint32_t i = 0; i < http->n_slots; i++)
        gw_buf_release(&http->slot[i].end.bytes);
    gw_http_response_release(&http->response);
    http->loop->http = NULL;
    free(http);
}

static bool may_leave(const struct gw_http *http, const struct gw_http_request *request)
{
    return !(request->withheld && *request->withheld) &&
           (request->leave_by_ms == 0 || http->loop->now_ms < request->leave_by_ms);
}

bool gw_http_submit(struct gw_http *http, const struct gw_http_request *request, gw_http_done *done,
                    void *user)
{
    struct stage_play *play = &http->loop->play;
    struct slot *slot = http->slot;

    while (slot < http->slot + http->n_slots && slot->taken)
        slot++;
    if (slot == http->slot + http->n_slots)
        return false;
    *slot = (struct slot){.taken = true, .done = done, .user = user};
    gw_buf_init(&slot->end.bytes, 0);
    slot->end.at_ms = http->loop->now_ms + 1;
    if (may_leave(http, request)) {
        play->serve(play->user, request, &slot->end);
    } else {
        slot->end.end = GW_HTTP_NEVER_SENT;
        slot->end.cause = GW_HTTP_CAUSE_WITHHELD;
    }
    return true;
}

static void complete(struct gw_http *http, struct slot *slot)
{
    struct slot done = *slot;
    enum gw_http_cause cause = GW_HTTP_CAUSE_NONE;
    struct gw_http_result result;

    *slot = (struct slot){.taken = false};
    gw_http_response_begin(&http->response);
    if (done.end.end == GW_HTTP_COMPLETE)
        cause = fuzz_hear(&http->response, gw_buf_text(&done.end.bytes), done.end.bytes.len);
    result = fuzz_heard(&http->response, cause);
    if (done.end.end != GW_HTTP_COMPLETE) {
        result.end = done.end.end;
        result.cause = done.end.cause;
    }
    done.done(done.user, &result);
    gw_buf_release(&done.end.bytes);
}

/* ---- what comes next ---- */

static struct slot *first_slot(struct gw_http *http)
{
    struct slot *first = NULL;

    for (uint32_t i = 0; i < http->n_slots; i++)
        if (http->slot[i].taken && (!first || http->slot[i].end.at_ms < first->end.at_ms))
            first = &http->slot[i];
    return first;
}

static void advance(struct gw_loop *loop, uint64_t due_ms)
{
    GW_CHECK(due_ms != NEVER && "I36: something always comes next");
    if (due_ms > loop->now_ms)
        loop->now_ms = due_ms;
}

bool stage_step(struct gw_loop *loop)
{
    struct slot *slot;
    uint64_t net_ms;

    loop->turn(loop->turn_user);
    if (loop->stopped)
        return false;
    slot = first_slot(loop->http);
    net_ms = slot ? slot->end.at_ms : NEVER;
    if (loop->writer->batch && loop->writer->due_ms <= net_ms &&
        loop->writer->due_ms <= loop->timer->due_ms) {
        advance(loop, loop->writer->due_ms);
        commit(loop->writer);
    } else if (slot && net_ms <= loop->timer->due_ms) {
        advance(loop, net_ms);
        complete(loop->http, slot);
    } else {
        advance(loop, loop->timer->due_ms);
        loop->timer->due_ms = NEVER;
        loop->timer->fire(loop->timer->user);
    }
    return true;
}
