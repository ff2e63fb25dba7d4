/* Which signature a request bears, and the one over all parameters (HMAC-SHA1). The other one is in verify_v3.c. */
#include "verify.h"

#include <string.h>

#include "canonical.h"
#include "digest.h"
#include "verify_v3.h"

static void gw_verify_v1_signature(const struct gw_wire *wire, const struct gw_params *params,
                                   struct gw_claim *claim)
{
    const struct gw_secret *secret = &claim->key->secret;
    struct gw_buf canonical, to_sign, key;
    char own[GW_DIGEST_BASE64_SIZE];

    gw_buf_init(&canonical, 0);
    gw_buf_init(&to_sign, 0);
    gw_buf_init(&key, 0);
    gw_canonical_params(&canonical, params, params->n, "Signature");
    gw_buf_addf(&to_sign, "%s&%%2F&", wire->method);
    gw_canonical_text(&to_sign, gw_buf_text(&canonical));
    gw_buf_add(&key, secret->bytes, secret->len);
    gw_buf_add_char(&key, '&');
    gw_digest_hmac_sha1_base64(key.data, key.len, to_sign.data, to_sign.len, own);
    gw_claim_compare(claim, gw_params_get(params, "Signature"), own, &to_sign);
    gw_secret_wipe(key.data, key.len);
    gw_buf_release(&key);
    gw_buf_release(&to_sign);
    gw_buf_release(&canonical);
}

static void gw_verify_v1(const struct gw_keyring *ring, const struct gw_wire *wire,
                         const struct gw_params *params, uint64_t now_ms, struct gw_claim *claim)
{
    static const char *const mandatory[] = {"AccessKeyId",     "Action",           "Version",
                                            "SignatureMethod", "SignatureVersion", "SignatureNonce",
                                            "Timestamp"};
    const char *token;

    claim->action = gw_params_get(params, "Action");
    claim->version = gw_params_get(params, "Version");
    claim->nonce = gw_params_get(params, "SignatureNonce");
    claim->timestamp = gw_params_get(params, "Timestamp");
    for (size_t i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++) {
        if (gw_claim_misses(claim, gw_params_get(params, mandatory[i]), mandatory[i]))
            return;
    }
    if (!gw_params_get(params, "Signature")) {
        gw_claim_refuse(claim, 400, "IncompleteSignature",
                        "The request signature does not conform to the standards.");
        return;
    }
    if (strcmp(gw_params_get(params, "SignatureMethod"), "HMAC-SHA1") != 0 ||
        strcmp(gw_params_get(params, "SignatureVersion"), "1.0") != 0) {
        gw_claim_refuse(claim, 400, "InvalidSignatureMethod", "Specified signature method is not supported.");
        return;
    }
    token = gw_params_get(params, "SecurityToken");
    if (gw_claim_read_time(claim) &&
        gw_claim_find_key(claim, ring, gw_params_get(params, "AccessKeyId"), token) &&
        gw_claim_check_token(claim, ring, token, now_ms))
        gw_verify_v1_signature(wire, params, claim);
}

void gw_verify(const struct gw_keyring *ring, const struct gw_wire *wire, const struct gw_params *params,
               uint64_t now_ms, struct gw_claim *ret)
{
    if (gw_wire_header(wire, "authorization"))
        gw_verify_v3(ring, wire, params, now_ms, ret);
    else
        gw_verify_v1(ring, wire, params, now_ms, ret);
}
