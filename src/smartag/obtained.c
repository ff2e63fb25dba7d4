/*
 * Keys in the answers of strangers. Every text is checked for what it is and how long it may be before it is kept, and
 * none is ever shown.
 */
#include "obtained.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#include "signer.h"
#include "tree.h"

#define SECRET_MAX 512
#define TOKEN_MAX  (16 * 1024)

/* How an answer calls its parts. */
struct names {
    const char *id, *secret, *token, *expiration;
};

static const struct names usual = {"AccessKeyId", "AccessKeySecret", "SecurityToken", "Expiration"};
static const struct names of_process = {"access_key_id", "access_key_secret", "sts_token", "expiration"};

void gw_obtained_release(struct gw_obtained *key)
{
    gw_credential_release(&key->credential);
    key->expires_unix_ms = 0;
}

/* NULL where it is missing, of another type, too long, or not fit for a header. */
static const char *text_of(const struct cJSON *object, const char *name, size_t max)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text && strlen(text) < max && gw_signer_is_visible(text, strlen(text)) ? text : NULL;
}

static const char *read_key(const struct cJSON *object, const struct names *names, bool has_token,
                            bool has_end, struct gw_obtained *ret)
{
    const char *id = text_of(object, names->id, sizeof(ret->credential.key_id));
    const char *secret = text_of(object, names->secret, SECRET_MAX);
    const char *token = has_token ? text_of(object, names->token, TOKEN_MAX) : NULL;
    const char *end = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, names->expiration));
    int64_t expires_unix_ms = 0;

    if (!id || !secret)
        return "holds no access key id and secret";
    if (has_token && !token)
        return "holds no security token";
    if (end && !*end)
        end = NULL;
    if (end ? !gw_when_parse(end, &expires_unix_ms) : has_end)
        return "does not say until when its key is valid, as in 2026-01-02T03:04:05Z";
    *ret = (struct gw_obtained){.expires_unix_ms = expires_unix_ms};
    (void)gw_text_copy(ret->credential.key_id, sizeof(ret->credential.key_id), id);
    gw_secret_set(&ret->credential.key_secret, secret, strlen(secret));
    if (token)
        gw_secret_set(&ret->credential.token, token, strlen(token));
    return NULL;
}

const char *gw_obtained_sts(const char *bytes, size_t len, struct gw_obtained *ret)
{
    struct gw_tree tree;
    struct gw_tree_error error;
    const struct cJSON *credentials;
    const char *wrong;

    if (!gw_tree_parse_json(bytes, len, &tree, &error))
        return "is no JSON";
    credentials = gw_tree_item(tree.root, "Credentials");
    wrong =
        cJSON_IsObject(credentials) ? read_key(credentials, &usual, true, true, ret) : "holds no Credentials";
    gw_tree_release(&tree);
    return wrong;
}

const char *gw_obtained_service(const char *bytes, size_t len, struct gw_obtained *ret)
{
    struct gw_tree tree;
    struct gw_tree_error error;
    const struct cJSON *code;
    const char *wrong = NULL;

    if (!gw_tree_parse_json(bytes, len, &tree, &error))
        return "is no JSON";
    code = gw_tree_item(tree.root, "Code");
    if (!cJSON_IsObject(tree.root))
        wrong = "is no JSON object";
    else if (code && (!cJSON_IsString(code) || !gw_text_equal(code->valuestring, "Success")))
        wrong = "has another Code than Success";
    else
        wrong = read_key(tree.root, &usual, true, true, ret);
    gw_tree_release(&tree);
    return wrong;
}

const char *gw_obtained_process(const char *bytes, size_t len, struct gw_obtained *ret)
{
    struct gw_tree tree;
    struct gw_tree_error error;
    const char *mode, *wrong;

    if (!gw_tree_parse_json(bytes, len, &tree, &error))
        return "is no JSON";
    mode = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree.root, "mode"));
    if (mode && gw_text_equal_nocase(mode, "AK"))
        wrong = read_key(tree.root, &of_process, false, false, ret);
    else if (mode && gw_text_equal_nocase(mode, "StsToken"))
        wrong = read_key(tree.root, &of_process, true, false, ret);
    else
        wrong = "has a mode that is neither AK nor StsToken";
    gw_tree_release(&tree);
    return wrong;
}

void gw_obtained_code(const char *bytes, size_t len, char *ret, size_t size)
{
    struct gw_tree tree;
    struct gw_tree_error error;

    ret[0] = '\0';
    if (!gw_tree_parse_json(bytes, len, &tree, &error))
        return;
    (void)gw_tree_text(tree.root, "Code", ret, size);
    gw_tree_release(&tree);
    for (const char *c = ret; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.' ||
              *c == '_' || *c == '-'))
            ret[0] = '\0';
}
