#ifndef GATEWAVE_CONF_WINDOW_H
#define GATEWAVE_CONF_WINDOW_H
/*
 * Maintenance windows: what `between`, `zone`, `days` and `freeze` mean in real time. The rules of time zones are the
 * system's tz database, read through the C library; nothing of them is written here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"

#define GW_FREEZE_MAX 366

struct gw_date {
    int16_t year;
    uint8_t month, day;
};

/* between: "01:00-05:00"; it may pass midnight, and then belongs to the day on which it opens. */
struct gw_window_spec {
    bool given;
    uint16_t from_min, to_min; /* minutes after local midnight, 0..1440; from != to */
    char *zone;                /* "gateway": each gateway's own; else an IANA name */
    uint8_t days;              /* bit 0: Monday ... bit 6: Sunday; 0x7f when not said */
    struct gw_date freeze[GW_FREEZE_MAX];
    size_t n_freeze;
    uint64_t cutoff_ms; /* no call starts later than this before the end: the expected upgrade time */
};

struct gw_interval {
    int64_t opens_unix_ms, closes_unix_ms;
};

/* True when the tz database has this zone. */
bool gw_zone_is_known(const char *zone);
/*
 * The windows of one zone that are open at, or open after, from_unix_ms, in order, merged where they touch; at most
 * n, looking ahead at most 400 days. Where clocks jump forward over an edge, the edge is the moment of the jump; where
 * they jump back, the window opens at the first and closes at the last of the two moments that the clock shows the time.
 */
size_t gw_window_intervals(const struct gw_window_spec *spec, const char *zone, int64_t from_unix_ms,
                           struct gw_interval *ret, size_t n);
/* "2026-03-29 01:00 CET" */
void gw_zone_text(const char *zone, int64_t unix_ms, char *ret, size_t size);

#endif
