/* Importing rows: what is counted, merged, kept and cleared, and what is refused with which line. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"
#include "gatewave/store/inventory.h"

/*
 * Rows as texts: "gateway_id region serial ha_role version model tag", separated by |, where a missing
 * field means that the file has no such column and the tag is name=value.
 */
static const enum gw_column order[] = {GW_COLUMN_GATEWAY_ID, GW_COLUMN_REGION,  GW_COLUMN_SERIAL,
                                       GW_COLUMN_HA_ROLE,    GW_COLUMN_VERSION, GW_COLUMN_MODEL};

static bool put(struct gw_import *import, const char *text, uint64_t line, char reason[160])
{
    struct gw_device_row row = {.line = line};
    struct gw_tag_value tag[8];
    size_t field = 0;

    row.tag = tag;
    while (*text) {
        size_t len = strcspn(text, "|");

        if (field < sizeof(order) / sizeof(order[0])) {
            row.column[order[field++]] = (struct gw_value){text, len, true};
        } else {
            size_t name = strcspn(text, "=");

            tag[row.n_tags].name = (struct gw_value){text, name, true};
            tag[row.n_tags++].value = (struct gw_value){text + name + 1, len - name - 1, true};
        }
        text += len;
        if (*text == '|')
            text++;
    }
    return gw_import_put(import, &row, reason);
}

