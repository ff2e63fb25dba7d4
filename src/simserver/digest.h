#ifndef GATEWAVE_SRC_SIMSERVER_DIGEST_H
#define GATEWAVE_SRC_SIMSERVER_DIGEST_H
/*
 * The three digests that signatures are made of, from GnuTLS: another library than the client's on purpose.
 */
#include <stddef.h>

#define GW_DIGEST_HEX_SIZE    65
#define GW_DIGEST_BASE64_SIZE 29

/* Lower-case hexadecimal. */
void gw_digest_sha256_hex(const void *bytes, size_t len, char ret[GW_DIGEST_HEX_SIZE]);
void gw_digest_hmac_sha256_hex(const void *key, size_t key_len, const void *bytes, size_t len,
                               char ret[GW_DIGEST_HEX_SIZE]);
void gw_digest_hmac_sha1_base64(const void *key, size_t key_len, const void *bytes, size_t len,
                                char ret[GW_DIGEST_BASE64_SIZE]);

#endif
