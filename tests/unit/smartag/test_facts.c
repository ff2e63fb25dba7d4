/* The smaller reads turned into facts, from JSON and XML alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/buf.h"
#include "gatewave/smartag/facts.h"

#include "fixtures.h"

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789" /* fits nowhere */

static struct gw_reply_bytes reply_of(const char *body)
{
    return fixture_reply(200, *body == '<' ? "text/xml" : "application/json", body);
}

static enum gw_format format_of(const char *body)
{
    return *body == '<' ? GW_FORMAT_XML : GW_FORMAT_JSON;
}

static struct gw_answer read_ha(const char *body, struct gw_seen_ha *ret)
{
    const struct gw_reply_bytes reply = reply_of(body);
    struct gw_answer answer;

    memset(ret, 0x5A, sizeof(*ret));
    gw_reply_read_ha(&reply, format_of(body), ret, &answer);
    return answer;
}

static struct gw_seen_versions versions; /* large */

static struct gw_answer read_versions(const char *body)
{
    const struct gw_reply_bytes reply = reply_of(body);
    struct gw_answer answer;

    memset(&versions, 0x5A, sizeof(versions));
    gw_reply_read_versions(&reply, format_of(body), &versions, &answer);
    return answer;
}

static struct gw_answer read_policy(const char *body, struct gw_seen_auto_upgrade *ret)
{
    const struct gw_reply_bytes reply = reply_of(body);
    struct gw_answer answer;

    memset(ret, 0x5A, sizeof(*ret));
    gw_reply_read_auto_upgrade(&reply, format_of(body), ret, &answer);
    return answer;
}

static void assert_bad(struct gw_answer answer)
{
    assert_int_equal(answer.proof, GW_PROOF_IN_DOUBT);
    assert_string_equal(answer.code, "bad_reply");
}

static void test_ha(void **state)
{
    static const char *const bodies[] = {
        "{\"RequestId\":\"r\",\"SmartAGId\":\"sag-a\",\"DeviceLevelBackupState\":\"ON\","
        "\"DeviceLevelBackupType\":"
        "\"warm_backup\",\"MainDeviceId\":\"sn1\",\"BackupDeviceId\":\"sn2\",\"LinkBackupInfoList\":"
        "{\"LinkBackupInfoList\":[{\"LinkLevelBackupState\":\"OFF\"}]}}",
        "<DescribeSmartAccessGatewayHaResponse><RequestId>r</RequestId><DeviceLevelBackupType>WARM_BACKUP"
        "</DeviceLevelBackupType><MainDeviceId>sn1</MainDeviceId><BackupDeviceId>sn2</BackupDeviceId>"
        "</DescribeSmartAccessGatewayHaResponse>",
    };
    struct gw_seen_ha ha;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(read_ha(bodies[i], &ha).proof, GW_PROOF_ACCEPTED);
        assert_string_equal(gw_ha_mode_name(ha.mode), "warm");
        assert_string_equal(ha.active, "sn1");
        assert_string_equal(ha.standby, "sn2");
    }
}

static void test_ha_modes(void **state)
{
    static const char *const words[][2] = {{"no_backup", "none"},
                                           {"cold_backup", "cold"},
                                           {"hot_backup", ""}, /* nobody knows it */
                                           {"", ""},
                                           {"a word that is longer than any of theirs", ""}};
    struct gw_seen_ha ha;
    char body[128];

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        snprintf(body, sizeof(body), "{\"RequestId\":\"r\",\"DeviceLevelBackupType\":\"%s\"}", words[i][0]);
        assert_int_equal(read_ha(body, &ha).proof, GW_PROOF_ACCEPTED);
        assert_string_equal(gw_ha_mode_name(ha.mode), words[i][1]);
        assert_string_equal(ha.active, "");
    }
}

static void test_versions_are_sorted(void **state)
{
    (void)state;
    assert_int_equal(read_versions("{\"RequestId\":\"r\",\"SmartAGVersions\":{\"SmartAGVersion\":["
                                   "{\"VersionCode\":\"2.3.0\",\"VersionName\":\"two "
                                   "three\",\"Type\":\"release\",\"CreateTime\":1000},"
                                   "{\"VersionCode\":\"1.0\"},"
                                   "{\"VersionCode\":\"2.5.0\",\"Type\":\"BETA\",\"CreateTime\":\"3000\"},"
                                   "{\"VersionCode\":\"2.4.1\",\"Type\":\"release\",\"CreateTime\":2000},"
                                   "{\"VersionCode\":\"2.4.0\",\"Type\":\"other\",\"CreateTime\":2000}]}}")
                         .proof,
                     GW_PROOF_ACCEPTED);
    assert_int_equal(versions.n, 5);
    assert_string_equal(versions.version[0].code, "2.5.0");
    assert_true(versions.version[0].beta && !versions.version[0].release);
    assert_int_equal(versions.version[0].created_unix_ms, 3000);
    assert_string_equal(versions.version[1].code, "2.4.0");
    assert_true(!versions.version[1].beta && !versions.version[1].release);
    assert_string_equal(versions.version[2].code, "2.4.1");
    assert_string_equal(versions.version[3].name, "two three");
    assert_true(versions.version[3].release);
    assert_string_equal(versions.version[4].code, "1.0");
    assert_int_equal(versions.version[4].created_unix_ms, 0);
}

