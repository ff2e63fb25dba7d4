#ifndef GATEWAVE_CONF_WEBHOOK_H
#define GATEWAVE_CONF_WEBHOOK_H
/*
 * The address of a webhook. Its path and query are what lets anybody post there: they are as secret as a key. Only the
 * host may be shown.
 */
#include <stddef.h>

#include "gatewave/base/secret.h"

#define GW_WEBHOOK_HOST_MAX 256
#define GW_WEBHOOK_URL_MAX  2048

struct gw_webhook {
    char origin[GW_WEBHOOK_HOST_MAX + 16]; /* https://host[:port], or http:// on loopback */
    char host[GW_WEBHOOK_HOST_MAX];        /* host[:port] */
    size_t target_at; /* where the request's target stands in the URL; "/" when at its end */
};

/* NULL, or what is wrong with it, without a byte of it. url must have a NUL behind it. */
const char *gw_webhook_split(const char *url, struct gw_webhook *ret);

/* Where a configured `url` really stands. */
enum gw_webhook_place {
    GW_WEBHOOK_NONE = 0, /* neither of these */
    GW_WEBHOOK_HERE,     /* it is the URL */
    GW_WEBHOOK_FILE,     /* file:PATH, a private file with the URL in its first line */
    GW_WEBHOOK_ENV,      /* env:NAME, a variable of the environment */
};
/* *ret_word, unless NULL: the URL, the path or the name; points into text. */
enum gw_webhook_place gw_webhook_find(const char *text, const char **ret_word);

#endif
