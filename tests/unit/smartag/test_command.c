/* A command line in words, as POSIX 2.2 quotes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "command.h"

/* words: each with a | behind it. */
static void assert_words(const char *line, const char *words)
{
    struct gw_command command;
    const char *wrong = gw_command_split(line, &command);
    char joined[1000] = "";

    if (wrong)
        fail_msg("%s: %s", line, wrong);
    for (size_t i = 0; i < command.argc; i++) {
        strcat(joined, command.argv[i]);
        strcat(joined, "|");
    }
    assert_string_equal(joined, words);
    assert_null(command.argv[command.argc]);
    gw_command_release(&command);
    assert_null(command.text);
}

static void words_are_parted_by_blanks(void **state)
{
    (void)state;
    assert_words("vault", "vault|");
    assert_words("  vault \t read\r\n-x  ", "vault|read|-x|");
    assert_words("a b c d e", "a|b|c|d|e|");
}

static void quotes_keep_blanks(void **state)
{
    (void)state;
    assert_words("'a program' \"two words\"", "a program|two words|");
    assert_words("a'b c'd\"e f\"", "ab cde f|");
    assert_words("x '' \"\"", "x|||");
    assert_words("x 'back\\slash \"inside\"'", "x|back\\slash \"inside\"|");
    assert_words("x \"a\\\"b\\\\c\\$d\\`e\\f\"", "x|a\"b\\c$d`e\\f|");
    assert_words("x a\\ b \\'c\\'", "x|a b|'c'|");
}

/* There is no shell: what would mean something to one is a letter like any other. */
static void nothing_else_is_special(void **state)
{
    (void)state;
    assert_words("x $HOME `id` $(id) | > /tmp/y; && ~ * #z", "x|$HOME|`id`|$(id)|||>|/tmp/y;|&&|~|*|#z|");
}

static void what_is_no_command(void **state)
{
    static const char *const lines[][2] = {
        {"", "names no program"}, {" \n", "names no program"},     {"''", "names no program"},
        {"x 'y", "has a quote"},  {"x \"y\\\"", "has a quote"},    {"x y\\", "ends with a backslash"},
        {"\"", "has a quote"},    {"\\", "ends with a backslash"},
    };
    char many[200] = "";
    struct gw_command command;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        const char *wrong = gw_command_split(lines[i][0], &command);

        assert_non_null(wrong);
        assert_memory_equal(wrong, lines[i][1], strlen(lines[i][1]));
    }
    for (int i = 0; i < GW_COMMAND_WORDS_MAX; i++)
        strcat(many, "x ");
    assert_null(gw_command_split(many, &command));
    assert_int_equal(command.argc, GW_COMMAND_WORDS_MAX);
    gw_command_release(&command);
    strcat(many, "x");
    assert_string_equal(gw_command_split(many, &command), "has too many words");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_parted_by_blanks),
        cmocka_unit_test(quotes_keep_blanks),
        cmocka_unit_test(nothing_else_is_special),
        cmocka_unit_test(what_is_no_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
