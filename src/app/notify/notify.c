/*
 * The sender. What must stay true: nothing here can stop, delay or fail a rollout, and no address leaves its secret but
 * for the wire: people are shown a webhook's name and its host.
 */
#include "notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/obs/log.h"

#include "hook.h"
#include "post.h"
#include "talk.h"

struct gw_receiver {
    struct gw_hook hook;
    uint64_t messages, lost;
    char why[GW_NOTICE_WHY_MAX]; /* the last one was lost */
};

struct gw_message {
    struct gw_notify *notify;
    struct gw_message *next; /* newer */
    struct gw_receiver *receiver;
    struct gw_buf body;
    unsigned tries;
    uint64_t due_ms;
    bool urgent, under_way;
    uint64_t left_ms;            /* under way: since then */
    char why[GW_NOTICE_WHY_MAX]; /* the last try came to nothing; "" */
};

struct gw_notify {
    struct gw_loop *loop;
    struct gw_http *http;
    struct gw_timer *timer;
    struct gw_receiver receiver[GW_NOTIFY_MAX];
    size_t n_receivers;
    struct gw_message *oldest;
    size_t n_messages;
    bool quiet;
    bool finishing;   /* the run is over, and only this is waited for */
    uint64_t over_ms; /* finishing: since then */
};

/* ---- the queue ---- */

static void gw_notify_unlink(struct gw_notify *notify, struct gw_message *message)
{
    struct gw_message **at = &notify->oldest;

    while (*at != message)
        at = &(*at)->next;
    *at = message->next;
    notify->n_messages--;
    gw_buf_release(&message->body);
    free(message);
}

static void gw_notify_lose(struct gw_message *message, const char *why)
{
    struct gw_notify *notify = message->notify;
    struct gw_receiver *receiver = message->receiver;

    receiver->lost++;
    (void)gw_text_copy(receiver->why, sizeof(receiver->why), why);
    gw_log(GW_LOG_WARN, "notice not delivered", "notify", receiver->hook.name, "host",
           receiver->hook.address.host, "reason", why, (char *)NULL);
    gw_notify_unlink(notify, message);
}

/* The oldest that waits; what is under way has an exchange that will speak of it. */
static void gw_notify_drop_oldest(struct gw_notify *notify)
{
    for (struct gw_message *message = notify->oldest; message; message = message->next)
        if (!message->under_way) {
            gw_notify_lose(message, "too many were waiting");
            return;
        }
}

static void gw_notify_add(struct gw_notify *notify, struct gw_receiver *receiver,
                          const struct gw_notice_facts *facts)
{
    struct gw_message *message = gw_mem_new(1, sizeof(*message)), **end = &notify->oldest;

    if (notify->n_messages == GW_NOTIFY_QUEUE)
        gw_notify_drop_oldest(notify);
    while (*end)
        end = &(*end)->next;
    *end = message;
    notify->n_messages++;
    receiver->messages++;
    message->notify = notify;
    message->receiver = receiver;
    message->due_ms = gw_loop_now_ms(notify->loop);
    message->urgent = facts->event != GW_NOTICE_STARTED;
    gw_buf_init(&message->body, 0);
    gw_notice_body(facts, receiver->hook.form, &message->body);
}

/* ---- sending ---- */

static void gw_notify_turn(struct gw_notify *notify);

static void gw_notify_done(void *user, const struct gw_http_result *result)
{
    struct gw_message *message = user;
    struct gw_notify *notify = message->notify;
    char why[GW_NOTICE_WHY_MAX];
    enum gw_notice_fate fate = gw_post_judge(message->receiver->hook.form, result, why);

    message->under_way = false;
    if (fate == GW_NOTICE_TAKEN) {
        gw_notify_unlink(notify, message);
    } else if (result->cause == GW_HTTP_CAUSE_CANCELED) {
        gw_notify_lose(message, message->why[0] ? message->why : "no answer when the run had ended");
    } else if (fate == GW_NOTICE_LOST || message->tries == GW_NOTIFY_TRIES) {
        gw_notify_lose(message, why);
    } else {
        (void)gw_text_copy(message->why, sizeof(message->why), why);
        message->due_ms = gw_loop_now_ms(notify->loop) + GW_NOTIFY_PAUSE_MS(message->tries);
    }
    if (result->cause != GW_HTTP_CAUSE_CANCELED)
        gw_notify_turn(notify);
}

/* When a message may go as far as another one for its receiver has a say in it; UINT64_MAX: not while that is so. */
static uint64_t gw_notify_after(const struct gw_message *message, const struct gw_message *other, bool older)
{
    if (other->under_way)
        return message->urgent ? other->left_ms + GW_NOTIFY_COURTESY_MS : UINT64_MAX;
    if (other->urgent != message->urgent)
        return other->urgent ? UINT64_MAX : 0;
    /* One that is to be said again does not keep what is urgent from being said at all. */
    return older && (other->tries == 0 || !message->urgent) ? UINT64_MAX : 0;
}

/* When its turn has come. */
static uint64_t gw_notify_due_ms(const struct gw_notify *notify, const struct gw_message *message)
{
    uint64_t due_ms = message->due_ms, after_ms;
    unsigned under_way = 0;
    bool older = true;

    for (const struct gw_message *other = notify->oldest; other; other = other->next) {
        if (other == message) {
            older = false;
        } else if (other->receiver == message->receiver) {
            after_ms = gw_notify_after(message, other, older);
            due_ms = after_ms > due_ms ? after_ms : due_ms;
            under_way += other->under_way;
        }
    }
    return under_way < GW_NOTIFY_AT_ONCE ? due_ms : UINT64_MAX;
}

