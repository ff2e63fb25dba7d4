/* Lists that move while they are read: when nothing can have slipped through, and when it is looked at again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cloud/pages.h"

/* A page of rows a..z as a text, and the total that came with it. */
static void page(struct gw_pages *pages, const char *rows, uint32_t total)
{
    uint32_t n = 0;

    for (; rows[n]; n++) {
        const char id[2] = {rows[n], '\0'};

        (void)gw_pages_meet(pages, id);
    }
    gw_pages_turn(pages, n, total);
}

static bool has(struct gw_pages *pages, char row)
{
    const char id[2] = {row, '\0'};

    return gw_pages_has(pages, gw_names_find(&pages->ids, id));
}

static void assert_asks(const struct gw_pages *pages, uint32_t pass, uint32_t number)
{
    assert_false(pages->done);
    assert_int_equal(pages->pass, pass);
    assert_int_equal(pages->page, number);
}

static void test_an_even_list(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    assert_asks(&pages, 1, 1);
    page(&pages, "ab", 5);
    assert_asks(&pages, 1, 2);
    page(&pages, "cd", 5);
    assert_asks(&pages, 1, 3);
    page(&pages, "e", 5);
    assert_true(pages.done && pages.complete);
    assert_int_equal(pages.ids.n, 5);
    assert_true(has(&pages, 'a') && has(&pages, 'e'));
    gw_pages_release(&pages);
}

/* A cloud that gives the first page whichever is asked for, and says that there are a million. */
static void test_a_page_that_comes_again_ends_the_pass(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    for (uint32_t pass = 1; pass <= GW_PAGES_PASSES; pass++) {
        assert_asks(&pages, pass, 1);
        page(&pages, "ab", 1000000);
        assert_asks(&pages, pass, 2);
        page(&pages, "ab", 1000000);
    }
    assert_true(pages.done);
    assert_false(pages.complete);
    gw_pages_release(&pages);
}

static void test_an_empty_list_costs_a_page(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    page(&pages, "", 0);
    assert_true(pages.done && pages.complete);
    gw_pages_release(&pages);
}

static void test_a_repeated_row_asks_for_another_pass(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    page(&pages, "ab", 4);
    page(&pages, "bc", 4); /* a row came in before b, and d was never seen */
    assert_asks(&pages, 2, 1);
    page(&pages, "ab", 4);
    page(&pages, "cd", 4);
    assert_true(pages.done && pages.complete);
    assert_true(has(&pages, 'd'));
    gw_pages_release(&pages);
}

static void test_two_passes_together(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    page(&pages, "ab", 4);
    page(&pages, "bc", 4);
    page(&pages, "ad", 4);
    page(&pages, "ab", 4); /* uneven too, but there are four, and four were met */
    assert_true(pages.done && pages.complete);
    assert_true(has(&pages, 'c') && has(&pages, 'd'));
    gw_pages_release(&pages);
}

static void test_a_total_that_moves_proves_nothing(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    page(&pages, "ab", 4);
    page(&pages, "d",
         3); /* a has left, c slipped to the page before: three were met of three, and not those three */
    assert_asks(&pages, 2, 1);
    page(&pages, "bc", 3);
    page(&pages, "d", 3);
    assert_true(pages.done && pages.complete);
    assert_false(has(&pages, 'a'));
    assert_true(has(&pages, 'c'));
    gw_pages_release(&pages);
}

static void test_a_union_that_has_somebody_who_left(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    page(&pages, "ab", 3);
    page(&pages, "b", 3);
    page(&pages, "bd",
         4); /* c is there, and was never met; a, who left, makes up the number: the total has moved */
    page(&pages, "be", 4);
    assert_asks(&pages, 3, 1);
    gw_pages_release(&pages);
}

static void test_three_passes_and_no_more(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    for (uint32_t pass = 1; pass <= GW_PAGES_PASSES; pass++) {
        assert_asks(&pages, pass, 1);
        page(&pages, "ab", 4);
        page(&pages, pass == 1 ? "bc" : "ba", 4);
    }
    assert_true(pages.done);
    assert_false(pages.complete);
    assert_true(has(&pages, 'c')); /* met once: it is there as far as anybody knows */
    gw_pages_release(&pages);
}

static void test_a_list_that_ends_early(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    page(&pages, "ab", 1000000);
    page(&pages, "", 1000000);
    assert_asks(&pages, 2, 1);
    gw_pages_release(&pages);
}

static void test_a_short_page_is_not_the_last(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 2);
    page(&pages, "a", 3);
    assert_asks(&pages, 1, 2);
    page(&pages, "bc", 3);
    assert_true(pages.done && pages.complete);
    gw_pages_release(&pages);
}

static void test_a_list_without_an_end_has_one(void **state)
{
    struct gw_pages pages;

    (void)state;
    gw_pages_init(&pages, 1);
    for (uint32_t i = 0; i < GW_PAGES_MOST * GW_PAGES_PASSES && !pages.done; i++)
        page(&pages, "a", UINT32_MAX);
    assert_true(pages.done);
    assert_false(pages.complete);
    gw_pages_release(&pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_even_list),
        cmocka_unit_test(test_a_page_that_comes_again_ends_the_pass),
        cmocka_unit_test(test_an_empty_list_costs_a_page),
        cmocka_unit_test(test_a_repeated_row_asks_for_another_pass),
        cmocka_unit_test(test_two_passes_together),
        cmocka_unit_test(test_a_total_that_moves_proves_nothing),
        cmocka_unit_test(test_a_union_that_has_somebody_who_left),
        cmocka_unit_test(test_three_passes_and_no_more),
        cmocka_unit_test(test_a_list_that_ends_early),
        cmocka_unit_test(test_a_short_page_is_not_the_last),
        cmocka_unit_test(test_a_list_without_an_end_has_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
