#ifndef GATEWAVE_SRC_SIMSERVER_KEYRING_H
#define GATEWAVE_SRC_SIMSERVER_KEYRING_H
/* Whose keys the cloud knows: those of its options, for good, and those that it lends. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/secret.h"

struct gw_key {
    char *id; /* keys of one id differ in their tokens */
    struct gw_secret secret;
    struct gw_secret token; /* unset: a long-lived key */
    uint64_t expires_ms;    /* of its token, by the cloud's clock: gone from then on; 0: never */
    char *account;
};

#define GW_KEYRING_MAX     1024
#define GW_KEYRING_LATE_MS 60000 /* so long a lent key that ended is still known as one that did */

struct gw_keyring {
    struct gw_key key[GW_KEYRING_MAX];
    size_t n;
    bool tokens_expired; /* every security token is answered InvalidSecurityToken.Expired */
};

/* ID:SECRET[:TOKEN]@ACCOUNT. NULL, or what is wrong as a static phrase. */
const char *gw_keyring_add(struct gw_keyring *ring, const char *text);
/*
 * One more token for the key of that id, good until expires_ms; those before it stay good until theirs. When
 * the ring is full, it takes the place of the token that ends first, which then is as good as made up. False
 * when there is no such key.
 */
bool gw_keyring_issue(struct gw_keyring *ring, const char *id, const char *token, uint64_t expires_ms);
/* A key for a while. Text is copied. */
struct gw_key_loan {
    const char *id, *secret, *token, *account;
    uint64_t now_ms, expires_ms;
};
/* When the ring is full, it takes the place of the key that ended first, if that was GW_KEYRING_LATE_MS ago;
 * else false. */
bool gw_keyring_lend(struct gw_keyring *ring, const struct gw_key_loan *loan);
void gw_keyring_release(struct gw_keyring *ring);

#endif
