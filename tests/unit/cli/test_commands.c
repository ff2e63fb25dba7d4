/* The table of commands: what holds of every entry, what is written from it, and the exit codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "commands.h"
#include "completion.h"
#include "usage.h"

#include "gatewave/app/exit.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

static void every_entry_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < gw_commands.n_commands; i++) {
        const struct gw_command *command = gw_commands.command[i];

        assert_true(command->name[0] != '\0');
        assert_non_null(command->arguments);
        assert_non_null(command->run);
        assert_true(command->min_arguments <= command->max_arguments);
        assert_int_equal(command->max_arguments == 0, command->arguments[0] == '\0');
        assert_true(gw_text_starts(command->text, "  "));
        assert_int_equal(command->text[strlen(command->text) - 1], '\n');
        assert_null(strchr(command->summary, '\n'));
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(gw_commands.command[k]->name, command->name);
    }
}

static void check_options(const struct gw_option *options, size_t n)
{
    assert_true(n + gw_commands.n_options <= 32);
    for (size_t i = 0; i < n; i++) {
        assert_true(strlen(options[i].name) > 1);
        assert_int_equal(strspn(options[i].name, "abcdefghijklmnopqrstuvwxyz-"), strlen(options[i].name));
        assert_true(options[i].help[0] != '\0');
        if (!options[i].value)
            assert_true(!options[i].optional && !options[i].file && !options[i].choices);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(options[k].name, options[i].name);
    }
}

static void options_are_well_formed(void **state)
{
    (void)state;
    check_options(gw_commands.option, gw_commands.n_options);
    for (size_t i = 0; i < gw_commands.n_commands; i++)
        check_options(gw_commands.command[i]->options, gw_commands.command[i]->n_options);
}

/* A secret on a command line can be read by every process of the machine. */
static void no_option_takes_a_secret(void **state)
{
    static const char *const words[] = {"secret", "key", "token", "password"};

    (void)state;
    for (size_t i = 0; i < gw_commands.n_commands; i++)
        for (size_t k = 0; k < gw_commands.command[i]->n_options; k++)
            for (size_t w = 0; w < GW_COUNT_OF(words); w++)
                assert_null(strstr(gw_commands.command[i]->options[k].name, words[w]));
}

/* Help and completion list a group where its first command stands. */
static void groups_stand_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < gw_commands.n_commands; i++) {
        size_t len = strcspn(gw_commands.command[i]->name, " ");
        bool left = false;

        for (size_t k = i + 1; gw_commands.command[i]->name[len] && k < gw_commands.n_commands; k++) {
            bool same = strncmp(gw_commands.command[i]->name, gw_commands.command[k]->name, len + 1) == 0;

            assert_false(same && left);
            left = left || !same;
        }
    }
}

static void usage_lines_say_how(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_usage_line(&buf, &gw_command_inventory_import);
    assert_string_equal(gw_buf_text(&buf), "gatewave inventory import FILE");
    gw_buf_reset(&buf);
    gw_usage_line(&buf, &gw_command_inventory_list);
    assert_string_equal(gw_buf_text(&buf), "gatewave inventory list [OPTIONS]");
    gw_buf_release(&buf);
}

static void help_names_every_command_option_and_code(void **state)
{
    struct gw_buf program, command;

    (void)state;
    gw_buf_init(&program, 0);
    gw_buf_init(&command, 0);
    gw_usage_program(&program, &gw_commands, NULL);
    for (size_t i = 0; i < gw_commands.n_commands; i++) {
        assert_non_null(strstr(gw_buf_text(&program), gw_commands.command[i]->summary));
        gw_buf_reset(&command);
        gw_usage_command(&command, &gw_commands, gw_commands.command[i]);
        assert_non_null(strstr(gw_buf_text(&command), "usage: gatewave "));
        for (size_t k = 0; k < gw_commands.command[i]->n_options; k++)
            assert_non_null(strstr(gw_buf_text(&command), gw_commands.command[i]->options[k].help));
        assert_non_null(strstr(gw_buf_text(&command), "--config FILE"));
    }
    assert_non_null(strstr(gw_buf_text(&program), "\n    7  credentials"));
    assert_non_null(strstr(gw_buf_text(&program), "143: terminated"));
    gw_buf_release(&program);
    gw_buf_release(&command);
}

