/*
 * The program itself, on loopback: plain and TLS, both signatures, both formats, faults, hostile bytes, and what its
 * ledger says of all that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "gatewave/base/when.h"
#include "served.h"

#define UPDATE          "UpdateSmartAccessGatewayVersion"
#define LIST            "DescribeSmartAccessGateways"
#define ATTRIBUTE       "DescribeSmartAccessGatewayAttribute"
#define GARBAGE_WAIT_MS 20

/* One update call, sorted and encoded. */
#define UPDATE_OF(number)                                                               \
    "RegionId=cn-shanghai&SerialNumber=sage00000" number "a&SmartAGId=sag-00000" number \
    "&VersionCode=2.4.0&VersionType=Device"

static const struct served_key *const key = &served_default_key;

static int number_of(const cJSON *line, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);

    assert_true(cJSON_IsNumber(item));
    return item->valueint;
}

static void test_an_upgrade_from_call_to_truth(void **state)
{
    struct served served = {0};
    cJSON *line;

    (void)state;
    served_begin(&served, "--plain", "--generate", "9", "--pairs", "0%", "--upgrade-ms", "0-0", NULL);
    assert_non_null(strstr(served.url, "http://127.0.0.1:"));
    assert_string_equal(served_v3(&served, key, ATTRIBUTE, "RegionId=cn-shanghai&SmartAGId=sag-000001"), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "\"SoftwareVersion\":\"2.3.0\""));
    assert_string_equal(served_v3(&served, key, UPDATE, UPDATE_OF("1")), "");
    assert_int_equal(served.status, 200);
    assert_non_null(strstr(gw_buf_text(&served.head), "Content-Type: application/json;charset=utf-8\r\n"));
    assert_non_null(strstr(gw_buf_text(&served.head), "x-acs-request-id: "));
    assert_string_equal(served_v3(&served, key, ATTRIBUTE, "RegionId=cn-shanghai&SmartAGId=sag-000001"), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "\"SoftwareVersion\":\"2.4.0\""));
    assert_string_equal(served_v3(&served, key, UPDATE, UPDATE_OF("1")), "VersionTooOld");
    assert_int_equal(served.status, 403);
    /* The ledger is whole while the server still runs. */
    assert_int_equal(served_count(served.ledger), 4);
    line = served_line(served.ledger, 1);
    assert_int_equal(number_of(line, "n"), 2);
    assert_string_equal(served_text(line, "action"), UPDATE);
    assert_string_equal(served_text(line, "account"), "main");
    assert_string_equal(served_text(line, "region"), "cn-shanghai");
    assert_string_equal(served_text(line, "gateway_id"), "sag-000001");
    assert_string_equal(served_text(line, "serial"), "sage000001a");
    assert_string_equal(served_text(line, "version"), "2.4.0");
    assert_string_equal(served_text(line, "code"), "");
    assert_string_equal(served_text(line, "version_before"), "2.3.0");
    assert_int_equal(number_of(line, "http_status"), 200);
    assert_true(served_true(line, "effect"));
    assert_true(served_true(line, "replied"));
    assert_true(served_true(line, "online_before"));
    assert_false(served_true(line, "upgrading_before"));
    cJSON_Delete(line);
    line = served_line(served.ledger, 3);
    assert_string_equal(served_text(line, "code"), "VersionTooOld");
    assert_false(served_true(line, "effect"));
    assert_string_equal(served_text(line, "version_before"), "2.4.0");
    cJSON_Delete(line);
    assert_int_equal(served_stop(&served), 0);
    assert_int_equal(served_count(served.truth), 9);
    line = served_line(served.truth, 0);
    assert_string_equal(served_text(line, "serial"), "sage000001a");
    assert_string_equal(served_text(line, "version"), "2.4.0");
    assert_int_equal(number_of(line, "updates_received"), 2);
    assert_int_equal(number_of(line, "updates_effective"), 1);
    cJSON_Delete(line);
    served_end(&served);
}

