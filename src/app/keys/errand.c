/*
 * Errands. Each has one step under way at most: an exchange in one of two pools (the metadata service is near, or not
 * there at all: it gets a second), or a program. Files are read at once.
 */
#include "errand.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/core/answer.h"
#include "gatewave/net/child.h"
#include "gatewave/net/http.h"

#include "clock.h"
#include "credentials.h"
#include "key_file.h"

#define CONNECT_MS          5000
#define CALL_MS             15000
#define METADATA_CONNECT_MS 1000
#define METADATA_CALL_MS    2000

struct gw_errand {
    struct gw_errands *errands;
    struct gw_errand *next, **link; /* among all that are under way */
    struct gw_obtain *obtain;
    gw_errand_done *done;
    void *user;
    struct gw_child *child;
};

struct gw_errands {
    struct gw_loop *loop;
    const struct gw_config *config;
    uint32_t most;
    struct gw_http *far, *near; /* NULL until one is needed */
    struct gw_nonces nonces;
    struct gw_errand *first;
    bool freeing;
};

static void gw_errand_go_on(struct gw_errand *errand);

struct gw_errands *gw_errands_new(struct gw_loop *loop, const struct gw_config *config, uint32_t most)
{
    struct gw_errands *errands = gw_mem_new(1, sizeof(*errands));

    errands->loop = loop;
    errands->config = config;
    errands->most = most;
    return errands;
}

static void gw_errand_free(struct gw_errand *errand)
{
    *errand->link = errand->next;
    if (errand->next)
        errand->next->link = errand->link;
    gw_child_free(errand->child);
    gw_obtain_free(errand->obtain);
    free(errand);
}

void gw_errands_free(struct gw_errands *errands)
{
    if (!errands)
        return;
    errands->freeing = true;
    gw_http_free(errands->far);
    gw_http_free(errands->near);
    while (errands->first)
        gw_errand_free(errands->first);
    gw_secret_wipe(&errands->nonces, sizeof(errands->nonces));
    free(errands);
}

/* ---- what came of a step ---- */

static void gw_errand_hear(struct gw_errand *errand, struct gw_obtain_fact *fact)
{
    fact->now_unix_ms = gw_clock_unix_ms();
    gw_obtain_handle(errand->obtain, fact);
}

/* Our own words, for people: libcurl's may name what a proxy said. */
static const char *gw_errand_why(const struct gw_http_result *result)
{
    if (result->end == GW_HTTP_COMPLETE)
        return NULL;
    switch (result->cause) {
    case GW_HTTP_CAUSE_RESOLVE:
        return "its name is not known";
    case GW_HTTP_CAUSE_CONNECT:
        return "cannot be connected to";
    case GW_HTTP_CAUSE_PROXY:
        return "the proxy does not let it be connected to";
    case GW_HTTP_CAUSE_TLS:
    case GW_HTTP_CAUSE_CERTIFICATE:
        return "its certificate was not accepted";
    case GW_HTTP_CAUSE_TIMEOUT:
    case GW_HTTP_CAUSE_STALL:
        return "took too long";
    case GW_HTTP_CAUSE_TOO_LARGE:
        return "answered with too much";
    case GW_HTTP_CAUSE_GARBAGE:
    case GW_HTTP_CAUSE_ENCODED:
        return "answered with something that is no HTTP";
    case GW_HTTP_CAUSE_LOCAL:
        return "this machine could not send to it";
    default:
        return "the connection broke";
    }
}

static void gw_errand_replied(void *user, const struct gw_http_result *result)
{
    struct gw_errand *errand = user;
    struct gw_obtain_fact fact = {.why = gw_errand_why(result),
                                  .status = result->status,
                                  .bytes = result->body,
                                  .len = result->body_len};

    if (errand->errands->freeing)
        return;
    if (!fact.why && fact.len > GW_OBTAIN_BYTES_MAX)
        fact.why = "answered with too much";
    gw_errand_hear(errand, &fact);
    gw_errand_go_on(errand);
}

static void gw_errand_printed(void *user, const struct gw_child_result *result)
{
    struct gw_errand *errand = user;
    struct gw_obtain_fact fact = {
        .why = result->why, .status = result->status, .bytes = result->out, .len = result->out_len};

    gw_errand_hear(errand, &fact);
    gw_child_free(errand->child);
    errand->child = NULL;
    gw_errand_go_on(errand);
}

