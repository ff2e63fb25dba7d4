/*
 * HTTP in, ledger line and reply out; what lies between is turn.c's. Thousands of requests a second on one
 * thread: what can be done without the lock (decoding, signature) is; the model, the ledger and the request
 * ids are behind it, so that the ledger's order is the order of effects. Hostile input costs its sender a
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

struct gw_server {
    struct gw_server_config config;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* cloud, ledger, rng */
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

/* Hands the reply to the connection; its bytes are the connection's from here. */
static bool gw_server_reply(struct gw_turn *turn, struct MHD_Connection *connection)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(turn->body.len, turn->body.data, MHD_RESPMEM_MUST_FREE);
    bool queued;

    if (!response)
        return false;
    gw_buf_init(&turn->body, 0);
    for (size_t i = 0; i < turn->n_headers; i++)
        (void)MHD_add_response_header(response, turn->header[i].name, turn->header[i].value);
    queued = MHD_queue_response(connection, (unsigned)turn->http_status, response) == MHD_YES;
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
                                  .params = params};

    for (uint32_t i = 0; i < response->n; i++) {
        if (response->gateway[i].stale_ms > line.stale_ms)
            line.stale_ms = response->gateway[i].stale_ms;
    }
    if (!line.serial)
        line.serial = response->serial;
    return gw_ledger_add(server->config.ledger, &line);
}

static enum MHD_Result gw_server_answer(struct gw_server *server, struct MHD_Connection *connection,
                                        const char *method, struct gw_visit *visit)
{
    const struct gw_server_config *config = &server->config;
    struct gw_turn turn;
    bool replied, noted;

    gw_turn_init(&turn, method, visit->target, gw_buf_text(&visit->body), visit->body.len);
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, gw_server_on_header, &turn.wire);
    gw_turn_examine(&turn, config->keys, visit->body.full, gw_clock_cloud_ms(config->clock));
    (void)pthread_mutex_lock(&server->lock);
    gw_turn_answer(&turn, config->cloud, gw_clock_cloud_ms(config->clock), &server->rng, config->bare);
    replied = !turn.dropped && gw_server_reply(&turn, connection);
    noted = gw_server_note(server, &turn, replied);
    (void)pthread_mutex_unlock(&server->lock);
    gw_turn_release(&turn);
    /* Without a yes the connection is closed without a byte, a queued reply included. */
    return replied && noted ? MHD_YES : MHD_NO;
}

static enum MHD_Result gw_server_on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                            const char *method, const char *version, const char *upload_data,
                                            size_t *upload_data_size, void **visit_of)
{
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
    return gw_server_answer(cls, connection, method, visit);
}

union gw_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool gw_server_address(const struct gw_server_config *config, union gw_address *ret)
{
    *ret = (union gw_address){0};
    if (strcmp(config->host, "::1") == 0) {
        ret->v6 = (struct sockaddr_in6){
            .sin6_family = AF_INET6, .sin6_port = htons(config->port), .sin6_addr = in6addr_loopback};
        return true;
    }
    ret->v4 = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons(config->port),
                                   .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    return strcmp(config->host, "127.0.0.1") == 0 || strcmp(config->host, "localhost") == 0;
}

static struct MHD_Daemon *gw_server_listen(struct gw_server *server, const union gw_address *address)
{
    const struct gw_server_config *config = &server->config;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, config->certificate ? config->certificate->chain : NULL},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, config->certificate ? config->certificate->key : NULL},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
        {MHD_OPTION_END, 0, NULL},
    };

    if (config->certificate)
        flags |= MHD_USE_TLS;
    else
        tls[0].option = MHD_OPTION_END;
    if (address->any.sa_family == AF_INET6)
        flags |= MHD_USE_IPv6;
    return MHD_start_daemon(
        flags, config->port, NULL, NULL, gw_server_on_request, server, MHD_OPTION_SOCK_ADDR, &address->any,
        MHD_OPTION_URI_LOG_CALLBACK, gw_server_on_target, server, MHD_OPTION_NOTIFY_COMPLETED,
        gw_server_on_completed, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)GW_SERVER_HEADERS_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, GW_SERVER_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, GW_SERVER_IDLE_S,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, GW_SERVER_BACKLOG, MHD_OPTION_THREAD_POOL_SIZE,
        config->threads > 1 ? config->threads : 0, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

enum gw_code gw_server_start(const struct gw_server_config *config, struct gw_server **ret,
                             uint16_t *ret_port, struct gw_err *err)
{
    union gw_address address;
    struct gw_server *server;
    const union MHD_DaemonInfo *info;

    if (!gw_server_address(config, &address))
        return gw_err_set(err, GW_ERR_USAGE, "host %s: loopback only: 127.0.0.1, localhost or ::1",
                          config->host);
    server = gw_mem_new(1, sizeof(*server));
    server->config = *config;
    gw_rng_init(&server->rng, config->seed);
    (void)pthread_mutex_init(&server->lock, NULL);
    server->daemon = gw_server_listen(server, &address);
    info = server->daemon ? MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (!info) {
        gw_server_stop(server);
        return gw_err_set(err, GW_ERR_NETWORK,
                          "cannot listen on %s port %u: is it taken, or the certificate bad?", config->host,
                          config->port);
    }
    *ret_port = info->port;
    *ret = server;
    return GW_OK;
}

void gw_server_stop(struct gw_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}
