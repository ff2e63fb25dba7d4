/*
 * Questions to the cloud. What a rollout would do is done here too (same signer, same transport, same judgement), so that
 * what works here works at night.
 */
#include "doctor_ask.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/net/loop.h"
#include "gatewave/smartag/reply.h"

#include "clock.h"
#include "cloud/skew.h"
#include "cloud/transport.h"

struct gw_asker;

struct gw_asking {
    struct gw_asker *asker;
    struct gw_probe *probe;
    enum gw_question question;
    struct gw_signed req;
    uint64_t asked_ms;
    int64_t asked_unix_ms;
    char gateway_id[GW_GATEWAY_ID_MAX];
};

struct gw_asker {
    struct gw_loop *loop;
    struct gw_http *http;
    enum gw_format format;
    struct gw_nonces nonces;
    struct gw_asking *all;
    uint32_t open;
    struct gw_seen_page page;
    struct gw_seen_gateway gateway;
};

static void gw_asker_next(struct gw_asking *asking);

static void gw_asker_judge(struct gw_asking *asking, const struct gw_http_result *result,
                           struct gw_reply_heard *heard)
{
    struct gw_asker *asker = asking->asker;
    struct gw_reply_bytes reply = gw_transport_reply(result);

    switch (asking->question) {
    case GW_QUESTION_LIST:
        gw_reply_read_page(&reply, asker->format, &asker->page, &heard->answer);
        if (heard->answer.proof != GW_PROOF_ACCEPTED)
            return;
        heard->total = asker->page.total;
        if (!asking->gateway_id[0] && asker->page.n > 0)
            (void)gw_text_copy(asking->gateway_id, sizeof(asking->gateway_id),
                               asker->page.gateway[0].gateway_id);
        return;
    case GW_QUESTION_GATEWAY:
        gw_reply_read_gateway(&reply, asker->format, &asker->gateway, &heard->answer);
        return;
    case GW_QUESTION_VERSIONS:
        /* Only whether it is answered. */
        gw_reply_judge_call(&reply, asker->format, &heard->answer);
        return;
    case GW_QUESTION_COUNT:
        break;
    }
    GW_NEVER("a question is one of three");
}

static void gw_asker_done(void *user, const struct gw_http_result *result)
{
    struct gw_asking *asking = user;
    struct gw_asker *asker = asking->asker;
    struct gw_reply_heard *heard = &asking->probe->heard[asking->question];
    int64_t server_unix_ms;

    heard->whole = result->end == GW_HTTP_COMPLETE && result->cause == GW_HTTP_CAUSE_NONE;
    heard->cause = result->cause;
    heard->took_ms = gw_loop_now_ms(asker->loop) - asking->asked_ms;
    (void)gw_text_copy(heard->detail, sizeof(heard->detail), result->detail);
    if (heard->whole) {
        heard->has_date = gw_when_parse_http(result->date, &server_unix_ms);
        if (heard->has_date)
            heard->skew_ms = gw_skew_ms(asking->asked_unix_ms, gw_clock_unix_ms(), server_unix_ms);
        gw_asker_judge(asking, result, heard);
    } else {
        gw_transport_judge(result, &heard->answer);
    }
    asking->question++;
    if (heard->answer.proof == GW_PROOF_ACCEPTED && asking->question < GW_QUESTION_COUNT &&
        asking->gateway_id[0])
        gw_asker_next(asking);
    else if (--asker->open == 0)
        gw_loop_stop(asker->loop);
}

/* False when the key has ended since: then it is asked without one. */
static bool gw_asker_sign(struct gw_asking *asking)
{
    static const enum gw_action actions[] = {
        [GW_QUESTION_LIST] = GW_ACTION_LIST_GATEWAYS,
        [GW_QUESTION_GATEWAY] = GW_ACTION_GATEWAY,
        [GW_QUESTION_VERSIONS] = GW_ACTION_GATEWAY_VERSIONS,
    };
    char nonce[GW_NONCE_SIZE];
    bool list = asking->question == GW_QUESTION_LIST;
    struct gw_call call = {
        .action = actions[asking->question],
        .region = asking->probe->region,
        .host = asking->probe->endpoint.host,
        .gateway_id = list ? NULL : asking->gateway_id,
        .version_type = GW_VERSION_TYPE_DEVICE,
        .page = list,
        .page_size = list,
        .signed_unix_ms = asking->asked_unix_ms,
        .nonce = nonce,
    };
    struct gw_signer *signer;
    uint32_t generation;

    signer =
        asking->probe->keys ? gw_keys_signer(asking->probe->keys, asking->probe->account, &generation) : NULL;
    gw_nonce_next(&asking->asker->nonces, nonce);
    return signer && gw_sign(signer, &call, &asking->req, NULL) == GW_OK;
}

static void gw_asker_next(struct gw_asking *asking)
{
    struct gw_asker *asker = asking->asker;
    struct gw_http_request request = {.url = asking->probe->endpoint.url, .target = "/", .body = ""};

    asking->asked_ms = gw_loop_now_ms(asker->loop);
    asking->asked_unix_ms = gw_clock_unix_ms();
    asking->probe->heard[asking->question].asked = true;
    if (gw_asker_sign(asking)) {
        request.target = asking->req.target;
        request.header = asking->req.header;
        request.n_headers = asking->req.n_headers;
        request.body = asking->req.body;
        request.body_len = asking->req.body_len;
    }
    /* There is a slot for each. */
    GW_CHECK(gw_http_submit(asker->http, &request, gw_asker_done, asking));
}

static void gw_asker_run(struct gw_asker *asker, struct gw_probe *probe, uint32_t n)
{
    asker->all = gw_mem_new(n, sizeof(*asker->all));
    asker->open = n;
    for (uint32_t i = 0; i < n; i++) {
        struct gw_asking *asking = &asker->all[i];

        asking->asker = asker;
        asking->probe = &probe[i];
        (void)gw_text_copy(asking->gateway_id, sizeof(asking->gateway_id), probe[i].gateway_id);
        gw_asker_next(asking);
    }
    gw_loop_run(asker->loop);
    for (uint32_t i = 0; i < n; i++)
        gw_signed_release(&asker->all[i].req);
    free(asker->all);
}

static uint64_t gw_asker_least(uint64_t a_ms, uint64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

enum gw_code gw_probe_all(struct gw_loop *loop, const struct gw_config *config, struct gw_probe *probe,
                          uint32_t n, uint64_t limit_ms, struct gw_err *err)
{
    const struct gw_http_config http = {
        .ca_file = config->cloud.ca_file,
        .proxy = config->cloud.proxy,
        .connect_timeout_ms = gw_asker_least(config->cloud.connect_timeout_ms, limit_ms),
        .call_timeout_ms = gw_asker_least(config->cloud.call_timeout_ms, limit_ms),
        .stall_ms = limit_ms,
        .slots = n,
    };
    struct gw_asker *asker;
    enum gw_code code = GW_OK;

    if (n == 0)
        return GW_OK;
    asker = gw_mem_new(1, sizeof(*asker));
    asker->format = config->cloud.xml ? GW_FORMAT_XML : GW_FORMAT_JSON;
    asker->loop = loop;
    asker->http = gw_http_new(asker->loop, &http, err);
    if (asker->http) {
        gw_asker_run(asker, probe, n);
        gw_http_free(asker->http);
    } else {
        code = err->code;
    }
    gw_secret_wipe(&asker->nonces, sizeof(asker->nonces));
    free(asker);
    return code;
}
