/*
 * Plans carried out by the hand: what is asked, byte by byte, and what follows from each answer. The signatures were
 * computed with another implementation. Every secret is a canary: no sentence may hold one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/smartag/obtain.h"

#define NOW   1767323045000 /* 2026-01-02T03:04:05Z */
#define HOUR  3600000
#define NONCE "0123456789abcdef0123456789abcdef"
#define ARN   "acs:ram::1:role/ops"
#define ARN_2 "acs:ram::1:role/top"
#define KEY(n)                                                                                               \
    "\"AccessKeyId\":\"STS." n "\",\"AccessKeySecret\":\"canary-" n "\",\"SecurityToken\":\"canary-t" n "\"" \
    ","
#define UNTIL      "\"Expiration\":\"2026-01-02T04:04:05Z\""
#define STS(n)     "{\"RequestId\":\"R\",\"AssumedRoleUser\":{},\"Credentials\":{" KEY(n) UNTIL "}}"
#define SERVICE(n) "{\"Code\":\"Success\"," KEY(n) UNTIL ",\"LastUpdated\":\"2026-01-02T03:04:05Z\"}"

static char *text(const char *from)
{
    char *copy = malloc(strlen(from) + 1);

    assert_non_null(copy);
    return memcpy(copy, from, strlen(from) + 1);
}

struct play {
    struct gw_keyplan plan;
    struct gw_obtain_site site;
    struct gw_obtain *obtain;
    struct gw_obtain_need need;
};

static void play_init(struct play *play, enum gw_key_base base)
{
    *play = (struct play){.plan = {.base = base},
                          .site = {.sts_endpoint = "", .sts_region = "", .metadata_url = ""}};
    if (base != GW_KEY_BASE_STATIC)
        return;
    strcpy(play->plan.credential.key_id, "testid");
    gw_secret_set(&play->plan.credential.key_secret, "testsecret", strlen("testsecret"));
}

static struct gw_key_role *play_role(struct play *play, const char *arn)
{
    struct gw_key_role *role = &play->plan.role[play->plan.n_roles++];

    role->arn = text(arn);
    role->session = text("night");
    return role;
}

static void play_start(struct play *play)
{
    struct gw_err err = {0};

    if (gw_keyplan_check(&play->plan, "FILE", &err))
        fail_msg("%s", err.text);
    play->obtain = gw_obtain_new(&play->plan, &play->site);
}

static const struct gw_obtain_need *play_next(struct play *play)
{
    assert_true(gw_obtain_next(play->obtain, NOW, NONCE, &play->need));
    /* One step at a time. */
    assert_false(gw_obtain_next(play->obtain, NOW, NONCE, &(struct gw_obtain_need){0}));
    return &play->need;
}

static void play_hear(struct play *play, int status, const char *bytes)
{
    struct gw_obtain_fact fact = {
        .status = status, .bytes = bytes, .len = strlen(bytes), .now_unix_ms = NOW + 1000};

    gw_obtain_handle(play->obtain, &fact);
}

static void play_lose(struct play *play, const char *why)
{
    struct gw_obtain_fact fact = {.why = why, .now_unix_ms = NOW};

    gw_obtain_handle(play->obtain, &fact);
}

static void play_end(struct play *play)
{
    gw_obtain_free(play->obtain);
    gw_keyplan_release(&play->plan);
}

static void ends_with(struct play *play, const char *key_id, const char *secret, const char *token,
                      int64_t expires)
{
    struct gw_obtained key;

    if (gw_obtain_state(play->obtain) != GW_OBTAIN_DONE)
        fail_msg("%s", gw_obtain_failure(play->obtain));
    assert_false(gw_obtain_next(play->obtain, NOW, NONCE, &play->need));
    gw_obtain_take(play->obtain, &key);
    assert_string_equal(key.credential.key_id, key_id);
    assert_string_equal(key.credential.key_secret.bytes, secret);
    if (token) {
        assert_string_equal(key.credential.token.bytes, token);
    } else {
        assert_null(key.credential.token.bytes);
    }
    assert_int_equal(key.expires_unix_ms, expires);
    gw_credential_release(&key.credential);
    play_end(play);
}