/* Imports the rows, line 2 and on; all must be taken. */
static struct gw_import_counts import_rows(struct place *place, const char *const *rows)
{
    struct gw_import_counts counts = {0};
    struct gw_import *import;
    char reason[160];

    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    for (uint64_t i = 0; rows[i]; i++)
        if (!put(import, rows[i], i + 2, reason))
            fail_msg("%s: %s", rows[i], reason);
    if (gw_import_commit(import, &counts, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    return counts;
}

#define IMPORT(place, ...) import_rows(place, (const char *const[]){__VA_ARGS__, NULL})

static void assert_counts(struct gw_import_counts counts, const char *expected)
{
    char text[128];

    snprintf(text, sizeof(text), "%d rows %d gateways %d devices: %d added %d changed %d unchanged",
             (int)counts.rows, (int)counts.gateways, (int)counts.devices, (int)counts.added,
             (int)counts.changed, (int)counts.unchanged);
    assert_string_equal(text, expected);
}

/* All devices as text. */
static const char *fleet(const struct place *place)
{
    return place_text(
        place, "SELECT group_concat(gateway_id || ' ' || region || ' ' || model || ' ' || serial || ' ' ||"
               " ha_role || ' ' || version, '; ') FROM (SELECT * FROM devices d JOIN gateways g ON g.id ="
               " d.gateway ORDER BY gateway_id, serial)");
}

static void test_new_devices_are_added(void **state)
{
    struct place *place = *state;

    assert_counts(IMPORT(place, "a|r1|s1||2.3|m1", "b|r2|s2|active|2.3|m1", "b|r2|s3|standby|2.3|m1", "c|r1"),
                  "4 rows 3 gateways 4 devices: 4 added 0 changed 0 unchanged");
    assert_string_equal(fleet(place),
                        "a r1 m1 s1  2.3; b r2 m1 s2 active 2.3; b r2 m1 s3 standby 2.3; c r1    ");
    assert_string_equal(place_text(place, "PRAGMA integrity_check"), "ok");
    assert_int_equal(place_number(place,
                                  "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name IN"
                                  " ('gateways', 'devices')"),
                     3);
}

static void test_the_same_again_changes_nothing(void **state)
{
    struct place *place = *state;
    static const char *const rows[] = {"a|r1|s1||2.3|m1|k=v", "b|r2|s2|active|2.3|m1",
                                       "b|r2|s3|standby|2.3|m1", NULL};

    import_rows(place, rows);
    assert_counts(import_rows(place, rows), "3 rows 2 gateways 3 devices: 0 added 0 changed 3 unchanged");
    assert_int_equal(place_number(place, "SELECT generation FROM inventory"), 1);
}

static void test_changes_are_counted_by_device(void **state)
{
    struct place *place = *state;

    IMPORT(place, "a|r1|s1||2.3|m1", "b|r2|s2|active|2.3|m1", "b|r2|s3|standby|2.3|m1", "c|r1|s4||2.3|m1");
    /* A fact of the gateway changes both devices of a pair. */
    assert_counts(IMPORT(place, "a|r1|s1||2.4|m1", "b|r2|s2|active|2.3|m2", "b|r2|s3|standby|2.3|m2",
                         "c|r1|s4||2.3|m1", "d|r1|s5||2.3|m1"),
                  "5 rows 4 gateways 5 devices: 1 added 3 changed 1 unchanged");
    assert_string_equal(fleet(place),
                        "a r1 m1 s1  2.4; b r2 m2 s2 active 2.3; b r2 m2 s3 standby 2.3; c r1 m1 s4  2.3; "
                        "d r1 m1 s5  2.3");
}

static void test_a_missing_column_keeps_and_an_empty_cell_clears(void **state)
{
    struct place *place = *state;

    IMPORT(place, "a|r1|s1|active|2.3|m1");
    assert_counts(IMPORT(place, "a|r1|s1"), "1 rows 1 gateways 1 devices: 0 added 0 changed 1 unchanged");
    assert_string_equal(fleet(place), "a r1 m1 s1 active 2.3");
    assert_counts(IMPORT(place, "a|r1|s1|||"), "1 rows 1 gateways 1 devices: 0 added 1 changed 0 unchanged");
    assert_string_equal(fleet(place), "a r1 m1 s1  ");
}

static void test_other_devices_stay_as_they_are(void **state)
{
    struct place *place = *state;

    IMPORT(place, "a|r1|s1||2.3|m1", "b|r2|s2||2.3|m1");
    IMPORT(place, "b|r2|s2||2.4|m1");
    assert_string_equal(fleet(place), "a r1 m1 s1  2.3; b r2 m1 s2  2.4");
}

static void test_tags_are_merged(void **state)
{
    static const char sql[] =
        "SELECT group_concat(name || '=' || value) FROM (SELECT * FROM tags WHERE device = 1"
        " ORDER BY name)";
    struct place *place = *state;

    IMPORT(place, "a|r1|s1|||m|tier=gold|Zone=1|b=2", "b|r1|s2|||m|tier=silver");
    assert_string_equal(place_text(place, sql), "Zone=1,b=2,tier=gold");
    /* tier is new, b goes, a comes, Zone is not in this file. */
    assert_counts(IMPORT(place, "a|r1|s1|||m|tier=lead|b=|a=0"),
                  "1 rows 1 gateways 1 devices: 0 added 1 changed 0 unchanged");
    assert_string_equal(place_text(place, sql), "Zone=1,a=0,tier=lead");
    assert_counts(IMPORT(place, "a|r1|s1|||m|tier=lead|nothing="),
                  "1 rows 1 gateways 1 devices: 0 added 0 changed 1 unchanged");
    assert_counts(IMPORT(place, "a|r1|s1|||m|tier=|Zone=|a="),
                  "1 rows 1 gateways 1 devices: 0 added 1 changed 0 unchanged");
    assert_int_equal(place_number(place, "SELECT count(*) FROM tags"), 1);
}

static void test_a_serial_is_learned_and_never_lost(void **state)
{
    struct place *place = *state;

    IMPORT(place, "a|r1");
    assert_counts(IMPORT(place, "a|r1|s1||2.3"),
                  "1 rows 1 gateways 1 devices: 0 added 1 changed 0 unchanged");
    assert_string_equal(fleet(place), "a r1  s1  2.3");
    /* A row without serial is the one device that there is. */
    assert_counts(IMPORT(place, "a|r1|||2.4"), "1 rows 1 gateways 1 devices: 0 added 1 changed 0 unchanged");
    assert_string_equal(fleet(place), "a r1  s1  2.4");
    assert_int_equal(place_number(place, "SELECT count(*) FROM devices"), 1);
    /* It can be found by that serial from now on. */
    assert_counts(IMPORT(place, "a|r1|s1||2.4"),
                  "1 rows 1 gateways 1 devices: 0 added 0 changed 1 unchanged");
}

static void test_a_second_device_makes_a_pair(void **state)
{
    struct place *place = *state;

    IMPORT(place, "a|r1|s1|active");
    assert_counts(IMPORT(place, "a|r1|s2|standby"),
                  "1 rows 1 gateways 1 devices: 1 added 0 changed 0 unchanged");
    assert_string_equal(fleet(place), "a r1  s1 active ; a r1  s2 standby ");
}

static void test_a_pair_may_swap_its_roles(void **state)
{
    struct place *place = *state;

    IMPORT(place, "a|r1|s1|active", "a|r1|s2|standby");
    assert_counts(IMPORT(place, "a|r1|s1|standby", "a|r1|s2|active"),
                  "2 rows 1 gateways 2 devices: 0 added 2 changed 0 unchanged");
    assert_string_equal(fleet(place), "a r1  s1 standby ; a r1  s2 active ");
}

struct refusal {
    const char *before[3]; /* rows in the inventory */
    const char *rows[4];   /* the last one is refused */
    const char *reason;
};

static void test_contradictions_are_refused_with_the_other_line(void **state)
{
    static const struct refusal cases[] = {
        {{NULL}, {"a|r1|s1", "a|r1|s1"}, "the same device as on line 2"},
        {{NULL}, {"a|r1|Sn-1", "a|r1|sN-1"}, "the same device as on line 2"},
        {{NULL}, {"a|r1|s1", "a|r1|s 1"}, "the same device as on line 2"},
        {{NULL},
         {"Gw-A|r1|s1", "gw-a|r1|s2"},
         "gateway_id differs only in case or blanks from Gw-A on line 2"},
        {{NULL},
         {"gw-a|r1|s1", "gw-a |r1|s2"},
         "gateway_id differs only in case or blanks from gw-a on line 2"},
        {{"a|r1|s1"}, {"A|r1|s2"}, "gateway_id differs only in case or blanks from a in the inventory"},
        {{"a|r1|s1"}, {"a|r1|S1"}, "serial differs only in case or blanks from s1 in the inventory"},
        {{NULL}, {"a|r1|s1", "b|r1|s1"}, "serial belongs to gateway a on line 2"},
        {{NULL}, {"a|r1|s1", "b|r1|S1"}, "serial belongs to gateway a on line 2"},
        {{"a|r1|s1"}, {"b|r1|s1"}, "serial belongs to gateway a in the inventory"},
        {{NULL}, {"a|r1|s1", "a|r1|s2", "a|r1|s3"}, "a third device: the gateway has s1 and s2 on line 3"},
        {{"a|r1|s1", "a|r1|s2"}, {"a|r1|s3"}, "a third device: the gateway has s1 and s2 in the inventory"},
        {{NULL},
         {"a|r1", "a|r1"},
         "no serial, and the gateway has a row on line 2: the rows of a pair need both"},
        {{NULL},
         {"a|r1|s1", "a|r1"},
         "no serial, and the gateway has a row on line 2: the rows of a pair need both"},
        {{NULL},
         {"a|r1", "a|r1|s1"},
         "the row of this gateway on line 2 has no serial: the rows of a pair need both"},
        {{"a|r1|s1", "a|r1|s2"}, {"a|r1"}, "no serial, and the gateway has two devices, s1 and s2"},
        {{NULL}, {"a|r1|s1", "a|r2|s2"}, "region differs from the gateway's other row on line 2"},
        {{NULL}, {"a|r1|s1|||m1", "a|r1|s2|||m2"}, "model differs from the gateway's other row on line 2"},
        {{NULL}, {"a|r1|s1|active", "a|r1|s2|active"}, "two active devices: the other one is on line 2"},
        {{NULL}, {"a|r1|s1|standby", "a|r1|s2|standby"}, "two standby devices: the other one is on line 2"},
        {{NULL}, {"|r1|s1"}, "gateway_id and region must not be empty"},
        {{NULL}, {"a||s1"}, "gateway_id and region must not be empty"},
        {{NULL},
         {"a2345678901234567890123456789012345678901234567890123456789012345|r1"},
         "gateway_id is longer than 63 bytes"},
        {{NULL}, {"a|r1|s1|||m|t=1|u=2|t=3"}, "tag t is there twice"},
        {{NULL}, {"a|r1|s1|||m|=1"}, "a tag's name is empty, or it or its value is longer than 4096 bytes"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct place *place;
        struct gw_import *import;
        struct gw_import_counts counts;
        char reason[160] = "", before[1024];

        assert_int_equal(place_set_up((void **)&place), 0);
        for (size_t k = 0; k < 3 && cases[i].before[k]; k++)
            IMPORT(place, cases[i].before[k]);
        gw_text_copy(before, sizeof(before), fleet(place));
        assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
        for (uint64_t k = 0; cases[i].rows[k]; k++) {
            bool last = k == 3 || !cases[i].rows[k + 1];

            if (put(import, cases[i].rows[k], k + 2, reason) == last)
                fail_msg("case %zu, row %d: %s", i, (int)k, reason);
        }
        assert_string_equal(reason, cases[i].reason);
        assert_int_equal(gw_import_commit(import, &counts, &place->err), GW_ERR_INPUT);
        assert_string_equal(fleet(place), before);
        assert_int_equal(place_tear_down((void **)&place), 0);
    }
    (void)state;
}

/* After a refusal the rest is still checked, and nothing of all that is written. */
static void test_one_bad_row_and_nothing_is_imported(void **state)
{
    struct place *place = *state;
    struct gw_import_counts counts;
    struct gw_import *import;
    char reason[160];

    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    assert_true(put(import, "a|r1|s1", 2, reason));
    assert_false(put(import, "b|r1|s1", 3, reason));
    assert_true(put(import, "c|r1|s3", 4, reason));
    assert_false(put(import, "d|r1|s3", 5, reason));
    assert_string_equal(reason, "serial belongs to gateway c on line 4");
    assert_int_equal(gw_import_commit(import, &counts, &place->err), GW_ERR_INPUT);
    assert_int_equal(place_number(place, "SELECT count(*) FROM gateways"), 0);
    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    assert_true(put(import, "a|r1|s1", 2, reason));
    gw_import_abandon(import);
    gw_import_abandon(NULL);
    assert_int_equal(place_number(place, "SELECT count(*) FROM gateways"), 0);
}

/* One row of a pair whose other row is not in the file. */
static void test_a_role_may_not_contradict_the_inventory(void **state)
{
    struct place *place = *state;
    struct gw_import_counts counts;
    struct gw_import *import;
    char reason[160];

    IMPORT(place, "a|r1|s1|active", "a|r1|s2|standby");
    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    assert_true(put(import, "a|r1|s2|active", 2, reason));
    assert_int_equal(gw_import_commit(import, &counts, &place->err), GW_ERR_INPUT);
    place_error_has(place,
                    "line 2: gateway a would have two active devices, s2 in the file and s1 in the inventory",
                    "give both rows");
    assert_string_equal(fleet(place), "a r1  s1 active ; a r1  s2 standby ");
}

static void test_a_fact_given_by_one_row_of_a_pair_is_the_gateways(void **state)
{
    struct place *place = *state;

    IMPORT(place, "a|r1|s1|active|2.3", "a|r1|s2|standby|2.3|m1");
    assert_string_equal(fleet(place), "a r1 m1 s1 active 2.3; a r1 m1 s2 standby 2.3");
}

static void test_another_import_in_between_is_noticed(void **state)
{
    struct place *place = *state;
    struct gw_import_counts counts;
    struct gw_import *import;
    char reason[160];

    IMPORT(place, "a|r1|s1");
    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
    assert_true(put(import, "b|r1|s2", 2, reason));
    IMPORT(place, "c|r1|s3");
    assert_int_equal(gw_import_commit(import, &counts, &place->err), GW_ERR_BUSY);
    place_error_has(place, "another import", "nothing was imported");
    assert_string_equal(fleet(place), "a r1  s1  ; c r1  s3  ");
}

static void test_a_damaged_inventory_is_not_imported_upon(void **state)
{
    struct place *place = *state;
    struct gw_import *import;

    IMPORT(place, "a|r1|s1", "a|r1|s2");
    place_exec(place, "INSERT INTO devices (gateway, serial) VALUES (1, 's3')");
    assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_ERR_STORE);
    place_error_has(place, "third device", "mend the table devices first");
}

/* Enough for the tables to grow several times, and for the blocks of text. */
static void test_twenty_thousand_rows(void **state)
{
    struct place *place = *state;
    struct gw_import_counts counts;
    struct gw_import *import;
    char row[128], reason[160];

    for (int round = 0; round < 2; round++) {
        assert_int_equal(gw_import_begin(place->store, &import, &place->err), GW_OK);
        for (uint64_t i = 0; i < 20000; i++) {
            snprintf(row, sizeof(row), "gw-%05d|cn-shanghai|SN%06d|%s|2.3.%d|a model with a long name",
                     (int)(i / 2), (int)i, i % 2 ? "active" : "standby", round);
            if (!put(import, row, i + 2, reason))
                fail_msg("%s", reason);
        }
        assert_int_equal(gw_import_commit(import, &counts, &place->err), GW_OK);
        assert_counts(counts,
                      round == 0
                          ? "20000 rows 10000 gateways 20000 devices: 20000 added 0 changed 0 unchanged"
                          : "20000 rows 10000 gateways 20000 devices: 0 added 20000 changed 0 unchanged");
    }
    assert_int_equal(
        place_number(place, "SELECT count(*) FROM devices d JOIN gateways g ON g.id = d.gateway WHERE"
                            " version = '2.3.1' AND substr(gateway_id, 4) = printf('%05d', (substr(serial,"
                            " 3) + 0) / 2)"),
        20000);
    assert_string_equal(place_text(place, "PRAGMA integrity_check"), "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_devices_are_added, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_the_same_again_changes_nothing, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_changes_are_counted_by_device, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_missing_column_keeps_and_an_empty_cell_clears, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_other_devices_stay_as_they_are, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_tags_are_merged, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_serial_is_learned_and_never_lost, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_second_device_makes_a_pair, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_pair_may_swap_its_roles, place_set_up, place_tear_down),
        cmocka_unit_test(test_contradictions_are_refused_with_the_other_line),
        cmocka_unit_test_setup_teardown(test_one_bad_row_and_nothing_is_imported, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_role_may_not_contradict_the_inventory, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_fact_given_by_one_row_of_a_pair_is_the_gateways, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_another_import_in_between_is_noticed, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_inventory_is_not_imported_upon, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_twenty_thousand_rows, place_set_up, place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
