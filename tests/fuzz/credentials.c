/*
 * Credential files of both kinds: each reader gets every input. What is taken is whole; what is said in an error is
 * text for a person, and never the secret.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/smartag/profile.h"

#include "fuzz.h"

/* A shorter one may be a part of any sentence. */
#define SECRET_LEAST 8

typedef enum gw_code parse(const char *bytes, size_t len, const char *file, const char *profile,
                           struct gw_credential *ret, struct gw_err *err);

static const char *const profiles[] = {"", "work", "no-such-profile"};

static bool stands_once(const char *bytes, size_t len, const struct gw_secret *secret)
{
    const char *first = memmem(bytes, len, secret->bytes, secret->len);

    return first && !memmem(first + 1, len - (size_t)(first + 1 - bytes), secret->bytes, secret->len);
}

/* Whatever is asked of the file, no error shows the secret (unless it is the name of a profile, too). */
static void check_hidden(parse *other, const char *bytes, size_t len, const struct gw_secret *secret)
{
    struct gw_credential credential;

    if (secret->len < SECRET_LEAST || !stands_once(bytes, len, secret))
        return;
    for (size_t i = 0; i < GW_COUNT_OF(profiles); i++) {
        struct gw_err err = {0};

        if (other(bytes, len, "f", profiles[i], &credential, &err) == GW_OK)
            gw_credential_release(&credential);
        else
            GW_CHECK(!memmem(err.text, strlen(err.text), secret->bytes, secret->len));
    }
}

static void check_parse(parse *one, const char *bytes, size_t len, const char *profile)
{
    struct gw_credential credential;
    struct gw_err err = {0};

    if (one(bytes, len, "f", profile, &credential, &err) != GW_OK) {
        GW_CHECK(err.code == GW_ERR_CREDENTIALS);
        fuzz_check_said(err.text);
        return;
    }
    GW_CHECK(memchr(credential.key_id, 0, sizeof(credential.key_id)) != NULL && credential.key_id[0]);
    fuzz_check_text(credential.key_id, strlen(credential.key_id), sizeof(credential.key_id) - 1);
    GW_CHECK(credential.key_secret.bytes && credential.key_secret.len > 0);
    GW_CHECK(credential.token.bytes == NULL || credential.token.len > 0);
    check_hidden(gw_profile_parse_cli, bytes, len, &credential.key_secret);
    check_hidden(gw_profile_parse_ini, bytes, len, &credential.key_secret);
    gw_credential_release(&credential);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < GW_COUNT_OF(profiles); i++) {
        check_parse(gw_profile_parse_cli, (const char *)data, size, profiles[i]);
        check_parse(gw_profile_parse_ini, (const char *)data, size, profiles[i]);
    }
    return 0;
}
