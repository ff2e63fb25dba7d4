/* What is concluded from a look at a device, look by look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "hand.h"

#define LONG_AGO_MS 3600000

static struct hand hand;

/* The end of t, when it has one that was given out last. */
static void assert_end(uint32_t t, enum gw_state outcome, const char *code)
{
    const struct gw_record *record = hand_record(&hand, t);

    assert_non_null(record);
    assert_int_equal(record->kind, GW_RECORD_STATE);
    assert_int_equal(record->state, outcome);
    assert_string_equal(record->answer.code, code);
}

static void assert_no_end(uint32_t t)
{
    const struct gw_record *record = hand_record(&hand, t);

    assert_true(!record || !gw_state_is_outcome(record->state));
}

/* A rollback takes these back too, and nothing calls them again unseen. */
static void who_may_have_changed_without_a_proof(void **state)
{
    (void)state;
    assert_true(gw_outcome_is_unproven(GW_STATE_UNRESOLVED, "unproven"));
    assert_true(gw_outcome_is_unproven(GW_STATE_UNRESOLVED, "unreadable"));
    assert_true(gw_outcome_is_unproven(GW_STATE_FAILED, "stuck"));
    assert_false(gw_outcome_is_unproven(GW_STATE_FAILED, "attempts"));
    assert_false(gw_outcome_is_unproven(GW_STATE_SUCCEEDED, ""));
    assert_false(gw_outcome_is_unproven(GW_STATE_WAITING, "stuck"));
}

/* ---- before the call ---- */

static void the_way_back_is_the_way_there_turned_round(void **state)
{
    static const struct {
        const char *version;
        bool called;
        const char *code;
    } row[] = {
        {HAND_NEWER, true, ""},
        {HAND_NEW, false, "at_version"},
        {HAND_OLD, false, "older"},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        hand_init(&hand, 1);
        hand.drive.downgrade = true;
        hand_start(&hand);
        hand_see(&hand, 0, GW_PRESENCE_ONLINE, row[i].version);
        assert_int_equal(hand_call(&hand, 0) != NULL, row[i].called);
        if (!row[i].called)
            assert_end(0, GW_STATE_SKIPPED, row[i].code);
        hand_release(&hand);
    }
}

static void what_comes_back_too_far_is_nobodys_success(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.drive.downgrade = true;
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_NEWER);
    hand_answer(&hand, 0, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_end(0, GW_STATE_UNRESOLVED, "foreign_version");
    hand_release(&hand);
}

/* Zero is a moment like any other: a run that begins with its clock waits no longer, and no shorter. */
static void patience_begins_at_the_clocks_zero_too(void **state)
{
    uint64_t ended_ms;

    (void)state;
    hand_init(&hand, 1);
    hand.now_ms = 0;
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_OFFLINE, "");
    while (gw_rollout_counts(hand.r)[GW_STATE_WAITING] > 0)
        hand_see(&hand, 0, GW_PRESENCE_OFFLINE, "");
    ended_ms = hand.now_ms;
    assert_end(0, GW_STATE_DEFERRED, "offline");
    assert_in_range(ended_ms, hand.drive.offline_ms, hand.drive.offline_ms + 2 * hand.drive.every_ms);
    hand_release(&hand);
}

static void what_cannot_be_read_is_waited_for_and_deferred(void **state)
{
    static const uint64_t begin_ms[] = {0, 1000000};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(begin_ms); i++) {
        hand_init(&hand, 1);
        hand.now_ms = begin_ms[i];
        hand.drive.endpoint_down_ms = 2 * hand.drive.offline_ms;
        hand_start(&hand);
        while (gw_rollout_counts(hand.r)[GW_STATE_WAITING] > 0)
            hand_fail(&hand, 0, GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN, 500);
        assert_end(0, GW_STATE_DEFERRED, "unreadable");
        /* As long as an endpoint that is down is waited for, where that is longer. */
        assert_in_range(hand.now_ms - begin_ms[i], 2 * hand.drive.offline_ms,
                        2 * hand.drive.offline_ms + 2 * hand.drive.every_ms);
        hand_release(&hand);
    }
}

/* A page that came whole and says nothing of a device hides no other: each is asked for by itself. */
static void an_odd_page_is_asked_for_one_by_one(void **state)
{
    static const struct {
        enum gw_class class_;
        int32_t http_status;
        bool alone;
    } row[] = {{GW_CLASS_ACCEPTED, 200, true},  {GW_CLASS_NOT_FOUND, 404, true},
               {GW_CLASS_PERMANENT, 400, true}, {GW_CLASS_PLAN, 400, true},
               {GW_CLASS_UNKNOWN, 200, true},   {GW_CLASS_UNKNOWN, 503, false},
               {GW_CLASS_TRANSIENT, 500, false}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        hand_init(&hand, 2);
        hand_start(&hand);
        assert_int_equal(hand_next_read(&hand, 1)->kind, GW_READ_PAGE);
        hand_fail(&hand, 0, GW_PROOF_IN_DOUBT, row[i].class_, row[i].http_status);
        assert_int_equal(hand_next_read(&hand, 0)->kind, row[i].alone ? GW_READ_ONE : GW_READ_PAGE);
        hand_release(&hand);
    }
}

