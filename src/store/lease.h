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
};

#endif
