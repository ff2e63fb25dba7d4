/* Operators' orders from a second process, and whom they leave out. */
#include "ward.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/text.h"
#include "gatewave/store/control.h"
#include "sql.h"

struct list {
    char text[2048];
    int left; /* rows until each() says stop */
};

static bool on_order(void *user, const struct gw_order_row *row)
{
    struct list *list = user;

    ward_add(list->text, sizeof(list->text), "%d %s [%s] by %s (%s) at %d", (int)row->id,
             gw_order_name(row->kind), row->argument, row->by, row->reason, (int)(row->at_unix_ms - T0));
    if (row->answered_unix_ms != 0)
        ward_add(list->text, sizeof(list->text), ", %s at %d: %s%s", row->accepted ? "accepted" : "refused",
                 (int)(row->answered_unix_ms - T0), row->answer, row->forgives ? " (forgives)" : "");
    else
        assert_string_equal(row->answer, "");
    ward_add(list->text, sizeof(list->text), "; ");
    return --list->left != 0;
}

static struct list orders(struct place *place, int64_t rollout, bool only_open)
{
    struct list list = {.text = "", .left = -1};

    assert_int_equal(gw_orders_each(place->store, rollout, only_open, on_order, &list, &place->err), GW_OK);
    return list;
}

static int64_t order(struct place *place, int64_t rollout, enum gw_order_kind kind, const char *argument,
                     const char *reason)
{
    const struct gw_order_new new_ = {
        .kind = kind, .argument = argument, .by = "anna@nms", .reason = reason, .now_unix_ms = T0 + 7};
    int64_t id = 0;

    if (gw_order_add(place->store, rollout, &new_, &id, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    return id;
}

static void answer(struct run *run, int64_t id, bool accepted, const char *sentence)
{
    struct gw_record record = {
        .kind = GW_RECORD_ORDER, .order = id, .accepted = accepted, .at_unix_ms = T0 + 9};

    gw_text_copy(record.reason, sizeof(record.reason), sentence);
    run_commit(run, record);
}

static void test_an_order_reads_back_as_it_was_given(void **state)
{
    struct run run = ward_start(state);

    assert_string_equal(orders(run.place, 1, false).text, "");
    assert_int_equal(order(run.place, 1, GW_ORDER_PAUSE, "", "the site called"), 1);
    assert_int_equal(order(run.place, 1, GW_ORDER_RESUME, "model = 'm-b'", ""), 2);
    assert_int_equal(order(run.place, 1, GW_ORDER_APPROVE, "canary", ""), 3);
    assert_int_equal(order(run.place, 1, GW_ORDER_ABORT, "", ""), 4);
    assert_int_equal(order(run.place, 1, GW_ORDER_PACE, "2/s", ""), 5);
    answer(&run, 1, true, "paused");
    answer(&run, 3, false, "canary waits for nobody");
    assert_string_equal(orders(run.place, 1, true).text,
                        "2 resume [model = 'm-b'] by anna@nms () at 7; 4 abort [] by anna@nms () at 7;"
                        " 5 pace [2/s] by anna@nms () at 7; ");
    assert_string_equal(orders(run.place, 1, false).text,
                        "1 pause [] by anna@nms (the site called) at 7, accepted at 9: paused;"
                        " 2 resume [model = 'm-b'] by anna@nms () at 7;"
                        " 3 approve [canary] by anna@nms () at 7, refused at 9: canary waits for nobody;"
                        " 4 abort [] by anna@nms () at 7; 5 pace [2/s] by anna@nms () at 7; ");
    run_stop(&run);
}

/* Its answer alone says whether it forgives, and is given once. */
static void test_a_resume_forgives_when_its_answer_says_so(void **state)
{
    struct run run = ward_start(state);
    struct gw_record record = {.kind = GW_RECORD_ORDER,
                               .accepted = true,
                               .said = {.word = GW_SAID_FORGIVEN},
                               .at_unix_ms = T0 + 9,
                               .reason = "sure"};

    order(run.place, 1, GW_ORDER_RESUME, "", "");
    record.order = order(run.place, 1, GW_ORDER_RESUME, "", "");
    order(run.place, 1, GW_ORDER_PAUSE, "", "");
    answer(&run, 1, true, "goes on");
    run_commit(&run, record);
    answer(&run, 3, true, "paused");
    assert_string_equal(orders(run.place, 1, false).text,
                        "1 resume [] by anna@nms () at 7, accepted at 9: goes on;"
                        " 2 resume [] by anna@nms () at 7, accepted at 9: sure (forgives);"
                        " 3 pause [] by anna@nms () at 7, accepted at 9: paused; ");
    assert_int_not_equal(
        gw_sql_exec(run.place->store, "INSERT INTO forgiven SELECT 3 FROM orders", &run.place->err), GW_OK);
    assert_int_not_equal(gw_sql_exec(run.place->store, "DELETE FROM forgiven", &run.place->err), GW_OK);
    run_stop(&run);
}

static void test_orders_are_their_rollouts(void **state)
{
    struct run run = ward_start(state);
    struct list two = {.text = "", .left = 1};

    ward_rollout(run.place, 2, "Device", "running");
    order(run.place, 2, GW_ORDER_PAUSE, "", "");
    order(run.place, 1, GW_ORDER_PAUSE, "", "");
    order(run.place, 2, GW_ORDER_RESUME, "", "");
    assert_string_equal(orders(run.place, 1, true).text, "2 pause [] by anna@nms () at 7; ");
    assert_string_equal(orders(run.place, 2, true).text,
                        "1 pause [] by anna@nms () at 7; 3 resume [] by anna@nms () at 7; ");
    /* It stops where it is told to. */
    assert_int_equal(gw_orders_each(run.place->store, 2, false, on_order, &two, &run.place->err), GW_OK);
    assert_string_equal(two.text, "1 pause [] by anna@nms () at 7; ");
    run_stop(&run);
}

static void test_an_order_for_no_rollout_is_none(void **state)
{
    struct run run = ward_start(state);
    const struct gw_order_new new_ = {.kind = GW_ORDER_PAUSE, .argument = "", .by = "anna@nms", .reason = ""};
    int64_t id = -1;

    assert_int_equal(gw_order_add(run.place->store, 9, &new_, &id, &run.place->err), GW_ERR_STORE);
    assert_int_equal(id, -1);
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM orders"), 0);
    assert_int_equal(order(run.place, 1, GW_ORDER_PAUSE, "", ""), 1);
    run_stop(&run);
}

/* What a statement looked at before it found its rows. */
static int on_profile(unsigned event, void *user, void *stmt, void *nanoseconds)
{
    (void)event;
    (void)nanoseconds;
    *(int *)user += sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) +
                    sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_SORT, 0);
    return 0;
}

