#ifndef GATEWAVE_SRC_CORE_PACE_H
#define GATEWAVE_SRC_CORE_PACE_H
/*
 * How fast one lane (an account in a region) may be called: a hard limit that holds in every window, even
 * spacing below it, and a share of it that shrinks when the vendor throttles and grows back when it does not.
 */
#include <stdint.h>

#include "gatewave/base/parse.h"
#include "gatewave/base/ring.h"

struct gw_pace {
    struct gw_rate rate; /* guarded */
    struct gw_ring ring;
    uint32_t entries;   /* of the ring's memory */
    uint64_t next_ns;   /* even spacing allows the next call from here */
    uint64_t hold_ms;   /* a throttle asked for silence until then */
    uint64_t grown_ms;  /* when the share was last changed */
    uint32_t share_ppm; /* of the rate, in millionths */
};

/* Entries of ring memory that a pace at this rate needs. */
uint32_t gw_pace_ring_size(struct gw_rate rate);
/* The memory holds so many entries, at least as many as this rate needs. */
void gw_pace_init(struct gw_pace *pace, struct gw_rate rate, uint64_t *ring_memory, uint32_t entries);
/* Another rate from now on. What was sent counts against it as far as it is remembered; a rate whose window names more
   calls than there are entries is kept to in a shorter window. */
void gw_pace_change(struct gw_pace *pace, struct gw_rate rate);
/* When the next call may leave: <= now means now. */
uint64_t gw_pace_ready_ms(const struct gw_pace *pace);
/* One call leaves now. */
void gw_pace_take(struct gw_pace *pace, uint64_t now_ms);
/* Silence until then, at least. */
void gw_pace_hold(struct gw_pace *pace, uint64_t until_ms);
/* The vendor throttled us; retry_after_ms is what it asked for, 0 when it did not say. */
void gw_pace_throttled(struct gw_pace *pace, uint64_t now_ms, uint64_t retry_after_ms);

#endif
