/*
 * Status, history, report and explain of a rollout in waves, with gates, orders and culprits, over a database that was written
 * as a run writes it: a canary of two, then the rest, of which four failed and all of them are one model.
 */
#include <string.h>
#include <time.h>

#include "gatewave/app/status.h"
#include "gatewave/base/when.h"
#include "gatewave/store/control.h"
#include "sinks.h"
#include "view.h"

static void begin(struct view *view)
{
    static const struct gw_cut_size size[] = {{.count = 2}, {.rest = true}};
    static const char *const name[] = {"canary", "rest"};
    const struct view_plan plan = {.inventory = "gateway_id,region,serial,model,isp\n"
                                                "sag-1,cn-shanghai,s-1,sag-1000,cmcc\n"
                                                "sag-2,cn-shanghai,s-2,sag-1000,cmcc\n"
                                                "sag-3,cn-shanghai,s-3,sag-1000,cmcc\n"
                                                "sag-4,cn-shanghai,s-4,sag-100wm,cmcc\n"
                                                "sag-5,cn-shanghai,s-5,sag-100wm,cmcc\n"
                                                "sag-6,cn-shanghai,s-6,sag-100wm,cmcc\n"
                                                "sag-7,cn-shanghai,s-7,sag-1000,cmcc\n"
                                                "sag-8,cn-shanghai,s-8,sag-1000,cmcc\n"
                                                "sag-9,cn-shanghai,s-9,sag-1000,cmcc\n",
                                   .spec = "rollout: os-2.4.0\n"
                                           "version: 2.4.0\n"
                                           "select: all\n"
                                           "waves:\n"
                                           "  - {name: canary, size: 2, soak: 10m, approve: true}\n"
                                           "  - {name: rest, size: rest}\n",
                                   .size = size,
                                   .wave_name = name,
                                   .n_waves = 2};

    view_freeze(view, &plan);
    view_phase(view, GW_PHASE_RUNNING, "");
}

#define WAIT_WORD "the gate has stopped it"
#define EVIDENCE  "3 of 9 devices judged up to wave rest failed (33 %)"

struct ends {
    uint32_t number[16];
    bool bad[16];
    size_t n;
};

static bool end_row(void *user, const struct gw_target_row *row)
{
    struct ends *ends = user;

    ends->number[ends->n] = row->number;
    ends->bad[ends->n++] = strcmp(row->model, "sag-100wm") == 0;
    return true;
}

/* Everything of one model fails, the rest succeeds, and the gate stops the second wave. */
static void break_one_model(struct view *view)
{
    struct ends ends = {.n = 0};

    begin(view);
    assert_int_equal(
        gw_targets_each(view->session.store, view->rollout.id, false, end_row, &ends, &view->err), GW_OK);
    for (size_t i = 0; i < ends.n; i++)
        view_end(view, ends.number[i], ends.bad[i] ? GW_STATE_FAILED : GW_STATE_SUCCEEDED,
                 ends.bad[i] ? "stuck" : "");
    view_judge(view, 1, GW_VERDICT_PROMOTE, "all 2 of wave canary are at the version");
    view_wave(view, 1, GW_PHASE_FINISHED, 0);
    view_wave(view, 2, GW_PHASE_RUNNING, 0);
    view_judge(view, 2, GW_VERDICT_ABORT, EVIDENCE);
    view_wave(view, 2, GW_PHASE_WAITING, 0);
    view_phase(view, GW_PHASE_WAITING, WAIT_WORD);
}

static void show_status(struct view *view)
{
    if (gw_status_show(&view->session, "os-2.4.0", &view->err))
        fail_msg("%s", view->err.text);
}

static void show_explain(struct view *view, const char *gateway_id)
{
    if (gw_explain_show(&view->session, "os-2.4.0", gateway_id, &view->err))
        fail_msg("%s%s", gw_buf_text(&view->session.problems), view->err.text);
}

static void check_talk(struct view *view, const char *expected)
{
    char *said = sink_take(view->session.talk.fd);

    assert_string_equal(said, expected);
    free(said);
}

static void check_lacks_printed(struct view *view, const char *text)
{
    char *printed = sink_take(view->session.out.fd);

    assert_null(strstr(printed, text));
    free(printed);
}

