/* The office that gives out keys: who gets one, whose it is, what it opens, and when it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "canonical.h"
#include "digest.h"
#include "gatewave/base/check.h"
#include "turn.h"

#define NOW_MS  UINT64_C(1767323045000) /* 2026-01-02T03:04:05Z */
#define NOW     "2026-01-02T03:04:05Z"
#define ARN     "acs:ram::1:role/night"
#define HUB     "acs:ram::1:role/hub"
#define SPOKE   "acs:ram::2:role/spoke"
#define SESSION "RoleSessionName=s"

struct scene {
    struct gw_cloud *cloud;
    struct gw_keyring keys;
    struct gw_sts sts;
    struct gw_rng rng;
    uint64_t now_ms;
    unsigned n_nonces;
    char target[2048];
    struct gw_turn turn;
};

static void add_gateway(struct scene *scene, const char *account, const char *gateway_id)
{
    assert_true(gw_cloud_add_device(scene->cloud, &(struct gw_cloud_device){.account = account,
                                                                            .gateway_id = gateway_id,
                                                                            .region = "cn-shanghai",
                                                                            .serial = gateway_id,
                                                                            .version = "2.3.0",
                                                                            .role = GW_CLOUD_SINGLE}));
}

static void scene_begin(struct scene *scene)
{
    struct gw_cloud_options plain;

    gw_cloud_options_init(&plain);
    *scene = (struct scene){.cloud = gw_cloud_new(&plain), .now_ms = NOW_MS};
    scene->sts.keys = &scene->keys;
    add_gateway(scene, "main", "sag-1");
    add_gateway(scene, "second", "sag-2");
    assert_null(gw_keyring_add(&scene->keys, "testid:testsecret@main"));
    gw_rng_init(&scene->rng, 1);
}

static void scene_end(struct scene *scene)
{
    gw_turn_release(&scene->turn);
    gw_sts_release(&scene->sts);
    gw_keyring_release(&scene->keys);
    gw_cloud_free(scene->cloud);
}

/* The code of the reply to what stands in target; "" for a success. */
static const char *answer(struct scene *scene)
{
    gw_turn_init(&scene->turn, "GET", scene->target, "", 0);
    scene->turn.sts = &scene->sts;
    gw_turn_examine(&scene->turn, &scene->keys, false, scene->now_ms);
    gw_turn_answer(&scene->turn, scene->cloud, scene->now_ms, &scene->rng, false);
    return scene->turn.claim.code ? scene->turn.claim.code : "";
}

/* A call with that key, or unsigned when key is NULL; more is parameters, encoded. */
static const char *call(struct scene *scene, const struct gw_sts_grant *key, const char *version,
                        const char *action, const char *more)
{
    struct gw_wire wire = {.method = "GET", .path = "/", .body = ""};
    struct gw_buf canonical, to_sign, signature;
    char query[1024], secret[64], base64[GW_DIGEST_BASE64_SIZE];
    struct gw_params params = {0};

    gw_turn_release(&scene->turn);
    (void)snprintf(query, sizeof(query), "Action=%s&Version=%s&Timestamp=" NOW "&%s", action, version, more);
    if (!key) {
        (void)snprintf(scene->target, sizeof(scene->target), "/?%s", query);
        return answer(scene);
    }
    (void)snprintf(query + strlen(query), sizeof(query) - strlen(query),
                   "&AccessKeyId=%s&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&SignatureNonce=n%u%s%s",
                   key->id, ++scene->n_nonces, key->token[0] ? "&SecurityToken=" : "", key->token);
    wire.query = query;
    assert_null(gw_params_read(&params, &wire));
    gw_buf_init(&canonical, 0);
    gw_buf_init(&to_sign, 0);
    gw_buf_init(&signature, 0);
    gw_canonical_params(&canonical, &params, params.n, NULL);
    gw_buf_add_text(&to_sign, "GET&%2F&");
    gw_canonical_text(&to_sign, gw_buf_text(&canonical));
    (void)snprintf(secret, sizeof(secret), "%s&", key->secret);
    gw_digest_hmac_sha1_base64(secret, strlen(secret), to_sign.data, to_sign.len, base64);
    gw_canonical_text(&signature, base64);
    (void)snprintf(scene->target, sizeof(scene->target), "/?%s&Signature=%s", query, gw_buf_text(&signature));
    gw_buf_release(&signature);
    gw_buf_release(&to_sign);
    gw_buf_release(&canonical);
    gw_params_release(&params);
    return answer(scene);
}

