#ifndef GATEWAVE_SRC_APP_TELL_JUDGED_H
#define GATEWAVE_SRC_APP_TELL_JUDGED_H
/*
 * All that was said of a rollout's waves, in the order in which it was said: what its gates found, and what people made of
 * that. The last word alone would hide that a wave was stopped once.
 */
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/store/control.h"
#include "gatewave/store/store.h"

struct gw_judgement;

struct gw_judged {
    struct gw_judgement *word;
    size_t n;
};

enum gw_code gw_judged_load(struct gw_store *store, int64_t rollout, struct gw_judged *ret,
                            struct gw_err *err);
void gw_judged_release(struct gw_judged *judged);
/* When the last verdict was given; 0: none was. */
int64_t gw_judged_unix_ms(const struct gw_judged *judged);
/* "abort, forgiven by ann@noc, promote" of the wave with this number; nothing when nothing was said. Escaped. */
void gw_judged_tell(const struct gw_judged *judged, uint32_t wave, struct gw_buf *buf);

#endif
