/*
 * Inventory, status, report and explain over a database made here: four gateways, one that succeeded, one that was
 * refused, one whose call was cut off, one that waits.
 */
#include <string.h>

#include "gatewave/app/inventory.h"
#include "gatewave/app/status.h"
#include "gatewave/smartag/code.h"
#include "gatewave/store/rollout.h"
#include "sinks.h"
#include "view.h"

static void begin(struct view *view, bool verify)
{
    const struct view_plan plan = {.inventory = "gateway_id,region,serial,name\n"
                                                "sag-bad,cn-shanghai,s-bad,\n"
                                                "sag-cut,cn-shanghai,s-cut,\n"
                                                "sag-ok,cn-shanghai,s-ok,\n"
                                                "sag-wait,cn-beijing,,\n",
                                   .spec = "rollout: os-2.4.0\nversion: 2.4.0\nselect: all\n",
                                   .accepted_only = !verify};

    view_freeze(view, &plan);
}

/* Where the four gateways stand in most of these tests. */
static void play(struct view *view)
{
    struct gw_record done = {
        .kind = GW_RECORD_STATE, .state = GW_STATE_SUCCEEDED, .at_unix_ms = T0 + 60000, .version = "2.4.0"};

    begin(view, true);
    view_seen(view, "sag-ok", "2.3.0");
    view_sign(view, "sag-ok", 1, T0 + 1000);
    view_answer(view, "sag-ok", 1, T0 + 2000, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING, "", "");
    done.target = view_number_of(view, "sag-ok");
    view_commit(view, &done);
    view_sign(view, "sag-bad", 1, T0 + 1000);
    view_answer(view, "sag-bad", 1, T0 + 3000, GW_PROOF_REFUSED, GW_STATE_FAILED, "VersionNotExist",
                "\033[2Jno \033]0;such\a");
    view_sign(view, "sag-cut", 1, T0 + 1000);
}

/* ---- the inventory ---- */

static void an_import_says_what_it_did(void **state)
{
    struct view *view = *state;

    view_import_text(view, "gateway_id,region\nsag-1,cn-shanghai\nsag-2,cn-shanghai\n");
    PRINTED(view, ": 2 rows, 2 devices of 2 gateways; 2 added, 0 changed, 0 unchanged\n");
    view->session.format = GW_OUTPUT_JSON;
    view_import_text(view, "gateway_id,region,model\nsag-1,cn-shanghai,sag-1000\nsag-2,cn-shanghai,\n");
    PRINTED(view, "{\"rows\":2,\"gateways\":2,\"devices\":2,\"added\":0,\"changed\":1,\"unchanged\":1}\n");
}

static void a_bad_import_reports_every_place_and_changes_nothing(void **state)
{
    struct view *view = *state;

    view_write_csv(
        view, "gateway_id,region\nsag-1,cn-shanghai\n,cn-shanghai\nsag 3,cn-shanghai\nsag-1,cn-beijing\n");
    assert_int_equal(gw_inventory_import(&view->session, view->csv, &view->err), GW_ERR_INPUT);
    assert_non_null(strstr(view->err.text, "3 problems; nothing was imported"));
    assert_non_null(strstr(gw_buf_text(&view->session.problems), "fleet.csv:3:1: "));
    assert_non_null(strstr(gw_buf_text(&view->session.problems), "fleet.csv:4:"));
    assert_non_null(strstr(gw_buf_text(&view->session.problems), "fleet.csv:5:"));
    view->session.format = GW_OUTPUT_JSONL;
    assert_int_equal(gw_inventory_list(&view->session, NULL, &view->err), GW_OK);
    PRINTED(view, "");
    assert_int_equal(lseek(view->session.out.fd, 0, SEEK_CUR), 0);
}

static void an_import_needs_rows_and_a_file(void **state)
{
    struct view *view = *state;

    view_write_csv(view, "gateway_id,region\n");
    assert_int_equal(gw_inventory_import(&view->session, view->csv, &view->err), GW_ERR_INPUT);
    assert_non_null(strstr(view->err.text, "nothing was imported"));
    assert_int_equal(gw_inventory_import(&view->session, "/nowhere/fleet.csv", &view->err), GW_ERR_NOT_FOUND);
    assert_int_equal(gw_inventory_import(&view->session, "/tmp", &view->err), GW_ERR_INPUT);
    assert_non_null(strstr(view->err.text, "/tmp"));
}

static const char fleet[] =
    "gateway_id,region,serial,ha_role,version,dpi_version,model,name,site,timezone,account,isp,"
    "tag:freeze,tag:owner\n"
    "sag-1,cn-shanghai,s1,active,2.3.0,20201117_1_0-0.0.1,sag-1000,\"Shop, \"\"A\"\"\",hz,"
    "Asia/Shanghai,main,telecom,,net\n"
    "sag-1,cn-shanghai,s2,standby,2.3.1,,sag-1000,\"Shop, \"\"A\"\"\",hz,Asia/Shanghai,main,"
    "telecom,yes,net\n"
    "sag-2,cn-beijing,,,,,,'=1+1,,,,,,\n";

