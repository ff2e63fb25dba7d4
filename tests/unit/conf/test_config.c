/* gatewave.yaml: defaults, every key, refusals, paths beside the file, and the example that we ship. */
#include "gatewave/conf/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

static char directory[] = "/tmp/gatewave-config-XXXXXX";
static char file[64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    (void)snprintf(file, sizeof(file), "%s/g.yaml", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    (void)unlink(file);
    return rmdir(directory);
}

static enum gw_code read_text(const char *text, struct gw_config *ret, struct gw_buf *problems,
                              struct gw_err *err)
{
    FILE *stream = fopen(file, "w");

    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
    return gw_config_read(file, ret, problems, err);
}

static struct gw_config read_good(const char *text)
{
    struct gw_buf problems;
    struct gw_config config;
    struct gw_err err;

    gw_buf_init(&problems, 0);
    if (read_text(text, &config, &problems, &err))
        fail_msg("refused: %s\n%s", err.text, gw_buf_text(&problems));
    gw_buf_release(&problems);
    return config;
}

/* want is the report without the file's name in front of its first line. */
static void check_refused(const char *text, const char *want)
{
    struct gw_buf problems;
    struct gw_config config = {.profile = directory};
    struct gw_err err;

    gw_buf_init(&problems, 0);
    assert_int_equal(read_text(text, &config, &problems, &err), GW_ERR_INPUT);
    assert_true(problems.len > strlen(file));
    assert_memory_equal(problems.data, file, strlen(file));
    assert_string_equal(problems.data + strlen(file), want);
    assert_ptr_equal(config.profile, directory); /* nothing is written on failure */
    gw_buf_release(&problems);
}

static void check_defaults(const struct gw_config *config)
{
    assert_string_equal(config->cloud.endpoint, "");
    assert_false(config->cloud.v1);
    assert_false(config->cloud.xml);
    assert_false(config->cloud.vpc);
    assert_string_equal(config->cloud.ca_file, "");
    assert_string_equal(config->cloud.proxy, "");
    assert_int_equal(config->cloud.connect_timeout_ms, 5000);
    assert_int_equal(config->cloud.call_timeout_ms, 30000);
    assert_string_equal(config->profile, "");
    assert_int_equal(config->limits.rate.calls, 2);
    assert_int_equal(config->limits.rate.window_ms, 1000);
    assert_int_equal(config->limits.read_rate.calls, 5);
    assert_int_equal(config->limits.read_rate.window_ms, 1000);
    assert_int_equal(config->limits.in_flight, 64);
    assert_int_equal(config->limits.connections, 64);
    assert_int_equal(config->testing.fence_ms, 17 * 60000);
    assert_int_equal(config->testing.agree_ms, 60000);
    assert_true(config->testing.pre_read);
    assert_string_equal(config->testing.metadata, "");
    assert_string_equal(config->sts_endpoint, "");
    assert_string_equal(config->metrics.textfile, "");
    assert_int_equal(config->n_notify, 0);
}

static void without_a_file_there_are_the_defaults(void **state)
{
    struct gw_config config;

    (void)state;
    gw_config_init(&config);
    check_defaults(&config);
    assert_string_equal(config.file, "");
    assert_string_equal(config.database, "fleet.db");
    gw_config_release(&config);
    gw_config_release(&config);
}

static void a_file_that_says_nothing_changes_nothing(void **state)
{
    static const char *const texts[] = {"", "# nothing yet\n", "---\n", "cloud: {}\ntesting: {}\n",
                                        "limits:\n  # rate: 1/s\ncloud:\n"};
    char database[96];

    (void)state;
    (void)snprintf(database, sizeof(database), "%s/fleet.db", directory);
    for (size_t i = 0; i < GW_COUNT_OF(texts); i++) {
        struct gw_config config = read_good(texts[i]);

        check_defaults(&config);
        assert_string_equal(config.file, file);
        assert_string_equal(config.database, database);
        gw_config_release(&config);
    }
}

static void every_key_is_read(void **state)
{
    struct gw_config config =
        read_good("database: /var/lib/gatewave/fleet.db\n"
                  "cloud:\n"
                  "  endpoint: http://127.0.0.1:8080\n"
                  "  network: vpc\n"
                  "  signature: v1\n"
                  "  format: xml\n"
                  "  ca_file: tls/ca.pem\n"
                  "  proxy: http://proxy.example.com:3128\n"
                  "  connect_timeout: 250ms\n"
                  "  call_timeout: 2m\n"
                  "credentials: {profile: prod, sts_endpoint: sts.example.com}\n"
                  "limits: {rate: unlimited, read_rate: 90/m, in_flight: 1, connections: 7}\n"
                  "testing: {fence: 20ms, agree: 10ms, pre_read: false, metadata: 'http://127.0.0.1:81'}\n");
    char ca_file[96];

    (void)state;
    (void)snprintf(ca_file, sizeof(ca_file), "%s/tls/ca.pem", directory);
    assert_string_equal(config.database, "/var/lib/gatewave/fleet.db");
    assert_string_equal(config.cloud.endpoint, "http://127.0.0.1:8080");
    assert_true(config.cloud.vpc);
    assert_true(config.cloud.v1);
    assert_true(config.cloud.xml);
    assert_string_equal(config.cloud.ca_file, ca_file);
    assert_string_equal(config.cloud.proxy, "http://proxy.example.com:3128");
    assert_int_equal(config.cloud.connect_timeout_ms, 250);
    assert_int_equal(config.cloud.call_timeout_ms, 120000);
    assert_string_equal(config.profile, "prod");
    assert_int_equal(config.limits.rate.window_ms, 0);
    assert_int_equal(config.limits.read_rate.calls, 90);
    assert_int_equal(config.limits.in_flight, 1);
    assert_int_equal(config.limits.connections, 7);
    assert_int_equal(config.testing.fence_ms, 20);
    assert_int_equal(config.testing.agree_ms, 10);
    assert_false(config.testing.pre_read);
    assert_string_equal(config.testing.metadata, "http://127.0.0.1:81");
    assert_string_equal(config.sts_endpoint, "sts.example.com");
    gw_config_release(&config);
}

static void refusals_point_at_the_place(void **state)
{
    (void)state;
    check_refused("databse: x\n",
                  ":1:1: unknown key `databse`; did you mean `database`?\n  databse: x\n  ^\n");
    check_refused("database: \"\"\n",
                  ":1:11: database: must not be empty\n  database: \"\"\n            ^\n");
    check_refused(
        "cloud: {signature: v2}\n",
        ":1:20: cloud.signature: must be v3 or v1\n  cloud: {signature: v2}\n                     ^\n");
    check_refused("cloud: {connect_timeout: 1m}\n",
                  ":1:26: cloud.call_timeout is the time of a whole call: it must not be shorter than "
                  "cloud.connect_timeout\n  cloud: {connect_timeout: 1m}\n                           ^\n");
    check_refused("cloud: {call_timeout: 5ms}\n",
                  ":1:23: cloud.call_timeout: must be from 10ms to 10m\n  cloud: {call_timeout: 5ms}\n"
                  "                        ^\n");
    check_refused(
        "limits: {rate: 0/s}\n",
        ":1:16: limits.rate: must be at least one call; 0 is not unlimited, write unlimited for that\n"
        "  limits: {rate: 0/s}\n                 ^\n");
    check_refused("limits: 2/s\n",
                  ":1:9: limits: must be a mapping, as in {rate: ...}\n  limits: 2/s\n          ^\n");
    check_refused("cloud:\n  proxy:\n",
                  ":2:8: cloud.proxy: has no value; leave the key out, or write \"\" for an "
                  "empty text\n    proxy:\n         ^\n");
}

#define UNSAFE(column, key)                                                                             \
    ":2:" column ": testing." key ": only its default is safe for real devices; another value needs a " \
    "cloud.endpoint on loopback\n"

static void testing_keys_need_a_loopback_endpoint(void **state)
{
    static const char *const loopback[] = {"127.0.0.1", "127.1.2.3:80",        "http://127.0.0.1:1",
                                           "localhost", "https://localhost:1", "http://localhost/",
                                           "\"[::1]\"", "'http://[::1]:8080'", "https://127.255.255.254"};
    static const char *const elsewhere[] = {"\"\"",
                                            "smartag.cn-shanghai.aliyuncs.com",
                                            "https://127.0.0.1.example.com",
                                            "127.0.0.1@example.com",
                                            "127.0.0.256",
                                            "http://user@localhost",
                                            "localhost.example.com",
                                            "http://example.com/127.0.0.1",
                                            "127.1",
                                            "127..0.1",
                                            "127.0.0.",
                                            "1270.0.0.1",
                                            "\"[::1\"",
                                            "\"[::1]x\"",
                                            "http://127.0.0.1\\@example.com",
                                            "127.0.0.0.1"};
    char text[256];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(loopback); i++) {
        struct gw_config config;

        (void)snprintf(text, sizeof(text), "cloud: {endpoint: %s}\ntesting: {fence: 1s}\n", loopback[i]);
        config = read_good(text);
        assert_int_equal(config.testing.fence_ms, 1000);
        gw_config_release(&config);
    }
    for (size_t i = 0; i < GW_COUNT_OF(elsewhere); i++) {
        (void)snprintf(text, sizeof(text), "cloud: {endpoint: %s}\ntesting: {fence: 1s}\n", elsewhere[i]);
        check_refused(text, UNSAFE("18", "fence") "  testing: {fence: 1s}\n                   ^\n");
    }
    check_refused("#\ntesting: {agree: 1s}\n",
                  UNSAFE("18", "agree") "  testing: {agree: 1s}\n                   ^\n");
    check_refused("#\ntesting: {pre_read: false}\n",
                  UNSAFE("21", "pre_read") "  testing: {pre_read: false}\n                      ^\n");
    check_refused("#\ntesting: {metadata: x}\n",
                  UNSAFE("21", "metadata") "  testing: {metadata: x}\n                      ^\n");
}

