/* The two credential files. Every secret in here is a canary: no error text may hold it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/smartag/profile.h"

typedef enum gw_code parser(const char *bytes, size_t len, const char *file, const char *profile,
                            struct gw_keyplan *ret, struct gw_err *err);

static struct gw_keyplan taken(parser *parse, const char *text, const char *profile)
{
    struct gw_keyplan plan;
    struct gw_err err = {0};

    if (parse(text, strlen(text), "FILE", profile, &plan, &err))
        fail_msg("%s", err.text);
    return plan;
}

static void assert_taken(parser *parse, const char *text, const char *profile, const char *key_id,
                         const char *secret, const char *token)
{
    struct gw_keyplan plan = taken(parse, text, profile);
    const struct gw_credential *credential = &plan.credential;

    assert_int_equal(plan.base, GW_KEY_BASE_STATIC);
    assert_int_equal(plan.n_roles, 0);
    assert_false(gw_keyplan_renews(&plan));
    assert_string_equal(credential->key_id, key_id);
    assert_string_equal(credential->key_secret.bytes, secret);
    assert_int_equal(credential->key_secret.len, strlen(secret));
    if (token) {
        assert_string_equal(credential->token.bytes, token);
    } else {
        assert_null(credential->token.bytes);
    }
    gw_keyplan_release(&plan);
    assert_null(credential->key_secret.bytes);
    assert_string_equal(credential->key_id, "");
}

static void assert_refused(parser *parse, const char *text, const char *profile, const char *says)
{
    struct gw_keyplan plan = {.n_roles = 77};
    struct gw_err err = {0};

    assert_int_equal(parse(text, strlen(text), "FILE", profile, &plan, &err), GW_ERR_CREDENTIALS);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
    assert_true(strncmp(err.text, "FILE:", 5) == 0);
    assert_null(strstr(err.text, "canary"));
    assert_int_equal(plan.n_roles, 77);
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
    "{\"name\":\"sso\",\"mode\":\"CloudSSO\",\"access_key_id\":\"LTAIx\",\"access_key_secret\":\"canary-"
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
    CLI(cli, "sso", "profile sso has mode \"CloudSSO\", which needs a person to log in: use RamRoleArn");
    CLI(cli, "old", "mode \"\", which is not known");
    CLI(cli, "bare", "profile bare has no access_key_id");
    CLI(cli, "nosecret", "no access_key_secret");
    CLI(cli, "notoken", "no sts_token");
    CLI(cli, "odd", "no access_key_id");
    CLI(cli, "twice", "twice");
    CLI(cli, "nobody", "no profile nobody; choose one with --profile: prod, temp, sso");
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

#define ROLE                   "\"ram_role_arn\":\"acs:ram::1:role/a\",\"ram_session_name\":\"night\""
#define AK                     "\"access_key_id\":\"LTAI\",\"access_key_secret\":\"canary\""
#define MODES(list)            "{\"current\":\"a\",\"profiles\":[" list "]}"
#define MODE(name, mode, rest) "{\"name\":\"" name "\",\"mode\":\"" mode "\"," rest "}"

static void test_every_mode_is_a_plan(void **state)
{
    static const struct {
        const char *text;
        enum gw_key_base base;
        size_t roles;
        const char *described;
    } modes[] = {
        {MODE("a", "RamRoleArn", AK "," ROLE), GW_KEY_BASE_STATIC, 1,
         "an access key, then the role acs:ram::1:role/a"},
        {MODE("a", "ramrolearn", AK "," ROLE ",\"sts_token\":\"canary\""), GW_KEY_BASE_STATIC, 1,
         "an access key, then the role acs:ram::1:role/a"},
        {MODE("a", "EcsRamRole", "\"x\":1"), GW_KEY_BASE_METADATA, 0, "the instance's role"},
        {MODE("a", "EcsRamRole", "\"ram_role_name\":\"ops\""), GW_KEY_BASE_METADATA, 0,
         "the instance's role ops"},
        {MODE("a", "RamRoleArnWithRoleName", "\"ram_role_name\":\"ops\"," ROLE), GW_KEY_BASE_METADATA, 1,
         "the instance's role ops, then the role acs:ram::1:role/a"},
        {MODE("a", "OIDC",
              ROLE ",\"oidc_provider_arn\":\"acs:ram::1:oidc-provider/p\",\"oidc_token_file\":\"/t\""),
         GW_KEY_BASE_OIDC, 0, "an OIDC token, then the role acs:ram::1:role/a"},
        {MODE("a", "CredentialsURI", "\"credentials_uri\":\"http://localhost:8/x?canary\""), GW_KEY_BASE_URI,
         0, "a credentials URI"},
        {MODE("a", "External", "\"process_command\":\"vault 'canary x'\""), GW_KEY_BASE_PROCESS, 0,
         "an external program"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        char text[1000], shown[400];
        struct gw_keyplan plan;

        (void)snprintf(text, sizeof(text), MODES("%s"), modes[i].text);
        plan = taken(gw_profile_parse_cli, text, NULL);
        assert_int_equal(plan.base, modes[i].base);
        assert_int_equal(plan.n_roles, modes[i].roles);
        assert_true(gw_keyplan_renews(&plan));
        assert_null(plan.credential.token.bytes);
        gw_keyplan_describe(&plan, shown, sizeof(shown));
        assert_true(strncmp(shown, "profile a of FILE: ", 19) == 0);
        assert_string_equal(shown + 19, modes[i].described);
        gw_keyplan_release(&plan);
    }
}

static void test_the_role_of_a_plan(void **state)
{
    struct gw_keyplan plan = taken(
        gw_profile_parse_cli,
        MODES(MODE(
            "a", "RamRoleArn",
            AK "," ROLE ",\"expired_seconds\":900,\"policy\":\"{}\",\"external_id\":\"x7\","
               "\"sts_region\":\"cn-beijing\",\"sts_endpoint\":\"https://sts.example\",\"enable_vpc\":true")),
        "a");
    const struct gw_key_role *role = &plan.role[0];

    (void)state;
    assert_string_equal(role->arn, "acs:ram::1:role/a");
    assert_string_equal(role->session, "night");
    assert_int_equal(role->duration_s, 900);
    assert_string_equal(role->policy, "{}");
    assert_string_equal(role->external_id, "x7");
    assert_string_equal(role->sts_region, "cn-beijing");
    assert_string_equal(role->sts_endpoint, "https://sts.example");
    assert_true(role->sts_vpc);
    gw_keyplan_release(&plan);
    /* Who names no session is called after the program. */
    plan = taken(gw_profile_parse_cli,
                 MODES(MODE("a", "RamRoleArn", AK ",\"ram_role_arn\":\"acs:ram::1:role/a\"")), "a");
    assert_string_equal(plan.role[0].session, "gatewave");
    assert_int_equal(plan.role[0].duration_s, 0);
    gw_keyplan_release(&plan);
}

