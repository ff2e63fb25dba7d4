/*
 * What a waiting device waits for, obstacle by obstacle, and what comes of one that was called. Windows are worked out in
 * real zones: the moment is 2026-03-28T22:00:00Z, the evening before Berlin's clocks jump forward.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "tell/afterwards.h"
#include "tell/told.h"
#include "tell/whynot.h"

struct scene {
    struct gw_spec spec;
    struct gw_standing standing;
    struct gw_wave_row wave[3];
    uint64_t wave_count[3][GW_STATE_COUNT];
    struct gw_told_target target, mate;
    struct gw_crowd_seen crowd;
    struct gw_held held;
    struct gw_whynot why;
    struct gw_facts facts;
};

static const char spec_text[] = "rollout: os-2.4.0\n"
                                "version: 2.4.0\n"
                                "select: all\n"
                                "waves:\n"
                                "  - {name: canary, size: 1}\n"
                                "  - {name: tenth, size: 10%}\n"
                                "  - {name: rest, size: rest}\n"
                                "pair_soak: 5m\n";

static int64_t moment(const char *text)
{
    int64_t unix_ms;

    assert_true(gw_when_parse(text, &unix_ms));
    return unix_ms;
}

static void set(char *ret, size_t size, const char *text)
{
    assert_true(gw_text_copy(ret, size, text));
}
#define SET(field, text) set(field, sizeof(field), text)

static void read_spec(struct scene *scene, const char *more)
{
    struct gw_buf text, problems;
    struct gw_err err;

    gw_buf_init(&text, 0);
    gw_buf_init(&problems, 0);
    gw_buf_addf(&text, "%s%s", spec_text, more);
    gw_spec_release(&scene->spec);
    if (gw_spec_parse(gw_buf_text(&text), text.len, "test", &scene->spec, &problems, &err))
        fail_msg("%s%s", gw_buf_text(&problems), err.text);
    gw_buf_release(&text);
    gw_buf_release(&problems);
}

static int arrive(void **state)
{
    struct scene *scene = gw_mem_new(1, sizeof(*scene));

    gw_spec_init(&scene->spec);
    read_spec(scene, "");
    scene->wave[0] = (struct gw_wave_row){.number = 1, .name = "canary", .phase = GW_PHASE_FINISHED};
    scene->wave[1] = (struct gw_wave_row){.number = 2, .name = "tenth", .phase = GW_PHASE_RUNNING};
    scene->wave[2] = (struct gw_wave_row){.number = 3, .name = "rest", .phase = GW_PHASE_PENDING};
    scene->standing = (struct gw_standing){
        .rollout = {.name = "os-2.4.0", .phase = GW_PHASE_RUNNING, .verify = true},
        .waves = {.wave = scene->wave, .n = GW_COUNT_OF(scene->wave)},
        .wave_count = scene->wave_count,
        .count = {[GW_STATE_WAITING] = 7, [GW_STATE_SUCCEEDED] = 3},
        .culprit = {.attribute = ""},
    };
    scene->target = (struct gw_told_target){
        .number = 5, .wave = 2, .state = GW_STATE_WAITING, .gateway_id = "sag-5", .serial = "s-5a"};
    SET(scene->target.site, "hz-7");
    SET(scene->target.region, "cn-hangzhou");
    SET(scene->target.timezone, "Europe/Berlin");
    scene->mate = (struct gw_told_target){.number = 4, .wave = 2, .serial = "s-5b", .gateway_id = "sag-5"};
    scene->why = (struct gw_whynot){.standing = &scene->standing,
                                    .spec = &scene->spec,
                                    .now_unix_ms = moment("2026-03-28T22:00:00Z"),
                                    .target = &scene->target,
                                    .crowd = &scene->crowd,
                                    .held = &scene->held};
    *state = scene;
    return 0;
}

static int leave(void **state)
{
    struct scene *scene = *state;

    gw_facts_release(&scene->facts);
    gw_spec_release(&scene->spec);
    free(scene);
    return 0;
}

/* The text of the only fact of that kind; "" when there is none. */
static const char *fact(const struct scene *scene, const char *kind)
{
    const char *text = "";

    for (size_t i = 0; i < scene->facts.n; i++) {
        if (strcmp(scene->facts.fact[i].kind, kind) != 0)
            continue;
        assert_string_equal(text, "");
        text = scene->facts.fact[i].text;
    }
    return text;
}

