/* The only place of the program that asks for the time, but for the validity of certificates. */
#include "clock.h"

#include <time.h>

static uint64_t gw_clock_us(clockid_t id)
{
    struct timespec now;

    (void)clock_gettime(id, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t gw_clock_machine_ms(void)
{
    return gw_clock_us(CLOCK_REALTIME) / 1000;
}

void gw_clock_init(struct gw_clock *clock, int64_t offset_ms)
{
    clock->start_unix_ms = (int64_t)gw_clock_machine_ms();
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
