/*
 * Verbs over SQLite: statements, their values and rows, transactions. What fails is named by sql_error.c.
 */
#include "sql.h"

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "sql_error.h"

#define BEGIN_TRIES 15 /* of the connection's busy timeout, 2 s */

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