static void tell(struct scene *scene)
{
    gw_facts_release(&scene->facts);
    if (scene->target.state == GW_STATE_WAITING)
        gw_whynot_tell(&scene->why, &scene->facts);
    else
        gw_afterwards_tell(&scene->standing, &scene->target, &scene->facts);
    assert_true(scene->facts.n > 0);
    assert_string_equal(scene->facts.fact[scene->facts.n - 1].kind, "next");
}

/* Tells it, and checks one fact and what happens next. */
static void check(struct scene *scene, const char *kind, const char *text, const char *next)
{
    tell(scene);
    assert_string_equal(fact(scene, kind), text);
    assert_string_equal(fact(scene, "next"), next);
}

/* ---- rollout and waves ---- */

static void nothing_but_its_turn(void **state)
{
    struct scene *scene = *state;

    scene->crowd.ahead = 3;
    check(scene, "wave",
          "tenth (2 of 3), running; wave tenth (2 of 3) is under way: 3 of 10 devices have their outcome",
          "it waits for its turn, behind 3 of its wave");
    assert_int_equal(scene->facts.n, 2);
}

static void a_hold_stands_in_its_way(void **state)
{
    struct scene *scene = *state;

    scene->held.until_unix_ms = moment("2026-04-01T00:00:00Z");
    SET(scene->held.by, "ann@desk");
    SET(scene->held.reason, "inventory in the shop");
    check(scene, "hold",
          "its gateway is on hold until 2026-04-01T00:00:00Z, by ann@desk: inventory in the shop",
          "it is deferred when its turn comes, unless the run began before the hold did");
    /* What comes first is still what it waits for. */
    scene->target.wave = 3;
    check(scene, "hold",
          "its gateway is on hold until 2026-04-01T00:00:00Z, by ann@desk: inventory in the shop",
          "it waits for its wave: each wave before it must be promoted by its gate");
}

static void a_wave_before_it_comes_first(void **state)
{
    struct scene *scene = *state;

    scene->target.wave = 3;
    check(scene, "wave",
          "rest (3 of 3) has not begun: wave tenth (running) is before it; wave tenth (2 of 3) is under way: "
          "3 of 10 "
          "devices have their outcome",
          "it waits for its wave: each wave before it must be promoted by its gate");
    scene->wave[1].phase = GW_PHASE_WAITING;
    scene->wave[1].verdict = GW_VERDICT_PROMOTE;
    scene->standing.rollout.phase = GW_PHASE_WAITING;
    scene->standing.judged_unix_ms = moment("2026-03-28T21:00:00Z");
    check(scene, "wave",
          "rest (3 of 3) has not begun: wave tenth (waiting) is before it; wave tenth waits for an approval "
          "since "
          "2026-03-28T21:00:00Z",
          "nothing until `gatewave approve os-2.4.0`");
    scene->wave[1].verdict = GW_VERDICT_HOLD;
    scene->standing.rollout.relapsed = 1;
    check(scene, "wave", "rest (3 of 3) has not begun: wave tenth (waiting) is before it; held by the gate: ",
          "nothing until a person decides: `gatewave approve os-2.4.0` or `gatewave abort os-2.4.0`");
}

static void a_stopped_rollout_says_what_a_person_can_do(void **state)
{
    struct scene *scene = *state;

    scene->standing.rollout.phase = GW_PHASE_PAUSED;
    check(scene, "wave", "tenth (2 of 3), running; paused",
          "nothing until `gatewave resume os-2.4.0`; then it waits for its turn, the first of its wave");
    scene->standing.rollout.phase = GW_PHASE_WAITING;
    SET(scene->standing.rollout.reason, "the credentials were refused");
    check(scene, "wave", "tenth (2 of 3), running; the credentials were refused",
          "nothing until `gatewave run os-2.4.0`; then it waits for its turn, the first of its wave");
    SET(scene->standing.rollout.reason, "the cloud refuses the request itself: VersionNotExist: no");
    scene->standing.count[GW_STATE_SUCCEEDED] = 0;
    check(scene, "wave", "tenth (2 of 3), running; the cloud refuses the request itself: VersionNotExist: no",
          "nothing while the cloud does not have the version: `gatewave abort os-2.4.0`, or "
          "`gatewave run os-2.4.0` once it has");
    scene->wave[1].phase = GW_PHASE_WAITING;
    scene->wave[1].verdict = GW_VERDICT_ABORT;
    SET(scene->wave[1].evidence, "bad");
    check(scene, "wave", "tenth (2 of 3), waiting; stopped by the gate: bad",
          "nothing until a person decides: `gatewave resume os-2.4.0` or `gatewave abort os-2.4.0`");
    scene->standing.rollout.phase = GW_PHASE_ABORTING;
    check(scene, "wave", "tenth (2 of 3), waiting; being aborted",
          "it will not be called: the rollout is aborted");
}

