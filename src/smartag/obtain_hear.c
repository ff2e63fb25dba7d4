/* What came of each step, and which one follows. See obtain.c for what must stay true of what is said here. */
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/core/answer.h"

#include "keyplan-local.h"
#include "obtain-local.h"
#include "obtained.h"

#define OIDC_TOKEN_MAX (16 * 1024)

/* The key of a step is there: on to the next role, or it is the one that was wanted. */
static void rise(struct gw_obtain *obtain, const char *who, struct gw_obtained *key, int64_t now_unix_ms)
{
    char end[GW_WHEN_TEXT_SIZE];

    if (key->expires_unix_ms != 0 && key->expires_unix_ms <= now_unix_ms) {
        gw_when_text(key->expires_unix_ms, end);
        gw_obtained_release(key);
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING,
                       "%s gave a key that ended at %s: is this machine's clock right?", who, end);
        return;
    }
    gw_obtained_release(&obtain->key);
    obtain->key = *key;
    obtain->step = obtain->role < obtain->plan->n_roles ? GW_OBTAIN_STEP_ASSUME : GW_OBTAIN_STEP_END;
    if (obtain->step == GW_OBTAIN_STEP_END)
        obtain->state = GW_OBTAIN_DONE;
}

static void hear_key(struct gw_obtain *obtain, const char *who, gw_obtained_read *read,
                     const struct gw_obtain_fact *fact)
{
    struct gw_obtained key;
    const char *wrong = read(fact->bytes, fact->len, &key);

    if (wrong)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "the answer of %s %s", who, wrong);
    else
        rise(obtain, who, &key, fact->now_unix_ms);
}

/* What a person does about a refusal of STS; the code book's advice is for calls about gateways. */
static const char *sts_advice(const char *code)
{
    static const struct {
        const char *code, *advice;
    } known[] = {
        {"NoPermission", "let this key call sts:AssumeRole, and the role trust whoever holds it"},
        {"EntityNotExist.Role", "there is no such role: mend ram_role_arn"},
        {"AuthenticationFail.OIDCToken.Expired",
         "the token in the OIDC token file has expired: see to whatever writes that file"},
        {"AuthenticationFail.OIDCToken", "the token in the OIDC token file is not one of that provider's"},
        {"AuthenticationFail.NoPermission", "let the role trust that OIDC provider and audience"},
        {"AuthenticationFail", "let the role trust that OIDC provider, and see to its token file"},
        {"InvalidParameter", "mend the role's name, session name, policy or expired_seconds"},
        {"InvalidAccessKeyId", "the access key that the role is assumed with does not exist or is disabled"},
        {"InvalidSecurityToken", "the temporary key that the role is assumed with has ended"},
        {"SignatureDoesNotMatch", "the access key's secret is wrong"},
        {"InvalidTimeStamp", "this machine's clock and the cloud's differ too much: set it"},
    };

    for (size_t i = 0; i < GW_COUNT_OF(known); i++)
        if (gw_text_starts(code, known[i].code))
            return known[i].advice;
    return NULL;
}

/* What another try may bring, by its status or by its name: names come with any status. */
static bool may_pass(int status, const char *code)
{
    static const char *const names[] = {"Throttling", "ServiceUnavailable", "InternalError",
                                        "SignatureNonceUsed"};

    for (size_t i = 0; i < GW_COUNT_OF(names); i++)
        if (strstr(code, names[i]))
            return true;
    return status >= 500 || status == 429;
}

static void refuse_sts(struct gw_obtain *obtain, const struct gw_key_role *role,
                       const struct gw_obtain_fact *fact)
{
    char code[GW_CODE_MAX];
    const char *advice;

    gw_obtained_code(fact->bytes, fact->len, code, sizeof(code));
    advice = sts_advice(code);
    if (code[0] == '\0')
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "STS at %s answered with status %d and no code",
                       obtain->endpoint.host, fact->status);
    else
        gw_obtain_fail(obtain,
                       !advice && may_pass(fact->status, code) ? GW_OBTAIN_PASSING : GW_OBTAIN_LASTING,
                       "STS at %s does not let the role %s be assumed: %s%s%s", obtain->endpoint.host,
                       role->arn, code, advice ? ": " : "", advice ? advice : "");
}

