/*
 * Digests for signing. Fetching an algorithm and scheduling a key cost more than the digest of one request,
 * so both are done once per key and a call only re-initialises. What fails after a successful set-up can only
 * be memory, and that ends the program.
 */
#include "digest.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#define SHA1_SIZE     20
#define SHA256_SIZE   32
#define V3_ALGORITHM  "ACS3-HMAC-SHA256\n"
#define V3_STRING_MAX (sizeof(V3_ALGORITHM) + GW_SHA256_HEX_SIZE)

enum gw_code gw_mac_init(struct gw_mac *mac, const char *digest, const void *key, size_t key_len,
                         struct gw_err *err)
{
    char name[16];
    OSSL_PARAM params[2];
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    GW_CHECK(gw_text_copy(name, sizeof(name), digest)); /* a parameter points at text that is not const */
    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0);
    params[1] = OSSL_PARAM_construct_end();
    mac->ctx = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac); /* the context holds its own reference */
    if (!mac->ctx || !EVP_MAC_init(mac->ctx, key, key_len, params)) {
        gw_mac_release(mac);
        return gw_err_set(err, GW_ERR_CREDENTIALS,
                          "OpenSSL offers no HMAC with %s: check the providers that openssl.cnf loads",
                          digest);
    }
    return GW_OK;
}

void gw_mac_release(struct gw_mac *mac)
{
    EVP_MAC_CTX_free(mac->ctx);
    mac->ctx = NULL;
}

static void mac_sign(struct gw_mac *mac, const char *text, size_t len, unsigned char *ret, size_t size)
{
    size_t written = 0;

    GW_CHECK(EVP_MAC_init(mac->ctx, NULL, 0, NULL)); /* no key: the one that is there, from its start */
    GW_CHECK(EVP_MAC_update(mac->ctx, (const unsigned char *)text, len));
    GW_CHECK(EVP_MAC_final(mac->ctx, ret, &written, size) && written == size);
}

enum gw_code gw_sha256_init(struct gw_sha256 *sha, struct gw_err *err)
{
    sha->md = EVP_MD_fetch(NULL, "SHA256", NULL);
    sha->ctx = EVP_MD_CTX_new();
    if (!sha->md || !sha->ctx) {
        gw_sha256_release(sha);
        return gw_err_set(err, GW_ERR_CREDENTIALS,
                          "OpenSSL offers no SHA256: check the providers that openssl.cnf loads");
    }
    return GW_OK;
}

void gw_sha256_release(struct gw_sha256 *sha)
{
    EVP_MD_CTX_free(sha->ctx);
    EVP_MD_free(sha->md);
    *sha = (struct gw_sha256){0};
}

void gw_sha256_hex(struct gw_sha256 *sha, const char *text, size_t len, char ret[GW_SHA256_HEX_SIZE])
{
    unsigned char sum[SHA256_SIZE];

    GW_CHECK(EVP_DigestInit_ex2(sha->ctx, sha->md, NULL));
    GW_CHECK(EVP_DigestUpdate(sha->ctx, text, len));
    GW_CHECK(EVP_DigestFinal_ex(sha->ctx, sum, NULL));
    gw_digest_hex(sum, sizeof(sum), ret);
}

void gw_digest_hex(const unsigned char *bytes, size_t len, char *ret)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *ret++ = digits[bytes[i] >> 4];
        *ret++ = digits[bytes[i] & 15];
    }
    *ret = '\0';
}

void gw_digest_v1(struct gw_mac *mac, const char *text, size_t len, char ret[GW_V1_SIGNATURE_MAX])
{
    unsigned char sum[SHA1_SIZE];

    mac_sign(mac, text, len, sum, sizeof(sum));
    EVP_EncodeBlock((unsigned char *)ret, sum, sizeof(sum));
}

void gw_digest_v3(struct gw_mac *mac, struct gw_sha256 *sha, const char *canonical, size_t len,
                  char ret[GW_SHA256_HEX_SIZE])
{
    unsigned char sum[SHA256_SIZE];
    char string[V3_STRING_MAX] = V3_ALGORITHM;

    gw_sha256_hex(sha, canonical, len, string + strlen(V3_ALGORITHM));
    mac_sign(mac, string, strlen(string), sum, sizeof(sum));
    gw_digest_hex(sum, sizeof(sum), ret);
}
