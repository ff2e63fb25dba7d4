/* The configured proxy is a tunnel and no more; the environment's is none. */
#include "client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gatewave/base/text.h"

#include "cert.h"
#include "server.h"

static struct authority *authority;
static struct server *server, *proxy;
static struct client client;

static int make_authority(void **state)
{
    (void)state;
    authority = authority_new("gatewave test authority");
    return 0;
}

static int drop_authority(void **state)
{
    (void)state;
    authority_free(authority);
    return 0;
}

static void answer(struct peer *peer)
{
    while (peer_request(peer))
        peer_reply(peer, "{}");
}

static int open_server(void **state)
{
    (void)state;
    server = server_new(answer, NULL, authority_server(authority, &(struct cert){.name = "IP:127.0.0.1"}));
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    client_close(&client);
    server_free(proxy);
    server_free(server);
    proxy = server = NULL;
    return 0;
}

static void open_client(server_script *script, void *user)
{
    struct gw_http_config config = client_config();

    proxy = server_new(script, user, NULL);
    config.ca_file = authority_file(authority);
    config.proxy = server_url(proxy);
    config.call_timeout_ms = 1000;
    client_open(&client, &config);
}

/* What the proxy was asked, for the test to look at once the connection is over. */
struct asked {
    char head[1024];
};

/* Opens the tunnel and carries bytes until either side ends. */
static void tunnel(struct peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct asked *asked = peer->user;
    struct pollfd ends[2] = {{.fd = peer->fd, .events = POLLIN}, {.events = POLLIN}};
    char bytes[4096];
    bool open = true;

    if (!peer_request(peer))
        return;
    gw_text_copy(asked->head, sizeof(asked->head), peer->request);
    address.sin_port = htons((uint16_t)server_port(server));
    ends[1].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(ends[1].fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        peer_text(peer, "HTTP/1.1 200 Connection established\r\nx-acs-request-id: of-the-proxy\r\n\r\n");
    while (open && poll(ends, 2, -1) > 0)
        for (int i = 0; i < 2; i++)
            if (ends[i].revents) {
                ssize_t n = read(ends[i].fd, bytes, sizeof(bytes));

                if (n <= 0 || send(ends[1 - i].fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
                    open = false;
            }
    close(ends[1].fd);
}

static void a_tunnel_carries_calls_and_sees_none_of_them(void **state)
{
    const char *const header[] = {"Authorization: ACS3 secret", "x-acs-action: DoIt"};
    struct gw_http_request request;
    struct asked asked = {0};
    char wanted[64];

    (void)state;
    open_client(tunnel, &asked);
    request = client_once(server_url(server));
    request.header = header;
    request.n_headers = 2;
    for (unsigned i = 0; i < 5; i++) {
        struct seen seen = client_call(&client, &request);

        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_int_equal(seen.status, 200);
        /* The proxy's reply is not the response. */
        assert_string_equal(seen.request_id, "");
    }
    assert_int_equal(server_requests(server), 5);
    assert_int_equal(server_connections(proxy), 1);
    snprintf(wanted, sizeof(wanted), "CONNECT 127.0.0.1:%d HTTP/1.1\r\n", server_port(server));
    assert_true(gw_text_starts(asked.head, wanted));
    assert_null(strstr(asked.head, "secret"));
    assert_null(strstr(asked.head, "x-acs"));
}

static void say(struct peer *peer)
{
    if (peer_request(peer))
        peer_text(peer, peer->user);
}

static void a_proxy_that_refuses_the_tunnel_saw_nothing(void **state)
{
    static const char *const refusal[] = {
        "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refusal) / sizeof(refusal[0]); i++) {
        struct gw_http_request request;
        struct seen seen;

        open_client(say, (void *)(uintptr_t)refusal[i]);
        request = client_once(server_url(server));
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_PROXY);
        assert_int_equal(seen.status, 0);
        assert_int_equal(server_connections(server), 0);
        if (i + 1 < sizeof(refusal) / sizeof(refusal[0])) {
            client_close(&client);
            server_free(proxy);
            proxy = NULL;
        }
    }
}

/* The far end of the tunnel is verified like any other. */
static void a_tunnel_to_the_wrong_server_is_refused(void **state)
{
    struct gw_http_request request;
    struct asked asked = {0};
    struct seen seen;

    (void)state;
    open_client(tunnel, &asked);
    request = client_once("https://sag.example.test");
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_CERTIFICATE);
    assert_true(gw_text_starts(asked.head, "CONNECT sag.example.test:443 HTTP/1.1\r\n"));
    assert_int_equal(server_requests(server), 0);
}

static void plain_http_to_this_machine_goes_past_the_proxy(void **state)
{
    struct server *plain = server_new(answer, NULL, NULL);
    struct gw_http_request request, tunneled;
    struct asked asked = {0};
    struct seen seen;

    (void)state;
    open_client(tunnel, &asked);
    request = client_once(server_url(plain));
    tunneled = client_once(server_url(server));
    /* In turns: the one must not leave its setting to the other. */
    for (unsigned i = 0; i < 4; i++) {
        seen = client_call(&client, i % 2 == 0 ? &request : &tunneled);
        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_int_equal(server_connections(proxy), i == 0 ? 0 : 1);
    }
    assert_int_equal(server_requests(plain), 2);
    server_free(plain);
}

static void the_environment_has_no_say(void **state)
{
    static const char *const name[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    struct gw_http_config config = client_config();
    struct gw_http_request request;
    struct asked asked = {0};
    struct seen seen;

    (void)state;
    for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
        setenv(name[i], "http://127.0.0.1:1", 1);
    config.ca_file = authority_file(authority);
    client_open(&client, &config);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    client_close(&client);
    /* Nor may it exempt a host from the proxy that was configured. */
    setenv("no_proxy", "*", 1);
    open_client(tunnel, &asked);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(server_connections(proxy), 1);
    for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
        unsetenv(name[i]);
    unsetenv("no_proxy");
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_server, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_tunnel_carries_calls_and_sees_none_of_them),
        NET_TEST(a_proxy_that_refuses_the_tunnel_saw_nothing),
        NET_TEST(a_tunnel_to_the_wrong_server_is_refused),
        NET_TEST(plain_http_to_this_machine_goes_past_the_proxy),
        NET_TEST(the_environment_has_no_say),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, make_authority, drop_authority);
}
