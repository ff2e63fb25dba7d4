/* Rollout files: what is read, every refusal with its place and its line, and that what is written reads
 * back. */
#include "gatewave/conf/spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parsed.h"

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

static void the_least_rollout_gets_the_defaults(void **state)
{
    struct gw_spec spec = parse(HEAD);

    (void)state;
    assert_string_equal(spec.name, "r");
    assert_string_equal(spec.version, "2.4.0");
    assert_string_equal(spec.select, "all");
    assert_false(spec.dpi);
    assert_int_equal(spec.pace.rate.calls, 0);
    assert_int_equal(spec.pace.rate.window_ms, 0);
    assert_int_equal(spec.pace.read_rate.calls, 0);
    assert_int_equal(spec.pace.in_flight, 0);
    assert_int_equal(spec.pace.upgrading, 0);
    assert_int_equal(spec.attempts, 5);
    assert_int_equal(spec.backoff_first_ms, 1000);
    assert_int_equal(spec.backoff_longest_ms, 60000);
    assert_int_equal(spec.offline_ms, 30 * 60000);
    assert_true(spec.verify);
    assert_false(spec.downgrade);
    assert_int_equal(spec.every_ms, 30000);
    assert_int_equal(spec.slow_ms, 20 * 60000);
    assert_int_equal(spec.stuck_ms, 60 * 60000);
    gw_spec_release(&spec);
}

static void init_gives_the_same_defaults(void **state)
{
    struct gw_spec spec;

    (void)state;
    gw_spec_init(&spec);
    assert_string_equal(spec.name, "");
    assert_int_equal(spec.attempts, 5);
    assert_int_equal(spec.stuck_ms, 60 * 60000);
    assert_true(spec.verify);
    gw_spec_release(&spec);
    assert_null(spec.name);
    gw_spec_release(&spec);
}

static void every_key_is_read(void **state)
{
    struct gw_spec spec = parse("\xef\xbb\xbf---\r\n"
                                "rollout: dpi-1  # a comment\r\n"
                                "version: '20201117_1_0-0.0.1'\r\n"
                                "type: Dpi\r\n"
                                "select: >-\r\n"
                                "  region = cn-shanghai\r\n"
                                "  and not tag.freeze\r\n"
                                "pace: {rate: 90/m, read_rate: 500/h, in_flight: 4096, upgrading: 100000}\r\n"
                                "retry:\r\n"
                                "  attempts: 1\r\n"
                                "  first: 10ms\r\n"
                                "  longest: 1d\r\n"
                                "  offline: 0s\r\n"
                                "verify: {every: 50ms, slow: 50ms, stuck: 7d}\r\n");

    (void)state;
    assert_string_equal(spec.name, "dpi-1");
    assert_string_equal(spec.version, "20201117_1_0-0.0.1");
    assert_true(spec.dpi);
    assert_string_equal(spec.select, "region = cn-shanghai and not tag.freeze");
    assert_int_equal(spec.pace.rate.calls, 90);
    assert_int_equal(spec.pace.rate.window_ms, 60000);
    assert_int_equal(spec.pace.read_rate.calls, 500);
    assert_int_equal(spec.pace.read_rate.window_ms, 3600000);
    assert_int_equal(spec.pace.in_flight, 4096);
    assert_int_equal(spec.pace.upgrading, 100000);
    assert_int_equal(spec.attempts, 1);
    assert_int_equal(spec.backoff_first_ms, 10);
    assert_int_equal(spec.backoff_longest_ms, 86400000);
    assert_int_equal(spec.offline_ms, 0);
    assert_true(spec.verify);
    assert_int_equal(spec.every_ms, 50);
    assert_int_equal(spec.slow_ms, 50);
    assert_int_equal(spec.stuck_ms, 7 * 86400000);
    gw_spec_release(&spec);
    spec = parse(HEAD "verify: off\ndowngrade: true\npace: {rate: unlimited}\n");
    assert_false(spec.verify);
    assert_true(spec.downgrade);
    assert_int_equal(spec.pace.rate.window_ms, 0);
    assert_true(spec.pace.rate.calls > 0); /* said, unlike a zeroed one */
    gw_spec_release(&spec);
}

