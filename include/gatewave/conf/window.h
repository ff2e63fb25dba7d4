#ifndef GATEWAVE_CONF_WINDOW_H
#define GATEWAVE_CONF_WINDOW_H
/*
 * Maintenance windows: what `between`, `zone`, `days` and `freeze` mean in real time. The rules of time zones are the
 * system's tz database, read through the C library; nothing of them is written here.
 *
 * A window is open exactly while the zone's own clock says so: from `from_min` on and before `to_min`, on a day of
 * `days` that is not in `freeze`. One that passes midnight belongs to the day on which it opens, and closes at midnight
 * when the next day is frozen: on a frozen day nothing starts, and its night does not open. Where clocks jump forward
 * over an edge, the edge is the moment of the jump, and a window wholly inside the skipped time does not open. Where
 * they jump back, the repeated time is inside or outside both times, as the clock shows it: a window with an edge in it
 * opens twice, with a pause between.
 *
 * The C library knows one zone at a time, by the environment. Each function here that takes a zone sets TZ for its own
 * duration and puts it back, so none may run while another thread of the program does: work windows out before the
 * threads of a run start.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GW_FREEZE_MAX      366
#define GW_ZONE_MAX        64  /* bytes of a zone's name and its NUL */
#define GW_ZONE_TEXT_SIZE  40  /* what gw_zone_text writes at most */
#define GW_WINDOW_AHEAD_D  400 /* how far the intervals look, in days */
#define GW_WINDOW_BEHIND_D 8   /* how far back the opening of what is open now is looked for */

struct gw_date {
    int16_t year;
    uint8_t month, day;
};

/* between: "01:00-05:00". */
struct gw_window_spec {
    bool given;
    uint16_t from_min, to_min; /* minutes after local midnight; from 0..1439, to 0..1440, from != to */
    char *zone;                /* "gateway": each gateway's own; else an IANA name */
    uint8_t days;              /* bit 0: Monday ... bit 6: Sunday; 0x7f when not said */
    struct gw_date freeze[GW_FREEZE_MAX];
    size_t n_freeze;
    uint64_t cutoff_ms; /* no call starts later than this before the end: the expected upgrade time */
};

struct gw_interval {
    int64_t opens_unix_ms, closes_unix_ms; /* open from the first on, closed from the second on */
};

/* The minutes from the opening to the end, on a day without a jump of the clocks: 1..1440. */
uint32_t gw_window_length_min(const struct gw_window_spec *spec);
/* True when the tz database has this zone. Its `right/` half, which counts leap seconds, is not taken. */
bool gw_zone_is_known(const char *zone);
/*
 * The windows of one zone that are open at from_unix_ms or open after it, in order, each apart from the next (what
 * touches is one); at most n. Returns how many. The first keeps its true opening before from_unix_ms, looked for
 * GW_WINDOW_BEHIND_D days back; what has not closed GW_WINDOW_AHEAD_D days after from_unix_ms is said to close then.
 * An unknown zone has none: better never open than open at the wrong time.
 */
size_t gw_window_intervals(const struct gw_window_spec *spec, const char *zone, int64_t from_unix_ms,
                           struct gw_interval *ret, size_t n);
/*
 * The first moment behind from_unix_ms, to_unix_ms at the latest, at which a zone's clocks are set, and by how much:
 * forward, or back (negative). False when they are not, and for an unknown zone.
 */
bool gw_zone_change(const char *zone, int64_t from_unix_ms, int64_t to_unix_ms, int64_t *ret_unix_ms,
                    int32_t *ret_forward_s);
/* "2026-03-29 01:00 CET"; in UTC, and saying so, where the zone is unknown. Cut to size. */
void gw_zone_text(const char *zone, int64_t unix_ms, char *ret, size_t size);

#endif
