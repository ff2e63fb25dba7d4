/*
 * Who may have a key, and the keys themselves: a dozen an hour in earnest, some a second in tests whose keys
 * live that long. A key once given out stays in the ring until well after its end, so that who uses it too
 * long hears that it has expired and not that there never was one.
 */
#include "sts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

const char *gw_sts_add_role(struct gw_sts *sts, const char *text)
{
    const char *at = strrchr(text, '@'), *comma = strchr(text, ','), *arn_end = at, *colon;
    struct gw_sts_role *role;

    if (!at || at == text || comma == text)
        return "say ARN[,EXTERNAL_ID]@ACCOUNT[:TRUSTED]";
    colon = strchr(at + 1, ':');
    if (at[1] == '\0' || colon == at + 1 || (colon && colon[1] == '\0'))
        return "say which ACCOUNT, and behind a colon whom it trusts";
    if (sts->n_roles == GW_STS_ROLES_MAX)
        return "there are more roles than 32";
    if (comma && comma < at)
        arn_end = comma;
    role = &sts->role[sts->n_roles++];
    role->arn = gw_mem_text(text, (size_t)(arn_end - text));
    role->external_id = arn_end < at ? gw_mem_text(arn_end + 1, (size_t)(at - arn_end - 1)) : NULL;
    role->account = gw_mem_text(at + 1, colon ? (size_t)(colon - at - 1) : strlen(at + 1));
    role->trusts = colon ? gw_mem_dup(colon + 1) : NULL;
    return NULL;
}

const char *gw_sts_add_token(struct gw_sts *sts, const char *text)
{
    const char *at = strrchr(text, '@');
    struct gw_sts_token *token;

    if (!at || at == text || at[1] == '\0')
        return "say TOKEN@ACCOUNT";
    if (sts->n_tokens == GW_STS_TOKENS_MAX)
        return "there are more tokens than 16";
    token = &sts->token[sts->n_tokens++];
    gw_secret_set(&token->text, text, (size_t)(at - text));
    token->account = gw_mem_dup(at + 1);
    return NULL;
}

void gw_sts_release(struct gw_sts *sts)
{
    for (size_t i = 0; i < sts->n_roles; i++) {
        free(sts->role[i].arn);
        free(sts->role[i].external_id);
        free(sts->role[i].account);
        free(sts->role[i].trusts);
    }
    for (size_t i = 0; i < sts->n_tokens; i++) {
        gw_secret_release(&sts->token[i].text);
        free(sts->token[i].account);
    }
    *sts = (struct gw_sts){.keys = sts->keys};
}

const struct gw_sts_role *gw_sts_role(const struct gw_sts *sts, const char *arn)
{
    for (size_t i = 0; i < sts->n_roles; i++) {
        if (strcmp(sts->role[i].arn, arn) == 0)
            return &sts->role[i];
    }
    return NULL;
}

enum gw_sts_weather gw_sts_visit(struct gw_sts *sts, uint64_t now_ms)
{
    if (now_ms >= sts->down_from_ms && now_ms - sts->down_from_ms < sts->down_for_ms)
        return GW_STS_DOWN;
    if (sts->garbage == 0)
        return GW_STS_FAIR;
    sts->garbage--;
    return GW_STS_GARBAGE;
}

const char *gw_sts_garbage(uint64_t nth)
{
    static const char *const garbage[] = {
        "<html><body>It works!</body></html>",
        "{\"Code\":\"Success\",\"Credentials\":{\"AccessKeyId\":\"STS.cut",
        "{\"Code\":\"Success\",\"AccessKeyId\":\"STS.half\",\"Credentials\":{\"AccessKeyId\":\"STS.half\"}}",
        "{\"Code\":\"Success\",\"AccessKeyId\":\"STS.odd\",\"AccessKeySecret\":\"s\",\"SecurityToken\":\"t\","
        "\"Expiration\":\"soon\",\"Credentials\":{\"AccessKeyId\":\"STS.odd\",\"AccessKeySecret\":\"s\","
        "\"SecurityToken\":\"t\",\"Expiration\":\"soon\"}}",
    };

    return garbage[nth % GW_COUNT_OF(garbage)];
}

bool gw_sts_issue(struct gw_sts *sts, const char *account, uint64_t life_ms, uint64_t now_ms,
                  struct gw_rng *rng, struct gw_sts_grant *ret)
{
    struct gw_sts_grant grant = {.expires_ms = now_ms + (sts->life_ms ? sts->life_ms : life_ms)};
    uint64_t word[7];

    for (size_t i = 0; i < GW_COUNT_OF(word); i++)
        word[i] = gw_rng_next(rng);
    (void)snprintf(grant.id, sizeof(grant.id), "STS.%016" PRIx64, word[0]);
    (void)snprintf(grant.secret, sizeof(grant.secret), "%016" PRIx64 "%016" PRIx64, word[1], word[2]);
    (void)snprintf(grant.token, sizeof(grant.token),
                   "CAIS%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, word[3], word[4], word[5],
                   word[6]);
    if (!gw_keyring_lend(sts->keys, &(struct gw_key_loan){.id = grant.id,
                                                          .secret = grant.secret,
                                                          .token = grant.token,
                                                          .account = account,
                                                          .now_ms = now_ms,
                                                          .expires_ms = grant.expires_ms}))
        return false;
    *ret = grant;
    return true;
}
