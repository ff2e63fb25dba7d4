/*
 * Command lines, a word a line. What is accepted is a command with as many arguments as it takes, and options of its
 * own or of all commands with the values that they need; what is not is refused with words for a person.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "commands.h"
#include "fuzz.h"
#include "parse.h"
#include "usage.h"

#define WORDS_MAX 64

static bool is_one_of(const struct gw_option *option, const struct gw_option *options, size_t n)
{
    return option >= options && option < options + n;
}

/* The value is one of the words between the bars. */
static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);

    while (strcspn(choices, "|") != len || memcmp(choices, value, len) != 0) {
        choices += strcspn(choices, "|");
        if (!*choices++)
            return false;
    }
    return true;
}

static void check_given(const struct gw_invocation *inv, const struct gw_given *given)
{
    const struct gw_command *command = inv->command;

    GW_CHECK(is_one_of(given->option, gw_commands.option, gw_commands.n_options) ||
             (command && is_one_of(given->option, command->options, command->n_options)));
    GW_CHECK(given->option->value ? given->value || given->option->optional : !given->value);
    GW_CHECK(gw_invocation_has(inv, given->option->name));
    if (given->value && given->option->choices)
        GW_CHECK(is_choice(given->option->choices, given->value));
}

static void check_accepted(const struct gw_invocation *inv)
{
    const struct gw_command *command = inv->command;
    struct gw_buf usage;

    GW_CHECK(command || inv->n_arguments == 0);
    for (size_t i = 0; i < inv->n_given; i++)
        check_given(inv, &inv->given[i]);
    if (gw_invocation_informs(inv))
        return;
    if (!command) {
        GW_CHECK(inv->n_words == 0);
        return;
    }
    GW_CHECK(inv->n_arguments >= command->min_arguments && inv->n_arguments <= command->max_arguments);
    gw_buf_init(&usage, 0);
    gw_usage_line(&usage, command);
    fuzz_check_said(gw_buf_text(&usage));
    gw_buf_release(&usage);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = gw_mem_text((const char *)data, size), *argv[WORDS_MAX + 1] = {(char[]){"gatewave"}};
    struct gw_invocation inv;
    struct gw_err err = {0};
    int argc = 1;

    for (char *word = text; word && *word && argc < WORDS_MAX;) {
        char *end = strchr(word, '\n');

        argv[argc++] = word;
        if (end)
            *end++ = '\0';
        word = end;
    }
    if (gw_invocation_parse(&inv, &gw_commands, argc, argv, &err) == GW_OK)
        check_accepted(&inv);
    else
        GW_CHECK(err.code == GW_ERR_USAGE && err.text[0]);
    gw_invocation_release(&inv);
    free(text);
    return 0;
}
