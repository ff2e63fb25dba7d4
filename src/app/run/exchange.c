/*
 * Exchanges. The pool has one entry for each call and read that the core may have under way, each with its own signed
 * buffer, so that nothing is allocated per call. What the transport could not prove is in doubt here already; what it
 * delivered whole goes to the vendor's judgement.
 */
#include "exchange.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/net/http.h"
#include "gatewave/smartag/code.h"
#include "gatewave/smartag/reply.h"
#include "gatewave/smartag/request.h"

#include "clock.h"
#include "cloud/look.h"
#include "cloud/skew.h"
#include "cloud/transport.h"

/* The vendor refuses at 15 minutes; a clock that is a minute off is not to be trusted with windows and fences. */
#define SKEW_MOST_MS 60000
#define STALL_MS     15000

struct gw_exchange {
    struct gw_exchanges *pool;
    struct gw_exchange *next_free;
    enum gw_read_kind read; /* NONE: an upgrade call */
    uint32_t lane, read_id, n_targets;
    uint32_t generation; /* of the key that signed it */
    uint32_t target[GW_PAGE_MAX];
    uint64_t asked_ms;
    int64_t asked_unix_ms;
    struct gw_signed req;
};

struct gw_exchanges {
    struct gw_loop *loop;
    struct gw_http *http;
    struct gw_keys *keys;
    struct gw_roster *roster;
    enum gw_format format;
    char version[GW_VERSION_MAX];
    bool dpi;
    struct gw_nonces nonces;
    int64_t skew_ms;
    bool clock_doubted; /* the wall clock was set, and no reply to what was asked since has agreed with it */
    uint64_t doubted_ms;
    struct gw_exchange *all, *free;
    uint32_t n;
    uint32_t calls_most, calls;
    bool withheld; /* calls that have not left do not */
    gw_exchange_emit *emit;
    void *user;
    /* Where replies are read into: one at a time, on the loop. */
    struct gw_seen_page page;
    struct gw_seen_gateway gateway;
};

struct gw_exchanges *gw_exchanges_new(struct gw_loop *loop, const struct gw_config *config,
                                      struct gw_keys *keys, struct gw_roster *roster, const char *version,
                                      bool dpi, uint32_t calls, uint32_t reads, gw_exchange_emit *emit,
                                      void *user, struct gw_err *err)
{
    struct gw_exchanges *pool = gw_mem_new(1, sizeof(*pool));
    struct gw_http_config http = {
        .ca_file = config->cloud.ca_file,
        .proxy = config->cloud.proxy,
        .connect_timeout_ms = config->cloud.connect_timeout_ms,
        .call_timeout_ms = config->cloud.call_timeout_ms,
        .stall_ms = STALL_MS,
        .slots = calls + reads,
    };

    pool->loop = loop;
    pool->keys = keys;
    pool->roster = roster;
    pool->format = config->cloud.xml ? GW_FORMAT_XML : GW_FORMAT_JSON;
    pool->dpi = dpi;
    pool->emit = emit;
    pool->user = user;
    (void)gw_text_copy(pool->version, sizeof(pool->version), version);
    pool->http = gw_http_new(loop, &http, err);
    if (!pool->http) {
        gw_exchanges_free(pool);
        return NULL;
    }
    pool->calls_most = calls;
    pool->n = http.slots;
    pool->all = gw_mem_new(pool->n, sizeof(*pool->all));
    for (uint32_t i = 0; i < pool->n; i++) {
        pool->all[i].pool = pool;
        pool->all[i].next_free = pool->free;
        pool->free = &pool->all[i];
    }
    return pool;
}

void gw_exchanges_free(struct gw_exchanges *pool)
{
    if (!pool)
        return;
    if (pool->http)
        gw_http_free(pool->http);
    for (uint32_t i = 0; i < pool->n; i++)
        gw_signed_release(&pool->all[i].req);
    free(pool->all);
    gw_secret_wipe(&pool->nonces, sizeof(pool->nonces));
    free(pool);
}

