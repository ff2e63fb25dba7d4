#ifndef GATEWAVE_STORE_NIGHT_H
#define GATEWAVE_STORE_NIGHT_H
/*
 * Nights: what reconciliation must know of the past to keep its manners, what people took out of its hands, and what it
 * leaves behind. Text in rows is valid until the next step.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/manners.h"
#include "gatewave/store/rollout.h"
#include "gatewave/store/store.h"

/* ---- holds ---- */

struct gw_hold_row {
    const char *gateway_id, *reason, *by, *lifted_by;  /* lifted_by "": it was not */
    int64_t at_unix_ms, until_unix_ms, lifted_unix_ms; /* lifted 0: it was not */
};

/* Durable on return. GW_ERR_NOT_FOUND when the inventory has no such gateway. */
enum gw_code gw_hold_add(struct gw_store *store, const struct gw_hold_row *row, struct gw_err *err);
/* Lifts all holds of a gateway that are in force; *ret_n of them. */
enum gw_code gw_hold_lift(struct gw_store *store, const char *gateway_id, const char *by, int64_t now_unix_ms,
                          uint64_t *ret_n, struct gw_err *err);
/* Those in force at that moment, by gateway, the longest first. */
enum gw_code gw_holds_each(struct gw_store *store, int64_t now_unix_ms,
                           bool (*each)(void *user, const struct gw_hold_row *row), void *user,
                           struct gw_err *err);

/* Numbers of the targets of a rollout that wait, and whose gateways are on hold at that moment; in order. */
enum gw_code gw_held_targets_each(struct gw_store *store, int64_t rollout, int64_t now_unix_ms,
                                  bool (*each)(void *user, uint32_t number), void *user, struct gw_err *err);

/* ---- the past ---- */

/* Gateways in which a device failed, is unresolved or relapsed at that version: in how many rollouts, and when last. */
enum gw_code gw_failures_each(struct gw_store *store, const char *version, bool dpi,
                              bool (*each)(void *user, const char *gateway_id, uint32_t rollouts,
                                           int64_t last_unix_ms),
                              void *user, struct gw_err *err);
/*
 * Targets with a call since then that restarted its device, or may have: called again is only who was not restarted by the
 * call before. A site "" is no site.
 */
enum gw_code gw_restarts_each(struct gw_store *store, int64_t since_unix_ms,
                              bool (*each)(void *user, const char *site, const char *gateway_id, uint32_t n),
                              void *user, struct gw_err *err);
/* Devices with a call that nobody knows the end of yet, by gateway, and whose rollout that is. */
enum gw_code gw_unsettled_each(struct gw_store *store,
                               bool (*each)(void *user, const char *gateway_id, int64_t device,
                                            const char *rollout),
                               void *user, struct gw_err *err);
/* Devices that upgrade by themselves: scheduled or boot. */
enum gw_code gw_self_upgrades_each(struct gw_store *store,
                                   bool (*each)(void *user, const char *gateway_id, const char *serial,
                                                const char *auto_upgrade),
                                   void *user, struct gw_err *err);

/* A device that got its version since then and was offline when it was last read. By version, then gateway. */
struct gw_late_row {
    const char *version, *rollout, *gateway_id, *serial;
    int64_t upgraded_unix_ms;
};
enum gw_code gw_late_each(struct gw_store *store, int64_t since_unix_ms,
                          bool (*each)(void *user, const struct gw_late_row *row), void *user,
                          struct gw_err *err);

/* ---- a night ---- */

struct gw_drift_row {
    const char *gateway_id, *policy, *version, *reason;
    enum gw_stance stance; /* not CONVERGED */
};

struct gw_night_new {
    const char *policies; /* the file */
    int64_t sync;         /* 0: none was made */
    int64_t now_unix_ms;
    uint64_t gateways, converged;
    const struct gw_drift_row *drift;
    size_t n_drift;
};

