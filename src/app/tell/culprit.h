#ifndef GATEWAVE_SRC_APP_TELL_CULPRIT_H
#define GATEWAVE_SRC_APP_TELL_CULPRIT_H
/* What explains a rollout's failures, for people and for their shell; only for a culprit whose attribute is not "". */
#include "gatewave/base/buf.h"
#include "gatewave/store/control.h"

/*
 * "11 of 13 failures are model sag-100wm: 11 of 16 of these failed, 2 of 584 of the others", and what fits as well; escaped.
 */
void gw_culprit_tell(const struct gw_culprit *culprit, struct gw_buf *buf);
/*
 * The selection of what it names, as one word of a shell's command line: 'model = sag-100wm'. What a device ran before is
 * a fact of the rollout, not of the inventory. Not escaped.
 */
void gw_culprit_select(const struct gw_culprit *culprit, const char *rollout, struct gw_buf *buf);

#endif
