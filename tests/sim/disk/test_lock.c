/* Who may read and write: each lock excludes what it must, waits take virtual time, and processes end as processes do. */
#include "disk/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool never(void *user)
{
    (void)user;
    return false;
}

static void play(void)
{
    sim_stage_play(SIM_NEVER - 1, never, NULL);
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

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_a_writer_excludes_a_writer),
        T(test_a_pending_writer_keeps_new_readers_out),
        T(test_an_exclusive_one_is_alone),
        T(test_a_log_has_readers_beside_its_writer),
        T(test_who_is_busy_waits_in_virtual_time),
        T(test_a_wake_outlives_the_wait_for_a_lock),
        T(test_a_frozen_writer_holds_its_lock_and_goes_on),
        T(test_who_is_killed_while_frozen_writes_no_more),
        T(test_a_killed_process_leaves_what_it_committed),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
