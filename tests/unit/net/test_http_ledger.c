/*
 * Many calls over a server that misbehaves at random, with the server's own ledger as the witness: no call arrives
 * twice, what is said to be complete arrived, and what is said to be never sent did not.
 */
#include "client.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"

#include "cert.h"
#include "server.h"

#define CALLS 1500
#define SLOTS 16

struct ledger {
    atomic_uint arrived[CALLS];
    atomic_uint seed;
};

struct run {
    struct client client;
    struct ledger ledger;
    const char *url;
    bool once;
    unsigned next, under_way, done;
    unsigned ended[GW_HTTP_BROKEN + 1];
};

struct one {
    struct run *run;
    unsigned number;
    bool completed;
};

static struct one one[CALLS];

/* Notes the call, then answers, or closes before or after, or cuts the answer, or says too much. */
static void misbehave(struct peer *peer)
{
    struct ledger *ledger = peer->user;
    char line[64];

    while (peer_request(peer)) {
        unsigned dice = (atomic_fetch_add(&ledger->seed, 1) * 2654435761u) >> 24;
        unsigned number = CALLS;

        if (peer_header(peer, "x-number:", line, sizeof(line)))
            number = (unsigned)strtoul(line + strlen("x-number:"), NULL, 10);
        assert_true(number < CALLS);
        atomic_fetch_add(&ledger->arrived[number], 1);
        switch (dice % 16) {
        case 0:
            return;
        case 1:
            peer_reset(peer);
            return;
        case 2:
            peer_reply(peer, "{}");
            return;
        case 3:
            peer_reply(peer, "{}");
            peer_reset(peer);
            return;
        case 4:
            peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{");
            return;
        case 5:
            /* In one go: what comes after the next request has left, nobody can tell from its answer. */
            peer_text(peer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
                            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray");
            break;
        case 6:
            sleep_ms(1);
            peer_reply(peer, "{}");
            break;
        default:
            peer_reply(peer, "{}");
        }
    }
}

static void submit(struct run *run);

static void done(void *user, const struct gw_http_result *result)
{
    struct one *call = user;
    struct run *run = call->run;
    unsigned arrived = atomic_load(&run->ledger.arrived[call->number]);

    assert_false(call->completed);
    call->completed = true;
    run->ended[result->end]++;
    if (result->end == GW_HTTP_COMPLETE) {
        assert_true(arrived >= 1);
        assert_string_equal(result->body, "{}");
    }
    if (result->end == GW_HTTP_NEVER_SENT)
        assert_int_equal(arrived, 0);
    run->under_way--;
    run->done++;
    if (run->next < CALLS)
        submit(run);
    else if (run->under_way == 0)
        gw_loop_stop(run->client.loop);
}

static void submit(struct run *run)
{
    struct gw_http_request request = client_read(run->url);
    const char *header[1];
    char number[32];

    snprintf(number, sizeof(number), "x-number: %u", run->next);
    header[0] = number;
    request.header = header;
    request.n_headers = 1;
    request.once = run->once;
    one[run->next] = (struct one){.run = run, .number = run->next};
    run->under_way++;
    assert_true(gw_http_submit(run->client.http, &request, done, &one[run->next++]));
}

/* Calls that arrived more than once. */
static unsigned play(SSL_CTX *tls, const char *ca_file, bool once)
{
    static struct run run;
    struct gw_http_config config = client_config();
    struct server *server;
    unsigned twice = 0;

    memset(&run, 0, sizeof(run));
    server = server_new(misbehave, &run.ledger, tls);
    config.slots = SLOTS;
    config.ca_file = ca_file;
    client_open(&run.client, &config);
    run.url = server_url(server);
    run.once = once;
    for (unsigned i = 0; i < SLOTS; i++)
        submit(&run);
    gw_timer_set(run.client.guard, gw_loop_now_ms(run.client.loop) + CLIENT_HANGS_MS);
    gw_loop_run(run.client.loop);
    client_close(&run.client);
    server_free(server);
    assert_int_equal(run.done, CALLS);
    /* The server keeps to its part: most calls succeed, and enough do not. */
    assert_true(run.ended[GW_HTTP_COMPLETE] > CALLS / 2);
    assert_true(run.ended[GW_HTTP_BROKEN] > CALLS / 20);
    for (unsigned i = 0; i < CALLS; i++)
        if (atomic_load(&run.ledger.arrived[i]) > 1)
            twice++;
    return twice;
}

static void no_call_arrives_twice(void **state)
{
    (void)state;
    assert_int_equal(play(NULL, "", true), 0);
}

static void no_call_arrives_twice_over_tls(void **state)
{
    struct authority *authority = authority_new("gatewave test authority");
    SSL_CTX *tls = authority_server(authority, &(struct cert){.name = "IP:127.0.0.1"});

    (void)state;
    assert_int_equal(play(tls, authority_file(authority), true), 0);
    authority_free(authority);
}

/* The control: the same server does see reads twice. */
static void reads_do_arrive_twice(void **state)
{
    (void)state;
    assert_true(play(NULL, "", false) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_call_arrives_twice),
        cmocka_unit_test(no_call_arrives_twice_over_tls),
        cmocka_unit_test(reads_do_arrive_twice),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
