#ifndef GATEWAVE_SRC_STORE_LEASE_H
#define GATEWAVE_SRC_STORE_LEASE_H
/* What gw_commit needs to know of the lease that it writes under, and who may lock what of the lock file. */
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/store/store.h"

/* Whose the bytes of the lock file are: the first so many a runner's, all of them; the next one a night's; as many again
   behind it the syncs', one for each part. */
#define GW_LEASE_BYTES (INT64_C(1) << 40)
#define GW_NIGHT_BYTE  GW_LEASE_BYTES
#define GW_SYNC_FIRST  (GW_NIGHT_BYTE + 1)

/* The lock file's descriptor, the caller's to close; created when it is not there. */
enum gw_code gw_lock_file_open(struct gw_store *store, int *ret, struct gw_err *err);

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
