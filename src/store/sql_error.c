/*
 * What a failure of the database is called: SQLite's codes, and rows that do not agree with each other. Every error names
 * the file and what the user can do; none suggests to delete or recreate the database, because that would forget calls
 * that are still in doubt.
 */
#include "sql_error.h"

#include "gatewave/base/check.h"
#include "store_local.h"
#include "unsynced.h"

struct remedy {
    int code; /* SQLite's primary result code */
    const char *text;
};

static const struct remedy remedies[] = {
    {SQLITE_BUSY,
     "another process holds the write lock; wait until it is done (an import takes seconds) and try again"},
    {SQLITE_LOCKED, "another process holds the write lock; wait until it is done and try again"},
    {SQLITE_PROTOCOL,
     "its file cannot be locked, as on some network file systems; keep the database on a local disk"},
    {SQLITE_FULL,
     "the disk is full; free space on its file system and run the same command again: it goes on where "
     "it stopped"},
    {SQLITE_IOERR,
     "reading or writing failed; check the disk and its quota, then run the same command again: it goes "
     "on where it stopped"},
    {SQLITE_READONLY,
     "the database cannot be written; check the permissions of the file and its directory, and "
     "whether the file system is mounted read-only"},
    {SQLITE_PERM, "permission denied; check the owner and the mode of the file and its directory"},
    {SQLITE_CANTOPEN,
     "the database, or its -wal and -shm files, cannot be opened; check the owner and the mode of the "
     "file and its directory"},
    {SQLITE_CORRUPT,
     "the database is damaged; keep it, and restore FILE, FILE-wal and FILE.lock together from a backup "
     "(`sqlite3 FILE .recover` reads what is left)"},
    {SQLITE_NOTADB,
     "this is not a database; name the right file (gatewave never overwrites one that it does not know)"},
};

/* The primary code of what really happened: a disk without room for the log's index is told as an I/O error. */
static int meaning(int rc)
{
    return rc == SQLITE_IOERR_SHMSIZE ? SQLITE_FULL : rc & 0xff;
}

enum gw_code gw_sql_error(struct gw_store *store, int rc, struct gw_err *err)
{
    int primary = rc & 0xff;

    /* The heap is never checked elsewhere either; a wrong call is a bug that a retry cannot mend. */
    GW_CHECK(primary != SQLITE_NOMEM);
    GW_CHECK(primary != SQLITE_MISUSE);
    GW_CHECK(primary != SQLITE_RANGE);
    if (primary == SQLITE_IOERR || primary == SQLITE_CORRUPT)
        store->failed = true;
    if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
        gw_unsynced_note(store->file);
    for (size_t i = 0; i < GW_COUNT_OF(remedies); i++)
        if (remedies[i].code == meaning(rc))
            return gw_err_set(err, GW_ERR_STORE, "%s: %s (%s)", store->file, remedies[i].text,
                              sqlite3_errstr(rc));
    return gw_err_set(err, GW_ERR_STORE, "%s: the database refused: %s (code %d)", store->file,
                      sqlite3_errmsg(store->db), rc);
}

enum gw_code gw_store_damaged(const struct gw_store *store, const char *wrong, struct gw_err *err)
{
    return gw_err_set(err, GW_ERR_STORE,
                      "%s: the database is damaged, or was changed by hand: %s; keep it, and restore FILE, "
                      "FILE-wal and FILE.lock together from a backup",
                      store->file, wrong);
}