/* ---- windows ---- */

static void a_closed_window_says_when_it_opens(void **state)
{
    struct scene *scene = *state;

    /* Calls end 20 minutes, the default cut-off, before the window; at 02:00 the clocks jump to 03:00. */
    read_spec(scene, "window: {between: \"01:00-05:00\"}\n");
    check(
        scene, "window",
        "closed; it opens 2026-03-29 01:00 CET (UTC 2026-03-29T00:00:00Z), and calls start until 2026-03-29 "
        "04:40 CEST "
        "(UTC 2026-03-29T02:40:00Z)",
        "it is read and called when its window opens");
}

static void an_open_window_is_no_obstacle_until_its_cutoff(void **state)
{
    struct scene *scene = *state;

    read_spec(scene, "window: {between: \"01:00-05:00\", zone: Asia/Shanghai}\n");
    scene->why.now_unix_ms = moment("2026-03-28T18:00:00Z");
    check(scene, "window", "open; calls start until 2026-03-29 04:40 CST (UTC 2026-03-28T20:40:00Z)",
          "it waits for its turn, the first of its wave");
    scene->why.now_unix_ms = moment("2026-03-28T20:40:00Z");
    check(
        scene, "window",
        "closed; it opens 2026-03-30 01:00 CST (UTC 2026-03-29T17:00:00Z), and calls start until 2026-03-30 "
        "04:40 CST "
        "(UTC 2026-03-29T20:40:00Z)",
        "it is read and called when its window opens");
}

static void a_gateway_without_a_zone_has_no_window(void **state)
{
    struct scene *scene = *state;

    read_spec(scene, "window: {between: \"01:00-05:00\"}\n");
    scene->target.timezone[0] = '\0';
    check(scene, "window", "never open: its gateway has no timezone in the inventory",
          "it is not called: no window of it opens any more");
    SET(scene->target.timezone, "Mars/Olympus");
    check(scene, "window", "never open: the zone of its gateway is not known",
          "it is not called: no window of it opens any more");
}

/* ---- mates ---- */

static void the_standby_goes_first(void **state)
{
    struct scene *scene = *state;

    scene->why.mate = &scene->mate;
    scene->mate.state = GW_STATE_WAITING;
    check(scene, "mate", "s-5b waits too; it goes first",
          "it is called when its mate was seen to be well and has soaked");
    scene->mate.number = 6;
    check(scene, "mate", "s-5b waits too; this one goes first",
          "it waits for its turn, the first of its wave");
    /* Whoever was called before ends before the other, whatever its role. */
    scene->mate.sent = 1;
    check(scene, "mate", "s-5b waits too; it goes first",
          "it is called when its mate was seen to be well and has soaked");
}

static void never_both_at_once(void **state)
{
    struct scene *scene = *state;

    scene->why.mate = &scene->mate;
    scene->mate.state = GW_STATE_IN_DOUBT;
    check(scene, "mate", "s-5b is in_doubt; never both at once",
          "it is called when its mate was seen to be well and has soaked");
}

static void a_mate_soaks_before_the_other(void **state)
{
    struct scene *scene = *state;

    scene->why.mate = &scene->mate;
    scene->mate.state = GW_STATE_SUCCEEDED;
    scene->mate.ended_unix_ms = moment("2026-03-28T21:56:00Z");
    check(scene, "mate", "s-5b has succeeded; pair_soak until 2026-03-28T22:01:00Z",
          "it is called when its mate was seen to be well and has soaked");
    scene->mate.ended_unix_ms = moment("2026-03-28T21:55:00Z");
    check(scene, "mate", "s-5b has succeeded; pair_soak until 2026-03-28T22:00:00Z, which is over",
          "it waits for its turn, the first of its wave");
}

