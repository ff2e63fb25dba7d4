/*
 * The verifier against the known answers of both signatures, and against everything that was changed after signing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "digest.h"
#include "gatewave/base/mem.h"
#include "verify.h"

#define ARENA_MAX 64

/* A request that can be changed, and the key that signed it. */
struct scene {
    struct gw_wire wire;
    struct gw_keyring keys;
    struct gw_params params;
    struct gw_claim claim;
    uint64_t now_ms; /* the cloud's */
    char *kept[ARENA_MAX];
    size_t n_kept;
};

static const char *keep(struct scene *scene, char *text)
{
    assert_true(scene->n_kept < ARENA_MAX);
    scene->kept[scene->n_kept++] = text;
    return text;
}

static void scene_end(struct scene *scene)
{
    gw_claim_release(&scene->claim);
    gw_params_release(&scene->params);
    gw_keyring_release(&scene->keys);
    for (size_t i = 0; i < scene->n_kept; i++)
        free(scene->kept[i]);
}

/* The code of the verdict; "" when the signature holds. */
static const char *judge(struct scene *scene)
{
    const char *wrong;

    gw_claim_release(&scene->claim);
    gw_params_release(&scene->params);
    gw_claim_init(&scene->claim);
    wrong = gw_params_read(&scene->params, &scene->wire);
    if (wrong)
        return wrong;
    gw_verify(&scene->keys, &scene->wire, &scene->params, scene->now_ms, &scene->claim);
    return scene->claim.code ? scene->claim.code : "";
}

static cJSON *cases(const char *name)
{
    const char *source = getenv("GATEWAVE_SOURCE");
    char path[512], *text;
    cJSON *json;
    FILE *file;
    size_t len;

    assert_non_null(source);
    (void)snprintf(path, sizeof(path), "%s/tests/fixtures/smartag/%s", source, name);
    file = fopen(path, "re");
    assert_non_null(file);
    text = gw_mem_new(1 << 20, 1);
    len = fread(text, 1, 1 << 20, file);
    assert_true(len > 0 && len < 1 << 20);
    (void)fclose(file);
    json = cJSON_Parse(text);
    free(text);
    assert_true(cJSON_IsArray(json));
    return json;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    assert_non_null(text);
    return text;
}

static void encode(struct gw_buf *buf, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

    for (; *text; text++) {
        if (strchr(plain, *text))
            gw_buf_add_char(buf, *text);
        else
            gw_buf_addf(buf, "%%%02X", (unsigned char)*text);
    }
}

/* name=value&... of an object's members, in their own order. */
static void encode_all(struct gw_buf *buf, const cJSON *object)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, object)
    {
        if (buf->len > 0)
            gw_buf_add_char(buf, '&');
        encode(buf, item->string);
        gw_buf_add_char(buf, '=');
        encode(buf, item->valuestring);
    }
}

static void add_key(struct scene *scene, const char *id, const char *secret, const char *token)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "%s:%s%s%s@main", id, secret, token ? ":" : "", token ? token : "");
    assert_null(gw_keyring_add(&scene->keys, text));
}

static void add_header(struct scene *scene, const char *name, const char *value)
{
    scene->wire.header[scene->wire.n_headers].name = name;
    scene->wire.header[scene->wire.n_headers++].value = value;
}

static void begin_v1(struct scene *scene, const cJSON *known)
{
    const cJSON *params = cJSON_GetObjectItemCaseSensitive(known, "parameters");
    const cJSON *token = cJSON_GetObjectItemCaseSensitive(params, "SecurityToken");
    struct gw_buf query;

    *scene =
        (struct scene){.wire = {.method = text_of(known, "method"), .path = "/", .query = "", .body = ""}};
    gw_buf_init(&query, 0);
    encode_all(&query, params);
    gw_buf_add_text(&query, "&Signature=");
    encode(&query, text_of(known, "signature"));
    scene->wire.query = keep(scene, gw_mem_dup(gw_buf_text(&query)));
    gw_buf_release(&query);
    add_key(scene, text_of(params, "AccessKeyId"), text_of(known, "secret"),
            token ? token->valuestring : NULL);
}

