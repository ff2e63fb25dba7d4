#ifndef GATEWAVE_SRC_APP_CLOCK_H
#define GATEWAVE_SRC_APP_CLOCK_H
/* The wall clock: what is signed with, and what people read. Intervals are measured on the loop's clock instead. */
#include <stdint.h>

int64_t gw_clock_unix_ms(void);
/*
 * How far the server's clock is ahead of ours, at least: it wrote its date at some moment between our asking and our
 * hearing. A reply that waited for us, because the machine slept, says nothing against either clock: 0.
 */
int64_t gw_clock_skew_ms(int64_t asked_unix_ms, int64_t heard_unix_ms, int64_t server_unix_ms);

#endif
