/* The growing buffer: content, the NUL behind it, and what a ceiling does. */
#include "gatewave/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/secret.h"

static void test_fresh_is_empty_text(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    assert_string_equal(gw_buf_text(&buf), "");
    assert_int_equal(buf.len, 0);
    assert_false(buf.full);
    gw_buf_release(&buf);
}

static void test_adds_in_order(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    assert_true(gw_buf_add(&buf, "abc", 2));
    assert_true(gw_buf_add_char(&buf, '-'));
    assert_true(gw_buf_add_text(&buf, "text"));
    assert_true(gw_buf_addf(&buf, " %d %s", -7, "seven"));
    assert_string_equal(gw_buf_text(&buf), "ab-text -7 seven");
    assert_int_equal(buf.len, strlen("ab-text -7 seven"));
    gw_buf_release(&buf);
}

static void test_holds_any_byte(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    assert_true(gw_buf_add(&buf, "a\0b", 3));
    assert_true(gw_buf_add_char(&buf, '\0'));
    assert_int_equal(buf.len, 4);
    assert_memory_equal(buf.data, "a\0b\0", 5);
    gw_buf_release(&buf);
}

static void test_empty_writes_are_fine(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    assert_true(gw_buf_add(&buf, NULL, 0));
    assert_true(gw_buf_add_text(&buf, ""));
    assert_true(gw_buf_addf(&buf, "%s", ""));
    assert_string_equal(gw_buf_text(&buf), "");
    gw_buf_release(&buf);
}

/* Every length around each doubling: the NUL must have its place too. */
static void test_grows(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    for (size_t n = 0; n < 5000; n++) {
        assert_true(gw_buf_add_char(&buf, (char)('a' + n % 26)));
        assert_int_equal(buf.len, n + 1);
        assert_int_equal(buf.data[buf.len], '\0');
        assert_true(buf.size > buf.len);
    }
    for (size_t n = 0; n < 5000; n++)
        assert_int_equal(buf.data[n], 'a' + n % 26);
    gw_buf_release(&buf);
}

static void test_one_large_write(void **state)
{
    static char large[100000];
    struct gw_buf buf;

    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    gw_buf_init(&buf, 0);
    assert_true(gw_buf_addf(&buf, "<%s>", large));
    assert_int_equal(buf.len, sizeof(large) + 1);
    assert_int_equal(buf.data[0], '<');
    assert_int_equal(buf.data[buf.len - 1], '>');
    gw_buf_release(&buf);
}

static void test_ceiling_is_met_exactly(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 8);
    assert_true(gw_buf_add_text(&buf, "12345678"));
    assert_false(buf.full);
    assert_false(gw_buf_add_char(&buf, '9'));
    assert_true(buf.full);
    assert_string_equal(gw_buf_text(&buf), "12345678");
    gw_buf_release(&buf);
}

static void test_write_past_ceiling_is_dropped_whole(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 8);
    assert_true(gw_buf_add_text(&buf, "12345"));
    assert_false(gw_buf_add_text(&buf, "6789"));
    assert_string_equal(gw_buf_text(&buf), "12345");
    assert_false(gw_buf_addf(&buf, "%d", 6789));
    assert_string_equal(gw_buf_text(&buf), "12345");
    /* full tells of the loss even after a write that fits. */
    assert_true(gw_buf_add_text(&buf, "678"));
    assert_true(buf.full);
    gw_buf_release(&buf);
}

static void test_huge_length_against_ceiling(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 8);
    assert_true(gw_buf_add_text(&buf, "1"));
    assert_false(gw_buf_add(&buf, "x", SIZE_MAX));
    assert_string_equal(gw_buf_text(&buf), "1");
    gw_buf_release(&buf);
}

static void test_reset_keeps_memory_and_ceiling(void **state)
{
    struct gw_buf buf;
    char *data;

    (void)state;
    gw_buf_init(&buf, 4);
    assert_true(gw_buf_add_text(&buf, "full"));
    assert_false(gw_buf_add_text(&buf, "er"));
    data = buf.data;
    gw_buf_reset(&buf);
    assert_false(buf.full);
    assert_string_equal(gw_buf_text(&buf), "");
    assert_ptr_equal(buf.data, data);
    assert_false(gw_buf_add_text(&buf, "12345"));
    gw_buf_release(&buf);
}

static void test_release_leaves_a_usable_buffer(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 4);
    assert_true(gw_buf_add_text(&buf, "abc"));
    gw_buf_release(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.max, 4);
    assert_string_equal(gw_buf_text(&buf), "");
    assert_true(gw_buf_add_text(&buf, "wxyz"));
    assert_string_equal(gw_buf_text(&buf), "wxyz");
    gw_buf_release(&buf);
    gw_buf_release(&buf);
}

/* In place of the one that the buffer would find: what it wipes is looked at before it is gone. */
static unsigned wiped;

void gw_secret_wipe(void *bytes, size_t len)
{
    if (!bytes)
        return;
    wiped += memmem(bytes, len, "marker", 6) != NULL;
    memset(bytes, 0, len);
}

static void test_a_secret_one_wipes_what_it_leaves(void **state)
{
    const char more[100] = {'a'};
    struct gw_buf buf;

    (void)state;
    wiped = 0;
    gw_buf_init_secret(&buf, 1000);
    assert_true(gw_buf_add_text(&buf, "marker"));
    assert_true(gw_buf_add(&buf, more, sizeof(more)));
    assert_int_equal(wiped, 1); /* grown out of */
    assert_int_equal(buf.len, 106);
    assert_memory_equal(buf.data, "markera", 8);
    gw_buf_reset(&buf);
    assert_int_equal(wiped, 2);
    assert_string_equal(gw_buf_text(&buf), "");
    assert_null(memmem(buf.data, buf.size, "marker", 6));
    assert_true(gw_buf_addf(&buf, "%s%200s", "marker", "x"));
    assert_int_equal(buf.len, 206);
    assert_memory_equal(buf.data, "marker ", 7);
    gw_buf_release(&buf);
    assert_true(wiped >= 3);
    assert_true(buf.secret);
    assert_int_equal(buf.max, 1000);
}

static void test_another_one_does_not(void **state)
{
    struct gw_buf buf;

    (void)state;
    wiped = 0;
    gw_buf_init(&buf, 0);
    assert_true(gw_buf_add_text(&buf, "marker"));
    gw_buf_reset(&buf);
    gw_buf_release(&buf);
    assert_int_equal(wiped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh_is_empty_text),
        cmocka_unit_test(test_adds_in_order),
        cmocka_unit_test(test_holds_any_byte),
        cmocka_unit_test(test_empty_writes_are_fine),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_one_large_write),
        cmocka_unit_test(test_ceiling_is_met_exactly),
        cmocka_unit_test(test_write_past_ceiling_is_dropped_whole),
        cmocka_unit_test(test_huge_length_against_ceiling),
        cmocka_unit_test(test_reset_keeps_memory_and_ceiling),
        cmocka_unit_test(test_release_leaves_a_usable_buffer),
        cmocka_unit_test(test_a_secret_one_wipes_what_it_leaves),
        cmocka_unit_test(test_another_one_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
