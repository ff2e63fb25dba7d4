/* What came of an earlier rollout as a condition: which gateways it names, and that it is looked up once. */
#include "where.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/store/inventory.h"
#include "place.h"
#include "sql.h"

/*
 * Six gateways in rollout r, the last two of them pairs, and one that came later. By gateway: 1 succeeded,
 * 2 failed (stuck), 3 is unresolved, 4 still waits, 5 has one failed (Device.Offline) and one canceled, 6 two
 * succeeded.
 */
static void set_up_past(struct place *place)
{
    static const struct {
        int device;
        const char *state, *code, *before;
    } ends[] = {
        {1, "succeeded", "NULL", "'2.3.0'"},  {2, "failed", "'stuck'", "'2.3.1'"},
        {3, "unresolved", "'doubt'", "NULL"}, {5, "failed", "'Device.Offline'", "'2.2.0'"},
        {7, "canceled", "NULL", "NULL"},      {6, "succeeded", "NULL", "'2.3.0'"},
        {8, "succeeded", "NULL", "'2.3.0'"},
    };

    place_fleet(place, 6);
    place_exec(place,
               "UPDATE devices SET ha_role = 'active' WHERE id > 4; INSERT INTO devices (id, gateway, serial,"
               " ha_role) VALUES (7, 5, 'MATE5', 'standby'), (8, 6, 'MATE6', 'standby')");
    place_rollout(place, "r");
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        char sql[256];

        snprintf(sql, sizeof(sql),
                 "UPDATE targets SET state = '%s', code = %s, version_before = %s, ended_unix_ms = 1"
                 " WHERE device = %d",
                 ends[i].state, ends[i].code, ends[i].before, ends[i].device);
        place_exec(place, sql);
    }
    place_exec(place, "INSERT INTO gateways (id, gateway_id, region) VALUES (7, 'gw-late', 'r');"
                      "INSERT INTO devices (id, gateway, serial) VALUES (9, 7, 'LATE')");
}

static bool on_device(void *user, const struct gw_device *device)
{
    char *text = user;
    size_t len = strlen(text);

    snprintf(text + len, 256 - len, "%lld ", (long long)device->id);
    return true;
}

/* The ids of the devices that it holds, by gateway_id and active before standby. */
static void holds(struct place *place, const char *select, const char *want)
{
    char text[256] = "";

    if (gw_devices_each(place->store, place_select(select), on_device, text, &place->err) != GW_OK)
        fail_msg("%s: %s", select, place->err.text);
    if (strcmp(text, want) != 0)
        fail_msg("%s holds %s, not %s", select, text, want);
}

static void test_a_gateway_matches_when_any_of_its_targets_does(void **state)
{
    struct place *place = *state;

    set_up_past(place);
    holds(place, "outcome.r = failed", "2 5 7 ");
    holds(place, "outcome.r = canceled", "5 7 ");
    holds(place, "outcome.r = waiting", "4 ");
    holds(place, "outcome.r in (failed, unresolved)", "2 3 5 7 ");
    holds(place, "outcome.r != succeeded", "2 3 4 5 7 ");
    holds(place, "outcome.r ~ un*", "3 ");
    holds(place, "outcome.r = deferred", "");
    holds(place, "code.r = stuck", "2 ");
    holds(place, "code.r ~ Device.*", "5 7 ");
    holds(place, "code.r in (stuck, doubt)", "2 3 ");
    holds(place, "code.r = ''", "1 4 5 7 6 8 ");
    holds(place, "before.r = 2.3.1", "2 ");
    holds(place, "before.r = 2.2.0", "5 7 ");
}

/* Until a read tells what it runs, it is taken to be what the inventory said at the start. */
static void test_who_was_not_read_is_at_the_version_that_was_listed(void **state)
{
    struct place *place = *state;

    set_up_past(place);
    holds(place, "before.r = 2.3.0", "1 3 4 6 8 ");
    holds(place, "before.r = ''", "5 7 "); /* the mate, of which nobody said anything */
    place_exec(place, "UPDATE devices SET version = '9'");
    holds(place, "before.r = 2.3.0 and outcome.r in (waiting, unresolved)", "3 4 ");
    holds(place, "before.r = 9", "");
}