static void begin_v3(struct scene *scene, const cJSON *known)
{
    const cJSON *headers = cJSON_GetObjectItemCaseSensitive(known, "headers"), *header;
    const cJSON *token = cJSON_GetObjectItemCaseSensitive(headers, "x-acs-security-token");
    struct gw_buf query;

    *scene = (struct scene){
        .wire = {
            .method = text_of(known, "method"), .path = "/", .query = "", .body = text_of(known, "body")}};
    scene->wire.body_len = strlen(scene->wire.body);
    gw_buf_init(&query, 0);
    encode_all(&query, cJSON_GetObjectItemCaseSensitive(known, "query"));
    scene->wire.query = keep(scene, gw_mem_dup(gw_buf_text(&query)));
    gw_buf_release(&query);
    cJSON_ArrayForEach(header, headers)
    {
        add_header(scene, header->string, header->valuestring);
    }
    add_header(scene, "Authorization", text_of(known, "authorization"));
    add_key(scene, text_of(known, "access_key_id"), text_of(known, "secret"),
            token ? token->valuestring : NULL);
}

static void test_v1_known_answers(void **state)
{
    cJSON *all = cases("sign-v1.json"), *known;
    struct scene scene;

    (void)state;
    assert_true(cJSON_GetArraySize(all) >= 12);
    cJSON_ArrayForEach(known, all)
    {
        begin_v1(&scene, known);
        assert_string_equal(judge(&scene), "");
        assert_string_equal(scene.claim.key->account, "main");
        assert_true(scene.claim.signed_ms > 0);
        scene_end(&scene);
    }
    cJSON_Delete(all);
}

