#ifndef GATEWAVE_SRC_STORE_HEAL_H
#define GATEWAVE_SRC_STORE_HEAL_H
/*
 * After a sync that failed. The kernel takes what it could not write for written: whoever opens the database next, while
 * the machine stays up, reads a log that the disk does not have, and what he appends to it would be lost with the power,
 * however well it is synced. So the failure is noted (unsynced.h), and the next one who opens the file for writing writes
 * the whole log once more.
 */
#include "gatewave/base/err.h"
#include "gatewave/store/store.h"

/* Makes the log durable if there is such a note. The store is open for writing, in no transaction. */
enum gw_code gw_heal(struct gw_store *store, struct gw_err *err);

#endif
