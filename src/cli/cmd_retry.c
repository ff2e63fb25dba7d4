/* gatewave retry */
#include "gatewave/app/control.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_retry_options[] = {
    {.name = "only",
     .value = "OUTCOMES",
     .help = "of failed,unresolved,deferred,relapsed,canceled; left out: the first four"},
    {.name = "code", .value = "C", .help = "the devices that ended with this code, instead"},
    {.name = "name", .value = "NEW", .help = "the new rollout's name, instead of NAME.retry-1, -2, ..."},
};

static enum gw_code gw_retry_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_retry_request request = {.name = inv->argument[0],
                                       .only = gw_invocation_value(inv, "only"),
                                       .code = gw_invocation_value(inv, "code"),
                                       .new_name = gw_invocation_value(inv, "name")};

    (void)ret_exit;
    if (request.only && request.code)
        return gw_err_set(err, GW_ERR_USAGE,
                          "--only and --code both say which devices: leave one of them away");
    return gw_retry(inv->session, &request, err);
}

const struct gw_command gw_command_retry = {
    .name = "retry",
    .arguments = "NAME",
    .min_arguments = 1,
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "makes a new rollout for the devices that did not get there",
    .text =
        "  gatewave retry os-2.4.0\n"
        "  gatewave retry os-2.4.0 --code stuck\n\n"
        "Freezes NAME.retry-1 with the version and the settings of NAME, for whoever failed, is unresolved, "
        "was\n"
        "deferred or relapsed; of a pair both devices, and the one that is there already is skipped. It "
        "calls nothing: "
        "the\n"
        "last line says how to run it.\n",
    .options = gw_retry_options,
    .n_options = GW_COUNT_OF(gw_retry_options),
    .run = gw_retry_run,
};
