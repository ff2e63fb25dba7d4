/*
 * Looking at a database from outside: SQLite itself opens a copy, under a name that no real file can have. Copies are
 * seen by nobody else, have no hook and no durability, and go when their database is closed.
 */
#include "disk_local.h"

#include <stdio.h>
#include <string.h>

#define PREFIX    "image:"
#define PATH_SIZE 512

static const char *const parts[] = {"", "-wal", "-journal"};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

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

sqlite3 *sim_disk_open_image(const char *file, enum sim_disk_image image, int *ret_rc)
{
    static uint64_t images;
    char path[32];
    sqlite3 *db;
    int rc;

    snprintf(path, sizeof(path), PREFIX "%llu", (unsigned long long)++images);
    *ret_rc = SQLITE_OK;
    if (!copy_parts(file, image, path))
        return NULL;
    rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE, "sim");
    if (rc == SQLITE_OK) {
        /* The copy is thrown away: nobody needs its log in it. */
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        rc = sqlite3_exec(db, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
    }
    if (rc == SQLITE_OK)
        return db;
    sqlite3_close(db);
    sim_image_free(path);
    *ret_rc = rc;
    return NULL;
}

#define RECENT (256 * 1024) /* what one commit writes, and some */

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
    return database && (holds(look(part_path(path, file, 1), SIM_DISK_DURABLE), bytes, len) ||
                        holds(database, bytes, len));
}
