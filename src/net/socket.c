/*
 * libcurl's sockets on the loop: one uv_poll for a connection's life. libcurl says "remove" and "in" for
 * every request on a reused connection; telling epoll each time would double the kernel's share of a call. So
 * only the wish is noted, the net change is made once before the loop sleeps, and an idle connection stays
 * armed, which makes the net change of a steady stream of calls nothing.
 *
 * Staying armed pays twice: an idle connection that becomes readable was closed by the server, or brought
 * bytes that belong to no request. Either way it must not carry another one (libcurl would take some of these
 * for alive), so it is cut at once.
 */
#include "http-local.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

struct gw_http_socket {
    uv_poll_t uv;
    struct gw_http *http;
    struct gw_http_lane *lane;
    struct gw_http_slot *slot; /* whose exchange it serves; NULL when idle */
    struct gw_http_socket *next_changed;
    int fd;
    int wanted; /* libcurl's wish; 0: nobody reads it now */
    int armed;  /* what the loop watches */
    bool changed;
    bool kept; /* a connection's; else one of libcurl's own, which dies with the first "remove" */
    bool cut;
};

static struct gw_http_socket *find(struct gw_http *http, curl_socket_t fd)
{
    return (size_t)fd < http->n_sockets ? http->socket[fd] : NULL;
}

static int target_of(const struct gw_http_socket *sock)
{
    if (sock->wanted || sock->cut)
        return sock->wanted;
    return UV_READABLE;
}

static void mark(struct gw_http_socket *sock)
{
    if (sock->changed || sock->armed == target_of(sock))
        return;
    sock->changed = true;
    sock->next_changed = sock->http->changed;
    sock->http->changed = sock;
}

static struct gw_http_socket *adopt(struct gw_http_lane *lane, curl_socket_t fd, bool kept)
{
    struct gw_http *http = lane->http;
    struct gw_http_socket *sock = gw_mem_new(1, sizeof(*sock));
    size_t n = (size_t)fd + 1;

    if (uv_poll_init(gw_loop_uv(http->loop), &sock->uv, fd) != 0) {
        free(sock);
        return NULL;
    }
    sock->uv.data = sock;
    sock->http = http;
    sock->lane = lane;
    sock->fd = fd;
    sock->kept = kept;
    if (n > http->n_sockets) {
        http->socket = gw_mem_resize(http->socket, n, sizeof(http->socket[0]));
        memset(http->socket + http->n_sockets, 0, (n - http->n_sockets) * sizeof(http->socket[0]));
        http->n_sockets = n;
    }
    GW_CHECK(!http->socket[fd]);
    http->socket[fd] = sock;
    return sock;
}

void gw_http_socket_leave(struct gw_http_slot *slot)
{
    if (slot->socket)
        slot->socket->slot = NULL;
    slot->socket = NULL;
}

static void freed(uv_handle_t *uv)
{
    free(uv->data);
}

static void forget(struct gw_http_socket *sock)
{
    struct gw_http *http = sock->http;

    if (sock->slot) {
        sock->slot->socket_closed = true;
        gw_http_socket_leave(sock->slot);
    }
    if (sock->changed) {
        struct gw_http_socket **link = &http->changed;

        while (*link != sock)
            link = &(*link)->next_changed;
        *link = sock->next_changed;
    }
    http->socket[sock->fd] = NULL;
    uv_close((uv_handle_t *)&sock->uv, freed);
}

/* Dissolves the association: whatever libcurl asks of the socket now, it answers that it is dead. */
static void cut(struct gw_http_socket *sock)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

    uv_poll_stop(&sock->uv);
    sock->armed = 0;
    sock->cut = true;
    (void)connect(sock->fd, &nowhere, sizeof(nowhere));
}

static void ready(uv_poll_t *uv, int status, int events)
{
    struct gw_http_socket *sock = uv->data;
    struct gw_http_lane *lane = sock->lane;
    int what = 0, running;

    if (!sock->wanted) {
        cut(sock);
        return;
    }
    if (status < 0) {
        /* libuv has stopped watching it; it is armed again should libcurl not give it up. */
        what = CURL_CSELECT_ERR;
        sock->armed = 0;
        mark(sock);
    }
    if (events & UV_READABLE)
        what |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        what |= CURL_CSELECT_OUT;
    curl_multi_socket_action(lane->multi, sock->fd, what, &running);
    gw_http_lane_reap(lane);
}

void gw_http_sockets_apply(struct gw_http *http)
{
    struct gw_http_socket *sock = http->changed, *next;

    http->changed = NULL;
    for (; sock; sock = next) {
        int target = target_of(sock);

        next = sock->next_changed;
        sock->changed = false;
        if (target == sock->armed)
            continue;
        if (target)
            uv_poll_start(&sock->uv, target, ready);
        else
            uv_poll_stop(&sock->uv);
        sock->armed = target;
    }
}

int gw_http_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *user, void *unused)
{
    struct gw_http_lane *lane = user;
    struct gw_http_socket *sock = find(lane->http, fd);
    struct gw_http_slot *slot = NULL;

    (void)unused;
    if (what == CURL_POLL_REMOVE) {
        if (!sock)
            return 0;
        sock->wanted = 0;
        if (sock->kept)
            mark(sock);
        else
            forget(sock);
        return 0;
    }
    if (!sock)
        sock = adopt(lane, fd, false);
    if (!sock)
        return -1;
    if (sock->kept && curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot) == CURLE_OK && slot) {
        gw_http_socket_leave(slot);
        sock->slot = slot;
        slot->socket = sock;
        slot->socket_closed = false;
    }
    sock->wanted = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    mark(sock);
    return 0;
}

curl_socket_t gw_http_socket_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct gw_http_slot *slot = user;
    unsigned int patience_ms =
        slot->http->call_timeout_ms < INT32_MAX ? (unsigned int)slot->http->call_timeout_ms : INT32_MAX;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd >= 0 && !adopt(slot->lane, fd, true)) {
        close(fd);
        fd = -1;
        errno = ENOMEM;
    }
    if (fd < 0) {
        /* Not a family that this machine lacks: libcurl goes on to the next address then. */
        if (errno != EAFNOSUPPORT) {
            slot->cause = GW_HTTP_CAUSE_LOCAL;
            slot->why = "this machine gave no socket";
        }
        return CURL_SOCKET_BAD;
    }
    /* Frees a connection whose peer vanished without a word; where the system lacks it, the deadline still
     * holds. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof(patience_ms));
    return fd;
}

int gw_http_socket_close(void *user, curl_socket_t fd)
{
    struct gw_http_socket *sock = find(user, fd);

    if (sock)
        forget(sock);
    return close(fd);
}
