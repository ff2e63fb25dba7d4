/* The program as it gives out keys: on which port, whose they are, and what the ledger tells of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "served.h"

#define LIST  "DescribeSmartAccessGateways"
#define ROLES "/latest/meta-data/ram/security-credentials/"
#define ARN   "acs:ram::1:role/night"
#define ROLE  "RoleArn=acs%3Aram%3A%3A1%3Arole%2Fnight&RoleSessionName=s"

struct got {
    char id[64], secret[64], token[128];
};

static void read_text(const cJSON *object, const char *name, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s", served_text(object, name));
}

/* The key in the last reply, at its top or in its Credentials. */
static struct served_key key_of(const struct served *served, struct got *memory)
{
    cJSON *reply = cJSON_Parse(gw_buf_text(&served->body));
    const cJSON *inner = cJSON_GetObjectItemCaseSensitive(reply, "Credentials");

    read_text(inner ? inner : reply, "AccessKeyId", memory->id, sizeof(memory->id));
    read_text(inner ? inner : reply, "AccessKeySecret", memory->secret, sizeof(memory->secret));
    read_text(inner ? inner : reply, "SecurityToken", memory->token, sizeof(memory->token));
    cJSON_Delete(reply);
    return (struct served_key){.id = memory->id, .secret = memory->secret, .token = memory->token};
}

/* How many gateways that key can see. */
static int sees(struct served *served, const struct served_key *key)
{
    const cJSON *total;
    cJSON *reply;
    int n;

    assert_string_equal(served_v3(served, key, LIST, "RegionId=cn-shanghai"), "");
    reply = cJSON_Parse(gw_buf_text(&served->body));
    total = cJSON_GetObjectItemCaseSensitive(reply, "TotalCount");
    assert_true(cJSON_IsNumber(total));
    n = total->valueint;
    cJSON_Delete(reply);
    return n;
}

static void assert_line(const struct served *served, int n, const char *action, const char *account,
                        const char *code, const char *key_id)
{
    cJSON *line = served_line(served->ledger, n);

    assert_non_null(line);
    assert_string_equal(served_text(line, "action"), action);
    assert_string_equal(served_text(line, "account"), account);
    assert_string_equal(served_text(line, "code"), code);
    assert_string_equal(served_text(line, "key_id"), key_id);
    cJSON_Delete(line);
}

/* Nobody finds in the ledger what would open a door. */
static void assert_not_in_ledger(const struct served *served, const char *secret)
{
    FILE *file = fopen(served->ledger, "re");
    size_t size = 0;
    char *line = NULL;

    assert_non_null(file);
    while (getline(&line, &size, file) >= 0)
        assert_null(strstr(line, secret));
    free(line);
    (void)fclose(file);
}

static void test_roles(void **state)
{
    struct served_key office = served_default_key, lent;
    const cJSON *params;
    struct served served = {0};
    struct got got;
    cJSON *line;

    (void)state;
    office.api_version = "2015-04-01";
    /* One gateway of three is the second account's. */
    served_begin(&served, "--plain", "--generate", "3", "--accounts", "main,second", "--role", ARN "@second",
                 "--oidc", "tok@main", "--sts-garbage", "1", NULL);
    assert_string_equal(served_v1(&served, &office, "AssumeRole", ROLE), "");
    assert_non_null(strstr(gw_buf_text(&served.body), "<html>"));
    assert_string_equal(served_v1(&served, &office, "AssumeRole", ROLE), "");
    lent = key_of(&served, &got);
    assert_int_equal(sees(&served, &lent), 1);
    assert_int_equal(sees(&served, &office), 2);
    lent.api_version = "2015-04-01";
    assert_string_equal(served_v1(&served, &lent, "AssumeRole", ROLE), ""); /* one role from another */
    assert_string_equal(served_v1(&served, &office, "AssumeRole", "RoleArn=x&RoleSessionName=s"),
                        "EntityNotExist.Role");
    assert_line(&served, 1, "AssumeRole", "main", "", "testid");
    assert_line(&served, 2, LIST, "second", "", lent.id);
    assert_line(&served, 4, "AssumeRole", "second", "", lent.id);
    assert_line(&served, 5, "AssumeRole", "main", "EntityNotExist.Role", "testid");
    line = served_line(served.ledger, 1);
    assert_string_equal(served_text(line, "granted"), lent.id);
    params = cJSON_GetObjectItemCaseSensitive(line, "params");
    assert_string_equal(served_text(params, "RoleArn"), ARN);
    assert_string_equal(served_text(params, "RoleSessionName"), "s");
    cJSON_Delete(line);
    assert_not_in_ledger(&served, got.secret);
    assert_not_in_ledger(&served, got.token);
    served_end(&served);
}

