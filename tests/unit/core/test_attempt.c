/* What becomes of a device after its call, answer by answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "hand.h"

static struct hand hand;

/* One device, read before the target's version and called. */
static void called(void)
{
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, hand.drive.downgrade ? HAND_NEWER : HAND_OLD);
    (void)hand_next_call(&hand, 0);
}

static void each_answer_has_its_consequence(void **state)
{
    static const struct {
        enum gw_proof proof;
        enum gw_class class_;
        enum gw_state state;
        uint32_t charged;
        enum gw_stop stop;
    } row[] = {
        {GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED, GW_STATE_UPGRADING, 1, GW_STOP_NONE},
        {GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN, GW_STATE_IN_DOUBT, 1, GW_STOP_NONE},
        {GW_PROOF_IN_DOUBT, GW_CLASS_TRANSIENT, GW_STATE_IN_DOUBT, 1, GW_STOP_NONE},
        {GW_PROOF_NEVER_SENT, GW_CLASS_ENDPOINT, GW_STATE_WAITING, 0, GW_STOP_NONE},
        {GW_PROOF_NEVER_SENT, GW_CLASS_UNTRUSTED, GW_STATE_WAITING, 0, GW_STOP_UNTRUSTED},
        {GW_PROOF_REFUSED, GW_CLASS_TRANSIENT, GW_STATE_WAITING, 1, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_THROTTLED, GW_STATE_WAITING, 0, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_OFFLINE, GW_STATE_WAITING, 0, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_BUSY, GW_STATE_WAITING, 0, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_READ_BACK, GW_STATE_WAITING, 1, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_PERMANENT, GW_STATE_FAILED, 1, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_NOT_FOUND, GW_STATE_FAILED, 1, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_IDENTITY, GW_STATE_FAILED, 1, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_PLAN, GW_STATE_FAILED, 1, GW_STOP_PLAN},
        {GW_PROOF_REFUSED, GW_CLASS_CREDENTIAL, GW_STATE_WAITING, 0, GW_STOP_CREDENTIALS},
        {GW_PROOF_REFUSED, GW_CLASS_RENEWING, GW_STATE_WAITING, 0, GW_STOP_NONE},
        {GW_PROOF_NEVER_SENT, GW_CLASS_RENEWING, GW_STATE_WAITING, 0, GW_STOP_NONE},
        {GW_PROOF_REFUSED, GW_CLASS_CLOCK, GW_STATE_WAITING, 0, GW_STOP_CLOCK},
        {GW_PROOF_REFUSED, GW_CLASS_RISK, GW_STATE_WAITING, 0, GW_STOP_RISK},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        const struct gw_record *record;

        hand_init(&hand, 2);
        called();
        hand_answer(&hand, 0, row[i].proof, row[i].class_);
        record = hand_record(&hand, 0);
        assert_int_equal(record->kind, GW_RECORD_ANSWER);
        assert_int_equal(record->state, row[i].state);
        assert_int_equal(record->charged, row[i].charged);
        assert_string_equal(record->answer.code, "Told");
        assert_int_equal(gw_rollout_stopped(hand.r), row[i].stop);
        /* Nothing is called again in the same breath, whatever it was. */
        assert_int_equal(hand.calls, 1);
        hand_release(&hand);
    }
}

/* Between two keys a lane waits a second, calls and reads, again and again, at its old pace and at nobody's cost. */
static void a_key_that_is_renewed_is_waited_for(void **state)
{
    (void)state;
    hand_init(&hand, 2);
    called();
    hand_see(&hand, 1, GW_PRESENCE_ONLINE, HAND_OLD);
    (void)hand_next_call(&hand, 1);
    for (uint32_t again = 1; again <= 3; again++) {
        uint64_t from_ms = hand.now_ms;

        hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_RENEWING);
        assert_int_equal(hand_record(&hand, 0)->charged, 0);
        assert_int_equal(hand_next_call(&hand, 0)->attempt, again + 1);
        assert_int_equal(hand.now_ms, from_ms + 1000);
    }
    hand_answer(&hand, 0, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED);
    assert_int_equal(hand_record(&hand, 0)->charged, 1);
    assert_int_equal(gw_rollout_stopped(hand.r), GW_STOP_NONE);
    hand_release(&hand);
}

static void reads_wait_for_a_key_too(void **state)
{
    uint64_t from_ms;

    (void)state;
    hand_init(&hand, 1);
    hand_start(&hand);
    (void)hand_next_read(&hand, 0);
    from_ms = hand.now_ms;
    hand_fail(&hand, 0, GW_PROOF_NEVER_SENT, GW_CLASS_RENEWING, 0);
    (void)hand_next_read(&hand, 0);
    assert_int_equal(hand.now_ms, from_ms + 1000);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    (void)hand_next_call(&hand, 0);
    hand_release(&hand);
}

/* Five minutes are enough; what was heard before a quiet time does not count. */
static void a_key_is_not_waited_for_for_ever(void **state)
{
    uint64_t from_ms;

    (void)state;
    hand_init(&hand, 1);
    called();
    hand_answer(&hand, 0, GW_PROOF_NEVER_SENT, GW_CLASS_RENEWING);
    (void)hand_next_call(&hand, 0);
    hand_pass(&hand, 400000);
    from_ms = hand.now_ms;
    for (;;) {
        hand_answer(&hand, 0, GW_PROOF_NEVER_SENT, GW_CLASS_RENEWING);
        assert_int_equal(hand_record(&hand, 0)->charged, 0);
        if (gw_rollout_stopped(hand.r) != GW_STOP_NONE)
            break;
        assert_true(hand.now_ms < from_ms + 300000);
        /* A read in between grows stale and is asked again; it is not signed either. */
        while (!hand_call(&hand, 0)) {
            if (hand.reads > 0)
                hand_fail(&hand, 0, GW_PROOF_NEVER_SENT, GW_CLASS_RENEWING, 0);
            else
                hand_wait(&hand);
            if (gw_rollout_stopped(hand.r) != GW_STOP_NONE)
                break;
        }
        if (gw_rollout_stopped(hand.r) != GW_STOP_NONE)
            break;
    }
    assert_int_equal(gw_rollout_stopped(hand.r), GW_STOP_CREDENTIALS);
    assert_true(hand.now_ms >= from_ms + 300000);
    hand_release(&hand);
}

