/*
 * The disk as a VFS: SQLite does on it what it does on its own one, each lock excludes what it must, and processes end
 * as processes do.
 */
#include "disk_try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/rng.h"

#include "stage.h"

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

static bool never(void *user)
{
    (void)user;
    return false;
}

static void play(void)
{
    sim_stage_play(SIM_NEVER - 1, never, NULL);
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

/* ---- locks ---- */

static void test_a_writer_excludes_a_writer(void **state)
{
    sqlite3 *a = try_open(DB), *b = try_open(DB);

    (void)state;
    try_exec(a, "CREATE TABLE t (x); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
    assert_int_equal(try_number(b, "SELECT count(*) FROM t"), 0);
    assert_int_equal(try_run(b, "BEGIN IMMEDIATE"), SQLITE_BUSY);
    assert_int_equal(try_run(b, "INSERT INTO t VALUES (2)"), SQLITE_BUSY);
    try_exec(a, "COMMIT");
    try_exec(b, "INSERT INTO t VALUES (2)");
    assert_int_equal(try_number(a, "SELECT sum(x) FROM t"), 3);
    sqlite3_close(a);
    sqlite3_close(b);
}

/* A writer that waits for readers lets no new ones in. */
static void test_a_pending_writer_keeps_new_readers_out(void **state)
{
    sqlite3 *a = try_open(DB), *b = try_open(DB), *c = try_open(DB);

    (void)state;
    try_exec(a, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    try_exec(b, "BEGIN");
    assert_int_equal(try_number(b, "SELECT sum(x) FROM t"), 1);
    try_exec(a, "BEGIN; INSERT INTO t VALUES (2)");
    assert_int_equal(try_number(c, "SELECT sum(x) FROM t"), 1);
    assert_int_equal(try_run(a, "COMMIT"), SQLITE_BUSY);
    assert_int_equal(try_run(c, "SELECT sum(x) FROM t"), SQLITE_BUSY);
    assert_int_equal(try_number(b, "SELECT sum(x) FROM t"), 1);
    try_exec(b, "COMMIT");
    try_exec(a, "COMMIT");
    assert_int_equal(try_number(c, "SELECT sum(x) FROM t"), 3);
    sqlite3_close(a);
    sqlite3_close(b);
    sqlite3_close(c);
}

static void test_an_exclusive_one_is_alone(void **state)
{
    sqlite3 *a = try_open(DB), *b = try_open(DB);

    (void)state;
    try_exec(a, "CREATE TABLE t (x); BEGIN EXCLUSIVE");
    assert_int_equal(try_run(b, "SELECT * FROM t"), SQLITE_BUSY);
    assert_int_equal(try_run(b, "BEGIN EXCLUSIVE"), SQLITE_BUSY);
    try_exec(a, "ROLLBACK");
    try_exec(b, "SELECT * FROM t");
    sqlite3_close(a);
    sqlite3_close(b);
}

static void test_a_log_has_readers_beside_its_writer(void **state)
{
    sqlite3 *a = try_open(DB), *b = try_open(DB);

    (void)state;
    try_exec(a, "PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    try_exec(b, "BEGIN");
    assert_int_equal(try_number(b, "SELECT sum(x) FROM t"), 1);
    try_exec(a, "BEGIN IMMEDIATE; INSERT INTO t VALUES (2)");
    assert_int_equal(try_run(b, "INSERT INTO t VALUES (4)"), SQLITE_BUSY);
    try_exec(a, "COMMIT");
    /* It still reads what was there when it began, and its log cannot be begun anew. */
    assert_int_equal(try_number(b, "SELECT sum(x) FROM t"), 1);
    assert_int_equal(try_number(a, "PRAGMA wal_checkpoint(TRUNCATE)"), 1);
    assert_int_equal(try_run(b, "INSERT INTO t VALUES (4)"), SQLITE_BUSY);
    try_exec(b, "COMMIT");
    assert_int_equal(try_number(a, "PRAGMA wal_checkpoint(TRUNCATE)"), 0);
    try_exec(b, "INSERT INTO t VALUES (4)");
    assert_int_equal(try_number(a, "SELECT sum(x) FROM t"), 7);
    sqlite3_close(a);
    sqlite3_close(b);
}

/* ---- processes ---- */

struct waiter {
    int timeout_ms;
    int rc;
    uint64_t ended_ms;
    struct sim_thread *thread;
};

static void wait_for(uint64_t ms)
{
    uint64_t until_ms = sim_now_ms() + ms;

    while (sim_now_ms() < until_ms)
        assert_true(sim_wait(until_ms));
}

static void hold_for_500_ms(void *user)
{
    sqlite3 *db = try_open(DB);

    (void)user;
    try_exec(db, "BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
    wait_for(500);
    try_exec(db, "COMMIT");
    sqlite3_close(db);
}

static void insert_with_patience(void *user)
{
    struct waiter *waiter = user;
    sqlite3 *db = try_open(DB);

    waiter->thread = sim_thread_self();
    sqlite3_busy_timeout(db, waiter->timeout_ms);
    waiter->rc = try_run(db, "INSERT INTO t VALUES (2)");
    waiter->ended_ms = sim_now_ms() - SIM_START_MS;
    sqlite3_close(db);
}

static void test_who_is_busy_waits_in_virtual_time(void **state)
{
    struct waiter patient = {.timeout_ms = 2000}, hasty = {.timeout_ms = 100};
    sqlite3 *db = try_open(DB);

    (void)state;
    try_exec(db, "PRAGMA journal_mode = wal; CREATE TABLE t (x)");
    (void)sim_process_start("holder", hold_for_500_ms, NULL);
    (void)sim_process_start("patient", insert_with_patience, &patient);
    (void)sim_process_start("hasty", insert_with_patience, &hasty);
    play();
    assert_int_equal(patient.rc, SQLITE_OK);
    assert_in_range(patient.ended_ms, 500, 600);
    assert_int_equal(hasty.rc, SQLITE_BUSY);
    assert_int_equal(hasty.ended_ms, 100);
    assert_int_equal(try_number(db, "SELECT sum(x) FROM t"), 3);
    sqlite3_close(db);
}

static void wake(void *user)
{
    const struct waiter *waiter = user;

    sim_wake(waiter->thread);
}

static void insert_and_wait(void *user)
{
    struct waiter *waiter = user;

    insert_with_patience(waiter);
    assert_true(sim_wait(sim_now_ms() + 10000));
    waiter->ended_ms = sim_now_ms() - SIM_START_MS;
}

/* Whoever waits for SQLite is not the one who is woken: that is for what it waits for next. */
static void test_a_wake_outlives_the_wait_for_a_lock(void **state)
{
    struct waiter waiter = {.timeout_ms = 2000};
    sqlite3 *db = try_open(DB);

    (void)state;
    try_exec(db, "CREATE TABLE t (x)");
    (void)sim_process_start("holder", hold_for_500_ms, NULL);
    (void)sim_process_start("waiter", insert_and_wait, &waiter);
    (void)sim_at(sim_now_ms() + 490, wake, &waiter);
    play();
    assert_int_equal(waiter.rc, SQLITE_OK);
    assert_in_range(waiter.ended_ms, 500, 600);
    sqlite3_close(db);
}

static struct sim_process *frozen;

static int freeze_at_write(void *user, enum sim_disk_op op, const char *file)
{
    uint32_t *writes = user;

    (void)file;
    if (sim_self() && op == SIM_DISK_WRITE && strstr(file, "-wal") && ++*writes == 2) {
        frozen = sim_self();
        sim_process_freeze(frozen);
    }
    return SQLITE_OK;
}

static void insert_a_row(void *user)
{
    int *rc = user;
    sqlite3 *db = try_open(DB);

    *rc = try_run(db, "INSERT INTO t VALUES (2)");
    sqlite3_close(db);
}

static void thaw(void *user)
{
    sqlite3 *db = user;

    assert_int_equal(try_run(db, "INSERT INTO t VALUES (4)"), SQLITE_BUSY);
    assert_int_equal(try_number(db, "SELECT sum(x) FROM t"), 1);
    sim_process_thaw(frozen);
}

static void test_a_frozen_writer_holds_its_lock_and_goes_on(void **state)
{
    uint32_t writes = 0;
    int rc = -1;
    sqlite3 *db = try_open(DB);

    (void)state;
    try_exec(db, "PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    sim_disk_on_op(freeze_at_write, &writes);
    (void)sim_process_start("frozen", insert_a_row, &rc);
    (void)sim_at(sim_now_ms() + 1000, thaw, db);
    play();
    sim_disk_on_op(NULL, NULL);
    assert_int_equal(rc, SQLITE_OK);
    assert_int_equal(try_number(db, "SELECT sum(x) FROM t"), 3);
    sqlite3_close(db);
}

static void kill_frozen(void *user)
{
    (void)user;
    sim_process_kill(frozen);
    sim_disk_process_died(frozen);
}

static void test_who_is_killed_while_frozen_writes_no_more(void **state)
{
    uint32_t writes = 0;
    int rc = -1;
    sqlite3 *db = try_open(DB);

    (void)state;
    try_exec(db, "PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    sim_disk_on_op(freeze_at_write, &writes);
    (void)sim_process_start("frozen", insert_a_row, &rc);
    (void)sim_at(sim_now_ms() + 1000, kill_frozen, NULL);
    play();
    sim_disk_on_op(NULL, NULL);
    assert_int_equal(rc, SQLITE_IOERR);
    try_exec(db, "INSERT INTO t VALUES (4)");
    assert_int_equal(try_number(db, "SELECT sum(x) FROM t"), 5);
    sqlite3_close(db);
}

struct tale {
    int acknowledged;
};

static void insert_some(void *user)
{
    struct tale *tale = user;
    char sql[64];
    sqlite3 *db;

    if (sqlite3_open(DB, &db) == SQLITE_OK) {
        /* A process that leaves pages behind it in its cache, a checkpoint and a rollback. */
        try_run(db, "PRAGMA wal_autocheckpoint = 6; PRAGMA cache_size = 3");
        for (int i = 1; i <= 6; i++) {
            snprintf(sql, sizeof(sql), "INSERT INTO t VALUES (%d, zeroblob(3000))", i);
            if (try_run(db, sql) == SQLITE_OK)
                tale->acknowledged = i;
        }
        try_run(db, "BEGIN; UPDATE t SET y = zeroblob(9000); ROLLBACK");
    }
    sqlite3_close(db);
}

/* The living one next to it sees all that was committed, and can go on; false: the tale came to its end. */
static bool kill_at(const char *mode, uint64_t op)
{
    struct tale tale = {0};
    struct try_told told;
    char sql[100];
    sqlite3 *db;
    int64_t n;

    sim_disk_format(op);
    db = try_open(DB);
    snprintf(sql, sizeof(sql), "PRAGMA journal_mode = %s; CREATE TABLE t (x, y)", mode);
    try_exec(db, sql);
    told = try_story(insert_some, &tale, (struct try_crash){.end = TRY_KILL, .op = op});
    n = try_number(db, "SELECT count(*) FROM t");
    assert_in_range(n, tale.acknowledged, tale.acknowledged + 1);
    try_exec(db, "INSERT INTO t VALUES (100, zeroblob(3000)); DELETE FROM t WHERE x = 1");
    assert_int_equal(try_number(db, "SELECT count(*) FROM t"), n > 0 ? n : 1);
    assert_string_equal(try_text(db, "PRAGMA integrity_check"), "ok");
    sqlite3_close(db);
    return told.crashed;
}

static void test_a_killed_process_leaves_what_it_committed(void **state)
{
    static const char *const some[] = {"wal", "delete"};

    (void)state;
    sim_stage_end();
    for (size_t mode = 0; mode < 2; mode++) {
        uint64_t op = 1;

        while (kill_at(some[mode], op))
            op++;
        assert_in_range(op, 60, 1000);
    }
    sim_stage_begin(1);
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

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_sqlite_does_on_it_what_it_does_elsewhere),
        T(test_a_writer_excludes_a_writer),
        T(test_a_pending_writer_keeps_new_readers_out),
        T(test_an_exclusive_one_is_alone),
        T(test_a_log_has_readers_beside_its_writer),
        T(test_who_is_busy_waits_in_virtual_time),
        T(test_a_wake_outlives_the_wait_for_a_lock),
        T(test_a_frozen_writer_holds_its_lock_and_goes_on),
        T(test_who_is_killed_while_frozen_writes_no_more),
        T(test_a_killed_process_leaves_what_it_committed),
        T(test_the_clock_is_the_machines),
        T(test_chance_comes_from_the_seed),
        T(test_production_gets_what_it_asks_for),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
