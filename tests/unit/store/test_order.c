/* Operators' orders from a second process, and the targets that a selection names. */
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
        ward_add(list->text, sizeof(list->text), ", %s at %d: %s", row->accepted ? "accepted" : "refused",
                 (int)(row->answered_unix_ms - T0), row->answer);
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

/* ---- targets by selection ---- */

static const char *match(struct run *run, int64_t rollout, const char *selection)
{
    static char text[256];
    uint32_t *number = NULL, n = 0;

    text[0] = '\0';
    if (gw_targets_match(run->place->store, rollout, place_select(selection), &number, &n,
                         &run->place->err) != GW_OK)
        fail_msg("%s", run->place->err.text);
    for (uint32_t i = 0; i < n; i++)
        ward_add(text, sizeof(text), "%u ", number[i]);
    free(number);
    return text;
}

static void test_a_selection_names_targets(void **state)
{
    struct run run = ward_start(state);

    assert_string_equal(match(&run, 1, "all"), "0 1 2 3 4 5 ");
    assert_string_equal(match(&run, 1, "model = m-b"), "3 4 5 ");
    assert_string_equal(match(&run, 1, "site = site-1 and not serial = SN3"), "0 4 ");
    assert_string_equal(match(&run, 1, "version < 2.3.0"), "");
    assert_string_equal(match(&run, 1, "gateway_id in (gw-6, gw-2)"), "1 5 ");
    assert_string_equal(match(&run, 7, "all"), "");
    run_stop(&run);
}

/* It is today's inventory that a person looks at, not the one of the start. */
static void test_a_selection_is_of_today(void **state)
{
    struct run run = ward_start(state);

    place_exec(run.place, "UPDATE gateways SET model = 'm-c' WHERE id IN (2, 5); INSERT INTO tags VALUES"
                          " (4, 'bad', 'yes'); INSERT INTO gateways (id, gateway_id, region, model) VALUES"
                          " (7, 'gw-7', 'x', 'm-c'); INSERT INTO devices (id, gateway) VALUES (7, 7)");
    assert_string_equal(match(&run, 1, "model = m-c"), "1 4 ");
    assert_string_equal(match(&run, 1, "tag.bad"), "3 ");
    run_stop(&run);
}

static void test_targets_are_numbered_within_their_rollout(void **state)
{
    struct run run = ward_start(state);

    ward_rollout(run.place, 2, "Device", "running");
    ward_targets(run.place, 3, (struct ward_target){.state = "waiting"}); /* all are device 1 */
    assert_string_equal(match(&run, 2, "gateway_id = gw-1"), "0 1 2 ");
    assert_string_equal(match(&run, 2, "gateway_id = gw-2"), "");
    run_stop(&run);
}

static void test_many_targets_are_all_named(void **state)
{
    struct run run = ward_start(state);
    uint32_t *number = NULL, n = 0;

    ward_rollout(run.place, 2, "Device", "running");
    ward_targets(run.place, 1000, (struct ward_target){.state = "waiting"});
    assert_int_equal(gw_targets_match(run.place->store, 2, place_select("all"), &number, &n, &run.place->err),
                     GW_OK);
    assert_int_equal(n, 1000);
    for (uint32_t i = 0; i < n; i++)
        assert_int_equal(number[i], i);
    free(number);
    run_stop(&run);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_an_order_reads_back_as_it_was_given),
        TEST(test_orders_are_their_rollouts),
        TEST(test_an_order_for_no_rollout_is_none),
        TEST(test_open_orders_are_found_without_looking_for_them),
        TEST(test_orders_arrive_while_a_runner_commits),
        TEST(test_a_selection_names_targets),
        TEST(test_a_selection_is_of_today),
        TEST(test_targets_are_numbered_within_their_rollout),
        TEST(test_many_targets_are_all_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
