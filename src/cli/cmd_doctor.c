/* gatewave doctor */
#include "gatewave/app/doctor.h"

#include "invocation.h"

static enum gw_code gw_doctor_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    return gw_doctor_show(inv->session, gw_invocation_value(inv, "config"), gw_invocation_value(inv, "db"),
                          gw_invocation_value(inv, "profile"), ret_exit, err);
}

const struct gw_command gw_command_doctor = {
    .name = "doctor",
    .arguments = "",
    .need = GW_NEED_NOTHING,
    .summary = "looks whether a night can be left alone",
    .text = "  gatewave doctor\n"
            "  gatewave doctor --output json\n\n"
            "One line a check, ok, warn or fail, and with the last two what to do: configuration, database\n"
            "(every page of it, schema, room on the disk), keys (whose and where from, never the secret),\n"
            "each region's endpoint (name, certificate, time), the clock against the cloud's, permissions\n"
            "by three reads that change nothing, time zones, limits, and where metrics and notices go.\n"
            "Whether the upgrade call itself is allowed, only an upgrade call tells. Nothing is changed\n"
            "anywhere. Ends with 0 when nothing failed, else with what the first failure is of: 3\n"
            "configuration, endpoint or machine, 4 database, 7 keys, permissions or clock.\n",
    .run = gw_doctor_run,
};