int64_t gw_exchange_skew_ms(const struct gw_exchanges *pool)
{
    return pool->skew_ms;
}

static bool gw_exchange_is_skewed(const struct gw_exchanges *pool)
{
    return pool->skew_ms > SKEW_MOST_MS || pool->skew_ms < -SKEW_MOST_MS;
}

void gw_exchange_doubt_clock(struct gw_exchanges *pool)
{
    pool->clock_doubted = true;
    pool->doubted_ms = gw_loop_now_ms(pool->loop);
}

bool gw_exchange_doubts_clock(const struct gw_exchanges *pool)
{
    return pool->clock_doubted;
}

static void gw_exchange_note_date(struct gw_exchange *exchange, const char *date)
{
    struct gw_exchanges *pool = exchange->pool;
    int64_t server_unix_ms;

    if (!gw_when_parse_http(date, &server_unix_ms))
        return;
    pool->skew_ms = gw_skew_ms(exchange->asked_unix_ms, gw_clock_unix_ms(), server_unix_ms);
    if (exchange->asked_ms >= pool->doubted_ms && !gw_exchange_is_skewed(pool))
        pool->clock_doubted = false;
}

/* ---- ending ---- */

static void gw_exchange_release(struct gw_exchange *exchange)
{
    exchange->next_free = exchange->pool->free;
    exchange->pool->free = exchange;
}

static struct gw_exchange *gw_exchange_take(struct gw_exchanges *pool, enum gw_read_kind read, uint32_t lane)
{
    struct gw_exchange *exchange = pool->free;

    GW_CHECK(exchange != NULL);
    pool->free = exchange->next_free;
    exchange->read = read;
    exchange->lane = lane;
    exchange->n_targets = 0;
    exchange->asked_ms = gw_loop_now_ms(pool->loop);
    exchange->asked_unix_ms = gw_clock_unix_ms();
    return exchange;
}

/* A key that has ended is nobody's fault but the clock's: while a newer one can be had, who used it has lost nothing. */
static void gw_exchange_weigh_key(const struct gw_exchange *exchange, struct gw_answer *answer)
{
    const char *account = exchange->pool->roster->lane[exchange->lane].account;

    if (answer->proof == GW_PROOF_REFUSED && gw_code_blames_key(answer->code) &&
        gw_keys_refused(exchange->pool->keys, account, exchange->generation))
        answer->class_ = GW_CLASS_RENEWING;
}

static void gw_exchange_answered(struct gw_exchange *exchange, const struct gw_answer *answer)
{
    struct gw_exchanges *pool = exchange->pool;
    struct gw_event ev = {.kind = GW_EVENT_ANSWER,
                          .now_ms = gw_loop_now_ms(pool->loop),
                          .target = exchange->target[0],
                          .answer = *answer};

    pool->calls--;
    gw_exchange_release(exchange);
    pool->emit(pool->user, &ev);
}

static void gw_exchange_call_done(void *user, const struct gw_http_result *result)
{
    struct gw_exchange *exchange = user;
    struct gw_exchanges *pool = exchange->pool;
    struct gw_answer answer = {0};

    if (result->end == GW_HTTP_COMPLETE && result->cause != GW_HTTP_CAUSE_REDIRECT) {
        struct gw_reply_bytes reply = gw_transport_reply(result);

        gw_exchange_note_date(exchange, result->date);
        gw_reply_judge_call(&reply, pool->format, &answer);
        gw_exchange_weigh_key(exchange, &answer);
    } else {
        gw_transport_judge(result, &answer);
    }
    gw_exchange_answered(exchange, &answer);
}

static void gw_exchange_see(struct gw_exchange *exchange, uint32_t t, struct gw_event *ev)
{
    struct gw_roster *roster = exchange->pool->roster;

    ev->kind = GW_EVENT_SEEN;
    ev->now_ms = gw_loop_now_ms(exchange->pool->loop);
    ev->target = t;
    ev->read_id = exchange->read_id;
    ev->asked_ms = exchange->asked_ms;
    if (roster->serial[t][0] == '\0' && ev->serial[0] != '\0' && ev->presence == GW_PRESENCE_ONLINE) {
        free(roster->serial[t]);
        roster->serial[t] = gw_mem_dup(ev->serial);
    }
    exchange->pool->emit(exchange->pool->user, ev);
}

