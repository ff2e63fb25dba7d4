/* The JSON writer, compared with the bytes that RFC 8259 asks for. */
#include "gatewave/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

static int set_up(void **state)
{
    static struct gw_buf buf;

    gw_buf_init(&buf, 0);
    *state = &buf;
    return 0;
}

static int tear_down(void **state)
{
    gw_buf_release(*state);
    return 0;
}

static void test_escapes(void **state)
{
    static const struct {
        const char *text, *quoted;
    } cases[] = {
        {"", "\"\""},
        {"plain", "\"plain\""},
        {"a\"b", "\"a\\\"b\""},
        {"a\\b", "\"a\\\\b\""},
        {"a/b", "\"a/b\""},
        {"\n\t\r\b\f", "\"\\u000a\\u0009\\u000d\\u0008\\u000c\""},
        {"\x01\x1f", "\"\\u0001\\u001f\""},
        {"\x7f", "\"\\u007f\""},
        /* C1 controls, which some terminals obey; the first and the last, and what stands beside them. */
        {"\xc2\x9b[31m", "\"\\u009b[31m\""},
        {"\xc2\x80 \xc2\x9f", "\"\\u0080 \\u009f\""},
        {"\xc2\xa0", "\"\xc2\xa0\""},
        {"</script>", "\"</script>\""},
        {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
        {"\xe4\xb8\x8a\xe6\xb5\xb7", "\"\xe4\xb8\x8a\xe6\xb5\xb7\""},
        {"\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\""},
        {"a\xff"
         "b",
         "\"a\\ufffdb\""},
        {"\xc3", "\"\\ufffd\""},
        {"\xc0\xaf", "\"\\ufffd\\ufffd\""},
    };
    struct gw_buf *buf = *state;

    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        gw_buf_reset(buf);
        gw_json_quote(buf, cases[i].text);
        assert_string_equal(gw_buf_text(buf), cases[i].quoted);
    }
}

static void test_one_value_at_the_top(void **state)
{
    struct gw_buf *buf = *state;
    struct gw_json json;

    gw_json_init(&json, buf);
    gw_json_text(&json, NULL, "x");
    assert_string_equal(gw_buf_text(buf), "\"x\"");
}

static void test_numbers(void **state)
{
    struct gw_buf *buf = *state;
    struct gw_json json;

    gw_json_init(&json, buf);
    gw_json_open(&json, NULL, '[');
    gw_json_int(&json, NULL, 0);
    gw_json_int(&json, NULL, -1);
    gw_json_int(&json, NULL, INT64_MAX);
    gw_json_int(&json, NULL, INT64_MIN);
    gw_json_close(&json, ']');
    assert_string_equal(gw_buf_text(buf), "[0,-1,9223372036854775807,-9223372036854775808]");
}

static void test_empty_containers(void **state)
{
    struct gw_buf *buf = *state;
    struct gw_json json;

    gw_json_init(&json, buf);
    gw_json_open(&json, NULL, '{');
    gw_json_open(&json, "list", '[');
    gw_json_close(&json, ']');
    gw_json_open(&json, "map", '{');
    gw_json_close(&json, '}');
    gw_json_close(&json, '}');
    assert_string_equal(gw_buf_text(buf), "{\"list\":[],\"map\":{}}");
}

static void test_nesting_and_commas(void **state)
{
    struct gw_buf *buf = *state;
    struct gw_json json;

    gw_json_init(&json, buf);
    gw_json_open(&json, NULL, '{');
    gw_json_text(&json, "state", "running");
    gw_json_text(&json, "reason", NULL);
    gw_json_bool(&json, "ended", false);
    gw_json_open(&json, "waves", '[');
    for (int wave = 1; wave <= 2; wave++) {
        gw_json_open(&json, NULL, '{');
        gw_json_int(&json, "number", wave);
        gw_json_bool(&json, "open", true);
        gw_json_close(&json, '}');
    }
    gw_json_close(&json, ']');
    gw_json_int(&json, "total", 7);
    gw_json_close(&json, '}');
    assert_string_equal(gw_buf_text(buf),
                        "{\"state\":\"running\",\"reason\":null,\"ended\":false,"
                        "\"waves\":[{\"number\":1,\"open\":true},{\"number\":2,\"open\":true}],"
                        "\"total\":7}");
}

static void test_names_are_escaped_too(void **state)
{
    struct gw_buf *buf = *state;
    struct gw_json json;

    gw_json_init(&json, buf);
    gw_json_open(&json, NULL, '{');
    gw_json_int(&json, "tag:\"a\"", 1);
    gw_json_close(&json, '}');
    assert_string_equal(gw_buf_text(buf), "{\"tag:\\\"a\\\"\":1}");
}

static void test_full_buffer_is_told(void **state)
{
    struct gw_buf small;
    struct gw_json json;

    (void)state;
    gw_buf_init(&small, 8);
    gw_json_init(&json, &small);
    gw_json_text(&json, NULL, "longer than eight bytes");
    assert_true(small.full);
    gw_buf_release(&small);
}

#define WITH_BUF(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BUF(test_escapes),
        WITH_BUF(test_one_value_at_the_top),
        WITH_BUF(test_numbers),
        WITH_BUF(test_empty_containers),
        WITH_BUF(test_nesting_and_commas),
        WITH_BUF(test_names_are_escaped_too),
        WITH_BUF(test_full_buffer_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
