/* gatewave reconcile: the fleet to the versions that the policies want. */
#include <stdlib.h>
#include <unistd.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/reconcile.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "confirm.h"
#include "invocation.h"

static const struct gw_option gw_reconcile_options[] = {
    {.name = "dry-run", .help = "shows the drift and what would be upgraded; calls nobody"},
    {.name = "no-sync", .help = "goes by the inventory as it is"},
    {.name = "again",
     .value = "POLICY",
     .help = "lets a policy begin anew whose last rollout was stopped or rolled back; repeatable"},
    {.name = "take-over",
     .help = "sets devices that upgrade by themselves to manual, and back when the night ends"},
    {.name = "yes", .help = "does not ask, on a terminal too"},
    {.name = "quiet", .help = "no progress"},
};

/* What every --again says; ret has room for all that was given. */
static size_t gw_reconcile_again(const struct gw_invocation *inv, const char **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < inv->n_given; i++)
        if (gw_text_equal(inv->given[i].option->name, "again"))
            ret[n++] = inv->given[i].value;
    return n;
}

/* On a terminal a person sees the drift and says yes; elsewhere it was said by starting it. */
static bool gw_reconcile_is_wanted(const struct gw_invocation *inv)
{
    if (gw_invocation_has(inv, "yes") || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return true;
    return gw_confirm_ask(inv->session, "Begin this night?");
}

static enum gw_code gw_reconcile_night(const struct gw_invocation *inv, struct gw_reconcile *reconcile,
                                       int *ret_exit, struct gw_err *err)
{
    struct gw_session *session = inv->session;
    bool dry = gw_invocation_has(inv, "dry-run");
    enum gw_code code;

    gw_reconcile_show(reconcile, &session->out, session->format, dry);
    if (dry) {
        gw_session_next(session, "reconcile %s", inv->argument[0]);
        return GW_OK;
    }
    if (gw_reconcile_has_work(reconcile) && !gw_reconcile_is_wanted(inv)) {
        gw_session_say(session, "not begun: nothing was called");
        *ret_exit = GW_EXIT_STOPPED; /* by a person, who did not want it after all */
        return GW_OK;
    }
    code = gw_reconcile_run(reconcile, ret_exit, err);
    gw_reconcile_show_trouble(reconcile, &session->out, session->format);
    if (code == GW_OK)
        gw_session_next(session, gw_reconcile_has_work(reconcile) ? "history" : "reconcile %s --dry-run",
                        inv->argument[0]);
    return code;
}

static enum gw_code gw_reconcile_run_command(const struct gw_invocation *inv, int *ret_exit,
                                             struct gw_err *err)
{
    const char **again = gw_mem_new(inv->n_given, sizeof(*again));
    struct gw_reconcile_request request = {.file = inv->argument[0],
                                           .profile = gw_invocation_value(inv, "profile"),
                                           .sync = !gw_invocation_has(inv, "no-sync"),
                                           .dry = gw_invocation_has(inv, "dry-run"),
                                           .take_over = gw_invocation_has(inv, "take-over"),
                                           .quiet = gw_invocation_has(inv, "quiet"),
                                           .again = again,
                                           .n_again = gw_reconcile_again(inv, again)};
    struct gw_reconcile *reconcile;
    enum gw_code code = gw_reconcile_new(inv->session, &request, &reconcile, ret_exit, err);

    if (code == GW_OK && *ret_exit == 0) {
        code = gw_reconcile_night(inv, reconcile, ret_exit, err);
        gw_reconcile_free(reconcile);
    }
    free(again);
    return code;
}

const struct gw_command gw_command_reconcile = {
    .name = "reconcile",
    .arguments = "POLICIES.yaml",
    .min_arguments = 1,
    .max_arguments = 1,
    .files = true,
    .need = GW_NEED_CONFIG,
    .summary = "brings the fleet to the versions that policies want, night by night",
    .text =
        "  gatewave reconcile policies.yaml --dry-run\n"
        "  gatewave reconcile policies.yaml --yes\n"
        "\n"
        "Asks the cloud what there is (`inventory sync`), compares it with the policies, and rolls out what "
        "has\n"
        "drifted, one policy after the other, as rollouts named by policy and date. A rollout of an earlier "
        "night\n"
        "that is still what is wanted is gone on with. Left alone are: gateways on `gatewave hold`, those "
        "that\n"
        "failed not long ago or too often, those whose site has restarted often enough, those that the "
        "cloud's\n"
        "list lacks together with too many others to be believed (see `inventory sync`), and policies whose "
        "last\n"
        "rollout was stopped by a gate or a person, or rolled back. A fleet that is as it should be gets no\n"
        "upgrade call at all.\n"
        "The exit code is the gravest of what the rollouts ended with.\n",
    .options = gw_reconcile_options,
    .n_options = GW_COUNT_OF(gw_reconcile_options),
    .run = gw_reconcile_run_command,
};
