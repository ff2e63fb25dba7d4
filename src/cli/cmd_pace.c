/* gatewave pace */
#include "gatewave/app/control.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_pace_options[] = {
    {.name = "rate", .value = "RATE", .help = "upgrade calls for one account and region: 1/s, 90/m"},
    {.name = "reason", .value = "TEXT", .help = "why; kept with the order"},
};

static enum gw_code gw_pace_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_control_request request = {.name = inv->n_arguments ? inv->argument[0] : NULL,
                                         .kind = GW_ORDER_PACE,
                                         .argument = gw_invocation_value(inv, "rate"),
                                         .reason = gw_invocation_value(inv, "reason")};

    if (!request.argument)
        return gw_err_set(err, GW_ERR_USAGE, "pace needs a rate, as in --rate 1/s");
    return gw_control_order(inv->session, &request, ret_exit, err);
}

const struct gw_command gw_command_pace = {
    .name = "pace",
    .arguments = "[NAME] --rate RATE",
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "sets how fast a rollout calls from now on",
    .text = "  gatewave pace os-2.4.0 --rate 1/s\n\n"
            "Up to limits.rate of the configuration, for the waves to come too, and instead of the pace that "
            "their\n"
            "file gives them. Without NAME: the one that runs, or the only one that was begun.\n",
    .options = gw_pace_options,
    .n_options = GW_COUNT_OF(gw_pace_options),
    .run = gw_pace_run,
};
