/* gatewave explain */
#include "gatewave/app/status.h"

#include "invocation.h"

static enum gw_code gw_explain_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    enum gw_code code = gw_explain_show(inv->session, inv->argument[0], inv->argument[1], err);

    (void)ret_exit;
    if (code == GW_OK)
        gw_session_next(inv->session, "status %s", inv->argument[0]);
    return code;
}

const struct gw_command gw_command_explain = {
    .name = "explain",
    .arguments = "NAME GATEWAY",
    .min_arguments = 2,
    .max_arguments = 2,
    .need = GW_NEED_READ,
    .summary = "tells a gateway's story in a rollout, and what it waits for",
    .text = "  gatewave explain os-2.4.0 sag-1h2k3m\n\n"
            "Every signed call and its answer, what the answer proves (never_sent, refused, accepted,\n"
            "in_doubt), what its code means and what to do, and every event. Of a device that waits:\n"
            "its wave and what is before it, when its window opens (in its own time and in UTC), what\n"
            "of its mate, and which limit holds it. Of any: the orders that touched it, and what\n"
            "happens next. Times are UTC.\n",
    .run = gw_explain_run,
};