static void test_both_signatures_and_formats(void **state)
{
    static const char query[] =
        "PageNumber=1&PageSize=50&RegionId=cn-shanghai&SmartAGIds.1=sag-000002&SmartAGIds.2=sag-"
        "000001";
    struct served_key xml = served_default_key;
    struct served served = {0};
    cJSON *line;

    (void)state;
    xml.xml = true;
    served_begin(&served, "--plain", "--generate", "3", "--container", "wrapped", NULL);
    assert_string_equal(served_v3(&served, key, LIST, query), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "\"SmartAccessGateways\":{\"SmartAccessGateway\":[{"));
    assert_string_equal(served_v1(&served, key, LIST, query), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "\"TotalCount\":2"));
    assert_string_equal(served_v3(&served, &xml, LIST, query), "");
    assert_non_null(strstr(gw_buf_text(&served.head), "Content-Type: text/xml;charset=utf-8\r\n"));
    assert_non_null(strstr(gw_buf_text(&served.body), "<TotalCount>2</TotalCount>"));
    assert_string_equal(served_v1(&served, &xml, LIST, query), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "<DescribeSmartAccessGatewaysResponse><RequestId>"));
    assert_string_equal(served_v1(&served, &xml, UPDATE, "RegionId=cn-shanghai"), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "<Error><RequestId>"));
    assert_non_null(strstr(gw_buf_text(&served.body), "<Code>MissingParameter</Code>"));
    for (int i = 0; i < 4; i++) {
        line = served_line(served.ledger, i);
        assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(line, "gateway_ids")), 2);
        cJSON_Delete(line);
    }
    served_end(&served);
}

static void test_bare_lists(void **state)
{
    struct served served = {0};

    (void)state;
    served_begin(&served, "--plain", "--generate", "3", "--container", "bare", NULL);
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "");
    assert_non_null(
        strstr(gw_buf_text(&served.body), "\"SmartAccessGateways\":[{\"SmartAGId\":\"sag-000001\""));
    served_end(&served);
}

static void test_tls(void **state)
{
    struct served served = {0};
    long connects;

    (void)state;
    served.ca[0] = '\0';
    served_faults(&served, "");
    served_begin(&served, "--generate", "3", "--tls-self", served.ca, NULL);
    assert_non_null(strstr(served.url, "https://127.0.0.1:"));
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "no reply");
    assert_int_equal(served.rc, CURLE_PEER_FAILED_VERIFICATION); /* nobody knows this authority */
    assert_int_equal(served_count(served.ledger), 0);
    (void)curl_easy_setopt(served.curl, CURLOPT_CAINFO, served.ca);
    for (int i = 0; i < 3; i++)
        assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "");
    (void)curl_easy_getinfo(served.curl, CURLINFO_NUM_CONNECTS, &connects);
    assert_int_equal(connects, 0); /* the last one went over the connection of the one before */
    (void)curl_easy_setopt(served.curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_MAX_TLSv1_1);
    (void)curl_easy_setopt(served.curl, CURLOPT_FRESH_CONNECT, 1L);
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "no reply");
    (void)curl_easy_setopt(served.curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_MAX_TLSv1_2);
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "");
    served_end(&served);
}

static void test_tls_for_another_host(void **state)
{
    struct served served = {0};

    (void)state;
    served_faults(&served, "");
    served_begin(&served, "--generate", "3", "--tls-self", served.ca, "--tls-host", "elsewhere.example",
                 NULL);
    (void)curl_easy_setopt(served.curl, CURLOPT_CAINFO, served.ca);
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "no reply");
    assert_int_equal(served.rc, CURLE_PEER_FAILED_VERIFICATION);
    assert_int_equal(served_count(served.ledger), 0);
    served_end(&served);
}

