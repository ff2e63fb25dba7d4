#ifndef GATEWAVE_SRC_APP_NIGHT_DRIFT_LOCAL_H
#define GATEWAVE_SRC_APP_NIGHT_DRIFT_LOCAL_H
/* The fleet in memory while drift is worked out: what each gateway runs, whose it is, and what the past says of it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/base/names.h"
#include "gatewave/core/answer.h"
#include "gatewave/store/store.h"

#include "drift.h"

#define GW_DRIFT_DEVICES_MAX 2

/* A call of a device that is not settled. */
struct gw_drift_call {
    char *rollout; /* whose it is; NULL: there is none */
    int64_t device;
};

struct gw_drift_node {
    char *gateway_id;
    uint32_t site; /* GW_NO_NAME: it has none, and is one of its own */
    uint32_t n_devices;
    int64_t device[GW_DRIFT_DEVICES_MAX];
    char version[2][GW_DRIFT_DEVICES_MAX][GW_VERSION_MAX]; /* by type: 0 Device, 1 Dpi */
    bool dark;                                       /* a device of it was offline when it was last read */
    uint32_t owner[2];                               /* by type: policy + 1; 0: none */
    char *held;                                      /* until when, by whom and why; NULL: it is not */
    struct gw_drift_call call[GW_DRIFT_DEVICES_MAX]; /* those that there are come first */
    uint32_t restarts;                               /* in the last 30 days, of one without a site */
    uint32_t failed_nights[2];                       /* by type: of its owner's version */
    int64_t failed_unix_ms[2];
};

struct gw_drift_fleet {
    struct gw_drift_node *node; /* in order of gateway_id; those that syncs do not find any more are none */
    size_t n, size;
    struct gw_names site;
    uint32_t *site_restarts; /* by site */
};

/* The inventory, and of the past what is the same for all policies. Release it in any case. */
enum gw_code gw_drift_fleet_load(struct gw_drift_fleet *fleet, struct gw_store *store, int64_t now_unix_ms,
                                 struct gw_err *err);
void gw_drift_fleet_release(struct gw_drift_fleet *fleet);
/* NULL when it is not there. */
struct gw_drift_node *gw_drift_fleet_find(const struct gw_drift_fleet *fleet, const char *gateway_id);
/* The counter of restarts that holds for a gateway. */
uint32_t *gw_drift_fleet_restarts(struct gw_drift_fleet *fleet, struct gw_drift_node *node);

/* What the past says of a policy: all of *ret but who it has and where they stand. */
enum gw_code gw_drift_policy_past(struct gw_store *store, const struct gw_drift_request *request, uint32_t i,
                                  struct gw_drift_policy *ret, struct gw_err *err);
/*
 * Why a rollout stands still that a gate or a person has stopped, and by which command it goes on, as in gw_drift_policy;
 * NULL where nothing is to be said. To free.
 */
enum gw_code gw_drift_standstill(struct gw_store *store, const struct gw_rollout_row *row,
                                 char **ret_sentence, char **ret_way_on, struct gw_err *err);

#endif
