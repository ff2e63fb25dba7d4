#ifndef GATEWAVE_SRC_APP_NIGHT_DRIFT_H
#define GATEWAVE_SRC_APP_NIGHT_DRIFT_H
/*
 * How far the fleet is from what the policies want: each gateway with its policy, and what tonight may do to it. Worked
 * out from the inventory and the history alone; calls nobody and writes nothing.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/names.h"
#include "gatewave/conf/policy.h"
#include "gatewave/store/draft.h"
#include "gatewave/store/night.h"

struct gw_drift_request {
    const struct gw_policies *policies;
    const char *const *again; /* policies that a person lets begin anew after they were stopped */
    size_t n_again;
    const struct gw_names *missing; /* gateways that are let be: the cloud does not list them; NULL: none */
    int64_t now_unix_ms;
};

/* One gateway that is not as its policy wants it. Text is the drift's. */
struct gw_drift_gateway {
    char *gateway_id, *reason;
    uint32_t policy;
    enum gw_stance stance; /* not CONVERGED */
};

/* What has become of one policy. */
struct gw_drift_policy {
    uint64_t gateways;               /* that are its own */
    uint64_t count[GW_STANCE_COUNT]; /* of these */
    struct gw_names there; /* at the version or beyond, and nothing else would keep a call from them */
    uint64_t taken;        /* that it matches, and an earlier policy of its type has */
    bool has_last;         /* it has made a rollout before, this one last */
    struct gw_policy_rollout last;
    char *stopped; /* why it stands still, one sentence; NULL: it does not */
    char *way_on;  /* by which command a person lets it go on as it is; NULL: it can only begin anew */
    bool again;    /* it would stand still, but for a person who lets it begin anew */
};

struct gw_drift {
    struct gw_drift_policy policy[GW_POLICIES_MAX];
    struct gw_drift_gateway *gateway; /* in order of gateway_id, of one by policy */
    size_t n, size;
    uint64_t gateways, converged; /* summed over the policies */
};

/* GW_ERR_INPUT when `again` names no policy: before anything is asked or written. */
enum gw_code gw_drift_check(const struct gw_drift_request *request, struct gw_err *err);
/* Release it in any case. */
enum gw_code gw_drift_find(struct gw_store *store, const struct gw_drift_request *request,
                           struct gw_drift *ret, struct gw_err *err);
void gw_drift_release(struct gw_drift *drift);
/* The gateways of a policy that are to go tonight, sorted; free the array, not the text. */
const char **gw_drift_tonight(const struct gw_drift *drift, uint32_t policy, size_t *ret_n);
/*
 * Leaves of such a list whom a later look still lets go. Sites' restarts are not asked again: the list has had its own, and
 * the calls since then are counted in them.
 */
void gw_drift_still(const struct gw_drift *now, uint32_t policy, const char **tonight, size_t *n);

#endif
