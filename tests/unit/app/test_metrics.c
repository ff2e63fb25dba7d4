/* The figures of a run: what is counted, which labels there are, when the last success was, and the file as it is. */
#include "notify/metrics.h"

#include <string.h>
#include <sys/stat.h>

#include "gatewave/smartag/code.h"
#include "sinks.h"
#include "view.h"
#include "whole.h"

static const struct view_plan plan = {.inventory =
                                          "gateway_id,region\n"
                                          "sag-1,cn-shanghai\nsag-2,cn-shanghai\nsag-3,cn-shanghai\n",
                                      .spec = ""};

static void check_text(const struct gw_metrics *metrics, const char *has)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_metrics_text(metrics, &buf);
    if (!strstr(gw_buf_text(&buf), has))
        assert_string_equal(gw_buf_text(&buf), has);
    gw_buf_release(&buf);
}

static void check_lacks(const struct gw_metrics *metrics, const char *text)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_metrics_text(metrics, &buf);
    assert_null(strstr(gw_buf_text(&buf), text));
    gw_buf_release(&buf);
}

static void times_are_seconds(void **state)
{
    struct gw_metrics metrics = {
        .started_unix_ms = 1700000000007, .ended_unix_ms = 1700000003250, .exit_code = 9};

    (void)state;
    check_text(&metrics, "# HELP gatewave_run_started_timestamp_seconds When the last run began.\n"
                         "# TYPE gatewave_run_started_timestamp_seconds gauge\n"
                         "gatewave_run_started_timestamp_seconds 1700000000.007\n");
    check_text(&metrics, "\ngatewave_run_ended_timestamp_seconds 1700000003.250\n");
    check_text(&metrics, "\ngatewave_run_duration_seconds 3.243\n");
    check_text(&metrics, "\ngatewave_run_exit_code 9\n");
    check_lacks(&metrics, "last_success");
    check_lacks(&metrics, "drift");
    check_lacks(&metrics, "code_devices");
    metrics.last_success_unix_ms = 1699900000000;
    check_text(&metrics, "\ngatewave_last_success_timestamp_seconds 1699900000.000\n");
    /* The clock was set back meanwhile. */
    metrics.ended_unix_ms = metrics.started_unix_ms - 1;
    check_lacks(&metrics, "duration");
}

/* An end that was not there is not told, nor an exit code: 0 would be a success. */
static void a_run_that_is_under_way_has_no_end(void **state)
{
    struct gw_metrics metrics = {.started_unix_ms = 1700000000007};

    (void)state;
    check_text(&metrics, "\ngatewave_run_under_way 0\n");
    metrics.under_way = true;
    check_text(&metrics, "\ngatewave_run_under_way 1\n");
    check_text(&metrics, "\ngatewave_run_started_timestamp_seconds 1700000000.007\n");
    check_text(&metrics, "\ngatewave_run_devices{state=\"failed\"} 0\n");
    check_lacks(&metrics, "run_ended");
    check_lacks(&metrics, "run_duration");
    check_lacks(&metrics, "run_exit_code");
    metrics.no_devices = true;
    check_lacks(&metrics, "devices");
}

static void every_state_has_a_series(void **state)
{
    struct gw_metrics metrics = {.count = {[GW_STATE_SUCCEEDED] = 4990, [GW_STATE_UNRESOLVED] = 1}};
    char line[96];

    (void)state;
    for (int each = GW_STATE_WAITING; each < GW_STATE_COUNT; each++) {
        (void)snprintf(line, sizeof(line), "\ngatewave_run_devices{state=\"%s\"} %d\n",
                       gw_state_name((enum gw_state)each),
                       each == GW_STATE_SUCCEEDED    ? 4990
                       : each == GW_STATE_UNRESOLVED ? 1
                                                     : 0);
        check_text(&metrics, line);
    }
}

static void drift_is_told_where_it_is_known(void **state)
{
    const struct gw_metrics metrics = {
        .drift = {.known = true, .gateways = 12000, .drifted = 31, .held = 4, .given_up = 2}};

    (void)state;
    check_text(&metrics, "\ngatewave_policy_gateways 12000\n");
    /* Found by a night: most of them are mended when this is read, and the name must not say otherwise. */
    check_text(&metrics, "\ngatewave_found_drifted_gateways 31\n");
    check_text(&metrics,
               "# HELP gatewave_found_drifted_gateways Gateways that were not as their policy wants "
               "them when the night began; what became of them is in run_devices.\n");
    check_text(&metrics, "\ngatewave_held_gateways 4\n");
    check_text(&metrics, "\ngatewave_given_up_gateways 2\n");
}

