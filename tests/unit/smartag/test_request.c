/* gw_sign, byte for byte: the vendor's known answers that it can make, and requests of every action. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "gatewave/smartag/request.h"

#include "fixtures.h"

#define NONCE   "b6f8e6c05b2f4f0a9c2e0d7f3a1c4e55"
#define UNIX_MS 1767323045000 /* 2026-01-02T03:04:05Z */

static struct gw_signer *signer_of(enum gw_scheme scheme, enum gw_format format, const char *key_id,
                                   const char *secret_text, const char *token_text, struct gw_err *err)
{
    struct gw_secret secret = {0}, token = {0};
    struct gw_signer *signer;

    gw_secret_set(&secret, secret_text, strlen(secret_text));
    if (*token_text)
        gw_secret_set(&token, token_text, strlen(token_text));
    signer = gw_signer_new(scheme, format, key_id, &secret, &token, err);
    gw_secret_release(&secret); /* the signer keeps what it needs */
    gw_secret_release(&token);
    return signer;
}

static const char *header_of(const struct gw_signed *req, const char *name)
{
    for (size_t i = 0; i < req->n_headers; i++) {
        if (strncasecmp(req->header[i], name, strlen(name)) == 0 &&
            strncmp(req->header[i] + strlen(name), ": ", 2) == 0)
            return req->header[i] + strlen(name) + 2;
    }
    return NULL;
}

static void assert_header(const struct gw_signed *req, const char *name, const char *value)
{
    assert_non_null(header_of(req, name));
    assert_string_equal(header_of(req, name), value);
}

static enum gw_action action_named(const char *name)
{
    for (int action = GW_ACTION_NONE + 1; action < GW_ACTION_COUNT; action++) {
        if (strcmp(gw_action_name((enum gw_action)action), name) == 0)
            return (enum gw_action)action;
    }
    fail_msg("no action %s", name);
    return GW_ACTION_NONE;
}

/* A call made from a known answer's parameters; ids holds the list that it points to. */
static struct gw_call call_of(const struct cJSON *parameters, enum gw_action action, const char *host,
                              const char *nonce, const char *ids[GW_LIST_IDS_MAX])
{
    struct gw_call call = {.action = action, .host = host, .nonce = nonce, .signed_unix_ms = UNIX_MS + 999};
    const struct cJSON *item;

    cJSON_ArrayForEach(item, parameters)
    {
        const char *name = item->string, *value = item->valuestring;

        if (strcmp(name, "RegionId") == 0)
            call.region = value;
        else if (strcmp(name, "SmartAGId") == 0)
            call.gateway_id = value;
        else if (strcmp(name, "SerialNumber") == 0 || strcmp(name, "SmartAGSn") == 0)
            call.serial = value;
        else if (strcmp(name, "VersionCode") == 0)
            call.version = value;
        else if (strcmp(name, "VersionType") == 0)
            call.version_type = strcmp(value, "Dpi") == 0 ? GW_VERSION_TYPE_DPI : GW_VERSION_TYPE_DEVICE;
        else if (strcmp(name, "PageNumber") == 0)
            call.page = (uint32_t)strtoul(value, NULL, 10);
        else if (strcmp(name, "PageSize") == 0)
            call.page_size = (uint32_t)strtoul(value, NULL, 10);
        else if (strncmp(name, "SmartAGIds.", 11) == 0)
            ids[call.n_gateway_ids++] = value;
    }
    call.gateway_ids = ids;
    return call;
}

static const struct cJSON *known_answer(const struct cJSON *all, const char *id)
{
    const struct cJSON *known;

    cJSON_ArrayForEach(known, all)
    {
        if (strcmp(fixture_text(known, "id"), id) == 0)
            return known;
    }
    fail_msg("no known answer %s", id);
    return NULL;
}

