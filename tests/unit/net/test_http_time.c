/* Deadlines, stalls, a loop that is late, and the end of everything with calls under way. */
#include "client.h"

#include <signal.h>
#include <stdio.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

static void hold(struct peer *peer)
{
    if (peer_request(peer))
        peer_hold(peer);
}

/* The last exchange under way is ended by its own deadline, with nothing else to wake the loop. */
static void the_deadline_of_the_last_call_is_kept(void **state)
{
    struct gw_http_request request;
    uint64_t start_ms;
    struct seen seen;

    (void)state;
    client_reopen(&client, 2000, 250, 2000);
    server = server_new(hold, NULL, NULL);
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 2; i++) {
        start_ms = gw_loop_now_ms(client.loop);
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_TIMEOUT);
        assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 250, 1900);
    }
    assert_int_equal(gw_http_free_slots(client.http), 4);
}

static void deadlines_of_many_are_kept_each(void **state)
{
    struct gw_http_request request;
    struct call call[4];

    (void)state;
    client_reopen(&client, 2000, 250, 2000);
    server = server_new(hold, NULL, NULL);
    request = client_read(server_url(server));
    for (unsigned i = 0; i < 4; i++) {
        client_start(&client, &request, &call[i]);
        client_run_for(&client, 10);
    }
    client_wait(&client);
    for (unsigned i = 0; i < 4; i++)
        assert_end(call[i].seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_TIMEOUT);
    assert_int_equal(server_requests(server), 4);
}

static void drip(struct peer *peer)
{
    if (!peer_request(peer))
        return;
    peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    for (unsigned i = 0; i < 40; i++) {
        peer_text(peer, ".");
        sleep_ms(10);
    }
}

static void a_drip_does_not_outlast_the_deadline(void **state)
{
    struct gw_http_request request;
    uint64_t start_ms = gw_loop_now_ms(client.loop);
    struct seen seen;

    (void)state;
    client_reopen(&client, 2000, 250, 2000);
    server = server_new(drip, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_TIMEOUT);
    assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 250, 1900);
}

static void a_stalled_server_is_given_up_before_the_deadline(void **state)
{
    struct gw_http_request request;
    uint64_t start_ms;
    struct seen seen;

    (void)state;
    client_reopen(&client, 2000, 4000, 250);
    server = server_new(hold, NULL, NULL);
    request = client_once(server_url(server));
    start_ms = gw_loop_now_ms(client.loop);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_STALL);
    assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 250, 1900);
}

static void slow_but_whole(struct peer *peer)
{
    if (!peer_request(peer))
        return;
    peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
    for (unsigned i = 0; i < 12; i++) {
        sleep_ms(45);
        peer_text(peer, ".");
    }
    peer_hold(peer);
}

/* Slower than the stall limit in all, and never silent for so long: that is no stall. */
static void a_slow_server_is_not_a_stalled_one(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    client_reopen(&client, 2000, 4000, 500);
    server = server_new(slow_but_whole, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_string_equal(seen.body, "............");
}

/* A full backlog: the kernel takes no connection, and says nothing. */
static void a_connect_that_hangs_was_never_sent(void **state)
{
    struct gw_http_request request;
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd, filler[4], port = port_nobody_serves(&fd);
    uint64_t start_ms;
    struct seen seen;
    char url[64];

    (void)state;
    client_reopen(&client, 60, 4000, 4000);
    assert_int_equal(listen(fd, 0), 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    for (size_t i = 0; i < GW_COUNT_OF(filler); i++) {
        filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(filler[i], (struct sockaddr *)&address, sizeof(address));
    }
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
    request = client_once(url);
    start_ms = gw_loop_now_ms(client.loop);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_TIMEOUT);
    assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 55, 1900);
    for (size_t i = 0; i < GW_COUNT_OF(filler); i++)
        close(filler[i]);
    close(fd);
}

static void answer_slowly(struct peer *peer)
{
    while (peer_request(peer)) {
        sleep_ms(20);
        peer_reply(peer, "{}");
    }
}

static void sleep_in_the_loop(void *user)
{
    (void)user;
    sleep_ms(500);
}

