/* Reads turned into facts, from JSON and XML alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/buf.h"

#include "fixtures.h"

#define JSON "application/json"
#define XML  "text/xml"

#define LONG \
    "0123456789012345678901234567890123456789012345678901234567890123456789" /* 70 bytes: fits nowhere */

static struct gw_seen_page page; /* large */

static struct gw_answer read_page(const char *body)
{
    const bool xml = *body == '<';
    const struct gw_reply_bytes reply = fixture_reply(200, xml ? XML : JSON, body);
    struct gw_answer answer;

    memset(&page, 0x5A, sizeof(page));
    gw_reply_read_page(&reply, xml ? GW_FORMAT_XML : GW_FORMAT_JSON, &page, &answer);
    return answer;
}

static struct gw_answer read_gateway(const char *body, struct gw_seen_gateway *ret)
{
    const bool xml = *body == '<';
    const struct gw_reply_bytes reply = fixture_reply(200, xml ? XML : JSON, body);
    struct gw_answer answer;

    memset(ret, 0x5A, sizeof(*ret));
    gw_reply_read_gateway(&reply, xml ? GW_FORMAT_XML : GW_FORMAT_JSON, ret, &answer);
    return answer;
}

static void assert_bad(struct gw_answer answer)
{
    assert_int_equal(answer.proof, GW_PROOF_IN_DOUBT);
    assert_string_equal(answer.code, "bad_reply");
    assert_true(strlen(answer.message) > 8);
}

static void assert_two_gateways(const char *body)
{
    assert_int_equal(read_page(body).proof, GW_PROOF_ACCEPTED);
    assert_int_equal(page.page, 2);
    assert_int_equal(page.page_size, 50);
    assert_int_equal(page.total, 52);
    assert_int_equal(page.n, 2);
    assert_string_equal(page.gateway[0].gateway_id, "sag-a");
    assert_string_equal(page.gateway[0].status, "Active");
    assert_string_equal(page.gateway[0].version, "2.3.0");
    assert_string_equal(page.gateway[0].backup_version, "2.2.0");
    assert_string_equal(page.gateway[0].hardware, "sag-1000");
    assert_string_equal(page.gateway[0].serials, "sn1,sn2");
    assert_int_equal(page.gateway[0].n_devices, 0);
    assert_string_equal(page.gateway[1].gateway_id, "sag-b");
    assert_string_equal(page.gateway[1].status, "Offline");
    assert_string_equal(page.gateway[1].version, "");
}

#define GATEWAY_A                                                                                        \
    "{\"SmartAGId\":\"sag-a\",\"Status\":\"Active\",\"SoftwareVersion\":\"2.3.0\",\"SmartAGUid\":"       \
    "1234567890123,"                                                                                     \
    "\"BackupSoftwareVersion\":\"2.2.0\",\"HardwareVersion\":\"sag-1000\",\"SerialNumber\":\"sn1,sn2\"," \
    "\"Links\":{\"Link\":[{\"InstanceId\":\"l\"}]},\"Position\":\"{\\\"x\\\":1}\"}"
#define GATEWAY_B "{\"SmartAGId\":\"sag-b\",\"Status\":\"Offline\",\"SoftwareVersion\":null}"

static void test_page_in_all_styles(void **state)
{
    (void)state;
    assert_two_gateways("{\"RequestId\":\"r\",\"PageNumber\":2,\"PageSize\":50,\"TotalCount\":52,"
                        "\"SmartAccessGateways\":{\"SmartAccessGateway\":[" GATEWAY_A "," GATEWAY_B "]}}");
    assert_two_gateways("{\"requestId\":\"r\",\"PageNumber\":\"2\",\"PageSize\":\"50\",\"TotalCount\":\"52\","
                        "\"SmartAccessGateways\":[" GATEWAY_A "," GATEWAY_B "],\"Code\":200}");
    assert_two_gateways(
        "<DescribeSmartAccessGatewaysResponse><RequestId>r</RequestId><PageNumber>2</PageNumber><PageSize>50"
        "</PageSize><TotalCount>52</TotalCount><SmartAccessGateways><SmartAccessGateway><SmartAGId>sag-a</"
        "SmartAGId>"
        "<Status>Active</Status><SoftwareVersion>2.3.0</SoftwareVersion><BackupSoftwareVersion>2.2.0"
        "</BackupSoftwareVersion><HardwareVersion>sag-1000</HardwareVersion><SerialNumber>sn1,sn2</"
        "SerialNumber>"
        "<Links/></SmartAccessGateway><SmartAccessGateway><SmartAGId>sag-b</SmartAGId><Status>Offline</"
        "Status>"
        "<SoftwareVersion/></SmartAccessGateway></SmartAccessGateways></"
        "DescribeSmartAccessGatewaysResponse>");
}

