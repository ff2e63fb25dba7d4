/*
 * What a night says when it is over: its figures to Prometheus, a notice with its counts, and one of the gateways that it
 * is the first to have found given up, so that nobody is woken twice for one.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/store/night.h"

#include "clock.h"
#include "notify/metrics.h"
#include "notify/notify.h"
#include "reconcile-local.h"

static void gw_reconcile_drifted(const struct gw_reconcile *reconcile, struct gw_metrics_drift *ret)
{
    const struct gw_drift *drift = &reconcile->drift;

    *ret = (struct gw_metrics_drift){
        .known = true, .gateways = drift->gateways, .drifted = drift->gateways - drift->converged};
    for (size_t i = 0; i < reconcile->policies->n; i++) {
        ret->held += drift->policy[i].count[GW_STANCE_HELD];
        ret->given_up += drift->policy[i].count[GW_STANCE_GIVEN_UP];
    }
}

/* Of a rollout that was not to be found, or cannot be read, nothing is told. */
static void gw_reconcile_count(const struct gw_reconcile *reconcile, const char *rollout,
                               struct gw_metrics *metrics)
{
    struct gw_store *store = reconcile->session->store;
    struct gw_rollout_row row;
    struct gw_err err;

    if (gw_rollout_find(store, rollout, &row, &err) == GW_OK)
        (void)gw_metrics_add_rollout(metrics, store, &row, &err);
}

static bool gw_reconcile_has_run(const struct gw_reconcile *reconcile, const char *rollout)
{
    for (size_t i = 0; i < reconcile->n_ran; i++)
        if (gw_text_equal(reconcile->ran[i], rollout))
            return true;
    return false;
}

/* Whether all of its gateways are as it wants them: then what its last rollout left is mended. */
static bool gw_reconcile_is_converged(const struct gw_reconcile *reconcile, size_t policy)
{
    const struct gw_drift_policy *found = &reconcile->drift.policy[policy];

    return reconcile->drift.gateways > 0 && found->count[GW_STANCE_CONVERGED] == found->gateways;
}

/*
 * The rollouts of this night, and of each policy that had none and is not converged, its last: a night that leaves a failed
 * device alone has not mended it, and whoever was alarmed by it must not hear that all is well.
 */
static void gw_reconcile_rollouts(const struct gw_reconcile *reconcile, uint32_t policy, const char *rollout,
                                  struct gw_metrics *metrics)
{
    struct gw_store *store = reconcile->session->store;
    struct gw_policy_rollout last;
    struct gw_err err;

    for (size_t i = 0; i < reconcile->n_ran; i++)
        if (!gw_text_equal(reconcile->ran[i], rollout))
            gw_reconcile_count(reconcile, reconcile->ran[i], metrics);
    for (uint32_t i = 0; i < reconcile->policies->n; i++)
        if (i != policy && !gw_reconcile_is_converged(reconcile, i) &&
            gw_policy_rollout_last(store, reconcile->policies->policy[i].name, &last, &err) == GW_OK &&
            !gw_reconcile_has_run(reconcile, last.row.name))
            gw_reconcile_count(reconcile, last.row.name, metrics);
}

void gw_reconcile_ran(struct gw_reconcile *reconcile, const char *rollout)
{
    reconcile->ran = gw_mem_resize(reconcile->ran, reconcile->n_ran + 1, sizeof(*reconcile->ran));
    (void)gw_text_copy(reconcile->ran[reconcile->n_ran++], sizeof(*reconcile->ran), rollout);
}

const struct gw_metrics *gw_reconcile_figures(struct gw_reconcile *reconcile, uint32_t policy,
                                              const char *rollout)
{
    struct gw_metrics *figures = reconcile->figures;
    struct gw_err err;

    if (!figures)
        figures = reconcile->figures = gw_mem_new(1, sizeof(*figures));
    *figures = (struct gw_metrics){.started_unix_ms = reconcile->started_unix_ms};
    if (reconcile->night > 0)
        gw_reconcile_drifted(reconcile, &figures->drift);
    figures->no_devices =
        !reconcile->policies || gw_session_open(reconcile->session, GW_STORE_READ, &err) != GW_OK;
    if (!figures->no_devices)
        gw_reconcile_rollouts(reconcile, policy, rollout, figures);
    gw_session_close(reconcile->session);
    return figures;
}

static bool gw_reconcile_name(void *user, const char *gateway_id)
{
    struct gw_notice_night *night = user;

    if (night->n_newly < GW_NOTICE_NAMES)
        night->newly[night->n_newly] = gw_mem_dup(gateway_id);
    night->n_newly++;
    return true;
}

static void gw_reconcile_cry(const struct gw_reconcile *reconcile, const struct gw_metrics *metrics,
                             struct gw_notice_night *night, const char *reason)
{
    struct gw_notice_facts facts[2] = {{.event = GW_NOTICE_NIGHT,
                                        .rollout = "",
                                        .version = "",
                                        .wave = "",
                                        .reason = reason,
                                        .night = night,
                                        .relapsed = (uint32_t)metrics->relapsed,
                                        .at_unix_ms = gw_clock_unix_ms()}};

    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        facts[0].count[state] = (uint32_t)metrics->count[state];
    facts[1] = facts[0];
    facts[1].event = GW_NOTICE_GIVEN_UP;
    facts[1].reason = "";
    gw_notify_once(&reconcile->session->config, facts, night->n_newly > 0 ? 2 : 1, reconcile->request->quiet);
}

/* The first line of its troubles; else why it ended early. Free it. */
static char *gw_reconcile_reason(const struct gw_reconcile *reconcile, const char *why)
{
    char *reason = gw_mem_dup(reconcile->trouble.len > 0 ? gw_buf_text(&reconcile->trouble) : why);

    reason[strcspn(reason, "\n")] = '\0';
    return reason;
}

void gw_reconcile_tell(struct gw_reconcile *reconcile, int result, const char *why)
{
    struct gw_notice_night night = {.policies = reconcile->request->file, .exit_code = result};
    struct gw_metrics metrics = *gw_reconcile_figures(reconcile, UINT32_MAX, "");
    struct gw_metrics tonight = {.exit_code = result};
    char *reason = gw_reconcile_reason(reconcile, why);
    struct gw_err err;

    metrics.exit_code = result;
    gw_metrics_leave(&reconcile->session->config, &metrics, reconcile->request->quiet);
    if (gw_session_open(reconcile->session, GW_STORE_READ, &err) == GW_OK) {
        for (size_t i = 0; i < reconcile->n_ran; i++)
            gw_reconcile_count(reconcile, reconcile->ran[i], &tonight);
        (void)gw_night_newly_each(reconcile->session->store, reconcile->night, GW_STANCE_GIVEN_UP,
                                  gw_reconcile_name, &night, &err);
    }
    gw_session_close(reconcile->session);
    night.gateways = metrics.drift.gateways;
    night.drifted = metrics.drift.drifted;
    night.held = metrics.drift.held;
    night.given_up = metrics.drift.given_up;
    gw_reconcile_cry(reconcile, &tonight, &night, reason);
    free(reason);
    for (size_t i = 0; i < night.n_newly && i < GW_NOTICE_NAMES; i++)
        free(night.newly[i]);
}
