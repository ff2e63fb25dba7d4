/*
 * A response as it comes in. Stricter than libcurl where a lenient reading could take half an answer for a
 * whole one, or another one's answer for ours: the length must be told exactly once, nothing may be encoded,
 * and every count has a limit. What is refused here ends as "may have taken effect", so strictness costs a
 * read, never a lie.
 */
#include "response-local.h"

#include <string.h>
#include <strings.h>

#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

static const char *const named[GW_HTTP_N_NAMED] = {
    [GW_HTTP_CONTENT_TYPE] = "content-type",       [GW_HTTP_DATE] = "date",
    [GW_HTTP_RETRY_AFTER] = "x-acs-retry-after",   [GW_HTTP_RATELIMIT_USER_API] = "x-ratelimit-user-api",
    [GW_HTTP_RATELIMIT_USER] = "x-ratelimit-user", [GW_HTTP_REQUEST_ID] = "x-acs-request-id",
};

void gw_http_response_init(struct gw_http_response *response)
{
    *response = (struct gw_http_response){.why = ""};
    gw_buf_init(&response->body, GW_HTTP_BODY_MAX);
}

void gw_http_response_release(struct gw_http_response *response)
{
    gw_buf_release(&response->body);
}

/* What one status line begins and the next one must not inherit. */
static void forget_block(struct gw_http_response *response)
{
    response->chunked = false;
    response->sized = false;
    response->closes = false;
    for (size_t i = 0; i < GW_HTTP_N_NAMED; i++)
        response->named[i][0] = '\0';
}

void gw_http_response_begin(struct gw_http_response *response)
{
    forget_block(response);
    response->stage = GW_HTTP_STATUS_LINE;
    response->status = 0;
    response->n_lines = 0;
    response->n_interim = 0;
    response->header_bytes = 0;
    response->why = "";
    gw_buf_reset(&response->body);
}

static enum gw_http_cause refuse(struct gw_http_response *response, enum gw_http_cause cause, const char *why)
{
    response->why = why;
    return cause;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* HTTP/1.x SP 3DIGIT [SP reason] */
static enum gw_http_cause take_status_line(struct gw_http_response *response, const char *line, size_t len)
{
    if (len < 12 || strncmp(line, "HTTP/1.", 7) != 0 || (line[7] != '0' && line[7] != '1') ||
        line[8] != ' ' || line[9] < '1' || line[9] > '5' || !is_digit(line[10]) || !is_digit(line[11]) ||
        (len > 12 && line[12] != ' '))
        return refuse(response, GW_HTTP_CAUSE_GARBAGE,
                      "the reply does not begin with an HTTP/1.x status line");
    forget_block(response);
    response->status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    response->closes = line[7] == '0';
    response->stage = GW_HTTP_HEADER_LINES;
    if (response->status == 101)
        return refuse(response, GW_HTTP_CAUSE_GARBAGE, "the server switches to a protocol nobody asked for");
    if (response->status < 200 && ++response->n_interim > GW_HTTP_INTERIM_MAX)
        return refuse(response, GW_HTTP_CAUSE_TOO_LARGE, "too many 1xx replies before the real one");
    return GW_HTTP_CAUSE_NONE;
}

/*
 * The empty line. A body whose end only the closing of the connection tells could be cut anywhere: not taken, unless its
 * reader can live with that.
 */
static enum gw_http_cause take_block_end(struct gw_http_response *response)
{
    if (response->status < 200) {
        response->stage = GW_HTTP_STATUS_LINE;
        return GW_HTTP_CAUSE_NONE;
    }
    response->stage = GW_HTTP_BODY;
    if (response->chunked && response->sized)
        return refuse(response, GW_HTTP_CAUSE_GARBAGE, "the reply tells its length twice");
    if (response->chunked || response->sized || response->status == 204 || response->status == 304)
        return GW_HTTP_CAUSE_NONE;
    if (!response->unframed)
        return refuse(response, GW_HTTP_CAUSE_GARBAGE, "the reply does not tell its length");
    response->closes = true;
    return GW_HTTP_CAUSE_NONE;
}

static enum gw_http_cause take_length(struct gw_http_response *response, const char *value)
{
    uint64_t length;

