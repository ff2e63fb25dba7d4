/* gatewave status */
#include "gatewave/app/status.h"

#include "invocation.h"

static enum gw_code gw_status_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    (void)ret_exit;
    return gw_status_show(inv->session, inv->n_arguments ? inv->argument[0] : NULL, err);
}

const struct gw_command gw_command_status = {
    .name = "status",
    .arguments = "[NAME]",
    .max_arguments = 1,
    .need = GW_NEED_READ,
    .summary = "shows where a rollout stands, and why",
    .text = "  gatewave status\n"
            "  gatewave status os-2.4.0 --output json\n\n"
            "One screen about a rollout: why it stands where it stands, with what explains its\n"
            "failures where something does; what those wait for that are not called yet; how many\n"
            "devices are where in each wave, all that its gate and people said of it, and until when it\n"
            "soaks; the codes of what failed with their meaning; orders that\n"
            "no run has taken yet; and the command that follows. JSON has all verdicts and orders.\n"
            "Without NAME: the latest rollout, and which others there are.\n",
    .run = gw_status_run,
};
