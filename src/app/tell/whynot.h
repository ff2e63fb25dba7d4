#ifndef GATEWAVE_SRC_APP_TELL_WHYNOT_H
#define GATEWAVE_SRC_APP_TELL_WHYNOT_H
/*
 * Why a waiting target is not called yet, and what comes next: the same questions that the core asks of it before a call, answered
 * from what the database knows.
 */
#include <stdint.h>

#include "gatewave/conf/spec.h"
#include "standing.h"
#include "told.h"

/* What stands in a waiting target's way first; NONE: nothing but its turn. */
enum gw_obstacle {
    GW_OBSTACLE_NONE = 0,
    GW_OBSTACLE_WAVE,
    GW_OBSTACLE_WINDOW,
    GW_OBSTACLE_NO_WINDOW,
    GW_OBSTACLE_HOLD,
    GW_OBSTACLE_MATE,
    GW_OBSTACLE_MATE_FAILED,
    GW_OBSTACLE_LIMIT,
    GW_OBSTACLE_COUNT,
};

/* What a device of a pair has to know of the other one, and of itself. */
struct gw_mate_stand {
    uint32_t number, sent;
    enum gw_state state;
    bool relapsed;
    int64_t ended_unix_ms;
};

/*
 * How a mate stands in the way of a device that waits: NONE, MATE (for now; *ret_until_unix_ms when it is known how long, else
 * 0), or MATE_FAILED. pair_soak_ms UINT64_MAX: nothing is verified, so that no mate is ever seen to be well.
 */
enum gw_obstacle gw_whynot_by_mate(const struct gw_mate_stand *own, const struct gw_mate_stand *mate,
                                   uint64_t pair_soak_ms, int64_t now_unix_ms, int64_t *ret_until_unix_ms);
/* The window of a zone that a call can use now or next, and until when one may start in it; false: there is none. */
bool gw_whynot_usable(const struct gw_window_spec *window, const char *zone, int64_t now_unix_ms,
                      struct gw_interval *ret, int64_t *ret_last_unix_ms);

/* The hold that a gateway is on now; until_unix_ms 0: it is on none. */
struct gw_held {
    int64_t until_unix_ms;
    char reason[GW_REASON_MAX], by[GW_BY_MAX];
};
enum gw_code gw_held_read(struct gw_store *store, const char *gateway_id, int64_t now_unix_ms,
                          struct gw_held *ret, struct gw_err *err);

struct gw_whynot {
    const struct gw_standing *standing;
    const struct gw_spec *spec; /* as it was frozen */
    int64_t now_unix_ms;
    const struct gw_told_target *target;
    const struct gw_told_target *mate; /* the other device of its pair in the rollout; NULL: there is none */
    const struct gw_crowd_seen *crowd;
    const struct gw_held *held;
};

/* Adds what a waiting target waits for; the last fact is "next". Not while other threads run (see conf/window.h). */
void gw_whynot_tell(const struct gw_whynot *why, struct gw_facts *facts);

#endif
