/* Foreign text in Markdown: expected values after CommonMark 0.30, sections 2.4 and 6.1, and GitHub's autolinks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "markdown.h"

static void check(void (*add)(struct gw_buf *buf, const char *text), const char *text, const char *expected)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    add(&buf, text);
    assert_string_equal(gw_buf_text(&buf), expected);
    gw_buf_release(&buf);
}

static void prose_can_format_nothing(void **state)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"sag-1000 of cn-shanghai, 21 % (3 of 14)", "sag-1000 of cn-shanghai, 21 % (3 of 14)"},
        {"*bold* _it_ `code` ~~gone~~", "\\*bold\\* \\_it\\_ \\`code\\` \\~\\~gone\\~\\~"},
        {"[text](u)", "\\[text\\](u)"},
        {"<script>", "\\<script\\>"},
        {"a|b", "a\\|b"},
        {"&lt;", "\\&lt;"},
        {"C:\\x", "C:\\\\x"},
        {"two\nlines", "two\\\\x0alines"},
        {"\033[2J", "\\\\x1b\\[2J"},
        {"北京", "北京"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(pairs); i++)
        check(gw_markdown_text, pairs[i][0], pairs[i][1]);
}

static void addresses_do_not_become_links(void **state)
{
    (void)state;
    check(gw_markdown_text, "see https://x.test/a", "see https\\://x.test/a");
    check(gw_markdown_text, "www.x.test", "www\\.x.test");
    check(gw_markdown_text, "at 10:30, v2.4.0", "at 10:30, v2.4.0");
}

static void names_are_code_where_they_can_be(void **state)
{
    (void)state;
    check(gw_markdown_code, "sag-000001", "`sag-000001`");
    check(gw_markdown_code, "Throttling.User", "`Throttling.User`");
    check(gw_markdown_code, "a`b|c", "a\\`b\\|c");
    check(gw_markdown_code, "", "–");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prose_can_format_nothing),
        cmocka_unit_test(addresses_do_not_become_links),
        cmocka_unit_test(names_are_code_where_they_can_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