static void test_empty_pages(void **state)
{
    static const char *const lists[] = {"",
                                        ",\"SmartAccessGateways\":null",
                                        ",\"SmartAccessGateways\":[]",
                                        ",\"SmartAccessGateways\":{}",
                                        ",\"SmartAccessGateways\":\"\"",
                                        ",\"SmartAccessGateways\":{\"SmartAccessGateway\":[]}",
                                        ",\"SmartAccessGateways\":{\"SmartAccessGateway\":null}"};
    struct gw_buf body;

    (void)state;
    gw_buf_init(&body, 0);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        gw_buf_reset(&body);
        gw_buf_addf(&body, "{\"RequestId\":\"r\",\"TotalCount\":0%s}", lists[i]);
        assert_int_equal(read_page(gw_buf_text(&body)).proof, GW_PROOF_ACCEPTED);
        assert_int_equal(page.n, 0);
        assert_int_equal(page.total, 0);
        assert_int_equal(page.page, 0);
    }
    gw_buf_release(&body);
    assert_int_equal(
        read_page("<XResponse><RequestId>r</RequestId><TotalCount>1</TotalCount><SmartAccessGateways>"
                  "<SmartAccessGateway><SmartAGId>one</SmartAGId></SmartAccessGateway>"
                  "</SmartAccessGateways></XResponse>")
            .proof,
        GW_PROOF_ACCEPTED);
    assert_int_equal(page.n, 1);
    assert_string_equal(page.gateway[0].gateway_id, "one");
}