static void a_mate_that_did_not_get_there_forbids_the_other(void **state)
{
    static const char never[] = "it will not be called: one device of a pair must be left that works";
    struct scene *scene = *state;

    scene->why.mate = &scene->mate;
    scene->mate.state = GW_STATE_FAILED;
    check(scene, "mate", "s-5b is failed", never);
    scene->mate.state = GW_STATE_SUCCEEDED;
    scene->mate.relapsed = true;
    check(scene, "mate", "s-5b is succeeded, and was not well after the soak", never);
    scene->mate.relapsed = false;
    scene->standing.rollout.verify = false;
    check(scene, "mate", "s-5b is succeeded", never);
    scene->mate.state = GW_STATE_SKIPPED;
    check(scene, "mate", "s-5b needed no upgrade", "it waits for its turn, the first of its wave");
}

/* ---- limits ---- */

static void see(struct scene *scene, uint32_t number, enum gw_state state, const char *gateway_id,
                const char *site)
{
    const struct gw_target_row row = {.number = number,
                                      .wave = 2,
                                      .state = state,
                                      .gateway_id = gateway_id,
                                      .site = site,
                                      .region = "cn-hangzhou",
                                      .isp = ""};

    gw_crowd_see(&scene->crowd, &scene->target, &row);
}

static void a_full_site_is_named_with_who_is_in_it(void **state)
{
    struct scene *scene = *state;

    read_spec(scene, "pace: {per_site: 1, per_region: 3}\n");
    see(scene, 1, GW_STATE_UPGRADING, "sag-1", "hz-7");
    see(scene, 2, GW_STATE_WAITING, "sag-2", "hz-7");
    see(scene, 3, GW_STATE_IN_FLIGHT, "sag-3", "hz-8");
    see(scene, 6, GW_STATE_WAITING, "sag-6", "hz-7");
    tell(scene);
    assert_int_equal(scene->crowd.ahead, 1);
    assert_string_equal(scene->facts.fact[1].kind, "limit");
    assert_string_equal(scene->facts.fact[1].text, "per_site 1: 1 of hz-7 at work (sag-1)");
    assert_string_equal(scene->facts.fact[2].text,
                        "per_region 3: 2 of cn-hangzhou at work, among them sag-3");
    assert_string_equal(fact(scene, "next"), "it is called when one of those at work there has ended");
}

static void what_is_not_known_is_no_common_place(void **state)
{
    struct scene *scene = *state;

    read_spec(scene, "pace: {per_isp: 1}\n");
    see(scene, 1, GW_STATE_UPGRADING, "sag-1", "hz-7");
    assert_int_equal(scene->crowd.inside[GW_SCOPE_ISP], 0);
    assert_int_equal(scene->crowd.inside[GW_SCOPE_SITE], 1);
    check(scene, "limit", "", "it waits for its turn, the first of its wave");
}

/* ---- tries and what comes after ---- */

static void a_refused_call_says_how_many_tries_are_left(void **state)
{
    struct scene *scene = *state;

    scene->target.sent = 3;
    scene->target.attempts = 2;
    SET(scene->target.code, "SystemBusy");
    check(scene, "try",
          "the last call came to nothing: SystemBusy; the pause before the next is at most 1m, and 2 of 5 "
          "tries are "
          "spent",
          "it waits for its next try, the first of its wave");
}

