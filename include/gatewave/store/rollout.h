#ifndef GATEWAVE_STORE_ROLLOUT_H
#define GATEWAVE_STORE_ROLLOUT_H
/*
 * Rollouts, their frozen targets, and what became of them. Targets are numbered 0..n-1 in dispatch order.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/cut.h"
#include "gatewave/core/record.h"
#include "gatewave/core/select.h"
#include "gatewave/store/draft.h"
#include "gatewave/store/store.h"

#define GW_ROLLOUT_NAME_MAX 128

struct gw_rollout_row {
    int64_t id;
    char name[GW_ROLLOUT_NAME_MAX];
    char version[GW_VERSION_MAX];
    bool dpi;
    bool verify; /* false: succeeded means accepted only */
    enum gw_phase phase;
    char reason[GW_REASON_MAX]; /* why it is in that phase, one sentence; "" */
    uint32_t targets;
    uint32_t
        held; /* as it is created: devices that the selection holds and that were left out, on hold; else 0 */
    uint32_t relapsed; /* of those that succeeded: not well when their wave had soaked */
    int64_t created_unix_ms, started_unix_ms, ended_unix_ms; /* 0: not yet */
    char membership[65];                                     /* hash of the frozen targets, hex */
    char created_by[64];
    bool run_before; /* its lease was taken before the one that is held now, or that was the last */
};

/* What is frozen at the start. */
struct gw_rollout_new {
    const char *name, *version;
    bool dpi, downgrade, verify;
    const char *selection; /* as written */
    const char *spec;      /* canonical YAML */
    const char *created_by;
    int64_t now_unix_ms;
    const struct gw_select *select;
    const struct gw_cut_size *size; /* of the waves, as in a draft's request */
    const char *const *wave_name;   /* ... and their names; safe waves name themselves */
    uint32_t n_waves;
    const struct gw_gateway_list *only; /* as in a draft's request */
    const char *policy;                 /* that a night makes it for; NULL: a person does */
    int64_t night;
    int64_t policy_last; /* the policy's last rollout, as its night knows it; 0: it has made none */
    int64_t takes_back;  /* the rollout whose changes it takes back; 0: none */
    const char *reason;  /* ... and why; NULL: nobody said it */
};

/*
 * Freezes the draft of a selection into waves and targets, in one transaction. Dispatch order is wave by wave;
 * within one, by a stable hash of rollout name and gateway_id, a pair's devices next to each other, standby
 * first. A wave's targets are consecutive. The charts of its gates begin with it: the rollout's own, and one for
 * each model. GW_ERR_INPUT when the name is taken, or as gw_draft_new says; GW_ERR_BUSY when the policy has made another
 * rollout than policy_last since.
 */
enum gw_code gw_rollout_create(struct gw_store *store, const struct gw_rollout_new *new_,
                               struct gw_rollout_row *ret, struct gw_err *err);
/* GW_ERR_NOT_FOUND when there is none; name NULL: the latest. */
enum gw_code gw_rollout_find(struct gw_store *store, const char *name, struct gw_rollout_row *ret,
                             struct gw_err *err);
/* The frozen spec's text; free it. */
enum gw_code gw_rollout_spec(struct gw_store *store, int64_t rollout, char **ret, struct gw_err *err);
/* Newest first. */
enum gw_code gw_rollouts_each(struct gw_store *store,
                              bool (*each)(void *user, const struct gw_rollout_row *row), void *user,
                              struct gw_err *err);

/* A target with its frozen facts and what is known of it. Text is valid until the next step; never NULL. */
struct gw_target_row {
    uint32_t number; /* dispatch order */
    uint32_t wave;
    const char *gateway_id, *serial, *region, *account, *ha_role;
    const char *model, *site, *isp, *timezone;
    bool relapsed;               /* succeeded, and was not well when its wave had soaked */
    const char *relapse_version; /* ... and ran this then; "": it did not say, or it did not relapse */
    int64_t relapse_unix_ms;     /* 0: it did not */
    enum gw_state state;
    uint32_t attempts; /* charged: a throttled or never-sent call is not */
    uint32_t sent;     /* number of the last attempt row; 0: none */
    const char *code, *reason, *request_id;
    const char *version_before, *version_after;
    int64_t started_unix_ms, ended_unix_ms; /* 0: not yet */
    bool doubted;                           /* an attempt of it was in doubt once, whatever came of it */
    int64_t signed_unix_ms, fence_unix_ms;  /* of the last attempt; 0: none */
};

/* In dispatch order; only_open: leaves out the targets with an outcome. */
enum gw_code gw_targets_each(struct gw_store *store, int64_t rollout, bool only_open,
                             bool (*each)(void *user, const struct gw_target_row *row), void *user,
                             struct gw_err *err);