static void test_throttle_headers(void **state)
{
    const char *header;
    unsigned long after_ms;
    struct served served = {0};
    cJSON *line;

    (void)state;
    served_begin(&served, "--plain", "--generate", "3", "--update-rate", "1/m", NULL);
    assert_string_equal(served_v3(&served, key, UPDATE, UPDATE_OF("1")), "");
    assert_null(strstr(gw_buf_text(&served.head), "x-acs-retry-after"));
    assert_string_equal(served_v3(&served, key, UPDATE, UPDATE_OF("2")), "Throttling.User");
    assert_int_equal(served.status, 400);
    header = strstr(gw_buf_text(&served.head), "x-acs-retry-after: ");
    assert_non_null(header);
    after_ms = strtoul(header + strlen("x-acs-retry-after: "), NULL, 10);
    assert_in_range(after_ms, 30000, 60000);
    header = strstr(gw_buf_text(&served.head), "x-ratelimit-user-api: Limit:1,Remain:0,TimeLeft:");
    assert_non_null(header);
    assert_true(strtoul(strstr(header, "TimeLeft:") + strlen("TimeLeft:"), NULL, 10) == after_ms);
    line = served_line(served.ledger, 1);
    assert_string_equal(served_text(line, "code"), "Throttling.User");
    assert_string_equal(served_text(line, "version_before"), "2.3.0");
    assert_true(served_true(line, "replied"));
    cJSON_Delete(line);
    served_end(&served);
}

/* A dropped call: not a byte comes back, the connection closes, and the ledger tells the two kinds apart. */
static void test_drops(void **state)
{
    struct served served = {0};
    struct gw_buf request;
    char reply[512];
    cJSON *line;

    (void)state;
    served_faults(&served, "sag-000001 lost_request@1\nsag-000002 lost_reply@1\n");
    served_begin(&served, "--plain", "--generate", "3", "--pairs", "0%", "--faults", served.faults, NULL);
    gw_buf_init(&request, 0);
    served_v3_text(&served, UPDATE, UPDATE_OF("1"), &request);
    assert_int_equal(served_raw(&served, request.data, request.len, SERVED_WAIT_MS, reply, sizeof(reply)), 0);
    /* The nonce arrived: a copy of the same bytes is told so. */
    assert_true(served_raw(&served, request.data, request.len, SERVED_WAIT_MS, reply, sizeof(reply)) > 0);
    assert_non_null(strstr(reply, "SignatureNonceUsed"));
    gw_buf_reset(&request);
    served_v3_text(&served, UPDATE, UPDATE_OF("2"), &request);
    assert_int_equal(served_raw(&served, request.data, request.len, SERVED_WAIT_MS, reply, sizeof(reply)), 0);
    gw_buf_release(&request);
    line = served_line(served.ledger, 0);
    assert_false(served_true(line, "replied"));
    assert_false(served_true(line, "effect"));
    assert_int_equal(number_of(line, "http_status"), 0);
    cJSON_Delete(line);
    line = served_line(served.ledger, 2);
    assert_false(served_true(line, "replied"));
    assert_true(served_true(line, "effect"));
    cJSON_Delete(line);
    assert_string_equal(served_v3(&served, key, UPDATE, UPDATE_OF("1")), "");
    served_end(&served);
}

static void test_clock_that_is_off(void **state)
{
    struct served served = {0};
    struct served_key late = served_default_key;
    char soon[GW_WHEN_TEXT_SIZE];
    int64_t cloud_ms;
    const char *date;

    (void)state;
    served_begin(&served, "--plain", "--generate", "3", "--clock-offset", "20m", NULL);
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "InvalidTimeStamp.Expired");
    assert_int_equal(served.status, 400);
    date = strstr(gw_buf_text(&served.head), "Date: ");
    assert_non_null(date);
    *strchr(date, '\r') = '\0';
    assert_true(gw_when_parse_http(date + strlen("Date: "), &cloud_ms));
    assert_in_range((uint64_t)cloud_ms / 1000, (uint64_t)time(NULL) + 1190, (uint64_t)time(NULL) + 1210);
    gw_when_text(cloud_ms, soon);
    late.timestamp = soon;
    assert_string_equal(served_v3(&served, &late, LIST, "RegionId=cn-shanghai"), "");
    assert_string_equal(served_v1(&served, &late, LIST, "RegionId=cn-shanghai"), "");
    assert_string_equal(served_v1(&served, key, LIST, "RegionId=cn-shanghai"), "InvalidTimeStamp.Expired");
    served_end(&served);
}

