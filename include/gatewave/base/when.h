#ifndef GATEWAVE_BASE_WHEN_H
#define GATEWAVE_BASE_WHEN_H
/* UTC wall times as text and back: pure arithmetic on the proleptic Gregorian calendar, no zone, no clock. */
#include <stdbool.h>
#include <stdint.h>

#define GW_WHEN_TEXT_SIZE 32

/* 2026-01-02T03:04:05Z (whole seconds, as the vendor's Timestamp). */
void gw_when_text(int64_t unix_ms, char ret[GW_WHEN_TEXT_SIZE]);
/* Reads that form, with or without a fraction of a second. */
bool gw_when_parse(const char *text, int64_t *ret_unix_ms);
/* Reads an HTTP Date (IMF-fixdate only): Sun, 06 Nov 1994 08:49:37 GMT. */
bool gw_when_parse_http(const char *text, int64_t *ret_unix_ms);

#endif
