/* The two credential files. Every secret in here is a canary: no error text may hold it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/smartag/profile.h"

typedef enum gw_code parser(const char *bytes, size_t len, const char *file, const char *profile,
                            struct gw_credential *ret, struct gw_err *err);

static void assert_taken(parser *parse, const char *text, const char *profile, const char *key_id,
                         const char *secret, const char *token)
{
    struct gw_credential credential;
    struct gw_err err = {0};

    if (parse(text, strlen(text), "FILE", profile, &credential, &err))
        fail_msg("%s", err.text);
    assert_string_equal(credential.key_id, key_id);
    assert_string_equal(credential.key_secret.bytes, secret);
    assert_int_equal(credential.key_secret.len, strlen(secret));
    if (token) {
        assert_string_equal(credential.token.bytes, token);
    } else {
        assert_null(credential.token.bytes);
    }
    gw_credential_release(&credential);
    assert_null(credential.key_secret.bytes);
    assert_string_equal(credential.key_id, "");
}

static void assert_refused(parser *parse, const char *text, const char *profile, const char *says)
{
    struct gw_credential credential = {.key_id = "untouched"};
    struct gw_err err = {0};

    assert_int_equal(parse(text, strlen(text), "FILE", profile, &credential, &err), GW_ERR_CREDENTIALS);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
    assert_true(strncmp(err.text, "FILE:", 5) == 0);
    assert_null(strstr(err.text, "canary"));
    assert_string_equal(credential.key_id, "untouched");
}

#define CLI(text, profile, says) assert_refused(gw_profile_parse_cli, text, profile, says)
#define INI(text, profile, says) assert_refused(gw_profile_parse_ini, text, profile, says)

static const char cli[] =
    "{\"current\":\"prod\",\"meta_path\":\"\",\"profiles\":["
    "{\"name\":\"prod\",\"mode\":\"AK\",\"access_key_id\":\"LTAIprod\",\"access_key_secret\":\"canary-1\","
    "\"sts_token\":\"canary-left-over\",\"region_id\":\"cn-shanghai\",\"retry_count\":0},"
    "{\"name\":\"temp\",\"mode\":\"ststoken\",\"access_key_id\":\"STS.temp\",\"access_key_secret\":\"canary-"
    "2\","
    "\"sts_token\":\"canary-3\"},"
    "{\"name\":\"role\",\"mode\":\"RamRoleArn\",\"access_key_id\":\"LTAIx\",\"access_key_secret\":\"canary-"
    "4\"},"
    "{\"name\":\"old\",\"access_key_id\":\"LTAIy\",\"access_key_secret\":\"canary-5\"},"
    "{\"name\":\"bare\",\"mode\":\"AK\"},"
    "{\"name\":\"nosecret\",\"mode\":\"ak\",\"access_key_id\":\"LTAIz\",\"access_key_secret\":\"\"},"
    "{\"name\":\"notoken\",\"mode\":\"StsToken\",\"access_key_id\":\"STS.z\",\"access_key_secret\":\"canary-"
    "6\"},"
    "{\"name\":\"twice\",\"mode\":\"AK\"},{\"name\":\"twice\",\"mode\":\"AK\"},"
    "{\"name\":\"odd\",\"mode\":\"AK\",\"access_key_id\":7,\"access_key_secret\":{}}, 3, null, "
    "{\"mode\":\"AK\"}]}";

static void test_cli_taken(void **state)
{
    (void)state;
    assert_taken(gw_profile_parse_cli, cli, NULL, "LTAIprod", "canary-1", NULL);
    assert_taken(gw_profile_parse_cli, cli, "", "LTAIprod", "canary-1", NULL);
    assert_taken(gw_profile_parse_cli, cli, "prod", "LTAIprod", "canary-1", NULL);
    assert_taken(gw_profile_parse_cli, cli, "temp", "STS.temp", "canary-2", "canary-3");
    assert_taken(gw_profile_parse_cli,
                 "\xEF\xBB\xBF{\"current\":\"a\",\"profiles\":[{\"name\":\"a\",\"mode\":\"AK\","
                 "\"access_key_id\":\"i\",\"access_key_secret\":\"canary\"}]}\r\n",
                 NULL, "i", "canary", NULL);
}

static void test_cli_refused(void **state)
{
    (void)state;
    CLI(cli, "role", "mode \"RamRoleArn\", and only AK and StsToken can be used");
    CLI(cli, "role", "ALIBABA_CLOUD_ACCESS_KEY_ID");
    CLI(cli, "old", "mode \"\"");
    CLI(cli, "bare", "profile bare has no access_key_id");
    CLI(cli, "nosecret", "no access_key_secret");
    CLI(cli, "notoken", "no sts_token");
    CLI(cli, "odd", "no access_key_id");
    CLI(cli, "twice", "twice");
    CLI(cli, "nobody", "no profile nobody; choose one with --profile: prod, temp, role");
    CLI(cli,
        "no\x1B"
        "body",
        "no\\x1b"
        "body");
    CLI("{}", NULL, "no list of profiles");
    CLI("[]", NULL, "no list of profiles");
    CLI("{\"profiles\":{}}", "a", "no list of profiles");
    CLI("{\"profiles\":[]}", NULL, "no current profile");
    CLI("{\"profiles\":[],\"current\":\"\"}", NULL, "no current profile");
    CLI("{\"profiles\":[],\"current\":\"a\"}", NULL, "there is none");
    CLI("{\"current\":\"a\",\"profiles\":[{\"name\":\"a\",\"mode\":\"AK\",\"access_key_secret\":\"canary\","
        "\"access_key_id\":"
        "\"canary0123456789canary0123456789canary0123456789canary0123456789canary0123456789canary0123456789ca"
        "nary0123456789"
        "canary0123456789\"}]}",
        NULL, "too long");
}

static void test_cli_malformed_names_the_place(void **state)
{
    (void)state;
    CLI("", NULL, "FILE:1:1:");
    CLI("{\n  \"access_key_secret\": \"canary\",\n  oops\n}", NULL, "FILE:3:3:");
    CLI("{\"access_key_secret\":\"canary", NULL, "ends too early");
    CLI("{\"access_key_secret\":\"canary\",\"access_key_secret\":\"canary\"}", NULL, "twice");
    CLI("{\"access_key_secret\":\"canary\\x\"}", NULL, "escape");
}

static const char ini[] = "# a comment\r\n"
                          "; another\r\n"
                          "[default]\r\n"
                          "enable = true\r\n"
                          "type = access_key\r\n"
                          "access_key_id = LTAIdefault\r\n"
                          "access_key_secret = canary-1\r\n"
                          "\r\n"
                          "[ quoted ]\n"
                          "type=access_key # what it is\n"
                          "access_key_id=\"LTAIquoted\"\n"
                          "\taccess_key_secret\t=\t'canary;#2'\n"
                          "[role]\n"
                          "type = ecs_ram_role\n"
                          "access_key_secret = canary-3\n"
                          "[untyped]\n"
                          "access_key_id = x\n"
                          "access_key_secret = canary-4\n"
                          "[half]\n"
                          "type = access_key\n"
                          "access_key_id = x\n"
                          "[last]\n"
                          "type = access_key\n"
                          "access_key_id = LTAIlast\n"
                          "access_key_secret = canary#5=";

static void test_ini_taken(void **state)
{
    (void)state;
    assert_taken(gw_profile_parse_ini, ini, NULL, "LTAIdefault", "canary-1", NULL);
    assert_taken(gw_profile_parse_ini, ini, "", "LTAIdefault", "canary-1", NULL);
    assert_taken(gw_profile_parse_ini, ini, "quoted", "LTAIquoted", "canary;#2", NULL);
    assert_taken(gw_profile_parse_ini, ini, "last", "LTAIlast", "canary#5=", NULL);
    assert_taken(gw_profile_parse_ini,
                 "\xEF\xBB\xBF[default]\ntype=access_key\naccess_key_id=i\naccess_key_secret=canary", NULL,
                 "i", "canary", NULL);
}

static void test_ini_refused(void **state)
{
    (void)state;
    INI(ini, "role", "type \"ecs_ram_role\", and only access_key can be used");
    INI(ini, "untyped", "type \"\"");
    INI(ini, "half", "no access_key_secret");
    INI(ini, "nobody", "no profile [nobody]");
    INI("", NULL, "no profile [default]");
    INI("[default\n", NULL, "FILE:1: a section");
    INI("[default]\naccess_key_secret canary\n", NULL, "FILE:2: must be");
    INI("[default]\ntype = access_key\n[default]\n", NULL, "FILE:3: the profile stands here a second time");
    INI("[default]\naccess_key_secret = canary\naccess_key_secret = canary\n", NULL,
        "FILE:3: the key stands here");
    INI("[default]\naccess_key_id = canary\naccess_key_id = canary\n", NULL, "FILE:3: the key stands here");
    INI("[default]\ntype = a\ntype = a\n", NULL, "FILE:3: the key stands here");
    INI("[default]\naccess_key_secret = canary\xFF\n", NULL, "FILE:2: a NUL or bytes");
    INI("[other]\nwhatever\n[default]\ntype = access_key\n", NULL, "no access_key_id");
}

static void test_ini_with_nul(void **state)
{
    static const char text[] =
        "[default]\ntype = access_key\0\naccess_key_id = i\naccess_key_secret = canary\n";
    struct gw_credential credential;
    struct gw_err err = {0};

    (void)state;
    assert_int_equal(gw_profile_parse_ini(text, sizeof(text) - 1, "FILE", NULL, &credential, &err),
                     GW_ERR_CREDENTIALS);
    assert_non_null(strstr(err.text, "FILE:2:"));
}

/* Cut anywhere, in memory of exactly that size: refused or taken, never read past the end, never a secret told. */
static void test_cut_anywhere(void **state)
{
    static const struct {
        parser *parse;
        const char *text;
    } files[] = {{gw_profile_parse_cli, cli}, {gw_profile_parse_ini, ini}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        for (size_t len = 0; len < strlen(files[i].text); len++) {
            struct gw_credential credential;
            struct gw_err err = {0};
            char *cut = malloc(len ? len : 1);

            assert_non_null(cut);
            memcpy(cut, files[i].text, len);
            if (files[i].parse(cut, len, "FILE", "last", &credential, &err) == GW_OK)
                gw_credential_release(&credential);
            free(cut);
            assert_null(strstr(err.text, "canary"));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cli_taken),
        cmocka_unit_test(test_cli_refused),
        cmocka_unit_test(test_cli_malformed_names_the_place),
        cmocka_unit_test(test_ini_taken),
        cmocka_unit_test(test_ini_refused),
        cmocka_unit_test(test_ini_with_nul),
        cmocka_unit_test(test_cut_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