/* It had succeeded, and its row still says so; but that is not what came of it. */
static void test_who_relapsed_has_not_succeeded(void **state)
{
    struct place *place = *state;

    set_up_past(place);
    holds(place, "outcome.r = relapsed", "");
    place_exec(place,
               "INSERT INTO relapses SELECT id, 1, '2.3.0', 'fell back' FROM targets WHERE device IN (1, 8)");
    holds(place, "outcome.r = relapsed", "1 6 8 ");
    holds(place, "outcome.r = succeeded", "6 8 "); /* the mate did */
    holds(place, "outcome.r != succeeded", "1 2 3 4 5 7 6 8 ");
    holds(place, "outcome.r in (relapsed, unresolved)", "1 3 6 8 ");
    holds(place, "outcome.r ~ re*", "1 6 8 ");
}

static void test_who_was_not_there_has_no_past(void **state)
{
    struct place *place = *state;

    set_up_past(place);
    holds(place, "outcome.r != failed", "1 3 4 5 7 6 8 ");
    holds(place, "not outcome.r = failed", "1 3 4 6 8 9 ");
    holds(place, "outcome.nobody = failed", "");
    holds(place, "outcome.nobody != failed", "");
    holds(place, "serial = LATE or outcome.nobody ~ '*'", "9 ");
}

static void test_conditions_on_the_past_combine(void **state)
{
    struct place *place = *state;

    set_up_past(place);
    holds(place, "outcome.r = failed and not code.r = stuck", "5 7 ");
    holds(place, "outcome.r = failed and ha_role = active", "5 ");
    holds(place, "outcome.r = unresolved or code.r = stuck or region = r", "2 3 9 ");
}

/* Rollouts are runs of targets: the first and the last one of a run are its own, and their neighbours are not. */
static void test_rollouts_are_told_apart(void **state)
{
    static const char end[] =
        "UPDATE targets SET state = '%s', ended_unix_ms = 1 WHERE id = (SELECT first_target%s FROM"
        " rollouts WHERE name = 'r2')";
    struct place *place = *state;
    char sql[256];

    place_fleet(place, 3);
    place_rollout(place, "r1");
    place_rollout(place, "r2");
    place_rollout(place, "r3");
    snprintf(sql, sizeof(sql), end, "skipped", "");
    place_exec(place, sql);
    snprintf(sql, sizeof(sql), end, "deferred", " + targets - 1");
    place_exec(place, sql);
    for (int at = 0; at < 2; at++) {
        const char *word = at == 0 ? "skipped" : "deferred";
        char select[64], want[16];

        snprintf(sql, sizeof(sql), "SELECT device || ' ' FROM targets WHERE state = '%s'", word);
        snprintf(want, sizeof(want), "%s", place_text(place, sql));
        for (int rollout = 1; rollout <= 3; rollout++) {
            snprintf(select, sizeof(select), "outcome.r%d = %s", rollout, word);
            holds(place, select, rollout == 2 ? want : "");
        }
    }
    holds(place, "outcome.r2 = waiting and outcome.r1 = waiting and not outcome.r3 != waiting",
          place_text(place, "SELECT device || ' ' FROM targets WHERE rollout = 2 AND state = 'waiting'"));
}

/* A row number may be another device's by now; a gateway is known by its id. */
static void test_the_past_is_found_by_gateway_id(void **state)
{
    struct place *place = *state;

    set_up_past(place);
    place_exec(place, "DELETE FROM devices WHERE id = 2; UPDATE devices SET id = 2 WHERE id = 9");
    holds(place, "outcome.r = failed", "5 7 ");
}

static void test_the_past_is_looked_up_once(void **state)
{
    struct place *place = *state;
    struct gw_where where;
    struct gw_buf plan;
    sqlite3_stmt *stmt;

    gw_where_init(&where, place_select("outcome.r = failed and not code.s in (a, b)"), 1);
    gw_buf_init(&plan, 0);
    gw_buf_addf(&plan,
                "EXPLAIN QUERY PLAN SELECT d.id FROM devices d JOIN gateways g ON g.id = d.gateway WHERE %s",
                gw_buf_text(&where.sql));
    assert_int_equal(gw_sql_prepare(place->store, gw_buf_text(&plan), &stmt, &place->err), GW_OK);
    gw_where_bind(&where, stmt);
    gw_buf_reset(&plan);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        gw_buf_addf(&plan, "%s\n", gw_sql_text(stmt, 3));
    sqlite3_finalize(stmt);
    assert_non_null(strstr(gw_buf_text(&plan), "LIST SUBQUERY"));
    assert_null(strstr(gw_buf_text(&plan), "CORRELATED"));
    gw_buf_release(&plan);
    gw_where_release(&where);
}

