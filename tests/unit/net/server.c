/* A scripted server: threads and blocking sockets, so that a script reads like the conversation it plays. */
#include "server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#define PEERS_MAX 8192

struct server {
    int fd;
    int port;
    char url[64];
    server_script *script;
    void *user;
    SSL_CTX *tls;
    pthread_t accepting;
    pthread_mutex_t lock;
    pthread_cond_t gone;
    int peer_fd[PEERS_MAX];
    unsigned n_peers, n_alive, n_requests;
};

void sleep_ms(unsigned ms)
{
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    nanosleep(&span, NULL);
}

static ssize_t peer_read(struct peer *peer, void *bytes, size_t len)
{
    return peer->tls ? SSL_read(peer->tls, bytes, (int)len) : read(peer->fd, bytes, len);
}

void peer_send(struct peer *peer, const void *bytes, size_t len)
{
    const char *from = bytes;

    while (len > 0) {
        ssize_t n =
            peer->tls ? SSL_write(peer->tls, from, (int)len) : send(peer->fd, from, len, MSG_NOSIGNAL);

        if (n <= 0)
            return;
        from += n;
        len -= (size_t)n;
    }
}

void peer_text(struct peer *peer, const char *text)
{
    peer_send(peer, text, strlen(text));
}

void peer_reply(struct peer *peer, const char *body)
{
    char text[1024];

    snprintf(text, sizeof(text),
             "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
             strlen(body), body);
    peer_text(peer, text);
}

void peer_hold(struct peer *peer)
{
    char bytes[4096];

    while (peer_read(peer, bytes, sizeof(bytes)) > 0)
        ;
}

void peer_reset(struct peer *peer)
{
    struct linger now = {.l_onoff = 1, .l_linger = 0};

    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void peer_finish(struct peer *peer)
{
    if (peer->tls)
        SSL_shutdown(peer->tls);
    shutdown(peer->fd, SHUT_WR);
}

const char *peer_header(struct peer *peer, const char *name, char *ret, size_t size)
{
    for (const char *line = strstr(peer->request, "\r\n"); line && strncmp(line, "\r\n\r\n", 4) != 0;
         line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, strlen(name)) == 0) {
            snprintf(ret, size, "%.*s", (int)strcspn(line + 2, "\r"), line + 2);
            return ret;
        }
    return NULL;
}

/* Length of the whole request at text, or 0 while it is not all there. */
static size_t request_span(const struct peer *peer, const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *length;
    size_t body = 0;

    if (!end)
        return 0;
    length = strcasestr(text, "\r\nContent-Length:");
    if (length && length < end)
        body = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    body += (size_t)(end + 4 - text);
    return body <= peer->request_len ? body : 0;
}

bool peer_request(struct peer *peer)
{
    peer->request_len = 0;
    peer->request[0] = '\0';
    while (request_span(peer, peer->request) == 0) {
        ssize_t n =
            peer_read(peer, peer->request + peer->request_len, sizeof(peer->request) - 1 - peer->request_len);

        if (n <= 0)
            return false;
        peer->request_len += (size_t)n;
        peer->request[peer->request_len] = '\0';
    }
    pthread_mutex_lock(&peer->server->lock);
    peer->server->n_requests++;
    pthread_mutex_unlock(&peer->server->lock);
    return true;
}

static void *serve(void *user)
{
    struct peer *peer = user;
    struct server *server = peer->server;

    if (server->tls) {
        peer->tls = SSL_new(server->tls);
        SSL_set_fd(peer->tls, peer->fd);
    }
    if (!peer->tls || SSL_accept(peer->tls) == 1)
        server->script(peer);
    if (peer->tls) {
        SSL_shutdown(peer->tls);
        SSL_free(peer->tls);
    }
    pthread_mutex_lock(&server->lock);
    server->peer_fd[peer->number] = -1;
    close(peer->fd);
    server->n_alive--;
    pthread_cond_signal(&server->gone);
    pthread_mutex_unlock(&server->lock);
    free(peer);
    return NULL;
}

static void *accept_all(void *user)
{
    struct server *server = user;
    int fd, on = 1;

    while ((fd = accept(server->fd, NULL, NULL)) >= 0) {
        struct peer *peer = gw_mem_new(1, sizeof(*peer));
        pthread_t thread;

        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        peer->server = server;
        peer->user = server->user;
        peer->fd = fd;
        pthread_mutex_lock(&server->lock);
        GW_CHECK(server->n_peers < PEERS_MAX);
        peer->number = server->n_peers++;
        server->peer_fd[peer->number] = fd;
        server->n_alive++;
        pthread_mutex_unlock(&server->lock);
        GW_CHECK(pthread_create(&thread, NULL, serve, peer) == 0);
        pthread_detach(thread);
    }
    return NULL;
}

struct server *server_new(server_script *script, void *user, SSL_CTX *tls)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct server *server = gw_mem_new(1, sizeof(*server));
    socklen_t len = sizeof(address);

    server->script = script;
    server->user = user;
    server->tls = tls;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->gone, NULL);
    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    GW_CHECK(server->fd >= 0);
    GW_CHECK(bind(server->fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    GW_CHECK(listen(server->fd, PEERS_MAX) == 0);
    GW_CHECK(getsockname(server->fd, (struct sockaddr *)&address, &len) == 0);
    server->port = ntohs(address.sin_port);
    snprintf(server->url, sizeof(server->url), "%s://127.0.0.1:%d", tls ? "https" : "http", server->port);
    GW_CHECK(pthread_create(&server->accepting, NULL, accept_all, server) == 0);
    return server;
}

void server_free(struct server *server)
{
    if (!server)
        return;
    shutdown(server->fd, SHUT_RDWR);
    pthread_join(server->accepting, NULL);
    close(server->fd);
    pthread_mutex_lock(&server->lock);
    for (unsigned i = 0; i < server->n_peers; i++)
        if (server->peer_fd[i] >= 0)
            shutdown(server->peer_fd[i], SHUT_RDWR);
    while (server->n_alive > 0)
        pthread_cond_wait(&server->gone, &server->lock);
    pthread_mutex_unlock(&server->lock);
    SSL_CTX_free(server->tls);
    pthread_cond_destroy(&server->gone);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

const char *server_url(const struct server *server)
{
    return server->url;
}

int server_port(const struct server *server)
{
    return server->port;
}

unsigned server_connections(struct server *server)
{
    unsigned n;

    pthread_mutex_lock(&server->lock);
    n = server->n_peers;
    pthread_mutex_unlock(&server->lock);
    return n;
}

unsigned server_requests(struct server *server)
{
    unsigned n;

    pthread_mutex_lock(&server->lock);
    n = server->n_requests;
    pthread_mutex_unlock(&server->lock);
    return n;
}

void server_wait_closed(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    while (server->n_alive > 0)
        pthread_cond_wait(&server->gone, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

int port_nobody_serves(int *ret_fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    *ret_fd = socket(AF_INET, SOCK_STREAM, 0);
    GW_CHECK(bind(*ret_fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    GW_CHECK(getsockname(*ret_fd, (struct sockaddr *)&address, &len) == 0);
    return ntohs(address.sin_port);
}