/* ---- steps ---- */

static struct gw_http *gw_errand_pool(struct gw_errands *errands, bool near, struct gw_err *err)
{
    struct gw_http **pool = near ? &errands->near : &errands->far;
    struct gw_http_config config = {
        .ca_file = errands->config->cloud.ca_file,
        .proxy = errands->config->cloud.proxy,
        .connect_timeout_ms = near ? METADATA_CONNECT_MS : CONNECT_MS,
        .call_timeout_ms = near ? METADATA_CALL_MS : CALL_MS,
        .stall_ms = near ? METADATA_CALL_MS : CALL_MS,
        .slots = errands->most,
        .secret = true,
    };

    if (!*pool)
        *pool = gw_http_new(errands->loop, &config, err);
    return *pool;
}

/* False, and why, when it cannot even begin. */
static bool gw_errand_send(struct gw_errand *errand, const struct gw_obtain_need *need, struct gw_err *err)
{
    static const enum gw_http_method method[] = {
        [GW_OBTAIN_POST] = GW_HTTP_POST, [GW_OBTAIN_GET] = GW_HTTP_GET, [GW_OBTAIN_PUT] = GW_HTTP_PUT};
    struct gw_http *http = gw_errand_pool(errand->errands, need->metadata, err);
    struct gw_http_request request = {
        .method = method[need->method],
        .url = need->url,
        .target = need->target,
        .header = need->header,
        .n_headers = need->n_headers,
        .body = need->body,
        .body_len = need->body_len,
    };

    if (!http)
        return false;
    GW_CHECK(gw_http_submit(http, &request, gw_errand_replied, errand));
    return true;
}

static bool gw_errand_start(struct gw_errand *errand, const struct gw_obtain_need *need, struct gw_err *err)
{
    const char **env = gw_credentials_environment();
    struct gw_child_request request = {
        .argv = need->argv, .env = env, .timeout_ms = GW_OBTAIN_PROCESS_MS, .out_max = GW_OBTAIN_BYTES_MAX};

    errand->child = gw_child_start(errand->errands->loop, &request, gw_errand_printed, errand, err);
    free(env);
    return errand->child != NULL;
}

static void gw_errand_read(struct gw_errand *errand, const struct gw_obtain_need *need)
{
    struct gw_secret bytes = {0};
    struct gw_err err = {0};
    struct gw_obtain_fact fact = {0};
    enum gw_code code = gw_key_file_read(need->file, GW_KEY_FILE_TOKEN, &bytes, &err);

    if (code == GW_ERR_NOT_FOUND)
        fact.why = "it is not there";
    else if (code != GW_OK)
        fact.why = "it cannot be read";
    fact.bytes = bytes.bytes;
    fact.len = bytes.len;
    gw_errand_hear(errand, &fact);
    gw_secret_release(&bytes);
}

/* Until something has to be waited for, or the end. */
static void gw_errand_go_on(struct gw_errand *errand)
{
    struct gw_obtain_need need;
    char nonce[GW_NONCE_SIZE];

    gw_nonce_next(&errand->errands->nonces, nonce);
    while (gw_obtain_next(errand->obtain, gw_clock_unix_ms(), nonce, &need)) {
        struct gw_err err = {0};
        struct gw_obtain_fact fact = {.why = err.text};

        if (need.kind == GW_OBTAIN_FILE) {
            gw_errand_read(errand, &need);
            continue;
        }
        if (need.kind == GW_OBTAIN_HTTP ? gw_errand_send(errand, &need, &err)
                                        : gw_errand_start(errand, &need, &err))
            return;
        gw_errand_hear(errand, &fact);
    }
    errand->done(errand->user, errand->obtain);
    gw_errand_free(errand);
}

void gw_errand_run(struct gw_errands *errands, const struct gw_keyplan *plan,
                   const struct gw_obtain_site *site, gw_errand_done *done, void *user)
{
    struct gw_errand *errand = gw_mem_new(1, sizeof(*errand));

    errand->errands = errands;
    errand->next = errands->first;
    errand->link = &errands->first;
    if (errand->next)
        errand->next->link = &errand->next;
    errands->first = errand;
    errand->obtain = gw_obtain_new(plan, site);
    errand->done = done;
    errand->user = user;
    gw_errand_go_on(errand);
}
