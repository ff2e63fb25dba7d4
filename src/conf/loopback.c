/* The host of what a file names, for the one rule of what is loopback. */
#include "loopback.h"

#include <string.h>

#include "gatewave/base/host.h"
#include "gatewave/base/text.h"

bool gw_is_loopback(const char *endpoint)
{
    const char *at = endpoint;
    char host[32]; /* room for every one that is loopback */
    size_t len;

    if (gw_text_starts(at, "https://"))
        at += strlen("https://");
    else if (gw_text_starts(at, "http://"))
        at += strlen("http://");
    if (strchr(at, '@') || strchr(at, '\\'))
        return false;
    len = at[0] == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":/");
    return len <= strlen(at) && (at[len] == '\0' || at[len] == ':' || at[len] == '/') &&
           gw_text_copy_n(host, sizeof(host), at, len) && gw_host_is_loopback(host);
}
