/* gatewave help, gatewave version */
#include <string.h>

#include "gatewave/base/text.h"

#include "invocation.h"
#include "usage.h"

static enum gw_code gw_help_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    bool group = false;
    const struct gw_command *command = gw_command_find(inv->table, inv->argument, inv->n_arguments, &group);
    struct gw_buf text;

    (void)ret_exit;
    gw_buf_init(&text, 0);
    if (command)
        gw_usage_command(&text, inv->table, command);
    else if (inv->n_arguments == 0 || (group && inv->n_arguments == 1))
        gw_usage_program(&text, inv->table, inv->n_arguments ? inv->argument[0] : NULL);
    else
        return gw_err_set(err, GW_ERR_USAGE, "no command `%s%s%s`: `gatewave help` lists them",
                          inv->argument[0], inv->n_arguments > 1 ? " " : "",
                          inv->n_arguments > 1 ? inv->argument[1] : "");
    gw_sink_drain(&inv->session->out, &text);
    gw_buf_release(&text);
    return GW_OK;
}

const struct gw_command gw_command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .max_arguments = 2,
    .summary = "tells how a command is used",
    .text = "  gatewave help\n"
            "  gatewave help inventory import\n",
    .run = gw_help_run,
};

static enum gw_code gw_version_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_buf text;

    (void)ret_exit;
    (void)err;
    gw_buf_init(&text, 0);
    gw_version_write(&text);
    gw_sink_drain(&inv->session->out, &text);
    gw_buf_release(&text);
    return GW_OK;
}

const struct gw_command gw_command_version = {
    .name = "version",
    .arguments = "",
    .summary = "tells which gatewave this is, and which database schema it knows",
    .text = "  gatewave version\n",
    .run = gw_version_run,
};