/* The same parameters as a form's body sign the same. */
static void test_v1_in_the_body(void **state)
{
    cJSON *all = cases("sign-v1.json"), *known;
    struct scene scene;

    (void)state;
    cJSON_ArrayForEach(known, all)
    {
        begin_v1(&scene, known);
        scene.wire.body = scene.wire.query;
        scene.wire.body_len = strlen(scene.wire.body);
        scene.wire.query = "";
        assert_string_not_equal(judge(&scene), ""); /* not a form: nobody reads it */
        add_header(&scene, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        assert_string_equal(judge(&scene), "");
        scene_end(&scene);
    }
    cJSON_Delete(all);
}

/* Changes each byte of the query that is a letter or digit, one at a time: none may pass. */
static void test_v1_tampered(void **state)
{
    cJSON *all = cases("sign-v1.json"), *known;
    struct scene scene;

    (void)state;
    cJSON_ArrayForEach(known, all)
    {
        char *query;

        begin_v1(&scene, known);
        query = (char *)keep(&scene, gw_mem_dup(scene.wire.query));
        scene.wire.query = query;
        for (char *p = query; *p; p++) {
            char old = *p;

            if (old == '%' || old == '&' || old == '=')
                continue;
            *p = old == 'x' ? 'y' : 'x';
            if (strcmp(judge(&scene), "") == 0)
                fail_msg("%s passed", query);
            *p = old;
        }
        scene.wire.method = strcmp(scene.wire.method, "GET") == 0 ? "POST" : "GET";
        assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
        scene_end(&scene);
    }
    cJSON_Delete(all);
}

static void test_v1_says_what_it_signed(void **state)
{
    cJSON *all = cases("sign-v1.json"), *known;
    struct scene scene;

    (void)state;
    cJSON_ArrayForEach(known, all)
    {
        const cJSON *to_sign = cJSON_GetObjectItemCaseSensitive(known, "string_to_sign");
        const char *told;

        if (!to_sign)
            continue;
        begin_v1(&scene, known);
        gw_secret_set(&scene.keys.key[0].secret, "other", 5);
        assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
        told = strstr(gw_buf_text(&scene.claim.message), "server string to sign is:");
        assert_non_null(told);
        assert_string_equal(told + strlen("server string to sign is:"), to_sign->valuestring);
        scene_end(&scene);
    }
    cJSON_Delete(all);
}

static void test_v3_known_answers(void **state)
{
    cJSON *all = cases("sign-v3.json"), *known;
    struct scene scene;

    (void)state;
    assert_true(cJSON_GetArraySize(all) >= 13);
    cJSON_ArrayForEach(known, all)
    {
        char to_sign[160];

        begin_v3(&scene, known);
        assert_string_equal(judge(&scene), "");
        assert_string_equal(scene.claim.action,
                            text_of(cJSON_GetObjectItemCaseSensitive(known, "headers"), "x-acs-action"));
        gw_secret_set(&scene.keys.key[0].secret, "other", 5);
        assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
        (void)snprintf(to_sign, sizeof(to_sign), "server string to sign is:ACS3-HMAC-SHA256\n%s",
                       text_of(known, "canonical_request_sha256"));
        assert_non_null(strstr(gw_buf_text(&scene.claim.message), to_sign));
        scene_end(&scene);
    }
    cJSON_Delete(all);
}

static bool is_signed(const char *name)
{
    return strcmp(name, "accept") != 0 && strcmp(name, "user-agent") != 0;
}

/* Changes and drops each header, changes method, query and body, adds what was not signed: none may pass. */
static void test_v3_tampered(void **state)
{
    cJSON *all = cases("sign-v3.json"), *known;
    struct scene scene;

    (void)state;
    cJSON_ArrayForEach(known, all)
    {
        struct gw_wire good;

        begin_v3(&scene, known);
        good = scene.wire;
        for (size_t i = 0; i < good.n_headers; i++) {
            char *value = gw_mem_dup(good.header[i].value);

            value[strlen(value) / 2] ^= 1;
            scene.wire.header[i].value = value;
            assert_true((strcmp(judge(&scene), "") == 0) == !is_signed(good.header[i].name));
            free(value);
            scene.wire = good;
            scene.wire.header[i] = good.header[good.n_headers - 1];
            scene.wire.n_headers--;
            assert_true((strcmp(judge(&scene), "") == 0) == !is_signed(good.header[i].name));
            scene.wire = good;
        }
        scene.wire.method = strcmp(good.method, "GET") == 0 ? "POST" : "GET";
        assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
        scene.wire = good;
        scene.wire.query = "Other=1";
        assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
        scene.wire = good;
        scene.wire.body = "other";
        scene.wire.body_len = 5;
        assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
        scene.wire = good;
        add_header(&scene, "X-Acs-Extra", "1");
        assert_string_equal(judge(&scene), "IncompleteSignature");
        scene.wire = good;
        add_header(&scene, "HOST", text_of(cJSON_GetObjectItemCaseSensitive(known, "headers"), "host"));
        assert_string_equal(judge(&scene), "IncompleteSignature"); /* twice, even with the same value */
        scene.wire = good;
        add_header(&scene, "accept-encoding", "gzip");
        assert_string_equal(judge(&scene), "");
        scene_end(&scene);
    }
    cJSON_Delete(all);
}

/* A parameter called Signature is nothing special here: it is signed or it does not pass. */
static void test_v3_signature_parameter_is_no_loophole(void **state)
{
    cJSON *all = cases("sign-v3.json");
    struct scene scene;
    char query[512];

    (void)state;
    begin_v3(&scene, cJSON_GetArrayItem(all, 0));
    (void)snprintf(query, sizeof(query), "%s&Signature=x", scene.wire.query);
    scene.wire.query = query;
    assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
    scene_end(&scene);
    cJSON_Delete(all);
}

static void set_header(struct scene *scene, const char *name, const char *value)
{
    for (size_t i = 0; i < scene->wire.n_headers; i++) {
        if (strcmp(scene->wire.header[i].name, name) == 0)
            scene->wire.header[i].value = value;
    }
}

static void test_v3_malformed_authorization(void **state)
{
    static const char *const bad[] = {
        "",
        "Bearer x",
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 ",
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=,Signature=00",
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host,Signature=",
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId, SignedHeaders=host, Signature=00",
        "ACS3-HMAC-SHA256X Credential=YourAccessKeyId,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host,Signature=00",
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=;;;,Signature=00",
    };
    cJSON *all = cases("sign-v3.json");
    struct scene scene;
    char *longest = gw_mem_new(1, 9000);

    (void)state;
    begin_v3(&scene, cJSON_GetArrayItem(all, 0));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set_header(&scene, "Authorization", bad[i]);
        assert_string_equal(judge(&scene), "IncompleteSignature");
        assert_int_equal(scene.claim.http_status, 400);
    }
    memset(longest, 'a', 8999);
    memcpy(longest, "ACS3-HMAC-SHA256 Credential=", strlen("ACS3-HMAC-SHA256 Credential="));
    set_header(&scene, "Authorization", longest);
    assert_string_equal(judge(&scene), "IncompleteSignature");
    scene_end(&scene);
    free(longest);
    cJSON_Delete(all);
}