/* The first gateway of a wave, by its first target. */
struct first {
    uint32_t number;
    char gateway_id[GW_GATEWAY_ID_MAX];
};

static bool first_row(void *user, const struct gw_target_row *row)
{
    struct first *first = user;

    if (row->number == first->number)
        (void)snprintf(first->gateway_id, sizeof(first->gateway_id), "%s", row->gateway_id);
    return true;
}

static struct first gateway_at(struct view *view, uint32_t number)
{
    struct first first = {.number = number};

    assert_int_equal(
        gw_targets_each(view->session.store, view->rollout.id, false, first_row, &first, &view->err), GW_OK);
    return first;
}

/* ---- status ---- */

static void a_stopped_rollout_names_the_culprit_and_the_way_on(void **state)
{
    struct view *view = *state;

    break_one_model(view);
    show_status(view);
    PRINTED(view,
            "\nStopped by the gate: " EVIDENCE
            "; 3 of 3 failures are model sag-100wm: 3 of 3 of these failed, 0 of 6 of the others.\n",
            "\nAll 9 devices have their outcome; 3 are not as desired.\n",
            "\nNUMBER  WAVE    STATE     TOTAL  SUCCEEDED  FAILED  VERDICT\n",
            "\n     1  canary  finished      2  ", "  promote\n", "\n     2  rest    waiting       7  ",
            "  abort\n");
    check_talk(view,
               "next: gatewave resume os-2.4.0 --without 'model = sag-100wm'\nor: gatewave abort os-2.4.0\n");
}

static void programs_get_verdicts_and_culprit(void **state)
{
    struct view *view = *state;

    break_one_model(view);
    view->session.format = GW_OUTPUT_JSON;
    show_status(view);
    PRINTED(view, "\"reason\":\"" EVIDENCE "\"",
            "\"waves\":[{\"number\":1,\"name\":\"canary\",\"state\":\"finished\"",
            "\"verdict\":\"abort\",\"evidence\":\"" EVIDENCE "\",\"soak_until\":null}]",
            "\"relapsed\":0,\"unattended\":false,\"sentence\":\"stopped by the gate: " EVIDENCE
            "; 3 of 3 failures are model sag-100wm",
            "\"culprit\":{\"attribute\":\"model\",\"value\":\"sag-100wm\",\"failed_with\":3,\"failed\":3,"
            "\"judged_with\":3,"
            "\"judged\":9,\"also_attribute\":null,\"also_value\":null}",
            "\"verdicts\":[{\"at\":\"2023-11-14T22:14:30Z\",\"number\":1,\"wave\":\"canary\",\"verdict\":"
            "\"promote\","
            "\"model\":null,\"evidence\":\"all 2 of wave canary are at the version\"},{",
            "\"orders\":[]", "\"next\":\"resume os-2.4.0 --without 'model = sag-100wm'\"}\n");
    view->session.format = GW_OUTPUT_CSV;
    show_status(view);
    PRINTED(view,
            "rollout,number,wave,state,total,waiting,in_flight,upgrading,in_doubt,succeeded,skipped,failed,"
            "deferred,"
            "unresolved,canceled,verdict,soak_until,evidence\n",
            "\nos-2.4.0,2,rest,waiting,7,0,", ",abort,,");
}

static void a_soaking_wave_says_until_when(void **state)
{
    struct view *view = *state;

    begin(view);
    view_wave(view, 1, GW_PHASE_SOAKING, T0 + 600000);
    view_phase(view, GW_PHASE_SOAKING, "");
    show_status(view);
    PRINTED(view,
            "\nWave canary (1 of 2) soaks until 2023-11-14T22:23:20Z: 0 of 9 devices have their outcome.\n",
            "SOAK_UNTIL\n", "2023-11-14T22:23:20Z\n");
}

static void failures_that_nothing_explains_are_for_a_person(void **state)
{
    struct view *view = *state;

    begin(view);
    view_end(view, 0, GW_STATE_FAILED, "stuck");
    view_judge(view, 1, GW_VERDICT_ABORT, "1 of 1 devices failed");
    view_wave(view, 1, GW_PHASE_WAITING, 0);
    view_phase(view, GW_PHASE_WAITING, WAIT_WORD);
    show_status(view);
    PRINTED(view, "\nStopped by the gate: 1 of 1 devices failed.\n", "\n1 of 9 devices have their outcome, ");
    check_talk(
        view,
        "next: gatewave report os-2.4.0\nthen: gatewave resume os-2.4.0 goes on all the same, gatewave abort "
        "os-2.4.0 ends it\n");
}

