/*
 * gatewave/net/http.h in virtual time: the client's half, in its process. Events of the network leave what they know in
 * a slot and wake the loop; only there does a request leave or a completion come, so that a frozen process does neither
 * and a dead one never again. A look takes the slots one by one: what has come first, then whose time is up, so that,
 * however late the loop is, a reply that was there is read.
 */
#include "gatewave/net/http.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "network/local.h"
#include "stage/fault.h"
#include "stage/stage.h"

/* As the real one keeps its connections. */
#define IDLE_MAX_MS 10000
#define URL_MAX     256

enum slot_state {
    SLOT_FREE,
    SLOT_REFUSED,    /* it may not be sent at all */
    SLOT_CONNECTING, /* no byte has left */
    SLOT_SENT,
};

struct slot {
    struct gw_http *http;
    enum slot_state state;
    uint64_t number; /* by age */
    gw_http_done *done;
    void *user;
    const bool *withheld;
    uint64_t leave_by_ms, submitted_ms, sent_ms;
    const char *body; /* the caller's, who keeps it until the completion */
    char url[URL_MAX], nonce[40];
    struct sim_message message;
    const char *wrong; /* with what was refused */
    bool warm;
    struct sim_connect connect;
    struct sim_event *connecting; /* NULL: the attempt is over, or nobody answers it */
    bool connected;               /* the attempt is over, well or not */
    struct sim_trip *trip;        /* NULL: heard */
    struct sim_reply reply;
};

/* A connection that is kept. */
struct idle {
    char url[URL_MAX];
    uint64_t since_ms;
};

struct gw_http {
    struct sim_process *process;
    uint64_t connect_timeout_ms, call_timeout_ms, stall_ms;
    uint32_t slots;
    struct gw_wakeup *wakeup;
    struct gw_timer *timer;
    struct slot *slot;
    struct idle *idle;
    uint32_t n_idle, n_free;
    uint64_t submits;
    uint32_t calling; /* completions under way */
    bool freeing;
};

/* ---- connections ---- */

static bool idle_take(struct gw_http *http, const char *url)
{
    for (uint32_t i = http->n_idle; i-- > 0;) {
        bool fits = gw_text_equal(http->idle[i].url, url);
        bool old = sim_now_ms() - http->idle[i].since_ms > IDLE_MAX_MS;

        if (!fits && !old)
            continue;
        http->idle[i] = http->idle[--http->n_idle];
        if (fits && !old)
            return true;
    }
    return false;
}

static void idle_keep(struct gw_http *http, const char *url)
{
    struct idle *idle = &http->idle[http->n_idle];

    if (http->n_idle == http->slots)
        return;
    (void)gw_text_copy(idle->url, sizeof(idle->url), url);
    idle->since_ms = sim_now_ms();
    http->n_idle++;
}

/* ---- ending ---- */

static void show(const struct sim_reply *reply, struct gw_http_result *result)
{
    result->status = reply->status;
    result->content_type = reply->content_type;
    result->date = reply->date;
    result->retry_after = reply->retry_after;
    result->ratelimit_user_api = reply->ratelimit_user_api;
    result->request_id = reply->request_id;
    result->body = gw_buf_text(&reply->body);
    result->body_len = reply->body.len;
}

static void note(const struct slot *slot, enum gw_http_end end, enum gw_http_cause cause)
{
    if (end != GW_HTTP_COMPLETE && !sim_process_is_dead(slot->http->process))
        sim_note("%.8s of %u is %s: %s", slot->nonce, sim_process_pid(slot->http->process),
                 end == GW_HTTP_BROKEN ? "broken" : "not sent", gw_http_cause_name(cause));
}

