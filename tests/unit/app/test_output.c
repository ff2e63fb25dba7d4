/* Rows in their four forms, the table's alignment, and a standard output that fails. */
#include "gatewave/app/output.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sinks.h"

static const struct gw_output_column columns[] = {
    {"name", GW_OUTPUT_TEXT, false},
    {"secretly", GW_OUTPUT_TEXT, true},
    {"attempts", GW_OUTPUT_NUMBER, false},
    {"outcome", GW_OUTPUT_WORD, false},
};
static const struct gw_output_column two[] = {{"k", GW_OUTPUT_TEXT, false}, {"v", GW_OUTPUT_TEXT, false}};

static const char *const first[] = {"sag-1", "x", "3", "succeeded"};
static const char *const second[] = {"\xe6\x9d\xad\xe5\xb7\x9e", NULL, "12", "failed"};
static const char *const third[] = {"a \"b\", c", "", NULL, NULL};

/* The three rows above in a format; free it. */
static char *written(enum gw_output_format format, bool colour)
{
    struct gw_sink sink = {.fd = sink_open(), .colour = colour};
    struct gw_output *output = gw_output_new(&sink, format, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    char *text;

    assert_true(gw_output_row(output, first));
    assert_true(gw_output_row(output, second));
    assert_true(gw_output_row(output, third));
    gw_output_end(output);
    text = sink_take(sink.fd);
    assert_int_equal(sink.error, 0);
    (void)close(sink.fd);
    return text;
}

static void check_written(enum gw_output_format format, bool colour, const char *expected)
{
    char *text = written(format, colour);

    assert_string_equal(text, expected);
    free(text);
}

static void a_table_aligns_by_columns_and_hides_details(void **state)
{
    (void)state;
    check_written(GW_OUTPUT_TABLE, false,
                  "NAME      ATTEMPTS  OUTCOME\n"
                  "sag-1            3  succeeded\n"
                  "\xe6\x9d\xad\xe5\xb7\x9e            12  failed\n"
                  "a \"b\", c         -  -\n");
}

static void colour_is_for_words_and_says_nothing_alone(void **state)
{
    char *plain = written(GW_OUTPUT_TABLE, false), *coloured = written(GW_OUTPUT_TABLE, true);
    size_t to = 0;

    (void)state;
    assert_non_null(strstr(coloured, "\033[32msucceeded\033[0m"));
    assert_non_null(strstr(coloured, "\033[31mfailed\033[0m"));
    for (char *p = coloured; *p; p++) {
        if (*p == '\033')
            p = strchr(p, 'm');
        else
            coloured[to++] = *p;
    }
    coloured[to] = '\0';
    assert_string_equal(coloured, plain);
    free(plain);
    free(coloured);
}

static void json_is_one_array(void **state)
{
    (void)state;
    check_written(
        GW_OUTPUT_JSON, true,
        "[\n"
        "{\"name\":\"sag-1\",\"secretly\":\"x\",\"attempts\":3,\"outcome\":\"succeeded\"},\n"
        "{\"name\":\"\xe6\x9d\xad\xe5\xb7\x9e\",\"secretly\":null,\"attempts\":12,\"outcome\":\"failed\"},\n"
        "{\"name\":\"a \\\"b\\\", c\",\"secretly\":\"\",\"attempts\":null,\"outcome\":null}\n"
        "]\n");
}

static void json_lines_are_one_object_each(void **state)
{
    (void)state;
    check_written(
        GW_OUTPUT_JSONL, true,
        "{\"name\":\"sag-1\",\"secretly\":\"x\",\"attempts\":3,\"outcome\":\"succeeded\"}\n"
        "{\"name\":\"\xe6\x9d\xad\xe5\xb7\x9e\",\"secretly\":null,\"attempts\":12,\"outcome\":\"failed\"}\n"
        "{\"name\":\"a \\\"b\\\", c\",\"secretly\":\"\",\"attempts\":null,\"outcome\":null}\n");
}

static void csv_quotes_what_needs_it(void **state)
{
    (void)state;
    check_written(GW_OUTPUT_CSV, true,
                  "name,secretly,attempts,outcome\n"
                  "sag-1,x,3,succeeded\n"
                  "\xe6\x9d\xad\xe5\xb7\x9e,,12,failed\n"
                  "\"a \"\"b\"\", c\",,,\n");
}

static void check_empty(enum gw_output_format format, const char *expected)
{
    struct gw_sink sink = {.fd = sink_open()};
    char *text;

    gw_output_end(gw_output_new(&sink, format, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns)));
    text = sink_take(sink.fd);
    assert_string_equal(text, expected);
    free(text);
    (void)close(sink.fd);
}

static void no_rows_are_well_formed_too(void **state)
{
    (void)state;
    check_empty(GW_OUTPUT_TABLE, "NAME  ATTEMPTS  OUTCOME\n");
    check_empty(GW_OUTPUT_JSON, "[]\n");
    check_empty(GW_OUTPUT_JSONL, "");
    check_empty(GW_OUTPUT_CSV, "name,secretly,attempts,outcome\n");
}

static void one_is_an_object(void **state)
{
    struct gw_sink sink = {.fd = sink_open()};
    struct gw_output *output =
        gw_output_new(&sink, GW_OUTPUT_JSON, GW_OUTPUT_ONE, columns, GW_COUNT_OF(columns));
    char *text;

    (void)state;
    gw_output_row(output, first);
    gw_output_end(output);
    text = sink_take(sink.fd);
    assert_string_equal(text,
                        "{\"name\":\"sag-1\",\"secretly\":\"x\",\"attempts\":3,\"outcome\":\"succeeded\"}\n");
    free(text);
    (void)close(sink.fd);
}

