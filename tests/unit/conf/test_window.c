/* Windows in real time: known answers around the days on which clocks are set, then every minute of weeks around those
 * days in five zones against the local clock as the C library shows it. */
#include "gatewave/conf/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/when.h"

#define MINUTE_MS (int64_t)60000
#define ALL_DAYS  0x7f

enum {
    MON = 1,
    TUE = 2,
    WED = 4,
    THU = 8,
    FRI = 16,
    SAT = 32,
    SUN = 64
};

static int64_t at(const char *utc)
{
    char text[64];
    int64_t unix_ms = 0;

    (void)snprintf(text, sizeof(text), "%s:00Z", utc);
    if (!gw_when_parse(text, &unix_ms))
        fail_msg("not a time: %s", utc);
    return unix_ms;
}

static struct gw_window_spec window(const char *between, uint8_t days)
{
    unsigned h1, m1, h2, m2;

    assert_int_equal(sscanf(between, "%2u:%2u-%2u:%2u", &h1, &m1, &h2, &m2), 4);
    return (struct gw_window_spec){.given = true,
                                   .from_min = (uint16_t)(h1 * 60 + m1),
                                   .to_min = (uint16_t)(h2 * 60 + m2),
                                   .days = days};
}

/* Compares the first intervals with "OPENS CLOSES|OPENS CLOSES", as many as are there. */
static void check_spec(const struct gw_window_spec *spec, const char *zone, const char *from,
                       const char *want)
{
    struct gw_interval found[8];
    char seen[512] = "";
    size_t n = 1;

    for (const char *p = want; *p; p++)
        n += *p == '|';
    assert_true(n <= GW_COUNT_OF(found));
    n = gw_window_intervals(spec, zone, at(from), found, n);
    for (size_t i = 0; i < n; i++) {
        char opens[GW_WHEN_TEXT_SIZE], closes[GW_WHEN_TEXT_SIZE];
        size_t len = strlen(seen);

        gw_when_text(found[i].opens_unix_ms, opens);
        gw_when_text(found[i].closes_unix_ms, closes);
        (void)snprintf(seen + len, sizeof(seen) - len, "%s%.16s %.16s", i ? "|" : "", opens, closes);
    }
    assert_string_equal(seen, want);
}

static void check(const char *between, const char *zone, const char *from, const char *want)
{
    struct gw_window_spec spec = window(between, ALL_DAYS);

    check_spec(&spec, zone, from, want);
}

/* ---- Europe/Berlin: 02:00 CET becomes 03:00 CEST on 2026-03-29, 03:00 CEST becomes 02:00 CET on 2026-10-25 ---- */

static void a_spring_night_is_an_hour_short(void **state)
{
    (void)state;
    check("01:00-05:00", "Europe/Berlin", "2026-03-27T12:00",
          "2026-03-28T00:00 2026-03-28T04:00|2026-03-29T00:00 2026-03-29T03:00|2026-03-29T23:00 "
          "2026-03-30T03:00");
    check("22:00-05:00", "Europe/Berlin", "2026-03-28T12:00",
          "2026-03-28T21:00 2026-03-29T03:00|2026-03-29T20:00 2026-03-30T03:00");
}

static void an_autumn_night_is_an_hour_long(void **state)
{
    (void)state;
    check("01:00-05:00", "Europe/Berlin", "2026-10-24T12:00",
          "2026-10-24T23:00 2026-10-25T04:00|2026-10-26T00:00 2026-10-26T04:00");
    check("22:00-05:00", "Europe/Berlin", "2026-10-24T12:00",
          "2026-10-24T20:00 2026-10-25T04:00|2026-10-25T21:00 2026-10-26T04:00");
}

