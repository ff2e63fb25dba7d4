#ifndef GATEWAVE_SRC_SIMSERVER_VERIFY_H
#define GATEWAVE_SRC_SIMSERVER_VERIFY_H
/*
 * Who sent this request, by its signature: ACS3-HMAC-SHA256 (Authorization header) or HMAC-SHA1 (Signature
 * parameter). Written from the vendor's description, with no line in common with the client's signer, so that
 * two mistakes cannot cancel out. The signed time and the nonce are judged by the cloud, not here.
 */
#include <stdint.h>

#include "claim.h"
#include "keyring.h"
#include "wire.h"

/* Text in the claim points into wire and params. now_ms is the cloud's clock: tokens expire by it. */
void gw_verify(const struct gw_keyring *ring, const struct gw_wire *wire, const struct gw_params *params,
               uint64_t now_ms, struct gw_claim *ret);

#endif
