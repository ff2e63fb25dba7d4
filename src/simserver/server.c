/*
 * HTTP in, ledger line and reply out. Thousands of requests a second on one thread: what can be done without
 * the lock (decoding, signature) is; the model, the ledger and the request ids are behind it, so that the
 * ledger's order is the order of effects. Hostile input costs its sender a refusal or its connection, nothing
 * else.
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
#include "reply.h"

#define GW_SERVER_API_VERSION "2018-03-13"
#define GW_SERVER_BODY_MAX    (256u * 1024)
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

/* One request while it is answered. */
struct gw_turn {
    struct gw_wire wire;
    struct gw_params params;
    struct gw_proof proof;
    struct gw_cloud_response response;
    char request_id[40];
    bool xml;
};

static void *gw_server_on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
    struct gw_visit *visit = gw_mem_new(1, sizeof(*visit));

    (void)cls;
    (void)connection;
    visit->target = gw_mem_dup(target);
    gw_buf_init(&visit->body, GW_SERVER_BODY_MAX);
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

static bool gw_server_wants_xml(const struct gw_wire *wire, const struct gw_params *params)
{
    const char *format = gw_params_get(params, "Format"), *accept = gw_wire_header(wire, "accept");

    if (format)
        return gw_text_equal_nocase(format, "XML");
    return accept && (gw_text_starts(accept, "application/xml") || gw_text_starts(accept, "text/xml"));
}

/* Everything before the cloud sees it; the proof holds what came out. */
static void gw_server_examine(const struct gw_server *server, struct gw_turn *turn, bool body_too_long)
{
    struct gw_proof *proof = &turn->proof;
    const char *wrong = gw_params_read(&turn->params, &turn->wire);

    turn->xml = gw_server_wants_xml(&turn->wire, &turn->params);
    if (strcmp(turn->wire.method, "GET") != 0 && strcmp(turn->wire.method, "POST") != 0)
        gw_proof_refuse(proof, 403, "UnsupportedHTTPMethod", "This http method is not supported.");
    else if (strcmp(turn->wire.path, "/") != 0)
        gw_proof_refuse(proof, 404, "InvalidApi.NotFound",
                        "Specified api is not found, please check your url.");
    else if (body_too_long)
        gw_proof_refuse(proof, 413, "InvalidParameter", "The body is longer than %u bytes.",
                        GW_SERVER_BODY_MAX);
    else if (wrong)
        gw_proof_refuse(proof, 400, "InvalidParameter", "The parameters cannot be read: %s.", wrong);
    else
        gw_verify(server->config.keys, &turn->wire, &turn->params, proof);
    if (!proof->code && strcmp(proof->version, GW_SERVER_API_VERSION) != 0)
        gw_proof_refuse(proof, 404, "NoSuchVersion", "Specified version does not exist.");
}

static void gw_server_ask_cloud(struct gw_server *server, struct gw_turn *turn)
{
    struct gw_cloud_request request = {.account = turn->proof.key->account,
                                       .action = turn->proof.action,
                                       .param = (const char *const(*)[2])turn->params.pair,
                                       .n_params = turn->params.n,
                                       .now_ms = gw_clock_cloud_ms(server->config.clock),
                                       .nonce = turn->proof.nonce,
                                       .signed_ms = turn->proof.signed_ms};

    gw_cloud_handle(server->config.cloud, &request, &turn->response);
    if (turn->response.code)
        gw_proof_refuse(&turn->proof, turn->response.http_status, turn->response.code, "%s",
                        turn->response.message);
    else
        turn->proof.http_status = turn->response.http_status;
}

/* An upper-case UUID, from the seed. */
static void gw_server_request_id(struct gw_server *server, char ret[40])
{
    uint64_t a = gw_rng_next(&server->rng), b = gw_rng_next(&server->rng);

    (void)snprintf(ret, 40, "%08X-%04X-4%03X-8%03X-%012llX", (unsigned)(a >> 32),
                   (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff, (unsigned)(b >> 52),
                   (unsigned long long)(b & 0xffffffffffff));
}

static void gw_server_add_headers(const struct gw_server *server, const struct gw_turn *turn,
                                  struct MHD_Response *response)
{
    uint64_t now_ms = gw_clock_cloud_ms(server->config.clock);
    unsigned long long wait_ms = turn->response.retry_after_ms;
    char text[128], date[GW_CLOCK_HTTP_SIZE];

    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                                  turn->xml ? "text/xml;charset=utf-8" : "application/json;charset=utf-8");
    (void)MHD_add_response_header(response, "x-acs-request-id", turn->request_id);
    gw_clock_http_text(now_ms, date);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, date);
    if (wait_ms == 0)
        return;
    (void)snprintf(text, sizeof(text), "%llu", wait_ms);
    (void)MHD_add_response_header(response, "x-acs-retry-after", text);
    (void)snprintf(text, sizeof(text), "Limit:%u,Remain:0,TimeLeft:%llu,Reset:%llu",
                   turn->response.rate_calls, wait_ms, (unsigned long long)(now_ms + wait_ms) / 1000 + 1);
    (void)MHD_add_response_header(response, "x-ratelimit-user-api", text);
}

