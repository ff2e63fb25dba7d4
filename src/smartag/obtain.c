/*
 * Obtaining a key: one step at a time, from the base up through the roles. Rare (once an hour or so for each account),
 * so each request is made afresh and all that held a secret is wiped behind it. What is said when it fails names who
 * was asked and what to do, and quotes of foreign text only what was checked to be a code.
 */
#include "gatewave/smartag/obtain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "obtain-local.h"
#include "obtained.h"
#include "sts.h"

#define METADATA_URL "http://100.100.100.200"
#define TOKEN_TARGET "/latest/api/token"
#define TOKEN_TTL    "X-aliyun-ecs-metadata-token-ttl-seconds: 21600"
#define TOKEN_HEADER "X-aliyun-ecs-metadata-token: "

static enum gw_obtain_step first_step(const struct gw_keyplan *plan)
{
    switch (plan->base) {
    case GW_KEY_BASE_OIDC:
        return GW_OBTAIN_STEP_FILE;
    case GW_KEY_BASE_METADATA:
        return GW_OBTAIN_STEP_TOKEN;
    case GW_KEY_BASE_URI:
        return GW_OBTAIN_STEP_URI;
    case GW_KEY_BASE_PROCESS:
        return GW_OBTAIN_STEP_PROCESS;
    default:
        return plan->n_roles > 0 ? GW_OBTAIN_STEP_ASSUME : GW_OBTAIN_STEP_END;
    }
}

struct gw_obtain *gw_obtain_new(const struct gw_keyplan *plan, const struct gw_obtain_site *site)
{
    struct gw_obtain *obtain = gw_mem_new(1, sizeof(*obtain));
    const struct gw_credential *written = &plan->credential;

    obtain->plan = plan;
    obtain->site = *site;
    obtain->step = first_step(plan);
    if (plan->base == GW_KEY_BASE_STATIC) {
        (void)gw_text_copy(obtain->key.credential.key_id, sizeof(obtain->key.credential.key_id),
                           written->key_id);
        gw_secret_set(&obtain->key.credential.key_secret, written->key_secret.bytes, written->key_secret.len);
        if (written->token.len > 0)
            gw_secret_set(&obtain->key.credential.token, written->token.bytes, written->token.len);
    }
    if (plan->role_name)
        (void)gw_text_copy(obtain->role_name, sizeof(obtain->role_name), plan->role_name);
    if (obtain->step == GW_OBTAIN_STEP_END)
        obtain->state = GW_OBTAIN_DONE;
    return obtain;
}

void gw_obtain_forget(struct gw_obtain *obtain)
{
    gw_secret_release(&obtain->token_line);
    gw_secret_release(&obtain->body);
    gw_command_release(&obtain->command);
}

void gw_obtain_free(struct gw_obtain *obtain)
{
    if (!obtain)
        return;
    gw_obtain_forget(obtain);
    gw_secret_release(&obtain->token);
    gw_obtained_release(&obtain->key);
    free(obtain);
}

enum gw_obtain_state gw_obtain_state(const struct gw_obtain *obtain)
{
    return obtain->state;
}

void gw_obtain_take(struct gw_obtain *obtain, struct gw_obtained *ret)
{
    GW_CHECK(obtain->state == GW_OBTAIN_DONE && obtain->key.credential.key_id[0]);
    *ret = obtain->key;
    obtain->key = (struct gw_obtained){0};
}

const char *gw_obtain_failure(const struct gw_obtain *obtain)
{
    return obtain->failure;
}

void gw_obtain_fail(struct gw_obtain *obtain, enum gw_obtain_state state, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(obtain->failure, sizeof(obtain->failure), format, args);
    va_end(args);
    obtain->state = state;
    obtain->step = GW_OBTAIN_STEP_END;
}

/* ---- asking ---- */

static void begin_http(struct gw_obtain *obtain, enum gw_obtain_method method, const char *target,
                       struct gw_obtain_need *ret)
{
    (void)snprintf(obtain->host_line, sizeof(obtain->host_line), "Host: %s", obtain->endpoint.host);
    *ret = (struct gw_obtain_need){
        .kind = GW_OBTAIN_HTTP, .method = method, .url = obtain->endpoint.url, .target = target, .body = ""};
    ret->header[ret->n_headers++] = obtain->host_line;
}

static void ask_sts(struct gw_obtain *obtain, const char *action, struct gw_obtain_need *ret)
{
    begin_http(obtain, GW_OBTAIN_POST, "/", ret);
    (void)snprintf(obtain->action_line, sizeof(obtain->action_line), "x-acs-action: %s", action);
    ret->header[ret->n_headers++] = "Accept: application/json";
    ret->header[ret->n_headers++] = "Content-Type: application/x-www-form-urlencoded";
    ret->header[ret->n_headers++] = obtain->action_line;
    ret->header[ret->n_headers++] = "x-acs-version: " GW_STS_VERSION;
    ret->body = obtain->body.bytes;
    ret->body_len = obtain->body.len;
}

