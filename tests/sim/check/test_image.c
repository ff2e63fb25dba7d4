/* Lies in the database (I2, I5, I19, I22, I24, I29), each found by its name. */
#include "check/try.h"

static void succeed_unseen(uint32_t target)
{
    (void)try_see(1, target, SIM_VERSION_OLD, true);
    (void)try_call(1, target, NULL);
    try_answer(target, "accepted", "", "upgrading");
    try_wait(6000);
}

/* ---- I2, I5 ---- */

static void test_two_calls_that_nobody_settled(void **state)
{
    (void)state;
    (void)try_intent(0);
    (void)try_intent(0);
    try_image();
    try_assert_broken("I2");
}

static void test_a_call_after_an_accepted_one(void **state)
{
    (void)state;
    succeed_unseen(0);
    (void)try_intent(0);
    try_image();
    try_assert_broken("I2");
}

static void test_a_state_that_no_attempt_led_to(void **state)
{
    (void)state;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_call(1, 0, "GetSmartAccessGatewayStateError");
    try_answer(0, "refused", "GetSmartAccessGatewayStateError", "upgrading");
    try_image();
    try_assert_broken("I2");
}

static void test_a_gap_in_the_attempts(void **state)
{
    (void)state;
    (void)try_intent(0);
    try_sql("UPDATE attempts SET number = 2");
    try_image();
    try_assert_broken("I5");
}

static void test_an_attempt_that_nobody_counted(void **state)
{
    (void)state;
    (void)try_intent(0);
    try_sql("UPDATE targets SET sent = 0");
    try_image();
    try_assert_broken("I5");
}

/* ---- I19 ---- */

static void assert_frozen(const char *sql)
{
    try_again();
    try_begin(1);
    try_assert_well();
    try_sql("%s", sql);
    try_image();
    try_assert_broken("I19");
}

static void test_what_was_frozen_changes(void **state)
{
    (void)state;
    assert_frozen("UPDATE rollouts SET membership = 'other'");
    assert_frozen("UPDATE rollouts SET version = '" SIM_VERSION_NEWER "'");
    assert_frozen("UPDATE facts SET site = 's9' WHERE target = 1");
    assert_frozen("UPDATE waves SET name = 'other' WHERE number = 1");
}

static void assert_no_plan(const char *sql, const char *invariant)
{
    try_again();
    try_sql("%s", sql);
    try_image();
    try_assert_broken(invariant);
}

static void test_a_plan_that_nobody_asked_for(void **state)
{
    (void)state;
    assert_no_plan("UPDATE targets SET wave = 2 WHERE id = 1", "I19");
    assert_no_plan("UPDATE waves SET targets = 2 WHERE number = 1", "I19");
    assert_no_plan("UPDATE waves SET first = 1 WHERE number = 1", "I19");
    assert_no_plan("UPDATE facts SET gateway_id = 'sag-1', serial = 'sn-1' WHERE target = 1", "I19");
    assert_no_plan("UPDATE facts SET gateway_id = 'sag-5', serial = 'sn-5' WHERE target = 1", "I6");
    assert_no_plan(
        "UPDATE facts SET serial = CASE target WHEN 4 THEN 'sn-4' ELSE 'sn-3' END WHERE target >= 4", "I11");
    assert_no_plan("UPDATE rollouts SET targets = 6", "I24");
}

static void test_waves_of_another_size(void **state)
{
    (void)state;
    try.swarm.wave[0].count = 2;
    try_image();
    try_assert_broken("I19");
}

static void test_who_was_selected_and_is_not_planned(void **state)
{
    (void)state;
    try.swarm.device[TRY_EXCLUDED].selected = true;
    try_image();
    try_assert_broken("I24");
}

/* ---- I22 ---- */

static void assert_kept(const char *sql)
{
    try_again();
    try.now_ms = SIM_START_MS;
    try_first_wave(1);
    try_order("pace", "1/s");
    try_sql("INSERT INTO relapses VALUES (1, 0, '', '')");
    try_event("relapsed", 0, "relapsed");
    try_begin(2);
    try_image();
    try_assert_well();
    try_sql("%s", sql);
    try_image();
    try_assert_broken("I22");
}

