/* gatewave approve */
#include "gatewave/app/control.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_approve_options[] = {
    {.name = "wave", .value = "W", .help = "the wave that waits, by name; another one is refused"},
    {.name = "reason", .value = "TEXT", .help = "why; kept with the order"},
};

static enum gw_code gw_approve_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_control_request request = {.name = inv->n_arguments ? inv->argument[0] : NULL,
                                         .kind = GW_ORDER_APPROVE,
                                         .argument = gw_invocation_value(inv, "wave"),
                                         .reason = gw_invocation_value(inv, "reason")};

    return gw_control_order(inv->session, &request, ret_exit, err);
}

const struct gw_command gw_command_approve = {
    .name = "approve",
    .arguments = "[NAME]",
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "lets a rollout go on to the next wave",
    .text =
        "  gatewave approve os-2.4.0\n"
        "  gatewave approve os-2.4.0 --wave canary --reason 'the sites are fine'\n\n"
        "For a wave that is over and waits for a person: because it says `approve: true`, or because its "
        "gate is\n"
        "not sure. What a gate has stopped is resumed instead. Without NAME: the only one that was begun.\n",
    .options = gw_approve_options,
    .n_options = GW_COUNT_OF(gw_approve_options),
    .run = gw_approve_run,
};
