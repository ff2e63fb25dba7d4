/* gatewave hold: gateways that are left alone. */
#include "gatewave/app/hold.h"
#include "gatewave/base/check.h"

#include "invocation.h"

static const struct gw_option gw_hold_options[] = {
    {.name = "reason", .value = "TEXT", .help = "why; needed, and kept"},
    {.name = "until", .value = "DATE", .help = "2026-12-24, 2026-12-24T06:00:00Z or 7d; needed"},
    {.name = "lift", .help = "ends the holds of a gateway"},
};

static enum gw_code gw_hold_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    const char *reason = gw_invocation_value(inv, "reason"), *until = gw_invocation_value(inv, "until");
    bool lift = gw_invocation_has(inv, "lift");

    (void)ret_exit;
    if (inv->n_arguments == 0 && (reason || until || lift))
        return gw_err_set(err, GW_ERR_USAGE, "say which gateway is meant");
    if (inv->n_arguments == 0)
        return gw_holds_show(inv->session, err);
    if (lift && (reason || until))
        return gw_err_set(err, GW_ERR_USAGE, "--lift ends a hold; it takes neither --reason nor --until");
    if (lift)
        return gw_hold_end(inv->session, inv->argument[0], err);
    if (!reason || !until || reason[0] == '\0')
        return gw_err_set(err, GW_ERR_USAGE,
                          "a hold needs --reason and --until: who finds it must know why it is there");
    return gw_hold(inv->session, inv->argument[0], reason, until, err);
}

const struct gw_command gw_command_hold = {
    .name = "hold",
    .arguments = "[GATEWAY]",
    .max_arguments = 1,
    .need = GW_NEED_CONFIG,
    .summary = "keeps a gateway from upgrades for a time, or lists what is held",
    .text =
        "  gatewave hold\n"
        "  gatewave hold sag-a1 --reason 'inventory in the shop' --until 2026-12-24\n"
        "  gatewave hold sag-a1 --lift\n\n"
        "A gateway that is held gets no upgrade call, by no rollout that begins or goes on meanwhile; a run "
        "that is\n"
        "under way is not changed. A date is meant to its end, in UTC.\n"
        "Holds end by themselves, and are kept with who and why.\n",
    .options = gw_hold_options,
    .n_options = GW_COUNT_OF(gw_hold_options),
    .run = gw_hold_run,
};