static void values_out_of_range_are_named_with_their_range(void **state)
{
    static const struct {
        const char *line, *problem;
    } cases[] = {
        {"pace: {rate: 0/s}", "r.yaml:4:14: pace.rate: must be at least one call; 0 is not unlimited, write "
                              "unlimited for that\n  pace: {rate: 0/s}\n               ^\n"},
        {"pace: {rate: 2}", "r.yaml:4:14: pace.rate: must be a rate, as in 2/s, 90/m, 500/h, or unlimited\n"
                            "  pace: {rate: 2}\n               ^\n"},
        {"pace: {in_flight: 0}", "r.yaml:4:19: pace.in_flight: must be a whole number from 1 to 4096\n"
                                 "  pace: {in_flight: 0}\n                    ^\n"},
        {"pace: {in_flight: 4097}", "r.yaml:4:19: pace.in_flight: must be a whole number from 1 to 4096\n"
                                    "  pace: {in_flight: 4097}\n                    ^\n"},
        {"pace: {upgrading: -1}", "r.yaml:4:19: pace.upgrading: must be a whole number from 1 to 100000\n"
                                  "  pace: {upgrading: -1}\n                    ^\n"},
        {"retry: {attempts: 1e2}", "r.yaml:4:19: retry.attempts: must be a whole number from 1 to 100\n"
                                   "  retry: {attempts: 1e2}\n                    ^\n"},
        {"retry: {first: 9ms}", "r.yaml:4:16: retry.first: must be from 10ms to 1h\n"
                                "  retry: {first: 9ms}\n                 ^\n"},
        {"retry: {offline: 31d}", "r.yaml:4:18: retry.offline: must be from 0s to 30d\n"
                                  "  retry: {offline: 31d}\n                   ^\n"},
        {"retry: {first: 5}",
         "r.yaml:4:16: retry.first: must be a whole number and a unit, as in 250ms, 30s, 20m, 2h "
         "or 1d\n  retry: {first: 5}\n                 ^\n"},
        {"retry: {first: 2m}", "r.yaml:4:16: retry.longest must not be shorter than retry.first\n"
                               "  retry: {first: 2m}\n                 ^\n"},
        {"retry: {longest: 1s, first: 2s}",
         "r.yaml:4:18: retry.longest must not be shorter than retry.first\n"
         "  retry: {longest: 1s, first: 2s}\n                   ^\n"},
        {"verify: {slow: 1h}", "r.yaml:4:16: verify.stuck must be longer than verify.slow\n"
                               "  verify: {slow: 1h}\n                 ^\n"},
        {"verify: {every: 21m}", "r.yaml:4:17: verify.slow must not be shorter than verify.every\n"
                                 "  verify: {every: 21m}\n                  ^\n"},
        {"verify: {slow: 8d, stuck: 30s}", "r.yaml:4:16: verify.slow: must be from 10ms to 1d\n"
                                           "  verify: {slow: 8d, stuck: 30s}\n                 ^\n"},
        {"downgrade: yes",
         "r.yaml:4:12: downgrade: must be false or true\n  downgrade: yes\n             ^\n"},
        {"type: dpi", "r.yaml:4:7: type: must be Device or Dpi\n  type: dpi\n        ^\n"},
        {"verify: no", "r.yaml:4:9: verify: must be a mapping, as in {every: ...}, or the word off\n"
                       "  verify: no\n          ^\n"},
        {"pace: 2/s", "r.yaml:4:7: pace: must be a mapping, as in {rate: ...}\n  pace: 2/s\n        ^\n"},
        {"pace: [2/s]", "r.yaml:4:7: pace: must be a mapping, as in {rate: ...}\n  pace: [2/s]\n        ^\n"},
        {"pace: {rate: {calls: 2}}", "r.yaml:4:14: pace.rate: must be a single value, not a mapping\n"
                                     "  pace: {rate: {calls: 2}}\n               ^\n"},
        {"pace: {rate: [2/s]}", "r.yaml:4:14: pace.rate: must be a single value, not a list\n"
                                "  pace: {rate: [2/s]}\n               ^\n"},
        {"type:", "r.yaml:4:5: type: has no value; leave the key out, or write \"\" for an empty text\n"
                  "  type:\n      ^\n"},
    };
    char text[512];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        (void)snprintf(text, sizeof(text), HEAD "%s\n", cases[i].line);
        check_refused(text, cases[i].problem);
    }
}