static void fails_with(struct play *play, enum gw_obtain_state state, const char *says)
{
    const char *failure = gw_obtain_failure(play->obtain);

    assert_int_equal(gw_obtain_state(play->obtain), state);
    assert_false(gw_obtain_next(play->obtain, NOW, NONCE, &play->need));
    if (!strstr(failure, says))
        fail_msg("\"%s\" does not say \"%s\"", failure, says);
    assert_null(strstr(failure, "canary"));
    assert_null(strstr(failure, "testsecret"));
    assert_true(failure[strlen(failure) - 1] != '.');
    play_end(play);
}

static void asks(const struct gw_obtain_need *need, enum gw_obtain_method method, const char *url,
                 const char *target)
{
    assert_int_equal(need->kind, GW_OBTAIN_HTTP);
    assert_int_equal(need->method, method);
    assert_string_equal(need->url, url);
    assert_string_equal(need->target, target);
}

static bool has_header(const struct gw_obtain_need *need, const char *line)
{
    for (size_t i = 0; i < need->n_headers; i++)
        if (strcmp(need->header[i], line) == 0)
            return true;
    return false;
}

/* ---- keys that are written down ---- */

static void a_written_key_needs_nobody(void **state)
{
    struct play play;

    (void)state;
    play_init(&play, GW_KEY_BASE_STATIC);
    play_start(&play);
    ends_with(&play, "testid", "testsecret", NULL, 0);
    play_init(&play, GW_KEY_BASE_STATIC);
    gw_secret_set(&play.plan.credential.token, "canary", 6);
    play_start(&play);
    ends_with(&play, "testid", "testsecret", "canary", 0);
}

/* ---- roles ---- */

static void a_role_is_asked_for_with_a_signature(void **state)
{
    const struct gw_obtain_need *need;
    struct play play;

    (void)state;
    play_init(&play, GW_KEY_BASE_STATIC);
    (void)play_role(&play, ARN);
    play_start(&play);
    need = play_next(&play);
    asks(need, GW_OBTAIN_POST, "https://sts.aliyuncs.com", "/");
    assert_false(need->metadata);
    assert_true(has_header(need, "Host: sts.aliyuncs.com"));
    assert_true(has_header(need, "Content-Type: application/x-www-form-urlencoded"));
    assert_true(has_header(need, "x-acs-action: AssumeRole"));
    assert_true(has_header(need, "x-acs-version: 2015-04-01"));
    assert_string_equal(need->body,
                        "AccessKeyId=testid&Action=AssumeRole&DurationSeconds=3600&Format=JSON&RoleArn=acs%"
                        "3Aram%3A%3A1%3Arole%2Fops&"
                        "RoleSessionName=night&SignatureMethod=HMAC-SHA1&SignatureNonce=" NONCE
                        "&SignatureVersion=1.0&Timestamp=2026-01-02T03%3A04%3A05Z&Version=2015-04-01&"
                        "Signature=k1zuRs9c8MPqVCJ6rCs6ttfDB7E%3D");
    assert_int_equal(need->body_len, strlen(need->body));
    play_hear(&play, 200, STS("1"));
    ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR);
}

static void everything_that_a_role_may_say_is_signed(void **state)
{
    struct gw_key_role *role;
    struct play play;

    (void)state;
    play_init(&play, GW_KEY_BASE_STATIC);
    gw_secret_set(&play.plan.credential.key_secret, "s3cr3t", 6);
    gw_secret_set(&play.plan.credential.token, "tok+en/=", 8);
    role = play_role(&play, ARN);
    role->external_id = text("x 7*~");
    role->policy = text("{\"Statement\":[{\"Effect\":\"Allow\"}]}");
    role->duration_s = 900;
    play_start(&play);
    assert_string_equal(
        play_next(&play)->body,
        "AccessKeyId=testid&Action=AssumeRole&DurationSeconds=900&ExternalId=x%207%2A~&Format=JSON&"
        "Policy=%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%7D%5D%7D&RoleArn=acs%3Aram%3A%3A1%"
        "3Arole%2Fops&"
        "RoleSessionName=night&SecurityToken=tok%2Ben%2F%3D&SignatureMethod=HMAC-SHA1&SignatureNonce=" NONCE
        "&SignatureVersion=1.0&Timestamp=2026-01-02T03%3A04%3A05Z&Version=2015-04-01&"
        "Signature=S6ltVPZhfzSCDg4EgCwKgPetIeg%3D");
    play_hear(&play, 200, STS("1"));
    ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR);
}

