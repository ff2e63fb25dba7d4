#ifndef GATEWAVE_SRC_APP_CLOCK_H
#define GATEWAVE_SRC_APP_CLOCK_H
/* The wall clock: what is signed with, and what people read. Intervals are measured on the loop's clock instead. */
#include <stdint.h>

int64_t gw_clock_unix_ms(void);

#endif
