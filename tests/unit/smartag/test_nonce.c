/* Nonces: their form, that none comes twice, and that none stays in memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/smartag/request.h"

#define MANY 2000 /* several batches */

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_nonces_are_hex_and_never_repeat(void **state)
{
    static char nonce[MANY][33];
    struct gw_nonces nonces = {0};

    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        gw_nonce_next(&nonces, nonce[i]);
        assert_int_equal(strspn(nonce[i], "0123456789abcdef"), 32);
        assert_int_equal(nonce[i][32], '\0');
    }
    qsort(nonce, MANY, sizeof(nonce[0]), compare);
    for (size_t i = 1; i < MANY; i++)
        assert_string_not_equal(nonce[i - 1], nonce[i]);
}

static void test_two_pools_differ(void **state)
{
    struct gw_nonces a = {0}, b = {0};
    char from_a[33], from_b[33];

    (void)state;
    gw_nonce_next(&a, from_a);
    gw_nonce_next(&b, from_b);
    assert_string_not_equal(from_a, from_b);
}

static void test_what_was_told_is_wiped(void **state)
{
    struct gw_nonces nonces = {0};
    char told[33];

    (void)state;
    for (size_t i = 1; i <= 256; i++) {
        gw_nonce_next(&nonces, told);
        assert_int_equal(nonces.left, sizeof(nonces.pool) - 16 * i);
        for (size_t byte = 0; byte < 16 * i; byte++)
            assert_int_equal(nonces.pool[byte], 0);
    }
    gw_nonce_next(&nonces, told); /* a new batch */
    assert_int_equal(nonces.left, sizeof(nonces.pool) - 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nonces_are_hex_and_never_repeat),
        cmocka_unit_test(test_two_pools_differ),
        cmocka_unit_test(test_what_was_told_is_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
