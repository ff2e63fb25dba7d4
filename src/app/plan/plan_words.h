#ifndef GATEWAVE_SRC_APP_PLAN_PLAN_WORDS_H
#define GATEWAVE_SRC_APP_PLAN_PLAN_WORDS_H
/* What a plan says in sentences. Everything added is escaped. */
#include "gatewave/base/buf.h"

#include "plan-local.h"

/* An estimate is no better than its minutes; "-" for nothing. */
void gw_plan_duration_text(uint64_t ms, char *ret, size_t size);
/* 2026-01-02T03:04Z */
void gw_plan_utc(struct gw_buf *buf, int64_t unix_ms);
/* "01:00-05:00 in each gateway's own zone, mon tue; no call in its last 20m" */
void gw_plan_window_text(const struct gw_window_spec *window, struct gw_buf *buf);
/* "sag-1000 2.3.0, ISP ctcc, single" */
void gw_plan_kind_text(const struct gw_plan_kind *kind, struct gw_buf *buf);
/* A line for each zone whose clocks are set while the rollout lasts; nothing when none are. */
void gw_plan_clocks_text(const struct gw_plan *plan, struct gw_buf *buf);
/* What the gates stop at, and what they can see; a paragraph for each rule that differs. */
void gw_plan_gates_text(const struct gw_plan *plan, struct gw_buf *buf);

/* The next setting of the clocks in one of the zones that a plan's windows go by. */
struct gw_plan_clock {
    const char *zone;
    int64_t at_unix_ms;
    int32_t forward_s;
};
/* Calls each() for every zone whose clocks are set before the rollout is over, or in the next week. */
void gw_plan_clocks_each(const struct gw_plan *plan,
                         void (*each)(void *user, const struct gw_plan_clock *clock), void *user);
/* The devices of the first wave that are expected to be judged. */
uint32_t gw_plan_canaries(const struct gw_plan *plan);

#endif
