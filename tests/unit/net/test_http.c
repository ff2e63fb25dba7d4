/* Requests and answers that go well: what is sent, and what is told of what came back. */
#include "client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "server.h"

static struct client client;
static struct server *server;

static int open_client(void **state)
{
    struct gw_http_config config = client_config();

    (void)state;
    client_open(&client, &config);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    client_close(&client);
    server_free(server);
    server = NULL;
    return 0;
}

static const char *const no_headers[1] = {NULL};

/* Answers every request with its own text, the blank line made visible by its position only. */
static void echo(struct peer *peer)
{
    char head[128];

    while (peer_request(peer)) {
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", peer->request_len);
        peer_text(peer, head);
        peer_send(peer, peer->request, peer->request_len);
    }
}

static void answer(struct peer *peer)
{
    while (peer_request(peer))
        peer_reply(peer, "{\"RequestId\":\"1\"}");
}

static void the_request_is_what_was_asked_for_and_nothing_else(void **state)
{
    const char *const header[] = {"Host: example.test", "x-acs-action: DoIt",
                                  "x-acs-empty:", "x-acs-blank:  "};
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(echo, NULL, NULL);
    request = client_once(server_url(server));
    request.target = "/?A=1&B=%20";
    request.header = header;
    request.n_headers = GW_COUNT_OF(header);
    request.body = "SmartAGId=sag-1";
    request.body_len = 15;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    /* Whole and in order: no Accept, no Content-Type, no Expect, no Accept-Encoding of libcurl's own. */
    assert_string_equal(seen.body, "POST /?A=1&B=%20 HTTP/1.1\r\n"
                                   "Host: example.test\r\n"
                                   "User-Agent: gatewave/0.1.0\r\n"
                                   "x-acs-action: DoIt\r\n"
                                   "x-acs-empty:\r\n"
                                   "x-acs-blank:\r\n"
                                   "Content-Length: 15\r\n\r\n"
                                   "SmartAGId=sag-1");
}

static void an_empty_body_is_a_post_without_content_type(void **state)
{
    struct gw_http_request request;
    char wanted[256];
    struct seen seen;

    (void)state;
    server = server_new(echo, NULL, NULL);
    request = client_once(server_url(server));
    request.header = no_headers;
    request.body = NULL;
    request.body_len = 0;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    snprintf(
        wanted, sizeof(wanted),
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: gatewave/0.1.0\r\nContent-Length: 0\r\n\r\n",
        server_port(server));
    assert_string_equal(seen.body, wanted);
}

/* One slot, so one handle: what a method leaves behind would show with the next. */
static void other_methods_are_as_they_are_named(void **state)
{
    static const struct {
        enum gw_http_method method;
        const char *line, *rest;
    } row[] = {
        {GW_HTTP_PUT, "PUT", "Content-Length: 2\r\n\r\n{}"},
        {GW_HTTP_GET, "GET", "\r\n"},
        {GW_HTTP_POST, "POST", "Content-Length: 2\r\n\r\n{}"},
        {GW_HTTP_GET, "GET", "\r\n"},
        {GW_HTTP_PUT, "PUT", "Content-Length: 2\r\n\r\n{}"},
        {GW_HTTP_POST, "POST", "Content-Length: 2\r\n\r\n{}"},
    };
    struct gw_http_config config = client_config();

    (void)state;
    client_close(&client);
    config.slots = 1;
    client_open(&client, &config);
    server = server_new(echo, NULL, NULL);
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        struct gw_http_request request = client_read(server_url(server));
        char wanted[256];
        struct seen seen;

        request.method = row[i].method;
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        snprintf(wanted, sizeof(wanted),
                 "%s / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: gatewave/0.1.0\r\n%s", row[i].line,
                 server_port(server), row[i].rest);
        assert_string_equal(seen.body, wanted);
    }
}