#define CHAIN(name, source, role)     \
    MODE(name, "ChainableRamRoleArn", \
         "\"source_profile\":\"" source "\",\"ram_role_arn\":\"acs:ram::1:role/" role "\"")

static void test_chains(void **state)
{
    struct gw_keyplan plan = taken(gw_profile_parse_cli,
                                   MODES(CHAIN("a", "b", "top") "," CHAIN("b", "c", "middle") "," MODE(
                                       "c", "RamRoleArn", AK ",\"ram_role_arn\":\"acs:ram::1:role/bottom\"")),
                                   NULL);

    (void)state;
    assert_int_equal(plan.base, GW_KEY_BASE_STATIC);
    assert_int_equal(plan.n_roles, 3);
    assert_string_equal(plan.role[0].arn, "acs:ram::1:role/bottom");
    assert_string_equal(plan.role[1].arn, "acs:ram::1:role/middle");
    assert_string_equal(plan.role[2].arn, "acs:ram::1:role/top");
    gw_keyplan_release(&plan);
    plan =
        taken(gw_profile_parse_cli,
              MODES(CHAIN("a", "b", "top") "," MODE("b", "StsToken", AK ",\"sts_token\":\"canary\"")), NULL);
    assert_int_equal(plan.n_roles, 1);
    assert_string_equal(plan.credential.token.bytes, "canary");
    gw_keyplan_release(&plan);
    CLI(MODES(CHAIN("a", "a", "x")), NULL, "go in a loop, a, and a again");
    CLI(MODES(CHAIN("a", "b", "x") "," CHAIN("b", "c", "x") "," CHAIN("c", "b", "x")), NULL,
        "the source profiles go in a loop, b, c, and b again");
    CLI(MODES(CHAIN("a", "gone", "x")), NULL, "no profile gone");
    CLI(MODES(CHAIN("a", "b", "x") "," MODE("b", "OAuth", AK)), NULL, "profile b has mode \"OAuth\"");
    CLI(MODES(MODE("a", "ChainableRamRoleArn", ROLE)), NULL, "profile a has no source_profile");
}

