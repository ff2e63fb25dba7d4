/* Which URLs may be called. A list of what is allowed: what is not understood here is never handed to
 * libcurl. */
#include "endpoint-local.h"

#include <string.h>

#include "gatewave/base/host.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

/* The vendor's machines have their metadata service there, each its own: it never leaves the host's network. */
#define METADATA "http://100.100.100.200"

/* Length of the host at text, its brackets included; 0 when it is none. */
static size_t host_span(const char *text)
{
    size_t len;

    if (text[0] == '[') {
        len = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");
        return text[len] == ']' ? len + 1 : 0;
    }
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
}

bool gw_http_endpoint(const char *url, bool *ret_plain)
{
    bool plain = gw_text_starts(url, "http://");
    const char *authority = url + (plain ? strlen("http://") : strlen("https://"));
    char host[GW_HTTP_URL_MAX];
    uint64_t port;
    size_t len;

    if (!plain && !gw_text_starts(url, "https://"))
        return false;
    len = host_span(authority);
    if (len == 0 || strnlen(url, GW_HTTP_URL_MAX) == GW_HTTP_URL_MAX)
        return false;
    if (authority[len] == ':' && gw_parse_u64(authority + len + 1, 1, 65535, &port) != NULL)
        return false;
    if (authority[len] != ':' && authority[len] != '\0')
        return false;
    if (authority[0] == '[')
        gw_text_copy_n(host, sizeof(host), authority + 1, len - 2);
    else
        gw_text_copy_n(host, sizeof(host), authority, len);
    if (plain && !gw_host_is_loopback(host) && !gw_text_equal(url, METADATA))
        return false;
    *ret_plain = plain;
    return true;
}
