/* gatewave abort */
#include "gatewave/app/control.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_abort_options[] = {
    {.name = "keep", .help = "leave what has been upgraded as it is; the default"},
    {.name = "revert", .help = "and prepare the rollback of what has been upgraded"},
    {.name = "reason", .value = "TEXT", .help = "why; kept with the order"},
};

static enum gw_code gw_abort_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_control_request request = {.name = inv->n_arguments ? inv->argument[0] : NULL,
                                         .kind = GW_ORDER_ABORT,
                                         .reason = gw_invocation_value(inv, "reason"),
                                         .revert = gw_invocation_has(inv, "revert")};

    if (request.revert && gw_invocation_has(inv, "keep"))
        return gw_err_set(err, GW_ERR_USAGE, "--keep and --revert exclude each other");
    return gw_control_order(inv->session, &request, ret_exit, err);
}

const struct gw_command gw_command_abort = {
    .name = "abort",
    .arguments = "[NAME]",
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "ends a rollout for good",
    .text =
        "  gatewave abort os-2.4.0 --reason 'wrong version'\n"
        "  gatewave abort os-2.4.0 --revert\n\n"
        "Once it is acknowledged nothing is sent any more; what was not called is canceled, what is "
        "upgrading is\n"
        "watched to its end. --revert then does what `gatewave rollback` does; while devices are upgrading "
        "it\n"
        "names the command for later instead (exit code 8). Without NAME: the only one that was begun.\n",
    .options = gw_abort_options,
    .n_options = GW_COUNT_OF(gw_abort_options),
    .run = gw_abort_run,
};
