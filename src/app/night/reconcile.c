/*
 * A night in order: learn, compare, write down what was found, carry the policies out one after the other, write down how
 * it ended. The session's database is open only between rollouts: a run opens connections of its own.
 */
#include "gatewave/app/reconcile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "gatewave/app/exit.h"
#include "gatewave/app/sync.h"
#include "gatewave/base/mem.h"
#include "gatewave/obs/service.h"
#include "gatewave/store/night.h"

#include "clock.h"
#include "notify/metrics.h"
#include "notify/notify.h"
#include "reconcile-local.h"
#include "takeover.h"

/* A night goes by what the cloud has; where it could not be asked at all, there is none. */
static enum gw_code gw_reconcile_learn(struct gw_reconcile *reconcile, int *ret_exit, struct gw_err *err)
{
    struct gw_session *session = reconcile->session;
    const struct gw_sync_request request = {.profile = reconcile->request->profile,
                                            .quiet = reconcile->request->quiet};
    struct gw_sync_result result;
    enum gw_code code = gw_sync_run(session, &request, &result, err);

    if (code != GW_OK)
        return code;
    reconcile->sync = result.sync;
    reconcile->partly = result.failed + result.n_unread > 0;
    reconcile->missing = result.missing;
    result.missing = (struct gw_names){.n = 0};
    if (result.interrupted || result.failed == result.parts) {
        gw_session_say(
            session, "no night without knowing what the cloud has; --no-sync goes by the inventory as it is");
        *ret_exit = result.exit_code;
    } else if (!reconcile->request->quiet) {
        gw_session_say(session,
                       "the cloud has %" PRIu64 " gateways: %" PRIu64 " new, %" PRIu64 " gone, %" PRIu64
                       " devices whose version somebody else changed",
                       result.counts.gateways, result.counts.appeared, result.counts.disappeared,
                       result.counts.foreign);
    }
    gw_sync_result_release(&result);
    return GW_OK;
}

static enum gw_code gw_reconcile_read(struct gw_reconcile *reconcile, struct gw_err *err)
{
    enum gw_code code =
        gw_policies_read(reconcile->request->file, &reconcile->policies, &reconcile->session->problems, err);
    struct gw_drift_request request;

    if (code != GW_OK)
        return code;
    request = gw_reconcile_asks(reconcile);
    return gw_drift_check(&request, err);
}

/* A night that did not begin: whoever sleeps hears of it as of one that ended so. */
static void gw_reconcile_missed(struct gw_reconcile *reconcile, int result, const char *reason)
{
    const struct gw_config *config = &reconcile->session->config;
    struct gw_metrics metrics = *gw_reconcile_figures(reconcile, UINT32_MAX, "");
    bool keys = result == GW_EXIT_KEYS;
    const struct gw_notice_facts notice = {.event = keys ? GW_NOTICE_CREDENTIALS : GW_NOTICE_NIGHT,
                                           .also = GW_NOTICE_NIGHT,
                                           .rollout = "",
                                           .version = "",
                                           .wave = "",
                                           .reason = reason,
                                           .phase = GW_PHASE_WAITING,
                                           .at_unix_ms = gw_clock_unix_ms()};

    metrics.exit_code = result;
    gw_metrics_leave(config, &metrics, reconcile->request->quiet);
    gw_notify_once(config, &notice, 1, reconcile->request->quiet);
}

/* What a sync that no night can go by has ended with, in words. */
static const char *gw_reconcile_unlearnt(int result)
{
    if (result > GW_EXIT_SIGNAL)
        return "it was stopped by a signal while it asked the cloud";
    if (result == GW_EXIT_KEYS)
        return "the credentials or the clock were refused";
    return "the cloud could not be asked what there is";
}

/* A machine's first night has nothing but its configuration: the sync will fill what is made here. */
static enum gw_code gw_reconcile_open(struct gw_reconcile *reconcile, struct gw_err *err)
{
    struct gw_session *session = reconcile->session;
    bool create = reconcile->request->sync && !reconcile->request->dry;
    bool missing = access(session->config.database, F_OK) != 0;
    enum gw_code code = gw_session_open(session, create ? GW_STORE_CREATE : GW_STORE_WRITE, err);

    if (code == GW_OK && missing)
        gw_session_say(session, "created the database %s", gw_store_file(session->store));
    return code;
}

enum gw_code gw_reconcile_new(struct gw_session *session, const struct gw_reconcile_request *request,
                              struct gw_reconcile **ret, int *ret_exit, struct gw_err *err)
{
    struct gw_reconcile *reconcile = gw_mem_new(1, sizeof(*reconcile));
    enum gw_code code;