static void help_of_a_group_lists_its_commands_only(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_usage_program(&buf, &gw_commands, "inventory");
    assert_non_null(strstr(gw_buf_text(&buf), "  inventory export "));
    assert_null(strstr(gw_buf_text(&buf), "  status "));
    gw_buf_release(&buf);
}

static void an_option_of_ones_own_hides_the_global_one(void **state)
{
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    gw_usage_command(&buf, &gw_commands, &gw_command_run);
    assert_non_null(strstr(gw_buf_text(&buf), "--version V "));
    assert_null(strstr(gw_buf_text(&buf), "which gatewave this is"));
    gw_buf_reset(&buf);
    gw_usage_command(&buf, &gw_commands, &gw_command_status);
    assert_non_null(strstr(gw_buf_text(&buf), "which gatewave this is"));
    gw_buf_release(&buf);
}

static void completion_is_written_for_three_shells(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    for (size_t i = 0; i < GW_COUNT_OF(shells); i++) {
        gw_buf_reset(&buf);
        assert_true(gw_completion_write(&buf, &gw_commands, shells[i]));
        assert_non_null(strstr(gw_buf_text(&buf), "explain"));
        assert_non_null(strstr(gw_buf_text(&buf), "table json jsonl csv"));
        assert_non_null(strstr(gw_buf_text(&buf), "Device Dpi"));
    }
    assert_false(gw_completion_write(&buf, &gw_commands, "tcsh"));
    gw_buf_release(&buf);
}

static void errors_end_with_the_codes_of_the_manual(void **state)
{
    (void)state;
    assert_int_equal(gw_exit_code(GW_OK), 0);
    assert_int_equal(gw_exit_code(GW_ERR_USAGE), 2);
    assert_int_equal(gw_exit_code(GW_ERR_INPUT), 3);
    assert_int_equal(gw_exit_code(GW_ERR_NOT_FOUND), 3);
    assert_int_equal(gw_exit_code(GW_ERR_NETWORK), 3);
    assert_int_equal(gw_exit_code(GW_ERR_STORE), 4);
    assert_int_equal(gw_exit_code(GW_ERR_BUSY), 5);
    assert_int_equal(gw_exit_code(GW_ERR_LEASE), 5);
    assert_int_equal(gw_exit_code(GW_ERR_CREDENTIALS), 7);
    assert_int_equal(gw_exit_code(GW_ERR_INTERNAL), 70);
}

static void refusals_end_with_who_can_mend_them(void **state)
{
    (void)state;
    assert_int_equal(gw_exit_of_class(GW_CLASS_CREDENTIAL), 7);
    assert_int_equal(gw_exit_of_class(GW_CLASS_CLOCK), 7);
    assert_int_equal(gw_exit_of_class(GW_CLASS_UNTRUSTED), 8);
    assert_int_equal(gw_exit_of_class(GW_CLASS_PLAN), 3);
    assert_int_equal(gw_exit_of_class(GW_CLASS_THROTTLED), 1);
}

/* In whatever order the rollouts of a night end. */
static void the_graver_end_is_told(void **state)
{
    static const int order[] = {143, 130, 70, 4, 7, 6, 8, 2, 3, 5, 9, 1, 0};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(order); i++)
        for (size_t k = i; k < GW_COUNT_OF(order); k++) {
            assert_int_equal(gw_exit_graver(order[i], order[k]), order[i]);
            assert_int_equal(gw_exit_graver(order[k], order[i]), order[i]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_complete),
        cmocka_unit_test(options_are_well_formed),
        cmocka_unit_test(no_option_takes_a_secret),
        cmocka_unit_test(groups_stand_together),
        cmocka_unit_test(usage_lines_say_how),
        cmocka_unit_test(help_names_every_command_option_and_code),
        cmocka_unit_test(help_of_a_group_lists_its_commands_only),
        cmocka_unit_test(an_option_of_ones_own_hides_the_global_one),
        cmocka_unit_test(completion_is_written_for_three_shells),
        cmocka_unit_test(errors_end_with_the_codes_of_the_manual),
        cmocka_unit_test(refusals_end_with_who_can_mend_them),
        cmocka_unit_test(the_graver_end_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
