/* The morning page over databases made here: one whole page as it is, and what each part of it turns on. */
#include <string.h>

#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "sinks.h"
#include "view.h"

#define MINUTE INT64_C(60000)

static const struct view_plan plan = {.inventory = "gateway_id,region,serial\n"
                                                   "sag-1,cn-shanghai,s-1\n"
                                                   "sag-2,cn-shanghai,s-2\n"
                                                   "sag-3,cn-shanghai,s-3\n"
                                                   "sag-4,cn-shanghai,s-4\n"
                                                   "sag-5,cn-shanghai,s-5\n",
                                      .spec = "rollout: os-2.4.0\nversion: 2.4.0\nselect: all\n"};

static void end(struct view *view, const char *gateway_id, enum gw_state state, const char *code, int64_t at)
{
    struct gw_record record = {.kind = GW_RECORD_STATE,
                               .target = view_number_of(view, gateway_id),
                               .state = state,
                               .at_unix_ms = at};

    (void)snprintf(record.answer.code, sizeof(record.answer.code), "%s", code);
    (void)snprintf(record.version, sizeof(record.version), "%s", state == GW_STATE_SUCCEEDED ? "2.4.0" : "");
    view_commit(view, &record);
}

/* version "": the device did not say. */
static void relapse(struct view *view, const char *gateway_id, const char *version)
{
    struct gw_record record = {.kind = GW_RECORD_RELAPSED,
                               .target = view_number_of(view, gateway_id),
                               .state = GW_STATE_SUCCEEDED,
                               .reason = "it is not well",
                               .at_unix_ms = T0 + 40 * MINUTE};

    (void)snprintf(record.version, sizeof(record.version), "%s", version);
    view_commit(view, &record);
}

static void finish(struct view *view, int64_t at)
{
    const struct gw_record wave = {
        .kind = GW_RECORD_WAVE, .wave = 0, .phase = GW_PHASE_FINISHED, .at_unix_ms = at};
    const struct gw_record over = {
        .kind = GW_RECORD_PHASE, .target = UINT32_MAX, .phase = GW_PHASE_FINISHED, .at_unix_ms = at};

    view_commit(view, &wave);
    view_commit(view, &over);
}

static void start(struct view *view, int64_t at)
{
    const struct gw_record record = {
        .kind = GW_RECORD_PHASE, .target = UINT32_MAX, .phase = GW_PHASE_RUNNING, .at_unix_ms = at};

    view_commit(view, &record);
}

/* The next rollout of the same inventory, which the helpers speak of from now on. */
static void follow(struct view *view, const char *name, const char *version, bool dpi)
{
    struct gw_select select;
    struct gw_select_error wrong;
    const struct gw_rollout_new fresh = {.name = name,
                                         .version = version,
                                         .dpi = dpi,
                                         .verify = true,
                                         .selection = "all",
                                         .spec = "",
                                         .created_by = "ann@noc",
                                         .now_unix_ms = T0 + 1440 * MINUTE,
                                         .select = &select};

    gw_lease_release(view->lease);
    view->lease = NULL;
    assert_true(gw_select_parse("all", &select, &wrong));
    if (gw_rollout_create(view->session.store, &fresh, &view->rollout, &view->err))
        fail_msg("%s", view->err.text);
    assert_int_equal(
        gw_lease_take(view->session.store, view->rollout.id, T0 + 1440 * MINUTE, &view->lease, &view->err),
        GW_OK);
    view_wave(view, 1, GW_PHASE_RUNNING, 0);
    start(view, T0 + 1440 * MINUTE);
}

/* The night before: two of five were not as desired. */
static void first_night(struct view *view)
{
    view_freeze(view, &plan);
    start(view, T0);
    end(view, "sag-1", GW_STATE_SUCCEEDED, "", T0 + 10 * MINUTE);
    end(view, "sag-2", GW_STATE_SUCCEEDED, "", T0 + 11 * MINUTE);
    end(view, "sag-3", GW_STATE_SKIPPED, "", T0 + 12 * MINUTE);
    end(view, "sag-4", GW_STATE_FAILED, "stuck", T0 + 60 * MINUTE);
    end(view, "sag-5", GW_STATE_DEFERRED, "offline", T0 + 30 * MINUTE);
    finish(view, T0 + 61 * MINUTE);
}

static char *page(struct view *view, const char *name)
{
    view->session.program = "gatewave";
    if (gw_report_page(&view->session, name, &view->err))
        fail_msg("%s", view->err.text);
    return sink_take(view->session.out.fd);
}

static void check_has(struct view *view, const char *name, const char *text)
{
    char *told = page(view, name);

    if (!strstr(told, text))
        assert_string_equal(told, text);
    free(told);
}

