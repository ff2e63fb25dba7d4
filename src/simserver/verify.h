#ifndef GATEWAVE_SRC_SIMSERVER_VERIFY_H
#define GATEWAVE_SRC_SIMSERVER_VERIFY_H
/*
 * Who sent this request, by its signature: ACS3-HMAC-SHA256 (Authorization header) or HMAC-SHA1 (Signature
 * parameter). Written from the vendor's description, with no line in common with the client's signer, so that
 * two mistakes cannot cancel out. The signed time and the nonce are judged by the cloud, not here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/secret.h"
#include "wire.h"

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

/* What a request says of itself, and whether it proved it. */
struct gw_claim {
    const char *code; /* NULL: the signature is the account's */
    int http_status;
    struct gw_buf message;
    /* As far as it was read: NULL where it does not say. */
    const char *action, *version, *nonce, *timestamp;
    const struct gw_key *key; /* NULL until the access key is known */
    uint64_t signed_ms;
};

void gw_claim_init(struct gw_claim *claim);
void gw_claim_release(struct gw_claim *claim);
void gw_claim_refuse(struct gw_claim *claim, int http_status, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Text in the claim points into wire and params. now_ms is the cloud's clock: tokens expire by it. */
void gw_verify(const struct gw_keyring *ring, const struct gw_wire *wire, const struct gw_params *params,
               uint64_t now_ms, struct gw_claim *ret);

#endif
