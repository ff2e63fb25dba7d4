/* Loopback by its spelling alone. */
#include "gatewave/base/host.h"

#include "gatewave/base/text.h"

/* A decimal number of an address, 0 to 255 without leading zeros, which others read as octal; NULL: none. */
static const char *gw_host_octet(const char *at)
{
    const char *first = at;
    unsigned value = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        value = 10 * value + (unsigned)(*at - '0');
        if (value > 255)
            return NULL;
    }
    return at == first || (*first == '0' && at - first > 1) ? NULL : at;
}

/* Four numbers and nothing else, so that 127.0.0.1.example.com is what it is. */
static bool gw_host_is_loopback_v4(const char *host)
{
    if (!gw_text_starts(host, "127."))
        return false;
    for (int i = 0; i < 4; i++) {
        host = gw_host_octet(host);
        if (!host || *host != (i < 3 ? '.' : '\0'))
            return false;
        host++;
    }
    return true;
}

bool gw_host_is_loopback(const char *host)
{
    return gw_text_equal_nocase(host, "localhost") || gw_text_equal(host, "::1") ||
           gw_text_equal(host, "[::1]") || gw_host_is_loopback_v4(host);
}
