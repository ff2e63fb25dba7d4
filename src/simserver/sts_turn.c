/*
 * AssumeRole and AssumeRoleWithOIDC. What is checked comes in the vendor's order as far as it can be seen from
 * outside: the parameters, the role, whether this caller may.
 */
#include "sts_turn.h"

#include <string.h>

#include "claim.h"
#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

#define GW_STS_ASK_MIN_S     900
#define GW_STS_ASK_MAX_S     43200
#define GW_STS_ASK_DEFAULT_S 3600

static const char with_oidc[] = "AssumeRoleWithOIDC";

bool gw_sts_is_meant(const struct gw_turn *turn)
{
    const char *version = gw_wire_header(&turn->wire, "authorization")
                              ? gw_wire_header(&turn->wire, "x-acs-version")
                              : gw_params_get(&turn->params, "Version");

    return turn->sts && gw_text_equal(version ? version : "", GW_STS_API_VERSION);
}

bool gw_sts_examine_unsigned(struct gw_turn *turn)
{
    struct gw_claim *claim = &turn->claim;
    const char *action = gw_params_get(&turn->params, "Action");

    if (!action || strcmp(action, with_oidc) != 0)
        return false;
    claim->action = action;
    claim->version = GW_STS_API_VERSION;
    claim->timestamp = gw_params_get(&turn->params, "Timestamp");
    if (!gw_claim_misses(claim, claim->timestamp, "Timestamp"))
        (void)gw_claim_read_time(claim);
    return true;
}

/* How long the key is asked for; false, and refused, when that is no such time. */
static bool gw_sts_life(struct gw_turn *turn, uint64_t *ret_ms)
{
    const char *text = gw_params_get(&turn->params, "DurationSeconds");
    uint64_t life_s = GW_STS_ASK_DEFAULT_S;

    if (text && *text && gw_parse_u64(text, GW_STS_ASK_MIN_S, GW_STS_ASK_MAX_S, &life_s) != NULL) {
        gw_claim_refuse(&turn->claim, 400, "InvalidParameter",
                        "The parameter DurationSeconds must be from %d to %d.", GW_STS_ASK_MIN_S,
                        GW_STS_ASK_MAX_S);
        return false;
    }
    *ret_ms = life_s * 1000;
    return true;
}

static bool gw_sts_misses(struct gw_turn *turn, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (gw_claim_misses(&turn->claim, gw_params_get(&turn->params, names[i]), names[i]))
            return true;
    }
    return false;
}

/* Whose keys the caller gets; NULL, and refused, when none. */
static const char *gw_sts_assume(struct gw_turn *turn)
{
    static const char *const mandatory[] = {"RoleArn", "RoleSessionName"};
    const char *external_id = gw_params_get(&turn->params, "ExternalId");
    const struct gw_sts_role *role;

    if (gw_sts_misses(turn, mandatory, GW_COUNT_OF(mandatory)))
        return NULL;
    role = gw_sts_role(turn->sts, gw_params_get(&turn->params, "RoleArn"));
    if (!role) {
        gw_claim_refuse(&turn->claim, 404, "EntityNotExist.Role", "The role does not exist: %s.",
                        gw_params_get(&turn->params, "RoleArn"));
        return NULL;
    }
    if ((role->trusts && strcmp(role->trusts, turn->claim.key->account) != 0) ||
        (role->external_id && !gw_text_equal(role->external_id, external_id ? external_id : ""))) {
        gw_claim_refuse(&turn->claim, 403, "NoPermission",
                        "You are not authorized to do this action. You should be authorized by RAM.");
        return NULL;
    }
    return role->account;
}

static const char *gw_sts_assume_with_oidc(struct gw_turn *turn)
{
    static const char *const mandatory[] = {"RoleArn", "OIDCProviderArn", "OIDCToken", "RoleSessionName"};
    const char *token;

    if (gw_sts_misses(turn, mandatory, GW_COUNT_OF(mandatory)))
        return NULL;
    token = gw_params_get(&turn->params, "OIDCToken");
    for (size_t i = 0; i < turn->sts->n_tokens; i++) {
        if (strcmp(turn->sts->token[i].text.bytes, token) == 0)
            return turn->sts->token[i].account;
    }
    if (strcmp(token, "expired") == 0)
        gw_claim_refuse(&turn->claim, 400, "AuthenticationFail.OIDCToken.Expired",
                        "The OIDC token has expired.");
    else
        gw_claim_refuse(&turn->claim, 400, "AuthenticationFail.OIDCToken.Invalid",
                        "The OIDC token is invalid.");
    return NULL;
}

/* The cloud's rules about time and nonce hold here too. */
static bool gw_sts_admits(struct gw_turn *turn, struct gw_cloud *cloud, uint64_t now_ms)
{
    struct gw_claim *claim = &turn->claim;
    struct gw_cloud_request request = {.account = claim->key ? claim->key->account : NULL,
                                       .now_ms = now_ms,
                                       .nonce = claim->nonce,
                                       .signed_ms = claim->signed_ms};

    if (gw_cloud_admit(cloud, &request, &turn->response))
        return true;
    gw_claim_refuse(claim, turn->response.http_status, turn->response.code, "%s", turn->response.message);
    return false;
}

void gw_sts_ask(struct gw_turn *turn, struct gw_cloud *cloud, uint64_t now_ms, struct gw_rng *rng)
{
    struct gw_claim *claim = &turn->claim;
    bool oidc = strcmp(claim->action, with_oidc) == 0;
    enum gw_sts_weather weather = gw_sts_visit(turn->sts, now_ms);
    const char *account;
    uint64_t life_ms;

    if (weather == GW_STS_GARBAGE) {
        turn->garbage = gw_sts_garbage(turn->sts->garbage);
        claim->http_status = 200;
        return;
    }
    if (weather == GW_STS_DOWN) {
        gw_claim_refuse(claim, 503, "ServiceUnavailable",
                        "The request has failed due to a temporary failure.");
        return;
    }
    if (!gw_sts_admits(turn, cloud, now_ms))
        return;
    if (!oidc && strcmp(claim->action, "AssumeRole") != 0) {
        gw_claim_refuse(claim, 404, "InvalidAction.NotFound",
                        "Specified api is not found, please check your url and method.");
        return;
    }
    account = oidc ? gw_sts_assume_with_oidc(turn) : gw_sts_assume(turn);
    if (!account || !gw_sts_life(turn, &life_ms))
        return;
    if (gw_sts_issue(turn->sts, account, life_ms, now_ms, rng, &turn->grant))
        claim->http_status = 200;
    else
        gw_claim_refuse(claim, 503, "ServiceUnavailable", "There are too many keys.");
}