/* So many roles and no more, counted with the one at the bottom. */
static void test_long_chains(void **state)
{
    (void)state;
    for (int links = 7; links <= 10; links++) {
        char text[4000] = "{\"current\":\"p0\",\"profiles\":[", item[200];
        struct gw_keyplan plan;
        struct gw_err err = {0};
        enum gw_code code;

        for (int i = 0; i < links; i++) {
            (void)snprintf(item, sizeof(item), CHAIN("p%d", "p%d", "r") ",", i, i + 1);
            strcat(text, item);
        }
        (void)snprintf(item, sizeof(item), MODE("p%d", "RamRoleArn", AK "," ROLE) "]}", links);
        strcat(text, item);
        code = gw_profile_parse_cli(text, strlen(text), "FILE", NULL, &plan, &err);
        if (links == 7) {
            assert_int_equal(code, GW_OK);
            assert_int_equal(plan.n_roles, GW_KEY_ROLES_MAX);
            gw_keyplan_release(&plan);
            continue;
        }
        assert_int_equal(code, GW_ERR_CREDENTIALS);
        assert_non_null(strstr(err.text, "more"));
        assert_non_null(strstr(err.text, "roles"));
    }
}

static void test_modes_refused(void **state)
{
    static const char *const person[] = {"CloudSSO",    "OAuth",     "RsaKeyPair",
                                         "BearerToken", "Anonymous", "Invented"};

    (void)state;
    for (size_t i = 0; i < sizeof(person) / sizeof(person[0]); i++) {
        char text[300], says[100];

        (void)snprintf(text, sizeof(text), MODES(MODE("a", "%s", AK)), person[i]);
        (void)snprintf(says, sizeof(says), "profile a has mode \"%s\", which ", person[i]);
        CLI(text, NULL, says);
        CLI(text, NULL, "use RamRoleArn, EcsRamRole, OIDC, External");
    }
    CLI(MODES(MODE("a", "RamRoleArn", AK)), NULL, "profile a has no ram_role_arn: add it");
    CLI(MODES(MODE("a", "RamRoleArn", AK ",\"ram_role_arn\":\"canary\"")), NULL,
        "needs a ram_role_arn that is the whole name");
    CLI(MODES(MODE("a", "RamRoleArn", ROLE)), NULL, "no access_key_id");
    CLI(MODES(MODE("a", "RamRoleArn", AK "," ROLE ",\"expired_seconds\":899")), NULL,
        "needs expired_seconds from 900 to 43200");
    CLI(MODES(MODE("a", "RamRoleArn", AK "," ROLE ",\"expired_seconds\":\"canary\"")), NULL,
        "expired_seconds must be a whole number");
    CLI(MODES(MODE("a", "RamRoleArn",
                   AK ",\"ram_role_arn\":\"acs:ram::1:role/a\",\"ram_session_name\":\"canary bird\"")),
        NULL, "needs a session name of 2 to 64");
    CLI(MODES(MODE("a", "RamRoleArn", AK "," ROLE ",\"sts_endpoint\":\"http://canary.example\"")), NULL,
        "needs an sts_endpoint that is");
    CLI(MODES(MODE("a", "RamRoleArn", AK "," ROLE ",\"sts_region\":\"x/canary\"")), NULL,
        "needs an sts_region");
    CLI(MODES(MODE("a", "EcsRamRole", "\"ram_role_name\":\"../canary\"")), NULL, "needs a ram_role_name");
    CLI(MODES(MODE("a", "OIDC", ROLE ",\"oidc_token_file\":\"/t\"")), NULL, "no oidc_provider_arn");
    CLI(MODES(MODE("a", "OIDC", ROLE ",\"oidc_provider_arn\":\"acs:ram::1:oidc-provider/p\"")), NULL,
        "no oidc_token_file");
    CLI(MODES(MODE("a", "CredentialsURI", "\"x\":1")), NULL, "no credentials_uri");
    CLI(MODES(MODE("a", "CredentialsURI", "\"credentials_uri\":\"http://10.0.0.1/canary\"")), NULL,
        "needs a credentials_uri that is https://");
    CLI(MODES(MODE("a", "External", "\"x\":1")), NULL, "no process_command");
    CLI(MODES(MODE("a", "External", "\"process_command\":\"run 'canary\"")), NULL,
        "needs a process_command that is");
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
                          "[rsa]\n"
                          "type = rsa_key_pair\n"
                          "access_key_secret = canary-3\n"
                          "[bare]\n"
                          "type = ram_role_arn\n"
                          "access_key_id = x\n"
                          "access_key_secret = canary-6\n"
                          "[role]\n"
                          "type = ram_role_arn\n"
                          "access_key_id = LTAIrole\n"
                          "access_key_secret = canary-7\n"
                          "role_arn = acs:ram::1:role/a\n"
                          "role_session_name = night\n"
                          "policy = {\"Version\":\"1\"}\n"
                          "[machine]\n"
                          "type = ecs_ram_role\n"
                          "role_name = ops\n"
                          "[any-machine]\n"
                          "type = ecs_ram_role\n"
                          "role_name =\n"
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

static void test_ini_plans(void **state)
{
    struct gw_keyplan plan = taken(gw_profile_parse_ini, ini, "role");

    (void)state;
    assert_int_equal(plan.base, GW_KEY_BASE_STATIC);
    assert_string_equal(plan.credential.key_id, "LTAIrole");
    assert_int_equal(plan.n_roles, 1);
    assert_string_equal(plan.role[0].arn, "acs:ram::1:role/a");
    assert_string_equal(plan.role[0].session, "night");
    assert_string_equal(plan.role[0].policy, "{\"Version\":\"1\"}");
    assert_string_equal(plan.source, "profile role of FILE");
    gw_keyplan_release(&plan);
    plan = taken(gw_profile_parse_ini, ini, "machine");
    assert_int_equal(plan.base, GW_KEY_BASE_METADATA);
    assert_string_equal(plan.role_name, "ops");
    gw_keyplan_release(&plan);
    plan = taken(gw_profile_parse_ini, ini, "any-machine");
    assert_null(plan.role_name);
    gw_keyplan_release(&plan);
}

static void test_ini_refused(void **state)
{
    (void)state;
    INI(ini, "rsa", "type \"rsa_key_pair\", and only access_key, ram_role_arn and ecs_ram_role");
    INI(ini, "bare", "profile bare has no ram_role_arn");
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
    struct gw_keyplan plan;
    struct gw_err err = {0};

    (void)state;
    assert_int_equal(gw_profile_parse_ini(text, sizeof(text) - 1, "FILE", NULL, &plan, &err),
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
            struct gw_keyplan plan;
            struct gw_err err = {0};
            char *cut = malloc(len ? len : 1);

            assert_non_null(cut);
            memcpy(cut, files[i].text, len);
            if (files[i].parse(cut, len, "FILE", "last", &plan, &err) == GW_OK)
                gw_keyplan_release(&plan);
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
        cmocka_unit_test(test_every_mode_is_a_plan),
        cmocka_unit_test(test_the_role_of_a_plan),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_long_chains),
        cmocka_unit_test(test_modes_refused),
        cmocka_unit_test(test_cli_malformed_names_the_place),
        cmocka_unit_test(test_ini_taken),
        cmocka_unit_test(test_ini_plans),
        cmocka_unit_test(test_ini_refused),
        cmocka_unit_test(test_ini_with_nul),
        cmocka_unit_test(test_cut_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