static void where_a_role_is_asked_for(void **state)
{
    static const struct {
        const char *of_role, *region, *site, *site_region;
        bool vpc, site_vpc;
        const char *url;
    } row[] = {
        {"", "", "", "", false, false, "https://sts.aliyuncs.com"},
        {"", "", "", "", true, false, "https://sts.aliyuncs.com"},
        {"", "cn-beijing", "", "cn-shanghai", false, false, "https://sts.cn-beijing.aliyuncs.com"},
        {"", "cn-beijing", "", "", true, false, "https://sts-vpc.cn-beijing.aliyuncs.com"},
        {"", "", "", "cn-shanghai", false, true, "https://sts-vpc.cn-shanghai.aliyuncs.com"},
        {"", "cn-beijing", "http://127.0.0.1:8080", "", true, false, "http://127.0.0.1:8080"},
        {"sts.example", "cn-beijing", "http://127.0.0.1:8080", "", true, false, "https://sts.example"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct gw_key_role *role;
        struct play play;

        play_init(&play, GW_KEY_BASE_STATIC);
        role = play_role(&play, ARN);
        role->sts_endpoint = *row[i].of_role ? text(row[i].of_role) : NULL;
        role->sts_region = *row[i].region ? text(row[i].region) : NULL;
        role->sts_vpc = row[i].vpc;
        play.site.sts_endpoint = row[i].site;
        play.site.sts_region = row[i].site_region;
        play.site.sts_vpc = row[i].site_vpc;
        play_start(&play);
        assert_string_equal(play_next(&play)->url, row[i].url);
        play_end(&play);
    }
    {
        struct play play;

        play_init(&play, GW_KEY_BASE_STATIC);
        (void)play_role(&play, ARN);
        play.site.sts_endpoint = "http://sts.example";
        play_start(&play);
        assert_false(gw_obtain_next(play.obtain, NOW, NONCE, &play.need));
        fails_with(&play, GW_OBTAIN_LASTING, "the endpoint of STS http://sts.example must be https");
    }
}

static void each_role_is_assumed_with_the_key_before_it(void **state)
{
    struct play play;
    const char *body;

    (void)state;
    play_init(&play, GW_KEY_BASE_STATIC);
    (void)play_role(&play, ARN);
    (void)play_role(&play, ARN_2);
    play_start(&play);
    assert_non_null(strstr(play_next(&play)->body, "role%2Fops"));
    play_hear(&play, 200, STS("1"));
    assert_int_equal(gw_obtain_state(play.obtain), GW_OBTAIN_UNDER_WAY);
    body = play_next(&play)->body;
    assert_non_null(strstr(body, "role%2Ftop"));
    assert_non_null(strstr(body, "AccessKeyId=STS.1&"));
    assert_non_null(strstr(body, "SecurityToken=canary-t1&"));
    play_hear(&play, 200, STS("2"));
    ends_with(&play, "STS.2", "canary-2", "canary-t2", NOW + HOUR);
}

static void refusals_of_sts(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum gw_obtain_state state;
        const char *says;
    } row[] = {
        {403, "{\"Code\":\"NoPermission\",\"Message\":\"canary\"}", GW_OBTAIN_LASTING,
         "STS at sts.aliyuncs.com does not let the role " ARN
         " be assumed: NoPermission: let this key call sts:AssumeRole"},
        {404, "{\"Code\":\"EntityNotExist.Role\"}", GW_OBTAIN_LASTING, "there is no such role"},
        {400, "{\"Code\":\"SignatureDoesNotMatch\",\"Message\":\"server string to sign is:canary\"}",
         GW_OBTAIN_LASTING, "SignatureDoesNotMatch: the access key's secret is wrong"},
        {404, "{\"Code\":\"InvalidAccessKeyId.NotFound\"}", GW_OBTAIN_LASTING,
         "does not exist or is disabled"},
        {400, "{\"Code\":\"Throttling.User\"}", GW_OBTAIN_PASSING, "Throttling.User"},
        {503, "{\"Code\":\"ServiceUnavailable\"}", GW_OBTAIN_PASSING, "ServiceUnavailable"},
        {400, "{\"Code\":\"SignatureNonceUsed\"}", GW_OBTAIN_PASSING, "SignatureNonceUsed"},
        {403, "{\"Code\":\"InternalError\"}", GW_OBTAIN_PASSING, "InternalError"},
        {400, "{\"Code\":\"InvalidTimeStamp.Expired\"}", GW_OBTAIN_LASTING, "clock and the cloud's differ"},
        {429, "{\"Code\":\"Odd\"}", GW_OBTAIN_PASSING, "Odd"},
        {400, "{\"Code\":\"Odd\"}", GW_OBTAIN_LASTING, "be assumed: Odd"},
        {502, "<html>canary</html>", GW_OBTAIN_PASSING, "answered with status 502 and no code"},
        {400, "{\"Code\":\"<b>canary</b>\"}", GW_OBTAIN_PASSING, "answered with status 400 and no code"},
        {302, "", GW_OBTAIN_PASSING, "answered with status 302 and no code"},
    };
    struct play play;

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        play_init(&play, GW_KEY_BASE_STATIC);
        (void)play_role(&play, ARN);
        play_start(&play);
        (void)play_next(&play);
        play_hear(&play, row[i].status, row[i].body);
        fails_with(&play, row[i].state, row[i].says);
    }
    play_init(&play, GW_KEY_BASE_STATIC);
    (void)play_role(&play, ARN);
    play_start(&play);
    (void)play_next(&play);
    play_lose(&play, "cannot be connected to");
    fails_with(&play, GW_OBTAIN_PASSING, "STS at sts.aliyuncs.com: cannot be connected to");
}

