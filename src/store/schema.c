/*
 * Identity and migrations. Each migration is one transaction with the new user_version inside it, so that a
 * crash leaves one version or the next. What is not ours is never written to, and what is damaged is never
 * replaced: a new database would have forgotten the calls that are in doubt.
 */
#include "schema.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "migrations.h"

int gw_store_schema_version(void)
{
    return gw_migrations_count;
}

struct identity {
    int64_t application_id, version, tables;
};

static enum gw_code read_identity(struct gw_store *store, struct identity *ret, struct gw_err *err)
{
    struct identity id;

    if (gw_sql_number(store, "PRAGMA application_id", &id.application_id, err) != GW_OK ||
        gw_sql_number(store, "PRAGMA user_version", &id.version, err) != GW_OK ||
        gw_sql_number(store, "SELECT count(*) FROM sqlite_schema", &id.tables, err) != GW_OK)
        return GW_ERR_STORE;
    *ret = id;
    return GW_OK;
}

/* Nothing was ever stored in it: a new file, or one whose creation did not come to its end. */
static bool is_empty(const struct identity *id)
{
    return id->application_id == 0 && id->version == 0 && id->tables == 0;
}

static enum gw_code check_identity(const struct gw_store *store, const struct identity *id,
                                   struct gw_err *err)
{
    if (is_empty(id)) {
        if (store->mode == GW_STORE_CREATE)
            return GW_OK;
        return gw_err_set(
            err, GW_ERR_STORE,
            "%s: the database is empty; `gatewave inventory import` fills it, --db names another",
            store->file);
    }
    if (id->application_id != GW_SCHEMA_APPLICATION_ID)
        return gw_err_set(
            err, GW_ERR_STORE,
            "%s: this database belongs to another application (id %lld); name gatewave's own with --db",
            store->file, (long long)id->application_id);
    if (id->version > gw_migrations_count)
        return gw_err_set(
            err, GW_ERR_STORE,
            "%s: written by a newer gatewave: schema %lld, this program knows %d; use the newer program",
            store->file, (long long)id->version, gw_migrations_count);
    if (id->version < gw_migrations_count && store->mode == GW_STORE_READ)
        return gw_err_set(
            err, GW_ERR_STORE,
            "%s: written by an older gatewave: schema %lld, this program reads %d; a command that writes "
            "(such as `gatewave inventory import`) brings it up to date",
            store->file, (long long)id->version, gw_migrations_count);
    return GW_OK;
}

/* True when a migration up to that version says it in these words. */
static bool is_ours(const char *text, int64_t version)
{
    for (int i = 0; i < gw_migrations_count && i < version; i++)
        if (strstr(gw_migrations[i].sql, text))
            return true;
    return false;
}

struct stranger {
    int64_t version;
    struct gw_buf found; /* "trigger t is not gatewave's" */
};

/* SQLite keeps the words in which an object was created: each that belongs to a table of ours must be of ours. */
static bool object_row(void *user, sqlite3_stmt *stmt)
{
    struct stranger *stranger = user;
    struct gw_buf table;
    bool on_ours;

    if (is_ours(gw_sql_text(stmt, 3), stranger->version))
        return true;
    gw_buf_init(&table, 0);
    gw_buf_addf(&table, "CREATE TABLE %s (", gw_sql_text(stmt, 2));
    on_ours = is_ours(gw_buf_text(&table), stranger->version);
    gw_buf_release(&table);
    if (on_ours)
        gw_buf_addf(&stranger->found, "%s %s is not gatewave's", gw_sql_text(stmt, 0), gw_sql_text(stmt, 1));
    return !on_ours;
}

/*
 * What somebody else put on our tables (a trigger, an index, a column that is computed) would run whenever they are
 * used, without an end or with any memory. What people add beside them is their own affair; views are never asked.
 */
static enum gw_code check_objects(struct gw_store *store, int64_t version, struct gw_err *err)
{
    struct stranger stranger = {.version = version};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store, "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'view'",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_buf_init(&stranger.found, 0);
    code = gw_sql_each(store, stmt, object_row, &stranger, err);
    if (code == GW_OK && stranger.found.len > 0)
        code = gw_store_damaged(store, gw_buf_text(&stranger.found), err);
    gw_buf_release(&stranger.found);
    return code;
}

/* One migration, unless another process applied it between our look and our lock. */
static enum gw_code migrate_one(struct gw_store *store, int version, struct gw_err *err)
{
    char pragma[64];
    struct identity id;

    if (gw_sql_begin(store, err) != GW_OK || read_identity(store, &id, err) != GW_OK)
        return GW_ERR_STORE;
    if (id.version != version - 1) {
        gw_sql_rollback(store);
        return GW_OK;
    }
    (void)snprintf(pragma, sizeof(pragma), "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   GW_SCHEMA_APPLICATION_ID, version);
    if (gw_sql_exec(store, gw_migrations[version - 1].sql, err) != GW_OK ||
        gw_sql_exec(store, pragma, err) != GW_OK || gw_sql_commit(store, err) != GW_OK) {
        gw_err_prefix(err, "migration %s", gw_migrations[version - 1].name);
        return GW_ERR_STORE;
    }
    return GW_OK;
}

/* The switch to WAL goes through a rollback journal, which only EXTRA makes safe against a power cut. */
static enum gw_code switch_to_wal(struct gw_store *store, struct gw_err *err)
{
    char mode[16];

    if (gw_sql_exec(store, "PRAGMA synchronous = EXTRA", err) != GW_OK ||
        gw_sql_word(store, "PRAGMA journal_mode = WAL", mode, sizeof(mode), err) != GW_OK)
        return GW_ERR_STORE;
    if (!gw_text_equal(mode, "wal"))
        return gw_err_set(err, GW_ERR_STORE,
                          "%s: the file system does not support write-ahead logging "
                          "(journal mode is %s); keep the database on a local disk",
                          store->file, mode);
    return GW_OK;
}

enum gw_code gw_schema_ready(struct gw_store *store, bool *ret_changed, struct gw_err *err)
{
    struct identity id;
    char mode[16];
    bool changed;

    if (read_identity(store, &id, err) != GW_OK || check_identity(store, &id, err) != GW_OK ||
        check_objects(store, id.version, err) != GW_OK ||
        gw_sql_word(store, "PRAGMA journal_mode", mode, sizeof(mode), err) != GW_OK)
        return GW_ERR_STORE;
    changed = id.version < gw_migrations_count || !gw_text_equal(mode, "wal");
    if (changed && store->mode != GW_STORE_READ) {
        if (switch_to_wal(store, err) != GW_OK)
            return GW_ERR_STORE;
        for (int version = (int)id.version + 1; version <= gw_migrations_count; version++) {
            if (migrate_one(store, version, err) != GW_OK) {
                gw_sql_rollback(store);
                return GW_ERR_STORE;
            }
        }
    }
    *ret_changed = changed && store->mode != GW_STORE_READ;
    return GW_OK;
}
