/*
 * The disk as SQLite sees it: it does here what it does on its own VFS, with a machine's clock and chance that belong to
 * the play. And as it is seen from outside, by images.
 */
#include "disk/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/rng.h"

#include "stage/stage.h"

#define DB "/nowhere/t.db"

static int set_up(void **state)
{
    (void)state;
    sim_disk_format(1);
    sim_disk_on_op(NULL, NULL);
    sim_stage_begin(1);
    sim_clock_set(0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_stage_end();
    return 0;
}

/* ---- the same as on SQLite's own VFS ---- */

static const char *const modes[] = {"delete", "truncate", "persist", "memory", "wal"};
#define MODES (sizeof(modes) / sizeof(modes[0]))

static const char *const steps[] = {
    "INSERT INTO t (a, b) VALUES (%u, zeroblob(%u * 7))",
    "INSERT INTO t (a, b) SELECT a + %u, b || 'x' FROM t WHERE id %% 5 = %u %% 5 LIMIT 60",
    "UPDATE t SET b = printf('%%0*d', %u, a) WHERE id %% 7 = %u %% 7",
    "DELETE FROM t WHERE id %% 11 = %u %% 11 AND id > %u %% 50",
    "SAVEPOINT s; DELETE FROM t WHERE a < %u; UPDATE t SET a = a + %u; ROLLBACK TO s; RELEASE s",
    "BEGIN; UPDATE t SET b = b || %u WHERE id %% 3 = %u %% 3; COMMIT",
    "BEGIN; DELETE FROM t; INSERT INTO t (a) VALUES (%u), (%u); ROLLBACK",
    "CREATE INDEX IF NOT EXISTS i%u ON t (a, b) WHERE a > %u",
    "PRAGMA incremental_vacuum(%u); PRAGMA wal_checkpoint -- %u",
    "CREATE TEMP TABLE IF NOT EXISTS m AS SELECT b, %u AS c FROM t ORDER BY b DESC, a LIMIT %u; DROP TABLE m",
};

/* Everything in it, and how it lies in the file. */
static void add_content(sqlite3 *db, struct gw_buf *buf)
{
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_prepare_v2(db, "SELECT id, a, quote(b) FROM t ORDER BY id", -1, &stmt, NULL), 0);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        gw_buf_addf(buf, "%lld %lld %s\n", sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1),
                    (const char *)sqlite3_column_text(stmt, 2));
    sqlite3_finalize(stmt);
    gw_buf_addf(buf, "%s\n", try_text(db, "PRAGMA integrity_check"));
    gw_buf_addf(buf, "%lld pages\n", (long long)try_number(db, "PRAGMA page_count"));
    gw_buf_addf(buf, "%lld free\n", (long long)try_number(db, "PRAGMA freelist_count"));
}

