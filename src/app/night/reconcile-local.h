#ifndef GATEWAVE_SRC_APP_NIGHT_RECONCILE_LOCAL_H
#define GATEWAVE_SRC_APP_NIGHT_RECONCILE_LOCAL_H
/* A night between its parts: what was found, and how each policy is carried out. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/app/reconcile.h"
#include "gatewave/base/buf.h"
#include "gatewave/conf/policy.h"

#include "drift.h"

/* What a person should hear of a device besides: it died late, or upgrades by itself. */
struct gw_reconcile_note {
    char *gateway_id, *version, *reason;
    const char *what; /* late, self_upgrading */
};

/* A rollout that is not over, of a policy that the file does not have any more. */
struct gw_reconcile_gone {
    char rollout[GW_ROLLOUT_NAME_MAX], policy[GW_ROLLOUT_NAME_MAX];
};

struct gw_metrics;

struct gw_reconcile {
    struct gw_session *session;
    const struct gw_reconcile_request *request;
    struct gw_policies *policies;
    struct gw_drift drift;
    int64_t started_unix_ms;
    int64_t sync;                     /* 0: none was made */
    bool partly;                      /* it could not list all of its parts */
    struct gw_names missing;          /* what it did not find, and did not believe to be gone: it is let be */
    int64_t night;                    /* 0: it has not begun */
    char (*ran)[GW_ROLLOUT_NAME_MAX]; /* the rollouts that this night has driven */
    size_t n_ran;
    struct gw_metrics *figures; /* that were asked for last */
    struct gw_reconcile_note *note;
    size_t n_notes;
    struct gw_reconcile_gone *gone;
    size_t n_gone;
    int signaled; /* the first signal that came while devices were taken over or given back; 0: none */
    struct gw_buf trouble; /* a line for each policy that could not be carried out; escaped */
};

/* What drift is asked for, now. */
struct gw_drift_request gw_reconcile_asks(const struct gw_reconcile *reconcile);
/* Finds what the night is about; the session's database is open. */
enum gw_code gw_reconcile_find(struct gw_reconcile *reconcile, struct gw_err *err);
void gw_reconcile_forget_notes(struct gw_reconcile *reconcile);

/* Keeps why a policy could not be carried out, for whoever reads of the night in the morning. */
void gw_reconcile_trouble(struct gw_reconcile *reconcile, const char *policy, const char *why);
/* Finds what is to be ended because its policy is gone; the session's database is open. */
enum gw_code gw_reconcile_find_gone(struct gw_reconcile *reconcile, struct gw_err *err);
/* Ends one of these, unless somebody runs it just now. As gw_reconcile_policy. */
enum gw_code gw_reconcile_end_gone(struct gw_reconcile *reconcile, size_t i, int *ret_exit, bool *ret_over,
                                   struct gw_err *err);
/*
 * Carries one policy out: goes on with its rollout of an earlier night, or ends that one, and begins a new one for what is
 * left. *ret_exit is the gravest that its rollouts ended with; *ret_over: a signal ended it, and no other may begin.
 */
enum gw_code gw_reconcile_policy(struct gw_reconcile *reconcile, uint32_t policy, int *ret_exit,
                                 bool *ret_over, struct gw_err *err);
/* This night has driven that rollout. */
void gw_reconcile_ran(struct gw_reconcile *reconcile, const char *rollout);
/*
 * What there is to tell Prometheus of the night, but for that rollout of that policy (UINT32_MAX, "": but for none); the
 * reconcile's, until it is asked again. The session's database must be closed.
 */
const struct gw_metrics *gw_reconcile_figures(struct gw_reconcile *reconcile, uint32_t policy,
                                              const char *rollout);
/* Says what a night that is over has come to, to Prometheus and to the webhooks; why it ended early, "": it did not. */
void gw_reconcile_tell(struct gw_reconcile *reconcile, int result, const char *why);

#endif
