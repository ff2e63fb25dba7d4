/*
 * Orders: from words to the core's order, how a run hears of them, and how a command gets its answer when nobody runs
 * the rollout, over a database that was written as a run writes it.
 */
#include <string.h>

#include "gatewave/app/control.h"
#include "gatewave/net/loop.h"
#include "gatewave/store/control.h"
#include "rollout/order.h"
#include "run/orders.h"
#include "run/still.h"
#include "sinks.h"
#include "view.h"

static const struct gw_rate two_a_second = {.calls = 2, .window_ms = 1000};

/* Two waves: the canary has sag-1 and its like as the store deals them, the rest what is left. */
static void begin(struct view *view)
{
    static const struct gw_cut_size size[] = {{.count = 2}, {.rest = true}};
    static const char *const name[] = {"canary", "rest"};
    const struct view_plan plan = {.inventory = "gateway_id,region,serial,model\n"
                                                "sag-1,cn-shanghai,s-1,sag-1000\n"
                                                "sag-2,cn-shanghai,s-2,sag-1000\n"
                                                "sag-3,cn-shanghai,s-3,sag-100wm\n"
                                                "sag-4,cn-shanghai,s-4,sag-100wm\n"
                                                "sag-5,cn-shanghai,s-5,sag-100wm\n",
                                   .spec = "rollout: os-2.4.0\n"
                                           "version: 2.4.0\n"
                                           "select: all\n"
                                           "waves: [{name: canary, size: 2}, {name: rest, size: rest}]\n",
                                   .size = size,
                                   .wave_name = name,
                                   .n_waves = 2};

    view_freeze(view, &plan);
    view_phase(view, GW_PHASE_RUNNING, "");
}

/* The run dies: nobody holds the lease. */
static void leave(struct view *view)
{
    gw_lease_release(view->lease);
    view->lease = NULL;
}

/* ---- words ---- */

static enum gw_code parse(struct view *view, enum gw_order_kind kind, const char *argument,
                          struct gw_order *ret)
{
    return gw_order_parse(view->session.store, view->rollout.id, two_a_second, kind, argument, ret,
                          &view->err);
}

static void words_become_orders(void **state)
{
    struct view *view = *state;
    struct gw_order order;

    begin(view);
    assert_int_equal(parse(view, GW_ORDER_PAUSE, "", &order), GW_OK);
    assert_int_equal(order.kind, GW_ORDER_PAUSE);
    assert_int_equal(order.wave, GW_NO_WAVE);
    assert_int_equal(parse(view, GW_ORDER_APPROVE, "", &order), GW_OK);
    assert_int_equal(order.wave, GW_NO_WAVE);
    assert_int_equal(parse(view, GW_ORDER_APPROVE, "canary", &order), GW_OK);
    assert_int_equal(order.wave, 0);
    assert_int_equal(parse(view, GW_ORDER_APPROVE, "rest", &order), GW_OK);
    assert_int_equal(order.wave, 1);
    assert_int_equal(parse(view, GW_ORDER_PACE, "90/m", &order), GW_OK);
    assert_int_equal(order.rate.calls, 90);
    assert_int_equal(order.rate.window_ms, 60000);
    assert_int_equal(parse(view, GW_ORDER_RESUME, "", &order), GW_OK);
    assert_int_equal(order.kind, GW_ORDER_RESUME);
    /* Whom it leaves out is not read from its words. */
    assert_int_equal(parse(view, GW_ORDER_RESUME, "model = sag-100wm", &order), GW_OK);
    assert_int_equal(order.n_without, 0);
    assert_null(order.without);
}

static void wrong_words_are_refused_with_a_sentence(void **state)
{
    static const struct {
        enum gw_order_kind kind;
        const char *argument, *sentence;
    } cases[] = {
        {GW_ORDER_APPROVE, "canari", "there is no wave canari: the waves are canary, rest"},
        {GW_ORDER_PACE, "0/s",
         "rate 0/s: must be at least one call; 0 is not unlimited, write unlimited for that"},
        {GW_ORDER_PACE, "", "rate : must be a rate, as in 2/s, 90/m, 500/h, or unlimited"},
        {GW_ORDER_PACE, "3/s",
         "rate 3/s is faster than limits.rate of the configuration, 2/s; lower it, or raise the limit and "
         "start the "
         "run anew"},
        {GW_ORDER_PACE, "unlimited",
         "rate unlimited is faster than limits.rate of the configuration, 2/s; lower it, or raise the limit "
         "and start "
         "the run anew"},
    };
    struct view *view = *state;
    struct gw_order order;

    begin(view);
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        assert_int_equal(parse(view, cases[i].kind, cases[i].argument, &order), GW_ERR_INPUT);
        assert_string_equal(view->err.text, cases[i].sentence);
    }
}