/*
 * One night a database, also between its rollouts; it ends with the process. GW_ERR_BUSY: another one is at work.
 * gw_night_release takes what *ret was, or -1.
 */
enum gw_code gw_night_take(struct gw_store *store, int *ret, struct gw_err *err);
void gw_night_release(int night);
/* Writes what a night found, in one transaction. */
enum gw_code gw_night_begin(struct gw_store *store, const struct gw_night_new *new_, int64_t *ret_night,
                            struct gw_err *err);
enum gw_code gw_night_end(struct gw_store *store, int64_t night, int result, int64_t now_unix_ms,
                          struct gw_err *err);

/* The gateways of a night that have that stance and had it in no policy in the last one before it that came to its end, by name. */
enum gw_code gw_night_newly_each(struct gw_store *store, int64_t night, enum gw_stance stance,
                                 bool (*each)(void *user, const char *gateway_id), void *user,
                                 struct gw_err *err);

/* ---- devices taken over ---- */

/* A device whose own upgrade policy a night has set to manual, and what it was. */
struct gw_takeover_row {
    int64_t id, night;
    const char *gateway_id, *serial, *account, *region; /* account and region as the inventory has them now */
    bool dpi;
    const char *upgrade_type, *cron, *time_zone; /* in the vendor's words */
    uint32_t duration_min;
};

/* Durable on return, and so before the policy is changed. account and region are not written. */
enum gw_code gw_takeover_add(struct gw_store *store, const struct gw_takeover_row *row, int64_t now_unix_ms,
                             struct gw_err *err);
/* Those that are still to be set back, by gateway. */
enum gw_code gw_takeovers_each(struct gw_store *store,
                               bool (*each)(void *user, const struct gw_takeover_row *row), void *user,
                               struct gw_err *err);
enum gw_code gw_takeover_returned(struct gw_store *store, int64_t id, int64_t now_unix_ms,
                                  struct gw_err *err);

/* When a night last ended with all as desired; 0: none has. */
enum gw_code gw_night_last_success(struct gw_store *store, int64_t *ret_unix_ms, struct gw_err *err);

/* ---- the rollouts of policies ---- */

struct gw_policy_rollout {
    struct gw_rollout_row row;
    bool replaced; /* a later night ended it, to begin anew */
};

/* The last one that a policy made; GW_ERR_NOT_FOUND. gw_rollout_create makes them. */
enum gw_code gw_policy_rollout_last(struct gw_store *store, const char *policy, struct gw_policy_rollout *ret,
                                    struct gw_err *err);
/* A rollout that a policy made and that is not over. */
struct gw_policy_open_row {
    const char *rollout, *policy;
    const char *policies; /* the file of the night that began it */
};
/* Oldest first. */
enum gw_code gw_policy_rollouts_open(struct gw_store *store,
                                     bool (*each)(void *user, const struct gw_policy_open_row *row),
                                     void *user, struct gw_err *err);
/* The policy that made a rollout; "": a person did. */
enum gw_code gw_policy_of_rollout(struct gw_store *store, int64_t rollout, char ret[GW_ROLLOUT_NAME_MAX],
                                  struct gw_err *err);

/* That a person took back what a rollout of a policy had changed. */
struct gw_policy_rollback {
    char rollout[GW_ROLLOUT_NAME_MAX]; /* that was taken back */
    char by[64];
    int64_t at_unix_ms;
    char *reason; /* "": nobody said one; free it */
};

/* The last one of that version, if the policy has begun no rollout since; GW_ERR_NOT_FOUND. */
enum gw_code gw_policy_rollback_last(struct gw_store *store, const char *policy, const char *version,
                                     bool dpi, struct gw_policy_rollback *ret, struct gw_err *err);
/* Says why a later night ends it, before it is aborted; what was said first stays. */
enum gw_code gw_policy_rollout_replace(struct gw_store *store, int64_t rollout, const char *reason,
                                       struct gw_err *err);

#endif