static void codes_are_those_of_the_book(void **state)
{
    struct gw_metrics metrics = {.exit_code = 0};

    (void)state;
    gw_metrics_add_code(&metrics, GW_STATE_FAILED, "stuck", 2);
    gw_metrics_add_code(&metrics, GW_STATE_FAILED, "Evil\"\n{Code}", 3);
    gw_metrics_add_code(&metrics, GW_STATE_FAILED, "AnotherThatNobodyKnows", 4);
    gw_metrics_add_code(&metrics, GW_STATE_FAILED, "stuck", 5);
    gw_metrics_add_code(&metrics, GW_STATE_CANCELED, "", 6);
    check_text(&metrics, "# TYPE gatewave_run_code_devices gauge\n"
                         "gatewave_run_code_devices{outcome=\"failed\",code=\"stuck\"} 7\n"
                         "gatewave_run_code_devices{outcome=\"failed\",code=\"unknown\"} 7\n"
                         "gatewave_run_code_devices{outcome=\"canceled\",code=\"\"} 6\n");
}

static void more_codes_than_there_is_room_for_are_the_other_ones(void **state)
{
    struct gw_metrics metrics = {.exit_code = 0};
    const struct gw_code_entry *book;
    uint64_t devices = 0;
    unsigned n;

    (void)state;
    book = gw_code_book(&n);
    assert_true(n > GW_METRICS_CODES_MAX);
    for (int each = GW_STATE_FAILED; each <= GW_STATE_CANCELED; each++)
        for (unsigned i = 0; i < n; i++)
            gw_metrics_add_code(&metrics, (enum gw_state)each, book[i].code, 1);
    assert_true(metrics.n_codes <= GW_METRICS_CODES_MAX);
    for (size_t i = 0; i < metrics.n_codes; i++)
        devices += metrics.code[i].devices;
    assert_int_equal(devices, 4 * n);
    check_text(&metrics, "{outcome=\"canceled\",code=\"other\"} ");
}

/* ---- from the database ---- */

static void finish(struct view *view, int64_t at)
{
    const struct gw_record wave = {
        .kind = GW_RECORD_WAVE, .wave = 0, .phase = GW_PHASE_FINISHED, .at_unix_ms = at};
    const struct gw_record over = {
        .kind = GW_RECORD_PHASE, .target = UINT32_MAX, .phase = GW_PHASE_FINISHED, .at_unix_ms = at};

    view_commit(view, &wave);
    view_commit(view, &over);
}

static int64_t last_success(struct view *view)
{
    int64_t unix_ms = -1;

    assert_int_equal(gw_metrics_last_success(view->session.store, &unix_ms, &view->err), GW_OK);
    return unix_ms;
}

/* Another rollout of the same fleet. */
static void again(struct view *view, const char *name)
{
    struct gw_select select;
    struct gw_select_error wrong;
    const struct gw_rollout_new fresh = {.name = name,
                                         .version = "2.4.1",
                                         .verify = true,
                                         .selection = "all",
                                         .spec = "",
                                         .created_by = "ann@noc",
                                         .now_unix_ms = T0,
                                         .select = &select};

    gw_lease_release(view->lease);
    view->lease = NULL;
    assert_true(gw_select_parse("all", &select, &wrong));
    assert_int_equal(gw_rollout_create(view->session.store, &fresh, &view->rollout, &view->err), GW_OK);
    assert_int_equal(gw_lease_take(view->session.store, view->rollout.id, T0, &view->lease, &view->err),
                     GW_OK);
    view_wave(view, 1, GW_PHASE_RUNNING, 0);
}

static void a_success_outlives_what_failed_after_it(void **state)
{
    struct view *view = *state;

    assert_int_equal(last_success(view), 0);
    view_freeze(view, &plan);
    for (uint32_t target = 0; target < 3; target++)
        view_end(view, target, target ? GW_STATE_SUCCEEDED : GW_STATE_SKIPPED, "");
    assert_int_equal(last_success(view), 0); /* not over yet */
    finish(view, T0 + 90000);
    assert_int_equal(last_success(view), T0 + 90000);
    again(view, "bad");
    for (uint32_t target = 0; target < 3; target++)
        view_end(view, target, target ? GW_STATE_SUCCEEDED : GW_STATE_FAILED, target ? "" : "stuck");
    finish(view, T0 + 190000);
    assert_int_equal(last_success(view), T0 + 90000);
    again(view, "good");
    for (uint32_t target = 0; target < 3; target++)
        view_end(view, target, GW_STATE_SUCCEEDED, "");
    finish(view, T0 + 290000);
    assert_int_equal(last_success(view), T0 + 290000);
}