static void a_rate_may_be_as_fast_as_the_limit(void **state)
{
    static const struct gw_rate unlimited = {.calls = UINT32_MAX};
    struct view *view = *state;
    struct gw_order order;

    begin(view);
    assert_int_equal(parse(view, GW_ORDER_PACE, "2/s", &order), GW_OK);
    assert_int_equal(parse(view, GW_ORDER_PACE, "7200/h", &order), GW_OK);
    assert_int_equal(parse(view, GW_ORDER_PACE, "7300/h", &order), GW_ERR_INPUT);
    assert_int_equal(gw_order_parse(view->session.store, view->rollout.id, unlimited, GW_ORDER_PACE,
                                    "unlimited", &order, &view->err),
                     GW_OK);
    assert_int_equal(order.rate.window_ms, 0);
}

static void what_waits_is_read_in_order(void **state)
{
    struct view *view = *state;
    struct gw_order_list list = {0};
    int64_t first, second, third, fourth;

    begin(view);
    first = view_order(view, GW_ORDER_PAUSE, "", "");
    second = view_order(view, GW_ORDER_RESUME, "model = sag-1000", "");
    third = view_order(view, GW_ORDER_APPROVE, "gone", "");
    fourth = view_order(view, GW_ORDER_PACE, "1/s", "");
    view_obey(view, first, GW_SAID_PAUSED, "paused");
    assert_int_equal(
        gw_order_list_read(view->session.store, view->rollout.id, two_a_second, 0, &list, &view->err), GW_OK);
    assert_int_equal(list.n, 3);
    assert_int_equal(list.order[0].id, second);
    assert_int_equal(list.order[0].n_without, 2);
    assert_int_equal(list.order[1].id, third); /* the core answers it: it cannot be carried out */
    assert_int_equal(list.order[1].kind, GW_ORDER_NONE);
    assert_int_equal(list.order[2].id, fourth);
    assert_int_equal(list.order[2].rate.calls, 1);
    gw_order_list_release(&list);
    gw_order_list_release(&list);
    assert_int_equal(
        gw_order_list_read(view->session.store, view->rollout.id, two_a_second, third, &list, &view->err),
        GW_OK);
    assert_int_equal(list.n, 1);
    assert_int_equal(list.order[0].id, fourth);
    gw_order_list_release(&list);
}

/* ---- what a run hears ---- */

struct ear {
    struct view *view;
    struct gw_loop *loop;
    int64_t heard[8];
    uint32_t n_without;
    size_t n, until;
    uint64_t at_ms;
};

static void hear(void *user, const struct gw_event *ev)
{
    struct ear *ear = user;

    assert_int_equal(ev->kind, GW_EVENT_ORDER);
    assert_true(ear->n < GW_COUNT_OF(ear->heard));
    ear->heard[ear->n++] = ev->order.id;
    ear->n_without = ev->order.n_without;
    ear->at_ms = gw_loop_now_ms(ear->loop);
    if (ear->n == ear->until)
        gw_loop_stop(ear->loop);
}

static void stop(void *user)
{
    gw_loop_stop(user);
}