static void test_keys_and_times(void **state)
{
    static const char *const bad_times[] = {
        "2026-01-02T03:04:05.000Z", "2026-01-02 03:04:05Z", "2026-13-02T03:04:05Z", "20260102T030405Z", "now",
        "1960-01-02T03:04:05Z"};
    cJSON *all = cases("sign-v3.json");
    struct scene scene;

    (void)state;
    begin_v3(&scene, cJSON_GetArrayItem(all, 0));
    for (size_t i = 0; i < sizeof(bad_times) / sizeof(bad_times[0]); i++) {
        set_header(&scene, "x-acs-date", bad_times[i]);
        assert_string_equal(judge(&scene), "InvalidTimeStamp.Format");
    }
    set_header(&scene, "x-acs-date", "");
    assert_string_equal(judge(&scene), "MissingParameter");
    scene_end(&scene);

    begin_v3(&scene, cJSON_GetArrayItem(all, 0));
    scene.keys.key[0].id[0] ^= 1;
    assert_string_equal(judge(&scene), "InvalidAccessKeyId.NotFound");
    assert_int_equal(scene.claim.http_status, 404);
    assert_null(scene.claim.key);
    scene_end(&scene);
    cJSON_Delete(all);
}

static void test_v1_parts_that_miss(void **state)
{
    static const char whole[] =
        "AccessKeyId=testid&Action=A&Version=2018-03-13&SignatureMethod=HMAC-SHA1&SignatureVersion="
        "1.0&SignatureNonce=n&Timestamp=2026-01-02T03%3A04%3A05Z&Signature=x";
    struct scene scene = {.wire = {.method = "GET", .path = "/", .query = whole, .body = ""}};
    char query[512];

    (void)state;
    add_key(&scene, "testid", "s", NULL);
    assert_string_equal(judge(&scene), "SignatureDoesNotMatch");
    for (const char *p = whole; p && *p;) {
        const char *next = strchr(p, '&');
        bool last = next == NULL;

        next = last ? p + strlen(p) : next + 1;
        (void)snprintf(query, sizeof(query), "%.*s%s", (int)(p - whole), whole, next);
        scene.wire.query = query;
        assert_string_equal(judge(&scene), last ? "IncompleteSignature" : "MissingParameter");
        p = next;
    }
    scene.wire.query = "";
    assert_string_equal(judge(&scene), "MissingParameter");
    (void)snprintf(query, sizeof(query), "%s", whole);
    memcpy(strstr(query, "SHA1"), "SHA2", 4);
    scene.wire.query = query;
    assert_string_equal(judge(&scene), "InvalidSignatureMethod");
    scene_end(&scene);
}

static void test_security_tokens(void **state)
{
    cJSON *all = cases("sign-v3.json"), *known;
    struct scene scene;
    int seen = 0;

    (void)state;
    cJSON_ArrayForEach(known, all)
    {
        const cJSON *headers = cJSON_GetObjectItemCaseSensitive(known, "headers");
        bool has = cJSON_HasObjectItem(headers, "x-acs-security-token");

        begin_v3(&scene, known);
        scene.keys.tokens_expired = true;
        assert_string_equal(judge(&scene), has ? "InvalidSecurityToken.Expired" : "");
        scene.keys.tokens_expired = false;
        scene.keys.key[0].expires_ms = scene.now_ms = 5000;
        assert_string_equal(judge(&scene), has ? "InvalidSecurityToken.Expired" : "");
        assert_true(!has || scene.claim.http_status == 400);
        scene.now_ms = 4999;
        assert_string_equal(judge(&scene), "");
        gw_secret_set(&scene.keys.key[0].token, "other", 5);
        assert_string_equal(judge(&scene), has ? "InvalidSecurityToken.Malformed" : "MissingSecurityToken");
        gw_secret_release(&scene.keys.key[0].token);
        assert_string_equal(judge(&scene), has ? "InvalidSecurityToken.MismatchWithAccessKey" : "");
        seen += has;
        scene_end(&scene);
    }
    assert_true(seen > 0);
    cJSON_Delete(all);
}

static void test_key_texts(void **state)
{
    static const char *const bad[] = {"", "id", "id:secret", "id@a", ":secret@a", "id:secret@", "@:x"};
    struct gw_keyring ring = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(gw_keyring_add(&ring, bad[i]));
    assert_int_equal(ring.n, 0);
    assert_null(gw_keyring_add(&ring, "id:se@cret:to:ken@acc"));
    assert_string_equal(ring.key[0].id, "id");
    assert_string_equal(ring.key[0].secret.bytes, "se@cret");
    assert_string_equal(ring.key[0].token.bytes, "to:ken");
    assert_string_equal(ring.key[0].account, "acc");
    while (ring.n < GW_KEYRING_MAX)
        assert_null(gw_keyring_add(&ring, "a:b@c"));
    assert_non_null(gw_keyring_add(&ring, "a:b@c"));
    gw_keyring_release(&ring);
}

