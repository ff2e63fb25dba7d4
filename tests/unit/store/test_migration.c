/* Databases of older programs: nothing in them is lost, and what was under way goes on. */
#include "ward.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/base/text.h"
#include "gatewave/store/control.h"
#include "gatewave/store/night.h"
#include "migrations.h"
#include "schema.h"

/* A database as the program had it that knew so many migrations, with this in it, takes the place's place. */
static void older(struct place *place, int version, const char *content)
{
    char pragmas[128];
    sqlite3 *db;

    gw_store_close(place->store);
    place->store = NULL;
    snprintf(place->file, sizeof(place->file), "%s/other.db", place->directory);
    assert_int_equal(sqlite3_open(place->file, &db), SQLITE_OK);
    snprintf(pragmas, sizeof(pragmas),
             "PRAGMA journal_mode = WAL; PRAGMA application_id = %d; PRAGMA user_version = %d",
             GW_SCHEMA_APPLICATION_ID, version);
    assert_int_equal(sqlite3_exec(db, pragmas, NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < version; i++)
        assert_int_equal(sqlite3_exec(db, gw_migrations[i].sql, NULL, NULL, NULL), SQLITE_OK);
    if (sqlite3_exec(db, content, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void bring_up_to_date(struct place *place)
{
    struct gw_store *store;

    assert_int_equal(gw_store_open(place->file, GW_STORE_READ, &store, &place->err), GW_ERR_STORE);
    place_error_has(place, "older gatewave", "brings it up to date");
    if (gw_store_open(place->file, GW_STORE_WRITE, &place->store, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    assert_int_equal(place_number(place, "PRAGMA user_version"), gw_store_schema_version());
    assert_string_equal(place_text(place, "PRAGMA integrity_check"), "ok");
    assert_string_equal(place_text(place, "PRAGMA foreign_key_check"), "");
    assert_int_equal(place_number(place, "SELECT count(*) FROM sqlite_schema WHERE name LIKE '%00%'"), 0);
}

static void test_an_inventory_is_kept(void **state)
{
    struct place *place = *state;

    older(place, 1,
          "INSERT INTO gateways (id, gateway_id, region) VALUES (1, 'gw-1', 'cn-shanghai');"
          "INSERT INTO devices (gateway, serial, version) VALUES (1, 'SN1', '2.3.0')");
    bring_up_to_date(place);
    assert_string_equal(place_text(place, "SELECT gateway_id || serial || version FROM devices JOIN gateways"
                                          " ON gateways.id = gateway"),
                        "gw-1SN12.3.0");
}

/*
 * Five rollouts: one that is over, one half done (a call of it has no answer), one not begun, one that was held,
 * and one aborted.
 */
static const char five_rollouts[] =
    "INSERT INTO gateways (id, gateway_id, region, account, model) VALUES (1, 'gw-1', 'cn-shanghai', 'main', "
    "'m-b'),"
    " (2, 'gw-2', 'cn-shanghai', 'main', 'm-a'), (3, 'gw-3', 'cn-shanghai', 'main', 'm-b'),"
    " (4, 'gw-4', 'cn-shanghai', 'main', ''), (5, 'gw-5', 'cn-shanghai', 'main', 'm-a');"
    "INSERT INTO devices (id, gateway, serial, version) SELECT id, id, 'SN' || id, '2.3.0' FROM gateways;"
    "INSERT INTO rollouts (id, name, version, type, verify, phase, reason, selection, spec, first_target, "
    "targets,"
    " membership, created_unix_ms, started_unix_ms, ended_unix_ms) VALUES"
    " (1, 'over', '2.3.0', 'Device', 1, 'finished', '', 'all', '', 1, 2, 'h1', 1, 2, 3),"
    " (2, 'half', '2.4.0', 'Device', 1, 'running', '', 'all', '', 3, 5, 'h2', 1, 2, NULL),"
    " (3, 'fresh', '2.4.0', 'Device', 1, 'waiting', 'not started yet', 'all', '', 8, 1, 'h3', 1, NULL, NULL),"
    " (4, 'held', '2.4.0', 'Device', 1, 'waiting', 'keys', 'all', '', 9, 1, 'h4', 1, 2, NULL),"
    " (5, 'stopped', '2.4.0', 'Device', 1, 'aborted', '', 'all', '', 10, 1, 'h5', 1, 2, 3);"
    "INSERT INTO waves VALUES (1, 1, 'all', 'finished', 2), (2, 1, 'all', 'running', 5), (3, 1, 'all', "
    "'waiting', 1),"
    " (4, 1, 'all', 'waiting', 1), (5, 1, 'all', 'aborted', 1);"
    "INSERT INTO targets (id, rollout, wave, device, state, attempts, sent, ended_unix_ms) VALUES"
    " (1, 1, 1, 1, 'succeeded', 1, 1, 9), (2, 1, 1, 2, 'failed', 1, 1, 9), (3, 2, 1, 1, 'succeeded', 1, 1, "
    "9),"
    " (4, 2, 1, 2, 'failed', 1, 1, 9), (5, 2, 1, 3, 'in_flight', 0, 1, NULL), (6, 2, 1, 4, 'waiting', 0, 0, "
    "NULL),"
    " (7, 2, 1, 5, 'waiting', 0, 0, NULL), (8, 3, 1, 5, 'waiting', 0, 0, NULL), (9, 4, 1, 5, 'waiting', 0, "
    "0, NULL),"
    " (10, 5, 1, 5, 'canceled', 0, 0, 9);"
    "INSERT INTO facts SELECT t.id, d.id, g.gateway_id, d.serial, '', g.region, g.account, g.model, '', '', "
    "'',"
    " d.version FROM targets t JOIN devices d ON d.id = t.device JOIN gateways g ON g.id = d.gateway;"
    "INSERT INTO attempts SELECT id, 1, 'nonce', 1700000000000, 1700000960000 FROM targets WHERE sent = 1;"
    "INSERT INTO answers SELECT id, 1, 1700000000500, 'accepted', 200, NULL, 'REQ', '' FROM targets"
    " WHERE ended_unix_ms IS NOT NULL AND sent = 1;"
    "INSERT INTO events VALUES (4, 1, NULL, 5, 'phase', 'finished'), (7, 2, NULL, 6, 'phase', 'running'),"
    " (8, 2, 5, 7, 'seen', 'version 2.3.0'), (9, 2, 3, 8, 'state', 'succeeded')";

static void test_waves_of_old_rollouts_are_carried_over(void **state)
{
    struct place *place = *state;

    older(place, 2, five_rollouts);
    bring_up_to_date(place);
    assert_string_equal(place_text(place,
                                   "SELECT group_concat(rollout || number || name || ' ' || phase || ' ' ||"
                                   " first || '+' || targets || evidence, '; ') FROM waves"
                                   " WHERE verdict IS NULL AND soak_until_unix_ms IS NULL"),
                        "11all finished 0+2; 21all running 0+5; 31all pending 0+1; 41all running 0+1;"
                        " 51all aborted 0+1");
    assert_string_equal(
        place_text(place, "SELECT waiting || in_flight || succeeded || failed || relapsed FROM v_wave"
                          " WHERE rollout = 'half'"),
        "21110");
}

static void test_history_of_old_rollouts_is_kept(void **state)
{
    struct place *place = *state;

    older(place, 2, five_rollouts);
    bring_up_to_date(place);
    assert_string_equal(place_text(place,
                                   "SELECT group_concat(id || ' ' || rollout || ifnull('/' || target, '') ||"
                                   " ' ' || at_unix_ms || ' ' || kind || ' ' || text, '; ') FROM events"),
                        "4 1 5 phase finished; 7 2 6 phase running; 8 2/5 7 seen version 2.3.0;"
                        " 9 2/3 8 state succeeded");
    assert_int_equal(place_try(place, "UPDATE events SET text = 'x'"), SQLITE_CONSTRAINT);
    assert_int_equal(place_try(place, "DELETE FROM events"), SQLITE_CONSTRAINT);
    assert_int_equal(place_number(place, "SELECT count(*) FROM pragma_index_info('events_by_target')"), 2);
    assert_int_equal(place_number(place, "SELECT count(*) FROM attempts"), 5);
    assert_int_equal(place_number(place, "SELECT count(*) FROM answers"), 4);
}

/* Only what can still be run has charts; models in order of their names, an unknown one among them. */
static void test_old_rollouts_under_way_get_charts(void **state)
{
    struct place *place = *state;

    older(place, 2, five_rollouts);
    bring_up_to_date(place);
    assert_string_equal(
        place_text(place, "SELECT group_concat(rollout || '/' || number || ' ' || model || level_unats"
                          " || failed || judged || trip, '; ') FROM charts"),
        "2/0 000; 2/1 000; 2/2 m-a000; 2/3 m-b000; 3/0 000; 3/1 m-a000; 4/0 000; 4/1 m-a000");
}

static void test_an_old_rollout_goes_on(void **state)
{
    struct place *place = *state;
    struct run run = {.place = place};
    struct gw_record chart = {
        .kind = GW_RECORD_CHART, .model = 2, .chart = {.failed = 1, .judged = 1}, .at_unix_ms = T0};
    struct gw_record verdict = {
        .kind = GW_RECORD_VERDICT, .verdict = GW_VERDICT_HOLD, .model = GW_NO_MODEL, .at_unix_ms = T0};
    struct gw_record wave = {.kind = GW_RECORD_WAVE, .phase = GW_PHASE_WAITING, .at_unix_ms = T0};
    struct gw_record order = {.kind = GW_RECORD_ORDER, .accepted = true, .at_unix_ms = T0};
    const struct gw_order_new new_ = {
        .kind = GW_ORDER_RESUME, .argument = "", .by = "anna@nms", .reason = ""};

    older(place, 2, five_rollouts);
    bring_up_to_date(place);
    assert_int_equal(gw_rollout_find(place->store, "half", &run.rollout, &place->err), GW_OK);
    assert_int_equal(gw_lease_take(place->store, run.rollout.id, T0, &run.lease, &place->err), GW_OK);
    run_commit(&run, answer_of(2, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
    run_commit(&run, state_of(2, GW_STATE_FAILED, "stuck"));
    run_commit(&run, chart);
    run_commit(&run, verdict);
    run_commit(&run, wave);
    assert_int_equal(gw_order_add(place->store, run.rollout.id, &new_, &order.order, &place->err), GW_OK);
    run_commit(&run, order);
    assert_string_equal(place_text(place,
                                   "SELECT phase || ' ' || verdict || ' ' || (SELECT failed || '/' || judged"
                                   " FROM charts WHERE rollout = 2 AND model = 'm-b') FROM waves"
                                   " WHERE rollout = 2"),
                        "waiting hold 1/1");
    run_stop(&run);
}

/* What the programs between have made of it, and with the last of them a night. */
static void bring_to(struct place *place, int version)
{
    char pragma[64], lock[128];
    sqlite3 *db;

    gw_store_close(place->store);
    place->store = NULL;
    snprintf(lock, sizeof(lock), "%s.lock", place->file);
    (void)remove(place->file);
    (void)remove(lock); /* it remembers what was written to the one before */
    older(place, 2, five_rollouts);
    assert_int_equal(sqlite3_open(place->file, &db), SQLITE_OK);
    for (int i = 2; i < version; i++)
        assert_int_equal(sqlite3_exec(db, gw_migrations[i].sql, NULL, NULL, NULL), SQLITE_OK);
    snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version);
    assert_int_equal(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
    if (version >= 5)
        assert_int_equal(
            sqlite3_exec(db,
                         "INSERT INTO nights (policies, started_unix_ms, gateways, converged)"
                         " VALUES ('policies.yaml', 1, 5, 0);"
                         "INSERT INTO policy_rollouts (rollout, policy, night) VALUES (2, 'os', 1);"
                         "INSERT INTO takeovers (night, gateway_id, serial, type, upgrade_type,"
                         " cron, duration_min, time_zone, at_unix_ms)"
                         " VALUES (1, 'gw-1', 'SN1', 'Device', 'boot', '', 60, 'UTC', 1)",
                         NULL, NULL, NULL),
            SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool on_takeover(void *user, const struct gw_takeover_row *row)
{
    ward_add(user, 64, "%s %s; ", row->gateway_id, row->upgrade_type);
    return true;
}

static void test_an_unfinished_rollout_goes_on_from_each_schema(void **state)
{
    struct place *place = *state;

    for (int version = 3; version < gw_store_schema_version(); version++) {
        struct run run = {.place = place};
        struct gw_policy_rollout last;
        char taken[64] = "";

        bring_to(place, version);
        bring_up_to_date(place);
        assert_int_equal(gw_policy_rollout_last(place->store, "os", &last, &place->err),
                         version < 5 ? GW_ERR_NOT_FOUND : GW_OK);
        assert_int_equal(gw_takeovers_each(place->store, on_takeover, taken, &place->err), GW_OK);
        assert_string_equal(taken, version < 5 ? "" : "gw-1 boot; ");
        assert_int_equal(gw_rollout_find(place->store, "half", &run.rollout, &place->err), GW_OK);
        assert_int_equal(gw_lease_take(place->store, run.rollout.id, T0, &run.lease, &place->err), GW_OK);
        run_commit(&run, answer_of(2, 1, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING));
        run_commit(&run, state_of(2, GW_STATE_SUCCEEDED, ""));
        run_commit(&run, intent_of(3, 1));
        assert_string_equal(
            place_text(place, "SELECT group_concat(state) FROM v_target WHERE rollout = 'half'"),
            "succeeded,failed,succeeded,in_flight,waiting");
        run_stop(&run);
    }
}

static bool on_normal(void *user, const char *model, uint64_t failed, uint64_t judged, uint32_t rollouts)
{
    ward_add(user, 128, "[%s] %u/%u in %u; ", model, (unsigned)failed, (unsigned)judged, rollouts);
    return true;
}

static void test_old_and_finished_rollouts_teach(void **state)
{
    struct place *place = *state;
    char text[128] = "";

    older(place, 2, five_rollouts);
    bring_up_to_date(place);
    assert_int_equal(gw_normal_each(place->store, false, on_normal, text, &place->err), GW_OK);
    assert_string_equal(text, "[] 1/2 in 1; [m-a] 1/1 in 1; [m-b] 0/1 in 1; ");
}

static void test_what_is_up_to_date_is_left_alone(void **state)
{
    struct place *place = *state;
    int64_t changes;

    older(place, 2, five_rollouts);
    bring_up_to_date(place);
    gw_store_close(place->store);
    changes = place_number(place, "PRAGMA schema_version");
    assert_int_equal(gw_store_open(place->file, GW_STORE_WRITE, &place->store, &place->err), GW_OK);
    assert_int_equal(place_number(place, "PRAGMA schema_version"), changes);
    assert_int_equal(place_number(place, "SELECT count(*) FROM charts"), 8);
}

#define HALF_ROLLOUT                                                                                       \
    "INSERT INTO rollouts (id, name, version, type, verify, phase, reason, selection, spec, first_target," \
    " targets, membership, created_unix_ms, created_by) VALUES"                                            \
    " (1, 'half', '2.4.0', 'Device', 1, 'running', '', 'all', '', 1, 0, 'h', 1, 'root@vm');"

/* A chart keeps its numbers; what it counts as failed is taken for the version's. */
static void test_charts_are_carried_over(void **state)
{
    struct place *place = *state;

    older(place, 5,
          HALF_ROLLOUT
          "INSERT INTO charts VALUES (1, 0, '', 2079442, 3, 9, ''), (1, 1, 'm-a', 0, 0, 6, 'chart')");
    bring_up_to_date(place);
    assert_string_equal(
        place_text(place, "SELECT group_concat(concat, '; ') FROM (SELECT number || model || ' ' ||"
                          " level_unats || ' ' || failed || '/' || judged || ' ' || refused || trip AS concat"
                          " FROM charts ORDER BY number)"),
        "0 2079442 3/9 0; 1m-a 0 0/6 0chart");
    assert_int_not_equal(gw_sql_exec(place->store, "DELETE FROM charts", &place->err), GW_OK);
    assert_int_not_equal(gw_sql_exec(place->store, "UPDATE charts SET number = 7", &place->err), GW_OK);
    assert_int_not_equal(gw_sql_exec(place->store, "UPDATE charts SET refused = 4", &place->err), GW_OK);
}

/* Until then only the sentence said which resume forgave. */
static void test_what_was_forgiven_is_read_out_of_the_answers_once(void **state)
{
    struct place *place = *state;

    older(place, 7,
          HALF_ROLLOUT
          "INSERT INTO orders VALUES"
          " (1, 1, 'resume', '', 'ann@noc', '', 5, 6, 1, 'goes on without 1 device; what failed until now is "
          "forgiven'),"
          " (2, 1, 'resume', '', 'ann@noc', '', 5, 6, 1, 'goes on'),"
          " (3, 1, 'pause', '', 'ann@noc', '', 7, NULL, NULL, NULL)");
    bring_up_to_date(place);
    assert_string_equal(place_text(place, "SELECT group_concat(order_id, ' ') FROM forgiven"), "1");
    assert_int_not_equal(gw_sql_exec(place->store, "INSERT INTO forgiven VALUES (3)", &place->err), GW_OK);
}

/* What cannot be migrated stays as it was, down to the version. */
static void test_a_migration_is_all_or_nothing(void **state)
{
    struct place *place = *state;

    older(place, 2, "CREATE TABLE orders (mine)");
    assert_int_equal(gw_store_open(place->file, GW_STORE_WRITE, &place->store, &place->err), GW_ERR_STORE);
    place_error_has(place, "migration 0003_control", "orders already exists");
    place->store = NULL;
    assert_int_equal(place_number(place, "PRAGMA user_version"), 2);
    assert_int_equal(place_number(place, "SELECT count(*) FROM pragma_table_info('waves')"), 5);
    assert_int_equal(place_number(place,
                                  "SELECT count(*) FROM sqlite_schema WHERE name IN ('charts', 'verdicts',"
                                  " 'waves_0002', 'events_0002')"),
                     0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_inventory_is_kept),
        TEST(test_waves_of_old_rollouts_are_carried_over),
        TEST(test_history_of_old_rollouts_is_kept),
        TEST(test_old_rollouts_under_way_get_charts),
        TEST(test_an_old_rollout_goes_on),
        TEST(test_an_unfinished_rollout_goes_on_from_each_schema),
        TEST(test_old_and_finished_rollouts_teach),
        TEST(test_what_is_up_to_date_is_left_alone),
        TEST(test_charts_are_carried_over),
        TEST(test_what_was_forgiven_is_read_out_of_the_answers_once),
        TEST(test_a_migration_is_all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
