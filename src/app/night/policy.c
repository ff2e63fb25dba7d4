/* What the parts of a policy's turn ask for and do alike: whom it may call, to run a rollout, to end one. */
#include "policy-local.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/run.h"
#include "gatewave/net/loop.h"
#include "gatewave/store/control.h"
#include "gatewave/store/rollout.h"

#include "clock.h"
#include "rollout/freeze.h"
#include "run/still.h"

const struct gw_spec *gw_policy_spec(const struct gw_policy_work *work)
{
    return &work->reconcile->policies->policy[work->policy];
}

static int gw_policy_compare(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

const char **gw_policy_find(const struct gw_policy_work *work, const char *gateway_id)
{
    return work->n_tonight ? bsearch(gateway_id, work->tonight, work->n_tonight, sizeof(*work->tonight),
                                     gw_policy_compare)
                           : NULL;
}

enum gw_code gw_policy_drive(struct gw_policy_work *work, const struct gw_spec *spec, int *ret_exit,
                             struct gw_err *err)
{
    int signaled = 0;
    const struct gw_run_request request = {
        .config = &work->reconcile->session->config,
        .spec = spec,
        .taken = &work->reconcile->session->taken,
        .profile = work->reconcile->request->profile,
        .quiet = work->reconcile->request->quiet,
        .read_before = true, /* by the sync, or by the rollout before */
        .figures = gw_reconcile_figures(work->reconcile, work->policy, spec->name),
        .signal = &signaled,
    };
    enum gw_code code = gw_run_job(&request, ret_exit, err);

    gw_reconcile_ran(work->reconcile, spec->name);
    /* The rollout had its end already; what was to end is the night. */
    if (code == GW_OK && signaled)
        *ret_exit = GW_EXIT_SIGNAL + signaled;
    work->over = code == GW_OK && *ret_exit > GW_EXIT_SIGNAL;
    return code;
}

enum gw_code gw_policy_abort(struct gw_reconcile *reconcile, const struct gw_rollout_row *row,
                             const char *reason, struct gw_err *err)
{
    struct gw_session *session = reconcile->session;
    struct gw_loop *loop = gw_loop_new();
    char by[GW_BY_SIZE];
    struct gw_order_new order = {.kind = GW_ORDER_ABORT,
                                 .argument = "",
                                 .by = by,
                                 .reason = reason,
                                 .now_unix_ms = gw_clock_unix_ms()};
    int64_t id;
    enum gw_code code = GW_OK;

    gw_freeze_by(by);
    gw_session_say(session, "rollout %s is ended: %s", row->name, reason);
    if (row->phase != GW_PHASE_ABORTING)
        code = gw_order_add(session->store, row->id, &order, &id, err);
    if (code == GW_OK)
        code = gw_still_answer(session, row->id, row->name, gw_loop_now_ms(loop), err);
    gw_loop_free(loop);
    return code;
}