static void test_tokens_that_are_issued(void **state)
{
    cJSON *all = cases("sign-v3.json"), *known, *with_token = NULL;
    const char *token;
    struct scene scene;
    char text[16];

    (void)state;
    cJSON_ArrayForEach(known, all)
    {
        if (cJSON_HasObjectItem(cJSON_GetObjectItemCaseSensitive(known, "headers"), "x-acs-security-token"))
            with_token = known;
    }
    assert_non_null(with_token);
    begin_v3(&scene, with_token);
    token = keep(&scene, gw_mem_dup(scene.keys.key[0].token.bytes));
    gw_secret_release(&scene.keys.key[0].token);
    gw_secret_set(&scene.keys.key[0].token, "first", 5);
    scene.keys.key[0].expires_ms = 10;
    scene.now_ms = 100;
    assert_string_equal(judge(&scene), "InvalidSecurityToken.Malformed"); /* nobody gave that one out */
    assert_false(gw_keyring_issue(&scene.keys, "nobody", "t", 1));
    assert_true(gw_keyring_issue(&scene.keys, scene.keys.key[0].id, token, 200));
    assert_int_equal(scene.keys.n, 2);
    assert_string_equal(judge(&scene), "");
    assert_ptr_equal(scene.claim.key, &scene.keys.key[1]);
    assert_string_equal(scene.claim.key->account, "main");
    assert_true(gw_keyring_issue(&scene.keys, scene.keys.key[0].id, "third", 300));
    assert_string_equal(judge(&scene), ""); /* an older one stays good */
    scene.now_ms = 200;
    assert_string_equal(judge(&scene), "InvalidSecurityToken.Expired");
    /* When there is no more room the ones that end first go. */
    scene.now_ms = 199;
    for (uint64_t i = scene.keys.n; i < GW_KEYRING_MAX + 1; i++) {
        (void)snprintf(text, sizeof(text), "t%llu", (unsigned long long)i);
        assert_true(gw_keyring_issue(&scene.keys, scene.keys.key[0].id, text, 300 + i));
    }
    assert_int_equal(scene.keys.n, GW_KEYRING_MAX);
    assert_string_equal(scene.keys.key[0].token.bytes, "t1024"); /* where "first" was */
    assert_string_equal(judge(&scene), "");
    assert_true(gw_keyring_issue(&scene.keys, scene.keys.key[0].id, "last", 999));
    assert_string_equal(judge(&scene), "InvalidSecurityToken.Malformed");
    scene_end(&scene);
    cJSON_Delete(all);
}

static void test_a_full_ring_of_lasting_keys(void **state)
{
    struct gw_keyring ring = {0};

    (void)state;
    while (ring.n < GW_KEYRING_MAX)
        assert_null(gw_keyring_add(&ring, "a:b@c"));
    assert_false(gw_keyring_issue(&ring, "a", "token", 5));
    gw_keyring_release(&ring);
}

/* RFC 4231 case 2, RFC 2202 case 2, FIPS 180 "abc". */
static void test_digests(void **state)
{
    char hex[GW_DIGEST_HEX_SIZE], base64[GW_DIGEST_BASE64_SIZE];

    (void)state;
    gw_digest_sha256_hex("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    gw_digest_hmac_sha256_hex("Jefe", 4, "what do ya want for nothing?", 28, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    gw_digest_hmac_sha1_base64("Jefe", 4, "what do ya want for nothing?", 28, base64);
    assert_string_equal(base64, "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v1_known_answers),
        cmocka_unit_test(test_v1_in_the_body),
        cmocka_unit_test(test_v1_tampered),
        cmocka_unit_test(test_v1_says_what_it_signed),
        cmocka_unit_test(test_v1_parts_that_miss),
        cmocka_unit_test(test_v3_known_answers),
        cmocka_unit_test(test_v3_tampered),
        cmocka_unit_test(test_v3_signature_parameter_is_no_loophole),
        cmocka_unit_test(test_v3_malformed_authorization),
        cmocka_unit_test(test_keys_and_times),
        cmocka_unit_test(test_security_tokens),
        cmocka_unit_test(test_key_texts),
        cmocka_unit_test(test_tokens_that_are_issued),
        cmocka_unit_test(test_a_full_ring_of_lasting_keys),
        cmocka_unit_test(test_digests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
