/* Decoding of what clients send, friendly and hostile; and replies in both formats and both styles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "date.h"
#include "gatewave/base/mem.h"
#include "markup.h"
#include "reply.h"
#include "wire.h"

#define FORM "application/x-www-form-urlencoded"

static const char *read_all(struct gw_params *params, const char *query, const char *type, const char *body)
{
    struct gw_wire wire = {
        .method = "POST", .path = "/", .query = query, .body = body, .body_len = strlen(body)};

    if (type) {
        wire.header[0].name = "Content-Type";
        wire.header[0].value = type;
        wire.n_headers = 1;
    }
    return gw_params_read(params, &wire);
}

static void test_decodes(void **state)
{
    struct gw_params params;

    (void)state;
    assert_null(read_all(&params, "a=1&b=%E6%9D%AD&c=x+y&&d&e=&%66=a%3Db&g=h=i", FORM, "z=2&y=%26"));
    assert_int_equal(params.n_query, 7);
    assert_int_equal(params.n, 9);
    assert_string_equal(gw_params_get(&params, "a"), "1");
    assert_string_equal(gw_params_get(&params, "b"), "杭");
    assert_string_equal(gw_params_get(&params, "c"), "x y");
    assert_string_equal(gw_params_get(&params, "d"), "");
    assert_string_equal(gw_params_get(&params, "e"), "");
    assert_string_equal(gw_params_get(&params, "f"), "a=b");
    assert_string_equal(gw_params_get(&params, "g"), "h=i");
    assert_string_equal(gw_params_get(&params, "y"), "&");
    assert_string_equal(gw_params_get(&params, "z"), "2");
    assert_null(gw_params_get(&params, "nope"));
    gw_params_release(&params);
}

static void test_reads_forms_only(void **state)
{
    static const char *const not_forms[] = {"application/json", "application/x-www-form", ""};
    struct gw_params params;

    (void)state;
    for (size_t i = 0; i < sizeof(not_forms) / sizeof(not_forms[0]); i++) {
        assert_null(read_all(&params, "", not_forms[i], "z=2"));
        assert_int_equal(params.n, 0);
        gw_params_release(&params);
    }
    assert_null(read_all(&params, "", NULL, "z=2"));
    assert_int_equal(params.n, 0);
    gw_params_release(&params);
    assert_null(read_all(&params, "", "APPLICATION/X-WWW-Form-Urlencoded ; charset=utf-8", "z=2"));
    assert_int_equal(params.n, 1);
    gw_params_release(&params);
}

static void test_refuses_what_is_not_plain(void **state)
{
    static const char *const bad[] = {"a=%",    "a=%4",        "a=%zz",   "%=1",        "a=%00",
                                      "a=%ff",  "a=%C0%80",    "a=1&a=2", "a&a",        "%61=1&a",
                                      "a=\xff", "a=%ED%A0%80", "a=%4%41", "%E6%9D=%AD", "a=%-1"};
    struct gw_params params;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_non_null(read_all(&params, bad[i], NULL, ""));
        gw_params_release(&params);
        assert_non_null(read_all(&params, "", FORM, bad[i]));
        gw_params_release(&params);
    }
    assert_non_null(read_all(&params, "a=1", FORM, "a=1")); /* once here, once there */
    gw_params_release(&params);
}

static void test_counts_parameters(void **state)
{
    struct gw_params params;
    struct gw_buf query;

    (void)state;
    gw_buf_init(&query, 0);
    for (int i = 0; i < GW_CLOUD_PAIRS_MAX; i++)
        gw_buf_addf(&query, "&p%d", i);
    assert_null(read_all(&params, gw_buf_text(&query), NULL, ""));
    assert_int_equal(params.n, GW_CLOUD_PAIRS_MAX);
    gw_params_release(&params);
    assert_non_null(read_all(&params, gw_buf_text(&query), FORM, "more=1"));
    gw_params_release(&params);
    gw_buf_release(&query);
}

static void test_markup(void **state)
{
    static const struct {
        bool xml, bare;
        const char *text;
    } expected[] = {
        {false, false,
         "{\"T\":\"<\\\"&>\",\"N\":-1,\"Xs\":{\"X\":[{\"A\":\"1\"},{\"A\":\"2\"}]},\"Z\":\"z\"}"},
        {false, true, "{\"T\":\"<\\\"&>\",\"N\":-1,\"Xs\":[{\"A\":\"1\"},{\"A\":\"2\"}],\"Z\":\"z\"}"},
        {true, false,
         "<?xml version='1.0' "
         "encoding='UTF-8'?><R><T>&lt;\"&amp;&gt;</T><N>-1</N><Xs><X><A>1</A></X><X><A>2</A></X></Xs>"
         "<Z>z</Z></R>"},
        {true, true,
         "<?xml version='1.0' "
         "encoding='UTF-8'?><R><T>&lt;\"&amp;&gt;</T><N>-1</N><Xs><A>1</A></Xs><Xs><A>2</A></Xs>"
         "<Z>z</Z></R>"},
    };
    struct gw_markup markup;
    struct gw_buf buf;

    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        gw_buf_init(&buf, 0);
        gw_markup_init(&markup, &buf, expected[i].xml, expected[i].bare, "R");
        gw_markup_text(&markup, "T", "<\"&>");
        gw_markup_text(&markup, "None", NULL);
        gw_markup_int(&markup, "N", -1);
        gw_markup_list(&markup, "Xs", "X");
        for (int k = 1; k <= 2; k++) {
            char digit[2] = {(char)('0' + k), '\0'};

            gw_markup_item(&markup);
            gw_markup_text(&markup, "A", digit);
            gw_markup_close(&markup);
        }
        gw_markup_close(&markup);
        gw_markup_text(&markup, "Z", "z");
        gw_markup_close(&markup);
        assert_string_equal(gw_buf_text(&buf), expected[i].text);
        gw_buf_release(&buf);
    }
}

