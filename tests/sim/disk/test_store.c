/* The store on a disk that crashes before each operation of its story: whatever was acknowledged is there afterwards. */
#include "disk/story.h"

#include "gatewave/base/rng.h"

/*
 * Before each operation that changes something. The process that comes next does the rest of the story, which takes
 * the longest: not each time, unless somebody has asked for more.
 */
static void crash_everywhere(struct story_book *book, enum try_end end)
{
    uint64_t seeds = try_wish("SIM_DISK_SEEDS", 0), changes;

    story_begin(book, 0);
    changes = story_tell_to_the_end(book).changes;
    assert_in_range(changes, 200, 2000);
    for (uint64_t at = 1; at <= changes; at++) {
        uint64_t seed = 0;

        do {
            story_begin(book, at * 10000 + seed);
            assert_true(try_story(story_tell, book, (struct try_crash){.end = end, .change = at}).crashed);
            story_check(book);
            if (seeds > 0 || at % 16 == 0)
                story_tell_to_the_end(book);
        } while (++seed < seeds);
    }
}

static void test_a_killed_process_loses_nothing(void **state)
{
    crash_everywhere(*state, TRY_KILL);
}

static void test_power_losses_lose_nothing(void **state)
{
    crash_everywhere(*state, TRY_POWER);
}

/* Crashes of whoever recovers from a crash, of both kinds, until one gets through. */
static void test_crashes_during_recovery_lose_nothing(void **state)
{
    struct story_book *book = *state;
    uint64_t seeds = try_wish("SIM_DISK_SEEDS", 1) * 25;

    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct gw_rng rng;

        gw_rng_init(&rng, seed);
        story_begin(book, seed);
        for (uint64_t crashes = gw_rng_below(&rng, 8) + 1; crashes > 0; crashes--) {
            enum try_end end = gw_rng_below(&rng, 4) == 0 ? TRY_KILL : TRY_POWER;

            try_story(story_tell, book, (struct try_crash){.end = end, .op = 1 + gw_rng_below(&rng, 600)});
            story_check(book);
        }
        story_tell_to_the_end(book);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_killed_process_loses_nothing),
        cmocka_unit_test(test_power_losses_lose_nothing),
        cmocka_unit_test(test_crashes_during_recovery_lose_nothing),
    };

    sim_disk_install();
    return cmocka_run_group_tests(tests, story_set_up, story_tear_down);
}
