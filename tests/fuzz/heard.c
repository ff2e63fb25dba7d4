/* Responses in memory: libcurl's part is to find the lines, the rest is production code. */
#include "heard.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#define PIECE_MAX 1000

static void check_response(const struct gw_http_response *response)
{
    GW_CHECK(response->body.len <= GW_HTTP_BODY_MAX);
    for (size_t i = 0; i < GW_HTTP_N_NAMED; i++)
        GW_CHECK(memchr(response->named[i], 0, GW_HTTP_NAMED_MAX) != NULL);
}

enum gw_http_cause fuzz_hear(struct gw_http_response *response, const char *bytes, size_t len)
{
    enum gw_http_cause cause = GW_HTTP_CAUSE_NONE;

    while (cause == GW_HTTP_CAUSE_NONE && len > 0 && response->stage != GW_HTTP_BODY) {
        const char *newline = memchr(bytes, '\n', len);
        size_t line = newline ? (size_t)(newline + 1 - bytes) : len;

        cause = gw_http_response_line(response, bytes, line);
        check_response(response);
        bytes += line;
        len -= line;
    }
    while (cause == GW_HTTP_CAUSE_NONE && len > 0) {
        size_t piece = len < PIECE_MAX ? len : PIECE_MAX;

        cause = gw_http_response_body(response, bytes, piece);
        check_response(response);
        bytes += piece;
        len -= piece;
    }
    return cause == GW_HTTP_CAUSE_NONE ? gw_http_response_end(response) : cause;
}

struct gw_http_result fuzz_heard(const struct gw_http_response *response, enum gw_http_cause cause)
{
    struct gw_http_result result = {
        .end = cause == GW_HTTP_CAUSE_NONE || cause == GW_HTTP_CAUSE_REDIRECT ? GW_HTTP_COMPLETE
                                                                              : GW_HTTP_BROKEN,
        .cause = cause,
        .status = response->status,
        .content_type = response->named[GW_HTTP_CONTENT_TYPE],
        .date = response->named[GW_HTTP_DATE],
        .retry_after = response->named[GW_HTTP_RETRY_AFTER],
        .ratelimit_user_api = response->named[GW_HTTP_RATELIMIT_USER_API],
        .ratelimit_user = response->named[GW_HTTP_RATELIMIT_USER],
        .request_id = response->named[GW_HTTP_REQUEST_ID],
        .body = gw_buf_text(&response->body),
        .body_len = response->body.len,
    };

    gw_text_escape(result.detail, sizeof(result.detail), response->why, strlen(response->why));
    return result;
}