/* The poll must not become slower with the orders of the past. */
static void test_open_orders_are_found_without_looking_for_them(void **state)
{
    struct run run = ward_start(state);
    int looked_at = 0;

    place_exec(run.place, "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100)"
                          " INSERT INTO orders SELECT i, 1, 'pause', '', 'a@b', '', 1, 2, 1, '' FROM c;"
                          "INSERT INTO orders (rollout, kind, by, at_unix_ms) VALUES (1, 'pause', 'a@b',"
                          " 1700000000000), (1, 'resume', 'a@b', 1700000000000)");
    sqlite3_trace_v2(run.place->store->db, SQLITE_TRACE_PROFILE, on_profile, &looked_at);
    assert_string_equal(orders(run.place, 1, true).text,
                        "101 pause [] by a@b () at 0; 102 resume [] by a@b () at 0; ");
    assert_int_equal(looked_at, 0);
    sqlite3_trace_v2(run.place->store->db, 0, NULL, NULL);
    run_stop(&run);
}

/* ---- a runner that commits, and polls on a connection of its own ---- */

#define ORDERS 40

struct runner {
    struct run run;
    struct gw_store *eyes; /* read-only */
    struct gw_record batch[8];
    size_t n;
    atomic_bool stop;
    int answered, commits;
    enum gw_code code; /* of the first call that failed */
    struct gw_err err;
    int64_t last;
    bool in_order;
};

