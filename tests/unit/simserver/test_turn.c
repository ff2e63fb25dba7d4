/* One request from bytes to bytes, without a socket: the same bytes whoever carries them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "canonical.h"
#include "digest.h"
#include "turn.h"

#define NOW_MS UINT64_C(1767323045000) /* 2026-01-02T03:04:05Z, a Friday */

struct scene {
    struct gw_cloud *cloud;
    struct gw_keyring keys;
    struct gw_rng rng;
    uint64_t now_ms;
    const char *api_version;
    char target[2048];
    struct gw_turn turn;
};

static void scene_begin(struct scene *scene, const struct gw_cloud_options *options)
{
    struct gw_cloud_device device = {.account = "main",
                                     .gateway_id = "sag-1",
                                     .region = "cn-shanghai",
                                     .serial = "s1",
                                     .version = "2.3.0",
                                     .role = GW_CLOUD_SINGLE};
    struct gw_cloud_options plain;

    gw_cloud_options_init(&plain);
    *scene = (struct scene){
        .cloud = gw_cloud_new(options ? options : &plain), .now_ms = NOW_MS, .api_version = "2018-03-13"};
    gw_cloud_add_version(scene->cloud, "2.4.0", false);
    assert_true(gw_cloud_add_device(scene->cloud, &device));
    assert_null(gw_keyring_add(&scene->keys, "testid:testsecret@main"));
    gw_rng_init(&scene->rng, 1);
}

static void scene_end(struct scene *scene)
{
    gw_turn_release(&scene->turn);
    gw_keyring_release(&scene->keys);
    gw_cloud_free(scene->cloud);
}

/* A signed GET; more is parameters in the order of their names, each with an & behind it. */
static void ask_signed(struct scene *scene, const char *action, const char *nonce, const char *more)
{
    static const char secret[] = "testsecret&";
    struct gw_params params = {0};
    struct gw_wire wire = {.method = "GET", .path = "/", .body = ""};
    struct gw_buf canonical, to_sign, signature;
    char query[1024], base64[GW_DIGEST_BASE64_SIZE];

    gw_turn_release(&scene->turn);
    (void)snprintf(query, sizeof(query),
                   "AccessKeyId=testid&Action=%s&%sSignatureMethod=HMAC-SHA1&SignatureNonce=%s&"
                   "SignatureVersion=1.0&Timestamp=2026-01-02T03%%3A04%%3A05Z&Version=%s",
                   action, more, nonce, scene->api_version);
    wire.query = query;
    assert_null(gw_params_read(&params, &wire));
    gw_buf_init(&canonical, 0);
    gw_buf_init(&to_sign, 0);
    gw_buf_init(&signature, 0);
    gw_canonical_params(&canonical, &params, params.n, NULL);
    gw_buf_add_text(&to_sign, "GET&%2F&");
    gw_canonical_text(&to_sign, gw_buf_text(&canonical));
    gw_digest_hmac_sha1_base64(secret, strlen(secret), to_sign.data, to_sign.len, base64);
    gw_canonical_text(&signature, base64);
    (void)snprintf(scene->target, sizeof(scene->target), "/?%s&Signature=%s", query, gw_buf_text(&signature));
    gw_buf_release(&signature);
    gw_buf_release(&to_sign);
    gw_buf_release(&canonical);
    gw_params_release(&params);
    gw_turn_init(&scene->turn, "GET", scene->target, "", 0);
    gw_turn_examine(&scene->turn, &scene->keys, false, scene->now_ms);
    gw_turn_answer(&scene->turn, scene->cloud, scene->now_ms, &scene->rng, false);
}

static void ask_plain(struct scene *scene, const char *method, const char *target, bool body_too_long)
{
    gw_turn_release(&scene->turn);
    (void)snprintf(scene->target, sizeof(scene->target), "%s", target);
    gw_turn_init(&scene->turn, method, scene->target, "", 0);
    gw_turn_examine(&scene->turn, &scene->keys, body_too_long, scene->now_ms);
    gw_turn_answer(&scene->turn, scene->cloud, scene->now_ms, &scene->rng, false);
}

static const char *header_of(const struct gw_turn *turn, const char *name)
{
    for (size_t i = 0; i < turn->n_headers; i++) {
        if (strcmp(turn->header[i].name, name) == 0)
            return turn->header[i].value;
    }
    return NULL;
}

static const char update[] = "RegionId=cn-shanghai&SerialNumber=s1&SmartAGId=sag-1&VersionCode=2.4.0&";

static void test_success(void **state)
{
    struct scene scene;
    char body[128];

    (void)state;
    scene_begin(&scene, NULL);
    ask_signed(&scene, "UpdateSmartAccessGatewayVersion", "n1", update);
    assert_false(scene.turn.dropped);
    assert_int_equal(scene.turn.http_status, 200);
    assert_true(scene.turn.response.took_effect);
    assert_int_equal(scene.turn.n_headers, 3);
    assert_string_equal(header_of(&scene.turn, "Content-Type"), "application/json;charset=utf-8");
    assert_string_equal(header_of(&scene.turn, "Date"), "Fri, 02 Jan 2026 03:04:05 GMT");
    assert_string_equal(header_of(&scene.turn, "x-acs-request-id"), scene.turn.request_id);
    assert_int_equal(strlen(scene.turn.request_id), 36);
    (void)snprintf(body, sizeof(body), "{\"RequestId\":\"%s\"}", scene.turn.request_id);
    assert_string_equal(gw_buf_text(&scene.turn.body), body);
    scene_end(&scene);
}

