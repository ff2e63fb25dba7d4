/*
 * A policy's rollout of an earlier night: gone on with while it still is what is wanted, its waves and what its gates know
 * included; else ended, and what it has under way watched to its end.
 *
 * What must stay true: in a rollout that is gone on with, nobody waits whom tonight forbids.
 */
#include "policy-local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/store/rollout.h"

#include "control/again.h"

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

/*
 * Who waits and is there already is read and skipped. Who is under way would be called again where his call turns out to
 * have had no effect.
 */
static bool gw_policy_find_stray(void *user, const struct gw_target_row *row)
{
    struct gw_policy_stray *stray = user;
    const struct gw_policy_work *work = stray->work;
    bool may = row->state == GW_STATE_WAITING
                   ? gw_names_find(&work->now->policy[work->policy].there, row->gateway_id) != GW_NO_NAME
                   : !gw_policy_forbids(work, row->gateway_id);

    if (may || gw_policy_find(work, row->gateway_id))
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

/* Another one takes its place. */
static enum gw_code gw_policy_end(struct gw_policy_work *work, const char *reason, struct gw_err *err)
{
    struct gw_session *session = work->reconcile->session;
    const struct gw_rollout_row *row = &work->now->policy[work->policy].last.row;
    enum gw_code code = gw_policy_rollout_replace(session->store, row->id, reason, err);

    return code == GW_OK ? gw_policy_abort(work->reconcile, row, reason, err) : code;
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
    if (code == GW_OK && !(work->ending && ended == GW_EXIT_STOPPED))
        work->result = gw_exit_graver(work->result, ended);
    return code;
}

enum gw_code gw_policy_earlier(struct gw_policy_work *work, struct gw_err *err)
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
