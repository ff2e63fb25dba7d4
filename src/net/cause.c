/*
 * What the end of an exchange was, decided by proof: whole, or proven never sent, or broken. The one place
 * where libcurl's codes are translated.
 */
#include "http-local.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

const char *gw_http_cause_name(enum gw_http_cause cause)
{
    static const char *const name[] = {
        [GW_HTTP_CAUSE_NONE] = "none",         [GW_HTTP_CAUSE_RESOLVE] = "resolve",
        [GW_HTTP_CAUSE_CONNECT] = "connect",   [GW_HTTP_CAUSE_PROXY] = "proxy",
        [GW_HTTP_CAUSE_TLS] = "tls",           [GW_HTTP_CAUSE_CERTIFICATE] = "certificate",
        [GW_HTTP_CAUSE_TIMEOUT] = "timeout",   [GW_HTTP_CAUSE_STALL] = "stall",
        [GW_HTTP_CAUSE_RESET] = "reset",       [GW_HTTP_CAUSE_RESEND] = "resend",
        [GW_HTTP_CAUSE_GARBAGE] = "garbage",   [GW_HTTP_CAUSE_TOO_LARGE] = "too_large",
        [GW_HTTP_CAUSE_ENCODED] = "encoded",   [GW_HTTP_CAUSE_REDIRECT] = "redirect",
        [GW_HTTP_CAUSE_LOCAL] = "local",       [GW_HTTP_CAUSE_CANCELED] = "canceled",
        [GW_HTTP_CAUSE_WITHHELD] = "withheld",
    };

    GW_CHECK((size_t)cause < GW_COUNT_OF(name));
    return name[cause];
}

/*
 * A certificate that names our authority and bears another's signature makes OpenSSL complain from its ASN.1 or
 * key layers, which libcurl takes for a broken handshake. Only the SSL layer and the system speak of those.
 */
static bool is_forged(const char *error)
{
    return strstr(error, "error:") && !strstr(error, ":SSL routines:") && !strstr(error, ":system library:");
}

/* OpenSSL's words for it close its message; anywhere else they may be a name that the peer has given itself. */
static bool is_out_of_memory(const char *error)
{
    static const char *const word[] = {":malloc failure", ": out of memory"};
    size_t len = strlen(error);

    for (size_t i = 0; i < GW_COUNT_OF(word); i++)
        if (len >= strlen(word[i]) && strcmp(error + len - strlen(word[i]), word[i]) == 0)
            return true;
    return false;
}

/* A handshake that failed for what our side lacks says nothing of the other one. */
static enum gw_http_cause cause_of_handshake(const char *error, enum gw_http_cause otherwise)
{
    return is_out_of_memory(error) ? GW_HTTP_CAUSE_LOCAL : otherwise;
}

static enum gw_http_cause cause_of_code(const struct gw_http_slot *slot, CURLcode code)
{
    bool sent = slot->starts > 0;
    bool tunnel = !slot->plain && slot->http->proxy[0];

    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return GW_HTTP_CAUSE_RESOLVE;
    case CURLE_COULDNT_CONNECT:
        return GW_HTTP_CAUSE_CONNECT;
    case CURLE_PROXY:
        return GW_HTTP_CAUSE_PROXY;
    case CURLE_SSL_CONNECT_ERROR:
        return cause_of_handshake(slot->error,
                                  is_forged(slot->error) ? GW_HTTP_CAUSE_CERTIFICATE : GW_HTTP_CAUSE_TLS);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return cause_of_handshake(slot->error, GW_HTTP_CAUSE_CERTIFICATE);
    case CURLE_OPERATION_TIMEDOUT:
        return GW_HTTP_CAUSE_TIMEOUT;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        return sent || !tunnel ? GW_HTTP_CAUSE_RESET : GW_HTTP_CAUSE_PROXY;
    case CURLE_RECV_ERROR:
        /* Its code for broken chunks too, which only the words tell from a broken connection. */
        if (strstr(slot->error, "chunked-encoding"))
            return GW_HTTP_CAUSE_GARBAGE;
        return sent || !tunnel ? GW_HTTP_CAUSE_RESET : GW_HTTP_CAUSE_PROXY;
    case CURLE_UNSUPPORTED_PROTOCOL: /* not even a status line */
    case CURLE_WEIRD_SERVER_REPLY:
        return sent ? GW_HTTP_CAUSE_GARBAGE : GW_HTTP_CAUSE_LOCAL;
    case CURLE_OUT_OF_MEMORY:
        /* So it calls a header line over its own limit, which it finds before we see the line. */
        return sent ? GW_HTTP_CAUSE_TOO_LARGE : GW_HTTP_CAUSE_LOCAL;
    default:
        return sent ? GW_HTTP_CAUSE_GARBAGE : GW_HTTP_CAUSE_LOCAL;
    }
}

