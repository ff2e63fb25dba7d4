/* After the last outcome of a wave: the soak, the look at its end, and what closes a rollout before it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "hand.h"

#define SOAK_MS 60000

static struct hand hand;

/* n devices that have succeeded, in a wave that soaks. */
static void soaks(uint32_t n)
{
    hand_init(&hand, n);
    hand.wave.soak_ms = SOAK_MS;
    for (uint32_t t = 0; t < n; t++)
        hand.target[t].state = GW_STATE_SUCCEEDED;
    hand_start(&hand);
    assert_int_equal(hand_record_of(&hand, GW_RECORD_WAVE)->phase, GW_PHASE_SOAKING);
    assert_int_equal(gw_rollout_soaks_until_ms(hand.r), hand.now_ms + SOAK_MS);
    assert_int_equal(gw_rollout_deadline_ms(hand.r, hand.now_ms), hand.now_ms + SOAK_MS);
}

static void what_is_well_after_the_soak_is_promoted(void **state)
{
    (void)state;
    soaks(2);
    hand_pass(&hand, SOAK_MS - 1);
    assert_int_equal(hand.reads, 0);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_NEW);
    hand_see(&hand, 1, GW_PRESENCE_ONLINE, HAND_NEWER);
    assert_int_equal(hand_record_of(&hand, GW_RECORD_VERDICT)->verdict, GW_VERDICT_PROMOTE);
    assert_int_equal(gw_rollout_relapsed(hand.r), 0);
    assert_true(gw_rollout_is_finished(hand.r));
    hand_release(&hand);
}

/* The page is believed when it says well; what it says else is looked at alone, and three times. */
static void three_looks_say_that_a_device_has_relapsed(void **state)
{
    static const struct {
        enum gw_presence presence;
        const char *version, *reason;
    } row[] = {
        {GW_PRESENCE_ONLINE, HAND_OLD, "is no longer"},
        {GW_PRESENCE_OFFLINE, "", "not online"},
        {GW_PRESENCE_MISSING, "", "not online"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        soaks(1);
        assert_int_equal(hand_next_read(&hand, 0)->kind, GW_READ_PAGE);
        hand_see(&hand, 0, row[i].presence, row[i].version);
        for (int look = 0; look < 3; look++) {
            assert_int_equal(gw_rollout_relapsed(hand.r), 0);
            assert_int_equal(hand_next_read(&hand, 0)->kind, GW_READ_ONE);
            hand_see(&hand, 0, row[i].presence, row[i].version);
        }
        assert_int_equal(gw_rollout_relapsed(hand.r), 1);
        assert_non_null(strstr(hand_record_of(&hand, GW_RECORD_RELAPSED)->reason, row[i].reason));
        assert_string_equal(hand_record_of(&hand, GW_RECORD_RELAPSED)->version, row[i].version);
        hand_release(&hand);
    }
}

static void a_look_that_left_before_the_end_of_the_soak_says_nothing(void **state)
{
    (void)state;
    soaks(1);
    (void)hand_next_read(&hand, 0);
    hand_see_late(&hand, 0, GW_PRESENCE_ONLINE, HAND_NEW, 1);
    assert_false(gw_rollout_is_finished(hand.r));
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_NEW);
    assert_true(gw_rollout_is_finished(hand.r));
    hand_release(&hand);
}

/* Nobody can say whether it is well: after the patience with a called device that counts against the version. */
static void what_cannot_be_read_after_the_soak_has_relapsed(void **state)
{
    uint64_t from_ms;

    (void)state;
    soaks(1);
    (void)hand_next_read(&hand, 0);
    from_ms = hand.now_ms;
    while (gw_rollout_relapsed(hand.r) == 0)
        hand_fail(&hand, 0, GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN, 500);
    assert_in_range(hand.now_ms - from_ms, hand.drive.stuck_ms,
                    hand.drive.stuck_ms + 2 * hand.drive.every_ms);
    assert_non_null(strstr(hand_record_of(&hand, GW_RECORD_RELAPSED)->reason, "does not tell"));
    assert_string_equal(hand_record_of(&hand, GW_RECORD_RELAPSED)->version, "");
    hand_release(&hand);
}

static void one_failed_read_after_the_soak_concludes_nothing(void **state)
{
    (void)state;
    soaks(1);
    hand_fail(&hand, 0, GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN, 500);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_NEW);
    assert_int_equal(gw_rollout_relapsed(hand.r), 0);
    assert_true(gw_rollout_is_finished(hand.r));
    hand_release(&hand);
}