/* Renders the reply and hands it to the connection. */
static bool gw_server_reply(struct gw_server *server, struct gw_turn *turn, struct MHD_Connection *connection)
{
    struct gw_reply_style style = {.xml = turn->xml,
                                   .bare = server->config.bare,
                                   .action = turn->proof.action,
                                   .request_id = turn->request_id};
    struct MHD_Response *response;
    struct gw_buf body;
    bool queued;

    gw_server_request_id(server, turn->request_id);
    gw_buf_init(&body, 0);
    if (turn->proof.code)
        gw_reply_error(&body, &style, turn->proof.code, gw_buf_text(&turn->proof.message));
    else
        gw_reply_success(&body, &style, &turn->response);
    /* The bytes are the response's from here. */
    response = MHD_create_response_from_buffer(body.len, body.data, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        gw_buf_release(&body);
        return false;
    }
    gw_server_add_headers(server, turn, response);
    queued = MHD_queue_response(connection, (unsigned)turn->proof.http_status, response) == MHD_YES;
    MHD_destroy_response(response);
    return queued;
}

static bool gw_server_note(struct gw_server *server, const struct gw_turn *turn, bool replied)
{
    const struct gw_params *params = &turn->params;
    const struct gw_cloud_response *response = &turn->response;
    const char *serial = gw_params_get(params, "SerialNumber");
    bool known = response->serial != NULL;
    struct gw_ledger_line line = {.at_ms = gw_clock_unix_ms(),
                                  .mono_us = gw_clock_elapsed_us(server->config.clock),
                                  .action = turn->proof.action,
                                  .account = turn->proof.key ? turn->proof.key->account : NULL,
                                  .region = gw_params_get(params, "RegionId"),
                                  .gateway_id = gw_params_get(params, "SmartAGId"),
                                  .serial = serial ? serial : gw_params_get(params, "SmartAGSn"),
                                  .version = gw_params_get(params, "VersionCode"),
                                  .nonce = turn->proof.nonce,
                                  .timestamp = turn->proof.timestamp,
                                  .http_status = replied ? turn->proof.http_status : 0,
                                  .code = turn->proof.code,
                                  .effect = response->took_effect,
                                  .replied = replied,
                                  .request_id = replied ? turn->request_id : NULL,
                                  .version_before = known ? response->version_before : NULL,
                                  .online_before = response->online_before,
                                  .upgrading_before = response->upgrading_before,
                                  .mate_online_before = response->mate_online_before,
                                  .mate_version_before = known ? response->mate_version_before : NULL,
                                  .standby_before = response->standby_before,
                                  .down_ms = response->down_ms,
                                  .params = params};

    if (!line.serial)
        line.serial = response->serial;
    return gw_ledger_add(server->config.ledger, &line);
}

static enum MHD_Result gw_server_answer(struct gw_server *server, struct MHD_Connection *connection,
                                        const char *method, struct gw_visit *visit)
{
    char *mark = strchr(visit->target, '?');
    struct gw_turn turn = {.wire = {.method = method, .path = visit->target, .query = mark ? mark + 1 : ""}};
    bool replied, noted;

    if (mark)
        *mark = '\0';
    turn.wire.body = gw_buf_text(&visit->body);
    turn.wire.body_len = visit->body.len;
    gw_proof_init(&turn.proof);
    (void)MHD_get_connection_values(connection, MHD_HEADER_KIND, gw_server_on_header, &turn.wire);
    gw_server_examine(server, &turn, visit->body.full);
    (void)pthread_mutex_lock(&server->lock);
    if (!turn.proof.code)
        gw_server_ask_cloud(server, &turn);
    replied = turn.response.drop == GW_CLOUD_DROP_NONE && gw_server_reply(server, &turn, connection);
    noted = gw_server_note(server, &turn, replied);
    (void)pthread_mutex_unlock(&server->lock);
    gw_proof_release(&turn.proof);
    gw_params_release(&turn.params);
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