static void without_verification_an_accepted_call_is_the_outcome(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.drive.verify = false;
    called();
    hand_answer(&hand, 0, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED);
    assert_int_equal(hand_record(&hand, 0)->state, GW_STATE_SUCCEEDED);
    assert_true(gw_rollout_is_finished(hand.r));
    assert_true(gw_rollout_ended(hand.r));
    hand_release(&hand);
}

/* "Too old" may mean "there already": one more look at the gateway itself, one more call, and then it is final. */
static void too_old_is_believed_the_second_time(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    called();
    hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_READ_BACK);
    assert_int_equal(hand_next_read(&hand, 0)->kind, GW_READ_ONE);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_int_equal(hand_next_call(&hand, 0)->attempt, 2);
    hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_READ_BACK);
    assert_int_equal(hand_record(&hand, 0)->state, GW_STATE_FAILED);
    assert_int_equal(hand_record(&hand, 0)->charged, 2);
    hand_release(&hand);
}

/* Nobody takes a device back to what it runs already. */
static void too_old_is_believed_at_once_on_the_way_back(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.drive.downgrade = true;
    called();
    hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_READ_BACK);
    assert_int_equal(hand_record(&hand, 0)->state, GW_STATE_FAILED);
    assert_int_equal(hand_record(&hand, 0)->charged, 1);
    hand_release(&hand);
}

static void attempts_end(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    called();
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        assert_int_equal(hand_next_call(&hand, 0)->attempt, attempt);
        hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_TRANSIENT);
        assert_int_equal(hand_record(&hand, 0)->state, attempt < 3 ? GW_STATE_WAITING : GW_STATE_FAILED);
        if (attempt < 3)
            hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    }
    hand_release(&hand);
}

/* It doubles from the first to the longest, drawn below that; no number of failures makes it longer. */
static void backoff_has_a_ceiling(void **state)
{
    static const uint64_t most_ms[] = {1000, 2000, 3000, 3000, 3000, 3000};

    (void)state;
    hand_init(&hand, 1);
    hand.drive.attempts = GW_COUNT_OF(most_ms) + 1;
    hand.drive.backoff_longest_ms = 3000;
    called();
    for (size_t i = 0; i < GW_COUNT_OF(most_ms); i++) {
        (void)hand_next_call(&hand, 0);
        hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_TRANSIENT);
        assert_true(gw_rollout_deadline_ms(hand.r, hand.now_ms) <= hand.now_ms + most_ms[i]);
        hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    }
    hand_release(&hand);
}

/* What is refused as offline costs no attempt, and is not asked for ever. */
static void being_put_off_ends(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    called();
    for (uint32_t times = 1; times <= 3; times++) {
        hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_OFFLINE);
        assert_int_equal(hand_record(&hand, 0)->state, times < 3 ? GW_STATE_WAITING : GW_STATE_DEFERRED);
        assert_int_equal(hand_record(&hand, 0)->charged, 0);
        if (times < 3) {
            hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
            (void)hand_next_call(&hand, 0);
        }
    }
    hand_release(&hand);
}

/* Busy after a call that nobody can account for: it may be that call. */
static void busy_after_a_doubt_is_in_doubt(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.target[0].sent = hand.target[0].attempts = 1;
    hand.target[0].doubted = true;
    called();
    hand_answer(&hand, 0, GW_PROOF_REFUSED, GW_CLASS_BUSY);
    assert_int_equal(hand_record(&hand, 0)->state, GW_STATE_IN_DOUBT);
    assert_int_equal(hand_record(&hand, 0)->charged, 2);
    hand_release(&hand);
}

/* A doubt is looked at after `every`, but never later than the fence. */
static void a_doubt_is_looked_at_before_its_fence_is_long_over(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.drive.every_ms = 600000;
    hand.drive.fence_ms = 8000;
    called();
    hand_answer(&hand, 0, GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN);
    /* The common grid of looks is a quarter of `every`. */
    assert_true(gw_rollout_deadline_ms(hand.r, hand.now_ms) <= hand.now_ms + 8000 + 150000);
    hand_release(&hand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_has_its_consequence),
        cmocka_unit_test(a_key_that_is_renewed_is_waited_for),
        cmocka_unit_test(reads_wait_for_a_key_too),
        cmocka_unit_test(a_key_is_not_waited_for_for_ever),
        cmocka_unit_test(without_verification_an_accepted_call_is_the_outcome),
        cmocka_unit_test(too_old_is_believed_the_second_time),
        cmocka_unit_test(too_old_is_believed_at_once_on_the_way_back),
        cmocka_unit_test(attempts_end),
        cmocka_unit_test(backoff_has_a_ceiling),
        cmocka_unit_test(being_put_off_ends),
        cmocka_unit_test(busy_after_a_doubt_is_in_doubt),
        cmocka_unit_test(a_doubt_is_looked_at_before_its_fence_is_long_over),
    };

    return cmocka_run_group_tests_name("core/attempt", tests, NULL, NULL);
}