/* Whether the run that is over has waited long enough, and until when it does. */
static bool gw_notify_is_over(const struct gw_notify *notify, uint64_t now_ms, uint64_t *ret_until_ms)
{
    *ret_until_ms = notify->over_ms + GW_NOTIFY_PATIENCE_MS;
    for (const struct gw_message *message = notify->oldest; message; message = message->next)
        if (message->urgent)
            *ret_until_ms = notify->over_ms + GW_NOTIFY_URGENT_PATIENCE_MS;
    return !notify->oldest || now_ms >= *ret_until_ms;
}

/* Sends what is due, and sleeps until the next thing is. */
static void gw_notify_turn(struct gw_notify *notify)
{
    uint64_t now_ms = gw_loop_now_ms(notify->loop), next_ms = UINT64_MAX, until_ms;
    bool under_way = false;

    for (struct gw_message *message = notify->oldest; message; message = message->next) {
        uint64_t due_ms = message->under_way ? UINT64_MAX : gw_notify_due_ms(notify, message);

        if (due_ms > now_ms) {
            next_ms = due_ms < next_ms ? due_ms : next_ms;
        } else if (gw_post_send(notify->http, &message->receiver->hook, &message->body, gw_notify_done,
                                message)) {
            message->under_way = true;
            message->left_ms = now_ms;
            message->tries++;
        }
        under_way |= message->under_way;
    }
    if (notify->finishing) {
        /* A try that is due when nobody will be here any more is not waited for. */
        if (gw_notify_is_over(notify, now_ms, &until_ms) || (!under_way && next_ms >= until_ms))
            gw_loop_stop(notify->loop);
        next_ms = until_ms < next_ms ? until_ms : next_ms;
    }
    if (next_ms < UINT64_MAX)
        gw_timer_set(notify->timer, next_ms);
}

static void gw_notify_tick(void *user)
{
    gw_notify_turn(user);
}

/* ---- life ---- */

struct gw_notify *gw_notify_new(struct gw_loop *loop, const struct gw_config *config, bool quiet)
{
    struct gw_notify *notify;
    struct gw_err err = {0};

    if (config->n_notify == 0)
        return NULL;
    notify = gw_mem_new(1, sizeof(*notify));
    notify->loop = loop;
    notify->quiet = quiet;
    for (size_t i = 0; i < config->n_notify; i++) {
        if (gw_hook_find(&config->notify[i], &notify->receiver[notify->n_receivers].hook, &err) == GW_OK) {
            notify->n_receivers++;
            continue;
        }
        gw_log(GW_LOG_WARN, "a webhook is left out", "reason", err.text, (char *)NULL);
        if (!quiet)
            gw_talk("%s; it hears of nothing", err.text);
    }
    /* Each receiver has its own: one that hangs delays no other. */
    if (notify->n_receivers > 0)
        notify->http =
            gw_post_open(loop, config->cloud.proxy, GW_NOTIFY_AT_ONCE * (uint32_t)notify->n_receivers, &err);
    if (!notify->http) {
        gw_log(GW_LOG_WARN, "nobody is notified", "reason", err.text, (char *)NULL);
        gw_notify_free(notify);
        return NULL;
    }
    notify->timer = gw_timer_new(loop, gw_notify_tick, notify);
    return notify;
}

void gw_notify_send(struct gw_notify *notify, const struct gw_notice_facts *facts)
{
    if (!notify)
        return;
    for (size_t i = 0; i < notify->n_receivers; i++)
        if (notify->receiver[i].hook.events & (facts->event | facts->also))
            gw_notify_add(notify, &notify->receiver[i], facts);
    gw_notify_turn(notify);
}

void gw_notify_finish(struct gw_notify *notify)
{
    if (!notify || !notify->oldest)
        return;
    notify->finishing = true;
    notify->over_ms = gw_loop_now_ms(notify->loop);
    gw_notify_turn(notify);
    gw_loop_run(notify->loop);
}

static void gw_notify_tell(const struct gw_receiver *receiver)
{
    if (receiver->lost > 0)
        gw_talk("notify %s (%s): %" PRIu64 " of %" PRIu64 " notices not delivered; the last one: %s",
                receiver->hook.name, receiver->hook.address.host, receiver->lost, receiver->messages,
                receiver->why);
}

void gw_notify_free(struct gw_notify *notify)
{
    if (!notify)
        return;
    if (notify->http)
        gw_http_free(notify->http);
    while (notify->oldest)
        gw_notify_lose(notify->oldest,
                       notify->oldest->why[0] ? notify->oldest->why : "the run ended before its turn came");
    for (size_t i = 0; i < notify->n_receivers; i++) {
        if (!notify->quiet)
            gw_notify_tell(&notify->receiver[i]);
        gw_hook_release(&notify->receiver[i].hook);
    }
    if (notify->timer)
        gw_timer_free(notify->timer);
    free(notify);
}

void gw_notify_once(const struct gw_config *config, const struct gw_notice_facts *facts, size_t n, bool quiet)
{
    struct gw_notify *notify;
    struct gw_loop *loop;

    if (config->n_notify == 0)
        return;
    loop = gw_loop_new();
    notify = gw_notify_new(loop, config, quiet);
    for (size_t i = 0; i < n; i++)
        gw_notify_send(notify, &facts[i]);
    gw_notify_finish(notify);
    gw_notify_free(notify);
    gw_loop_free(loop);
}
