/* Thin wrappers: a digest of bytes in memory cannot fail for a reason that the caller could act on. */
#include "digest.h"

#include <stdint.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#define GW_SHA1_SIZE   20
#define GW_SHA256_SIZE 32

static void gw_digest_hex(const uint8_t *bytes, size_t len, char *ret)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        ret[2 * i] = digit[bytes[i] >> 4];
        ret[2 * i + 1] = digit[bytes[i] & 15];
    }
    ret[2 * len] = '\0';
}

void gw_digest_sha256_hex(const void *bytes, size_t len, char ret[GW_DIGEST_HEX_SIZE])
{
    uint8_t sum[GW_SHA256_SIZE];

    GW_CHECK(gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, len, sum) == 0);
    gw_digest_hex(sum, sizeof(sum), ret);
}

void gw_digest_hmac_sha256_hex(const void *key, size_t key_len, const void *bytes, size_t len,
                               char ret[GW_DIGEST_HEX_SIZE])
{
    uint8_t sum[GW_SHA256_SIZE];

    GW_CHECK(gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_len, bytes, len, sum) == 0);
    gw_digest_hex(sum, sizeof(sum), ret);
}

void gw_digest_hmac_sha1_base64(const void *key, size_t key_len, const void *bytes, size_t len,
                                char ret[GW_DIGEST_BASE64_SIZE])
{
    uint8_t sum[GW_SHA1_SIZE];
    gnutls_datum_t in = {.data = sum, .size = sizeof(sum)}, out;

    GW_CHECK(gnutls_hmac_fast(GNUTLS_MAC_SHA1, key, key_len, bytes, len, sum) == 0);
    GW_CHECK(gnutls_base64_encode2(&in, &out) == 0);
    GW_CHECK(gw_text_copy_n(ret, GW_DIGEST_BASE64_SIZE, (const char *)out.data, out.size));
    gnutls_free(out.data);
}
