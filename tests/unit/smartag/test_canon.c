/* Every known answer, through templates of constants, of variables, and of both in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "canon.h"
#include "digest.h"
#include "fixtures.h"

#define PAIRS_MAX 32
#define TEXT_MAX  8192

enum mix {
    CONSTANTS,
    VARIABLES,
    BOTH,
    MIX_COUNT,
};

struct pairs {
    struct gw_pair pair[PAIRS_MAX];
    struct gw_value value[PAIRS_MAX];
    size_t n;
};

static void add(struct pairs *pairs, const char *name, const char *value, enum mix mix)
{
    const size_t i = pairs->n++;

    assert_true(i < PAIRS_MAX);
    pairs->value[i] = gw_value_of(value);
    if (mix == VARIABLES || (mix == BOTH && i % 2))
        pairs->pair[i] = (struct gw_pair){name, NULL, (int)i};
    else
        pairs->pair[i] = (struct gw_pair){name, value, GW_SLOT_CONSTANT};
}

static struct pairs pairs_of(const struct cJSON *object, enum mix mix)
{
    struct pairs pairs = {.n = 0};
    const struct cJSON *item;

    cJSON_ArrayForEach(item, object) add(&pairs, item->string, item->valuestring, mix);
    return pairs;
}

/* The vendor's rule: of the headers sent, these are signed. */
static struct pairs signed_headers_of(const struct cJSON *object, enum mix mix)
{
    struct pairs pairs = {.n = 0};
    const struct cJSON *item;

    cJSON_ArrayForEach(item, object)
    {
        if (strcmp(item->string, "host") == 0 || strcmp(item->string, "content-type") == 0 ||
            strncmp(item->string, "x-acs-", 6) == 0)
            add(&pairs, item->string, item->valuestring, mix);
    }
    return pairs;
}

static void check_v1(const struct cJSON *known, enum mix mix)
{
    const char *secret = fixture_text(known, "secret"), *method = fixture_text(known, "method");
    struct pairs pairs = pairs_of(cJSON_GetObjectItemCaseSensitive(known, "parameters"), mix);
    const struct cJSON *want = cJSON_GetObjectItemCaseSensitive(known, "string_to_sign");
    char text[TEXT_MAX], key[128], signature[GW_V1_SIGNATURE_MAX];
    struct gw_query query;
    struct gw_mac mac = {0};
    size_t len;

    gw_query_init(&query, pairs.pair, pairs.n);
    len = (size_t)(gw_canon_v1(method, &query, pairs.value, text) - text);
    assert_true(len <= gw_canon_v1_bound(method, &query, pairs.value));
    text[len] = '\0';
    if (want)
        assert_string_equal(text, want->valuestring);

    snprintf(key, sizeof(key), "%s&", secret);
    assert_int_equal(gw_mac_init(&mac, "SHA1", key, strlen(key), NULL), GW_OK);
    for (int again = 0; again < 2; again++) { /* the key state serves more than once */
        gw_digest_v1(&mac, text, len, signature);
        assert_string_equal(signature, fixture_text(known, "signature"));
    }
    gw_mac_release(&mac);
    gw_query_release(&query);
}

static void check_v3(const struct cJSON *known, enum mix mix)
{
    const char *secret = fixture_text(known, "secret"), *body = fixture_text(known, "body");
    struct pairs query_pairs = pairs_of(cJSON_GetObjectItemCaseSensitive(known, "query"), mix);
    struct pairs header_pairs = signed_headers_of(cJSON_GetObjectItemCaseSensitive(known, "headers"), mix);
    char query_text[TEXT_MAX], text[TEXT_MAX], payload[GW_SHA256_HEX_SIZE], hex[GW_SHA256_HEX_SIZE],
        want[1024];
    struct gw_query query;
    struct gw_headers headers;
    struct gw_mac mac = {0};
    struct gw_sha256 sha = {0};
    struct gw_canon_v3 canon = {.method = fixture_text(known, "method"),
                                .query = query_text,
                                .headers = &headers,
                                .values = header_pairs.value,
                                .payload_hash = payload};
    size_t len;

    gw_query_init(&query, query_pairs.pair, query_pairs.n);
    gw_headers_init(&headers, header_pairs.pair, header_pairs.n);
    assert_int_equal(gw_mac_init(&mac, "SHA256", secret, strlen(secret), NULL), GW_OK);
    assert_int_equal(gw_sha256_init(&sha, NULL), GW_OK);

    gw_sha256_hex(&sha, body, strlen(body), payload);
    canon.query_len =
        (size_t)(gw_query_render(&query, query_pairs.value, GW_FORM_ONCE, query_text) - query_text);
    len = (size_t)(gw_canon_v3_render(&canon, text) - text);
    assert_true(len <= gw_canon_v3_bound(&canon));
    text[len] = '\0';
    assert_string_equal(text, fixture_text(known, "canonical_request"));
    gw_sha256_hex(&sha, text, len, hex);
    assert_string_equal(hex, fixture_text(known, "canonical_request_sha256"));
    for (int again = 0; again < 2; again++) {
        gw_digest_v3(&mac, &sha, text, len, hex);
        assert_string_equal(hex, fixture_text(known, "signature"));
    }
    snprintf(want, sizeof(want), "ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%s",
             fixture_text(known, "access_key_id"), headers.names, hex);
    assert_string_equal(want, fixture_text(known, "authorization"));

    gw_sha256_release(&sha);
    gw_mac_release(&mac);
    gw_headers_release(&headers);
    gw_query_release(&query);
}

