/* Strict scalars: the whole text or nothing, and a phrase that says what would have been right. */
#include "gatewave/base/parse.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"

#define GW_RATE_CALLS_MAX 100000

/* Digits at the start of text; stops at the first other byte. NULL when there is none or the number is too
 * large. */
static const char *gw_parse_digits(const char *text, uint64_t *ret)
{
    uint64_t value = 0;

    if (*text < '0' || *text > '9')
        return NULL;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return NULL;
        value = value * 10 + digit;
    }
    *ret = value;
    return text;
}

const char *gw_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t value;
    const char *end = gw_parse_digits(text, &value);

    if (!end || *end != '\0')
        return "must be a whole number";
    if (value < min || value > max)
        return "is out of range";
    *ret = value;
    return NULL;
}

const char *gw_parse_duration(const char *text, uint64_t *ret_ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    uint64_t value;
    const char *unit = gw_parse_digits(text, &value);

    for (size_t i = 0; unit && i < GW_COUNT_OF(units); i++) {
        if (strcmp(unit, units[i].unit) != 0)
            continue;
        if (value > UINT64_MAX / 4 / units[i].ms)
            return "is too long a time";
        *ret_ms = value * units[i].ms;
        return NULL;
    }
    return "must be a whole number and a unit, as in 250ms, 30s, 20m, 2h or 1d";
}

const char *gw_parse_rate(const char *text, struct gw_rate *ret)
{
    uint64_t calls;
    const char *unit;
    uint32_t window_ms;

    if (strcmp(text, "unlimited") == 0) {
        *ret = (struct gw_rate){.calls = UINT32_MAX};
        return NULL;
    }
    unit = gw_parse_digits(text, &calls);
    if (unit && strcmp(unit, "/s") == 0)
        window_ms = 1000;
    else if (unit && strcmp(unit, "/m") == 0)
        window_ms = 60000;
    else if (unit && strcmp(unit, "/h") == 0)
        window_ms = 3600000;
    else
        return "must be a rate, as in 2/s, 90/m, 500/h, or unlimited";
    if (calls == 0)
        return "must be at least one call; 0 is not unlimited, write unlimited for that";
    if (calls > GW_RATE_CALLS_MAX)
        return "must be at most 100000 calls in its unit of time";
    *ret = (struct gw_rate){.calls = (uint32_t)calls, .window_ms = window_ms};
    return NULL;
}

const char *gw_parse_percent(const char *text, uint32_t *ret_bp)
{
    static const char *const allowed =
        "must be a percentage between 0% and 100% with at most two decimals, as in 5% or 0.5%";
    uint64_t whole, part = 0;
    const char *p = gw_parse_digits(text, &whole);

    if (!p)
        return allowed;
    if (*p == '.') {
        const char *digits = ++p;

        p = gw_parse_digits(digits, &part);
        if (!p || p - digits > 2)
            return allowed;
        if (p - digits == 1)
            part *= 10;
    }
    if (p[0] != '%' || p[1] != '\0' || whole > 100 || whole * 100 + part > 10000)
        return allowed;
    *ret_bp = (uint32_t)(whole * 100 + part);
    return NULL;
}

void gw_rate_text(struct gw_rate rate, char *ret, size_t size)
{
    if (rate.window_ms == 0)
        (void)snprintf(ret, size, "unlimited");
    else
        (void)snprintf(ret, size, "%u/%c", rate.calls,
                       rate.window_ms == 1000    ? 's'
                       : rate.window_ms == 60000 ? 'm'
                                                 : 'h');
}

void gw_duration_text(uint64_t ms, char *ret, size_t size)
{
    uint64_t s = ms / 1000;

    if (ms < 1000)
        (void)snprintf(ret, size, "%ums", (unsigned)ms);
    else if (s < 60)
        (void)snprintf(ret, size, "%us", (unsigned)s);
    else if (s < 3600 && s % 60)
        (void)snprintf(ret, size, "%um%us", (unsigned)(s / 60), (unsigned)(s % 60));
    else if (s < 3600)
        (void)snprintf(ret, size, "%um", (unsigned)(s / 60));
    else if (s / 60 % 60)
        (void)snprintf(ret, size, "%lluh%um", (unsigned long long)(s / 3600), (unsigned)(s / 60 % 60));
    else
        (void)snprintf(ret, size, "%lluh", (unsigned long long)(s / 3600));
}

uint64_t gw_rate_per_1000s(struct gw_rate rate)
{
    return rate.window_ms == 0 ? UINT64_MAX : (uint64_t)rate.calls * 1000000 / rate.window_ms;
}
