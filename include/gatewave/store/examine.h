#ifndef GATEWAVE_STORE_EXAMINE_H
#define GATEWAVE_STORE_EXAMINE_H
/* How a database is, for whoever wants to know before a night: read only, and without holding anybody up. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/store/store.h"

struct gw_store_health {
    int64_t schema;      /* the file's version */
    int64_t wal_bytes;   /* of FILE-wal; 0: there is none */
    int64_t bytes;       /* of FILE */
    char integrity[200]; /* "ok", or the first thing that is wrong */
    bool cut_short;      /* integrity: the check was not finished, and had found nothing until then */
};

/*
 * Looks at every page of an open store's file, on a connection of its own. go_on is asked again and again, and ends the
 * check by saying false. GW_ERR_STORE when the file cannot be read at all.
 */
enum gw_code gw_store_examine(const struct gw_store *store, bool (*go_on)(void *user), void *user,
                              struct gw_store_health *ret, struct gw_err *err);

#endif