static void headers_that_libcurl_has_too_are_the_callers(void **state)
{
    const char *const header[] = {"accept: application/json",
                                  "content-type: application/x-www-form-urlencoded"};
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(echo, NULL, NULL);
    request = client_once(server_url(server));
    request.header = header;
    request.n_headers = GW_COUNT_OF(header);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_non_null(strstr(seen.body, "\r\naccept: application/json\r\n"));
    assert_non_null(strstr(seen.body, "\r\ncontent-type: application/x-www-form-urlencoded\r\n"));
    assert_null(strstr(seen.body, "Accept:"));
    assert_null(strstr(seen.body, "Content-Type:"));
}

/* A slot's memory is used again: nothing of one request may show in the next. */
static void one_request_leaves_nothing_to_the_next(void **state)
{
    const char *const header[] = {"x-first: 1", "x-second: 2", "Content-Type: text/plain"};
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(echo, NULL, NULL);
    request = client_once(server_url(server));
    request.header = header;
    request.n_headers = GW_COUNT_OF(header);
    request.target = "/first";
    request.body = "a longer body";
    request.body_len = 13;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    request.target = "/";
    request.n_headers = 1;
    request.body = "b";
    request.body_len = 1;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_true(gw_text_starts(seen.body, "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(seen.body, "x-first: 1\r\n"));
    assert_null(strstr(seen.body, "x-second"));
    assert_null(strstr(seen.body, "text/plain"));
    assert_non_null(strstr(seen.body, "Content-Length: 1\r\n\r\nb"));
}

/* Text is read during submit only; the body is the caller's until the completion. */
static void the_requests_text_may_change_after_submit(void **state)
{
    char url[64], target[] = "/then", header_text[] = "x-when: then";
    const char *header[] = {header_text};
    struct gw_http_request request;
    struct call call;

    (void)state;
    server = server_new(echo, NULL, NULL);
    snprintf(url, sizeof(url), "%s", server_url(server));
    request = client_once(url);
    request.target = target;
    request.header = header;
    request.n_headers = 1;
    client_start(&client, &request, &call);
    memset(url, 'x', sizeof(url) - 1);
    memset(target, 'x', sizeof(target) - 1);
    memset(header_text, 'x', sizeof(header_text) - 1);
    client_wait(&client);
    assert_end(call.seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_true(gw_text_starts(call.seen.body, "POST /then HTTP/1.1\r\n"));
    assert_non_null(strstr(call.seen.body, "x-when: then\r\n"));
}

static void named(struct peer *peer)
{
    while (peer_request(peer)) {
        peer_text(peer, "HTTP/1.1 429 Too Many\r\n"
                        "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
                        "content-type:application/json;charset=utf-8  \r\n"
                        "X-Acs-Retry-After: 1500\r\n"
                        "x-ratelimit-user-api: Limit:1,TimeLeft:2000\r\n"
                        "x-ratelimit-user: Limit:2,TimeLeft:3000\r\n"
                        "x-acs-request-id: ABC-1\r\n"
                        "x-other: ignored\r\n"
                        "Content-Length: 2\r\n\r\n{}");
        if (!peer_request(peer))
            return;
        peer_reply(peer, "{}");
    }
}

static void headers_of_the_answer_are_told_and_not_inherited(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(named, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(seen.status, 429);
    assert_string_equal(seen.date, "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_string_equal(seen.content_type, "application/json;charset=utf-8");
    assert_string_equal(seen.retry_after, "1500");
    assert_string_equal(seen.ratelimit_user_api, "Limit:1,TimeLeft:2000");
    assert_string_equal(seen.ratelimit_user, "Limit:2,TimeLeft:3000");
    assert_string_equal(seen.request_id, "ABC-1");
    assert_string_equal(seen.body, "{}");
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(seen.status, 200);
    assert_string_equal(seen.content_type, "application/json");
    assert_string_equal(seen.date, "");
    assert_string_equal(seen.retry_after, "");
    assert_string_equal(seen.request_id, "");
}

/* A call that was never sent has no answer, and above all not the one that its slot had before. */
static void an_answer_is_not_shown_twice(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(answer, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_true(seen.body_len > 0);
    request.url = "http://127.0.0.1:1";
    seen = client_call(&client, &request);
    assert_int_equal(seen.end, GW_HTTP_NEVER_SENT);
    assert_int_equal(seen.status, 0);
    assert_int_equal(seen.body_len, 0);
    assert_string_equal(seen.body, "");
    assert_string_equal(seen.content_type, "");
}

static void chunks(struct peer *peer)
{
    while (peer_request(peer)) {
        peer_text(peer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        sleep_ms(2);
        peer_text(peer, "6\r\n world\r\n0\r\nx-acs-request-id: in-a-trailer\r\n\r\n");
    }
}

static void chunks_are_joined_and_trailers_not_believed(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(chunks, NULL, NULL);
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 2; i++) {
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_string_equal(seen.body, "hello world");
        assert_string_equal(seen.request_id, "");
    }
    assert_int_equal(server_connections(server), 1);
}

static void interim(struct peer *peer)
{
    while (peer_request(peer)) {
        peer_text(peer,
                  "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nx-acs-request-id: early\r\n\r\n");
        peer_reply(peer, "{}");
    }
}

static void a_few_1xx_replies_pass_unseen(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(interim, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(seen.status, 200);
    assert_string_equal(seen.request_id, "");
}

static void no_content(struct peer *peer)
{
    while (peer_request(peer))
        peer_text(peer, "HTTP/1.1 204 No Content\r\n\r\n");
}

static void a_204_needs_no_length(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(no_content, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(seen.status, 204);
    assert_int_equal(seen.body_len, 0);
}

static void redirect(struct peer *peer)
{
    const char *elsewhere = peer->user;
    char text[256];

    while (peer_request(peer)) {
        snprintf(text, sizeof(text), "HTTP/1.1 307 Moved\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n",
                 elsewhere);
        peer_text(peer, text);
    }
}

static void a_redirect_is_complete_and_never_followed(void **state)
{
    struct server *elsewhere = server_new(answer, NULL, NULL);
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(redirect, (void *)(uintptr_t)server_url(elsewhere), NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_REDIRECT);
    assert_int_equal(seen.status, 307);
    assert_int_equal(server_requests(server), 1);
    assert_int_equal(server_connections(elsewhere), 0);
    server_free(elsewhere);
}

static void large_bodies_fit_up_to_the_limit(struct peer *peer)
{
    static const char block[4096] = {0};
    char head[128];

    while (peer_request(peer)) {
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", GW_HTTP_BODY_MAX);
        peer_text(peer, head);
        for (unsigned i = 0; i < GW_HTTP_BODY_MAX / sizeof(block); i++)
            peer_send(peer, block, sizeof(block));
    }
}

static void a_body_of_the_largest_size_is_whole(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(large_bodies_fit_up_to_the_limit, NULL, NULL);
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 2; i++) {
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_int_equal(seen.body_len, GW_HTTP_BODY_MAX);
    }
    assert_int_equal(server_connections(server), 1);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(the_request_is_what_was_asked_for_and_nothing_else),
        NET_TEST(an_empty_body_is_a_post_without_content_type),
        NET_TEST(other_methods_are_as_they_are_named),
        NET_TEST(headers_that_libcurl_has_too_are_the_callers),
        NET_TEST(one_request_leaves_nothing_to_the_next),
        NET_TEST(the_requests_text_may_change_after_submit),
        NET_TEST(headers_of_the_answer_are_told_and_not_inherited),
        NET_TEST(an_answer_is_not_shown_twice),
        NET_TEST(chunks_are_joined_and_trailers_not_believed),
        NET_TEST(a_few_1xx_replies_pass_unseen),
        NET_TEST(a_204_needs_no_length),
        NET_TEST(a_redirect_is_complete_and_never_followed),
        NET_TEST(a_body_of_the_largest_size_is_whole),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
