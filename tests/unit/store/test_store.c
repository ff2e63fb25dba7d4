/* Opening: what is created and how, and everything that must be refused without being touched. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"
#include "sql.h"

/* Tries to open the place's file once more; nothing may come of it. */
static void refuses(struct place *place, const char *file, enum gw_store_mode mode)
{
    struct gw_store *store = NULL;

    place->err.text[0] = '\0';
    assert_int_equal(gw_store_open(file, mode, &store, &place->err), GW_ERR_STORE);
    assert_null(store);
}

/* A path beside the database. Valid until the next call. */
static const char *beside(const struct place *place, const char *name)
{
    static char path[160];

    snprintf(path, sizeof(path), "%s/%s", place->directory, name);
    return path;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int64_t size_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static void close_place(struct place *place)
{
    gw_store_close(place->store);
    place->store = NULL;
}

static void test_a_new_database_is_private_and_ours(void **state)
{
    struct place *place = *state;
    struct stat st;

    assert_int_equal(stat(place->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_string_equal(gw_store_file(place->store), place->file);
    assert_int_equal(place_number(place, "PRAGMA application_id"), 0x67776176);
    assert_int_equal(place_number(place, "PRAGMA user_version"), gw_store_schema_version());
    assert_string_equal(place_text(place, "PRAGMA journal_mode"), "wal");
    assert_int_equal(gw_store_schema_version(), 8);
    gw_store_close(NULL);
}

static void test_the_umask_opens_nothing(void **state)
{
    struct place *place = *state;
    mode_t old = umask(0);
    struct gw_store *store;
    struct stat st;

    assert_int_equal(gw_store_open(beside(place, "other.db"), GW_STORE_CREATE, &store, &place->err), GW_OK);
    umask(old);
    assert_int_equal(stat(beside(place, "other.db"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(beside(place, "other.db-wal"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    gw_store_close(store);
}

/* Read back from the connection itself: what the settings are that everything rests on. */
static void test_settings_are_in_force(void **state)
{
    static const struct {
        const char *pragma;
        int64_t write, read;
    } settings[] = {
        {"PRAGMA synchronous", 2, 2},        {"PRAGMA foreign_keys", 1, 1}, {"PRAGMA mmap_size", 0, 0},
        {"PRAGMA trusted_schema", 0, 0},     {"PRAGMA query_only", 0, 1},   {"PRAGMA cell_size_check", 1, 1},
        {"PRAGMA recursive_triggers", 1, 1},
    };
    struct place *place = *state;
    struct gw_store *reader;
    int64_t got;

    assert_int_equal(gw_store_open(place->file, GW_STORE_READ, &reader, &place->err), GW_OK);
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        /* The authorizer forbids these to the store itself once it is open. */
        assert_int_equal(sqlite3_set_authorizer(place->store->db, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_set_authorizer(reader->db, NULL, NULL), SQLITE_OK);
        assert_int_equal(gw_sql_number(place->store, settings[i].pragma, &got, &place->err), GW_OK);
        assert_int_equal(got, settings[i].write);
        assert_int_equal(gw_sql_number(reader, settings[i].pragma, &got, &place->err), GW_OK);
        assert_int_equal(got, settings[i].read);
    }
    gw_store_close(reader);
}

static void test_no_statement_reaches_beyond(void **state)
{
    static const char *const statements[] = {
        "ATTACH ':memory:' AS other", "PRAGMA journal_mode = DELETE", "PRAGMA synchronous = OFF",
        "PRAGMA foreign_keys = OFF",  "SELECT load_extension('x')",   "PRAGMA writable_schema = ON",
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        assert_int_not_equal(sqlite3_exec(place->store->db, statements[i], NULL, NULL, NULL), SQLITE_OK);
}

static void test_it_opens_again_with_what_was_in_it(void **state)
{
    struct place *place = *state;

    place_fleet(place, 3);
    place_rollout(place, "r");
    close_place(place);
    for (int mode = GW_STORE_READ; mode <= GW_STORE_CREATE; mode++) {
        struct gw_rollout_row row;

        assert_int_equal(gw_store_open(place->file, (enum gw_store_mode)mode, &place->store, &place->err),
                         GW_OK);
        assert_int_equal(gw_rollout_find(place->store, "r", &row, &place->err), GW_OK);
        assert_int_equal(row.targets, 3);
        close_place(place);
    }
}

static void test_viewers_cannot_write(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row row;
    struct gw_store *reader;
    const struct gw_rollout_new new_ = {.name = "x",
                                        .version = "2",
                                        .selection = "all",
                                        .spec = "",
                                        .created_by = "",
                                        .select = place_select("all")};

    place_fleet(place, 1);
    assert_int_equal(gw_store_open(place->file, GW_STORE_READ, &reader, &place->err), GW_OK);
    assert_int_equal(gw_rollout_create(reader, &new_, &row, &place->err), GW_ERR_STORE);
    place_error_has(place, "cannot be written", place->file);
    assert_int_equal(place_number(place, "SELECT count(*) FROM rollouts"), 0);
    gw_store_close(reader);
}

static void test_only_create_creates(void **state)
{
    struct place *place = *state;
    char path[160];

    snprintf(path, sizeof(path), "%s", beside(place, "other.db"));
    refuses(place, path, GW_STORE_READ);
    place_error_has(place, "there is no such database", "gatewave inventory import");
    refuses(place, path, GW_STORE_WRITE);
    assert_int_equal(size_of(path), -1);
    refuses(place, beside(place, "missing/other.db"), GW_STORE_CREATE);
    place_error_has(place, "No such file or directory", "missing");
    refuses(place, "", GW_STORE_CREATE);
    refuses(place, place->directory, GW_STORE_CREATE);
    place_error_has(place, "not a regular file", place->directory);
}

static void test_an_empty_file_is_filled_by_create_only(void **state)
{
    struct place *place = *state;
    struct gw_store *store;
    char path[160];

    snprintf(path, sizeof(path), "%s", beside(place, "other.db"));
    write_file(path, "");
    refuses(place, path, GW_STORE_READ);
    place_error_has(place, "the database is empty", "--db");
    refuses(place, path, GW_STORE_WRITE);
    assert_int_equal(size_of(path), 0);
    assert_int_equal(gw_store_open(path, GW_STORE_CREATE, &store, &place->err), GW_OK);
    gw_store_close(store);
}

/* A power cut in the middle of creating: the file is in WAL mode, or has the first migration only. */
static void test_an_unfinished_creation_is_finished(void **state)
{
    struct place *place = *state;
    struct gw_store *store;
    sqlite3 *db;
    char path[160];

    snprintf(path, sizeof(path), "%s", beside(place, "other.db"));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(gw_store_open(path, GW_STORE_CREATE, &store, &place->err), GW_OK);
    gw_store_close(store);
    assert_int_equal(gw_store_open(path, GW_STORE_READ, &store, &place->err), GW_OK);
    gw_store_close(store);
}

static void test_a_newer_schema_is_refused_with_both_numbers(void **state)
{
    struct place *place = *state;

    close_place(place);
    place_exec(place, "PRAGMA user_version = 9");
    for (int mode = GW_STORE_READ; mode <= GW_STORE_CREATE; mode++) {
        refuses(place, place->file, (enum gw_store_mode)mode);
        place_error_has(place, "schema 9, this program knows 8", "use the newer program");
    }
    assert_int_equal(place_number(place, "PRAGMA user_version"), 9);
}

static void test_another_applications_database_is_left_alone(void **state)
{
    struct place *place = *state;
    sqlite3 *db;
    char path[160];
    int64_t size;

    snprintf(path, sizeof(path), "%s", beside(place, "other.db"));
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE theirs (x)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    size = size_of(path);
    for (int mode = GW_STORE_READ; mode <= GW_STORE_CREATE; mode++) {
        refuses(place, path, (enum gw_store_mode)mode);
        place_error_has(place, "another application", "--db");
    }
    assert_int_equal(size_of(path), size);
    assert_int_equal(size_of(beside(place, "other.db-wal")), -1);
}

static void test_what_is_no_database_is_left_alone(void **state)
{
    struct place *place = *state;
    char path[160], text[4096];

    snprintf(path, sizeof(path), "%s", beside(place, "other.db"));
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    write_file(path, text);
    for (int mode = GW_STORE_READ; mode <= GW_STORE_CREATE; mode++) {
        refuses(place, path, (enum gw_store_mode)mode);
        place_error_has(place, "this is not a database", "never overwrites");
    }
    assert_int_equal(size_of(path), (int64_t)sizeof(text) - 1);
}

static void test_a_damaged_database_is_kept_and_refused(void **state)
{
    struct place *place = *state;
    char page[4096];
    int fd;

    place_fleet(place, 500);
    close_place(place);
    memset(page, 0xa5, sizeof(page));
    fd = open(place->file, O_WRONLY);
    assert_true(fd >= 0);
    for (off_t at = 4096 * 20; at < size_of(place->file); at += 4096)
        assert_int_equal(pwrite(fd, page, sizeof(page), at), sizeof(page));
    close(fd);
    refuses(place, place->file, GW_STORE_WRITE);
    place_error_has(place, "the database is damaged; keep it", "from a backup");
}

static void test_a_second_name_is_refused(void **state)
{
    struct place *place = *state;

    assert_int_equal(link(place->file, beside(place, "link.db")), 0);
    refuses(place, beside(place, "link.db"), GW_STORE_WRITE);
    place_error_has(place, "2 names (hard links)", "copy it");
}

static void test_a_symbolic_link_is_followed_to_the_real_name(void **state)
{
    struct place *place = *state;
    struct gw_store *store;

    assert_int_equal(symlink(place->file, beside(place, "link.db")), 0);
    assert_int_equal(gw_store_open(beside(place, "link.db"), GW_STORE_WRITE, &store, &place->err), GW_OK);
    assert_string_equal(gw_store_file(store), place->file);
    gw_store_close(store);
}

/* Root may write everything: then the test is somebody else's. */
static void become_nobody(const struct place *place)
{
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(place->directory, 65534, 65534), 0);
    assert_int_equal(chown(place->file, 65534, 65534), 0);
    assert_int_equal(seteuid(65534), 0);
}

static void test_permissions_are_named(void **state)
{
    struct place *place = *state;
    uid_t me = geteuid();

    close_place(place);
    become_nobody(place);
    assert_int_equal(chmod(place->file, 0400), 0);
    refuses(place, place->file, GW_STORE_WRITE);
    place_error_has(place, "cannot be written: Permission denied", "owner and mode");
    assert_int_equal(chmod(place->file, 0000), 0);
    refuses(place, place->file, GW_STORE_READ);
    place_error_has(place, "cannot be read: Permission denied", "owner and mode");
    assert_int_equal(chmod(place->file, 0600), 0);
    assert_int_equal(chmod(place->directory, 0500), 0);
    refuses(place, place->file, GW_STORE_WRITE);
    place_error_has(place, "its directory cannot be written", "-wal");
    refuses(place, beside(place, "other.db"), GW_STORE_CREATE);
    place_error_has(place, "its directory cannot be written", "other.db");
    assert_int_equal(chmod(place->directory, 0700), 0);
    assert_int_equal(seteuid(me), 0);
}

static void test_network_file_systems_are_known_by_number(void **state)
{
    assert_string_equal(gw_path_network_name(0x6969), "NFS");
    assert_string_equal(gw_path_network_name(0xff534d42), "CIFS");
    assert_string_equal(gw_path_network_name(0xfe534d42), "SMB");
    assert_string_equal(gw_path_network_name(0x01021997), "9p");
    assert_null(gw_path_network_name(0xef53));     /* ext4 */
    assert_null(gw_path_network_name(0x01021994)); /* tmpfs */
    (void)state;
}

/* A read-only file system, where there is one: /proc is there on every machine and cannot be written. */
static void test_a_place_that_cannot_be_written_is_refused(void **state)
{
    struct place *place = *state;

    refuses(place, "/proc/fleet.db", GW_STORE_CREATE);
    place_error_has(place, "/proc/fleet.db", "");
}

/* A writer that is in the way: two seconds, then an error that says what to do; nothing is broken by it. */
static void test_a_locked_database_is_waited_for_and_named(void **state)
{
    struct place *place = *state;
    sqlite3 *db;
    struct gw_rollout_row row;
    const struct gw_rollout_new new_ = {.name = "x",
                                        .version = "2",
                                        .selection = "all",
                                        .spec = "",
                                        .created_by = "",
                                        .select = place_select("all")};

    place_fleet(place, 1);
    sqlite3_busy_timeout(place->store->db, 20); /* the test has no two seconds */
    assert_int_equal(sqlite3_open(place->file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(gw_rollout_create(place->store, &new_, &row, &place->err), GW_ERR_STORE);
    place_error_has(place, "another process holds the write lock", "try again");
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(gw_rollout_create(place->store, &new_, &row, &place->err), GW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_new_database_is_private_and_ours, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_the_umask_opens_nothing, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_settings_are_in_force, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_no_statement_reaches_beyond, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_it_opens_again_with_what_was_in_it, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_viewers_cannot_write, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_only_create_creates, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_empty_file_is_filled_by_create_only, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_unfinished_creation_is_finished, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_newer_schema_is_refused_with_both_numbers, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_another_applications_database_is_left_alone, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_database_is_left_alone, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_database_is_kept_and_refused, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_second_name_is_refused, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_symbolic_link_is_followed_to_the_real_name, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_permissions_are_named, place_set_up, place_tear_down),
        cmocka_unit_test(test_network_file_systems_are_known_by_number),
        cmocka_unit_test_setup_teardown(test_a_place_that_cannot_be_written_is_refused, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_locked_database_is_waited_for_and_named, place_set_up,
                                        place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
