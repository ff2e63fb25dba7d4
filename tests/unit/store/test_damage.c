/* Rows that no program wrote so: every reader that relies on them says that the database is damaged. */
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/store/control.h"
#include "records.h"

static bool on_rollout(void *user, const struct gw_rollout_row *row)
{
    (void)user;
    return row->name[0] != '\0';
}

static bool on_wave(void *user, const struct gw_wave_row *row)
{
    (void)user;
    return row->number > 0;
}

static bool on_target(void *user, const struct gw_target_row *row)
{
    (void)user;
    return row->gateway_id[0] != '\0';
}

static bool on_chart(void *user, uint32_t model, const char *name, const struct gw_chart *chart)
{
    (void)user;
    (void)model;
    (void)name;
    return chart->judged < 10;
}

static bool on_number(void *user, uint32_t number)
{
    (void)user;
    return number < 10;
}

enum reader {
    FIND = 1,
    ROLLOUTS = 2,
    WAVES = 4,
    TARGETS = 8,
    OPEN_TARGETS = 16,
    COUNT = 32,
    CHARTS = 64,
    LEFT_OUT = 128,
    ORDER = 256,
    READERS = 512,
};

static enum gw_code ask(struct place *place, unsigned reader)
{
    struct gw_rollout_row row;
    uint64_t count[GW_STATE_COUNT];
    uint32_t *number = NULL, n;
    enum gw_code code;

    switch (reader) {
    case FIND:
        return gw_rollout_find(place->store, "r", &row, &place->err);
    case ROLLOUTS:
        return gw_rollouts_each(place->store, on_rollout, NULL, &place->err);
    case WAVES:
        return gw_waves_each(place->store, 1, on_wave, NULL, &place->err);
    case TARGETS:
    case OPEN_TARGETS:
        return gw_targets_each(place->store, 1, reader == OPEN_TARGETS, on_target, NULL, &place->err);
    case COUNT:
        return gw_targets_count(place->store, 1, 0, count, &place->err);
    case CHARTS:
        return gw_charts_each(place->store, 1, on_chart, NULL, &place->err);
    case LEFT_OUT:
        return gw_left_out_each(place->store, 1, on_number, NULL, &place->err);
    default:
        code = gw_order_targets(place->store, 1, &number, &n, &place->err);
        free(number);
        return code;
    }
}

/* Four gateways, a rollout over them, and an order that left one of them out. */
static void set_up_rollout(struct place *place)
{
    struct gw_order_new order = {.kind = GW_ORDER_RESUME,
                                 .argument = "gateway_id = gw-0001",
                                 .by = "tester",
                                 .reason = "",
                                 .now_unix_ms = T0};
    int64_t id;

    place_fleet(place, 4);
    place_rollout(place, "r");
    order.without = place_select("gateway_id = gw-0001");
    assert_int_equal(gw_order_add(place->store, 1, &order, &id, &place->err), GW_OK);
    place_exec(place, "UPDATE orders SET accepted = 1, answered_unix_ms = 1, answer = ''");
}