static void an_edge_in_the_skipped_hour_is_the_jump(void **state)
{
    (void)state;
    check("01:30-02:30", "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T00:30 2026-03-29T01:00");
    check("02:30-04:00", "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T01:00 2026-03-29T02:00");
    check("02:00-03:00", "Europe/Berlin", "2026-03-28T12:00", "2026-03-30T00:00 2026-03-30T01:00");
    check("02:00-02:30", "Europe/Berlin", "2026-03-28T00:00",
          "2026-03-28T01:00 2026-03-28T01:30|2026-03-30T00:00 2026-03-30T00:30");
    check("03:00-04:00", "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T01:00 2026-03-29T02:00");
}

static void an_edge_in_the_repeated_hour_comes_twice(void **state)
{
    (void)state;
    check("02:00-02:30", "Europe/Berlin", "2026-10-24T12:00",
          "2026-10-25T00:00 2026-10-25T00:30|2026-10-25T01:00 2026-10-25T01:30|2026-10-26T01:00 "
          "2026-10-26T01:30");
    check("01:00-02:30", "Europe/Berlin", "2026-10-24T12:00",
          "2026-10-24T23:00 2026-10-25T00:30|2026-10-25T01:00 2026-10-25T01:30");
    check("02:30-04:00", "Europe/Berlin", "2026-10-24T12:00",
          "2026-10-25T00:30 2026-10-25T01:00|2026-10-25T01:30 2026-10-25T03:00");
    /* The whole of it, twice in a row, is one window. */
    check("02:00-03:00", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:00 2026-10-25T02:00");
}

/* ---- other zones ---- */

static void each_zone_has_its_own_night(void **state)
{
    (void)state;
    check("01:00-05:00", "Asia/Shanghai", "2026-03-28T12:00", "2026-03-28T17:00 2026-03-28T21:00");
    check("01:00-05:00", "Asia/Kolkata", "2026-03-28T12:00", "2026-03-28T19:30 2026-03-28T23:30");
    check("01:00-05:00", "America/New_York", "2026-03-07T12:00",
          "2026-03-08T06:00 2026-03-08T09:00|2026-03-09T05:00 2026-03-09T09:00");
    check("01:00-05:00", "America/New_York", "2026-10-31T12:00",
          "2026-11-01T05:00 2026-11-01T10:00|2026-11-02T06:00 2026-11-02T10:00");
    check("01:00-05:00", "UTC", "2026-03-28T12:00", "2026-03-29T01:00 2026-03-29T05:00");
}

/* Half an hour: 02:00 becomes 01:30 on 2026-04-05 and 02:30 on 2026-10-04. */
static void clocks_may_be_set_by_half_an_hour(void **state)
{
    (void)state;
    check("01:30-02:00", "Australia/Lord_Howe", "2026-04-04T12:00", "2026-04-04T14:30 2026-04-04T15:30");
    check("01:45-02:15", "Australia/Lord_Howe", "2026-04-04T12:00",
          "2026-04-04T14:45 2026-04-04T15:00|2026-04-04T15:15 2026-04-04T15:45");
    check("02:00-02:30", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04T15:00 2026-10-04T15:30");
    check("01:00-02:15", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-03T14:30 2026-10-03T15:30");
}

/* In Beirut midnight itself is skipped (2026-03-29) and 23:00 to midnight repeated (2026-10-24). */
static void clocks_may_be_set_at_midnight(void **state)
{
    (void)state;
    check("00:00-01:00", "Asia/Beirut", "2026-03-28T00:00", "2026-03-29T21:00 2026-03-29T22:00");
    check("23:30-01:30", "Asia/Beirut", "2026-03-28T12:00", "2026-03-28T21:30 2026-03-28T22:30");
    check("23:30-00:30", "Asia/Beirut", "2026-10-24T12:00",
          "2026-10-24T20:30 2026-10-24T21:00|2026-10-24T21:30 2026-10-24T22:30");
}

/* ---- days and dates ---- */

static void days_are_those_on_which_a_window_opens(void **state)
{
    struct gw_window_spec spec = window("22:00-02:00", FRI | SUN);

    (void)state;
    check_spec(&spec, "UTC", "2026-06-01T00:00", /* a Monday: Sunday's night is still open */
               "2026-05-31T22:00 2026-06-01T02:00|2026-06-05T22:00 2026-06-06T02:00|2026-06-07T22:00 "
               "2026-06-08T02:00");
    spec.days = MON | TUE | WED | THU;
    check_spec(&spec, "UTC", "2026-06-04T03:00",
               "2026-06-04T22:00 2026-06-05T02:00|2026-06-08T22:00 2026-06-09T02:00");
    spec.days = SAT;
    check_spec(&spec, "UTC", "2026-02-26T00:00", "2026-02-28T22:00 2026-03-01T02:00");
    /* The weekday is the zone's: Saturday night in Auckland is Saturday morning in UTC. */
    check_spec(&spec, "Pacific/Auckland", "2026-06-01T00:00", "2026-06-06T10:00 2026-06-06T14:00");
}

static void nothing_is_open_on_a_frozen_date(void **state)
{
    struct gw_window_spec spec = window("01:00-05:00", ALL_DAYS);

    (void)state;
    spec.freeze[spec.n_freeze++] = (struct gw_date){2026, 12, 25};
    spec.freeze[spec.n_freeze++] = (struct gw_date){2026, 12, 24};
    check_spec(&spec, "UTC", "2026-12-23T00:00",
               "2026-12-23T01:00 2026-12-23T05:00|2026-12-26T01:00 2026-12-26T05:00");
    /* One that passes midnight: cut where the frozen day begins, and the frozen day's own night is closed. */
    spec.from_min = 22 * 60;
    check_spec(&spec, "UTC", "2026-12-22T12:00",
               "2026-12-22T22:00 2026-12-23T05:00|2026-12-23T22:00 2026-12-24T00:00|2026-12-26T22:00 "
               "2026-12-27T05:00");
    check_spec(&spec, "Asia/Shanghai", "2026-12-23T12:00",
               "2026-12-23T14:00 2026-12-23T16:00|2026-12-26T14:00 2026-12-26T21:00");
}

static void windows_that_touch_are_one(void **state)
{
    struct gw_window_spec spec = window("00:00-24:00", SAT | SUN);

    (void)state;
    check_spec(&spec, "Europe/Berlin", "2026-03-27T00:00",
               "2026-03-27T23:00 2026-03-29T22:00|2026-04-03T22:00 2026-04-05T22:00");
    spec.freeze[spec.n_freeze++] = (struct gw_date){2026, 3, 28};
    check_spec(&spec, "Europe/Berlin", "2026-03-27T00:00",
               "2026-03-28T23:00 2026-03-29T22:00|2026-04-03T22:00 2026-04-05T22:00");
    /* Never closed: as far as is looked, to both sides. */
    spec = window("00:00-24:00", ALL_DAYS);
    check_spec(&spec, "UTC", "2026-01-09T12:34", "2026-01-01T12:34 2027-02-13T12:34");
}

static void no_day_has_no_window(void **state)
{
    struct gw_window_spec spec = window("01:00-05:00", 0);
    struct gw_interval found[2];

    (void)state;
    assert_int_equal(gw_window_intervals(&spec, "UTC", 0, found, 2), 0);
    spec.days = ALL_DAYS;
    assert_int_equal(gw_window_intervals(&spec, "UTC", 0, found, 0), 0);
}

static void what_is_open_now_keeps_its_opening(void **state)
{
    struct gw_window_spec spec = window("22:00-05:00", ALL_DAYS);
    struct gw_interval found;

    (void)state;
    check_spec(&spec, "UTC", "2026-06-02T04:59", "2026-06-01T22:00 2026-06-02T05:00");
    check_spec(&spec, "UTC", "2026-06-02T05:00", "2026-06-02T22:00 2026-06-03T05:00");
    assert_int_equal(gw_window_intervals(&spec, "UTC", at("2026-06-02T05:00") - 1, &found, 1), 1);
    assert_int_equal(found.opens_unix_ms, at("2026-06-01T22:00"));
    /* Before 1970 too, where rounding down is not rounding to zero. */
    check_spec(&spec, "UTC", "1969-12-30T23:00", "1969-12-30T22:00 1969-12-31T05:00");
}

static void a_length_is_told(void **state)
{
    struct gw_window_spec spec = window("01:00-05:00", ALL_DAYS);

    (void)state;
    assert_int_equal(gw_window_length_min(&spec), 240);
    spec = window("22:30-00:00", ALL_DAYS);
    assert_int_equal(gw_window_length_min(&spec), 90);
    spec = window("00:00-24:00", ALL_DAYS);
    assert_int_equal(gw_window_length_min(&spec), 1440);
    spec = window("00:01-00:00", ALL_DAYS);
    assert_int_equal(gw_window_length_min(&spec), 1439);
}

/* ---- each minute against the clock on the wall ---- */

struct wall {
    int date, date_before;            /* 20260329 */
    unsigned weekday, weekday_before; /* 0: Monday */
    unsigned minute;
};

static int date_of(const struct tm *day)
{
    return ((day->tm_year + 1900) * 100 + day->tm_mon + 1) * 100 + day->tm_mday;
}

/* What the clock and the calendar on a wall of the current TZ show. */
static struct wall wall_at(int64_t unix_ms)
{
    const time_t now = unix_ms / 1000;
    struct tm local, before;
    struct wall wall;
    time_t midday;

    assert_non_null(localtime_r(&now, &local));
    before = local;
    before.tm_hour = 12;
    midday = timegm(&before) - 86400;
    assert_non_null(gmtime_r(&midday, &before));
    wall.minute = (unsigned)(local.tm_hour * 60 + local.tm_min);
    wall.weekday = (unsigned)(local.tm_wday + 6) % 7;
    wall.weekday_before = (unsigned)(before.tm_wday + 6) % 7;
    wall.date = date_of(&local);
    wall.date_before = date_of(&before);
    return wall;
}

static bool is_frozen(const struct gw_window_spec *spec, int date)
{
    for (size_t i = 0; i < spec->n_freeze; i++)
        if ((spec->freeze[i].year * 100 + spec->freeze[i].month) * 100 + spec->freeze[i].day == date)
            return true;
    return false;
}

static bool is_open(const struct gw_window_spec *spec, const struct wall *wall)
{
    if (is_frozen(spec, wall->date))
        return false;
    if (spec->from_min < spec->to_min)
        return wall->minute >= spec->from_min && wall->minute < spec->to_min &&
               spec->days >> wall->weekday & 1;
    if (wall->minute >= spec->from_min)
        return spec->days >> wall->weekday & 1;
    return wall->minute < spec->to_min && spec->days >> wall->weekday_before & 1 &&
           !is_frozen(spec, wall->date_before);
}

static void check_minutes(const char *zone, const char *from, int weeks, const struct gw_window_spec *specs,
                          size_t n)
{
    struct gw_interval found[64];
    struct wall *walls = calloc((size_t)weeks * 7 * 1440, sizeof(*walls));
    int64_t start = at(from), minutes = weeks * 7 * 1440;

    assert_non_null(walls);
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
    for (int64_t m = 0; m < minutes; m++)
        walls[m] = wall_at(start + m * MINUTE_MS);
    assert_int_equal(unsetenv("TZ"), 0);
    for (size_t i = 0; i < n; i++) {
        size_t next = 0, n_found = gw_window_intervals(&specs[i], zone, start, found, GW_COUNT_OF(found));

        assert_true(n_found > 0);
        for (size_t k = 0; k < n_found; k++) {
            assert_true(found[k].opens_unix_ms < found[k].closes_unix_ms);
            assert_true(k == 0 || found[k - 1].closes_unix_ms < found[k].opens_unix_ms);
        }
        assert_true(found[n_found - 1].closes_unix_ms >= start + minutes * MINUTE_MS);
        for (int64_t m = 0; m < minutes; m++) {
            int64_t now = start + m * MINUTE_MS;

            while (found[next].closes_unix_ms <= now)
                next++;
            if (is_open(&specs[i], &walls[m]) != (now >= found[next].opens_unix_ms))
                fail_msg("%s, window %zu: %d %02u:%02u", zone, i, walls[m].date, walls[m].minute / 60,
                         walls[m].minute % 60);
        }
    }
    free(walls);
}

static void every_minute_is_open_when_the_local_clock_says_so(void **state)
{
    static const struct {
        const char *zone, *spring, *autumn;
    } zones[] = {
        {"Europe/Berlin", "2026-03-20T00:00", "2026-10-16T00:00"},
        {"America/New_York", "2026-02-27T00:00", "2026-10-23T00:00"},
        {"Australia/Lord_Howe", "2026-03-27T00:00", "2026-09-25T00:00"},
        {"Asia/Shanghai", "2026-03-20T00:00", "2026-10-16T00:00"},
        {"Asia/Kolkata", "2026-03-20T00:00", "2026-10-16T00:00"},
        {"Asia/Beirut", "2026-03-20T00:00", "2026-10-16T00:00"},
    };
    struct gw_window_spec specs[] = {
        window("01:00-05:00", ALL_DAYS),        window("02:00-02:30", ALL_DAYS),
        window("22:00-05:00", ALL_DAYS),        window("01:45-02:15", MON | SAT | SUN),
        window("23:30-00:00", SAT | SUN | THU), window("03:00-02:00", ALL_DAYS),
        window("02:30-02:00", SUN | TUE),       window("00:00-24:00", SAT | WED),
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(specs); i += 2) { /* the Sundays on which clocks are set, and others */
        static const struct gw_date dates[] = {{2026, 3, 29}, {2026, 10, 24}, {2026, 3, 8}, {2026, 4, 2}};

        memcpy(specs[i].freeze, dates, sizeof(dates));
        specs[i].n_freeze = GW_COUNT_OF(dates);
    }
    for (size_t i = 0; i < GW_COUNT_OF(zones); i++) {
        check_minutes(zones[i].zone, zones[i].spring, 3, specs, GW_COUNT_OF(specs));
        check_minutes(zones[i].zone, zones[i].autumn, 3, specs, GW_COUNT_OF(specs));
    }
}

/* ---- the tz database ---- */

static void zones_are_those_of_the_database(void **state)
{
    static const char *const known[] = {
        "Europe/Berlin", "Asia/Shanghai", "Asia/Kolkata",     "Australia/Lord_Howe",
        "UTC",           "Etc/GMT+5",     "America/New_York", "America/Argentina/Buenos_Aires"};
    static const char *const unknown[] = {
        "",
        "Europe/Berlim",
        "Europe",
        "gateway",
        "../zoneinfo/UTC",
        "Europe/../UTC",
        "/usr/share/zoneinfo/UTC",
        "zone.tab",
        "leapseconds",
        "right/UTC",
        ":UTC",
        "UTC0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        " UTC",
        "Europe/Berlin ",
        "-UTC",
        "Aaaaaaaaaaaaaaaa/Aaaaaaaaaaaaaaaa/Aaaaaaaaaaaaaaaa/Aaaaaaaaaaaaaaaaa"};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(known); i++)
        if (!gw_zone_is_known(known[i]))
            fail_msg("%s", known[i]);
    for (size_t i = 0; i < GW_COUNT_OF(unknown); i++)
        if (gw_zone_is_known(unknown[i]))
            fail_msg("%s", unknown[i]);
}

static void write_zone(const char *path)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    /* Version 1 of the format, one type: 1 h 30 min east of UTC, called HRE. */
    assert_int_equal(fwrite("TZif\0"
                            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
                            "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4"
                            "\0\0\x15\x18\0\0HRE",
                            1, 54, file),
                     54);
    assert_int_equal(fclose(file), 0);
}

static void the_database_may_lie_elsewhere(void **state)
{
    struct gw_window_spec spec = window("01:00-05:00", ALL_DAYS);
    char directory[] = "/tmp/gatewave-zones-XXXXXX", path[64], name[GW_ZONE_MAX + 1], longest[128],
         longer[128];
    struct gw_interval found;

    (void)state;
    memset(name, 'x', sizeof(name));
    name[GW_ZONE_MAX] = '\0';
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof(path), "%s/Here", directory);
    (void)snprintf(longest, sizeof(longest), "%s/%s", directory, name + 1);
    (void)snprintf(longer, sizeof(longer), "%s/%s", directory, name);
    write_zone(path);
    write_zone(longest);
    write_zone(longer);
    assert_int_equal(setenv("TZDIR", directory, 1), 0);
    assert_true(gw_zone_is_known("Here"));
    assert_false(gw_zone_is_known("Europe/Berlin"));
    assert_true(gw_zone_is_known(name + 1));
    assert_false(gw_zone_is_known(name));
    check_spec(&spec, "Here", "2026-06-01T00:00", "2026-05-31T23:30 2026-06-01T03:30");
    /* A zone that is gone is closed, not UTC. */
    assert_int_equal(gw_window_intervals(&spec, "Europe/Berlin", at("2026-06-01T00:00"), &found, 1), 0);
    assert_int_equal(unsetenv("TZDIR"), 0);
    assert_true(gw_zone_is_known("Europe/Berlin"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(unlink(longest), 0);
    assert_int_equal(unlink(longer), 0);
    assert_int_equal(rmdir(directory), 0);
}

static void the_program_keeps_its_own_zone(void **state)
{
    struct gw_window_spec spec = window("01:00-05:00", ALL_DAYS);
    struct gw_interval found;
    char text[GW_ZONE_TEXT_SIZE];

    (void)state;
    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    tzset();
    assert_int_equal(gw_window_intervals(&spec, "Europe/Berlin", at("2026-06-01T00:00"), &found, 1), 1);
    gw_zone_text("America/New_York", 0, text, sizeof(text));
    assert_string_equal(getenv("TZ"), "Asia/Tokyo");
    assert_string_equal(tzname[0], "JST");
    assert_int_equal(timezone, -9 * 3600);
    assert_int_equal(unsetenv("TZ"), 0);
    tzset();
    gw_zone_text("Asia/Tokyo", 0, text, sizeof(text));
    assert_null(getenv("TZ"));
}

static void times_are_told_as_the_zone_does(void **state)
{
    static const struct {
        const char *zone, *utc, *want;
    } cases[] = {
        {"Europe/Berlin", "2026-03-29T00:59", "2026-03-29 01:59 CET"},
        {"Europe/Berlin", "2026-03-29T01:00", "2026-03-29 03:00 CEST"},
        {"Europe/Berlin", "2026-10-25T00:30", "2026-10-25 02:30 CEST"},
        {"Europe/Berlin", "2026-10-25T01:30", "2026-10-25 02:30 CET"},
        {"Asia/Shanghai", "2026-12-31T16:00", "2027-01-01 00:00 CST"},
        {"Asia/Kolkata", "2026-06-01T00:00", "2026-06-01 05:30 IST"},
        {"Australia/Lord_Howe", "2026-06-01T00:00", "2026-06-01 10:30 +1030"},
        {"UTC", "2028-02-29T23:59", "2028-02-29 23:59 UTC"},
        {"Nowhere/Land", "2026-06-01T00:00", "2026-06-01 00:00 UTC"},
    };
    char text[GW_ZONE_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        gw_zone_text(cases[i].zone, at(cases[i].utc), text, sizeof(text));
        assert_string_equal(text, cases[i].want);
    }
    gw_zone_text("UTC", -1, text, sizeof(text));
    assert_string_equal(text, "1969-12-31 23:59 UTC");
    gw_zone_text("UTC", 0, text, 11);
    assert_string_equal(text, "1970-01-01");
}

/* ---- clocks ---- */

static void the_setting_of_clocks_is_found(void **state)
{
    int64_t found_ms = 0;
    int32_t forward_s = 0;

    (void)state;
    assert_true(gw_zone_change("Europe/Berlin", at("2026-03-01T00:00"), at("2026-12-31T00:00"), &found_ms,
                               &forward_s));
    assert_int_equal(found_ms, at("2026-03-29T01:00"));
    assert_int_equal(forward_s, 3600);
    assert_true(gw_zone_change("Europe/Berlin", found_ms, at("2026-12-31T00:00"), &found_ms, &forward_s));
    assert_int_equal(found_ms, at("2026-10-25T01:00"));
    assert_int_equal(forward_s, -3600);
    assert_true(gw_zone_change("Australia/Lord_Howe", at("2026-03-01T00:00"), at("2026-12-31T00:00"),
                               &found_ms, &forward_s));
    assert_int_equal(found_ms, at("2026-04-04T15:00"));
    assert_int_equal(forward_s, -1800);
}

static void clocks_that_stay_are_not_found(void **state)
{
    int64_t found_ms = 77;
    int32_t forward_s = 77;

    (void)state;
    assert_false(gw_zone_change("Asia/Shanghai", at("2026-01-01T00:00"), at("2027-01-01T00:00"), &found_ms,
                                &forward_s));
    assert_false(gw_zone_change("Nowhere/At_All", at("2026-01-01T00:00"), at("2027-01-01T00:00"), &found_ms,
                                &forward_s));
    assert_false(gw_zone_change("Europe/Berlin", at("2026-03-01T00:00"), at("2026-03-29T00:59"), &found_ms,
                                &forward_s));
    assert_false(gw_zone_change("Europe/Berlin", at("2026-03-29T01:00"), at("2026-03-29T01:00"), &found_ms,
                                &forward_s));
    assert_int_equal(found_ms, 77);
    assert_int_equal(forward_s, 77);
    assert_true(gw_zone_change("Europe/Berlin", at("2026-03-29T00:59"), at("2026-03-29T01:00"), &found_ms,
                               &forward_s));
    assert_int_equal(found_ms, at("2026-03-29T01:00"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_setting_of_clocks_is_found),
        cmocka_unit_test(clocks_that_stay_are_not_found),
        cmocka_unit_test(a_spring_night_is_an_hour_short),
        cmocka_unit_test(an_autumn_night_is_an_hour_long),
        cmocka_unit_test(an_edge_in_the_skipped_hour_is_the_jump),
        cmocka_unit_test(an_edge_in_the_repeated_hour_comes_twice),
        cmocka_unit_test(each_zone_has_its_own_night),
        cmocka_unit_test(clocks_may_be_set_by_half_an_hour),
        cmocka_unit_test(clocks_may_be_set_at_midnight),
        cmocka_unit_test(days_are_those_on_which_a_window_opens),
        cmocka_unit_test(nothing_is_open_on_a_frozen_date),
        cmocka_unit_test(windows_that_touch_are_one),
        cmocka_unit_test(no_day_has_no_window),
        cmocka_unit_test(what_is_open_now_keeps_its_opening),
        cmocka_unit_test(a_length_is_told),
        cmocka_unit_test(every_minute_is_open_when_the_local_clock_says_so),
        cmocka_unit_test(zones_are_those_of_the_database),
        cmocka_unit_test(the_database_may_lie_elsewhere),
        cmocka_unit_test(the_program_keeps_its_own_zone),
        cmocka_unit_test(times_are_told_as_the_zone_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
