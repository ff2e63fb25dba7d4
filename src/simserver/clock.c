/* The only place of the program that asks for the time, but for the validity of certificates. */
#include "clock.h"

#include <stdio.h>
#include <time.h>

#include "gatewave/base/when.h"

#define GW_CLOCK_DAY_MS UINT64_C(86400000)

static uint64_t gw_clock_us(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t gw_clock_unix_ms(void)
{
    return gw_clock_us(CLOCK_REALTIME) / 1000;
}

void gw_clock_init(struct gw_clock *clock, int64_t offset_ms)
{
    clock->start_unix_ms = (int64_t)gw_clock_unix_ms();
    clock->start_us = gw_clock_us(CLOCK_MONOTONIC);
    clock->offset_ms = offset_ms;
}

uint64_t gw_clock_elapsed_us(const struct gw_clock *clock)
{
    return gw_clock_us(CLOCK_MONOTONIC) - clock->start_us;
}

uint64_t gw_clock_cloud_ms(const struct gw_clock *clock)
{
    return (uint64_t)(clock->start_unix_ms + clock->offset_ms) + gw_clock_elapsed_us(clock) / 1000;
}

void gw_clock_http_text(uint64_t unix_ms, char ret[GW_CLOCK_HTTP_SIZE])
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun",
                                       "Mon", "Tue", "Wed"}; /* 1970 began on a Thursday */
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[GW_WHEN_TEXT_SIZE];
    int month;

    /* 2026-01-02T03:04:05Z holds all but the names. */
    gw_when_text((int64_t)unix_ms, text);
    month = (text[5] - '0') * 10 + (text[6] - '0');
    (void)snprintf(ret, GW_CLOCK_HTTP_SIZE, "%s, %.2s %.3s %.4s %.8s GMT",
                   days[unix_ms / GW_CLOCK_DAY_MS % 7], text + 8, &months[(month - 1) * 3], text, text + 11);
}
