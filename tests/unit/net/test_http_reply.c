/* Replies that are not one whole reply: cut, malformed, encoded, endless. None may pass for an answer. */
#include "client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"

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

/* Takes one request, sends the text in user, and closes. */
static void say(struct peer *peer)
{
    if (peer_request(peer))
        peer_text(peer, peer->user);
}

/* The same with the close a reset. What was sent is given time to arrive: a reset may overtake it. */
static void say_and_reset(struct peer *peer)
{
    if (peer_request(peer)) {
        peer_text(peer, peer->user);
        sleep_ms(10);
        peer_reset(peer);
    }
}

/* The same, and then nothing more. */
static void say_and_hold(struct peer *peer)
{
    if (peer_request(peer)) {
        peer_text(peer, peer->user);
        peer_hold(peer);
    }
}

static void expect_broken(server_script *script, const char *text, enum gw_http_cause cause)
{
    struct gw_http_request request;
    struct seen seen;

    server = server_new(script, (void *)(uintptr_t)text, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    if (seen.end != GW_HTTP_BROKEN || seen.cause != cause)
        print_error("for: %.60s\n", text);
    assert_end(seen, GW_HTTP_BROKEN, cause);
    assert_true(seen.detail[0] != '\0');
    assert_null(strstr(seen.detail, "://"));
    assert_int_equal(server_requests(server), 1);
    server_free(server);
    server = NULL;
}

static void a_cut_response_is_broken(void **state)
{
    static const char *const cut[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"RequestId\":\"1\"}",
        "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n",
        "HTTP/1.1 400 Bad\r\nContent-Length: 20\r\n\r\n{\"Code\":\"",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cut); i++) {
        expect_broken(say, cut[i], GW_HTTP_CAUSE_RESET);
        expect_broken(say_and_reset, cut[i], GW_HTTP_CAUSE_RESET);
    }
}

static void a_response_that_never_ends_times_out(void **state)
{
    (void)state;
    client_reopen(&client, 2000, 250, 2000);
    expect_broken(say_and_hold, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{", GW_HTTP_CAUSE_TIMEOUT);
}

static void what_is_not_http_is_garbage(void **state)
{
    static const char *const garbage[] = {
        "SSH-2.0-OpenSSH_9.2p1\r\n",
        "<html><body>hello</body></html>",
        "\x15\x03\x03\x02\x02\x50",
        "HTTP/2 200\r\ncontent-length: 2\r\n\r\n{}",
        "HTTP/1.1 999 Hm\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: a\r\n folded\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}}}}\r\n0\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(garbage); i++)
        expect_broken(say, garbage[i], GW_HTTP_CAUSE_GARBAGE);
}

/* Only the close would tell where the body ends, and a close tells nothing of whether it was the end. */
static void a_body_of_untold_length_is_not_believed(void **state)
{
    (void)state;
    expect_broken(say, "HTTP/1.1 200 OK\r\n\r\n{\"RequestId\":\"1\"}", GW_HTTP_CAUSE_GARBAGE);
    expect_broken(say, "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n{}", GW_HTTP_CAUSE_GARBAGE);
}

/* But where the transport was told that the status is all that counts. */
static void a_body_of_untold_length_is_taken_where_that_is_said(void **state)
{
    static const char *const reply[] = {"HTTP/1.1 200 OK\r\n\r\n{}",
                                        "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n{}"};
    struct gw_http_config config = client_config();
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    client_close(&client);
    config.unframed = true;
    client_open(&client, &config);
    for (size_t i = 0; i < GW_COUNT_OF(reply); i++) {
        server = server_new(say, (void *)(uintptr_t)reply[i], NULL);
        request = client_once(server_url(server));
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_int_equal(seen.status, 200);
        assert_string_equal(seen.body, "{}");
        server_free(server);
        server = NULL;
    }
}

static void bytes_after_the_end_are_seen(void **state)
{
    (void)state;
    expect_broken(
        say_and_hold,
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        GW_HTTP_CAUSE_GARBAGE);
    expect_broken(say_and_hold, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}\n", GW_HTTP_CAUSE_GARBAGE);
}

static void encoded_bodies_are_refused(void **state)
{
    (void)state;
    expect_broken(say, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
                  GW_HTTP_CAUSE_ENCODED);
    expect_broken(say, "HTTP/1.1 200 OK\r\ncontent-encoding:br\r\nContent-Length: 2\r\n\r\n{}",
                  GW_HTTP_CAUSE_ENCODED);
    expect_broken(say, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
                  GW_HTTP_CAUSE_ENCODED);
}

/* Sends user's text over and over until the client is gone. */
struct flood {
    const char *head, *block;
};

static void flood(struct peer *peer)
{
    const struct flood *plan = peer->user;

    if (!peer_request(peer))
        return;
    peer_text(peer, plan->head);
    for (unsigned i = 0; i < 100000; i++)
        peer_text(peer, plan->block);
}

static void floods_are_cut_at_their_limits(void **state)
{
    static char line[1024];
    static const char bomb[] = "HTTP/1.1 200 OK\r\nContent-Length: 262145\r\n\r\n";
    const struct flood floods[] = {
        {"HTTP/1.1 200 OK\r\n", "X-A: b\r\n"},                               /* header lines */
        {"HTTP/1.1 200 OK\r\n", line},                                       /* header bytes */
        {"HTTP/1.1 200 OK\r\nX-A: ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, /* one header line */
        {"", "HTTP/1.1 100 Continue\r\n\r\n"},                               /* replies before the reply */
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\naaaa\r\n"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
         "X-A: b\r\n"}, /* trailers */
        {bomb, "a"},
    };

    (void)state;
    memcpy(line, "X-Long: ", 8);
    memset(line + 8, 'a', sizeof(line) - 8 - 3);
    memcpy(line + sizeof(line) - 3, "\r\n", 3);
    for (size_t i = 0; i < GW_COUNT_OF(floods); i++) {
        struct gw_http_request request;
        struct seen seen;

        server = server_new(flood, (void *)(uintptr_t)&floods[i], NULL);
        request = client_once(server_url(server));
        seen = client_call(&client, &request);
        if (seen.cause != GW_HTTP_CAUSE_TOO_LARGE)
            print_error("flood %zu\n", i);
        assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_TOO_LARGE);
        assert_true(seen.body_len <= GW_HTTP_BODY_MAX);
        server_free(server);
        server = NULL;
    }
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_cut_response_is_broken),
        NET_TEST(a_response_that_never_ends_times_out),
        NET_TEST(what_is_not_http_is_garbage),
        NET_TEST(a_body_of_untold_length_is_not_believed),
        NET_TEST(a_body_of_untold_length_is_taken_where_that_is_said),
        NET_TEST(bytes_after_the_end_are_seen),
        NET_TEST(encoded_bodies_are_refused),
        NET_TEST(floods_are_cut_at_their_limits),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