static void gw_exchange_read_reply(struct gw_exchange *exchange, const struct gw_reply_bytes *reply,
                                   struct gw_answer *ret)
{
    struct gw_exchanges *pool = exchange->pool;
    const struct gw_roster *roster = pool->roster;

    if (exchange->read == GW_READ_PAGE)
        gw_reply_read_page(reply, pool->format, &pool->page, ret);
    else
        gw_reply_read_gateway(reply, pool->format, &pool->gateway, ret);
    if (ret->proof == GW_PROOF_ACCEPTED && gw_exchange_is_skewed(pool)) {
        *ret = (struct gw_answer){.proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_CLOCK, .code = "clock"};
        return;
    }
    for (uint32_t i = 0; i < exchange->n_targets; i++) {
        uint32_t t = exchange->target[i];
        struct gw_event ev = {0};

        if (ret->proof == GW_PROOF_ACCEPTED && exchange->read == GW_READ_PAGE) {
            gw_look_page(&pool->page, roster->gateway_id[t], roster->serial[t], &ev);
        } else if (ret->proof == GW_PROOF_ACCEPTED) {
            gw_look_gateway(&pool->gateway, roster->serial[t], pool->dpi, &ev);
        } else if (ret->class_ == GW_CLASS_NOT_FOUND && exchange->read == GW_READ_ONE) {
            /* A word about the gateway, not about the read. */
            ev.read = GW_READ_ONE;
            ev.presence = GW_PRESENCE_MISSING;
        } else {
            return;
        }
        gw_exchange_see(exchange, t, &ev);
    }
    if (ret->class_ == GW_CLASS_NOT_FOUND && exchange->read == GW_READ_ONE)
        ret->class_ = GW_CLASS_NONE;
}

static void gw_exchange_read_ended(struct gw_exchange *exchange, const struct gw_answer *answer)
{
    struct gw_exchanges *pool = exchange->pool;
    struct gw_event ev = {
        .kind = GW_EVENT_READ_DONE,
        .now_ms = gw_loop_now_ms(pool->loop),
        .answer = *answer,
        .read = exchange->read,
        .read_id = exchange->read_id,
        .lane = exchange->lane,
        .n_targets = exchange->n_targets,
        .targets = exchange->target,
    };

    pool->emit(pool->user, &ev);
    gw_exchange_release(exchange);
}

static void gw_exchange_read_done(void *user, const struct gw_http_result *result)
{
    struct gw_exchange *exchange = user;
    struct gw_answer answer = {0};

    if (result->end == GW_HTTP_COMPLETE && result->cause != GW_HTTP_CAUSE_REDIRECT) {
        struct gw_reply_bytes reply = gw_transport_reply(result);

        gw_exchange_note_date(exchange, result->date);
        gw_exchange_read_reply(exchange, &reply, &answer);
        gw_exchange_weigh_key(exchange, &answer);
    } else {
        gw_transport_judge(result, &answer);
    }
    gw_exchange_read_ended(exchange, &answer);
}

/* ---- beginning ---- */