static void what_was_exported_can_be_imported(void **state)
{
    struct view *view = *state;
    char *first;

    view_import_text(view, fleet);
    free(sink_take(view->session.out.fd));
    assert_int_equal(gw_inventory_export(&view->session, NULL, &view->err), GW_OK);
    first = sink_take(view->session.out.fd);
    assert_string_equal(first, fleet);
    view_import_text(view, first);
    PRINTED(view, "0 added, 0 changed, 3 unchanged");
    free(first);
    view->session.format = GW_OUTPUT_JSONL;
    assert_int_equal(gw_inventory_export(&view->session, NULL, &view->err), GW_OK);
    first = sink_take(view->session.out.fd);
    assert_non_null(strstr(first, "\"name\":\"=1+1\"")); /* the guard is a spreadsheet's business */
    view->session.format = GW_OUTPUT_NONE;
    view_import_text(view, first);
    PRINTED(view, "0 added, 0 changed, 3 unchanged");
    free(first);
}

static void a_selection_narrows_and_points_at_its_fault(void **state)
{
    struct view *view = *state;

    view_import_text(view, fleet);
    free(sink_take(view->session.out.fd));
    assert_int_equal(gw_inventory_list(&view->session, "version > 2.3.0 and tag.freeze", &view->err), GW_OK);
    PRINTED(view, "GATEWAY_ID", "\nsag-1       cn-shanghai  s2      standby  2.3.1",
            "freeze=yes owner=net\n");
    assert_int_equal(gw_inventory_list(&view->session, "regoin = cn-beijing", &view->err), GW_ERR_INPUT);
    assert_string_equal(gw_buf_text(&view->session.problems), "  regoin = cn-beijing\n  ^\n");
}

static void an_export_is_no_table(void **state)
{
    struct view *view = *state;

    view->session.format = GW_OUTPUT_TABLE;
    assert_int_equal(gw_inventory_export(&view->session, NULL, &view->err), GW_ERR_USAGE);
}

static void show_tells_everything_about_one_gateway(void **state)
{
    struct view *view = *state;

    view_import_text(view, fleet);
    free(sink_take(view->session.out.fd));
    assert_int_equal(gw_inventory_show(&view->session, "sag-1", &view->err), GW_OK);
    PRINTED(view, "serial        s1\n", "serial        s2\n", "timezone      Asia/Shanghai\n",
            "tag.freeze    yes\n");
    assert_int_equal(gw_inventory_show(&view->session, "it's", &view->err), GW_ERR_NOT_FOUND);
    assert_non_null(strstr(view->err.text, "no gateway it's"));
}

/* ---- status ---- */

static void status_counts_the_states(void **state)
{
    struct view *view = *state;

    play(view);
    view_phase(view, GW_PHASE_RUNNING, "");
    view->session.format = GW_OUTPUT_JSON;
    assert_int_equal(gw_status_show(&view->session, "os-2.4.0", &view->err), GW_OK);
#define COUNT_PAIRS                                                                                         \
    "\"total\":4,\"waiting\":1,\"in_flight\":1,\"upgrading\":0,\"in_doubt\":0,\"succeeded\":1,\"skipped\":" \
    "0,"                                                                                                    \
    "\"failed\":1,\"deferred\":0,\"unresolved\":0,\"canceled\":0"
    PRINTED(view,
            "{\"rollout\":\"os-2.4.0\",\"state\":\"running\",\"reason\":null,\"targets\":{" COUNT_PAIRS "}"
            ",\"waves\":[{\"number\":1,\"name\":\"",
            "\"state\":\"running\"," COUNT_PAIRS ",\"verdict\":null,\"evidence\":null,\"soak_until\":null}]",
            ",\"version\":\"2.4.0\",\"relapsed\":0,\"unattended\":false,\"sentence\":\"2 of 4 devices have "
            "their outcome, 1 of "
            "them not the one "
            "that was "
            "wanted\",\"culprit\":null,\"verdicts\":[],\"orders\":[],\"next\":\"report os-2.4.0\"}\n");
}