/* ret[enum gw_state] for one wave, or for the whole rollout when wave is 0. */
enum gw_code gw_targets_count(struct gw_store *store, int64_t rollout, uint32_t wave,
                              uint64_t ret[GW_STATE_COUNT], struct gw_err *err);
#define GW_WAVE_NAME_SIZE 64

struct gw_wave_row {
    uint32_t number;
    char name[GW_WAVE_NAME_SIZE];
    enum gw_phase phase; /* PENDING, RUNNING, SOAKING, WAITING for a person, FINISHED, ABORTED */
    uint32_t first;      /* its first target */
    uint32_t targets;
    int64_t soak_until_unix_ms;   /* 0: it has not begun to soak */
    enum gw_verdict verdict;      /* the last one; NONE: not yet, or not since it runs again */
    char evidence[GW_REASON_MAX]; /* ... and what it rests on */
};
enum gw_code gw_waves_each(struct gw_store *store, int64_t rollout,
                           bool (*each)(void *user, const struct gw_wave_row *row), void *user,
                           struct gw_err *err);

/*
 * Attempts and events of one target, or of the rollout itself (target UINT32_MAX: events only), oldest first.
 */
struct gw_attempt_row {
    uint32_t target, number;
    int64_t signed_unix_ms, answered_unix_ms, fence_unix_ms;
    enum gw_proof proof; /* NONE: no answer yet */
    int32_t http_status;
    bool open; /* nobody knows yet whether it took effect, or its device is still being watched */
    const char *nonce, *code, *request_id, *message;
};
enum gw_code gw_attempts_each(struct gw_store *store, int64_t rollout, uint32_t target,
                              bool (*each)(void *user, const struct gw_attempt_row *row), void *user,
                              struct gw_err *err);
struct gw_event_row {
    int64_t id, at_unix_ms;
    uint32_t target; /* UINT32_MAX: the rollout's own */
    const char *kind, *text;
};
enum gw_code gw_events_each(struct gw_store *store, int64_t rollout, uint32_t target,
                            bool (*each)(void *user, const struct gw_event_row *row), void *user,
                            struct gw_err *err);
/*
 * Upgrade calls of all rollouts that were signed since then, oldest first: what the rate limits must remember. Each left
 * after it was signed and before it was answered (0: it was not).
 */
enum gw_code gw_sent_since(struct gw_store *store, int64_t since_unix_ms,
                           bool (*each)(void *user, const char *account, const char *region,
                                        int64_t signed_unix_ms, int64_t answered_unix_ms),
                           void *user, struct gw_err *err);
/* Codes of unsuccessful outcomes with their counts, most frequent first. */
enum gw_code gw_codes_each(struct gw_store *store, int64_t rollout,
                           bool (*each)(void *user, enum gw_state state, const char *code, uint64_t count),
                           void *user, struct gw_err *err);

/* ---- the runner's side ---- */

/*
 * One runner a database: an OFD lock that dies with the process, and a lease row whose epoch every commit
 * checks. GW_ERR_BUSY names the holder's pid, host and start time. GW_ERR_STORE when the database has fewer
 * commits of the rollout than FILE.lock remembers: its -wal was removed, or it is an old copy.
 */
struct gw_lease;
enum gw_code gw_lease_take(struct gw_store *store, int64_t rollout, int64_t now_unix_ms,
                           struct gw_lease **ret, struct gw_err *err);
void gw_lease_release(struct gw_lease *lease);
/* GW_ERR_LEASE when another runner took over: one that only waited has not written since, and knows nothing of it. */
enum gw_code gw_lease_check(struct gw_store *store, const struct gw_lease *lease, struct gw_err *err);
/* For viewers: whether a process runs that rollout just now. Where the lock file cannot be looked at, one does. */
enum gw_code gw_lease_is_held(struct gw_store *store, int64_t rollout, bool *ret, struct gw_err *err);

/*
 * Writes n records in one transaction, durable on return. GW_ERR_LEASE when another runner took over: nothing
 * was written and nothing may be sent. GW_ERR_BUSY: a device of an intent has an unsettled call of another
 * rollout, which is named; nothing was written. GW_ERR_STORE: nothing was written, and the database must be
 * taken as unknown; a record that does not fit the state of its target ends so, too. Waits up to 30 s for
 * another writer (an import). The records must live until it returns.
 */
enum gw_code gw_commit(struct gw_store *store, struct gw_lease *lease, const struct gw_record *record,
                       size_t n, struct gw_err *err);

#endif
