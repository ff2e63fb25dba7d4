/* gw_version_compare: known orders, and the laws of an order over many versions. */
#include "gatewave/core/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

/* Ascending; each is older than all behind it. */
static const char *const ascending[] = {
    "",
    ".",
    "..",
    "0",
    "0.0.1",
    "0.1",
    "1",
    "1.",
    "1.0",
    "1.0.0",
    "1.0.1",
    "1.0.1.0",
    "1.0.1rc1",
    "1.0.1rc2",
    "1.0.1rc10",
    "1.0b",
    "1.8.0",
    "1.10",
    "2.3.0.0",
    "2.3.1.1",
    "2.9.1",
    "2.10.0",
    "2.10.0-beta",
    "2.10.0beta",
    "2.10.0betas",
    "20201117_1_0-0.0.1",
    "20201117_1_0-0.0.2",
    "20201117_1_1-0.0.1",
    "20201118_1_0-0.0.1",
    "99999999999999999999999",
    "100000000000000000000000",
    "V2.0",
    "v1.0",
    "v2.0",
    "\xc3\xbc",
};

static void every_pair_of_known_versions_is_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(ascending); i++)
        for (size_t j = 0; j < GW_COUNT_OF(ascending); j++) {
            int want = (i > j) - (i < j);

            if (gw_version_compare(ascending[i], ascending[j]) != want)
                fail_msg("`%s` against `%s`: wanted %d", ascending[i], ascending[j], want);
        }
}

static void separators_are_equal_to_each_other(void **state)
{
    (void)state;
    assert_int_equal(gw_version_compare("1.0.0", "1-0_0"), 0);
    assert_int_equal(gw_version_compare("20201117_1_0-0.0.1", "20201117.1.0.0.0.1"), 0);
    assert_int_equal(gw_version_compare("1_2", "1.3"), -1);
    assert_int_equal(gw_version_compare("1.3", "1_2"), 1);
}

static void leading_zeros_have_no_value(void **state)
{
    (void)state;
    assert_int_equal(gw_version_compare("1.02", "1.2"), 0);
    assert_int_equal(gw_version_compare("1.02", "1.3"), -1);
    assert_int_equal(gw_version_compare("000", "0"), 0);
    assert_int_equal(gw_version_compare("0009", "10"), -1);
}

static void a_version_with_more_pieces_is_the_newer_one(void **state)
{
    (void)state;
    assert_int_equal(gw_version_compare("1.0", "1.0.0"), -1);
    assert_int_equal(gw_version_compare("1.0.0", "1.0"), 1);
    assert_int_equal(gw_version_compare("1.0", "1.0 "), -1);
}

static const char *piece_of(unsigned n)
{
    static const char *const pieces[] = {"0", "1", "9", "10", "01", ".", "_", "-", "a", "ab", "b", "B", "~"};

    return pieces[n % GW_COUNT_OF(pieces)];
}

static void made_version(unsigned n, char ret[16])
{
    size_t len = 0;

    ret[0] = '\0';
    for (unsigned i = 0; i < n % 5; i++)
        len += (size_t)snprintf(ret + len, 16 - len, "%s", piece_of(n * 2654435761u >> (5 * i + 3)));
}

/* Sign changes with the sides, and what is ordered twice is ordered through: a sort may rely on both. */
static void the_order_is_antisymmetric_and_transitive(void **state)
{
    char text[60][16];

    (void)state;
    for (unsigned i = 0; i < GW_COUNT_OF(text); i++)
        made_version(i * 7919 + 4, text[i]);
    for (size_t i = 0; i < GW_COUNT_OF(text); i++)
        for (size_t j = 0; j < GW_COUNT_OF(text); j++) {
            int ij = gw_version_compare(text[i], text[j]);

            assert_int_equal(gw_version_compare(text[j], text[i]), -ij);
            for (size_t k = 0; ij <= 0 && k < GW_COUNT_OF(text); k++)
                if (gw_version_compare(text[j], text[k]) <= 0)
                    assert_true(gw_version_compare(text[i], text[k]) <= 0);
        }
}

static void who_is_at_it_or_beyond_has_enough(void **state)
{
    (void)state;
    assert_true(gw_version_is_enough("2.4.0", "2.4.0", false));
    assert_true(gw_version_is_enough("2.10.0", "2.4.0", false));
    assert_false(gw_version_is_enough("2.3.9", "2.4.0", false));
    assert_true(gw_version_is_enough("2.4.0", "2.4.0", true));
    assert_true(gw_version_is_enough("2.3.9", "2.4.0", true));
    assert_false(gw_version_is_enough("2.10.0", "2.4.0", true));
    assert_false(gw_version_is_enough("", "2.4.0", false));
    assert_false(gw_version_is_enough("", "2.4.0", true));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_known_versions_is_in_order),
        cmocka_unit_test(separators_are_equal_to_each_other),
        cmocka_unit_test(leading_zeros_have_no_value),
        cmocka_unit_test(a_version_with_more_pieces_is_the_newer_one),
        cmocka_unit_test(the_order_is_antisymmetric_and_transitive),
        cmocka_unit_test(who_is_at_it_or_beyond_has_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