static void status_says_it_in_a_sentence(void **state)
{
    struct view *view = *state;
    const struct gw_code_entry *entry = gw_code_find("VersionNotExist");
    char *said;

    play(view);
    view_phase(view, GW_PHASE_WAITING, "the version does not exist");
    assert_int_equal(gw_status_show(&view->session, NULL, &view->err), GW_OK);
    PRINTED(view, "rollout os-2.4.0 to version 2.4.0 (Device): waiting", "\nThe version does not exist.\n",
            "\n2 of 4 devices have their outcome, 1 of them not the one that was wanted.\n",
            "VersionNotExist", entry->meaning, entry->advice, "WAVE");
    said = sink_take(view->session.talk.fd);
    assert_string_equal(said, "next: gatewave run os-2.4.0\n");
    free(said);
}

static void status_lists_rollouts_only_when_none_is_named(void **state)
{
    struct view *view = *state;
    char *printed;

    play(view);
    assert_int_equal(gw_status_show(&view->session, "os-2.4.0", &view->err), GW_OK);
    printed = sink_take(view->session.out.fd);
    assert_null(strstr(printed, "other rollouts"));
    free(printed);
    assert_int_equal(gw_status_show(&view->session, "os-9", &view->err), GW_ERR_NOT_FOUND);
    assert_non_null(strstr(view->err.text, "no rollout os-9 in "));
}

static void status_of_nothing_says_how_to_begin(void **state)
{
    struct view *view = *state;

    assert_int_equal(gw_status_show(&view->session, NULL, &view->err), GW_ERR_NOT_FOUND);
    assert_non_null(strstr(view->err.text, "run --version V --select EXPR"));
}

/* ---- report ---- */

static void a_report_has_one_line_a_target_with_these_fields(void **state)
{
    struct view *view = *state;

    play(view);
    view->session.format = GW_OUTPUT_JSONL;
    assert_int_equal(gw_report_show(&view->session, "os-2.4.0", &view->err), GW_OK);
    PRINTED(
        view, "{\"gateway_id\":\"sag-ok\",\"serial\":\"s-ok\",\"region\":\"cn-shanghai\",\"wave\":",
        ",\"outcome\":\"succeeded\",\"code\":null,\"reason\":null,\"attempts\":1,\"request_id\":\"REQ-sag-"
        "ok\","
        "\"version_before\":\"2.3.0\",\"version_after\":\"2.4.0\",\"started_at\":\"2023-11-14T22:13:21Z\","
        "\"ended_at\":\"2023-11-14T22:14:20Z\"}\n",
        ",\"outcome\":\"failed\",\"code\":\"VersionNotExist\",\"reason\":\"",
        "\"serial\":null,\"region\":\"cn-beijing\",",
        ",\"outcome\":null,\"code\":null,\"reason\":null,\"attempts\":0,\"request_id\":null,"
        "\"version_before\":null,\"version_after\":null,\"started_at\":null,\"ended_at\":null}\n");
}

static void a_report_for_people_begins_with_a_summary(void **state)
{
    struct view *view = *state;
    const struct gw_code_entry *entry = gw_code_find("VersionNotExist");
    char *printed;

    play(view);
    assert_int_equal(gw_report_show(&view->session, "os-2.4.0", &view->err), GW_OK);
    printed = sink_take(view->session.out.fd);
    assert_ptr_equal(strstr(printed, "rollout os-2.4.0 to version 2.4.0 (Device): "), printed);
    assert_non_null(strstr(printed, entry->meaning));
    assert_non_null(strstr(printed, entry->advice));
    assert_non_null(strstr(printed, "\nGATEWAY_ID"));
    assert_non_null(strstr(printed, "  in_flight")); /* no outcome yet: how far it is */
    assert_non_null(strstr(printed, "  waiting"));
    assert_null(strstr(printed, "accepted only"));
    free(printed);
}

static void without_verification_it_is_said(void **state)
{
    struct view *view = *state;

    begin(view, false);
    view_sign(view, "sag-ok", 1, T0 + 1000);
    view_answer(view, "sag-ok", 1, T0 + 2000, GW_PROOF_ACCEPTED, GW_STATE_SUCCEEDED, "", "");
    assert_int_equal(gw_report_show(&view->session, "os-2.4.0", &view->err), GW_OK);
    PRINTED(view, "succeeded          1  accepted only: verification was off\n");
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-ok", &view->err), GW_OK);
    PRINTED(view, "accepted only, verification was off");
}

/* ---- explain ---- */

static void a_story_is_told_in_the_order_of_time(void **state)
{
    struct view *view = *state;

    play(view);
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-ok", &view->err), GW_OK);
    PRINTED(view, "gateway sag-ok, device s-ok, cn-shanghai, wave ",
            "  2023-11-14T22:13:20Z  seen: version 2.3.0\n"
            "  2023-11-14T22:13:21Z  attempt 1 signed: no copy of this call can take effect after"
            " 2023-11-14T22:30:21Z\n"
            "  2023-11-14T22:13:22Z  attempt 1 answered: accepted; HTTP 200; request id REQ-sag-ok\n"
            "  2023-11-14T22:14:20Z  state: succeeded\n"
            "  what happens next: nothing, it is done; `gatewave rollback os-2.4.0` would take the "
            "whole rollout back, this device to 2.3.0\n");
}