/* ---- pairs ---- */

static void a_mate_must_be_seen_to_be_well(void **state)
{
    static const struct {
        enum gw_presence mate;
        bool called;
    } row[] = {{GW_PRESENCE_ONLINE, true},
               {GW_PRESENCE_NONE, false},
               {GW_PRESENCE_OFFLINE, false},
               {GW_PRESENCE_UNKNOWN, false}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        hand_init(&hand, 2);
        hand_pair(&hand, 0, 1);
        hand_start(&hand);
        hand_see_pair(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD, row[i].mate, HAND_OLD);
        assert_int_equal(hand_call(&hand, 0) != NULL, row[i].called);
        hand_release(&hand);
    }
}

/* The first has succeeded: the second is called only when the first is seen to be where it was. */
static void a_mate_that_succeeded_must_still_be_there(void **state)
{
    static const struct {
        const char *mate_version;
        bool called, relapsed;
    } row[] = {
        {HAND_NEW, true, false}, {"", false, false}, {HAND_OLD, false, true}, {HAND_NEWER, true, false}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        hand_init(&hand, 2);
        hand_pair(&hand, 0, 1);
        hand.target[0].state = GW_STATE_SUCCEEDED;
        hand_start(&hand);
        hand_see_pair(&hand, 1, GW_PRESENCE_ONLINE, HAND_OLD, GW_PRESENCE_ONLINE, row[i].mate_version);
        assert_int_equal(hand_call(&hand, 1) != NULL, row[i].called);
        assert_int_equal(gw_rollout_relapsed(hand.r), row[i].relapsed);
        if (row[i].relapsed)
            assert_string_equal(hand_record_of(&hand, GW_RECORD_RELAPSED)->version, HAND_OLD);
        hand_release(&hand);
    }
}

/* What is offline may be on its way back: that is no relapse, and no reason to call the other one. */
static void a_mate_that_succeeded_and_is_away_is_waited_for(void **state)
{
    (void)state;
    hand_init(&hand, 2);
    hand_pair(&hand, 0, 1);
    hand.target[0].state = GW_STATE_SUCCEEDED;
    hand_start(&hand);
    hand_see_pair(&hand, 1, GW_PRESENCE_ONLINE, HAND_OLD, GW_PRESENCE_OFFLINE, HAND_OLD);
    assert_null(hand_call(&hand, 1));
    assert_int_equal(gw_rollout_relapsed(hand.r), 0);
    assert_no_end(1);
    hand_release(&hand);
}

/* ---- after the call ---- */

static void a_called_device_that_the_page_does_not_know_is_asked_for_alone(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand_start(&hand);
    hand_upgrade(&hand, 0);
    hand_see(&hand, 0, GW_PRESENCE_MISSING, "");
    assert_int_equal(hand_next_read(&hand, 0)->kind, GW_READ_ONE);
    /* Gone from there as well: it is waited for like one that is offline, to its deadline. */
    while (gw_rollout_counts(hand.r)[GW_STATE_UPGRADING] > 0)
        hand_see(&hand, 0, GW_PRESENCE_MISSING, "");
    assert_end(0, GW_STATE_UNRESOLVED, "unreadable");
    hand_release(&hand);
}

/* As the store tells of a call whose times lie before this run's clock: its fence is over. */
static void a_doubt_from_long_ago_has_its_deadline_behind_it(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.target[0].state = GW_STATE_IN_DOUBT;
    hand.target[0].sent = hand.target[0].attempts = 1;
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_OFFLINE, "");
    assert_end(0, GW_STATE_UNRESOLVED, "unproven");
    hand_release(&hand);
}

static void two_looks_that_agree_lie_apart(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.target[0].state = GW_STATE_IN_DOUBT;
    hand.target[0].sent = hand.target[0].attempts = 1;
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    /* Sent a moment after the first, whatever the machine was told to wait: it may have met the same stale word. */
    hand_see_late(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD, 4000);
    assert_null(hand_record(&hand, 0));
    assert_int_equal(gw_rollout_counts(hand.r)[GW_STATE_IN_DOUBT], 1);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_int_equal(hand_record(&hand, 0)->kind, GW_RECORD_RESOLVED);
    assert_int_equal(hand_record(&hand, 0)->state, GW_STATE_WAITING);
    hand_release(&hand);
}

static void two_looks_that_disagree_settle_nothing(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.target[0].state = GW_STATE_IN_DOUBT;
    hand.target[0].sent = hand.target[0].attempts = 1;
    hand.drive.stuck_ms = LONG_AGO_MS;
    hand_start(&hand);
    for (int turn = 0; turn < 3; turn++) {
        hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
        hand_see(&hand, 0, GW_PRESENCE_OFFLINE, "");
        assert_null(hand_record(&hand, 0));
    }
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_int_equal(hand_record(&hand, 0)->kind, GW_RECORD_RESOLVED);
    hand_release(&hand);
}