static void a_rollout_is_counted(void **state)
{
    struct view *view = *state;
    struct gw_metrics metrics = {.exit_code = 0};

    view_freeze(view, &plan);
    view_end(view, 0, GW_STATE_FAILED, "stuck");
    view_end(view, 1, GW_STATE_SUCCEEDED, "");
    assert_int_equal(gw_metrics_add_rollout(&metrics, view->session.store, &view->rollout, &view->err),
                     GW_OK);
    assert_int_equal(gw_metrics_add_rollout(&metrics, view->session.store, &view->rollout, &view->err),
                     GW_OK);
    assert_int_equal(metrics.count[GW_STATE_FAILED], 2);
    assert_int_equal(metrics.count[GW_STATE_SUCCEEDED], 2);
    assert_int_equal(metrics.count[GW_STATE_WAITING], 2);
    check_text(&metrics, "{outcome=\"failed\",code=\"stuck\"} 2\n");
}

/* ---- the file ---- */

static void the_file_is_replaced_whole_and_for_all_to_read(void **state)
{
    struct view *view = *state;
    struct gw_config *config = &view->session.config;
    char file[96], lost[112];
    struct gw_metrics metrics = {.started_unix_ms = T0, .exit_code = 7};
    struct gw_buf text;
    struct stat facts;

    (void)snprintf(file, sizeof(file), "%s/gatewave.prom", view->root);
    (void)snprintf(lost, sizeof(lost), "%s/nowhere/gatewave.prom", view->root);
    view_freeze(view, &plan);
    free(config->metrics.textfile);
    config->metrics.textfile = gw_mem_dup(file);
    (void)umask(077);
    gw_metrics_run_ended(config, "os-2.4.0", &metrics, true);
    assert_int_equal(stat(file, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0644);
    gw_buf_init(&text, 0);
    metrics = (struct gw_metrics){.started_unix_ms = T0, .exit_code = 70};
    gw_metrics_run_ended(config, "no-such-rollout", &metrics, true); /* replaces it, with less */
    assert_int_equal(gw_whole_read(file, &text, &view->err), GW_OK);
    assert_non_null(strstr(gw_buf_text(&text), "\ngatewave_run_exit_code 70\n"));
    assert_null(strstr(gw_buf_text(&text), "gatewave_run_devices"));
    gw_buf_reset(&text);
    metrics = (struct gw_metrics){.started_unix_ms = T0, .count = {[GW_STATE_FAILED] = 7}};
    gw_metrics_under_way(config, &metrics);
    assert_int_equal(gw_whole_read(file, &text, &view->err), GW_OK);
    assert_non_null(strstr(gw_buf_text(&text), "{state=\"failed\"} 7\n"));
    assert_int_equal(unlink(file), 0);
    free(config->metrics.textfile);
    config->metrics.textfile = gw_mem_dup(lost);
    gw_metrics_run_ended(config, "os-2.4.0", &metrics, true); /* a warning, and no more */
    gw_buf_release(&text);
}

static void a_file_that_cannot_be_written_stays_as_it_was(void **state)
{
    struct view *view = *state;
    char file[96];
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_buf_add_text(&text, "1\n");
    (void)snprintf(file, sizeof(file), "%s", view->root); /* a folder stands there */
    assert_int_equal(gw_whole_write(file, &text, 0644, true, &view->err), GW_ERR_STORE);
    assert_non_null(strstr(view->err.text, " cannot be written: Is a directory"));
    gw_buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_seconds),
        cmocka_unit_test(a_run_that_is_under_way_has_no_end),
        cmocka_unit_test(every_state_has_a_series),
        cmocka_unit_test(drift_is_told_where_it_is_known),
        cmocka_unit_test(codes_are_those_of_the_book),
        cmocka_unit_test(more_codes_than_there_is_room_for_are_the_other_ones),
        VIEW(a_success_outlives_what_failed_after_it),
        VIEW(a_rollout_is_counted),
        VIEW(the_file_is_replaced_whole_and_for_all_to_read),
        VIEW(a_file_that_cannot_be_written_stays_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