/* A timestamp is signed in whole seconds; what was before it in the same second is told before it all the same. */
static void what_happened_in_one_second_keeps_its_order(void **state)
{
    struct view *view = *state;
    struct gw_record read = {
        .kind = GW_RECORD_SEEN, .state = GW_STATE_WAITING, .at_unix_ms = T0 + 100, .version = "2.3.0"};
    const char *last;
    char *printed;

    begin(view, true);
    read.target = view_number_of(view, "sag-ok");
    view_commit(view, &read);
    view_sign(view, "sag-ok", 1, T0);
    view_answer(view, "sag-ok", 1, T0 + 300, GW_PROOF_REFUSED, GW_STATE_WAITING, "SystemBusy", "");
    view_sign(view, "sag-ok", 2, T0);
    view_answer(view, "sag-ok", 2, T0 + 600, GW_PROOF_ACCEPTED, GW_STATE_UPGRADING, "", "");
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-ok", &view->err), GW_OK);
    printed = sink_take(view->session.out.fd);
    last = printed;
    for (const char *const *step = (const char *const[]){"seen: ", "attempt 1 signed", "attempt 1 answered",
                                                         "attempt 2 signed", "attempt 2 answered", NULL};
         *step; step++) {
        last = strstr(last, *step);
        if (!last)
            assert_string_equal(printed, *step);
    }
    free(printed);
}

static void foreign_text_is_escaped_and_codes_are_explained(void **state)
{
    struct view *view = *state;
    const struct gw_code_entry *entry = gw_code_find("VersionNotExist");
    char *printed;

    play(view);
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-bad", &view->err), GW_OK);
    printed = sink_take(view->session.out.fd);
    assert_null(strpbrk(printed, "\033\a"));
    assert_non_null(strstr(printed, "HTTP 400: \\x1b[2Jno \\x1b]0;such\\x07"));
    assert_non_null(strstr(printed, entry->meaning));
    assert_non_null(strstr(printed, entry->advice));
    assert_non_null(strstr(printed, "answered: refused, VersionNotExist ("));
    free(printed);
}

static void a_call_that_was_cut_off_names_its_fence(void **state)
{
    struct view *view = *state;

    play(view);
    view_phase(view, GW_PHASE_RUNNING, "");
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-cut", &view->err), GW_OK);
    PRINTED(view, ": in_flight, 1 attempt\n",
            "only reads after 2023-11-14T22:30:21Z can allow another call\n");
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-wait", &view->err), GW_OK);
    PRINTED(view, ": waiting, 0 attempts\n", "what happens next: it waits for its turn, ");
}

static void a_story_is_rows_too(void **state)
{
    struct view *view = *state;

    play(view);
    view->session.format = GW_OUTPUT_CSV;
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-ok", &view->err), GW_OK);
    PRINTED(view, "gateway_id,serial,at,kind,attempt,proof,code,meaning,advice,request_id,text\n",
            "sag-ok,s-ok,2023-11-14T22:13:22Z,answered,1,accepted,,,,REQ-sag-ok,HTTP 200\n");
}

static void a_gateway_outside_the_rollout_is_named(void **state)
{
    struct view *view = *state;

    play(view);
    assert_int_equal(gw_explain_show(&view->session, "os-2.4.0", "sag-none", &view->err), GW_ERR_NOT_FOUND);
    assert_non_null(strstr(view->err.text, "gateway sag-none is not in rollout os-2.4.0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(an_import_says_what_it_did),
        VIEW(a_bad_import_reports_every_place_and_changes_nothing),
        VIEW(an_import_needs_rows_and_a_file),
        VIEW(what_was_exported_can_be_imported),
        VIEW(a_selection_narrows_and_points_at_its_fault),
        VIEW(an_export_is_no_table),
        VIEW(show_tells_everything_about_one_gateway),
        VIEW(status_counts_the_states),
        VIEW(status_says_it_in_a_sentence),
        VIEW(status_lists_rollouts_only_when_none_is_named),
        VIEW(status_of_nothing_says_how_to_begin),
        VIEW(a_report_has_one_line_a_target_with_these_fields),
        VIEW(a_report_for_people_begins_with_a_summary),
        VIEW(without_verification_it_is_said),
        VIEW(a_story_is_told_in_the_order_of_time),
        VIEW(what_happened_in_one_second_keeps_its_order),
        VIEW(foreign_text_is_escaped_and_codes_are_explained),
        VIEW(a_call_that_was_cut_off_names_its_fence),
        VIEW(a_story_is_rows_too),
        VIEW(a_gateway_outside_the_rollout_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
