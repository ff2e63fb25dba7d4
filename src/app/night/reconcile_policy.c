/*
 * One policy in one night. A rollout of an earlier night that still is what is wanted is gone on with, its waves and what
 * its gates know included; one that is not (the policy says something else, or a gateway that it has yet to call may not be
 * called tonight) is ended first, and what it has under way is watched to its end. Then what is left is rolled out anew.
 *
 * What must stay true: nobody is called who is not `drifted` tonight, or whom a person held or stopped before the policy's
 * turn came, maybe hours after the night began; and no gateway has a part in two rollouts of one
 * night: one that failed in the first would go again without its rest.
 */
#include "reconcile-local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/run.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/net/loop.h"
#include "gatewave/store/control.h"
#include "gatewave/store/rollout.h"

#include "clock.h"
#include "control/again.h"
#include "rollout/fitted.h"
#include "rollout/freeze.h"
#include "run/still.h"

struct gw_policy_work {
    struct gw_reconcile *reconcile;
    uint32_t policy;
    struct gw_drift *now; /* as it was looked at last */
    const char **tonight; /* who is to go, sorted */
    size_t n_tonight;
    bool *had;   /* by place in tonight, while a rollout's targets are looked through */
    bool ending; /* that rollout is not gone on with */
    int result;  /* the gravest that its rollouts have ended with */
    bool over;   /* a signal has ended it */
};

static const struct gw_spec *gw_policy_spec(const struct gw_policy_work *work)
{
    return &work->reconcile->policies->policy[work->policy];
}

static int gw_policy_compare(const void *key, const void *item)
{
    return strcmp(key, *(const char *const *)item);
}

/* Its place in tonight's list; NULL: it may not go. */
static const char **gw_policy_find(const struct gw_policy_work *work, const char *gateway_id)
{
    return work->n_tonight ? bsearch(gateway_id, work->tonight, work->n_tonight, sizeof(*work->tonight),
                                     gw_policy_compare)
                           : NULL;
}

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
        work->result = gw_reconcile_graver(work->result, 8);
    if (policy->count[GW_STANCE_GIVEN_UP] + policy->count[GW_STANCE_RESTING] + policy->count[GW_STANCE_BUSY] >
        0)
        work->result = gw_reconcile_graver(work->result, 1);
    return GW_OK;
}

/* The session's database must be closed. */
static enum gw_code gw_policy_drive(struct gw_policy_work *work, const struct gw_spec *spec, int *ret_exit,
                                    struct gw_err *err)
{
    const struct gw_run_request request = {
        .config = &work->reconcile->session->config,
        .spec = spec,
        .taken = &work->reconcile->session->taken,
        .profile = work->reconcile->request->profile,
        .quiet = work->reconcile->request->quiet,
        .read_before = true, /* by the sync, or by the rollout before */
    };
    struct gw_reconcile *reconcile = work->reconcile;
    enum gw_code code = gw_run_job(&request, ret_exit, err);

    reconcile->ran = gw_mem_resize(reconcile->ran, reconcile->n_ran + 1, sizeof(*reconcile->ran));
    (void)gw_text_copy(reconcile->ran[reconcile->n_ran++], sizeof(*reconcile->ran), spec->name);
    work->over = code == GW_OK && *ret_exit > 128;
    return code;
}

/* ---- an earlier night's ---- */

/* What a spec asks for, whatever it is called and however its gateways are dealt to waves. */
static enum gw_code gw_policy_gist(const char *text, struct gw_buf *ret, struct gw_err *err)
{
    struct gw_buf problems;
    struct gw_spec spec;
    enum gw_code code;

    gw_buf_init(&problems, 0);
    code = gw_spec_parse(text, strlen(text), "the database", &spec, &problems, err);
    gw_buf_release(&problems);
    if (code != GW_OK)
        return code;
    gw_again_set(&spec.name, "policy");
    gw_spec_keep_waves(&spec, 0);
    gw_spec_write(&spec, ret);
    gw_spec_release(&spec);
    return GW_OK;
}

