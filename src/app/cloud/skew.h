#ifndef GATEWAVE_SRC_APP_CLOUD_SKEW_H
#define GATEWAVE_SRC_APP_CLOUD_SKEW_H
#include <stdint.h>

/*
 * How far the server's clock is ahead of ours, at least: it wrote its date at some moment between our asking and our
 * hearing. A reply that waited for us, because the machine slept, says nothing against either clock: 0.
 */
int64_t gw_skew_ms(int64_t asked_unix_ms, int64_t heard_unix_ms, int64_t server_unix_ms);

#endif
