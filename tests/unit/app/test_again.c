/*
 * Retry and rollback: which devices a new rollout is for, what it is called, and who stays as they are and why, over a
 * database in which a rollout has come to its end.
 */
#include <string.h>

#include "gatewave/app/control.h"
#include "gatewave/conf/spec.h"
#include "gatewave/store/night.h"
#include "sinks.h"
#include "view.h"

static const char inventory[] = "gateway_id,region,serial,ha_role,version,model\n"
                                "sag-1,cn-shanghai,s-1,,2.3.0,sag-1000\n"
                                "sag-2,cn-shanghai,s-2,,2.3.1,sag-1000\n"
                                "sag-3,cn-shanghai,s-3a,active,2.3.0,sag-1000\n"
                                "sag-3,cn-shanghai,s-3b,standby,2.3.0,sag-1000\n"
                                "sag-4,cn-shanghai,s-4,,2.3.0,sag-100wm\n"
                                "sag-5,cn-shanghai,s-5,,2.3.0,sag-100wm\n"
                                "sag-6,cn-shanghai,s-6,,2.4.0,sag-100wm\n";

static void begin_with(struct view *view, const char *keys)
{
    struct gw_buf spec;

    gw_buf_init(&spec, 0);
    gw_buf_addf(&spec, "rollout: os-2.4.0\nversion: 2.4.0\nselect: all\nretry: {attempts: 7}\n%s", keys);
    view_freeze(view, &(struct view_plan){.inventory = inventory, .spec = gw_buf_text(&spec)});
    view_phase(view, GW_PHASE_RUNNING, "");
    gw_buf_release(&spec);
}

/* A target that was called, and what became of it. */
static void ended(struct view *view, uint32_t target, const char *before, enum gw_state state,
                  const char *code)
{
    struct gw_record seen = {
        .kind = GW_RECORD_SEEN, .target = target, .state = GW_STATE_WAITING, .at_unix_ms = T0};
    struct gw_record intent = {.kind = GW_RECORD_INTENT,
                               .target = target,
                               .attempt = 1,
                               .state = GW_STATE_IN_FLIGHT,
                               .at_unix_ms = T0,
                               .signed_unix_ms = T0,
                               .fence_unix_ms = T0 + 1020000};
    struct gw_record answer = {.kind = GW_RECORD_ANSWER,
                               .target = target,
                               .attempt = 1,
                               .charged = 1,
                               .state = GW_STATE_UPGRADING,
                               .at_unix_ms = T0 + 10,
                               .answer = {.proof = GW_PROOF_ACCEPTED, .http_status = 200}};

    (void)snprintf(seen.version, sizeof(seen.version), "%s", before);
    (void)snprintf(intent.nonce, sizeof(intent.nonce), "%08x%024x", target, (unsigned)view->rollout.id);
    if (before[0])
        view_commit(view, &seen);
    view_commit(view, &intent);
    view_commit(view, &answer);
    view_end(view, target, state, code);
}

static void finish(struct view *view)
{
    view_phase(view, GW_PHASE_FINISHED, "");
    gw_lease_release(view->lease);
    view->lease = NULL;
}

/* sag-1 and sag-2 got there, the pair did, sag-4 is stuck, sag-5 was offline, sag-6 was there already. */
static void night(struct view *view)
{
    uint32_t pair = view_number_of(view, "sag-3"); /* the later one of the two */

    ended(view, view_number_of(view, "sag-1"), "2.3.0", GW_STATE_SUCCEEDED, "");
    ended(view, view_number_of(view, "sag-2"), "2.3.1", GW_STATE_SUCCEEDED, "");
    ended(view, pair - 1, "2.3.0", GW_STATE_SUCCEEDED, "");
    ended(view, pair, "2.3.0", GW_STATE_SUCCEEDED, "");
    ended(view, view_number_of(view, "sag-4"), "2.3.0", GW_STATE_FAILED, "stuck");
    view_end(view, view_number_of(view, "sag-5"), GW_STATE_DEFERRED, "offline");
    view_end(view, view_number_of(view, "sag-6"), GW_STATE_SKIPPED, "at_version");
    finish(view);
}

