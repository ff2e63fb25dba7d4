/* What a reply to an upgrade call proves: every proof class, and every way in which a reply can be no answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/buf.h"

#include "fixtures.h"

#define JSON "application/json;charset=utf-8"
#define XML  "text/xml;charset=utf-8"

#define LONG \
    "0123456789012345678901234567890123456789012345678901234567890123456789" /* 70 bytes: fits nowhere */

#define GOOD "{\"RequestId\":\"0B2C2B5B-0F0A-4B8E-9E2B-5A3F4C4D5E6F\"}"
#define GOOD_XML                                                                            \
    "<?xml version='1.0' "                                                                  \
    "encoding='UTF-8'?><UpdateSmartAccessGatewayVersionResponse><RequestId>r-1</RequestId>" \
    "</UpdateSmartAccessGatewayVersionResponse>"

static struct gw_answer judge(int status, const char *type, const char *body)
{
    const struct gw_reply_bytes reply = fixture_reply(status, type, body);
    struct gw_answer answer;

    memset(&answer, 0x5A, sizeof(answer)); /* nothing of what was there may shine through */
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_int_equal(answer.http_status, status);
    return answer;
}

static struct gw_answer judge_xml(int status, const char *type, const char *body)
{
    const struct gw_reply_bytes reply = fixture_reply(status, type, body);
    struct gw_answer answer;

    gw_reply_judge_call(&reply, GW_FORMAT_XML, &answer);
    return answer;
}

static void assert_answer(struct gw_answer got, enum gw_proof proof, enum gw_class class_, const char *code)
{
    if (got.proof != proof || got.class_ != class_ || strcmp(got.code, code) != 0)
        fail_msg("got proof %d, class %d, code '%s' (%s); wanted %d, %d, '%s'", got.proof, got.class_,
                 got.code, got.message, proof, class_, code);
}

static void assert_bad_reply(struct gw_answer got)
{
    assert_answer(got, GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN, "bad_reply");
    assert_true(strlen(got.message) > 8);
}

static void test_accepted(void **state)
{
    static const char *const types[] = {"application/json", "Application/JSON; charset=utf-8", "text/json",
                                        "application/json ;x=y"};
    struct gw_answer answer = judge(200, JSON, GOOD);

    (void)state;
    assert_answer(answer, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, "");
    assert_string_equal(answer.request_id, "0B2C2B5B-0F0A-4B8E-9E2B-5A3F4C4D5E6F");
    assert_string_equal(answer.message, "");
    assert_int_equal(answer.retry_after_ms, 0);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_answer(judge(200, types[i], GOOD), GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, "");
    assert_answer(judge(202, JSON, " " GOOD "\r\n"), GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, "");
    assert_string_equal(judge(200, JSON, "{\"requestId\":\"low\"}").request_id, "low");
}

