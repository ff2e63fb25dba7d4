/* gatewave inventory sync */
#include <stdlib.h>

#include "gatewave/app/sync.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "invocation.h"

static const struct gw_option gw_sync_options[] = {
    {.name = "region", .value = "REGION", .help = "only this one; may be repeated"},
    {.name = "account", .value = "NAME", .help = "only this one of the configuration's; may be repeated"},
    {.name = "quick", .help = "reads one by one only what the list shows as new or changed"},
    {.name = "accept-gone", .help = "what the cloud does not list any more is gone, however much it is"},
    {.name = "quiet", .help = "no progress"},
};

/* All values of an option that may be repeated; how many. */
static size_t gw_sync_values(const struct gw_invocation *inv, const char *name, const char **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < inv->n_given; i++)
        if (gw_text_equal(inv->given[i].option->name, name))
            ret[n++] = inv->given[i].value;
    return n;
}

static enum gw_code gw_sync_command_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    const char **region = gw_mem_new(inv->n_given + 1, sizeof(*region));
    const char **account = gw_mem_new(inv->n_given + 1, sizeof(*account));
    struct gw_sync_request request = {
        .region = region,
        .n_regions = gw_sync_values(inv, "region", region),
        .account = account,
        .n_accounts = gw_sync_values(inv, "account", account),
        .profile = gw_invocation_value(inv, "profile"),
        .quick = gw_invocation_has(inv, "quick"),
        .accept_gone = gw_invocation_has(inv, "accept-gone"),
        .quiet = gw_invocation_has(inv, "quiet"),
    };
    enum gw_code code = gw_sync_command(inv->session, &request, ret_exit, err);

    free(region);
    free(account);
    return code;
}

const struct gw_command gw_command_inventory_sync = {
    .name = "inventory sync",
    .arguments = "",
    .need = GW_NEED_CREATE,
    .summary = "asks the cloud what there is, and tells what has changed",
    .text =
        "  gatewave inventory sync\n"
        "  gatewave inventory sync --region cn-shanghai --quick\n\n"
        "Lists the gateways of every account and region, reads their devices, versions, HA roles and the "
        "vendor's own\n"
        "upgrade policies one by one within `limits.read_rate`, and brings the inventory to that. Site, "
        "timezone, isp\n"
        "and tags stay as they are. What the cloud does not have any more is marked as gone, never deleted, "
        "and left\n"
        "out of rollouts; but where the cloud lists none any more, or more than five and a tenth are "
        "missing, "
        "nothing is\n"
        "taken over until --accept-gone says that it is true. What could not be read stays as it was known, "
        "and is told.\n"
        "Versions that somebody else changed come first. A sync that was interrupted is gone on with by the "
        "same command.\n"
        "Regions: those that are said, or the account's own, or all that the vendor serves.\n",
    .options = gw_sync_options,
    .n_options = GW_COUNT_OF(gw_sync_options),
    .run = gw_sync_command_run,
};
