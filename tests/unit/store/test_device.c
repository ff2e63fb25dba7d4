/* Selections against a small fleet, each operator and each column; and what reading the inventory tells. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/store/inventory.h"

static int set_up(void **state)
{
    int rc = place_set_up(state);

    if (rc == 0)
        place_exec(
            *state,
            "INSERT INTO gateways (id, gateway_id, region, account, model, name, site, timezone, isp) VALUES"
            " (1, 'a', 'cn-shanghai', 'main', 'sag-100', 'Alpha', 'berlin', 'Europe/Berlin', 'dtag'),"
            " (2, 'b', 'cn-beijing', 'main', 'sag-1000', 'Beta', 'paris', 'Europe/Paris', ''),"
            " (3, 'c', 'eu-central-1', 'lab', 'sag-1000', '', 'O''Hare', 'America/Chicago', 'att');"
            "INSERT INTO devices (id, gateway, serial, ha_role, version, dpi_version) VALUES"
            " (1, 1, 's1', '', '2.9.1', '20200101_1'), (2, 2, 's2b', 'standby', '2.10.0', ''),"
            " (3, 2, 's2a', 'active', '2.10.0-rc', '20201117_1'), (4, 3, '', '', '', '');"
            "INSERT INTO tags VALUES (1, 'tier', 'gold'), (1, 'freeze', 'yes'), (2, 'tier', 'silver'),"
            " (4, 'a.b-c', '1')");
    return rc;
}

struct found {
    char text[512];
};

static bool on_device(void *user, const struct gw_device *device)
{
    struct found *found = user;
    size_t len = strlen(found->text);

    snprintf(found->text + len, sizeof(found->text) - len, "%d ", (int)device->id);
    return true;
}

struct selected {
    const char *selection;
    const char *ids; /* in the order of the inventory: gateway, active before standby, serial */
};

static void test_selections_hold_what_they_say(void **state)
{
    static const struct selected cases[] = {
        {"all", "1 3 2 4 "},
        {"gateway_id = b", "3 2 "},
        {"gateway_id != b", "1 4 "},
        {"gateway_id > a", "3 2 4 "},
        {"gateway_id >= b", "3 2 4 "},
        {"gateway_id < b", "1 "},
        {"gateway_id <= b", "1 3 2 "},
        {"gateway_id ~ '?'", "1 3 2 4 "},
        {"gateway_id = B", ""},
        {"region = cn-shanghai", "1 "},
        {"region ~ cn-*", "1 3 2 "},
        {"serial = s2a", "3 "},
        {"serial = ''", "4 "},
        {"serial ~ s*a", "3 "},
        {"ha_role = standby", "2 "},
        {"ha_role != active", "1 2 4 "},
        {"version = 2.10.0", "2 "},
        {"version = 2-10_0", "2 "},
        {"version != 2.10.0", "1 3 4 "},
        {"version < 2.10.0", "1 4 "},
        {"version <= 2.10.0", "1 2 4 "},
        {"version > 2.9.1", "3 2 "},
        {"version >= 2.9.1", "1 3 2 "},
        {"version ~ 2.10*", "3 2 "},
        {"version = ''", "4 "},
        {"version in (2.9.1, 2.10.0)", "1 2 "},
        {"dpi_version < 20201117_1", "1 2 4 "},
        {"dpi_version > 20200101_1", "3 "},
        {"model = sag-1000", "3 2 4 "},
        {"name = Alpha", "1 "},
        {"name ~ *a", "1 3 2 "},
        {"site = paris", "3 2 "},
        {"site = 'O''Hare'", "4 "},
        {"timezone = Europe/Berlin", "1 "},
        {"timezone ~ Europe/*", "1 3 2 "},
        {"account = lab", "4 "},
        {"isp = att", "4 "},
        {"isp in (dtag, att)", "1 4 "},
        {"isp in (dtag)", "1 "},
        {"tag.tier", "1 2 "},
        {"not tag.tier", "3 4 "},
        {"tag.tier = gold", "1 "},
        {"tag.tier != gold", "3 2 4 "},
        {"tag.tier > gold", "2 "},
        {"tag.tier ~ *l*", "1 2 "},
        {"tag.tier in (gold, silver)", "1 2 "},
        {"tag.a.b-c = 1", "4 "},
        {"tag.nowhere", ""},
        {"tag.nowhere = ''", "1 3 2 4 "},
        {"region = cn-shanghai and model = sag-100 and not tag.freeze", ""},
        {"region = cn-beijing or tag.freeze", "1 3 2 "},
        {"not (region = cn-beijing or tag.freeze)", "4 "},
        {"not region = cn-beijing or tag.freeze", "1 4 "},
        {"site = berlin and (isp = '' or isp = dtag)", "1 "},
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct found found = {""};
        uint64_t devices, gateways, spaces = 0;

        assert_int_equal(
            gw_devices_each(place->store, place_select(cases[i].selection), on_device, &found, &place->err),
            GW_OK);
        if (strcmp(found.text, cases[i].ids) != 0)
            fail_msg("%s: got %s, not %s", cases[i].selection, found.text, cases[i].ids);
        assert_int_equal(gw_devices_count(place->store, place_select(cases[i].selection), &devices, &gateways,
                                          &place->err),
                         GW_OK);
        for (const char *p = cases[i].ids; *p; p++)
            spaces += *p == ' ';
        assert_int_equal(devices, spaces);
        assert_int_equal(gateways, devices - (strstr(cases[i].ids, "3 2 ") != NULL));
    }
}

