#ifndef GATEWAVE_SRC_SIMSERVER_CLOCK_H
#define GATEWAVE_SRC_SIMSERVER_CLOCK_H
/* The cloud's idea of the time: the machine's at the start, shifted, and then monotonic. */
#include <stdint.h>

struct gw_clock {
    int64_t start_unix_ms; /* of the machine */
    int64_t offset_ms;
    uint64_t start_us; /* CLOCK_MONOTONIC */
};

void gw_clock_init(struct gw_clock *clock, int64_t offset_ms);
/* Since the start. */
uint64_t gw_clock_elapsed_us(const struct gw_clock *clock);
uint64_t gw_clock_cloud_ms(const struct gw_clock *clock);
/* The machine's wall clock, in Unix time. */
uint64_t gw_clock_machine_ms(void);

#endif