static void set_clock(int64_t by_ms)
{
    struct gw_event ev = {.kind = GW_EVENT_CLOCK,
                          .now_ms = hand.now_ms,
                          .unix_ms = hand.unix_ms + (int64_t)(hand.now_ms - HAND_BEGIN_MS) + by_ms};

    gw_rollout_handle(hand.r, &ev);
}

/* A run that starts by a clock an hour ahead takes the fence of the run before for over; it is not. */
static void a_clock_that_is_set_back_takes_the_fences_along(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.target[0].state = GW_STATE_IN_DOUBT;
    hand.target[0].sent = hand.target[0].attempts = 1;
    hand.drive.stuck_ms = LONG_AGO_MS;
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    set_clock(-3600000);
    while (hand.now_ms < HAND_BEGIN_MS + hand.drive.fence_ms) {
        hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
        assert_null(hand_record(&hand, 0));
    }
    /* No earlier run's call can have been sent after this run began: behind a whole fence all is as ever. */
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    if (!hand_record(&hand, 0))
        hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_int_equal(hand_record(&hand, 0)->kind, GW_RECORD_RESOLVED);
    hand_release(&hand);
}

/* Both looks lie behind the fence, where it is now. */
static void a_look_from_before_a_fence_was_moved_counts_for_nothing(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.target[0].state = GW_STATE_IN_DOUBT;
    hand.target[0].sent = hand.target[0].attempts = 1;
    hand.target[0].fence_ms = hand.target[0].since_ms = HAND_BEGIN_MS;
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    set_clock(-3000);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_true(hand.now_ms >= HAND_BEGIN_MS + 3000);
    assert_null(hand_record(&hand, 0));
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_int_equal(hand_record(&hand, 0)->kind, GW_RECORD_RESOLVED);
    hand_release(&hand);
}

static void a_clock_that_is_set_ahead_moves_no_fence(void **state)
{
    (void)state;
    hand_init(&hand, 1);
    hand.target[0].state = GW_STATE_IN_DOUBT;
    hand.target[0].sent = hand.target[0].attempts = 1;
    hand_start(&hand);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    set_clock(3600000);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    assert_int_equal(hand_record(&hand, 0)->kind, GW_RECORD_RESOLVED);
    hand_release(&hand);
}

/* A call of this run's own has its fence by this run's clock. */
static void a_clock_that_is_set_back_leaves_this_runs_fences(void **state)
{
    uint64_t called_ms;

    (void)state;
    hand_init(&hand, 1);
    hand_start(&hand);
    hand_pass(&hand, 10000);
    hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    called_ms = hand.now_ms;
    hand_answer(&hand, 0, GW_PROOF_IN_DOUBT, GW_CLASS_UNKNOWN);
    set_clock(-3600000);
    do
        hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
    while (!hand_record(&hand, 0));
    assert_int_equal(hand_record(&hand, 0)->kind, GW_RECORD_RESOLVED);
    assert_in_range(hand.now_ms, called_ms + hand.drive.fence_ms + hand.drive.agree_ms,
                    called_ms + hand.drive.fence_ms + hand.drive.agree_ms + 2 * hand.drive.every_ms);
    hand_release(&hand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_have_changed_without_a_proof),
        cmocka_unit_test(the_way_back_is_the_way_there_turned_round),
        cmocka_unit_test(what_comes_back_too_far_is_nobodys_success),
        cmocka_unit_test(patience_begins_at_the_clocks_zero_too),
        cmocka_unit_test(what_cannot_be_read_is_waited_for_and_deferred),
        cmocka_unit_test(an_odd_page_is_asked_for_one_by_one),
        cmocka_unit_test(a_mate_must_be_seen_to_be_well),
        cmocka_unit_test(a_mate_that_succeeded_must_still_be_there),
        cmocka_unit_test(a_mate_that_succeeded_and_is_away_is_waited_for),
        cmocka_unit_test(a_called_device_that_the_page_does_not_know_is_asked_for_alone),
        cmocka_unit_test(a_doubt_from_long_ago_has_its_deadline_behind_it),
        cmocka_unit_test(two_looks_that_agree_lie_apart),
        cmocka_unit_test(two_looks_that_disagree_settle_nothing),
        cmocka_unit_test(a_clock_that_is_set_back_takes_the_fences_along),
        cmocka_unit_test(a_look_from_before_a_fence_was_moved_counts_for_nothing),
        cmocka_unit_test(a_clock_that_is_set_ahead_moves_no_fence),
        cmocka_unit_test(a_clock_that_is_set_back_leaves_this_runs_fences),
    };

    return cmocka_run_group_tests_name("core/watch", tests, NULL, NULL);
}
