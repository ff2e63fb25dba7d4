/*
 * What a request says of itself and what both signatures check of it, in the vendor's words: what is missing, the signed
 * time's form, whose key, its security token, and the signature itself.
 */
#include "claim.h"

#include <stdarg.h>
#include <string.h>

#include "gatewave/base/when.h"

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

bool gw_claim_misses(struct gw_claim *claim, const char *value, const char *name)
{
    if (value && *value)
        return false;
    gw_claim_refuse(claim, 400, "MissingParameter",
                    "The input parameter %s that is mandatory is not supplied.", name);
    return true;
}

bool gw_claim_read_time(struct gw_claim *claim)
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

bool gw_claim_find_key(struct gw_claim *claim, const struct gw_keyring *ring, const char *id,
                       const char *token)
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

bool gw_claim_check_token(struct gw_claim *claim, const struct gw_keyring *ring, const char *token,
                          uint64_t now_ms)
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

void gw_claim_compare(struct gw_claim *claim, const char *claimed, const char *own,
                      const struct gw_buf *to_sign)
{
    if (strcmp(claimed, own) != 0)
        gw_claim_refuse(
            claim, 400, "SignatureDoesNotMatch",
            "Specified signature is not matched with our calculation. server string to sign is:%s",
            gw_buf_text(to_sign));
}
