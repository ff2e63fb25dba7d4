#ifndef GATEWAVE_SRC_APP_TELL_FORESEE_H
#define GATEWAVE_SRC_APP_TELL_FORESEE_H
/* Orders that the rollout would refuse as it stands: they are refused before a byte is written. */
#include "gatewave/base/err.h"
#include "gatewave/core/order.h"
#include "gatewave/store/rollout.h"

/*
 * GW_ERR_INPUT, with the sentence that the rollout would answer; GW_OK when it would take the order, or when only its
 * machine can tell. wave: of an approval, NULL for whichever waits.
 */
enum gw_code gw_foresee(struct gw_store *store, const struct gw_rollout_row *row, enum gw_order_kind kind,
                        const char *wave, struct gw_err *err);

#endif
