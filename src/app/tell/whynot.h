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

struct gw_whynot {
    const struct gw_standing *standing;
    const struct gw_spec *spec; /* as it was frozen */
    int64_t now_unix_ms;
    const struct gw_told_target *target;
    const struct gw_told_target *mate; /* the other device of its pair in the rollout; NULL: there is none */
    const struct gw_crowd_seen *crowd;
};

/* Adds what a waiting target waits for; the last fact is "next". Not while other threads run (see conf/window.h). */
void gw_whynot_tell(const struct gw_whynot *why, struct gw_facts *facts);

#endif
