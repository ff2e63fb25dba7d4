/*
 * What both signatures share: whose key, the security token, the signed time, and the percent encoding; then
 * the RPC signature (HMAC-SHA1 over all parameters). The other one is in verify_v3.c.
 */
#include "verify.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "verify_local.h"

#define GW_CLAIM_MESSAGE_MAX (256u * 1024)

void gw_claim_init(struct gw_claim *claim)
{
    *claim = (struct gw_claim){0};
    gw_buf_init(&claim->message, GW_CLAIM_MESSAGE_MAX);
}

void gw_claim_release(struct gw_claim *claim)
{
    gw_buf_release(&claim->message);
}

void gw_claim_refuse(struct gw_claim *claim, int http_status, const char *code, const char *format, ...)
{
    va_list args;

    claim->code = code;
    claim->http_status = http_status;
    gw_buf_reset(&claim->message);
    va_start(args, format);
    gw_buf_vaddf(&claim->message, format, args);
    va_end(args);
}

void gw_verify_encode(struct gw_buf *buf, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

    for (const char *p = text; *p;) {
        size_t n = strspn(p, plain);

        gw_buf_add(buf, p, n);
        p += n;
        if (*p)
            gw_buf_addf(buf, "%%%02X", (unsigned char)*p++);
    }
}

static int gw_verify_by_name(const void *a, const void *b)
{
    const char *const *x = *(const char *const *const *)a, *const *y = *(const char *const *const *)b;

    return strcmp(x[0], y[0]);
}

void gw_verify_canonical_params(struct gw_buf *buf, const struct gw_params *params, size_t n, const char *but)
{
    const char *const *sorted[GW_CLOUD_PAIRS_MAX] = {NULL};

    for (size_t i = 0; i < n; i++)
        sorted[i] = params->pair[i];
    qsort(sorted, n, sizeof(*sorted), gw_verify_by_name);
    for (size_t i = 0, written = 0; i < n; i++) {
        if (but && strcmp(sorted[i][0], but) == 0)
            continue;
        if (written++ > 0)
            gw_buf_add_char(buf, '&');
        gw_verify_encode(buf, sorted[i][0]);
        gw_buf_add_char(buf, '=');
        gw_verify_encode(buf, sorted[i][1]);
    }
}

bool gw_verify_misses(struct gw_claim *claim, const char *value, const char *name)
{
    if (value && *value)
        return false;
    gw_claim_refuse(claim, 400, "MissingParameter",
                    "The input parameter %s that is mandatory is not supplied.", name);
    return true;
}

bool gw_verify_time(struct gw_claim *claim)
{
    int64_t unix_ms;

    /* Whole seconds and a Z: the parser would take a fraction too. */
    if (strlen(claim->timestamp) != strlen("2026-01-02T03:04:05Z") ||
        !gw_when_parse(claim->timestamp, &unix_ms) || unix_ms < 0) {
        gw_claim_refuse(claim, 400, "InvalidTimeStamp.Format",
                        "Specified time stamp or date value is not well formatted.");
        return false;
    }
    claim->signed_ms = (uint64_t)unix_ms;
    return true;
}

bool gw_verify_key(const struct gw_keyring *ring, const char *id, const char *token, struct gw_claim *claim)
{
    for (size_t i = 0; i < ring->n; i++) {
        const struct gw_key *key = &ring->key[i];

        if (strcmp(key->id, id) == 0 &&
            (!claim->key || (token && key->token.bytes && strcmp(key->token.bytes, token) == 0)))
            claim->key = key;
    }
    if (!claim->key)
        gw_claim_refuse(claim, 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
    return claim->key != NULL;
}

bool gw_verify_token(const struct gw_keyring *ring, const char *token, uint64_t now_ms,
                     struct gw_claim *claim)
{
    const struct gw_secret *own = &claim->key->token;
    uint64_t expires_ms = claim->key->expires_ms;

    if (!token || !*token) {
        if (own->bytes)
            gw_claim_refuse(claim, 400, "MissingSecurityToken",
                            "SecurityToken is mandatory for this action.");
    } else if (!ring->tokens_expired && !own->bytes) {
        gw_claim_refuse(claim, 400, "InvalidSecurityToken.MismatchWithAccessKey",
                        "Specified SecurityToken mismatch with the AccessKey.");
    } else if (!ring->tokens_expired && strcmp(own->bytes, token) != 0) {
        gw_claim_refuse(claim, 400, "InvalidSecurityToken.Malformed",
                        "Specified SecurityToken is malformed.");
    } else if (ring->tokens_expired || (expires_ms && now_ms >= expires_ms)) {
        gw_claim_refuse(claim, 400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.");
    }
    return claim->code == NULL;
}

void gw_verify_compare(struct gw_claim *claim, const char *claimed, const char *own,
                       const struct gw_buf *to_sign)
{
    if (strcmp(claimed, own) != 0)
        gw_claim_refuse(
            claim, 400, "SignatureDoesNotMatch",
            "Specified signature is not matched with our calculation. server string to sign is:%s",
            gw_buf_text(to_sign));
}

static void gw_verify_v1_signature(const struct gw_wire *wire, const struct gw_params *params,
                                   struct gw_claim *claim)
{
    const struct gw_secret *secret = &claim->key->secret;
    struct gw_buf canonical, to_sign, key;
    char own[GW_DIGEST_BASE64_SIZE];

    gw_buf_init(&canonical, 0);
    gw_buf_init(&to_sign, 0);
    gw_buf_init(&key, 0);
    gw_verify_canonical_params(&canonical, params, params->n, "Signature");
    gw_buf_addf(&to_sign, "%s&%%2F&", wire->method);
    gw_verify_encode(&to_sign, gw_buf_text(&canonical));
    gw_buf_add(&key, secret->bytes, secret->len);
    gw_buf_add_char(&key, '&');
    gw_digest_hmac_sha1_base64(key.data, key.len, to_sign.data, to_sign.len, own);
    gw_verify_compare(claim, gw_params_get(params, "Signature"), own, &to_sign);
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
        if (gw_verify_misses(claim, gw_params_get(params, mandatory[i]), mandatory[i]))
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
    if (gw_verify_time(claim) && gw_verify_key(ring, gw_params_get(params, "AccessKeyId"), token, claim) &&
        gw_verify_token(ring, token, now_ms, claim))
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