/* Whoever takes a stuck device back takes all the good ones back with it: that is said, and comes second. */
static void a_rollback_is_said_to_be_of_the_whole_rollout(void **state)
{
    struct view *view = *state;

    begin(view);
    for (uint32_t target = 0; target < 9; target++)
        view_end(view, target, target ? GW_STATE_SUCCEEDED : GW_STATE_FAILED, target ? "" : "stuck");
    view_wave(view, 1, GW_PHASE_FINISHED, 0);
    view_wave(view, 2, GW_PHASE_FINISHED, 0);
    view_phase(view, GW_PHASE_FINISHED, "");
    show_status(view);
    check_talk(view,
               "next: gatewave report os-2.4.0\n"
               "then: gatewave retry os-2.4.0 calls them again, gatewave rollback os-2.4.0 takes back the "
               "whole rollout (9 devices that it has changed or may have changed)\n");
}

static void orders_are_shown_until_they_are_taken(void **state)
{
    struct view *view = *state;
    int64_t order;

    begin(view);
    order = view_order(view, GW_ORDER_PAUSE, "", "lunch");
    show_status(view);
    PRINTED(view, "\norders that no run has taken yet:\n  pause by bob@noc, 2023-11-14T22:14:40Z: lunch\n");
    view_obey(view, order, GW_SAID_PAUSED, "paused: nothing is called");
    view_phase(view, GW_PHASE_PAUSED, "paused by an operator");
    show_status(view);
    PRINTED(view, "\nPaused by bob@noc at 2023-11-14T22:14:41Z: lunch.\n");
    free(sink_take(view->session.talk.fd));
    view->session.format = GW_OUTPUT_JSON;
    show_status(view);
    PRINTED(
        view,
        "\"order\":\"pause\",\"argument\":null,\"at\":\"2023-11-14T22:14:40Z\",\"by\":\"bob@noc\",\"reason\":"
        "\"lunch\",\"answered_at\":\"2023-11-14T22:14:41Z\",\"accepted\":true,\"answer\":\"paused: nothing "
        "is "
        "called\"}]");
    check_talk(view, "next: gatewave resume os-2.4.0\nor: gatewave abort os-2.4.0\n");
}

static void the_same_sentence_is_there_for_a_run(void **state)
{
    struct view *view = *state;
    struct gw_rollout_row row;
    struct gw_buf said;

    begin(view);
    assert_int_equal(gw_rollout_find(view->session.store, "os-2.4.0", &row, &view->err), GW_OK);
    gw_buf_init(&said, 0);
    assert_int_equal(gw_status_sentence(view->session.store, &row, &said, &view->err), GW_OK);
    assert_string_equal(gw_buf_text(&said),
                        "wave canary (1 of 2) is under way: 0 of 9 devices have their outcome");
    gw_buf_release(&said);
}