static void check_lacks(struct view *view, const char *name, const char *text)
{
    char *told = page(view, name);

    if (strstr(told, text))
        fail_msg("%s is in\n%s", text, told);
    free(told);
}

static void a_page_is_as_it_is(void **state)
{
    struct view *view = *state;
    char *told;

    first_night(view);
    follow(view, "os-2.4.1", "2.4.1", false);
    end(view, "sag-1", GW_STATE_SUCCEEDED, "", T0 + 1450 * MINUTE);
    end(view, "sag-2", GW_STATE_FAILED, "New|Code", T0 + 1460 * MINUTE);
    end(view, "sag-3", GW_STATE_SUCCEEDED, "", T0 + 1451 * MINUTE);
    end(view, "sag-4", GW_STATE_FAILED, "stuck", T0 + 1500 * MINUTE);
    end(view, "sag-5", GW_STATE_SUCCEEDED, "", T0 + 1452 * MINUTE);
    finish(view, T0 + 1505 * MINUTE);
    told = page(view, "os-2.4.1");
    assert_string_equal(
        told,
        "# Rollout os-2.4.1 to 2.4.1: finished\n"
        "\n"
        "All 5 devices have their outcome; 2 are not as desired.\n"
        "\n"
        "- type Device, 5 devices in 1 wave, begun by ann@noc\n"
        "- started 2023-11-15T22:13:20Z, ended 2023-11-15T23:18:20Z, took 1h5m\n"
        "\n"
        "## Done\n"
        "\n"
        "| state | devices | share |\n"
        "|---|---:|---:|\n"
        "| succeeded | 3 | 60 % |\n"
        "\n"
        "## Not done\n"
        "\n"
        "| state | devices | share |\n"
        "|---|---:|---:|\n"
        "| failed | 2 | 40 % |\n"
        "\n"
        "## Causes\n"
        "\n"
        "- **1 failed**: New\\|Code (never seen before), a code that is not in the code book.\n"
        "  Do: ask the vendor, with a request id of the report.\n"
        "- **1 failed**: `stuck`, accepted, and not at the version when the deadline passed.\n"
        "  Do: look at the device on site or in the console, then retry.\n"
        "\n"
        "## Compared with os-2.4.0 to 2.4.0\n"
        "\n"
        "| | then | now |\n"
        "|---|---:|---:|\n"
        "| devices | 5 | 5 |\n"
        "| succeeded | 2 | 3 |\n"
        "| skipped | 1 | 0 |\n"
        "| failed | 1 | 2 |\n"
        "| deferred | 1 | 0 |\n"
        "| failure share of the upgraded | 33 % | 40 % |\n"
        "| took | 1h1m | 1h5m |\n"
        "\n"
        "Devices with an outcome in both: 5\n"
        "\n"
        "- as desired then and now: 2\n"
        "- as desired now, and not then: 1 (`sag-5`)\n"
        "- as desired then, and not now: 1 (`sag-2`)\n"
        "- neither then nor now: 1 (`sag-4`)\n"
        "\n"
        "## Devices to look at\n"
        "\n"
        "| site | name | gateway | serial | region | last read | outcome | reason |\n"
        "|---|---|---|---|---|---|---|---|\n"
        "| – | – | sag-2 | s-2 | cn-shanghai | – | failed | New\\|Code |\n"
        "| – | – | sag-4 | s-4 | cn-shanghai | – | failed | accepted, and not at the version when the "
        "deadline passed |\n"
        "\n"
        "All of them, with names and sites, and what became of each:\n"
        "\n"
        "    gatewave inventory list --select 'outcome.os-2.4.1 in (failed, unresolved, relapsed, "
        "deferred)' --output csv\n"
        "    gatewave report os-2.4.1 --output csv\n"
        "\n"
        "## Next\n"
        "\n"
        "Look at the devices that were called and are not well. Then call them again, or take back the whole "
        "rollout (4 devices that it has changed or may have changed):\n"
        "\n"
        "    gatewave retry os-2.4.1\n"
        "    gatewave rollback os-2.4.1\n");
    free(told);
}

static void the_first_rollout_has_nothing_before_it(void **state)
{
    struct view *view = *state;

    first_night(view);
    check_lacks(view, "os-2.4.0", "## Compared");
    check_has(view, "os-2.4.0", "`stuck` (never seen before)");
    check_has(view, "os-2.4.0", "`offline` (never seen before)");
}

static void a_code_is_new_once(void **state)
{
    struct view *view = *state;

    first_night(view);
    follow(view, "os-2.4.1", "2.4.1", false);
    end(view, "sag-4", GW_STATE_FAILED, "stuck", T0 + 1500 * MINUTE);
    follow(view, "os-2.4.2", "2.4.2", false);
    end(view, "sag-5", GW_STATE_DEFERRED, "offline", T0 + 1500 * MINUTE);
    /* What a later rollout had does not make it known earlier. */
    check_has(view, "os-2.4.0", "`offline` (never seen before)");
    check_lacks(view, "os-2.4.1", "never seen before");
    check_lacks(view, "os-2.4.2", "never seen before");
}

