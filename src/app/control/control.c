/*
 * Orders, from the command's side. What can be seen to be wrong is refused before a byte is written; the rest is the
 * rollout's to judge, for only its machine knows what is true at that moment. The command and a run may race for the
 * lease: whoever has it answers, and an order is answered once.
 */
#include "gatewave/app/control.h"

#include "gatewave/app/exit.h"
#include "gatewave/base/text.h"
#include "gatewave/core/record.h"
#include "gatewave/net/loop.h"
#include "gatewave/store/control.h"
#include "gatewave/store/rollout.h"

#include "again.h"
#include "clock.h"
#include "figures.h"
#include "rollout/freeze.h"
#include "rollout/order.h"
#include "run/still.h"
#include "tell/foresee.h"
#include "tell/summary.h"

#define LOOK_EVERY_MS  50
#define LEASE_EVERY_MS 250

struct gw_control;

/* One look; *ret_done when there is nothing more to wait for. */
typedef enum gw_code gw_control_look(struct gw_control *control, uint64_t now_ms, bool *ret_done,
                                     struct gw_err *err);

struct gw_control {
    struct gw_session *session;
    const struct gw_control_request *request;
    struct gw_rollout_row row;
    int64_t order;
    bool answered, accepted, by_runner;
    char answer[GW_REASON_MAX];
    struct gw_err busy;                  /* who held the lease when it was last asked for */
    uint64_t lease_ms;                   /* when it is asked for again */
    uint64_t waiting, under_way, called; /* targets of a rollout that is to be taken back */
    struct gw_loop *loop;
    struct gw_timer *timer;
    gw_control_look *look;
    uint64_t end_ms;
    enum gw_code code;
    struct gw_err *err;
};

/* ---- waiting ---- */

static void gw_control_tick(void *user)
{
    struct gw_control *control = user;
    uint64_t now_ms = gw_loop_now_ms(control->loop);
    bool done = false;

    control->code = control->look(control, now_ms, &done, control->err);
    if (done || control->code != GW_OK || now_ms >= control->end_ms)
        gw_loop_stop(control->loop);
    else
        gw_timer_set(control->timer, now_ms + LOOK_EVERY_MS);
}

/* Looks again and again until there is no need to, or the patience is over. */
static enum gw_code gw_control_poll(struct gw_control *control, gw_control_look *look, struct gw_err *err)
{
    control->loop = gw_loop_new();
    control->timer = gw_timer_new(control->loop, gw_control_tick, control);
    control->look = look;
    control->err = err;
    control->end_ms = gw_loop_now_ms(control->loop) + GW_CONTROL_PATIENCE_MS;
    gw_timer_set(control->timer, gw_loop_now_ms(control->loop));
    gw_loop_run(control->loop);
    gw_timer_free(control->timer);
    gw_loop_free(control->loop);
    return control->code;
}

/* ---- which rollout ---- */

static bool gw_control_is_over(const struct gw_rollout_row *row)
{
    return row->phase == GW_PHASE_FINISHED || row->phase == GW_PHASE_ABORTED;
}

/* What somebody who names no rollout means, the likeliest last. */
enum gw_control_claim {
    GW_CONTROL_DRAFT, /* nobody ever ran it */
    GW_CONTROL_BEGUN,
    GW_CONTROL_RUNS, /* in a process, just now */
};

struct gw_control_open {
    struct gw_store *store;
    enum gw_order_kind kind;
    enum gw_control_claim claim; /* of those that are named */
    struct gw_rollout_row row;
    unsigned n;
    struct gw_buf names;
};

static enum gw_control_claim gw_control_claim(const struct gw_control_open *open,
                                              const struct gw_rollout_row *row)
{
    bool held = false;

    if (row->started_unix_ms == 0)
        return GW_CONTROL_DRAFT;
    /* What is for good, or lets something go, is never given to one of two because it happens to run. */
    if (open->kind != GW_ORDER_PAUSE && open->kind != GW_ORDER_PACE)
        return GW_CONTROL_BEGUN;
    return gw_lease_is_held(open->store, row->id, &held, NULL) == GW_OK && held ? GW_CONTROL_RUNS
                                                                                : GW_CONTROL_BEGUN;
}

static bool gw_control_open_row(void *user, const struct gw_rollout_row *row)
{
    struct gw_control_open *open = user;
    enum gw_control_claim claim;

    if (gw_control_is_over(row))
        return true;
    claim = gw_control_claim(open, row);
    if (claim > open->claim) {
        open->claim = claim;
        open->n = 0;
        gw_buf_reset(&open->names);
    }
    if (claim < open->claim)
        return true;
    open->row = *row;
    gw_buf_addf(&open->names, "%s%s", open->n++ ? ", " : "", row->name);
    return true;
}

/* The only one that was begun and is not over, or the only draft; of a pause or a pace, the one that runs before these. */
static enum gw_code gw_control_find_open(struct gw_control *control, struct gw_err *err)
{
    struct gw_session *session = control->session;
    struct gw_control_open open = {.store = session->store, .kind = control->request->kind};
    enum gw_code code;

