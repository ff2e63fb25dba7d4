/* The commands and the options that all of them take. */
#include "commands.h"

#include "gatewave/base/check.h"

static const struct gw_command *const commands[] = {
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

static const struct gw_option global_options[] = {
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

const struct gw_command_table gw_commands = {
    .command = commands,
    .n_commands = GW_COUNT_OF(commands),
    .option = global_options,
    .n_options = GW_COUNT_OF(global_options),
};
