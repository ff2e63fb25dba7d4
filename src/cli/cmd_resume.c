/* gatewave resume */
#include "gatewave/app/control.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_resume_options[] = {
    {.name = "without", .value = "EXPR", .help = "devices that are left out from now on"},
    {.name = "reason", .value = "TEXT", .help = "why; kept with the order"},
};

static enum gw_code gw_resume_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_control_request request = {.name = inv->n_arguments ? inv->argument[0] : NULL,
                                         .kind = GW_ORDER_RESUME,
                                         .argument = gw_invocation_value(inv, "without"),
                                         .reason = gw_invocation_value(inv, "reason")};

    return gw_control_order(inv->session, &request, ret_exit, err);
}

const struct gw_command gw_command_resume = {
    .name = "resume",
    .arguments = "[NAME]",
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "lets a rollout go on that is paused or was stopped by its gate",
    .text = "  gatewave resume os-2.4.0\n"
            "  gatewave resume os-2.4.0 --without 'model = sag-100wm' --reason 'bricks this model'\n\n"
            "After a gate has stopped it, what failed until now is forgiven, and only that. --without fences "
            "devices\n"
            "off: those that wait are canceled, the others are watched to their end. Without NAME: the only "
            "one\n"
            "that was begun and is not over.\n",
    .options = gw_resume_options,
    .n_options = GW_COUNT_OF(gw_resume_options),
    .run = gw_resume_run,
};
