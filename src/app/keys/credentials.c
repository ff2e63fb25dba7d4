/* The credential chain. Nothing here logs, and no error text holds more of a key than its file's name. */
#include "credentials.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/profile.h"

#include "key_file.h"

static const char *gw_env(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

static bool gw_env_is_true(const char *name)
{
    const char *value = gw_env(name);

    return value && gw_text_equal_nocase(value, "true");
}

static char *gw_env_dup(const char *name)
{
    const char *value = gw_env(name);

    return value ? gw_mem_dup(value) : NULL;
}

/* Takes a secret out of the environment, so that neither a child nor /proc shows it for the hours of a run. */
static void gw_env_take(const char *name, struct gw_secret *ret)
{
    char *value = getenv(name);

    if (!value)
        return;
    if (*value)
        gw_secret_set(ret, value, strlen(value));
    gw_secret_wipe(value, strlen(value));
    (void)unsetenv(name);
}

void gw_key_chain_release(struct gw_key_chain *chain)
{
    for (size_t i = 0; i < chain->n; i++)
        gw_keyplan_release(&chain->plan[i]);
    chain->n = 0;
}

static enum gw_code gw_chain_add(struct gw_key_chain *chain, struct gw_keyplan *plan, const char *source,
                                 struct gw_err *err)
{
    enum gw_code code = gw_keyplan_check(plan, source, err);

    if (code != GW_OK) {
        gw_keyplan_release(plan);
        return code;
    }
    GW_CHECK(chain->n < GW_CHAIN_MAX);
    plan->source = gw_mem_dup(source);
    chain->plan[chain->n++] = *plan;
    return GW_OK;
}

/* ---- files ---- */

typedef enum gw_code gw_profile_parse(const char *bytes, size_t len, const char *file, const char *profile,
                                      struct gw_keyplan *ret, struct gw_err *err);

static enum gw_code gw_chain_add_file(struct gw_key_chain *chain, const char *file, enum gw_key_file kind,
                                      const char *profile, gw_profile_parse *parse, struct gw_err *err)
{
    struct gw_secret bytes = {0};
    enum gw_code code = gw_key_file_read(file, kind, &bytes, err);

    if (code == GW_OK)
        code = parse(bytes.bytes, bytes.len, file, profile, &chain->plan[chain->n], err);
    if (code == GW_OK)
        chain->n++;
    gw_secret_release(&bytes);
    return code;
}

/* A file of the chain: named by the environment, or in its usual place below the home directory. */
static enum gw_code gw_chain_add_home(struct gw_key_chain *chain, const char *variable,
                                      const char *below_home, const char *profile, gw_profile_parse *parse,
                                      struct gw_err *err)
{
    const char *named = gw_env(variable), *home = gw_env("HOME");
    struct gw_buf file;
    enum gw_code code;

    if (!named && !home)
        return gw_err_set(err, GW_ERR_NOT_FOUND, "neither %s nor HOME is set", variable);
    gw_buf_init(&file, 0);
    if (named)
        (void)gw_buf_add_text(&file, named);
    else
        (void)gw_buf_addf(&file, "%s/%s", home, below_home);
    code = gw_chain_add_file(chain, gw_buf_text(&file), GW_KEY_FILE_OWN, profile, parse, err);
    gw_buf_release(&file);
    return code;
}

static enum gw_code gw_chain_add_homes(struct gw_key_chain *chain, const char *profile, struct gw_err *err)
{
    enum gw_code code = GW_ERR_NOT_FOUND;

    if (!gw_env_is_true("ALIBABA_CLOUD_CLI_PROFILE_DISABLED"))
        code = gw_chain_add_home(chain, "ALIBABA_CLOUD_CONFIG_FILE", ".aliyun/config.json", profile,
                                 gw_profile_parse_cli, err);
    if (code == GW_ERR_NOT_FOUND)
        code = gw_chain_add_home(chain, "ALIBABA_CLOUD_CREDENTIALS_FILE", ".alibabacloud/credentials",
                                 profile, gw_profile_parse_ini, err);
    return code;
}

/* ---- systemd's directory ---- */

/* One value in a file of its own, without the line end that an editor puts behind it. */
static enum gw_code gw_directory_value(const char *directory, const char *name, struct gw_secret *ret,
                                       struct gw_err *err)
{
    struct gw_secret bytes = {0};
    struct gw_buf file;
    enum gw_code code;
    size_t len;

    gw_buf_init(&file, 0);
    (void)gw_buf_addf(&file, "%s/%s", directory, name);
    code = gw_key_file_read(gw_buf_text(&file), GW_KEY_FILE_SYSTEM, &bytes, err);
    gw_buf_release(&file);
    if (code != GW_OK)
        return code;
    for (len = bytes.len; len > 0 && (bytes.bytes[len - 1] == '\n' || bytes.bytes[len - 1] == '\r');)
        len--;
    gw_secret_set(ret, bytes.bytes, len);
    gw_secret_release(&bytes);
    return GW_OK;
}

static enum gw_code gw_chain_add_values(struct gw_key_chain *chain, const char *directory, struct gw_err *err)
{
    struct gw_keyplan plan = {.base = GW_KEY_BASE_STATIC};
    struct gw_secret key_id = {0};
    enum gw_code code = gw_directory_value(directory, "access_key_id", &key_id, err);
    enum gw_code token = GW_ERR_NOT_FOUND;
    bool fits;

    if (code != GW_OK)
        return code;
    fits = gw_text_copy(plan.credential.key_id, sizeof(plan.credential.key_id), key_id.bytes);
    gw_secret_release(&key_id);
    code = gw_directory_value(directory, "access_key_secret", &plan.credential.key_secret, err);
    if (code == GW_ERR_NOT_FOUND)
        code = gw_err_set(err, GW_ERR_CREDENTIALS,
                          "%s has access_key_id without access_key_secret: load both", directory);
    if (code == GW_OK)
        token = gw_directory_value(directory, "security_token", &plan.credential.token, err);
    if (code == GW_OK && token != GW_ERR_NOT_FOUND)
        code = token;
    if (code == GW_OK && !fits)
        code = gw_err_set(err, GW_ERR_CREDENTIALS, "%s/access_key_id: too long to be one", directory);
    if (code == GW_OK)
        return gw_chain_add(chain, &plan, directory, err);
    gw_keyplan_release(&plan);
    return code;
}

static enum gw_code gw_chain_add_directory(struct gw_key_chain *chain, const char *profile, bool asked,
                                           struct gw_err *err)
{
    static const struct {
        const char *name;
        gw_profile_parse *parse;
    } files[] = {{"config.json", gw_profile_parse_cli}, {"credentials", gw_profile_parse_ini}};
    const char *directory = gw_env("CREDENTIALS_DIRECTORY");
    enum gw_code code = GW_ERR_NOT_FOUND;
    struct gw_buf file;

    if (!directory)
        return code;
    gw_buf_init(&file, 0);
    for (size_t i = 0; i < GW_COUNT_OF(files) && code == GW_ERR_NOT_FOUND; i++) {
        gw_buf_reset(&file);
        (void)gw_buf_addf(&file, "%s/%s", directory, files[i].name);
        code = gw_chain_add_file(chain, gw_buf_text(&file), GW_KEY_FILE_SYSTEM, profile, files[i].parse, err);
    }
    gw_buf_release(&file);
    if (code == GW_ERR_NOT_FOUND && !asked)
        code = gw_chain_add_values(chain, directory, err);
    return code;
}

/* ---- the environment ---- */

void gw_taken_release(struct gw_taken *taken)
{
    gw_secret_release(&taken->key_secret);
    gw_secret_release(&taken->token);
}

static enum gw_code gw_chain_add_key(struct gw_key_chain *chain, struct gw_taken *taken, struct gw_err *err)
{
    const char *key_id = gw_env("ALIBABA_CLOUD_ACCESS_KEY_ID");
    struct gw_keyplan plan = {.base = GW_KEY_BASE_STATIC};

    if (!key_id || (!gw_env("ALIBABA_CLOUD_ACCESS_KEY_SECRET") && taken->key_secret.len == 0))
        return GW_ERR_NOT_FOUND;
    if (!gw_text_copy(plan.credential.key_id, sizeof(plan.credential.key_id), key_id))
        return gw_err_set(err, GW_ERR_CREDENTIALS, "ALIBABA_CLOUD_ACCESS_KEY_ID is too long to be one");
    gw_env_take("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &taken->key_secret);
    gw_env_take("ALIBABA_CLOUD_SECURITY_TOKEN", &taken->token);
    gw_secret_set(&plan.credential.key_secret, taken->key_secret.bytes, taken->key_secret.len);
    if (taken->token.len > 0)
        gw_secret_set(&plan.credential.token, taken->token.bytes, taken->token.len);
    return gw_chain_add(chain, &plan, "the environment", err);
}

static enum gw_code gw_chain_add_oidc(struct gw_key_chain *chain, struct gw_err *err)
{
    struct gw_keyplan plan = {.base = GW_KEY_BASE_OIDC};

    if (!gw_env("ALIBABA_CLOUD_ROLE_ARN") || !gw_env("ALIBABA_CLOUD_OIDC_PROVIDER_ARN") ||
        !gw_env("ALIBABA_CLOUD_OIDC_TOKEN_FILE"))
        return GW_ERR_NOT_FOUND;
    plan.oidc.arn = gw_env_dup("ALIBABA_CLOUD_ROLE_ARN");
    plan.oidc.session = gw_env_dup("ALIBABA_CLOUD_ROLE_SESSION_NAME");
    plan.oidc_provider = gw_env_dup("ALIBABA_CLOUD_OIDC_PROVIDER_ARN");
    plan.oidc_token_file = gw_env_dup("ALIBABA_CLOUD_OIDC_TOKEN_FILE");
    return gw_chain_add(chain, &plan, "the environment", err);
}

/* The last two: what nobody has set up here by name. */
static enum gw_code gw_chain_add_services(struct gw_key_chain *chain, struct gw_err *err)
{
    struct gw_keyplan metadata = {.base = GW_KEY_BASE_METADATA}, uri = {.base = GW_KEY_BASE_URI};
    const char *text = gw_env("ALIBABA_CLOUD_CREDENTIALS_URI");
    enum gw_code code = GW_OK;

    if (!gw_env_is_true("ALIBABA_CLOUD_ECS_METADATA_DISABLED")) {
        metadata.role_name = gw_env_dup("ALIBABA_CLOUD_ECS_METADATA");
        code = gw_chain_add(chain, &metadata, "the metadata service", err);
    }
    if (code == GW_OK && text) {
        gw_secret_set(&uri.uri, text, strlen(text));
        code = gw_chain_add(chain, &uri, "ALIBABA_CLOUD_CREDENTIALS_URI", err);
    }
    chain->unasked = chain->n == 1 && !text && !gw_env("ALIBABA_CLOUD_ECS_METADATA");
    if (code == GW_OK && chain->n == 0)
        code = gw_err_set(err, GW_ERR_CREDENTIALS, GW_NO_CREDENTIALS);
    return code;
}

/* ---- all of it ---- */

static enum gw_code gw_chain_find(struct gw_key_chain *chain, struct gw_taken *taken, const char *profile,
                                  struct gw_err *err)
{
    bool asked = profile && *profile;
    const char *wanted = asked ? profile : gw_env("ALIBABA_CLOUD_PROFILE");
    enum gw_code code = gw_chain_add_directory(chain, wanted, asked, err);

    if (code == GW_ERR_NOT_FOUND && !asked)
        code = gw_chain_add_key(chain, taken, err);
    if (code == GW_ERR_NOT_FOUND && !asked)
        code = gw_chain_add_oidc(chain, err);
    if (code == GW_ERR_NOT_FOUND)
        code = gw_chain_add_homes(chain, wanted, err);
    if (code == GW_ERR_NOT_FOUND && !asked)
        code = gw_chain_add_services(chain, err);
    return code == GW_ERR_NOT_FOUND ? gw_err_set(err, GW_ERR_CREDENTIALS, GW_NO_CREDENTIALS) : code;
}

enum gw_code gw_credentials_find(struct gw_taken *taken, const char *profile, struct gw_key_chain *ret,
                                 struct gw_err *err)
{
    struct gw_key_chain chain = {.n = 0};
    enum gw_code code = gw_chain_find(&chain, taken, profile, err);

    for (size_t i = 0; i < chain.n && code == GW_OK; i++)
        if (chain.plan[i].base == GW_KEY_BASE_PROCESS &&
            gw_env_is_true("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"))
            code = gw_err_set(err, GW_ERR_CREDENTIALS,
                              "%s runs a program, and ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids it",
                              chain.plan[i].source);
    if (code == GW_OK)
        *ret = chain;
    else
        gw_key_chain_release(&chain);
    return code;
}

static const char *gw_env_or_none(const char *name)
{
    const char *value = gw_env(name);

    return value ? value : "";
}

void gw_credentials_site(struct gw_obtain_site *ret)
{
    *ret = (struct gw_obtain_site){
        .sts_endpoint = gw_env_or_none("ALIBABA_CLOUD_STS_ENDPOINT"),
        .sts_region = gw_env_or_none("ALIBABA_CLOUD_STS_REGION"),
        .sts_vpc = gw_env_is_true("ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED"),
        .metadata_url = "",
        .metadata_v2_only = gw_env_is_true("ALIBABA_CLOUD_IMDSV1_DISABLED"),
    };
}

/* Of NAME=value. */
static bool gw_env_is_secret(const char *entry)
{
    static const char *const kinds[] = {
        "ACCESS_KEY_SECRET=", "SECURITY_TOKEN=", "BEARER_TOKEN=", "CREDENTIALS_DIRECTORY="};
    size_t name_len = strcspn(entry, "=") + 1;

    for (size_t i = 0; i < GW_COUNT_OF(kinds); i++) {
        size_t len = strlen(kinds[i]);

        if (name_len >= len && strncmp(entry + name_len - len, kinds[i], len) == 0)
            return true;
    }
    return false;
}

const char **gw_credentials_environment(void)
{
    size_t n = 0, kept = 0;
    const char **env;

    while (environ[n])
        n++;
    env = gw_mem_new(n + 1, sizeof(*env));
    for (size_t i = 0; i < n; i++)
        if (!gw_env_is_secret(environ[i]))
            env[kept++] = environ[i];
    return env;
}
