/*
 * What a night says when it is over: its figures to Prometheus, a notice with its counts, and one of the gateways that it
 * is the first to have found given up, so that nobody is woken twice for one.
 */
#include <stdlib.h>

#include "gatewave/base/mem.h"
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

static void gw_reconcile_rolled_out(const struct gw_reconcile *reconcile, struct gw_metrics *metrics)
{
    struct gw_rollout_row row;
    struct gw_err err;

    for (size_t i = 0; i < reconcile->n_ran; i++)
        if (gw_rollout_find(reconcile->session->store, reconcile->ran[i], &row, &err) == GW_OK)
            (void)gw_metrics_add_rollout(metrics, reconcile->session->store, &row, &err);
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
                             struct gw_notice_night *night)
{
    struct gw_notice_facts facts[2] = {{.event = GW_NOTICE_NIGHT,
                                        .rollout = "",
                                        .version = "",
                                        .wave = "",
                                        .reason = "",
                                        .night = night,
                                        .relapsed = (uint32_t)metrics->relapsed,
                                        .at_unix_ms = gw_clock_unix_ms()}};

    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        facts[0].count[state] = (uint32_t)metrics->count[state];
    facts[1] = facts[0];
    facts[1].event = GW_NOTICE_GIVEN_UP;
    gw_notify_once(&reconcile->session->config, facts, night->n_newly > 0 ? 2 : 1, reconcile->request->quiet);
}

void gw_reconcile_tell(const struct gw_reconcile *reconcile, int result)
{
    struct gw_metrics metrics = {.started_unix_ms = reconcile->started_unix_ms, .exit_code = result};
    struct gw_notice_night night = {.policies = reconcile->request->file, .exit_code = result};
    struct gw_err err;

    gw_reconcile_drifted(reconcile, &metrics.drift);
    if (gw_session_open(reconcile->session, GW_STORE_READ, &err) == GW_OK) {
        gw_reconcile_rolled_out(reconcile, &metrics);
        (void)gw_night_newly_each(reconcile->session->store, reconcile->night, GW_STANCE_GIVEN_UP,
                                  gw_reconcile_name, &night, &err);
    }
    gw_session_close(reconcile->session);
    gw_metrics_leave(&reconcile->session->config, &metrics, reconcile->request->quiet);
    night.gateways = metrics.drift.gateways;
    night.drifted = metrics.drift.drifted;
    night.held = metrics.drift.held;
    night.given_up = metrics.drift.given_up;
    gw_reconcile_cry(reconcile, &metrics, &night);
    for (size_t i = 0; i < night.n_newly && i < GW_NOTICE_NAMES; i++)
        free(night.newly[i]);
}
