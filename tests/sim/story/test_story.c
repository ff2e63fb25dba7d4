/* The player of stories: what a file may say, and that a story which asks for what cannot be does not pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "disk/disk.h"
#include "stage/stage.h"
#include "story/story.h"

#define FLEET                                                                                            \
    "A story\n\nFor people.\n\n== fleet.csv\ngateway_id,region,serial,ha_role,version,tag:x\n"           \
    "sag-1,cn-shanghai,s1,,2.3.0,\nsag-2,cn-hangzhou,s2a,active,2.3.0,y\nsag-2,cn-hangzhou,s2b,standby," \
    "2.2.9,\n\n"
#define SEEN "== what is seen\n"

/* ---- reading ---- */

static void a_story_is_cut_into_its_sections(void **state)
{
    static const char text[] = FLEET "== a.yaml\none: 1\n\ntwo: 2\n\n" SEEN "line\n";
    struct sim_story story;

    (void)state;
    assert_null(sim_story_read(&story, text));
    assert_int_equal(story.n_files, 2);
    assert_string_equal(story.file[0].name, "fleet.csv");
    assert_string_equal(story.file[0].text + strlen(story.file[0].text) - 6, "2.2.9,");
    assert_string_equal(story.file[1].name, "a.yaml");
    assert_string_equal(story.file[1].text, "one: 1\n\ntwo: 2");
    assert_string_equal(story.seen, "line\n");
    assert_string_equal(text + story.head, "line\n");
    sim_story_release(&story);
}

static void the_fleet_is_what_its_file_says(void **state)
{
    struct sim_story story;
    const struct sim_swarm *swarm = &story.swarm;

    (void)state;
    assert_null(sim_story_read(&story, FLEET SEEN));
    assert_int_equal(swarm->n_devices, 3);
    assert_int_equal(swarm->n_lanes, 2);
    assert_string_equal(swarm->device[0].gateway_id, "sag-1");
    assert_int_equal(swarm->device[0].role, SIM_SINGLE);
    assert_int_equal(swarm->device[0].mate, UINT32_MAX);
    assert_string_equal(swarm->device[1].serial, "s2a");
    assert_string_equal(swarm->device[1].region, "cn-hangzhou");
    assert_int_equal(swarm->device[1].role, SIM_ACTIVE);
    assert_int_equal(swarm->device[1].mate, 2);
    assert_string_equal(swarm->device[2].version, "2.2.9");
    assert_int_equal(swarm->device[2].role, SIM_STANDBY);
    assert_int_equal(swarm->device[2].mate, 1);
    assert_int_equal(swarm->device[2].lane, swarm->device[1].lane);
    sim_story_release(&story);
}

static void the_world_has_what_it_is_given(void **state)
{
    struct sim_story story;

    (void)state;
    assert_null(sim_story_read(&story, FLEET "== the world\nupgrade: 20m\ncalls: 3/m\nreads: 7/s\n"
                                             "show reads of: s1\nshow reads from: 09:00:01\n" SEEN));
    assert_int_equal(story.swarm.upgrade_min_ms, 20 * 60 * 1000);
    assert_int_equal(story.swarm.upgrade_max_ms, 20 * 60 * 1000);
    assert_int_equal(story.swarm.cloud_rate.calls, 3);
    assert_int_equal(story.swarm.cloud_rate.window_ms, 60000);
    assert_int_equal(story.swarm.cloud_read_rate.calls, 7);
    assert_string_equal(story.watched, "s1");
    assert_int_equal(story.watched_ms, SIM_START_MS + 3601 * 1000);
    sim_story_release(&story);
}

static void what_happens_has_its_moment(void **state)
{
    static const struct {
        enum sim_story_when when;
        uint64_t at_ms;
        uint32_t number, of;
        const char *what;
    } expected[] = {
        {SIM_WHEN_TIME, SIM_START_MS, 0, 0, "kill -9 1"},
        {SIM_WHEN_TIME, SIM_START_MS + 24 * 3600 * 1000 - 1000, 0, 0, "$ gatewave run  a"},
        {SIM_WHEN_THEN, 1000, 0, 0, "the power fails"},
        {SIM_WHEN_THEN, 1200000, 0, 0, "the power fails"},
        {SIM_WHEN_CALL, 0, 3, 0, "is lost"},
        {SIM_WHEN_SYNC, 0, 5, 2, "the power fails"},
    };
    struct sim_story story;

    (void)state;
    assert_null(sim_story_read(&story, FLEET "== what happens\n08:00:00 kill -9 1\n"
                                             "Sat 07:59:59 $ gatewave run  a\nthen the power fails\n"
                                             "then 20m the power fails\ncall 3 is lost\n"
                                             "sync 5 of 2 the power fails\n" SEEN));
    assert_int_equal(story.n_events, sizeof(expected) / sizeof(expected[0]));
    for (uint32_t i = 0; i < story.n_events; i++) {
        assert_int_equal(story.event[i].when, expected[i].when);
        assert_int_equal(story.event[i].at_ms, expected[i].at_ms);
        assert_int_equal(story.event[i].number, expected[i].number);
        assert_int_equal(story.event[i].of, expected[i].of);
        assert_string_equal(story.event[i].what, expected[i].what);
    }
    sim_story_release(&story);
}

