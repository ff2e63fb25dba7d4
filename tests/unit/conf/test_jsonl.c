/* JSON lines inventories: what is read, and every refusal at its exact place. */
#include "seen.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"

#define ROW "{\"gateway_id\": \"a\", \"region\": \"cn\"}\n"

static void good(const char *text, const char *want)
{
    check_rows(text, strlen(text), GW_TABLE_JSONL, want);
}

static void bad(const char *text, const char *want)
{
    check_report(text, strlen(text), GW_TABLE_JSONL, want);
}

static void objects_become_rows(void **state)
{
    (void)state;
    good(ROW "{\"region\":\"cn\",\"gateway_id\":\"b\",\"name\":\"\"}",
         "1: gateway_id=[a] region=[cn]\n2: gateway_id=[b] region=[cn] name=[]\n");
    good("", "");
    good("\n \r\n", "");
    good("\xef\xbb\xbf\r\n  " ROW "\n\t" ROW "\r\n",
         "2: gateway_id=[a] region=[cn]\n4: gateway_id=[a] region=[cn]\n");
    good("{\"gateway_id\":\"sag-1\",\"region\":\"cn-shanghai\",\"serial\":\"sage62x1\",\"ha_role\":"
         "\"active\",\"version\":"
         "\"2.4.0\",\"dpi_version\":\"20201117_1_0-0.0.1\",\"model\":\"sag-1000\",\"name\":\"Shop "
         "5\",\"site\":\"East\","
         "\"timezone\":\"Asia/Shanghai\",\"account\":\"12\",\"isp\":\"CT\"}\n",
         "1: gateway_id=[sag-1] region=[cn-shanghai] serial=[sage62x1] ha_role=[active] version=[2.4.0] "
         "dpi_version=[20201117_1_0-0.0.1] model=[sag-1000] name=[Shop 5] site=[East] "
         "timezone=[Asia/Shanghai] "
         "account=[12] isp=[CT]\n");
}

static void a_line_says_nothing_of_the_next(void **state)
{
    (void)state;
    good("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":\"n\",\"tags\":{\"x\":\"1\"}}\n" ROW,
         "1: gateway_id=[a] region=[cn] name=[n] x:[1]\n2: gateway_id=[a] region=[cn]\n");
}

static void null_is_empty(void **state)
{
    (void)state;
    good("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":null,\"tag:x\":null,\"tags\":null}\n",
         "1: gateway_id=[a] region=[cn] name=[]\n");
    bad("{\"gateway_id\":null,\"region\":\"cn\"}\n", "f:1:15: gateway_id is empty\n");
}

static void tags_come_either_way(void **state)
{
    (void)state;
    good("{\"gateway_id\":\"a\",\"region\":\"cn\",\"tag:ring\":\"1\",\"tags\":{\"freeze\":\"yes\",\"a.b-c_"
         "1\":\"\"}}\n",
         "1: gateway_id=[a] region=[cn] ring:[1] freeze:[yes]\n");
    good("{\"gateway_id\":\"a\",\"region\":\"cn\",\"tags\":{}}\n", "1: gateway_id=[a] region=[cn]\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"tags\":{\"x\":\"1\",\"y\":\"2\",\"x\":\"3\"}}\n",
        "f:1:58: tag `x` is there twice\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"tag:x\":\"1\",\"tags\":{\"x\":\"3\"}}\n",
        "f:1:54: tag `x` is there twice\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"tags\":{\"a b\":\"1\",\"\":\"2\"}}\n",
        "f:1:43: a tag's name is made of letters, digits, - _ . only\n"
        "f:1:52: a tag without a name: write tag:NAME\n");
    bad("{\"tag:a b\":\"1\"}\n", "f:1:8: a tag's name is made of letters, digits, - _ . only\n");
    bad("{\"tags\":{\"\\u0078 \":\"1\"}}\n", "f:1:11: a tag's name is made of letters, digits, - _ . only\n");
    bad("{\"tags\":{},\"tags\":{}}\n", "f:1:13: `tags` is there twice\n");
    bad("{\"tags\":\"x\"}\n", "f:1:10: tags: must be an object, as in {\"ring\": \"1\"}\n");
    bad("{\"tags\":\"\"}\n", "f:1:10: tags: must be an object, as in {\"ring\": \"1\"}\n");
    bad("{\"tags\":[\"x\"]}\n", "f:1:9: must be a text, not a list\n");
}

