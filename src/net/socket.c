/*
 * libcurl's sockets on the loop: one uv_poll for a connection's life. libcurl says "remove" and "in" for every
 * request on a reused connection; telling epoll each time would double the kernel's share of a call. So only the
 * wish is noted, the net change is made once before the loop sleeps, and an idle connection stays armed, which
 * makes the net change of a steady stream of calls nothing.
 *
 * Staying armed pays twice: an idle connection that becomes readable was closed by the server, or brought bytes
 * that belong to no request. Either way it must not carry another one (libcurl would take some of these for
 * alive), so it is cut at once.
 *
 * All this is for connections that have carried a request. One that is still being set up is watched only while
 * libcurl asks for it, because libcurl 7.88 may close such a socket and say so only afterwards, or open the next
 * one under the same number and say nothing at all.
 */
#include "http-local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

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

static struct gw_http_socket *adopt(struct gw_http_lane *lane, curl_socket_t fd)
{
    struct gw_http *http = lane->http;
    struct gw_http_socket *sock = gw_mem_new(1, sizeof(*sock));
    size_t n = (size_t)fd + 1;

    GW_CHECK(uv_poll_init(gw_loop_uv(http->loop), &sock->uv, fd) == 0);
    sock->uv.data = sock;
    sock->http = http;
    sock->lane = lane;
    sock->fd = fd;
    if (n > http->n_sockets) {
        http->socket = gw_mem_resize(http->socket, n, sizeof(http->socket[0]));
        memset(http->socket + http->n_sockets, 0, (n - http->n_sockets) * sizeof(http->socket[0]));
        http->n_sockets = n;
    }
    http->socket[fd] = sock;
    return sock;
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

/*
 * Closes it under libcurl's descriptor, which from now on is a socket whose other end is closed: however libcurl
 * asks whether it may be used again, it is told that it is dead. Nothing that the peer still sends can change that.
 */
static void cut(struct gw_http_socket *sock)
{
    uv_poll_stop(&sock->uv);
    sock->armed = 0;
    sock->cut = true;
    GW_CHECK(dup3(sock->http->dead_end, sock->fd, O_CLOEXEC) == sock->fd);
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
        /*
         * libuv has stopped watching it; it is armed again should libcurl not give it up. What is wrong libcurl learns
         * by reading: told of an error outright, it does not tell a broken connection from a broken poll.
         */
        what = CURL_CSELECT_IN;
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

/* Whoever it carried before is answered, though nobody may have been told yet: it is no concern of his any more. */
static void serve(struct gw_http_socket *sock, struct gw_http_slot *slot)
{
    gw_http_socket_leave(slot);
    if (sock->slot)
        gw_http_socket_leave(sock->slot);
    sock->slot = slot;
    slot->socket = sock;
}

static int local_port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);

    if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return -1;
    switch (address.ss_family) {
    case AF_INET:
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    case AF_INET6:
        return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
    default:
        return -1;
    }
}

/*
 * Of the sockets that were tried at once the one with this port has won. libcurl tells neither the winner's
 * descriptor at this point, nor of the others whether it has closed them.
 */
void gw_http_socket_connected(struct gw_http_slot *slot, int local_port)
{
    for (uint32_t i = 0; i < slot->n_opened; i++) {
        int fd = slot->opened[i];
        struct gw_http_socket *sock;

        if (local_port_of(fd) != local_port)
            continue;
        sock = find(slot->http, fd);
        if (!sock)
            sock = adopt(slot->lane, fd);
        sock->kept = true;
        serve(sock, slot);
        break;
    }
    slot->n_opened = 0;
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
        sock = adopt(lane, fd);
    if (sock->kept && curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot) == CURLE_OK && slot)
        serve(sock, slot);
    sock->wanted = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    mark(sock);
    return 0;
}

curl_socket_t gw_http_socket_open(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct gw_http_slot *slot = user;
    uint64_t patience_ms = slot->http->call_timeout_ms;
    unsigned int user_timeout_ms = patience_ms < INT32_MAX ? (unsigned int)patience_ms : INT32_MAX;
    struct gw_http_socket *stale;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd < 0) {
        /* Not a family that this machine lacks: libcurl goes on to the next address then. */
        if (errno != EAFNOSUPPORT) {
            slot->cause = GW_HTTP_CAUSE_LOCAL;
            slot->why = strerror(errno);
        }
        return CURL_SOCKET_BAD;
    }
    slot->cause = GW_HTTP_CAUSE_NONE;
    /* For a peer that vanished without a word. Where the system lacks it, the deadline still holds. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof(user_timeout_ms));
    if (slot->n_opened < GW_COUNT_OF(slot->opened))
        slot->opened[slot->n_opened++] = fd;
    stale = find(slot->http, fd);
    if (stale) {
        /* libcurl has closed the one before unseen, and may take its wish for told: this one inherits it. */
        int wanted = stale->wanted;

        forget(stale);
        stale = adopt(slot->lane, fd);
        stale->wanted = wanted;
        mark(stale);
    }
    return fd;
}

int gw_http_socket_close(void *user, curl_socket_t fd)
{
    struct gw_http_socket *sock = find(user, fd);

    if (sock)
        forget(sock);
    return close(fd);
}

void gw_http_sockets_forget(struct gw_http *http)
{
    for (size_t fd = 0; fd < http->n_sockets; fd++)
        if (http->socket[fd])
            forget(http->socket[fd]);
    free(http->socket);
}
