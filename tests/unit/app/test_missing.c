/* How much of a part may be missing before its list is not believed any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cloud/sync_local.h"

static void test_nothing_is_missing(void **state)
{
    (void)state;
    assert_false(gw_sync_is_doubtful(0, 0));
    assert_false(gw_sync_is_doubtful(1, 0));
    assert_false(gw_sync_is_doubtful(500, 0));
}

static void test_a_handful_may_go(void **state)
{
    (void)state;
    assert_false(gw_sync_is_doubtful(2, 1));
    assert_false(gw_sync_is_doubtful(6, 5));
    assert_false(gw_sync_is_doubtful(500, 5));
    assert_true(gw_sync_is_doubtful(7, 6));
}

static void test_a_tenth_may_go(void **state)
{
    (void)state;
    assert_false(gw_sync_is_doubtful(500, 50));
    assert_true(gw_sync_is_doubtful(500, 51));
    assert_false(gw_sync_is_doubtful(60, 6));
    assert_true(gw_sync_is_doubtful(59, 6));
    assert_true(gw_sync_is_doubtful(UINT32_MAX, UINT32_MAX / 9));
}

static void test_all_may_not_go_but_the_only_one_may(void **state)
{
    (void)state;
    assert_false(gw_sync_is_doubtful(1, 1));
    assert_true(gw_sync_is_doubtful(2, 2));
    assert_true(gw_sync_is_doubtful(5, 5));
    assert_true(gw_sync_is_doubtful(500, 500));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_missing),
        cmocka_unit_test(test_a_handful_may_go),
        cmocka_unit_test(test_a_tenth_may_go),
        cmocka_unit_test(test_all_may_not_go_but_the_only_one_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