static void a_run_hears_each_order_once(void **state)
{
    struct view *view = *state;
    struct ear ear = {.view = view, .loop = gw_loop_new(), .until = 3};
    struct gw_timer *timer = gw_timer_new(ear.loop, stop, ear.loop);
    struct gw_orders *orders;
    int64_t before, after, last;
    uint64_t start_ms;

    begin(view);
    before = view_order(view, GW_ORDER_PAUSE, "", "");
    orders = gw_orders_new(ear.loop, view->database, view->rollout.id, two_a_second, hear, &ear, &view->err);
    assert_non_null(orders);
    assert_int_equal(ear.n, 1); /* before the first call of the run */
    assert_int_equal(ear.heard[0], before);
    after = view_order(view, GW_ORDER_RESUME, "all", "");
    last = view_order(view, GW_ORDER_ABORT, "", "");
    start_ms = gw_loop_now_ms(ear.loop);
    gw_timer_set(timer, start_ms + 10000);
    gw_loop_run(ear.loop);
    assert_int_equal(ear.n, 3);
    assert_int_equal(ear.heard[1], after);
    assert_int_equal(ear.heard[2], last);
    assert_true(ear.at_ms - start_ms < 1000);
    /* None of them is answered, and none comes again. */
    gw_timer_set(timer, gw_loop_now_ms(ear.loop) + 450);
    gw_loop_run(ear.loop);
    assert_int_equal(ear.n, 3);
    gw_orders_free(orders);
    gw_timer_free(timer);
    gw_loop_free(ear.loop);
}

static void a_run_without_a_database_hears_nothing(void **state)
{
    struct view *view = *state;
    struct gw_loop *loop = gw_loop_new();

    assert_null(gw_orders_new(loop, "/nowhere/fleet.db", 1, two_a_second, hear, NULL, &view->err));
    assert_int_equal(view->err.code, GW_ERR_STORE);
    gw_orders_free(NULL);
    gw_loop_free(loop);
}

/* ---- what a command does when nobody runs the rollout ---- */

struct expectation {
    enum gw_code code;
    int exit_code;
    const char *said[4]; /* or in the error */
};

static void order(struct view *view, const struct gw_control_request *request,
                  const struct expectation *expected)
{
    int exit_code = 0;
    enum gw_code code = gw_control_order(&view->session, request, &exit_code, &view->err);
    char *talk = sink_take(view->session.talk.fd);
    struct gw_buf all;

    gw_buf_init(&all, 0);
    gw_buf_addf(&all, "%s%s%s", talk, gw_buf_text(&view->session.problems), code ? view->err.text : "");
    for (size_t i = 0; i < GW_COUNT_OF(expected->said) && expected->said[i]; i++)
        if (!strstr(gw_buf_text(&all), expected->said[i]))
            assert_string_equal(gw_buf_text(&all), expected->said[i]);
    assert_int_equal(code, expected->code);
    assert_int_equal(exit_code, expected->exit_code);
    gw_buf_reset(&view->session.problems);
    gw_buf_release(&all);
    free(talk);
}

struct orders_seen {
    unsigned n, accepted;
    char by[64], reason[64], answer[GW_REASON_MAX];
};

static bool order_row(void *user, const struct gw_order_row *row)
{
    struct orders_seen *seen = user;

    seen->n++;
    seen->accepted += row->accepted;
    (void)snprintf(seen->by, sizeof(seen->by), "%s", row->by);
    (void)snprintf(seen->reason, sizeof(seen->reason), "%s", row->reason);
    (void)snprintf(seen->answer, sizeof(seen->answer), "%s", row->answer);
    return true;
}

static struct orders_seen orders_of(struct view *view)
{
    struct orders_seen seen = {0};

    assert_int_equal(
        gw_orders_each(view->session.store, view->rollout.id, false, order_row, &seen, &view->err), GW_OK);
    return seen;
}

static enum gw_phase phase_of(struct view *view)
{
    struct gw_rollout_row row;

    assert_int_equal(gw_rollout_find(view->session.store, "os-2.4.0", &row, &view->err), GW_OK);
    return row.phase;
}

static void count_of(struct view *view, uint64_t ret[GW_STATE_COUNT])
{
    assert_int_equal(gw_targets_count(view->session.store, view->rollout.id, 0, ret, &view->err), GW_OK);
}

static void pause_and_resume_without_a_run(void **state)
{
    const struct expectation paused = {.said = {"os-2.4.0: paused", "next: gatewave resume os-2.4.0\n"}};
    const struct expectation again = {.code = GW_ERR_INPUT, .said = {"refused: it is paused already"}};
    const struct expectation goes_on = {.said = {"goes on", "next: gatewave run os-2.4.0\n"}};
    struct view *view = *state;
    struct orders_seen seen;

    begin(view);
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_PAUSE, .reason = "a storm"}, &paused);
    assert_int_equal(phase_of(view), GW_PHASE_PAUSED);
    seen = orders_of(view);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.accepted, 1);
    assert_string_equal(seen.reason, "a storm");
    assert_non_null(strchr(seen.by, '@'));
    order(view, &(struct gw_control_request){.name = "os-2.4.0", .kind = GW_ORDER_PAUSE}, &again);
    assert_int_equal(phase_of(view), GW_PHASE_PAUSED);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_RESUME}, &goes_on);
    assert_int_not_equal(phase_of(view), GW_PHASE_PAUSED);
    seen = orders_of(view);
    assert_int_equal(seen.n, 2); /* what is refused anyhow is not written */
    assert_int_equal(seen.accepted, 2);
}

