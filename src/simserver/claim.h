#ifndef GATEWAVE_SRC_SIMSERVER_CLAIM_H
#define GATEWAVE_SRC_SIMSERVER_CLAIM_H
/* A request's claim to come from somebody, and what is checked of it whichever way it is signed. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "keyring.h"

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

/* Refuses and returns true when value is missing or empty. */
bool gw_claim_misses(struct gw_claim *claim, const char *value, const char *name);
/* The next three return whether the request may go on, and refuse it when not. This one reads signed_ms. */
bool gw_claim_read_time(struct gw_claim *claim);
/* Whose key that is; of several with that id, the one with this token. token may be NULL. */
bool gw_claim_find_key(struct gw_claim *claim, const struct gw_keyring *ring, const char *id,
                       const char *token);
bool gw_claim_check_token(struct gw_claim *claim, const struct gw_keyring *ring, const char *token,
                          uint64_t now_ms);
/* Refuses a signature that is not our own; to_sign is what ours was made of. */
void gw_claim_compare(struct gw_claim *claim, const char *claimed, const char *own,
                      const struct gw_buf *to_sign);

#endif