/* ---- what a new rollout has ---- */

struct members {
    char text[256];
};

static bool member_row(void *user, const struct gw_target_row *row)
{
    struct members *members = user;
    size_t len = strlen(members->text);

    (void)snprintf(members->text + len, sizeof(members->text) - len, "%s ", row->serial);
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The serials of a rollout's targets, sorted. */
static void check_members(struct view *view, const char *name, const char *expected)
{
    struct members members = {.text = ""};
    struct gw_rollout_row row;
    struct gw_buf sorted;
    char *serial[16], *rest = members.text;
    size_t n = 0;

    if (gw_rollout_find(view->session.store, name, &row, &view->err))
        fail_msg("%s", view->err.text);
    assert_int_equal(gw_targets_each(view->session.store, row.id, false, member_row, &members, &view->err),
                     GW_OK);
    for (char *word = strtok_r(rest, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        serial[n++] = word;
    qsort(serial, n, sizeof(*serial), by_text);
    gw_buf_init(&sorted, 0);
    for (size_t i = 0; i < n; i++)
        gw_buf_addf(&sorted, "%s%s", i ? " " : "", serial[i]);
    assert_string_equal(gw_buf_text(&sorted), expected);
    gw_buf_release(&sorted);
}

/* The frozen spec's text; free it. */
static char *spec_text(struct view *view, const char *name)
{
    struct gw_rollout_row row;
    char *text;

    assert_int_equal(gw_rollout_find(view->session.store, name, &row, &view->err), GW_OK);
    assert_int_equal(gw_rollout_spec(view->session.store, row.id, &text, &view->err), GW_OK);
    return text;
}

static void check_spec(struct view *view, const char *name, const char *const *texts)
{
    char *text = spec_text(view, name);

    for (; *texts; texts++)
        if (!strstr(text, *texts))
            assert_string_equal(text, *texts);
    free(text);
}
#define SPEC(view, name, ...) check_spec(view, name, (const char *const[]){__VA_ARGS__, NULL})

static bool count_row(void *user, const struct gw_rollout_row *row)
{
    (void)row;
    ++*(unsigned *)user;
    return true;
}

static unsigned rollouts_of(struct view *view)
{
    unsigned n = 0;

    assert_int_equal(gw_rollouts_each(view->session.store, count_row, &n, &view->err), GW_OK);
    return n;
}

static void said(struct view *view, const char *const *texts)
{
    char *talk = sink_take(view->session.talk.fd);

    for (; *texts; texts++)
        if (!strstr(talk, *texts))
            assert_string_equal(talk, *texts);
    free(talk);
}
#define SAID(view, ...) said(view, (const char *const[]){__VA_ARGS__, NULL})

static void hold(struct view *view, const char *gateway_id)
{
    const struct gw_hold_row row = {.gateway_id = gateway_id,
                                    .reason = "inventory",
                                    .by = "ann@desk",
                                    .at_unix_ms = T0,
                                    .until_unix_ms = T0 + INT64_C(3155760000000)};

    if (gw_hold_add(view->session.store, &row, &view->err))
        fail_msg("%s", view->err.text);
}

/* Jobs that go on for hours talk on stderr itself: it is caught from here to its release. */
struct caught {
    int own, sink;
};

static void take_stderr(struct caught *caught)
{
    caught->own = dup(STDERR_FILENO);
    caught->sink = sink_open();
    assert_true(caught->own >= 0 && dup2(caught->sink, STDERR_FILENO) == STDERR_FILENO);
}

static void check_caught(struct caught *caught, const char *expected)
{
    char *text = sink_take(caught->sink);

    assert_int_equal(dup2(caught->own, STDERR_FILENO), STDERR_FILENO);
    close(caught->own);
    close(caught->sink);
    assert_string_equal(text, expected);
    free(text);
}

/* ---- retry ---- */

static enum gw_code retry(struct view *view, const char *only, const char *code, const char *name)
{
    const struct gw_retry_request request = {
        .name = "os-2.4.0", .only = only, .code = code, .new_name = name};

    return gw_retry(&view->session, &request, &view->err);
}

static void retry_takes_what_did_not_get_there(void **state)
{
    struct view *view = *state;

    begin_with(view, "");
    night(view);
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_OK);
    PRINTED(view, "os-2.4.0.retry-1  2.4.0");
    SAID(view, "next: gatewave run os-2.4.0.retry-1\n");
    check_members(view, "os-2.4.0.retry-1", "s-4 s-5");
    SPEC(view, "os-2.4.0.retry-1",
         "select: \"outcome.os-2.4.0 in (failed, deferred, unresolved, relapsed)\"\n",
         "retry: {attempts: 7, ",
         "# tries again what ended failed,unresolved,deferred,relapsed in os-2.4.0\n");
    assert_int_equal(retry(view, "failed", NULL, NULL), GW_OK);
    check_members(view, "os-2.4.0.retry-2", "s-4");
    assert_int_equal(retry(view, NULL, "offline", "again"), GW_OK);
    check_members(view, "again", "s-5");
    SPEC(view, "again", "select: \"code.os-2.4.0 = 'offline'\"\n");
}

/* At the version once, and not well when its wave had soaked: a retry takes it up, a rollback takes it back. */
static void who_relapsed_is_tried_again(void **state)
{
    struct view *view = *state;
    struct gw_record relapse = {.kind = GW_RECORD_RELAPSED, .version = "2.3.0", .at_unix_ms = T0 + 90000};

    begin_with(view, "");
    relapse.target = view_number_of(view, "sag-2");
    ended(view, relapse.target, "2.3.1", GW_STATE_SUCCEEDED, "");
    view_commit(view, &relapse);
    for (uint32_t target = 0; target < 7; target++)
        if (target != relapse.target)
            view_end(view, target, GW_STATE_SKIPPED, "at_version");
    finish(view);
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_OK);
    check_members(view, "os-2.4.0.retry-1", "s-2");
    SPEC(view, "os-2.4.0.retry-1",
         "select: \"outcome.os-2.4.0 in (failed, deferred, unresolved, relapsed)\"\n");
    assert_int_equal(retry(view, "relapsed", NULL, NULL), GW_OK);
    check_members(view, "os-2.4.0.retry-2", "s-2");
    SPEC(view, "os-2.4.0.retry-2", "select: \"outcome.os-2.4.0 in (relapsed)\"\n");
    assert_int_equal(retry(view, "failed", NULL, NULL), GW_ERR_INPUT);
    free(sink_take(view->session.talk.fd));
}

static void who_relapsed_goes_back(void **state)
{
    struct view *view = *state;
    struct gw_record relapse = {.kind = GW_RECORD_RELAPSED, .at_unix_ms = T0 + 90000};

    begin_with(view, "");
    relapse.target = view_number_of(view, "sag-2");
    ended(view, relapse.target, "2.3.1", GW_STATE_SUCCEEDED, "");
    view_commit(view, &relapse);
    for (uint32_t target = 0; target < 7; target++)
        if (target != relapse.target)
            view_end(view, target, GW_STATE_SKIPPED, "at_version");
    finish(view);
    assert_int_equal(
        gw_rollback(&view->session, &(struct gw_rollback_request){.name = "os-2.4.0"}, &view->err), GW_OK);
    check_members(view, "os-2.4.0.back-to-2.3.1", "s-2");
}

/* What a frozen retry says is what a run of it reads. */
static void a_retry_reads_back(void **state)
{
    struct view *view = *state;
    struct gw_spec *spec = gw_mem_new(1, sizeof(*spec));
    struct gw_buf problems;
    char *text;

    begin_with(view, "waves: [{name: canary, size: 1}, {name: rest, size: rest}]\n");
    night(view);
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_OK);
    text = spec_text(view, "os-2.4.0.retry-1");
    gw_buf_init(&problems, 0);
    assert_int_equal(gw_spec_parse(text, strlen(text), "x", spec, &problems, &view->err), GW_OK);
    assert_string_equal(spec->name, "os-2.4.0.retry-1");
    assert_int_equal(spec->n_waves, 2); /* two units: they fit */
    assert_int_equal(spec->attempts, 7);
    gw_spec_release(spec);
    gw_buf_release(&problems);
    free(spec);
    free(text);
}

