/*
 * Connections that end under a request or between two: what is said of it, and what the server counted. A call
 * arrives once; a read may be sent again, which is the control that proves that the other tests can fail.
 */
#include "client.h"

#include <signal.h>
#include <stdatomic.h>

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

enum drop {
    DROP_FIN,
    DROP_RESET
};

/* Takes a request, answers the first `user` of them, and drops the connection at the next without a word. */
struct dropping {
    unsigned answered;
    enum drop how;
};

static void drop_after_request(struct peer *peer)
{
    const struct dropping *plan = peer->user;

    /* The first connection drops; what comes after it is a second try, and is answered. */
    for (unsigned i = 0; peer_request(peer); i++) {
        if (peer->number == 0 && i == plan->answered) {
            if (plan->how == DROP_RESET)
                peer_reset(peer);
            return;
        }
        peer_reply(peer, "{}");
    }
}

static void a_drop_after_the_request_is_broken_and_not_sent_again(void **state)
{
    (void)state;
    for (enum drop how = DROP_FIN; how <= DROP_RESET; how++) {
        struct dropping plan = {.answered = 0, .how = how};
        struct gw_http_request request;
        struct seen seen;

        server = server_new(drop_after_request, &plan, NULL);
        request = client_once(server_url(server));
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_RESET);
        assert_int_equal(server_requests(server), 1);
        server_free(server);
        server = NULL;
    }
}

static void a_reused_connection_that_drops_does_not_send_a_call_twice(void **state)
{
    (void)state;
    for (enum drop how = DROP_FIN; how <= DROP_RESET; how++) {
        struct dropping plan = {.answered = 1, .how = how};
        struct gw_http_request request;
        struct seen seen;

        server = server_new(drop_after_request, &plan, NULL);
        request = client_once(server_url(server));
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_RESEND);
        assert_int_equal(server_requests(server), 2);
        server_free(server);
        server = NULL;
    }
}

/* The control: without `once` libcurl does send it a second time, so the test above can fail. */
static void a_reused_connection_that_drops_sends_a_read_again(void **state)
{
    (void)state;
    for (enum drop how = DROP_FIN; how <= DROP_RESET; how++) {
        struct dropping plan = {.answered = 1, .how = how};
        struct gw_http_request request;
        struct seen seen;

        server = server_new(drop_after_request, &plan, NULL);
        request = client_read(server_url(server));
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_int_equal(server_requests(server), 3);
        server_free(server);
        server = NULL;
    }
}

/* The first connection ends idle; later ones are well behaved. */
static void close_when_idle(struct peer *peer)
{
    if (peer_request(peer))
        peer_reply(peer, "{}");
    if (peer->number > 0)
        while (peer_request(peer))
            peer_reply(peer, "{}");
}

static void a_connection_closed_while_idle_carries_no_call(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(close_when_idle, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    server_wait_closed(server);
    client_run_for(&client, 2);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(server_requests(server), 2);
    assert_int_equal(server_connections(server), 2);
}

/* The same when the loop did not run in between: the close is found by the poll that comes before the sending. */
static void a_close_that_the_loop_has_not_seen_yet_carries_no_call(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(close_when_idle, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    server_wait_closed(server);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(server_requests(server), 2);
    assert_int_equal(server_connections(server), 2);
}

/* A second reply that nobody asked for, as soon as the first one is known to have been taken. */
struct stray {
    atomic_bool taken, sent;
};

static void second_reply_later(struct peer *peer)
{
    struct stray *stray = peer->user;

    while (peer_request(peer)) {
        peer_reply(peer, "{\"for\":\"this\"}");
        if (peer->number > 0)
            continue;
        while (!atomic_load(&stray->taken))
            sleep_ms(1);
        peer_reply(peer, "{\"for\":\"nobody\"}");
        atomic_store(&stray->sent, true);
    }
}

static void bytes_on_an_idle_connection_end_it(void **state)
{
    struct gw_http_request request;
    struct stray stray = {0};
    struct seen seen;

    (void)state;
    server = server_new(second_reply_later, &stray, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    atomic_store(&stray.taken, true);
    while (!atomic_load(&stray.sent))
        sleep_ms(1);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_string_equal(seen.body, "{\"for\":\"this\"}");
    assert_int_equal(server_connections(server), 2);
    assert_int_equal(server_requests(server), 2);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_drop_after_the_request_is_broken_and_not_sent_again),
        NET_TEST(a_reused_connection_that_drops_does_not_send_a_call_twice),
        NET_TEST(a_reused_connection_that_drops_sends_a_read_again),
        NET_TEST(a_connection_closed_while_idle_carries_no_call),
        NET_TEST(a_close_that_the_loop_has_not_seen_yet_carries_no_call),
        NET_TEST(bytes_on_an_idle_connection_end_it),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