static void test_keys_tokens_nonces(void **state)
{
    struct served_key sts = {.id = "sts", .secret = "s", .token = "tok"}, again = served_default_key;
    struct served_key wrong = {.id = "testid", .secret = "x"}, unknown = {.id = "nobody", .secret = "x"};
    struct served_key second = {.id = "two", .secret = "t"};
    struct served served = {0};
    cJSON *line;

    (void)state;
    again.nonce = "the-same";
    served_begin(&served, "--plain", "--generate", "3", "--key", "testid:testsecret@main", "--key",
                 "sts:s:tok@main", "--key", "two:t@second", "--expire-token", NULL);
    assert_string_equal(served_v3(&served, &again, LIST, "RegionId=cn-shanghai"), "");
    assert_string_equal(served_v3(&served, &again, LIST, "RegionId=cn-shanghai"), "SignatureNonceUsed");
    assert_string_equal(served_v3(&served, &sts, LIST, "RegionId=cn-shanghai"),
                        "InvalidSecurityToken.Expired");
    assert_string_equal(served_v3(&served, &wrong, LIST, "RegionId=cn-shanghai"), "SignatureDoesNotMatch");
    assert_string_equal(served_v1(&served, &wrong, LIST, "RegionId=cn-shanghai"), "SignatureDoesNotMatch");
    assert_string_equal(served_v3(&served, &unknown, LIST, "RegionId=cn-shanghai"),
                        "InvalidAccessKeyId.NotFound");
    assert_int_equal(served.status, 404);
    /* Another account sees nothing of the first one's fleet. */
    assert_string_equal(served_v3(&served, &second, UPDATE, UPDATE_OF("1")), "InvalidId.SMARTAG");
    line = served_line(served.ledger, 3);
    assert_string_equal(served_text(line, "code"), "SignatureDoesNotMatch");
    assert_string_equal(served_text(line, "action"), LIST);
    cJSON_Delete(line);
    assert_int_equal(served_count(served.ledger), 7);
    served_end(&served);
}

static void test_tokens_that_end(void **state)
{
    static const char *const lives[] = {"1h", "1ms"};
    struct served_key sts = {.id = "sts", .secret = "s", .token = "tok"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct served served = {0};
        const char *code = "";

        served_begin(&served, "--plain", "--generate", "3", "--key", "sts:s:tok@main", "--token-life",
                     lives[i], NULL);
        /* The first call may well be quicker than a millisecond. */
        for (int calls = 0; calls < 20 && *code == '\0'; calls++)
            code = served_v3(&served, &sts, LIST, "RegionId=cn-shanghai");
        assert_string_equal(code, i == 0 ? "" : "InvalidSecurityToken.Expired");
        served_end(&served);
    }
}

/* Of an hour ago at most, so that this is the past however slow the machine is. */
static void test_reads_of_the_past(void **state)
{
    struct served served = {0};
    cJSON *line;

    (void)state;
    served_begin(&served, "--plain", "--generate", "1", "--pairs", "0%", "--upgrade-ms", "60000-60000",
                 "--stale", "100%", "--stale-by", "1h", NULL);
    assert_string_equal(served_v3(&served, key, UPDATE, UPDATE_OF("1")), "");
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "\"Status\":\"Active\""));
    line = served_line(served.ledger, 0);
    assert_int_equal(cJSON_GetObjectItemCaseSensitive(line, "stale_ms")->valueint, 0);
    cJSON_Delete(line);
    line = served_line(served.ledger, 1);
    assert_in_range(cJSON_GetObjectItemCaseSensitive(line, "stale_ms")->valueint, 1, 3600000);
    cJSON_Delete(line);
    served_end(&served);
}

/* Nothing that arrives stops the server, and everything that is a request stands in the ledger. */
static void test_hostile_bytes(void **state)
{
    static const char *const requests[] = {
        "",
        "\r\n\r\n\r\n",
        "GET",
        "GET / HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello",
        "GET /?%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /?a=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /?Action=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /?Action=X&Action=Y HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        "DELETE / HTTP/1.1\r\nHost: x\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: ACS3-HMAC-SHA256 "
        "Credential=\xc3\x28,SignedHeaders=;,Signature=1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nshort",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
        "3\r\n\r\n%%%",
    };
    static const char put[] = "PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    static const char path[] = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct served served = {0};
    char reply[4096];

    (void)state;
    served_begin(&served, "--plain", "--generate", "3", NULL);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        (void)served_raw(&served, requests[i], strlen(requests[i]), GARBAGE_WAIT_MS, reply, sizeof(reply));
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "");
    assert_true(served_raw(&served, put, strlen(put), SERVED_WAIT_MS, reply, sizeof(reply)) > 0);
    assert_non_null(strstr(reply, "UnsupportedHTTPMethod"));
    assert_true(served_raw(&served, path, strlen(path), SERVED_WAIT_MS, reply, sizeof(reply)) > 0);
    assert_non_null(strstr(reply, "InvalidApi.NotFound"));
    served_end(&served);
}

