/* Freezing a draft: what is in the tables afterwards, read with plain SQL, and that it is what was drafted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/rng.h"
#include "gatewave/store/draft.h"
#include "place.h"

static const struct gw_cut_size sizes[] = {{.count = 8}, {.share_bp = 2500}, {.rest = true}};
static const char *const names[] = {"canary", "quarter", "rest"};

static enum gw_code try_create(struct place *place, const char *name, const char *select, uint32_t n_waves,
                               struct gw_rollout_row *ret)
{
    const struct gw_rollout_new new_ = {.name = name,
                                        .version = "2.4.0",
                                        .selection = select,
                                        .spec = "spec\n",
                                        .created_by = "me",
                                        .now_unix_ms = 1700000000000,
                                        .select = place_select(select),
                                        .size = sizes,
                                        .wave_name = names,
                                        .n_waves = n_waves};

    return gw_rollout_create(place->store, &new_, ret, &place->err);
}

static struct gw_rollout_row create(struct place *place, const char *name, const char *select,
                                    uint32_t n_waves)
{
    struct gw_rollout_row row;

    if (try_create(place, name, select, n_waves, &row) != GW_OK)
        fail_msg("%s", place->err.text);
    return row;
}

/* Twenty gateways of three models, the last four of them pairs. */
static void fleet(struct place *place)
{
    place_fleet(place, 20);
    place_exec(place, "UPDATE gateways SET model = 'sag-' || (id % 3), isp = 'telecom', site = 'site ' || id,"
                      " timezone = 'Asia/Shanghai';"
                      "UPDATE devices SET ha_role = 'active' WHERE id > 16;"
                      "INSERT INTO devices (gateway, serial, ha_role, version)"
                      " SELECT id, 'TWIN' || id, 'standby', '2.3.1' FROM gateways WHERE id > 16");
}

static void test_waves_are_runs_of_targets(void **state)
{
    struct place *place = *state;

    fleet(place);
    assert_int_equal(create(place, "r", "all", 3).targets, 24);
    assert_string_equal(place_text(place, "SELECT group_concat(number || name || phase, ' ') FROM waves"),
                        "1canarypending 2quarterpending 3restpending");
    assert_string_equal(place_text(place,
                                   "SELECT group_concat(verdict IS NULL AND soak_until_unix_ms IS NULL AND"
                                   " evidence = '', '') FROM waves"),
                        "111");
    /* Gateways by wave: the sizes. */
    assert_string_equal(
        place_text(place, "SELECT group_concat(n, ' ') FROM (SELECT count(DISTINCT f.gateway_id) AS n"
                          " FROM targets t JOIN facts f ON f.target = t.id GROUP BY t.wave"
                          " ORDER BY t.wave)"),
        "8 5 7");
    /* Each wave's row says which targets are in it, and there is none besides. */
    assert_int_equal(place_number(place, "SELECT count(*) FROM targets t JOIN rollouts r ON r.id = t.rollout"
                                         " JOIN waves w ON w.rollout = r.id AND w.number = t.wave"
                                         " AND t.id - r.first_target >= w.first"
                                         " AND t.id - r.first_target < w.first + w.targets"),
                     24);
    assert_int_equal(place_number(place, "SELECT sum(targets) FROM waves"), 24);
    assert_int_equal(place_number(place,
                                  "SELECT count(*) FROM targets WHERE state = 'waiting' AND attempts = 0"
                                  " AND sent = 0 AND started_unix_ms IS NULL"),
                     24);
}

static bool same_row(void *user, const struct gw_draft_target *target)
{
    const struct place *place = user;
    char sql[512], want[512];

    snprintf(
        sql, sizeof(sql),
        "SELECT t.wave || '|' || t.device || '|' || f.device || '|' || gateway_id || '|' || f.serial || '|' "
        "||"
        " ha_role || '|' || region || '|' || account || '|' || model || '|' || site || '|' || isp || '|' ||"
        " timezone || '|' || version_listed FROM targets t JOIN facts f ON f.target = t.id");
    assert_true((size_t)snprintf(sql + strlen(sql), sizeof(sql) - strlen(sql), " WHERE t.id = %u",
                                 target->number + 1) < sizeof(sql));
    snprintf(want, sizeof(want), "%u|%lld|%lld|%s|%s|%s|%s|%s|%s|%s|%s|%s|%s", target->wave + 1,
             (long long)target->device, (long long)target->device, target->gateway_id, target->serial,
             target->ha_role, target->region, target->account, target->model, target->site, target->isp,
             target->timezone, target->version);
    assert_string_equal(place_text(place, sql), want);
    return true;
}

static void test_what_is_drafted_is_what_is_frozen(void **state)
{
    struct place *place = *state;
    const struct gw_draft_request request = {
        .name = "r", .select = place_select("all"), .size = sizes, .n_sizes = 3};
    struct gw_draft *draft;
    uint32_t wave;

    fleet(place);
    assert_int_equal(gw_draft_new(place->store, &request, &draft, &wave, &place->err), GW_OK);
    assert_string_equal(create(place, "r", "all", 3).membership, gw_draft_membership(draft));
    gw_draft_targets_each(draft, same_row, place);
    gw_draft_free(draft);
}