static void test_xml_holds_any_text(void **state)
{
    struct gw_markup markup;
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_markup_init(&markup, &buf, true, false, "R");
    gw_markup_text(&markup, "T", "\x01\xff\n杭");
    gw_markup_close(&markup);
    assert_string_equal(gw_buf_text(&buf), "<?xml version='1.0' encoding='UTF-8'?><R><T>??\n杭</T></R>");
    gw_buf_release(&buf);
}

static void test_replies(void **state)
{
    struct gw_reply_style style = {.action = "UpdateSmartAccessGatewayVersion", .request_id = "ID"};
    struct gw_cloud_response response = {.http_status = 200, .answer = GW_CLOUD_ANSWER_EMPTY};
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_reply_success(&buf, &style, &response);
    assert_string_equal(gw_buf_text(&buf), "{\"RequestId\":\"ID\"}");
    gw_buf_reset(&buf);
    style.xml = true;
    gw_reply_success(&buf, &style, &response);
    assert_string_equal(gw_buf_text(&buf),
                        "<?xml version='1.0' encoding='UTF-8'?><UpdateSmartAccessGatewayVersionResponse>"
                        "<RequestId>ID</RequestId></UpdateSmartAccessGatewayVersionResponse>");
    gw_buf_reset(&buf);
    style.xml = false;
    gw_reply_error(&buf, &style, "VersionTooOld", "why");
    assert_string_equal(
        gw_buf_text(&buf),
        "{\"RequestId\":\"ID\",\"HostId\":\"smartag.sim\",\"Code\":\"VersionTooOld\",\"Message\":\"why\","
        "\"Recommend\":\"https://smartag.sim/troubleshoot?q=VersionTooOld\"}");
    gw_buf_release(&buf);
}

static void test_reply_of_a_pair(void **state)
{
    struct gw_reply_style style = {.action = "DescribeSmartAccessGateways", .request_id = "ID"};
    struct gw_cloud_response *response = gw_mem_new(1, sizeof(*response));
    struct gw_buf buf;

    (void)state;
    *response = (struct gw_cloud_response){
        .answer = GW_CLOUD_ANSWER_LIST, .page = 1, .page_size = 10, .total = 1, .n = 1};
    response->gateway[0] =
        (struct gw_cloud_seen_gateway){.gateway_id = "g",
                                       .account = "main",
                                       .region = "cn-shanghai",
                                       .status = "Active",
                                       .backup_status = "Offline",
                                       .n_devices = 2,
                                       .device = {{.serial = "a", .version = "1", .online = true},
                                                  {.serial = "b", .version = "2", .standby = true}}};
    gw_buf_init(&buf, 0);
    gw_reply_success(&buf, &style, response);
    assert_non_null(
        strstr(gw_buf_text(&buf), "\"SmartAccessGateways\":{\"SmartAccessGateway\":[{\"SmartAGId\":\"g\""));
    assert_non_null(strstr(gw_buf_text(&buf), "\"SerialNumber\":\"a,b\""));
    assert_non_null(strstr(gw_buf_text(&buf),
                           "\"SoftwareVersion\":\"1\",\"BackupStatus\":\"Offline\",\"Backup"
                           "SoftwareVersion\":\"2\""));
    gw_buf_reset(&buf);
    response->answer = GW_CLOUD_ANSWER_GATEWAY;
    gw_reply_success(&buf, &style, response);
    assert_non_null(strstr(gw_buf_text(&buf), "\"HcState\":\"online\",\"HaState\":\"Active\""));
    assert_non_null(strstr(gw_buf_text(&buf), "\"HcState\":\"offline\",\"HaState\":\"Standby\""));
    gw_buf_reset(&buf);
    response->answer = GW_CLOUD_ANSWER_DEVICE;
    response->gateway[0].device[0].started_ms = 1767323045000; /* 2026-01-02T03:04:05Z */
    gw_reply_success(&buf, &style, response);
    assert_non_null(strstr(gw_buf_text(&buf), "\"StartupTime\":\"2026-01-02 11:04:05\"")); /* China's */
    gw_buf_release(&buf);
    free(response);
}

static void test_http_dates(void **state)
{
    char text[GW_DATE_SIZE];

    (void)state;
    gw_date_text(784111777000, text);
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    gw_date_text(0, text);
    assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
    gw_date_text(1709251199999, text);
    assert_string_equal(text, "Thu, 29 Feb 2024 23:59:59 GMT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decodes),
        cmocka_unit_test(test_reads_forms_only),
        cmocka_unit_test(test_refuses_what_is_not_plain),
        cmocka_unit_test(test_counts_parameters),
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_xml_holds_any_text),
        cmocka_unit_test(test_replies),
        cmocka_unit_test(test_reply_of_a_pair),
        cmocka_unit_test(test_http_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
