#ifndef GATEWAVE_SRC_SIMSERVER_VERIFY_LOCAL_H
#define GATEWAVE_SRC_SIMSERVER_VERIFY_LOCAL_H
/* What verify.c and verify_v3.c share. The checks return whether the request may go on, or fill the claim's
 * refusal. */
#include "verify.h"

/* Percent encoding: everything but A-Z a-z 0-9 - _ . ~ */
void gw_verify_encode(struct gw_buf *buf, const char *text);
/* The first n parameters but one as name=value joined by &, sorted by name in byte order. but may be NULL. */
void gw_verify_canonical_params(struct gw_buf *buf, const struct gw_params *params, size_t n,
                                const char *but);
/* True, and refused, when value is missing. */
bool gw_verify_misses(struct gw_claim *claim, const char *value, const char *name);
bool gw_verify_time(struct gw_claim *claim);
/* Whose key that is; of several with that id, the one with this token. token may be NULL. */
bool gw_verify_key(const struct gw_keyring *ring, const char *id, const char *token, struct gw_claim *claim);
bool gw_verify_token(const struct gw_keyring *ring, const char *token, uint64_t now_ms,
                     struct gw_claim *claim);
void gw_verify_compare(struct gw_claim *claim, const char *claimed, const char *own,
                       const struct gw_buf *to_sign);

void gw_verify_v3(const struct gw_keyring *ring, const struct gw_wire *wire, const struct gw_params *params,
                  uint64_t now_ms, struct gw_claim *claim);

#endif
