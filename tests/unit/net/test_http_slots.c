/* Slots, connections and completions: how many, which, when, and what a completion may do. */
#include "client.h"

#include <signal.h>
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

static void closing(struct peer *peer)
{
    if (peer_request(peer))
        peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: Close\r\n\r\n{}");
}

static void an_announced_close_is_fine_and_is_kept_to(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(closing, NULL, NULL);
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 3; i++) {
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    }
    assert_int_equal(server_connections(server), 3);
    assert_int_equal(server_requests(server), 3);
}

static void sequential_requests_share_one_connection(void **state)
{
    struct gw_http_request request;

    (void)state;
    server = server_new(answer, NULL, NULL);
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 2000; i++) {
        struct seen seen = client_call(&client, &request);

        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    }
    assert_int_equal(server_requests(server), 2000);
    assert_int_equal(server_connections(server), 1);
}

static void two_endpoints_keep_their_own_connections(void **state)
{
    struct server *second = server_new(echo, NULL, NULL);
    struct gw_http_request to_first, to_second;

    (void)state;
    server = server_new(answer, NULL, NULL);
    to_first = client_once(server_url(server));
    to_second = client_once(server_url(second));
    for (unsigned i = 0; i < 20; i++) {
        struct call one, two;

        client_start(&client, &to_first, &one);
        client_start(&client, &to_second, &two);
        client_wait(&client);
        assert_end(one.seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_end(two.seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_string_equal(one.seen.body, "{\"RequestId\":\"1\"}");
        assert_true(gw_text_starts(two.seen.body, "POST / HTTP/1.1\r\n"));
    }
    assert_int_equal(server_connections(server), 1);
    assert_int_equal(server_connections(second), 1);
    server_free(second);
}

static void never(void *user, const struct gw_http_result *result)
{
    (void)user;
    (void)result;
    fail_msg("a refused submit must not complete");
}

static void a_full_pool_refuses_and_takes_again(void **state)
{
    struct gw_http_request request;
    struct call call[4];

    (void)state;
    server = server_new(answer, NULL, NULL);
    request = client_once(server_url(server));
    assert_int_equal(gw_http_free_slots(client.http), 4);
    for (unsigned i = 0; i < 4; i++)
        client_start(&client, &request, &call[i]);
    assert_int_equal(gw_http_free_slots(client.http), 0);
    assert_false(gw_http_submit(client.http, &request, never, NULL));
    client_wait(&client);
    assert_int_equal(gw_http_free_slots(client.http), 4);
    for (unsigned i = 0; i < 4; i++)
        assert_end(call[i].seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    client_start(&client, &request, &call[0]);
    client_wait(&client);
    assert_end(call[0].seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(server_requests(server), 5);
}

struct stream {
    struct gw_http_request request;
    unsigned left, under_way, done;
    bool inside_submit, completed_inside;
    char wanted[32];
};

static void again(void *user, const struct gw_http_result *result);

static void stream_submit(struct stream *stream)
{
    stream->left--;
    stream->under_way++;
    stream->inside_submit = true;
    assert_true(gw_http_submit(client.http, &stream->request, again, stream));
    stream->inside_submit = false;
}

/* Submits the next request from the completion, into the very slot that is completing. */
static void again(void *user, const struct gw_http_result *result)
{
    struct stream *stream = user;

    stream->completed_inside |= stream->inside_submit;
    assert_int_equal(result->end, GW_HTTP_COMPLETE);
    stream->under_way--;
    stream->done++;
    if (stream->left > 0)
        stream_submit(stream);
    /* The submit must not have touched what is being read. */
    assert_string_equal(result->body, "{\"RequestId\":\"1\"}");
    assert_string_equal(result->content_type, "application/json");
    assert_int_equal(result->status, 200);
    if (stream->under_way == 0 && stream->left == 0)
        gw_loop_stop(client.loop);
}

static void completions_may_submit_again(void **state)
{
    struct stream stream = {.left = 3000};

    (void)state;
    server = server_new(answer, NULL, NULL);
    stream.request = client_once(server_url(server));
    for (unsigned i = 0; i < 4; i++)
        stream_submit(&stream);
    gw_timer_set(client.guard, gw_loop_now_ms(client.loop) + CLIENT_HANGS_MS);
    gw_loop_run(client.loop);
    assert_int_equal(stream.done, 3000);
    assert_false(stream.completed_inside);
    assert_int_equal(server_requests(server), 3000);
    assert_int_equal(server_connections(server), 4);
    assert_int_equal(gw_http_free_slots(client.http), 4);
}

static void refused_at_once(void *user, const struct gw_http_result *result)
{
    struct stream *stream = user;

    stream->completed_inside |= stream->inside_submit;
    assert_int_equal(result->end, GW_HTTP_NEVER_SENT);
    assert_int_equal(result->cause, GW_HTTP_CAUSE_LOCAL);
    assert_int_equal(result->status, 0);
    assert_string_equal(result->body, "");
    stream->done++;
    gw_loop_stop(client.loop);
}

static void what_may_not_be_sent_completes_later_and_from_the_loop(void **state)
{
    static const char *const bad_header[] = {"no colon", ": no name", "x-a: 1\r\nx-b: 2", "x-a: \x01",
                                             "x-a: \xc3"};
    static const char *const bad_target[] = {"", "x", "/ HTTP/1.1", "/a\r\nHost: b", "/\x7f"};
    struct gw_http_request request;
    unsigned want = 0;
    struct stream stream = {0};

    (void)state;
    server = server_new(answer, NULL, NULL);
    for (unsigned i = 0; i < GW_COUNT_OF(bad_header) + GW_COUNT_OF(bad_target); i++) {
        request = client_once(server_url(server));
        if (i < GW_COUNT_OF(bad_header)) {
            request.header = &bad_header[i];
            request.n_headers = 1;
        } else {
            request.target = bad_target[i - GW_COUNT_OF(bad_header)];
        }
        stream.inside_submit = true;
        assert_true(gw_http_submit(client.http, &request, refused_at_once, &stream));
        stream.inside_submit = false;
        assert_int_equal(stream.done, want++);
        gw_loop_run(client.loop);
        assert_int_equal(stream.done, want);
    }
    assert_false(stream.completed_inside);
    assert_int_equal(server_connections(server), 0);
    assert_int_equal(gw_http_free_slots(client.http), 4);
}

/* More slots than a lane holds: the first lane first, so that a few calls meet warm connections. */
static void lanes_fill_in_order_and_stay_warm(void **state)
{
    struct gw_http_config config = client_config();
    struct gw_http_request request;
    struct client wide;
    struct call call[130];
    unsigned connections;

    (void)state;
    config.slots = 130;
    client_open(&wide, &config);
    server = server_new(answer, NULL, NULL);
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 130; i++)
        client_start(&wide, &request, &call[i]);
    assert_int_equal(gw_http_free_slots(wide.http), 0);
    client_wait(&wide);
    for (unsigned i = 0; i < 130; i++)
        assert_end(call[i].seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    connections = server_connections(server);
    assert_in_range(connections, 3, 130);
    for (unsigned i = 0; i < 30; i++)
        client_start(&wide, &request, &call[i]);
    client_wait(&wide);
    assert_int_equal(server_connections(server), connections);
    assert_int_equal(server_requests(server), 160);
    client_close(&wide);
}

static void a_bad_configuration_is_told_at_once(void **state)
{
    struct gw_http_config config = client_config();
    struct gw_err err = {0};

    (void)state;
    config.ca_file = "/nonexistent/ca.pem";
    assert_null(gw_http_new(client.loop, &config, &err));
    assert_int_equal(err.code, GW_ERR_INPUT);
    assert_non_null(strstr(err.text, "/nonexistent/ca.pem"));
    config = client_config();
    config.proxy = "socks5://127.0.0.1:1";
    assert_null(gw_http_new(client.loop, &config, &err));
    assert_int_equal(err.code, GW_ERR_INPUT);
    gw_http_free(NULL);
}

static void every_cause_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(gw_http_cause_name(GW_HTTP_CAUSE_NONE), "none");
    assert_string_equal(gw_http_cause_name(GW_HTTP_CAUSE_RESEND), "resend");
    assert_string_equal(gw_http_cause_name(GW_HTTP_CAUSE_CANCELED), "canceled");
    for (int i = 0; i <= GW_HTTP_CAUSE_CANCELED; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(gw_http_cause_name((enum gw_http_cause)i),
                                    gw_http_cause_name((enum gw_http_cause)j));
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(an_announced_close_is_fine_and_is_kept_to),
        NET_TEST(sequential_requests_share_one_connection),
        NET_TEST(two_endpoints_keep_their_own_connections),
        NET_TEST(a_full_pool_refuses_and_takes_again),
        NET_TEST(completions_may_submit_again),
        NET_TEST(what_may_not_be_sent_completes_later_and_from_the_loop),
        NET_TEST(lanes_fill_in_order_and_stay_warm),
        NET_TEST(a_bad_configuration_is_told_at_once),
        cmocka_unit_test(every_cause_has_a_name),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
