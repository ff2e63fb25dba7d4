#ifndef GATEWAVE_SRC_APP_NOTIFY_LIVE_H
#define GATEWAVE_SRC_APP_NOTIFY_LIVE_H
/*
 * The figures of a run while it is under way: written when it begins, once a minute and when a wave has given way to the
 * next, from what the loop knows. Codes are told at the end only: they are the database's.
 */
#include "gatewave/conf/spec.h"
#include "gatewave/core/rollout.h"
#include "gatewave/net/loop.h"

#include "metrics.h"

#define GW_LIVE_EVERY_MS 60000u
/* So late a wave's end is noticed. */
#define GW_LIVE_LOOK_MS 5000u

struct gw_live;

/* NULL where config names no file. figures is what there is to tell but for this rollout, and is copied. */
struct gw_live *gw_live_new(struct gw_loop *loop, const struct gw_config *config,
                            const struct gw_metrics *figures, const struct gw_rollout *rollout);
void gw_live_free(struct gw_live *live);

#endif
