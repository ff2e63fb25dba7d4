/*
 * Setting up a key. All that can be sorted, encoded, fetched or scheduled before a call is known is done here, for
 * every action of the allow-list; a change of credentials makes a new signer.
 */
#include "signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "action.h"

struct pair_list {
    struct gw_pair pair[16 + GW_LIST_IDS_MAX];
    size_t n;
    char id_name[GW_LIST_IDS_MAX][16]; /* SmartAGIds.1 and on */
};

static void add(struct pair_list *list, const char *name, const char *value)
{
    GW_CHECK(list->n < GW_COUNT_OF(list->pair));
    list->pair[list->n++] = (struct gw_pair){name, value, GW_SLOT_CONSTANT};
}

static void add_slot(struct pair_list *list, const char *name, enum gw_slot slot)
{
    GW_CHECK(list->n < GW_COUNT_OF(list->pair));
    list->pair[list->n++] = (struct gw_pair){name, NULL, (int)slot};
}

static void add_params(struct pair_list *list, const struct gw_action_row *row)
{
    for (size_t i = 0; i < GW_ACTION_PARAMS_MAX && row->param[i].name; i++)
        add_slot(list, row->param[i].name, row->param[i].slot);
    for (unsigned i = 0; row->takes_ids && i < GW_LIST_IDS_MAX; i++) {
        (void)snprintf(list->id_name[i], sizeof(list->id_name[i]), "SmartAGIds.%u", i + 1);
        add_slot(list, list->id_name[i], GW_SLOT_IDS + i);
    }
}

/* Everything is a form parameter. */
static void add_action_v1(struct gw_signer *signer, enum gw_action action, const struct gw_secret *token)
{
    const struct gw_action_row *row = gw_action_row(action);
    struct pair_list list = {.n = 0};

    add_params(&list, row);
    add(&list, "Action", row->name);
    add(&list, "Version", GW_API_VERSION);
    add(&list, "Format", signer->format == GW_FORMAT_XML ? "XML" : "JSON");
    add(&list, "AccessKeyId", signer->key_id);
    add(&list, "SignatureMethod", "HMAC-SHA1");
    add(&list, "SignatureVersion", "1.0");
    add_slot(&list, "SignatureNonce", GW_SLOT_NONCE);
    add_slot(&list, "Timestamp", GW_SLOT_DATE);
    if (token->len > 0)
        add(&list, "SecurityToken", token->bytes);
    gw_query_init(&signer->query[action], list.pair, list.n);
}

/* The action's parameters are the query, all else is headers. */
static void add_action_v3(struct gw_signer *signer, enum gw_action action, const struct gw_secret *token)
{
    const struct gw_action_row *row = gw_action_row(action);
    struct pair_list query = {.n = 0}, headers = {.n = 0};

    add_params(&query, row);
    if (signer->format == GW_FORMAT_XML) /* the Accept header alone is not known to be enough */
        add(&query, "Format", "XML");
    gw_query_init(&signer->query[action], query.pair, query.n);

    add_slot(&headers, "host", GW_SLOT_HOST);
    add(&headers, "x-acs-action", row->name);
    add(&headers, "x-acs-version", GW_API_VERSION);
    add(&headers, "x-acs-content-sha256", GW_SHA256_EMPTY);
    add_slot(&headers, "x-acs-date", GW_SLOT_DATE);
    add_slot(&headers, "x-acs-signature-nonce", GW_SLOT_NONCE);
    if (token->len > 0) {
        add(&headers, "x-acs-accesskey-id", signer->key_id);
        add(&headers, "x-acs-security-token", token->bytes);
    }
    gw_headers_init(&signer->headers[action], headers.pair, headers.n);
}

bool gw_signer_is_visible(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    }
    return len > 0;
}

static enum gw_code signer_check(const char *key_id, const struct gw_secret *key_secret,
                                 const struct gw_secret *token, struct gw_err *err)
{
    static const char fault[] =
        "the access key's %s is empty, or holds a blank, a line end or a byte that is "
        "not ASCII: copy it again, without anything around it";

    if (!gw_signer_is_visible(key_id, strlen(key_id)) || strchr(key_id, ','))
        return gw_err_set(err, GW_ERR_CREDENTIALS, fault, "id");
    if (!gw_signer_is_visible(key_secret->bytes, key_secret->len))
        return gw_err_set(err, GW_ERR_CREDENTIALS, fault, "secret");
    if (token->len > 0 && !gw_signer_is_visible(token->bytes, token->len))
        return gw_err_set(err, GW_ERR_CREDENTIALS, fault, "security token");
    return GW_OK;
}

static enum gw_code signer_set_key(struct gw_signer *signer, const struct gw_secret *secret,
                                   struct gw_err *err)
{
    struct gw_secret key = {0};
    enum gw_code code;

    if (signer->scheme == GW_SCHEME_V3) {
        code = gw_sha256_init(&signer->sha, err);
        return code ? code : gw_mac_init(&signer->mac, "SHA256", secret->bytes, secret->len, err);
    }
    gw_secret_set(&key, secret->bytes, secret->len);
    key.bytes[key.len] = '&'; /* in place of its NUL, which HMAC does not need */
    code = gw_mac_init(&signer->mac, "SHA1", key.bytes, key.len + 1, err);
    gw_secret_wipe(key.bytes + key.len, 1);
    gw_secret_release(&key);
    return code;
}

struct gw_signer *gw_signer_new(enum gw_scheme scheme, enum gw_format format, const char *key_id,
                                const struct gw_secret *key_secret, const struct gw_secret *token,
                                struct gw_err *err)
{
    struct gw_signer *signer;

    GW_CHECK(scheme == GW_SCHEME_V3 || scheme == GW_SCHEME_V1);
    GW_CHECK(format == GW_FORMAT_JSON || format == GW_FORMAT_XML);
    if (signer_check(key_id, key_secret, token, err))
        return NULL;
    signer = gw_mem_new(1, sizeof(*signer));
    signer->scheme = scheme;
    signer->format = format;
    signer->key_id = gw_mem_dup(key_id);
    if (signer_set_key(signer, key_secret, err)) {
        gw_signer_free(signer);
        return NULL;
    }
    for (int action = GW_ACTION_NONE + 1; action < GW_ACTION_COUNT; action++)
        (scheme == GW_SCHEME_V1 ? add_action_v1 : add_action_v3)(signer, (enum gw_action)action, token);
    return signer;
}

void gw_signer_free(struct gw_signer *signer)
{
    if (!signer)
        return;
    for (size_t i = 0; i < GW_ACTION_COUNT; i++) {
        gw_query_release(&signer->query[i]);
        gw_headers_release(&signer->headers[i]);
    }
    gw_mac_release(&signer->mac);
    gw_sha256_release(&signer->sha);
    gw_secret_wipe(signer->scratch, signer->scratch_size);
    free(signer->scratch);
    free(signer->key_id);
    free(signer);
}
