/*
 * HTTP in, ledger line and reply out; what lies between is turn.c's. Thousands of requests a second on one
 * thread: what can be done without the lock (decoding, signature) is; the model, the ledger and the request
 * ids are behind it, so that the ledger's order is the order of effects. Keys that are given out come to the
 * ring while others read it: a lock of its own, that readers share. Hostile input costs its sender a
 * refusal or its connection, nothing else.
 */
#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"
#include "turn.h"

#define GW_SERVER_UPLOAD_MAX \
    (4u * 1024 * 1024)                       /* past the body's limit it is read and forgotten, up to here */
#define GW_SERVER_HEADERS_BYTES (64u * 1024) /* request line and headers */
#define GW_SERVER_CONNECTIONS   4000u
#define GW_SERVER_IDLE_S        75u
#define GW_SERVER_BACKLOG       1024u

struct gw_visit;

/* A port, and who answers there. */
struct gw_listener {
    struct gw_server *server;
    struct MHD_Daemon *daemon; /* NULL: there is none */
    uint16_t port;
    bool (*answer)(struct gw_server *server, struct MHD_Connection *connection, const char *method,
                   struct gw_visit *visit);
};

struct gw_server {
    struct gw_server_config config;
    struct gw_listener front, metadata;
    pthread_mutex_t lock;  /* cloud, sts, metadata, ledger, rng; and who reads a claim's key */
    pthread_rwlock_t keys; /* whoever writes to the keyring has the other one already */
    struct gw_rng rng;
};

/* One request while it arrives. */
struct gw_visit {
    char *target; /* as it stood in the request line */
    bool begun;
    size_t uploaded;
    struct gw_buf body;
};

static void *gw_server_on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct gw_visit *visit = gw_mem_new(1, sizeof(*visit));

    (void)cls;
    (void)connection;
    visit->target = gw_mem_dup(target);
    gw_buf_init(&visit->body, GW_TURN_BODY_MAX);
    return visit;
}

static void gw_server_on_completed(void *cls, struct MHD_Connection *connection, void **visit_of,
                                   enum MHD_RequestTerminationCode why)
{
    struct gw_visit *visit = *visit_of;

    (void)cls;
    (void)connection;
    (void)why;
    if (!visit)
        return;
    gw_buf_release(&visit->body);
    free(visit->target);
    free(visit);
    *visit_of = NULL;
}

static enum MHD_Result gw_server_on_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                           const char *value)
{
    struct gw_wire *wire = cls;

    (void)kind;
    if (wire->n_headers == GW_WIRE_HEADERS_MAX)
        return MHD_NO;
    wire->header[wire->n_headers].name = name;
    wire->header[wire->n_headers].value = value ? value : "";
    wire->n_headers++;
    return MHD_YES;
}

/* Hands the body to the connection, whose it is from here. */
static bool gw_server_reply(struct MHD_Connection *connection, int http_status, struct gw_buf *body,
                            const struct gw_turn *turn, const char *content_type)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->len, body->data, MHD_RESPMEM_MUST_FREE);
    bool queued;

    if (!response)
        return false;
    gw_buf_init(body, 0);
    for (size_t i = 0; turn && i < turn->n_headers; i++)
        (void)MHD_add_response_header(response, turn->header[i].name, turn->header[i].value);
    if (content_type)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    queued = MHD_queue_response(connection, (unsigned)http_status, response) == MHD_YES;
    MHD_destroy_response(response);
    return queued;
}

