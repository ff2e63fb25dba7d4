/*
 * Exchanges that go wrong, one row of the fault catalogue at a time. Each is judged twice: what the client says of
 * it, and what the server counted.
 */
#include "client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* Another client, with less patience. */
static void open_with(uint64_t connect_ms, uint64_t call_ms, uint64_t stall_ms)
{
    struct gw_http_config config = client_config();

    client_close(&client);
    config.connect_timeout_ms = connect_ms;
    config.call_timeout_ms = call_ms;
    config.stall_ms = stall_ms;
    client_open(&client, &config);
}

/* A port that nobody listens on: bound, and given back at the end of the test. */
static int closed_port(int *ret_fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    *ret_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*ret_fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(getsockname(*ret_fd, (struct sockaddr *)&address, &len), 0);
    return ntohs(address.sin_port);
}

/* ---- before the request ---- */

static void a_refused_connect_was_never_sent(void **state)
{
    struct gw_http_request request;
    struct seen seen;
    char url[64];
    int fd;

    (void)state;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", closed_port(&fd));
    request = client_once(url);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_CONNECT);
    close(fd);
}

static void a_name_that_does_not_resolve_was_never_sent(void **state)
{
    /* RFC 6761 keeps .invalid from ever existing; the length makes the resolver refuse it without asking anybody. */
    struct gw_http_request request =
        client_once("https://"
                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                    ".invalid");
    struct seen seen;

    (void)state;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_RESOLVE);
}

static void what_is_neither_https_nor_this_machine_is_refused(void **state)
{
    static const char *const bad[] = {
        "http://192.0.2.1",
        "http://example.test",
        "http://127.evil.test",
        "http://127.1",
        "http://0x7f000001",
        "http://localhost.evil.test",
        "http://localhost@evil.test",
        "ftp://127.0.0.1",
        "https://",
        "https://a b",
        "https://user@127.0.0.1",
        "https://127.0.0.1/path",
        "https://127.0.0.1?q",
        "https://127.0.0.1#f",
        "https://127.0.0.1:",
        "https://127.0.0.1:0",
        "https://127.0.0.1:65536",
        "https://127.0.0.1:1x",
        "HTTP://127.0.0.1",
        "file:///etc/passwd",
        "127.0.0.1",
        "",
        "http://[::2]",
        "https://[::1",
        "https://%31",
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++) {
        struct gw_http_request request = client_once(bad[i]);
        struct seen seen = client_call(&client, &request);

        assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_LOCAL);
        assert_non_null(strstr(seen.detail, "https"));
    }
}

static void plain_http_to_this_machine_is_spoken_by_any_of_its_names(void **state)
{
    static const char *const good[] = {"http://127.0.0.1:%d", "http://localhost:%d", "http://LOCALHOST:%d",
                                       "http://127.1.2.3:%d", "http://[::1]:%d"};
    char url[64];
    int fd, port = closed_port(&fd);

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(good); i++) {
        struct gw_http_request request;
        struct seen seen;

        switch (i) {
        case 0:
            snprintf(url, sizeof(url), "http://127.0.0.1:%d", port);
            break;
        case 1:
            snprintf(url, sizeof(url), "http://localhost:%d", port);
            break;
        case 2:
            snprintf(url, sizeof(url), "http://LOCALHOST:%d", port);
            break;
        case 3:
            snprintf(url, sizeof(url), "http://127.1.2.3:%d", port);
            break;
        default:
            snprintf(url, sizeof(url), "http://[::1]:%d", port);
        }
        request = client_once(url);
        seen = client_call(&client, &request);
        /* Tried, and refused by the system: nobody listens. */
        assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_CONNECT);
    }
    close(fd);
}

static void want_of_descriptors_is_ours_and_never_sent(void **state)
{
    struct rlimit limit, none;
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(peer_hold, NULL, NULL);
    request = client_once(server_url(server));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    seen = client_call(&client, &request);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_LOCAL);
    assert_int_equal(server_requests(server), 0);
}

/* ---- after the request ---- */

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

/* Brings what the loop has missed: runs it for a while with nothing of ours to do. */
static void stop_loop(void *user)
{
    gw_loop_stop(user);
}

static void run_for(unsigned ms)
{
    struct gw_timer *timer = gw_timer_new(client.loop, stop_loop, client.loop);

    gw_timer_set(timer, gw_loop_now_ms(client.loop) + ms);
    gw_loop_run(client.loop);
    gw_timer_free(timer);
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
    run_for(20);
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
    sleep_ms(20);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(server_requests(server), 2);
    assert_int_equal(server_connections(server), 2);
}

/* A second reply that nobody asked for, after a pause: the connection must not carry another call. */
static void second_reply_later(struct peer *peer)
{
    while (peer_request(peer)) {
        peer_reply(peer, "{\"for\":\"this\"}");
        if (peer->number == 0) {
            sleep_ms(5);
            peer_reply(peer, "{\"for\":\"nobody\"}");
        }
    }
}

