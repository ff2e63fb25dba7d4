/* gatewave pause */
#include "gatewave/app/control.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_pause_options[] = {
    {.name = "reason", .value = "TEXT", .help = "why; kept with the order"},
};

static enum gw_code gw_pause_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_control_request request = {.name = inv->n_arguments ? inv->argument[0] : NULL,
                                         .kind = GW_ORDER_PAUSE,
                                         .reason = gw_invocation_value(inv, "reason")};

    return gw_control_order(inv->session, &request, ret_exit, err);
}

const struct gw_command gw_command_pause = {
    .name = "pause",
    .arguments = "[NAME]",
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "calls no more devices until a resume",
    .text =
        "  gatewave pause os-2.4.0 --reason 'storm in the north'\n\n"
        "From any terminal on the same database, whether the rollout is running or not. What is upgrading "
        "is\n"
        "watched to its end. Without NAME: the one that runs, or the only one that was begun. The answer is\n"
        "durable before it is said; without one within 15 s the order stays, and the next run carries it "
        "out\n"
        "(exit code 8).\n",
    .options = gw_pause_options,
    .n_options = GW_COUNT_OF(gw_pause_options),
    .run = gw_pause_run,
};
