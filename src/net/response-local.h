#ifndef GATEWAVE_SRC_NET_RESPONSE_LOCAL_H
#define GATEWAVE_SRC_NET_RESPONSE_LOCAL_H
/*
 * One response as it comes in: what of it is kept, and whether it is one that may be believed. Fed with the
 * header lines and body bytes that libcurl found; knows no libcurl. A cause other than NONE refuses the
 * response, and why then says it for people.
 */
#include "gatewave/base/buf.h"
#include "gatewave/net/http.h"

/* A named header that is longer counts as absent. */
#define GW_HTTP_NAMED_MAX 256
/* 1xx responses before the real one. */
#define GW_HTTP_INTERIM_MAX 8

enum gw_http_named {
    GW_HTTP_CONTENT_TYPE,
    GW_HTTP_DATE,
    GW_HTTP_RETRY_AFTER,
    GW_HTTP_RATELIMIT_USER_API,
    GW_HTTP_RATELIMIT_USER,
    GW_HTTP_REQUEST_ID,
    GW_HTTP_N_NAMED,
};

enum gw_http_stage {
    GW_HTTP_STATUS_LINE,
    GW_HTTP_HEADER_LINES,
    GW_HTTP_BODY
};

struct gw_http_response {
    enum gw_http_stage stage;
    int status;
    bool unframed; /* one that only the close ends is taken; stays over responses */
    bool chunked;
    bool sized;
    bool closes; /* the connection is to be closed after it, and said so */
    uint32_t n_lines;
    uint32_t n_interim;
    size_t header_bytes;
    char named[GW_HTTP_N_NAMED][GW_HTTP_NAMED_MAX];
    struct gw_buf body;
    const char *why;
};

void gw_http_response_init(struct gw_http_response *response);
void gw_http_response_release(struct gw_http_response *response);
/* Forgets the last one; keeps the memory. */
void gw_http_response_begin(struct gw_http_response *response);
/* A line with its line end: status line, header, the empty line, trailer. */
enum gw_http_cause gw_http_response_line(struct gw_http_response *response, const char *line, size_t len);
enum gw_http_cause gw_http_response_body(struct gw_http_response *response, const void *bytes, size_t len);
/* After the last byte: NONE or REDIRECT when it is whole. */
enum gw_http_cause gw_http_response_end(struct gw_http_response *response);

#endif
