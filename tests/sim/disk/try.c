/* Plain SQL and crashing stories. */
#include "disk/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage/stage.h"

sqlite3 *try_open(const char *file)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    return db;
}

int try_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

void try_exec(sqlite3 *db, const char *sql)
{
    if (try_run(db, sql) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
}

const char *try_text(sqlite3 *db, const char *sql)
{
    static char text[1024];
    sqlite3_stmt *stmt;

    text[0] = '\0';
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
        return text;
    if (sqlite3_step(stmt) == SQLITE_ROW)
        snprintf(text, sizeof(text), "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return text;
}

int64_t try_number(sqlite3 *db, const char *sql)
{
    const char *text = try_text(db, sql);

    return text[0] ? strtoll(text, NULL, 10) : -1;
}

sqlite3_file *try_file(const char *path, int flags)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    sqlite3_file *file = sqlite3_malloc(vfs->szOsFile);

    assert_non_null(file);
    assert_int_equal(vfs->xOpen(vfs, path, file, SQLITE_OPEN_READWRITE | flags, NULL), SQLITE_OK);
    return file;
}

void try_close(sqlite3_file *file)
{
    assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
    sqlite3_free(file);
}

void try_write(sqlite3_file *file, char c, int len, int64_t offset)
{
    char bytes[8192];

    memset(bytes, c, sizeof(bytes));
    assert_int_equal(file->pMethods->xWrite(file, bytes, len, offset), SQLITE_OK);
}

bool try_is_there(const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    int there;

    assert_int_equal(vfs->xAccess(vfs, path, SQLITE_ACCESS_READWRITE, &there), SQLITE_OK);
    return there;
}

const char *try_sectors(const char *path)
{
    static char text[64];
    char bytes[8192];
    sqlite3_file *file;
    sqlite3_int64 size;

    if (!try_is_there(path))
        return "-";
    file = try_file(path, SQLITE_OPEN_MAIN_DB);
    assert_int_equal(file->pMethods->xFileSize(file, &size), SQLITE_OK);
    assert_in_range(size, 0, sizeof(bytes));
    assert_int_equal(file->pMethods->xRead(file, bytes, (int)size, 0), SQLITE_OK);
    try_close(file);
    for (int64_t i = 0; i < size; i++)
        assert_true(bytes[i] == bytes[i / TRY_SECTOR * TRY_SECTOR]);
    for (int64_t i = 0; i < size; i += TRY_SECTOR)
        text[i / TRY_SECTOR] = bytes[i] ? bytes[i] : '0';
    text[(size + TRY_SECTOR - 1) / TRY_SECTOR] = '\0';
    return text;
}

void try_see(struct try_seen *seen, const char *what)
{
    int i = 0;

    while (i < seen->n && strcmp(seen->what[i], what) != 0)
        i++;
    assert_in_range(i, 0, 11);
    seen->n += i == seen->n;
    snprintf(seen->what[i], sizeof(seen->what[i]), "%s", what);
    seen->times[i]++;
}

int try_times(const struct try_seen *seen, const char *what)
{
    for (int i = 0; i < seen->n; i++)
        if (strcmp(seen->what[i], what) == 0)
            return seen->times[i];
    return 0;
}

struct story {
    struct try_crash crash;
    struct try_told told;
};

static int on_op(void *user, enum sim_disk_op op, const char *file)
{
    struct story *story = user;
    const struct try_crash *crash = &story->crash;
    bool changes = op != SIM_DISK_READ && op != SIM_DISK_LOCK && op != SIM_DISK_SHM;

    (void)file;
    if (!sim_self())
        return SQLITE_OK;
    story->told.ops++;
    story->told.changes += changes;
    if (story->told.ops != crash->op && !(changes && story->told.changes == crash->change))
        return SQLITE_OK;
    story->told.crashed = true;
    sim_process_kill(sim_self());
    if (crash->end == TRY_POWER)
        sim_disk_power_loss(&story->told.loss);
    else
        sim_disk_process_died(sim_self());
    return SQLITE_OK;
}

static bool never(void *user)
{
    (void)user;
    return false;
}

struct try_told try_story(void (*body)(void *user), void *user, struct try_crash crash)
{
    struct story story = {.crash = crash};

    sim_stage_begin(0);
    sim_disk_on_op(on_op, &story);
    (void)sim_process_start("story", body, user);
    sim_stage_play(SIM_NEVER - 1, never, NULL);
    sim_disk_on_op(NULL, NULL);
    sim_stage_end();
    return story.told;
}

uint64_t try_wish(const char *name, uint64_t otherwise)
{
    const char *wish = getenv(name);

    return wish ? strtoull(wish, NULL, 10) : otherwise;
}
