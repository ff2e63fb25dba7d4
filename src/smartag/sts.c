/*
 * Requests to STS. Rare ones, once an hour or so: each is put together from scratch, and all that it was made of is
 * wiped. Its own allow-list is that it takes no action's name from anybody.
 */
#include "sts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#include "canon.h"
#include "digest.h"

#define PAIRS_MAX       16
#define SECONDS_DEFAULT 3600

struct form {
    struct gw_pair pair[PAIRS_MAX];
    size_t n;
};

static void add(struct form *form, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    GW_CHECK(form->n < PAIRS_MAX);
    form->pair[form->n++] = (struct gw_pair){name, value, GW_SLOT_CONSTANT};
}

static const char *said(const char *first, const char *second)
{
    return first && *first ? first : second;
}

enum gw_code gw_sts_endpoint(const struct gw_key_role *role, const struct gw_obtain_site *site,
                             struct gw_endpoint *ret, struct gw_err *err)
{
    const char *endpoint = said(role->sts_endpoint, site->sts_endpoint);
    const char *region = said(role->sts_region, site->sts_region);
    bool vpc = role->sts_vpc || site->sts_vpc;

    if (*endpoint)
        return gw_endpoint_read("the endpoint of STS", endpoint, ret, err);
    *ret = (struct gw_endpoint){0};
    if (*region)
        (void)snprintf(ret->host, sizeof(ret->host), "sts%s.%s.aliyuncs.com", vpc ? "-vpc" : "", region);
    else
        (void)gw_text_copy(ret->host, sizeof(ret->host), "sts.aliyuncs.com");
    (void)snprintf(ret->url, sizeof(ret->url), "https://%s", ret->host);
    return GW_OK;
}

static void add_role(struct form *form, const struct gw_key_role *role, char seconds[12])
{
    (void)snprintf(seconds, 12, "%u", role->duration_s ? role->duration_s : SECONDS_DEFAULT);
    add(form, "RoleArn", role->arn);
    add(form, "RoleSessionName", role->session);
    add(form, "DurationSeconds", seconds);
    add(form, "Policy", role->policy);
}

/* The secret and an & are the key. */
static enum gw_code sign(const struct gw_credential *by, const struct gw_query *query,
                         char ret[GW_V1_SIGNATURE_MAX], struct gw_err *err)
{
    const size_t bound = gw_canon_v1_bound("POST", query, NULL), key_len = by->key_secret.len + 1;
    char *text = gw_mem_new(bound, 1), *key = gw_mem_new(key_len, 1);
    struct gw_mac mac;
    enum gw_code code;

    memcpy(key, by->key_secret.bytes, by->key_secret.len);
    key[by->key_secret.len] = '&';
    code = gw_mac_init(&mac, "SHA1", key, key_len, err);
    if (code == GW_OK) {
        gw_digest_v1(&mac, text, (size_t)(gw_canon_v1("POST", query, NULL, text) - text), ret);
        gw_mac_release(&mac);
    }
    gw_secret_wipe(key, key_len);
    gw_secret_wipe(text, bound);
    free(key);
    free(text);
    return code;
}

/* The parameters as they go over the wire, and the signature behind them where there is one. */
static void render(const struct gw_query *query, const char *signature, struct gw_secret *ret)
{
    static const char name[] = "&Signature=";
    const size_t size = gw_query_bound(query, NULL, GW_FORM_ONCE) + sizeof(name) + 3 * strlen(signature);
    char *text = gw_mem_new(size, 1);
    char *end = gw_query_render(query, NULL, GW_FORM_ONCE, text);

    if (*signature)
        end = gw_canon_encode(signature, strlen(signature), GW_FORM_ONCE, gw_canon_append(end, name));
    gw_secret_set(ret, text, (size_t)(end - text));
    gw_secret_wipe(text, size);
    free(text);
}

enum gw_code gw_sts_assume(const struct gw_credential *by, const struct gw_key_role *role,
                           int64_t now_unix_ms, const char *nonce, struct gw_secret *ret, struct gw_err *err)
{
    struct form form = {.n = 0};
    struct gw_query query;
    char signature[GW_V1_SIGNATURE_MAX], seconds[12], date[GW_WHEN_TEXT_SIZE];
    enum gw_code code;

    gw_when_text(now_unix_ms, date);
    add(&form, "Action", GW_STS_ASSUME);
    add(&form, "Version", GW_STS_VERSION);
    add(&form, "Format", "JSON");
    add(&form, "AccessKeyId", by->key_id);
    add(&form, "SecurityToken", by->token.bytes);
    add(&form, "SignatureMethod", "HMAC-SHA1");
    add(&form, "SignatureVersion", "1.0");
    add(&form, "SignatureNonce", nonce);
    add(&form, "Timestamp", date);
    add(&form, "ExternalId", role->external_id);
    add_role(&form, role, seconds);
    gw_query_init(&query, form.pair, form.n);
    code = sign(by, &query, signature, err);
    if (code == GW_OK)
        render(&query, signature, ret);
    gw_query_release(&query);
    return code;
}

void gw_sts_assume_oidc(const struct gw_keyplan *plan, const struct gw_secret *token, int64_t now_unix_ms,
                        struct gw_secret *ret)
{
    struct form form = {.n = 0};
    struct gw_query query;
    char seconds[12], date[GW_WHEN_TEXT_SIZE];

    gw_when_text(now_unix_ms, date);
    add(&form, "Action", GW_STS_ASSUME_OIDC);
    add(&form, "Version", GW_STS_VERSION);
    add(&form, "Format", "JSON");
    add(&form, "Timestamp", date);
    add(&form, "OIDCProviderArn", plan->oidc_provider);
    add(&form, "OIDCToken", token->bytes);
    add_role(&form, &plan->oidc, seconds);
    gw_query_init(&query, form.pair, form.n);
    render(&query, "", ret);
    gw_query_release(&query);
}
