/*
 * Verbs over SQLite and the translation of its codes. Every error names the file and what the user can do;
 * none suggests to delete or recreate the database, because that would forget calls that are still in
 * doubt.
 */
#include "sql.h"

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "heal.h"

#define BEGIN_TRIES 15 /* of the connection's busy timeout, 2 s */

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
        gw_heal_note(store);
    for (size_t i = 0; i < GW_COUNT_OF(remedies); i++)
        if (remedies[i].code == meaning(rc))
            return gw_err_set(err, GW_ERR_STORE, "%s: %s (%s)", store->file, remedies[i].text,
                              sqlite3_errstr(rc));
    return gw_err_set(err, GW_ERR_STORE, "%s: the database refused: %s (code %d)", store->file,
                      sqlite3_errmsg(store->db), rc);
}

enum gw_code gw_sql_exec(struct gw_store *store, const char *sql, struct gw_err *err)
{
    int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? GW_OK : gw_sql_error(store, rc, err);
}

enum gw_code gw_sql_prepare(struct gw_store *store, const char *sql, sqlite3_stmt **ret, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v3(store->db, sql, -1, 0, &stmt, NULL);

    if (rc != SQLITE_OK)
        return gw_sql_error(store, rc, err);
    *ret = stmt;
    return GW_OK;
}

void gw_sql_bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
    GW_CHECK(sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC) == SQLITE_OK);
}

void gw_sql_bind_some(sqlite3_stmt *stmt, int index, const char *text)
{
    if (text[0] == '\0')
        gw_sql_bind_null(stmt, index);
    else
        gw_sql_bind_text(stmt, index, text);
}

void gw_sql_bind_int(sqlite3_stmt *stmt, int index, int64_t number)
{
    GW_CHECK(sqlite3_bind_int64(stmt, index, number) == SQLITE_OK);
}

void gw_sql_bind_null(sqlite3_stmt *stmt, int index)
{
    GW_CHECK(sqlite3_bind_null(stmt, index) == SQLITE_OK);
}

bool gw_sql_is_time(sqlite3_stmt *stmt, int column)
{
    int64_t unix_ms = sqlite3_column_int64(stmt, column);

    return unix_ms >= 0 && unix_ms < GW_SQL_TIME_MAX;
}

const char *gw_sql_text(sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return text ? text : "";
}

enum gw_code gw_sql_run(struct gw_store *store, sqlite3_stmt *stmt, int *ret_changes, struct gw_err *err)
{
    int rc = sqlite3_step(stmt);

    GW_CHECK(rc != SQLITE_ROW);
    if (rc != SQLITE_DONE) {
        gw_sql_error(store, rc, err);
        sqlite3_reset(stmt);
        return GW_ERR_STORE;
    }
    if (ret_changes)
        *ret_changes = sqlite3_changes(store->db);
    sqlite3_reset(stmt);
    return GW_OK;
}

static enum gw_code each_row(struct gw_store *store, sqlite3_stmt *stmt,
                             bool (*row)(void *user, sqlite3_stmt *stmt), void *user, struct gw_err *err)
{
    int rc = sqlite3_step(stmt);

    while (rc == SQLITE_ROW && row(user, stmt))
        rc = sqlite3_step(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? GW_OK : gw_sql_error(store, rc, err);
}

/*
 * A statement that was left after a row comes to its end only here, with the transaction that it began: PRAGMA
 * journal_mode answers "wal" first, and fails to write it down then.
 */
static enum gw_code end_rows(struct gw_store *store, enum gw_code code, int rc, struct gw_err *err)
{
    return code == GW_OK && rc != SQLITE_OK ? gw_sql_error(store, rc, err) : code;
}

enum gw_code gw_sql_each(struct gw_store *store, sqlite3_stmt *stmt,
                         bool (*row)(void *user, sqlite3_stmt *stmt), void *user, struct gw_err *err)
{
    enum gw_code code = each_row(store, stmt, row, user, err);

    return end_rows(store, code, sqlite3_finalize(stmt), err);
}

enum gw_code gw_sql_each_again(struct gw_store *store, sqlite3_stmt *stmt,
                               bool (*row)(void *user, sqlite3_stmt *stmt), void *user, struct gw_err *err)
{
    enum gw_code code = each_row(store, stmt, row, user, err);

    return end_rows(store, code, sqlite3_reset(stmt), err);
}

enum gw_code gw_sql_each_sound(struct gw_store *store, sqlite3_stmt *stmt,
                               bool (*row)(void *user, sqlite3_stmt *stmt), void *user,
                               const char *const *wrong, struct gw_err *err)
{
    enum gw_code code = gw_sql_each(store, stmt, row, user, err);

    return code == GW_OK && *wrong ? gw_store_damaged(store, *wrong, err) : code;
}

static bool number_row(void *user, sqlite3_stmt *stmt)
{
    int64_t *ret = user;

    *ret = sqlite3_column_int64(stmt, 0);
    return false;
}

enum gw_code gw_sql_number(struct gw_store *store, const char *sql, int64_t *ret, struct gw_err *err)
{
    sqlite3_stmt *stmt = NULL;
    int64_t number = 0;
    enum gw_code code = gw_sql_prepare(store, sql, &stmt, err);

    if (code == GW_OK)
        code = gw_sql_each(store, stmt, number_row, &number, err);
    if (code == GW_OK)
        *ret = number;
    return code;
}

struct word {
    char *text;
    size_t size;
};

static bool word_row(void *user, sqlite3_stmt *stmt)
{
    struct word *word = user;

    gw_text_copy(word->text, word->size, gw_sql_text(stmt, 0));
    return false;
}

enum gw_code gw_sql_word(struct gw_store *store, const char *sql, char *ret, size_t size, struct gw_err *err)
{
    sqlite3_stmt *stmt = NULL;
    struct word word = {ret, size};
    enum gw_code code = gw_sql_prepare(store, sql, &stmt, err);

    if (code != GW_OK)
        return code;
    ret[0] = '\0';
    return gw_sql_each(store, stmt, word_row, &word, err);
}

enum gw_code gw_sql_begin(struct gw_store *store, struct gw_err *err)
{
    return gw_sql_exec(store, "BEGIN IMMEDIATE", err);
}

enum gw_code gw_sql_begin_waiting(struct gw_store *store, sqlite3_stmt *begin, struct gw_err *err)
{
    int rc = SQLITE_BUSY;

    for (int i = 0; i < BEGIN_TRIES && (rc & 0xff) == SQLITE_BUSY; i++) {
        rc = sqlite3_step(begin);
        sqlite3_reset(begin);
    }
    return rc == SQLITE_DONE ? GW_OK : gw_sql_error(store, rc, err);
}

enum gw_code gw_sql_commit(struct gw_store *store, struct gw_err *err)
{
    return gw_sql_exec(store, "COMMIT", err);
}

void gw_sql_rollback(struct gw_store *store)
{
    /* After some errors SQLite has rolled back by itself; a rollback that fails leaves nothing to be done. */
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}
