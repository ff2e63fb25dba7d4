/* Nonces: a system call or a generator step per batch of 256, not one per call. */
#include <string.h>

#include <openssl/rand.h>

#include "gatewave/base/check.h"
#include "gatewave/base/secret.h"
#include "gatewave/smartag/request.h"

#include "digest.h"

#define NONCE_BYTES 16

void gw_nonce_next(struct gw_nonces *nonces, char ret[33])
{
    unsigned char *bytes;

    if (nonces->left == 0) {
        GW_CHECK(RAND_bytes(nonces->pool, sizeof(nonces->pool)) == 1);
        nonces->left = sizeof(nonces->pool);
    }
    bytes = nonces->pool + sizeof(nonces->pool) - nonces->left;
    nonces->left -= NONCE_BYTES;
    gw_digest_hex(bytes, NONCE_BYTES, ret);
    gw_secret_wipe(bytes, NONCE_BYTES); /* a nonce is told once */
}