static const struct gw_sts_grant own_key = {.id = "testid", .secret = "testsecret"};

static const char *assume(struct scene *scene, const struct gw_sts_grant *key, const char *more)
{
    return call(scene, key, "2015-04-01", "AssumeRole", more);
}

static const char *assume_with_oidc(struct scene *scene, const char *more)
{
    return call(scene, NULL, "2015-04-01", "AssumeRoleWithOIDC", more);
}

/* The gateways that this key can see: "sag-1", or what the cloud says instead. */
static const char *sees(struct scene *scene, const struct gw_sts_grant *key)
{
    const char *code = call(scene, key, "2018-03-13", "DescribeSmartAccessGateways", "RegionId=cn-shanghai");

    if (*code)
        return code;
    assert_int_equal(scene->turn.response.n, 1);
    return scene->turn.response.gateway[0].gateway_id;
}

static void read_text(const cJSON *object, const char *name, char *ret, size_t size)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    assert_non_null(text);
    (void)snprintf(ret, size, "%s", text);
}

/* The key in the reply's body; when it ends, as text, goes to ret_expires. */
static struct gw_sts_grant granted(const struct scene *scene, char ret_expires[32])
{
    cJSON *reply = cJSON_Parse(gw_buf_text(&scene->turn.body));
    const cJSON *keys = cJSON_GetObjectItemCaseSensitive(reply, "Credentials");
    struct gw_sts_grant grant = {0};

    assert_int_equal(scene->turn.http_status, 200);
    read_text(keys, "AccessKeyId", grant.id, sizeof(grant.id));
    read_text(keys, "AccessKeySecret", grant.secret, sizeof(grant.secret));
    read_text(keys, "SecurityToken", grant.token, sizeof(grant.token));
    read_text(keys, "Expiration", ret_expires, 32);
    cJSON_Delete(reply);
    return grant;
}

static void test_a_role_from_end_to_end(void **state)
{
    struct gw_sts_grant first, second;
    char expires[32], arn[64];
    struct scene scene;
    cJSON *reply;

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, ARN "@second"));
    assert_string_equal(sees(&scene, &own_key), "sag-1");
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "");
    reply = cJSON_Parse(gw_buf_text(&scene.turn.body));
    read_text(cJSON_GetObjectItemCaseSensitive(reply, "AssumedRoleUser"), "Arn", arn, sizeof(arn));
    assert_string_equal(arn, ARN "/s");
    read_text(reply, "RequestId", arn, sizeof(arn));
    assert_string_equal(arn, scene.turn.request_id);
    cJSON_Delete(reply);
    first = granted(&scene, expires);
    assert_string_equal(expires, "2026-01-02T04:04:05Z"); /* the hour that is the default */
    assert_string_equal(sees(&scene, &first), "sag-2");
    /* Every one is another one, and the older stays good. */
    assert_string_equal(assume(&scene, &own_key, "DurationSeconds=900&RoleArn=" ARN "&" SESSION), "");
    second = granted(&scene, expires);
    assert_string_equal(expires, "2026-01-02T03:19:05Z");
    assert_string_not_equal(first.id, second.id);
    assert_string_not_equal(first.secret, second.secret);
    assert_string_not_equal(first.token, second.token);
    assert_string_equal(sees(&scene, &second), "sag-2");
    assert_string_equal(sees(&scene, &first), "sag-2");
    scene.now_ms += 899999;
    assert_string_equal(sees(&scene, &second), "sag-2");
    scene.now_ms += 1;
    assert_string_equal(sees(&scene, &second), "InvalidSecurityToken.Expired");
    assert_int_equal(scene.turn.http_status, 400);
    assert_string_equal(sees(&scene, &first), "sag-2");
    scene_end(&scene);
}

