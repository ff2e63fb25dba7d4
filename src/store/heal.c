/*
 * The log is written over itself, byte for byte, so that the kernel has to write all of it, and is then synced. Nobody
 * appends to it meanwhile: the write lock is held. The database file needs no such care: a checkpoint that could not
 * sync it is done anew, for the log still has everything.
 */
#include "heal.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"
#include "sql.h"
#include "sql_error.h"
#include "unsynced.h"

#define BLOCK 65536

static int rewrite(sqlite3_file *log)
{
    unsigned char *block = gw_mem_new(BLOCK, 1);
    sqlite3_int64 size = 0;
    int rc = log->pMethods->xFileSize(log, &size);

    for (sqlite3_int64 at = 0; at < size && rc == SQLITE_OK; at += BLOCK) {
        int len = size - at < BLOCK ? (int)(size - at) : BLOCK;

        rc = log->pMethods->xRead(log, block, len, at);
        if (rc == SQLITE_OK)
            rc = log->pMethods->xWrite(log, block, len, at);
    }
    if (rc == SQLITE_OK)
        rc = log->pMethods->xSync(log, SQLITE_SYNC_FULL);
    free(block);
    return rc;
}

static enum gw_code heal(struct gw_store *store, struct gw_err *err)
{
    sqlite3_file *log = NULL;
    enum gw_code code = gw_sql_begin(store, err);
    int rc;

    if (code != GW_OK)
        return code;
    rc = sqlite3_file_control(store->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (rc == SQLITE_OK && log && log->pMethods)
        rc = rewrite(log);
    gw_sql_rollback(store);
    return rc == SQLITE_OK ? GW_OK : gw_sql_error(store, rc, err);
}

enum gw_code gw_heal(struct gw_store *store, struct gw_err *err)
{
    enum gw_code code;

    if (!gw_unsynced_is_noted(store->file))
        return GW_OK;
    code = heal(store, err);
    if (code == GW_OK)
        gw_unsynced_forget(store->file);
    return code;
}