static void escapes(void **state)
{
    (void)state;
    good("{\"gateway_id\":\"\\u0061\",\"region\":\"cn\",\"name\":\"q\\\"b\\\\s\\/n\\nt\\t "
         "\\u4e0a\\ud83d\\ude00\"}\n",
         "1: gateway_id=[a] region=[cn] name=[q\"b\\s/n\nt\t \xe4\xb8\x8a\xf0\x9f\x98\x80]\n");
    good("{\"gateway\\u005fid\":\"a\",\"region\":\"cn\"}\n", "1: gateway_id=[a] region=[cn]\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":\"x\\ud83d\"}\n",
        "f:1:42: not JSON: double-quoted scalar has invalid UTF8 escape\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":\"x\\qy\"}\n",
        "f:1:42: not JSON: invalid escape 'q' in double-quoted string\n");
    /* The library quotes what it finds as it is; a report does not. */
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":\"x\\\x1d\"}\n",
        "f:1:42: not JSON: invalid escape '\\x1d' in double-quoted string\n");
}

static void values_must_be_texts(void **state)
{
    (void)state;
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":5}\n", "f:1:40: must be a text: write \"5\"\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":true}\n",
        "f:1:40: must be a text: write \"true\"\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":-1.5e3}\n",
        "f:1:40: must be a text: write \"-1.5e3\"\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":{\"x\":{\"y\":[1]}},\"site\":[1,\"2\"]}\n",
        "f:1:40: must be a text, not an object\nf:1:63: must be a text, not a list\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"tags\":{\"x\":{\"y\":\"1\"},\"z\":[\"1\"]}}\n",
        "f:1:45: must be a text, not an object\nf:1:59: must be a text, not a list\n");
}

static void lines_must_be_objects(void **state)
{
    static const char object[] = "must be an object, as in {\"gateway_id\": \"...\", \"region\": \"...\"}";
    char want[256];

    (void)state;
    (void)snprintf(want, sizeof(want), "f:1:1: %s\nf:2:3: %s\nf:3:1: %s\n", object, object, object);
    bad("[]\n  [{\"gateway_id\": 1}, [2]]\n\"text\"\n", want);
    (void)snprintf(want, sizeof(want), "f:1:1: %s\nf:3:1: %s\n", object, object);
    bad("null\n\n12\n", want);
}

static void keys_must_be_known_and_said_once(void **state)
{
    (void)state;
    bad("{\"gateway_id\":\"a\",\"regoin\":\"cn\"}\n",
        "f:1:20: unknown key `regoin`; did you mean `region`?\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"rack\":{\"x\":1}}\n",
        "f:1:34: unknown key `rack`; what is yours alone goes into \"tags\"\n"
        "f:1:40: must be a text, not an object\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"region\":\"eu\"}\n", "f:1:34: `region` is there twice\n");
    bad("{\"region\":\"cn\"}\n{}\n",
        "f:1:1: gateway_id is missing\nf:2:1: gateway_id is missing\nf:2:1: region is missing\n");
}

