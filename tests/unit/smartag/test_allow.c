/*
 * The billing orders whose names look like upgrades cannot be signed: no action has such a name, no signed text
 * says it, and the floor's objects, which are all linked into this test, do not even hold the words. The words are
 * put together at run time here, or this test would find its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/smartag/request.h"

static void banned_word(size_t i, char *ret, size_t size)
{
    static const char *const halves[][2] = {{"Auto", "Pay"},
                                            {"Upgrade", "SmartAccessGateway"},
                                            {"Downgrade", "SmartAccessGateway"},
                                            {"Order", "Id"}};

    snprintf(ret, size, "%s%s", halves[i][0], halves[i][1]);
}

#define N_BANNED 4

static void assert_clean(const char *text)
{
    char word[64];

    for (size_t i = 0; i < N_BANNED; i++) {
        banned_word(i, word, sizeof(word));
        assert_null(strcasestr(text, word));
    }
}

static void test_action_names(void **state)
{
    static const char *const allowed[] = {
        "none",
        "UpdateSmartAccessGatewayVersion",
        "DescribeSmartAccessGateways",
        "DescribeSmartAccessGatewayAttribute",
        "DescribeSAGDeviceInfo",
        "DescribeSmartAccessGatewayVersions",
        "DescribeSmartAccessGatewayHa",
        "DescribeDeviceAutoUpgradePolicy",
        "ModifyDeviceAutoUpgradePolicy",
    };

    (void)state;
    assert_int_equal(GW_ACTION_COUNT, sizeof(allowed) / sizeof(allowed[0]));
    for (int action = 0; action < GW_ACTION_COUNT; action++)
        assert_string_equal(gw_action_name((enum gw_action)action), allowed[action]);
    assert_string_equal(gw_action_name((enum gw_action)GW_ACTION_COUNT), "none");
    assert_string_equal(gw_action_name((enum gw_action)99), "none");
}

/* Every value that an enum's integer can have, near and far, is signed only when it is one of the eight. */
static void test_signed_text(void **state)
{
    static const enum gw_scheme schemes[] = {GW_SCHEME_V3, GW_SCHEME_V1};
    struct gw_secret secret = {0};
    const struct gw_secret no_token = {0};

    (void)state;
    gw_secret_set(&secret, "secret", 6);
    for (size_t i = 0; i < 2; i++) {
        struct gw_signer *signer = gw_signer_new(schemes[i], GW_FORMAT_JSON, "id", &secret, &no_token, NULL);
        struct gw_signed req = {0};

        for (int action = -3; action < 300; action++) {
            const struct gw_call call = {.action = (enum gw_action)action,
                                         .region = "cn-shanghai",
                                         .host = "h",
                                         .gateway_id = "sag-a",
                                         .serial = "sn",
                                         .version = "1.0",
                                         .version_type = GW_VERSION_TYPE_DEVICE,
                                         .page = 1,
                                         .page_size = 50,
                                         .upgrade_type = "manual",
                                         .cron = "0 0 4 1/1 * ?",
                                         .duration_min = 60,
                                         .time_zone = "Asia/Shanghai",
                                         .signed_unix_ms = 1767323045000,
                                         .nonce = "n"};
            const enum gw_code code = gw_sign(signer, &call, &req, NULL);

            if (action <= GW_ACTION_NONE || action >= GW_ACTION_COUNT) {
                assert_int_equal(code, GW_ERR_INTERNAL);
                continue;
            }
            assert_int_equal(code, GW_OK);
            assert_clean(req.target);
            assert_clean(req.body);
            for (size_t h = 0; h < req.n_headers; h++)
                assert_clean(req.header[h]);
        }
        gw_signed_release(&req);
        gw_signer_free(signer);
    }
    gw_secret_release(&secret);
}

static void test_objects_do_not_hold_the_words(void **state)
{
    FILE *self = fopen("/proc/self/exe", "rb");
    char *bytes;
    long size;
    char word[64];

    (void)state;
    assert_non_null(self);
    assert_int_equal(fseek(self, 0, SEEK_END), 0);
    size = ftell(self);
    assert_true(size > 0);
    rewind(self);
    bytes = malloc((size_t)size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)size, self), size);
    fclose(self);
    /* the search works: these are there, the second only because the whole floor is linked in */
    assert_non_null(memmem(bytes, (size_t)size, "UpdateSmartAccessGatewayVersion", 31));
    assert_non_null(memmem(bytes, (size_t)size, "smartag.cn-shanghai.aliyuncs.com", 32));
    for (size_t i = 0; i < N_BANNED; i++) {
        banned_word(i, word, sizeof(word));
        assert_null(memmem(bytes, (size_t)size, word, strlen(word)));
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_action_names),
        cmocka_unit_test(test_signed_text),
        cmocka_unit_test(test_objects_do_not_hold_the_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
