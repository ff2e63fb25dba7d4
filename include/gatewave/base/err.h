#ifndef GATEWAVE_BASE_ERR_H
#define GATEWAVE_BASE_ERR_H
/*
 * Operating errors: what a user or the machine got wrong. A function that can fail so returns an enum gw_code
 * (0 is success) and fills the caller's struct gw_err; each caller on the way up may prefix what it was
 * doing. The text names the place and the remedy and is reported once, by the first function that knows what
 * the user was trying to do. It never holds a secret, a signature or a signed URL.
 */
#include <stdarg.h>
#include <stdbool.h>

enum gw_code {
    GW_OK = 0,
    GW_ERR_USAGE,       /* the command line */
    GW_ERR_INPUT,       /* configuration, rollout file, inventory, selection */
    GW_ERR_STORE,       /* database or disk */
    GW_ERR_BUSY,        /* another runner holds the rollout */
    GW_ERR_LEASE,       /* we held it and have lost it */
    GW_ERR_CREDENTIALS, /* keys, signing, clock */
    GW_ERR_NETWORK,     /* could not set up the network side */
    GW_ERR_NOT_FOUND,   /* no such rollout, gateway, file */
    GW_ERR_INTERNAL,
};

#define GW_ERR_TEXT_MAX 1024

struct gw_err {
    enum gw_code code;
    char text[GW_ERR_TEXT_MAX];
};

/*
 * Sets code and text (cut at GW_ERR_TEXT_MAX); returns code. err may be NULL: then only the code is returned.
 */
enum gw_code gw_err_set(struct gw_err *err, enum gw_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "prefix: " before the text that is there; returns the code that is there. */
enum gw_code gw_err_prefix(struct gw_err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