static void waves_that_do_not_fit_are_left_out(void **state)
{
    struct view *view = *state;

    begin_with(view, "waves: [{name: canary, size: 4}, {name: rest, size: rest}]\n");
    night(view);
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_OK);
    SAID(view, "its waves do not fit so few devices: os-2.4.0.retry-1 goes without them\n");
    check_members(view, "os-2.4.0.retry-1", "s-4 s-5");
}

static void a_retry_of_a_retry_is_numbered_on(void **state)
{
    struct view *view = *state;
    const struct gw_retry_request again = {.name = "os-2.4.0.retry-1"};

    begin_with(view, "");
    night(view);
    assert_int_equal(retry(view, "failed", NULL, NULL), GW_OK);
    assert_int_equal(gw_rollout_find(view->session.store, "os-2.4.0.retry-1", &view->rollout, &view->err),
                     GW_OK);
    assert_int_equal(gw_lease_take(view->session.store, view->rollout.id, T0, &view->lease, &view->err),
                     GW_OK);
    view_wave(view, 1, GW_PHASE_RUNNING, 0);
    ended(view, 0, "2.3.0", GW_STATE_FAILED, "stuck");
    finish(view);
    assert_int_equal(gw_retry(&view->session, &again, &view->err), GW_OK);
    check_members(view, "os-2.4.0.retry-2", "s-4");
    SPEC(view, "os-2.4.0.retry-2", "outcome.os-2.4.0.retry-1 in (");
}

