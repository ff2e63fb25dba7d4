#ifndef GATEWAVE_SRC_NET_HTTP_LOCAL_H
#define GATEWAVE_SRC_NET_HTTP_LOCAL_H
/*
 * The inside of gw_http: http.c runs the turns, easy.c sets libcurl's handles up, socket.c joins libcurl's sockets to the
 * loop, watch.c keeps the time, exchange.c begins and ends what is under way, cause.c says what an end was.
 */
#include <uv.h>

#include <curl/curl.h>

#include "gatewave/base/buf.h"
#include "gatewave/net/http.h"

#include "endpoint-local.h"
#include "loop-local.h"
#include "response-local.h"

/* libcurl walks all connections of a multi handle to find one: beyond this many, another one is cheaper. */
#define GW_HTTP_LANE_SLOTS 64
/* Kept alive per slot: one is in use, and a few regions may share the slots. */
#define GW_HTTP_CONNECTIONS_PER_SLOT 2
/*
 * A connection idle for longer is not used again. Common servers and balancers close theirs after 15 s and more: a
 * request that meets that close on its way is in doubt, and one in doubt costs far more than a handshake.
 */
#define GW_HTTP_IDLE_MAX_S 10

/* Sockets remembered while one connection is tried. One over a later one is merely not watched while idle. */
#define GW_HTTP_OPENED_MAX 8

enum gw_http_slot_state {
    GW_HTTP_SLOT_FREE,
    GW_HTTP_SLOT_WAITING, /* submitted; libcurl does not know yet */
    GW_HTTP_SLOT_RUNNING, /* in its lane's multi */
};

struct gw_http_lane;
struct gw_http_socket;

struct gw_http_slot {
    struct gw_http *http;
    struct gw_http_lane *lane;
    CURL *easy;
    enum gw_http_slot_state state;
    struct gw_http_slot *next;          /* in the lane's free list or in a queue of waiting ones */
    struct gw_http_slot *older, *newer; /* among all that are under way, by age */
    gw_http_done *done;
    void *user;

    /* The request. What easy was told last is kept, so that it is told only what changes. */
    bool once;
    const bool *withheld;
    uint64_t leave_by_ms;
    enum gw_http_method method;
    bool plain;
    char url[GW_HTTP_URL_MAX];
    struct gw_buf target;
    struct gw_buf text; /* the header lines, each with a NUL */
    struct curl_slist *header;
    size_t header_size;

    /* The exchange. */
    uint32_t starts; /* times that libcurl was about to send the request: 0 proves that no byte left */
    uint64_t due_ms;
    uint64_t moved_ms; /* when bytes were last seen to move, and how many there had been */
    uint64_t moved_bytes;
    int opened[GW_HTTP_OPENED_MAX]; /* sockets tried since the request was last sent; some may be gone */
    uint32_t n_opened;
    struct gw_http_socket *socket; /* seen to carry it */
    bool socket_closed;
    enum gw_http_cause cause; /* NONE, or what we ended it for, */
    const char *why;          /* and the words for it */
    struct gw_http_response response;
    char error[CURL_ERROR_SIZE];
};

struct gw_http_lane {
    struct gw_http *http;
    CURLM *multi;
    struct gw_timer *timer;
    bool due; /* libcurl's timeout has come; it is told after the poll */
    struct gw_http_slot *free;
    struct gw_http_slot *slots;
    uint32_t n_slots;
};

struct gw_http_queue {
    struct gw_http_slot *first, *last;
};

struct gw_http {
    struct gw_loop *loop;
    struct gw_loop_hook hook;
    struct gw_http_lane *lanes;
    uint32_t n_lanes;
    uint32_t n_free;
    char *proxy;
    char *ca_file;
    uint64_t connect_timeout_ms, call_timeout_ms, stall_ms;
    bool secret;
    bool unframed;
    struct gw_http_queue submitted; /* since the last poll began */
    struct gw_http_queue ready;     /* before it: every idle connection has been looked at since */
    struct gw_http_slot *oldest, *newest;
    struct gw_timer *watch; /* for deadlines and stalls */
    uint64_t next_look_ms;  /* for stalls */
    bool watching;
    bool watch_due;
    bool freeing;
    uint32_t calling;               /* completions under way */
    struct gw_http_socket **socket; /* by descriptor */
    size_t n_sockets;
    int dead_end;                   /* a socket whose other end is closed */
    struct gw_http_socket *changed; /* those whose armed events are not what is wanted */
};

/* A connection of libcurl's. */
struct gw_http_socket {
    uv_poll_t uv;
    struct gw_http *http;
    struct gw_http_lane *lane;
    struct gw_http_slot *slot; /* whose request it carries; NULL when idle or not known */
    struct gw_http_socket *next_changed;
    int fd;
    int wanted; /* libcurl's wish; 0: nobody reads it now */
    int armed;  /* what the loop watches */
    bool changed;
    bool kept; /* has carried a request, and is closed only by gw_http_socket_close() */
    bool cut;
};

/* exchange.c */
/* It is the newest that is under way. */
void gw_http_begin(struct gw_http_slot *slot);
/* The slot's exchange is over, or served by another connection. */
void gw_http_socket_leave(struct gw_http_slot *slot);
/* The one completion of a slot's exchange; code is libcurl's word, CURLE_OK where we set a cause. */
void gw_http_complete(struct gw_http_slot *slot, CURLcode code);
/* Ends an exchange that is under way. Taking it from libcurl closes its connection. */
void gw_http_end(struct gw_http_slot *slot, enum gw_http_cause cause, const char *why);
/* Completes what libcurl says is done. */
void gw_http_lane_reap(struct gw_http_lane *lane);

/* easy.c */
bool gw_http_easy_init(struct gw_http_slot *slot);
void gw_http_easy_release(struct gw_http_slot *slot);
/* Tells the slot's handle the request; false with cause and why when it may not be sent. */
bool gw_http_easy_request(struct gw_http_slot *slot, const struct gw_http_request *request);

/* socket.c */
int gw_http_socket_wanted(CURL *easy, curl_socket_t fd, int what, void *lane, void *socket);
curl_socket_t gw_http_socket_open(void *slot, curlsocktype purpose, struct curl_sockaddr *address);
int gw_http_socket_close(void *http, curl_socket_t fd);
/* The slot's request is about to leave on a new connection, which from now on is kept and watched. */
void gw_http_socket_connected(struct gw_http_slot *slot, int local_port);
/* Brings what the loop watches in line with what libcurl wants. */
void gw_http_sockets_apply(struct gw_http *http);
/* When libcurl has closed all of its own. */
void gw_http_sockets_forget(struct gw_http *http);

/* cause.c */
/* What the end of a slot's exchange was; code is libcurl's word, CURLE_OK where cause was set by us. */
void gw_http_judge(struct gw_http_slot *slot, CURLcode code, struct gw_http_result *result);

/* watch.c */
/* An exchange has begun: from now on the time is watched. */
void gw_http_watch_on(struct gw_http *http);
void gw_http_watch_timer(void *http);
/* After the poll that follows the timer. */
void gw_http_watch_run(struct gw_http *http);

#endif