/* The known answers that are POSTs of a listed action with all that we always send: one for each scheme. */
static void test_vendor_known_answer_v3(void **state)
{
    struct cJSON *all = fixture_read("sign-v3.json");
    const struct cJSON *known = known_answer(all, "C1");
    const struct cJSON *headers = cJSON_GetObjectItemCaseSensitive(known, "headers"), *header;
    const char *ids[GW_LIST_IDS_MAX];
    struct gw_call call = call_of(cJSON_GetObjectItemCaseSensitive(known, "query"), GW_ACTION_UPDATE_VERSION,
                                  fixture_text(headers, "host"), NONCE, ids);
    struct gw_signer *signer = signer_of(GW_SCHEME_V3, GW_FORMAT_JSON, fixture_text(known, "access_key_id"),
                                         fixture_text(known, "secret"), "", NULL);
    struct gw_signed req = {0};

    (void)state;
    assert_int_equal(gw_sign(signer, &call, &req, NULL), GW_OK);
    assert_header(&req, "Authorization", fixture_text(known, "authorization"));
    cJSON_ArrayForEach(header, headers) assert_header(&req, header->string, header->valuestring);
    assert_header(&req, "Accept", "application/json");
    assert_int_equal(req.n_headers, 8);
    assert_string_equal(req.target, "/?RegionId=cn-hangzhou&SerialNumber=sag233a234i55&SmartAGId="
                                    "sag-0ovhf732a9j0001234&VersionCode=1.0.1&VersionType=Device");
    assert_string_equal(req.body, "");
    assert_int_equal(req.body_len, 0);
    gw_signed_release(&req);
    gw_signer_free(signer);
    cJSON_Delete(all);
}

static void test_vendor_known_answer_v1(void **state)
{
    struct cJSON *all = fixture_read("sign-v1.json");
    const struct cJSON *known = known_answer(all, "S1");
    const struct cJSON *parameters = cJSON_GetObjectItemCaseSensitive(known, "parameters");
    const char *ids[GW_LIST_IDS_MAX];
    struct gw_call call = call_of(parameters, GW_ACTION_UPDATE_VERSION, "smartag.cn-hangzhou.aliyuncs.com",
                                  fixture_text(parameters, "SignatureNonce"), ids);
    struct gw_signer *signer =
        signer_of(GW_SCHEME_V1, GW_FORMAT_JSON, fixture_text(parameters, "AccessKeyId"),
                  fixture_text(known, "secret"), "", NULL);
    struct gw_signed req = {0};

    (void)state;
    assert_int_equal(gw_sign(signer, &call, &req, NULL), GW_OK);
    assert_string_equal(req.target, "/");
    assert_string_equal(
        req.body,
        "AccessKeyId=testid&Action=UpdateSmartAccessGatewayVersion&Format=JSON&RegionId=cn-hangzhou&"
        "SerialNumber=sag233a234i55&SignatureMethod=HMAC-SHA1&SignatureNonce=b6f8e6c0-5b2f-4f0a-9c2e-"
        "0d7f3a1c4e55&SignatureVersion=1.0&SmartAGId=sag-0ovhf732a9j0001234&Timestamp=2026-01-02T03%3A"
        "04%3A05Z&Version=2018-03-13&VersionCode=1.0.1&VersionType=Device&"
        "Signature=CkTYOGGJvmQNahzWQmmdCtQr2OU%3D");
    assert_int_equal(req.body_len, strlen(req.body));
    assert_header(&req, "Host", "smartag.cn-hangzhou.aliyuncs.com");
    assert_header(&req, "Content-Type", "application/x-www-form-urlencoded");
    assert_header(&req, "Accept", "application/json");
    assert_header(&req, "x-acs-action", "UpdateSmartAccessGatewayVersion");
    assert_header(&req, "x-acs-version", "2018-03-13");
    assert_int_equal(req.n_headers, 5);
    gw_signed_release(&req);
    gw_signer_free(signer);
    cJSON_Delete(all);
}

static void check_case(const struct cJSON *set, const struct cJSON *known, enum gw_scheme scheme,
                       struct gw_signed *req)
{
    const bool xml = strcmp(fixture_text(known, "format"), "XML") == 0;
    const char *token = fixture_text(known, "token"), *host = fixture_text(known, "host");
    const char *ids[GW_LIST_IDS_MAX];
    struct gw_call call =
        call_of(cJSON_GetObjectItemCaseSensitive(known, "parameters"),
                action_named(fixture_text(known, "action")), host, fixture_text(set, "nonce"), ids);
    struct gw_signer *signer =
        signer_of(scheme, xml ? GW_FORMAT_XML : GW_FORMAT_JSON, fixture_text(set, "access_key_id"),
                  fixture_text(set, "secret"), token, NULL);

