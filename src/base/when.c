/* UTC calendar arithmetic: days since 1970 to year, month, day and back (the civil calendar in 400-year
 * eras). */
#include "gatewave/base/when.h"

#include <stdio.h>
#include <string.h>

#define GW_DAY_S 86400

static int64_t gw_when_days(int64_t year, int month, int day)
{
    /* Years begin in March here, so that the leap day is the last one. */
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static void gw_when_date(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;

    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = year_of_era + era * 400 + (*ret_month <= 2 ? 1 : 0);
}

static bool gw_when_valid(int64_t year, int month, int day, int hour, int minute, int second)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap) &&
           hour <= 23 && minute <= 59 && second <= 59;
}

/* Rounds down, also below zero. */
static int64_t gw_when_floor(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

void gw_when_text(int64_t unix_ms, char ret[GW_WHEN_TEXT_SIZE])
{
    int64_t s = gw_when_floor(unix_ms, 1000), days = gw_when_floor(s, GW_DAY_S);
    int64_t rest = s - days * GW_DAY_S, year;
    int month, day;

    gw_when_date(days, &year, &month, &day);
    (void)snprintf(ret, GW_WHEN_TEXT_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)year, month, day,
                   (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

/* n digits at *p; moves *p behind them. */
static bool gw_when_digits(const char **p, int n, int *ret)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        if ((*p)[i] < '0' || (*p)[i] > '9')
            return false;
        value = value * 10 + ((*p)[i] - '0');
    }
    *p += n;
    *ret = value;
    return true;
}

static bool gw_when_clock(const char **p, int *hour, int *minute, int *second)
{
    return gw_when_digits(p, 2, hour) && *(*p)++ == ':' && gw_when_digits(p, 2, minute) && *(*p)++ == ':' &&
           gw_when_digits(p, 2, second);
}

bool gw_when_parse(const char *text, int64_t *ret_unix_ms)
{
    int year, month, day, hour, minute, second, ms = 0, scale = 100;
    const char *p = text;

    if (!gw_when_digits(&p, 4, &year) || *p++ != '-' || !gw_when_digits(&p, 2, &month) || *p++ != '-' ||
        !gw_when_digits(&p, 2, &day) || *p++ != 'T' || !gw_when_clock(&p, &hour, &minute, &second))
        return false;
    if (*p == '.') {
        if (p[1] < '0' || p[1] > '9')
            return false;
        for (p++; *p >= '0' && *p <= '9'; p++, scale /= 10)
            ms += (*p - '0') * scale;
    }
    if (p[0] != 'Z' || p[1] != '\0' || !gw_when_valid(year, month, day, hour, minute, second))
        return false;
    *ret_unix_ms =
        (gw_when_days(year, month, day) * GW_DAY_S + hour * 3600 + minute * 60 + second) * 1000 + ms;
    return true;
}

/* Which of the three-letter names stands at p: 1, 2, ...; 0 when none does. */
static int gw_when_name(const char *names, const char *p)
{
    for (const char *name = names; *name; name += 3)
        if (memcmp(name, p, 3) == 0)
            return (int)(name - names) / 3 + 1;
    return 0;
}

bool gw_when_parse_http(const char *text, int64_t *ret_unix_ms)
{
    int year, month, day, hour, minute, second;
    const char *p;

    if (strlen(text) != 29 || !gw_when_name("MonTueWedThuFriSatSun", text) || text[3] != ',' ||
        text[4] != ' ')
        return false;
    p = text + 5;
    if (!gw_when_digits(&p, 2, &day) || *p++ != ' ')
        return false;
    month = gw_when_name("JanFebMarAprMayJunJulAugSepOctNovDec", p);
    p += 3;
    if (*p++ != ' ' || !gw_when_digits(&p, 4, &year) || *p++ != ' ' ||
        !gw_when_clock(&p, &hour, &minute, &second) || strcmp(p, " GMT") != 0 ||
        !gw_when_valid(year, month, day, hour, minute, second))
        return false;
    *ret_unix_ms = (gw_when_days(year, month, day) * GW_DAY_S + hour * 3600 + minute * 60 + second) * 1000;
    return true;
}