static void test_known_answers_v1(void **state)
{
    struct cJSON *all = fixture_read("sign-v1.json");
    const struct cJSON *known;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(all), 12);
    cJSON_ArrayForEach(known, all)
    {
        for (int mix = CONSTANTS; mix < MIX_COUNT; mix++)
            check_v1(known, (enum mix)mix);
    }
    cJSON_Delete(all);
}

static void test_known_answers_v3(void **state)
{
    struct cJSON *all = fixture_read("sign-v3.json");
    const struct cJSON *known;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(all), 13);
    cJSON_ArrayForEach(known, all)
    {
        for (int mix = CONSTANTS; mix < MIX_COUNT; mix++)
            check_v3(known, (enum mix)mix);
    }
    cJSON_Delete(all);
}

static void test_encoding_of_every_byte(void **state)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

    (void)state;
    for (int c = 1; c < 256; c++) {
        const char byte = (char)c;
        char want[16], got[16];

        snprintf(want, sizeof(want), strchr(plain, c) ? "%c" : "%%%02X", c);
        *gw_canon_encode(&byte, 1, GW_FORM_ONCE, got) = '\0';
        assert_string_equal(got, want);
        snprintf(want, sizeof(want), strchr(plain, c) ? "%c" : "%%25%02X", c);
        *gw_canon_encode(&byte, 1, GW_FORM_TWICE, got) = '\0';
        assert_string_equal(got, want);
    }
}

static void render(const struct gw_query *query, const struct gw_value *values, enum gw_form form, char *ret)
{
    *gw_query_render(query, values, form, ret) = '\0';
}

static void test_absent_values_leave_their_pair_out(void **state)
{
    const struct gw_pair pairs[] = {{"b", NULL, 1}, {"a", NULL, 0}, {"c", "x y", GW_SLOT_CONSTANT}};
    struct gw_value values[2] = {gw_value_of("1"), gw_value_of("2")};
    struct gw_query query;
    char text[64];

    (void)state;
    gw_query_init(&query, pairs, 3);
    render(&query, values, GW_FORM_ONCE, text);
    assert_string_equal(text, "a=1&b=2&c=x%20y");
    render(&query, values, GW_FORM_TWICE, text);
    assert_string_equal(text, "a%3D1%26b%3D2%26c%3Dx%2520y");
    values[0] = gw_value_of(NULL); /* the first one: no separator may stay behind */
    render(&query, values, GW_FORM_ONCE, text);
    assert_string_equal(text, "b=2&c=x%20y");
    render(&query, values, GW_FORM_TWICE, text);
    assert_string_equal(text, "b%3D2%26c%3Dx%2520y");
    values[1] = gw_value_of(""); /* empty is not absent */
    render(&query, values, GW_FORM_ONCE, text);
    assert_string_equal(text, "b=&c=x%20y");
    gw_query_release(&query);
}

static void test_header_lines(void **state)
{
    const struct gw_pair pairs[] = {{"x-acs-b", " two words\t", GW_SLOT_CONSTANT}, {"host", NULL, 0}};
    const struct gw_value values[1] = {gw_value_of(" h:1 ")};
    struct gw_headers headers;
    char text[64];

    (void)state;
    gw_headers_init(&headers, pairs, 2);
    assert_string_equal(headers.names, "host;x-acs-b");
    *gw_headers_render(&headers, values, text) = '\0';
    assert_string_equal(text, "host:h:1\nx-acs-b:two words\n");
    assert_true(strlen(text) <= gw_headers_bound(&headers, values));
    gw_headers_line(&headers, 0, values, text);
    assert_string_equal(text, "host: h:1");
    gw_headers_line(&headers, 1, values, text);
    assert_string_equal(text, "x-acs-b: two words");
    gw_headers_release(&headers);
}

static void test_unknown_digest_is_an_error(void **state)
{
    struct gw_mac mac = {0};
    struct gw_err err = {0};

    (void)state;
    assert_int_equal(gw_mac_init(&mac, "NONESUCH", "key", 3, &err), GW_ERR_CREDENTIALS);
    assert_non_null(strstr(err.text, "NONESUCH"));
    assert_null(mac.ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers_v1),
        cmocka_unit_test(test_known_answers_v3),
        cmocka_unit_test(test_encoding_of_every_byte),
        cmocka_unit_test(test_absent_values_leave_their_pair_out),
        cmocka_unit_test(test_header_lines),
        cmocka_unit_test(test_unknown_digest_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
