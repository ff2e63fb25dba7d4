/* Plans over a database made here: what is counted, what is said, what is kept, and what has changed since. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/when.h"

#include "plan/plan-local.h"
#include "plan/plan_words.h"
#include "sinks.h"
#include "view.h"

#define HEAD   "rollout: os-2.4.0\nversion: 2.4.0\nselect: not tag.freeze\n"
#define WAVES  "waves: [{name: canary, size: 2, soak: 30m, approve: true}, {name: rest, size: rest}]\n"
#define WINDOW "window: {between: \"01:00-05:00\", zone: gateway, cutoff: 20m}\n"

/* Ten gateways: seven alike in Shanghai, a pair in Berlin, one at the version already, one at another ISP, zoneless. */
static const char fleet[] = "gateway_id,region,serial,ha_role,version,model,isp,timezone,tag:freeze\n"
                            "sag-1,cn-shanghai,s1,,2.3.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-2,cn-shanghai,s2,,2.3.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-3,cn-shanghai,s3,,2.3.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-4,cn-shanghai,s4,,2.3.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-5,cn-shanghai,s5,,2.3.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-6,cn-shanghai,s6,,2.3.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-7,cn-shanghai,s7,,2.3.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-8,eu-central-1,s8a,active,2.3.0,sag-100wm,,Europe/Berlin,\n"
                            "sag-8,eu-central-1,s8s,standby,2.3.0,sag-100wm,,Europe/Berlin,\n"
                            "sag-9,cn-shanghai,s9,,2.10.0,sag-1000,ctcc,Asia/Shanghai,\n"
                            "sag-10,cn-shanghai,s10,,2.3.0,sag-1000,cucc,,\n"
                            "sag-11,cn-shanghai,s11,,2.3.0,sag-1000,ctcc,Asia/Shanghai,yes\n";

struct desk {
    struct view *view;
    struct gw_spec spec;
    struct gw_plan *plan;
    char spec_file[96], plan_file[96];
};

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The fleet, the rollout file in its place, and the plan of it as it is made. */
static struct desk *sit_down(struct view *view, const char *inventory, const char *text)
{
    struct desk *desk = gw_mem_new(1, sizeof(*desk));

    desk->view = view;
    (void)snprintf(desk->spec_file, sizeof(desk->spec_file), "%s/os.yaml", view->root);
    (void)snprintf(desk->plan_file, sizeof(desk->plan_file), "%s/os.plan", view->root);
    view_import_text(view, inventory);
    free(sink_take(view->session.out.fd));
    write_file(desk->spec_file, text);
    if (gw_spec_read(desk->spec_file, &desk->spec, &view->session.problems, &view->err))
        fail_msg("%s", gw_buf_text(&view->session.problems));
    return desk;
}

static void make_plan(struct desk *desk)
{
    if (gw_plan_new(&desk->view->session, &desk->spec, desk->spec_file, &desk->plan, &desk->view->err))
        fail_msg("%s%s", desk->view->err.text, gw_buf_text(&desk->view->session.problems));
}

static void leave_desk(struct desk *desk)
{
    gw_plan_free(desk->plan);
    gw_spec_release(&desk->spec);
    (void)unlink(desk->spec_file);
    (void)unlink(desk->plan_file);
    free(desk);
}

static void show(struct desk *desk, enum gw_output_format format)
{
    gw_plan_show(desk->plan, &desk->view->session.out, format);
}

/* The plan as if it were made at that time. */
static void pretend_now(struct desk *desk, const char *utc)
{
    assert_true(gw_when_parse(utc, &desk->plan->now_unix_ms));
    gw_plan_forecast(desk->plan);
}

/* ---- what is counted ---- */

static void a_plan_counts_what_it_holds(void **state)
{
    struct desk *desk = sit_down(*state, fleet, HEAD WAVES WINDOW);
    const struct gw_plan *plan;

    make_plan(desk);
    plan = desk->plan;
    assert_int_equal(plan->n_waves, 2);
    assert_int_equal(plan->units, 10);
    assert_int_equal(plan->targets, 11);
    assert_int_equal(plan->pairs, 1);
    assert_int_equal(plan->left_out, 1);
    assert_int_equal(plan->homeless, 1);
    assert_int_equal(plan->skipped, 1); /* 2.10.0 is newer than 2.4.0 */
    assert_int_equal(plan->wave[0].size.units, 2);
    assert_int_equal(plan->wave[0].soak_ms, 1800000);
    assert_int_equal(plan->wave[1].size.units, 8);
    assert_int_equal(plan->n_kinds, 3);
    /* Two places, for the most frequent kind and one of the other two. */
    assert_int_equal(plan->n_uncovered, 1);
    assert_false(plan->begun);
    leave_desk(desk);
}

