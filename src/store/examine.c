/*
 * SQLite's own check of a file: b-trees, free list, NOT NULL and CHECK. A connection of its own, because those that work
 * may not use a pragma; it is thrown away.
 */
#include "gatewave/store/examine.h"

#include <sys/stat.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"
#include "sql.h"
#include "sql_error.h"

/* So many of SQLite's steps between two questions: a few milliseconds. */
#define STEPS 100000

struct patience {
    bool (*go_on)(void *user);
    void *user;
};

static int impatient(void *user)
{
    const struct patience *patience = user;

    return !patience->go_on(patience->user);
}

static int64_t size_of(const char *file, const char *tail)
{
    struct gw_buf name;
    struct stat st;
    int64_t bytes = 0;

    gw_buf_init(&name, 0);
    gw_buf_addf(&name, "%s%s", file, tail);
    if (stat(gw_buf_text(&name), &st) == 0)
        bytes = st.st_size;
    gw_buf_release(&name);
    return bytes;
}

static enum gw_code look(struct gw_store *store, struct gw_store_health *health, struct gw_err *err)
{
    struct gw_err why;
    enum gw_code code = gw_sql_number(store, "PRAGMA user_version", &health->schema, err);

    if (code == GW_OK)
        code = gw_sql_exec(store, "PRAGMA cell_size_check = ON", err);
    if (code == GW_OK && gw_sql_word(store, "PRAGMA quick_check(1)", health->integrity,
                                     sizeof(health->integrity), &why) != GW_OK) {
        health->cut_short = (sqlite3_errcode(store->db) & 0xff) == SQLITE_INTERRUPT;
        (void)gw_text_copy(health->integrity, sizeof(health->integrity), health->cut_short ? "ok" : why.text);
    }
    return code;
}

enum gw_code gw_store_examine(const struct gw_store *store, bool (*go_on)(void *user), void *user,
                              struct gw_store_health *ret, struct gw_err *err)
{
    struct gw_store own = {.file = store->file, .mode = GW_STORE_READ};
    struct gw_store_health health = {.bytes = size_of(store->file, ""),
                                     .wal_bytes = size_of(store->file, "-wal")};
    struct patience patience = {.go_on = go_on, .user = user};
    const int flags =
        SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
    int rc = sqlite3_open_v2(store->file, &own.db, flags, NULL);
    enum gw_code code;

    if (rc == SQLITE_OK) {
        (void)sqlite3_db_config(own.db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
        gw_function_register(own.db);
        sqlite3_progress_handler(own.db, STEPS, impatient, &patience);
        code = look(&own, &health, err);
    } else {
        code = gw_sql_error(&own, rc, err);
    }
    (void)sqlite3_close(own.db);
    if (code == GW_OK)
        *ret = health;
    return code;
}
