#ifndef GATEWAVE_SRC_APP_NIGHT_POLICY_LOCAL_H
#define GATEWAVE_SRC_APP_NIGHT_POLICY_LOCAL_H
/* One policy's turn in a night, between its parts: the rollout of an earlier night, and tonight's. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/conf/spec.h"

#include "reconcile-local.h"

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

const struct gw_spec *gw_policy_spec(const struct gw_policy_work *work);
/* Its place in tonight's list; NULL: it may not go. */
const char **gw_policy_find(const struct gw_policy_work *work, const char *gateway_id);
/* Runs a rollout. The session's database must be closed. */
enum gw_code gw_policy_drive(struct gw_policy_work *work, const struct gw_spec *spec, int *ret_exit,
                             struct gw_err *err);
/*
 * Ends a rollout as a person's abort does: what waits is canceled here, what is under way by the run that follows. The
 * session's database is open.
 */
enum gw_code gw_policy_abort(struct gw_reconcile *reconcile, const struct gw_rollout_row *row,
                             const char *reason, struct gw_err *err);
/* Goes on with the last rollout of the policy, or ends it, if it is not over and no person is asked. */
enum gw_code gw_policy_earlier(struct gw_policy_work *work, struct gw_err *err);

#endif
