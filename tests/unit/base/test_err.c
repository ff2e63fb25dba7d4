/* Error texts: set, prefixed on the way up, and cut at their size. */
#include "gatewave/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_zero_is_success(void **state)
{
    (void)state;
    assert_int_equal(GW_OK, 0);
}

static void test_set_keeps_code_and_text(void **state)
{
    struct gw_err err = {0};

    (void)state;
    assert_int_equal(gw_err_set(&err, GW_ERR_STORE, "%s: %d pages", "fleet.db", 3), GW_ERR_STORE);
    assert_int_equal(err.code, GW_ERR_STORE);
    assert_string_equal(err.text, "fleet.db: 3 pages");
}

static void test_set_without_err(void **state)
{
    (void)state;
    assert_int_equal(gw_err_set(NULL, GW_ERR_INPUT, "lost"), GW_ERR_INPUT);
}

static void test_prefixes_stack(void **state)
{
    struct gw_err err = {0};

    (void)state;
    gw_err_set(&err, GW_ERR_INPUT, "must be a whole number");
    assert_int_equal(gw_err_prefix(&err, "%s", "in_flight"), GW_ERR_INPUT);
    assert_int_equal(gw_err_prefix(&err, "%s:%d", "a.yaml", 7), GW_ERR_INPUT);
    assert_string_equal(err.text, "a.yaml:7: in_flight: must be a whole number");
    assert_int_equal(err.code, GW_ERR_INPUT);
}

static void test_percent_signs_in_texts_stay(void **state)
{
    struct gw_err err = {0};

    (void)state;
    gw_err_set(&err, GW_ERR_INPUT, "%s", "100%s");
    gw_err_prefix(&err, "%s", "50%d");
    assert_string_equal(err.text, "50%d: 100%s");
}

static void test_long_text_is_cut(void **state)
{
    char longer[2 * GW_ERR_TEXT_MAX];
    struct gw_err err = {0};

    (void)state;
    memset(longer, 'x', sizeof(longer) - 1);
    longer[sizeof(longer) - 1] = '\0';
    gw_err_set(&err, GW_ERR_STORE, "%s", longer);
    assert_int_equal(strlen(err.text), GW_ERR_TEXT_MAX - 1);
    gw_err_prefix(&err, "where");
    assert_int_equal(strlen(err.text), GW_ERR_TEXT_MAX - 1);
    assert_memory_equal(err.text, "where: xxx", 10);
}

/* Prefixes of every length around the size of the field: what does not fit is lost from the end. */
static void test_long_prefix_is_cut(void **state)
{
    char longer[GW_ERR_TEXT_MAX + 8];

    (void)state;
    for (int len = GW_ERR_TEXT_MAX - 8; len < GW_ERR_TEXT_MAX + 7; len++) {
        struct gw_err err = {0};
        size_t whole = (size_t)len + strlen(": tail");

        memset(longer, 'p', sizeof(longer));
        longer[len] = '\0';
        gw_err_set(&err, GW_ERR_STORE, "tail");
        assert_int_equal(gw_err_prefix(&err, "%s", longer), GW_ERR_STORE);
        assert_int_equal(strlen(err.text), whole < GW_ERR_TEXT_MAX ? whole : GW_ERR_TEXT_MAX - 1);
        assert_memory_equal(err.text, longer,
                            (size_t)len < GW_ERR_TEXT_MAX ? (size_t)len : GW_ERR_TEXT_MAX - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_is_success),
        cmocka_unit_test(test_set_keeps_code_and_text),
        cmocka_unit_test(test_set_without_err),
        cmocka_unit_test(test_prefixes_stack),
        cmocka_unit_test(test_percent_signs_in_texts_stay),
        cmocka_unit_test(test_long_text_is_cut),
        cmocka_unit_test(test_long_prefix_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
