#ifndef GATEWAVE_TESTS_NET_CLIENT_H
#define GATEWAVE_TESTS_NET_CLIENT_H
/* A gw_http on its own loop, and calls that wait for their completion. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/net/http.h"

/* A completion, kept. */
struct seen {
    unsigned count;
    enum gw_http_end end;
    enum gw_http_cause cause;
    int status;
    char content_type[64], date[64], retry_after[64], ratelimit_user_api[64], ratelimit_user[64],
        request_id[64];
    char body[1024]; /* the beginning */
    size_t body_len;
    char detail[200];
};

struct client {
    struct gw_loop *loop;
    struct gw_http *http;
    struct gw_timer *guard; /* fails a test that would hang */
    unsigned waiting;
};

/* Far longer than anything takes here, valgrind on a busy machine included: no test that passes waits for it. */
#define CLIENT_PATIENCE_MS 20000
#define CLIENT_HANGS_MS    300000

/* Everything on, and patience; a test changes what it is about. */
struct gw_http_config client_config(void);
void client_open(struct client *client, const struct gw_http_config *config);
void client_close(struct client *client);
/* A new client with another patience. */
void client_reopen(struct client *client, uint64_t connect_ms, uint64_t call_ms, uint64_t stall_ms);
/* Lets the loop do what there is to do for a while. */
void client_run_for(struct client *client, unsigned ms);
/* A POST of {} that must reach the server at most once. */
struct gw_http_request client_once(const char *url);
/* The same, but one that may be sent again. */
struct gw_http_request client_read(const char *url);
struct seen client_call(struct client *client, const struct gw_http_request *request);
struct call {
    struct client *client;
    struct seen seen;
};
/* Submits only; client_wait runs the loop until all that were submitted so have completed. */
void client_start(struct client *client, const struct gw_http_request *request, struct call *call);
void client_wait(struct client *client);

#define assert_end(seen, wanted_end, wanted_cause)                                                   \
    do {                                                                                             \
        if ((seen).end != (wanted_end) || (seen).cause != (wanted_cause))                            \
            print_error("end %d, cause %s: %s\n", (int)(seen).end, gw_http_cause_name((seen).cause), \
                        (seen).detail);                                                              \
        assert_int_equal((seen).count, 1);                                                           \
        assert_int_equal((seen).end, wanted_end);                                                    \
        assert_int_equal((seen).cause, wanted_cause);                                                \
    } while (0)

#endif