/* Whom a person has put on hold is left out, and nobody is left to wonder where they are. */
static void a_retry_says_how_many_are_on_hold(void **state)
{
    struct view *view = *state;
    struct caught caught;

    begin_with(view, "");
    night(view);
    hold(view, "sag-4");
    take_stderr(&caught);
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_OK);
    check_caught(&caught,
                 "not called, for their gateways are on hold: 1 device (`gatewave hold` lists them)\n");
    check_members(view, "os-2.4.0.retry-1", "s-5");
}

static void a_retry_that_makes_no_sense_is_refused(void **state)
{
    static const struct {
        const char *only, *code, *name, *sentence;
    } cases[] = {
        {"canceled", NULL, NULL,
         "nothing to try again: no device of rollout os-2.4.0 ended as one of canceled"},
        {"failed,succeeded", NULL, NULL,
         "--only failed,succeeded: `succeeded` is none of failed, unresolved, deferred, relapsed, canceled"},
        {"", NULL, NULL, "--only : `` is none of failed, unresolved, deferred, relapsed, canceled"},
        {"failed,", NULL, NULL,
         "--only failed,: `` is none of failed, unresolved, deferred, relapsed, canceled"},
        {NULL, "NotBoundCCN", NULL,
         "nothing to try again: no device of rollout os-2.4.0 ended with NotBoundCCN; its codes are: "
         "offline, stuck"},
        {NULL, NULL, "os-2.4.0", "rollout os-2.4.0: the name is taken; name the new one differently"},
    };
    struct view *view = *state;

    begin_with(view, "");
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_ERR_INPUT);
    assert_string_equal(view->err.text,
                        "rollout os-2.4.0 is not over: 7 devices wait; run it to its end, or abort it first");
    night(view);
    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        assert_int_equal(retry(view, cases[i].only, cases[i].code, cases[i].name), GW_ERR_INPUT);
        assert_string_equal(view->err.text, cases[i].sentence);
    }
    assert_int_equal(retry(view, NULL, NULL, "a b"), GW_ERR_INPUT);
    assert_int_equal(rollouts_of(view), 1);
}