static void what_comes_after_a_call(void **state)
{
    struct scene *scene = *state;
    static const struct {
        enum gw_state state;
        const char *next;
    } after[] = {
        {GW_STATE_UPGRADING, "reads watch it until it is online at the version, or taken as stuck"},
        {GW_STATE_IN_DOUBT,
         "nobody knows yet whether the last call took effect; it is not called again before two "
         "reads after 2026-03-28T22:17:00Z agree that it did not"},
        {GW_STATE_IN_FLIGHT,
         "its call is under way, or its answer was lost when the run was cut off; only reads "
         "after 2026-03-28T22:17:00Z can allow another call"},
        {GW_STATE_SUCCEEDED, "nothing, it is done; `gatewave rollback os-2.4.0` would take the whole rollout "
                             "back, this device to 2.3.0"},
        {GW_STATE_SKIPPED, "nothing, it needed no upgrade"},
        {GW_STATE_FAILED,
         "nothing in this rollout; `gatewave retry os-2.4.0` tries it again in a new one, once this "
         "one is over"},
        {GW_STATE_DEFERRED,
         "nothing in this rollout; `gatewave retry os-2.4.0` tries it again in a new one, once "
         "this one is over"},
        {GW_STATE_UNRESOLVED,
         "nothing in this rollout; look at the device in the vendor's console first, `gatewave "
         "retry os-2.4.0` reads its version before it calls"},
        {GW_STATE_CANCELED,
         "nothing in this rollout; it is as it was, and `gatewave retry os-2.4.0 --only canceled` "
         "takes it up"},
    };

    scene->target.fence_unix_ms = moment("2026-03-28T22:17:00Z");
    SET(scene->target.version_before, "2.3.0");
    for (size_t i = 0; i < GW_COUNT_OF(after); i++) {
        scene->target.state = after[i].state;
        check(scene, "next", after[i].next, after[i].next);
    }
}

/* A refused device is as it was; one that took the call is not called again before somebody has looked. */
static void what_took_a_call_is_looked_at_first(void **state)
{
    struct scene *scene = *state;
    const char *alone =
        "nothing in this rollout; look at the device first. Once this one is over, `gatewave "
        "retry os-2.4.0` calls it again, and `gatewave rollback os-2.4.0` takes back the whole "
        "rollout (1 device that it has changed or may have changed)";
    const char *among =
        "nothing in this rollout; look at the device first. Once this one is over, `gatewave "
        "retry os-2.4.0` calls it again, and `gatewave rollback os-2.4.0` takes back the whole "
        "rollout (13 devices that it has changed or may have changed, this one among them)";

    scene->target.state = GW_STATE_FAILED;
    SET(scene->target.code, "stuck");
    scene->standing.unproven = 1;
    scene->standing.count[GW_STATE_SUCCEEDED] = 0;
    check(scene, "next", alone, alone);
    /* What was refused is as it was, and what was there already too. */
    scene->standing.count[GW_STATE_SUCCEEDED] = 10;
    scene->standing.unproven = 3;
    scene->standing.count[GW_STATE_FAILED] = 5;
    scene->standing.count[GW_STATE_SKIPPED] = 7;
    check(scene, "next", among, among);
}

static void a_success_may_have_its_doubts(void **state)
{
    struct scene *scene = *state;

    scene->target.state = GW_STATE_SUCCEEDED;
    scene->target.relapsed = true;
    check(scene, "wave", "", "nothing in this rollout; it did not stay well, look at the device");
    scene->target.relapsed = false;
    scene->standing.rollout.verify = false;
    check(scene, "wave", "", "nothing; accepted only, verification was off");
}

int main(void)
{
#define SCENE(name) cmocka_unit_test_setup_teardown(name, arrive, leave)
    const struct CMUnitTest tests[] = {
        SCENE(nothing_but_its_turn),
        SCENE(a_hold_stands_in_its_way),
        SCENE(a_wave_before_it_comes_first),
        SCENE(a_stopped_rollout_says_what_a_person_can_do),
        SCENE(a_closed_window_says_when_it_opens),
        SCENE(an_open_window_is_no_obstacle_until_its_cutoff),
        SCENE(a_gateway_without_a_zone_has_no_window),
        SCENE(the_standby_goes_first),
        SCENE(never_both_at_once),
        SCENE(a_mate_soaks_before_the_other),
        SCENE(a_mate_that_did_not_get_there_forbids_the_other),
        SCENE(a_full_site_is_named_with_who_is_in_it),
        SCENE(what_is_not_known_is_no_common_place),
        SCENE(a_refused_call_says_how_many_tries_are_left),
        SCENE(what_comes_after_a_call),
        SCENE(what_took_a_call_is_looked_at_first),
        SCENE(a_success_may_have_its_doubts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
