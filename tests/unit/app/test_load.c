/* Loading a rollout: pairs find each other, and rows that contradict each other are told, not trusted. */
#include <string.h>

#include <sqlite3.h>

#include "rollout/load.h"
#include "view.h"

static enum gw_code load(struct view *view, struct gw_roster *roster)
{
    const struct gw_roster_clock clock = {.now_ms = 1000000, .unix_ms = T0, .fence_ms = 1000};

    return gw_roster_load(roster, view->session.store, &view->rollout, &view->session.config, &clock,
                          &view->err);
}

static void freeze(struct view *view)
{
    static const struct view_plan plan = {
        .inventory = "gateway_id,region,serial,ha_role,model\n"
                     "sag-1,cn-shanghai,s1,active,big\nsag-1,cn-shanghai,s2,standby,big\n"
                     "sag-2,cn-shanghai,s3,,small\nsag-3,cn-shanghai,s4,,small\n",
        .spec = "{}",
    };

    view_freeze(view, &plan);
}

static void a_whole_rollout(void **state)
{
    struct view *view = *state;
    struct gw_roster roster;
    uint32_t first, pairs = 0;

    freeze(view);
    assert_int_equal(load(view, &roster), GW_OK);
    assert_int_equal(roster.n, 4);
    assert_int_equal(roster.model.n, 2);
    for (first = 0; first + 1 < roster.n; first++)
        if (strcmp(roster.gateway_id[first], "sag-1") == 0 && roster.start[first].mate == first + 1) {
            assert_int_equal(roster.start[first + 1].mate, first);
            pairs++;
        }
    assert_int_equal(pairs, 1);
    gw_roster_release(&roster);
}

/* As whoever damages the database does, without its triggers. */
static void damage(struct view *view, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(view->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void refuses(struct view *view, const char *sql, const char *word)
{
    struct gw_roster roster;

    freeze(view);
    damage(view, sql);
    assert_int_equal(load(view, &roster), GW_ERR_STORE);
    assert_non_null(strstr(view->err.text, "damaged"));
    assert_non_null(strstr(view->err.text, word));
    gw_roster_release(&roster);
}

static void a_model_without_a_chart(void **state)
{
    refuses(*state, "UPDATE charts SET model = 'other' WHERE model = 'big'", "no chart");
}

static void two_charts_of_one_model(void **state)
{
    refuses(*state, "UPDATE charts SET model = 'big' WHERE model = 'small'", "two charts");
}

static void three_devices_of_one_gateway(void **state)
{
    refuses(*state, "UPDATE facts SET gateway_id = 'sag-1'", "three devices");
}

/* More targets than any memory holds: the rows are counted, not believed. */
static void a_rollout_that_claims_too_much(void **state)
{
    struct view *view = *state;
    struct gw_roster roster;

    freeze(view);
    damage(view, "UPDATE rollouts SET targets = 4000000000");
    view->rollout.targets = 4000000000;
    assert_int_equal(load(view, &roster), GW_ERR_STORE);
    assert_non_null(strstr(view->err.text, "missing"));
    gw_roster_release(&roster);
}

/* A wave ends so with its rollout only. */
static void an_aborted_wave_of_a_rollout_that_goes_on(void **state)
{
    static const char text[] = "{rollout: os-2.4.0, version: 2.4.0, select: all}";
    struct view *view = *state;
    struct gw_load whole = {0};
    struct gw_spec spec;

    freeze(view);
    assert_int_equal(gw_spec_parse(text, strlen(text), "f", &spec, &view->session.problems, &view->err),
                     GW_OK);
    assert_int_equal(gw_load_rollout(&whole, view->session.store, &view->rollout, &view->session.config,
                                     &spec, false, 1000, &view->err),
                     GW_OK);
    gw_load_release(&whole);
    damage(view, "UPDATE waves SET phase = 'aborted'");
    assert_int_equal(gw_load_rollout(&whole, view->session.store, &view->rollout, &view->session.config,
                                     &spec, false, 1000, &view->err),
                     GW_ERR_STORE);
    assert_non_null(strstr(view->err.text, "aborted wave"));
    gw_load_release(&whole);
    gw_spec_release(&spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(a_whole_rollout),
        VIEW(a_model_without_a_chart),
        VIEW(two_charts_of_one_model),
        VIEW(three_devices_of_one_gateway),
        VIEW(a_rollout_that_claims_too_much),
        VIEW(an_aborted_wave_of_a_rollout_that_goes_on),
    };

    return cmocka_run_group_tests_name("app/load", tests, NULL, NULL);
}