static void unknown_keys_name_the_nearest(void **state)
{
    (void)state;
    check_refused(HEAD "verfy: off\n",
                  "r.yaml:4:1: unknown key `verfy`; did you mean `verify`?\n  verfy: off\n  ^\n");
    check_refused(HEAD "pace: {inflight: 3}\n",
                  "r.yaml:4:8: unknown key `pace.inflight`; did you mean `in_flight`?\n"
                  "  pace: {inflight: 3}\n         ^\n");
    check_refused(HEAD "colour: red\n", "r.yaml:4:1: unknown key `colour`\n  colour: red\n  ^\n");
    check_refused(
        HEAD "type: \"\\\xc2\x9b\"\n",
        "r.yaml:4:8: invalid escape '\\xc2\\x9b' in double-quoted string\n  type: \"\\?\"\n         ^\n");
    check_refused(HEAD "\"\\e[31m\": red\n",
                  "r.yaml:4:1: unknown key `\\x1b[31m`\n  \"\\e[31m\": red\n  ^\n");
}

static void names_and_versions_have_few_characters(void **state)
{
    char text[512], problem[512], name[102];

    (void)state;
    check_refused(
        "rollout: a/b\nversion: 1\nselect: all\n",
        "r.yaml:1:11: rollout: only letters, digits, `.`, `_` and `-` may be in it\n  rollout: a/b\n"
        "            ^\n");
    check_refused(
        "rollout: 'a b'\nversion: 1\nselect: all\n",
        "r.yaml:1:10: rollout: only letters, digits, `.`, `_` and `-` may be in it\n  rollout: 'a b'\n"
        "           ^\n");
    check_refused("rollout: \"\"\nversion: 1\nselect: all\n",
                  "r.yaml:1:10: rollout: must not be empty\n  rollout: \"\"\n           ^\n");
    check_refused(
        "rollout: a\nversion: 1 0\nselect: all\n",
        "r.yaml:2:11: version: only letters, digits, `.`, `_` and `-` may be in it\n  version: 1 0\n"
        "            ^\n");
    memset(name, 'x', 101);
    name[100] = '\0';
    (void)snprintf(text, sizeof(text), "rollout: %s\nversion: 1\nselect: all\n", name);
    gw_spec_release(&(struct gw_spec[]){parse(text)}[0]);
    name[100] = 'x';
    name[101] = '\0';
    (void)snprintf(text, sizeof(text), "rollout: %s\nversion: 1\nselect: all\n", name);
    (void)snprintf(problem, sizeof(problem),
                   "r.yaml:1:10: rollout: is longer than 100 bytes\n  rollout: %s\n           ^\n", name);
    check_refused(text, problem);
}

static void a_wrong_selection_is_pointed_at(void **state)
{
    (void)state;
    check_refused("rollout: r\nversion: 1\nselect: region = x and modl = y\n",
                  "r.yaml:3:24: select: unknown column `modl`; did you mean `model`?\n"
                  "  select: region = x and modl = y\n                         ^\n");
    check_refused("rollout: r\nversion: 1\nselect: region =\n",
                  "r.yaml:3:17: select: expected a value; put text with blanks or other signs in 'quotes'\n"
                  "  select: region =\n                  ^\n");
    check_refused(
        "rollout: r\nversion: 1\nselect: 'region = x and modl = y'\n",
        "r.yaml:3:9: select: at character 16, before `modl = y`: unknown column `modl`; did you mean "
        "`model`?\n  select: 'region = x and modl = y'\n          ^\n");
    check_refused(
        "rollout: r\nversion: 1\nselect: region = x\n  and modl = y\n",
        "r.yaml:3:9: select: at character 16, before `modl = y`: unknown column `modl`; did you mean "
        "`model`?\n  select: region = x\n          ^\n");
    /* The caret stands under the place on a screen, where these characters are two columns wide. */
    check_refused("rollout: r\nversion: 1\nselect: site = '\xe4\xb8\x8a\xe6\xb5\xb7' or modl = y\n",
                  "r.yaml:3:28: select: unknown column `modl`; did you mean `model`?\n"
                  "  select: site = '\xe4\xb8\x8a\xe6\xb5\xb7' or modl = y\n                           ^\n");
    check_refused(
        "rollout: r\nversion: 1\nselect: \"\"\n",
        "r.yaml:3:9: select: at character 1, before ``: empty: write a condition, or `all` for every device\n"
        "  select: \"\"\n          ^\n");
}

