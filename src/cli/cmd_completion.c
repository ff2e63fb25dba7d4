/* gatewave completion */
#include "completion.h"
#include "invocation.h"

static enum gw_code gw_completion_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_buf text;

    (void)ret_exit;
    gw_buf_init(&text, 0);
    if (!gw_completion_write(&text, inv->table, inv->argument[0]))
        return gw_err_set(err, GW_ERR_USAGE, "no completion for %s: there is bash, zsh and fish",
                          inv->argument[0]);
    gw_sink_drain(&inv->session->out, &text);
    gw_buf_release(&text);
    return GW_OK;
}

const struct gw_command gw_command_completion = {
    .name = "completion",
    .arguments = "bash|zsh|fish",
    .min_arguments = 1,
    .max_arguments = 1,
    .choices = "bash|zsh|fish",
    .summary = "writes a completion script for a shell",
    .text = "  source <(gatewave completion bash)\n"
            "  gatewave completion zsh > ~/.zfunc/_gatewave\n"
            "  gatewave completion fish > ~/.config/fish/completions/gatewave.fish\n",
    .run = gw_completion_run,
};