static void bytes_on_an_idle_connection_end_it(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(second_reply_later, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    sleep_ms(20);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_string_equal(seen.body, "{\"for\":\"this\"}");
    assert_int_equal(server_connections(server), 2);
    assert_int_equal(server_requests(server), 2);
}

/* ---- a response that is not whole, or not one ---- */

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
    open_with(2000, 100, 2000);
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

/* ---- time ---- */

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
    open_with(2000, 100, 2000);
    server = server_new(hold, NULL, NULL);
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 2; i++) {
        start_ms = gw_loop_now_ms(client.loop);
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_TIMEOUT);
        assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 100, 800);
    }
    assert_int_equal(gw_http_free_slots(client.http), 4);
}

static void deadlines_of_many_are_kept_each(void **state)
{
    struct gw_http_request request;
    struct call call[4];

    (void)state;
    open_with(2000, 100, 2000);
    server = server_new(hold, NULL, NULL);
    request = client_read(server_url(server));
    for (unsigned i = 0; i < 4; i++) {
        client_start(&client, &request, &call[i]);
        run_for(10);
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
    for (unsigned i = 0; i < 30; i++) {
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
    open_with(2000, 100, 2000);
    server = server_new(drip, NULL, NULL);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_TIMEOUT);
    assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 100, 800);
}

static void a_stalled_server_is_given_up_before_the_deadline(void **state)
{
    struct gw_http_request request;
    uint64_t start_ms;
    struct seen seen;

    (void)state;
    open_with(2000, 4000, 80);
    server = server_new(hold, NULL, NULL);
    request = client_once(server_url(server));
    start_ms = gw_loop_now_ms(client.loop);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_BROKEN, GW_HTTP_CAUSE_STALL);
    assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 80, 1000);
}

static void slow_but_whole(struct peer *peer)
{
    if (!peer_request(peer))
        return;
    peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n");
    for (unsigned i = 0; i < 12; i++) {
        sleep_ms(25);
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
    open_with(2000, 4000, 150);
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
    int fd, filler[4], port = closed_port(&fd);
    uint64_t start_ms;
    struct seen seen;
    char url[64];

    (void)state;
    open_with(60, 4000, 4000);
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
    assert_in_range(gw_loop_now_ms(client.loop) - start_ms, 55, 1000);
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
    sleep_ms(300);
}

/* However late the loop is, a reply that had arrived in time is read before anything is called late. */
static void a_late_loop_reads_before_it_gives_up(void **state)
{
    struct gw_http_request request;
    struct gw_timer *late;
    struct seen seen;

    (void)state;
    open_with(2000, 200, 100);
    late = gw_timer_new(client.loop, sleep_in_the_loop, NULL);
    server = server_new(answer_slowly, NULL, NULL);
    request = client_once(server_url(server));
    gw_timer_set(late, gw_loop_now_ms(client.loop) + 10);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    gw_timer_free(late);
}

/* The other side of it: a request that the loop could not start in time is not started. */
static void a_request_whose_time_passed_unsent_is_not_sent(void **state)
{
    struct gw_http_request request;
    struct gw_timer *late;
    struct call call;

    (void)state;
    open_with(2000, 200, 2000);
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

/* ---- the end ---- */

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
        run_for(5);
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
        run_for(5);
    gw_http_free(client.http);
    assert_end(call.seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_CANCELED);
    client.http = gw_http_new(client.loop, &config, NULL);
    assert_non_null(client.http);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_refused_connect_was_never_sent),
        NET_TEST(a_name_that_does_not_resolve_was_never_sent),
        NET_TEST(what_is_neither_https_nor_this_machine_is_refused),
        NET_TEST(plain_http_to_this_machine_is_spoken_by_any_of_its_names),
        NET_TEST(want_of_descriptors_is_ours_and_never_sent),
        NET_TEST(a_drop_after_the_request_is_broken_and_not_sent_again),
        NET_TEST(a_reused_connection_that_drops_does_not_send_a_call_twice),
        NET_TEST(a_reused_connection_that_drops_sends_a_read_again),
        NET_TEST(a_connection_closed_while_idle_carries_no_call),
        NET_TEST(a_close_that_the_loop_has_not_seen_yet_carries_no_call),
        NET_TEST(bytes_on_an_idle_connection_end_it),
        NET_TEST(a_cut_response_is_broken),
        NET_TEST(a_response_that_never_ends_times_out),
        NET_TEST(what_is_not_http_is_garbage),
        NET_TEST(a_body_of_untold_length_is_not_believed),
        NET_TEST(bytes_after_the_end_are_seen),
        NET_TEST(encoded_bodies_are_refused),
        NET_TEST(floods_are_cut_at_their_limits),
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