static void test_metadata(void **state)
{
    struct served served = {0};
    char url[160], header[128];
    struct served_key lent;
    struct got got;

    (void)state;
    served_begin(&served, "--plain", "--generate", "3", "--metadata-port", "0", "--metadata-role",
                 "night@main", "--imdsv2-only", NULL);
    assert_string_not_equal(served.metadata, served.url);
    (void)snprintf(url, sizeof(url), "%s" ROLES, served.metadata);
    assert_int_equal(served_get(&served, "GET", url, NULL), 403);
    (void)snprintf(url, sizeof(url), "%s/latest/api/token", served.metadata);
    assert_int_equal(served_get(&served, "PUT", url, "X-aliyun-ecs-metadata-token-ttl-seconds: 60"), 200);
    (void)snprintf(header, sizeof(header), "X-aliyun-ecs-metadata-token: %.60s", gw_buf_text(&served.body));
    (void)snprintf(url, sizeof(url), "%s" ROLES, served.metadata);
    assert_int_equal(served_get(&served, "GET", url, header), 200);
    assert_string_equal(gw_buf_text(&served.body), "night");
    (void)snprintf(url, sizeof(url), "%s" ROLES "night?x=1", served.metadata);
    assert_int_equal(served_get(&served, "GET", url, header), 200);
    lent = key_of(&served, &got);
    assert_int_equal(sees(&served, &lent), 3);
    (void)snprintf(url, sizeof(url), "%s/credentials-uri", served.metadata);
    assert_int_equal(served_get(&served, "GET", url, NULL), 200);
    lent = key_of(&served, &got);
    assert_int_equal(sees(&served, &lent), 3);
    /* Each port knows its own business only. */
    (void)snprintf(url, sizeof(url), "%s/credentials-uri", served.url);
    assert_int_equal(served_get(&served, "GET", url, NULL), 404);
    (void)snprintf(url, sizeof(url), "%s/?Action=" LIST, served.metadata);
    assert_int_equal(served_get(&served, "GET", url, NULL), 404);
    assert_line(&served, 0, "MetadataRole", "main", "MissingToken", "null");
    assert_line(&served, 1, "MetadataToken", "main", "", "null");
    assert_line(&served, 3, "MetadataCredentials", "main", "", "null");
    assert_line(&served, 5, "CredentialsURI", "main", "", "null");
    assert_line(&served, 8, "Metadata", "main", "NotFound", "null");
    assert_not_in_ledger(&served, got.secret);
    served_end(&served);
}

/* Keys come to the ring while others read it. */
static void test_two_threads(void **state)
{
    struct served_key office = served_default_key;
    struct served served = {0};
    struct got got;

    (void)state;
    office.api_version = "2015-04-01";
    served_begin(&served, "--plain", "--generate", "3", "--threads", "2", "--role", ARN "@main", "--sts-life",
                 "1h", NULL);
    for (int i = 0; i < 20; i++) {
        struct served_key lent;

        assert_string_equal(served_v1(&served, &office, "AssumeRole", ROLE), "");
        lent = key_of(&served, &got);
        assert_int_equal(sees(&served, &lent), 3);
    }
    assert_int_equal(served_count(served.ledger), 40);
    served_end(&served);
}

static void test_down(void **state)
{
    struct served_key office = served_default_key;
    struct served served = {0};

    (void)state;
    office.api_version = "2015-04-01";
    served_begin(&served, "--plain", "--generate", "3", "--role", ARN "@main", "--sts-down", "1h", NULL);
    assert_string_equal(served_v1(&served, &office, "AssumeRole", ROLE), "ServiceUnavailable");
    assert_int_equal(served.status, 503);
    assert_int_equal(sees(&served, &served_default_key), 3);
    served_end(&served);
    served = (struct served){0};
    served_begin(&served, "--plain", "--generate", "3", "--role", ARN "@main", "--sts-down", "1h",
                 "--sts-down-after", "1h", NULL);
    assert_string_equal(served_v1(&served, &office, "AssumeRole", ROLE), "");
    served_end(&served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles),
        cmocka_unit_test(test_metadata),
        cmocka_unit_test(test_two_threads),
        cmocka_unit_test(test_down),
    };

    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
