/*
 * Plans of keys: what is checked before anybody is asked, so that a slip of the pen is told with its key's name and not
 * by a refusal from far away. A value may be a secret in the wrong place: none is ever shown before it was checked to
 * have a form that no secret has.
 */
#include "gatewave/smartag/keyplan.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/endpoint.h"

#include "command.h"
#include "keyplan-local.h"
#include "signer.h"

#define SECONDS_LEAST 900 /* what STS allows */
#define SECONDS_MOST  43200
#define SESSION       "gatewave"
#define ARN_START     "acs:ram::"
#define ARN_MAX       256
#define ROLE_NAME_MAX 64

void gw_credential_release(struct gw_credential *credential)
{
    gw_secret_release(&credential->key_secret);
    gw_secret_release(&credential->token);
    gw_secret_wipe(credential, sizeof(*credential));
}

static void role_release(struct gw_key_role *role)
{
    free(role->arn);
    free(role->session);
    free(role->policy);
    free(role->external_id);
    free(role->sts_region);
    free(role->sts_endpoint);
    *role = (struct gw_key_role){0};
}

void gw_keyplan_release(struct gw_keyplan *plan)
{
    free(plan->source);
    gw_credential_release(&plan->credential);
    role_release(&plan->oidc);
    free(plan->oidc_provider);
    free(plan->oidc_token_file);
    free(plan->role_name);
    gw_secret_release(&plan->uri);
    gw_secret_release(&plan->command);
    for (size_t i = 0; i < plan->n_roles; i++)
        role_release(&plan->role[i]);
    *plan = (struct gw_keyplan){0};
}

/* ---- checks: NULL, or what is wrong ---- */

bool gw_keyplan_is_name(const char *text, const char *others)
{
    for (; *text; text++)
        if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
              (*text >= '0' && *text <= '9') || strchr(others, *text)))
            return false;
    return true;
}

static const char *check_arn(const char *arn, const char *missing, const char *malformed)
{
    if (!arn || !*arn)
        return missing;
    if (strncmp(arn, ARN_START, strlen(ARN_START)) != 0 || strlen(arn) > ARN_MAX ||
        !gw_signer_is_visible(arn, strlen(arn)))
        return malformed;
    return NULL;
}

static const char *check_sts(const struct gw_key_role *role)
{
    struct gw_endpoint endpoint;

    if (role->sts_region && !gw_keyplan_is_name(role->sts_region, "-"))
        return "needs an sts_region as the vendor names it: cn-shanghai";
    if (role->sts_endpoint && gw_endpoint_read("", role->sts_endpoint, &endpoint, NULL) != GW_OK)
        return "needs an sts_endpoint that is a host, host:port, or https://host:port";
    return NULL;
}

static const char *check_role(struct gw_key_role *role)
{
    const char *wrong = check_arn(role->arn, "has no ram_role_arn: add it, as in acs:ram::ACCOUNT:role/NAME",
                                  "needs a ram_role_arn that is the whole name of a role, as in "
                                  "acs:ram::ACCOUNT:role/NAME");

    if (wrong)
        return wrong;
    if (!role->session)
        role->session = gw_mem_dup(SESSION);
    if (strlen(role->session) < 2 || strlen(role->session) > 64 || !gw_keyplan_is_name(role->session, ".@-_"))
        return "needs a session name of 2 to 64 letters, digits and . @ - _";
    if (role->duration_s != 0 && (role->duration_s < SECONDS_LEAST || role->duration_s > SECONDS_MOST))
        return "needs expired_seconds from 900 to 43200";
    return check_sts(role);
}

static const char *check_static(const struct gw_credential *credential)
{
    if (!credential->key_id[0])
        return "has no access_key_id: add it, or choose another profile";
    if (credential->key_secret.len == 0)
        return "has no access_key_secret: add it, or choose another profile";
    return NULL;
}

static const char *check_oidc(struct gw_keyplan *plan)
{
    const char *wrong = check_role(&plan->oidc);

    if (!wrong)
        wrong = check_arn(plan->oidc_provider, "has no oidc_provider_arn: add it",
                          "needs an oidc_provider_arn that is a whole name, as in "
                          "acs:ram::ACCOUNT:oidc-provider/NAME");
    if (!wrong && (!plan->oidc_token_file || !*plan->oidc_token_file))
        wrong = "has no oidc_token_file: add it";
    return wrong;
}

static const char *check_base(struct gw_keyplan *plan)
{
    struct gw_endpoint endpoint;
    struct gw_command command;
    const char *target, *wrong;

    switch (plan->base) {
    case GW_KEY_BASE_STATIC:
        return check_static(&plan->credential);
    case GW_KEY_BASE_OIDC:
        return check_oidc(plan);
    case GW_KEY_BASE_METADATA:
        if (plan->role_name &&
            (strlen(plan->role_name) > ROLE_NAME_MAX || !gw_keyplan_is_name(plan->role_name, ".@-_")))
            return "needs a ram_role_name that is a role's bare name";
        return NULL;
    case GW_KEY_BASE_URI:
        if (plan->uri.len == 0)
            return "has no credentials_uri: add it";
        return gw_endpoint_split(plan->uri.bytes, &endpoint, &target)
                   ? "needs a credentials_uri that is https://host/path; http:// is for this machine only"
                   : NULL;
    case GW_KEY_BASE_PROCESS:
        if (plan->command.len == 0)
            return "has no process_command: add it";
        wrong = gw_command_split(plan->command.bytes, &command);
        if (!wrong)
            gw_command_release(&command);
        return wrong ? "needs a process_command that is a program and its arguments, with all quotes closed"
                     : NULL;
    default:
        return "says nothing of a key";
    }
}

enum gw_code gw_keyplan_check(struct gw_keyplan *plan, const char *where, struct gw_err *err)
{
    const char *wrong = check_base(plan);

    for (size_t i = 0; i < plan->n_roles && !wrong; i++)
        wrong = check_role(&plan->role[i]);
    return wrong ? gw_err_set(err, GW_ERR_CREDENTIALS, "%s %s", where, wrong) : GW_OK;
}

bool gw_keyplan_renews(const struct gw_keyplan *plan)
{
    return plan->base != GW_KEY_BASE_STATIC || plan->n_roles > 0;
}

/* ---- telling ---- */

static const char *base_name(const struct gw_keyplan *plan)
{
    switch (plan->base) {
    case GW_KEY_BASE_STATIC:
        return plan->credential.token.len > 0 ? "a temporary key that nobody renews" : "an access key";
    case GW_KEY_BASE_OIDC:
        return "an OIDC token";
    case GW_KEY_BASE_METADATA:
        return "the instance's role";
    case GW_KEY_BASE_URI:
        return "a credentials URI";
    case GW_KEY_BASE_PROCESS:
        return "an external program";
    default:
        return "nothing";
    }
}

void gw_keyplan_describe(const struct gw_keyplan *plan, char *ret, size_t size)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_buf_addf(&text, "%s: %s", plan->source ? plan->source : "", base_name(plan));
    if (plan->base == GW_KEY_BASE_METADATA && plan->role_name)
        gw_buf_addf(&text, " %s", plan->role_name);
    if (plan->base == GW_KEY_BASE_OIDC)
        gw_buf_addf(&text, ", then the role %s", plan->oidc.arn);
    for (size_t i = 0; i < plan->n_roles; i++)
        gw_buf_addf(&text, ", then the role %s", plan->role[i].arn);
    gw_text_escape(ret, size, text.data, text.len);
    gw_buf_release(&text);
}
