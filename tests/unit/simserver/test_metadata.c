/* A machine's metadata server: sessions, the role, and keys for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "metadata.h"

#define NOW_MS  UINT64_C(1767323045000) /* 2026-01-02T03:04:05Z */
#define TOKEN   "/latest/api/token"
#define ROLES   "/latest/meta-data/ram/security-credentials/"
#define TTL     "X-aliyun-ecs-metadata-token-ttl-seconds"
#define SESSION "x-aliyun-ecs-metadata-token"

struct scene {
    struct gw_keyring keys;
    struct gw_sts sts;
    struct gw_metadata metadata;
    struct gw_rng rng;
    uint64_t now_ms;
    struct gw_metadata_reply reply;
};

static void scene_begin(struct scene *scene)
{
    *scene = (struct scene){.now_ms = NOW_MS};
    scene->sts.keys = &scene->keys;
    scene->metadata.sts = &scene->sts;
    assert_null(gw_metadata_set_role(&scene->metadata, "old@other"));
    assert_null(gw_metadata_set_role(&scene->metadata, "night@main"));
    gw_rng_init(&scene->rng, 1);
    gw_buf_init(&scene->reply.body, 0);
}

static void scene_end(struct scene *scene)
{
    gw_buf_release(&scene->reply.body);
    gw_metadata_release(&scene->metadata);
    gw_keyring_release(&scene->keys);
}

/* The status; the header may be NULL. */
static int ask(struct scene *scene, const char *method, const char *path, const char *header,
               const char *value)
{
    struct gw_wire wire = {.method = method, .path = path, .query = "", .body = ""};

    if (header) {
        wire.header[0].name = header;
        wire.header[0].value = value;
        wire.n_headers = 1;
    }
    gw_buf_release(&scene->reply.body);
    gw_metadata_answer(&scene->metadata, &wire, scene->now_ms, &scene->rng, &scene->reply);
    return scene->reply.http_status;
}

static const char *body(const struct scene *scene)
{
    return gw_buf_text(&scene->reply.body);
}

static void test_without_a_session(void **state)
{
    char want[512];
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    assert_int_equal(ask(&scene, "GET", ROLES, NULL, NULL), 200);
    assert_string_equal(body(&scene), "night");
    assert_string_equal(scene.reply.action, "MetadataRole");
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 200);
    assert_string_equal(scene.reply.action, "MetadataCredentials");
    assert_string_equal(scene.reply.content_type, "application/json");
    (void)snprintf(
        want, sizeof(want),
        "{\"Code\":\"Success\",\"AccessKeyId\":\"%s\",\"AccessKeySecret\":\"%s\",\"SecurityToken\":"
        "\"%s\",\"Expiration\":\"2026-01-02T09:04:05Z\",\"LastUpdated\":\"2026-01-02T03:04:05Z\"}",
        scene.reply.grant.id, scene.reply.grant.secret, scene.reply.grant.token);
    assert_string_equal(body(&scene), want);
    assert_int_equal(scene.keys.n, 1);
    assert_string_equal(scene.keys.key[0].account, "main");
    assert_string_equal(scene.keys.key[0].id, scene.reply.grant.id);
    assert_string_equal(scene.keys.key[0].secret.bytes, scene.reply.grant.secret);
    assert_string_equal(scene.keys.key[0].token.bytes, scene.reply.grant.token);
    assert_true(scene.keys.key[0].expires_ms == NOW_MS + 6 * 3600 * 1000);
    scene_end(&scene);
}

static void test_sessions(void **state)
{
    char token[64];
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    scene.metadata.v2_only = true;
    assert_int_equal(ask(&scene, "GET", ROLES, NULL, NULL), 403);
    assert_string_equal(scene.reply.code, "MissingToken");
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 403);
    assert_int_equal(scene.keys.n, 0);
    assert_int_equal(ask(&scene, "PUT", TOKEN, TTL, "60"), 200);
    assert_string_equal(scene.reply.action, "MetadataToken");
    (void)snprintf(token, sizeof(token), "%s", body(&scene));
    assert_in_range(strlen(token), 16, 63);
    assert_int_equal(ask(&scene, "GET", ROLES, SESSION, token), 200);
    assert_int_equal(ask(&scene, "GET", ROLES "night", SESSION, token), 200);
    assert_int_equal(ask(&scene, "GET", ROLES "night", SESSION, "made up"), 401);
    assert_string_equal(scene.reply.code, "InvalidToken");
    /* An older session goes on beside a newer one. */
    assert_int_equal(ask(&scene, "PUT", TOKEN, TTL, "21600"), 200);
    assert_string_not_equal(body(&scene), token);
    scene.now_ms += 59999;
    assert_int_equal(ask(&scene, "GET", ROLES, SESSION, token), 200);
    scene.now_ms += 1;
    assert_int_equal(ask(&scene, "GET", ROLES, SESSION, token), 401);
    /* A wrong one is refused even where none is needed. */
    scene.metadata.v2_only = false;
    assert_int_equal(ask(&scene, "GET", ROLES, SESSION, token), 401);
    scene_end(&scene);
}

