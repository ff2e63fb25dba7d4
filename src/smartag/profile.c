/*
 * ~/.aliyun/config.json. A profile that takes another one's key and assumes a role with it is followed down to the one
 * that has a key of its own; the roles are then assumed on the way back up. No value but a name or a mode is ever
 * shown: it may be a secret in the wrong place.
 */
#include "gatewave/smartag/profile.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "profile-local.h"
#include "tree.h"

/* One that has a key, and those that take another's. */
#define PROFILES_MAX (GW_KEY_ROLES_MAX + 1)

struct reading {
    const struct cJSON *profiles;
    const char *file;
    const char *path[PROFILES_MAX]; /* the names, from the one that was asked for */
    const struct cJSON *profile[PROFILES_MAX];
    size_t n;
    struct gw_err *err;
};

void gw_profile_show(char ret[GW_PROFILE_SHOWN_MAX], const char *name)
{
    gw_text_escape(ret, GW_PROFILE_SHOWN_MAX, name, strlen(name));
}

size_t gw_profile_bom_len(const char *bytes, size_t len)
{
    return len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

bool gw_profile_set_static(struct gw_keyplan *plan, const char *key_id, const char *secret, const char *token)
{
    plan->base = GW_KEY_BASE_STATIC;
    if (secret && *secret)
        gw_secret_set(&plan->credential.key_secret, secret, strlen(secret));
    if (token && *token)
        gw_secret_set(&plan->credential.token, token, strlen(token));
    return !key_id || gw_text_copy(plan->credential.key_id, sizeof(plan->credential.key_id), key_id);
}

char *gw_profile_text(const char *text)
{
    return text && *text ? gw_mem_dup(text) : NULL;
}

static const char *text_of(const struct cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* ---- finding ---- */

/* The names of the file's profiles, for people: cut when they are many. */
static void list_profiles(const struct cJSON *profiles, struct gw_buf *ret)
{
    const struct cJSON *item;

    cJSON_ArrayForEach(item, profiles)
    {
        const char *name = text_of(item, "name");
        char shown[GW_PROFILE_SHOWN_MAX];

        if (!name)
            continue;
        gw_profile_show(shown, name);
        gw_buf_addf(ret, "%s%s", ret->len ? ", " : "", shown);
    }
}

static enum gw_code find_profile(const struct reading *reading, const char *profile, const struct cJSON **ret)
{
    const struct cJSON *item, *found = NULL;
    char shown[GW_PROFILE_SHOWN_MAX];
    struct gw_buf names;

    gw_profile_show(shown, profile);
    cJSON_ArrayForEach(item, reading->profiles)
    {
        const char *name = text_of(item, "name");

        if (!name || !gw_text_equal(name, profile))
            continue;
        if (found)
            return gw_err_set(reading->err, GW_ERR_CREDENTIALS,
                              "%s: profile %s stands there twice: remove one", reading->file, shown);
        found = item;
    }
    if (found) {
        *ret = found;
        return GW_OK;
    }
    gw_buf_init(&names, 400);
    list_profiles(reading->profiles, &names);
    gw_err_set(reading->err, GW_ERR_CREDENTIALS, "%s: no profile %s; choose one with --profile: %s",
               reading->file, shown, names.len ? gw_buf_text(&names) : "there is none");
    gw_buf_release(&names);
    return GW_ERR_CREDENTIALS;
}

/* ---- one profile ---- */

enum mode {
    MODE_AK,
    MODE_STS_TOKEN,
    MODE_RAM_ROLE_ARN,
    MODE_CHAINED,
    MODE_ECS,
    MODE_ECS_AND_ROLE,
    MODE_OIDC,
    MODE_URI,
    MODE_EXTERNAL,
    MODE_REFUSED,
};

/* instead: what to do where a mode is refused. */
static const struct mode_row {
    const char *name;
    enum mode mode;
    const char *instead;
} modes[] = {
    {"AK", MODE_AK, NULL},
    {"StsToken", MODE_STS_TOKEN, NULL},
    {"RamRoleArn", MODE_RAM_ROLE_ARN, NULL},
    {"ChainableRamRoleArn", MODE_CHAINED, NULL},
    {"EcsRamRole", MODE_ECS, NULL},
    {"RamRoleArnWithRoleName", MODE_ECS_AND_ROLE, NULL},
    {"OIDC", MODE_OIDC, NULL},
    {"CredentialsURI", MODE_URI, NULL},
    {"External", MODE_EXTERNAL, NULL},
    {"CloudSSO", MODE_REFUSED, "needs a person to log in"},
    {"OAuth", MODE_REFUSED, "needs a person to log in"},
    {"RsaKeyPair", MODE_REFUSED, "is given up by the vendor"},
    {"BearerToken", MODE_REFUSED, "cannot sign these calls"},
    {"Anonymous", MODE_REFUSED, "has no key"},
};

static const struct mode_row *find_mode(const struct cJSON *profile)
{
    const char *mode = text_of(profile, "mode");

    for (size_t i = 0; mode && i < GW_COUNT_OF(modes); i++)
        if (gw_text_equal_nocase(modes[i].name, mode))
            return &modes[i];
    return NULL;
}

static enum gw_code refuse_mode(const struct reading *reading, const char *name, const struct mode_row *row,
                                const struct cJSON *profile)
{
    const char *mode = text_of(profile, "mode");
    char shown[GW_PROFILE_SHOWN_MAX], shown_mode[GW_PROFILE_SHOWN_MAX];

    gw_profile_show(shown, name);
    gw_profile_show(shown_mode, mode ? mode : "");
    return gw_err_set(
        reading->err, GW_ERR_CREDENTIALS,
        "%s: profile %s has mode \"%s\", which %s: use RamRoleArn, EcsRamRole, OIDC, External or "
        "another mode that renews itself, or AK",
        reading->file, shown, shown_mode, row ? row->instead : "is not known");
}

/* The role that a profile assumes; false when a number of it cannot be read. */
static bool take_role(const struct cJSON *profile, struct gw_key_role *ret)
{
    const struct cJSON *seconds = gw_tree_item(profile, "expired_seconds");

    *ret = (struct gw_key_role){
        .arn = gw_profile_text(text_of(profile, "ram_role_arn")),
        .session = gw_profile_text(text_of(profile, "ram_session_name")),
        .policy = gw_profile_text(text_of(profile, "policy")),
        .external_id = gw_profile_text(text_of(profile, "external_id")),
        .sts_region = gw_profile_text(text_of(profile, "sts_region")),
        .sts_endpoint = gw_profile_text(text_of(profile, "sts_endpoint")),
        .sts_vpc = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(profile, "enable_vpc")),
    };
    return !seconds || gw_tree_u32(profile, "expired_seconds", &ret->duration_s);
}

/* What a profile begins with; false as above. */
static bool take_base(const struct cJSON *profile, enum mode mode, struct gw_keyplan *plan)
{
    const char *key_id = text_of(profile, "access_key_id"), *secret = text_of(profile, "access_key_secret"),
               *text;

    switch (mode) {
    case MODE_AK:
    case MODE_RAM_ROLE_ARN:
        return gw_profile_set_static(plan, key_id, secret, NULL);
    case MODE_STS_TOKEN:
        return gw_profile_set_static(plan, key_id, secret, text_of(profile, "sts_token"));
    case MODE_ECS:
    case MODE_ECS_AND_ROLE:
        plan->base = GW_KEY_BASE_METADATA;
        plan->role_name = gw_profile_text(text_of(profile, "ram_role_name"));
        return true;
    case MODE_OIDC:
        plan->base = GW_KEY_BASE_OIDC;
        plan->oidc_provider = gw_profile_text(text_of(profile, "oidc_provider_arn"));
        plan->oidc_token_file = gw_profile_text(text_of(profile, "oidc_token_file"));
        return take_role(profile, &plan->oidc);
    case MODE_URI:
        plan->base = GW_KEY_BASE_URI;
        text = text_of(profile, "credentials_uri");
        if (text)
            gw_secret_set(&plan->uri, text, strlen(text));
        return true;
    default:
        plan->base = GW_KEY_BASE_PROCESS;
        text = text_of(profile, "process_command");
        if (text)
            gw_secret_set(&plan->command, text, strlen(text));
        return true;
    }
}

/* ---- all of them ---- */

static enum gw_code refuse_loop(const struct reading *reading, const char *name)
{
    char shown[GW_PROFILE_SHOWN_MAX];
    struct gw_buf path;
    size_t i = 0;

    gw_buf_init(&path, 600);
    while (!gw_text_equal(reading->path[i], name))
        i++;
    for (; i < reading->n; i++) {
        gw_profile_show(shown, reading->path[i]);
        gw_buf_addf(&path, "%s, ", shown);
    }
    gw_profile_show(shown, name);
    gw_err_set(reading->err, GW_ERR_CREDENTIALS,
               "%s: the source profiles go in a loop, %sand %s again: one of them must have a key of its own",
               reading->file, gw_buf_text(&path), shown);
    gw_buf_release(&path);
    return GW_ERR_CREDENTIALS;
}

/* Follows source_profile down to the one that has a key of its own. */
static enum gw_code collect(struct reading *reading, const char *name, enum mode *ret_mode)
{
    for (;;) {
        const struct cJSON *profile;
        const struct mode_row *row;
        char shown[GW_PROFILE_SHOWN_MAX];
        enum gw_code code;

        for (size_t i = 0; i < reading->n; i++)
            if (gw_text_equal(reading->path[i], name))
                return refuse_loop(reading, name);
        if (reading->n == PROFILES_MAX)
            return gw_err_set(reading->err, GW_ERR_CREDENTIALS,
                              "%s: more than %d roles, one behind the other", reading->file,
                              GW_KEY_ROLES_MAX);
        code = find_profile(reading, name, &profile);
        if (code != GW_OK)
            return code;
        row = find_mode(profile);
        if (!row || row->mode == MODE_REFUSED)
            return refuse_mode(reading, name, row, profile);
        reading->path[reading->n] = name;
        reading->profile[reading->n++] = profile;
        *ret_mode = row->mode;
        if (row->mode != MODE_CHAINED)
            return GW_OK;
        gw_profile_show(shown, name);
        name = text_of(profile, "source_profile");
        if (!name || !*name)
            return gw_err_set(reading->err, GW_ERR_CREDENTIALS,
                              "%s: profile %s has no source_profile: add it", reading->file, shown);
    }
}

static const char seconds_wrong[] = "expired_seconds must be a whole number";

/* The base, then the roles from the bottom up. NULL, or what is wrong. */
static const char *assemble(const struct reading *reading, enum mode mode, struct gw_keyplan *plan)
{
    size_t i = reading->n - 1;

    if (!take_base(reading->profile[i], mode, plan))
        return mode == MODE_OIDC ? seconds_wrong : "access_key_id is too long to be one";
    if (mode == MODE_STS_TOKEN && plan->credential.token.len == 0)
        return "it has no sts_token: add it, or choose another profile";
    /* Who has no key of its own has a role; of the others, these two have one as well. */
    if (mode != MODE_RAM_ROLE_ARN && mode != MODE_ECS_AND_ROLE && i-- == 0)
        return NULL;
    for (;; i--) {
        if (plan->n_roles == GW_KEY_ROLES_MAX)
            return "it has more roles behind each other than can be assumed";
        if (!take_role(reading->profile[i], &plan->role[plan->n_roles++]))
            return seconds_wrong;
        if (i == 0)
            return NULL;
    }
}

static enum gw_code take_cli(struct reading *reading, const char *name, struct gw_keyplan *ret)
{
    struct gw_keyplan plan = {0};
    struct gw_buf where;
    char shown[GW_PROFILE_SHOWN_MAX];
    enum mode mode = MODE_REFUSED;
    const char *wrong;
    enum gw_code code = collect(reading, name, &mode);

    if (code != GW_OK)
        return code;
    gw_buf_init(&where, 0);
    gw_profile_show(shown, name);
    gw_buf_addf(&where, "%s: profile %s", reading->file, shown);
    wrong = assemble(reading, mode, &plan);
    if (wrong)
        code = gw_err_set(reading->err, GW_ERR_CREDENTIALS, "%s: %s", gw_buf_text(&where), wrong);
    else
        code = gw_keyplan_check(&plan, gw_buf_text(&where), reading->err);
    gw_buf_reset(&where);
    gw_buf_addf(&where, "profile %s of %s", shown, reading->file);
    plan.source = gw_mem_dup(gw_buf_text(&where));
    gw_buf_release(&where);
    if (code == GW_OK)
        *ret = plan;
    else
        gw_keyplan_release(&plan);
    return code;
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

enum gw_code gw_profile_parse_cli(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_keyplan *ret, struct gw_err *err)
{
    const size_t bom = gw_profile_bom_len(bytes, len);
    struct reading reading = {.file = file, .err = err};
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
    reading.profiles = cJSON_GetObjectItemCaseSensitive(tree.root, "profiles");
    name = profile && *profile ? profile : text_of(tree.root, "current");
    if (!cJSON_IsArray(reading.profiles))
        code =
            gw_err_set(err, GW_ERR_CREDENTIALS, "%s: holds no list of profiles: run aliyun configure", file);
    else if (!name || !*name)
        code = gw_err_set(err, GW_ERR_CREDENTIALS, "%s: names no current profile: choose one with --profile",
                          file);
    else
        code = take_cli(&reading, name, ret);
    gw_tree_release(&tree);
    return code;
}
