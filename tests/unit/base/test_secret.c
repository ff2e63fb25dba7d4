/* Secrets: copied in, wiped, and harmless to release twice. */
#include "gatewave/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_copies_its_bytes(void **state)
{
    char source[] = "LTAI-secret";
    struct gw_secret secret = {0};

    (void)state;
    gw_secret_set(&secret, source, strlen(source));
    memset(source, 'x', sizeof(source) - 1);
    assert_string_equal(secret.bytes, "LTAI-secret");
    assert_int_equal(secret.len, 11);
    gw_secret_release(&secret);
    assert_null(secret.bytes);
    assert_int_equal(secret.len, 0);
    gw_secret_release(&secret);
}

static void test_part_and_any_byte(void **state)
{
    struct gw_secret secret = {0};

    (void)state;
    gw_secret_set(&secret, "ab\0cd", 4);
    assert_int_equal(secret.len, 4);
    assert_memory_equal(secret.bytes, "ab\0c", 5);
    gw_secret_release(&secret);
}

static void test_set_again_replaces(void **state)
{
    struct gw_secret secret = {0};

    (void)state;
    gw_secret_set(&secret, "first", 5);
    gw_secret_set(&secret, "2", 1);
    assert_string_equal(secret.bytes, "2");
    assert_int_equal(secret.len, 1);
    gw_secret_set(&secret, "", 0);
    assert_string_equal(secret.bytes, "");
    gw_secret_release(&secret);
}

/* A part of itself is a fair source: the old copy must live until the new one is made. */
static void test_set_from_itself(void **state)
{
    struct gw_secret secret = {0};

    (void)state;
    gw_secret_set(&secret, "key:value", 9);
    gw_secret_set(&secret, secret.bytes + 4, 5);
    assert_string_equal(secret.bytes, "value");
    gw_secret_release(&secret);
}

static void test_wipe(void **state)
{
    char bytes[] = "abcdef";

    (void)state;
    gw_secret_wipe(bytes + 1, 3);
    assert_memory_equal(bytes, "a\0\0\0ef", 7);
    gw_secret_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_its_bytes),
        cmocka_unit_test(test_part_and_any_byte),
        cmocka_unit_test(test_set_again_replaces),
        cmocka_unit_test(test_set_from_itself),
        cmocka_unit_test(test_wipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