static void work(const char *file, const char *vfs, uint64_t seed, struct gw_buf *ret)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    struct gw_rng rng;
    sqlite3 *db;
    char sql[256];

    gw_rng_init(&rng, seed);
    assert_int_equal(sqlite3_open_v2(file, &db, flags, vfs), SQLITE_OK);
    snprintf(sql, sizeof(sql), "PRAGMA page_size = 512; PRAGMA auto_vacuum = 2; PRAGMA journal_mode = %s",
             modes[seed % MODES]);
    try_exec(db, sql);
    /* A small cache spills, and temporary tables are files. */
    try_exec(db, "PRAGMA cache_size = 5; PRAGMA temp_store = 1; PRAGMA wal_autocheckpoint = 20;"
                 "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b);"
                 "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 80) INSERT INTO t "
                 "SELECT i, i, zeroblob(i * 9) FROM c");
    for (int i = 0; i < 60; i++) {
        unsigned a = (unsigned)gw_rng_below(&rng, 300), b = (unsigned)gw_rng_below(&rng, 300);

        sqlite3_snprintf(sizeof(sql), sql, steps[gw_rng_below(&rng, sizeof(steps) / sizeof(steps[0]))], a, b);
        gw_buf_addf(ret, "%d\n", try_run(db, sql));
        if (gw_rng_below(&rng, 20) == 0) {
            assert_int_equal(sqlite3_close(db), SQLITE_OK);
            assert_int_equal(sqlite3_open_v2(file, &db, flags, vfs), SQLITE_OK);
        }
    }
    try_exec(db, "VACUUM");
    add_content(db, ret);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_sqlite_does_on_it_what_it_does_elsewhere(void **state)
{
    char directory[40], file[64];

    (void)state;
    /* Syncs cost nothing in memory. */
    snprintf(directory, sizeof(directory), "%s/gatewave-disk-XXXXXX",
             access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(directory));
    snprintf(file, sizeof(file), "%s/t.db", directory);
    for (uint64_t seed = 0; seed < 5 * MODES; seed++) {
        struct gw_buf here, there;

        gw_buf_init(&here, 0);
        gw_buf_init(&there, 0);
        sim_disk_format(seed);
        work(file, "sim", seed, &here);
        work(file, "unix", seed, &there);
        assert_true(here.len > 1000);
        assert_string_equal(gw_buf_text(&here), gw_buf_text(&there));
        gw_buf_release(&here);
        gw_buf_release(&there);
        unlink(file);
        snprintf(file, sizeof(file), "%s/t.db-journal", directory);
        unlink(file);
        snprintf(file, sizeof(file), "%s/t.db", directory);
    }
    assert_int_equal(rmdir(directory), 0);
}

/* ---- the machine ---- */

static void test_the_clock_is_the_machines(void **state)
{
    sqlite3 *db = try_open(DB);

    (void)state;
    assert_string_equal(try_text(db, "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"),
                        "2027-01-15T08:00:00.000Z");
    sim_clock_set(86400000 + 1);
    assert_string_equal(try_text(db, "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"),
                        "2027-01-16T08:00:00.001Z");
    sqlite3_close(db);
}

static void test_chance_comes_from_the_seed(void **state)
{
    char first[40];

    (void)state;
    for (uint64_t seed = 7; seed <= 9; seed++) {
        sqlite3 *db;

        sim_disk_format(seed == 9 ? 7 : seed);
        db = try_open(DB);
        if (seed == 7)
            snprintf(first, sizeof(first), "%s", try_text(db, "SELECT hex(randomblob(16))"));
        else if (seed == 8)
            assert_string_not_equal(try_text(db, "SELECT hex(randomblob(16))"), first);
        else
            assert_string_equal(try_text(db, "SELECT hex(randomblob(16))"), first);
        sqlite3_close(db);
    }
}

