#ifndef GATEWAVE_BASE_PARSE_H
#define GATEWAVE_BASE_PARSE_H
/*
 * Strict parsers of the scalars that people write. Each takes the whole text or nothing: no blanks around, no
 * trailing bytes, no locale. They return NULL on success and else a static phrase that says what is allowed,
 * ready to stand behind "rate: ".
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * At most calls in every window of window_ms. window_ms == 0 means unlimited, and calls is UINT32_MAX then: a zeroed
 * rate is one that was not said.
 */
struct gw_rate {
    uint32_t calls;
    uint32_t window_ms;
};

/* Decimal digits only, within [min, max]. */
const char *gw_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret);
/* 250ms, 30s, 20m, 2h, 1d; a whole number and a unit. 0s is allowed. */
const char *gw_parse_duration(const char *text, uint64_t *ret_ms);
/* 2/s, 90/m, 500/h, unlimited. Zero calls are refused: zero is not unlimited. At most 100000/s. */
const char *gw_parse_rate(const char *text, struct gw_rate *ret);
/* 5%, 0.5%, 12.25%: hundredths of a percent (basis points), 0 to 10000. */
const char *gw_parse_percent(const char *text, uint32_t *ret_bp);

/* 2/s as text, as gw_parse_rate reads it; ret holds at least 24 bytes. */
void gw_rate_text(struct gw_rate rate, char *ret, size_t size);
/* 90000 -> "1m30s"; for people. */
void gw_duration_text(uint64_t ms, char *ret, size_t size);
/* calls per second, in thousandths; UINT64_MAX when unlimited. */
uint64_t gw_rate_per_1000s(struct gw_rate rate);

#endif