static bool on_open(void *user, const struct gw_order_row *row)
{
    struct runner *runner = user;
    struct gw_record *record = &runner->batch[runner->n++];

    *record = (struct gw_record){
        .kind = GW_RECORD_ORDER, .order = row->id, .accepted = row->id % 2 != 0, .at_unix_ms = T0 + 20};
    snprintf(record->reason, sizeof(record->reason), "answer to %s", row->reason);
    runner->in_order = runner->in_order && row->id > runner->last;
    runner->last = row->id;
    return runner->n < 8;
}

static void *drive(void *user)
{
    struct runner *runner = user;
    const struct gw_record busy = {.kind = GW_RECORD_PHASE, .phase = GW_PHASE_RUNNING, .at_unix_ms = T0};

    while (runner->code == GW_OK && !atomic_load(&runner->stop)) {
        runner->batch[0] = busy;
        runner->n = 1;
        runner->code = gw_orders_each(runner->eyes, 1, true, on_open, runner, &runner->err);
        if (runner->code == GW_OK)
            runner->code = gw_commit(runner->run.place->store, runner->run.lease, runner->batch, runner->n,
                                     &runner->err);
        runner->answered += (int)runner->n - 1;
        runner->commits++;
    }
    return NULL;
}

static void test_orders_arrive_while_a_runner_commits(void **state)
{
    struct runner runner = {.run = ward_start(state), .in_order = true};
    struct place other = *runner.run.place;
    pthread_t thread;
    char reason[32];

    assert_int_equal(gw_store_open(other.file, GW_STORE_READ, &runner.eyes, &other.err), GW_OK);
    assert_int_equal(gw_store_open(other.file, GW_STORE_WRITE, &other.store, &other.err), GW_OK);
    assert_int_equal(pthread_create(&thread, NULL, drive, &runner), 0);
    for (int i = 1; i <= ORDERS; i++) {
        snprintf(reason, sizeof(reason), "order %d", i);
        order(&other, 1, GW_ORDER_PAUSE, "", reason);
    }
    while (place_number(&other, "SELECT count(*) FROM orders WHERE answered_unix_ms IS NULL") > 0)
        sched_yield();
    atomic_store(&runner.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    if (runner.code != GW_OK)
        fail_msg("%s", runner.err.text);
    assert_int_equal(runner.answered, ORDERS);
    assert_true(runner.in_order);
    assert_in_range(runner.commits, 2, INT32_MAX);
    assert_int_equal(place_number(&other,
                                  "SELECT count(*) FROM orders WHERE answer = 'answer to ' || reason AND"
                                  " accepted = id % 2"),
                     ORDERS);
    assert_int_equal(place_number(&other, "SELECT count(*) FROM events WHERE kind = 'order'"), ORDERS);
    gw_store_close(other.store);
    gw_store_close(runner.eyes);
    run_stop(&runner.run);
}

/* ---- whom an order leaves out ---- */

/* A resume without those; its id, or 0 when there are none such. */
static int64_t without(struct place *place, int64_t rollout, const char *selection)
{
    const struct gw_order_new new_ = {.kind = GW_ORDER_RESUME,
                                      .argument = selection,
                                      .by = "anna@nms",
                                      .reason = "",
                                      .without = place_select(selection),
                                      .now_unix_ms = T0};
    int64_t id = 0;
    enum gw_code code = gw_order_add(place->store, rollout, &new_, &id, &place->err);

    if (code != GW_OK && code != GW_ERR_NOT_FOUND)
        fail_msg("%s: %s", selection, place->err.text);
    assert_int_equal(id == 0, code != GW_OK);
    return id;
}

static const char *targets_of(struct place *place, int64_t id)
{
    static char text[256];
    uint32_t *number = NULL, n = 0;

    text[0] = '\0';
    if (gw_order_targets(place->store, id, &number, &n, &place->err) != GW_OK)
        fail_msg("%s", place->err.text);
    for (uint32_t i = 0; i < n; i++)
        ward_add(text, sizeof(text), "%u ", number[i]);
    free(number);
    return text;
}

static const char *named(struct run *run, int64_t rollout, const char *selection)
{
    return targets_of(run->place, without(run->place, rollout, selection));
}

static void test_a_selection_names_targets(void **state)
{
    struct run run = ward_start(state);

    assert_string_equal(named(&run, 1, "all"), "0 1 2 3 4 5 ");
    assert_string_equal(named(&run, 1, "model = m-b"), "3 4 5 ");
    assert_string_equal(named(&run, 1, "site = site-1 and not serial = SN3"), "0 4 ");
    assert_string_equal(named(&run, 1, "gateway_id in (gw-6, gw-2)"), "1 5 ");
    assert_string_equal(targets_of(run.place, order(run.place, 1, GW_ORDER_RESUME, "", "")), "");
    assert_string_equal(targets_of(run.place, 99), "");
    run_stop(&run);
}

static void test_an_order_that_leaves_out_nobody_at_all_is_none(void **state)
{
    struct run run = ward_start(state);

    assert_int_equal(without(run.place, 1, "version < 2.3.0"), 0);
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM orders"), 0);
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM order_targets"), 0);
    run_stop(&run);
}

/* What has its outcome keeps it; whoever names nobody else has made no mistake. */
static void test_an_outcome_is_not_left_out(void **state)
{
    struct run run = ward_start(state);

    run_commit(&run, state_of(3, GW_STATE_SKIPPED, ""));
    run_commit(&run, intent_of(4, 1));
    assert_string_equal(named(&run, 1, "model = m-b"), "4 5 ");
    assert_string_equal(named(&run, 1, "serial = SN4"), "");
    run_stop(&run);
}

/* What was frozen goes before what the inventory says today. */
static void test_a_selection_is_of_what_was_frozen(void **state)
{
    static const char *const same[] = {
        "model = m-b",
        "site = site-1 and gateway_id in (gw-5, gw-4, gw-6) or gateway_id in (gw-4, gw-6)",
        "region = eu-central-1 and model = m-b",
        "isp = dtag and not model = m-a",
        "timezone = Europe/Berlin and model = m-b",
        "account = main and model = m-b",
        "version = 2.3.0 and model = m-b",
        "version < 2.4 and ha_role = '' and serial in (SN4, SN5, SN6)",
    };
    struct run run = ward_start(state);

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
            if (strcmp(named(&run, 1, same[i]), "3 4 5 ") != 0)
                fail_msg("round %d: %s names %s", round, same[i], named(&run, 1, same[i]));
        place_exec(
            run.place,
            "UPDATE gateways SET model = 'm-c', site = 'x', region = 'x', isp = 'x', timezone = 'x',"
            " account = 'x'; UPDATE devices SET version = '2.4.0', ha_role = 'active', serial = 'N' || id");
    }
    assert_int_equal(without(run.place, 1, "model = m-c or isp = x or version = 2.4.0 or ha_role = active"),
                     0);
    run_stop(&run);
}