static enum gw_code gw_policy_asks_the_same(struct gw_policy_work *work, const char *frozen, bool *ret,
                                            struct gw_err *err)
{
    struct gw_buf now, then, text;
    enum gw_code code;

    gw_buf_init(&now, 0);
    gw_buf_init(&then, 0);
    gw_buf_init(&text, 0);
    gw_spec_write(gw_policy_spec(work), &text);
    code = gw_policy_gist(gw_buf_text(&text), &now, err);
    if (code == GW_OK)
        code = gw_policy_gist(frozen, &then, err);
    if (code == GW_OK)
        *ret = gw_text_equal(gw_buf_text(&now), gw_buf_text(&then));
    gw_buf_release(&text);
    gw_buf_release(&then);
    gw_buf_release(&now);
    return code;
}

struct gw_policy_stray {
    const struct gw_policy_work *work;
    char gateway_id[GW_GATEWAY_ID_MAX]; /* one that waits there and may not go; "" */
};

/* A person's word or its own past forbids it: not that it may be there already. */
static bool gw_policy_forbids(const struct gw_policy_work *work, const char *gateway_id)
{
    const struct gw_drift *drift = &work->reconcile->drift;

    for (size_t i = 0; i < drift->n; i++) {
        const struct gw_drift_gateway *gateway = &drift->gateway[i];

        if (gateway->policy == work->policy && gw_text_equal(gateway->gateway_id, gateway_id))
            return gateway->stance == GW_STANCE_HELD || gateway->stance == GW_STANCE_RESTING ||
                   gateway->stance == GW_STANCE_GIVEN_UP;
    }
    return false;
}

/* Who is under way would be called again where his call turns out to have had no effect. */
static bool gw_policy_find_stray(void *user, const struct gw_target_row *row)
{
    struct gw_policy_stray *stray = user;

    if (gw_policy_find(stray->work, row->gateway_id) ||
        (row->state != GW_STATE_WAITING && !gw_policy_forbids(stray->work, row->gateway_id)))
        return true;
    (void)gw_text_copy(stray->gateway_id, sizeof(stray->gateway_id), row->gateway_id);
    return false;
}

/* Why a rollout is not gone on with; "" when it is. */
static enum gw_code gw_policy_why_not(struct gw_policy_work *work, const char *frozen,
                                      char reason[GW_REASON_MAX], struct gw_err *err)
{
    const struct gw_rollout_row *row = &work->now->policy[work->policy].last.row;
    struct gw_policy_stray stray = {.work = work};
    bool same = false;
    enum gw_code code = gw_policy_asks_the_same(work, frozen, &same, err);

    reason[0] = '\0';
    if (code == GW_OK && !same)
        (void)snprintf(reason, GW_REASON_MAX, "the policy says something else now");
    else if (code == GW_OK)
        code = gw_targets_each(work->reconcile->session->store, row->id, true, gw_policy_find_stray, &stray,
                               err);
    if (code == GW_OK && stray.gateway_id[0])
        (void)snprintf(reason, GW_REASON_MAX, "%s may not be called tonight", stray.gateway_id);
    return code;
}

/* Ends a rollout as a person's abort does: what waits is canceled here, what is under way by the run that follows. */
static enum gw_code gw_policy_end(struct gw_policy_work *work, const char *reason, struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    const struct gw_rollout_row *row = &work->now->policy[work->policy].last.row;
    struct gw_loop *loop = gw_loop_new();
    char by[GW_BY_SIZE];
    struct gw_order_new order = {.kind = GW_ORDER_ABORT,
                                 .argument = "",
                                 .by = by,
                                 .reason = reason,
                                 .now_unix_ms = gw_clock_unix_ms()};
    int64_t id;
    enum gw_code code = gw_policy_rollout_replace(session->store, row->id, reason, err);

    gw_freeze_by(by);
    gw_session_say(session, "rollout %s is ended: %s", row->name, reason);
    if (code == GW_OK && row->phase != GW_PHASE_ABORTING)
        code = gw_order_add(session->store, row->id, &order, &id, err);
    if (code == GW_OK)
        code = gw_still_answer(session, row->id, row->name, gw_loop_now_ms(loop), err);
    gw_loop_free(loop);
    return code;
}

