#ifndef GATEWAVE_TESTS_NET_SERVER_H
#define GATEWAVE_TESTS_NET_SERVER_H
/*
 * A server on 127.0.0.1 that does exactly what a test scripts, byte by byte, well behaved or not. Each connection
 * runs the script in a thread of its own; it is closed when the script returns. What arrived is counted here, so
 * that a test can ask the server, and not the client, what was sent.
 */
#include <stdbool.h>
#include <stddef.h>

#include <openssl/ssl.h>

struct server;

struct peer {
    struct server *server;
    void *user;
    unsigned number; /* 0 for the first connection */
    int fd;
    SSL *tls;
    char request[32768]; /* the last one, headers and body, as text */
    size_t request_len;
};

typedef void server_script(struct peer *peer);

/* tls NULL: plain http. The server owns tls then. */
struct server *server_new(server_script *script, void *user, SSL_CTX *tls);
void server_free(struct server *server);
/* http(s)://127.0.0.1:port */
const char *server_url(const struct server *server);
int server_port(const struct server *server);
unsigned server_connections(struct server *server);
unsigned server_requests(struct server *server);
/* Waits until every connection there was is closed on this side. */
void server_wait_closed(struct server *server);

/* Waits for a whole request and counts it; false when the client closed before. */
bool peer_request(struct peer *peer);
void peer_send(struct peer *peer, const void *bytes, size_t len);
void peer_text(struct peer *peer, const char *text);
/* 200 with this JSON body and a right Content-Length. */
void peer_reply(struct peer *peer, const char *body);
/* Reads and answers nothing until the client is gone or the server is freed. */
void peer_hold(struct peer *peer);
/* The close after the script will be a reset. */
void peer_reset(struct peer *peer);
/* Ends the sending side, FIN after what was sent. */
void peer_finish(struct peer *peer);
/* "Name: value" of the last request, or NULL; name with its colon. */
const char *peer_header(struct peer *peer, const char *name, char *ret, size_t size);
void sleep_ms(unsigned ms);
/* A port that is bound, so that nobody else takes it, and not listened on; close *ret_fd to give it back. */
int port_nobody_serves(int *ret_fd);

#endif