static void test_same_requests_same_bytes(void **state)
{
    char first[600] = "", text[600];
    struct scene scene;

    (void)state;
    for (int round = 0; round < 2; round++) {
        scene_begin(&scene, NULL);
        ask_plain(&scene, "GET", "/", false);
        ask_signed(&scene, "DescribeSmartAccessGateways", "n1", "RegionId=cn-shanghai&");
        (void)snprintf(text, sizeof(text), "%s %s", header_of(&scene.turn, "x-acs-request-id"),
                       gw_buf_text(&scene.turn.body));
        assert_non_null(strstr(text, "\"SmartAGId\":\"sag-1\""));
        if (round == 0)
            memcpy(first, text, sizeof(first));
        assert_string_equal(text, first);
        scene_end(&scene);
    }
}

static void test_refusals_before_the_cloud(void **state)
{
    static const struct {
        const char *method, *target, *code;
        bool long_body;
        int http_status;
    } refused[] = {
        {"PUT", "/", "UnsupportedHTTPMethod", false, 403},
        {"GET", "/x?Action=A", "InvalidApi.NotFound", false, 404},
        {"POST", "/", "InvalidParameter", true, 413},
        {"GET", "/?a=%zz", "InvalidParameter", false, 400},
        {"GET", "/?Action=A", "MissingParameter", false, 400},
    };
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        ask_plain(&scene, refused[i].method, refused[i].target, refused[i].long_body);
        assert_false(scene.turn.dropped);
        assert_int_equal(scene.turn.http_status, refused[i].http_status);
        assert_string_equal(scene.turn.claim.code, refused[i].code);
        assert_non_null(strstr(gw_buf_text(&scene.turn.body), refused[i].code));
        assert_null(scene.turn.response.serial);
        assert_non_null(header_of(&scene.turn, "x-acs-request-id"));
    }
    scene_end(&scene);
}

static void test_another_version_of_the_api(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    scene.api_version = "2018-03-14";
    ask_signed(&scene, "DescribeSmartAccessGateways", "n1", "RegionId=cn-shanghai&");
    assert_string_equal(scene.turn.claim.code, "NoSuchVersion");
    assert_int_equal(scene.turn.http_status, 404);
    scene_end(&scene);
}

static void test_formats(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    ask_signed(&scene, "DescribeSmartAccessGateways", "n1", "Format=xml&RegionId=cn-shanghai&");
    assert_string_equal(header_of(&scene.turn, "Content-Type"), "text/xml;charset=utf-8");
    assert_non_null(strstr(gw_buf_text(&scene.turn.body), "<DescribeSmartAccessGatewaysResponse>"));
    ask_signed(&scene, "DescribeSmartAccessGateways", "n2", "Format=JSON&RegionId=cn-shanghai&");
    assert_string_equal(header_of(&scene.turn, "Content-Type"), "application/json;charset=utf-8");
    scene_end(&scene);
}

static void test_throttled(void **state)
{
    struct gw_cloud_options options;
    struct scene scene;

    (void)state;
    gw_cloud_options_init(&options);
    options.read_rate = (struct gw_rate){.calls = 1, .window_ms = 5000};
    scene_begin(&scene, &options);
    ask_signed(&scene, "DescribeSmartAccessGateways", "n1", "RegionId=cn-shanghai&");
    assert_null(header_of(&scene.turn, "x-acs-retry-after"));
    scene.now_ms += 1000;
    ask_signed(&scene, "DescribeSmartAccessGateways", "n2", "RegionId=cn-shanghai&");
    assert_string_equal(scene.turn.claim.code, "Throttling.User");
    assert_string_equal(header_of(&scene.turn, "Date"), "Fri, 02 Jan 2026 03:04:06 GMT");
    assert_string_equal(header_of(&scene.turn, "x-acs-retry-after"), "4000");
    assert_string_equal(header_of(&scene.turn, "x-ratelimit-user-api"),
                        "Limit:1,Remain:0,TimeLeft:4000,Reset:1767323051");
    scene_end(&scene);
}

static void test_dropped(void **state)
{
    struct gw_cloud_options options;
    struct scene scene;

    (void)state;
    gw_cloud_options_init(&options);
    options.lost_reply_bp = 10000;
    scene_begin(&scene, &options);
    ask_signed(&scene, "UpdateSmartAccessGatewayVersion", "n1", update);
    assert_true(scene.turn.dropped);
    assert_true(scene.turn.response.took_effect);
    assert_int_equal(scene.turn.http_status, 0);
    assert_int_equal(scene.turn.n_headers, 0);
    assert_int_equal(scene.turn.body.len, 0);
    scene_end(&scene);
}

/* The nonce and the signed time are judged by the cloud, at the time that the carrier tells. */
static void test_fence(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene, NULL);
    scene.now_ms = NOW_MS + 15 * 60 * 1000;
    ask_signed(&scene, "DescribeSmartAccessGateways", "n1", "RegionId=cn-shanghai&");
    assert_int_equal(scene.turn.http_status, 200);
    ask_signed(&scene, "DescribeSmartAccessGateways", "n1", "RegionId=cn-shanghai&");
    assert_string_equal(scene.turn.claim.code, "SignatureNonceUsed");
    scene.now_ms++;
    ask_signed(&scene, "UpdateSmartAccessGatewayVersion", "n2", update);
    assert_string_equal(scene.turn.claim.code, "InvalidTimeStamp.Expired");
    assert_false(scene.turn.response.took_effect);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success),
        cmocka_unit_test(test_same_requests_same_bytes),
        cmocka_unit_test(test_refusals_before_the_cloud),
        cmocka_unit_test(test_another_version_of_the_api),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_throttled),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_fence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