static bool gw_server_note(struct gw_server *server, const struct gw_turn *turn, bool replied)
{
    const struct gw_params *params = &turn->params;
    const struct gw_cloud_response *response = &turn->response;
    const char *serial = gw_params_get(params, "SerialNumber");
    bool known = response->serial != NULL;
    struct gw_ledger_line line = {.at_ms = gw_clock_machine_ms(),
                                  .mono_us = gw_clock_elapsed_us(server->config.clock),
                                  .action = turn->claim.action,
                                  .account = turn->claim.key ? turn->claim.key->account : NULL,
                                  .region = gw_params_get(params, "RegionId"),
                                  .gateway_id = gw_params_get(params, "SmartAGId"),
                                  .serial = serial ? serial : gw_params_get(params, "SmartAGSn"),
                                  .version = gw_params_get(params, "VersionCode"),
                                  .nonce = turn->claim.nonce,
                                  .timestamp = turn->claim.timestamp,
                                  .http_status = replied ? turn->http_status : 0,
                                  .code = turn->claim.code,
                                  .effect = response->took_effect,
                                  .replied = replied,
                                  .request_id = replied ? turn->request_id : NULL,
                                  .version_before = known ? response->version_before : NULL,
                                  .online_before = response->online_before,
                                  .upgrading_before = response->upgrading_before,
                                  .foreign_before = response->foreign_before,
                                  .mate_upgrading_before = response->mate_upgrading_before,
                                  .mate_online_before = response->mate_online_before,
                                  .mate_version_before = known ? response->mate_version_before : NULL,
                                  .standby_before = response->standby_before,
                                  .down_ms = response->down_ms,
                                  .params = params,
                                  .key_id = turn->claim.key ? turn->claim.key->id : NULL,
                                  .granted = turn->grant.id[0] ? turn->grant.id : NULL};

    for (uint32_t i = 0; i < response->n; i++) {
        if (response->gateway[i].stale_ms > line.stale_ms)
            line.stale_ms = response->gateway[i].stale_ms;
    }
    if (!line.serial)
        line.serial = response->serial;
    return gw_ledger_add(server->config.ledger, &line);
}

static bool gw_server_answer(struct gw_server *server, struct MHD_Connection *connection, const char *method,
                             struct gw_visit *visit)
{
    const struct gw_server_config *config = &server->config;
    struct gw_turn turn;
    bool replied, noted;

    gw_turn_init(&turn, method, visit->target, gw_buf_text(&visit->body), visit->body.len);
    turn.sts = config->sts;
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, gw_server_on_header, &turn.wire);
    (void)pthread_rwlock_rdlock(&server->keys);
    gw_turn_examine(&turn, config->keys, visit->body.full, gw_clock_cloud_ms(config->clock));
    (void)pthread_rwlock_unlock(&server->keys);
    (void)pthread_mutex_lock(&server->lock);
    if (turn.for_sts)
        (void)pthread_rwlock_wrlock(&server->keys);
    gw_turn_answer(&turn, config->cloud, gw_clock_cloud_ms(config->clock), &server->rng, config->bare);
    if (turn.for_sts)
        (void)pthread_rwlock_unlock(&server->keys);
    replied = !turn.dropped && gw_server_reply(connection, turn.http_status, &turn.body, &turn, NULL);
    noted = gw_server_note(server, &turn, replied);
    (void)pthread_mutex_unlock(&server->lock);
    gw_turn_release(&turn);
    return replied && noted;
}

static bool gw_server_answer_metadata(struct gw_server *server, struct MHD_Connection *connection,
                                      const char *method, struct gw_visit *visit)
{
    struct gw_wire wire = {.method = method, .path = visit->target, .query = "", .body = ""};
    struct gw_metadata_reply reply;
    struct gw_ledger_line line;
    bool replied, noted;

    visit->target[strcspn(visit->target, "?")] = '\0';
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, gw_server_on_header, &wire);
    (void)pthread_mutex_lock(&server->lock);
    (void)pthread_rwlock_wrlock(&server->keys);
    gw_metadata_answer(server->config.metadata, &wire, gw_clock_cloud_ms(server->config.clock), &server->rng,
                       &reply);
    (void)pthread_rwlock_unlock(&server->keys);
    replied = gw_server_reply(connection, reply.http_status, &reply.body, NULL, reply.content_type);
    line = (struct gw_ledger_line){.at_ms = gw_clock_machine_ms(),
                                   .mono_us = gw_clock_elapsed_us(server->config.clock),
                                   .action = reply.action,
                                   .account = server->config.metadata->account,
                                   .http_status = replied ? reply.http_status : 0,
                                   .code = reply.code,
                                   .replied = replied,
                                   .granted = reply.grant.id[0] ? reply.grant.id : NULL};
    noted = gw_ledger_add(server->config.ledger, &line);
    (void)pthread_mutex_unlock(&server->lock);
    gw_buf_release(&reply.body);
    return replied && noted;
}

