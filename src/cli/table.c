/* The commands and the options that all of them take. */
#include "command.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

const struct gw_command *const gw_commands[] = {
    &gw_command_init,
    &gw_command_doctor,
    &gw_command_inventory_import,
    &gw_command_inventory_sync,
    &gw_command_inventory_list,
    &gw_command_inventory_show,
    &gw_command_inventory_export,
    &gw_command_versions,
    &gw_command_plan,
    &gw_command_run,
    &gw_command_status,
    &gw_command_report,
    &gw_command_explain,
    &gw_command_history,
    &gw_command_pause,
    &gw_command_resume,
    &gw_command_approve,
    &gw_command_abort,
    &gw_command_pace,
    &gw_command_retry,
    &gw_command_rollback,
    &gw_command_reconcile,
    &gw_command_hold,
    &gw_command_notify_test,
    &gw_command_completion,
    &gw_command_help,
    &gw_command_version,
};
const size_t gw_commands_count = GW_COUNT_OF(gw_commands);

const struct gw_option gw_global_options[] = {
    {.name = "config",
     .value = "FILE",
     .file = true,
     .help = "the configuration, instead of the one that is found"},
    {.name = "db", .value = "FILE", .file = true, .help = "the database, instead of the configuration's"},
    {.name = "profile", .value = "NAME", .help = "the credential profile, instead of the configuration's"},
    {.name = "output",
     .value = "FORMAT",
     .choices = "table|json|jsonl|csv",
     .help = "how results are written"},
    {.name = "log",
     .value = "LEVEL",
     .optional = true,
     .choices = "error|warn|info|debug",
     .help = "log lines on the standard error (info)"},
    {.name = "help", .letter = 'h', .help = "this text"},
    {.name = "version", .help = "which gatewave this is"},
};
const size_t gw_global_options_count = GW_COUNT_OF(gw_global_options);

const struct gw_command *gw_command_find(const char *const *word, size_t n_words, bool *ret_group)
{
    *ret_group = false;
    for (size_t i = 0; n_words > 0 && i < gw_commands_count; i++) {
        const char *name = gw_commands[i]->name, *blank = strchr(name, ' ');
        size_t first = blank ? (size_t)(blank - name) : strlen(name);

        if (strlen(word[0]) != first || strncmp(word[0], name, first) != 0)
            continue;
        *ret_group = blank != NULL;
        if (blank && (n_words < 2 || !gw_text_equal(word[1], blank + 1)))
            continue;
        return gw_commands[i];
    }
    return NULL;
}