static bool gw_exchange_submit(struct gw_exchange *exchange, const struct gw_call *call, bool once,
                               uint64_t leave_by_ms, gw_http_done *done, struct gw_answer *ret_failure)
{
    struct gw_exchanges *pool = exchange->pool;
    const char *account = pool->roster->lane[exchange->lane].account;
    struct gw_signer *signer = gw_keys_signer(pool->keys, account, &exchange->generation);
    struct gw_http_request request;
    struct gw_err err = {0};

    if (!signer)
        (void)gw_err_set(&err, GW_ERR_CREDENTIALS, "%s", gw_keys_trouble(pool->keys, account));
    if (!signer || gw_sign(signer, call, &exchange->req, &err) != GW_OK) {
        *ret_failure = (struct gw_answer){.proof = GW_PROOF_NEVER_SENT,
                                          .class_ = signer ? GW_CLASS_CREDENTIAL : GW_CLASS_RENEWING};
        (void)gw_text_copy(ret_failure->code, sizeof(ret_failure->code), signer ? "signing" : "no_key");
        (void)gw_text_copy(ret_failure->message, sizeof(ret_failure->message), err.text);
        return false;
    }
    request = (struct gw_http_request){
        .url = pool->roster->lane[exchange->lane].endpoint.url,
        .target = exchange->req.target,
        .header = exchange->req.header,
        .n_headers = exchange->req.n_headers,
        .body = exchange->req.body,
        .body_len = exchange->req.body_len,
        .once = once,
        .withheld = once ? &pool->withheld : NULL,
        .leave_by_ms = leave_by_ms,
    };
    GW_CHECK(gw_http_submit(pool->http, &request, done, exchange));
    return true;
}

void gw_exchange_withhold(struct gw_exchanges *pool, bool withhold)
{
    pool->withheld = withhold;
}

bool gw_exchange_has_room(const struct gw_exchanges *pool)
{
    return pool->calls < pool->calls_most;
}

void gw_exchange_call(struct gw_exchanges *pool, const struct gw_send *send)
{
    const struct gw_roster_lane *lane = &pool->roster->lane[send->lane];
    struct gw_exchange *exchange = gw_exchange_take(pool, GW_READ_NONE, send->lane);
    struct gw_call call = {
        .action = GW_ACTION_UPDATE_VERSION,
        .region = lane->region,
        .host = lane->endpoint.host,
        .gateway_id = pool->roster->gateway_id[send->target],
        .serial = pool->roster->serial[send->target],
        .version = pool->version,
        .version_type = pool->dpi ? GW_VERSION_TYPE_DPI : GW_VERSION_TYPE_DEVICE,
        .signed_unix_ms = send->signed_unix_ms,
        .nonce = send->nonce,
    };
    struct gw_answer failure;

    pool->calls++;
    exchange->target[exchange->n_targets++] = send->target;
    if (!gw_exchange_submit(exchange, &call, true, gw_send_leaves_by_ms(send), gw_exchange_call_done,
                            &failure))
        gw_exchange_answered(exchange, &failure);
}

void gw_exchange_read(struct gw_exchanges *pool, const struct gw_effect *effect)
{
    const struct gw_roster_lane *lane = &pool->roster->lane[effect->lane];
    struct gw_exchange *exchange = gw_exchange_take(pool, effect->read, effect->lane);
    const char *ids[GW_PAGE_MAX];
    char nonce[GW_NONCE_SIZE];
    struct gw_call call = {
        .action = effect->read == GW_READ_PAGE ? GW_ACTION_LIST_GATEWAYS : GW_ACTION_GATEWAY,
        .region = lane->region,
        .host = lane->endpoint.host,
        .signed_unix_ms = gw_clock_unix_ms(),
        .nonce = nonce,
    };
    struct gw_answer failure;

    GW_CHECK(effect->n_targets > 0 && effect->n_targets <= GW_PAGE_MAX);
    exchange->read_id = effect->read_id;
    gw_nonce_next(&pool->nonces, nonce);
    for (uint32_t i = 0; i < effect->n_targets; i++) {
        exchange->target[exchange->n_targets++] = effect->targets[i];
        ids[i] = pool->roster->gateway_id[effect->targets[i]];
    }
    if (effect->read == GW_READ_PAGE) {
        call.gateway_ids = ids;
        call.n_gateway_ids = effect->n_targets;
        call.page = 1;
        call.page_size = GW_PAGE_MAX;
    } else {
        call.gateway_id = ids[0];
    }
    if (!gw_exchange_submit(exchange, &call, false, 0, gw_exchange_read_done, &failure))
        gw_exchange_read_ended(exchange, &failure);
}
