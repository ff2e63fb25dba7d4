/* Text helpers: bounds, UTF-8 after table 3-7 of the Unicode standard, escaping for people, globs. */
#include "gatewave/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"

static void test_copy(void **state)
{
    char field[5];

    (void)state;
    assert_true(gw_text_copy(field, sizeof(field), "abcd"));
    assert_string_equal(field, "abcd");
    assert_false(gw_text_copy(field, sizeof(field), "abcde"));
    assert_string_equal(field, "abcd");
    assert_true(gw_text_copy(field, sizeof(field), ""));
    assert_string_equal(field, "");
    assert_true(gw_text_copy_n(field, sizeof(field), "xyz", 2));
    assert_string_equal(field, "xy");
    assert_true(gw_text_copy_n(field, sizeof(field), NULL, 0));
    assert_string_equal(field, "");
    assert_false(gw_text_copy(field, 1, "a"));
    assert_string_equal(field, "");
}

static void test_compare(void **state)
{
    (void)state;
    assert_true(gw_text_equal("a", "a"));
    assert_false(gw_text_equal("a", "A"));
    assert_false(gw_text_equal("a", "ab"));
    assert_true(gw_text_equal_nocase("", ""));
    assert_true(gw_text_equal_nocase("Content-Type", "cONTENT-tYPE"));
    assert_false(gw_text_equal_nocase("a", "ab"));
    assert_false(gw_text_equal_nocase("ab", "a"));
    assert_false(gw_text_equal_nocase("a", "b"));
    /* The neighbours of the letters do not fold: @ and `, [ and {. */
    assert_false(gw_text_equal_nocase("@", "`"));
    assert_false(gw_text_equal_nocase("[", "{"));
    /* Nor does anything outside ASCII. */
    assert_false(gw_text_equal_nocase("\xc3\x89", "\xc3\xa9"));
    assert_true(gw_text_starts("abc", ""));
    assert_true(gw_text_starts("abc", "ab"));
    assert_true(gw_text_starts("abc", "abc"));
    assert_false(gw_text_starts("abc", "abcd"));
    assert_false(gw_text_starts("abc", "b"));
}

static void test_utf8_table(void **state)
{
    static const struct {
        const char *bytes;
        size_t len, good; /* how many bytes from the start are well formed */
    } cases[] = {
        {"", 0, 0},
        {"ascii", 5, 5},
        {"a\0b", 3, 1},
        {"\x7f", 1, 1},
        {"\x80", 1, 0},
        {"\xbf", 1, 0},
        {"\xc0\x80", 2, 0},
        {"\xc1\xbf", 2, 0},
        {"\xc2\x80", 2, 2},
        {"\xdf\xbf", 2, 2},
        {"\xc2", 1, 0},
        {"\xc2\x41", 2, 0},
        {"\xc2\xc0", 2, 0},
        {"\xe0\x9f\xbf", 3, 0},
        {"\xe0\xa0\x80", 3, 3},
        {"\xe1\x80\x80", 3, 3},
        {"\xec\xbf\xbf", 3, 3},
        {"\xed\x9f\xbf", 3, 3},
        {"\xed\xa0\x80", 3, 0},
        {"\xed\xbf\xbf", 3, 0},
        {"\xee\x80\x80", 3, 3},
        {"\xef\xbf\xbf", 3, 3},
        {"\xe4\xb8", 2, 0},
        {"\xe4\xb8\x41", 3, 0},
        {"\xf0\x8f\xbf\xbf", 4, 0},
        {"\xf0\x90\x80\x80", 4, 4},
        {"\xf3\xbf\xbf\xbf", 4, 4},
        {"\xf4\x8f\xbf\xbf", 4, 4},
        {"\xf4\x90\x80\x80", 4, 0},
        {"\xf5\x80\x80\x80", 4, 0},
        {"\xf8\x88\x80\x80\x80", 5, 0},
        {"\xfe", 1, 0},
        {"\xff", 1, 0},
        {"\xf0\x9f\x98", 3, 0},
        {"\xf0\x9f\x98\x41", 4, 0},
        {"ok \xe4\xb8\x8a then \xff", 13, 12},
        {"\xef\xbb\xbfx", 4, 4},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        assert_int_equal(gw_text_utf8_prefix(cases[i].bytes, cases[i].len), cases[i].good);
        assert_int_equal(gw_text_is_utf8(cases[i].bytes, cases[i].len), cases[i].good == cases[i].len);
    }
}

