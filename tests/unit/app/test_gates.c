/* What a rollout file asks for, how each wave is judged when that is to be learned, and numbers in sentences. */
#include "rollout/gates.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"

#include "figures.h"
#include "rollout/asked.h"
#include "view.h"

#define HEAD "rollout: r\nversion: 2.4.0\nselect: all\n"
#define WAVES \
    "waves: [{name: a, size: 5, soak: 30m, approve: true}, {name: b, size: 10%, gate: {baseline: 2%}}, "

static struct gw_spec *parse(const char *text)
{
    struct gw_spec *spec = gw_mem_new(1, sizeof(*spec));
    struct gw_buf problems;
    struct gw_err err = {0};

    gw_buf_init(&problems, 0);
    if (gw_spec_parse(text, strlen(text), "r.yaml", spec, &problems, &err))
        fail_msg("%s", gw_buf_text(&problems));
    gw_buf_release(&problems);
    return spec;
}

static void drop(struct gw_spec *spec)
{
    gw_spec_release(spec);
    free(spec);
}

/* ---- figures ---- */

static void check_text(struct gw_buf *buf, const char *want)
{
    assert_string_equal(gw_buf_text(buf), want);
    gw_buf_release(buf);
}

static void counts_have_commas(void **state)
{
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {123456, "123,456"}, {1234567, "1,234,567"}};
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gw_figure_count(&buf, cases[i].count);
        check_text(&buf, cases[i].text);
    }
    gw_figure_of(&buf, 1, "device", "devices");
    check_text(&buf, "1 device");
    gw_figure_of(&buf, 5120, "device", "devices");
    check_text(&buf, "5,120 devices");
}

static void shares_are_percents(void **state)
{
    static const struct {
        uint64_t share_bp;
        const char *text;
    } cases[] = {{0, "0 %"},    {2000, "20 %"},  {120, "1.2 %"},
                 {5, "0.05 %"}, {125, "1.25 %"}, {10000, "100 %"}};
    struct gw_buf buf;

    (void)state;
    gw_buf_init(&buf, 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gw_figure_share(&buf, cases[i].share_bp);
        check_text(&buf, cases[i].text);
    }
    gw_figure_part(&buf, 20, 5120); /* 0.390625 % */
    check_text(&buf, "0.39 %");
    gw_figure_part(&buf, 13, 1083); /* 1.2003 % */
    check_text(&buf, "1.2 %");
    gw_figure_part(&buf, 7, 7);
    check_text(&buf, "100 %");
}

/* ---- what is asked ---- */

static void a_file_is_asked_wave_by_wave(void **state)
{
    struct gw_spec *spec = parse(HEAD WAVES "{name: c, size: rest, window: {between: \"01:00-05:00\"}}]\n");
    struct gw_asked_sizes sizes;
    struct gw_asked_wave wave;

    (void)state;
    gw_asked_sizes(spec, &sizes);
    assert_int_equal(sizes.n, 3);
    assert_int_equal(sizes.size[0].count, 5);
    assert_int_equal(sizes.size[1].share_bp, 1000);
    assert_true(sizes.size[2].rest);
    assert_string_equal(sizes.name[1], "b");
    gw_asked_wave(spec, 0, &wave);
    assert_true(wave.approve);
    assert_null(wave.window);
    assert_int_equal(gw_asked_soak_ms(spec, 0, 3), 1800000);
    gw_asked_wave(spec, 1, &wave);
    assert_false(wave.approve);
    assert_int_equal(wave.gate->rule.baseline_bp, 200);
    gw_asked_wave(spec, 2, &wave);
    assert_ptr_equal(wave.window, &spec->wave[2].window);
    drop(spec);
}

