/*
 * Maintenance windows in real time. Between two changes of a zone's clocks local time is plain arithmetic, so the
 * C library is asked for one thing only, the offset from UTC at a moment: stretches of one offset are found by it, and
 * the days of a window are laid over each. A window is asked for once for each zone of a plan; the search stops
 * when enough intervals are known.
 *
 * What must stay true: TZ is afterwards what it was before, and a zone that the tz database lacks is never mistaken
 * for UTC, as the C library would.
 */
#include "gatewave/conf/window.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

#define MINUTE_S (int64_t)60
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)
/* No zone's clocks change twice in so short a time. */
#define STEP_S (6 * HOUR_S)

/* Rounds down, before 1970 too. */
static int64_t gw_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* ---- zones ---- */

/* The names of the tz database: no dot, so neither `..` nor the tables that lie beside the zones. */
static bool gw_zone_is_name(const char *zone)
{
    size_t len = strlen(zone);

    if (len == 0 || len >= GW_ZONE_MAX || gw_text_starts(zone, "right/"))
        return false;
    for (const char *p = zone; *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');

        if (!letter && (p == zone || ((*p < '0' || *p > '9') && !strchr("_+-/", *p))))
            return false;
    }
    return true;
}

bool gw_zone_is_known(const char *zone)
{
    const char *directory = getenv("TZDIR");
    char magic[4] = "";
    struct gw_buf path;
    bool known = false;
    FILE *file;

    if (!gw_zone_is_name(zone))
        return false;
    gw_buf_init(&path, 0);
    (void)gw_buf_addf(&path, "%s/%s", directory && *directory ? directory : "/usr/share/zoneinfo", zone);
    file = fopen(gw_buf_text(&path), "re");
    if (file) {
        /* A directory opens too, and does not read. */
        known = fread(magic, 1, sizeof(magic), file) == sizeof(magic) && memcmp(magic, "TZif", 4) == 0;
        (void)fclose(file);
    }
    gw_buf_release(&path);
    return known;
}

/* Makes zone, or UTC where it is unknown, the C library's; returns what to give to gw_zone_leave. */
static char *gw_zone_enter(const char *zone)
{
    const char *now = getenv("TZ");
    char *before = now ? gw_mem_dup(now) : NULL;
    char name[GW_ZONE_MAX + 1];

    /* With the colon it is a name of the database and never a rule spelled out, as in EST5EDT. */
    (void)snprintf(name, sizeof(name), ":%s", zone);
    GW_CHECK(setenv("TZ", gw_zone_is_known(zone) ? name : "UTC0", 1) == 0);
    tzset();
    return before;
}

static void gw_zone_leave(char *before)
{
    GW_CHECK((before ? setenv("TZ", before, 1) : unsetenv("TZ")) == 0);
    tzset();
    free(before);
}

static struct tm gw_zone_local(int64_t unix_s)
{
    const time_t at = unix_s;
    struct tm local;

    GW_CHECK(localtime_r(&at, &local));
    return local;
}

void gw_zone_text(const char *zone, int64_t unix_ms, char *ret, size_t size)
{
    char *before = gw_zone_enter(zone);
    struct tm local = gw_zone_local(gw_floor_div(unix_ms, 1000));

    (void)snprintf(ret, size, "%04d-%02d-%02d %02d:%02d %s", local.tm_year + 1900, local.tm_mon + 1,
                   local.tm_mday, local.tm_hour, local.tm_min, local.tm_zone);
    gw_zone_leave(before);
}

/* The first second of (from, to] at which the clocks are set otherwise than at from; to when they never are. */
static int64_t gw_zone_change_s(int64_t from_s, int64_t to_s)
{
    long offset_s = gw_zone_local(from_s).tm_gmtoff;

    if (gw_zone_local(to_s).tm_gmtoff == offset_s)
        return to_s;
    while (to_s - from_s > 1) {
        int64_t middle_s = from_s + (to_s - from_s) / 2;

        if (gw_zone_local(middle_s).tm_gmtoff == offset_s)
            from_s = middle_s;
        else
            to_s = middle_s;
    }
    return to_s;
}

bool gw_zone_change(const char *zone, int64_t from_unix_ms, int64_t to_unix_ms, int64_t *ret_unix_ms,
                    int32_t *ret_forward_s)
{
    int64_t at_s = gw_floor_div(from_unix_ms, 1000), end_s = gw_floor_div(to_unix_ms, 1000);
    bool changed = false;
    char *before;

    if (!gw_zone_is_known(zone))
        return false;
    before = gw_zone_enter(zone);
    while (at_s < end_s && !changed) {
        long offset_s = gw_zone_local(at_s).tm_gmtoff;
        int64_t next_s = gw_zone_change_s(at_s, at_s + STEP_S < end_s ? at_s + STEP_S : end_s);
        long next_offset_s = gw_zone_local(next_s).tm_gmtoff;

        changed = next_offset_s != offset_s;
        if (changed) {
            *ret_unix_ms = next_s * 1000;
            *ret_forward_s = (int32_t)(next_offset_s - offset_s);
        }
        at_s = next_s;
    }
    gw_zone_leave(before);
    return changed;
}