static void test_too_much(void **state)
{
    struct served served = {0};
    struct gw_buf request;
    char reply[4096];

    (void)state;
    served_begin(&served, "--plain", "--generate", "3", NULL);
    gw_buf_init(&request, 0);
    gw_buf_addf(&request, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n",
                300 * 1024);
    for (int i = 0; i < 300 * 1024; i++)
        gw_buf_add_char(&request, 'x');
    assert_true(served_raw(&served, request.data, request.len, SERVED_WAIT_MS, reply, sizeof(reply)) > 0);
    assert_non_null(strstr(reply, " 413 "));
    gw_buf_reset(&request);
    gw_buf_add_text(&request, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    for (int i = 0; i < 200; i++)
        gw_buf_addf(&request, "x-acs-%d: 1\r\n", i);
    gw_buf_add_text(&request, "\r\n");
    assert_true(served_raw(&served, request.data, request.len, SERVED_WAIT_MS, reply, sizeof(reply)) > 0);
    gw_buf_reset(&request);
    gw_buf_add_text(&request, "GET /?");
    for (int i = 0; i < 200 * 1024; i++)
        gw_buf_add_char(&request, 'a');
    gw_buf_add_text(&request, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    (void)served_raw(&served, request.data, request.len, SERVED_WAIT_MS, reply, sizeof(reply));
    gw_buf_release(&request);
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "");
    served_end(&served);
}

static void test_inventory_comes_back_as_a_fleet(void **state)
{
    struct served served = {0};
    const char *const write[] = {"--plain",           "--generate", "40",         "--pairs", "50%",
                                 "--write-inventory", NULL,         "--duration", "0s",      NULL};
    const char *argv[10];
    int rows;

    (void)state;
    served_faults(&served, "");
    memcpy(argv, write, sizeof(write));
    argv[6] = served.inventory;
    assert_int_equal(served_run(argv), 0);
    rows = served_count(served.inventory) - 1;
    assert_in_range(rows, 50, 70);
    served_begin(&served, "--plain", "--fleet", served.inventory, NULL);
    assert_string_equal(served_v3(&served, key, LIST, "RegionId=cn-shanghai"), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "\"TotalCount\":40"));
    assert_int_equal(served_stop(&served), 0);
    assert_int_equal(served_count(served.truth), rows);
    served_end(&served);
}

static void test_refusals_to_start(void **state)
{
    static const char *const usage[] = {"--plain", "--generate", "1", "--host", "0.0.0.0", NULL};
    static const char *const unknown[] = {"--bogus", NULL};
    static const char *const missing[] = {"--plain", "--fleet", "/nowhere/at/all", NULL};
    static const char *const pem[] = {"--generate", "1",         "--tls-cert", "/dev/null",
                                      "--tls-key",  "/dev/null", NULL};
    static const char *const help[] = {"--help", NULL};

    (void)state;
    assert_int_equal(served_run(usage), 2);
    assert_int_equal(served_run(unknown), 2);
    assert_int_equal(served_run(missing), 1);
    assert_int_equal(served_run(pem), 1);
    assert_int_equal(served_run(help), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_upgrade_from_call_to_truth),
        cmocka_unit_test(test_both_signatures_and_formats),
        cmocka_unit_test(test_bare_lists),
        cmocka_unit_test(test_tls),
        cmocka_unit_test(test_tls_for_another_host),
        cmocka_unit_test(test_throttle_headers),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_clock_that_is_off),
        cmocka_unit_test(test_keys_tokens_nonces),
        cmocka_unit_test(test_tokens_that_end),
        cmocka_unit_test(test_reads_of_the_past),
        cmocka_unit_test(test_hostile_bytes),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_inventory_comes_back_as_a_fleet),
        cmocka_unit_test(test_refusals_to_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