static void what_is_no_story_is_refused(void **state)
{
    static const char *const wrong[] = {
        "",
        SEEN,
        FLEET,
        FLEET "== nothing known\n" SEEN,
        "== fleet.csv\ngateway_id,serial\n" SEEN,
        "== fleet.csv\ngateway_id,serial\nsag-1\n" SEEN,
        "== fleet.csv\ngateway_id,serial\nsag-1,\n" SEEN,
        FLEET "== the world\nupgrade\n" SEEN,
        FLEET "== the world\nupgrade: soon\n" SEEN,
        FLEET "== the world\nweather: fair\n" SEEN,
        FLEET "== what happens\n07:59:59 kill -9 1\n" SEEN,
        FLEET "== what happens\n24:00:00 kill -9 1\n" SEEN,
        FLEET "== what happens\n08:00 kill -9 1\n" SEEN,
        FLEET "== what happens\n08:00:00:00 kill -9 1\n" SEEN,
        FLEET "== what happens\ncall x is lost\n" SEEN,
        FLEET "== what happens\ncall 0 is lost\n" SEEN,
        FLEET "== what happens\nsync 1 kill -9 1\n" SEEN,
        FLEET "== what happens\nthen 5 kill -9 1\n" SEEN,
    };
    struct sim_story story;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_non_null(sim_story_read(&story, wrong[i]));
        sim_story_release(&story);
    }
}

/* ---- playing ---- */

static bool play(const char *happens, const char *expected)
{
    struct sim_story story;
    struct gw_buf text, seen;
    bool well;

    gw_buf_init(&text, 0);
    gw_buf_init(&seen, 0);
    (void)gw_buf_addf(&text, FLEET "== what happens\n%s" SEEN, happens);
    assert_null(sim_story_read(&story, gw_buf_text(&text)));
    well = sim_story_play(&story, "/nowhere", &seen);
    assert_non_null(strstr(gw_buf_text(&seen), expected));
    sim_story_release(&story);
    gw_buf_release(&seen);
    gw_buf_release(&text);
    return well;
}

static void what_can_be_passes(void **state)
{
    (void)state;
    assert_true(play("", "In the end\ns1 is online at 2.3.0, after 0 upgrades by call\n"));
    assert_true(
        play("08:00:00 somebody upgrades s1 to 2.4.0\n", "08:00:00.000 somebody upgrades s1 to 2.4.0\n"));
    assert_true(play("08:00:00 device s1 is one for offline\n", "s1 is offline at 2.3.0"));
    assert_true(play("Sat 08:00:00 the power fails\n", "Saturday\n08:00:00.000 the power fails\n"));
    assert_true(play("08:00:00 $ gatewave --version\n", "08:00:00.000 [1] ends with 0\n"));
    assert_true(play("08:00:00 $ gatewave --version\nthen 1m $ gatewave help\n",
                     "08:01:00.000 [2] $ gatewave help\n"));
}

static void what_cannot_be_does_not_pass(void **state)
{
    static const char *const wrong[] = {
        "08:00:00 the moon falls down\n",
        "08:00:00 the power fails twice\n",
        "08:00:00 kill -9 1\n",
        "08:00:00 kill -TERM x\n",
        "08:00:00 is lost\n",
        "08:00:00 device s9 is one for brick\n",
        "08:00:00 device s1 is one for cake\n",
        "08:00:00 somebody upgrades s9 to 2.4.0\n",
        "08:00:00 the wall clock is set 1h\n",
        "08:00:00 nobody reaches cn-shanghai\n",
        "08:00:00 $ gatewave --version\nthen kill -9 1\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(play(wrong[i], "this cannot be: "));
    assert_false(play("call 1 is lost\n", "this never came: is lost\n"));
    assert_false(
        play("08:00:00 $ gatewave --version\nsync 1 of 2 kill -9 1\n", "this never came: kill -9 1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_story_is_cut_into_its_sections), cmocka_unit_test(the_fleet_is_what_its_file_says),
        cmocka_unit_test(the_world_has_what_it_is_given),   cmocka_unit_test(what_happens_has_its_moment),
        cmocka_unit_test(what_is_no_story_is_refused),      cmocka_unit_test(what_can_be_passes),
        cmocka_unit_test(what_cannot_be_does_not_pass),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
