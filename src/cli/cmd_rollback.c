/* gatewave rollback */
#include "gatewave/app/control.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_rollback_options[] = {
    {.name = "now", .help = "without the rollout's window"},
    {.name = "reason", .value = "TEXT", .help = "why; kept with the new rollouts"},
};

static enum gw_code gw_rollback_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_rollback_request request = {.name = inv->argument[0],
                                          .reason = gw_invocation_value(inv, "reason"),
                                          .at_once = gw_invocation_has(inv, "now")};

    (void)ret_exit;
    return gw_rollback(inv->session, &request, err);
}

const struct gw_command gw_command_rollback = {
    .name = "rollback",
    .arguments = "NAME",
    .min_arguments = 1,
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "makes new rollouts that take back what a rollout changed",
    .text =
        "  gatewave rollback os-2.4.0 --reason 'drops VPN sessions'\n\n"
        "Freezes one rollout for each version that the devices ran before, NAME.back-to-2.3.0, in one wave "
        "and\n"
        "with the settings of NAME. It says which gateways stay as they are, and why: nobody knows what "
        "they ran,\n"
        "a pair's devices ran different versions, something else has changed them since. Whether the cloud "
        "takes\n"
        "an older version is its own decision, device by device (VersionTooOld). It calls nothing: the "
        "last line\n"
        "says how to run it.\n",
    .options = gw_rollback_options,
    .n_options = GW_COUNT_OF(gw_rollback_options),
    .run = gw_rollback_run,
};