/* A serial that nobody knew, until a read told it. */
static void test_a_learned_serial_names_its_target(void **state)
{
    struct run run = ward_start(state);

    place_exec(run.place, "UPDATE targets SET serial = 'LEARNED' WHERE id = 3");
    assert_string_equal(named(&run, 1, "serial = LEARNED"), "2 ");
    assert_int_equal(without(run.place, 1, "serial = SN3"), 0);
    run_stop(&run);
}

/* What was not frozen is today's. */
static void test_tags_and_names_are_of_today(void **state)
{
    struct run run = ward_start(state);

    place_exec(run.place, "UPDATE gateways SET name = 'Hamburg' WHERE id = 2; INSERT INTO tags VALUES"
                          " (4, 'bad', 'yes'), (5, 'bad', 'no'); UPDATE devices SET dpi_version = '1.0'"
                          " WHERE id = 6");
    assert_string_equal(named(&run, 1, "name = Hamburg"), "1 ");
    assert_string_equal(named(&run, 1, "tag.bad"), "3 4 ");
    assert_string_equal(named(&run, 1, "tag.bad = yes"), "3 ");
    assert_string_equal(named(&run, 1, "dpi_version = 1.0"), "5 ");
    run_stop(&run);
}

/* The version that was listed is that of the rollout's own type. */
static void test_each_type_has_its_version(void **state)
{
    struct run run = ward_start(state);

    ward_rollout(run.place, 2, "Dpi", "running");
    ward_targets(run.place, 1, (struct ward_target){.state = "waiting"});
    place_exec(run.place,
               "INSERT INTO targets (id, rollout, wave, device) VALUES (8, 2, 1, 2);"
               "INSERT INTO facts VALUES (8, 2, 'gw-2', 'SN2', '', '', '', '', '', '', '', '1.5');"
               "UPDATE rollouts SET targets = 2 WHERE id = 2; UPDATE devices SET dpi_version = '9'");
    assert_string_equal(named(&run, 2, "dpi_version = 1.5"), "1 ");
    assert_string_equal(named(&run, 2, "version = 2.3.0"), "1 ");
    assert_int_equal(without(run.place, 2, "dpi_version = 9"), 0);
    run_stop(&run);
}

