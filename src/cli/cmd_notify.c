/* gatewave notify test */
#include "gatewave/app/probe.h"

#include "invocation.h"

static enum gw_code gw_notify_test_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    return gw_probe_show(inv->session, inv->n_arguments > 0 ? inv->argument[0] : NULL, ret_exit, err);
}

const struct gw_command gw_command_notify_test = {
    .name = "notify test",
    .arguments = "[NAME]",
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "sends a test notice to the webhooks, and shows what each answers",
    .text = "  gatewave notify test\n"
            "  gatewave notify test noc --output json\n\n"
            "Every webhook of the configuration's `notify:`, or the one that is named, gets one notice that "
            "says that it\n"
            "is a test, whatever events it hears of. Sent once and never again; ends with 1 when one did not "
            "take it.\n",
    .run = gw_notify_test_run,
};
