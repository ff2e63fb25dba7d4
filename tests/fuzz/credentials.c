/*
 * Credential files of both kinds: each reader gets every input. What is taken is whole; what is said in an error is
 * text for a person, and never the secret. And the same input as what somebody answers who is asked for a key.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/smartag/obtain.h"
#include "gatewave/smartag/profile.h"

#include "fuzz.h"

/* A shorter one may be a part of any sentence. */
#define SECRET_LEAST 8

typedef enum gw_code parse(const char *bytes, size_t len, const char *file, const char *profile,
                           struct gw_keyplan *ret, struct gw_err *err);

static const char *const profiles[] = {"", "work", "no-such-profile"};

static bool stands_once(const char *bytes, size_t len, const struct gw_secret *secret)
{
    const char *first = memmem(bytes, len, secret->bytes, secret->len);

    return first && !memmem(first + 1, len - (size_t)(first + 1 - bytes), secret->bytes, secret->len);
}

/* Whatever is asked of the file, no error shows the secret (unless it is the name of a profile, too). */
static void check_hidden(parse *other, const char *bytes, size_t len, const struct gw_secret *secret)
{
    struct gw_keyplan plan;

    if (secret->len < SECRET_LEAST || !stands_once(bytes, len, secret))
        return;
    for (size_t i = 0; i < GW_COUNT_OF(profiles); i++) {
        struct gw_err err = {0};

        if (other(bytes, len, "f", profiles[i], &plan, &err) == GW_OK)
            gw_keyplan_release(&plan);
        else
            GW_CHECK(!memmem(err.text, strlen(err.text), secret->bytes, secret->len));
    }
}

static void check_role(const struct gw_key_role *role)
{
    GW_CHECK(strncmp(role->arn, "acs:ram::", strlen("acs:ram::")) == 0);
    GW_CHECK(strlen(role->session) >= 2 && strlen(role->session) <= 64);
    GW_CHECK(role->duration_s == 0 || role->duration_s >= 900);
}

/* Whatever is taken is whole. */
static void check_plan(const struct gw_keyplan *plan)
{
    char shown[400];

    if (plan->base == GW_KEY_BASE_STATIC) {
        const struct gw_credential *credential = &plan->credential;

        GW_CHECK(memchr(credential->key_id, 0, sizeof(credential->key_id)) != NULL && credential->key_id[0]);
        fuzz_check_text(credential->key_id, strlen(credential->key_id), sizeof(credential->key_id) - 1);
        GW_CHECK(credential->key_secret.bytes && credential->key_secret.len > 0);
        GW_CHECK(credential->token.bytes == NULL || credential->token.len > 0);
    }
    GW_CHECK(plan->base != GW_KEY_BASE_NONE && plan->n_roles <= GW_KEY_ROLES_MAX);
    if (plan->base == GW_KEY_BASE_OIDC)
        check_role(&plan->oidc);
    for (size_t i = 0; i < plan->n_roles; i++)
        check_role(&plan->role[i]);
    gw_keyplan_describe(plan, shown, sizeof(shown));
    fuzz_check_said(shown);
}

/* What is asked first can be told, and be given up. */
static void check_obtain(const struct gw_keyplan *plan)
{
    const struct gw_obtain_site site = {.sts_endpoint = "", .sts_region = "", .metadata_url = ""};
    const struct gw_obtain_fact nobody = {.why = "nobody is there"};
    struct gw_obtain *obtain = gw_obtain_new(plan, &site);
    struct gw_obtain_need need;

    while (gw_obtain_next(obtain, 1767323045000, "0123456789abcdef0123456789abcdef", &need)) {
        GW_CHECK(need.kind != GW_OBTAIN_HTTP || (need.url && need.target[0] == '/' && need.n_headers > 0));
        gw_obtain_handle(obtain, &nobody);
    }
    GW_CHECK(gw_obtain_state(obtain) != GW_OBTAIN_UNDER_WAY);
    GW_CHECK((gw_obtain_state(obtain) == GW_OBTAIN_DONE) == !gw_keyplan_renews(plan));
    gw_obtain_free(obtain);
}

static void check_parse(parse *one, const char *bytes, size_t len, const char *profile)
{
    struct gw_keyplan plan;
    struct gw_err err = {0};

    if (one(bytes, len, "f", profile, &plan, &err) != GW_OK) {
        GW_CHECK(err.code == GW_ERR_CREDENTIALS);
        fuzz_check_said(err.text);
        return;
    }
    check_plan(&plan);
    check_obtain(&plan);
    check_hidden(gw_profile_parse_cli, bytes, len, &plan.credential.key_secret);
    check_hidden(gw_profile_parse_ini, bytes, len, &plan.credential.key_secret);
    gw_keyplan_release(&plan);
}

/* The input as the answer to every question of a plan. */
static void check_answers(enum gw_key_base base, int status, const char *bytes, size_t len)
{
    const struct gw_obtain_site site = {.sts_endpoint = "", .sts_region = "", .metadata_url = ""};
    const struct gw_obtain_fact fact = {
        .status = status, .bytes = bytes, .len = len, .now_unix_ms = 1767323045000};
    struct gw_key_role role = {.arn = (char[]){"acs:ram::1:role/a"}, .session = (char[]){"night"}};
    struct gw_keyplan plan = {.base = base,
                              .credential = {.key_id = "id", .key_secret = {(char[]){"secret"}, 6}},
                              .oidc = role,
                              .oidc_provider = (char[]){"acs:ram::1:oidc-provider/p"},
                              .oidc_token_file = (char[]){"/t"},
                              .uri = {(char[]){"https://h/p"}, 11},
                              .command = {(char[]){"keys"}, 4},
                              .n_roles = 1,
                              .role = {role}};
    struct gw_obtain *obtain = gw_obtain_new(&plan, &site);
    struct gw_obtain_need need;
    unsigned steps = 0;

    while (gw_obtain_next(obtain, 1767323045000, "0123456789abcdef0123456789abcdef", &need)) {
        GW_CHECK(++steps < 8);
        gw_obtain_handle(obtain, &fact);
    }
    if (gw_obtain_state(obtain) == GW_OBTAIN_DONE) {
        struct gw_obtained key;

        gw_obtain_take(obtain, &key);
        GW_CHECK(key.credential.key_id[0] && key.credential.key_secret.len > 0);
        GW_CHECK(key.credential.token.len > 0 && key.expires_unix_ms > 1767323045000);
        gw_credential_release(&key.credential);
    } else {
        fuzz_check_said(gw_obtain_failure(obtain));
    }
    gw_obtain_free(obtain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (enum gw_key_base base = GW_KEY_BASE_STATIC; base <= GW_KEY_BASE_PROCESS; base++) {
        check_answers(base, base == GW_KEY_BASE_PROCESS ? 0 : 200, (const char *)data, size);
        check_answers(base, 403, (const char *)data, size);
    }
    for (size_t i = 0; i < GW_COUNT_OF(profiles); i++) {
        check_parse(gw_profile_parse_cli, (const char *)data, size, profiles[i]);
        check_parse(gw_profile_parse_ini, (const char *)data, size, profiles[i]);
    }
    return 0;
}
