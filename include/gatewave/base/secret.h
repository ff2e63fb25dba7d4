#ifndef GATEWAVE_BASE_SECRET_H
#define GATEWAVE_BASE_SECRET_H
/*
 * A secret in memory of its own: copied in, wiped on release. There is no function that prints one, and no
 * other floor may keep secret bytes outside this struct for longer than a call.
 */
#include <stddef.h>

struct gw_secret {
    char *bytes; /* NUL-terminated; NULL when unset */
    size_t len;
};

void gw_secret_set(struct gw_secret *secret, const char *bytes, size_t len);
void gw_secret_release(struct gw_secret *secret);
/* Wipes any memory that held secret text for a while. */
void gw_secret_wipe(void *bytes, size_t len);

#endif
