#ifndef GATEWAVE_SRC_STORE_LEASE_H
#define GATEWAVE_SRC_STORE_LEASE_H
/* What gw_commit needs to know of the lease that it writes under. */
#include <stdint.h>

struct gw_lease {
    int fd; /* of the lock file; the lock lives as long as it does */
    int64_t rollout;
    int64_t epoch;
    int64_t first_target;
    uint32_t targets;
    uint64_t commits; /* batches of this rollout so far, over all runners */
    uint64_t tag;     /* which rollout that is, should another database take this one's place */
};

/* Notes in the lock file that one more batch is durable. */
void gw_lease_mark(struct gw_lease *lease);

#endif
