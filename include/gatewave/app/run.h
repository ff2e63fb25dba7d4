#ifndef GATEWAVE_APP_RUN_H
#define GATEWAVE_APP_RUN_H
/*
 * The main job: drives one rollout until every target has its outcome, it stops by itself, or a signal ends it.
 * Running the same rollout again goes on where it stands.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/app/keys.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"

struct gw_metrics;

struct gw_run_request {
    const struct gw_config *config;
    const struct gw_spec *spec;
    struct gw_taken *taken; /* of the environment's secrets */
    const char *profile;    /* of the credential files; NULL: the configuration's */
    bool quiet;             /* no progress on stderr */
    bool
        read_before; /* this process has just read from the cloud: that counts against the read limits, too */
    bool wait_said;  /* wait_ms holds; else ten minutes for a run that is paused, and none for other waits */
    const struct gw_metrics
        *figures;     /* of the night that it is a part of, for metrics.textfile; NULL: of none */
    uint64_t wait_ms; /* how long to stay for a person's word that lets it go on */
    /* Takes the signal that came when the rollout had its end, and ended the wait for notices alone; NULL: nobody asks. */
    int *signal;
    struct gw_buf *next; /* takes the command that follows from an orderly end, escaped; NULL: nobody asks */
};

/*
 * Success means that the run came to an orderly end, whose kind is *ret_exit: 0 all as desired, 1 some targets did
 * not succeed, 3 the cloud refuses the request itself, 6 stopped by a gate or aborted, 7 credentials or clock, 8 waits for
 * a person, 9 the window is closed and work is left, 130 or 143 after a signal.
 */
enum gw_code gw_run_job(const struct gw_run_request *request, int *ret_exit, struct gw_err *err);

#endif
