#ifndef GATEWAVE_SRC_STORE_SQL_H
#define GATEWAVE_SRC_STORE_SQL_H
/*
 * The few verbs over SQLite that the other files of this floor use. A bind or a prepare that fails for another reason
 * than the disk is a programmer's error and aborts.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "gatewave/base/err.h"
#include "store_local.h"

enum gw_code gw_sql_exec(struct gw_store *store, const char *sql, struct gw_err *err);
enum gw_code gw_sql_prepare(struct gw_store *store, const char *sql, sqlite3_stmt **ret, struct gw_err *err);
/* The text must live until the statement has run. */
void gw_sql_bind_text(sqlite3_stmt *stmt, int index, const char *text);
/* NULL where the text is empty. */
void gw_sql_bind_some(sqlite3_stmt *stmt, int index, const char *text);
void gw_sql_bind_int(sqlite3_stmt *stmt, int index, int64_t number);
void gw_sql_bind_null(sqlite3_stmt *stmt, int index);
/* The end of year 9999: a time beyond, or before 1970, was never told by a clock. */
#define GW_SQL_TIME_MAX INT64_C(253402300800000)
/* A column of such a time, or NULL. */
bool gw_sql_is_time(sqlite3_stmt *stmt, int column);
/* Never NULL. */
const char *gw_sql_text(sqlite3_stmt *stmt, int column);

/*
 * Runs a statement that yields no row, and resets it; *ret_changes (may be NULL) is the number of rows
 * changed.
 */
enum gw_code gw_sql_run(struct gw_store *store, sqlite3_stmt *stmt, int *ret_changes, struct gw_err *err);
/* Runs it to its end, calling row() (until it returns false) for each row, and finalizes it. */
enum gw_code gw_sql_each(struct gw_store *store, sqlite3_stmt *stmt,
                         bool (*row)(void *user, sqlite3_stmt *stmt), void *user, struct gw_err *err);
/* The same with a statement that is kept: it is reset. */
enum gw_code gw_sql_each_again(struct gw_store *store, sqlite3_stmt *stmt,
                               bool (*row)(void *user, sqlite3_stmt *stmt), void *user, struct gw_err *err);
/* The same for a row() that says in *wrong (NULL before) why it stopped, where a row does not agree with others. */
enum gw_code gw_sql_each_sound(struct gw_store *store, sqlite3_stmt *stmt,
                               bool (*row)(void *user, sqlite3_stmt *stmt), void *user,
                               const char *const *wrong, struct gw_err *err);
/* The first column of the first row as a number; 0 when there is no row. */
enum gw_code gw_sql_number(struct gw_store *store, const char *sql, int64_t *ret, struct gw_err *err);
/* The same as text, cut to size. */
enum gw_code gw_sql_word(struct gw_store *store, const char *sql, char *ret, size_t size, struct gw_err *err);

/* BEGIN IMMEDIATE: the write lock is held or the error says who is in the way. */
enum gw_code gw_sql_begin(struct gw_store *store, struct gw_err *err);
/*
 * The same, by a prepared BEGIN IMMEDIATE, for a writer that may wait up to 30 s for another one: an import
 * holds the write lock for seconds.
 */
enum gw_code gw_sql_begin_waiting(struct gw_store *store, sqlite3_stmt *begin, struct gw_err *err);
enum gw_code gw_sql_commit(struct gw_store *store, struct gw_err *err);
/* Ends the transaction if there is one; for the way out after an error. */
void gw_sql_rollback(struct gw_store *store);

/* Gives the connection gw_hash, gw_glob and gw_version_compare. */
void gw_function_register(sqlite3 *db);

#endif
