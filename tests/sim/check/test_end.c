/* Lies at the end (I25, I28, I30), each found by its name. */
#include "check/try.h"

#include <string.h>

static void succeed_unseen(uint32_t target)
{
    (void)try_see(1, target, SIM_VERSION_OLD, true);
    (void)try_call(1, target, NULL);
    try_answer(target, "accepted", "", "upgrading");
    try_wait(6000);
}

static void test_targets_under_way_at_the_end(void **state)
{
    (void)state;
    succeed_unseen(0);
    sim_check_end(try.check, try.db);
    try_assert_broken("I25");
}

static void test_targets_that_wait_at_the_end(void **state)
{
    (void)state;
    sim_check_end(try.check, try.db);
    try_assert_broken("I25");
}

static void test_a_wave_that_waits_for_a_person(void **state)
{
    (void)state;
    try_wave(0, "waiting");
    try_phase("waiting");
    sim_check_end(try.check, try.db);
    try_assert_well();
}

static void assert_exit(int exit_code, bool agrees)
{
    sim_note_begin();
    sim_check_ended(try.check, exit_code, try.db);
    if (agrees)
        try_assert_well();
    else
        try_assert_broken("I28");
}

static void test_exit_codes_while_it_is_open(void **state)
{
    (void)state;
    assert_exit(0, false);
    assert_exit(1, false);
    assert_exit(4, false);
    assert_exit(5, false);
    assert_exit(6, false);
    assert_exit(8, true);
    assert_exit(9, false);
    assert_exit(70, false);
    assert_exit(143, false);
    try.swarm.signals = 1;
    assert_exit(143, true);
    try.swarm.windows = true;
    assert_exit(9, true);
    try_verdict(0, "abort", 0, 0);
    try_wave(0, "waiting");
    assert_exit(6, true);
}

static void test_exit_codes_when_it_is_over(void **state)
{
    (void)state;
    try_whole_story();
    assert_exit(0, true);
    assert_exit(1, false);
    assert_exit(8, false);
    try_sql("INSERT INTO relapses VALUES (1, 0, '', '')");
    try_event("relapsed", 0, "relapsed");
    assert_exit(0, false);
    assert_exit(1, true);
}

static void test_the_hash_tells_rows_and_lines_apart(void **state)
{
    char hash[3][65];

    (void)state;
    sim_check_hash(try.db, hash[0]);
    sim_check_hash(try.db, hash[1]);
    assert_string_equal(hash[0], hash[1]);
    try_sql("UPDATE lease SET pid = 2");
    sim_check_hash(try.db, hash[1]);
    assert_string_not_equal(hash[0], hash[1]);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    sim_check_hash(try.db, hash[2]);
    assert_string_not_equal(hash[1], hash[2]);
    assert_int_equal(strlen(hash[2]), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_targets_under_way_at_the_end),   TEST(test_targets_that_wait_at_the_end),
        TEST(test_a_wave_that_waits_for_a_person), TEST(test_exit_codes_while_it_is_open),
        TEST(test_exit_codes_when_it_is_over),     TEST(test_the_hash_tells_rows_and_lines_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