static void the_screen_tells_it(void **state)
{
    struct view *view = *state;
    struct desk *desk =
        sit_down(view, fleet, HEAD WAVES WINDOW "gate: {max_failed: 3}\npace: {per_site: 1, per_isp: 5}\n");

    make_plan(desk);
    show(desk, GW_OUTPUT_TABLE);
    PRINTED(
        view, "plan of os-2.4.0: version 2.4.0 (Device) to 11 devices of 10 gateways, 1 of them a pair\n",
        "selection: not tag.freeze   (leaves out 1 device of the inventory)\n",
        "WAVE    GATEWAYS  DEVICES  PAIRS  RATE  AT ONCE  TAKES", "gate, and your approval",
        "  no more at once than 1 in one site (not among the 3 devices without one), 5 in one ISP (not among "
        "the 2 devices without one)\n",
        "skipped: 1 listed at the version already",
        "window 01:00-05:00 of each gateway's own zone; no call in its last 20m\n", "Asia/Shanghai: ",
        "1 device has no known time zone: with `zone: gateway` no window ever opens for them", "(sag-10)\n",
        "The first wave has no gateway of 1 of the 3 combinations",
        "gate: normal is up to 1 % of failures, bad is 8 %; it stops at failure 4.\n",
        "A version that breaks 20 %", "What is normal: 1 % until more is known", " of failures.\n");
    leave_desk(desk);
}

static void json_and_rows_tell_it_too(void **state)
{
    struct view *view = *state;
    struct desk *desk = sit_down(view, fleet, HEAD WAVES WINDOW);

    make_plan(desk);
    show(desk, GW_OUTPUT_JSON);
    PRINTED(
        view,
        "{\"rollout\":\"os-2.4.0\",\"version\":\"2.4.0\",\"type\":\"Device\",\"select\":\"not tag.freeze\"",
        "\"gateways\":10,\"devices\":11,\"pairs\":1,\"skipped\":1,\"without_zone\":1,\"left_out\":1",
        "{\"name\":\"canary\",\"gateways\":2", "\"without_site\":0,\"without_isp\":0,",
        "\"soak_ms\":1800000,\"approve\":true", "\"combinations\":3",
        "\"uncovered\":[{\"model\":", "\"clean_canaries_allow_bp\":", "\"clocks\":[", "]}\n");
    show(desk, GW_OUTPUT_CSV);
    PRINTED(view, "number,wave,gateway_id,serial,ha_role,region,model,version,site,isp,timezone\n0,canary,",
            "sag-8,s8s,standby,eu-central-1,sag-100wm,2.3.0,,,Europe/Berlin\n");
    show(desk, GW_OUTPUT_JSONL);
    PRINTED(view, "{\"number\":0,\"wave\":\"canary\",\"gateway_id\":\"sag-", "\"serial\":\"s9\"");
    leave_desk(desk);
}

static void a_small_selection_is_one_wave_and_a_large_one_is_cut(void **state)
{
    struct view *view = *state;
    struct desk *desk = sit_down(view, fleet, HEAD);
    struct gw_buf many;

    make_plan(desk);
    assert_int_equal(desk->plan->n_waves, 1);
    assert_int_equal(desk->plan->wave[0].nights, 0);
    show(desk, GW_OUTPUT_NONE);
    PRINTED(view, "\nall ");
    leave_desk(desk);
    gw_buf_init(&many, 0);
    gw_buf_add_text(&many, "gateway_id,region\n");
    for (int i = 0; i < 300; i++)
        gw_buf_addf(&many, "sag-x%d,cn-beijing\n", i);
    desk = sit_down(view, gw_buf_text(&many), HEAD);
    make_plan(desk);
    assert_int_equal(desk->plan->n_waves, 4);
    assert_string_equal(desk->plan->wave[0].name, "canary");
    assert_int_equal(desk->plan->wave[0].size.units, 10);
    show(desk, GW_OUTPUT_TABLE);
    PRINTED(view, "The file says no waves: for more than 200 devices they are cut into safe ones.\n");
    gw_buf_release(&many);
    leave_desk(desk);
}