/* A value is a value, whatever it looks like in SQL; so is a tag's name. */
static void test_values_are_never_sql(void **state)
{
    static const char *const selections[] = {
        "site = \"'; DROP TABLE devices; --\"",
        "site = \"x' OR '1'='1\"",
        "gateway_id in (\"') OR 1=1 --\", \"?1\", \"%s%n\")",
        "name ~ \"*' UNION SELECT 1 --\"",
        "version = \"2' OR 1=1 --\"",
        "tag.x = \"'); DELETE FROM tags; --\"",
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]); i++) {
        struct found found = {""};

        assert_int_equal(
            gw_devices_each(place->store, place_select(selections[i]), on_device, &found, &place->err),
            GW_OK);
        assert_string_equal(found.text, "");
    }
    assert_int_equal(
        place_number(place, "SELECT (SELECT count(*) FROM devices) * 10 + (SELECT count(*) FROM tags)"), 44);
}

/* The longest expressions that the language allows are ones that SQL takes. */
static void test_long_selections_work(void **state)
{
    struct place *place = *state;
    struct gw_buf text;
    struct found found = {""};

    gw_buf_init(&text, 0);
    gw_buf_add_text(&text, "serial = s1");
    for (int i = 0; i < 60; i++)
        gw_buf_add_text(&text, " or tag.tier = gold");
    assert_int_equal(
        gw_devices_each(place->store, place_select(gw_buf_text(&text)), on_device, &found, &place->err),
        GW_OK);
    assert_string_equal(found.text, "1 ");
    gw_buf_reset(&text);
    gw_buf_add_text(&text, "tag.tier in (s0");
    for (int i = 0; i < 200; i++)
        gw_buf_add_text(&text, ", x");
    gw_buf_add_text(&text, ", silver)");
    found = (struct found){""};
    assert_int_equal(
        gw_devices_each(place->store, place_select(gw_buf_text(&text)), on_device, &found, &place->err),
        GW_OK);
    assert_string_equal(found.text, "2 ");
    gw_buf_release(&text);
}

static bool on_first(void *user, const struct gw_device *device)
{
    struct found *found = user;
    size_t len = 0;

    for (int column = GW_COLUMN_GATEWAY_ID; column < GW_COLUMN_TAG; column++)
        len += (size_t)snprintf(found->text + len, sizeof(found->text) - len, "%s=%s ",
                                gw_column_name((enum gw_column)column), device->column[column]);
    for (size_t i = 0; i < device->n_tags; i++)
        len += (size_t)snprintf(found->text + len, sizeof(found->text) - len, "tag.%s=%s ",
                                device->tag_name[i], device->tag_value[i]);
    return false;
}

static void test_a_device_has_all_its_columns_and_tags(void **state)
{
    struct place *place = *state;
    struct found found = {""};

    assert_int_equal(gw_devices_each(place->store, place_select("all"), on_first, &found, &place->err),
                     GW_OK);
    assert_string_equal(found.text,
                        "gateway_id=a region=cn-shanghai serial=s1 ha_role= version=2.9.1 "
                        "dpi_version=20200101_1 model=sag-100 name=Alpha site=berlin "
                        "timezone=Europe/Berlin account=main isp=dtag tag.freeze=yes tag.tier=gold ");
    assert_int_equal(
        gw_devices_each(place->store, place_select("gateway_id = c"), on_first, &found, &place->err), GW_OK);
    assert_non_null(strstr(found.text, "serial= ha_role= version= "));
    assert_non_null(strstr(found.text, "isp=att tag.a.b-c=1 "));
}

static void test_tag_names_are_sorted_and_once(void **state)
{
    struct place *place = *state;
    char **names;
    size_t n;

    assert_int_equal(gw_tag_names(place->store, &names, &n, &place->err), GW_OK);
    assert_int_equal(n, 3);
    assert_string_equal(names[0], "a.b-c");
    assert_string_equal(names[1], "freeze");
    assert_string_equal(names[2], "tier");
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
    place_exec(place, "DELETE FROM tags");
    assert_int_equal(gw_tag_names(place->store, &names, &n, &place->err), GW_OK);
    assert_int_equal(n, 0);
    free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_selections_hold_what_they_say, set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_values_are_never_sql, set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_long_selections_work, set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_device_has_all_its_columns_and_tags, set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_tag_names_are_sorted_and_once, set_up, place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