/* Its row may be another device's by now; then nothing is known of it today, which is no reason to forget it. */
static void test_who_is_gone_from_the_inventory_is_still_a_target(void **state)
{
    struct run run = ward_start(state);

    place_exec(run.place,
               "PRAGMA foreign_keys = OFF; DELETE FROM devices WHERE id = 2; DELETE FROM gateways"
               " WHERE id = 2; UPDATE gateways SET gateway_id = 'gw-new', name = 'new' WHERE id = 3;"
               "INSERT INTO tags VALUES (3, 'bad', 'yes'), (4, 'bad', 'yes')");
    assert_string_equal(named(&run, 1, "model = m-a"), "0 1 2 ");
    assert_string_equal(named(&run, 1, "tag.bad"), "3 ");
    assert_string_equal(named(&run, 1, "not tag.bad and not name = new and not dpi_version = 1"),
                        "0 1 2 4 5 ");
    run_stop(&run);
}

/* The past is that of the gateway that was frozen. */
static void test_the_past_names_targets(void **state)
{
    struct run run = ward_start(state);

    place_exec(run.place, "UPDATE gateways SET gateway_id = 'x' || id");
    run_commit(&run, state_of(0, GW_STATE_SKIPPED, ""));
    assert_string_equal(named(&run, 1, "outcome.r = waiting and model = m-a"), "1 2 ");
    run_stop(&run);
}

static void test_targets_are_numbered_within_their_rollout(void **state)
{
    struct run run = ward_start(state);

    ward_rollout(run.place, 2, "Device", "running");
    ward_targets(run.place, 3, (struct ward_target){.state = "waiting", .site = "here"});
    assert_string_equal(named(&run, 2, "site = here"), "0 1 2 ");
    assert_int_equal(without(run.place, 2, "gateway_id = gw-2"), 0);
    run_stop(&run);
}

static void test_many_targets_are_all_named(void **state)
{
    struct run run = ward_start(state);
    uint32_t *number = NULL, n = 0;

    ward_rollout(run.place, 2, "Device", "running");
    ward_targets(run.place, 1000, (struct ward_target){.state = "waiting"});
    assert_int_equal(
        gw_order_targets(run.place->store, without(run.place, 2, "all"), &number, &n, &run.place->err),
        GW_OK);
    assert_int_equal(n, 1000);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(number[i], i);
    free(number);
    run_stop(&run);
}

/* It was settled when it was given. */
static void test_who_is_left_out_stays_who_it_was(void **state)
{
    struct run run = ward_start(state);
    int64_t id;

    place_exec(run.place, "INSERT INTO tags VALUES (1, 'bad', 'yes'), (2, 'bad', 'yes')");
    id = without(run.place, 1, "tag.bad");
    assert_string_equal(targets_of(run.place, id), "0 1 ");
    place_exec(run.place, "DELETE FROM tags; INSERT INTO tags VALUES (6, 'bad', 'yes')");
    run_commit(&run, state_of(0, GW_STATE_SKIPPED, ""));
    assert_string_equal(targets_of(run.place, id), "0 1 ");
    run_stop(&run);
}

