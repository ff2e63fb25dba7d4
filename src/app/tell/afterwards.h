#ifndef GATEWAVE_SRC_APP_TELL_AFTERWARDS_H
#define GATEWAVE_SRC_APP_TELL_AFTERWARDS_H
/* What comes of a target that was called, or has its outcome. */
#include "standing.h"
#include "told.h"

/* Adds the fact "next": what its state means for what comes, and whether a retry or a rollback is for it. */
void gw_afterwards_tell(const struct gw_standing *standing, const struct gw_told_target *target,
                        struct gw_facts *facts);

#endif
