/* gatewave report */
#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "invocation.h"

static const struct gw_option gw_report_options[] = {
    {.name = "output",
     .value = "FORMAT",
     .choices = "table|json|jsonl|csv|md",
     .help = "how it is written; md is the morning page"},
};

static enum gw_code gw_report_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    const char *output = gw_invocation_value(inv, "output");
    const char *name = inv->n_arguments ? inv->argument[0] : NULL;

    (void)ret_exit;
    return output && gw_text_equal(output, "md") ? gw_report_page(inv->session, name, err)
                                                 : gw_report_show(inv->session, name, err);
}

const struct gw_command gw_command_report = {
    .name = "report",
    .arguments = "[NAME]",
    .max_arguments = 1,
    .need = GW_NEED_READ,
    .summary = "tells what became of each device of a rollout",
    .text = "  gatewave report os-2.4.0\n"
            "  gatewave report os-2.4.0 --output csv > os-2.4.0.csv\n"
            "  gatewave report os-2.4.0 --output md > morning.md\n\n"
            "One line for each device: gateway_id, serial, region, wave, outcome, code, reason, attempts, "
            "request_id,\n"
            "version_before, version_after, started_at, ended_at (UTC). The table begins with a summary, and "
            "shows in\n"
            "the outcome's place how far a device is that has none yet; in JSON and CSV such an outcome is "
            "empty.\n"
            "Outcomes: succeeded, skipped (was there already), failed, deferred (could not be done now), "
            "unresolved\n"
            "(nobody can prove what happened), canceled (never sent).\n\n"
            "md is the morning page: what is done and what is not, each cause with what to do about it and "
            "whether any\n"
            "earlier rollout had it, the rollout before for comparison, the devices that somebody has to "
            "look at, and "
            "the\n"
            "next command. Without NAME: the latest rollout.\n",
    .options = gw_report_options,
    .n_options = GW_COUNT_OF(gw_report_options),
    .run = gw_report_run,
};
