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

#include "gatewave/app/credentials.h"

#define SECRET "s3cr3t-marker"

static char home[] = "/tmp/gatewave-home-XXXXXX";

static void clear_env(void)
{
    static const char *const name[] = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID",    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_SECURITY_TOKEN",   "ALIBABA_CLOUD_CLI_PROFILE_DISABLED",
        "ALIBABA_CLOUD_PROFILE",          "ALIBABA_CLOUD_CONFIG_FILE",
        "ALIBABA_CLOUD_CREDENTIALS_FILE",
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

static void expect_key(const char *profile, const char *key_id)
{
    struct gw_credential found = {0};
    struct gw_err err = {0};

    assert_int_equal(gw_credentials_find(profile, &found, &err), GW_OK);
    assert_string_equal(found.key_id, key_id);
    assert_string_equal(found.key_secret.bytes, SECRET);
    gw_credential_release(&found);
}

static void expect_refusal(const char *profile, const char *part)
{
    struct gw_credential found = {0};
    struct gw_err err = {0};

    assert_int_equal(gw_credentials_find(profile, &found, &err), GW_ERR_CREDENTIALS);
    if (!strstr(err.text, part))
        fail_msg("\"%s\" does not say \"%s\"", err.text, part);
    assert_null(strstr(err.text, SECRET));
}

static void the_environment_comes_first_and_is_wiped(void **state)
{
    struct gw_credential found = {0};
    struct gw_err err = {0};
    const char *secret, *token;

    (void)state;
    clear_env();
    write_both();
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "env", 1);
    (void)setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET, 1);
    (void)setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "token", 1);
    secret = getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    token = getenv("ALIBABA_CLOUD_SECURITY_TOKEN");
    assert_int_equal(gw_credentials_find(NULL, &found, &err), GW_OK);
    assert_string_equal(found.key_id, "env");
    assert_string_equal(found.key_secret.bytes, SECRET);
    assert_string_equal(found.token.bytes, "token");
    assert_string_equal(secret, "");
    assert_string_equal(token, "");
    assert_null(getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
    gw_credential_release(&found);
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
    remove_file(".aliyun/config.json");
    remove_file(".alibabacloud/credentials");
    expect_refusal(NULL, "ALIBABA_CLOUD_ACCESS_KEY_ID");
    (void)unsetenv("HOME");
    expect_refusal(NULL, "ALIBABA_CLOUD_ACCESS_KEY_ID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_comes_first_and_is_wiped),
        cmocka_unit_test(then_the_files_in_order),
        cmocka_unit_test(a_named_profile_skips_the_environment),
        cmocka_unit_test(half_a_key_in_the_environment_is_none),
        cmocka_unit_test(files_that_others_could_read_are_refused),
        cmocka_unit_test(nothing_anywhere_names_the_remedy),
    };

    return cmocka_run_group_tests_name("app/credentials", tests, set_up, tear_down);
}