static void hear_sts(struct gw_obtain *obtain, const struct gw_key_role *role,
                     const struct gw_obtain_fact *fact)
{
    char who[sizeof("STS at ") + sizeof(obtain->endpoint.host)];

    (void)snprintf(who, sizeof(who), "STS at %s", obtain->endpoint.host);
    if (fact->why)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "%s: %s", who, fact->why);
    else if (fact->status / 100 != 2)
        refuse_sts(obtain, role, fact);
    else
        hear_key(obtain, who, gw_obtained_sts, fact);
}

static void hear_file(struct gw_obtain *obtain, const struct gw_obtain_fact *fact)
{
    const char *at = fact->bytes, *file = obtain->plan->oidc_token_file;
    size_t len = fact->len;

    if (fact->why) {
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "the OIDC token file %s: %s", file, fact->why);
        return;
    }
    while (len > 0 && strchr(" \t\r\n", at[len - 1]) && at[len - 1])
        len--;
    for (size_t i = 0; i < len; i++) {
        if (at[i] > ' ' && at[i] <= '~')
            continue;
        gw_obtain_fail(obtain, GW_OBTAIN_LASTING, "the OIDC token file %s holds something that is no token",
                       file);
        return;
    }
    if (len == 0) {
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING,
                       "the OIDC token file %s is empty: see to whatever writes it", file);
    } else if (len > OIDC_TOKEN_MAX) {
        gw_obtain_fail(obtain, GW_OBTAIN_LASTING, "the OIDC token file %s is too large for a token", file);
    } else {
        gw_secret_set(&obtain->token, at, len);
        obtain->step = GW_OBTAIN_STEP_OIDC;
    }
}

/* The first line of a text, checked to be made of visible bytes; NULL when it is not, or too long. */
static bool take_line(const struct gw_obtain_fact *fact, size_t max, size_t *ret_len)
{
    size_t len = 0;

    while (len < fact->len && fact->bytes[len] != '\n' && fact->bytes[len] != '\r') {
        if (fact->bytes[len] <= ' ' || fact->bytes[len] > '~' || len == max)
            return false;
        len++;
    }
    *ret_len = len;
    return len > 0;
}

/* Version 2 has its token; where it has none to give, version 1 is asked, unless that is forbidden. */
static void hear_token(struct gw_obtain *obtain, const struct gw_obtain_fact *fact)
{
    size_t len;

    if (!fact->why && fact->status == 200 && take_line(fact, GW_METADATA_TOKEN_MAX, &len))
        gw_secret_set(&obtain->token, fact->bytes, len);
    else if (fact->why)
        gw_obtain_fail(obtain, GW_OBTAIN_SILENT, "the metadata service at %s: %s", obtain->endpoint.host,
                       fact->why);
    else if (obtain->site.metadata_v2_only && may_pass(fact->status, ""))
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "the metadata service at %s answered with status %d",
                       obtain->endpoint.host, fact->status);
    else if (obtain->site.metadata_v2_only)
        gw_obtain_fail(obtain, GW_OBTAIN_ABSENT,
                       "the metadata service at %s has no version 2 (status %d), and version 1 is disabled",
                       obtain->endpoint.host, fact->status);
    if (obtain->state == GW_OBTAIN_UNDER_WAY)
        obtain->step = obtain->role_name[0] ? GW_OBTAIN_STEP_METADATA : GW_OBTAIN_STEP_ROLE_NAME;
}

