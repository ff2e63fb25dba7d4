/* The credential chain: its order, whose files are taken, and what no error text may hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "keys/credentials.h"

#define SECRET "s3cr3t-marker"

static char home[] = "/tmp/gatewave-home-XXXXXX";

static void clear_env(void)
{
    static const char *const name[] = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",
        "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
        "ALIBABA_CLOUD_PROFILE",
        "ALIBABA_CLOUD_CONFIG_FILE",
        "ALIBABA_CLOUD_CREDENTIALS_FILE",
        "ALIBABA_CLOUD_ROLE_ARN",
        "ALIBABA_CLOUD_ROLE_SESSION_NAME",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
        "ALIBABA_CLOUD_ECS_METADATA",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED",
        "ALIBABA_CLOUD_CREDENTIALS_URI",
        "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS",
        "CREDENTIALS_DIRECTORY",
    };

    for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
        (void)unsetenv(name[i]);
    (void)setenv("HOME", home, 1);
}

static void write_file(const char *below, const char *text, mode_t mode)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", home, below);
    (void)unlink(path);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void remove_file(const char *below)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", home, below);
    (void)unlink(path);
}

static void write_both(void)
{
    write_file(".aliyun/config.json",
               "{\"current\":\"default\",\"profiles\":[{\"name\":\"default\",\"mode\":\"AK\",\"access_key_"
               "id\":\"cli\","
               "\"access_key_secret\":\"" SECRET
               "\"},{\"name\":\"other\",\"mode\":\"AK\",\"access_key_id\":\"cli2\","
               "\"access_key_secret\":\"" SECRET "\"}]}",
               0600);
    write_file(".alibabacloud/credentials",
               "[default]\ntype = access_key\naccess_key_id = ini\naccess_key_secret = " SECRET "\n", 0600);
}

static int set_up(void **state)
{
    char path[256];

    (void)state;
    if (!mkdtemp(home))
        return -1;
    (void)snprintf(path, sizeof(path), "%s/.aliyun", home);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof(path), "%s/.alibabacloud", home);
    (void)mkdir(path, 0700);
    return 0;
}

static int tear_down(void **state)
{
    char path[256];

    (void)state;
    remove_file(".aliyun/config.json");
    remove_file(".alibabacloud/credentials");
    (void)snprintf(path, sizeof(path), "%s/.aliyun", home);
    (void)rmdir(path);
    (void)snprintf(path, sizeof(path), "%s/.alibabacloud", home);
    (void)rmdir(path);
    return rmdir(home);
}

static struct gw_keyplan *found(struct gw_key_chain *chain, const char *profile)
{
    struct gw_taken taken = {0};
    struct gw_err err = {0};

    if (gw_credentials_find(&taken, profile, chain, &err) != GW_OK)
        fail_msg("%s", err.text);
    gw_taken_release(&taken);
    assert_true(chain->n > 0);
    return &chain->plan[0];
}

static void expect_key(const char *profile, const char *key_id)
{
    struct gw_key_chain chain;
    const struct gw_keyplan *plan = found(&chain, profile);

    assert_int_equal(plan->base, GW_KEY_BASE_STATIC);
    assert_string_equal(plan->credential.key_id, key_id);
    assert_string_equal(plan->credential.key_secret.bytes, SECRET);
    gw_key_chain_release(&chain);
}

static void expect_refusal(const char *profile, const char *part)
{
    struct gw_taken taken = {0};
    struct gw_key_chain chain;
    struct gw_err err = {0};

    assert_int_equal(gw_credentials_find(&taken, profile, &chain, &err), GW_ERR_CREDENTIALS);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
    assert_null(strstr(err.text, SECRET));
}

/* A command with two jobs looks twice, and what the environment had is gone after the first. */
static void what_was_taken_is_found_again(void **state)
{
    struct gw_taken taken = {0};
    struct gw_err err = {0};

    (void)state;
    clear_env();
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "env", 1);
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
    (void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "tok", 1);
    for (int job = 0; job < 2; job++) {
        struct gw_key_chain chain;

        assert_int_equal(gw_credentials_find(&taken, NULL, &chain, &err), GW_OK);
        assert_string_equal(chain.plan[0].credential.key_id, "env");
        assert_string_equal(chain.plan[0].credential.key_secret.bytes, SECRET);
        assert_string_equal(chain.plan[0].credential.token.bytes, "tok");
        gw_key_chain_release(&chain);
        assert_null(getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
        assert_null(getenv("ALIBABA_CLOUD_SECURITY_TOKEN"));
    }
    gw_taken_release(&taken);
    clear_env();
}

static void the_environment_comes_first_and_is_wiped(void **state)
{
    struct gw_key_chain chain;
    const struct gw_keyplan *plan;
    const char *secret, *token;

    (void)state;
    clear_env();
    write_both();
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "env", 1);
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
    (void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "token", 1);
    secret = getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    token = getenv("ALIBABA_CLOUD_SECURITY_TOKEN");
    plan = found(&chain, NULL);
    assert_string_equal(plan->credential.key_id, "env");
    assert_string_equal(plan->credential.key_secret.bytes, SECRET);
    assert_string_equal(plan->credential.token.bytes, "token");
    assert_string_equal(secret, "");
    assert_string_equal(token, "");
    assert_null(getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
    gw_key_chain_release(&chain);
}

