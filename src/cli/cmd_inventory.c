/* gatewave inventory import|list|show|export */
#include "gatewave/app/inventory.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_inventory_options[] = {
    {.name = "select", .value = "EXPR", .help = "only the devices that this selection holds"},
};

#define GW_INVENTORY_SELECTION                                                                               \
    "A selection compares columns (gateway_id region serial ha_role version dpi_version model name site "    \
    "timezone\n"                                                                                             \
    "account isp, and tag.NAME for any tag) by = != < <= > >= ~ (a glob) and in (a, b), joined by and, or, " \
    "not and\n"                                                                                              \
    "parentheses. Versions compare as versions. `all` holds every device.\n"                                 \
    "What became of them in a rollout: outcome.ROLLOUT in (failed, relapsed), code.ROLLOUT = stuck, and\n"   \
    "before.ROLLOUT = 2.3.0, the version before it; true of a gateway when it is of one of its devices.\n"

static enum gw_code gw_inventory_import_run(const struct gw_invocation *inv, int *ret_exit,
                                            struct gw_err *err)
{
    enum gw_code code = gw_inventory_import(inv->session, inv->argument[0], err);

    (void)ret_exit;
    if (code == GW_OK)
        gw_session_next(inv->session, "run --version V --select EXPR");
    return code;
}

const struct gw_command gw_command_inventory_import = {
    .name = "inventory import",
    .arguments = "FILE",
    .min_arguments = 1,
    .max_arguments = 1,
    .files = true,
    .need = GW_NEED_CREATE,
    .summary = "reads gateways and devices from CSV or JSON lines",
    .text = "  gatewave inventory import fleet.csv\n"
            "  gatewave inventory import - --output json < fleet.jsonl\n\n"
            "FILE is CSV with a header row, or JSON lines; - is the standard input. A row is one device; two "
            "rows with\n"
            "one gateway_id are an HA pair. Columns: gateway_id and region (both needed), serial, ha_role "
            "(active,\n"
            "standby), version, dpi_version, model, name, site, timezone, account, isp, and tag:NAME for any "
            "NAME.\n"
            "A column that the file does not have keeps its values. Everything is imported, or nothing: then "
            "each bad\n"
            "place is reported as file:line:column. The database is created when it is missing.\n",
    .run = gw_inventory_import_run,
};

static enum gw_code gw_inventory_list_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    enum gw_code code = gw_inventory_list(inv->session, gw_invocation_value(inv, "select"), err);

    (void)ret_exit;
    if (code == GW_OK)
        gw_session_next(inv->session, "inventory show GATEWAY");
    return code;
}

const struct gw_command gw_command_inventory_list = {
    .name = "inventory list",
    .arguments = "",
    .need = GW_NEED_READ,
    .summary = "lists devices",
    .text = "  gatewave inventory list --select 'region = cn-shanghai and version < 2.4.0'\n"
            "  gatewave inventory list --select 'not tag.freeze' --output csv\n"
            "  gatewave inventory list --select 'outcome.os-2.4.0 in (failed, "
            "unresolved)'\n\n" GW_INVENTORY_SELECTION
            "The table leaves dpi_version, timezone, account and isp out.\n",
    .options = gw_inventory_options,
    .n_options = GW_COUNT_OF(gw_inventory_options),
    .run = gw_inventory_list_run,
};

static enum gw_code gw_inventory_show_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    enum gw_code code = gw_inventory_show(inv->session, inv->argument[0], err);

    (void)ret_exit;
    if (code == GW_OK)
        gw_session_next(inv->session, "status");
    return code;
}

const struct gw_command gw_command_inventory_show = {
    .name = "inventory show",
    .arguments = "GATEWAY",
    .min_arguments = 1,
    .max_arguments = 1,
    .need = GW_NEED_READ,
    .summary = "shows everything about one gateway's devices",
    .text = "  gatewave inventory show sag-1h2k3m\n",
    .run = gw_inventory_show_run,
};

static enum gw_code gw_inventory_export_run(const struct gw_invocation *inv, int *ret_exit,
                                            struct gw_err *err)
{
    enum gw_code code = gw_inventory_export(inv->session, gw_invocation_value(inv, "select"), err);

    (void)ret_exit;
    if (code == GW_OK)
        gw_session_next(inv->session, "inventory import FILE");
    return code;
}

const struct gw_command gw_command_inventory_export = {
    .name = "inventory export",
    .arguments = "",
    .need = GW_NEED_READ,
    .summary = "writes devices in the form that import reads",
    .text =
        "  gatewave inventory export > fleet.csv\n"
        "  gatewave inventory export --select 'site = hangzhou' --output jsonl\n\n"
        "CSV, or JSON lines with --output jsonl; all columns, and one for each tag.\n" GW_INVENTORY_SELECTION,
    .options = gw_inventory_options,
    .n_options = GW_COUNT_OF(gw_inventory_options),
    .run = gw_inventory_export_run,
};