static bool gw_policy_is_under_way(enum gw_state state)
{
    return state != GW_STATE_WAITING && !gw_state_is_outcome(state);
}

static bool gw_policy_had(void *user, const struct gw_target_row *row)
{
    const struct gw_policy_work *work = user;
    const char **place = gw_policy_find(work, row->gateway_id);

    if (place && (!work->ending || gw_policy_is_under_way(row->state)))
        work->had[place - work->tonight] = true;
    return true;
}

/* Whoever the continued rollout has, tonight has had; of one that is ended, who is under way in it. */
static enum gw_code gw_policy_leave_out(struct gw_policy_work *work, int64_t rollout, struct gw_err *err)
{
    size_t kept = 0;
    enum gw_code code;

    work->had = gw_mem_new(work->n_tonight, sizeof(*work->had));
    code = gw_targets_each(work->reconcile->session->store, rollout, false, gw_policy_had, work, err);
    for (size_t i = 0; i < work->n_tonight; i++)
        if (!work->had[i])
            work->tonight[kept++] = work->tonight[i];
    work->n_tonight = kept;
    free(work->had);
    return code;
}

static enum gw_code gw_policy_go_on(struct gw_policy_work *work, const char *frozen, struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    const struct gw_rollout_row *row = &work->now->policy[work->policy].last.row;
    struct gw_spec spec;
    int ended = 0;
    enum gw_code code = gw_spec_parse(frozen, strlen(frozen), row->name, &spec, &session->problems, err);

    if (code != GW_OK)
        return code;
    code = gw_policy_leave_out(work, row->id, err);
    gw_session_close(session);
    if (code == GW_OK)
        code = gw_policy_drive(work, &spec, &ended, err);
    gw_spec_release(&spec);
    /* An abort that we ordered is no abort that anybody must hear of. */
    if (code == GW_OK && !(work->ending && ended == 6))
        work->result = gw_reconcile_graver(work->result, ended);
    if (work->over)
        work->result = ended;
    return code;
}

/* The last rollout of the policy, if it is not over and no person is asked. */
static enum gw_code gw_policy_earlier(struct gw_policy_work *work, struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    const struct gw_drift_policy *policy = &work->now->policy[work->policy];
    const struct gw_policy_rollout *last = &policy->last;
    char reason[GW_REASON_MAX] = "";
    char *frozen = NULL;
    enum gw_code code;

    if (!policy->has_last || policy->stopped || last->row.phase == GW_PHASE_FINISHED ||
        last->row.phase == GW_PHASE_ABORTED)
        return GW_OK;
    code = gw_session_open(session, GW_STORE_WRITE, err);
    if (code == GW_OK)
        code = gw_rollout_spec(session->store, last->row.id, &frozen, err);
    if (code == GW_OK && last->replaced)
        (void)snprintf(reason, sizeof(reason), "an earlier night has ended it");
    else if (code == GW_OK && policy->again)
        (void)snprintf(reason, sizeof(reason), "its policy begins anew");
    else if (code == GW_OK)
        code = gw_policy_why_not(work, frozen, reason, err);
    if (code == GW_OK && reason[0])
        code = gw_policy_end(work, reason, err);
    work->ending = reason[0] != '\0';
    if (code == GW_OK)
        code = gw_policy_go_on(work, frozen, err);
    gw_session_close(session);
    free(frozen);
    return code;
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
    const struct gw_freeze_policy from = {.policy = gw_policy_spec(work)->name,
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
        work->result = work->over ? ended : gw_reconcile_graver(work->result, ended);
    return code;
}

/* After an earlier rollout that met a gate, a closed window or a refused key, the same would meet a new one. */
static bool gw_policy_may_begin(const struct gw_policy_work *work)
{
    return !work->over && work->n_tonight > 0 && (work->result == 0 || work->result == 1);
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