static enum MHD_Result gw_server_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                            const char *method, const char *version, const char *upload_data,
                                            size_t *upload_data_size, void **visit_of)
{
    const struct gw_listener *listener = cls;
    struct gw_visit *visit = *visit_of;

    (void)url;
    (void)version;
    if (!visit)
        return MHD_NO;
    if (!visit->begun) {
        visit->begun = true;
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        visit->uploaded += *upload_data_size;
        (void)gw_buf_add(&visit->body, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return visit->uploaded > GW_SERVER_UPLOAD_MAX ? MHD_NO : MHD_YES;
    }
    /* Without a yes the connection is closed without a byte, a queued reply included. */
    return listener->answer(listener->server, connection, method, visit) ? MHD_YES : MHD_NO;
}

union gw_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool gw_server_address(const char *host, uint16_t port, union gw_address *ret)
{
    *ret = (union gw_address){0};
    if (strcmp(host, "::1") == 0) {
        ret->v6 = (struct sockaddr_in6){
            .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_loopback};
        return true;
    }
    ret->v4 = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "localhost") == 0;
}

/* False when it cannot. */
static bool gw_server_listen(struct gw_listener *listener, const char *host, uint16_t port,
                             const struct gw_certificate *certificate, unsigned threads)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, certificate ? certificate->chain : NULL},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, certificate ? certificate->key : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };
    const union MHD_DaemonInfo *info;
    union gw_address address;

    if (!gw_server_address(host, port, &address))
        return false;
    if (certificate)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    if (address.any.sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    listener->daemon = MHD_start_daemon(
        flags, port, NULL, NULL, gw_server_on_request, listener, MHD_OPTION_SOCK_ADDR, &address.any,
        MHD_OPTION_URI_LOG_CALLBACK, gw_server_on_target, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        gw_server_on_completed, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)GW_SERVER_HEADERS_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, GW_SERVER_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, GW_SERVER_IDLE_S,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, GW_SERVER_BACKLOG, MHD_OPTION_THREAD_POOL_SIZE,
        threads > 1 ? threads : 0, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    info = listener->daemon ? MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    listener->port = info ? info->port : 0;
    return info != NULL;
}

enum gw_code gw_server_start(const struct gw_server_config *config, struct gw_server **ret,
                             struct gw_err *err)
{
    struct gw_server *server = gw_mem_new(1, sizeof(*server));
    union gw_address address;
    bool listens;

    if (!gw_server_address(config->host, config->port, &address)) {
        free(server);
        return gw_err_set(err, GW_ERR_USAGE, "host %s: loopback only: 127.0.0.1, localhost or ::1",
                          config->host);
    }
    server->config = *config;
    server->front = (struct gw_listener){.server = server, .answer = gw_server_answer};
    server->metadata = (struct gw_listener){.server = server, .answer = gw_server_answer_metadata};
    gw_rng_init(&server->rng, config->seed);
    (void)pthread_mutex_init(&server->lock, NULL);
    (void)pthread_rwlock_init(&server->keys, NULL);
    listens =
        gw_server_listen(&server->front, config->host, config->port, config->certificate, config->threads);
    if (listens && config->metadata)
        listens = gw_server_listen(&server->metadata, "127.0.0.1", config->metadata_port, NULL, 1);
    if (!listens) {
        bool front = !server->front.port;

        gw_server_stop(server);
        return gw_err_set(err, GW_ERR_NETWORK,
                          "cannot listen on %s port %u: is it taken, or the certificate bad?",
                          front ? config->host : "127.0.0.1", front ? config->port : config->metadata_port);
    }
    *ret = server;
    return GW_OK;
}

uint16_t gw_server_port(const struct gw_server *server)
{
    return server->front.port;
}

uint16_t gw_server_metadata_port(const struct gw_server *server)
{
    return server->metadata.port;
}

void gw_server_stop(struct gw_server *server)
{
    if (!server)
        return;
    if (server->metadata.daemon)
        MHD_stop_daemon(server->metadata.daemon);
    if (server->front.daemon)
        MHD_stop_daemon(server->front.daemon);
    (void)pthread_rwlock_destroy(&server->keys);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}