/* Encodes a code point by the plain rule, however wrong the point is. */
static size_t encode(uint32_t point, char *ret)
{
    if (point < 0x80) {
        ret[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        ret[0] = (char)(0xc0 | point >> 6);
        ret[1] = (char)(0x80 | (point & 0x3f));
        return 2;
    }
    if (point < 0x10000) {
        ret[0] = (char)(0xe0 | point >> 12);
        ret[1] = (char)(0x80 | (point >> 6 & 0x3f));
        ret[2] = (char)(0x80 | (point & 0x3f));
        return 3;
    }
    ret[0] = (char)(0xf0 | point >> 18);
    ret[1] = (char)(0x80 | (point >> 12 & 0x3f));
    ret[2] = (char)(0x80 | (point >> 6 & 0x3f));
    ret[3] = (char)(0x80 | (point & 0x3f));
    return 4;
}

static void test_utf8_every_code_point(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 0x120000; point++) {
        bool good = point != 0 && (point < 0xd800 || point > 0xdfff) && point <= 0x10ffff;
        char bytes[4];
        size_t len = encode(point, bytes);

        assert_int_equal(gw_text_is_utf8(bytes, len), good);
        /* Cut short, it never is. */
        for (size_t cut = 1; cut < len; cut++)
            assert_int_equal(gw_text_utf8_prefix(bytes, cut), 0);
    }
}

static void test_escape(void **state)
{
    static const struct {
        const char *from;
        size_t len;
        const char *escaped;
    } cases[] = {
        {"", 0, ""},
        {"plain text", 10, "plain text"},
        {"a\nb\tc", 5, "a\\x0ab\\x09c"},
        {"\x1b[31mred", 8, "\\x1b[31mred"},
        {"a\0b", 3, "a\\x00b"},
        {"\x7f", 1, "\\x7f"},
        {"caf\xc3\xa9", 5, "caf\xc3\xa9"},
        {"\xff\xc3", 2, "\\xff\\xc3"},
        {"\xed\xa0\x80", 3, "\\xed\\xa0\\x80"},
        /* A C1 control is well-formed UTF-8, and a terminal acts on it. */
        {"\xc2\x9b"
         "31m",
         5, "\\xc2\\x9b31m"},
    };
    char field[64];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        gw_text_escape(field, sizeof(field), cases[i].from, cases[i].len);
        assert_string_equal(field, cases[i].escaped);
    }
}

static void test_escape_cuts(void **state)
{
    char field[8];

    (void)state;
    gw_text_escape(field, sizeof(field), "1234567", 7);
    assert_string_equal(field, "1234567");
    gw_text_escape(field, sizeof(field), "12345678", 8);
    assert_string_equal(field, "1234...");
    /* Neither an escape nor a character is cut in half. */
    gw_text_escape(field, sizeof(field), "12\n45678", 8);
    assert_string_equal(field, "12...");
    gw_text_escape(field, sizeof(field), "123\xe4\xb8\x8a\xe6\xb5\xb7", 9);
    assert_string_equal(field, "123...");
    gw_text_escape(field, 1, "abc", 3);
    assert_string_equal(field, "");
    gw_text_escape(field, 2, "abc", 3);
    assert_int_equal(strlen(field), 1);
}

