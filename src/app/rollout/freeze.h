#ifndef GATEWAVE_SRC_APP_ROLLOUT_FREEZE_H
#define GATEWAVE_SRC_APP_ROLLOUT_FREEZE_H
/* From a rollout file's values to a rollout in the database: who it is for is frozen here, and never changes. */
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/store/draft.h"
#include "gatewave/store/rollout.h"

#define GW_BY_SIZE 128

/* Who sits here: user@host. */
void gw_freeze_by(char ret[GW_BY_SIZE]);
/* The draft of a spec; as gw_draft_new. */
enum gw_code gw_freeze_draft(struct gw_store *store, const struct gw_spec *spec, struct gw_draft **ret,
                             uint32_t *ret_wave, struct gw_err *err);
/* Where a rollout comes from that is nobody's file. */
struct gw_freeze_from {
    const char *policy; /* a night makes it for this one; NULL: none does */
    int64_t night;
    int64_t last;                       /* as gw_rollout_new.policy_last */
    const struct gw_gateway_list *only; /* ... and for these, instead of whom its selection holds */
    int64_t takes_back;                 /* a person takes back what this rollout changed; 0: none */
    const char *reason;                 /* ... and why; NULL: nobody said it */
};

/*
 * Freezes a spec. The texts that the database keeps are read back first, as a rollout file is, so that what cannot be
 * run again cannot be frozen. note is one line for people, kept as a comment above the spec; NULL: none. from NULL: a
 * person's file.
 */
enum gw_code gw_freeze(struct gw_store *store, const struct gw_spec *spec, const char *note,
                       const struct gw_freeze_from *from, struct gw_rollout_row *ret, struct gw_err *err);

#endif
