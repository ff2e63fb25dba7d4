/* What the end of a post to a webhook means: the status counts, the body only where the form has a code in it. */
#include "notify/post.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

/* These two stand before the net floor's: what an exchange is opened with is all that is looked at. */
static struct gw_http_config opened;

struct gw_http *gw_http_new(struct gw_loop *loop, const struct gw_http_config *config, struct gw_err *err)
{
    (void)loop;
    opened = *config;
    (void)gw_err_set(err, GW_ERR_NETWORK, "there is no network here");
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

/* A webhook's address is a key: whoever has it can write to the chat. */
static void what_was_sent_is_wiped(void **state)
{
    struct gw_err err;

    (void)state;
    assert_null(gw_post_open(NULL, "", 3, &err));
    assert_true(opened.secret);
    assert_int_equal(opened.slots, 3);
}

static const struct gw_http_result whole = {
    .end = GW_HTTP_COMPLETE, .status = 200, .body = "{\"errcode\":0}", .detail = ""};

static void expect(enum gw_notify_form form, const struct gw_http_result *result, enum gw_notice_fate fate,
                   const char *why)
{
    char said[GW_NOTICE_WHY_MAX];

    assert_int_equal(gw_post_judge(form, result, said), fate);
    assert_string_equal(said, why);
}

static void a_whole_reply_is_judged_as_it_is(void **state)
{
    struct gw_http_result result = whole;

    (void)state;
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_TAKEN, "");
    expect(GW_NOTIFY_DINGTALK, &result, GW_NOTICE_TAKEN, "");
    result.body = "ok";
    expect(GW_NOTIFY_DINGTALK, &result, GW_NOTICE_LOST, "it answered without a code");
    result.status = 404;
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_LOST, "HTTP 404");
    result.status = 503;
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_AGAIN, "HTTP 503");
}

static void one_that_broke_off_has_said_its_status(void **state)
{
    struct gw_http_result result = {.end = GW_HTTP_BROKEN,
                                    .cause = GW_HTTP_CAUSE_TIMEOUT,
                                    .status = 200,
                                    .body = "{\"err",
                                    .detail = "no byte for 10s"};

    (void)state;
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_TAKEN, "");
    expect(GW_NOTIFY_SLACK, &result, GW_NOTICE_TAKEN, "");
    /* Nor does it matter who ended it. */
    result.cause = GW_HTTP_CAUSE_CANCELED;
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_TAKEN, "");
    expect(GW_NOTIFY_DINGTALK, &result, GW_NOTICE_AGAIN, "no byte for 10s");
    result.body = "{\"errcode\":0,";
    expect(GW_NOTIFY_DINGTALK, &result, GW_NOTICE_TAKEN, "");
    result.status = 500;
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_AGAIN, "HTTP 500");
}

static void no_reply_is_tried_again_with_its_cause(void **state)
{
    struct gw_http_result result = {.end = GW_HTTP_NEVER_SENT,
                                    .cause = GW_HTTP_CAUSE_CONNECT,
                                    .body = "",
                                    .detail = "Connection refused"};

    (void)state;
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_AGAIN, "Connection refused");
    result.detail[0] = '\0';
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_AGAIN, "connect");
    /* An interim status is no reply yet. */
    result = (struct gw_http_result){
        .end = GW_HTTP_BROKEN, .cause = GW_HTTP_CAUSE_RESET, .status = 100, .body = "", .detail = "reset"};
    expect(GW_NOTIFY_JSON, &result, GW_NOTICE_AGAIN, "reset");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sent_is_wiped),
        cmocka_unit_test(a_whole_reply_is_judged_as_it_is),
        cmocka_unit_test(one_that_broke_off_has_said_its_status),
        cmocka_unit_test(no_reply_is_tried_again_with_its_cause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