static void all_problems_come_in_one_go(void **state)
{
    static const char text[] = "rollout: a b\n"
                               "verison: 2\n"
                               "select: all al\n"
                               "pace: {rate: 0, rate: 1/s}\n"
                               "retry: &r {attempts: 0}\n"
                               "verify: *r\n"
                               "type: !!str Dpi\n";

    (void)state;
    check_refused_bytes(text, sizeof(text) - 1,
                        "r.yaml:5:8: anchors (&) are not used here\n"
                        "  retry: &r {attempts: 0}\n         ^\n"
                        "r.yaml:6:9: aliases (*) are not used here: write the value again\n"
                        "  verify: *r\n          ^\n"
                        "r.yaml:7:7: tags (!) are not used here: every value is plain text\n"
                        "  type: !!str Dpi\n        ^\n"
                        "r.yaml:1:11: rollout: only letters, digits, `.`, `_` and `-` may be in it\n"
                        "  rollout: a b\n            ^\n"
                        "r.yaml:2:1: unknown key `verison`; did you mean `version`?\n"
                        "  verison: 2\n  ^\n"
                        "r.yaml:3:13: select: expected `and`, `or` or the end\n"
                        "  select: all al\n              ^\n"
                        "r.yaml:4:14: pace.rate: must be a rate, as in 2/s, 90/m, 500/h, or unlimited\n"
                        "  pace: {rate: 0, rate: 1/s}\n               ^\n"
                        "r.yaml:4:17: pace.rate is said twice, first in line 4\n"
                        "  pace: {rate: 0, rate: 1/s}\n                  ^\n"
                        "r.yaml:5:22: retry.attempts: must be a whole number from 1 to 100\n"
                        "  retry: &r {attempts: 0}\n                       ^\n"
                        "r.yaml:1:1: version is missing\n"
                        "  rollout: a b\n  ^\n",
                        "r.yaml: 10 problems");
}

static void keys_said_twice_and_keys_that_are_no_words(void **state)
{
    (void)state;
    check_refused(HEAD "rollout: s\n",
                  "r.yaml:4:1: rollout is said twice, first in line 1\n  rollout: s\n  ^\n");
    check_refused(HEAD "? [a]\n: b\n", "r.yaml:4:3: a key must be a word, not a list\n  ? [a]\n    ^\n");
    check_refused(HEAD "? {a: b}\n: b\n",
                  "r.yaml:4:3: a key must be a word, not a mapping\n  ? {a: b}\n    ^\n");
}

static void what_is_not_one_mapping_is_refused(void **state)
{
    (void)state;
    check_refused("", "r.yaml:1:1: empty: a rollout says at least rollout, version and select\n  \n  ^\n");
    check_refused(
        "# nothing\n",
        "r.yaml:1:1: empty: a rollout says at least rollout, version and select\n  # nothing\n  ^\n");
    check_refused("- a\n", "r.yaml:1:1: the file must be a mapping: lines of `key: value`\n  - a\n  ^\n");
    check_refused("all\n", "r.yaml:1:1: the file must be a mapping: lines of `key: value`\n  all\n  ^\n");
    check_refused(HEAD "---\nrollout: s\n",
                  "r.yaml:4:1: a second document: such a file has only one\n  ---\n  ^\n");
}