static void testing_keys_at_their_defaults_are_harmless(void **state)
{
    struct gw_config config = read_good("testing: {fence: 17m, agree: 60s, pre_read: true, metadata: ''}\n");

    (void)state;
    check_defaults(&config);
    gw_config_release(&config);
}

static void a_missing_file_is_named(void **state)
{
    struct gw_buf problems;
    struct gw_config config;
    struct gw_err err;

    (void)state;
    gw_buf_init(&problems, 0);
    assert_int_equal(gw_config_read("/nowhere/g.yaml", &config, &problems, &err), GW_ERR_NOT_FOUND);
    assert_string_equal(err.text, "cannot open /nowhere/g.yaml: No such file or directory");
    gw_buf_release(&problems);
}

/* ---- several accounts ---- */

static void accounts_name_a_profile_and_their_regions(void **state)
{
    struct gw_config config =
        read_good("accounts:\n"
                  "  - {name: retail, profile: prod, regions: [cn-shanghai, ap-southeast-1]}\n"
                  "  - {name: clinics}\n");

    (void)state;
    assert_int_equal(config.n_accounts, 2);
    assert_string_equal(config.account[0].name, "retail");
    assert_string_equal(config.account[0].profile, "prod");
    assert_int_equal(config.account[0].region.n, 2);
    assert_string_equal(config.account[0].region.name[1], "ap-southeast-1");
    assert_string_equal(config.account[1].profile, "");
    assert_int_equal(config.account[1].region.n, 0);
    gw_config_release(&config);
}

