/* The rollout in a hostile world: what becomes of a device, scene by scene. The world checks the invariants in each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"

#include "world.h"

#define HOUR_MS 3600000u

static struct world world;

static void run_to_end(uint64_t hours)
{
    uint64_t start_ms = world.now_ms;

    assert_true(world_run(&world, start_ms + hours * HOUR_MS));
    assert_int_equal(world.phase, GW_PHASE_FINISHED);
    for (uint32_t t = 0; t < world.n; t++)
        assert_true(gw_state_is_outcome(world.device[t].state));
}

static void all_good(void **state)
{
    (void)state;
    world_init(&world, 60, 1);
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 60);
    assert_int_equal(world.calls, 60);
    /* Six pages and sixty confirmations would be the least; a page must carry many. */
    assert_true(world.reads < 200);
    world_release(&world);
}

static void natures_have_their_outcomes(void **state)
{
    static const struct {
        enum world_nature nature;
        enum gw_state outcome;
        uint32_t calls;
    } row[] = {
        {WORLD_GOOD, GW_STATE_SUCCEEDED, 1},   {WORLD_BRICK, GW_STATE_FAILED, 1},
        {WORLD_STAY, GW_STATE_FAILED, 1},      {WORLD_OFFLINE, GW_STATE_DEFERRED, 0},
        {WORLD_AWAY, GW_STATE_SUCCEEDED, 1},   {WORLD_THERE, GW_STATE_SKIPPED, 0},
        {WORLD_REFUSED, GW_STATE_FAILED, 1},   {WORLD_UNKNOWN, GW_STATE_FAILED, 0},
        {WORLD_AHEAD, GW_STATE_SKIPPED, 0},    {WORLD_STRAY, GW_STATE_UNRESOLVED, 1},
        {WORLD_BUSY, GW_STATE_DEFERRED, 5},    {WORLD_TOO_OLD, GW_STATE_FAILED, 2},
        {WORLD_LACKS, GW_STATE_FAILED, 1},     {WORLD_FORBIDDEN, GW_STATE_FAILED, 1},
        {WORLD_ODD, GW_STATE_SUCCEEDED, 1},    {WORLD_UNREADABLE, GW_STATE_DEFERRED, 0},
        {WORLD_AMBIGUOUS, GW_STATE_FAILED, 0}, {WORLD_UNSUITABLE, GW_STATE_FAILED, 0},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        world_init(&world, 1, i);
        world.device[0].nature = row[i].nature;
        world.device[0].away[0].until_ms = world.drive.offline_ms / 2;
        run_to_end(1);
        assert_int_equal(world.device[0].state, row[i].outcome);
        assert_int_equal(world.calls, row[i].calls);
        world_release(&world);
    }
}

static void a_lost_reply_is_resolved_by_reading(void **state)
{
    (void)state;
    world_init(&world, 4, 3);
    world.faults.lost_reply = 1000;
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 4);
    assert_int_equal(world.calls, 4);
    world_release(&world);
}

static void a_lost_request_is_repeated_only_after_the_fence(void **state)
{
    (void)state;
    world_init(&world, 1, 4);
    world.faults.lost_request = 1000;
    world.drive.attempts = 3;
    run_to_end(2);
    assert_int_equal(world.device[0].state, GW_STATE_FAILED);
    assert_int_equal(world.calls, 3);
    assert_true(world.ended_ms > 1000000 + 3 * (world.drive.fence_ms + world.drive.agree_ms));
    world_release(&world);
}

static void doubt_keeps_the_slots(void **state)
{
    (void)state;
    world_init(&world, 40, 5);
    world.faults.lost_request = 1000;
    world.drive.attempts = 1;
    /* Six slots and a fence of a minute: nothing can be faster than 40 / 6 fences. */
    run_to_end(4);
    assert_int_equal(world_count(&world, GW_STATE_FAILED), 40);
    assert_true(world.ended_ms - 1000000 >= 6 * world.drive.fence_ms);
    world_release(&world);
}

static void throttles_cost_no_attempt(void **state)
{
    (void)state;
    world_init(&world, 20, 6);
    world.faults.throttled = 700;
    world.drive.attempts = 1;
    run_to_end(4);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 20);
    assert_true(world.calls > 30);
    world_release(&world);
}

static void attempts_are_bounded(void **state)
{
    (void)state;
    world_init(&world, 10, 7);
    world.faults.flaky = 1000;
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_FAILED), 10);
    assert_int_equal(world.calls, 10 * world.drive.attempts);
    world_release(&world);
}

static void too_old_with_one_attempt_means_one_call(void **state)
{
    (void)state;
    world_init(&world, 1, 13);
    world.drive.attempts = 1;
    world.device[0].nature = WORLD_TOO_OLD;
    run_to_end(1);
    assert_int_equal(world.device[0].state, GW_STATE_FAILED);
    assert_int_equal(world.calls, 1);
    world_release(&world);
}

static void patience_starts_anew_after_a_device_was_online(void **state)
{
    uint64_t patience_ms;

    (void)state;
    world_init(&world, 1, 14);
    patience_ms = world.drive.offline_ms;
    world.device[0].nature = WORLD_AWAY;
    world.device[0].away[0] = (struct world_spell){0, patience_ms / 2};
    world.device[0].away[1] = (struct world_spell){patience_ms * 3 / 4, patience_ms * 3 / 2};
    /* It is online in between, and the account is throttled just then. */
    world.faults.throttled = 1000;
    assert_false(world_run(&world, world.now_ms + patience_ms));
    world.faults.throttled = 0;
    assert_true(world_go(&world, world.now_ms + HOUR_MS));
    assert_int_equal(world.device[0].state, GW_STATE_SUCCEEDED);
    assert_true(world.calls > 1);
    world_release(&world);
}