/* A file of a directory as systemd makes it; value NULL takes it away. */
static void write_loaded(const char *name, const char *value, mode_t mode)
{
    char below[100];

    (void)snprintf(below, sizeof(below), "loaded/%s", name);
    if (value)
        write_file(below, value, mode);
    else
        remove_file(below);
}

static void what_systemd_loads_comes_before_all(void **state)
{
    char path[256];
    struct gw_key_chain chain;

    (void)state;
    clear_env();
    write_both();
    (void)snprintf(path, sizeof(path), "%s/loaded", home);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)setenv("CREDENTIALS_DIRECTORY", path, 1);
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "env", 1);
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
    write_loaded("access_key_id", "loaded\n", 0440);
    expect_refusal(NULL, "has access_key_id without access_key_secret");
    write_loaded("access_key_secret", SECRET "\n", 0400);
    expect_key(NULL, "loaded");
    write_loaded("security_token", "token\r\n", 0400);
    assert_string_equal(found(&chain, NULL)->credential.token.bytes, "token");
    gw_key_chain_release(&chain);
    write_loaded("access_key_secret", SECRET, 0444);
    expect_refusal(NULL, "others may read it");
    write_loaded("credentials",
                 "[default]\ntype=access_key\naccess_key_id=ini2\naccess_key_secret=" SECRET "\n", 0400);
    expect_key(NULL, "ini2");
    write_loaded(
        "config.json",
        "{\"current\":\"a\",\"profiles\":[{\"name\":\"a\",\"mode\":\"AK\",\"access_key_id\":\"cli3\","
        "\"access_key_secret\":\"" SECRET "\"}]}",
        0440);
    expect_key(NULL, "cli3");
    expect_key("a", "cli3");
    expect_refusal("other", "no profile other");
    write_loaded("config.json", NULL, 0);
    write_loaded("credentials", NULL, 0);
    /* A name is looked for in files of profiles only. */
    expect_key("other", "cli2");
    write_loaded("access_key_id", NULL, 0);
    write_loaded("access_key_secret", NULL, 0);
    write_loaded("security_token", NULL, 0);
    expect_key(NULL, "env");
    assert_int_equal(rmdir(path), 0);
}

static void a_token_of_oidc_comes_after_the_key(void **state)
{
    struct gw_key_chain chain;
    struct gw_keyplan *plan;

    (void)state;
    clear_env();
    write_both();
    (void)setenv("ALIBABA_CLOUD_ROLE_ARN", "acs:ram::1:role/a", 1);
    (void)setenv("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/p", 1);
    expect_key(NULL, "cli");
    (void)setenv("ALIBABA_CLOUD_OIDC_TOKEN_FILE", "/var/token", 1);
    (void)setenv("ALIBABA_CLOUD_ROLE_SESSION_NAME", "night", 1);
    plan = found(&chain, NULL);
    assert_int_equal(plan->base, GW_KEY_BASE_OIDC);
    assert_string_equal(plan->oidc.arn, "acs:ram::1:role/a");
    assert_string_equal(plan->oidc.session, "night");
    assert_string_equal(plan->oidc_token_file, "/var/token");
    gw_key_chain_release(&chain);
    (void)setenv("ALIBABA_CLOUD_ROLE_ARN", "nonsense", 1);
    expect_refusal(NULL, "the environment needs a ram_role_arn that is");
}

static void the_services_come_last(void **state)
{
    struct gw_key_chain chain;

    (void)state;
    clear_env();
    remove_file(".aliyun/config.json");
    remove_file(".alibabacloud/credentials");
    (void)setenv("ALIBABA_CLOUD_ECS_METADATA", "ops", 1);
    (void)setenv("ALIBABA_CLOUD_CREDENTIALS_URI", "http://127.0.0.1:9/x", 1);
    assert_int_equal(found(&chain, NULL)->base, GW_KEY_BASE_METADATA);
    assert_string_equal(chain.plan[0].role_name, "ops");
    assert_int_equal(chain.n, 2);
    assert_int_equal(chain.plan[1].base, GW_KEY_BASE_URI);
    assert_false(chain.unasked);
    gw_key_chain_release(&chain);
    (void)setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "TRUE", 1);
    assert_int_equal(found(&chain, NULL)->base, GW_KEY_BASE_URI);
    gw_key_chain_release(&chain);
    (void)unsetenv("ALIBABA_CLOUD_CREDENTIALS_URI");
    (void)unsetenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
    (void)unsetenv("ALIBABA_CLOUD_ECS_METADATA");
    assert_int_equal(found(&chain, NULL)->base, GW_KEY_BASE_METADATA);
    assert_true(chain.unasked);
    gw_key_chain_release(&chain);
}

