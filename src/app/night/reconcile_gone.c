/*
 * Rollouts that policies began which their file has no more, renamed ones among them: nobody would ever go on with these,
 * and whoever is under way in one is kept from all others. A night ends them before its policies' turns. What nights of
 * another file began is that file's, and what somebody runs just now is his.
 */
#include "policy-local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/store/night.h"
#include "gatewave/store/rollout.h"

#include "drift-local.h"

static bool gw_gone_is_there(const struct gw_policies *policies, const char *name)
{
    for (size_t i = 0; i < policies->n; i++)
        if (gw_text_equal(policies->policy[i].name, name))
            return true;
    return false;
}

static bool gw_gone_row(void *user, const struct gw_policy_open_row *row)
{
    struct gw_reconcile *reconcile = user;
    struct gw_reconcile_gone *gone;

    if (!gw_text_equal(row->policies, reconcile->policies->file) ||
        gw_gone_is_there(reconcile->policies, row->policy))
        return true;
    reconcile->gone = gw_mem_resize(reconcile->gone, reconcile->n_gone + 1, sizeof(*reconcile->gone));
    gone = &reconcile->gone[reconcile->n_gone++];
    (void)gw_text_copy(gone->rollout, sizeof(gone->rollout), row->rollout);
    (void)gw_text_copy(gone->policy, sizeof(gone->policy), row->policy);
    return true;
}

enum gw_code gw_reconcile_find_gone(struct gw_reconcile *reconcile, struct gw_err *err)
{
    return gw_policy_rollouts_open(reconcile->session->store, gw_gone_row, reconcile, err);
}

/* What it has under way is watched to its end; an abort that we ordered is none that anybody must hear of. */
static enum gw_code gw_gone_watch(struct gw_policy_work *work, const char *frozen, const char *name,
                                  struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    struct gw_spec spec;
    int ended = 0;
    enum gw_code code = gw_spec_parse(frozen, strlen(frozen), name, &spec, &session->problems, err);

    if (code != GW_OK)
        return code;
    gw_session_close(session);
    code = gw_policy_drive(work, &spec, &ended, err);
    gw_spec_release(&spec);
    work->result = ended == GW_EXIT_STOPPED ? GW_EXIT_OK : ended;
    return code;
}

/* Should the policy come back, it begins anew; but not what a gate or a person had stopped. */
static enum gw_code gw_gone_abort(struct gw_reconcile *reconcile, const struct gw_rollout_row *row,
                                  const char *policy, struct gw_err *err)
{
    struct gw_store *store = reconcile->session->store;
    char reason[GW_REASON_MAX], *stopped = NULL, *way_on = NULL;
    enum gw_code code = gw_drift_standstill(store, row, &stopped, &way_on, err);

    (void)snprintf(reason, sizeof(reason), "policy %s is not in %s any more", policy,
                   reconcile->policies->file);
    if (code == GW_OK && !stopped)
        code = gw_policy_rollout_replace(store, row->id, reason, err);
    if (code == GW_OK)
        code = gw_policy_abort(reconcile, row, reason, err);
    free(stopped);
    free(way_on);
    return code;
}

static enum gw_code gw_gone_end(struct gw_policy_work *work, const struct gw_reconcile_gone *gone,
                                struct gw_err *err)
{
    struct gw_reconcile *reconcile = work->reconcile;
    struct gw_store *store;
    struct gw_rollout_row row;
    char *frozen = NULL;
    bool held = false;
    enum gw_code code = gw_session_open(reconcile->session, GW_STORE_WRITE, err);

    if (code != GW_OK)
        return code;
    store = reconcile->session->store;
    code = gw_rollout_find(store, gone->rollout, &row, err);
    if (code == GW_OK)
        code = gw_lease_is_held(store, row.id, &held, err);
    if (code != GW_OK || held)
        return code;
    code = gw_gone_abort(reconcile, &row, gone->policy, err);
    if (code == GW_OK)
        code = gw_rollout_find(store, gone->rollout, &row, err);
    if (code != GW_OK || row.phase == GW_PHASE_ABORTED || row.phase == GW_PHASE_FINISHED)
        return code;
    code = gw_rollout_spec(store, row.id, &frozen, err);
    if (code == GW_OK)
        code = gw_gone_watch(work, frozen, row.name, err);
    free(frozen);
    return code;
}

enum gw_code gw_reconcile_end_gone(struct gw_reconcile *reconcile, size_t i, int *ret_exit, bool *ret_over,
                                   struct gw_err *err)
{
    struct gw_policy_work work = {.reconcile = reconcile};
    enum gw_code code = gw_gone_end(&work, &reconcile->gone[i], err);

    gw_session_close(reconcile->session);
    *ret_exit = work.result;
    *ret_over = work.over;
    return code;
}