    assert_int_equal(gw_sign(signer, &call, req, NULL), GW_OK);
    gw_signer_free(signer); /* a signed request outlives its signer */
    assert_header(req, "Host", host);
    assert_header(req, "Accept", xml ? "application/xml" : "application/json");
    if (scheme == GW_SCHEME_V1) {
        assert_string_equal(req->target, "/");
        assert_string_equal(req->body, fixture_text(known, "v1_body"));
        assert_int_equal(req->body_len, strlen(req->body));
        return;
    }
    assert_string_equal(req->target, fixture_text(known, "v3_target"));
    assert_header(req, "Authorization", fixture_text(known, "v3_authorization"));
    assert_int_equal(req->body_len, 0);
    if (*token) {
        assert_header(req, "x-acs-security-token", token);
        assert_header(req, "x-acs-accesskey-id", fixture_text(set, "access_key_id"));
    } else {
        assert_null(header_of(req, "x-acs-security-token"));
        assert_null(header_of(req, "x-acs-accesskey-id"));
    }
}

static void test_every_action(void **state)
{
    struct cJSON *set = fixture_read("requests.json");
    const struct cJSON *known;
    struct gw_signed req = {0}; /* one for all: it grows and is signed into again */

    (void)state;
    cJSON_ArrayForEach(known, cJSON_GetObjectItemCaseSensitive(set, "cases"))
    {
        check_case(set, known, GW_SCHEME_V3, &req);
        check_case(set, known, GW_SCHEME_V1, &req);
    }
    gw_signed_release(&req);
    assert_null(req.buffer);
    cJSON_Delete(set);
}

static const struct gw_call update = {.action = GW_ACTION_UPDATE_VERSION,
                                      .region = "cn-shanghai",
                                      .host = "smartag.cn-shanghai.aliyuncs.com",
                                      .gateway_id = "sag-a",
                                      .serial = "sage1",
                                      .version = "2.4.0",
                                      .version_type = GW_VERSION_TYPE_DEVICE,
                                      .signed_unix_ms = UNIX_MS,
                                      .nonce = NONCE};

static void test_warm_request_keeps_its_memory(void **state)
{
    static const enum gw_scheme schemes[] = {GW_SCHEME_V3, GW_SCHEME_V1};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct gw_signer *signer = signer_of(schemes[i], GW_FORMAT_JSON, "id", "secret", "", NULL);
        struct gw_signed req = {0};
        char *buffer, first[4096];

        assert_int_equal(gw_sign(signer, &update, &req, NULL), GW_OK);
        buffer = req.buffer;
        snprintf(first, sizeof(first), "%s %s", req.target, req.body);
        for (int again = 0; again < 100; again++)
            assert_int_equal(gw_sign(signer, &update, &req, NULL), GW_OK);
        assert_ptr_equal(req.buffer, buffer);
        snprintf(buffer = malloc(4096), 4096, "%s %s", req.target, req.body);
        assert_string_equal(buffer, first); /* the same facts, the same bytes */
        free(buffer);
        gw_signed_release(&req);
        gw_signer_free(signer);
    }
}

static void test_date_follows_the_second(void **state)
{
    struct gw_signer *signer = signer_of(GW_SCHEME_V3, GW_FORMAT_JSON, "id", "secret", "", NULL);
    struct gw_signed req = {0};
    struct gw_call call = update;
    char first[256];

    (void)state;
    assert_int_equal(gw_sign(signer, &call, &req, NULL), GW_OK);
    assert_header(&req, "x-acs-date", "2026-01-02T03:04:05Z");
    snprintf(first, sizeof(first), "%s", header_of(&req, "Authorization"));
    call.signed_unix_ms += 999; /* the same second */
    assert_int_equal(gw_sign(signer, &call, &req, NULL), GW_OK);
    assert_string_equal(header_of(&req, "Authorization"), first);
    call.signed_unix_ms += 1;
    assert_int_equal(gw_sign(signer, &call, &req, NULL), GW_OK);
    assert_header(&req, "x-acs-date", "2026-01-02T03:04:06Z");
    assert_string_not_equal(header_of(&req, "Authorization"), first);
    call.signed_unix_ms = UNIX_MS; /* and back */
    assert_int_equal(gw_sign(signer, &call, &req, NULL), GW_OK);
    assert_string_equal(header_of(&req, "Authorization"), first);
    gw_signed_release(&req);
    gw_signer_free(signer);
}

static void assert_not_signed(struct gw_signer *signer, struct gw_call call, const char *says)
{
    struct gw_signed req = {0};
    struct gw_err err = {0};

    assert_int_equal(gw_sign(signer, &call, &req, &err), GW_ERR_INTERNAL);
    assert_non_null(strstr(err.text, says));
    assert_null(req.target);
    assert_int_equal(req.n_headers, 0);
    gw_signed_release(&req);
}

