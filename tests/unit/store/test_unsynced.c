/* The note that a sync has failed: who leaves it, who finds it, and who takes it away. */
#include "unsynced.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "place.h"
#include "sql.h"
#include "sql_error.h"

static int open_lock_file(const struct place *place, int flags)
{
    char file[128];

    (void)snprintf(file, sizeof(file), "%s.lock", place->file);
    return open(file, flags | O_CLOEXEC, 0600);
}

static void without_a_file_there_is_no_note(void **state)
{
    struct place *place = *state;

    assert_false(gw_unsynced_is_noted(place->file));
    gw_unsynced_forget(place->file);
    assert_true(open_lock_file(place, O_RDONLY) < 0);
}

static void what_is_noted_is_found_until_it_is_forgotten(void **state)
{
    struct place *place = *state;

    gw_unsynced_note(place->file);
    assert_true(gw_unsynced_is_noted(place->file));
    assert_true(gw_unsynced_is_noted(place->file));
    gw_unsynced_forget(place->file);
    assert_false(gw_unsynced_is_noted(place->file));
}

/* Bytes 0 to 13 are the note's; a mark may be a later one. */
static void what_stands_behind_the_note_stays(void **state)
{
    struct place *place = *state;
    int fd = open_lock_file(place, O_RDWR | O_CREAT);
    char mark = 0;

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, "x", 1, 14), 1);
    assert_false(gw_unsynced_is_noted(place->file));
    gw_unsynced_note(place->file);
    gw_unsynced_forget(place->file);
    assert_int_equal(pread(fd, &mark, 1, 14), 1);
    assert_int_equal(mark, 'x');
    close(fd);
}

static void only_a_sync_that_failed_is_noted(void **state)
{
    struct place *place = *state;

    gw_sql_error(place->store, SQLITE_IOERR_WRITE, &place->err);
    assert_false(gw_unsynced_is_noted(place->file));
    gw_sql_error(place->store, SQLITE_IOERR_FSYNC, &place->err);
    assert_true(gw_unsynced_is_noted(place->file));
    gw_unsynced_forget(place->file);
    gw_sql_error(place->store, SQLITE_IOERR_DIR_FSYNC, &place->err);
    assert_true(gw_unsynced_is_noted(place->file));
}

/* Who only reads cannot write the log once more. */
static void it_stays_until_somebody_opens_for_writing(void **state)
{
    struct place *place = *state;
    struct gw_store *store;

    gw_unsynced_note(place->file);
    assert_int_equal(gw_store_open(place->file, GW_STORE_READ, &store, &place->err), GW_OK);
    gw_store_close(store);
    assert_true(gw_unsynced_is_noted(place->file));
    assert_int_equal(gw_store_open(place->file, GW_STORE_WRITE, &store, &place->err), GW_OK);
    gw_store_close(store);
    assert_false(gw_unsynced_is_noted(place->file));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_file_there_is_no_note, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(what_is_noted_is_found_until_it_is_forgotten, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(what_stands_behind_the_note_stays, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(only_a_sync_that_failed_is_noted, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(it_stays_until_somebody_opens_for_writing, place_set_up,
                                        place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