/* Whatever comes in, what goes out fits, is well formed, and holds nothing that a terminal acts on. */
static void test_escape_any_bytes(void **state)
{
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 6);
    for (int round = 0; round < 50000; round++) {
        char from[24], field[32];
        size_t len = gw_rng_below(&rng, sizeof(from)), size = 1 + gw_rng_below(&rng, sizeof(field));

        for (size_t i = 0; i < len; i++)
            from[i] = (char)gw_rng_next(&rng);
        memset(field, '#', sizeof(field));
        gw_text_escape(field, size, from, len);
        assert_true(strlen(field) < size);
        assert_true(gw_text_is_utf8(field, strlen(field)));
        for (const char *p = field; *p; p++)
            assert_true((unsigned char)*p >= 0x20 && *p != 0x7f &&
                        !(p[0] == '\xc2' && (unsigned char)p[1] < 0xa0));
    }
}

static void test_glob_table(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "anything", true},
        {"**", "", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "ab", false},
        {"a*", "a", true},
        {"a*", "ba", false},
        {"*a", "ba", true},
        {"*a", "ab", false},
        {"a*c", "abc", true},
        {"a*c", "ac", true},
        {"a*c", "acb", false},
        {"a?c", "ac", false},
        {"a*b*c", "a--b--c", true},
        {"a*b*c", "a--c--b", false},
        {"*ab", "aab", true},
        {"*abab", "abaabab", true},
        {"cn-*", "cn-shanghai", true},
        {"sag-????", "sag-1000", true},
        {"[a]", "a", false},
        {"[a]", "[a]", true},
        {"a\\*", "a*", false},
        {"*", "*", true},
        {"?", "*", true},
        {"A", "a", false},
        {"*?", "", false},
        {"*?", "a", true},
        {"?*", "ab", true},
        {"a**b", "ab", true},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++)
        if (gw_text_glob(cases[i].pattern, cases[i].text) != cases[i].match)
            fail_msg("%s on %s", cases[i].pattern, cases[i].text);
}

/* The plainest glob there is: exponential, and plainly right. */
static bool oracle_glob(const char *pattern, const char *text)
{
    if (*pattern == '\0')
        return *text == '\0';
    if (*pattern == '*')
        return oracle_glob(pattern + 1, text) || (*text && oracle_glob(pattern, text + 1));
    return *text && (*pattern == '?' || *pattern == *text) && oracle_glob(pattern + 1, text + 1);
}

static void test_glob_agrees_with_oracle(void **state)
{
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 7);
    for (int round = 0; round < 100000; round++) {
        char pattern[8], text[10];
        size_t pattern_len = gw_rng_below(&rng, sizeof(pattern)), text_len = gw_rng_below(&rng, sizeof(text));

        for (size_t i = 0; i < pattern_len; i++)
            pattern[i] = "ab*?"[gw_rng_below(&rng, 4)];
        pattern[pattern_len] = '\0';
        for (size_t i = 0; i < text_len; i++)
            text[i] = "ab"[gw_rng_below(&rng, 2)];
        text[text_len] = '\0';
        if (gw_text_glob(pattern, text) != oracle_glob(pattern, text))
            fail_msg("%s on %s", pattern, text);
    }
}

/* Would take longer than the universe has, were it tried star by star. */
static void test_glob_is_bounded(void **state)
{
    char pattern[201], text[2001];

    (void)state;
    for (size_t i = 0; i < 200; i++)
        pattern[i] = i % 2 ? 'a' : '*';
    pattern[200] = '\0';
    memset(text, 'a', sizeof(text) - 2);
    text[1999] = 'b';
    text[2000] = '\0';
    assert_false(gw_text_glob(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_utf8_table),
        cmocka_unit_test(test_utf8_every_code_point),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_cuts),
        cmocka_unit_test(test_escape_any_bytes),
        cmocka_unit_test(test_glob_table),
        cmocka_unit_test(test_glob_agrees_with_oracle),
        cmocka_unit_test(test_glob_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
