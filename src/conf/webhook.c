/* Addresses of webhooks. What is refused is said without quoting it: the address is the secret. */
#include "gatewave/conf/webhook.h"

#include <string.h>

#include "gatewave/base/text.h"

#include "loopback.h"

const char *gw_webhook_split(const char *url, struct gw_webhook *ret)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:[]";
    bool plain = gw_text_starts(url, "http://");
    const char *host = url + strlen(plain ? "http://" : "https://");
    struct gw_webhook hook = {.target_at = 0};
    size_t n;

    if (!plain && !gw_text_starts(url, "https://"))
        return "must begin with https:// (or be file:PATH or env:NAME)";
    for (const char *p = url; *p; p++)
        if (*p <= ' ' || *p > '~' || *p == '#' || *p == '\\' || *p == '"')
            return "must be a URL of printable ASCII without blanks, quotes, # and \\";
    n = strspn(host, signs);
    if (n == 0 || (host[n] != '\0' && host[n] != '/' && host[n] != '?'))
        return "must have a host and nothing before it, as in https://host/path";
    if (strlen(url) > GW_WEBHOOK_URL_MAX || !gw_text_copy_n(hook.host, sizeof(hook.host), host, n))
        return "is longer than 2048 bytes, or its host than 255";
    if (host[n] == '?')
        return "must have a path before its query, as in https://host/?key=...";
    hook.target_at = (size_t)(host + n - url);
    (void)gw_text_copy_n(hook.origin, sizeof(hook.origin), url, hook.target_at);
    if (plain && !gw_is_loopback(hook.origin))
        return "must be https: plain http goes to a loopback address only";
    *ret = hook;
    return NULL;
}

enum gw_webhook_place gw_webhook_find(const char *text, const char **ret_word)
{
    static const char *const lead[] = {[GW_WEBHOOK_FILE] = "file:", [GW_WEBHOOK_ENV] = "env:"};
    const char *word = text;
    enum gw_webhook_place place = GW_WEBHOOK_HERE;

    for (int i = GW_WEBHOOK_FILE; i <= GW_WEBHOOK_ENV; i++)
        if (gw_text_starts(text, lead[i])) {
            place = (enum gw_webhook_place)i;
            word = text + strlen(lead[i]);
        }
    if (ret_word)
        *ret_word = word;
    return *word ? place : GW_WEBHOOK_NONE;
}
