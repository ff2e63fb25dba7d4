/* Loopback by its spelling alone: nothing is looked up, so that a name cannot be given another address later. */
#include "loopback.h"

#include <string.h>

#include "gatewave/base/text.h"

/* 127.1.2.3: four numbers and nothing else, so that 127.0.0.1.example.com is what it is. */
static bool gw_is_loopback_v4(const char *host, size_t len)
{
    unsigned dots = 0;

    if (len < 4 || memcmp(host, "127.", 4) != 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        dots += host[i] == '.';
        if (host[i] == '.' ? (i + 1 == len || host[i + 1] == '.') : (host[i] < '0' || host[i] > '9'))
            return false;
    }
    return dots == 3;
}

bool gw_is_loopback(const char *endpoint)
{
    const char *host = endpoint;
    size_t len;

    if (gw_text_starts(host, "https://"))
        host += strlen("https://");
    else if (gw_text_starts(host, "http://"))
        host += strlen("http://");
    if (strchr(host, '@') || strchr(host, '\\'))
        return false;
    if (gw_text_starts(host, "[::1]"))
        return host[5] == '\0' || host[5] == ':' || host[5] == '/';
    len = strcspn(host, ":/");
    return (len == strlen("localhost") && memcmp(host, "localhost", len) == 0) ||
           gw_is_loopback_v4(host, len);
}
