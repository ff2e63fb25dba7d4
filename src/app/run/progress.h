#ifndef GATEWAVE_SRC_APP_RUN_PROGRESS_H
#define GATEWAVE_SRC_APP_RUN_PROGRESS_H
/*
 * What one sees while a run goes on: one line, redrawn on a terminal; elsewhere a new line every few seconds, and
 * once a minute while nothing changes.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/names.h"
#include "gatewave/core/rollout.h"
#include "gatewave/net/loop.h"

/* How a rollout stands at one moment: what the line tells, but for the speed. */
struct gw_progress_view {
    const char *name;
    const char *wave_name;  /* ""; not said where there is one wave only */
    uint32_t wave, n_waves; /* wave from 1 */
    const uint32_t *count;  /* by enum gw_state */
    uint32_t slow;
    enum gw_stop stop;                          /* why nothing is called, if so */
    int64_t soaks_until_unix_ms, opens_unix_ms; /* 0: no soak, nobody waits for a window */
};

/* "os-2.4.0, wave 2/4 tenth: 31/410 done, ..."; all of it is escaped. */
void gw_progress_tell(struct gw_buf *buf, const struct gw_progress_view *view);
/* How fast outcomes come in: so many in the last while. */
struct gw_progress_pace {
    uint32_t ended;
    uint64_t in_ms;
    uint32_t left;  /* devices without an outcome */
    bool last_wave; /* nothing but devices is waited for: no soak, no word of a person */
};

/* ", 4.2/s, about 2m left": the end only in the last wave, and when there are enough outcomes to reckon it from. */
void gw_progress_tell_pace(struct gw_buf *buf, const struct gw_progress_pace *pace);
/* Whether a plain line is to be said at this moment; last: the one before it, "" for none, said at last_ms. */
bool gw_progress_is_due(const char *line, const char *last, uint64_t last_ms, uint64_t now_ms);

struct gw_progress;

/* quiet: says nothing at all. The rollout must outlive it. */
struct gw_progress *gw_progress_new(struct gw_loop *loop, const struct gw_rollout *rollout, const char *name,
                                    bool quiet);
void gw_progress_free(struct gw_progress *progress);
/* What its lines call the waves, the first one first; without that, waves are not told of. Must outlive it. */
void gw_progress_waves(struct gw_progress *progress, const struct gw_names *waves);
/* Adds the line as it stands, with its speed; user is a progress, also one that says nothing. */
void gw_progress_line(void *user, struct gw_buf *ret);
/* A line of its own between two progress lines. */
void gw_progress_say(struct gw_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The last line. */
void gw_progress_end(struct gw_progress *progress);

#endif