static void a_size_that_does_not_fit_is_refused_at_its_place(void **state)
{
    struct view *view = *state;
    struct desk *desk =
        sit_down(view, fleet, HEAD "waves:\n  - {name: canary, size: 2}\n  - {name: tenth, size: 9}\n");

    assert_int_equal(gw_plan_new(&view->session, &desk->spec, desk->spec_file, &desk->plan, &view->err),
                     GW_ERR_INPUT);
    assert_non_null(strstr(gw_buf_text(&view->session.problems), "os.yaml:6:25: waves.size: "));
    assert_non_null(strstr(gw_buf_text(&view->session.problems),
                           "\n    - {name: tenth, size: 9}\n                          ^\n"));
    assert_non_null(strstr(view->err.text, "os.yaml: 1 problem"));
    desk->plan = NULL;
    leave_desk(desk);
}

static void half_a_pair_and_nobody_are_refused(void **state)
{
    struct view *view = *state;
    struct desk *desk = sit_down(view, fleet, "rollout: r\nversion: 2.4.0\nselect: serial = s8a\n");

    assert_int_equal(gw_plan_new(&view->session, &desk->spec, desk->spec_file, &desk->plan, &view->err),
                     GW_ERR_INPUT);
    assert_non_null(strstr(gw_buf_text(&view->session.problems), "os.yaml:3:9: select: "));
    assert_non_null(strstr(gw_buf_text(&view->session.problems), "sag-8"));
    assert_non_null(strstr(gw_buf_text(&view->session.problems), "\n  select: serial = s8a\n          ^\n"));
    leave_desk(desk);
    desk = sit_down(view, fleet, "rollout: r\nversion: 2.4.0\nselect: serial = none\n");
    assert_int_equal(gw_plan_new(&view->session, &desk->spec, desk->spec_file, &desk->plan, &view->err),
                     GW_ERR_INPUT);
    leave_desk(desk);
}

/* The way back: whoever is listed below it stays, and costs no time. */
static void a_rollback_skips_what_is_older(void **state)
{
    struct desk *desk = sit_down(*state, fleet, HEAD "downgrade: true\n");

    make_plan(desk);
    assert_int_equal(desk->plan->skipped, 10);
    assert_int_equal(desk->plan->wave[0].skipped, 10);
    assert_int_equal(desk->plan->wave[0].load.targets, 1);
    leave_desk(desk);
}

static void zones_that_nobody_knows_are_bounded(void **state)
{
    struct view *view = *state;
    struct gw_buf many;
    struct desk *desk;

    gw_buf_init(&many, 0);
    gw_buf_add_text(&many, "gateway_id,region,timezone\n");
    for (int i = 0; i < 100; i++)
        gw_buf_addf(&many, "sag-x%d,cn-beijing,Nowhere/Place%d\n", i, i);
    gw_buf_add_text(&many, "sag-y,cn-beijing,Asia/Tokyo\n");
    desk = sit_down(view, gw_buf_text(&many), HEAD WINDOW);
    make_plan(desk);
    assert_int_equal(desk->plan->homeless, 100);
    assert_int_equal(desk->plan->wave[0].n_zones, 17);
    assert_int_equal(desk->plan->wave[0].load.targets, 1);
    gw_buf_release(&many);
    leave_desk(desk);
}

/* ---- when ---- */

static const struct gw_plan_zone *zone_of(const struct gw_plan *plan, uint32_t wave, const char *name)
{
    for (size_t i = 0; i < plan->wave[wave].n_zones; i++)
        if (strcmp(plan->wave[wave].zone[i].name, name) == 0)
            return &plan->wave[wave].zone[i];
    fail_msg("no %s in wave %u", name, wave);
    return NULL;
}