/* As whoever damages it does, without checks and triggers. */
static void damage(struct place *place, const char *sql)
{
    char whole[1024];
    sqlite3 *db;

    assert_int_equal(sqlite3_open(place->file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL), SQLITE_OK);
    snprintf(whole, sizeof(whole), "PRAGMA ignore_check_constraints = ON; %s", sql);
    if (sqlite3_exec(db, whole, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(db), sql);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void check(void **state, const char *sql, unsigned refused)
{
    struct place *place;

    place_tear_down(state);
    place_set_up(state);
    place = *state;
    set_up_rollout(place);
    for (unsigned reader = FIND; reader < READERS; reader *= 2)
        assert_int_equal(ask(place, reader), GW_OK);
    damage(place, sql);
    for (unsigned reader = FIND; reader < READERS; reader *= 2) {
        enum gw_code code = ask(place, reader);

        if (code != (refused & reader ? GW_ERR_STORE : GW_OK))
            fail_msg("%s: reader %u says %d", sql, reader, (int)code);
        if (code != GW_OK)
            place_error_has(place, "damaged", "restore FILE, FILE-wal and FILE.lock together");
    }
}

static void test_rollouts(void **state)
{
    check(state, "UPDATE rollouts SET phase = 'lost'", FIND | ROLLOUTS);
    check(state, "UPDATE rollouts SET targets = 0", FIND | ROLLOUTS | WAVES | TARGETS | LEFT_OUT | ORDER);
    check(state, "UPDATE rollouts SET targets = -4", FIND | ROLLOUTS | WAVES | TARGETS | LEFT_OUT | ORDER);
    check(state, "UPDATE rollouts SET targets = 4294967296", FIND | ROLLOUTS | WAVES | TARGETS);
    check(state, "UPDATE rollouts SET targets = 5", WAVES | TARGETS);
    check(state, "UPDATE rollouts SET targets = 3", WAVES);
    check(state, "UPDATE rollouts SET first_target = first_target - 1", TARGETS);
}

static void test_waves(void **state)
{
    static const char more[] =
        "UPDATE rollouts SET targets = 40; UPDATE waves SET targets = 1; WITH RECURSIVE c(i) AS (SELECT 2 "
        "UNION ALL"
        " SELECT i + 1 FROM c WHERE i < 40) INSERT INTO waves (rollout, number, name, phase, first, targets)"
        " SELECT 1, i, 'w', 'pending', i - 1, 1 FROM c";

    check(state, "DELETE FROM waves", WAVES);
    check(state, "UPDATE waves SET number = 2", WAVES);
    check(state, "UPDATE waves SET first = 1", WAVES);
    check(state, "UPDATE waves SET targets = 3", WAVES);
    check(state, "UPDATE waves SET targets = 5", WAVES);
    check(state, "UPDATE waves SET targets = -1", WAVES);
    check(state, "UPDATE waves SET phase = 'lost'", WAVES);
    check(state, "UPDATE waves SET soak_until_unix_ms = 9223372036854775807", WAVES);
    check(state, more, WAVES | TARGETS);
}

static void test_targets(void **state)
{
    check(state, "UPDATE targets SET state = 'lost' WHERE id = 1", TARGETS | OPEN_TARGETS | COUNT);
    check(state, "UPDATE targets SET state = 'failed' WHERE id = 1", TARGETS | OPEN_TARGETS);
    check(state, "UPDATE targets SET ended_unix_ms = 1 WHERE id = 1", TARGETS);
    check(state, "UPDATE targets SET wave = 0 WHERE id = 1", TARGETS | OPEN_TARGETS);
    check(state, "UPDATE targets SET wave = 33 WHERE id = 1", TARGETS | OPEN_TARGETS);
    check(state, "UPDATE targets SET attempts = 1 WHERE id = 1", TARGETS | OPEN_TARGETS);
    check(state, "UPDATE targets SET sent = 4294967296 WHERE id = 1", TARGETS | OPEN_TARGETS);
    check(state, "UPDATE targets SET started_unix_ms = -1 WHERE id = 1", TARGETS | OPEN_TARGETS);
    check(state, "INSERT INTO relapses VALUES (1, -1, '', '')", TARGETS | OPEN_TARGETS);
    check(state, "DELETE FROM facts", TARGETS);
    check(state, "DELETE FROM facts WHERE target = 2", TARGETS);
    check(state, "DELETE FROM targets WHERE id = 4", TARGETS);
}

static void test_charts(void **state)
{
    check(state, "DELETE FROM charts WHERE number = 0", CHARTS);
    check(state, "UPDATE charts SET number = 7 WHERE number = 1", CHARTS);
    check(state, "UPDATE charts SET level_unats = -1", CHARTS);
    check(state, "UPDATE charts SET level_unats = 9223372036854775807", CHARTS);
    check(state, "UPDATE charts SET failed = 1", CHARTS);
    check(state, "UPDATE charts SET failed = -1", CHARTS);
    check(state, "UPDATE charts SET judged = 4294967296", CHARTS);
}

static void test_orders(void **state)
{
    check(state, "PRAGMA foreign_keys = OFF; UPDATE order_targets SET target = 5", LEFT_OUT | ORDER);
    check(state, "PRAGMA foreign_keys = OFF; UPDATE order_targets SET target = 0", LEFT_OUT | ORDER);
}

/* What the schema is afterwards opens in both modes, or in none. */
static void check_open(void **state, const char *sql, bool opens)
{
    static const enum gw_store_mode modes[] = {GW_STORE_READ, GW_STORE_WRITE};
    struct place *place;
    struct gw_store *store;

    place_tear_down(state);
    place_set_up(state);
    place = *state;
    set_up_rollout(place);
    damage(place, sql);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (gw_store_open(place->file, modes[i], &store, &place->err) == GW_OK) {
            if (!opens)
                fail_msg("opens after %s", sql);
            gw_store_close(store);
        } else if (opens) {
            fail_msg("%s: %s", sql, place->err.text);
        } else {
            place_error_has(place, "damaged", "not gatewave's");
        }
    }
}

/* What stands on our tables would run, and what stands in their place would answer, whenever they are used. */
static void test_a_schema_that_is_not_ours(void **state)
{
    check_open(state, "CREATE TRIGGER t AFTER UPDATE ON lease BEGIN SELECT 1; END", false);
    check_open(state, "CREATE INDEX i ON targets (hex(zeroblob(1000)))", false);
    check_open(state, "ALTER TABLE waves ADD COLUMN more TEXT AS (hex(zeroblob(1000)))", false);
    check_open(state, "DROP TABLE tags; CREATE TABLE tags (device, name, value)", false);
    check_open(state, "DROP TABLE tags; CREATE VIRTUAL TABLE tags USING rtree (device, name, value)", false);
    check_open(state,
               "DROP TRIGGER facts_stay; CREATE TRIGGER facts_stay AFTER DELETE ON facts BEGIN SELECT 1; END",
               false);
}

static void test_what_people_add_for_themselves(void **state)
{
    check_open(state, "CREATE VIEW mine AS SELECT * FROM targets", true);
    check_open(state,
               "CREATE TABLE notes (text); CREATE INDEX by_text ON notes (text);"
               " CREATE TRIGGER t AFTER INSERT ON notes BEGIN SELECT 1; END",
               true);
}

/* A view is for people: in the place of a table it would never end, or answer what it likes. */
static void test_a_view_in_the_place_of_a_table(void **state)
{
    struct place *place = *state;
    struct gw_store *store;
    uint64_t count[GW_STATE_COUNT];

    set_up_rollout(place);
    damage(place, "DROP TABLE targets; CREATE VIEW targets AS WITH RECURSIVE c(id) AS (SELECT 1 UNION ALL"
                  " SELECT id + 1 FROM c) SELECT id, 1 AS wave, 'waiting' AS state FROM c");
    assert_int_equal(gw_store_open(place->file, GW_STORE_READ, &store, &place->err), GW_OK);
    assert_int_equal(gw_targets_count(store, 1, 0, count, &place->err), GW_ERR_STORE);
    gw_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rollouts),
        TEST(test_waves),
        TEST(test_targets),
        TEST(test_charts),
        TEST(test_orders),
        TEST(test_a_schema_that_is_not_ours),
        TEST(test_what_people_add_for_themselves),
        TEST(test_a_view_in_the_place_of_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