static void test_accepted_with_the_vendors_decoration(void **state)
{
    static const char *const bodies[] = {
        "{\"RequestId\":\"r\",\"Code\":200}",
        "{\"RequestId\":\"r\",\"Code\":\"200\",\"Message\":\"successful\",\"Success\":true}",
        "{\"RequestId\":\"r\",\"Code\":\"OK\"}",
        "{\"RequestId\":\"r\",\"Code\":\"Success\"}",
        "{\"RequestId\":\"r\",\"code\":\"success\"}",
        "{\"RequestId\":\"r\",\"Code\":null}",
        "{\"RequestId\":\"r\",\"Code\":\"\"}",
        "{\"RequestId\":\"r\",\"Success\":\"true\",\"Whatever\":[1,{\"a\":[]}]}",
        "{\"RequestId\":17}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_answer(judge(200, JSON, bodies[i]), GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, "");
}

static void test_refused_whatever_the_status(void **state)
{
    static const int statuses[] = {400, 403, 404, 429, 500, 501, 503, 200};
    static const char body[] =
        "{\"RequestId\":\"r-9\",\"HostId\":\"h\",\"Code\":\"SmartAccessGatewayNotOnline\","
        "\"Message\":\"The gateway is not online.\",\"Recommend\":\"https://x\"}";

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct gw_answer answer = judge(statuses[i], JSON, body);

        assert_answer(answer, GW_PROOF_REFUSED, GW_CLASS_OFFLINE, "SmartAccessGatewayNotOnline");
        assert_string_equal(answer.message, "The gateway is not online.");
        assert_string_equal(answer.request_id, "r-9");
    }
    assert_answer(judge(403, JSON, "{\"code\":\"VersionTooOld\",\"message\":\"m\"}"), GW_PROOF_REFUSED,
                  GW_CLASS_READ_BACK, "VersionTooOld");
    assert_answer(judge(400, JSON, "{\"Code\":\"InvalidParameter.VersionCode\"}"), GW_PROOF_REFUSED,
                  GW_CLASS_PLAN, "InvalidParameter.VersionCode");
    assert_answer(judge(400, JSON, "{\"Code\":\"Forbidden\",\"AccessDeniedDetail\":{\"a\":{\"b\":1}}}"),
                  GW_PROOF_REFUSED, GW_CLASS_IDENTITY, "Forbidden");
}

static void test_in_doubt_by_code(void **state)
{
    (void)state;
    assert_answer(judge(403, JSON, "{\"RequestId\":\"r\",\"Code\":\"InternalError\"}"), GW_PROOF_IN_DOUBT,
                  GW_CLASS_TRANSIENT, "InternalError");
    assert_answer(judge(503, JSON, "{\"Code\":\"ServiceUnavailable\"}"), GW_PROOF_IN_DOUBT,
                  GW_CLASS_TRANSIENT, "ServiceUnavailable");
    assert_answer(judge(400, JSON, "{\"Code\":\"SignatureNonceUsed\"}"), GW_PROOF_IN_DOUBT,
                  GW_CLASS_TRANSIENT, "SignatureNonceUsed");
    assert_answer(judge(400, JSON, "{\"Code\":\"NobodyKnows\"}"), GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN,
                  "NobodyKnows");
    assert_answer(judge(200, JSON, "{\"RequestId\":\"r\",\"Code\":500}"), GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN,
                  "500");
    /* an error in the other spelling is one, whatever stands beside it */
    assert_answer(judge(200, JSON, "{\"RequestId\":\"r\",\"Code\":null,\"code\":\"InternalError\"}"),
                  GW_PROOF_IN_DOUBT, GW_CLASS_TRANSIENT, "InternalError");
    /* a word of success in an error's place is no success */
    assert_answer(judge(500, JSON, "{\"RequestId\":\"r\",\"Code\":\"200\"}"), GW_PROOF_IN_DOUBT,
                  GW_CLASS_UNKNOWN, "200");
}

/* Our own words prove nothing when the wire says them: "connect" there does not mean that nothing was sent. */
static void test_our_words_from_the_wire(void **state)
{
    static const char *const words[] = {"connect", "certificate", "at_version",
                                        "local",   "tls.sub",     "accepted_only"};
    char body[64];

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        snprintf(body, sizeof(body), "{\"Code\":\"%s\"}", words[i]);
        assert_answer(judge(400, JSON, body), GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN, words[i]);
    }
}