static void what_is_not_json_is_pointed_at(void **state)
{
    static const struct {
        const char *line, *want;
    } cases[] = {
        {"{\"gateway_id\":\"a\"", "f:1:18: not JSON: expected a comma or }\n"},
        {"{\"gateway_id\":\"a}", "f:1:16: not JSON: double-quoted scalar without closing quote\n"},
        {"{\"gateway_id\":\"a\",}", "f:1:18: not JSON: JSON disallows trailing comma before closing brace\n"},
        {"{gateway_id:\"a\"}", "f:1:2: not JSON: texts and names stand in double quotes\n"},
        {"{\"gateway_id\":'a'}", "f:1:15: not JSON: texts stand in double quotes\n"},
        {"{\"gateway_id\":a}", "f:1:15: not JSON: texts and names stand in double quotes\n"},
        {"{\"gateway_id\":}", "f:1:15: not JSON: a name without a value\n"},
        {"{\"gateway_id\"}", "f:1:3: not JSON: a name without a value\n"},
        {"{\"gateway_id\":\"a\" \"region\":\"b\"}", "f:1:20: not JSON: expected a comma or }\n"},
        {"{\"gateway_id\":01}", "f:1:15: not JSON"},
        {"{\"gateway_id\":NaN}", "f:1:15: not JSON"},
        {"{\"gateway_id\":\"a\tb\"}", "f:1:17: not JSON: Invalid JSON unescaped character\n"},
        {"{\"gateway_id\":\"a\"} x", "f:1:20: not JSON"},
        {"{\"gateway_id\":\"a\",\"region\":\"b\"}{}",
         "f:1:32: something behind the object; each line has one\n"},
        {"{\"gateway_id\":\"a\"}]", "f:1:19: not JSON"},
        {"{\"gateway_id\":\"a\"} # c", "f:1:20: not JSON"},
        {"// c", "f:1:1: not JSON"},
        {"--- {}", "f:1:1: not JSON"},
        {"{\"gateway_id\":&x \"a\"}", "f:1:15: not JSON: anchor not supported in JSON mode\n"},
        {"{\"gateway_id\":!!str \"a\"}", "f:1:15: not JSON: tag not supported in JSON mode\n"},
        {"gateway_id,region", "f:1:1: not JSON"},
        {"}", "f:1:1: not JSON"},
        {"{", "f:1:2: not JSON"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        struct seen seen;
        char text[128];

        /* The next line is read whatever this one was. */
        (void)snprintf(text, sizeof(text), "%s\n" ROW, cases[i].line);
        seen_read(&seen, text, strlen(text), GW_TABLE_JSONL);
        if (strncmp(gw_buf_text(&seen.report), cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("`%s`: %s", cases[i].line, gw_buf_text(&seen.report));
        assert_int_equal(seen.n_problems, 1);
        assert_string_equal(gw_buf_text(&seen.rows), "2: gateway_id=[a] region=[cn]\n");
        seen_release(&seen);
    }
}

static void bytes_that_are_no_text(void **state)
{
    static const char nul[] = "{\"gateway_id\":\"a\0\"}\n" ROW;

    (void)state;
    check_report(nul, sizeof(nul) - 1, GW_TABLE_JSONL, "f:1:17: a NUL byte\n");
    bad(ROW "{\"gateway_id\":\"\xc3(\"}\n", "f:2:16: not UTF-8 text: byte 0xc3\n");
    bad("\xff\xfe{", "f:1:1: UTF-16 text (little-endian); save the file as UTF-8\n");
    bad("{\"gateway_id\":\"a\\u0000b\",\"region\":\"cn\"}\n", "f:1:16: gateway_id: a NUL byte\n");
    bad("{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":\"a\\u0000b\"}\n", "f:1:41: name: a NUL byte\n");
}

static void values_are_checked_as_in_csv(void **state)
{
    (void)state;
    bad("{\"gateway_id\":\"a b\",\"region\":\"\",\"ha_role\":\"x\",\"timezone\":\"+8\"}\n",
        "f:1:17: gateway_id: ` ` is none of the letters, digits, - _ . that it is made of\n"
        "f:1:31: region is empty\n"
        "f:1:44: ha_role: must be active, standby or empty, not `x`\n"
        "f:1:59: timezone: must be a name of the IANA database, as in Asia/Shanghai or UTC, not `+8`\n");
    /* With an escape before it, the place is that of the whole value. */
    bad("{\"gateway_id\":\"\\u0061 b\",\"region\":\"cn\"}\n",
        "f:1:16: gateway_id: ` ` is none of the letters, digits, - _ . that it is made of\n");
    bad("{\"gateway_id\":\"refuse-1\",\"region\":\"cn\"}\n" ROW, "f:1:1: refused by the test\n");
}

static void long_values_and_many_tags(void **state)
{
    char value[3 * GW_TABLE_FIELD_MAX], *text = gw_mem_new(4, GW_TABLE_FIELD_MAX);
    size_t size = 4 * GW_TABLE_FIELD_MAX, n;

    (void)state;
    memset(value, 'x', sizeof(value));
    (void)snprintf(text, size, "{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":\"%.*s\"}",
                   GW_TABLE_FIELD_MAX, value);
    {
        struct seen seen;

        seen_read(&seen, text, strlen(text), GW_TABLE_JSONL);
        assert_int_equal(seen.n_rows, 1);
        assert_int_equal(seen.rows.len,
                         strlen("1: gateway_id=[a] region=[cn] name=[]\n") + GW_TABLE_FIELD_MAX);
        seen_release(&seen);
    }
    (void)snprintf(text, size, "{\"gateway_id\":\"a\",\"region\":\"cn\",\"name\":\"%.*s\"}",
                   (int)sizeof(value), value);
    bad(text, "f:1:41: name: longer than 4096 bytes\n");
    n = (size_t)snprintf(text, size, "{\"gateway_id\":\"a\",\"region\":\"cn\"");
    for (unsigned i = 0; i < GW_TABLE_TAGS_MAX; i++)
        n += (size_t)snprintf(text + n, size - n, ",\"tag:t%03u\":\"1\"", i);
    (void)snprintf(text + n, size - n, ",\"name\":\"n\"}");
    {
        struct seen seen;

        seen_read(&seen, text, strlen(text), GW_TABLE_JSONL);
        assert_int_equal(seen.n_rows, 1);
        assert_non_null(strstr(seen.rows.data, " t199:[1]\n"));
        seen_release(&seen);
    }
    (void)snprintf(text + n, size - n, ",\"tag:more\":\"1\"}");
    bad(text, "f:1:3045: more than 200 tags\n");
    free(text);
}

/* libfyaml remembers each bracket and each text that nothing has closed yet. */
static void a_line_of_brackets_is_not_read(void **state)
{
    static const char *const marks[] = {"[", "{\"tags\":", "\"\"", "[]"};

    (void)state;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        struct gw_buf text;

        gw_buf_init(&text, 0);
        gw_buf_add_text(&text, "{}\n{");
        for (size_t n = 0; n < 100000; n++)
            gw_buf_add_text(&text, marks[i]);
        gw_buf_add_text(&text, "\n{\"gateway_id\":\"a\",\"region\":\"\"}\n");
        bad(gw_buf_text(&text), "f:1:1: gateway_id is missing\nf:1:1: region is missing\n"
                                "f:2:1: not an inventory: more brackets and texts than a device has\n"
                                "f:3:29: region is empty\n");
        gw_buf_release(&text);
    }
}

/* Brackets in a text are no brackets, and a quote behind a backslash does not end it. */
static void a_long_line_of_a_device_is_read(void **state)
{
    struct gw_buf text, want;

    (void)state;
    gw_buf_init(&text, 0);
    gw_buf_init(&want, 0);
    gw_buf_add_text(&text, "{\"gateway_id\":\"a\",\"region\":\"cn\"");
    gw_buf_add_text(&want, "1: gateway_id=[a] region=[cn]");
    for (int tag = 0; tag < GW_TABLE_TAGS_MAX; tag++) {
        gw_buf_addf(&text, ",\"tag:%d\":\"", tag);
        gw_buf_addf(&want, " %d:[", tag);
        for (int i = 0; i < 1000; i++) {
            gw_buf_add_text(&text, "[\\\"");
            gw_buf_add_text(&want, "[\"");
        }
        gw_buf_add_text(&text, "\"");
        gw_buf_add_text(&want, "]");
    }
    gw_buf_add_text(&text, "}\n");
    gw_buf_add_text(&want, "\n");
    good(gw_buf_text(&text), gw_buf_text(&want));
    gw_buf_release(&want);
    gw_buf_release(&text);
}

static void many_problems(void **state)
{
    struct gw_buf text;
    struct seen seen;

    (void)state;
    gw_buf_init(&text, 0);
    for (unsigned i = 0; i < 110; i++)
        (void)gw_buf_add_text(&text, i % 2 ? ROW : "{]\n");
    seen_read(&seen, text.data, text.len, GW_TABLE_JSONL);
    assert_int_equal(seen.n_problems, 55);
    assert_int_equal(seen.n_rows, 55);
    assert_non_null(strstr(seen.report.data, "f:99:2: "));
    assert_non_null(strstr(seen.report.data, "\nf: 5 more problems\n"));
    seen_release(&seen);
    gw_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_become_rows),
        cmocka_unit_test(a_line_says_nothing_of_the_next),
        cmocka_unit_test(null_is_empty),
        cmocka_unit_test(tags_come_either_way),
        cmocka_unit_test(escapes),
        cmocka_unit_test(values_must_be_texts),
        cmocka_unit_test(lines_must_be_objects),
        cmocka_unit_test(keys_must_be_known_and_said_once),
        cmocka_unit_test(what_is_not_json_is_pointed_at),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(values_are_checked_as_in_csv),
        cmocka_unit_test(long_values_and_many_tags),
        cmocka_unit_test(a_line_of_brackets_is_not_read),
        cmocka_unit_test(a_long_line_of_a_device_is_read),
        cmocka_unit_test(many_problems),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
