/* Lies about limits and windows (I9, I10, I12 to I15), each found by its name; and what keeps to them. */
#include "check/try.h"

/* Reads and a call that is accepted; the device stays down. */
static struct sim_line *call(uint32_t target)
{
    (void)try_see(1, target, SIM_VERSION_OLD, true);
    return try_call(1, target, NULL);
}

/* ---- I9, I10 ---- */

static void test_more_calls_than_slots(void **state)
{
    (void)state;
    try.swarm.in_flight = 1;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    (void)call(2);
    try_assert_broken("I9");
}

static void test_a_slot_is_free_when_it_is_known(void **state)
{
    (void)state;
    try.swarm.in_flight = 1;
    (void)call(0);
    (void)call(1);
    (void)try_see(1, 2, SIM_VERSION_OLD, true);
    (void)try_call(1, 2, "NotBoundCCN");
    try_assert_well();
}

static void test_a_slot_is_free_behind_its_fence(void **state)
{
    (void)state;
    try.swarm.in_flight = 1;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_lost_reply(1, 0, "InternalError");
    try_wait(try.swarm.fence_ms);
    (void)call(2);
    try_assert_well();
}

static void test_more_rows_than_slots(void **state)
{
    (void)state;
    try.swarm.in_flight = 1;
    (void)try_intent(0);
    (void)try_intent(2);
    try_image();
    try_assert_broken("I9");
}

static void test_more_devices_at_work(void **state)
{
    (void)state;
    try.swarm.upgrading = 1;
    (void)call(0);
    (void)call(2);
    try_assert_broken("I10");
}

static void test_who_is_back_makes_room(void **state)
{
    (void)state;
    try.swarm.upgrading = 1;
    (void)call(0);
    try_wait(6000);
    (void)try_see(1, 0, SIM_VERSION_NEW, true);
    (void)call(2);
    try_assert_well();
}

static void test_more_devices_in_a_site(void **state)
{
    (void)state;
    try.swarm.per_site = 1;
    (void)call(0);
    (void)call(2);
    try_assert_well();
    (void)call(1);
    try_assert_broken("I10");
}

static void test_more_rows_in_a_site(void **state)
{
    (void)state;
    try.swarm.per_site = 1;
    (void)try_intent(0);
    (void)try_intent(1);
    try_image();
    try_assert_broken("I10");
}

/* ---- I12 ---- */

static void test_a_burst_of_calls(void **state)
{
    (void)state;
    try.swarm.rate = (struct gw_rate){.calls = 2, .window_ms = 1000};
    (void)call(0);
    (void)call(1);
    try_assert_well();
    try_wait(800);
    (void)call(2);
    try_assert_broken("I12");
}

static void test_calls_that_keep_to_their_rate(void **state)
{
    (void)state;
    try.swarm.rate = (struct gw_rate){.calls = 2, .window_ms = 1000};
    (void)call(0);
    (void)call(1);
    try_wait(920);
    (void)call(2);
    try_assert_well();
}

/* One that arrived late was sent in that window all the same. */
static void test_a_burst_that_arrives_late(void **state)
{
    struct sim_line *late;
    const char *nonce;

    (void)state;
    try.swarm.rate = (struct gw_rate){.calls = 2, .window_ms = 1000};
    (void)try_see(1, 2, SIM_VERSION_OLD, true);
    nonce = try_intent(2);
    try_leave(1, nonce, true);
    late = try_line(1, 2, nonce, NULL);
    (void)call(0);
    (void)call(1);
    try_assert_well();
    late->arrived_ms = try.now_ms;
    try_arrive(late);
    try_assert_broken("I12");
}

