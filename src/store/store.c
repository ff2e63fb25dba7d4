/*
 * Opening and closing a connection. Every setting on which durability or safety rests is set explicitly and
 * read back, because SQLite answers most requests that it cannot fulfil with silence.
 */
#include "gatewave/store/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "heal.h"
#include "path.h"
#include "schema.h"
#include "sql.h"
#include "sql_error.h"

#define BUSY_TIMEOUT_MS 2000
/* The largest value that is written is a rollout's file, at most 1 MiB: what claims to be larger is not read. */
#define VALUE_MAX_BYTES (4 * 1024 * 1024)
/*
 * A file up to this size is checked page by page before it is written to; a check of 32 MiB takes about 0.1
 * s.
 */
#define QUICK_CHECK_MAX_BYTES (32 * 1024 * 1024)

/* A setting and what reading it back must yield. */
struct setting {
    const char *set, *get;
    int64_t want;
};

static const struct setting common_settings[] = {
    {"PRAGMA mmap_size = 0", "PRAGMA mmap_size", 0},
    {"PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", 0},
    {"PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", 1},
    {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", 1},
    {"PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers",
     1},                                                         /* REPLACE meets the triggers as well */
    {"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", 2},      /* sorting leaves no files elsewhere */
    {"PRAGMA cache_size = -65536", "PRAGMA cache_size", -65536}, /* 64 MiB at most, for imports */
};

static const struct setting write_settings[] = {
    {"PRAGMA synchronous = FULL", "PRAGMA synchronous", 2},
    {"PRAGMA secure_delete = OFF", "PRAGMA secure_delete", 0}, /* no secret is ever in it */
    {"PRAGMA journal_size_limit = 67108864", "PRAGMA journal_size_limit", 67108864},
};

static const struct setting read_settings[] = {
    {"PRAGMA query_only = ON", "PRAGMA query_only", 1},
};

static enum gw_code apply(struct gw_store *store, const struct setting *setting, size_t n, struct gw_err *err)
{
    for (size_t i = 0; i < n; i++) {
        int64_t got = 0;

        if (gw_sql_exec(store, setting[i].set, err) != GW_OK ||
            gw_sql_number(store, setting[i].get, &got, err) != GW_OK)
            return GW_ERR_STORE;
        if (got != setting[i].want)
            return gw_err_set(err, GW_ERR_STORE,
                              "%s: SQLite did not take a setting (%s is %lld, not %lld); "
                              "check which libsqlite3 is installed",
                              store->file, setting[i].get, (long long)got, (long long)setting[i].want);
    }
    return GW_OK;
}

static void harden(sqlite3 *db)
{
    static const struct {
        int option, on;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0}, /* ours are for people */
    };

    for (size_t i = 0; i < GW_COUNT_OF(options); i++) {
        int now = -1;

        GW_CHECK(sqlite3_db_config(db, options[i].option, options[i].on, &now) == SQLITE_OK);
        GW_CHECK(now == options[i].on);
    }
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
}

/* After set-up no statement may reach another file or change how this one is kept. */
static int authorize(void *user, int action, const char *a, const char *b, const char *database,
                     const char *trigger)
{
    (void)user;
    (void)a;
    (void)b;
    (void)database;
    (void)trigger;
    return action == SQLITE_ATTACH || action == SQLITE_DETACH || action == SQLITE_PRAGMA ? SQLITE_DENY
                                                                                         : SQLITE_OK;
}

static enum gw_code quick_check(struct gw_store *store, struct gw_err *err)
{
    struct stat st;
    char answer[200];

    if (stat(store->file, &st) != 0 || st.st_size > QUICK_CHECK_MAX_BYTES)
        return GW_OK;
    if (gw_sql_word(store, "PRAGMA quick_check(1)", answer, sizeof(answer), err) != GW_OK)
        return GW_ERR_STORE;
    if (strcmp(answer, "ok") != 0) {
        gw_sql_error(store, SQLITE_CORRUPT, err);
        return gw_err_prefix(err, "%s", answer);
    }
    return GW_OK;
}

static enum gw_code set_up(struct gw_store *store, struct gw_err *err)
{
    bool changed = false;
    enum gw_code code;

    harden(store->db);
    gw_function_register(store->db);
    if (apply(store, common_settings, GW_COUNT_OF(common_settings), err) != GW_OK ||
        gw_schema_ready(store, &changed, err) != GW_OK)
        return GW_ERR_STORE;
    if (changed && gw_path_sync_directory(store->file, err) != GW_OK)
        return GW_ERR_STORE;
    if (store->mode == GW_STORE_READ)
        return apply(store, read_settings, GW_COUNT_OF(read_settings), err);
    if (sqlite3_db_readonly(store->db, "main") != 0)
        return gw_sql_error(store, SQLITE_READONLY, err);
    if (apply(store, write_settings, GW_COUNT_OF(write_settings), err) != GW_OK)
        return GW_ERR_STORE;
    code = gw_heal(store, err);
    return code == GW_OK ? quick_check(store, err) : code;
}

enum gw_code gw_store_open(const char *file, enum gw_store_mode mode, struct gw_store **ret,
                           struct gw_err *err)
{
    const int flags = mode == GW_STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    struct gw_store *store;
    char *path;
    enum gw_code code = gw_path_ready(file, mode, &path, err);
    int rc;

    if (code != GW_OK)
        return code;
    /*
     * SQLite counts its memory under a mutex, a tenth of what a commit costs. Only the first call has an
     * effect, before the library is used at all; the later ones are refused, and that is as good.
     */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    store = gw_mem_new(1, sizeof(*store));
    store->file = path;
    store->mode = mode;
    rc = sqlite3_open_v2(path, &store->db,
                         flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, NULL);
    code = rc == SQLITE_OK ? set_up(store, err) : gw_sql_error(store, rc, err);
    if (code != GW_OK) {
        gw_store_close(store);
        return code;
    }
    sqlite3_set_authorizer(store->db, authorize, NULL);
    *ret = store;
    return GW_OK;
}

void gw_store_close(struct gw_store *store)
{
    if (!store)
        return;
    for (size_t i = 0; i < GW_COUNT_OF(store->commit_statement); i++)
        sqlite3_finalize(store->commit_statement[i]);
    sqlite3_finalize(store->open_orders);
    /*
     * After a failed sync the kernel may have dropped pages: copying the log into the file could only do
     * harm.
     */
    if (store->failed)
        sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    GW_CHECK(sqlite3_close(store->db) == SQLITE_OK);
    free(store->file);
    free(store);
}

const char *gw_store_file(const struct gw_store *store)
{
    return store->file;
}