static void test_the_past_changes(void **state)
{
    (void)state;
    assert_kept("UPDATE targets SET code = 'at_version' WHERE id = 1");
    assert_kept("UPDATE targets SET ended_unix_ms = ended_unix_ms + 1 WHERE id = 1");
    assert_kept("UPDATE attempts SET fence_unix_ms = fence_unix_ms + 1 WHERE target = 1");
    assert_kept("UPDATE answers SET at_unix_ms = at_unix_ms + 1 WHERE target = 1");
    assert_kept("UPDATE events SET text = text || '!' WHERE kind = 'verdict'");
    assert_kept("UPDATE verdicts SET evidence = 'other'");
    assert_kept("UPDATE relapses SET reason = 'other'");
    assert_kept("UPDATE orders SET answer = 'other'");
    assert_kept("UPDATE waves SET evidence = 'other' WHERE number = 1");
    assert_kept("UPDATE rollouts SET membership = ''");
}

static void test_an_outcome_is_taken_back(void **state)
{
    (void)state;
    try_upgrade(1, 0);
    try_begin(2);
    try_assert_well();
    try_sql("UPDATE targets SET state = 'upgrading', ended_unix_ms = NULL WHERE id = 1");
    try_image();
    try_assert_broken("I22");
}

/* Whether or not it was durable, where nothing has crashed. */
static void test_an_outcome_is_taken_back_between_two_ends(void **state)
{
    (void)state;
    try_upgrade(1, 0);
    sim_check_ended(try.check, 8, try.db);
    try_assert_well();
    try_sql("UPDATE targets SET state = 'upgrading', ended_unix_ms = NULL WHERE id = 1");
    sim_check_ended(try.check, 8, try.db);
    try_assert_broken("I22");
}

static void test_what_is_not_durable_may_go(void **state)
{
    (void)state;
    try_upgrade(1, 0);
    try_image();
    try_sql("DELETE FROM events WHERE target = 1");
    try_sql("UPDATE targets SET state = 'upgrading', ended_unix_ms = NULL WHERE id = 1");
    try_image();
    try_assert_well();
}

static void test_the_database_is_gone(void **state)
{
    (void)state;
    sim_check_image(try.check, NULL);
    try_assert_well();
    try_begin(1);
    sim_check_image(try.check, NULL);
    try_assert_broken("I22");
}

/* ---- I24, I29 ---- */

static void test_an_outcome_without_an_end(void **state)
{
    (void)state;
    try_sql("PRAGMA ignore_check_constraints = ON");
    try_upgrade(1, 0);
    try_sql("UPDATE targets SET ended_unix_ms = NULL WHERE id = 1");
    try_image();
    try_assert_broken("I24");
}

static void test_an_outcome_without_an_event(void **state)
{
    (void)state;
    try_upgrade(1, 0);
    try_sql("DELETE FROM events WHERE target = 1");
    try_image();
    try_assert_broken("I29");
}

static void test_a_gap_in_the_events(void **state)
{
    (void)state;
    try_sql("UPDATE events SET id = id + 1 WHERE id = (SELECT max(id) FROM events)");
    try_image();
    try_assert_broken("I29");
}

static void test_a_verdict_without_an_event(void **state)
{
    (void)state;
    try_first_wave(1);
    try_sql("UPDATE events SET kind = 'wave' WHERE kind = 'verdict'");
    try_image();
    try_assert_broken("I29");
}

static void test_a_phase_without_an_event(void **state)
{
    (void)state;
    try_sql("UPDATE rollouts SET phase = 'paused'");
    try_image();
    try_assert_broken("I29");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_two_calls_that_nobody_settled),
        TEST(test_a_call_after_an_accepted_one),
        TEST(test_a_state_that_no_attempt_led_to),
        TEST(test_a_gap_in_the_attempts),
        TEST(test_an_attempt_that_nobody_counted),
        TEST(test_what_was_frozen_changes),
        TEST(test_a_plan_that_nobody_asked_for),
        TEST(test_waves_of_another_size),
        TEST(test_who_was_selected_and_is_not_planned),
        TEST(test_the_past_changes),
        TEST(test_an_outcome_is_taken_back),
        TEST(test_an_outcome_is_taken_back_between_two_ends),
        TEST(test_what_is_not_durable_may_go),
        TEST(test_the_database_is_gone),
        TEST(test_an_outcome_without_an_end),
        TEST(test_an_outcome_without_an_event),
        TEST(test_a_gap_in_the_events),
        TEST(test_a_verdict_without_an_event),
        TEST(test_a_phase_without_an_event),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
