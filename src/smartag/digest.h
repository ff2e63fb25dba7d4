#ifndef GATEWAVE_SRC_SMARTAG_DIGEST_H
#define GATEWAVE_SRC_SMARTAG_DIGEST_H
/* The digests that signing needs, over OpenSSL: algorithms fetched and keys set up once, then re-used for
 * each call. */
#include <stddef.h>

#include "gatewave/base/err.h"

#define GW_SHA256_HEX_SIZE  65 /* 64 hex digits and NUL */
#define GW_V1_SIGNATURE_MAX 29 /* 20 bytes in base64 and NUL */
#define GW_SHA256_EMPTY     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* An HMAC with its key; digest is "SHA1" or "SHA256". */
struct gw_mac {
    struct evp_mac_ctx_st *ctx;
};

enum gw_code gw_mac_init(struct gw_mac *mac, const char *digest, const void *key, size_t key_len,
                         struct gw_err *err);
void gw_mac_release(struct gw_mac *mac);

struct gw_sha256 {
    struct evp_md_st *md;
    struct evp_md_ctx_st *ctx;
};

enum gw_code gw_sha256_init(struct gw_sha256 *sha, struct gw_err *err);
void gw_sha256_release(struct gw_sha256 *sha);
void gw_sha256_hex(struct gw_sha256 *sha, const char *text, size_t len, char ret[GW_SHA256_HEX_SIZE]);

/* Base64 of the HMAC-SHA1 over a string to sign. */
void gw_digest_v1(struct gw_mac *mac, const char *text, size_t len, char ret[GW_V1_SIGNATURE_MAX]);
/* Hex of the HMAC-SHA256 over the string to sign that a canonical request gives. */
void gw_digest_v3(struct gw_mac *mac, struct gw_sha256 *sha, const char *canonical, size_t len,
                  char ret[GW_SHA256_HEX_SIZE]);
/* Two lower-case digits a byte, and a NUL. */
void gw_digest_hex(const unsigned char *bytes, size_t len, char *ret);

#endif