static void test_a_burst_of_reads(void **state)
{
    (void)state;
    try.swarm.read_rate = (struct gw_rate){.calls = 3, .window_ms = 1000};
    for (int i = 0; i < 4; i++)
        (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_assert_broken("I12");
}

/* A process that was stopped sends then what it had ready before. */
static void test_what_was_stopped_on_its_way(void **state)
{
    (void)state;
    try.swarm.read_rate = (struct gw_rate){.calls = 2, .window_ms = 1000};
    try.frozen = 1;
    try.thawed_ms = try.now_ms;
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_wait(500);
    (void)try_see(1, 1, SIM_VERSION_OLD, true);
    (void)try_see(1, 2, SIM_VERSION_OLD, true);
    try_assert_well();
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_assert_broken("I12");
}

static void test_a_rate_that_was_ordered(void **state)
{
    (void)state;
    (void)call(0);
    try_order("pace", "1/s");
    sim_check_told(try.check, SIM_WORD_PACED, "1/s");
    (void)call(1);
    try_assert_well();
    try_wait(500);
    (void)call(2);
    try_assert_broken("I12");
}

/* A newer one may be in force before its answer is durable. */
static void test_a_rate_that_is_being_ordered_anew(void **state)
{
    (void)state;
    (void)call(0);
    try_order("pace", "1/s");
    sim_check_told(try.check, SIM_WORD_PACED, "1/s");
    (void)call(1);
    try_sql("INSERT INTO orders (rollout, kind, argument, by, at_unix_ms)"
            " VALUES (1, 'pace', '2/s', 'op@machine', 1)");
    try_wait(500);
    (void)call(2);
    try_assert_well();
}

/* It had left the queue before anybody heard of the order, and waited for its connection. */
static void test_what_was_connecting_when_a_rate_was_ordered(void **state)
{
    (void)state;
    (void)try_see(1, 1, SIM_VERSION_OLD, true);
    try_order("pace", "1/s");
    sim_check_told(try.check, SIM_WORD_PACED, "1/s");
    (void)try_call(1, 1, NULL);
    (void)call(2);
    try_assert_well();
}

static void test_a_newer_rate_that_nobody_was_told_of_yet(void **state)
{
    (void)state;
    try_order("pace", "1/s");
    sim_check_told(try.check, SIM_WORD_PACED, "1/s");
    (void)call(1);
    try_order("pace", "5/s");
    (void)call(2);
    try_assert_well();
}

/* ---- I13 ---- */

static void refuse(const char *code)
{
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    (void)try_call(1, 0, code);
}

static void test_more_attempts_than_allowed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < try.swarm.attempts; i++)
        refuse("GetSmartAccessGatewayStateError");
    try_assert_well();
    refuse("GetSmartAccessGatewayStateError");
    try_assert_broken("I13");
}

static void test_throttled_calls_cost_nothing(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2 * try.swarm.attempts; i++)
        refuse("Throttling.User");
    try_assert_well();
}

static void test_put_off_for_ever(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < try.swarm.attempts; i++)
        refuse("SmartAccessGatewayNotOnline");
    try_assert_well();
    refuse("SmartAccessGatewayNotOnline");
    try_assert_broken("I13");
}

static void test_charged_for_more_than_allowed(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= try.swarm.attempts; i++) {
        (void)try_intent(0);
        try_answer(0, "refused", "GetSmartAccessGatewayStateError", "waiting");
    }
    try_image();
    try_assert_broken("I13");
}

/* ---- I14 ---- */

static struct sim_line *throttle(uint32_t target, uint64_t retry_after_ms)
{
    struct sim_line *line;

    (void)try_see(1, target, SIM_VERSION_OLD, true);
    line = try_call(1, target, "Throttling.User");
    line->retry_after_ms = retry_after_ms;
    return line;
}

static void test_a_call_in_a_throttles_silence(void **state)
{
    (void)state;
    (void)throttle(0, 2000);
    try_wait(1000);
    (void)call(1);
    try_assert_broken("I14");
}

static void test_a_call_behind_a_throttles_silence(void **state)
{
    (void)state;
    (void)throttle(0, 2000);
    try_wait(2000);
    (void)call(1);
    try_assert_well();
}

static void test_a_throttle_that_nobody_heard(void **state)
{
    (void)state;
    throttle(0, 2000)->delivered_ms = 0;
    try_wait(1000);
    (void)call(1);
    try_assert_well();
}

static void test_a_read_in_a_throttles_silence(void **state)
{
    struct sim_line *line = try_see(1, 0, SIM_VERSION_OLD, true);

    (void)state;
    line = sim_ledger_add();
    line->pid = 1;
    line->action = SIM_ATTRIBUTE;
    line->sent_ms = line->arrived_ms = try.now_ms;
    line->code = "Throttling.User";
    line->retry_after_ms = 2000;
    line->nonce[0] = 't';
    try_leave(1, line->nonce, false);
    try_arrive(line);
    try_deliver(line);
    try_wait(1000);
    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    try_assert_broken("I14");
}

/* ---- I15 ---- */

