/*
 * A full disk and a failing one: whatever is under way fails as a whole, says so, and leaves everything as
 * it was.
 */
#include "records.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "gatewave/store/inventory.h"
#include "sql.h"
#include "sql_error.h"

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* So much more than the largest of the place's files has now. */
static void leave_room(const struct place *place, rlim_t bytes)
{
    static const char *const suffixes[] = {"", "-wal"};
    rlim_t largest = 0;
    struct stat st;
    char path[512];

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s%s", place->file, suffixes[i]);
        if (stat(path, &st) == 0 && (rlim_t)st.st_size > largest)
            largest = (rlim_t)st.st_size;
    }
    limit_file_size(largest + bytes);
}

static void unlimit_file_size(void)
{
    limit_file_size(RLIM_INFINITY);
}

/* The whole content as one number. */
static int64_t content(const struct place *place)
{
    return place_number(
        place, "SELECT (SELECT count(*) FROM gateways) * 1000000 + (SELECT count(*) FROM devices) * 10000 +"
               " (SELECT count(*) FROM rollouts) * 1000 + (SELECT count(*) FROM attempts) * 100 +"
               " (SELECT count(*) FROM targets WHERE state <> 'waiting')");
}

/* place_number() opens the database by itself, which needs no room. */
static void test_an_import_into_a_full_disk_changes_nothing(void **state)
{
    struct place *place = *state;
    struct gw_import_counts counts;
    struct gw_import *import;
    char id[32], reason[160];

    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    for (unsigned i = 0; i < 5000; i++) {
        struct gw_device_row row = {.line = i + 2};

        snprintf(id, sizeof(id), "gateway-%08u", i);
        row.column[GW_COLUMN_GATEWAY_ID] = (struct gw_value){id, strlen(id), true};
        row.column[GW_COLUMN_REGION] = (struct gw_value){"cn-shanghai", 11, true};
        assert_true(gw_import_put(import, &row, reason));
    }
    limit_file_size(300 * 1024);
    assert_int_equal(gw_import_commit(import, &counts, &place->err), GW_ERR_STORE);
    unlimit_file_size();
    place_error_has(place, place->file, "run the same command again");
    assert_int_equal(content(place), 0);
    assert_string_equal(place_text(place, "PRAGMA integrity_check"), "ok");
    assert_int_equal(place_number(place,
                                  "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name IN"
                                  " ('gateways', 'devices')"),
                     3);
}

static void test_a_rollout_on_a_full_disk_is_not_there(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row row;
    const struct gw_rollout_new new_ = {.name = "x",
                                        .version = "2",
                                        .selection = "all",
                                        .spec = "",
                                        .created_by = "",
                                        .select = place_select("all")};
    int64_t before;

    place_fleet(place, 3000);
    before = content(place);
    limit_file_size(300 * 1024);
    assert_int_equal(gw_rollout_create(place->store, &new_, &row, &place->err), GW_ERR_STORE);
    unlimit_file_size();
    assert_int_equal(content(place), before);
}

/*
 * Commits until there is no room: each one is there as a whole or not at all, and the store stays shut
 * after it.
 */
static void test_commits_stop_at_a_full_disk(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row rollout;
    struct gw_lease *lease;
    uint32_t done = 0;
    enum gw_code code = GW_OK;
    struct gw_store *store;

    place_fleet(place, 200);
    rollout = place_rollout(place, "r");
    assert_int_equal(gw_lease_take(place->store, rollout.id, T0, &lease, &place->err), GW_OK);
    leave_room(place, 64 * 1024);
    while (done < 200 && code == GW_OK) {
        struct gw_record intent = intent_of(done, 1);

        code = gw_commit(place->store, lease, &intent, 1, &place->err);
        done += code == GW_OK;
    }
    assert_int_equal(code, GW_ERR_STORE);
    place_error_has(place, place->file, "run the same command again");
    assert_true(done > 0);
    unlimit_file_size();
    /* Another look, as after a restart: what was reported durable is there, and nothing else. */
    gw_lease_release(lease);
    assert_int_equal(gw_store_open(place->file, GW_STORE_WRITE, &store, &place->err), GW_OK);
    assert_int_equal(place_number(place, "SELECT count(*) FROM attempts"), done);
    assert_int_equal(place_number(place, "SELECT count(*) FROM targets WHERE state = 'in_flight'"), done);
    assert_int_equal(gw_lease_take(store, rollout.id, T0, &lease, &place->err), GW_OK);
    {
        struct gw_record intent = intent_of(done, 1);

        assert_int_equal(gw_commit(store, lease, &intent, 1, &place->err), GW_OK);
    }
    gw_lease_release(lease);
    gw_store_close(store);
}

/* After a write that failed nobody knows what is on the disk: nothing more is written by this connection. */
static void test_a_failed_store_stays_shut(void **state)
{
    struct run run = run_start(state);

    gw_sql_error(run.place->store, SQLITE_IOERR_FSYNC, &run.place->err);
    place_error_has(run.place, "reading or writing failed; check the disk", run.place->file);
    assert_int_equal(run_try(&run, intent_of(0, 1)), GW_ERR_STORE);
    place_error_has(run.place, "an earlier write failed", "run the rollout again");
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM attempts"), 0);
    run_stop(&run);
}

static void test_a_full_disk_is_named_as_such(void **state)
{
    struct place *place = *state;

    assert_int_equal(gw_sql_error(place->store, SQLITE_FULL, &place->err), GW_ERR_STORE);
    place_error_has(place, "the disk is full", "free space");
    assert_false(place->store->failed);
    /* So full that not even the index of the log has room: SQLite calls it an I/O error. */
    assert_int_equal(gw_sql_error(place->store, SQLITE_IOERR_SHMSIZE, &place->err), GW_ERR_STORE);
    place_error_has(place, "the disk is full", "free space");
    assert_true(place->store->failed);
}

static void test_a_disk_without_locks_is_named_as_such(void **state)
{
    struct place *place = *state;

    assert_int_equal(gw_sql_error(place->store, SQLITE_PROTOCOL, &place->err), GW_ERR_STORE);
    place_error_has(place, "cannot be locked", "local disk");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_import_into_a_full_disk_changes_nothing, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_rollout_on_a_full_disk_is_not_there, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_commits_stop_at_a_full_disk, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_failed_store_stays_shut, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk_is_named_as_such, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_disk_without_locks_is_named_as_such, place_set_up,
                                        place_tear_down),
    };

    signal(SIGXFSZ, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