static void test_production_gets_what_it_asks_for(void **state)
{
    sqlite3 *db = try_open(DB);

    (void)state;
    assert_int_equal(try_number(db, "PRAGMA mmap_size = 1000000"), 0);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 1), SQLITE_MISUSE);
    assert_string_equal(try_text(db, "PRAGMA journal_mode = wal"), "wal");
    sqlite3_close(db);
    /* What nobody has made is not there. */
    assert_int_equal(sqlite3_open_v2("/nowhere/u.db", &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_CANTOPEN);
    sqlite3_close(db);
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
    char path[64];
    int rc;

    (void)state;
    try_exec(db, "PRAGMA journal_mode = wal; PRAGMA synchronous = FULL; CREATE TABLE t (x);"
                 "INSERT INTO t VALUES ('a-nonce-that-is-durable')");
    /* All of it was synced, but nobody has made sure of the database's name. */
    assert_int_equal(rows(SIM_DISK_DURABLE), -1);
    assert_false(sim_disk_has_durably(DB, "a-nonce-that-is-durable", 23));
    sim_disk_sync_directory();
    try_exec(db, "PRAGMA synchronous = OFF;"
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
    snprintf(path, sizeof(path), "%s", sqlite3_db_filename(image, "main"));
    assert_true(try_is_there(path));
    sqlite3_close(image);
    assert_false(try_is_there(path));
}

/* By the connection that was given back, whatever it knew of the one before. */
static int64_t rows_again(enum sim_disk_image which)
{
    int rc;
    sqlite3 *image = sim_disk_open_image(DB, which, &rc);
    int64_t n = image ? try_number(image, "SELECT count(*) FROM t") : -1;

    assert_int_equal(rc, SQLITE_OK);
    sim_disk_close_image(image);
    return n;
}

static void test_one_connection_sees_image_after_image(void **state)
{
    sqlite3 *db = try_open(DB), *image, *other;
    sqlite3_stmt *stmt;
    char path[64];
    int rc;

    (void)state;
    try_exec(db, "PRAGMA journal_mode = wal; PRAGMA synchronous = FULL; CREATE TABLE t (x)");
    sim_disk_sync_directory();
    assert_int_equal(rows_again(SIM_DISK_PRESENT), 0);
    try_exec(db, "INSERT INTO t VALUES (1)");
    assert_int_equal(rows_again(SIM_DISK_PRESENT), 1);
    /* Back and forth between two images whose logs differ, and whose schemas do. */
    try_exec(db, "PRAGMA synchronous = OFF; ALTER TABLE t ADD COLUMN y; CREATE INDEX i ON t (y);"
                 "INSERT INTO t VALUES (2, 2), (3, 3)");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rows_again(SIM_DISK_DURABLE), 1);
        assert_int_equal(rows_again(SIM_DISK_PRESENT), 3);
    }
    image = sim_disk_open_image(DB, SIM_DISK_PRESENT, &rc);
    assert_string_equal(try_text(image, "PRAGMA integrity_check"), "ok");
    assert_int_equal(try_number(image, "SELECT sum(y) FROM t"), 5);
    /* What was begun and not ended is no hindrance; a second one beside it has its own. */
    assert_int_equal(sqlite3_prepare_v2(image, "SELECT x FROM t", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    other = sim_disk_open_image(DB, SIM_DISK_DURABLE, &rc);
    assert_int_equal(try_number(other, "SELECT count(*) FROM t"), 1);
    sim_disk_close_image(image);
    sim_disk_close_image(other);
    /* The log is gone, and all is in the database. */
    try_exec(db, "PRAGMA synchronous = FULL; INSERT INTO t VALUES (4, 4)");
    sqlite3_close(db);
    assert_int_equal(rows_again(SIM_DISK_DURABLE), 4);
    /* It is no longer in WAL mode, and has a journal. */
    db = try_open(DB);
    try_exec(db, "PRAGMA journal_mode = delete; PRAGMA cache_size = 1; BEGIN");
    for (int i = 0; i < 20; i++)
        try_exec(db, "INSERT INTO t VALUES (zeroblob(3000), 1)");
    assert_int_equal(rows_again(SIM_DISK_PRESENT), 4);
    try_exec(db, "ROLLBACK");
    sqlite3_close(db);
    assert_int_equal(rows_again(SIM_DISK_PRESENT), 4);
    /* Another disk. */
    image = sim_disk_open_image(DB, SIM_DISK_PRESENT, &rc);
    snprintf(path, sizeof(path), "%s", sqlite3_db_filename(image, "main"));
    sim_disk_close_image(image);
    assert_true(try_is_there(path));
    sim_disk_format(1);
    assert_false(try_is_there(path));
    assert_int_equal(rows_again(SIM_DISK_PRESENT), -1);
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
    file = try_file(DB, TRY_MAIN);
    assert_null(sim_disk_open_image(DB, SIM_DISK_PRESENT, &rc));
    assert_int_equal(rc, SQLITE_OK);
    try_write(file, 'x', 1024, 0);
    assert_null(sim_disk_open_image(DB, SIM_DISK_DURABLE, &rc));
    assert_int_equal(rc, SQLITE_OK);
    assert_null(sim_disk_open_image(DB, SIM_DISK_PRESENT, &rc));
    assert_int_equal(rc, SQLITE_NOTADB);
    try_close(file);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_sqlite_does_on_it_what_it_does_elsewhere),
        T(test_the_clock_is_the_machines),
        T(test_chance_comes_from_the_seed),
        T(test_production_gets_what_it_asks_for),
        T(test_images_show_the_present_and_the_durable),
        T(test_one_connection_sees_image_after_image),
        T(test_an_image_is_recovered),
        T(test_there_is_no_image_of_nothing),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