static void test_a_key_needs_its_token(void **state)
{
    struct gw_sts_grant key, bare;
    struct scene scene;
    char expires[32];

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, ARN "@second"));
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "");
    key = granted(&scene, expires);
    bare = key;
    bare.token[0] = '\0';
    assert_string_equal(sees(&scene, &bare), "MissingSecurityToken");
    bare = key;
    bare.token[5] = '!';
    assert_string_equal(sees(&scene, &bare), "InvalidSecurityToken.Malformed");
    bare = key;
    bare.secret[0] = '!';
    assert_string_equal(sees(&scene, &bare), "SignatureDoesNotMatch");
    scene_end(&scene);
}

static void test_a_chain_of_roles(void **state)
{
    struct gw_sts_grant hub, spoke;
    struct scene scene;
    char expires[32];

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, HUB "@hub"));
    assert_null(gw_sts_add_role(&scene.sts, SPOKE ",ex:1@second:hub"));
    /* The spoke trusts the hub alone. */
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" SPOKE "&ExternalId=ex:1&" SESSION),
                        "NoPermission");
    assert_int_equal(scene.turn.http_status, 403);
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" HUB "&" SESSION), "");
    hub = granted(&scene, expires);
    assert_string_equal(assume(&scene, &hub, "RoleArn=" SPOKE "&" SESSION), "NoPermission");
    assert_string_equal(assume(&scene, &hub, "RoleArn=" SPOKE "&ExternalId=other&" SESSION), "NoPermission");
    assert_string_equal(assume(&scene, &hub, "RoleArn=" SPOKE "&ExternalId=ex:1&" SESSION), "");
    spoke = granted(&scene, expires);
    assert_string_equal(sees(&scene, &spoke), "sag-2");
    scene_end(&scene);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *more, *code;
        int http_status;
    } cases[] = {
        {SESSION, "MissingParameter", 400},
        {"RoleArn=" ARN, "MissingParameter", 400},
        {"RoleArn=" ARN "&RoleSessionName=", "MissingParameter", 400},
        {"RoleArn=" HUB "&" SESSION, "EntityNotExist.Role", 404},
        {"RoleArn=" ARN "&" SESSION "&DurationSeconds=899", "InvalidParameter", 400},
        {"RoleArn=" ARN "&" SESSION "&DurationSeconds=43201", "InvalidParameter", 400},
        {"RoleArn=" ARN "&" SESSION "&DurationSeconds=1h", "InvalidParameter", 400},
        {"RoleArn=" ARN "&" SESSION "&ExternalId=x", "", 200}, /* nobody asked for one */
    };
    struct gw_sts_grant wrong = {.id = "testid", .secret = "x"}, nobody = {.id = "nobody", .secret = "x"};
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, ARN "@second"));
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        assert_string_equal(assume(&scene, &own_key, cases[i].more), cases[i].code);
        assert_int_equal(scene.turn.http_status, cases[i].http_status);
    }
    assert_string_equal(assume(&scene, &wrong, cases[0].more), "SignatureDoesNotMatch");
    assert_string_equal(assume(&scene, &nobody, cases[0].more), "InvalidAccessKeyId.NotFound");
    assert_string_equal(call(&scene, &own_key, "2015-04-01", "GetCallerIdentity", ""),
                        "InvalidAction.NotFound");
    assert_string_equal(call(&scene, &own_key, "2018-03-13", "AssumeRole", cases[7].more),
                        "InvalidAction.NotFound");
    /* Only the one call goes without a signature. */
    assert_string_equal(call(&scene, NULL, "2015-04-01", "AssumeRole", cases[7].more), "MissingParameter");
    scene_end(&scene);
}

/* The cloud's rules about time and nonce. */
static void test_fence(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, ARN "@second"));
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "");
    scene.n_nonces--;
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "SignatureNonceUsed");
    scene.now_ms += 900001;
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "InvalidTimeStamp.Expired");
    scene_end(&scene);
}

#define OIDC_ROLE "RoleArn=" ARN "&OIDCProviderArn=acs:ram::1:oidc-provider/p&" SESSION

