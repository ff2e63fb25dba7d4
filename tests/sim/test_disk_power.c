/*
 * The disk loses its power: what of a file and of a name survives, what an image shows, and that SQLite's settings
 * matter on it as they do on a real one.
 */
#include "disk_try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage.h"

#define DB     "/nowhere/t.db"
#define SEEDS  300
#define SECTOR 512

static int set_up(void **state)
{
    (void)state;
    sim_disk_format(1);
    sim_disk_on_op(NULL, NULL);
    return 0;
}

/* ---- files, past SQLite ---- */

static sqlite3_file *open_file(const char *path, int flags)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    sqlite3_file *file = calloc(1, (size_t)vfs->szOsFile);

    assert_non_null(file);
    assert_int_equal(vfs->xOpen(vfs, path, file, SQLITE_OPEN_READWRITE | flags, NULL), SQLITE_OK);
    return file;
}

static void close_file(sqlite3_file *file)
{
    assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
    free(file);
}

static void write_all(sqlite3_file *file, char c, int len, int64_t offset)
{
    char bytes[8192];

    memset(bytes, c, sizeof(bytes));
    assert_int_equal(file->pMethods->xWrite(file, bytes, len, offset), SQLITE_OK);
}

static bool is_there(const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    int there;

    assert_int_equal(vfs->xAccess(vfs, path, SQLITE_ACCESS_READWRITE, &there), SQLITE_OK);
    return there;
}

/* Its bytes as text, the first of each sector; "-" when there is no such file. */
static const char *sectors(const char *path)
{
    static char text[64];
    char bytes[8192];
    sqlite3_file *file;
    sqlite3_int64 size;

    if (!is_there(path))
        return "-";
    file = open_file(path, SQLITE_OPEN_MAIN_DB);
    assert_int_equal(file->pMethods->xFileSize(file, &size), SQLITE_OK);
    assert_in_range(size, 0, sizeof(bytes));
    assert_int_equal(file->pMethods->xRead(file, bytes, (int)size, 0), SQLITE_OK);
    close_file(file);
    for (int64_t i = 0; i < size; i++)
        assert_true(bytes[i] == bytes[i / SECTOR * SECTOR]);
    for (int64_t i = 0; i < size; i += SECTOR)
        text[i / SECTOR] = bytes[i] ? bytes[i] : '0';
    text[(size + SECTOR - 1) / SECTOR] = '\0';
    return text;
}

#define MAIN (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_CREATE)
#define WAL  (SQLITE_OPEN_WAL | SQLITE_OPEN_CREATE)

/* How often each thing was seen in all the seeds. */
struct seen {
    char what[12][20];
    int times[12];
    int n;
};

static void see(struct seen *seen, const char *what)
{
    int i = 0;

    while (i < seen->n && strcmp(seen->what[i], what) != 0)
        i++;
    assert_in_range(i, 0, 11);
    seen->n += i == seen->n;
    snprintf(seen->what[i], sizeof(seen->what[i]), "%s", what);
    seen->times[i]++;
}

static int times(const struct seen *seen, const char *what)
{
    for (int i = 0; i < seen->n; i++)
        if (strcmp(seen->what[i], what) == 0)
            return seen->times[i];
    return 0;
}

static void test_what_was_synced_stays(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        file = open_file("/f", MAIN);
        write_all(file, 'a', 1024, 0);
        write_all(file, 'b', 1024, 512);
        assert_int_equal(file->pMethods->xTruncate(file, 1024), SQLITE_OK);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        sim_disk_power_loss(&loss);
        assert_int_equal(loss.kept + loss.dropped + loss.torn + loss.names_back + loss.names_lost, 0);
        close_file(file);
        assert_string_equal(sectors("/f"), "ab");
    }
}