/* A whole answer with one thing wrong. */
static void answers_that_hold_no_key(void **state)
{
    static const char *const row[][2] = {
        {"", "is no JSON"},
        {"<html>canary</html>", "is no JSON"},
        {STS("1") "x", "is no JSON"},
        {"{\"Credentials\":{" KEY("1") UNTIL "},\"Credentials\":{}}", "is no JSON"},
        {"{}", "holds no Credentials"},
        {"[]", "holds no Credentials"},
        {"{\"Credentials\":\"canary\"}", "holds no Credentials"},
        {"{\"Credentials\":{}}", "holds no access key id and secret"},
        {"{\"Credentials\":{\"AccessKeyId\":7,\"AccessKeySecret\":\"canary\"}}",
         "no access key id and secret"},
        {"{\"Credentials\":{\"AccessKeyId\":\"a b\",\"AccessKeySecret\":\"canary\"}}", "no access key id"},
        {"{\"Credentials\":{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"can\\u00e4ry\"}}",
         "no access key id"},
        {"{\"Credentials\":{\"AccessKeyId\":\"a\",\"AccessKeySecret\":\"canary\"," UNTIL "}}",
         "holds no security token"},
        {"{\"Credentials\":{" KEY("1") "\"x\":1}}", "does not say until when"},
        {"{\"Credentials\":{" KEY("1") "\"Expiration\":\"soon\"}}", "does not say until when"},
        {"{\"Credentials\":{" KEY("1") "\"Expiration\":\"2026-01-02T04:04:05\"}}", "does not say until when"},
        {"{\"Credentials\":{" KEY("1") "\"Expiration\":\"2026-02-30T04:04:05Z\"}}",
         "does not say until when"},
        {"{\"Credentials\":{" KEY("1") "\"Expiration\":1767326645}}", "does not say until when"},
        {"{\"Credentials\":{" KEY("1") "\"Expiration\":\"2026-01-02T03:04:05Z\"}}",
         "gave a key that ended at 2026-01-02T03:04:05Z: is this machine's clock right?"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
        struct play play;

        play_init(&play, GW_KEY_BASE_STATIC);
        (void)play_role(&play, ARN);
        play_start(&play);
        (void)play_next(&play);
        play_hear(&play, 200, row[i][0]);
        fails_with(&play, GW_OBTAIN_PASSING, row[i][1]);
    }
    {
        struct play play;

        play_init(&play, GW_KEY_BASE_STATIC);
        (void)play_role(&play, ARN);
        play_start(&play);
        (void)play_next(&play);
        play_hear(&play, 200, "{\"Credentials\":{" KEY("1") "\"Expiration\":\"2026-01-02T04:04:05.250Z\"}}");
        ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR + 250);
    }
}