static void test_versions_in_other_styles(void **state)
{
    static const char *const none[] = {
        "{\"RequestId\":\"r\"}",
        "{\"RequestId\":\"r\",\"SmartAGVersions\":null}",
        "{\"RequestId\":\"r\",\"SmartAGVersions\":{}}",
        "<AResponse><RequestId>r</RequestId><SmartAGVersions/></AResponse>",
    };

    (void)state;
    assert_int_equal(
        read_versions("{\"RequestId\":\"r\",\"SmartAGVersions\":[{\"VersionCode\":\"2.4\"}]}").proof,
        GW_PROOF_ACCEPTED);
    assert_int_equal(versions.n, 1);
    assert_int_equal(
        read_versions("<AResponse><RequestId>r</RequestId><SmartAGVersions><SmartAGVersion><VersionCode>2.4"
                      "</VersionCode></SmartAGVersion></SmartAGVersions></AResponse>")
            .proof,
        GW_PROOF_ACCEPTED);
    assert_int_equal(versions.n, 1);
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        assert_int_equal(read_versions(none[i]).proof, GW_PROOF_ACCEPTED);
        assert_int_equal(versions.n, 0);
    }
}

static void test_what_is_no_list_of_versions(void **state)
{
    static const char *const bad[] = {
        "{\"RequestId\":\"r\",\"SmartAGVersions\":\"2.4\"}",
        "{\"RequestId\":\"r\",\"SmartAGVersions\":[\"2.4\"]}",
        "{\"RequestId\":\"r\",\"SmartAGVersions\":[{\"VersionName\":\"2.4\"}]}",
        "{\"RequestId\":\"r\",\"SmartAGVersions\":[{\"VersionCode\":\"" LONG "\"}]}",
    };
    struct gw_buf many;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_bad(read_versions(bad[i]));
    gw_buf_init(&many, 0);
    gw_buf_add_text(&many, "{\"RequestId\":\"r\",\"SmartAGVersions\":[{\"VersionCode\":\"0\"}");
    for (int i = 0; i < GW_SEEN_VERSIONS_MAX; i++)
        gw_buf_addf(&many, ",{\"VersionCode\":\"%d\"}", i + 1);
    gw_buf_add_text(&many, "]}");
    assert_bad(read_versions(gw_buf_text(&many)));
    gw_buf_release(&many);
}

static void test_times_that_no_clock_told(void **state)
{
    static const char *const times[] = {"-1", "1.5", "999999999999999", "\"soon\"", "null", "{}"};
    char body[160];

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        snprintf(body, sizeof(body),
                 "{\"RequestId\":\"r\",\"SmartAGVersions\":[{\"VersionCode\":\"1\",\"CreateTime\":%s}]}",
                 times[i]);
        assert_int_equal(read_versions(body).proof, GW_PROOF_ACCEPTED);
        assert_int_equal(versions.version[0].created_unix_ms, 0);
    }
}

static void test_auto_upgrade(void **state)
{
    struct gw_seen_auto_upgrade policy;

    (void)state;
    assert_int_equal(
        read_policy("{\"RequestId\":\"r\",\"UpgradeType\":\"Scheduled\",\"CronExpression\":\"0 0 4 1/1 * ?\","
                    "\"Duration\":\"60\",\"Jitter\":15,\"TimeZone\":\"Asia/Shanghai\"}",
                    &policy)
            .proof,
        GW_PROOF_ACCEPTED);
    assert_string_equal(policy.type, "scheduled");
    assert_string_equal(policy.cron, "0 0 4 1/1 * ?");
    assert_string_equal(policy.zone, "Asia/Shanghai");
    assert_int_equal(policy.duration_min, 60);
    assert_int_equal(policy.jitter_min, 15);
    assert_int_equal(read_policy("{\"RequestId\":\"r\",\"UpgradeType\":\"whenever\"}", &policy).proof,
                     GW_PROOF_ACCEPTED);
    assert_string_equal(policy.type, "");
    assert_string_equal(policy.cron, "");
    assert_int_equal(policy.duration_min, 0);
    assert_int_equal(
        read_policy("<AResponse><RequestId>r</RequestId><UpgradeType>boot</UpgradeType></AResponse>", &policy)
            .proof,
        GW_PROOF_ACCEPTED);
    assert_string_equal(policy.type, "boot");
}

static void test_refusals_are_told(void **state)
{
    struct gw_seen_auto_upgrade policy;
    struct gw_seen_ha ha;
    struct gw_answer answer;

    (void)state;
    answer = read_policy("{\"RequestId\":\"r\",\"Code\":\"FeatureNotSupport\",\"Message\":\"no\"}", &policy);
    assert_int_equal(answer.proof, GW_PROOF_REFUSED);
    assert_string_equal(answer.code, "FeatureNotSupport");
    assert_string_equal(policy.type, "");
    assert_int_equal(read_ha("{\"RequestId\":\"r\"", &ha).proof, GW_PROOF_IN_DOUBT);
    assert_int_equal(ha.mode, GW_HA_UNKNOWN);
    assert_int_equal(read_versions("[]").proof, GW_PROOF_IN_DOUBT);
    assert_int_equal(versions.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ha),
        cmocka_unit_test(test_ha_modes),
        cmocka_unit_test(test_versions_are_sorted),
        cmocka_unit_test(test_versions_in_other_styles),
        cmocka_unit_test(test_what_is_no_list_of_versions),
        cmocka_unit_test(test_times_that_no_clock_told),
        cmocka_unit_test(test_auto_upgrade),
        cmocka_unit_test(test_refusals_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
