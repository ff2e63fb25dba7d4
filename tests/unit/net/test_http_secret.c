/* Exchanges that hold keys: what is left of them in this floor's memory when they are over. */
#include "client.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "http-local.h"
#include "server.h"

#define MARKER "Marker7SecretOfTheKey"

static struct client client;
static struct server *server;

static void open_client(bool secret)
{
    struct gw_http_config config = client_config();

    config.slots = 1;
    config.secret = secret;
    client_open(&client, &config);
}

static int close_all(void **state)
{
    (void)state;
    client_close(&client);
    server_free(server);
    server = NULL;
    return 0;
}

/* Large enough to grow while it comes, small enough to be kept. */
static void give(struct peer *peer)
{
    char body[20001];

    memset(body, 'x', sizeof(body) - 1);
    memcpy(body, MARKER, sizeof(MARKER) - 1);
    memcpy(body + sizeof(body) - sizeof(MARKER), MARKER, sizeof(MARKER));
    while (peer_request(peer)) {
        peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n");
        peer_send(peer, body, sizeof(body) - 1);
    }
}

static bool holds(const struct gw_buf *buf)
{
    return buf->data && memmem(buf->data, buf->size, MARKER, sizeof(MARKER) - 1) != NULL;
}

static struct gw_http_slot *ask(const char *const *header)
{
    struct gw_http_request request = client_read(server_url(server));
    struct seen seen;

    request.target = "/" MARKER;
    request.header = header;
    request.n_headers = 1;
    seen = client_call(&client, &request);
    assert_end(seen, GW_HTTP_COMPLETE, GW_HTTP_CAUSE_NONE);
    assert_int_equal(seen.body_len, 20000);
    assert_memory_equal(seen.body, MARKER, sizeof(MARKER) - 1);
    return &client.http->lanes[0].slots[0];
}

static const char *const header[] = {"x-aliyun-ecs-metadata-token: " MARKER};

static void nothing_is_left_of_a_key(void **state)
{
    (void)state;
    open_client(true);
    server = server_new(give, NULL, NULL);
    /* The second finds the first one's memory. */
    for (int i = 0; i < 2; i++) {
        struct gw_http_slot *slot = ask(header);

        assert_non_null(slot->response.body.data);
        assert_false(holds(&slot->response.body));
        assert_non_null(slot->text.data);
        assert_false(holds(&slot->text));
        assert_non_null(slot->target.data);
        assert_false(holds(&slot->target));
    }
}

/* So that the one above is known to look where it would be found. */
static void other_exchanges_stay_until_the_next(void **state)
{
    struct gw_http_slot *slot;

    (void)state;
    open_client(false);
    server = server_new(give, NULL, NULL);
    slot = ask(header);
    assert_true(holds(&slot->response.body));
    assert_true(holds(&slot->text));
    assert_true(holds(&slot->target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_is_left_of_a_key, close_all),
        cmocka_unit_test_teardown(other_exchanges_stay_until_the_next, close_all),
    };

    GW_CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    return cmocka_run_group_tests_name("net/http_secret", tests, NULL, NULL);
}