/* ---- OIDC ---- */

static void oidc(struct play *play)
{
    play_init(play, GW_KEY_BASE_OIDC);
    play->plan.oidc.arn = text(ARN);
    play->plan.oidc.session = text("night");
    play->plan.oidc_provider = text("acs:ram::1:oidc-provider/p");
    play->plan.oidc_token_file = text("/var/token");
    play_start(play);
    assert_int_equal(play_next(play)->kind, GW_OBTAIN_FILE);
    assert_string_equal(play->need.file, "/var/token");
}

static void a_token_of_oidc_signs_by_itself(void **state)
{
    struct play play;

    (void)state;
    oidc(&play);
    play_hear(&play, 0, "canary.to/ken=\n");
    asks(play_next(&play), GW_OBTAIN_POST, "https://sts.aliyuncs.com", "/");
    assert_true(has_header(&play.need, "x-acs-action: AssumeRoleWithOIDC"));
    assert_string_equal(play.need.body,
                        "Action=AssumeRoleWithOIDC&DurationSeconds=3600&Format=JSON&"
                        "OIDCProviderArn=acs%3Aram%3A%3A1%3Aoidc-provider%2Fp&OIDCToken=canary.to%2Fken%3D&"
                        "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fops&RoleSessionName=night&"
                        "Timestamp=2026-01-02T03%3A04%3A05Z&Version=2015-04-01");
    play_hear(&play, 200, STS("1"));
    ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR);
}

static void tokens_of_oidc_that_are_none(void **state)
{
    struct play play;
    char *long_one = malloc(20001);

    (void)state;
    assert_non_null(long_one);
    memset(long_one, 'x', 20000);
    long_one[20000] = '\0';
    oidc(&play);
    play_hear(&play, 0, " \n");
    fails_with(&play, GW_OBTAIN_PASSING,
               "the OIDC token file /var/token is empty: see to whatever writes it");
    oidc(&play);
    play_hear(&play, 0, "two canary words");
    fails_with(&play, GW_OBTAIN_LASTING, "holds something that is no token");
    oidc(&play);
    play_hear(&play, 0, long_one);
    fails_with(&play, GW_OBTAIN_LASTING, "is too large for a token");
    free(long_one);
    oidc(&play);
    play_lose(&play, "it is not there");
    fails_with(&play, GW_OBTAIN_PASSING, "the OIDC token file /var/token: it is not there");
    oidc(&play);
    play_hear(&play, 0, "canary");
    (void)play_next(&play);
    play_hear(&play, 400, "{\"Code\":\"AuthenticationFail.OIDCToken.Expired\",\"Message\":\"canary\"}");
    fails_with(&play, GW_OBTAIN_LASTING, "the token in the OIDC token file has expired");
}

/* ---- the metadata service ---- */

#define MD    "http://100.100.100.200"
#define ROLES "/latest/meta-data/ram/security-credentials/"

static void metadata(struct play *play, const char *role, bool v2_only)
{
    play_init(play, GW_KEY_BASE_METADATA);
    play->plan.role_name = role ? text(role) : NULL;
    play->site.metadata_v2_only = v2_only;
    play_start(play);
    asks(play_next(play), GW_OBTAIN_PUT, MD, "/latest/api/token");
    assert_true(play->need.metadata);
    assert_true(has_header(&play->need, "X-aliyun-ecs-metadata-token-ttl-seconds: 21600"));
}

static void version_2_shows_its_token(void **state)
{
    struct play play;

    (void)state;
    metadata(&play, NULL, false);
    play_hear(&play, 200, "canary==\n");
    asks(play_next(&play), GW_OBTAIN_GET, MD, ROLES);
    assert_true(has_header(&play.need, "X-aliyun-ecs-metadata-token: canary=="));
    play_hear(&play, 200, "ops\nanother");
    asks(play_next(&play), GW_OBTAIN_GET, MD, ROLES "ops");
    assert_true(has_header(&play.need, "X-aliyun-ecs-metadata-token: canary=="));
    play_hear(&play, 200, SERVICE("1"));
    ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR);
}

