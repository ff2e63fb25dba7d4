/*
 * From a request's bytes to a reply's. What is refused before the cloud sees it leaves the same traces as what
 * the cloud refuses: a code, a message, a request id. Hostile input costs its sender a refusal, nothing else.
 */
#include "turn.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "reply.h"
#include "sts_turn.h"
#include "verify.h"

#define GW_TURN_API_VERSION "2018-03-13"

void gw_turn_init(struct gw_turn *turn, const char *method, char *target, const char *body, size_t body_len)
{
    char *mark = strchr(target, '?');

    *turn = (struct gw_turn){.wire = {.method = method,
                                      .path = target,
                                      .query = mark ? mark + 1 : "",
                                      .body = body,
                                      .body_len = body_len}};
    if (mark)
        *mark = '\0';
    gw_claim_init(&turn->claim);
    gw_buf_init(&turn->body, 0);
}

void gw_turn_release(struct gw_turn *turn)
{
    gw_buf_release(&turn->body);
    gw_claim_release(&turn->claim);
    gw_params_release(&turn->params);
}

static bool gw_turn_wants_xml(const struct gw_turn *turn)
{
    const char *format = gw_params_get(&turn->params, "Format");
    const char *accept = gw_wire_header(&turn->wire, "accept");

    if (format)
        return gw_text_equal_nocase(format, "XML");
    return accept && (gw_text_starts(accept, "application/xml") || gw_text_starts(accept, "text/xml"));
}

void gw_turn_examine(struct gw_turn *turn, const struct gw_keyring *keys, bool body_too_long, uint64_t now_ms)
{
    struct gw_claim *claim = &turn->claim;
    const char *wrong = gw_params_read(&turn->params, &turn->wire);

    turn->xml = gw_turn_wants_xml(turn);
    if (strcmp(turn->wire.method, "GET") != 0 && strcmp(turn->wire.method, "POST") != 0)
        gw_claim_refuse(claim, 403, "UnsupportedHTTPMethod", "This http method is not supported.");
    else if (strcmp(turn->wire.path, "/") != 0)
        gw_claim_refuse(claim, 404, "InvalidApi.NotFound",
                        "Specified api is not found, please check your url.");
    else if (body_too_long)
        gw_claim_refuse(claim, 413, "InvalidParameter", "The body is longer than %u bytes.",
                        GW_TURN_BODY_MAX);
    else if (wrong)
        gw_claim_refuse(claim, 400, "InvalidParameter", "The parameters cannot be read: %s.", wrong);
    else if (!gw_sts_is_meant(turn) || !gw_sts_examine_unsigned(turn))
        gw_verify(keys, &turn->wire, &turn->params, now_ms, claim);
    if (claim->code)
        return;
    turn->for_sts = gw_sts_is_meant(turn);
    if (!turn->for_sts && strcmp(claim->version, GW_TURN_API_VERSION) != 0)
        gw_claim_refuse(claim, 404, "NoSuchVersion", "Specified version does not exist.");
}

static void gw_turn_ask(struct gw_turn *turn, struct gw_cloud *cloud, uint64_t now_ms)
{
    struct gw_cloud_request request = {.account = turn->claim.key->account,
                                       .action = turn->claim.action,
                                       .param = (const char *const(*)[2])turn->params.pair,
                                       .n_params = turn->params.n,
                                       .now_ms = now_ms,
                                       .nonce = turn->claim.nonce,
                                       .signed_ms = turn->claim.signed_ms};

    gw_cloud_handle(cloud, &request, &turn->response);
    if (turn->response.code)
        gw_claim_refuse(&turn->claim, turn->response.http_status, turn->response.code, "%s",
                        turn->response.message);
    else
        turn->claim.http_status = turn->response.http_status;
}

/* An upper-case UUID. */
static void gw_turn_name(struct gw_turn *turn, struct gw_rng *rng)
{
    uint64_t a = gw_rng_next(rng), b = gw_rng_next(rng);

    (void)snprintf(turn->request_id, sizeof(turn->request_id), "%08X-%04X-4%03X-8%03X-%012llX",
                   (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
                   (unsigned)(b >> 52), (unsigned long long)(b & 0xffffffffffff));
}

static void __attribute__((format(printf, 3, 4)))
gw_turn_add_header(struct gw_turn *turn, const char *name, const char *format, ...)
{
    va_list args;

    GW_CHECK(turn->n_headers < GW_TURN_HEADERS_MAX);
    turn->header[turn->n_headers].name = name;
    va_start(args, format);
    (void)vsnprintf(turn->header[turn->n_headers].value, GW_TURN_HEADER_SIZE, format, args);
    va_end(args);
    turn->n_headers++;
}

static void gw_turn_add_headers(struct gw_turn *turn, uint64_t now_ms)
{
    unsigned long long wait_ms = turn->response.retry_after_ms;
    char date[GW_DATE_SIZE];

    gw_turn_add_header(turn, "Content-Type", "%s;charset=utf-8", turn->xml ? "text/xml" : "application/json");
    gw_turn_add_header(turn, "x-acs-request-id", "%s", turn->request_id);
    gw_date_text(now_ms, date);
    gw_turn_add_header(turn, "Date", "%s", date);
    if (wait_ms == 0)
        return;
    gw_turn_add_header(turn, "x-acs-retry-after", "%llu", wait_ms);
    gw_turn_add_header(turn, "x-ratelimit-user-api", "Limit:%u,Remain:0,TimeLeft:%llu,Reset:%llu",
                       turn->response.rate_calls, wait_ms, (unsigned long long)(now_ms + wait_ms) / 1000 + 1);
}

void gw_turn_answer(struct gw_turn *turn, struct gw_cloud *cloud, uint64_t now_ms, struct gw_rng *rng,
                    bool bare)
{
    struct gw_reply_style style = {
        .xml = turn->xml, .bare = bare, .action = turn->claim.action, .request_id = turn->request_id};

    if (!turn->claim.code && turn->for_sts)
        gw_sts_ask(turn, cloud, now_ms, rng);
    else if (!turn->claim.code)
        gw_turn_ask(turn, cloud, now_ms);
    turn->dropped = turn->response.drop != GW_CLOUD_DROP_NONE;
    if (turn->dropped)
        return;
    turn->http_status = turn->claim.http_status;
    gw_turn_name(turn, rng);
    gw_turn_add_headers(turn, now_ms);
    if (turn->claim.code)
        gw_reply_error(&turn->body, &style, turn->claim.code, gw_buf_text(&turn->claim.message));
    else if (turn->garbage)
        gw_buf_add_text(&turn->body, turn->garbage);
    else if (turn->for_sts)
        gw_reply_grant(&turn->body, &style, &turn->params, &turn->grant);
    else
        gw_reply_success(&turn->body, &style, &turn->response);
}
