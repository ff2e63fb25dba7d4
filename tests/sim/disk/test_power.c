/* The disk loses its power: what of a file survives. */
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

static void test_what_was_synced_stays(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        file = try_file("/f", TRY_MAIN);
        try_write(file, 'a', 1024, 0);
        try_write(file, 'b', 1024, 512);
        assert_int_equal(file->pMethods->xTruncate(file, 1024), SQLITE_OK);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        sim_disk_power_loss(&loss);
        assert_int_equal(loss.kept + loss.dropped + loss.torn + loss.names_back + loss.names_lost, 0);
        try_close(file);
        assert_string_equal(try_sectors("/f"), "ab");
    }
}

static void test_what_was_not_synced_is_kept_dropped_or_torn(void **state)
{
    struct try_seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;
        const char *left;

        sim_disk_format(seed);
        file = try_file("/f", TRY_MAIN);
        try_write(file, 'a', 1024, 0);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        try_write(file, 'b', 1024, 0);
        sim_disk_power_loss(&loss);
        try_close(file);
        left = try_sectors("/f");
        assert_int_equal(loss.kept + loss.dropped + loss.torn, 1);
        assert_true(!loss.kept || strcmp(left, "bb") == 0);
        assert_true(!loss.dropped || strcmp(left, "aa") == 0);
        try_see(&seen, left);
    }
    assert_in_range(try_times(&seen, "aa"), SEEDS / 10, SEEDS);
    assert_in_range(try_times(&seen, "bb"), SEEDS / 10, SEEDS);
    assert_in_range(try_times(&seen, "ab"), 1, SEEDS / 3);
    assert_in_range(try_times(&seen, "ba"), 1, SEEDS / 3);
    assert_int_equal(seen.n, 4);
}

/* Writes reach the disk in any order; what lies before one that did, and was never written, is zero. */
static void test_writes_have_no_order(void **state)
{
    struct try_seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        file = try_file("/f", TRY_MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        try_write(file, 'a', 512, 0);
        try_write(file, 'b', 512, 512);
        sim_disk_power_loss(&loss);
        try_close(file);
        try_see(&seen, try_sectors("/f"));
    }
    assert_in_range(try_times(&seen, ""), 10, SEEDS);
    assert_in_range(try_times(&seen, "a"), 10, SEEDS);
    assert_in_range(try_times(&seen, "0b"), 10, SEEDS);
    assert_in_range(try_times(&seen, "ab"), 10, SEEDS);
    assert_int_equal(seen.n, 4);
}

static void test_a_sync_is_of_one_file(void **state)
{
    struct try_seen seen = {.n = 0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *a, *b;

        sim_disk_format(seed);
        a = try_file("/a", TRY_MAIN);
        b = try_file("/b", TRY_MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        try_write(a, 'a', 512, 0);
        try_write(b, 'b', 512, 0);
        assert_int_equal(b->pMethods->xSync(b, SQLITE_SYNC_NORMAL), SQLITE_OK);
        sim_disk_power_loss(&loss);
        try_close(a);
        try_close(b);
        assert_string_equal(try_sectors("/b"), "b");
        try_see(&seen, try_sectors("/a"));
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
    sqlite3_file *a = try_file("/f", TRY_MAIN), *b = try_file("/f", TRY_MAIN), *c;

    (void)state;
    sim_disk_on_op(fail_syncs, &fails);
    assert_int_equal(a->pMethods->xSync(a, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC);
    fails = false;
    c = try_file("/f", TRY_MAIN);
    assert_int_equal(a->pMethods->xSync(a, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(b->pMethods->xSync(b, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC);
    assert_int_equal(b->pMethods->xSync(b, SQLITE_SYNC_NORMAL), SQLITE_OK);
    assert_int_equal(c->pMethods->xSync(c, SQLITE_SYNC_NORMAL), SQLITE_OK);
    sim_disk_on_op(NULL, NULL);
    try_close(a);
    try_close(b);
    try_close(c);
}

/* What a sync could not write is never written by a later one. */
static void test_a_failed_sync_is_never_made_good(void **state)
{
    struct try_seen seen = {.n = 0};
    bool fails;

    (void)state;
    sim_disk_on_op(fail_syncs, &fails);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct sim_disk_loss loss;
        sqlite3_file *file;

        sim_disk_format(seed);
        fails = true;
        file = try_file("/f", TRY_MAIN);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        try_write(file, 'a', 512, 0);
        try_write(file, 'b', 512, 512);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_IOERR_FSYNC);
        fails = false;
        assert_string_equal(try_sectors("/f"), "ab");
        try_write(file, 'c', 512, 1024);
        assert_int_equal(file->pMethods->xSync(file, SQLITE_SYNC_NORMAL), SQLITE_OK);
        sim_disk_power_loss(&loss);
        try_close(file);
        try_see(&seen, try_sectors("/f"));
    }
    sim_disk_on_op(NULL, NULL);
    assert_in_range(try_times(&seen, "00c"), 10, SEEDS);
    assert_in_range(try_times(&seen, "a0c"), 10, SEEDS);
    assert_in_range(try_times(&seen, "0bc"), 10, SEEDS);
    assert_in_range(try_times(&seen, "abc"), 10, SEEDS);
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
        file = try_file("/f", TRY_MAIN);
        assert_int_equal(file->pMethods->xWrite(file, bytes, sizeof(bytes), 0), SQLITE_FULL);
        assert_int_equal(file->pMethods->xFileSize(file, &size), SQLITE_OK);
        assert_in_range(size, 0, sizeof(bytes) - 1);
        assert_int_equal(file->pMethods->xRead(file, back, (int)size, 0), SQLITE_OK);
        assert_memory_equal(back, bytes, (size_t)size);
        none = none || size == 0;
        most = most || size == sizeof(bytes) - 1;
        try_close(file);
    }
    sim_disk_on_op(NULL, NULL);
    assert_true(none && most);
}

static void test_the_seed_says_what_is_lost(void **state)
{
    struct sim_disk_loss loss[3];
    char left[3][20];

    (void)state;
    for (int i = 0; i < 3; i++) {
        sqlite3_file *file;

        sim_disk_format(i == 2 ? 77 : 76);
        file = try_file("/f", TRY_WAL);
        assert_int_equal(sim_disk_sync_directory(), SQLITE_OK);
        for (int j = 0; j < 12; j++)
            try_write(file, (char)('a' + j), 512, 512 * j);
        sim_disk_power_loss(&loss[i]);
        try_close(file);
        snprintf(left[i], sizeof(left[i]), "%s", try_sectors("/f"));
    }
    assert_string_equal(left[0], left[1]);
    assert_memory_equal(&loss[0], &loss[1], sizeof(loss[0]));
    assert_string_not_equal(left[0], left[2]);
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
        T(test_the_seed_says_what_is_lost),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