    if (response->sized || gw_parse_u64(value, 0, UINT64_MAX, &length) != NULL)
        return refuse(response, GW_HTTP_CAUSE_GARBAGE, "the reply's Content-Length makes no sense");
    response->sized = true;
    if (length > GW_HTTP_BODY_MAX)
        return refuse(response, GW_HTTP_CAUSE_TOO_LARGE, "the reply's body is too large");
    return GW_HTTP_CAUSE_NONE;
}

/* The headers that decide how the rest is to be read. */
static enum gw_http_cause take_framing(struct gw_http_response *response, const char *name, const char *value)
{
    if (gw_text_equal_nocase(name, "content-length"))
        return take_length(response, value);
    if (gw_text_equal_nocase(name, "transfer-encoding")) {
        if (!gw_text_equal_nocase(value, "chunked"))
            return refuse(response, GW_HTTP_CAUSE_ENCODED,
                          "the reply has a transfer encoding nobody asked for");
        if (response->chunked)
            return refuse(response, GW_HTTP_CAUSE_GARBAGE, "the reply is chunked twice");
        response->chunked = true;
    } else if (gw_text_equal_nocase(name, "content-encoding")) {
        if (!gw_text_equal_nocase(value, "identity"))
            return refuse(response, GW_HTTP_CAUSE_ENCODED,
                          "the reply has a content encoding nobody asked for");
    } else if (gw_text_equal_nocase(name, "connection")) {
        /* As lenient as libcurl here, which closes on any mention. */
        if (strcasestr(value, "close"))
            response->closes = true;
    }
    return GW_HTTP_CAUSE_NONE;
}

static void keep_named(struct gw_http_response *response, const char *name, const char *value)
{
    for (size_t i = 0; i < GW_HTTP_N_NAMED; i++) {
        char *kept = response->named[i];

        if (!gw_text_equal_nocase(name, named[i]))
            continue;
        if (!kept[0] && !gw_text_copy(kept, GW_HTTP_NAMED_MAX, value))
            kept[0] = '\0';
        return;
    }
}

static enum gw_http_cause take_header(struct gw_http_response *response, const char *line, size_t len)
{
    /* Room for every name that is looked for, and for the longest value that is kept. */
    char name[32], value[GW_HTTP_NAMED_MAX + 1];
    const char *colon = memchr(line, ':', len);
    const char *from, *end = line + len;

    /* No folded lines and no blank before the colon: two parsers would read two things into them. */
    if (!colon || colon == line || line[0] == ' ' || line[0] == '\t' || colon[-1] == ' ' ||
        colon[-1] == '\t' || memchr(line, '\0', len))
        return refuse(response, GW_HTTP_CAUSE_GARBAGE, "the reply has a malformed header line");
    if (!gw_text_copy_n(name, sizeof(name), line, (size_t)(colon - line)))
        return GW_HTTP_CAUSE_NONE;
    for (from = colon + 1; from < end && (*from == ' ' || *from == '\t'); from++)
        ;
    while (end > from && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    gw_text_copy_n(value, sizeof(value), from, (size_t)(end - from));
    keep_named(response, name, value);
    return take_framing(response, name, value);
}

enum gw_http_cause gw_http_response_line(struct gw_http_response *response, const char *line, size_t len)
{
    response->header_bytes += len;
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        len--;
    if (response->stage != GW_HTTP_STATUS_LINE && len > 0)
        response->n_lines++;
    if (response->header_bytes > GW_HTTP_HEADER_MAX || response->n_lines > GW_HTTP_HEADERS_MAX)
        return refuse(response, GW_HTTP_CAUSE_TOO_LARGE, "the reply's headers are too large");
    switch (response->stage) {
    case GW_HTTP_STATUS_LINE:
        return take_status_line(response, line, len);
    case GW_HTTP_HEADER_LINES:
        return len == 0 ? take_block_end(response) : take_header(response, line, len);
    case GW_HTTP_BODY:
        break;
    }
    /* A trailer: counted, never read. */
    return GW_HTTP_CAUSE_NONE;
}

enum gw_http_cause gw_http_response_body(struct gw_http_response *response, const void *bytes, size_t len)
{
    if (response->stage != GW_HTTP_BODY)
        return refuse(response, GW_HTTP_CAUSE_GARBAGE, "the reply has a body and no head");
    if (!gw_buf_add(&response->body, bytes, len))
        return refuse(response, GW_HTTP_CAUSE_TOO_LARGE, "the reply's body is too large");
    return GW_HTTP_CAUSE_NONE;
}

enum gw_http_cause gw_http_response_end(struct gw_http_response *response)
{
    if (response->stage != GW_HTTP_BODY)
        return refuse(response, GW_HTTP_CAUSE_RESET, "the reply ended within its headers");
    if (response->status >= 300 && response->status < 400)
        return refuse(response, GW_HTTP_CAUSE_REDIRECT, "the server points elsewhere, and is not followed");
    return GW_HTTP_CAUSE_NONE;
}
