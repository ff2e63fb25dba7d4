/* Showing the plan and asking. The session's database is open only meanwhile: a run opens connections of its own. */
#include "confirm.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/app/plan.h"
#include "gatewave/base/text.h"
#include "gatewave/store/rollout.h"

/* GW_OK: it was begun; GW_ERR_NOT_FOUND: it was not. */
static enum gw_code gw_confirm_is_begun(struct gw_session *session, const struct gw_spec *spec,
                                        struct gw_err *err)
{
    struct gw_rollout_row row;

    return gw_rollout_find(session->store, spec->name, &row, err);
}

/* An answer is a line; the end of the input is no yes. */
bool gw_confirm_ask(struct gw_session *session, const char *question)
{
    char line[16] = "";

    gw_sink_write(&session->talk, question, strlen(question));
    gw_sink_write(&session->talk, " [y/N] ", strlen(" [y/N] "));
    if (!fgets(line, sizeof(line), stdin))
        gw_session_say(session, "%s", "");
    return gw_text_equal_nocase(line, "y\n") || gw_text_equal_nocase(line, "yes\n");
}

enum gw_code gw_confirm_plan(struct gw_session *session, const struct gw_spec *spec, const char *file,
                             bool *ret_yes, struct gw_err *err)
{
    struct gw_plan *plan;
    enum gw_code code;

    *ret_yes = true;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return GW_OK;
    code = gw_session_open(session, GW_STORE_READ, err);
    if (code)
        return code;
    code = gw_confirm_is_begun(session, spec, err);
    if (code == GW_ERR_NOT_FOUND)
        code = gw_plan_new(session, spec, file, &plan, err);
    else
        plan = NULL;
    if (code == GW_OK && plan) {
        gw_plan_show(plan, &session->talk, GW_OUTPUT_TABLE);
        *ret_yes = gw_confirm_ask(session, "Begin this rollout?");
        gw_plan_free(plan);
    }
    gw_session_close(session);
    return code;
}

void gw_confirm_place(struct gw_session *session, const struct gw_spec *spec, const char *file,
                      struct gw_err *err)
{
    struct gw_plan *plan;
    struct gw_err again;

    if (session->problems.len > 0 || gw_session_open(session, GW_STORE_READ, &again) != GW_OK)
        return;
    if (gw_confirm_is_begun(session, spec, &again) == GW_ERR_NOT_FOUND) {
        if (gw_plan_new(session, spec, file, &plan, &again) == GW_OK)
            gw_plan_free(plan);
        else if (session->problems.len > 0)
            *err = again;
    }
    gw_session_close(session);
}