static void test_what_was_not_synced_is_kept_dropped_or_torn(void **state)
{
    struct seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;
        const char *left;

        sim_disk_format(seed);
        file = open_file("/f", MAIN);
        write_all(file, 'a', 1024, 0);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        write_all(file, 'b', 1024, 0);
        sim_disk_power_loss(&loss);
        close_file(file);
        left = sectors("/f");
        assert_int_equal(loss.kept + loss.dropped + loss.torn, 1);
        assert_true(!loss.kept || strcmp(left, "bb") == 0);
        assert_true(!loss.dropped || strcmp(left, "aa") == 0);
        see(&seen, left);
    }
    assert_in_range(times(&seen, "aa"), SEEDS / 10, SEEDS);
    assert_in_range(times(&seen, "bb"), SEEDS / 10, SEEDS);
    assert_in_range(times(&seen, "ab"), 1, SEEDS / 3);
    assert_in_range(times(&seen, "ba"), 1, SEEDS / 3);
    assert_int_equal(seen.n, 4);
}

/* Writes reach the disk in any order; what lies before one that did, and was never written, is zero. */
static void test_writes_have_no_order(void **state)
{
    struct seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        file = open_file("/f", MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        write_all(file, 'a', 512, 0);
        write_all(file, 'b', 512, 512);
        sim_disk_power_loss(&loss);
        close_file(file);
        see(&seen, sectors("/f"));
    }
    assert_in_range(times(&seen, ""), 10, SEEDS);
    assert_in_range(times(&seen, "a"), 10, SEEDS);
    assert_in_range(times(&seen, "0b"), 10, SEEDS);
    assert_in_range(times(&seen, "ab"), 10, SEEDS);
    assert_int_equal(seen.n, 4);
}

static void test_a_sync_is_of_one_file(void **state)
{
    struct seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *a, *b;

        sim_disk_format(seed);
        a = open_file("/a", MAIN);
        b = open_file("/b", MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        write_all(a, 'a', 512, 0);
        write_all(b, 'b', 512, 0);
        assert_int_equal(b->pMethods->xSync(b, SQLITE_SYNC_NORMAL), SQLITE_OK);
        sim_disk_power_loss(&loss);
        close_file(a);
        close_file(b);
        assert_string_equal(sectors("/b"), "b");
        see(&seen, sectors("/a"));
    }
    assert_int_equal(seen.n, 2);
}

