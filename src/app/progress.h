#ifndef GATEWAVE_SRC_APP_PROGRESS_H
#define GATEWAVE_SRC_APP_PROGRESS_H
/* What one sees while a run goes on: one line, redrawn on a terminal, repeated every few seconds elsewhere. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/core/rollout.h"
#include "gatewave/net/loop.h"

struct gw_progress;

/* quiet: says nothing at all. The rollout must outlive it. */
struct gw_progress *gw_progress_new(struct gw_loop *loop, const struct gw_rollout *rollout, const char *name,
                                    bool quiet);
void gw_progress_free(struct gw_progress *progress);
/* A line of its own between two progress lines. */
void gw_progress_say(struct gw_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One line on stderr, where there is no progress to interrupt. */
void gw_talk(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The last line. */
void gw_progress_end(struct gw_progress *progress);

#endif