/* The slot is free before the callback, which may submit into it at once. */
static void complete(struct slot *slot, enum gw_http_end end, enum gw_http_cause cause, const char *detail)
{
    struct gw_http *http = slot->http;
    struct sim_reply reply = slot->reply;
    struct gw_http_result result = {.end = end,
                                    .cause = cause,
                                    .content_type = "",
                                    .date = "",
                                    .retry_after = "",
                                    .ratelimit_user_api = "",
                                    .ratelimit_user = "",
                                    .request_id = "",
                                    .body = ""};

    note(slot, end, cause);
    show(&reply, &result);
    (void)gw_text_copy(result.detail, sizeof(result.detail), detail);
    if (slot->connecting)
        sim_cancel(slot->connecting);
    if (slot->trip)
        sim_network_let_go(slot->trip);
    sim_message_release(&slot->message);
    slot->connecting = NULL;
    slot->trip = NULL;
    slot->reply = (struct sim_reply){0};
    slot->state = SLOT_FREE;
    http->n_free++;
    if (end == GW_HTTP_COMPLETE && reply.line)
        reply.line->delivered_ms = sim_now_ms();
    http->calling++;
    slot->done(slot->user, &result);
    http->calling--;
    sim_reply_release(&reply);
}

/* ---- the network's word ---- */

static void connect_ends(void *user)
{
    struct slot *slot = user;

    slot->connecting = NULL;
    slot->connected = true;
    gw_wakeup_send(slot->http->wakeup);
}

static void reply_is_there(void *user, struct sim_reply *reply)
{
    struct slot *slot = user;

    slot->trip = NULL;
    slot->reply = *reply;
    gw_wakeup_send(slot->http->wakeup);
}

/* ---- looking ---- */

static uint64_t due_ms(const struct slot *slot)
{
    const struct gw_http *http = slot->http;
    uint64_t call_ms = slot->submitted_ms + http->call_timeout_ms;
    uint64_t other_ms = slot->state == SLOT_SENT ? slot->sent_ms + http->stall_ms
                                                 : slot->submitted_ms + http->connect_timeout_ms;

    return other_ms < call_ms ? other_ms : call_ms;
}

/* The last stop before the first byte leaves. */
static void leave(struct slot *slot)
{
    struct gw_http *http = slot->http;
    uint64_t now_ms = sim_now_ms(), patience_ms;

    GW_CHECK(memcmp(slot->body, slot->message.body, slot->message.body_len) == 0);
    if ((slot->withheld && *slot->withheld) || (slot->leave_by_ms > 0 && now_ms >= slot->leave_by_ms)) {
        idle_keep(http, slot->url);
        complete(slot, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_WITHHELD, "withheld before its first byte left");
        return;
    }
    slot->state = SLOT_SENT;
    slot->sent_ms = now_ms;
    /* Whoever was frozen meanwhile may send what he then gives up at once. */
    patience_ms = due_ms(slot) > now_ms ? due_ms(slot) - now_ms : 0;
    slot->trip = sim_network_send(&slot->message, slot->warm, patience_ms, reply_is_there, slot);
}

static void look_connecting(struct slot *slot)
{
    if (!slot->connected && sim_now_ms() >= due_ms(slot))
        complete(slot, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_TIMEOUT, "no connection came about in time");
    else if (slot->connected && slot->connect.cause != GW_HTTP_CAUSE_NONE)
        complete(slot, GW_HTTP_NEVER_SENT, slot->connect.cause, slot->connect.detail);
    else if (slot->connected)
        leave(slot);
}

static void look_sent(struct slot *slot)
{
    enum gw_http_cause cause = slot->reply.cause;
    bool whole = cause == GW_HTTP_CAUSE_NONE || cause == GW_HTTP_CAUSE_REDIRECT;
    uint64_t now_ms = sim_now_ms();

    if (!slot->trip) {
        if (whole)
            idle_keep(slot->http, slot->url);
        complete(slot, whole ? GW_HTTP_COMPLETE : GW_HTTP_BROKEN, cause, slot->reply.detail);
    } else if (now_ms >= slot->submitted_ms + slot->http->call_timeout_ms) {
        complete(slot, GW_HTTP_BROKEN, GW_HTTP_CAUSE_TIMEOUT, "the call's time was up");
    } else if (now_ms >= slot->sent_ms + slot->http->stall_ms) {
        complete(slot, GW_HTTP_BROKEN, GW_HTTP_CAUSE_STALL, "nothing moved on the connection for too long");
    }
}

static void set_timer(struct gw_http *http)
{
    uint64_t next_ms = SIM_NEVER;

    for (uint32_t i = 0; i < http->slots; i++)
        if (http->slot[i].state != SLOT_FREE && due_ms(&http->slot[i]) < next_ms)
            next_ms = due_ms(&http->slot[i]);
    if (next_ms == SIM_NEVER)
        gw_timer_clear(http->timer);
    else
        gw_timer_set(http->timer, next_ms);
}

