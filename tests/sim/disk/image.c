/*
 * Looking at a database from outside: SQLite itself opens a copy, under a name that no real file can have. Copies are
 * seen by nobody else, have no hook and no durability, and go when their database is closed.
 *
 * Most of what a look costs is SQLite's reading of the schema and its compiling of what is asked, always the same. So
 * one connection that was given back is kept, and the next image is put underneath it. With its WAL-index wiped SQLite
 * recovers as at an opening, believes nothing of what it had cached, and reads the schema again if that was changed.
 *
 * And databases as files: taken from one disk and put onto another.
 */
#include "disk/local.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#define PREFIX    "image:"
#define PATH_SIZE 512

static const char *const parts[] = {"", "-wal", "-journal"};
#define PARTS   (sizeof(parts) / sizeof(parts[0]))
#define LOG     1
#define JOURNAL 2

#define FIRST_LOOK "SELECT 1 FROM sqlite_schema LIMIT 1"

bool sim_image_is(const char *path)
{
    return strncmp(path, PREFIX, strlen(PREFIX)) == 0;
}

static const char *part_path(char path[PATH_SIZE], const char *file, size_t part)
{
    snprintf(path, PATH_SIZE, "%s%s", file, parts[part]);
    return path;
}

void sim_image_free(const char *path)
{
    char part[PATH_SIZE];

    /* The database itself last: path may be its name's own. */
    for (size_t i = PARTS; i-- > 0;)
        sim_name_forget(part_path(part, path, i));
}

static struct sim_file *look(const char *path, enum sim_disk_image image)
{
    const struct sim_name *name = sim_name_find(path);

    return image == SIM_DISK_DURABLE ? sim_name_durable(name) : sim_name_present(name);
}

/* False: there is no database, or it is empty. */
static bool copy_parts(const char *file, enum sim_disk_image image, const char *to)
{
    char path[PATH_SIZE];

    for (size_t i = 0; i < PARTS; i++) {
        const struct sim_file *part = look(part_path(path, file, i), image);
        struct sim_file *twin = part ? sim_file_copy(part, image) : NULL;

        if (twin && twin->present.len > 0)
            sim_name_settle(sim_name_set(part_path(path, to, i), twin));
        else if (i == 0) {
            sim_file_drop(twin);
            return false;
        }
        sim_file_drop(twin);
    }
    return true;
}

/* ---- a connection that is kept ---- */

static sqlite3 *kept;

static void close_connection(sqlite3 *db)
{
    sqlite3_stmt *stmt;

    while ((stmt = sqlite3_next_stmt(db, NULL)))
        sqlite3_finalize(stmt);
    GW_CHECK(sqlite3_close(db) == SQLITE_OK);
}

void sim_image_forget(void)
{
    if (kept)
        close_connection(kept);
    kept = NULL;
}

/* The two bytes in a database's header that say how it is written and read. */
static bool is_wal(const struct sim_file *file, enum sim_disk_image image)
{
    const struct sim_bytes *bytes = image == SIM_DISK_DURABLE ? &file->durable : &file->present;

    return bytes->len >= 20 && bytes->at[18] == 2 && bytes->at[19] == 2;
}

/* A database in WAL mode with nothing but its log beside it can take the place of another one. */
static bool replace_parts(const char *file, enum sim_disk_image image, const char *to)
{
    const struct sim_file *database = look(file, image), *log, *journal;
    struct sim_file *database_twin = sim_name_present(sim_name_find(to)), *log_twin;
    char path[PATH_SIZE];

    log = look(part_path(path, file, LOG), image);
    journal = look(part_path(path, file, JOURNAL), image);
    log_twin = sim_name_present(sim_name_find(part_path(path, to, LOG)));
    if (!database || journal || !database_twin || !log_twin || !is_wal(database, image))
        return false;
    sim_file_replace(database_twin, database, image);
    sim_file_replace(log_twin, log, image);
    sim_shm_wipe(database_twin);
    return true;
}

/* NULL: another connection has to be made. */
static sqlite3 *reopen(const char *file, enum sim_disk_image image)
{
    sqlite3 *db = kept;

    if (!db || !replace_parts(file, image, sqlite3_db_filename(db, "main")))
        return NULL;
    kept = NULL;
    if (sqlite3_exec(db, FIRST_LOOK, NULL, NULL, NULL) == SQLITE_OK)
        return db;
    close_connection(db);
    return NULL;
}

void sim_disk_close_image(sqlite3 *db)
{
    if (!db)
        return;
    for (sqlite3_stmt *stmt = sqlite3_next_stmt(db, NULL); stmt; stmt = sqlite3_next_stmt(db, stmt))
        sqlite3_reset(stmt);
    sim_image_forget();
    kept = db;
}

/* ---- looking ---- */

sqlite3 *sim_disk_open_image(const char *file, enum sim_disk_image image, int *ret_rc)
{
    static uint64_t images;
    char path[32];
    sqlite3 *db = reopen(file, image);
    int rc;

    *ret_rc = SQLITE_OK;
    if (db)
        return db;
    snprintf(path, sizeof(path), PREFIX "%llu", (unsigned long long)++images);
    if (!copy_parts(file, image, path))
        return NULL;
    rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, "sim");
    if (rc == SQLITE_OK) {
        /* The copy is thrown away: nobody needs its log in it. */
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        rc = sqlite3_exec(db, FIRST_LOOK, NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK)
        return db;
    sqlite3_close(db);
    sim_image_free(path);
    *ret_rc = rc;
    return NULL;
}

#define RECENT (64 * 1024) /* what one commit writes, and some */

static bool holds(const struct sim_file *file, const void *bytes, size_t len)
{
    size_t from, to;

    if (!file)
        return false;
    /* Nearly always it is in what was synced last. */
    to = file->synced_to < file->durable.len ? file->synced_to : file->durable.len;
    from = to > RECENT ? to - RECENT : 0;
    return memmem(file->durable.at + from, to - from, bytes, len) ||
           memmem(file->durable.at, file->durable.len, bytes, len);
}

bool sim_disk_has_durably(const char *file, const void *bytes, size_t len)
{
    const struct sim_file *database = look(file, SIM_DISK_DURABLE);
    char path[PATH_SIZE];

    /* A log alone is worth nothing: SQLite removes it. */
    return database && (holds(look(part_path(path, file, LOG), SIM_DISK_DURABLE), bytes, len) ||
                        holds(database, bytes, len));
}

uint8_t *sim_disk_take(const char *file, size_t *ret_len)
{
    const struct sim_file *database = look(file, SIM_DISK_PRESENT);
    char path[PATH_SIZE];
    uint8_t *bytes;

    GW_CHECK(database && database->present.len > 0 && !look(part_path(path, file, LOG), SIM_DISK_PRESENT));
    bytes = gw_mem_new(database->present.len, 1);
    memcpy(bytes, database->present.at, database->present.len);
    *ret_len = database->present.len;
    return bytes;
}

void sim_disk_put(const char *file, const uint8_t *bytes, size_t len)
{
    struct sim_file *database = sim_file_new(false);

    GW_CHECK(!look(file, SIM_DISK_PRESENT));
    sim_file_write(database, bytes, len, 0);
    sim_file_sync(database);
    sim_name_settle(sim_name_set(file, database));
    sim_file_drop(database);
}
