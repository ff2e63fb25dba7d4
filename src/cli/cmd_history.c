/* gatewave history */
#include "gatewave/app/status.h"

#include "invocation.h"

static enum gw_code gw_history_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    (void)ret_exit;
    return gw_history_show(inv->session, err);
}

const struct gw_command gw_command_history = {
    .name = "history",
    .arguments = "",
    .need = GW_NEED_READ,
    .summary = "lists the rollouts with what became of them",
    .text = "  gatewave history\n"
            "  gatewave history --output csv > rollouts.csv\n\n"
            "One line for each rollout, newest first: version, state, when it was frozen and by whom,\n"
            "its devices and their outcomes, and what its gate said last, with the evidence. Times\n"
            "are UTC.\n",
    .run = gw_history_run,
};