static void a_table_escapes_what_a_terminal_would_act_on(void **state)
{
    static const char *const row[] = {"\033[2Jgone", "", "1", "failed"};
    struct gw_sink sink = {.fd = sink_open()};
    struct gw_output *output =
        gw_output_new(&sink, GW_OUTPUT_TABLE, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    char *text;

    (void)state;
    gw_output_row(output, row);
    gw_output_end(output);
    text = sink_take(sink.fd);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "\\x1b[2Jgone  "));
    free(text);
    (void)close(sink.fd);
}

/* Rows behind the sample keep the sample's widths; a wider cell pushes its own line only. */
static void a_table_streams_after_its_sample(void **state)
{
    static const char *const narrow[] = {"aa", "b"}, *const wide[] = {"aaaa", "b"};
    struct gw_sink sink = {.fd = sink_open()};
    struct gw_output *output = gw_output_new(&sink, GW_OUTPUT_TABLE, GW_OUTPUT_ROWS, two, 2);
    char *text;

    (void)state;
    for (int i = 0; i < GW_OUTPUT_SAMPLE_ROWS; i++)
        gw_output_row(output, narrow);
    gw_output_row(output, wide);
    gw_output_row(output, narrow);
    gw_output_end(output);
    text = sink_take(sink.fd);
    assert_memory_equal(text, "K   V\naa  b\n", 12);
    assert_int_equal(strlen(text), 6 + 6 * (GW_OUTPUT_SAMPLE_ROWS + 1) + 8);
    assert_string_equal(text + strlen(text) - 14, "aaaa  b\naa  b\n");
    free(text);
    (void)close(sink.fd);
}

static void a_very_wide_cell_does_not_move_the_others(void **state)
{
    char wide[3 * GW_OUTPUT_COLUMN_MAX + 1];
    const char *const long_row[] = {wide, "b"}, *const short_row[] = {"a", "b"};
    struct gw_sink sink = {.fd = sink_open()};
    struct gw_output *output = gw_output_new(&sink, GW_OUTPUT_TABLE, GW_OUTPUT_ROWS, two, 2);
    char *text;

    (void)state;
    memset(wide, 'w', sizeof(wide) - 1);
    wide[sizeof(wide) - 1] = '\0';
    gw_output_row(output, long_row);
    gw_output_row(output, short_row);
    gw_output_end(output);
    text = sink_take(sink.fd);
    assert_non_null(strstr(text, wide)); /* not cut */
    assert_int_equal(strlen(strstr(text, "\na ") + 1), GW_OUTPUT_COLUMN_MAX + 2 + 2);
    free(text);
    (void)close(sink.fd);
}

static void a_full_disk_is_an_error_and_stops_the_rows(void **state)
{
    struct gw_sink sink = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC)};
    struct gw_output *output =
        gw_output_new(&sink, GW_OUTPUT_JSONL, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    struct gw_err err = {0};
    int rows = 0;

    (void)state;
    while (gw_output_row(output, first) && rows < 100000)
        rows++;
    gw_output_end(output);
    assert_in_range(rows, 1, 2000); /* some 64 KiB are gathered before a write is tried */
    assert_int_equal(sink.error, ENOSPC);
    assert_int_equal(gw_sink_check(&sink, &err), GW_ERR_STORE);
    assert_non_null(strstr(err.text, strerror(ENOSPC)));
    (void)close(sink.fd);
}

static void a_reader_that_left_is_no_error(void **state)
{
    struct gw_sink sink;
    int ends[2];

    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    sink = (struct gw_sink){.fd = ends[1]};
    assert_false(gw_sink_write(&sink, "x", 1));
    assert_false(gw_sink_write(&sink, "x", 1));
    assert_int_equal(sink.error, EPIPE);
    assert_int_equal(gw_sink_check(&sink, NULL), GW_OK);
    (void)close(ends[1]);
}

static void formats_have_names(void **state)
{
    (void)state;
    assert_int_equal(gw_output_format_find("table"), GW_OUTPUT_TABLE);
    assert_int_equal(gw_output_format_find("json"), GW_OUTPUT_JSON);
    assert_int_equal(gw_output_format_find("jsonl"), GW_OUTPUT_JSONL);
    assert_int_equal(gw_output_format_find("csv"), GW_OUTPUT_CSV);
    assert_int_equal(gw_output_format_find("xml"), GW_OUTPUT_NONE);
    assert_int_equal(gw_output_format_find(""), GW_OUTPUT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_aligns_by_columns_and_hides_details),
        cmocka_unit_test(colour_is_for_words_and_says_nothing_alone),
        cmocka_unit_test(json_is_one_array),
        cmocka_unit_test(json_lines_are_one_object_each),
        cmocka_unit_test(csv_quotes_what_needs_it),
        cmocka_unit_test(no_rows_are_well_formed_too),
        cmocka_unit_test(one_is_an_object),
        cmocka_unit_test(a_table_escapes_what_a_terminal_would_act_on),
        cmocka_unit_test(a_table_streams_after_its_sample),
        cmocka_unit_test(a_very_wide_cell_does_not_move_the_others),
        cmocka_unit_test(a_full_disk_is_an_error_and_stops_the_rows),
        cmocka_unit_test(a_reader_that_left_is_no_error),
        cmocka_unit_test(formats_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