/* ---- rollback ---- */

static enum gw_code rollback(struct view *view, const char *name, const char *reason, bool at_once)
{
    const struct gw_rollback_request request = {.name = name, .reason = reason, .at_once = at_once};

    return gw_rollback(&view->session, &request, &view->err);
}

static void each_version_before_gets_a_rollout(void **state)
{
    struct view *view = *state;

    begin_with(view, "waves: [{name: canary, size: 1, approve: true}, {name: rest, size: rest}]\n"
                     "window: {between: \"01:00-05:00\", zone: Europe/Berlin}\n");
    night(view);
    assert_int_equal(rollback(view, "os-2.4.0", "drops\nVPNs", false), GW_OK);
    PRINTED(view, "os-2.4.0.back-to-2.3.0  2.3.0          4  os-2.4.0\n",
            "os-2.4.0.back-to-2.3.1  2.3.1          1  os-2.4.0\n");
    SAID(view, "the window of os-2.4.0 holds", "next: gatewave run os-2.4.0.back-to-2.3.0\n");
    check_members(view, "os-2.4.0.back-to-2.3.0", "s-1 s-3a s-3b s-4"); /* who is stuck may have changed */
    check_members(view, "os-2.4.0.back-to-2.3.1", "s-2");
    SPEC(view, "os-2.4.0.back-to-2.3.0",
         "# takes back what os-2.4.0 changed: drops\\x0aVPNs\nrollout: ", "\nversion: \"2.3.0\"\n",
         "\ndowngrade: true\n", "waves:\n  - {name: \"all\", size: rest, soak: 0s, approve: false}\n",
         "attempts: 7", "window: {between: \"01:00-05:00\"");
    assert_int_equal(rollouts_of(view), 3);
}

static void at_once_is_without_the_window(void **state)
{
    struct view *view = *state;
    char *text;

    begin_with(view, "window: {between: \"01:00-05:00\", zone: Europe/Berlin}\n");
    night(view);
    assert_int_equal(rollback(view, "os-2.4.0", NULL, true), GW_OK);
    text = spec_text(view, "os-2.4.0.back-to-2.3.1");
    assert_null(strstr(text, "window"));
    assert_non_null(strstr(text, "# takes back what os-2.4.0 changed\n"));
    free(text);
}

static void who_cannot_go_back_is_named_with_the_reason(void **state)
{
    struct view *view = *state;
    uint32_t pair;

    begin_with(view, "");
    pair = view_number_of(view, "sag-3");
    ended(view, view_number_of(view, "sag-1"), "2.3.0", GW_STATE_SUCCEEDED, "");
    ended(view, view_number_of(view, "sag-2"), "", GW_STATE_SUCCEEDED, "");
    ended(view, pair - 1, "2.3.0", GW_STATE_SUCCEEDED, "");
    ended(view, pair, "2.3.1", GW_STATE_SUCCEEDED, "");
    ended(view, view_number_of(view, "sag-4"), "2.3.0", GW_STATE_UNRESOLVED, "unproven");
    ended(view, view_number_of(view, "sag-5"), "2.3.0", GW_STATE_FAILED, "NotBoundCCN");
    view_end(view, view_number_of(view, "sag-6"), GW_STATE_SKIPPED, "at_version");
    finish(view);
    /* Since then somebody has brought it elsewhere. */
    view_import_text(view, "gateway_id,region,serial,version\nsag-4,cn-shanghai,s-4,2.5.0\n");
    free(sink_take(view->session.talk.fd));
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    SAID(view, "3 of the 4 gateways that os-2.4.0 changed stay as they are:\n",
         "  sag-2: no read told what it ran before\n",
         "  sag-3: its two devices ran different versions before, 2.3.0 and 2.3.1\n",
         "  sag-4: the inventory has it at 2.5.0\n");
    check_members(view, "os-2.4.0.back-to-2.3.0", "s-1");
    SPEC(view, "os-2.4.0.back-to-2.3.0", "and not gateway_id in ('sag-3', 'sag-4')");
    assert_int_equal(rollouts_of(view), 2); /* nobody else ran 2.3.1 */
}