static void waves_wait_for_their_windows(void **state)
{
    struct view *view = *state;
    struct desk *desk = sit_down(view, fleet,
                                 HEAD "waves: [{name: most, size: 8, soak: 30m}, {name: rest, size: rest}]\n"
                                      "window: {between: \"01:00-05:00\", zone: Europe/Berlin}\n");
    const struct gw_plan_zone *zone;
    int64_t want;

    make_plan(desk);
    pretend_now(desk, "2026-01-14T12:00:00Z");
    zone = zone_of(desk->plan, 0, "Europe/Berlin");
    assert_true(gw_when_parse("2026-01-15T00:00:00Z", &want));
    assert_int_equal(zone->next.opens_unix_ms, want);
    assert_int_equal(zone->nights, 1);
    /* The rest begins in the same night: nobody there needs longer than an hour and the soak. */
    assert_int_equal(zone_of(desk->plan, 1, "Europe/Berlin")->next.opens_unix_ms, want);
    assert_int_equal(desk->plan->nights, 1);
    assert_true(desk->plan->wave[1].ends_unix_ms > want + 2400000);
    show(desk, GW_OUTPUT_TABLE);
    PRINTED(view, "from 2026-01-15 01:00 CET (2026-01-15T00:00Z), fits in that night", "after 1 night ");
    leave_desk(desk);
}

static void a_slow_pace_takes_nights(void **state)
{
    struct view *view = *state;
    struct desk *desk =
        sit_down(view, fleet,
                 HEAD "pace: {rate: 1/h}\nwindow: {between: \"01:00-05:00\", zone: Asia/Shanghai, "
                      "cutoff: 1h, days: [mon, tue]}\n");

    make_plan(desk);
    pretend_now(desk, "2026-01-14T12:00:00Z");       /* a Wednesday */
    assert_int_equal(desk->plan->wave[0].nights, 3); /* eight calls to wait for, three an opening */
    assert_int_equal(desk->plan->nights, 3);
    show(desk, GW_OUTPUT_TABLE);
    PRINTED(view, "from 2026-01-19 01:00 CST (2026-01-18T17:00Z), takes 3 nights", "after 3 nights ");
    leave_desk(desk);
}

static void what_never_fits_is_said(void **state)
{
    struct view *view = *state;
    struct desk *desk =
        sit_down(view, fleet, HEAD "pace: {rate: 1/h}\nwindow: {between: \"01:00-01:21\", zone: UTC}\n");

    make_plan(desk);
    assert_int_equal(desk->plan->wave[0].ends_unix_ms, GW_FORECAST_NEVER);
    show(desk, GW_OUTPUT_TABLE);
    PRINTED(view, "does not fit into the next 64 openings at this pace\n",
            "When all of it would be over cannot be said.\n");
    show(desk, GW_OUTPUT_JSON);
    PRINTED(view, "\"ends_at\":null");
    leave_desk(desk);
}

static void the_setting_of_clocks_is_said(void **state)
{
    static const struct {
        const char *between, *now, *says;
    } cases[] = {
        {"01:00-05:00", "2026-03-27T12:00:00Z",
         "Europe/Berlin: the clocks are set forward by 1h, and then show 2026-03-29 03:00 CEST "
         "(2026-03-29T01:00Z); "
         "the window is open for 3h that night instead of 4h\n"},
        {"01:00-05:00", "2026-10-23T12:00:00Z",
         "Europe/Berlin: the clocks are set back by 1h, and then show 2026-10-25 02:00 CET "
         "(2026-10-25T01:00Z); the "
         "window is open for 5h that night instead of 4h\n"},
        {"22:00-02:30", "2026-10-23T12:00:00Z", "; the window opens twice that night\n"},
        {"12:00-14:00", "2026-10-23T12:00:00Z", "(2026-10-25T01:00Z)\n"},
    };
    struct view *view = *state;
    char text[256];

    for (size_t i = 0; i < GW_COUNT_OF(cases); i++) {
        struct desk *desk;

        (void)snprintf(text, sizeof(text), HEAD "window: {between: \"%s\", zone: Europe/Berlin}\n",
                       cases[i].between);
        desk = sit_down(view, fleet, text);
        make_plan(desk);
        pretend_now(desk, cases[i].now);
        show(desk, GW_OUTPUT_TABLE);
        PRINTED(view, cases[i].says);
        pretend_now(desk, "2026-06-01T12:00:00Z");
        show(desk, GW_OUTPUT_JSON);
        PRINTED(view, "\"clocks\":[]");
        leave_desk(desk);
    }
}