/* A pair whose standby is at work, one whose standby soaks, one whose standby did not get there, and a full site. */
static void what_waits_is_added_up(void **state)
{
    static const struct gw_cut_size size[] = {{.rest = true}};
    static const char *const name[] = {"all"};
    const struct view_plan plan = {.inventory = "gateway_id,region,serial,ha_role,site\n"
                                                "g-1,cn-shanghai,s-1a,active,\n"
                                                "g-1,cn-shanghai,s-1b,standby,\n"
                                                "g-2,cn-shanghai,s-2a,active,\n"
                                                "g-2,cn-shanghai,s-2b,standby,\n"
                                                "g-3,cn-shanghai,s-3a,active,\n"
                                                "g-3,cn-shanghai,s-3b,standby,\n"
                                                "g-4,cn-shanghai,s-4,,Ulm\n"
                                                "g-5,cn-shanghai,s-5,,Ulm\n"
                                                "g-6,cn-shanghai,s-6,,Bonn\n",
                                   .spec = "rollout: os-2.4.0\n"
                                           "version: 2.4.0\n"
                                           "select: all\n"
                                           "pair_soak: 24h\n"
                                           "pace: {per_site: 1}\n"
                                           "waves:\n"
                                           "  - {name: all, size: rest}\n",
                                   .size = size,
                                   .wave_name = name,
                                   .n_waves = 1};
    struct view *view = *state;
    struct gw_record soaks = {.kind = GW_RECORD_STATE, .state = GW_STATE_SUCCEEDED, .version = "2.4.0"};
    int64_t now_unix_ms = (int64_t)time(NULL) * 1000;
    char until[GW_WHEN_TEXT_SIZE], line[400];

    view_freeze(view, &plan);
    view_phase(view, GW_PHASE_RUNNING, "");
    /* Of a pair, the later one is the active device. */
    soaks.target = view_number_of(view, "g-2") - 1;
    soaks.at_unix_ms = now_unix_ms;
    view_commit(view, &soaks);
    view_end(view, view_number_of(view, "g-3") - 1, GW_STATE_FAILED, "stuck");
    view_sign(view, "g-4", 1, now_unix_ms);
    show_status(view);
    gw_when_text(now_unix_ms + 24 * INT64_C(3600000), until);
    (void)snprintf(
        line, sizeof(line),
        "\n  waits: 2 for their turn, or to come online; 2 for their pair's other device and its soak, the "
        "first until %s; 1 for nothing any more: their pair's other device is not well; 1 for others at "
        "work in their place\n",
        until);
    PRINTED(view, line);
    /* One that does not go on waits for what its sentence says. */
    view_phase(view, GW_PHASE_PAUSED, "paused by an operator");
    show_status(view);
    check_lacks_printed(view, "  waits: ");
}