/* As a database would tell of n devices that were called long ago, every second one in doubt. */
static void called_long_ago(uint32_t n, uint64_t seed, enum world_nature nature)
{
    world_init(&world, n, seed);
    world.drive.limits.in_flight = world.drive.limits.upgrading = n;
    world.now_ms += 2 * HOUR_MS;
    for (uint32_t t = 0; t < n; t++) {
        struct world_device *device = &world.device[t];

        device->nature = nature;
        device->effects = 1;
        device->state = t % 2 ? GW_STATE_IN_DOUBT : GW_STATE_UPGRADING;
        device->open = true;
        device->doubted = t % 2;
        device->sent = device->charged = device->left_attempt = 1;
        device->signed_ms = world.now_ms - 2 * HOUR_MS;
        device->fence_ms = device->left_fence_ms = device->signed_ms + world.drive.fence_ms;
    }
}

static void failed_reads_after_a_long_absence_conclude_nothing(void **state)
{
    static const struct gw_answer outage[] = {
        {.proof = GW_PROOF_NEVER_SENT, .class_ = GW_CLASS_ENDPOINT},
        {.proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_CREDENTIAL},
        {.proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN, .http_status = 503},
    };

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(outage); i++) {
        called_long_ago(40, 15, WORLD_GOOD);
        world.outage = outage[i];
        world.outage_until_ms = world.now_ms + world.drive.endpoint_down_ms / 2;
        world.starts = 1;
        run_to_end(1);
        assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 40);
        assert_int_equal(world.calls, 0);
        world_release(&world);
    }
}

static void a_stale_look_fails_nobody(void **state)
{
    (void)state;
    world_init(&world, 4, 16);
    for (uint32_t t = 0; t < 4; t++)
        world.device[t].nature = WORLD_STAY;
    /* Looks are possible right after the calls, and never again. */
    world.outage = (struct gw_answer){.proof = GW_PROOF_IN_DOUBT, .class_ = GW_CLASS_UNKNOWN};
    world.outage_from_ms = world.now_ms + 20000;
    world.outage_until_ms = UINT64_MAX;
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_UNRESOLVED), 4);
    world_release(&world);
}

static void busy_after_a_doubt_is_not_somebody_elses_work(void **state)
{
    (void)state;
    world_init(&world, 1, 17);
    world.device[0].doubted = true;
    world.device[0].sent = world.device[0].charged = 1;
    world.device[0].nature = WORLD_BUSY;
    world.drive.attempts = 2;
    run_to_end(1);
    assert_int_equal(world.device[0].state, GW_STATE_FAILED);
    assert_int_equal(world.calls, 1);
    assert_true(world.ended_ms > world.begun_ms + world.drive.fence_ms);
    world_release(&world);
}

/* A look at the whole page is no proof: the device may be a pair, and the list may be late. */
static void a_doubtful_device_succeeds_by_its_own_read_only(void **state)
{
    (void)state;
    world_init(&world, 2, 20);
    for (uint32_t t = 0; t < 2; t++) {
        world.device[t].doubted = true;
        world.device[t].sent = world.device[t].charged = world.device[t].left_attempt = 1;
        world.device[t].acquitted = true;
        world.device[t].nature = WORLD_THERE;
    }
    run_to_end(1);
    assert_int_equal(world_count(&world, GW_STATE_SUCCEEDED), 2);
    assert_int_equal(world.calls, 0);
    world_release(&world);
}

static void a_new_start_gives_no_new_attempts(void **state)
{
    (void)state;
    world_init(&world, 1, 22);
    world.device[0].sent = world.device[0].left_attempt = 1;
    world.device[0].charged = world.drive.attempts;
    world.device[0].acquitted = true;
    run_to_end(1);
    assert_int_equal(world.device[0].state, GW_STATE_FAILED);
    assert_int_equal(world.calls, 0);
    world_release(&world);
}

static void a_finished_rollout_calls_nothing(void **state)
{
    uint64_t calls;

    (void)state;
    world_init(&world, 20, 11);
    run_to_end(1);
    calls = world.calls;
    run_to_end(1);
    assert_int_equal(world.calls, calls);
    world_release(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_good),
        cmocka_unit_test(natures_have_their_outcomes),
        cmocka_unit_test(a_lost_reply_is_resolved_by_reading),
        cmocka_unit_test(a_lost_request_is_repeated_only_after_the_fence),
        cmocka_unit_test(doubt_keeps_the_slots),
        cmocka_unit_test(throttles_cost_no_attempt),
        cmocka_unit_test(attempts_are_bounded),
        cmocka_unit_test(too_old_with_one_attempt_means_one_call),
        cmocka_unit_test(patience_starts_anew_after_a_device_was_online),
        cmocka_unit_test(failed_reads_after_a_long_absence_conclude_nothing),
        cmocka_unit_test(a_stale_look_fails_nobody),
        cmocka_unit_test(busy_after_a_doubt_is_not_somebody_elses_work),
        cmocka_unit_test(a_doubtful_device_succeeds_by_its_own_read_only),
        cmocka_unit_test(a_new_start_gives_no_new_attempts),
        cmocka_unit_test(a_finished_rollout_calls_nothing),
    };

    return cmocka_run_group_tests_name("core/rollout", tests, NULL, NULL);
}
