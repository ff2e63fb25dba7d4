/* Numbered texts: first come, first numbered, and found again whatever else has come since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "gatewave/base/names.h"

static void an_empty_one_knows_nothing(void **state)
{
    struct gw_names names = {0};

    (void)state;
    assert_int_equal(gw_names_find(&names, ""), GW_NO_NAME);
    assert_int_equal(gw_names_find(&names, "a"), GW_NO_NAME);
    gw_names_release(&names);
}

static void texts_are_numbered_as_they_come(void **state)
{
    struct gw_names names = {0};

    (void)state;
    assert_int_equal(gw_names_add(&names, "cn-shanghai"), 0);
    assert_int_equal(gw_names_add(&names, ""), 1);
    assert_int_equal(gw_names_add(&names, "cn-beijing"), 2);
    assert_int_equal(gw_names_add(&names, "cn-shanghai"), 0);
    assert_int_equal(gw_names_find(&names, ""), 1);
    assert_int_equal(gw_names_find(&names, "cn-beijin"), GW_NO_NAME);
    assert_string_equal(names.name[2], "cn-beijing");
    assert_int_equal(names.n, 3);
    gw_names_release(&names);
    assert_int_equal(names.n, 0);
}

static void many_are_found_again(void **state)
{
    struct gw_names names = {0};
    char text[16];

    (void)state;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < 5000; i++) {
            (void)snprintf(text, sizeof(text), "site-%u", i);
            assert_int_equal(gw_names_add(&names, text), i);
        }
    assert_int_equal(names.n, 5000);
    assert_int_equal(gw_names_find(&names, "site-4999"), 4999);
    assert_int_equal(gw_names_find(&names, "site-5000"), GW_NO_NAME);
    gw_names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_knows_nothing),
        cmocka_unit_test(texts_are_numbered_as_they_come),
        cmocka_unit_test(many_are_found_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
