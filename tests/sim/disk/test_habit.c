/* What SQLite's settings are worth on this disk: the same as on a real one; and a database from another disk. */
#include "disk/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DB    "/nowhere/t.db"
#define SEEDS 300

static int set_up(void **state)
{
    (void)state;
    sim_disk_format(1);
    sim_disk_on_op(NULL, NULL);
    return 0;
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

/* ---- a database that was there before ---- */

static void make_one(void)
{
    sqlite3 *db = try_open(DB);

    try_exec(db, "PRAGMA synchronous = EXTRA; PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t "
                 "VALUES (7)");
    sqlite3_close(db);
}

static void test_a_database_from_another_disk(void **state)
{
    struct sim_disk_loss loss = {0};
    size_t len = 0, again = 0;
    uint8_t *bytes, *twin;
    sqlite3 *db;

    (void)state;
    make_one();
    bytes = sim_disk_take(DB, &len);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        sim_disk_format(seed);
        sim_disk_put(DB, bytes, len);
        assert_int_equal(sim_disk_changes(), 0);
        sim_disk_power_loss(&loss);
        twin = sim_disk_take(DB, &again);
        assert_int_equal(again, len);
        assert_memory_equal(twin, bytes, len);
        free(twin);
        db = try_open(DB);
        assert_int_equal(try_number(db, "SELECT x FROM t"), 7);
        sqlite3_close(db);
    }
    free(bytes);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        T(test_a_log_with_full_syncs_loses_nothing),
        T(test_laxer_settings_lose_something),
        T(test_a_lax_creation_loses_all_that_came_after),
        T(test_a_database_from_another_disk),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