static void without_waves_the_rollout_itself_is_asked(void **state)
{
    struct gw_spec *spec = parse(HEAD "window: {between: \"01:00-05:00\"}\npace: {rate: 1/s}\n");
    struct gw_asked_sizes sizes;
    struct gw_asked_wave wave;

    (void)state;
    gw_asked_sizes(spec, &sizes);
    assert_int_equal(sizes.n, 0);
    gw_asked_wave(spec, 3, &wave);
    assert_ptr_equal(wave.gate, &spec->gate);
    assert_ptr_equal(wave.pace, &spec->pace);
    assert_ptr_equal(wave.window, &spec->window);
    assert_false(wave.approve);
    drop(spec);
}

/* ---- rules ---- */

static void without_a_past_the_file_alone_counts(void **state)
{
    struct gw_spec *spec =
        parse(HEAD "gate: {alarm: 6%, max_failed: 20, max_failed_share: 10%, least: 30}\n");
    struct gw_gates gates = {.spec = spec};
    struct gw_gate_rule rule;
    struct gw_buf said;

    (void)state;
    gw_gates_rule(&gates, 0, &rule);
    assert_int_equal(rule.baseline_bp, 100);
    assert_int_equal(rule.alarm_bp, 600);
    assert_int_equal(rule.failed_limit, 21); /* twenty are let pass */
    assert_int_equal(rule.max_failed_share_bp, 1000);
    assert_int_equal(rule.least, 30);
    gw_gates_model_rule(&gates, 0, "sag-1000", &rule);
    assert_int_equal(rule.baseline_bp, 100);
    assert_int_equal(rule.failed_limit, 0);
    assert_int_equal(rule.max_failed_share_bp, 0);
    gw_buf_init(&said, 0);
    gw_gates_say(&gates, &said);
    check_text(&said,
               "1 % until more is known: finished rollouts have 0 outcomes, and it takes 300 to learn from");
    drop(spec);
}

static void a_past_is_learned_for_all_and_for_each_model(void **state)
{
    struct gw_spec *spec = parse(HEAD WAVES "{name: c, size: rest}]\n");
    struct gw_normal normal[] = {{(char[]){""}, 21, 5120, 3},
                                 {(char[]){"sag-1000"}, 8, 4037, 3},
                                 {(char[]){"sag-100wm"}, 13, 1083, 2},
                                 {(char[]){"sag-new"}, 0, 299, 1}};
    struct gw_gates gates = {.spec = spec, .normal = normal, .n_normal = 4};
    struct gw_gate_rule all, own, fresh, said_so;
    struct gw_buf said;

    (void)state;
    gw_gates_rule(&gates, 0, &all);
    gw_gates_model_rule(&gates, 0, "sag-100wm", &own);
    gw_gates_model_rule(&gates, 0, "sag-new", &fresh); /* one outcome short of a baseline of its own */
    gw_gates_model_rule(&gates, 1, "sag-100wm", &said_so);
    /* Two standard deviations above what was seen: 21 + 2 + sqrt(88), rounded up, of 5,120. */
    assert_int_equal(all.baseline_bp, (33 * 10000 + 5119) / 5120);
    assert_int_equal(own.baseline_bp, (23 * 10000 + 1082) / 1083);
    assert_int_equal(fresh.baseline_bp, all.baseline_bp);
    assert_int_equal(said_so.baseline_bp, 200); /* the second wave does not ask for auto */
    gw_buf_init(&said, 0);
    gw_gates_say(&gates, &said);
    check_text(&said, "learned from 3 rollouts: 0.41 % of 5,120 failed; sag-100wm 1.2 %, sag-1000 0.2 %");
    drop(spec);
}

static void many_models_are_not_all_named(void **state)
{
    struct gw_spec *spec = parse(HEAD);
    struct gw_normal normal[] = {{(char[]){""}, 60, 6000, 1},   {(char[]){"m1"}, 10, 1000, 1},
                                 {(char[]){"m2"}, 50, 1000, 1}, {(char[]){"m3"}, 0, 1000, 1},
                                 {(char[]){"m4"}, 20, 1000, 1}, {(char[]){"\033[2J"}, 30, 1000, 1},
                                 {(char[]){"rare"}, 99, 100, 1}};
    struct gw_gates gates = {.spec = spec, .normal = normal, .n_normal = 7};
    struct gw_buf said;

    (void)state;
    gw_buf_init(&said, 0);
    gw_gates_say(&gates, &said);
    check_text(
        &said,
        "learned from 1 rollout: 1 % of 6,000 failed; m2 5 %, \\x1b[2J 3 %, m4 2 %, and 2 more models");
    drop(spec);
}