static bool on_left_out(void *user, uint32_t number)
{
    struct list *list = user;

    ward_add(list->text, sizeof(list->text), "%u ", number);
    return --list->left != 0;
}

static void test_accepted_orders_add_up(void **state)
{
    struct run run = ward_start(state);
    struct list all = {.text = "", .left = -1}, one = {.text = "", .left = 1}, two = {.text = "", .left = -1};

    ward_rollout(run.place, 2, "Device", "running");
    ward_targets(run.place, 2, (struct ward_target){.state = "waiting"});
    without(run.place, 1, "gateway_id in (gw-1, gw-3)");
    without(run.place, 1, "gateway_id in (gw-3, gw-6)");
    without(run.place, 1, "gateway_id = gw-2"); /* refused */
    without(run.place, 1, "gateway_id = gw-4"); /* open */
    without(run.place, 2, "all");
    answer(&run, 1, true, "goes on");
    answer(&run, 2, true, "goes on");
    answer(&run, 3, false, "it is neither paused nor stopped by a gate");
    assert_int_equal(gw_left_out_each(run.place->store, 1, on_left_out, &all, &run.place->err), GW_OK);
    assert_string_equal(all.text, "0 2 2 5 ");
    assert_int_equal(gw_left_out_each(run.place->store, 1, on_left_out, &one, &run.place->err), GW_OK);
    assert_string_equal(one.text, "0 ");
    assert_int_equal(gw_left_out_each(run.place->store, 2, on_left_out, &two, &run.place->err), GW_OK);
    assert_string_equal(two.text, "");
    run_stop(&run);
}

static void test_whom_an_order_leaves_out_cannot_be_rewritten(void **state)
{
    static const char *const statements[] = {
        "UPDATE order_targets SET target = 5",
        "DELETE FROM order_targets",
        "INSERT INTO order_targets VALUES (1, 5)", /* answered */
        "INSERT INTO order_targets VALUES (2, 5)", /* no resume */
        "INSERT INTO order_targets VALUES (3, 7)", /* of another rollout */
        "INSERT INTO order_targets VALUES (4, 5)",
        "PRAGMA recursive_triggers = ON; REPLACE INTO order_targets SELECT * FROM order_targets",
    };
    struct run run = ward_start(state);

    ward_rollout(run.place, 2, "Device", "running");
    ward_targets(run.place, 1, (struct ward_target){.state = "waiting"});
    without(run.place, 1, "gateway_id = gw-1");
    order(run.place, 1, GW_ORDER_PAUSE, "", "");
    without(run.place, 1, "gateway_id = gw-2");
    answer(&run, 1, true, "goes on");
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
        if (place_try(run.place, statements[i]) != SQLITE_CONSTRAINT)
            fail_msg("this went through: %s", statements[i]);
    run_stop(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_order_reads_back_as_it_was_given),
        TEST(test_a_resume_forgives_when_its_answer_says_so),
        TEST(test_orders_are_their_rollouts),
        TEST(test_an_order_for_no_rollout_is_none),
        TEST(test_open_orders_are_found_without_looking_for_them),
        TEST(test_orders_arrive_while_a_runner_commits),
        TEST(test_a_selection_names_targets),
        TEST(test_an_order_that_leaves_out_nobody_at_all_is_none),
        TEST(test_an_outcome_is_not_left_out),
        TEST(test_a_selection_is_of_what_was_frozen),
        TEST(test_a_learned_serial_names_its_target),
        TEST(test_tags_and_names_are_of_today),
        TEST(test_each_type_has_its_version),
        TEST(test_who_is_gone_from_the_inventory_is_still_a_target),
        TEST(test_the_past_names_targets),
        TEST(test_targets_are_numbered_within_their_rollout),
        TEST(test_many_targets_are_all_named),
        TEST(test_who_is_left_out_stays_who_it_was),
        TEST(test_accepted_orders_add_up),
        TEST(test_whom_an_order_leaves_out_cannot_be_rewritten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
