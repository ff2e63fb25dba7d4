/* gatewave versions: what the vendor offers to a gateway. */
#include "gatewave/app/versions.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_versions_options[] = {
    {.name = "dpi", .help = "of the signature database, instead of the device's own"},
};

static enum gw_code gw_versions_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    (void)ret_exit;
    return gw_versions_show(inv->session, gw_invocation_value(inv, "profile"), inv->argument[0],
                            gw_invocation_has(inv, "dpi"), err);
}

const struct gw_command gw_command_versions = {
    .name = "versions",
    .arguments = "GATEWAY",
    .min_arguments = 1,
    .max_arguments = 1,
    .need = GW_NEED_READ,
    .summary = "lists the versions that the vendor offers to a gateway",
    .text = "  gatewave versions sag-1h2k3m\n"
            "  gatewave versions sag-1h2k3m --dpi --output json\n\n"
            "Asks the cloud; newest first, with release or beta, and which of the gateway's devices run it "
            "as the "
            "inventory\n"
            "has them. A beta is never proposed.\n",
    .options = gw_versions_options,
    .n_options = GW_COUNT_OF(gw_versions_options),
    .run = gw_versions_run,
};