static void what_is_not_yaml_is_pointed_at(void **state)
{
    (void)state;
    check_refused(HEAD "pace: {rate: 2/s\n", "r.yaml:5:1: missing comma in flow mapping\n  \n  ^\n");
    check_refused("\trollout: r\n",
                  "r.yaml:1:1: a tab at the start of a line; indent with spaces\n   rollout: r\n  ^\n");
    check_refused("rollout: r\nselect: site = a: b\n",
                  "r.yaml:2:17: a `: ` inside a value; put the whole value in quotes\n  select: site = a: b\n"
                  "                  ^\n");
    check_refused("rollout: r\n  version: 2\n",
                  "r.yaml:1:10: not a `key: value` line, or indented differently from the lines around it\n"
                  "  rollout: r\n           ^\n");
    check_refused("a: [[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]\n",
                  "r.yaml:1:19: nested more than 16 deep\n  a: [[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]\n           "
                  "         ^\n");
}

/* "before", many of one text, "after"; and the first line of what is said of it. */
static void check_refused_many(const char *before, const char *again, size_t times, const char *after,
                               const char *want)
{
    struct gw_buf text, problems;
    struct gw_err err = {0};
    struct gw_spec spec;

    gw_buf_init(&text, 0);
    gw_buf_init(&problems, 0);
    gw_buf_add_text(&text, before);
    for (size_t i = 0; i < times; i++)
        gw_buf_add_text(&text, again);
    gw_buf_add_text(&text, after);
    assert_int_equal(gw_spec_parse(text.data, text.len, "r.yaml", &spec, &problems, &err), GW_ERR_INPUT);
    if (!strstr(gw_buf_text(&problems), want))
        fail_msg("not \"%s\" but %.200s", want, gw_buf_text(&problems));
    gw_buf_release(&problems);
    gw_buf_release(&text);
}

/* A megabyte of each would take the library minutes, or hundreds of megabytes. */
static void what_costs_too_much_is_not_read(void **state)
{
    static const char *const marks[] = {"[",   "{",  "[]", "{}",   "{\"a\":", "*a ",
                                        "&a ", "! ", "\"", "\"\"", "''"};

    (void)state;
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        check_refused_many("waves: [", marks[i], 120000, "", "more brackets, quotes and signs than");
    check_refused_many("%", "a", 1000000, "\n", "r.yaml:1:1: a directive");
    check_refused_many(HEAD "%", "% ", 500000, "", "r.yaml:4:1: a directive");
    check_refused_many(HEAD "type: - ", " ", 1000000, "x", "so many blanks in a row");
    check_refused_many(HEAD "type: {a:", "\t", 1000000, "x}", "so many blanks in a row");
}

/* What people and gatewave write is far from that. */
static void what_is_merely_long_is_read(void **state)
{
    struct gw_spec spec;
    struct gw_buf text, again;

    (void)state;
    gw_buf_init(&text, 0);
    gw_buf_init(&again, 0);
    gw_buf_addf(&text, "%%YAML 1.2\n---\nrollout: r\nversion: 1\nselect: 'name%4000s= x'\n", "");
    for (int i = 0; i < 5000; i++)
        gw_buf_addf(&text, "# %60s [it's] \"what\" {they}\n", "say");
    spec = parse(gw_buf_text(&text));
    gw_spec_write(&spec, &again);
    gw_spec_release(&spec);
    spec = parse(gw_buf_text(&again));
    gw_spec_release(&spec);
    gw_buf_release(&again);
    gw_buf_release(&text);
}

static void bytes_that_are_no_text_are_refused(void **state)
{
    (void)state;
    check_refused(HEAD "type: \x01\n",
                  "r.yaml:4:7: a control byte, 0x01, has no place in this file\n  type: ?\n        ^\n");
    check_refused(HEAD "type: \x1b[2J\n",
                  "r.yaml:4:7: a control byte, 0x1b, has no place in this file\n  type: ?[2J\n        ^\n");
    check_refused(HEAD "type: \xff\n", "r.yaml:4:7: not UTF-8 text: byte 0xff\n  type: ?\n        ^\n");
    check_refused("\xff\xfe"
                  "r",
                  "r.yaml:1:1: UTF-16 text; save the file as UTF-8\n  ??r\n  ^\n");
    check_refused("\xfe\xff"
                  "r",
                  "r.yaml:1:1: UTF-16 text; save the file as UTF-8\n  ??r\n  ^\n");
    check_refused_bytes("a: \0", 4,
                        "r.yaml:1:4: a control byte, 0x00, has no place in this file\n  a: ?\n     ^\n",
                        "r.yaml: 1 problem");
    check_refused(
        "rollout: \"a\\0b\"\nversion: 1\nselect: all\n",
        "r.yaml:1:10: a NUL byte (\\0) has no place in a value\n  rollout: \"a\\0b\"\n           ^\n");
}