/* The lease is free again after each order: the next run may start. */
static void the_lease_is_given_back(void **state)
{
    const struct expectation done = {.said = {"os-2.4.0: calls at 1/s from now on"}};
    struct view *view = *state;

    begin(view);
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_PACE, .argument = "1/s"}, &done);
    assert_int_equal(gw_lease_take(view->session.store, view->rollout.id, T0, &view->lease, &view->err),
                     GW_OK);
}

/* An order that a command left behind is answered first. */
static void orders_are_answered_in_their_order(void **state)
{
    const struct expectation goes_on = {.said = {"os-2.4.0: goes on"}};
    struct view *view = *state;
    struct orders_seen seen;

    begin(view);
    leave(view);
    (void)view_order(view, GW_ORDER_PAUSE, "", "");
    order(view, &(struct gw_control_request){.kind = GW_ORDER_RESUME}, &goes_on);
    seen = orders_of(view);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.accepted, 2);
}

static void without_leaves_devices_out(void **state)
{
    const struct expectation paused = {.said = {"paused"}};
    const struct expectation fenced = {.said = {"goes on without 3 devices"}};
    struct view *view = *state;
    uint64_t count[GW_STATE_COUNT];

    begin(view);
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_PAUSE}, &paused);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_RESUME, .argument = "model = sag-100wm"},
          &fenced);
    count_of(view, count);
    assert_int_equal(count[GW_STATE_CANCELED], 3);
    assert_int_equal(count[GW_STATE_WAITING], 2);
}

static bool canceled_row(void *user, const struct gw_target_row *row)
{
    char *text = user;
    size_t len = strlen(text);

    if (row->state == GW_STATE_CANCELED)
        (void)snprintf(text + len, 64 - len, "%c", row->gateway_id[4]);
    return true;
}

/* The last letters of the gateways whose targets are canceled. */
static void check_canceled(struct view *view, const char *letters)
{
    char text[64] = "";

    assert_int_equal(
        gw_targets_each(view->session.store, view->rollout.id, false, canceled_row, text, &view->err), GW_OK);
    for (const char *p = letters; *p; p++)
        assert_non_null(strchr(text, *p));
    assert_int_equal(strlen(text), strlen(letters));
}

/* The inventory has changed its mind by the time somebody hears of the order: who was named is settled. */
static void who_is_left_out_is_settled_with_the_order(void **state)
{
    const struct expectation paced = {.said = {"os-2.4.0: calls at 1/s from now on"}};
    struct view *view = *state;
    struct gw_order_list list;

    begin(view);
    (void)view_order(view, GW_ORDER_PAUSE, "", "");
    (void)view_order(view, GW_ORDER_RESUME, "model = sag-100wm", "");
    view_import_text(view, "gateway_id,region,model\nsag-1,cn-shanghai,sag-100wm\nsag-3,cn-shanghai,sag-1\n");
    assert_int_equal(
        gw_order_list_read(view->session.store, view->rollout.id, two_a_second, 0, &list, &view->err), GW_OK);
    assert_int_equal(list.order[1].n_without, 3);
    gw_order_list_release(&list);
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_PACE, .argument = "1/s"}, &paced);
    check_canceled(view, "345");
}

/* A run died between the answer and what follows from it: the next one leaves out whom the orders named. */
static void who_was_left_out_stays_so(void **state)
{
    const struct expectation paced = {.said = {"os-2.4.0: calls at 1/s from now on"}};
    struct view *view = *state;

    begin(view);
    view_obey(view, view_order(view, GW_ORDER_RESUME, "gateway_id = sag-1", ""), GW_SAID_GOES_ON, "goes on");
    view_obey(view, view_order(view, GW_ORDER_RESUME, "model = sag-1000 or serial = s-4", ""),
              GW_SAID_GOES_ON, "goes on");
    view_obey(view, view_order(view, GW_ORDER_RESUME, "serial = s-5", ""), GW_SAID_UNREADABLE, "not now");
    view_import_text(view, "gateway_id,region,model\nsag-2,cn-shanghai,sag-1\nsag-3,cn-shanghai,sag-1000\n");
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_PACE, .argument = "1/s"}, &paced);
    check_canceled(view, "124");
}

