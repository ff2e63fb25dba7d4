/* Saved plans: what is written reads back, and what was cut, changed or is something else is refused. */
#include "gatewave/conf/plan_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct gw_plan_head some_head = {.rollout = (char[]){"os-2.4.0"},
                                              .version = (char[]){"2.4.0"},
                                              .source = (char[]){"/etc/\"quoted\"/os.yaml"},
                                              .membership = (char[]){"0123456789abcdef0123456789abcdef"},
                                              .spec =
                                                  (char[]){"rollout: \"os\"\nselect: \"name = \\\"x\\\"\"\n"},
                                              .targets = 2,
                                              .planned_unix_ms = 1700000000000};

static void write_plan(struct gw_buf *buf)
{
    uint64_t sum = 0;

    gw_buf_init(buf, 0);
    gw_plan_file_head(buf, &some_head, &sum);
    gw_plan_file_target(buf, "sag-1", "s\"1\\", 1, "sag-1000", "2.3.0", &sum);
    gw_plan_file_target(buf, "sag-2", "", 12, "", "", &sum);
    gw_plan_file_end(buf, sum);
}

struct seen {
    uint32_t n, waves;
    char text[256];
};

static void see(void *user, const struct gw_plan_line *line)
{
    struct seen *seen = user;
    size_t len = strlen(seen->text);

    seen->n++;
    seen->waves += line->wave;
    (void)snprintf(seen->text + len, sizeof(seen->text) - len, "%.*s|%.*s|%.*s|%.*s;",
                   (int)line->gateway_id.len, line->gateway_id.text, (int)line->serial.len, line->serial.text,
                   (int)line->model.len, line->model.text, (int)line->version.len, line->version.text);
}

static enum gw_code read_plan(const char *bytes, size_t len, struct gw_plan_head *ret, struct seen *seen,
                              struct gw_err *err)
{
    *seen = (struct seen){0};
    return gw_plan_file_read(bytes, len, "p.plan", see, seen, ret, err);
}

static void what_is_written_reads_back(void **state)
{
    struct gw_plan_head head;
    struct gw_err err = {0};
    struct seen seen;
    struct gw_buf buf;

    (void)state;
    write_plan(&buf);
    assert_memory_equal(buf.data, GW_PLAN_FILE_MARK, strlen(GW_PLAN_FILE_MARK));
    assert_int_equal(read_plan(buf.data, buf.len, &head, &seen, &err), GW_OK);
    assert_string_equal(head.rollout, some_head.rollout);
    assert_string_equal(head.version, some_head.version);
    assert_string_equal(head.source, some_head.source);
    assert_string_equal(head.membership, some_head.membership);
    assert_string_equal(head.spec, some_head.spec);
    assert_int_equal(head.targets, 2);
    assert_int_equal(head.planned_unix_ms, some_head.planned_unix_ms);
    assert_string_equal(seen.text, "sag-1|s\\\"1\\\\|sag-1000|2.3.0;sag-2|||;");
    assert_int_equal(seen.waves, 13);
    gw_plan_head_release(&head);
    gw_buf_release(&buf);
}

static void check_refused(const char *bytes, size_t len, const char *says)
{
    char untouched[] = "untouched";
    struct gw_plan_head head = {.rollout = untouched};
    struct gw_err err = {0};
    struct seen seen;

    if (read_plan(bytes, len, &head, &seen, &err) != GW_ERR_INPUT)
        fail_msg("taken: %.*s", (int)len, bytes);
    assert_non_null(strstr(err.text, says));
    assert_ptr_equal(head.rollout, untouched);
}

static void a_cut_file_is_refused(void **state)
{
    struct gw_buf buf;

    (void)state;
    write_plan(&buf);
    for (size_t len = 0; len < buf.len; len++) {
        char *cut = malloc(len + 1);

        assert_non_null(cut);
        memcpy(cut, buf.data, len);
        cut[len] = '\0';
        check_refused(cut, len,
                      len < strlen(GW_PLAN_FILE_MARK) ? "no plan file" : "was cut short or changed");
        free(cut);
    }
    gw_buf_release(&buf);
}