static void test_oidc(void **state)
{
    struct gw_sts_grant key;
    struct scene scene;
    char expires[32];

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_token(&scene.sts, "eyJ.a@b.c@second"));
    assert_string_equal(assume_with_oidc(&scene, OIDC_ROLE "&OIDCToken=eyJ.a@b.c"), "");
    key = granted(&scene, expires);
    assert_string_equal(expires, "2026-01-02T04:04:05Z");
    assert_string_equal(sees(&scene, &key), "sag-2");
    assert_string_equal(assume_with_oidc(&scene, OIDC_ROLE "&OIDCToken=eyJ"),
                        "AuthenticationFail.OIDCToken.Invalid");
    assert_string_equal(assume_with_oidc(&scene, OIDC_ROLE "&OIDCToken=expired"),
                        "AuthenticationFail.OIDCToken.Expired");
    assert_int_equal(scene.turn.http_status, 400);
    assert_string_equal(assume_with_oidc(&scene, OIDC_ROLE), "MissingParameter");
    assert_string_equal(assume_with_oidc(&scene, "RoleArn=" ARN "&" SESSION "&OIDCToken=eyJ.a@b.c"),
                        "MissingParameter");
    assert_string_equal(assume_with_oidc(&scene, OIDC_ROLE "&OIDCToken=eyJ.a@b.c&DurationSeconds=5"),
                        "InvalidParameter");
    (void)snprintf(scene.target, sizeof(scene.target),
                   "/?Action=AssumeRoleWithOIDC&Version=2015-04-01&" OIDC_ROLE "&OIDCToken=eyJ.a@b.c");
    gw_turn_release(&scene.turn);
    assert_string_equal(answer(&scene), "MissingParameter"); /* Timestamp */
    scene_end(&scene);
}

static void test_xml(void **state)
{
    struct scene scene;
    char want[64];

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, ARN "@second"));
    assert_string_equal(assume(&scene, &own_key, "Format=XML&RoleArn=" ARN "&" SESSION), "");
    assert_non_null(strstr(gw_buf_text(&scene.turn.body), "<AssumeRoleResponse><RequestId>"));
    (void)snprintf(want, sizeof(want), "<Credentials><AccessKeyId>%.40s</AccessKeyId>", scene.turn.grant.id);
    assert_non_null(strstr(gw_buf_text(&scene.turn.body), want));
    assert_non_null(strstr(gw_buf_text(&scene.turn.body), "</Credentials></AssumeRoleResponse>"));
    scene_end(&scene);
}

/* --sts-life is the office's own idea; the asked-for time is checked all the same. */
static void test_life(void **state)
{
    struct gw_sts_grant key;
    struct scene scene;
    char expires[32];

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, ARN "@second"));
    scene.sts.life_ms = 2000;
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&DurationSeconds=3600&" SESSION), "");
    key = granted(&scene, expires);
    assert_string_equal(expires, "2026-01-02T03:04:07Z");
    scene.now_ms += 1999;
    assert_string_equal(sees(&scene, &key), "sag-2");
    scene.now_ms += 1;
    assert_string_equal(sees(&scene, &key), "InvalidSecurityToken.Expired");
    assert_string_equal(assume(&scene, &key, "RoleArn=" ARN "&" SESSION), "InvalidSecurityToken.Expired");
    scene_end(&scene);
}

static void test_garbage_and_down(void **state)
{
    struct gw_sts_grant key;
    struct scene scene;
    char expires[32];

    (void)state;
    scene_begin(&scene);
    assert_null(gw_sts_add_role(&scene.sts, ARN "@second"));
    scene.sts.garbage = 4;
    scene.sts.down_from_ms = NOW_MS + 1000;
    scene.sts.down_for_ms = 500;
    for (int i = 0; i < 4; i++) {
        cJSON *reply;

        assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "");
        assert_int_equal(scene.turn.http_status, 200);
        reply = cJSON_Parse(gw_buf_text(&scene.turn.body));
        /* Not JSON, or no key in it, or no time that a key could end. */
        if (cJSON_HasObjectItem(cJSON_GetObjectItemCaseSensitive(reply, "Credentials"), "AccessKeySecret"))
            assert_non_null(strstr(gw_buf_text(&scene.turn.body), "\"Expiration\":\"soon\""));
        cJSON_Delete(reply);
    }
    assert_int_equal(scene.keys.n, 1);
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "");
    key = granted(&scene, expires);
    scene.now_ms = NOW_MS + 1000;
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "ServiceUnavailable");
    assert_int_equal(scene.turn.http_status, 503);
    assert_string_equal(sees(&scene, &key), "sag-2"); /* the cloud itself is well */
    scene.now_ms = NOW_MS + 1500;
    assert_string_equal(assume(&scene, &own_key, "RoleArn=" ARN "&" SESSION), "");
    scene_end(&scene);
}