static void a_baseline_that_was_said_is_not_explained(void **state)
{
    struct gw_spec *spec = parse(HEAD "gate: {baseline: 3%}\n");
    struct gw_normal normal[] = {{(char[]){""}, 60, 6000, 1}};
    struct gw_gates gates = {.spec = spec, .normal = normal, .n_normal = 1};
    struct gw_gate_rule rule;
    struct gw_buf said;

    (void)state;
    gw_buf_init(&said, 0);
    gw_gates_say(&gates, &said);
    check_text(&said, "");
    gw_gates_rule(&gates, 0, &rule);
    assert_int_equal(rule.baseline_bp, 300);
    drop(spec);
}

/* The core refuses a chart that cannot go down, and a file may say 100% all the same. */
static void an_alarm_of_all_is_nearly_all(void **state)
{
    struct gw_spec *spec = parse(HEAD "gate: {baseline: 99.99%, alarm: 100%}\n");
    struct gw_gates gates = {.spec = spec};
    struct gw_gate_rule rule;
    struct gw_chart_step step;

    (void)state;
    gw_gates_rule(&gates, 0, &rule);
    assert_int_equal(rule.alarm_bp, 9999);
    assert_int_equal(rule.baseline_bp, 9998);
    gw_gates_model_rule(&gates, 0, "m", &rule);
    gw_chart_step_init(&step, &rule, 10);
    assert_true(step.succeeded_unats < 0);
    drop(spec);
}

static void the_past_comes_from_the_database(void **state)
{
    struct view *view = *state;
    struct gw_spec *spec = parse(HEAD);
    struct gw_gates gates;

    view_freeze(view, &(struct view_plan){.spec = HEAD,
                                          .inventory = "gateway_id,region,serial,model\n"
                                                       "sag-1,cn-shanghai,s1,m1\n"
                                                       "sag-2,cn-shanghai,s2,m1\n"
                                                       "sag-3,cn-shanghai,s3,m2\n"});
    for (uint32_t t = 0; t < 3; t++)
        view_end(view, t, t == view_number_of(view, "sag-2") ? GW_STATE_FAILED : GW_STATE_SUCCEEDED,
                 t == view_number_of(view, "sag-2") ? "stuck" : "");
    assert_int_equal(gw_gates_load(&gates, view->session.store, spec, &view->err), GW_OK);
    assert_int_equal(gates.n_normal, 1);
    assert_int_equal(gates.normal[0].judged, 0); /* it is not over */
    gw_gates_release(&gates);
    view_wave(view, 1, GW_PHASE_FINISHED, 0);
    view_phase(view, GW_PHASE_FINISHED, "");
    assert_int_equal(gw_gates_load(&gates, view->session.store, spec, &view->err), GW_OK);
    assert_int_equal(gates.n_normal, 3);
    assert_string_equal(gates.normal[0].model, "");
    assert_int_equal(gates.normal[0].failed, 1);
    assert_int_equal(gates.normal[0].judged, 3);
    assert_int_equal(gates.normal[0].rollouts, 1);
    gw_gates_release(&gates);
    drop(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_have_commas),
        cmocka_unit_test(shares_are_percents),
        cmocka_unit_test(a_file_is_asked_wave_by_wave),
        cmocka_unit_test(without_waves_the_rollout_itself_is_asked),
        cmocka_unit_test(without_a_past_the_file_alone_counts),
        cmocka_unit_test(a_past_is_learned_for_all_and_for_each_model),
        cmocka_unit_test(many_models_are_not_all_named),
        cmocka_unit_test(a_baseline_that_was_said_is_not_explained),
        cmocka_unit_test(an_alarm_of_all_is_nearly_all),
        VIEW(the_past_comes_from_the_database),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