static void abort_cancels_and_is_for_good(void **state)
{
    const struct expectation aborted = {.said = {"os-2.4.0: aborted", "next: gatewave report os-2.4.0\n"}};
    const struct expectation over = {
        .code = GW_ERR_INPUT, .said = {"rollout os-2.4.0 is aborted: there is nothing left to resume"}};
    const struct expectation none = {.code = GW_ERR_INPUT, .said = {"has no rollout under way"}};
    struct view *view = *state;
    uint64_t count[GW_STATE_COUNT];

    begin(view);
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_ABORT}, &aborted);
    count_of(view, count);
    assert_int_equal(count[GW_STATE_CANCELED], 5);
    assert_int_equal(phase_of(view), GW_PHASE_ABORTED);
    order(view, &(struct gw_control_request){.name = "os-2.4.0", .kind = GW_ORDER_RESUME}, &over);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_RESUME}, &none);
    assert_int_equal(orders_of(view).n, 1);
}

/* It ended while the order was on its way: the answer is a refusal, and nothing of it moves any more. */
static void an_order_that_comes_too_late_is_refused(void **state)
{
    struct view *view = *state;
    struct orders_seen seen;

    begin(view);
    for (uint32_t target = 0; target < 5; target++)
        view_end(view, target, GW_STATE_CANCELED, "");
    view_phase(view, GW_PHASE_FINISHED, "");
    (void)view_order(view, GW_ORDER_PAUSE, "", "");
    assert_int_equal(gw_still_answer(&view->session, view->rollout.id, "os-2.4.0", 1000, &view->err),
                     GW_ERR_BUSY);
    assert_int_equal(orders_of(view).accepted, 0);
    leave(view);
    assert_int_equal(gw_still_answer(&view->session, view->rollout.id, "os-2.4.0", 1000, &view->err), GW_OK);
    seen = orders_of(view);
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.accepted, 0);
    assert_string_equal(seen.answer, "it is finished");
    assert_int_equal(phase_of(view), GW_PHASE_FINISHED);
}

static void abort_reverts_once_nothing_is_upgrading(void **state)
{
    const struct expectation later = {
        .exit_code = 8,
        .said = {"os-2.4.0: aborted", "1 device is still upgrading", "next: gatewave rollback os-2.4.0\n"}};
    struct view *view = *state;

    begin(view);
    view_seen(view, "sag-1", "2.3.0");
    view_sign(view, "sag-1", 1, T0);
    view_answer(view, "sag-1", 1, T0 + 100, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING, "", "");
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_ABORT, .revert = true}, &later);
    assert_int_equal(phase_of(view), GW_PHASE_ABORTING);
    /* Whatever is ordered of it from now on is refused with the one reason. */
    for (int kind = GW_ORDER_PAUSE; kind <= GW_ORDER_ABORT; kind++)
        order(view, &(struct gw_control_request){.kind = (enum gw_order_kind)kind},
              &(struct expectation){.code = GW_ERR_INPUT, .said = {"refused: it is aborted: for good"}});
    assert_int_equal(orders_of(view).n, 1);
}

static void abort_of_what_called_nobody_has_nothing_to_revert(void **state)
{
    const struct expectation nothing = {.said = {"os-2.4.0: aborted",
                                                 "no device was called: there is nothing to take back",
                                                 "next: gatewave report os-2.4.0\n"}};
    struct view *view = *state;

    begin(view);
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_ABORT, .revert = true}, &nothing);
}

static void abort_that_cannot_revert_says_that_it_aborted(void **state)
{
    const struct expectation aborted = {
        .code = GW_ERR_INPUT,
        .said = {"os-2.4.0: aborted",
                 "os-2.4.0 is aborted, and not taken back: rollout os-2.4.0 has changed no device"}};
    struct view *view = *state;

    begin(view);
    view_end(view, 0, GW_STATE_FAILED, "unsuitable");
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_ABORT, .revert = true}, &aborted);
    assert_int_equal(phase_of(view), GW_PHASE_ABORTED);
}

