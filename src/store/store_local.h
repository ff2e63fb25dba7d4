#ifndef GATEWAVE_SRC_STORE_STORE_LOCAL_H
#define GATEWAVE_SRC_STORE_STORE_LOCAL_H
/* A connection, as the files of this floor see it. */
#include <stdbool.h>

#include <sqlite3.h>

#include "gatewave/store/store.h"

/* Statements of gw_commit, kept for the connection's life; the texts are in batch.c. */
#define GW_COMMIT_STATEMENTS 24

struct gw_store {
    sqlite3 *db;
    char *file; /* without symbolic links */
    enum gw_store_mode mode;
    bool failed; /* a write or a sync failed: what is durable is unknown, and nothing more is written */
    sqlite3_stmt *commit_statement[GW_COMMIT_STATEMENTS];
    sqlite3_stmt *open_orders; /* a runner asks for them twice a second: kept as well */
};

#endif