static void who_is_on_hold_stays_and_is_named(void **state)
{
    struct view *view = *state;
    struct caught caught;

    begin_with(view, "");
    night(view);
    hold(view, "sag-3");
    hold(view, "sag-5"); /* which the rollout has not changed */
    take_stderr(&caught);
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    check_caught(&caught,
                 "not called, for their gateways are on hold: 2 devices (`gatewave hold` lists them)\n");
    SAID(view, "1 of the 4 gateways that os-2.4.0 changed stay as they are:\n  sag-3: on hold\nnext: ");
    check_members(view, "os-2.4.0.back-to-2.3.0", "s-1 s-4");
    check_members(view, "os-2.4.0.back-to-2.3.1", "s-2");
}

/* There is nobody for a rollout to that version, which is no reason not to take back the others. */
static void a_version_that_is_all_on_hold_has_no_rollout(void **state)
{
    struct view *view = *state;

    begin_with(view, "");
    night(view);
    hold(view, "sag-2");
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    SAID(view, "1 of the 4 gateways that os-2.4.0 changed stay as they are:\n  sag-2: on hold\n");
    check_members(view, "os-2.4.0.back-to-2.3.0", "s-1 s-3a s-3b s-4");
    assert_int_equal(rollouts_of(view), 2);
}

/*
 * A pair of which one device was read and changed, and the other was never read: it goes back to what was read, and not
 * also to what the inventory said of its mate.
 */
static void a_gateway_goes_back_to_one_version_only(void **state)
{
    struct view *view = *state;
    uint32_t pair;

    view_freeze(view, &(struct view_plan){.inventory = "gateway_id,region,serial,ha_role,version\n"
                                                       "sag-1,cn-shanghai,s-1,,2.3.1\n"
                                                       "sag-3,cn-shanghai,s-3a,active,2.3.1\n"
                                                       "sag-3,cn-shanghai,s-3b,standby,2.3.1\n",
                                          .spec = "rollout: os-2.4.0\nversion: 2.4.0\nselect: all\n"});
    pair = view_number_of(view, "sag-3");
    ended(view, view_number_of(view, "sag-1"), "2.3.1", GW_STATE_SUCCEEDED, "");
    ended(view, pair - 1, "2.3.0", GW_STATE_SUCCEEDED, "");
    view_end(view, pair, GW_STATE_CANCELED, "aborted");
    finish(view);
    view_import_text(view, "gateway_id,region,serial,version\nsag-3,cn-shanghai,s-3a,2.3.0\n"
                           "sag-3,cn-shanghai,s-3b,2.3.0\n");
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    check_members(view, "os-2.4.0.back-to-2.3.0", "s-3a s-3b");
    check_members(view, "os-2.4.0.back-to-2.3.1", "s-1");
}

/* What another rollout is about to change, or has changed since, is not taken back behind its back. */
static void a_second_rollback_finds_the_first(void **state)
{
    struct view *view = *state;

    begin_with(view, "");
    night(view);
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    free(sink_take(view->session.talk.fd));
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_ERR_INPUT);
    assert_string_equal(view->err.text, "no gateway that rollout os-2.4.0 changed can go back");
    SAID(view, "  sag-1: rollout os-2.4.0.back-to-2.3.0 is not done with it\n",
         "  sag-2: rollout os-2.4.0.back-to-2.3.1 is not done with it\n");
    assert_int_equal(rollouts_of(view), 3);
}

/* A draft that nobody has run has called nobody; once it is run, its gateways are its own until it is done with them. */
static void a_retry_that_nobody_ran_is_in_nobodys_way(void **state)
{
    struct view *view = *state;

    begin_with(view, "");
    night(view);
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_OK);
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    check_members(view, "os-2.4.0.back-to-2.3.0", "s-1 s-3a s-3b s-4");
}

