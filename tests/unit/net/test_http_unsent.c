/* Exchanges that end before the request: every one proven never sent, and the server agrees. */
#include "client.h"
#include "endpoint-local.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/resource.h>
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

static void a_refused_connect_was_never_sent(void **state)
{
    struct gw_http_request request;
    struct seen seen;
    char url[64];
    int fd;

    (void)state;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d", port_nobody_serves(&fd));
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
    static const char *const host[] = {"127.0.0.1", "localhost", "LOCALHOST", "127.1.2.3", "[::1]"};
    char url[64];
    int fd, port = port_nobody_serves(&fd);

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(host); i++) {
        struct gw_http_request request;
        struct seen seen;

        snprintf(url, sizeof(url), "http://%s:%d", host[i], port);
        request = client_once(url);
        seen = client_call(&client, &request);
        /* Tried, and refused by the system: nobody listens. */
        assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_CONNECT);
    }
    close(fd);
}

/* Asked of the list itself: nothing is sent there from here. */
static void plain_http_to_the_metadata_service_is_spoken_too(void **state)
{
    static const char *const no[] = {
        "http://100.100.100.200:80",
        "http://100.100.100.201",
        "http://100.100.100.20",
        "http://100.100.100.2000",
        "http://100.100.100.200.example.com",
        "http://0100.100.100.200",
        "http://x@100.100.100.200",
        "http://100.100.100.200/latest",
    };
    bool plain = false;

    (void)state;
    assert_true(gw_http_endpoint("http://100.100.100.200", &plain));
    assert_true(plain);
    assert_true(gw_http_endpoint("https://100.100.100.200", &plain));
    assert_false(plain);
    for (size_t i = 0; i < GW_COUNT_OF(no); i++)
        assert_false(gw_http_endpoint(no[i], &plain));
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

/* The server lets us in; then we think better of it. */
static void what_is_withheld_was_never_sent(void **state)
{
    struct gw_http_request request;
    struct seen seen;
    bool withheld = true;

    (void)state;
    server = server_new(peer_hold, NULL, NULL);
    request = client_once(server_url(server));
    request.withheld = &withheld;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_WITHHELD);
    assert_string_equal(gw_http_cause_name(seen.cause), "withheld");
    assert_int_equal(server_requests(server), 0);
}

/* The word counts that holds when the first byte would leave, not the one when it was submitted. */
static void the_last_word_counts(void **state)
{
    struct gw_http_request request;
    struct call call;
    bool withheld = false;

    (void)state;
    server = server_new(peer_hold, NULL, NULL);
    request = client_once(server_url(server));
    request.withheld = &withheld;
    client_start(&client, &request, &call);
    withheld = true;
    client_wait(&client);
    assert_end(call.seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_WITHHELD);
    assert_int_equal(server_requests(server), 0);
}

/* Its moment was over when the connection was there. */
static void what_comes_too_late_to_leave_was_never_sent(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(peer_hold, NULL, NULL);
    request = client_once(server_url(server));
    request.leave_by_ms = gw_loop_now_ms(client.loop);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_WITHHELD);
    assert_int_equal(server_requests(server), 0);
}

static void answer(struct peer *peer)
{
    while (peer_request(peer))
        peer_reply(peer, "{}");
}

static void what_is_in_time_leaves(void **state)
{
    struct gw_http_request request;
    struct seen seen;

    (void)state;
    server = server_new(answer, NULL, NULL);
    request = client_once(server_url(server));
    request.leave_by_ms = gw_loop_now_ms(client.loop) + CLIENT_PATIENCE_MS;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(server_requests(server), 1);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_refused_connect_was_never_sent),
        NET_TEST(a_name_that_does_not_resolve_was_never_sent),
        NET_TEST(what_is_neither_https_nor_this_machine_is_refused),
        NET_TEST(plain_http_to_this_machine_is_spoken_by_any_of_its_names),
        NET_TEST(plain_http_to_the_metadata_service_is_spoken_too),
        NET_TEST(want_of_descriptors_is_ours_and_never_sent),
        NET_TEST(what_is_withheld_was_never_sent),
        NET_TEST(the_last_word_counts),
        NET_TEST(what_comes_too_late_to_leave_was_never_sent),
        NET_TEST(what_is_in_time_leaves),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