static void version_1_follows_where_it_may(void **state)
{
    static const struct {
        int status;
        const char *body;
    } none[] = {{404, ""}, {405, "x"}, {200, ""}, {200, "to ken"}};
    struct play play;

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        metadata(&play, "ops", false);
        play_hear(&play, none[i].status, none[i].body);
        asks(play_next(&play), GW_OBTAIN_GET, MD, ROLES "ops");
        assert_int_equal(play.need.n_headers, 1);
        play_hear(&play, 200, SERVICE("1"));
        ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR);
        metadata(&play, "ops", true);
        play_hear(&play, none[i].status, none[i].body);
        fails_with(&play, GW_OBTAIN_ABSENT, "has no version 2");
    }
}

static void machines_without_a_role(void **state)
{
    struct play play;

    (void)state;
    metadata(&play, NULL, false);
    play_lose(&play, "took too long");
    fails_with(&play, GW_OBTAIN_SILENT, "the metadata service at 100.100.100.200: took too long");
    metadata(&play, NULL, true);
    play_hear(&play, 503, "");
    fails_with(&play, GW_OBTAIN_PASSING, "answered with status 503");
    metadata(&play, NULL, true);
    play_hear(&play, 429, "");
    fails_with(&play, GW_OBTAIN_PASSING, "answered with status 429");
    metadata(&play, NULL, false);
    play_hear(&play, 200, "canary");
    (void)play_next(&play);
    play_hear(&play, 404, "");
    fails_with(&play, GW_OBTAIN_ABSENT, "knows no role: attach a RAM role to this machine");
    metadata(&play, NULL, false);
    play_hear(&play, 200, "canary");
    (void)play_next(&play);
    play_hear(&play, 200, "../../canary");
    fails_with(&play, GW_OBTAIN_PASSING, "named something that is no role");
    metadata(&play, NULL, false);
    play_hear(&play, 200, "canary");
    (void)play_next(&play);
    play_hear(&play, 500, "");
    fails_with(&play, GW_OBTAIN_PASSING, "answered with status 500");
    metadata(&play, "desk", false);
    play_hear(&play, 200, "canary");
    (void)play_next(&play);
    play_hear(&play, 404, "");
    fails_with(&play, GW_OBTAIN_ABSENT, "does not know the role desk: attach it");
    metadata(&play, "desk", false);
    play_hear(&play, 200, "canary");
    (void)play_next(&play);
    play_hear(&play, 200, "{\"Code\":\"Failed\"," KEY("1") UNTIL "}");
    fails_with(&play, GW_OBTAIN_PASSING, "has another Code than Success");
}

static void a_role_behind_the_machines(void **state)
{
    struct play play;

    (void)state;
    play_init(&play, GW_KEY_BASE_METADATA);
    play.plan.role_name = text("ops");
    (void)play_role(&play, ARN);
    play.site.metadata_url = "http://127.0.0.1:9";
    play_start(&play);
    asks(play_next(&play), GW_OBTAIN_PUT, "http://127.0.0.1:9", "/latest/api/token");
    play_hear(&play, 200, "canary");
    (void)play_next(&play);
    play_hear(&play, 200, SERVICE("1"));
    assert_non_null(strstr(play_next(&play)->body, "AccessKeyId=STS.1&"));
    play_hear(&play, 200, STS("2"));
    ends_with(&play, "STS.2", "canary-2", "canary-t2", NOW + HOUR);
}

/* ---- others ---- */

static void uri(struct play *play)
{
    static const char at[] = "http://127.0.0.1:9/keys?for=canary";

    play_init(play, GW_KEY_BASE_URI);
    gw_secret_set(&play->plan.uri, at, strlen(at));
    play_start(play);
    asks(play_next(play), GW_OBTAIN_GET, "http://127.0.0.1:9", "/keys?for=canary");
    assert_false(play->need.metadata);
}

