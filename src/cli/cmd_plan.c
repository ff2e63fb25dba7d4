/* gatewave plan: what a rollout would be, and the file that keeps it. */
#include "gatewave/app/plan.h"

#include <stdlib.h>
#include <unistd.h>

#include "gatewave/app/inventory.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/store/rollout.h"

#include "invocation.h"

static const struct gw_option gw_plan_options[] = {
    {.name = "out", .letter = 'o', .value = "FILE", .file = true, .help = "keeps the plan, for `run FILE`"},
    {.name = "force", .help = "a FILE that is there already is replaced"},
};

static enum gw_code gw_plan_spec_run(const struct gw_invocation *inv, const struct gw_spec *spec,
                                     struct gw_err *err)
{
    struct gw_session *session = inv->session;
    const char *file = inv->argument[0], *out = gw_invocation_value(inv, "out");
    struct gw_plan *plan;
    enum gw_code code = gw_plan_new(session, spec, file, &plan, err);

    if (code)
        return code;
    if (out)
        code = gw_plan_save(plan, out, gw_invocation_has(inv, "force"), err);
    if (code == GW_OK && !gw_plan_is_begun(plan))
        code = gw_inventory_say_since(session, err);
    if (code == GW_OK) {
        gw_plan_show(plan, &session->out, session->format);
        if (gw_plan_is_begun(plan))
            gw_session_next(session, "status %s", spec->name);
        else
            gw_session_next(session, "run %s", out ? out : file);
    }
    gw_plan_free(plan);
    return code;
}

/* A rollout of the database is planned no more, and its name is no file. */
static enum gw_code gw_plan_refuse_name(struct gw_session *session, const char *word, struct gw_err *err)
{
    struct gw_rollout_row row;

    if (access(word, F_OK) == 0 || gw_rollout_find(session->store, word, &row, NULL) != GW_OK)
        return GW_OK;
    return gw_err_set(
        err, GW_ERR_INPUT,
        "%s is no file, but a rollout whose devices are settled: `%s report %s` lists them, `%s run "
        "%s` goes on with it",
        word, session->program, word, session->program, word);
}

static enum gw_code gw_plan_run(const struct gw_invocation *inv, int *ret_exit, struct gw_err *err)
{
    struct gw_spec *spec = gw_mem_new(1, sizeof(*spec));
    enum gw_code code = gw_plan_refuse_name(inv->session, inv->argument[0], err);

    (void)ret_exit;
    if (code == GW_OK)
        code = gw_spec_read(inv->argument[0], spec, &inv->session->problems, err);
    if (code == GW_OK) {
        code = gw_plan_spec_run(inv, spec, err);
        gw_spec_release(spec);
    }
    free(spec);
    return code;
}

const struct gw_command gw_command_plan = {
    .name = "plan",
    .arguments = "ROLLOUT.yaml",
    .min_arguments = 1,
    .max_arguments = 1,
    .files = true,
    .need = GW_NEED_READ,
    .summary = "shows what a rollout would do, and touches nothing",
    .text =
        "  gatewave plan os-2.4.0.yaml\n"
        "  gatewave plan os-2.4.0.yaml -o os-2.4.0.plan\n"
        "  gatewave plan os-2.4.0.yaml --output csv > who-when.csv\n\n"
        "Waves with what is in them, how long each takes at its pace and in its windows, which combinations "
        "of "
        "model,\n"
        "version, ISP and HA mode the first wave does not try, what the gates can see, and who is left out. "
        "JSON has\n"
        "all of that; JSON lines and CSV have one row a device, in the order in which they are called. With "
        "-o "
        "the\n"
        "plan is kept: `gatewave run FILE` does exactly that, and refuses when the inventory or the rollout "
        "file says\n"
        "something else by then.\n",
    .options = gw_plan_options,
    .n_options = GW_COUNT_OF(gw_plan_options),
    .run = gw_plan_run,
};
