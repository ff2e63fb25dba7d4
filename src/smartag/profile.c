/*
 * The vendor's credential files. The texts that come from them are named in errors by profile and key only: a
 * value may be a secret in the wrong place, so no value but a mode or type is ever shown.
 */
#include "gatewave/smartag/profile.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"

#include "ini.h"
#include "tree.h"

#define NAME_SHOWN_MAX 80

void gw_credential_release(struct gw_credential *credential)
{
    gw_secret_release(&credential->key_secret);
    gw_secret_release(&credential->token);
    gw_secret_wipe(credential, sizeof(*credential));
}

/* key_id, secret and token as found, NULL where they are not. */
struct found {
    const char *key_id, *secret, *token;
};

static enum gw_code missing(struct gw_err *err, const char *file, const char *profile, const char *key)
{
    return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: profile %s has no %s: add it, or choose another profile",
                      file, profile, key);
}

/* profile is fit to be shown. */
static enum gw_code take(const struct found *found, bool needs_token, const char *file, const char *profile,
                         struct gw_credential *ret, struct gw_err *err)
{
    if (!found->key_id || !*found->key_id)
        return missing(err, file, profile, "access_key_id");
    if (!found->secret || !*found->secret)
        return missing(err, file, profile, "access_key_secret");
    if (needs_token && (!found->token || !*found->token))
        return missing(err, file, profile, "sts_token");
    if (strlen(found->key_id) >= sizeof(ret->key_id))
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: profile %s: access_key_id is too long to be one",
                          file, profile);
    *ret = (struct gw_credential){0};
    gw_text_copy(ret->key_id, sizeof(ret->key_id), found->key_id);
    gw_secret_set(&ret->key_secret, found->secret, strlen(found->secret));
    if (needs_token)
        gw_secret_set(&ret->token, found->token, strlen(found->token));
    return GW_OK;
}

static void show(char ret[NAME_SHOWN_MAX], const char *text)
{
    gw_text_escape(ret, NAME_SHOWN_MAX, text, strlen(text));
}

static const char *text_of(const struct cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* The names of the file's profiles, for people: cut when they are many. */
static void list_profiles(const struct cJSON *profiles, struct gw_buf *ret)
{
    const struct cJSON *item;

    cJSON_ArrayForEach(item, profiles)
    {
        const char *name = text_of(item, "name");
        char shown[NAME_SHOWN_MAX];

        if (!name)
            continue;
        show(shown, name);
        gw_buf_addf(ret, "%s%s", ret->len ? ", " : "", shown);
    }
}

static enum gw_code find_profile(const struct cJSON *profiles, const char *file, const char *profile,
                                 const struct cJSON **ret, struct gw_err *err)
{
    const struct cJSON *item, *found = NULL;
    char shown[NAME_SHOWN_MAX];
    struct gw_buf names;

    show(shown, profile);
    cJSON_ArrayForEach(item, profiles)
    {
        const char *name = text_of(item, "name");

        if (!name || !gw_text_equal(name, profile))
            continue;
        if (found)
            return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: profile %s stands there twice: remove one", file,
                              shown);
        found = item;
    }
    if (found) {
        *ret = found;
        return GW_OK;
    }
    gw_buf_init(&names, 400);
    list_profiles(profiles, &names);
    gw_err_set(err, GW_ERR_CREDENTIALS, "%s: no profile %s; choose one with --profile: %s", file, shown,
               names.len ? gw_buf_text(&names) : "there is none");
    gw_buf_release(&names);
    return GW_ERR_CREDENTIALS;
}

static enum gw_code take_cli(const struct cJSON *profile, const char *file, const char *name,
                             struct gw_credential *ret, struct gw_err *err)
{
    const struct found found = {text_of(profile, "access_key_id"), text_of(profile, "access_key_secret"),
                                text_of(profile, "sts_token")};
    const char *mode = text_of(profile, "mode");
    char shown[NAME_SHOWN_MAX], shown_mode[NAME_SHOWN_MAX];