static void a_credentials_uri(void **state)
{
    struct play play;

    (void)state;
    uri(&play);
    play_hear(&play, 200, SERVICE("1"));
    ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR);
    uri(&play);
    play_hear(&play, 200, "{" KEY("1") UNTIL "}");
    ends_with(&play, "STS.1", "canary-1", "canary-t1", NOW + HOUR);
    uri(&play);
    play_hear(&play, 403, "canary");
    fails_with(&play, GW_OBTAIN_PASSING, "the credentials URI at 127.0.0.1:9 answered with status 403");
    uri(&play);
    play_hear(&play, 200, "[1]");
    fails_with(&play, GW_OBTAIN_PASSING, "is no JSON object");
    uri(&play);
    play_lose(&play, "took too long");
    fails_with(&play, GW_OBTAIN_PASSING, "the credentials URI at 127.0.0.1:9: took too long");
}

static void process(struct play *play)
{
    static const char line[] = "keys --for 'canary bird'";

    play_init(play, GW_KEY_BASE_PROCESS);
    gw_secret_set(&play->plan.command, line, strlen(line));
    play_start(play);
    assert_int_equal(play_next(play)->kind, GW_OBTAIN_PROCESS);
    assert_string_equal(play->need.argv[0], "keys");
    assert_string_equal(play->need.argv[1], "--for");
    assert_string_equal(play->need.argv[2], "canary bird");
    assert_null(play->need.argv[3]);
}

#define PRINTED "\"access_key_id\":\"i\",\"access_key_secret\":\"canary-s\""

static void a_program(void **state)
{
    static const char *const wrong[][2] = {
        {"", "is no JSON"},
        {"canary", "is no JSON"},
        {"{" PRINTED "}", "has a mode that is neither AK nor StsToken"},
        {"{\"mode\":\"RamRoleArn\"," PRINTED "}", "has a mode that is neither"},
        {"{\"mode\":\"StsToken\"," PRINTED "}", "holds no security token"},
        {"{\"mode\":\"AK\",\"access_key_id\":\"i\"}", "holds no access key id and secret"},
        {"{\"mode\":\"AK\"," PRINTED ",\"expiration\":\"canary\"}", "does not say until when"},
    };
    struct play play;

    (void)state;
    process(&play);
    play_hear(&play, 0, "{\"mode\":\"AK\"," PRINTED ",\"sts_token\":\"\",\"expiration\":\"\"}\n");
    ends_with(&play, "i", "canary-s", NULL, 0);
    process(&play);
    play_hear(&play, 0, "{\"mode\":\"ststoken\"," PRINTED ",\"sts_token\":\"canary-t\"}");
    ends_with(&play, "i", "canary-s", "canary-t", 0);
    process(&play);
    play_hear(&play, 0,
              "{\"mode\":\"StsToken\"," PRINTED
              ",\"sts_token\":\"canary-t\",\"expiration\":\"2026-01-02T04:04:05Z\"}");
    ends_with(&play, "i", "canary-s", "canary-t", NOW + HOUR);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        process(&play);
        play_hear(&play, 0, wrong[i][0]);
        fails_with(&play, GW_OBTAIN_PASSING, wrong[i][1]);
    }
    process(&play);
    play_hear(&play, 3, "canary");
    fails_with(&play, GW_OBTAIN_PASSING, "ended with 3: run it by hand");
    process(&play);
    play_lose(&play, "took too long");
    fails_with(&play, GW_OBTAIN_PASSING, "the program of process_command took too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_key_needs_nobody),
        cmocka_unit_test(a_role_is_asked_for_with_a_signature),
        cmocka_unit_test(everything_that_a_role_may_say_is_signed),
        cmocka_unit_test(where_a_role_is_asked_for),
        cmocka_unit_test(each_role_is_assumed_with_the_key_before_it),
        cmocka_unit_test(refusals_of_sts),
        cmocka_unit_test(answers_that_hold_no_key),
        cmocka_unit_test(a_token_of_oidc_signs_by_itself),
        cmocka_unit_test(tokens_of_oidc_that_are_none),
        cmocka_unit_test(version_2_shows_its_token),
        cmocka_unit_test(version_1_follows_where_it_may),
        cmocka_unit_test(machines_without_a_role),
        cmocka_unit_test(a_role_behind_the_machines),
        cmocka_unit_test(a_credentials_uri),
        cmocka_unit_test(a_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
