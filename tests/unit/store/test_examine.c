/* Examining a database: what is well, what is broken, and a check that is not given the time. */
#include "gatewave/store/examine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "place.h"
#include "sql.h"

static bool for_ever(void *user)
{
    unsigned *asked = user;

    (*asked)++;
    return true;
}

static bool not_at_all(void *user)
{
    (void)user;
    return false;
}

/* Enough rows that the check takes SQLite more than one question's worth of steps. */
static void fill(struct place *place)
{
    assert_int_equal(
        gw_sql_exec(place->store,
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                    " INSERT INTO gateways (gateway_id, region) SELECT 'sag-' || i, 'cn-shanghai' FROM n",
                    &place->err),
        GW_OK);
}

static void a_sound_one_is_said_to_be_sound(void **state)
{
    struct place *place = *state;
    struct gw_store_health health;
    unsigned asked = 0;

    fill(place);
    assert_int_equal(gw_store_examine(place->store, for_ever, &asked, &health, &place->err), GW_OK);
    assert_string_equal(health.integrity, "ok");
    assert_false(health.cut_short);
    assert_true(asked > 0);
    assert_int_equal(health.schema, gw_store_schema_version());
    assert_true(health.bytes + health.wal_bytes > 100000);
}

static void one_that_is_not_given_the_time_is_not_condemned(void **state)
{
    struct place *place = *state;
    struct gw_store_health health;

    fill(place);
    assert_int_equal(gw_store_examine(place->store, not_at_all, NULL, &health, &place->err), GW_OK);
    assert_true(health.cut_short);
    assert_string_equal(health.integrity, "ok");
}

static void damage_is_named(void **state)
{
    struct place *place = *state;
    struct gw_store_health health;
    char file[256];
    unsigned asked = 0;
    const char junk[512] = {'x'};
    int fd;

    fill(place);
    (void)snprintf(file, sizeof(file), "%s", gw_store_file(place->store));
    gw_store_close(place->store); /* the log is copied into the file */
    place->store = NULL;
    fd = open(file, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t page = 60; page < 70; page++)
        assert_int_equal(pwrite(fd, junk, sizeof(junk), page * 4096), (ssize_t)sizeof(junk));
    assert_int_equal(close(fd), 0);
    assert_int_equal(gw_store_open(file, GW_STORE_READ, &place->store, &place->err), GW_OK);
    assert_int_equal(gw_store_examine(place->store, for_ever, &asked, &health, &place->err), GW_OK);
    assert_string_not_equal(health.integrity, "ok");
    assert_true(strlen(health.integrity) > 5);
    assert_false(health.cut_short);
}

static void the_store_works_on_as_before(void **state)
{
    struct place *place = *state;
    struct gw_store_health health;
    unsigned asked = 0;

    assert_int_equal(gw_store_examine(place->store, for_ever, &asked, &health, &place->err), GW_OK);
    fill(place);
    assert_int_not_equal(gw_sql_exec(place->store, "PRAGMA user_version = 7", &place->err), GW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_one_is_said_to_be_sound, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_not_given_the_time_is_not_condemned, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(damage_is_named, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(the_store_works_on_as_before, place_set_up, place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
