/*
 * TLS: who is believed and who is not, and that no byte of a request reaches one who is not.
 */
#include "client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

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

static void answer(struct peer *peer)
{
    while (peer_request(peer))
        peer_reply(peer, "{}");
}

static SSL_CTX *good(void)
{
    return authority_server(authority, &(struct cert){.name = "IP:127.0.0.1"});
}

static void a_verified_server_is_spoken_to_over_one_connection(void **state)
{
    struct gw_http_request request;

    (void)state;
    server = server_new(answer, NULL, good());
    request = client_once(server_url(server));
    for (unsigned i = 0; i < 50; i++) {
        struct seen seen = client_call(&client, &request);

        assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
        assert_string_equal(seen.body, "{}");
    }
    assert_int_equal(server_connections(server), 1);
    assert_int_equal(server_requests(server), 50);
}

static void a_server_is_believed_under_its_name(void **state)
{
    struct gw_http_request request;
    struct seen seen;
    char url[64];

    (void)state;
    server = server_new(answer, NULL, authority_server(authority, &(struct cert){.name = "DNS:localhost"}));
    snprintf(url, sizeof(url), "https://localhost:%d", server_port(server));
    request = client_once(url);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
}

static void expect_refused(SSL_CTX *tls, enum gw_http_cause cause, const char *word)
{
    struct gw_http_request request;
    struct seen seen;

    server = server_new(answer, NULL, tls);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, cause);
    if (!strstr(seen.detail, word))
        print_error("%s\n", seen.detail);
    assert_non_null(strstr(seen.detail, word));
    assert_int_equal(server_requests(server), 0);
    server_free(server);
    server = NULL;
}

static void a_certificate_that_does_not_hold_stops_the_call_unsent(void **state)
{
    const struct {
        struct cert cert;
        const char *word;
    } bad[] = {
        {{.name = "DNS:example.test"}, "127.0.0.1"},
        {{.name = "DNS:localhost"}, "127.0.0.1"},
        {{.name = "IP:127.0.0.1", .from_day = -10, .to_day = -1}, "expired"},
        {{.name = "IP:127.0.0.1", .from_day = 1, .to_day = 10}, "not yet valid"},
        {{.name = "IP:127.0.0.1", .self_signed = true}, "self"},
        {{.name = "IP:127.0.0.1", .purpose = "clientAuth"}, "purpose"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(bad); i++)
        expect_refused(authority_server(authority, &bad[i].cert), GW_HTTP_CAUSE_CERTIFICATE, bad[i].word);
}

static void another_authority_is_not_ours(void **state)
{
    struct authority *other = authority_new("another authority"), *forger = authority_new(AUTHORITY);

    (void)state;
    expect_refused(authority_server(other, &(struct cert){.name = "IP:127.0.0.1"}), GW_HTTP_CAUSE_CERTIFICATE,
                   "issuer");
    expect_refused(authority_server(forger, &(struct cert){.name = "IP:127.0.0.1"}),
                   GW_HTTP_CAUSE_CERTIFICATE, "asn1");
    authority_free(forger);
    authority_free(other);
}

static void without_a_ca_file_the_systems_bundle_decides(void **state)
{
    struct gw_http_config config = client_config();

    (void)state;
    client_close(&client);
    client_open(&client, &config);
    expect_refused(good(), GW_HTTP_CAUSE_CERTIFICATE, "issuer");
}

static void a_ca_file_that_holds_none_is_our_fault(void **state)
{
    struct gw_http_config config = client_config();
    char path[] = "/tmp/gatewave-test-no-ca-XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    assert_int_equal(write(fd, "not a certificate\n", 18), 18);
    close(fd);
    client_close(&client);
    config.ca_file = path;
    client_open(&client, &config);
    expect_refused(good(), GW_HTTP_CAUSE_LOCAL, "certificate");
    unlink(path);
}

static void tls_before_1_2_is_not_spoken(void **state)
{
    SSL_CTX *tls = good();

    (void)state;
    assert_int_equal(SSL_CTX_set_min_proto_version(tls, TLS1_VERSION), 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(tls, TLS1_1_VERSION), 1);
    expect_refused(tls, GW_HTTP_CAUSE_TLS, "version");
}

static void tls_1_2_is_spoken(void **state)
{
    struct gw_http_request request;
    SSL_CTX *tls = good();
    struct seen seen;

    (void)state;
    assert_int_equal(SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION), 1);
    server = server_new(answer, NULL, tls);
    request = client_once(server_url(server));
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
}

static void say_no_tls(struct peer *peer)
{
    char hello[512];

    if (read(peer->fd, hello, sizeof(hello)) > 0)
        peer_text(peer, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
}

static void reset_in_handshake(struct peer *peer)
{
    char hello[512];

    if (read(peer->fd, hello, sizeof(hello)) > 0)
        peer_reset(peer);
}

static void a_handshake_that_breaks_was_never_sent(void **state)
{
    server_script *const script[] = {say_no_tls, reset_in_handshake};
    char url[64];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(script); i++) {
        struct gw_http_request request;
        struct seen seen;

        server = server_new(script[i], NULL, NULL);
        snprintf(url, sizeof(url), "https://127.0.0.1:%d", server_port(server));
        request = client_once(url);
        seen = client_call(&client, &request);
        assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_TLS);
        server_free(server);
        server = NULL;
    }
}

static void a_handshake_that_hangs_is_bounded_by_the_connect_timeout(void **state)
{
    struct gw_http_config config = client_config();
    struct gw_http_request request;
    struct seen seen;
    char url[64];

    (void)state;
    client_close(&client);
    config.connect_timeout_ms = 60;
    client_open(&client, &config);
    server = server_new(peer_hold, NULL, NULL);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d", server_port(server));
    request = client_once(url);
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_NEVER_SENT, GW_HTTP_CAUSE_TIMEOUT);
}

/*
 * A system that would speak anything, on both sides: what is refused above is then refused by us, and would not be
 * without us.
 */
static void open_the_systems_mind(void)
{
    static const char lenient[] = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n"
                                  "[c]\nMinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n";
    char path[] = "/tmp/gatewave-test-openssl-XXXXXX";
    int fd = mkstemp(path);

    GW_CHECK(fd >= 0 && write(fd, lenient, strlen(lenient)) == (ssize_t)strlen(lenient));
    close(fd);
    setenv("OPENSSL_CONF", path, 1);
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_CONFIG, NULL);
    unlink(path);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, open_client, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NET_TEST(a_verified_server_is_spoken_to_over_one_connection),
        NET_TEST(a_server_is_believed_under_its_name),
        NET_TEST(a_certificate_that_does_not_hold_stops_the_call_unsent),
        NET_TEST(another_authority_is_not_ours),
        NET_TEST(without_a_ca_file_the_systems_bundle_decides),
        NET_TEST(a_ca_file_that_holds_none_is_our_fault),
        NET_TEST(tls_before_1_2_is_not_spoken),
        NET_TEST(tls_1_2_is_spoken),
        NET_TEST(a_handshake_that_breaks_was_never_sent),
        NET_TEST(a_handshake_that_hangs_is_bounded_by_the_connect_timeout),
    };

    signal(SIGPIPE, SIG_IGN);
    open_the_systems_mind();
    return cmocka_run_group_tests(tests, make_authority, drop_authority);
}