    *ret_exit = 0;
    reconcile->session = session;
    reconcile->request = request;
    reconcile->started_unix_ms = gw_clock_unix_ms();
    code = gw_reconcile_read(reconcile, err);
    /* What was asked for can be done; how long the first look takes is nobody's start. */
    if (code == GW_OK)
        gw_service_ready();
    if (code == GW_OK)
        code = gw_reconcile_open(reconcile, err);
    if (code == GW_OK && request->sync)
        code = gw_reconcile_learn(reconcile, ret_exit, err);
    if (code == GW_OK && *ret_exit == 0)
        code = gw_reconcile_find(reconcile, err);
    gw_session_close(session);
    if (code == GW_OK && *ret_exit == 0) {
        *ret = reconcile;
        return GW_OK;
    }
    if (!request->dry)
        gw_reconcile_missed(reconcile, code == GW_OK ? *ret_exit : gw_exit_code(code),
                            code == GW_OK ? gw_reconcile_unlearnt(*ret_exit) : err->text);
    gw_reconcile_free(reconcile);
    return code;
}

void gw_reconcile_free(struct gw_reconcile *reconcile)
{
    if (!reconcile)
        return;
    gw_reconcile_forget_notes(reconcile);
    free(reconcile->gone);
    free(reconcile->ran);
    gw_buf_release(&reconcile->trouble);
    free(reconcile->figures);
    gw_drift_release(&reconcile->drift);
    gw_policies_free(reconcile->policies);
    gw_names_release(&reconcile->missing);
    free(reconcile);
}

/* Its last rollout is not over, and no person is asked. */
static bool gw_reconcile_is_open(const struct gw_drift_policy *policy)
{
    return policy->has_last && !policy->stopped && policy->last.row.phase != GW_PHASE_FINISHED &&
           policy->last.row.phase != GW_PHASE_ABORTED;
}

static bool gw_reconcile_wants(const struct gw_drift_policy *policy)
{
    return policy->count[GW_STANCE_DRIFTED] > 0 || gw_reconcile_is_open(policy);
}

bool gw_reconcile_has_work(const struct gw_reconcile *reconcile)
{
    for (size_t i = 0; i < reconcile->policies->n; i++)
        if (gw_reconcile_wants(&reconcile->drift.policy[i]))
            return true;
    return reconcile->n_gone > 0;
}

/* ---- what is written down ---- */

static enum gw_code gw_reconcile_begin(struct gw_reconcile *reconcile, struct gw_err *err)
{
    const struct gw_drift *drift = &reconcile->drift;
    struct gw_drift_row *row = gw_mem_new(drift->n, sizeof(*row));
    struct gw_night_new night = {
        .policies = reconcile->policies->file,
        .sync = reconcile->sync,
        .now_unix_ms = gw_clock_unix_ms(),
        .gateways = drift->gateways,
        .converged = drift->converged,
        .drift = row,
        .n_drift = drift->n,
    };
    enum gw_code code = gw_session_open(reconcile->session, GW_STORE_WRITE, err);

    for (size_t i = 0; i < drift->n; i++) {
        const struct gw_spec *policy = &reconcile->policies->policy[drift->gateway[i].policy];

        row[i] = (struct gw_drift_row){.gateway_id = drift->gateway[i].gateway_id,
                                       .policy = policy->name,
                                       .version = policy->version,
                                       .reason = drift->gateway[i].reason,
                                       .stance = drift->gateway[i].stance};
    }
    if (code == GW_OK)
        code = gw_night_begin(reconcile->session->store, &night, &reconcile->night, err);
    gw_session_close(reconcile->session);
    free(row);
    return code;
}

static enum gw_code gw_reconcile_end(struct gw_reconcile *reconcile, int result, struct gw_err *err)
{
    enum gw_code code = gw_session_open(reconcile->session, GW_STORE_WRITE, err);

    if (code == GW_OK)
        code = gw_night_end(reconcile->session->store, reconcile->night, result, gw_clock_unix_ms(), err);
    gw_session_close(reconcile->session);
    return code;
}

/* ---- the night ---- */

/* What the drift alone says, whatever the rollouts come to. */
static int gw_reconcile_found(const struct gw_reconcile *reconcile)
{
    int found = reconcile->missing.n > 0 ? GW_EXIT_WAITS : reconcile->partly ? GW_EXIT_PARTLY : GW_EXIT_OK;

    for (size_t i = 0; i < reconcile->policies->n; i++) {
        const struct gw_drift_policy *policy = &reconcile->drift.policy[i];

        if (policy->gateways == 0)
            found = gw_exit_graver(found, GW_EXIT_INPUT);
        if (policy->count[GW_STANCE_STOPPED] > 0)
            found = gw_exit_graver(found, GW_EXIT_WAITS);
        if (policy->count[GW_STANCE_GIVEN_UP] + policy->count[GW_STANCE_RESTING] +
                policy->count[GW_STANCE_SPENT] + policy->count[GW_STANCE_BUSY] >
            0)
            found = gw_exit_graver(found, GW_EXIT_PARTLY);
    }
    return found;
}