static void test_throttled(void **state)
{
    static const char body[] = "{\"RequestId\":\"r\",\"Code\":\"Throttling.User\",\"Message\":\"slow\"}";
    static const struct {
        const char *retry_after, *user_api, *user;
        uint32_t want;
    } cases[] = {
        {"", "", "", 0},
        {"1500", "", "", 1500},
        {"0", "", "", 0},
        {"-5", "", "", 0},
        {"soon", "", "", 0},
        {"15 ", "", "", 0},
        {"1.5", "", "", 0},
        {"120001", "", "", 120000},
        {"99999999999999999999999999999999999999", "", "", 120000},
        {"", "Limit:1,Remain:0,TimeLeft:2000,Reset:1234", "", 2000},
        {"", "Limit:1,Remain:0,TimeLeft:2000,Reset:1234", "Limit:9,Remain:0,TimeLeft:3000,Reset:1", 3000},
        {"", "Limit:1, Remain:0, TimeLeft:4000 , Reset:1", "TimeLeft:100", 4000},
        {"2500", "TimeLeft:2000", "TimeLeft:100", 2500},
        {"1000", "TimeLeft:2000", "", 2000},
        {"x", "TimeLeft:x", "TimeLeft:", 0},
        {"", "TimeLeft", ",,,", 0},
        {"", "TimeLeft:999999999", "", 120000},
        {"", "NoTimeLeft:500", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_reply_bytes reply = fixture_reply(400, JSON, body);
        struct gw_answer answer;

        reply.retry_after = cases[i].retry_after;
        reply.ratelimit_user_api = cases[i].user_api;
        reply.ratelimit_user = cases[i].user;
        gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
        assert_answer(answer, GW_PROOF_REFUSED, GW_CLASS_THROTTLED, "Throttling.User");
        assert_int_equal(answer.retry_after_ms, cases[i].want);
    }
}

static void test_a_success_asks_for_no_pause(void **state)
{
    struct gw_reply_bytes reply = fixture_reply(200, JSON, GOOD);
    struct gw_answer answer;

    (void)state;
    reply.ratelimit_user_api = "Limit:100,Remain:99,TimeLeft:2000,Reset:1234";
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_int_equal(answer.proof, GW_PROOF_ACCEPTED);
    assert_int_equal(answer.retry_after_ms, 0);
}

static void test_request_id_from_header(void **state)
{
    struct gw_reply_bytes reply = fixture_reply(403, JSON, "{\"Code\":\"Forbidden\"}");
    struct gw_answer answer;

    (void)state;
    reply.request_id = "from-header";
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_string_equal(answer.request_id, "from-header");
    reply.body = "{\"Code\":\"Forbidden\",\"RequestId\":\"from-body\"}";
    reply.body_len = strlen(reply.body);
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_string_equal(answer.request_id, "from-body");
    /* the header alone does not make an acceptance */
    reply.http_status = 200;
    reply.body = "{}";
    reply.body_len = 2;
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_bad_reply(answer);
    assert_string_equal(answer.request_id, "from-header");
}

static void test_success_of_the_wrong_shape(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "[]",
        "null",
        "true",
        "\"RequestId\"",
        "42",
        "[{\"RequestId\":\"r\"}]",
        "{\"RequestId\":null}",
        "{\"RequestId\":\"\"}",
        "{\"RequestId\":{\"a\":1}}",
        "{\"RequestId\":[\"r\"]}",
        "{\"RequestId\":true}",
        "{\"RequestId\":1.5}",
        "{\"REQUESTID\":\"r\"}",
        "{\"Data\":{\"RequestId\":\"r\"}}",
        ("{\"RequestId\":\"" LONG "\"}"),
        "{\"RequestId\":\"r\",\"Code\":{\"a\":1}}",
        "{\"RequestId\":\"r\",\"Code\":true}",
        "{\"RequestId\":\"r\",\"Code\":[]}",
        "{\"RequestId\":\"r\",\"Code\":1e999}",
        "{\"RequestId\":\"r\",\"Code\":200.5}",
        ("{\"RequestId\":\"r\",\"Code\":\"" LONG "\"}"),
        "{\"RequestId\":\"r\",\"Success\":false}",
        "{\"RequestId\":\"r\",\"Success\":\"False\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_bad_reply(judge(200, JSON, bodies[i]));
}

static void test_error_of_the_wrong_shape(void **state)
{
    static const char *const bodies[] = {"{}",
                                         "[]",
                                         "{\"RequestId\":\"r\"}",
                                         "{\"Code\":null}",
                                         "{\"Code\":\"\"}",
                                         "{\"Message\":\"m\"}",
                                         "{\"Error\":{\"Code\":\"Forbidden\"}}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_bad_reply(judge(403, JSON, bodies[i]));
        assert_bad_reply(judge(500, JSON, bodies[i]));
    }
}

static void test_malformed_bodies(void **state)
{
    static const char *const bodies[] = {
        "{\"RequestId\":\"r\"}x",
        "{\"RequestId\":\"r\"}{\"RequestId\":\"r\"}",
        "{\"RequestId\":\"r\"},",
        "{\"RequestId\":\"r\",\"RequestId\":\"r\"}",
        "{\"RequestId\":\"r\",}",
        "{'RequestId':'r'}",
        "{\"RequestId\":\"\\u0000\"}",
        "{\"RequestId\":\"\x80\"}",
        "{\"RequestId\":\"r\",\"n\":01}",
        "RequestId: r",
        "{\"RequestId\":\"r\",\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}",
        "{\"Code\":\"Forbidden\",\"Code\":\"VersionTooOld\"}",
    };
    struct gw_reply_bytes reply = fixture_reply(200, JSON, "");
    struct gw_answer answer;

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_bad_reply(judge(200, JSON, bodies[i]));
        assert_bad_reply(judge(403, JSON, bodies[i]));
    }
    assert_bad_reply(judge(200, JSON, ""));
    reply.body = GOOD "\0";
    reply.body_len = sizeof(GOOD); /* the NUL is part of the body */
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_bad_reply(answer);
}