    gw_buf_init(&open.names, GW_ERR_TEXT_MAX / 2);
    code = gw_rollouts_each(session->store, gw_control_open_row, &open, err);
    if (code == GW_OK && open.n == 0)
        code = gw_err_set(err, GW_ERR_INPUT, "%s has no rollout under way", gw_store_file(session->store));
    else if (code == GW_OK && open.n > 1)
        code = gw_err_set(err, GW_ERR_INPUT, "%u rollouts are under way, say which: %s", open.n,
                          gw_buf_text(&open.names));
    control->row = open.row;
    gw_buf_release(&open.names);
    return code;
}

static enum gw_code gw_control_find(struct gw_control *control, struct gw_err *err)
{
    const char *verb = gw_order_name(control->request->kind);
    enum gw_code code;

    if (!control->request->name)
        return gw_control_find_open(control, err);
    code = gw_summary_rollout(control->session, control->request->name, &control->row, err);
    if (code != GW_OK || !gw_control_is_over(&control->row))
        return code;
    return gw_err_set(err, GW_ERR_INPUT, "rollout %s is %s: there is nothing left to %s%s%s",
                      control->row.name, gw_phase_name(control->row.phase), verb,
                      control->request->revert ? "; take it back with gatewave rollback " : "",
                      control->request->revert ? control->row.name : "");
}

/* ---- the order ---- */

/* *ret_without is written when the order leaves devices out. */
static enum gw_code gw_control_check(struct gw_control *control, struct gw_select *ret_without,
                                     struct gw_err *err)
{
    const struct gw_control_request *request = control->request;
    struct gw_session *session = control->session;
    struct gw_order order;
    enum gw_code code;

    if (request->kind == GW_ORDER_APPROVE && request->argument && request->argument[0] == '\0')
        return gw_err_set(err, GW_ERR_INPUT, "--wave: is empty; name the wave, or leave --wave away");

    /* With a caret where it is wrong; an empty one, which would leave out nobody, is wrong, too. */
    if (request->kind == GW_ORDER_RESUME && request->argument)
        code = gw_session_select(session, request->argument, ret_without, err);
    else
        code = gw_order_parse(session->store, control->row.id, session->config.limits.rate, request->kind,
                              request->argument ? request->argument : "", &order, err);
    return code == GW_OK ? gw_foresee(session->store, &control->row, request->kind, request->argument, err)
                         : code;
}

static enum gw_code gw_control_add(struct gw_control *control, struct gw_err *err)
{
    const struct gw_control_request *request = control->request;
    struct gw_select without;
    char by[GW_BY_SIZE];
    struct gw_order_new new_ = {
        .kind = request->kind,
        .argument = request->argument ? request->argument : "",
        .by = by,
        .reason = request->reason ? request->reason : "",
        .now_unix_ms = gw_clock_unix_ms(),
    };
    enum gw_code code = gw_control_check(control, &without, err);

    if (code != GW_OK)
        return code;
    if (request->kind == GW_ORDER_RESUME && request->argument)
        new_.without = &without;
    gw_freeze_by(by);
    code = gw_order_add(control->session->store, control->row.id, &new_, &control->order, err);
    if (code == GW_ERR_NOT_FOUND)
        return gw_err_set(err, GW_ERR_INPUT, "no device of rollout %s is left out by `%s`", control->row.name,
                          new_.argument);
    return code;
}

/* ---- the answer ---- */

static bool gw_control_answer_row(void *user, const struct gw_order_row *row)
{
    struct gw_control *control = user;

    if (row->id != control->order)
        return true;
    control->answered = row->answered_unix_ms != 0;
    control->accepted = row->accepted;
    (void)gw_text_copy(control->answer, sizeof(control->answer), row->answer ? row->answer : "");
    return false;
}

/* Has somebody answered? Where nobody can, we do, and the next look finds it. */
static enum gw_code gw_control_look_answer(struct gw_control *control, uint64_t now_ms, bool *ret_done,
                                           struct gw_err *err)
{
    struct gw_session *session = control->session;
    enum gw_code code =
        gw_orders_each(session->store, control->row.id, false, gw_control_answer_row, control, err);

    *ret_done = control->answered;
    if (code != GW_OK || control->answered || now_ms < control->lease_ms)
        return code;
    control->lease_ms = now_ms + LEASE_EVERY_MS;
    code = gw_still_answer(session, control->row.id, control->row.name, now_ms, &control->busy);
    control->by_runner = code == GW_ERR_BUSY;
    if (code == GW_OK || code == GW_ERR_BUSY)
        return GW_OK;
    *err = control->busy;
    return gw_err_prefix(err, "the order is recorded, and not carried out yet");
}

static void gw_control_say_open(const struct gw_control *control, int *ret_exit)
{
    gw_session_say(
        control->session,
        "%s %s: the order is recorded, and nobody has answered within %u s; whoever runs the rollout "
        "next does (%s)",
        gw_order_name(control->request->kind), control->row.name, GW_CONTROL_PATIENCE_MS / 1000,
        control->busy.text);
    gw_session_next(control->session, "status %s", control->row.name);
    *ret_exit = GW_EXIT_WAITS;
}

