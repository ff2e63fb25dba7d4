#ifndef GATEWAVE_BASE_RING_H
#define GATEWAVE_BASE_RING_H
/*
 * The last N send times: the only shape of limiter that bounds every window (a token bucket lets 2N-1 calls
 * into the worst one). Memory is the caller's: rate.calls entries. Times must not go backwards; one that does
 * is taken as the last one.
 */
#include <stdint.h>

#include "gatewave/base/parse.h"

struct gw_ring {
    uint64_t *sent_ms;
    uint32_t n;     /* room: calls of the rate that it was made for */
    uint32_t calls; /* of the rate in force; 0: no limit */
    uint32_t len;
    uint32_t next; /* where the next time goes */
    uint32_t window_ms;
};

/*
 * The same calls in a window that is four parts in a thousand longer. A client that keeps to it stays within the rate
 * at the server too, although what leaves evenly may arrive a little bunched.
 */
struct gw_rate gw_rate_guarded(struct gw_rate rate);

/*
 * A rate whose window names more calls than a ring has room for is kept to in a shorter window with fewer calls: the
 * fastest that lets no window of the rate's own length hold more than it says. room is at least 1.
 */
struct gw_rate gw_rate_fitted(struct gw_rate rate, uint32_t room);

void gw_ring_init(struct gw_ring *ring, struct gw_rate rate, uint64_t *memory);
/* Another rate from now on, with no more calls than the ring was made for; what was sent counts against it. */
void gw_ring_change(struct gw_ring *ring, struct gw_rate rate);
/* The newest time; the ring holds one. */
uint64_t gw_ring_last_ms(const struct gw_ring *ring);
/* When one more call may leave: <= now_ms means now. */
uint64_t gw_ring_ready_ms(const struct gw_ring *ring);
void gw_ring_add(struct gw_ring *ring, uint64_t now_ms);

#endif