/* Worked out again from the tables: whoever audits a rollout can do the same. */
static void test_the_membership_is_of_what_is_in_the_tables(void **state)
{
    struct place *place = *state;
    uint64_t a = 1, b = 2;
    sqlite3_stmt *stmt;
    char want[33];
    sqlite3 *db;

    fleet(place);
    create(place, "r", "all", 3);
    assert_int_equal(sqlite3_open(place->file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT t.wave - 1, f.gateway_id, f.serial, f.region, f.account"
                                        " FROM targets t JOIN facts f ON f.target = t.id ORDER BY t.id",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        unsigned char wave = (unsigned char)sqlite3_column_int(stmt, 0);

        a = gw_hash(&wave, 1, a);
        b = gw_hash(&wave, 1, b);
        for (int column = 1; column <= 4; column++) {
            const char *text = (const char *)sqlite3_column_text(stmt, column);

            a = gw_hash(text, strlen(text) + 1, a);
            b = gw_hash(text, strlen(text) + 1, b);
        }
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    snprintf(want, sizeof(want), "%016" PRIx64 "%016" PRIx64, a, b);
    assert_string_equal(place_text(place, "SELECT membership FROM rollouts"), want);
}

static void test_there_is_a_chart_for_all_and_for_each_model(void **state)
{
    static const char charts[] =
        "SELECT group_concat(number || '=' || model || level_unats || failed || judged ||"
        " trip, ' ') FROM charts WHERE rollout = ";
    struct place *place = *state;
    struct gw_rollout_row first, second;
    char sql[256];

    fleet(place);
    first = create(place, "r", "all", 3);
    /* Of the second rollout, only its own models count; one without a model is one of its own. */
    place_exec(place, "UPDATE gateways SET model = '' WHERE id = 3");
    second = create(place, "s", "model = sag-2 or gateway_id = gw-0002", 0);
    snprintf(sql, sizeof(sql), "%s%lld", charts, (long long)first.id);
    assert_string_equal(place_text(place, sql), "0=000 1=sag-0000 2=sag-1000 3=sag-2000");
    snprintf(sql, sizeof(sql), "%s%lld", charts, (long long)second.id);
    assert_string_equal(place_text(place, sql), "0=000 1=000 2=sag-2000");
}

static void test_ids_are_consecutive_in_dispatch_order(void **state)
{
    struct place *place = *state;

    fleet(place);
    create(place, "r", "all", 3);
    create(place, "s", "all", 3);
    assert_string_equal(
        place_text(place, "SELECT group_concat(first_target || '+' || targets, ' ') FROM rollouts"),
        "1+24 25+24");
    assert_string_equal(place_text(place, "SELECT min(id) || ' ' || max(id) || ' ' || count(*) FROM targets"),
                        "1 48 48");
    assert_int_equal(place_number(place, "SELECT count(*) FROM targets a JOIN targets b ON b.id = a.id + 1"
                                         " AND b.rollout = a.rollout AND b.wave < a.wave"),
                     0);
}

static void test_waves_that_nobody_named_name_themselves(void **state)
{
    struct place *place = *state;

    place_fleet(place, 300);
    create(place, "small", "gateway_id < gw-0200", 0);
    create(place, "large", "all", 0);
    assert_string_equal(
        place_text(place, "SELECT group_concat(name || targets, ' ') FROM waves WHERE rollout = 1"),
        "all200");
    assert_string_equal(
        place_text(place, "SELECT group_concat(name || targets, ' ') FROM waves WHERE rollout = 2"),
        "canary10 second50 third200 rest40");
}

static void test_what_is_refused_leaves_nothing(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row row;

    fleet(place);
    assert_int_equal(try_create(place, "r", "not serial = TWIN17", 3, &row), GW_ERR_INPUT);
    place_error_has(place, "gw-0016 lacks TWIN17", "rollout r: ");
    assert_int_equal(try_create(place, "r", "gateway_id < gw-0003", 3, &row), GW_ERR_INPUT);
    place_error_has(place, "rollout r: ", "wave 1 asks for more than is left of the 3 gateways");
    assert_int_equal(place_number(place,
                                  "SELECT (SELECT count(*) FROM rollouts) + (SELECT count(*) FROM waves)"
                                  " + (SELECT count(*) FROM targets) + (SELECT count(*) FROM charts)"),
                     0);
    create(place, "r", "all", 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_waves_are_runs_of_targets),
        TEST(test_what_is_drafted_is_what_is_frozen),
        TEST(test_the_membership_is_of_what_is_in_the_tables),
        TEST(test_there_is_a_chart_for_all_and_for_each_model),
        TEST(test_ids_are_consecutive_in_dispatch_order),
        TEST(test_waves_that_nobody_named_name_themselves),
        TEST(test_what_is_refused_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