/* Cut anywhere, a good reply proves nothing; memory of exactly its size shows a read past the end. */
static void assert_cut_is_in_doubt(const char *body, int status, enum gw_format format)
{
    for (size_t len = 0; len < strlen(body); len++) {
        struct gw_reply_bytes reply = fixture_reply(status, format == GW_FORMAT_XML ? XML : JSON, "");
        char *cut = malloc(len ? len : 1);
        struct gw_answer answer;

        assert_non_null(cut);
        memcpy(cut, body, len);
        reply.body = cut;
        reply.body_len = len;
        gw_reply_judge_call(&reply, format, &answer);
        free(cut);
        if (answer.proof != GW_PROOF_IN_DOUBT)
            fail_msg("cut at %zu proves %d", len, answer.proof);
        if (format == GW_FORMAT_JSON && len > 0)
            assert_string_equal(answer.code, "truncated");
    }
}

static void test_truncated_at_every_byte(void **state)
{
    (void)state;
    assert_cut_is_in_doubt(GOOD, 200, GW_FORMAT_JSON);
    assert_cut_is_in_doubt("{\"Code\":\"Forbidden\",\"Message\":\"m\"}", 403, GW_FORMAT_JSON);
    assert_cut_is_in_doubt(GOOD_XML, 200, GW_FORMAT_XML);
    assert_cut_is_in_doubt("<Error><Code>Forbidden</Code><Message>m</Message></Error>", 403, GW_FORMAT_XML);
}

static void test_size_cap(void **state)
{
    const size_t over = GW_REPLY_BODY_MAX + 1;
    char *body = malloc(over + 1);
    struct gw_reply_bytes reply;
    struct gw_answer answer;

    (void)state;
    assert_non_null(body);
    memset(body, ' ', over);
    memcpy(body, GOOD, strlen(GOOD));
    body[over] = '\0';
    reply = fixture_reply(200, JSON, body);
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_answer(answer, GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN, "too_large");
    reply.body_len = GW_REPLY_BODY_MAX;
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_answer(answer, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, "");
    free(body);
}

static void test_content_types(void **state)
{
    static const char *const foreign[] = {
        "",     "text/plain", "application/octet-stream",  "application/jsonp", XML, "application/xml",
        "json", ";",          "application/json,text/html"};

    (void)state;
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        assert_bad_reply(judge(200, foreign[i], GOOD));
        assert_bad_reply(judge(403, foreign[i], "{\"Code\":\"Forbidden\"}"));
    }
    assert_bad_reply(judge(200, XML, GOOD_XML));  /* XML where JSON was asked */
    assert_bad_reply(judge_xml(200, JSON, GOOD)); /* and the other way round */
    assert_bad_reply(judge(200, JSON, GOOD_XML));
    assert_bad_reply(judge_xml(200, XML, GOOD));
}

