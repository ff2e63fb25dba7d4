#ifndef GATEWAVE_SRC_APP_ROLLOUT_ORDERED_H
#define GATEWAVE_SRC_APP_ROLLOUT_ORDERED_H
/* What an order is answered, in words. */
#include <stddef.h>

#include "gatewave/base/names.h"
#include "gatewave/core/order.h"

/* One sentence without a period. wave: the names of the rollout's waves. */
void gw_ordered_text(const struct gw_order_answer *said, const struct gw_names *wave, char *ret, size_t size);

#endif