static void look(void *user)
{
    struct gw_http *http = user;

    for (uint32_t i = 0; i < http->slots; i++) {
        struct slot *slot = &http->slot[i];

        /* A completion may have been its last act. */
        if (sim_process_is_dead(http->process))
            return;
        if (slot->state == SLOT_REFUSED)
            complete(slot, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_LOCAL, slot->wrong);
        else if (slot->state == SLOT_CONNECTING)
            look_connecting(slot);
        else if (slot->state == SLOT_SENT)
            look_sent(slot);
    }
    set_timer(http);
}

/* ---- gatewave/net/http.h ---- */

struct gw_http *gw_http_new(struct gw_loop *loop, const struct gw_http_config *config, struct gw_err *err)
{
    struct gw_http *http = gw_mem_new(1, sizeof(*http));

    (void)err;
    GW_CHECK(sim_self() && config->slots > 0 && config->connect_timeout_ms > 0 &&
             config->call_timeout_ms > 0 && config->stall_ms > 0);
    *http = (struct gw_http){
        .process = sim_self(),
        .connect_timeout_ms = config->connect_timeout_ms,
        .call_timeout_ms = config->call_timeout_ms,
        .stall_ms = config->stall_ms,
        .slots = config->slots,
        .n_free = config->slots,
        .slot = gw_mem_new(config->slots, sizeof(struct slot)),
        .idle = gw_mem_new(config->slots, sizeof(struct idle)),
    };
    for (uint32_t i = 0; i < http->slots; i++) {
        http->slot[i].http = http;
        http->slot[i].state = SLOT_FREE;
    }
    http->wakeup = gw_wakeup_new(loop, look, http);
    http->timer = gw_timer_new(loop, look, http);
    return http;
}

static struct slot *oldest(struct gw_http *http)
{
    struct slot *found = NULL;

    for (uint32_t i = 0; i < http->slots; i++)
        if (http->slot[i].state != SLOT_FREE && (!found || http->slot[i].number < found->number))
            found = &http->slot[i];
    return found;
}

void gw_http_free(struct gw_http *http)
{
    struct slot *slot;

    if (!http)
        return;
    GW_CHECK(http->calling == 0);
    http->freeing = true;
    while ((slot = oldest(http)))
        complete(slot, slot->state == SLOT_SENT ? GW_HTTP_BROKEN : GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_CANCELED,
                 "canceled");
    gw_wakeup_free(http->wakeup);
    gw_timer_free(http->timer);
    free(http->idle);
    free(http->slot);
    free(http);
}

bool gw_http_submit(struct gw_http *http, const struct gw_http_request *request, gw_http_done *done,
                    void *user)
{
    struct slot *slot = http->slot;

    if (http->n_free == 0 || http->freeing)
        return false;
    while (slot->state != SLOT_FREE)
        slot++;
    *slot = (struct slot){
        .http = http,
        .state = SLOT_CONNECTING,
        .number = http->submits++,
        .done = done,
        .user = user,
        .withheld = request->withheld,
        .leave_by_ms = request->leave_by_ms,
        .submitted_ms = sim_now_ms(),
        .body = request->body ? request->body : "",
    };
    http->n_free--;
    slot->wrong = sim_message_init(&slot->message, request);
    if (slot->wrong) {
        slot->state = SLOT_REFUSED;
        gw_wakeup_send(http->wakeup);
        return true;
    }
    (void)gw_text_copy(slot->url, sizeof(slot->url), request->url);
    (void)gw_text_copy(slot->nonce, sizeof(slot->nonce), slot->message.nonce);
    slot->warm = idle_take(http, slot->url);
    sim_network_connect(&slot->message, slot->warm, &slot->connect);
    if (slot->connect.at_ms != SIM_NEVER)
        slot->connecting = sim_at(slot->connect.at_ms, connect_ends, slot);
    set_timer(http);
    return true;
}

uint32_t gw_http_free_slots(const struct gw_http *http)
{
    return http->n_free;
}