static void ask_assume(struct gw_obtain *obtain, int64_t now_unix_ms, const char *nonce,
                       struct gw_obtain_need *ret)
{
    const struct gw_key_role *role = &obtain->plan->role[obtain->role];
    struct gw_err err = {0};

    if (gw_sts_endpoint(role, &obtain->site, &obtain->endpoint, &err) != GW_OK ||
        gw_sts_assume(&obtain->key.credential, role, now_unix_ms, nonce, &obtain->body, &err) != GW_OK)
        gw_obtain_fail(obtain, GW_OBTAIN_LASTING, "%s", err.text);
    else
        ask_sts(obtain, GW_STS_ASSUME, ret);
}

static void ask_oidc(struct gw_obtain *obtain, int64_t now_unix_ms, struct gw_obtain_need *ret)
{
    struct gw_err err = {0};

    if (gw_sts_endpoint(&obtain->plan->oidc, &obtain->site, &obtain->endpoint, &err) != GW_OK) {
        gw_obtain_fail(obtain, GW_OBTAIN_LASTING, "%s", err.text);
        return;
    }
    gw_sts_assume_oidc(obtain->plan, &obtain->token, now_unix_ms, &obtain->body);
    ask_sts(obtain, GW_STS_ASSUME_OIDC, ret);
}

static void ask_metadata(struct gw_obtain *obtain, struct gw_obtain_need *ret)
{
    const char *url = obtain->site.metadata_url, *target;
    const char *wrong = gw_endpoint_split(*url ? url : METADATA_URL, &obtain->endpoint, &target);

    if (wrong) {
        gw_obtain_fail(obtain, GW_OBTAIN_LASTING, "the metadata service's URL %s", wrong);
        return;
    }
    if (obtain->step == GW_OBTAIN_STEP_TOKEN) {
        begin_http(obtain, GW_OBTAIN_PUT, TOKEN_TARGET, ret);
        ret->header[ret->n_headers++] = TOKEN_TTL;
    } else {
        (void)snprintf(obtain->target, sizeof(obtain->target), GW_METADATA_ROLES "%s",
                       obtain->step == GW_OBTAIN_STEP_METADATA ? obtain->role_name : "");
        begin_http(obtain, GW_OBTAIN_GET, obtain->target, ret);
    }
    ret->metadata = true;
    if (obtain->token.len > 0) {
        char line[sizeof(TOKEN_HEADER) + GW_METADATA_TOKEN_MAX];
        int len = snprintf(line, sizeof(line), TOKEN_HEADER "%s", obtain->token.bytes);

        gw_secret_set(&obtain->token_line, line, (size_t)len);
        gw_secret_wipe(line, sizeof(line));
        ret->header[ret->n_headers++] = obtain->token_line.bytes;
    }
}

static void ask_uri(struct gw_obtain *obtain, struct gw_obtain_need *ret)
{
    const char *target;
    const char *wrong = gw_endpoint_split(obtain->plan->uri.bytes, &obtain->endpoint, &target);

    if (wrong)
        gw_obtain_fail(obtain, GW_OBTAIN_LASTING, "credentials_uri %s", wrong);
    else
        begin_http(obtain, GW_OBTAIN_GET, target, ret);
}

static void ask_process(struct gw_obtain *obtain, struct gw_obtain_need *ret)
{
    const char *wrong = gw_command_split(obtain->plan->command.bytes, &obtain->command);

    if (wrong)
        gw_obtain_fail(obtain, GW_OBTAIN_LASTING, "process_command %s", wrong);
    else
        *ret = (struct gw_obtain_need){.kind = GW_OBTAIN_PROCESS,
                                       .argv = (const char *const *)obtain->command.argv};
}

bool gw_obtain_next(struct gw_obtain *obtain, int64_t now_unix_ms, const char *nonce,
                    struct gw_obtain_need *ret)
{
    if (obtain->waiting || obtain->state != GW_OBTAIN_UNDER_WAY)
        return false;
    switch (obtain->step) {
    case GW_OBTAIN_STEP_FILE:
        *ret = (struct gw_obtain_need){.kind = GW_OBTAIN_FILE, .file = obtain->plan->oidc_token_file};
        break;
    case GW_OBTAIN_STEP_OIDC:
        ask_oidc(obtain, now_unix_ms, ret);
        break;
    case GW_OBTAIN_STEP_TOKEN:
    case GW_OBTAIN_STEP_ROLE_NAME:
    case GW_OBTAIN_STEP_METADATA:
        ask_metadata(obtain, ret);
        break;
    case GW_OBTAIN_STEP_URI:
        ask_uri(obtain, ret);
        break;
    case GW_OBTAIN_STEP_PROCESS:
        ask_process(obtain, ret);
        break;
    case GW_OBTAIN_STEP_ASSUME:
        ask_assume(obtain, now_unix_ms, nonce, ret);
        break;
    case GW_OBTAIN_STEP_END:
        GW_NEVER("what is under way has a step");
    }
    obtain->waiting = obtain->state == GW_OBTAIN_UNDER_WAY;
    return obtain->waiting;
}
