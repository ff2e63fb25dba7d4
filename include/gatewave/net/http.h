#ifndef GATEWAVE_NET_HTTP_H
#define GATEWAVE_NET_HTTP_H
/*
 * HTTP exchanges over a fixed pool of slots: libcurl multi on the loop, one easy handle a slot for its life,
 * lanes of at most 64 slots with one multi each, keep-alive, HTTP/1.1. HTTPS only, TLS 1.2 and up, chain and
 * host name always verified; plain http to a loopback address and to http://100.100.100.200, the vendor's metadata
 * service, only. No redirects, no compression, no
 * environment proxies, no netrc. Exactly one completion follows each submit, from the loop, never from inside
 * submit. The caller ignores SIGPIPE.
 *
 * A response is whole when it has an HTTP/1.x status line, tells its length once (Content-Length or chunked;
 * one that only the close would end is not taken, but where `unframed` says so), brought every byte of it, stayed within the limits below and
 * is not encoded. Bytes after its end make it BROKEN where libcurl sees them: in the read that brought the end
 * of a body with a Content-Length. Elsewhere the connection is closed as soon as they come, before another
 * request goes out on it. What comes later still would pass for the next response: HTTP/1.1 cannot tell.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/net/loop.h"

#define GW_HTTP_BODY_MAX    (256 * 1024)
#define GW_HTTP_HEADER_MAX  (64 * 1024)
#define GW_HTTP_HEADERS_MAX 100

struct gw_http_config {
    const char *ca_file;         /* PEM, and then the only authorities; "" : the system's bundle */
    const char *proxy;           /* http[s]://host:port, a tunnel; "" : none, whatever the environment says */
    uint64_t connect_timeout_ms; /* DNS, TCP, proxy and TLS together */
    uint64_t call_timeout_ms;    /* the whole exchange, from submit */
    uint64_t stall_ms;           /* no byte either way for so long after the request began to leave ends it */
    uint32_t slots;
    /* For keys: what was sent and received is wiped as soon as the completion has returned. What libcurl and the TLS
     * library keep of it is out of reach. */
    bool secret;
    /* Takes a reply that only the close ends, and that may be cut: where its status is what counts. */
    bool unframed;
};

enum gw_http_method {
    GW_HTTP_POST = 0,
    GW_HTTP_GET, /* without a body */
    GW_HTTP_PUT,
};

/*
 * Text is read during submit only, body until completion (the caller keeps it). Printable ASCII only. Besides
 * the headers given, Host (unless given), User-Agent and Content-Length are sent, and no other: no Accept,
 * Content-Type or Expect of libcurl's own. libcurl prints each header byte by byte: 800 bytes of headers nearly
 * double the instructions of a call, while target and body cost next to nothing.
 */
struct gw_http_request {
    enum gw_http_method method;
    const char *url;           /* scheme://host[:port] and nothing more */
    const char *target;        /* the request line's target, from its "/" */
    const char *const *header; /* "Name: value"; an empty value is sent as one */
    size_t n_headers;
    const char *body; /* sent also when empty, but for GET */
    size_t body_len;
    bool once; /* must reach the server at most once, whatever happens to a reused connection */
    /* Asked when the connection is there and the first byte is about to leave: true ends it as NEVER_SENT,
     * WITHHELD. Outlives the exchange; NULL: nobody withholds it. */
    const bool *withheld;
    uint64_t
        leave_by_ms; /* the first byte leaves before this moment of the loop's clock, or not at all; 0: at any */
};

enum gw_http_end {
    GW_HTTP_NONE = 0,
    GW_HTTP_COMPLETE,   /* a whole, well-formed response */
    GW_HTTP_NEVER_SENT, /* proven: no byte of this request left */
    GW_HTTP_BROKEN,     /* anything else: it may have taken effect */
};

enum gw_http_cause {
    GW_HTTP_CAUSE_NONE = 0,
    GW_HTTP_CAUSE_RESOLVE,
    GW_HTTP_CAUSE_CONNECT,
    GW_HTTP_CAUSE_PROXY,       /* the proxy refused the tunnel */
    GW_HTTP_CAUSE_TLS,         /* handshake broke */
    GW_HTTP_CAUSE_CERTIFICATE, /* chain or host name refused */
    GW_HTTP_CAUSE_TIMEOUT,
    GW_HTTP_CAUSE_STALL,
    GW_HTTP_CAUSE_RESET,   /* closed or reset before the end of the response */
    GW_HTTP_CAUSE_RESEND,  /* libcurl wanted to send it a second time and was stopped */
    GW_HTTP_CAUSE_GARBAGE, /* not HTTP */
    GW_HTTP_CAUSE_TOO_LARGE,
    GW_HTTP_CAUSE_ENCODED,  /* a Content-Encoding that nobody asked for */
    GW_HTTP_CAUSE_REDIRECT, /* a 3xx: complete, and never to be followed */
    GW_HTTP_CAUSE_LOCAL,    /* our side: memory, descriptors, a bad CA file */
    GW_HTTP_CAUSE_CANCELED, /* gw_http_free with the exchange under way */
    GW_HTTP_CAUSE_WITHHELD, /* by whoever submitted it, before its first byte left */
};

/*
 * Valid during the completion call only. Header texts are "" when absent (or longer than 255 bytes); they and the
 * body are foreign text. What a BROKEN exchange had received before it broke is here too, for people.
 */
struct gw_http_result {
    enum gw_http_end end;
    enum gw_http_cause cause; /* for COMPLETE: NONE or REDIRECT */
    int status;               /* 0: none */
    const char *content_type, *date;
    const char *retry_after;        /* x-acs-retry-after */
    const char *ratelimit_user_api; /* x-ratelimit-user-api */
    const char *ratelimit_user;     /* x-ratelimit-user */
    const char *request_id;         /* x-acs-request-id */
    const char *body;               /* with a NUL after it */
    size_t body_len;
    char detail[200]; /* for people: libcurl's words, no URL, no secret */
};

/* May submit again, also into the slot that has just become free; must not free the gw_http. */
typedef void gw_http_done(void *user, const struct gw_http_result *result);

struct gw_http;

struct gw_http *gw_http_new(struct gw_loop *loop, const struct gw_http_config *config, struct gw_err *err);
/* Completes what is under way as NEVER_SENT or BROKEN with cause CANCELED, then frees. No submit succeeds meanwhile. */
void gw_http_free(struct gw_http *http);
/*
 * false when every slot is taken (then there will be no completion). The request leaves after the poll that follows,
 * so that a connection that died meanwhile is seen to be dead. One that may not be sent at all (a foreign plain url,
 * a header with a line break) completes from the loop as NEVER_SENT, LOCAL.
 */
bool gw_http_submit(struct gw_http *http, const struct gw_http_request *request, gw_http_done *done,
                    void *user);
uint32_t gw_http_free_slots(const struct gw_http *http);
const char *gw_http_cause_name(enum gw_http_cause cause);

#endif