static void versions_of_another_type_are_not_compared(void **state)
{
    struct view *view = *state;

    first_night(view);
    follow(view, "dpi-7", "7", true);
    check_lacks(view, "dpi-7", "## Compared");
    follow(view, "os-2.4.1", "2.4.1", false);
    check_has(view, "os-2.4.1", "## Compared with os-2.4.0 to 2.4.0\n");
}

static void what_is_left_is_told_while_it_goes_on(void **state)
{
    struct view *view = *state;

    first_night(view);
    follow(view, "os-2.4.1", "2.4.1", false);
    end(view, "sag-1", GW_STATE_SUCCEEDED, "", T0 + 1450 * MINUTE);
    check_has(view, "os-2.4.1", "last outcome after 10m\n");
    check_has(view, "os-2.4.1",
              "## Left\n\n| state | devices | share |\n|---|---:|---:|\n| waiting | 4 | 80 % |\n");
    check_has(view, "os-2.4.1",
              "Devices with an outcome in both: 1\n\n- as desired then and now: 1\n\n## Next");
    check_has(view, "os-2.4.1", "    gatewave status os-2.4.1\n");
    check_lacks(view, "os-2.4.1", "Nothing is left");
}

static void a_relapse_is_a_cause(void **state)
{
    struct view *view = *state;

    view_freeze(view, &plan);
    start(view, T0);
    end(view, "sag-1", GW_STATE_SUCCEEDED, "", T0 + 10 * MINUTE);
    relapse(view, "sag-1", "");
    check_has(view, "os-2.4.0", "\nRelapsed after they had succeeded: 1.\n");
    check_has(view, "os-2.4.0", "- **1 relapsed**, was at the version, and was not well");
}

/* Not what it ran when it succeeded: who goes there is told what was found when it was no longer well. */
static void who_relapsed_was_read_last_when_it_did(void **state)
{
    struct view *view = *state;

    view_freeze(view, &plan);
    start(view, T0);
    end(view, "sag-1", GW_STATE_SUCCEEDED, "", T0 + 10 * MINUTE);
    end(view, "sag-2", GW_STATE_SUCCEEDED, "", T0 + 10 * MINUTE);
    relapse(view, "sag-1", "2.3.0");
    relapse(view, "sag-2", "");
    check_has(view, "os-2.4.0",
              "| – | – | sag-1 | s-1 | cn-shanghai | 2.3.0 at 2023-11-14T22:53:20Z | relapsed | ");
    check_has(view, "os-2.4.0",
              "| – | – | sag-2 | s-2 | cn-shanghai | no version at 2023-11-14T22:53:20Z | relapsed | ");
    check_lacks(view, "os-2.4.0", "22:23:20Z |");
}

/* How often text stands in the page. */
static size_t times(const char *told, const char *text)
{
    size_t n = 0;

    for (const char *p = strstr(told, text); p; p = strstr(p + 1, text))
        n++;
    return n;
}

/* Where to go, how to recognize it, what it said last, and why: site by site, also of a pair. */
static void who_goes_there_finds_the_devices(void **state)
{
    const struct view_plan sites = {.inventory = "gateway_id,region,serial,ha_role,site,name\n"
                                                 "g-1,cn-shanghai,s-1,,Ulm,Shop 12\n"
                                                 "g-2,cn-shanghai,s-2,,,\n"
                                                 "g-3,cn-beijing,s-3a,active,Bonn,a|b\n"
                                                 "g-3,cn-beijing,s-3b,standby,Bonn,a|b\n"
                                                 "g-4,cn-shanghai,s-4,,Ulm,Shop 13\n"
                                                 "g-5,cn-shanghai,s-5,,Ulm,Shop 14\n",
                                    .spec = ""};
    struct gw_record stuck = {.kind = GW_RECORD_STATE,
                              .state = GW_STATE_FAILED,
                              .answer = {.code = "stuck"},
                              .version = "2.3.0",
                              .reason = "accepted the version and did not come back online",
                              .at_unix_ms = T0 + 60 * MINUTE};
    struct view *view = *state;
    uint32_t pair;

    view_freeze(view, &sites);
    stuck.target = view_number_of(view, "g-1");
    view_commit(view, &stuck);
    pair = view_number_of(view, "g-3"); /* the later one of the two */
    view_end(view, pair - 1, GW_STATE_FAILED, "unsuitable");
    view_end(view, pair, GW_STATE_CANCELED, "left_out");
    view_end(view, view_number_of(view, "g-2"), GW_STATE_DEFERRED, "offline");
    view_end(view, view_number_of(view, "g-5"), GW_STATE_SUCCEEDED, "");
    check_has(view, "os-2.4.0",
              "| Bonn | a\\|b | g-3 | s-3b | cn-beijing | – | failed | the gateway is not one that can be "
              "upgraded |\n"
              "| Ulm | Shop 12 | g-1 | s-1 | cn-shanghai | 2.3.0 at 2023-11-14T23:13:20Z | failed | accepted "
              "the version and did not come back online |\n"
              "| – | – | g-2 | s-2 | cn-shanghai | – | deferred | the device was offline for too long |\n"
              "\n"
              "All of them");
    check_lacks(view, "os-2.4.0", "| s-3a |");
    check_lacks(view, "os-2.4.0", "| s-5 |");
    check_has(view, "os-2.4.0", "  Gateways: `g-3`\n"); /* whom nobody called is told of where the cause is */
}

