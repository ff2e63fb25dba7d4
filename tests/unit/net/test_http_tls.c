/* The faults of plain connections that TLS could hide, played again through it. */
#include "client.h"

#include <signal.h>
#include <stdatomic.h>

#include "gatewave/base/check.h"

#include "cert.h"
#include "server.h"

#define AUTHORITY "gatewave test authority"

static struct authority *authority;
static struct client client;
static struct server *server;

static int make_authority(void **state)
{
    (void)state;
    authority = authority_new(AUTHORITY);
    return 0;
}

static int drop_authority(void **state)
{
    (void)state;
    authority_free(authority);
    return 0;
}

static int open_client(void **state)
{
    struct gw_http_config config = client_config();

    (void)state;
    config.ca_file = authority_file(authority);
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

static SSL_CTX *good(void)
{
    return authority_server(authority, &(struct cert){.name = "IP:127.0.0.1"});
}

struct dropping {
    unsigned answered;
    bool reset;
};

static void drop_after_request(struct peer *peer)
{
    const struct dropping *plan = peer->user;

    for (unsigned i = 0; peer_request(peer); i++) {
        if (peer->number == 0 && i == plan->answered) {
            if (plan->reset)
                peer_reset(peer);
            return;
        }
        peer_reply(peer, "{}");
    }
}

static void drop_on_reuse(bool once, bool reset, enum gw_http_end end, enum gw_http_cause cause,
                          unsigned requests)
{
    struct dropping plan = {.answered = 1, .reset = reset};
    struct gw_http_request request;
    struct seen seen;

    server = server_new(drop_after_request, &plan, good());
    request = once ? client_once(server_url(server)) : client_read(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    seen = client_call(&client, &request);
    assert_end(seen, end, cause);
    assert_int_equal(server_requests(server), requests);
    server_free(server);
    server = NULL;
}

static void a_reused_connection_that_drops_does_not_send_a_call_twice(void **state)
{
    (void)state;
    drop_on_reuse(true, false, GW_HTTP_BROKEN, GW_HTTP_CAUSE_RESEND, 2);
    drop_on_reuse(true, true, GW_HTTP_BROKEN, GW_HTTP_CAUSE_RESEND, 2);
}

/* The control: a read is sent again, so that the test above can fail. */
static void a_reused_connection_that_drops_sends_a_read_again(void **state)
{
    (void)state;
    drop_on_reuse(false, false, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE, 3);
    drop_on_reuse(false, true, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE, 3);
}

static void one_each(struct peer *peer)
{
    if (peer_request(peer))
        peer_reply(peer, "{}");
}

static void a_connection_closed_while_idle_carries_no_call(void **state)
{
    struct gw_http_request request;

    (void)state;
    server = server_new(one_each, NULL, good());
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 3; i++) {
        struct seen seen = client_call(&client, &request);

        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        server_wait_closed(server);
    }
    assert_int_equal(server_requests(server), 3);
    assert_int_equal(server_connections(server), 3);
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
    server = server_new(second_reply_later, &stray, good());
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

static void two_replies_at_once(struct peer *peer)
{
    if (peer_request(peer)) {
        peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
                        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        peer_hold(peer);
    }
}

static void cut_without_goodbye(struct peer *peer)
{
    if (peer_request(peer)) {
        peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"Request");
        /* No close_notify: an attacker who can cut the wire can do this too. */
        SSL_set_quiet_shutdown(peer->tls, 1);
    }
}

static void cut_with_goodbye(struct peer *peer)
{
    if (peer_request(peer))
        peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"Request");
}

static void what_is_not_one_whole_reply_is_broken(void **state)
{
    const struct {
        server_script *script;
        enum gw_http_cause cause;
    } bad[] = {
        {two_replies_at_once, GW_HTTP_CAUSE_GARBAGE},
        {cut_without_goodbye, GW_HTTP_CAUSE_RESET},
        {cut_with_goodbye, GW_HTTP_CAUSE_RESET},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        struct gw_http_request request;
        struct seen seen;

        server = server_new(bad[i].script, NULL, good());
        request = client_once(server_url(server));
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_BROKEN, bad[i].cause);
        assert_int_equal(server_requests(server), 1);
        server_free(server);
        server = NULL;
    }
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_reused_connection_that_drops_does_not_send_a_call_twice),
        NET_TEST(a_reused_connection_that_drops_sends_a_read_again),
        NET_TEST(a_connection_closed_while_idle_carries_no_call),
        NET_TEST(bytes_on_an_idle_connection_end_it),
        NET_TEST(what_is_not_one_whole_reply_is_broken),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, make_authority, drop_authority);
}