static void test_nothing_is_signed_by_halves(void **state)
{
    struct gw_signer *signer = signer_of(GW_SCHEME_V3, GW_FORMAT_JSON, "id", "secret", "", NULL);
    const char *empty_id[] = {"sag-a", ""};
    struct gw_call list = {.action = GW_ACTION_LIST_GATEWAYS,
                           .region = "cn-shanghai",
                           .host = "h",
                           .page = 1,
                           .page_size = 50,
                           .signed_unix_ms = UNIX_MS,
                           .nonce = NONCE};
    struct gw_call call;

    (void)state;
#define WITHOUT(member, says) (call = update, call.member = 0, assert_not_signed(signer, call, says))
    WITHOUT(region, "RegionId");
    WITHOUT(gateway_id, "SmartAGId");
    WITHOUT(version, "VersionCode");
    WITHOUT(version_type, "VersionType");
    WITHOUT(host, "host");
    WITHOUT(nonce, "nonce");
    WITHOUT(signed_unix_ms, "time");
    WITHOUT(action, "may not be signed");
#undef WITHOUT
    call = update;
    call.gateway_id = "";
    assert_not_signed(signer, call, "SmartAGId");
    call = update;
    call.action = GW_ACTION_DEVICE_INFO;
    call.serial = NULL;
    assert_not_signed(signer, call, "SmartAGSn");
    call = list;
    call.page = 0;
    assert_not_signed(signer, call, "PageNumber");
    call = list;
    call.page_size = 51;
    assert_not_signed(signer, call, "50");
    call = list;
    call.n_gateway_ids = 51;
    call.gateway_ids = (const char *[51]){"a"};
    assert_not_signed(signer, call, "50");
    call = list;
    call.n_gateway_ids = 2;
    call.gateway_ids = empty_id;
    assert_not_signed(signer, call, "gateway id 2");
    gw_signer_free(signer);
}

static void test_headers_cannot_be_smuggled(void **state)
{
    struct gw_signer *signer = signer_of(GW_SCHEME_V3, GW_FORMAT_JSON, "id", "secret", "", NULL);
    struct gw_signed req = {0};
    struct gw_call call = update;

    (void)state;
    call.host = "h\r\nx-evil: 1";
    assert_not_signed(signer, call, "host");
    call = update;
    call.nonce = "n\n";
    assert_not_signed(signer, call, "nonce");
    call = update;
    call.gateway_id = "sag\r\nx-evil: 1&Action=Other";
    assert_int_equal(gw_sign(signer, &call, &req, NULL), GW_OK);
    assert_non_null(strstr(req.target, "SmartAGId=sag%0D%0Ax-evil%3A%201%26Action%3DOther&"));
    gw_signed_release(&req);
    gw_signer_free(signer);
}

static void test_bad_keys_are_refused_and_not_shown(void **state)
{
    static const char *const bad[] = {
        "", "canary-secret\n", " canary-secret", "canary secret", "canary\x01secret", "canary-gehe\xC3\xAFm"};
    struct gw_err err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        err = (struct gw_err){0};
        assert_null(signer_of(GW_SCHEME_V3, GW_FORMAT_JSON, "id", bad[i], "", &err));
        assert_int_equal(err.code, GW_ERR_CREDENTIALS);
        assert_non_null(strstr(err.text, "secret is empty"));
        assert_null(strstr(err.text, "canary"));
        err = (struct gw_err){0};
        assert_null(signer_of(GW_SCHEME_V1, GW_FORMAT_JSON, bad[i], "secret", "", &err));
        assert_non_null(strstr(err.text, "id is empty"));
        assert_null(strstr(err.text, "canary"));
        if (!*bad[i])
            continue; /* no token is fine */
        assert_null(signer_of(GW_SCHEME_V3, GW_FORMAT_JSON, "id", "secret", bad[i], &err));
        assert_non_null(strstr(err.text, "token"));
        assert_null(strstr(err.text, "canary"));
    }
    assert_null(signer_of(GW_SCHEME_V3, GW_FORMAT_JSON, "id,SignedHeaders=", "secret", "", &err));
    gw_signer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vendor_known_answer_v3),
        cmocka_unit_test(test_vendor_known_answer_v1),
        cmocka_unit_test(test_every_action),
        cmocka_unit_test(test_warm_request_keeps_its_memory),
        cmocka_unit_test(test_date_follows_the_second),
        cmocka_unit_test(test_nothing_is_signed_by_halves),
        cmocka_unit_test(test_headers_cannot_be_smuggled),
        cmocka_unit_test(test_bad_keys_are_refused_and_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