static void test_page_of_the_wrong_shape(void **state)
{
    static const char *const bodies[] = {
        "{\"RequestId\":\"r\"}", /* no total: a cut list would look like the last page */
        "{\"RequestId\":\"r\",\"TotalCount\":-1}",
        "{\"RequestId\":\"r\",\"TotalCount\":\"many\"}",
        "{\"RequestId\":\"r\",\"TotalCount\":5000000000}",
        "{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":7}",
        "{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":[7]}",
        "{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":[null]}",
        "{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":[[]]}",
        "{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":[{}]}",
        "{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":[{\"SmartAGId\":\"\"}]}",
        ("{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":[{\"SmartAGId\":\"" LONG "\"}]}"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_bad(read_page(bodies[i]));
}

static void test_page_limit(void **state)
{
    struct gw_buf body;

    (void)state;
    for (unsigned n = 50; n <= 51; n++) {
        struct gw_answer answer;

        gw_buf_init(&body, 0);
        gw_buf_add_text(&body, "{\"RequestId\":\"r\",\"TotalCount\":500,\"SmartAccessGateways\":[");
        for (unsigned i = 0; i < n; i++)
            gw_buf_addf(&body, "%s{\"SmartAGId\":\"sag-%u\"}", i ? "," : "", i);
        gw_buf_add_text(&body, "]}");
        answer = read_page(gw_buf_text(&body));
        gw_buf_release(&body);
        if (n == 51) {
            assert_bad(answer);
            continue;
        }
        assert_int_equal(answer.proof, GW_PROOF_ACCEPTED);
        assert_int_equal(page.n, 50);
        assert_string_equal(page.gateway[49].gateway_id, "sag-49");
    }
}

/* A version that is cut to fit could be equal to another one: it is unknown instead. */
static void test_what_does_not_fit_is_unknown(void **state)
{
    (void)state;
    read_page(
        "{\"RequestId\":\"r\",\"TotalCount\":1,\"SmartAccessGateways\":[{\"SmartAGId\":\"sag-a\","
        "\"SoftwareVersion\":"
        "\"0123456789012345678901234567890123456789012345678901234567890123\",\"BackupSoftwareVersion\":"
        "\"012345678901234567890123456789012345678901234567890123456789012\",\"Status\":{\"a\":1},"
        "\"HardwareVersion\":true}]}");
    assert_int_equal(page.n, 1);
    assert_string_equal(page.gateway[0].version, "");
    assert_int_equal(strlen(page.gateway[0].backup_version), 63);
    assert_string_equal(page.gateway[0].status, "");
    assert_string_equal(page.gateway[0].hardware, "");
}

static void assert_pair(const char *body)
{
    struct gw_seen_gateway seen;

    assert_int_equal(read_gateway(body, &seen).proof, GW_PROOF_ACCEPTED);
    assert_string_equal(seen.gateway_id, "sag-a");
    assert_string_equal(seen.status, "Active");
    assert_string_equal(seen.hardware, "sag-1000");
    assert_string_equal(seen.serials, "sn1,sn2");
    assert_int_equal(seen.n_devices, 2);
    assert_string_equal(seen.device[0].serial, "sn1");
    assert_string_equal(seen.device[0].version, "2.3.0");
    assert_string_equal(seen.device[0].dpi_version, "20201117_1_0-0.0.1");
    assert_true(seen.device[0].online && seen.device[0].online_known);
    assert_true(!seen.device[0].standby && seen.device[0].role_known);
    assert_string_equal(seen.device[1].serial, "sn2");
    assert_true(!seen.device[1].online && seen.device[1].online_known);
    assert_true(seen.device[1].standby && seen.device[1].role_known);
    assert_null(memmem(&seen, sizeof(seen), "canary", 6));
}

#define DEVICE_1                                                                                            \
    "{\"SerialNumber\":\"sn1\",\"SoftwareVersion\":\"2.3.0\",\"DpiSignatureDbVersion\":\"20201117_1_0-0.0." \
    "1\","                                                                                                  \
    "\"HcState\":\"online\",\"HaState\":\"Active\",\"SecretKey\":\"canary\",\"DistributeSkStatus\":1}"
#define DEVICE_2 \
    "{\"SerialNumber\":\"sn2\",\"HcState\":\"OFFLINE\",\"HaState\":\"standby\",\"MonitorVersion\":\"0.1\"}"
#define GATEWAY                                                                                        \
    "\"RequestId\":\"r\",\"SmartAGId\":\"sag-a\",\"Status\":\"Active\",\"InstanceType\":\"sag-1000\"," \
    "\"SerialNumber\":\"sn1,sn2\",\"EnableOptimization\":false,\"AclIds\":{\"AclId\":[]}"

static void test_a_word_in_a_versions_place_is_none(void **state)
{
    static const struct {
        const char *told, *version;
    } versions[] = {
        {"2.4.0", "2.4.0"},   {" 2.4.0\\t", "2.4.0"},
        {"v2.4.0", "v2.4.0"}, {"2", "2"},
        {"unknown", ""},      {"-", ""},
        {"N/A", ""},          {"???", ""},
        {" \\r\\n", ""},      {"升级中", ""},
    };
    struct gw_seen_gateway seen;
    struct gw_buf body;

    (void)state;
    gw_buf_init(&body, 0);
    for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
        const char *told = versions[i].told;

        gw_buf_reset(&body);
        gw_buf_addf(
            &body,
            "{\"RequestId\":\"r\",\"SoftwareVersion\":\"%s\",\"BackupSoftwareVersion\":\"%s\",\"Devices\":["
            "{\"SoftwareVersion\":\"%s\",\"DpiSignatureDbVersion\":\"%s\"}]}",
            told, told, told, told);
        assert_int_equal(read_gateway(gw_buf_text(&body), &seen).proof, GW_PROOF_ACCEPTED);
        assert_string_equal(seen.version, versions[i].version);
        assert_string_equal(seen.backup_version, versions[i].version);
        assert_string_equal(seen.device[0].version, versions[i].version);
        assert_string_equal(seen.device[0].dpi_version, versions[i].version);
    }
    gw_buf_release(&body);
}

static void test_gateway_in_all_styles(void **state)
{
    (void)state;
    assert_pair("{" GATEWAY ",\"Devices\":{\"Device\":[" DEVICE_1 "," DEVICE_2 "]}}");
    assert_pair("{" GATEWAY ",\"Devices\":[" DEVICE_1 "," DEVICE_2 "]}");
    assert_pair(
        "<DescribeSmartAccessGatewayAttributeResponse><RequestId>r</RequestId><SmartAGId>sag-a</SmartAGId>"
        "<Status>Active</Status><InstanceType>sag-1000</InstanceType><SerialNumber>sn1,sn2</SerialNumber>"
        "<Devices><Device><SerialNumber>sn1</SerialNumber><SoftwareVersion>2.3.0</SoftwareVersion>"
        "<DpiSignatureDbVersion>20201117_1_0-0.0.1</DpiSignatureDbVersion><HcState>online</HcState>"
        "<HaState>Active</HaState><SecretKey>canary</SecretKey></Device><Device><SerialNumber>sn2"
        "</SerialNumber><HcState>offline</HcState><HaState>Standby</HaState></Device></Devices>"
        "</DescribeSmartAccessGatewayAttributeResponse>");
}

static void test_gateway_that_says_little(void **state)
{
    struct gw_seen_gateway seen;

    (void)state;
    assert_int_equal(read_gateway("{\"RequestId\":\"r\"}", &seen).proof, GW_PROOF_ACCEPTED);
    assert_string_equal(seen.gateway_id, "");
    assert_int_equal(seen.n_devices, 0);
    assert_int_equal(
        read_gateway("{\"RequestId\":\"r\",\"Devices\":[{\"HcState\":\"rebooting\",\"HaState\":null}]}",
                     &seen)
            .proof,
        GW_PROOF_ACCEPTED);
    assert_int_equal(seen.n_devices, 1);
    assert_string_equal(seen.device[0].serial, "");
    assert_false(seen.device[0].online || seen.device[0].online_known);
    assert_false(seen.device[0].standby || seen.device[0].role_known);
}

static void test_gateway_of_the_wrong_shape(void **state)
{
    struct gw_seen_gateway seen;

    (void)state;
    assert_bad(read_gateway("{\"RequestId\":\"r\",\"Devices\":3}", &seen));
    assert_bad(read_gateway("{\"RequestId\":\"r\",\"Devices\":[3]}", &seen));
    assert_bad(read_gateway("{\"RequestId\":\"r\",\"Devices\":[{},{},{},{},{}]}", &seen));
    assert_int_equal(read_gateway("{\"RequestId\":\"r\",\"Devices\":[{},{},{},{}]}", &seen).proof,
                     GW_PROOF_ACCEPTED);
    assert_int_equal(seen.n_devices, 4);
}

static void test_reads_that_are_refused(void **state)
{
    struct gw_reply_bytes reply =
        fixture_reply(403, JSON, "{\"RequestId\":\"r-3\",\"Code\":\"InvalidId.SMARTAG\",\"Message\":\"m\"}");
    struct gw_seen_gateway seen;
    struct gw_answer answer;

    (void)state;
    gw_reply_read_gateway(&reply, GW_FORMAT_JSON, &seen, &answer);
    assert_int_equal(answer.proof, GW_PROOF_REFUSED);
    assert_int_equal(answer.class_, GW_CLASS_NOT_FOUND);
    assert_string_equal(answer.request_id, "r-3");
    gw_reply_read_page(&reply, GW_FORMAT_JSON, &page, &answer);
    assert_int_equal(answer.proof, GW_PROOF_REFUSED);
    assert_int_equal(page.n, 0);
}

static void test_reads_truncated_at_every_byte(void **state)
{
    static const char body[] = "{" GATEWAY ",\"Devices\":{\"Device\":[" DEVICE_1 "," DEVICE_2 "]}}";
    struct gw_seen_gateway seen;

    (void)state;
    for (size_t len = 0; len < strlen(body); len++) {
        struct gw_reply_bytes reply = fixture_reply(200, JSON, body);
        struct gw_answer answer;

        reply.body_len = len;
        gw_reply_read_gateway(&reply, GW_FORMAT_JSON, &seen, &answer);
        assert_int_equal(answer.proof, GW_PROOF_IN_DOUBT);
    }
}

static void test_words(void **state)
{
    (void)state;
    assert_true(gw_status_is_online("Active"));
    assert_true(gw_status_is_online("ACTIVE"));
    assert_false(gw_status_is_online("Offline"));
    assert_false(gw_status_is_online("Init"));
    assert_false(gw_status_is_online("Arrearage"));
    assert_false(gw_status_is_online("Activ"));
    assert_false(gw_status_is_online(""));
    assert_true(gw_hardware_is_software("sag-software"));
    assert_true(gw_hardware_is_software("SAG-Software"));
    assert_true(gw_hardware_is_software("software"));
    assert_false(gw_hardware_is_software("sag-vcpe"));
    assert_false(gw_hardware_is_software("sag-1000"));
    assert_false(gw_hardware_is_software(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_in_all_styles),
        cmocka_unit_test(test_empty_pages),
        cmocka_unit_test(test_page_of_the_wrong_shape),
        cmocka_unit_test(test_page_limit),
        cmocka_unit_test(test_what_does_not_fit_is_unknown),
        cmocka_unit_test(test_a_word_in_a_versions_place_is_none),
        cmocka_unit_test(test_gateway_in_all_styles),
        cmocka_unit_test(test_gateway_that_says_little),
        cmocka_unit_test(test_gateway_of_the_wrong_shape),
        cmocka_unit_test(test_reads_that_are_refused),
        cmocka_unit_test(test_reads_truncated_at_every_byte),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