/* ---- windows ---- */

struct gw_window_walk {
    const struct gw_window_spec *spec;
    int64_t freeze_day[GW_FREEZE_MAX]; /* days after 1970-01-01 */
    int64_t from_ms;
    struct gw_interval *ret;
    size_t n, max;
    struct gw_interval open; /* the last one, which may still grow; opens == closes: there is none */
};

uint32_t gw_window_length_min(const struct gw_window_spec *spec)
{
    return spec->to_min > spec->from_min ? (uint32_t)(spec->to_min - spec->from_min)
                                         : (uint32_t)(spec->to_min + 1440 - spec->from_min);
}

static bool gw_window_is_frozen(const struct gw_window_walk *walk, int64_t day)
{
    for (size_t i = 0; i < walk->spec->n_freeze; i++)
        if (walk->freeze_day[i] == day)
            return true;
    return false;
}

/* Does a window open on this day? 1970-01-01, day 0, was a Thursday. */
static bool gw_window_is_day(const struct gw_window_walk *walk, int64_t day)
{
    int64_t weekday = day + 3 - gw_floor_div(day + 3, 7) * 7;

    return (walk->spec->days >> weekday & 1) && !gw_window_is_frozen(walk, day);
}

static void gw_window_close(struct gw_window_walk *walk)
{
    if (walk->open.opens_unix_ms < walk->open.closes_unix_ms && walk->open.closes_unix_ms > walk->from_ms &&
        walk->n < walk->max)
        walk->ret[walk->n++] = walk->open;
    walk->open = (struct gw_interval){0};
}

static void gw_window_add(struct gw_window_walk *walk, int64_t opens_s, int64_t closes_s)
{
    if (opens_s >= closes_s)
        return;
    if (walk->open.closes_unix_ms != opens_s * 1000) {
        gw_window_close(walk);
        walk->open.opens_unix_ms = opens_s * 1000;
    }
    walk->open.closes_unix_ms = closes_s * 1000;
}

/* The windows of a stretch in which local time is UTC and this offset. */
static void gw_window_stretch(struct gw_window_walk *walk, int64_t from_s, int64_t to_s, int64_t offset_s)
{
    int64_t first = gw_floor_div(from_s + offset_s, DAY_S) - 1; /* its window may pass midnight */
    int64_t last = gw_floor_div(to_s - 1 + offset_s, DAY_S);

    for (int64_t day = first; day <= last; day++) {
        int64_t opens_s = day * DAY_S + walk->spec->from_min * MINUTE_S;
        int64_t closes_s = opens_s + gw_window_length_min(walk->spec) * MINUTE_S;
        int64_t midnight_s = (day + 1) * DAY_S;

        if (!gw_window_is_day(walk, day))
            continue;
        if (closes_s > midnight_s && gw_window_is_frozen(walk, day + 1))
            closes_s = midnight_s;
        opens_s -= offset_s;
        closes_s -= offset_s;
        gw_window_add(walk, opens_s > from_s ? opens_s : from_s, closes_s < to_s ? closes_s : to_s);
    }
}

size_t gw_window_intervals(const struct gw_window_spec *spec, const char *zone, int64_t from_unix_ms,
                           struct gw_interval *ret, size_t n)
{
    struct gw_window_walk walk = {.spec = spec, .from_ms = from_unix_ms, .ret = ret, .max = n};
    int64_t now_s = gw_floor_div(from_unix_ms, 1000);
    int64_t end_s = now_s + GW_WINDOW_AHEAD_D * DAY_S, next_s;
    char *before;

    GW_CHECK(spec->given && spec->from_min < 1440 && spec->to_min <= 1440 && spec->from_min != spec->to_min &&
             spec->n_freeze <= GW_FREEZE_MAX);
    if (!gw_zone_is_known(zone))
        return 0;
    for (size_t i = 0; i < spec->n_freeze; i++) {
        char text[GW_WHEN_TEXT_SIZE];
        int64_t midnight_ms;

        (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT00:00:00Z", spec->freeze[i].year,
                       spec->freeze[i].month, spec->freeze[i].day);
        GW_CHECK(gw_when_parse(text, &midnight_ms));
        walk.freeze_day[i] = gw_floor_div(midnight_ms, DAY_S * 1000);
    }
    before = gw_zone_enter(zone);
    for (int64_t at_s = now_s - GW_WINDOW_BEHIND_D * DAY_S; at_s < end_s && walk.n < n; at_s = next_s) {
        next_s = gw_zone_change_s(at_s, at_s + STEP_S < end_s ? at_s + STEP_S : end_s);
        gw_window_stretch(&walk, at_s, next_s, gw_zone_local(at_s).tm_gmtoff);
    }
    gw_window_close(&walk);
    gw_zone_leave(before);
    return walk.n;
}
