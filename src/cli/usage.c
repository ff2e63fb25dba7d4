/* Help, written from the table. */
#include "usage.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/store/store.h"

struct gw_exit_meaning {
    int code;
    const char *meaning;
};

static const struct gw_exit_meaning gw_exit_meanings[] = {
    {GW_EXIT_OK, "all as desired"},
    {GW_EXIT_PARTLY, "finished; some targets failed, deferred or unresolved"},
    {GW_EXIT_USAGE, "usage"},
    {GW_EXIT_INPUT, "bad configuration or input, or no such thing"},
    {GW_EXIT_STORE, "database or disk"},
    {GW_EXIT_BUSY, "another runner holds it"},
    {GW_EXIT_STOPPED, "stopped by a gate or an abort"},
    {GW_EXIT_KEYS, "credentials, signing or the clock"},
    {GW_EXIT_WAITS, "waiting: held, paused, or for an approval"},
    {GW_EXIT_WINDOW, "the window closed with work left"},
    {GW_EXIT_BROKEN, "internal error"},
    {GW_EXIT_SIGNAL + SIGINT, "interrupted (143: terminated), after an orderly drain"},
};

void gw_usage_line(struct gw_buf *buf, const struct gw_command *command)
{
    gw_buf_addf(buf, "gatewave %s", command->name);
    if (command->arguments[0])
        gw_buf_addf(buf, " %s", command->arguments);
    if (command->n_options > 0)
        gw_buf_add_text(buf, " [OPTIONS]");
}

static void gw_usage_option(struct gw_buf *buf, const struct gw_option *option)
{
    char left[64];

    (void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s%s", option->letter ? "-" : "",
                   option->letter ? option->letter : ' ', option->letter ? ", " : "   ", option->name,
                   option->optional ? "[="
                   : option->value  ? " "
                                    : "",
                   option->value ? option->value : "", option->optional ? "]" : "");
    gw_buf_addf(buf, "  %-26s %s", left, option->help);
    if (option->choices)
        gw_buf_addf(buf, ": %s", option->choices);
    gw_buf_add_char(buf, '\n');
}

/* command: whose own options of the same name hide some of these; NULL for none. */
static void gw_usage_options(struct gw_buf *buf, const char *title, const struct gw_option *options, size_t n,
                             const struct gw_command *command)
{
    if (n == 0)
        return;
    gw_buf_addf(buf, "\n%s:\n", title);
    for (size_t i = 0; i < n; i++)
        if (!command || !gw_command_hides(command, &options[i]))
            gw_usage_option(buf, &options[i]);
}

void gw_usage_command(struct gw_buf *buf, const struct gw_command_table *table,
                      const struct gw_command *command)
{
    gw_buf_addf(buf, "gatewave %s: %s\n\nusage: ", command->name, command->summary);
    gw_usage_line(buf, command);
    gw_buf_addf(buf, "\n\n%s", command->text);
    gw_usage_options(buf, "options", command->options, command->n_options, NULL);
    gw_usage_options(buf, "options of every command", table->option, table->n_options, command);
}

void gw_usage_program(struct gw_buf *buf, const struct gw_command_table *table, const char *group)
{
    if (!group)
        gw_buf_add_text(buf, "gatewave: rolls firmware out to Alibaba Cloud Smart Access Gateways\n\n"
                             "usage: gatewave [OPTIONS] COMMAND\n\n"
                             "  gatewave init\n"
                             "  gatewave inventory import fleet.csv\n"
                             "  gatewave run --version 2.4.0 --select 'region = cn-shanghai'\n"
                             "  gatewave report 2.4.0\n\n");
    gw_buf_add_text(buf, "commands:\n");
    for (size_t i = 0; i < table->n_commands; i++) {
        size_t len = group ? strlen(group) : 0;

        if (group &&
            (strncmp(table->command[i]->name, group, len) != 0 || table->command[i]->name[len] != ' '))
            continue;
        gw_buf_addf(buf, "  %-18s %s\n", table->command[i]->name, table->command[i]->summary);
    }
    gw_buf_addf(buf, "\n`gatewave help %s%sCOMMAND` tells all about one of them.\n", group ? group : "",
                group ? " " : "");
    if (group)
        return;
    gw_usage_options(buf, "options of every command", table->option, table->n_options, NULL);
    gw_buf_add_text(buf, "\nexit codes:\n");
    for (size_t i = 0; i < GW_COUNT_OF(gw_exit_meanings); i++)
        gw_buf_addf(buf, "  %3d  %s\n", gw_exit_meanings[i].code, gw_exit_meanings[i].meaning);
    gw_buf_add_text(
        buf,
        "\nThe configuration is --config, else ./gatewave.yaml, $XDG_CONFIG_HOME/gatewave/gatewave.yaml,\n"
        "/etc/gatewave/gatewave.yaml. NO_COLOR turns colour off.\n");
}

void gw_version_write(struct gw_buf *buf)
{
    gw_buf_addf(buf, "gatewave %s (database schema %d)\n", GW_PROGRAM_VERSION, gw_store_schema_version());
}
