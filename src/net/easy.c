/*
 * A slot's libcurl handle: told once, at start, what holds for every exchange, and then per call only what
 * changed. The header list is built of the public list nodes in the slot's own memory, so a call costs no
 * allocation of ours.
 *
 * What must stay true: chain and host name are verified, TLS 1.2 is the least, nothing but https leaves this
 * machine (its own metadata service apart), nothing is followed, and neither environment nor home directory has a say.
 */
#include "http-local.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define TARGET_MAX      (16 * 1024)
#define HEADER_TEXT_MAX (64 * 1024)

/* An option can be refused for want of memory or for our mistake, and neither is to be survived. */
#define SET(easy, option, value) GW_CHECK(curl_easy_setopt(easy, option, value) == CURLE_OK)

/*
 * Sent with every request that does not bring its own: an empty value keeps libcurl from sending one.
 * Content-Type matters: every one that is sent must be signed, and libcurl would add its own to a POST.
 */
static const char *const silenced[] = {"Accept:", "Content-Type:", "Expect:"};

static size_t on_header(char *line, size_t size, size_t n, void *user)
{
    struct gw_http_slot *slot = user;

    slot->cause = gw_http_response_line(&slot->response, line, size * n);
    return slot->cause == GW_HTTP_CAUSE_NONE ? size * n : 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *user)
{
    struct gw_http_slot *slot = user;

    slot->cause = gw_http_response_body(&slot->response, bytes, size * n);
    return slot->cause == GW_HTTP_CAUSE_NONE ? size * n : 0;
}

/* Its time is over, or nobody wants it to leave any more. */
static bool gw_http_easy_is_withheld(const struct gw_http_slot *slot)
{
    return (slot->withheld && *slot->withheld) ||
           (slot->leave_by_ms > 0 && gw_loop_now_ms(slot->http->loop) >= slot->leave_by_ms);
}

/*
 * The last stop before a request's bytes leave. libcurl comes here again when a reused connection died under
 * the request and it wants to send the same once more: for a read that is welcome, for a call it would be the
 * second. And whoever submitted it may have changed his mind while the connection was being made.
 */
static int before_request(void *user, char *peer_ip, char *local_ip, int peer_port, int local_port)
{
    struct gw_http_slot *slot = user;

    (void)peer_ip;
    (void)local_ip;
    (void)peer_port;
    if (slot->once && slot->starts > 0) {
        slot->cause = GW_HTTP_CAUSE_RESEND;
        slot->why = "the connection died under the request, and a second one was not sent";
        return CURL_PREREQFUNC_ABORT;
    }
    if (slot->starts == 0 && gw_http_easy_is_withheld(slot)) {
        slot->cause = GW_HTTP_CAUSE_WITHHELD;
        slot->why = "withheld before its first byte left";
        return CURL_PREREQFUNC_ABORT;
    }
    slot->starts++;
    slot->cause = GW_HTTP_CAUSE_NONE;
    slot->socket_closed = false;
    gw_http_socket_leave(slot);
    if (slot->n_opened > 0)
        gw_http_socket_connected(slot, local_port);
    slot->moved_ms = gw_loop_now_ms(slot->http->loop);
    slot->moved_bytes = 0;
    gw_http_response_begin(&slot->response);
    return CURL_PREREQFUNC_OK;
}