static void a_retry_that_was_begun_keeps_its_gateways(void **state)
{
    struct view *view = *state;

    begin_with(view, "");
    night(view);
    assert_int_equal(retry(view, NULL, NULL, NULL), GW_OK);
    assert_int_equal(gw_rollout_find(view->session.store, "os-2.4.0.retry-1", &view->rollout, &view->err),
                     GW_OK);
    assert_int_equal(gw_lease_take(view->session.store, view->rollout.id, T0, &view->lease, &view->err),
                     GW_OK);
    view_phase(view, GW_PHASE_RUNNING, "");
    free(sink_take(view->session.talk.fd));
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    SAID(view, "  sag-4: rollout os-2.4.0.retry-1 is not done with it\n");
    check_members(view, "os-2.4.0.back-to-2.3.0", "s-1 s-3a s-3b");
}

/* Back from the way back is forward: no downgrade. */
static void a_rollback_is_taken_back_forward(void **state)
{
    struct view *view = *state;

    begin_with(view, "");
    night(view);
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_OK);
    assert_int_equal(
        gw_rollout_find(view->session.store, "os-2.4.0.back-to-2.3.1", &view->rollout, &view->err), GW_OK);
    assert_int_equal(gw_lease_take(view->session.store, view->rollout.id, T0, &view->lease, &view->err),
                     GW_OK);
    view_wave(view, 1, GW_PHASE_RUNNING, 0);
    ended(view, 0, "2.4.0", GW_STATE_SUCCEEDED, "");
    finish(view);
    assert_int_equal(rollback(view, "os-2.4.0.back-to-2.3.1", NULL, false), GW_OK);
    check_members(view, "os-2.4.0.back-to-2.3.1.back-to-2.4.0", "s-2");
    SPEC(view, "os-2.4.0.back-to-2.3.1.back-to-2.4.0", "version: \"2.4.0\"\n", "downgrade: false\n");
}

static void nothing_changed_is_nothing_to_take_back(void **state)
{
    struct view *view = *state;

    begin_with(view, "");
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_ERR_INPUT);
    assert_string_equal(view->err.text,
                        "rollout os-2.4.0 is not over: 7 devices wait; run it to its end, or abort it first");
    for (uint32_t target = 0; target < 7; target++)
        view_end(view, target, GW_STATE_CANCELED, "aborted");
    finish(view);
    assert_int_equal(rollback(view, "os-2.4.0", NULL, false), GW_ERR_INPUT);
    assert_string_equal(view->err.text,
                        "rollout os-2.4.0 has changed no device: there is nothing to take back");
    assert_int_equal(rollback(view, "os-9", NULL, false), GW_ERR_NOT_FOUND);
    assert_int_equal(rollouts_of(view), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(retry_takes_what_did_not_get_there),
        VIEW(who_relapsed_is_tried_again),
        VIEW(who_relapsed_goes_back),
        VIEW(a_retry_reads_back),
        VIEW(waves_that_do_not_fit_are_left_out),
        VIEW(a_retry_of_a_retry_is_numbered_on),
        VIEW(a_retry_says_how_many_are_on_hold),
        VIEW(a_retry_that_makes_no_sense_is_refused),
        VIEW(each_version_before_gets_a_rollout),
        VIEW(at_once_is_without_the_window),
        VIEW(who_cannot_go_back_is_named_with_the_reason),
        VIEW(who_is_on_hold_stays_and_is_named),
        VIEW(a_version_that_is_all_on_hold_has_no_rollout),
        VIEW(a_gateway_goes_back_to_one_version_only),
        VIEW(a_second_rollback_finds_the_first),
        VIEW(a_retry_that_nobody_ran_is_in_nobodys_way),
        VIEW(a_retry_that_was_begun_keeps_its_gateways),
        VIEW(a_rollback_is_taken_back_forward),
        VIEW(nothing_changed_is_nothing_to_take_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