static int fail_syncs(void *user, enum sim_disk_op op, const char *file)
{
    const bool *fails = user;

    (void)file;
    return *fails && op == SIM_DISK_SYNC ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static void test_a_failed_sync_is_told_to_all_who_have_the_file(void **state)
{
    bool fails = true;
    sqlite3_file *a = open_file("/f", MAIN), *b = open_file("/f", MAIN), *c;

    (void)state;
    sim_disk_on_op(fail_syncs, &fails);
    assert_int_equal(a->pMethods->xSync(a, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC);
    fails = false;
    c = open_file("/f", MAIN);
    assert_int_equal(a->pMethods->xSync(a, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(b->pMethods->xSync(b, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC);
    assert_int_equal(b->pMethods->xSync(b, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(c->pMethods->xSync(c, SQLITE_SYNC_NORMAL), SQLITE_OK);
    sim_disk_on_op(NULL, NULL);
    close_file(a);
    close_file(b);
    close_file(c);
}

/* What a sync could not write is never written by a later one. */
static void test_a_failed_sync_is_never_made_good(void **state)
{
    struct seen seen = {.n = 0};
    bool fails;

    (void)state;
    sim_disk_on_op(fail_syncs, &fails);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        fails = true;
        file = open_file("/f", MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        write_all(file, 'a', 512, 0);
        write_all(file, 'b', 512, 512);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC);
        fails = false;
        assert_string_equal(sectors("/f"), "ab");
        write_all(file, 'c', 512, 1024);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        sim_disk_power_loss(&loss);
        close_file(file);
        see(&seen, sectors("/f"));
    }
    sim_disk_on_op(NULL, NULL);
    assert_in_range(times(&seen, "00c"), 10, SEEDS);
    assert_in_range(times(&seen, "a0c"), 10, SEEDS);
    assert_in_range(times(&seen, "0bc"), 10, SEEDS);
    assert_in_range(times(&seen, "abc"), 10, SEEDS);
}

static int fill_up(void *user, enum sim_disk_op op, const char *file)
{
    (void)user;
    (void)file;
    return op == SIM_DISK_WRITE ? SQLITE_FULL : SQLITE_OK;
}

static void test_a_full_disk_takes_part_of_a_write(void **state)
{
    bool none = false, most = false;

    (void)state;
    sim_disk_on_op(fill_up, NULL);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        char bytes[8] = "abcdefgh", back[8];
        sqlite3_file *file;
        sqlite3_int64 size;

        sim_disk_format(seed);
        file = open_file("/f", MAIN);
        assert_int_equal(file->pMethods->xWrite(file, bytes, sizeof(bytes), 0), SQLITE_FULL);
        assert_int_equal(file->pMethods->xFileSize(file, &size), SQLITE_OK);
        assert_in_range(size, 0, sizeof(bytes) - 1);
        assert_int_equal(file->pMethods->xRead(file, back, (int)size, 0), SQLITE_OK);
        assert_memory_equal(back, bytes, (size_t)size);
        none = none || size == 0;
        most = most || size == sizeof(bytes) - 1;
        close_file(file);
    }
    sim_disk_on_op(NULL, NULL);
    assert_true(none && most);
}

/* ---- names ---- */

/* Makes two files, one whose name was made durable and one whose was not. */
static void test_new_names_can_be_lost(void **state)
{
    struct seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        file = open_file("/first", MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        close_file(file);
        file = open_file("/second", MAIN);
        write_all(file, 'b', 512, 0);
        /* Its bytes are safe, its name is not: nobody synced the directory. */
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        close_file(file);
        sim_disk_power_loss(&loss);
        assert_true(is_there("/first"));
        assert_int_equal(loss.names_lost, is_there("/second") ? 0 : 1);
        see(&seen, sectors("/second"));
    }
    assert_in_range(times(&seen, "-"), SEEDS / 4, SEEDS);
    assert_in_range(times(&seen, "b"), SEEDS / 4, SEEDS);
    assert_int_equal(seen.n, 2);
}

/* SQLite syncs the directory for a log and for a journal. */
static void test_the_first_sync_of_a_log_keeps_its_name(void **state)
{
    static const int kinds[] = {SQLITE_OPEN_WAL, SQLITE_OPEN_MAIN_JOURNAL, SQLITE_OPEN_SUPER_JOURNAL};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        file = open_file("/log", kinds[seed % 3] | SQLITE_OPEN_CREATE);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        sim_disk_power_loss(&loss);
        close_file(file);
        assert_true(is_there("/log"));
    }
}

static void test_deletes_can_be_undone_until_the_directory_is_synced(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    struct seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        for (int i = 0; i < 2; i++) {
            file = open_file(i ? "/a" : "/b", WAL);
            write_all(file, 'a', 512, 0);
            assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
            close_file(file);
        }
        assert_int_equal(vfs->xDelete(vfs, "/a", 1), SQLITE_OK);
        assert_int_equal(vfs->xDelete(vfs, "/b", 0), SQLITE_OK);
        assert_int_equal(vfs->xDelete(vfs, "/b", 0), SQLITE_IOERR_DELETE_NOENT);
        assert_false(is_there("/b"));
        sim_disk_power_loss(&loss);
        assert_false(is_there("/a"));
        assert_int_equal(loss.names_back, is_there("/b"));
        see(&seen, sectors("/b"));
    }
    assert_in_range(times(&seen, "-"), SEEDS / 4, SEEDS);
    assert_in_range(times(&seen, "a"), SEEDS / 4, SEEDS);
}

/* A file that was deleted and made again is another file: bytes of the two never mix. */
static void test_a_name_stands_for_one_file_or_another(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    struct seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *old, *new;

        sim_disk_format(seed);
        old = open_file("/f", WAL);
        write_all(old, 'a', 1024, 0);
        assert_int_equal(old->pMethods->xSync(old, SQLITE_SYNC_NORMAL), SQLITE_OK);
        assert_int_equal(vfs->xDelete(vfs, "/f", 0), SQLITE_OK);
        new = open_file("/f", WAL);
        write_all(new, 'b', 512, 0);
        /* Whoever has the old one open still writes to that. */
        write_all(old, 'c', 512, 0);
        assert_string_equal(sectors("/f"), "b");
        sim_disk_power_loss(&loss);
        close_file(old);
        close_file(new);
        see(&seen, sectors("/f"));
    }
    assert_in_range(times(&seen, "-"), 10, SEEDS);
    assert_in_range(times(&seen, "aa"), 10, SEEDS);
    assert_in_range(times(&seen, "ca"), 10, SEEDS);
    assert_in_range(times(&seen, "b"), 10, SEEDS);
    assert_in_range(times(&seen, ""), 10, SEEDS);
    assert_int_equal(seen.n, 5);
}

static void test_handles_of_another_boot_are_dead(void **state)
{
    struct sim_disk_loss loss;
    sqlite3_file *file = open_file("/f", WAL);
    sqlite3_int64 size;
    int reserved;
    char byte;
    uint64_t changes;

    (void)state;
    assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
    sim_disk_power_loss(&loss);
    changes = sim_disk_changes();
    assert_int_equal(file->pMethods->xRead(file, &byte, 1, 0), SQLITE_IOERR_READ);
    assert_int_equal(file->pMethods->xWrite(file, "x", 1, 0), SQLITE_IOERR_WRITE);
    assert_int_equal(file->pMethods->xTruncate(file, 0), SQLITE_IOERR_TRUNCATE);
    assert_int_equal(file->pMethods->xSync(file, 0), SQLITE_IOERR_FSYNC);
    assert_int_equal(file->pMethods->xFileSize(file, &size), SQLITE_IOERR_FSTAT);
    assert_int_equal(file->pMethods->xLock(file, SQLITE_LOCK_SHARED), SQLITE_IOERR_LOCK);
    assert_int_equal(file->pMethods->xUnlock(file, SQLITE_LOCK_NONE), SQLITE_IOERR_UNLOCK);
    assert_int_equal(file->pMethods->xCheckReservedLock(file, &reserved), SQLITE_IOERR_CHECKRESERVEDLOCK);
    close_file(file);
    assert_int_equal(sim_disk_changes(), changes);
    assert_string_equal(sectors("/f"), "");
}

/* ---- all of it again ---- */

static void test_the_seed_says_what_is_lost(void **state)
{
    struct sim_disk_loss loss[3];
    char left[3][20];

    (void)state;
    for (int i = 0; i < 3; i++) {
        sqlite3_file *file;

        sim_disk_format(i == 2 ? 77 : 76);
        file = open_file("/f", WAL);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        for (int j = 0; j < 12; j++)
            write_all(file, (char)('a' + j), 512, 512 * j);
        sim_disk_power_loss(&loss[i]);
        close_file(file);
        snprintf(left[i], sizeof(left[i]), "%s", sectors("/f"));
    }
    assert_string_equal(left[0], left[1]);
    assert_memory_equal(&loss[0], &loss[1], sizeof(loss[0]));
    assert_string_not_equal(left[0], left[2]);
}

/* ---- images ---- */

static int64_t rows(enum sim_disk_image which)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(DB, which, &rc);
    int64_t n = image ? try_number(image, "SELECT count(*) FROM t") : -1;

    assert_int_equal(rc, SQLITE_OK);
    sqlite3_close(image);
    return n;
}

static int count_ops(void *user, enum sim_disk_op op, const char *file)
{
    uint32_t *n = user;

    (void)op;
    (void)file;
    ++*n;
    return SQLITE_OK;
}

static void test_images_show_the_present_and_the_durable(void **state)
{
    sqlite3 *db = try_open(DB), *image;
    uint32_t ops = 0;
    uint64_t changes;
    int rc;

    (void)state;
    try_exec(db, "PRAGMA journal_mode = wal; PRAGMA synchronous = FULL; CREATE TABLE t (x)");
    sim_disk_sync_directory();
    try_exec(db, "INSERT INTO t VALUES ('a-nonce-that-is-durable'); PRAGMA synchronous = OFF;"
                 "INSERT INTO t VALUES ('a-nonce-that-is-not')");
    sim_disk_on_op(count_ops, &ops);
    changes = sim_disk_changes();
    assert_int_equal(rows(SIM_DISK_PRESENT), 2);
    assert_int_equal(rows(SIM_DISK_DURABLE), 1);
    assert_true(sim_disk_has_durably(DB, "a-nonce-that-is-durable", 23));
    assert_false(sim_disk_has_durably(DB, "a-nonce-that-is-not", 19));
    /* An image is a world of its own. */
    image = sim_disk_open_image(DB, SIM_DISK_DURABLE, &rc);
    try_exec(image, "DELETE FROM t; VACUUM; PRAGMA journal_mode = delete; INSERT INTO t VALUES (1)");
    assert_int_equal(ops, 0);
    assert_int_equal(sim_disk_changes(), changes);
    sim_disk_on_op(NULL, NULL);
    try_exec(db, "PRAGMA synchronous = FULL; INSERT INTO t VALUES (3)");
    assert_int_equal(rows(SIM_DISK_DURABLE), 3);
    assert_true(sim_disk_has_durably(DB, "a-nonce-that-is-not", 19));
    /* In the database itself, too, when the log is gone. */
    sqlite3_close(db);
    assert_true(sim_disk_has_durably(DB, "a-nonce-that-is-not", 19));
    assert_int_equal(rows(SIM_DISK_PRESENT), 3);
    assert_int_equal(try_number(image, "SELECT count(*) FROM t"), 1);
    sqlite3_close(image);
}

/* A writer that has not committed, with its journal still there. */
static void test_an_image_is_recovered(void **state)
{
    sqlite3 *db = try_open(DB);

    (void)state;
    try_exec(db, "CREATE TABLE t (x); INSERT INTO t VALUES (1); PRAGMA cache_size = 1; BEGIN");
    for (int i = 0; i < 20; i++)
        try_exec(db, "INSERT INTO t VALUES (zeroblob(3000))");
    assert_int_equal(rows(SIM_DISK_PRESENT), 1);
    try_exec(db, "COMMIT");
    assert_int_equal(rows(SIM_DISK_PRESENT), 21);
    sqlite3_close(db);
}

static void test_there_is_no_image_of_nothing(void **state)
{
    sqlite3_file *file;
    int rc = -1;

    (void)state;
    assert_null(sim_disk_open_image(DB, SIM_DISK_PRESENT, &rc));
    assert_int_equal(rc, SQLITE_OK);
    file = open_file(DB, MAIN);
    assert_null(sim_disk_open_image(DB, SIM_DISK_PRESENT, &rc));
    assert_int_equal(rc, SQLITE_OK);
    write_all(file, 'x', 1024, 0);
    assert_null(sim_disk_open_image(DB, SIM_DISK_DURABLE, &rc));
    assert_int_equal(rc, SQLITE_OK);
    assert_null(sim_disk_open_image(DB, SIM_DISK_PRESENT, &rc));
    assert_int_equal(rc, SQLITE_NOTADB);
    close_file(file);
}

/* ---- what SQLite's settings are worth ---- */

struct habit {
    const char *created, *run; /* PRAGMAs */
    int acknowledged;
};

#define COMMITS 12

static void commit_some(void *user)
{
    struct habit *habit = user;
    char sql[64];
    sqlite3 *db;

    if (sqlite3_open(DB, &db) == SQLITE_OK && sim_disk_sync_directory() == SQLITE_OK &&
        try_run(db, habit->created) == SQLITE_OK &&
        try_run(db, "CREATE TABLE t (x INTEGER PRIMARY KEY, y)") == SQLITE_OK &&
        try_run(db, habit->run) == SQLITE_OK) {
        for (int i = 1; i <= COMMITS; i++) {
            snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (%d, zeroblob(%d))", i, i * 300);
            if (try_run(db, sql) == SQLITE_OK)
                habit->acknowledged = i;
        }
    }
    sqlite3_close(db);
}

/* In how many of the seeds something that was acknowledged is gone; nothing is ever damaged. */
static int losses(struct habit habit, uint64_t seeds)
{
    uint64_t most;
    int n = 0;

    sim_disk_format(0);
    most = try_story(commit_some, &habit, (struct try_crash){.op = 0}).ops;
    assert_int_equal(habit.acknowledged, COMMITS);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        sqlite3 *db;

        sim_disk_format(seed);
        habit.acknowledged = 0;
        try_story(commit_some, &habit, (struct try_crash){.end = TRY_POWER, .op = 1 + seed % most});
        db = try_open(DB);
        assert_string_equal(try_text(db, "PRAGMA integrity_check"), "ok");
        n += habit.acknowledged > 0 && try_number(db, "SELECT count(*) FROM t") < habit.acknowledged;
        sqlite3_close(db);
    }
    return n;
}

