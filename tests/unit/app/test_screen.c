/* Text for terminals: what is escaped, and how many columns it takes. */
#include "gatewave/app/screen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void check_text(const char *from, size_t len, const char *expected)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_screen_text_n(&buf, from, len);
    assert_string_equal(gw_buf_text(&buf), expected);
    gw_buf_release(&buf);
}

static void plain_text_stays(void **state)
{
    (void)state;
    check_text("", 0, "");
    check_text("sag-1 ~!", 8, "sag-1 ~!");
    check_text("Hangzhou \xe6\x9d\xad\xe5\xb7\x9e", 15, "Hangzhou \xe6\x9d\xad\xe5\xb7\x9e");
}

static void nothing_reaches_the_terminal_that_it_acts_on(void **state)
{
    (void)state;
    check_text("\033[31mred", 8, "\\x1b[31mred");
    check_text("a\r\nb\tc", 6, "a\\x0d\\x0ab\\x09c");
    check_text("nul\0x", 5, "nul\\x00x");
    check_text("\xc2\x9b[1m", 5, "\\xc2\\x9b[1m"); /* CSI as one character */
    check_text("\xff\xfe", 2, "\\xff\\xfe");
    check_text("\x7f", 1, "\\x7f");
}

static void marks_that_turn_the_line_are_shown(void **state)
{
    (void)state;
    check_text("a\xe2\x80\xae!", 5, "a\\u{202E}!");
    check_text("\xe2\x80\x8f", 3, "\\u{200F}");
    check_text("\xe2\x81\xa6x\xe2\x81\xa9", 7, "\\u{2066}x\\u{2069}");
    check_text("\xe2\x80\x94", 3, "\xe2\x80\x94"); /* U+2014, a neighbour that is harmless */
    check_text("\xe2\x81\xa5\xe2\x81\xaa", 6, "\xe2\x81\xa5\xe2\x81\xaa");
}

static void lines_keep_their_newlines_only(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_screen_lines(&buf, "one\ntwo \033[2J\n\nthree");
    assert_string_equal(gw_buf_text(&buf), "one\ntwo \\x1b[2J\n\nthree\n");
    gw_buf_reset(&buf);
    gw_screen_lines(&buf, "ends\n");
    assert_string_equal(gw_buf_text(&buf), "ends\n");
    gw_buf_release(&buf);
}

static void width_counts_columns(void **state)
{
    (void)state;
    assert_int_equal(gw_screen_width(""), 0);
    assert_int_equal(gw_screen_width("abc"), 3);
    assert_int_equal(gw_screen_width("z\xc3\xbcrich"), 6);            /* precomposed */
    assert_int_equal(gw_screen_width("zu\xcc\x88rich"), 6);           /* combining diaeresis */
    assert_int_equal(gw_screen_width("\xe6\x9d\xad\xe5\xb7\x9e"), 4); /* two ideographs */
    assert_int_equal(gw_screen_width("\xed\x95\x9c"), 2);             /* Hangul syllable */
    assert_int_equal(gw_screen_width("\xef\xbc\xa1"), 2);             /* fullwidth A */
    assert_int_equal(gw_screen_width("\xf0\x9f\x9a\x80!"), 3);        /* rocket */
}

static void pad_fills_by_columns(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_screen_pad(&buf, "ab", 4, false);
    gw_screen_pad(&buf, "|", 1, false);
    gw_screen_pad(&buf, "\xe6\x9d\xad", 4, true);
    gw_screen_pad(&buf, "|toolong", 3, false);
    assert_string_equal(gw_buf_text(&buf), "ab  |  \xe6\x9d\xad|toolong");
    gw_buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(nothing_reaches_the_terminal_that_it_acts_on),
        cmocka_unit_test(marks_that_turn_the_line_are_shown),
        cmocka_unit_test(lines_keep_their_newlines_only),
        cmocka_unit_test(width_counts_columns),
        cmocka_unit_test(pad_fills_by_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
