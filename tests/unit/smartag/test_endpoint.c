/* Regions from the table, and overrides: what is taken, and what each refusal says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/smartag/endpoint.h"

/* The vendor's page of 2025-07-31, by hand. */
static const struct {
    const char *region, *host, *vpc_host;
} listed[] = {
    {"cn-shanghai", "smartag.cn-shanghai.aliyuncs.com", "smartag-vpc.cn-shanghai.aliyuncs.com"},
    {"cn-hangzhou", "smartag.cn-hangzhou.aliyuncs.com", NULL},
    {"cn-hongkong", "smartag.cn-hongkong.aliyuncs.com", "smartag-vpc.cn-hongkong.aliyuncs.com"},
    {"cn-shanghai-finance-1", "smartag.cn-shanghai-finance-1.aliyuncs.com",
     "smartag-vpc.cn-shanghai-finance-1.aliyuncs.com"},
    {"ap-southeast-1", "smartag.ap-southeast-1.aliyuncs.com", "smartag-vpc.ap-southeast-1.aliyuncs.com"},
    {"ap-southeast-2", "smartag.ap-southeast-2.aliyuncs.com", "smartag-vpc.ap-southeast-2.aliyuncs.com"},
    {"ap-southeast-3", "smartag.ap-southeast-3.aliyuncs.com", "smartag-vpc.ap-southeast-3.aliyuncs.com"},
    {"ap-southeast-5", "smartag.ap-southeast-5.aliyuncs.com", "smartag-vpc.ap-southeast-5.aliyuncs.com"},
    {"ap-northeast-1", "smartag.ap-northeast-1.aliyuncs.com", "smartag-vpc.ap-northeast-1.aliyuncs.com"},
    {"eu-central-1", "smartag.eu-central-1.aliyuncs.com", "smartag-vpc.eu-central-1.aliyuncs.com"},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++) {
        const struct gw_region *region = gw_region_find(listed[i].region);

        assert_non_null(region);
        assert_string_equal(region->region, listed[i].region);
        assert_string_equal(region->host, listed[i].host);
        if (listed[i].vpc_host)
            assert_string_equal(region->vpc_host, listed[i].vpc_host);
        else
            assert_null(region->vpc_host);
        assert_int_equal(region->closed, strcmp(region->region, "ap-southeast-2") == 0);
    }
    assert_null(gw_region_find("cn-beijing"));
    assert_null(gw_region_find(""));
}

static void test_region_resolves(void **state)
{
    struct gw_endpoint endpoint;

    (void)state;
    assert_int_equal(gw_endpoint_resolve("cn-shanghai", "", false, &endpoint, NULL), GW_OK);
    assert_string_equal(endpoint.url, "https://smartag.cn-shanghai.aliyuncs.com");
    assert_string_equal(endpoint.host, "smartag.cn-shanghai.aliyuncs.com");
    assert_false(endpoint.loopback);
    assert_int_equal(gw_endpoint_resolve("eu-central-1", "", true, &endpoint, NULL), GW_OK);
    assert_string_equal(endpoint.url, "https://smartag-vpc.eu-central-1.aliyuncs.com");
}

static void assert_refused(const char *region, const char *override, bool vpc, const char *says)
{
    struct gw_endpoint endpoint = {.url = "untouched"};
    struct gw_err err = {0};

    if (gw_endpoint_resolve(region, override, vpc, &endpoint, &err) != GW_ERR_INPUT)
        fail_msg("%s %s is taken", region, override);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
    assert_string_equal(endpoint.url, "untouched");
}

static void test_region_is_refused(void **state)
{
    (void)state;
    assert_refused("cn-beijing", "", false, "region cn-beijing: not known");
    assert_refused(
        "cn-beijing", "", false,
        "ap-northeast-1, ap-southeast-1, ap-southeast-3, ap-southeast-5, cn-hangzhou, cn-hongkong, "
        "cn-shanghai, cn-shanghai-finance-1, eu-central-1");
    assert_refused("", "", false, "not known");
    assert_refused("cn\n", "", false, "\\x0a");
    assert_refused("ap-southeast-2", "", false, "closed by the vendor");
    assert_refused("ap-southeast-2", "", true, "closed by the vendor");
    assert_refused("cn-hangzhou", "", true, "no VPC endpoint");
}

