#ifndef GATEWAVE_SRC_APP_TELL_SENTENCE_H
#define GATEWAVE_SRC_APP_TELL_SENTENCE_H
/*
 * What the core decided, in words: it records numbers and codes, and here they become the one sentence that is kept
 * with the record and that people read ever after.
 */
#include <stdint.h>

#include "gatewave/base/names.h"
#include "gatewave/core/rollout.h"

struct gw_sentences {
    const struct gw_names *wave, *model; /* names of the rollout's waves and models */
    char evidence[GW_REASON_MAX];        /* of the last verdict */
    char stopped[GW_REASON_MAX];         /* why the rollout is in its phase; "" when that needs no reason */
};

/* Fills in record->reason where it is for the shell to do. skew_ms: how far ahead the cloud's clock is. */
void gw_sentence_fill(struct gw_sentences *sentences, struct gw_record *record,
                      const struct gw_rollout *rollout, int64_t skew_ms);

#endif