static void hear_role_name(struct gw_obtain *obtain, const struct gw_obtain_fact *fact)
{
    size_t len;

    if (fact->why) {
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "the metadata service at %s: %s", obtain->endpoint.host,
                       fact->why);
    } else if (fact->status == 404 || (fact->status == 200 && fact->len == 0)) {
        gw_obtain_fail(obtain, GW_OBTAIN_ABSENT,
                       "the metadata service at %s knows no role: attach a RAM role to this machine",
                       obtain->endpoint.host);
    } else if (fact->status != 200) {
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "the metadata service at %s answered with status %d",
                       obtain->endpoint.host, fact->status);
    } else if (!take_line(fact, sizeof(obtain->role_name) - 1, &len) ||
               !gw_text_copy_n(obtain->role_name, sizeof(obtain->role_name), fact->bytes, len) ||
               !gw_keyplan_is_name(obtain->role_name, ".@-_")) {
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING,
                       "the metadata service at %s named something that is no role", obtain->endpoint.host);
    } else {
        obtain->step = GW_OBTAIN_STEP_METADATA;
    }
}

static void hear_metadata(struct gw_obtain *obtain, const struct gw_obtain_fact *fact)
{
    char who[sizeof("the metadata service at ") + sizeof(obtain->endpoint.host)];

    (void)snprintf(who, sizeof(who), "the metadata service at %s", obtain->endpoint.host);
    if (fact->why)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "%s: %s", who, fact->why);
    else if (fact->status == 404)
        gw_obtain_fail(obtain, GW_OBTAIN_ABSENT, "%s does not know the role %s: attach it to this machine",
                       who, obtain->role_name);
    else if (fact->status != 200)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "%s answered with status %d", who, fact->status);
    else
        hear_key(obtain, who, gw_obtained_service, fact);
}

static void hear_uri(struct gw_obtain *obtain, const struct gw_obtain_fact *fact)
{
    char who[sizeof("the credentials URI at ") + sizeof(obtain->endpoint.host)];

    (void)snprintf(who, sizeof(who), "the credentials URI at %s", obtain->endpoint.host);
    if (fact->why)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "%s: %s", who, fact->why);
    else if (fact->status != 200)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "%s answered with status %d", who, fact->status);
    else
        hear_key(obtain, who, gw_obtained_service, fact);
}

static void hear_process(struct gw_obtain *obtain, const struct gw_obtain_fact *fact)
{
    if (fact->why)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING, "the program of process_command %s", fact->why);
    else if (fact->status != 0)
        gw_obtain_fail(obtain, GW_OBTAIN_PASSING,
                       "the program of process_command ended with %d: run it by hand to see what it says",
                       fact->status);
    else
        hear_key(obtain, "the program of process_command", gw_obtained_process, fact);
}

void gw_obtain_handle(struct gw_obtain *obtain, const struct gw_obtain_fact *fact)
{
    GW_CHECK(obtain->waiting);
    obtain->waiting = false;
    switch (obtain->step) {
    case GW_OBTAIN_STEP_FILE:
        hear_file(obtain, fact);
        break;
    case GW_OBTAIN_STEP_OIDC:
        hear_sts(obtain, &obtain->plan->oidc, fact);
        break;
    case GW_OBTAIN_STEP_TOKEN:
        hear_token(obtain, fact);
        break;
    case GW_OBTAIN_STEP_ROLE_NAME:
        hear_role_name(obtain, fact);
        break;
    case GW_OBTAIN_STEP_METADATA:
        hear_metadata(obtain, fact);
        break;
    case GW_OBTAIN_STEP_URI:
        hear_uri(obtain, fact);
        break;
    case GW_OBTAIN_STEP_PROCESS:
        hear_process(obtain, fact);
        break;
    case GW_OBTAIN_STEP_ASSUME:
        hear_sts(obtain, &obtain->plan->role[obtain->role++], fact);
        break;
    case GW_OBTAIN_STEP_END:
        GW_NEVER("what is waited for has a step");
    }
    gw_obtain_forget(obtain);
}