/* ---- kept ---- */

static enum gw_code take(struct desk *desk)
{
    struct gw_spec spec;
    enum gw_code code;

    gw_buf_reset(&desk->view->session.problems);
    code = gw_plan_take(&desk->view->session, desk->plan_file, &spec, &desk->view->err);
    if (code == GW_OK) {
        assert_string_equal(spec.version, "2.4.0");
        gw_spec_release(&spec);
    }
    return code;
}

static struct desk *kept(struct view *view)
{
    struct desk *desk = sit_down(view, fleet, HEAD WAVES);

    make_plan(desk);
    if (gw_plan_save(desk->plan, desk->plan_file, false, &view->err))
        fail_msg("%s", view->err.text);
    return desk;
}

static void check_changed(struct desk *desk, const char *problem, const char *summary)
{
    assert_int_equal(take(desk), GW_ERR_INPUT);
    if (!strstr(gw_buf_text(&desk->view->session.problems), problem))
        assert_string_equal(gw_buf_text(&desk->view->session.problems), problem);
    if (!strstr(desk->view->err.text, summary))
        assert_string_equal(desk->view->err.text, summary);
}

static void a_plan_that_holds_is_taken(void **state)
{
    struct desk *desk = kept(*state);

    assert_true(gw_plan_is_file(desk->plan_file));
    assert_false(gw_plan_is_file(desk->spec_file));
    assert_false(gw_plan_is_file("/nowhere"));
    assert_int_equal(take(desk), GW_OK);
    (void)unlink(desk->spec_file); /* what it was made from may be gone */
    assert_int_equal(take(desk), GW_OK);
    leave_desk(desk);
}

static void a_plan_file_is_not_overwritten(void **state)
{
    struct view *view = *state;
    struct desk *desk = kept(view);

    assert_int_equal(gw_plan_save(desk->plan, desk->plan_file, false, &view->err), GW_ERR_INPUT);
    assert_non_null(strstr(view->err.text, "is there already"));
    assert_int_equal(take(desk), GW_OK);
    assert_int_equal(gw_plan_save(desk->plan, desk->plan_file, true, &view->err), GW_OK);
    assert_int_equal(take(desk), GW_OK);
    assert_int_equal(gw_plan_save(desk->plan, "/nowhere/os.plan", true, &view->err), GW_ERR_STORE);
    leave_desk(desk);
}

static void changes_of_the_inventory_are_listed(void **state)
{
    struct view *view = *state;
    struct desk *desk = kept(view);

    view_import_text(view, "gateway_id,region,serial,version\nsag-1,cn-shanghai,s1,2.3.1\n");
    check_changed(desk, "with another version: sag-1 (s1) from 2.3.0 to 2.3.1\n", "1 with another version");
    view_import_text(view, "gateway_id,region,serial,version,model\nsag-1,cn-shanghai,s1,2.3.0,\n");
    check_changed(desk, "with another model: sag-1 (s1) from sag-1000 to none\n", "1 with another model");
    view_import_text(view, "gateway_id,region,serial,model\nsag-1,cn-shanghai,s1,sag-1000\n");
    assert_int_equal(take(desk), GW_OK);
    view_import_text(view, "gateway_id,region,serial,tag:freeze\nsag-2,cn-shanghai,s2,yes\n");
    check_changed(desk, "removed: sag-2 (s2)\n", "1 removed");
    view_import_text(view,
                     "gateway_id,region,serial,tag:freeze\nsag-2,cn-shanghai,s2,\nsag-x,cn-shanghai,x,\n");
    check_changed(desk, "added: sag-x (x)\n", "1 added");
    leave_desk(desk);
}

static void many_changes_are_counted(void **state)
{
    struct view *view = *state;
    struct desk *desk = kept(view);

    view_import_text(view,
                     "gateway_id,region,serial,version\nsag-1,cn-shanghai,s1,2\nsag-2,cn-shanghai,s2,2\n"
                     "sag-3,cn-shanghai,s3,2\nsag-4,cn-shanghai,s4,2\nsag-5,cn-shanghai,s5,2\n"
                     "sag-6,cn-shanghai,s6,2\nsag-7,cn-shanghai,s7,2\n");
    check_changed(desk, ", and 2 more\n", "7 with another version");
    leave_desk(desk);
}