#define EXTRA_WAL "PRAGMA synchronous = EXTRA; PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 8"

static void test_a_log_with_full_syncs_loses_nothing(void **state)
{
    uint64_t seeds = try_wish("SIM_DISK_SEEDS", 1000);

    (void)state;
    assert_int_equal(losses((struct habit){.created = EXTRA_WAL, .run = "PRAGMA synchronous = FULL"}, seeds),
                     0);
    assert_int_equal(losses((struct habit){.created = "PRAGMA synchronous = EXTRA", .run = ""}, seeds), 0);
}

static void test_laxer_settings_lose_something(void **state)
{
    static const struct habit normal = {.created = EXTRA_WAL, .run = "PRAGMA synchronous = NORMAL"};
    static const struct habit full = {.created = "PRAGMA synchronous = EXTRA",
                                      .run = "PRAGMA synchronous = FULL"};

    (void)state;
    assert_in_range(losses(normal, SEEDS), SEEDS / 20, SEEDS);
    assert_in_range(losses(full, SEEDS), SEEDS / 50, SEEDS);
}

/* The journal of the switch to a log was deleted; when it comes back, it takes the log with it. */
static void test_a_lax_creation_loses_all_that_came_after(void **state)
{
    static const struct habit lax = {.created = "PRAGMA synchronous = FULL; PRAGMA journal_mode = wal",
                                     .run = "PRAGMA synchronous = FULL"};

    (void)state;
    assert_in_range(losses(lax, SEEDS), SEEDS / 20, SEEDS);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        T(test_what_was_synced_stays),
        T(test_what_was_not_synced_is_kept_dropped_or_torn),
        T(test_writes_have_no_order),
        T(test_a_sync_is_of_one_file),
        T(test_a_failed_sync_is_told_to_all_who_have_the_file),
        T(test_a_failed_sync_is_never_made_good),
        T(test_a_full_disk_takes_part_of_a_write),
        T(test_new_names_can_be_lost),
        T(test_the_first_sync_of_a_log_keeps_its_name),
        T(test_deletes_can_be_undone_until_the_directory_is_synced),
        T(test_a_name_stands_for_one_file_or_another),
        T(test_handles_of_another_boot_are_dead),
        T(test_the_seed_says_what_is_lost),
        T(test_images_show_the_present_and_the_durable),
        T(test_an_image_is_recovered),
        T(test_there_is_no_image_of_nothing),
        T(test_a_log_with_full_syncs_loses_nothing),
        T(test_laxer_settings_lose_something),
        T(test_a_lax_creation_loses_all_that_came_after),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