/* Not of the database or of the program: a policy's own file, keys, or calls that another rollout has not settled. */
static bool gw_reconcile_is_its_own(enum gw_code code)
{
    return code == GW_ERR_INPUT || code == GW_ERR_NOT_FOUND || code == GW_ERR_NETWORK ||
           code == GW_ERR_CREDENTIALS || code == GW_ERR_BUSY;
}

/*
 * What one turn of a night ended with. One that could not be taken is said, and does not keep the others from theirs; a
 * store that fails does.
 */
static enum gw_code gw_reconcile_ended(struct gw_reconcile *reconcile, const char *policy, enum gw_code code,
                                       int ended, int *result, struct gw_err *err)
{
    if (code != GW_OK)
        gw_reconcile_trouble(reconcile, policy, err->text);
    if (code != GW_OK && !gw_reconcile_is_its_own(code))
        return gw_err_prefix(err, "policy %s", policy);
    if (code != GW_OK) {
        gw_session_say(reconcile->session, "policy %s: %s", policy, err->text);
        ended = gw_exit_graver(ended, gw_exit_code(code));
    }
    *result = gw_exit_graver(*result, ended);
    return GW_OK;
}

/*
 * Another policy is the first each night: one that waits for a device until its window closes would keep the others from
 * theirs for ever. A signal ends them all.
 */
static enum gw_code gw_reconcile_policies(struct gw_reconcile *reconcile, int *result, struct gw_err *err)
{
    uint32_t n = (uint32_t)reconcile->policies->n;
    enum gw_code code = GW_OK;
    bool over = false;
    int ended;

    for (size_t i = 0; i < reconcile->n_gone && code == GW_OK && !over; i++) {
        code = gw_reconcile_end_gone(reconcile, i, &ended, &over, err);
        code = gw_reconcile_ended(reconcile, reconcile->gone[i].policy, code, ended, result, err);
    }
    for (uint32_t turn = 0; turn < n && code == GW_OK && !over; turn++) {
        uint32_t i = (uint32_t)((uint64_t)(reconcile->night - 1 + turn) % n);

        if (!gw_reconcile_wants(&reconcile->drift.policy[i]))
            continue;
        code = gw_reconcile_policy(reconcile, i, &ended, &over, err);
        code = gw_reconcile_ended(reconcile, reconcile->policies->policy[i].name, code, ended, result, err);
    }
    return code;
}

/* What was taken over is given back, however the night ends, and what an earlier one could not give back as well. */
static enum gw_code gw_reconcile_taking_over(struct gw_reconcile *reconcile, int *result, struct gw_err *err)
{
    struct gw_err later;
    enum gw_code code = GW_OK, returned;

    if (reconcile->request->take_over)
        code = gw_takeover_begin(reconcile, err);
    if (code == GW_OK && !reconcile->signaled)
        code = gw_reconcile_policies(reconcile, result, err);
    returned = gw_takeover_end(reconcile, code == GW_OK ? err : &later);
    if (reconcile->signaled)
        *result = gw_exit_graver(*result, GW_EXIT_SIGNAL + reconcile->signaled);
    return code == GW_OK ? returned : code;
}

static enum gw_code gw_reconcile_alone(struct gw_reconcile *reconcile, int *ret_exit, struct gw_err *err)
{
    struct gw_err later;
    int result = gw_reconcile_found(reconcile);
    enum gw_code code = gw_reconcile_taking_over(reconcile, &result, err);

    if (code != GW_OK)
        (void)gw_reconcile_end(reconcile, gw_exit_code(code), &later);
    else
        code = gw_reconcile_end(reconcile, result, err);
    gw_reconcile_tell(reconcile, code == GW_OK ? result : gw_exit_code(code), code == GW_OK ? "" : err->text);
    if (code == GW_OK)
        *ret_exit = result;
    return code;
}

enum gw_code gw_reconcile_run(struct gw_reconcile *reconcile, int *ret_exit, struct gw_err *err)
{
    int night = -1;
    enum gw_code code = gw_session_open(reconcile->session, GW_STORE_WRITE, err);

    if (code == GW_OK)
        code = gw_night_take(reconcile->session->store, &night, err);
    gw_session_close(reconcile->session);
    if (code == GW_OK)
        code = gw_reconcile_begin(reconcile, err);
    if (code == GW_OK)
        code = gw_reconcile_alone(reconcile, ret_exit, err);
    else if (code != GW_ERR_BUSY) /* that one tells of itself */
        gw_reconcile_missed(reconcile, gw_exit_code(code), err->text);
    gw_night_release(night);
    return code;
}
