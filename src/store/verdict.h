#ifndef GATEWAVE_SRC_STORE_VERDICT_H
#define GATEWAVE_SRC_STORE_VERDICT_H
/* The words for what tripped a chart. */
#include "gatewave/core/gate.h"

/* chart, failed, share; "" for NONE. */
const char *gw_trip_word(enum gw_trip trip);
enum gw_trip gw_trip_find(const char *word);

#endif