static void test_foreign_pages(void **state)
{
    static const char page[] = "<!DOCTYPE html><html><body>Access denied by policy</body></html>";
    struct gw_answer answer = judge(200, "text/html", page);

    (void)state;
    assert_answer(answer, GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED, "foreign_page");
    assert_non_null(strstr(answer.message, "proxy"));
    assert_answer(judge(403, "text/html; charset=utf-8", page), GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED,
                  "foreign_page");
    assert_answer(judge(200, "TEXT/HTML", GOOD), GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED, "foreign_page");
    assert_answer(judge(200, "application/json", page), GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED,
                  "foreign_page");
    assert_answer(judge(407, "", "\r\n  <HTML>"), GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED, "foreign_page");
    assert_answer(judge_xml(200, "text/xml", "<html/>"), GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED,
                  "foreign_page");
    /* a balancer's page is a failure of the moment */
    assert_answer(judge(502, "text/html", page), GW_PROOF_IN_DOUBT, GW_CLASS_TRANSIENT, "foreign_page");
}

static void test_redirects(void **state)
{
    static const int statuses[] = {300, 301, 302, 303, 307, 308};

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        assert_answer(judge(statuses[i], JSON, GOOD), GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED, "redirect");
        assert_answer(judge(statuses[i], "text/html", ""), GW_PROOF_IN_DOUBT, GW_CLASS_UNTRUSTED, "redirect");
    }
}

static void test_bare_statuses(void **state)
{
    static const int statuses[] = {100, 199, 204, 400, 401, 403, 404, 408,
                                   417, 425, 500, 502, 503, 504, 599, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        assert_bad_reply(judge(statuses[i], "", ""));
        assert_bad_reply(judge(statuses[i], JSON, ""));
    }
    assert_answer(judge(429, "", ""), GW_PROOF_IN_DOUBT, GW_CLASS_THROTTLED, "bad_reply");
    assert_answer(judge(429, "text/plain", "slow down"), GW_PROOF_IN_DOUBT, GW_CLASS_THROTTLED, "bad_reply");
    assert_bad_reply(judge(199, JSON, GOOD));
    assert_bad_reply(judge(600, JSON, GOOD));
}

static void test_a_bare_429_still_tells_its_pause(void **state)
{
    struct gw_reply_bytes reply = fixture_reply(429, "", "");
    struct gw_answer answer;

    (void)state;
    reply.retry_after = "700";
    gw_reply_judge_call(&reply, GW_FORMAT_JSON, &answer);
    assert_answer(answer, GW_PROOF_IN_DOUBT, GW_CLASS_THROTTLED, "bad_reply");
    assert_int_equal(answer.retry_after_ms, 700);
}

static void test_xml(void **state)
{
    struct gw_answer answer = judge_xml(200, XML, GOOD_XML);

    (void)state;
    assert_answer(answer, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, "");
    assert_string_equal(answer.request_id, "r-1");
    assert_answer(judge_xml(200, "application/xml", GOOD_XML), GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, "");
    answer = judge_xml(403, XML,
                       "<Error><RequestId>r-2</RequestId><HostId>h</HostId><Code>VersionTooOld</Code>"
                       "<Message>old &amp; tired</Message></Error>");
    assert_answer(answer, GW_PROOF_REFUSED, GW_CLASS_READ_BACK, "VersionTooOld");
    assert_string_equal(answer.message, "old & tired");
    assert_string_equal(answer.request_id, "r-2");
    /* an error is one by its root, whatever the status */
    assert_answer(judge_xml(200, XML, "<Error><RequestId>r</RequestId><Code>Forbidden</Code></Error>"),
                  GW_PROOF_REFUSED, GW_CLASS_IDENTITY, "Forbidden");
    assert_bad_reply(judge_xml(200, XML, "<Error><RequestId>r</RequestId></Error>"));
    assert_bad_reply(
        judge_xml(200, XML, "<Error><RequestId>r</RequestId><Code>x</Code><Code>y</Code></Error>"));
    assert_bad_reply(
        judge_xml(200, XML, "<AnyResponse><RequestId>r</RequestId><RequestId>r</RequestId></AnyResponse>"));
    assert_bad_reply(judge_xml(200, XML, "<Response><RequestId>r</RequestId></Response>"));
    assert_bad_reply(judge_xml(200, XML, "<Status><RequestId>r</RequestId></Status>"));
    assert_bad_reply(judge_xml(200, XML, "<AnyResponse/>"));
    assert_bad_reply(judge_xml(
        200, XML, "<!DOCTYPE r [<!ENTITY x 'r'>]><AnyResponse><RequestId>&x;</RequestId></AnyResponse>"));
}