static void what_is_seen_to_be_wrong_is_not_recorded(void **state)
{
    static const struct {
        struct gw_control_request request;
        const char *said[3];
    } cases[] = {
        {{.kind = GW_ORDER_APPROVE, .argument = "nope"}, {"there is no wave nope"}},
        {{.kind = GW_ORDER_PACE, .argument = "3/s"}, {"faster than limits.rate"}},
        {{.kind = GW_ORDER_RESUME, .argument = "model ="}, {"  model =\n         ^\n", "expected a value"}},
        {{.kind = GW_ORDER_APPROVE, .argument = ""}, {"--wave: is empty"}},
        {{.kind = GW_ORDER_APPROVE}, {"approve os-2.4.0: refused: no wave waits for an approval"}},
        {{.kind = GW_ORDER_APPROVE, .argument = "canary"},
         {"approve os-2.4.0: refused: wave canary does not wait for an approval"}},
        {{.kind = GW_ORDER_RESUME, .argument = "model = x"},
         {"resume os-2.4.0: refused: it is neither paused nor stopped by a gate"}},
    };
    struct view *view = *state;

    begin(view);
    view->session.config.limits.rate = two_a_second;
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        const struct expectation expected = {.code = GW_ERR_INPUT,
                                             .said = {cases[i].said[0], cases[i].said[1], cases[i].said[2]}};

        order(view, &cases[i].request, &expected);
    }
    order(view, &(struct gw_control_request){.name = "os-9", .kind = GW_ORDER_PAUSE},
          &(struct expectation){.code = GW_ERR_NOT_FOUND, .said = {"os-9"}});
    assert_int_equal(orders_of(view).n, 0);
}

/* What stopped at a refused request waits for no order: it is to be run. */
static void a_resume_of_what_only_nobody_runs_names_the_run(void **state)
{
    struct view *view = *state;

    begin(view);
    view_phase(view, GW_PHASE_WAITING, "the credentials were refused");
    gw_lease_release(view->lease);
    view->lease = NULL;
    order(view, &(struct gw_control_request){.kind = GW_ORDER_RESUME},
          &(struct expectation){
              .code = GW_ERR_INPUT,
              .said = {"resume os-2.4.0: refused: it is neither paused nor stopped by a gate, and no "
                       "process runs it: `gatewave run os-2.4.0` goes on"}});
    assert_int_equal(orders_of(view).n, 0);
}

static void who_leaves_out_nobody_is_told_so(void **state)
{
    struct view *view = *state;

    begin(view);
    leave(view);
    order(view, &(struct gw_control_request){.kind = GW_ORDER_PAUSE},
          &(struct expectation){.said = {"os-2.4.0: paused"}});
    order(view, &(struct gw_control_request){.kind = GW_ORDER_RESUME, .argument = "model = x"},
          &(struct expectation){.code = GW_ERR_INPUT,
                                .said = {"no device of rollout os-2.4.0 is left out by `model = x`"}});
    assert_int_equal(orders_of(view).n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(words_become_orders),
        VIEW(wrong_words_are_refused_with_a_sentence),
        VIEW(a_rate_may_be_as_fast_as_the_limit),
        VIEW(what_waits_is_read_in_order),
        VIEW(a_run_hears_each_order_once),
        VIEW(a_run_without_a_database_hears_nothing),
        VIEW(pause_and_resume_without_a_run),
        VIEW(the_lease_is_given_back),
        VIEW(orders_are_answered_in_their_order),
        VIEW(without_leaves_devices_out),
        VIEW(who_is_left_out_is_settled_with_the_order),
        VIEW(who_was_left_out_stays_so),
        VIEW(abort_cancels_and_is_for_good),
        VIEW(an_order_that_comes_too_late_is_refused),
        VIEW(abort_reverts_once_nothing_is_upgrading),
        VIEW(abort_of_what_called_nobody_has_nothing_to_revert),
        VIEW(abort_that_cannot_revert_says_that_it_aborted),
        VIEW(what_is_seen_to_be_wrong_is_not_recorded),
        VIEW(a_resume_of_what_only_nobody_runs_names_the_run),
        VIEW(who_leaves_out_nobody_is_told_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
