/*
 * Replies and their mutilations. A body of the cloud's is one value from its first byte to its last, so that what is
 * shorter or longer is not well-formed; and it is text, so that one bad byte anywhere makes it none.
 */
#include "network/reply.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

static const char broke_off[] = "the connection was closed before the end of the reply";

void sim_reply_init(struct sim_reply *reply)
{
    *reply = (struct sim_reply){.cause = GW_HTTP_CAUSE_RESET, .detail = broke_off};
    gw_buf_init(&reply->body, 0);
}

void sim_reply_release(struct sim_reply *reply)
{
    gw_buf_release(&reply->body);
}

void sim_reply_add_header(struct sim_reply *reply, const char *name, const char *value)
{
    const struct {
        const char *name;
        char *kept;
    } known[] = {
        {"Content-Type", reply->content_type},     {"Date", reply->date},
        {"x-acs-retry-after", reply->retry_after}, {"x-ratelimit-user-api", reply->ratelimit_user_api},
        {"x-acs-request-id", reply->request_id},
    };

    for (size_t i = 0; i < GW_COUNT_OF(known); i++)
        if (gw_text_equal_nocase(known[i].name, name))
            (void)gw_text_copy(known[i].kept, SIM_HEADER_SIZE, value);
}

static void set_body(struct sim_reply *reply, const char *text)
{
    gw_buf_reset(&reply->body);
    (void)gw_buf_add_text(&reply->body, text);
}

static void shorten(struct sim_reply *reply, struct gw_rng *rng)
{
    reply->body.len = (size_t)gw_rng_below(rng, reply->body.len);
    if (reply->body.data)
        reply->body.data[reply->body.len] = '\0';
}

void sim_reply_cut(struct sim_reply *reply, struct gw_rng *rng)
{
    reply->cause = GW_HTTP_CAUSE_RESET;
    reply->detail = broke_off;
    reply->line = NULL;
    shorten(reply, rng);
}

/* One byte that no text has, also not in the middle of a letter. */
static void spoil(struct sim_reply *reply, struct gw_rng *rng)
{
    static const char bad[] = {'\0', '\x01', '\xfe', '\xff'};
    char byte;

    if (reply->body.len == 0)
        return;
    byte = bad[gw_rng_below(rng, sizeof(bad))];
    reply->body.data[gw_rng_below(rng, reply->body.len)] = byte;
}

/* Well-formed, and an answer to nothing. */
static void misshape(struct sim_reply *reply, struct gw_rng *rng)
{
    static const char *const json[] = {"{}",
                                       "[]",
                                       "null",
                                       "\"OK\"",
                                       "200",
                                       "[[[[[[[[[[]",
                                       "{\"Code\":7",
                                       "{\"RequestId\":\"\"}",
                                       "{\"RequestId\":\"1\",\"RequestId\":\"2\"}"};
    static const char *const xml[] = {"<Answer/>", "<Error></Error>", "<a><b></a></b>", "OK"};
    bool is_xml = strstr(reply->content_type, "xml") != NULL;

    set_body(reply,
             is_xml ? xml[gw_rng_below(rng, GW_COUNT_OF(xml))] : json[gw_rng_below(rng, GW_COUNT_OF(json))]);
}

void sim_reply_garble(struct sim_reply *reply, struct gw_rng *rng)
{
    reply->line = NULL;
    switch (gw_rng_below(rng, 5)) {
    case 0:
        shorten(reply, rng);
        break;
    case 1:
        spoil(reply, rng);
        break;
    case 2:
        misshape(reply, rng);
        break;
    case 3: /* another one behind it */
        (void)gw_buf_add_text(&reply->body, "<{}");
        break;
    default:
        (void)gw_text_copy(reply->content_type, sizeof(reply->content_type),
                           gw_rng_below(rng, 2) ? "text/plain" : "");
        break;
    }
}

void sim_reply_foreign(struct sim_reply *reply, struct gw_rng *rng)
{
    /* Balancers that cannot reach what is behind them are far more common than what would hold a run for a person. */
    static const struct {
        int status;
        const char *type, *body;
    } page[] = {
        {502, "text/html", "<html><body><h1>502 Bad Gateway</h1></body></html>"},
        {503, "text/html; charset=utf-8", "<!DOCTYPE html><title>503</title>"},
        {504, "text/html", "<html><body><h1>504 Gateway Time-out</h1></body></html>"},
        {503, "", ""},
        {502, "application/json", ""},
        {500, "text/plain", "upstream connect error"},
        {200, "application/json;charset=utf-8", ""},
        {429, "text/plain", "slow down"},
        {408, "", ""},
        {200, "text/html", "<html><body>Please log in</body></html>"},
        {302, "text/html", ""},
    };
    size_t i = (size_t)gw_rng_below(rng, GW_COUNT_OF(page));

    sim_reply_release(reply);
    sim_reply_init(reply);
    reply->cause = page[i].status == 302 ? GW_HTTP_CAUSE_REDIRECT : GW_HTTP_CAUSE_NONE;
    reply->detail =
        reply->cause == GW_HTTP_CAUSE_REDIRECT ? "the server points elsewhere, and is not followed" : "";
    reply->status = page[i].status;
    (void)gw_text_copy(reply->content_type, sizeof(reply->content_type), page[i].type);
    set_body(reply, page[i].body);
}