/* SQLite's parser keeps a hundred things in mind at most: what a selection may be must not ask for more of it. */
static void takes(struct place *place, const struct gw_buf *select, uint64_t want)
{
    uint64_t devices = 0, gateways = 0;

    if (gw_devices_count(place->store, place_select(gw_buf_text(select)), &devices, &gateways, &place->err))
        fail_msg("%s: %s", gw_buf_text(select), place->err.text);
    if (devices != want)
        fail_msg("%s holds %u, not %u", gw_buf_text(select), (unsigned)devices, (unsigned)want);
}

/* Each of these shapes as often as a selection takes it, around or behind one condition. */
static void test_the_largest_selections_are_asked(void **state)
{
    static const struct {
        const char *again, *end, *close;
        int times;
        uint64_t want; /* of three devices */
    } shape[] = {
        {"gateway_id != x and ", "all", "", 127, 3},
        {"gateway_id = x or ", "gateway_id = gw-0001", "", 127, 1},
        {"(", "tag.x ~ '*' or all", ")", 32, 3},
        {"not ", "tag.x ~ '*'", "", 31, 0},
        {"(tag.ring != x and ", "version < 9", ")", 32, 3},
        {"(tag.ring = x or ", "outcome.r in (waiting, failed)", ")", 32, 3},
        {"not (tag.ring = x or ", "version < 2", ")", 16, 0},
        {"not (tag.ring != x and ", "outcome.r = waiting", ")", 16, 3},
        {"(tag.ring != x and (tag.ring = x or ", "all", "))", 16, 3},
        {"(not tag.ring = x and (tag.ring = x or ", "all", "))", 16, 3},
    };
    struct place *place = *state;
    struct gw_buf select;

    place_fleet(place, 3);
    place_rollout(place, "r");
    gw_buf_init(&select, 0);
    for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
        gw_buf_reset(&select);
        for (int n = 0; n < shape[i].times; n++)
            gw_buf_add_text(&select, shape[i].again);
        gw_buf_add_text(&select, shape[i].end);
        for (int n = 0; n < shape[i].times; n++)
            gw_buf_add_text(&select, shape[i].close);
        takes(place, &select, shape[i].want);
    }
    gw_buf_release(&select);
}

/* What binds more tightly, and what stands in parentheses, means the same to the database. */
static void test_conditions_bind_as_they_are_written(void **state)
{
    struct place *place = *state;

    place_fleet(place, 4);
    place_exec(place, "UPDATE devices SET version = id");
    holds(place, "version = 1 or version = 2 and version = 3", "1 ");
    holds(place, "(version = 1 or version = 2) and version != 1", "2 ");
    holds(place, "version = 4 and (version = 1 or (version = 2 or version = 4))", "4 ");
    holds(place, "not version = 1 and not version = 2", "3 4 ");
    holds(place, "not (version = 1 or not version != 2)", "3 4 ");
    holds(place, "not not version = 3 or not not not version != 4", "3 4 ");
    holds(place, "version in (1, 2) and version in (2, 3) or version in (4)", "2 4 ");
    holds(place, "not version in (1, 2) and version < 4", "3 ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_gateway_matches_when_any_of_its_targets_does),
        TEST(test_who_was_not_read_is_at_the_version_that_was_listed),
        TEST(test_who_relapsed_has_not_succeeded),
        TEST(test_who_was_not_there_has_no_past),
        TEST(test_conditions_on_the_past_combine),
        TEST(test_rollouts_are_told_apart),
        TEST(test_the_past_is_found_by_gateway_id),
        TEST(test_the_past_is_looked_up_once),
        TEST(test_the_largest_selections_are_asked),
        TEST(test_conditions_bind_as_they_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