static void set_trust(CURL *easy, const struct gw_http *http)
{
    SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    SET(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    SET(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (http->ca_file[0])
        SET(easy, CURLOPT_CAINFO, http->ca_file);
    /*
     * libcurl would look into its built-in directory as well. Then ca_file would not be the only authority; and
     * libcurl keeps a parsed bundle for the next connection only where it comes from a file alone, which is the
     * difference of a handshake of 1 ms and one of 20 ms with Debian's bundle.
     */
    if (http->ca_file[0] || curl_version_info(CURLVERSION_NOW)->cainfo)
        SET(easy, CURLOPT_CAPATH, NULL);
    SET(easy, CURLOPT_PROTOCOLS_STR, "https");
    SET(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(easy, CURLOPT_MAXREDIRS, 0L);
    SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(easy, CURLOPT_PROXY, http->proxy);
    SET(easy, CURLOPT_NOPROXY, "");
    SET(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
    /* The tunnel's own reply is not the response, and the request's headers are not the proxy's to see. */
    SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
}

bool gw_http_easy_init(struct gw_http_slot *slot)
{
    CURL *easy = curl_easy_init();

    if (!easy)
        return false;
    slot->easy = easy;
    gw_buf_init(&slot->target, TARGET_MAX);
    gw_buf_init(&slot->text, HEADER_TEXT_MAX);
    gw_http_response_init(&slot->response);
    slot->target.secret = slot->text.secret = slot->response.body.secret = slot->http->secret;
    slot->response.unframed = slot->http->unframed;
    set_trust(easy, slot->http);
    SET(easy, CURLOPT_PRIVATE, slot);
    SET(easy, CURLOPT_ERRORBUFFER, slot->error);
    SET(easy, CURLOPT_NOSIGNAL, 1L);
    /* Do not wait for a resolver thread that is stuck. */
    SET(easy, CURLOPT_QUICK_EXIT, 1L);
    SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    SET(easy, CURLOPT_ACCEPT_ENCODING, NULL);
    SET(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(easy, CURLOPT_PATH_AS_IS, 1L);
    SET(easy, CURLOPT_POST, 1L);
    SET(easy, CURLOPT_USERAGENT, "gatewave/" GW_VERSION);
    SET(easy, CURLOPT_MAXAGE_CONN, (long)GW_HTTP_IDLE_MAX_S);
    SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)slot->http->connect_timeout_ms);
    SET(easy, CURLOPT_HEADERFUNCTION, on_header);
    SET(easy, CURLOPT_HEADERDATA, slot);
    SET(easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(easy, CURLOPT_WRITEDATA, slot);
    SET(easy, CURLOPT_PREREQFUNCTION, before_request);
    SET(easy, CURLOPT_PREREQDATA, slot);
    SET(easy, CURLOPT_OPENSOCKETFUNCTION, gw_http_socket_open);
    SET(easy, CURLOPT_OPENSOCKETDATA, slot);
    SET(easy, CURLOPT_CLOSESOCKETFUNCTION, gw_http_socket_close);
    SET(easy, CURLOPT_CLOSESOCKETDATA, slot->http);
    return true;
}

void gw_http_easy_release(struct gw_http_slot *slot)
{
    curl_easy_cleanup(slot->easy);
    gw_http_response_release(&slot->response);
    gw_buf_release(&slot->text);
    gw_buf_release(&slot->target);
    free(slot->header);
}

static bool refuse(struct gw_http_slot *slot, const char *why)
{
    slot->cause = GW_HTTP_CAUSE_LOCAL;
    slot->why = why;
    return false;
}

static bool set_url(struct gw_http_slot *slot, const char *url)
{
    bool plain;

    if (slot->url[0] && gw_text_equal(slot->url, url))
        return true;
    if (!gw_http_endpoint(url, &plain))
        return refuse(slot, "only https, and http to this machine, is spoken");
    gw_text_copy(slot->url, sizeof(slot->url), url);
    SET(slot->easy, CURLOPT_URL, slot->url);
    if (plain != slot->plain) {
        /* What is not encrypted stays on this machine, past any proxy. */
        SET(slot->easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
        SET(slot->easy, CURLOPT_PROXY, plain ? "" : slot->http->proxy);
        slot->plain = plain;
    }
    return true;
}

/* Printable ASCII, and no blank unless allowed: whatever else could end the line early. */
static bool is_line(const char *text, bool blanks)
{
    for (; *text; text++)
        if (*text < (blanks ? ' ' : '!') || *text > '~')
            return false;
    return true;
}

static bool set_target(struct gw_http_slot *slot, const char *target)
{
    if (slot->target.len > 0 && gw_text_equal(slot->target.data, target))
        return true;
    if (target[0] != '/' || !is_line(target, false))
        return refuse(slot, "the request's target is malformed");
    gw_buf_reset(&slot->target);
    if (!gw_buf_add_text(&slot->target, target)) {
        gw_buf_reset(&slot->target);
        return refuse(slot, "the request's target is too long");
    }
    SET(slot->easy, CURLOPT_REQUEST_TARGET, slot->target.data);
    return true;
}

/*
 * Copies one "Name: value". libcurl takes "Name:" for a wish not to send it, and "Name;" for one to send it
 * empty.
 */
static bool add_header(struct gw_buf *text, const char *line)
{
    const char *colon = strchr(line, ':');

    if (!colon || colon == line || !is_line(line, true))
        return false;
    if (colon[1 + strspn(colon + 1, " ")] != '\0')
        return gw_buf_add(text, line, strlen(line) + 1);
    return gw_buf_add(text, line, (size_t)(colon - line)) && gw_buf_add(text, ";", 2);
}

static bool names_header(const struct gw_http_request *request, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < request->n_headers; i++)
        if (strncasecmp(request->header[i], name, len) == 0)
            return true;
    return false;
}

static bool set_headers(struct gw_http_slot *slot, const struct gw_http_request *request)
{
    size_t most = request->n_headers + GW_COUNT_OF(silenced), n = 0;
    char *line;

    gw_buf_reset(&slot->text);
    for (size_t i = 0; i < request->n_headers; i++, n++)
        if (!add_header(&slot->text, request->header[i]))
            return refuse(slot, "a request header is malformed or too long");
    for (size_t i = 0; i < GW_COUNT_OF(silenced); i++)
        if (!names_header(request, silenced[i])) {
            if (!gw_buf_add(&slot->text, silenced[i], strlen(silenced[i]) + 1))
                return refuse(slot, "the request's headers are too long");
            n++;
        }
    if (most > slot->header_size) {
        slot->header = gw_mem_resize(slot->header, most, sizeof(slot->header[0]));
        slot->header_size = most;
    }
    line = slot->text.data;
    for (size_t i = 0; i < n; i++) {
        slot->header[i] = (struct curl_slist){.data = line, .next = i + 1 < n ? &slot->header[i + 1] : NULL};
        line += strlen(line) + 1;
    }
    SET(slot->easy, CURLOPT_HTTPHEADER, slot->header);
    return true;
}

/*
 * libcurl ends a POST's wishes only by another method's: each is told anew when it changes. A PUT is a POST under
 * another name, so that its body is one in memory, too.
 */
static void set_method(struct gw_http_slot *slot, enum gw_http_method method)
{
    if (method == slot->method)
        return;
    slot->method = method;
    SET(slot->easy, CURLOPT_CUSTOMREQUEST, method == GW_HTTP_PUT ? "PUT" : NULL);
    if (method == GW_HTTP_GET)
        SET(slot->easy, CURLOPT_HTTPGET, 1L);
    else
        SET(slot->easy, CURLOPT_POST, 1L);
}

bool gw_http_easy_request(struct gw_http_slot *slot, const struct gw_http_request *request)
{
    slot->once = request->once;
    slot->withheld = request->withheld;
    slot->leave_by_ms = request->leave_by_ms;
    if (!set_url(slot, request->url) || !set_target(slot, request->target) || !set_headers(slot, request))
        return false;
    set_method(slot, request->method);
    if (request->method == GW_HTTP_GET)
        return true;
    SET(slot->easy, CURLOPT_POSTFIELDS, request->body_len > 0 ? request->body : "");
    SET(slot->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
    return true;
}