    show(shown, name);
    if (mode && gw_text_equal_nocase(mode, "AK"))
        return take(&found, false, file, shown, ret, err);
    if (mode && gw_text_equal_nocase(mode, "StsToken"))
        return take(&found, true, file, shown, ret, err);
    show(shown_mode, mode ? mode : "");
    return gw_err_set(
        err, GW_ERR_CREDENTIALS,
        "%s: profile %s has mode \"%s\", and only AK and StsToken can be used: get a temporary key "
        "and set ALIBABA_CLOUD_ACCESS_KEY_ID, _SECRET and _SECURITY_TOKEN, or run "
        "aliyun configure --mode StsToken --profile NAME and choose that profile",
        file, shown, shown_mode);
}

/* Where an offset is, for people: lines and columns from 1. */
static void place_of(const char *bytes, size_t at, size_t *ret_line, size_t *ret_column)
{
    *ret_line = *ret_column = 1;
    for (size_t i = 0; i < at; i++) {
        ++*ret_column;
        if (bytes[i] == '\n') {
            ++*ret_line;
            *ret_column = 1;
        }
    }
}

static size_t bom_len(const char *bytes, size_t len)
{
    return len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

enum gw_code gw_profile_parse_cli(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_credential *ret, struct gw_err *err)
{
    const size_t bom = bom_len(bytes, len);
    const struct cJSON *profiles, *item = NULL;
    struct gw_tree tree;
    struct gw_tree_error error;
    const char *name;
    enum gw_code code;

    if (!gw_tree_parse_json(bytes + bom, len - bom, &tree, &error)) {
        size_t line, column;

        place_of(bytes + bom, error.at, &line, &column);
        return gw_err_set(err, GW_ERR_CREDENTIALS,
                          "%s:%zu:%zu: %s: mend it, or write it anew with aliyun configure", file, line,
                          column, error.why);
    }
    profiles = cJSON_GetObjectItemCaseSensitive(tree.root, "profiles");
    name = profile && *profile ? profile : text_of(tree.root, "current");
    if (!cJSON_IsArray(profiles))
        code =
            gw_err_set(err, GW_ERR_CREDENTIALS, "%s: holds no list of profiles: run aliyun configure", file);
    else if (!name || !*name)
        code = gw_err_set(err, GW_ERR_CREDENTIALS, "%s: names no current profile: choose one with --profile",
                          file);
    else
        code = find_profile(profiles, file, name, &item, err);
    if (item)
        code = take_cli(item, file, name, ret, err);
    gw_tree_release(&tree);
    return code;
}

enum gw_code gw_profile_parse_ini(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_credential *ret, struct gw_err *err)
{
    const size_t bom = bom_len(bytes, len);
    const char *name = profile && *profile ? profile : "default";
    struct gw_ini_section section;
    struct gw_ini_error error;
    char shown[NAME_SHOWN_MAX], shown_type[NAME_SHOWN_MAX];
    enum gw_code code;

    show(shown, name);
    if (!gw_ini_read(bytes + bom, len - bom, name, &section, &error))
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s:%zu: %s", file, error.line, error.why);
    if (!section.found) {
        code = gw_err_set(err, GW_ERR_CREDENTIALS,
                          "%s: no profile [%s]: add it, or choose another with --profile", file, shown);
    } else if (!gw_text_equal(section.type, "access_key")) {
        show(shown_type, section.type);
        code = gw_err_set(
            err, GW_ERR_CREDENTIALS,
            "%s: profile %s has type \"%s\", and only access_key can be used: choose another profile, "
            "or set ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET",
            file, shown, shown_type);
    } else {
        const struct found found = {section.key_id, section.key_secret.bytes, NULL};

        code = take(&found, false, file, shown, ret, err);
    }
    gw_secret_release(&section.key_secret);
    return code;
}