static void a_changed_byte_is_refused(void **state)
{
    struct gw_buf buf;

    (void)state;
    write_plan(&buf);
    for (size_t at = strlen(GW_PLAN_FILE_MARK); at < buf.len; at++) {
        buf.data[at] ^= 1;
        check_refused(buf.data, buf.len, "was cut short or changed");
        buf.data[at] ^= 1;
    }
    gw_buf_add_text(&buf, "\n");
    check_refused(buf.data, buf.len, "was cut short or changed");
    gw_buf_release(&buf);
}

/* A device more or less than the head says, with a checksum that is right. */
static void the_devices_are_as_many_as_said(void **state)
{
    (void)state;
    for (int devices = 0; devices <= 3; devices++) {
        struct gw_plan_head head;
        struct gw_err err = {0};
        struct seen seen;
        uint64_t sum = 0;
        struct gw_buf buf;

        gw_buf_init(&buf, 0);
        gw_plan_file_head(&buf, &some_head, &sum);
        for (int i = 0; i < devices; i++)
            gw_plan_file_target(&buf, "sag", "s", 1, "m", "v", &sum);
        gw_plan_file_end(&buf, sum);
        if (devices == 2) {
            assert_int_equal(read_plan(buf.data, buf.len, &head, &seen, &err), GW_OK);
            gw_plan_head_release(&head);
        } else {
            check_refused(buf.data, buf.len, "was cut short or changed");
        }
        gw_buf_release(&buf);
    }
}

static void other_files_are_no_plans(void **state)
{
    static const char *const texts[] = {"", "rollout: r\n", "{\"gatewave_plan\":2,\"rollout\":\"r\"}\n",
                                        "{\"rollout\": \"r\"}\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        check_refused(texts[i], strlen(texts[i]), "is no plan file");
}

static void lines_have_one_shape(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "{\"gateway_id\":\"a\",\"serial\":\"b\",\"wave\":0,\"model\":\"m\",\"version\":\"v\"}",
        "{\"gateway_id\":\"a\",\"serial\":\"b\",\"wave\":,\"model\":\"m\",\"version\":\"v\"}",
        "{\"gateway_id\":\"a\",\"serial\":\"b\",\"wave\":99999999999,\"model\":\"m\",\"version\":\"v\"}",
        "{\"gateway_id\":\"a\",\"serial\":\"b\",\"wave\":1,\"model\":\"m\",\"version\":\"v\"} ",
        "{\"gateway_id\":\"a\",\"serial\":\"b\",\"wave\":1,\"model\":\"m\",\"version\":\"v",
        "{\"gateway_id\":\"a\",\"serial\":\"b\",\"wave\":1,\"model\":\"m\",\"version\":\"v\\",
        "{\"serial\":\"b\",\"gateway_id\":\"a\",\"wave\":1,\"model\":\"m\",\"version\":\"v\"}",
    };
    static const char good[] =
        "{\"gateway_id\":\"a\",\"serial\":\"b\",\"wave\":31,\"model\":\"m\",\"version\":\"v\"}";
    struct gw_plan_line line = {.wave = 77};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (gw_plan_line_scan(bad[i], strlen(bad[i]), &line))
            fail_msg("taken: %s", bad[i]);
    assert_int_equal(line.wave, 77);
    assert_true(gw_plan_line_scan(good, strlen(good), &line));
    assert_int_equal(line.wave, 31);
    assert_int_equal(line.whole.len, strlen(good));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back), cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(a_changed_byte_is_refused),  cmocka_unit_test(the_devices_are_as_many_as_said),
        cmocka_unit_test(other_files_are_no_plans),   cmocka_unit_test(lines_have_one_shape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