/* ---- closing it before it is over ---- */

/* What was aborted is judged by nobody any more, however badly the rest of it ends. */
static void an_aborted_rollout_trips_no_gate(void **state)
{
    (void)state;
    hand_init(&hand, 3);
    hand.rule.failed_limit = 1;
    hand_start(&hand);
    hand_upgrade(&hand, 0);
    assert_int_equal(hand_order(&hand, GW_ORDER_ABORT), GW_SAID_ABORTED);
    while (gw_rollout_counts(hand.r)[GW_STATE_UPGRADING] > 0) {
        hand_see(&hand, 0, GW_PRESENCE_OFFLINE, "");
        assert_null(hand_record_of(&hand, GW_RECORD_VERDICT));
    }
    assert_int_equal(gw_rollout_counts(hand.r)[GW_STATE_FAILED], 1);
    assert_int_equal(gw_rollout_stopped(hand.r), GW_STOP_ABORT);
    assert_true(gw_rollout_ended(hand.r));
    assert_false(gw_rollout_is_finished(hand.r));
    hand_release(&hand);
}

static uint32_t canceled(void)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < hand.effects; i++)
        n += hand.effect[i].kind == GW_EFFECT_RECORD && hand.effect[i].record.kind == GW_RECORD_STATE &&
             hand.effect[i].record.state == GW_STATE_CANCELED;
    return n;
}

/* An abort is answered at once, and the many that it cancels are written a few at a time: nothing else waits for them. */
static void many_are_canceled_a_few_at_a_time(void **state)
{
    uint32_t n = 0;

    (void)state;
    hand_init(&hand, 600);
    hand_start(&hand);
    assert_int_equal(hand_order(&hand, GW_ORDER_ABORT), GW_SAID_ABORTED);
    for (int pulls = 0; n + canceled() < 600 - 8; pulls++) {
        assert_true(pulls < 4);
        assert_true(canceled() <= 256);
        /* There is more to do, and it is due now. */
        assert_int_equal(gw_rollout_deadline_ms(hand.r, hand.now_ms), hand.now_ms);
        assert_false(gw_rollout_ended(hand.r));
        n += canceled();
        hand_wait(&hand);
    }
    hand_release(&hand);
}

/* A drain that comes after a refused key says nothing new, and hides nothing. */
static void the_first_reason_stays(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand_start(&hand);
    hand_fail(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_CREDENTIAL, 403);
    assert_int_equal(gw_rollout_stopped(hand.r), GW_STOP_CREDENTIALS);
    hand_drain(&hand);
    assert_int_equal(gw_rollout_stopped(hand.r), GW_STOP_CREDENTIALS);
    assert_null(hand_record_of(&hand, GW_RECORD_PHASE));
    hand_release(&hand);
}

/* Where nothing can be watched, an abort must not claim that it watches. */
static void an_abort_does_not_hide_that_the_run_is_blind(void **state)
{
    (void)state;
    hand_init(&hand, 2);
    hand_start(&hand);
    hand_upgrade(&hand, 0);
    hand_fail(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_CREDENTIAL, 403);
    assert_int_equal(hand_order(&hand, GW_ORDER_ABORT), GW_SAID_ABORTED);
    assert_int_equal(gw_rollout_stopped(hand.r), GW_STOP_CREDENTIALS);
    assert_int_equal(hand_record_of(&hand, GW_RECORD_PHASE)->phase, GW_PHASE_ABORTING);
    hand_release(&hand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_well_after_the_soak_is_promoted),
        cmocka_unit_test(three_looks_say_that_a_device_has_relapsed),
        cmocka_unit_test(a_look_that_left_before_the_end_of_the_soak_says_nothing),
        cmocka_unit_test(what_cannot_be_read_after_the_soak_has_relapsed),
        cmocka_unit_test(one_failed_read_after_the_soak_concludes_nothing),
        cmocka_unit_test(an_aborted_rollout_trips_no_gate),
        cmocka_unit_test(many_are_canceled_a_few_at_a_time),
        cmocka_unit_test(the_first_reason_stays),
        cmocka_unit_test(an_abort_does_not_hide_that_the_run_is_blind),
    };

    return cmocka_run_group_tests_name("core/soak", tests, NULL, NULL);
}
