/*
 * What the network does to a reply never makes another answer of it: judged by the product's own strict eyes, a garbled
 * or foreign one is in doubt, whatever it had been.
 */
#include <string.h>

#include "gatewave/base/text.h"

#include "network/net_try.h"
#include "network/reply.h"

#define ROUNDS 4000

static const struct original {
    int status;
    enum gw_format format;
    const char *body;
} originals[] = {
    {200, GW_FORMAT_JSON, "{\"RequestId\":\"4A62-11\"}"},
    {403, GW_FORMAT_JSON,
     "{\"RequestId\":\"4A62-11\",\"HostId\":\"smartag.sim\",\"Code\":\"VersionTooOld\",\"Message\":\"old\"}"},
    {400, GW_FORMAT_JSON,
     "{\"RequestId\":\"4A62-11\",\"Code\":\"Throttling.User\",\"Message\":\"slow down\"}"},
    {200, GW_FORMAT_JSON,
     "{\"RequestId\":\"4A62-11\",\"TotalCount\":1,\"PageNumber\":1,\"PageSize\":50,\"SmartAccessGateways\":{"
     "\"SmartAccessGateway\":[{\"SmartAGId\":\"sag-1\",\"Status\":\"Active\",\"SoftwareVersion\":\"2.3.0\"}]}"
     "}"},
    {200, GW_FORMAT_XML,
     "<?xml version='1.0' "
     "encoding='UTF-8'?><UpdateSmartAccessGatewayVersionResponse><RequestId>4A62-11</RequestId>"
     "</UpdateSmartAccessGatewayVersionResponse>"},
    {403, GW_FORMAT_XML,
     "<?xml version='1.0' "
     "encoding='UTF-8'?><Error><RequestId>4A62-11</RequestId><Code>VersionTooOld</Code></Error>"},
};

static void begin(struct sim_reply *reply, const struct original *original, struct sim_line *line)
{
    sim_reply_init(reply);
    reply->cause = GW_HTTP_CAUSE_NONE;
    reply->detail = "";
    reply->status = original->status;
    reply->line = line;
    sim_reply_add_header(reply, "content-type",
                         original->format == GW_FORMAT_XML ? "text/xml;charset=utf-8"
                                                           : "application/json;charset=utf-8");
    sim_reply_add_header(reply, "X-Acs-Request-Id", "4A62-11");
    sim_reply_add_header(reply, "Date", "Fri, 15 Jan 2027 08:00:00 GMT");
    sim_reply_add_header(reply, "Server", "nobody reads it");
    (void)gw_buf_add_text(&reply->body, original->body);
}

static void judge(const struct sim_reply *reply, enum gw_format format, struct gw_answer *ret)
{
    struct gw_reply_bytes bytes = {
        .http_status = reply->status,
        .content_type = reply->content_type,
        .retry_after = reply->retry_after,
        .ratelimit_user_api = reply->ratelimit_user_api,
        .ratelimit_user = "",
        .request_id = reply->request_id,
        .body = gw_buf_text(&reply->body),
        .body_len = reply->body.len,
    };

    gw_reply_judge_call(&bytes, format, ret);
}

/* The originals are what they should be: else the tests below would prove nothing. */
static void test_whole_replies_are_understood(void **state)
{
    static const enum gw_proof proof[] = {GW_PROOF_ACCEPTED, GW_PROOF_REFUSED,  GW_PROOF_REFUSED,
                                          GW_PROOF_ACCEPTED, GW_PROOF_ACCEPTED, GW_PROOF_REFUSED};
    struct gw_answer answer;
    struct sim_reply reply;

    (void)state;
    for (size_t i = 0; i < sizeof(originals) / sizeof(originals[0]); i++) {
        begin(&reply, &originals[i], NULL);
        judge(&reply, originals[i].format, &answer);
        assert_int_equal(answer.proof, proof[i]);
        assert_string_equal(reply.date, "Fri, 15 Jan 2027 08:00:00 GMT");
        assert_string_equal(reply.request_id, "4A62-11");
        sim_reply_release(&reply);
    }
}

static void try_all(void (*change)(struct sim_reply *reply, struct gw_rng *rng), bool whole)
{
    struct sim_line line = {0};
    struct gw_answer answer;
    struct sim_reply reply;
    struct gw_rng rng;

    gw_rng_init(&rng, 11);
    for (size_t i = 0; i < ROUNDS; i++) {
        const struct original *original = &originals[i % (sizeof(originals) / sizeof(originals[0]))];

        begin(&reply, original, &line);
        change(&reply, &rng);
        assert_null(reply.line);
        assert_int_equal(whole, reply.cause == GW_HTTP_CAUSE_NONE || reply.cause == GW_HTTP_CAUSE_REDIRECT);
        assert_int_equal(gw_buf_text(&reply.body)[reply.body.len], '\0');
        judge(&reply, original->format, &answer);
        assert_int_equal(answer.proof, GW_PROOF_IN_DOUBT);
        sim_reply_release(&reply);
    }
}

static void test_garbled_is_in_doubt(void **state)
{
    (void)state;
    try_all(sim_reply_garble, true);
}

static void test_foreign_is_in_doubt(void **state)
{
    (void)state;
    try_all(sim_reply_foreign, true);
}

static void test_cut_is_a_part_of_what_was_sent(void **state)
{
    struct sim_line line = {0};
    struct sim_reply reply;
    struct gw_rng rng;
    size_t shortest = SIZE_MAX, longest = 0, len = strlen(originals[0].body);

    (void)state;
    try_all(sim_reply_cut, false);
    gw_rng_init(&rng, 12);
    for (int i = 0; i < 1000; i++) {
        begin(&reply, &originals[0], &line);
        sim_reply_cut(&reply, &rng);
        assert_int_equal(reply.cause, GW_HTTP_CAUSE_RESET);
        assert_int_equal(reply.status, 200);
        assert_true(reply.body.len < len);
        assert_memory_equal(gw_buf_text(&reply.body), originals[0].body, reply.body.len);
        if (reply.body.len < shortest)
            shortest = reply.body.len;
        if (reply.body.len > longest)
            longest = reply.body.len;
        sim_reply_release(&reply);
    }
    assert_int_equal(shortest, 0);
    assert_int_equal(longest, len - 1);
}

static void test_a_redirect_is_told_as_one(void **state)
{
    struct sim_reply reply;
    struct gw_rng rng;
    unsigned redirects = 0;

    (void)state;
    gw_rng_init(&rng, 13);
    for (int i = 0; i < 200; i++) {
        begin(&reply, &originals[0], NULL);
        sim_reply_foreign(&reply, &rng);
        assert_int_equal(reply.cause == GW_HTTP_CAUSE_REDIRECT, reply.status >= 300 && reply.status < 400);
        redirects += reply.cause == GW_HTTP_CAUSE_REDIRECT;
        assert_string_equal(reply.request_id, "");
        sim_reply_release(&reply);
    }
    assert_true(redirects > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_replies_are_understood),
        cmocka_unit_test(test_garbled_is_in_doubt),
        cmocka_unit_test(test_foreign_is_in_doubt),
        cmocka_unit_test(test_cut_is_a_part_of_what_was_sent),
        cmocka_unit_test(test_a_redirect_is_told_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