static void a_file_has_a_largest_size(void **state)
{
    size_t len = 1024 * 1024 + 1;
    char *text = gw_mem_new(len, 1);

    (void)state;
    memset(text, '#', len);
    text[1] = '\n';
    check_refused_bytes(text, len, "r.yaml:1:1: 1048577 bytes: such a file has at most 1048576\n  #\n  ^\n",
                        "r.yaml: 1 problem");
    free(text);
}

static void a_long_line_is_shown_in_part(void **state)
{
    char text[1200] = "rollout: r\nversion: 1\nselect: ", problem[700];
    size_t at = strlen(text);

    (void)state;
    for (int i = 0; i < 90; i++, at += 7) /* 630 bytes of good text */
        memcpy(text + at, "all or ", 8);
    memcpy(text + at, "bad or all or all or all or all or all or all\n", 47);
    (void)snprintf(
        problem, sizeof(problem),
        "r.yaml:3:639: select: unknown column `bad`\n  %.*sbad or all or all or all or all or all o\n"
        "%122s^\n",
        120, text + at - 120, "");
    check_refused(text, problem);
}

static void fifty_problems_are_shown_and_the_rest_counted(void **state)
{
    char text[2048] = HEAD;
    struct gw_buf problems;
    struct gw_err err;
    struct gw_spec spec;
    unsigned lines = 0;

    (void)state;
    for (int i = 0; i < 53; i++) {
        size_t len = strlen(text);

        (void)snprintf(text + len, sizeof(text) - len, "zz%d: 1\n", i);
    }
    gw_buf_init(&problems, 0);
    assert_int_equal(gw_spec_parse(text, strlen(text), "r.yaml", &spec, &problems, &err), GW_ERR_INPUT);
    assert_string_equal(err.text, "r.yaml: 53 problems");
    for (const char *p = gw_buf_text(&problems); *p; p++)
        lines += *p == '\n';
    assert_int_equal(lines, 50 * 3 + 1);
    assert_string_equal(gw_buf_text(&problems) + problems.len - strlen("r.yaml: 3 more problems\n"),
                        "r.yaml: 3 more problems\n");
    gw_buf_release(&problems);
}

static void files_that_cannot_be_read_are_named(void **state)
{
    struct gw_buf problems;
    struct gw_err err;
    struct gw_spec spec;

    (void)state;
    gw_buf_init(&problems, 0);
    assert_int_equal(gw_spec_read("/nowhere/r.yaml", &spec, &problems, &err), GW_ERR_NOT_FOUND);
    assert_string_equal(err.text, "cannot open /nowhere/r.yaml: No such file or directory");
    assert_int_equal(gw_spec_read("/", &spec, &problems, &err), GW_ERR_INPUT);
    assert_string_equal(err.text, "cannot read /: Is a directory");
    gw_buf_release(&problems);
}

/* ---- written and read back ---- */

static void what_is_written_is_plain_yaml(void **state)
{
    struct gw_spec spec =
        parse(HEAD "pace: {rate: 90/m, in_flight: 8}\nretry: {first: 1500ms, offline: 0s}\n");
    struct gw_buf text;

    (void)state;
    gw_buf_init(&text, 0);
    gw_spec_write(&spec, &text);
    assert_string_equal(gw_buf_text(&text), "rollout: \"r\"\n"
                                            "version: \"2.4.0\"\n"
                                            "type: Device\n"
                                            "downgrade: false\n"
                                            "select: \"all\"\n"
                                            "gate: {baseline: auto, alarm: 8%, least: 20}\n"
                                            "pace: {rate: 90/m, in_flight: 8}\n"
                                            "pair_soak: 5m\n"
                                            "retry: {attempts: 5, first: 1500ms, longest: 1m, offline: 0s}\n"
                                            "verify: {every: 30s, slow: 20m, stuck: 1h}\n");
    check_round_trip(&spec);
    spec.verify = false;
    spec.downgrade = true;
    gw_buf_reset(&text);
    gw_spec_write(&spec, &text);
    assert_non_null(strstr(gw_buf_text(&text), "downgrade: true\n"));
    assert_non_null(strstr(gw_buf_text(&text), "verify: off\n"));
    check_round_trip(&spec);
    gw_buf_release(&text);
    gw_spec_release(&spec);
}