static void accounts_that_cannot_be_meant_are_refused(void **state)
{
    (void)state;
    check_refused("accounts: [{name: a}, {name: a}]\n",
                  ":1:11: accounts.name: a stands there twice\n  accounts: [{name: a}, {name: a}]\n"
                  "            ^\n");
    check_refused("accounts: [{name: a, regions: [x y]}]\n",
                  ":1:32: accounts.regions: must be regions as the vendor names them, as in "
                  "[cn-shanghai, eu-central-1]\n  accounts: [{name: a, regions: [x y]}]\n"
                  "                                 ^\n");
    check_refused("accounts: [{name: a, regions: [x, x]}]\n",
                  ":1:35: accounts.regions: names a region twice\n"
                  "  accounts: [{name: a, regions: [x, x]}]\n"
                  "                                    ^\n");
}

/* ---- the example that we ship ---- */

static const char *shipped(const char *name)
{
    static char path[4096];
    const char *source = getenv("GATEWAVE_SOURCE");

    (void)snprintf(path, sizeof(path), "%s/config/%s", source ? source : ".", name);
    return path;
}

static void the_example_configuration_says_the_defaults(void **state)
{
    struct gw_buf problems;
    struct gw_config config;
    struct gw_err err = {0};

    (void)state;
    gw_buf_init(&problems, 0);
    if (gw_config_read(shipped("gatewave.yaml"), &config, &problems, &err))
        fail_msg("%s\n%s", err.text, gw_buf_text(&problems));
    check_defaults(&config);
    assert_string_equal(strrchr(config.database, '/'), "/fleet.db");
    gw_config_release(&config);
    gw_buf_release(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_there_are_the_defaults),
        cmocka_unit_test(a_file_that_says_nothing_changes_nothing),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(refusals_point_at_the_place),
        cmocka_unit_test(testing_keys_need_a_loopback_endpoint),
        cmocka_unit_test(testing_keys_at_their_defaults_are_harmless),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(accounts_name_a_profile_and_their_regions),
        cmocka_unit_test(accounts_that_cannot_be_meant_are_refused),
        cmocka_unit_test(the_example_configuration_says_the_defaults),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