/* Device 0's window is open from a minute ago and for so long. */
static void open_window(int64_t for_ms)
{
    try.swarm.windows = true;
    try.swarm.cutoff_ms = 60000;
    try.swarm.device[0].opens_unix_ms = try_unix_ms() - 60000;
    try.swarm.device[0].closes_unix_ms = try_unix_ms() + for_ms;
}

static void test_inside_of_its_window(void **state)
{
    (void)state;
    open_window(61000);
    (void)call(0);
    try_assert_well();
}

static void test_the_next_night(void **state)
{
    (void)state;
    open_window(61000);
    try_wait(86400000);
    (void)call(0);
    try_assert_well();
}

static void test_after_the_cut_off(void **state)
{
    (void)state;
    open_window(59000);
    (void)call(0);
    try_assert_broken("I15");
}

static void test_before_it_opens(void **state)
{
    (void)state;
    open_window(600000);
    try.swarm.device[0].opens_unix_ms = try_unix_ms() + 60000;
    (void)call(0);
    try_assert_broken("I15");
}

static void test_closed_by_the_machines_clock(void **state)
{
    (void)state;
    open_window(600000);
    try.swarm.clock_sets = 1;
    try.clock_off_ms = 3600000;
    (void)call(0);
    try_assert_broken("I15");
}

static void test_closed_by_the_true_clock(void **state)
{
    (void)state;
    open_window(600000);
    try.swarm.clock_sets = 1;
    try_wait(3600000);
    try.clock_off_ms = -3600000;
    (void)call(0);
    try_assert_broken("I15");
}

/* What has waited for a disk, or for a rate, is not what was read any more. */
static void leaves_after(uint64_t waited_ms)
{
    struct sim_line *line;
    const char *nonce;

    (void)try_see(1, 0, SIM_VERSION_OLD, true);
    nonce = try_intent(0);
    try_wait(waited_ms);
    try_leave(1, nonce, true);
    line = try_line(1, 0, nonce, NULL);
    line->signed_unix_ms -= (int64_t)waited_ms;
    try_arrive(line);
}

static void test_a_call_that_waited_for_its_disk(void **state)
{
    (void)state;
    leaves_after(30000);
    try_assert_well();
}

static void test_a_call_that_waited_too_long(void **state)
{
    (void)state;
    leaves_after(32000);
    try_assert_broken("I15");
}

/* Its clock was set on the way, by less than stops a run. */
static void test_a_call_signed_by_another_clock(void **state)
{
    (void)state;
    try.swarm.clock_sets = 1;
    leaves_after(32000);
    try_assert_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, try_setup, try_teardown)
        TEST(test_more_calls_than_slots),
        TEST(test_a_slot_is_free_when_it_is_known),
        TEST(test_a_slot_is_free_behind_its_fence),
        TEST(test_more_rows_than_slots),
        TEST(test_more_devices_at_work),
        TEST(test_who_is_back_makes_room),
        TEST(test_more_devices_in_a_site),
        TEST(test_more_rows_in_a_site),
        TEST(test_a_burst_of_calls),
        TEST(test_calls_that_keep_to_their_rate),
        TEST(test_a_burst_that_arrives_late),
        TEST(test_a_burst_of_reads),
        TEST(test_what_was_stopped_on_its_way),
        TEST(test_a_rate_that_was_ordered),
        TEST(test_a_rate_that_is_being_ordered_anew),
        TEST(test_what_was_connecting_when_a_rate_was_ordered),
        TEST(test_a_newer_rate_that_nobody_was_told_of_yet),
        TEST(test_more_attempts_than_allowed),
        TEST(test_throttled_calls_cost_nothing),
        TEST(test_put_off_for_ever),
        TEST(test_charged_for_more_than_allowed),
        TEST(test_a_call_in_a_throttles_silence),
        TEST(test_a_call_behind_a_throttles_silence),
        TEST(test_a_throttle_that_nobody_heard),
        TEST(test_a_read_in_a_throttles_silence),
        TEST(test_inside_of_its_window),
        TEST(test_the_next_night),
        TEST(test_after_the_cut_off),
        TEST(test_before_it_opens),
        TEST(test_closed_by_the_machines_clock),
        TEST(test_closed_by_the_true_clock),
        TEST(test_a_call_that_waited_for_its_disk),
        TEST(test_a_call_that_waited_too_long),
        TEST(test_a_call_signed_by_another_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