static void roles_that_were_swapped_are_noticed(void **state)
{
    struct view *view = *state;
    struct desk *desk = kept(view);

    view_import_text(view, "gateway_id,region,serial,ha_role\nsag-8,eu-central-1,s8a,standby\n"
                           "sag-8,eu-central-1,s8s,active\n");
    check_changed(desk, "", "called in another order");
    leave_desk(desk);
}

static void a_changed_rollout_file_is_noticed(void **state)
{
    struct desk *desk = kept(*state);

    write_file(desk->spec_file, HEAD WAVES "gate: {alarm: 9%}\n");
    check_changed(
        desk,
        "planned: gate: {baseline: auto, alarm: 8%, least: 20}\nnow:     gate: {baseline: auto, alarm: 9%",
        "os.yaml was changed since");
    write_file(desk->spec_file, HEAD WAVES "# a remark changes nothing\n");
    assert_int_equal(take(desk), GW_OK);
    write_file(desk->spec_file, HEAD WAVES "gaet: 1\n");
    check_changed(desk, "os.yaml:5:1: ", "os.yaml: 1 problem");
    leave_desk(desk);
}

static void a_rollout_of_that_name_must_be_the_planned_one(void **state)
{
    static const struct gw_cut_size size[] = {{.count = 2}, {.rest = true}};
    static const char *const names[] = {"canary", "rest"};
    struct view *view = *state;
    struct desk *desk = kept(view);
    struct gw_select select;
    struct gw_select_error wrong;
    struct gw_rollout_new fresh = {.name = "os-2.4.0",
                                   .version = "2.4.0",
                                   .verify = true,
                                   .selection = "not tag.freeze",
                                   .spec = HEAD WAVES,
                                   .created_by = "ann@noc",
                                   .now_unix_ms = T0,
                                   .select = &select,
                                   .size = size,
                                   .wave_name = names,
                                   .n_waves = 2};

    assert_true(gw_select_parse("not tag.freeze", &select, &wrong));
    assert_int_equal(gw_rollout_create(view->session.store, &fresh, &view->rollout, &view->err), GW_OK);
    view_import_text(view, "gateway_id,region,serial,version\nsag-1,cn-shanghai,s1,2.3.1\n");
    assert_int_equal(take(desk), GW_OK); /* it goes on, whatever the inventory says by now */
    show(desk, GW_OUTPUT_TABLE);
    leave_desk(desk);

    desk = sit_down(view, fleet, HEAD "waves: [{name: a, size: 3}, {name: b, size: rest}]\n");
    make_plan(desk);
    assert_true(gw_plan_is_begun(desk->plan));
    assert_int_equal(gw_plan_save(desk->plan, desk->plan_file, false, &view->err), GW_OK);
    check_changed(desk, "", "was begun already");
    leave_desk(desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        VIEW(a_plan_counts_what_it_holds),
        VIEW(the_screen_tells_it),
        VIEW(json_and_rows_tell_it_too),
        VIEW(a_small_selection_is_one_wave_and_a_large_one_is_cut),
        VIEW(a_size_that_does_not_fit_is_refused_at_its_place),
        VIEW(half_a_pair_and_nobody_are_refused),
        VIEW(a_rollback_skips_what_is_older),
        VIEW(zones_that_nobody_knows_are_bounded),
        VIEW(waves_wait_for_their_windows),
        VIEW(a_slow_pace_takes_nights),
        VIEW(what_never_fits_is_said),
        VIEW(the_setting_of_clocks_is_said),
        VIEW(a_plan_that_holds_is_taken),
        VIEW(a_plan_file_is_not_overwritten),
        VIEW(changes_of_the_inventory_are_listed),
        VIEW(many_changes_are_counted),
        VIEW(roles_that_were_swapped_are_noticed),
        VIEW(a_changed_rollout_file_is_noticed),
        VIEW(a_rollout_of_that_name_must_be_the_planned_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