static void test_messages_keep_no_signed_text(void **state)
{
    static const char *const quotes[] = {
        "Specified signature is not matched. server string to sign is:POST&%2F&AccessKeyId%3Dcanary",
        "Specified signature is not matched. Server StringToSign: [canary]",
        "Specified signature is not matched. The canonicalString is canary",
        "Specified signature is not matched. ...SecurityToken=canary",
        "Specified signature is not matched. x-acs-security-token:canary",
    };
    char body[512];

    (void)state;
    for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
        struct gw_answer answer;

        snprintf(body, sizeof(body), "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"%s\"}", quotes[i]);
        answer = judge(400, JSON, body);
        assert_answer(answer, GW_PROOF_REFUSED, GW_CLASS_CREDENTIAL, "SignatureDoesNotMatch");
        assert_null(strstr(answer.message, "canary"));
        assert_true(strncmp(answer.message, "Specified signature is not matched.", 35) == 0);
    }
}

static void test_long_messages_are_cut_between_characters(void **state)
{
    struct gw_buf body;

    (void)state;
    for (size_t before = 0; before <= 1; before++) {
        struct gw_answer answer;

        gw_buf_init(&body, 0);
        gw_buf_addf(&body, "{\"Code\":\"Forbidden\",\"Message\":\"%s", before ? "x" : "");
        for (int i = 0; i < 150; i++)
            gw_buf_add_text(&body, "\xE6\x9D\xAD");
        gw_buf_add_text(&body, "\"}");
        answer = judge(403, JSON, gw_buf_text(&body));
        gw_buf_release(&body);
        assert_int_equal(strlen(answer.message), before + 66 * 3); /* 199 at most */
        assert_memory_equal(answer.message + before + 65 * 3, "\xE6\x9D\xAD", 3);
    }
    assert_answer(judge(403, JSON, "{\"Code\":\"Forbidden\",\"Message\":{\"a\":1}}"), GW_PROOF_REFUSED,
                  GW_CLASS_IDENTITY, "Forbidden");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_accepted_with_the_vendors_decoration),
        cmocka_unit_test(test_refused_whatever_the_status),
        cmocka_unit_test(test_in_doubt_by_code),
        cmocka_unit_test(test_our_words_from_the_wire),
        cmocka_unit_test(test_throttled),
        cmocka_unit_test(test_a_success_asks_for_no_pause),
        cmocka_unit_test(test_request_id_from_header),
        cmocka_unit_test(test_success_of_the_wrong_shape),
        cmocka_unit_test(test_error_of_the_wrong_shape),
        cmocka_unit_test(test_malformed_bodies),
        cmocka_unit_test(test_truncated_at_every_byte),
        cmocka_unit_test(test_size_cap),
        cmocka_unit_test(test_content_types),
        cmocka_unit_test(test_foreign_pages),
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_bare_statuses),
        cmocka_unit_test(test_a_bare_429_still_tells_its_pause),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_messages_keep_no_signed_text),
        cmocka_unit_test(test_long_messages_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