static void test_many_sessions(void **state)
{
    char first[64], second[64];
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    assert_int_equal(ask(&scene, "PUT", TOKEN, TTL, "60"), 200);
    (void)snprintf(first, sizeof(first), "%s", body(&scene));
    assert_int_equal(ask(&scene, "PUT", TOKEN, TTL, "60"), 200);
    (void)snprintf(second, sizeof(second), "%s", body(&scene));
    for (int i = 0; i < GW_METADATA_TOKENS_MAX - 1; i++)
        assert_int_equal(ask(&scene, "PUT", TOKEN, TTL, "60"), 200);
    assert_int_equal(ask(&scene, "GET", ROLES, SESSION, first), 401); /* the oldest is forgotten */
    assert_int_equal(ask(&scene, "GET", ROLES, SESSION, second), 200);
    scene_end(&scene);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *method, *path, *header, *value;
        int http_status;
    } cases[] = {
        {"PUT", TOKEN, NULL, NULL, 400},
        {"PUT", TOKEN, TTL, "0", 400},
        {"PUT", TOKEN, TTL, "21601", 400},
        {"PUT", TOKEN, TTL, "a while", 400},
        {"GET", TOKEN, TTL, "60", 405},
        {"POST", ROLES, NULL, NULL, 405},
        {"GET", ROLES "another", NULL, NULL, 404},
        {"GET", "/latest/meta-data/", NULL, NULL, 404},
        {"GET", "/", NULL, NULL, 404},
        {"PUT", "/credentials-uri", NULL, NULL, 405},
    };
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        assert_int_equal(ask(&scene, cases[i].method, cases[i].path, cases[i].header, cases[i].value),
                         cases[i].http_status);
        assert_non_null(scene.reply.code);
        assert_string_equal(scene.reply.grant.id, "");
    }
    assert_int_equal(scene.keys.n, 0);
    assert_non_null(gw_metadata_set_role(&scene.metadata, "x"));
    assert_non_null(gw_metadata_set_role(&scene.metadata, "@x"));
    assert_non_null(gw_metadata_set_role(&scene.metadata, "x@"));
    assert_string_equal(scene.metadata.role, "night");
    /* A machine without a role. */
    gw_metadata_release(&scene.metadata);
    assert_int_equal(ask(&scene, "GET", ROLES, NULL, NULL), 404);
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 404);
    assert_int_equal(ask(&scene, "GET", "/credentials-uri", NULL, NULL), 404);
    scene_end(&scene);
}

static void test_credentials_uri(void **state)
{
    char want[512];
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    scene.metadata.v2_only = true; /* which is no business of this one */
    assert_int_equal(ask(&scene, "GET", "/credentials-uri", NULL, NULL), 200);
    assert_string_equal(scene.reply.action, "CredentialsURI");
    (void)snprintf(
        want, sizeof(want),
        "{\"Code\":\"Success\",\"AccessKeyId\":\"%s\",\"AccessKeySecret\":\"%s\",\"SecurityToken\":"
        "\"%s\",\"Expiration\":\"2026-01-02T04:04:05Z\"}",
        scene.reply.grant.id, scene.reply.grant.secret, scene.reply.grant.token);
    assert_string_equal(body(&scene), want);
    assert_string_equal(scene.keys.key[0].account, "main");
    scene_end(&scene);
}

/* The office behind it has its moods, and its own idea of a key's life. */
static void test_moods_of_the_office(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    scene.sts.life_ms = 3000;
    scene.sts.garbage = 1;
    scene.sts.down_from_ms = NOW_MS + 10;
    scene.sts.down_for_ms = 5;
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 200);
    assert_null(strstr(body(&scene), "SecurityToken"));
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 200);
    assert_non_null(strstr(body(&scene), "\"Expiration\":\"2026-01-02T03:04:08Z\""));
    scene.now_ms += 10;
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 503);
    assert_int_equal(ask(&scene, "GET", "/credentials-uri", NULL, NULL), 503);
    assert_int_equal(ask(&scene, "GET", ROLES, NULL, NULL), 200); /* whose name needs no office */
    scene.now_ms += 5;
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 200);
    scene_end(&scene);
}

static void test_a_full_ring(void **state)
{
    struct scene scene;

    (void)state;
    scene_begin(&scene);
    while (scene.keys.n < GW_KEYRING_MAX)
        assert_null(gw_keyring_add(&scene.keys, "a:b@c"));
    assert_int_equal(ask(&scene, "GET", ROLES "night", NULL, NULL), 503);
    assert_string_equal(scene.reply.code, "ServiceUnavailable");
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_session), cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_many_sessions),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_credentials_uri),   cmocka_unit_test(test_moods_of_the_office),
        cmocka_unit_test(test_a_full_ring),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