static void a_program_can_be_forbidden(void **state)
{
    (void)state;
    clear_env();
    write_file(".aliyun/config.json",
               "{\"current\":\"a\",\"profiles\":[{\"name\":\"a\",\"mode\":\"External\",\"process_command\":"
               "\"/bin/true " SECRET "\"}]}",
               0600);
    (void)setenv("ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS", "true", 1);
    expect_refusal(NULL, "profile a of ");
    expect_refusal(NULL, "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids it");
}

static void a_program_does_not_inherit_secrets(void **state)
{
    const char **env;
    bool path = false, secret = false;

    (void)state;
    clear_env();
    (void)setenv("ALICLOUD_ACCESS_KEY_SECRET", SECRET, 1);
    (void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", SECRET, 1);
    (void)setenv("GATEWAVE_TEST_PATH", "kept", 1);
    env = gw_credentials_environment();
    for (size_t i = 0; env[i]; i++) {
        path |= strcmp(env[i], "GATEWAVE_TEST_PATH=kept") == 0;
        secret |= strstr(env[i], SECRET) != NULL;
    }
    free(env);
    (void)unsetenv("ALICLOUD_ACCESS_KEY_SECRET");
    assert_true(path);
    assert_false(secret);
}

static void then_the_files_in_order(void **state)
{
    (void)state;
    clear_env();
    write_both();
    expect_key(NULL, "cli");
    (void)setenv("ALIBABA_CLOUD_PROFILE", "other", 1);
    expect_key(NULL, "cli2");
    (void)unsetenv("ALIBABA_CLOUD_PROFILE");
    (void)setenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "true", 1);
    expect_key(NULL, "ini");
    (void)unsetenv("ALIBABA_CLOUD_CLI_PROFILE_DISABLED");
    remove_file(".aliyun/config.json");
    expect_key(NULL, "ini");
}

static void a_named_profile_skips_the_environment(void **state)
{
    (void)state;
    clear_env();
    write_both();
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "env", 1);
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "another", 1);
    expect_key("other", "cli2");
    expect_refusal("nobody", "nobody");
}

static void a_key_that_is_too_long_is_none(void **state)
{
    char long_one[200];

    (void)state;
    clear_env();
    write_both();
    memset(long_one, 'x', sizeof(long_one) - 1);
    long_one[sizeof(long_one) - 1] = '\0';
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", long_one, 1);
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
    expect_refusal(NULL, "ALIBABA_CLOUD_ACCESS_KEY_ID is too long");
}

static void half_a_key_in_the_environment_is_none(void **state)
{
    (void)state;
    clear_env();
    write_both();
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "env", 1);
    expect_key(NULL, "cli");
}

static void files_that_others_could_read_are_refused(void **state)
{
    char path[256], link[256];

    (void)state;
    clear_env();
    write_both();
    (void)snprintf(path, sizeof(path), "%s/.aliyun/config.json", home);
    assert_int_equal(chmod(path, 0640), 0);
    expect_refusal(NULL, "chmod 600");
    assert_int_equal(chmod(path, 0602), 0);
    expect_refusal(NULL, "chmod 600");
    assert_int_equal(chmod(path, 0600), 0);
    (void)snprintf(link, sizeof(link), "%s/link", home);
    assert_int_equal(symlink(path, link), 0);
    (void)setenv("ALIBABA_CLOUD_CONFIG_FILE", link, 1);
    expect_refusal(NULL, "symbolic link");
    (void)unlink(link);
    (void)setenv("ALIBABA_CLOUD_CONFIG_FILE", home, 1);
    expect_refusal(NULL, "not a regular file");
}

static void nothing_anywhere_names_the_remedy(void **state)
{
    (void)state;
    clear_env();
    (void)setenv("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true", 1);
    remove_file(".aliyun/config.json");
    remove_file(".alibabacloud/credentials");
    expect_refusal(NULL, "ALIBABA_CLOUD_ACCESS_KEY_ID");
    (void)unsetenv("HOME");
    expect_refusal(NULL, "ALIBABA_CLOUD_ACCESS_KEY_ID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_taken_is_found_again),
        cmocka_unit_test(the_environment_comes_first_and_is_wiped),
        cmocka_unit_test(what_systemd_loads_comes_before_all),
        cmocka_unit_test(a_token_of_oidc_comes_after_the_key),
        cmocka_unit_test(then_the_files_in_order),
        cmocka_unit_test(the_services_come_last),
        cmocka_unit_test(a_program_can_be_forbidden),
        cmocka_unit_test(a_program_does_not_inherit_secrets),
        cmocka_unit_test(a_named_profile_skips_the_environment),
        cmocka_unit_test(a_key_that_is_too_long_is_none),
        cmocka_unit_test(half_a_key_in_the_environment_is_none),
        cmocka_unit_test(files_that_others_could_read_are_refused),
        cmocka_unit_test(nothing_anywhere_names_the_remedy),
    };

    return cmocka_run_group_tests_name("app/credentials", tests, set_up, tear_down);
}
