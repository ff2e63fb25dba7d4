#ifndef GATEWAVE_SRC_APP_NOTIFY_METRICS_H
#define GATEWAVE_SRC_APP_NOTIFY_METRICS_H
/*
 * What a run leaves behind for Prometheus: a file for the textfile collector of node_exporter, replaced as a whole when a
 * run ends, and now and then while it is under way (live.h). Every name begins with gatewave_; labels take few values: states, and the codes of the code book.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/core/record.h"
#include "gatewave/store/rollout.h"

/* Pairs of outcome and code that have a series of their own; what is beyond is code="other". */
#define GW_METRICS_CODES_MAX 64

struct gw_metrics_code {
    enum gw_state state;
    const char *code; /* a static text */
    uint64_t devices;
};

/* How far the fleet was from what the policies want when the night began: what it came to is told by its devices. */
struct gw_metrics_drift {
    bool known;                                 /* false: the run did not look, and says nothing of it */
    uint64_t gateways, drifted, held, given_up; /* drifted: the others included */
};

struct gw_metrics {
    int64_t started_unix_ms, ended_unix_ms; /* of the run */
    int exit_code;
    bool under_way;  /* there is neither an end nor an exit code yet */
    bool no_devices; /* nothing is known of any rollout: not a word of devices, rather than none */
    uint64_t count[GW_STATE_COUNT]; /* of its rollouts, as they stand */
    uint64_t relapsed;
    struct gw_metrics_code code[GW_METRICS_CODES_MAX];
    size_t n_codes;
    int64_t last_success_unix_ms; /* when all was last as desired; 0: never */
    struct gw_metrics_drift drift;
};

/* Adds a rollout's devices, by state and by code. */
enum gw_code gw_metrics_add_rollout(struct gw_metrics *metrics, struct gw_store *store,
                                    const struct gw_rollout_row *rollout, struct gw_err *err);
void gw_metrics_add_code(struct gw_metrics *metrics, enum gw_state state, const char *code, uint64_t devices);
/* The latest end of a rollout whose devices are all as desired, or of such a night; 0: there is none. */
enum gw_code gw_metrics_last_success(struct gw_store *store, int64_t *ret_unix_ms, struct gw_err *err);
/* The exposition format, version 0.0.4. */
void gw_metrics_text(const struct gw_metrics *metrics, struct gw_buf *buf);
/*
 * Writes config's metrics.textfile, when it has one, for a run of one rollout that has just ended, beside what figures have
 * already. What cannot be told of a database that cannot be read is left out. A file that cannot be written is a warning, and
 * no more.
 */
void gw_metrics_run_ended(const struct gw_config *config, const char *rollout, struct gw_metrics *figures,
                          bool quiet);
/* The same for facts that are complete but for the end and the last success of a rollout, which a later one replaces. */
void gw_metrics_leave(const struct gw_config *config, struct gw_metrics *metrics, bool quiet);
/* The last success, from the database; nothing where it cannot be read. */
void gw_metrics_add_success(const struct gw_config *config, struct gw_metrics *metrics);
/* Writes the file for a run that is under way, and asks no disk for anything. */
void gw_metrics_under_way(const struct gw_config *config, struct gw_metrics *metrics);

#endif
