#ifndef GATEWAVE_SRC_APP_NIGHT_CHANGES_H
#define GATEWAVE_SRC_APP_NIGHT_CHANGES_H
/*
 * Changes of devices' own upgrade policies, a list of them at once: each device is asked what its policy is and then set,
 * through lanes that keep to the limit of changing calls.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/answer.h"

#include "cloud/reads.h"
#include "reconcile-local.h"

enum gw_change_step {
    GW_CHANGE_LOOK = 0, /* what its policy is */
    GW_CHANGE_SET,
    GW_CHANGE_OVER,
};

/* One device; `set` is what it is to be set to. */
struct gw_change {
    int64_t id; /* of what is to be given back; 0: it is taken over */
    uint32_t lane;
    enum gw_change_step step;
    bool asked, dpi;
    char gateway_id[GW_GATEWAY_ID_MAX], serial[GW_SERIAL_MAX];
    struct gw_seen_auto_upgrade set;
};

struct gw_changes {
    struct gw_reconcile *reconcile;
    const char *what; /* for who looks on */
    bool may_wait;    /* a signal ends it before its end: what is left is not needed */
    struct gw_change *change;
    size_t n, size;
    struct gw_reads_lane *lane;
    char (*text)[2][64]; /* of the lanes: account and region */
    size_t *from;        /* by lane: where the first change that can be asked is, at the earliest */
    uint32_t n_lanes;
    struct gw_loop *loop;
    struct gw_reads *reads;
    bool resting;
    int signaled; /* the first signal that asked for the end; 0: none */
    uint64_t done, failed;
    char trouble[300]; /* the first one */
    enum gw_code code; /* of the store, in the middle */
    struct gw_err *err;
};

/* The lane is that of the account and region; id of what is to be given back, 0 to take over. */
struct gw_change *gw_changes_add(struct gw_changes *changes, const char *gateway_id, const char *serial,
                                 const char *account, const char *region);
/*
 * Carries them out. The session's database is open: what a policy was is in it before it is changed, and what is as it was
 * is marked so. A first signal is kept in the reconcile's `signaled`, a second one leaves at once. What cannot be done is counted, with the first trouble; an error is the store's, or that there are no keys.
 */
enum gw_code gw_changes_run(struct gw_changes *changes, struct gw_err *err);
void gw_changes_say(const struct gw_changes *changes, const char *done, const char *not_done);
void gw_changes_release(struct gw_changes *changes);

#endif