static void test_override(void **state)
{
    static const struct {
        const char *override, *url, *host;
        bool loopback;
    } cases[] = {
        {"smartag.example.com", "https://smartag.example.com", "smartag.example.com", false},
        {"Smartag.Example.COM", "https://smartag.example.com", "smartag.example.com", false},
        {"smartag.example.com:8443", "https://smartag.example.com:8443", "smartag.example.com:8443", false},
        {"https://smartag.example.com", "https://smartag.example.com", "smartag.example.com", false},
        {"HTTPS://smartag.example.com/", "https://smartag.example.com", "smartag.example.com", false},
        {"https://smartag.example.com:443/", "https://smartag.example.com", "smartag.example.com", false},
        {"https://smartag.example.com:80", "https://smartag.example.com:80", "smartag.example.com:80", false},
        {"10.1.2.3:8443", "https://10.1.2.3:8443", "10.1.2.3:8443", false},
        {"127.0.0.1:18080", "https://127.0.0.1:18080", "127.0.0.1:18080", true},
        {"http://127.0.0.1:18080", "http://127.0.0.1:18080", "127.0.0.1:18080", true},
        {"http://127.0.0.1:80", "http://127.0.0.1", "127.0.0.1", true},
        {"http://127.9.8.7", "http://127.9.8.7", "127.9.8.7", true},
        {"http://localhost:1", "http://localhost:1", "localhost:1", true},
        {"http://[::1]:65535", "http://[::1]:65535", "[::1]:65535", true},
        {"https://[2001:DB8::1]", "https://[2001:db8::1]", "[2001:db8::1]", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct gw_endpoint endpoint;
        struct gw_err err = {0};

        /* whatever the region says: a new one, or a closed one */
        if (gw_endpoint_resolve(i % 2 ? "xx-new-1" : "ap-southeast-2", cases[i].override, false, &endpoint,
                                &err))
            fail_msg("%s", err.text);
        assert_string_equal(endpoint.url, cases[i].url);
        assert_string_equal(endpoint.host, cases[i].host);
        assert_int_equal(endpoint.loopback, cases[i].loopback);
    }
}

static void test_override_is_refused(void **state)
{
    static const char *const malformed[] = {
        "https://",
        "http://",
        "a b",
        "host/path",
        "https://host/path",
        "host?x=1",
        "host#x",
        "ftp://host",
        "://host",
        "-host",
        "host-",
        ".host",
        "a..b",
        "host\r\nx: y",
        "h\xC3\xB6st",
        "[::1",
        "[::1]x",
        "[localhost]",
        "::1",
        "host:1:2",
        "https://https://host",
        "//host",
    };
    static const char *const ports[] = {"host:",   "host:0",  "host:65536",       "host:x",
                                        "host:-1", "host:+1", "host:99999999999", "host: 1"};
    static const char *const plain[] = {
        "http://smartag.example.com",   "http://10.0.0.1", "http://128.0.0.1", "http://localhost.example.com",
        "http://127.0.0.1.example.com", "http://[::2]",    "http://2130706433"};
    char lengthy[300];

    (void)state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
        assert_refused("cn-shanghai", malformed[i], false, "cloud.endpoint ");
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        assert_refused("cn-shanghai", ports[i], false, "port");
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        assert_refused("cn-shanghai", plain[i], false, "https");
    memset(lengthy, 'a', sizeof(lengthy) - 1);
    lengthy[sizeof(lengthy) - 1] = '\0';
    assert_refused("cn-shanghai", lengthy, false, "too long");
}

static void test_passwords_in_an_override_are_not_shown(void **state)
{
    struct gw_endpoint endpoint;
    struct gw_err err = {0};

    (void)state;
    assert_int_equal(gw_endpoint_resolve("r", "https://user:canary@host", false, &endpoint, &err),
                     GW_ERR_INPUT);
    assert_null(strstr(err.text, "canary"));
}

static void test_written_down(void **state)
{
    struct gw_endpoint endpoint;
    struct gw_err err = {0};

    (void)state;
    assert_int_equal(gw_endpoint_read("sts", "STS.example:8443/", &endpoint, &err), GW_OK);
    assert_string_equal(endpoint.url, "https://sts.example:8443");
    assert_string_equal(endpoint.host, "sts.example:8443");
    assert_false(endpoint.loopback);
    assert_int_equal(gw_endpoint_read("sts", "http://[::1]:80", &endpoint, &err), GW_OK);
    assert_string_equal(endpoint.url, "http://[::1]");
    assert_true(endpoint.loopback);
    assert_int_equal(gw_endpoint_read("the sts", "http://100.100.100.200", &endpoint, &err), GW_ERR_INPUT);
    assert_string_equal(err.text,
                        "the sts http://100.100.100.200 must be https: plain http is for loopback only");
    assert_int_equal(gw_endpoint_read("sts", "user:canary@host", &endpoint, &err), GW_ERR_INPUT);
    assert_null(strstr(err.text, "canary"));
    assert_int_equal(gw_endpoint_read("sts", "", &endpoint, &err), GW_ERR_INPUT);
}

static void test_split(void **state)
{
    static const char *const bad[] = {
        "",
        "host/path",
        "ftp://host/",
        "http://host/path",
        "http://10.1.2.3/",
        "http://100.100.100.201/",
        "https://user@host/",
        "https://host?query",
        "https://host#x",
        "https://host/a b",
        "https://host/a#b",
        "https://host/\xC3\xA9",
        "https://host/\n",
        "https://",
    };
    struct gw_endpoint endpoint;
    const char *target;

    (void)state;
    assert_null(gw_endpoint_split("https://Host:444/a/b?c=d&e", &endpoint, &target));
    assert_string_equal(endpoint.url, "https://host:444");
    assert_string_equal(target, "/a/b?c=d&e");
    assert_null(gw_endpoint_split("http://127.0.0.1:8", &endpoint, &target));
    assert_string_equal(endpoint.url, "http://127.0.0.1:8");
    assert_string_equal(target, "/");
    assert_null(gw_endpoint_split("HTTP://100.100.100.200/x", &endpoint, &target));
    assert_string_equal(endpoint.url, "http://100.100.100.200");
    assert_false(endpoint.loopback);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(gw_endpoint_split(bad[i], &endpoint, &target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_region_resolves),
        cmocka_unit_test(test_region_is_refused),
        cmocka_unit_test(test_override),
        cmocka_unit_test(test_override_is_refused),
        cmocka_unit_test(test_passwords_in_an_override_are_not_shown),
        cmocka_unit_test(test_written_down),
        cmocka_unit_test(test_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
