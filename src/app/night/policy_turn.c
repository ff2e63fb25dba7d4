/*
 * One policy in one night. A rollout of an earlier night that still is what is wanted is gone on with, its waves and what
 * its gates know included; one that is not (the policy says something else, or a gateway that it has yet to call may not be
 * called tonight) is ended first, and what it has under way is watched to its end. Then what is left is rolled out anew.
 *
 * What must stay true: nobody is called who is not `drifted` tonight, or whom a person held or stopped before the policy's
 * turn came, maybe hours after the night began; and no gateway has a part in two rollouts of one
 * night: one that failed in the first would go again without its rest.
 */
#include "policy-local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/when.h"
#include "gatewave/store/rollout.h"

#include "clock.h"
#include "control/again.h"
#include "rollout/fitted.h"
#include "rollout/freeze.h"

/*
 * While other rollouts ran, people held gateways and stopped rollouts, and devices failed: whoever was to go tonight and
 * may not any more does not. The session's database must be closed.
 */
static enum gw_code gw_policy_look(struct gw_policy_work *work, struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    const struct gw_drift_request request = gw_reconcile_asks(work->reconcile);
    const struct gw_drift_policy *policy = &work->now->policy[work->policy];
    enum gw_code code = gw_session_open(session, GW_STORE_READ, err);

    gw_drift_release(work->now);
    if (code == GW_OK)
        code = gw_drift_find(session->store, &request, work->now, err);
    gw_session_close(session);
    if (code != GW_OK)
        return code;
    gw_drift_still(work->now, work->policy, work->tonight, &work->n_tonight);
    if (policy->count[GW_STANCE_STOPPED] > 0)
        work->result = gw_exit_graver(work->result, GW_EXIT_WAITS);
    if (policy->count[GW_STANCE_GIVEN_UP] + policy->count[GW_STANCE_RESTING] + policy->count[GW_STANCE_BUSY] >
        0)
        work->result = gw_exit_graver(work->result, GW_EXIT_PARTLY);
    return GW_OK;
}

/* ---- tonight's ---- */

/* "os.2026-11-23": the day, in UTC, on which it is begun. */
static void gw_policy_stem(const char *policy, char *ret, size_t size)
{
    char now[GW_WHEN_TEXT_SIZE];

    gw_when_text(gw_clock_unix_ms(), now);
    (void)snprintf(ret, size, "%s.%.*s", policy, (int)strcspn(now, "T"), now);
}

static enum gw_code gw_policy_freeze(struct gw_policy_work *work, struct gw_spec *spec, struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    const struct gw_gateway_list only = {work->tonight, work->n_tonight};
    const struct gw_drift_policy *found = &work->reconcile->drift.policy[work->policy];
    const struct gw_freeze_from from = {.policy = gw_policy_spec(work)->name,
                                        .night = work->reconcile->night,
                                        .last = found->has_last ? found->last.row.id : 0,
                                        .only = &only};
    char stem[GW_ROLLOUT_NAME_MAX];
    struct gw_rollout_row row;
    enum gw_code code = gw_session_open(session, GW_STORE_WRITE, err);

    gw_policy_stem(gw_policy_spec(work)->name, stem, sizeof(stem));
    gw_fitted_waves(spec, (uint32_t)work->n_tonight);
    if (code == GW_OK)
        code = gw_again_name(session, stem, false, spec, err);
    if (code == GW_OK)
        code = gw_freeze(session->store, spec, NULL, &from, &row, err);
    gw_session_close(session);
    return code;
}

static enum gw_code gw_policy_begin(struct gw_policy_work *work, struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    struct gw_spec spec;
    struct gw_buf text;
    int ended = 0;
    enum gw_code code;

    gw_buf_init(&text, 0);
    gw_spec_write(gw_policy_spec(work), &text);
    code = gw_spec_parse(gw_buf_text(&text), text.len, work->reconcile->policies->file, &spec,
                         &session->problems, err);
    gw_buf_release(&text);
    if (code != GW_OK)
        return code;
    code = gw_policy_freeze(work, &spec, err);
    if (code == GW_OK)
        code = gw_policy_drive(work, &spec, &ended, err);
    gw_spec_release(&spec);
    if (code == GW_OK)
        work->result = gw_exit_graver(work->result, ended);
    return code;
}

/* After an earlier rollout that met a gate, a closed window or a refused key, the same would meet a new one. */
static bool gw_policy_may_begin(const struct gw_policy_work *work)
{
    return !work->over && work->n_tonight > 0 &&
           (work->result == GW_EXIT_OK || work->result == GW_EXIT_PARTLY);
}

enum gw_code gw_reconcile_policy(struct gw_reconcile *reconcile, uint32_t policy, int *ret_exit,
                                 bool *ret_over, struct gw_err *err)
{
    struct gw_policy_work work = {.reconcile = reconcile, .policy = policy};
    size_t ran = reconcile->n_ran;
    enum gw_code code;

    work.tonight = gw_drift_tonight(&reconcile->drift, policy, &work.n_tonight);
    work.now = gw_mem_new(1, sizeof(*work.now));
    code = gw_policy_look(&work, err);
    if (code == GW_OK)
        code = gw_policy_earlier(&work, err);
    if (code == GW_OK && reconcile->n_ran > ran && !work.over)
        code = gw_policy_look(&work, err);
    if (code == GW_OK && gw_policy_may_begin(&work))
        code = gw_policy_begin(&work, err);
    gw_drift_release(work.now);
    free(work.now);
    free(work.tonight);
    *ret_exit = work.result;
    *ret_over = work.over;
    return code;
}