/*
 * libcurl took all it wanted. Where bytes were left over after a body of told length it closes the connection
 * without a word, so that is how they are seen: a close that the response did not announce.
 */
static enum gw_http_cause judge_success(struct gw_http_slot *slot, const char **ret_why)
{
    enum gw_http_cause cause;

    GW_CHECK(slot->starts > 0);
    cause = gw_http_response_end(&slot->response);
    *ret_why = slot->response.why;
    if (slot->socket_closed && !slot->response.closes) {
        *ret_why = "bytes came after the end of the reply";
        return GW_HTTP_CAUSE_GARBAGE;
    }
    return cause;
}

/* The hook was never reached; and, a second opinion, libcurl counts no request byte but those of a tunnel. */
static bool never_sent(struct gw_http_slot *slot, CURLcode code)
{
    long request_bytes = 0;
    curl_off_t body_bytes = 0;

    if (slot->starts > 0)
        return false;
    if (code == CURLE_OK)
        return true;
    curl_easy_getinfo(slot->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(slot->easy, CURLINFO_SIZE_UPLOAD_T, &body_bytes);
    return body_bytes == 0 && (request_bytes == 0 || (!slot->plain && slot->http->proxy[0]));
}

static void show(const struct gw_http_response *response, struct gw_http_result *result)
{
    result->status = response->status;
    result->content_type = response->named[GW_HTTP_CONTENT_TYPE];
    result->date = response->named[GW_HTTP_DATE];
    result->retry_after = response->named[GW_HTTP_RETRY_AFTER];
    result->ratelimit_user_api = response->named[GW_HTTP_RATELIMIT_USER_API];
    result->ratelimit_user = response->named[GW_HTTP_RATELIMIT_USER];
    result->request_id = response->named[GW_HTTP_REQUEST_ID];
    result->body = gw_buf_text(&response->body);
    result->body_len = response->body.len;
}

void gw_http_judge(struct gw_http_slot *slot, CURLcode code, struct gw_http_result *result)
{
    enum gw_http_cause cause = slot->cause;
    const char *why = slot->why;

    *result = (struct gw_http_result){.content_type = "",
                                      .date = "",
                                      .retry_after = "",
                                      .ratelimit_user_api = "",
                                      .ratelimit_user = "",
                                      .request_id = "",
                                      .body = ""};
    if (cause == GW_HTTP_CAUSE_NONE && code == CURLE_OK) {
        cause = judge_success(slot, &why);
    } else if (cause == GW_HTTP_CAUSE_NONE) {
        cause = cause_of_code(slot, code);
        why = slot->error[0] ? slot->error : curl_easy_strerror(code);
    } else if (code == CURLE_WRITE_ERROR) {
        why = slot->response.why;
    }
    result->cause = cause;
    if (cause == GW_HTTP_CAUSE_NONE || cause == GW_HTTP_CAUSE_REDIRECT)
        result->end = GW_HTTP_COMPLETE;
    else
        result->end = never_sent(slot, code) ? GW_HTTP_NEVER_SENT : GW_HTTP_BROKEN;
    /* Before the request there is no response: what the slot still holds is an earlier one's. */
    if (slot->starts > 0)
        show(&slot->response, result);
    gw_text_escape(result->detail, sizeof(result->detail), why, strlen(why));
}