/* Of more than a page has room for, those that took a call are listed, however late they come. */
static void a_page_lists_a_hundred_and_says_of_how_many(void **state)
{
    struct view_plan many = {.spec = ""};
    struct view *view = *state;
    struct gw_buf inventory;
    char *told;

    gw_buf_init(&inventory, 0);
    gw_buf_add_text(&inventory, "gateway_id,region\n");
    for (int i = 0; i < 160; i++)
        gw_buf_addf(&inventory, "g-%03d,cn-shanghai\n", i);
    many.inventory = gw_buf_text(&inventory);
    view_freeze(view, &many);
    gw_buf_release(&inventory);
    for (uint32_t target = 0; target < 160; target++)
        view_end(view, target, target < 120 ? GW_STATE_DEFERRED : GW_STATE_FAILED,
                 target < 120 ? "offline" : "stuck");
    told = page(view, "os-2.4.0");
    assert_int_equal(times(told, "| failed | accepted"), 40);
    assert_int_equal(times(told, "| deferred | the device was offline"), 60);
    assert_int_equal(times(told, "These are 100 of 160. All of them"), 1);
    free(told);
}

static void a_hold_names_both_ways_on(void **state)
{
    struct view *view = *state;

    view_freeze(view, &plan);
    start(view, T0);
    for (uint32_t target = 0; target < 5; target++)
        view_end(view, target, target ? GW_STATE_DEFERRED : GW_STATE_FAILED, target ? "offline" : "stuck");
    view_judge(view, 1, GW_VERDICT_HOLD, "0 of 5 of wave <all> are there");
    view_wave(view, 1, GW_PHASE_WAITING, 0);
    view_phase(view, GW_PHASE_WAITING, "held");
    check_has(view, "os-2.4.0", "Held by the gate: 0 of 5 of wave \\<all\\> are there");
    check_has(view, "os-2.4.0", "    gatewave approve os-2.4.0\n    gatewave abort os-2.4.0\n");
}

/* The page and status are about the same rollout: who may end it is told so by both. */
static void a_pause_names_both_ways_on(void **state)
{
    struct view *view = *state;

    view_freeze(view, &plan);
    start(view, T0);
    view_phase(view, GW_PHASE_PAUSED, "paused by an operator");
    check_has(view, "os-2.4.0", "## Next\n\n    gatewave resume os-2.4.0\n    gatewave abort os-2.4.0\n");
}

static void a_version_that_is_not_there_is_told_before_the_ways_on(void **state)
{
    struct view *view = *state;

    view_freeze(view, &plan);
    start(view, T0);
    view_phase(view, GW_PHASE_WAITING, "the cloud refuses the request itself: VersionNotExist: no such one");
    check_has(view, "os-2.4.0",
              "## Next\n\nThe cloud does not have the version. End it, or go on once it has:\n\n"
              "    gatewave abort os-2.4.0\n    gatewave run os-2.4.0\n");
}

static void nobody_is_no_rollout(void **state)
{
    struct view *view = *state;

    view->session.program = "gatewave";
    assert_int_equal(gw_report_page(&view->session, "nobody", &view->err), GW_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(a_page_is_as_it_is),
        VIEW(the_first_rollout_has_nothing_before_it),
        VIEW(a_code_is_new_once),
        VIEW(versions_of_another_type_are_not_compared),
        VIEW(what_is_left_is_told_while_it_goes_on),
        VIEW(a_relapse_is_a_cause),
        VIEW(who_relapsed_was_read_last_when_it_did),
        VIEW(who_goes_there_finds_the_devices),
        VIEW(a_page_lists_a_hundred_and_says_of_how_many),
        VIEW(a_hold_names_both_ways_on),
        VIEW(a_pause_names_both_ways_on),
        VIEW(a_version_that_is_not_there_is_told_before_the_ways_on),
        VIEW(nobody_is_no_rollout),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