static void wake_and_answer_slowly(struct peer *peer)
{
    while (peer_request(peer)) {
        gw_wakeup_send(peer->user);
        sleep_ms(20);
        peer_reply(peer, "{}");
    }
}

/*
 * However late the loop is, a reply that had arrived in time is read before anything is called late. The loop sleeps
 * from when the server has the request, and where it serves descriptors: its next step is to look at its timers, and
 * the reply is not read yet.
 */
static void a_late_loop_reads_before_it_gives_up(void **state)
{
    struct gw_http_request request;
    struct gw_wakeup *wakeup;
    struct seen seen;

    (void)state;
    client_reopen(&client, 2000, 400, 300);
    wakeup = gw_wakeup_new(client.loop, sleep_in_the_loop, NULL);
    server = server_new(wake_and_answer_slowly, wakeup, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    gw_wakeup_free(wakeup);
}

/* The other side of it: a request that the loop could not start in time is not started. */
static void a_request_whose_time_passed_unsent_is_not_sent(void **state)
{
    struct gw_http_request request;
    struct gw_timer *late;
    struct call call;

    (void)state;
    client_reopen(&client, 2000, 150, 2000);
    late = gw_timer_new(client.loop, sleep_in_the_loop, NULL);
    server = server_new(answer_slowly, NULL, NULL);
    request = client_once(server_url(server));
    client_start(&client, &request, &call);
    gw_timer_set(late, 0);
    client_wait(&client);
    assert_end(call.seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_TIMEOUT);
    assert_int_equal(server_connections(server), 0);
    gw_timer_free(late);
}

static void submit_in_vain(void *user, const struct gw_http_result *result)
{
    struct gw_http_request request = client_once("http://127.0.0.1:1");

    assert_int_equal(result->end, GW_HTTP_NEVER_SENT);
    assert_int_equal(result->cause, GW_HTTP_CAUSE_CANCELED);
    assert_false(gw_http_submit(client.http, &request, submit_in_vain, user));
    ++*(unsigned *)user;
}

static void freeing_completes_what_is_under_way(void **state)
{
    struct gw_http_config config = client_config();
    struct gw_http_request request, unsent;
    unsigned unsent_done = 0;
    struct call sent;

    (void)state;
    server = server_new(hold, NULL, NULL);
    request = client_once(server_url(server));
    unsent = client_once("http://127.0.0.1:1");
    client_start(&client, &request, &sent);
    while (server_requests(server) == 0)
        client_run_for(&client, 5);
    assert_true(gw_http_submit(client.http, &unsent, submit_in_vain, &unsent_done));
    gw_http_free(client.http);
    assert_end(sent.seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_CANCELED);
    assert_int_equal(unsent_done, 1);
    client.http = gw_http_new(client.loop, &config, NULL);
    assert_non_null(client.http);
}

/* Connecting, but not a byte of the request out: canceled, and proven unsent. */
static void freeing_during_the_handshake_was_never_sent(void **state)
{
    struct gw_http_config config = client_config();
    struct gw_http_request request;
    struct call call;
    char url[64];

    (void)state;
    /* A plain server that says nothing, spoken to in TLS. */
    server = server_new(peer_hold, NULL, NULL);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d", server_port(server));
    request = client_once(url);
    client_start(&client, &request, &call);
    while (server_connections(server) == 0)
        client_run_for(&client, 5);
    gw_http_free(client.http);
    assert_end(call.seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_CANCELED);
    client.http = gw_http_new(client.loop, &config, NULL);
    assert_non_null(client.http);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(the_deadline_of_the_last_call_is_kept),
        NET_TEST(deadlines_of_many_are_kept_each),
        NET_TEST(a_drip_does_not_outlast_the_deadline),
        NET_TEST(a_stalled_server_is_given_up_before_the_deadline),
        NET_TEST(a_slow_server_is_not_a_stalled_one),
        NET_TEST(a_connect_that_hangs_was_never_sent),
        NET_TEST(a_late_loop_reads_before_it_gives_up),
        NET_TEST(a_request_whose_time_passed_unsent_is_not_sent),
        NET_TEST(freeing_completes_what_is_under_way),
        NET_TEST(freeing_during_the_handshake_was_never_sent),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
