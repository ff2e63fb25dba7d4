/* The disk loses its power: which names are there afterwards, and for which files they stand. */
#include "disk/try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS 300

static int set_up(void **state)
{
    (void)state;
    sim_disk_format(1);
    sim_disk_on_op(NULL, NULL);
    return 0;
}

/* Makes two files, one whose name was made durable and one whose was not. */
static void test_new_names_can_be_lost(void **state)
{
    struct try_seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        file = try_file("/first", TRY_MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        try_close(file);
        file = try_file("/second", TRY_MAIN);
        try_write(file, 'b', 512, 0);
        /* Its bytes are safe, its name is not: nobody synced the directory. */
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        try_close(file);
        sim_disk_power_loss(&loss);
        assert_true(try_is_there("/first"));
        assert_int_equal(loss.names_lost, try_is_there("/second") ? 0 : 1);
        try_see(&seen, try_sectors("/second"));
    }
    assert_in_range(try_times(&seen, "-"), SEEDS / 4, SEEDS);
    assert_in_range(try_times(&seen, "b"), SEEDS / 4, SEEDS);
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
        file = try_file("/log", kinds[seed % 3] | SQLITE_OPEN_CREATE);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        sim_disk_power_loss(&loss);
        try_close(file);
        assert_true(try_is_there("/log"));
    }
}

/* ... but not when it was there already, for all that SQLite knew, as a database is. */
static void test_other_syncs_do_not_keep_a_name(void **state)
{
    static const int kinds[] = {TRY_MAIN, SQLITE_OPEN_WAL};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct try_seen seen = {.n = 0};

        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct sim_disk_loss loss;
            sqlite3_file *file;

            sim_disk_format(seed);
            try_close(try_file("/f", TRY_MAIN));
            file = try_file("/f", kinds[i]);
            assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
            sim_disk_power_loss(&loss);
            try_close(file);
            try_see(&seen, try_sectors("/f"));
        }
        assert_in_range(try_times(&seen, "-"), SEEDS / 4, SEEDS);
    }
}

/* An empty one is no journal to SQLite. */
static void test_an_empty_file_does_not_exist(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    sqlite3_file *file = try_file("/f", TRY_MAIN);
    int there;

    (void)state;
    assert_int_equal(vfs->xAccess(vfs, "/f", SQLITE_ACCESS_EXISTS, &there), SQLITE_OK);
    assert_false(there);
    assert_int_equal(vfs->xAccess(vfs, "/f", SQLITE_ACCESS_READWRITE, &there), SQLITE_OK);
    assert_true(there);
    try_write(file, 'a', 1, 0);
    assert_int_equal(vfs->xAccess(vfs, "/f", SQLITE_ACCESS_EXISTS, &there), SQLITE_OK);
    assert_true(there);
    try_close(file);
}

static void test_deletes_can_be_undone_until_the_directory_is_synced(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    struct try_seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        for (int i = 0; i < 2; i++) {
            file = try_file(i ? "/a" : "/b", TRY_WAL);
            try_write(file, 'a', 512, 0);
            assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
            try_close(file);
        }
        assert_int_equal(vfs->xDelete(vfs, "/a", 1), SQLITE_OK);
        assert_int_equal(vfs->xDelete(vfs, "/b", 0), SQLITE_OK);
        assert_int_equal(vfs->xDelete(vfs, "/b", 0), SQLITE_IOERR_DELETE_NOENT);
        assert_false(try_is_there("/b"));
        sim_disk_power_loss(&loss);
        assert_false(try_is_there("/a"));
        assert_int_equal(loss.names_back, try_is_there("/b"));
        try_see(&seen, try_sectors("/b"));
    }
    assert_in_range(try_times(&seen, "-"), SEEDS / 4, SEEDS);
    assert_in_range(try_times(&seen, "a"), SEEDS / 4, SEEDS);
}

/* A file that was deleted and made again is another file: bytes of the two never mix. */
static void test_a_name_stands_for_one_file_or_another(void **state)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("sim");
    struct try_seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *old, *new;

        sim_disk_format(seed);
        old = try_file("/f", TRY_WAL);
        try_write(old, 'a', 1024, 0);
        assert_int_equal(old->pMethods->xSync(old, SQLITE_SYNC_NORMAL), SQLITE_OK);
        assert_int_equal(vfs->xDelete(vfs, "/f", 0), SQLITE_OK);
        new = try_file("/f", TRY_WAL);
        try_write(new, 'b', 512, 0);
        /* Whoever has the old one open still writes to that. */
        try_write(old, 'c', 512, 0);
        assert_string_equal(try_sectors("/f"), "b");
        sim_disk_power_loss(&loss);
        try_close(old);
        try_close(new);
        try_see(&seen, try_sectors("/f"));
    }
    assert_in_range(try_times(&seen, "-"), 10, SEEDS);
    assert_in_range(try_times(&seen, "aa"), 10, SEEDS);
    assert_in_range(try_times(&seen, "ca"), 10, SEEDS);
    assert_in_range(try_times(&seen, "b"), 10, SEEDS);
    assert_in_range(try_times(&seen, ""), 10, SEEDS);
    assert_int_equal(seen.n, 5);
}

static void test_handles_of_another_boot_are_dead(void **state)
{
    struct sim_disk_loss loss;
    sqlite3_file *file = try_file("/f", TRY_WAL);
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
    try_close(file);
    assert_int_equal(sim_disk_changes(), changes);
    assert_string_equal(try_sectors("/f"), "");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup(name, set_up)
    const struct CMUnitTest tests[] = {
        T(test_new_names_can_be_lost),
        T(test_the_first_sync_of_a_log_keeps_its_name),
        T(test_other_syncs_do_not_keep_a_name),
        T(test_an_empty_file_does_not_exist),
        T(test_deletes_can_be_undone_until_the_directory_is_synced),
        T(test_a_name_stands_for_one_file_or_another),
        T(test_handles_of_another_boot_are_dead),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