static void test_roles_and_tokens_as_they_are_written(void **state)
{
    static const char *const bad_roles[] = {"", "x", "@a", "arn@", ",ext@a", "arn@:t", "arn@a:"};
    static const char *const bad_tokens[] = {"", "x", "@a", "t@"};
    struct gw_sts sts = {0};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(bad_roles); i++)
        assert_non_null(gw_sts_add_role(&sts, bad_roles[i]));
    for (size_t i = 0; i < GW_COUNT_OF(bad_tokens); i++)
        assert_non_null(gw_sts_add_token(&sts, bad_tokens[i]));
    assert_int_equal(sts.n_roles + sts.n_tokens, 0);
    assert_null(gw_sts_role(&sts, "arn"));
    assert_null(gw_sts_add_role(&sts, "a:b,e,x@acc:other"));
    assert_string_equal(sts.role[0].arn, "a:b");
    assert_string_equal(sts.role[0].external_id, "e,x");
    assert_string_equal(sts.role[0].account, "acc");
    assert_string_equal(sts.role[0].trusts, "other");
    assert_null(gw_sts_add_role(&sts, "c@acc"));
    assert_null(sts.role[1].external_id);
    assert_null(sts.role[1].trusts);
    assert_ptr_equal(gw_sts_role(&sts, "c"), &sts.role[1]);
    while (sts.n_roles < GW_STS_ROLES_MAX)
        assert_null(gw_sts_add_role(&sts, "c@acc"));
    assert_non_null(gw_sts_add_role(&sts, "c@acc"));
    while (sts.n_tokens < GW_STS_TOKENS_MAX)
        assert_null(gw_sts_add_token(&sts, "t@acc"));
    assert_non_null(gw_sts_add_token(&sts, "t@acc"));
    gw_sts_release(&sts);
}

/* Those that ended a minute ago make room; no living one does. */
static void test_a_full_ring(void **state)
{
    struct gw_sts_grant key, first;
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    assert_true(gw_sts_issue(&scene.sts, "second", 5000, NOW_MS, &scene.rng, &first));
    while (scene.keys.n < GW_KEYRING_MAX)
        assert_true(gw_sts_issue(&scene.sts, "second", 90000, NOW_MS, &scene.rng, &key));
    assert_false(gw_sts_issue(&scene.sts, "second", 5000, NOW_MS, &scene.rng, &key));
    assert_false(gw_sts_issue(&scene.sts, "second", 5000, NOW_MS + 64999, &scene.rng, &key));
    scene.now_ms = NOW_MS + 65000;
    assert_string_equal(sees(&scene, &first), "InvalidSecurityToken.Expired");
    assert_true(gw_sts_issue(&scene.sts, "main", 5000, scene.now_ms, &scene.rng, &key));
    assert_string_equal(sees(&scene, &key), "sag-1");
    assert_string_equal(sees(&scene, &first), "InvalidAccessKeyId.NotFound");
    assert_string_equal(sees(&scene, &own_key), "sag-1"); /* what never ends stays */
    assert_false(gw_sts_issue(&scene.sts, "main", 5000, scene.now_ms, &scene.rng, &key));
    scene_end(&scene);
}

static void test_without_an_office(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    (void)snprintf(scene.target, sizeof(scene.target),
                   "/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Timestamp=" NOW "&" OIDC_ROLE);
    gw_turn_init(&scene.turn, "GET", scene.target, "", 0);
    gw_turn_examine(&scene.turn, &scene.keys, false, scene.now_ms);
    assert_string_equal(scene.turn.claim.code, "MissingParameter"); /* a signature's */
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_role_from_end_to_end),
        cmocka_unit_test(test_a_key_needs_its_token),
        cmocka_unit_test(test_a_chain_of_roles),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_fence),
        cmocka_unit_test(test_oidc),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_life),
        cmocka_unit_test(test_garbage_and_down),
        cmocka_unit_test(test_roles_and_tokens_as_they_are_written),
        cmocka_unit_test(test_a_full_ring),
        cmocka_unit_test(test_without_an_office),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