/* A selection of one quoted value made of awkward characters: quotes, YAML's signs, breaks, control bytes. */
static void any_selection_survives(void **state)
{
    static const char *const pieces[] = {"''",
                                         "\"",
                                         "\\",
                                         "\n",
                                         ": ",
                                         " #",
                                         "%",
                                         "\t",
                                         "\r",
                                         "\x01",
                                         "\x7f",
                                         "\xc2\x85",
                                         "\xe2\x80\xa8",
                                         "\xef\xbb\xbf",
                                         "{",
                                         "\xe4\xb8\x8a",
                                         "&",
                                         "*",
                                         "!",
                                         "\xf0\x9f\x98\x80",
                                         "a",
                                         " ",
                                         "\n\n",
                                         "- ",
                                         "\xc2\x9b",
                                         "\xe2\x80\xa9",
                                         "---",
                                         "\\n",
                                         "\xc2\xa0"};
    struct gw_spec spec = parse(HEAD);
    uint32_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 2000; round++) {
        char select[256] = "name = '";

        for (unsigned i = 0; i < 1 + round % 12; i++) {
            size_t len = strlen(select);

            seed = seed * 1664525 + 1013904223;
            (void)snprintf(select + len, sizeof(select) - len, "%s",
                           pieces[(seed >> 16) % GW_COUNT_OF(pieces)]);
        }
        (void)snprintf(select + strlen(select), sizeof(select) - strlen(select), "'");
        free(spec.select);
        spec.select = gw_mem_dup(select);
        check_round_trip(&spec);
    }
    gw_spec_release(&spec);
}

static void durations_and_rates_survive(void **state)
{
    static const uint64_t durations[] = {10,    999,   1000,    1001,    59000,
                                         60000, 61000, 3600000, 3660000, 86400000};
    struct gw_spec spec = parse(HEAD "verify: {every: 10ms, slow: 10ms}");

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(durations); i++) {
        spec.backoff_longest_ms = durations[i];
        spec.backoff_first_ms = 10;
        spec.offline_ms = durations[i];
        spec.stuck_ms = durations[i] + 1;
        spec.pace.rate = (struct gw_rate){(uint32_t)i + 1, i % 2 ? 1000 : 60000};
        spec.pace.read_rate = (struct gw_rate){(uint32_t)i + 1, 3600000};
        spec.pace.upgrading = (uint32_t)i;
        spec.dpi = i % 2;
        check_round_trip(&spec);
    }
    gw_spec_release(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_rollout_gets_the_defaults),
        cmocka_unit_test(init_gives_the_same_defaults),
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(values_out_of_range_are_named_with_their_range),
        cmocka_unit_test(unknown_keys_name_the_nearest),
        cmocka_unit_test(names_and_versions_have_few_characters),
        cmocka_unit_test(a_wrong_selection_is_pointed_at),
        cmocka_unit_test(all_problems_come_in_one_go),
        cmocka_unit_test(keys_said_twice_and_keys_that_are_no_words),
        cmocka_unit_test(what_is_not_one_mapping_is_refused),
        cmocka_unit_test(what_is_not_yaml_is_pointed_at),
        cmocka_unit_test(what_costs_too_much_is_not_read),
        cmocka_unit_test(what_is_merely_long_is_read),
        cmocka_unit_test(bytes_that_are_no_text_are_refused),
        cmocka_unit_test(a_file_has_a_largest_size),
        cmocka_unit_test(a_long_line_is_shown_in_part),
        cmocka_unit_test(fifty_problems_are_shown_and_the_rest_counted),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(what_is_written_is_plain_yaml),
        cmocka_unit_test(any_selection_survives),
        cmocka_unit_test(durations_and_rates_survive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