/* A window that is three days away, wherever this machine's clock stands, and two gateways that have no time zone. */
static void what_waits_for_its_window_is_added_up(void **state)
{
    static const char *const day[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    static const struct gw_cut_size size[] = {{.rest = true}};
    static const char *const name[] = {"all"};
    struct view_plan plan = {.inventory = "gateway_id,region,timezone\n"
                                          "g-1,cn-shanghai,Asia/Shanghai\n"
                                          "g-2,cn-shanghai,Asia/Shanghai\n"
                                          "g-3,cn-shanghai,\n"
                                          "g-4,cn-shanghai,\n",
                             .size = size,
                             .wave_name = name,
                             .n_waves = 1};
    struct view *view = *state;
    time_t now = time(NULL);
    struct tm today;
    char spec[256];

    assert_non_null(gmtime_r(&now, &today));
    (void)snprintf(spec, sizeof(spec),
                   "rollout: os-2.4.0\nversion: 2.4.0\nselect: all\n"
                   "window: {between: \"01:00-05:00\", zone: gateway, days: [%s]}\n",
                   day[(today.tm_wday + 3) % 7]);
    plan.spec = spec;
    view_freeze(view, &plan);
    view_phase(view, GW_PHASE_RUNNING, "");
    show_status(view);
    PRINTED(view, "\n  waits: 2 for their window, the first opens 20",
            "T17:00:00Z; 2 for a window that never opens\n");
}

/* ---- explain ---- */

static void explain_says_which_wave_is_before_it(void **state)
{
    struct view *view = *state;
    struct first first;

    begin(view);
    first = gateway_at(view, 8);
    show_explain(view, first.gateway_id);
    PRINTED(view, "\nWave canary (1 of 2) is under way: 0 of 9 devices have their outcome.\n",
            ", wave rest: waiting, ",
            "  wave: rest (2 of 2) has not begun: wave canary (running) is before it; ",
            "  what happens next: it waits for its wave: each wave before it must be promoted by its gate\n");
    view->session.format = GW_OUTPUT_JSONL;
    show_explain(view, first.gateway_id);
    PRINTED(view, "\"at\":null,\"kind\":\"next\",\"attempt\":null,\"proof\":null,\"code\":null,\"meaning\":"
                  "null,\"advice\":"
                  "null,\"request_id\":null,\"text\":\"it waits for its wave: ");
}

static void explain_names_the_order_that_left_it_out(void **state)
{
    struct view *view = *state;
    struct gw_record record = {.kind = GW_RECORD_STATE,
                               .state = GW_STATE_CANCELED,
                               .at_unix_ms = T0 + 90000,
                               .answer = {.code = "left_out"},
                               .reason = "never called: left out by an operator"};

    begin(view);
    view_obey(view, view_order(view, GW_ORDER_RESUME, "model = sag-1000", "not these"), GW_SAID_GOES_ON,
              "goes on");
    view_obey(view, view_order(view, GW_ORDER_RESUME, "model = sag-100wm", "bricks"), GW_SAID_GOES_ON,
              "goes on without 3 devices");
    record.target = view_number_of(view, "sag-5");
    view_commit(view, &record);
    show_explain(view, "sag-5");
    PRINTED(view, "  why: never called: left out by an operator\n",
            "  order: 2023-11-14T22:14:40Z resume --without model = sag-100wm by bob@noc: bricks; goes on "
            "without 3 "
            "devices\n  what happens next: nothing in this rollout; it is as it was, and `gatewave retry "
            "os-2.4.0 --only "
            "canceled` takes it up\n");
}

/* A device that is gone runs nothing that anybody knows: what is told is what was read, when, and how often it was to be. */
static void explain_tells_what_was_read_last(void **state)
{
    struct view *view = *state;
    struct gw_record record = {.kind = GW_RECORD_STATE,
                               .state = GW_STATE_FAILED,
                               .answer = {.code = "stuck"},
                               .version = "2.3.0",
                               .reason = "accepted the version and did not come back online",
                               .at_unix_ms = T0 + 3600000};
    char *printed;

    begin(view);
    view_import_text(view, "gateway_id,region,name\nsag-5,cn-shanghai,Shop 12\n");
    view_sign(view, "sag-5", 1, T0);
    view_answer(view, "sag-5", 1, T0 + 700, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING, "", "");
    record.target = view_number_of(view, "sag-5");
    view_commit(view, &record);
    show_explain(view, "sag-5");
    PRINTED(
        view, "\ngateway sag-5, device s-5, Shop 12, cn-shanghai, wave ",
        "\n  last read: 2023-11-14T23:13:20Z the cloud told of version 2.3.0, 1h after the call; until then "
        "it was to be read every 30s\n  what happens next: ");
    show_explain(view, "sag-5");
    printed = sink_take(view->session.out.fd);
    assert_null(strstr(printed, "version after"));
    free(printed);
}

/* Who is stuck has accepted and did not come back; of this one nobody knows that. */
static void a_doubt_is_not_told_as_accepted(void **state)
{
    struct view *view = *state;
    char *printed;

    begin(view);
    view_sign(view, "sag-5", 1, T0);
    view_answer(view, "sag-5", 1, T0 + 700, GW_PROOF_IN_DOUBT, GW_STATE_IN_DOUBT, "timeout", "");
    view_end(view, view_number_of(view, "sag-5"), GW_STATE_UNRESOLVED, "unproven");
    show_status(view);
    PRINTED(view,
            "  unresolved         1  unproven: called, and nobody can prove whether the call took effect\n",
            "do: look at the device on site or in the console before anything calls it again\n");
    show_explain(view, "sag-5");
    printed = sink_take(view->session.out.fd);
    assert_non_null(strstr(printed, "  why: called, and nobody can prove whether the call took effect\n"));
    assert_null(strstr(printed, "accepted"));
    free(printed);
    assert_int_equal(gw_report_page(&view->session, "os-2.4.0", &view->err), GW_OK);
    printed = sink_take(view->session.out.fd);
    assert_non_null(
        strstr(printed, "- **1 unresolved**: `unproven` (never seen before), called, and nobody can prove"));
    assert_null(strstr(printed, "accepted"));
    free(printed);
}

static void explain_names_the_abort_and_orders_to_come(void **state)
{
    struct view *view = *state;
    struct gw_record record = {.kind = GW_RECORD_STATE,
                               .state = GW_STATE_CANCELED,
                               .at_unix_ms = T0 + 90000,
                               .answer = {.code = "aborted"},
                               .reason = "never called: the rollout was aborted"};
    int64_t order;
    char *printed;

    begin(view);
    order = view_order(view, GW_ORDER_ABORT, "", "wrong version");
    show_explain(view, "sag-5");
    PRINTED(view, "  order: 2023-11-14T22:14:40Z abort by bob@noc: wrong version; no run has taken it yet\n");
    view_obey(view, order, GW_SAID_ABORTED, "aborted: 9 devices will not be called");
    record.target = view_number_of(view, "sag-5");
    view_commit(view, &record);
    show_explain(view, "sag-5");
    PRINTED(view, "  order: 2023-11-14T22:14:40Z abort by bob@noc: wrong version; aborted: 9 devices will "
                  "not be called\n");
    /* An order that was refused has touched nobody. */
    view_obey(view, view_order(view, GW_ORDER_PAUSE, "", ""), GW_SAID_IS_ABORTED, "it is aborted: for good");
    show_explain(view, "sag-5");
    printed = sink_take(view->session.out.fd);
    assert_null(strstr(printed, "pause"));
    free(printed);
}

static void a_relapse_is_told_everywhere(void **state)
{
    struct view *view = *state;
    struct gw_record record = {.kind = GW_RECORD_RELAPSED,
                               .at_unix_ms = T0 + 90000,
                               .version = "2.3.0",
                               .reason = "was at the version, and is no longer after the soak"};

    begin(view);
    record.target = view_number_of(view, "sag-1");
    record.state = GW_STATE_SUCCEEDED;
    view_end(view, record.target, GW_STATE_SUCCEEDED, "");
    view_commit(view, &record);
    show_status(view);
    PRINTED(view, "1 of 9 devices have their outcome, 1 of them not the one that was wanted (1 relapsed "
                  "after it had succeeded).\n");
    show_explain(view, "sag-1");
    PRINTED(view, "relapsed: ",
            "what happens next: nothing in this rollout; it did not stay well, look at the device\n");
    view->session.format = GW_OUTPUT_CSV;
    assert_int_equal(gw_report_show(&view->session, "os-2.4.0", &view->err), GW_OK);
    PRINTED(view, ",succeeded,relapsed,\"relapsed: it was at the version, and was not well when its wave had "
                  "soaked\",");
}

/* ---- history ---- */

static void history_has_the_last_word_of_the_gate(void **state)
{
    struct view *view = *state;

    break_one_model(view);
    assert_int_equal(gw_history_show(&view->session, &view->err), GW_OK);
    PRINTED(view,
            "ROLLOUT   VERSION  STATE    CREATED_AT            BY       DEVICES  SUCCEEDED  FAILED  VERDICT  "
            "EVIDENCE\n",
            "os-2.4.0  2.4.0    waiting  2023-11-14T22:13:20Z  ann@noc        9          6       3  abort   "
            " " EVIDENCE "\n");
    check_talk(view, "next: gatewave status os-2.4.0\n");
    view->session.format = GW_OUTPUT_JSON;
    assert_int_equal(gw_history_show(&view->session, &view->err), GW_OK);
    PRINTED(view,
            "[\n{\"rollout\":\"os-2.4.0\",\"version\":\"2.4.0\",\"type\":\"Device\",\"state\":\"waiting\","
            "\"created_at\":"
            "\"2023-11-14T22:13:20Z\"",
            "\"by\":\"ann@noc\",\"devices\":9,\"waiting\":0,", "\"failed\":3,",
            "\"verdict\":\"abort\",\"wave\":\"rest\",");
}

static void judge_at(struct view *view, uint32_t wave, enum gw_verdict verdict, const char *evidence,
                     int64_t at)
{
    struct gw_record record = {.kind = GW_RECORD_VERDICT,
                               .wave = wave - 1,
                               .verdict = verdict,
                               .model = GW_NO_MODEL,
                               .at_unix_ms = at};

    (void)snprintf(record.reason, sizeof(record.reason), "%s", evidence);
    view_commit(view, &record);
}

/* Stopped by the gate, let go on by a person, and finished: the end does not make the stop unsaid. */
static void what_was_stopped_once_is_told_to_the_end(void **state)
{
    static const char forgiven[] = "goes on without 1 device; what failed until now is forgiven";
    struct view *view = *state;

    break_one_model(view);
    view_obey(view, view_order(view, GW_ORDER_PAUSE, "", ""), GW_SAID_PAUSED, "paused");
    view_obey(view, view_order(view, GW_ORDER_RESUME, "", ""), GW_SAID_STOPPED_SINCE,
              "the pause is lifted; the gate has stopped wave rest since: resume again to forgive that");
    view_obey(view, view_order(view, GW_ORDER_RESUME, "", "sure"), GW_SAID_FORGIVEN, forgiven);
    view_wave(view, 2, GW_PHASE_RUNNING, 0);
    view_phase(view, GW_PHASE_RUNNING, "");
    show_status(view);
    PRINTED(view, "  promote\n", "  abort, forgiven by bob@noc\n");
    judge_at(view, 2, GW_VERDICT_PROMOTE, "4 of 7 in wave rest are at the version", T0 + 90000);
    view_wave(view, 2, GW_PHASE_FINISHED, 0);
    view_phase(view, GW_PHASE_FINISHED, "");
    show_status(view);
    PRINTED(view, "  promote\n", "  abort, forgiven by bob@noc, promote\n");
    assert_int_equal(gw_history_show(&view->session, &view->err), GW_OK);
    PRINTED(view, "  abort; then promote  " EVIDENCE "; then 4 of 7 in wave rest are at the version\n");
    /* Programs get the last word, as ever, and the worst beside it. */
    view->session.format = GW_OUTPUT_JSONL;
    assert_int_equal(gw_history_show(&view->session, &view->err), GW_OK);
    PRINTED(
        view,
        "\"verdict\":\"promote\",\"wave\":\"rest\",\"evidence\":\"4 of 7 in wave rest are at the version\","
        "\"worst_verdict\":\"abort\",\"worst_evidence\":\"" EVIDENCE "\"}");
    view->session.format = GW_OUTPUT_CSV;
    show_status(view);
    PRINTED(view, ",promote,");
}

static void an_approval_stands_beside_what_it_approved(void **state)
{
    struct view *view = *state;

    begin(view);
    view_judge(view, 1, GW_VERDICT_HOLD, "1 of 2 in wave canary is at the version");
    view_obey(view, view_order(view, GW_ORDER_APPROVE, "canary", ""), GW_SAID_APPROVED,
              "approved: wave rest is next");
    judge_at(view, 2, GW_VERDICT_PROMOTE, "all 7 of wave rest are at the version", T0 + 90000);
    show_status(view);
    PRINTED(view, "  hold, approved by bob@noc\n");
    assert_int_equal(gw_history_show(&view->session, &view->err), GW_OK);
    PRINTED(view, "  hold; then promote  1 of 2 in wave canary is at the version; then all 7 of ");
}

static void history_of_nothing_says_how_to_begin(void **state)
{
    struct view *view = *state;

    view->session.format = GW_OUTPUT_JSON;
    assert_int_equal(gw_history_show(&view->session, &view->err), GW_OK);
    PRINTED(view, "[]\n");
    check_talk(view, "next: gatewave run --version V --select EXPR\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(a_stopped_rollout_names_the_culprit_and_the_way_on),
        VIEW(programs_get_verdicts_and_culprit),
        VIEW(a_soaking_wave_says_until_when),
        VIEW(failures_that_nothing_explains_are_for_a_person),
        VIEW(a_rollback_is_said_to_be_of_the_whole_rollout),
        VIEW(orders_are_shown_until_they_are_taken),
        VIEW(what_waits_is_added_up),
        VIEW(what_waits_for_its_window_is_added_up),
        VIEW(the_same_sentence_is_there_for_a_run),
        VIEW(explain_says_which_wave_is_before_it),
        VIEW(explain_names_the_order_that_left_it_out),
        VIEW(explain_tells_what_was_read_last),
        VIEW(a_doubt_is_not_told_as_accepted),
        VIEW(explain_names_the_abort_and_orders_to_come),
        VIEW(a_relapse_is_told_everywhere),
        VIEW(history_has_the_last_word_of_the_gate),
        VIEW(what_was_stopped_once_is_told_to_the_end),
        VIEW(an_approval_stands_beside_what_it_approved),
        VIEW(history_of_nothing_says_how_to_begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