/* False: devices are under way, and no run is there to see what becomes of them. */
static bool gw_control_is_watched(const struct gw_control *control)
{
    uint64_t count[GW_STATE_COUNT];

    return gw_targets_count(control->session->store, control->row.id, 0, count, NULL) != GW_OK ||
           count[GW_STATE_IN_FLIGHT] + count[GW_STATE_UPGRADING] + count[GW_STATE_IN_DOUBT] == 0;
}

static void gw_control_next(const struct gw_control *control)
{
    const char *name = control->row.name;

    switch (control->request->kind) {
    case GW_ORDER_PAUSE:
        gw_session_next(control->session, "resume %s", name);
        break;
    case GW_ORDER_ABORT:
        gw_session_next(control->session,
                        control->by_runner               ? "status %s"
                        : gw_control_is_watched(control) ? "report %s"
                                                         : "run %s",
                        name);
        break;
    case GW_ORDER_RESUME:
    case GW_ORDER_APPROVE:
    case GW_ORDER_PACE:
    case GW_ORDER_NONE:
        gw_session_next(control->session, control->by_runner ? "status %s" : "run %s", name);
        break;
    }
}

/* ---- abort, and back ---- */

/* What waits is being canceled just now; what is under way takes longer than a person likes to sit there. */
static enum gw_code gw_control_look_open(struct gw_control *control, uint64_t now_ms, bool *ret_done,
                                         struct gw_err *err)
{
    uint64_t count[GW_STATE_COUNT];
    enum gw_code code = gw_targets_count(control->session->store, control->row.id, 0, count, err);

    (void)now_ms;
    if (code != GW_OK)
        return code;
    control->waiting = count[GW_STATE_WAITING];
    control->under_way = count[GW_STATE_IN_FLIGHT] + count[GW_STATE_UPGRADING] + count[GW_STATE_IN_DOUBT];
    control->called = count[GW_STATE_SUCCEEDED] + count[GW_STATE_FAILED] + count[GW_STATE_UNRESOLVED];
    *ret_done = control->waiting == 0 || control->under_way > 0;
    return GW_OK;
}

/* What was aborted may be taken back once nothing of it can change any more. */
static enum gw_code gw_control_revert(struct gw_control *control, int *ret_exit, struct gw_err *err)
{
    struct gw_rollback_request back = {.name = control->row.name, .reason = control->request->reason};
    struct gw_buf devices;
    enum gw_code code = gw_control_poll(control, gw_control_look_open, err);

    if (code != GW_OK)
        return code;
    if (control->waiting + control->under_way + control->called == 0) {
        gw_session_say(control->session, "no device was called: there is nothing to take back");
        gw_session_next(control->session, "report %s", control->row.name);
        return GW_OK;
    }
    if (control->waiting + control->under_way == 0) {
        code = gw_rollback(control->session, &back, err);
        return code == GW_OK ? code
                             : gw_err_prefix(err, "%s is aborted, and not taken back", control->row.name);
    }
    gw_buf_init(&devices, 0);
    gw_figure_of(&devices, control->under_way, "device is", "devices are");
    gw_session_say(control->session,
                   "%s still upgrading: what was changed is taken back when that has ended%s",
                   gw_buf_text(&devices), control->by_runner ? "" : ", which a run sees to");
    gw_buf_release(&devices);
    if (!control->by_runner)
        gw_session_next(control->session, "run %s", control->row.name);
    gw_session_next(control->session, "rollback %s", control->row.name);
    *ret_exit = GW_EXIT_WAITS;
    return GW_OK;
}

static enum gw_code gw_control_give(struct gw_control *control, int *ret_exit, struct gw_err *err)
{
    const char *verb = gw_order_name(control->request->kind);
    enum gw_code code = gw_control_find(control, err);

    if (code == GW_OK)
        code = gw_control_add(control, err);
    if (code == GW_OK)
        code = gw_control_poll(control, gw_control_look_answer, err);
    if (code != GW_OK)
        return code;
    if (!control->answered) {
        gw_control_say_open(control, ret_exit);
        return GW_OK;
    }
    if (!control->accepted)
        return gw_err_set(err, GW_ERR_INPUT, "%s %s: refused: %s", verb, control->row.name, control->answer);
    gw_session_say(control->session, "%s: %s", control->row.name, control->answer);
    if (control->request->revert)
        return gw_control_revert(control, ret_exit, err);
    gw_control_next(control);
    return GW_OK;
}

enum gw_code gw_control_order(struct gw_session *session, const struct gw_control_request *request,
                              int *ret_exit, struct gw_err *err)
{
    struct gw_control control = {.session = session, .request = request};
    enum gw_code code = gw_again_open(session, err);

    return code == GW_OK ? gw_control_give(&control, ret_exit, err) : code;
}
