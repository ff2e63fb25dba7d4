/*
 * One runner a database: refused while the first lives, taken over when it has died, powerless once it was
 * replaced.
 */
#include "gatewave/store/night.h"
#include "records.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Another connection to the same database, as another process would have it. */
static struct gw_store *second(struct place *place)
{
    struct gw_store *store;

    assert_int_equal(gw_store_open(place->file, GW_STORE_WRITE, &store, &place->err), GW_OK);
    return store;
}

static void test_a_second_runner_is_refused_by_name(void **state)
{
    struct run run = run_start(state);
    struct gw_store *store = second(run.place);
    struct gw_lease *lease;
    char pid[32], host[256] = "";

    snprintf(pid, sizeof(pid), "process %d ", (int)getpid());
    gethostname(host, sizeof(host) - 1);
    assert_int_equal(gw_lease_take(store, run.rollout.id, T0 + 60000, &lease, &run.place->err), GW_ERR_BUSY);
    place_error_has(run.place, pid, host);
    place_error_has(run.place, "2023-11-14T22:13:20Z", "kill -TERM");
    /* The first one goes on undisturbed. */
    run_commit(&run, intent_of(0, 1));
    gw_store_close(store);
    run_stop(&run);
}

static void test_a_night_is_one_and_leaves_the_lease_to_its_rollouts(void **state)
{
    struct run run = run_start(state);
    struct gw_store *store = second(run.place);
    int night = -1, other = -1;

    /* Beside a run that holds the lease. */
    assert_int_equal(gw_night_take(run.place->store, &night, &run.place->err), GW_OK);
    assert_int_equal(gw_night_take(store, &other, &run.place->err), GW_ERR_BUSY);
    place_error_has(run.place, "there is one night at a time", "kill -TERM");
    assert_int_equal(other, -1);
    gw_night_release(other);
    gw_lease_release(run.lease);
    assert_int_equal(gw_lease_take(store, run.rollout.id, T0, &run.lease, &run.place->err), GW_OK);
    gw_night_release(night);
    assert_int_equal(gw_night_take(store, &other, &run.place->err), GW_OK);
    gw_night_release(other);
    run_stop(&run);
    gw_store_close(store);
}

static bool is_held(struct gw_store *store, int64_t rollout, struct place *place)
{
    bool held;

    assert_int_equal(gw_lease_is_held(store, rollout, &held, &place->err), GW_OK);
    return held;
}

static void test_a_viewer_sees_whether_a_process_runs_it(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");
    struct gw_store *viewer;
    char lock[256];

    assert_int_equal(gw_store_open(run.place->file, GW_STORE_READ, &viewer, &run.place->err), GW_OK);
    assert_true(is_held(viewer, run.rollout.id, run.place));
    /* Its runner is there, but runs another one. */
    assert_false(is_held(viewer, other.id, run.place));
    gw_lease_release(run.lease);
    run.lease = NULL;
    assert_false(is_held(viewer, run.rollout.id, run.place));
    /* Nobody ever ran anything here, or somebody has cleaned up; a place that cannot be looked into is another thing. */
    snprintf(lock, sizeof(lock), "%s.lock", run.place->file);
    assert_int_equal(unlink(lock), 0);
    assert_false(is_held(viewer, run.rollout.id, run.place));
    assert_int_equal(symlink("elsewhere", lock), 0);
    assert_true(is_held(viewer, run.rollout.id, run.place));
    assert_int_equal(unlink(lock), 0);
    gw_store_close(viewer);
    run_stop(&run);
}

/* Limits and pairs are shared by the rollouts of a database: they run one after the other. */
static void test_another_rollout_waits_for_the_first(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");
    struct gw_store *store = second(run.place);
    struct gw_lease *lease;

    assert_int_equal(gw_lease_take(store, other.id, T0, &lease, &run.place->err), GW_ERR_BUSY);
    place_error_has(run.place, run.rollout.name, "one runner at a time");
    gw_lease_release(run.lease);
    run.lease = NULL;
    assert_int_equal(gw_lease_take(store, other.id, T0, &lease, &run.place->err), GW_OK);
    gw_lease_release(lease);
    gw_store_close(store);
    run_stop(&run);
}

/*
 * A gateway with a call that is not settled is not called by another rollout, whichever of its devices it
 * was.
 */
static void test_an_unsettled_gateway_is_left_alone(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");
    struct gw_lease *lease;

    run_commit(&run, intent_of(0, 1));
    gw_lease_release(run.lease);
    assert_int_equal(gw_lease_take(run.place->store, other.id, T0, &lease, &run.place->err), GW_ERR_BUSY);
    place_error_has(run.place, run.rollout.name, "to its end first");
    assert_int_equal(gw_lease_take(run.place->store, run.rollout.id, T0, &run.lease, &run.place->err), GW_OK);
    run_commit(&run, answer_of(0, 1, GW_PROOF_REFUSED, GW_STATE_FAILED));
    gw_lease_release(run.lease);
    run.lease = NULL;
    assert_int_equal(gw_lease_take(run.place->store, other.id, T0, &lease, &run.place->err), GW_OK);
    gw_lease_release(lease);
    run_stop(&run);
}

static bool was_run_before(const struct run *run)
{
    struct gw_rollout_row row;

    assert_int_equal(gw_rollout_find(run->place->store, run->rollout.name, &row, &run->place->err), GW_OK);
    return row.run_before;
}

static void test_a_released_lease_is_free(void **state)
{
    struct run run = run_start(state);

    assert_false(was_run_before(&run));
    gw_lease_release(run.lease);
    assert_false(was_run_before(&run));
    assert_int_equal(gw_lease_take(run.place->store, run.rollout.id, T0 + 1, &run.lease, &run.place->err),
                     GW_OK);
    assert_true(was_run_before(&run));
    assert_string_equal(
        place_text(run.place, "SELECT epoch || ' ' || (started_unix_ms - 1700000000000) FROM lease"), "2 1");
    run_stop(&run);
    gw_lease_release(NULL);
}

/* The lock dies with its process, whatever the row says. */
static void test_a_dead_runner_is_replaced(void **state)
{
    struct place *place = *state;
    struct gw_rollout_row rollout;
    struct gw_lease *lease;
    int status;
    pid_t child;

    place_fleet(place, 1);
    rollout = place_rollout(place, "r");
    gw_store_close(place->store);
    place->store = NULL;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct gw_store *store;
        struct gw_record intent = intent_of(0, 1);
        bool ok = gw_store_open(place->file, GW_STORE_WRITE, &store, NULL) == GW_OK &&
                  gw_lease_take(store, rollout.id, T0, &lease, NULL) == GW_OK &&
                  gw_commit(store, lease, &intent, 1, NULL) == GW_OK;

        _exit(ok ? 0 : 1); /* without a word, as kill -9 would have it */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    place->store = second(place);
    assert_int_equal(place_number(place, "SELECT pid FROM lease"), child);
    assert_int_equal(gw_lease_take(place->store, rollout.id, T0 + 1, &lease, &place->err), GW_OK);
    assert_int_equal(place_number(place, "SELECT pid FROM lease"), getpid());
    assert_int_equal(place_number(place, "SELECT epoch FROM lease"), 2);
    /* What it had signed is there. */
    assert_int_equal(place_number(place, "SELECT count(*) FROM attempts"), 1);
    gw_lease_release(lease);
}

/* It lost its lock without knowing (the lock file was removed): its next commit writes nothing. */
static void test_a_replaced_runner_writes_nothing(void **state)
{
    struct run run = run_start(state);
    struct gw_store *store = second(run.place);
    struct gw_lease *lease;
    char lock[128];

    snprintf(lock, sizeof(lock), "%s.lock", run.place->file);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(gw_lease_take(store, run.rollout.id, T0 + 1, &lease, &run.place->err), GW_OK);
    assert_int_equal(run_try(&run, intent_of(0, 1)), GW_ERR_LEASE);
    place_error_has(run.place, "another runner", "nothing was written");
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM attempts"), 0);
    assert_int_equal(place_number(run.place, "SELECT commits FROM lease"), 0);
    run.place->err.text[0] = '\0';
    {
        struct gw_record intent = intent_of(0, 1);

        assert_int_equal(gw_commit(store, lease, &intent, 1, &run.place->err), GW_OK);
    }
    gw_lease_release(lease);
    gw_store_close(store);
    run_stop(&run);
}

/* One that only waits commits nothing: it learns of it before it says how the rollout stands. */
static void test_a_replaced_runner_can_be_told(void **state)
{
    struct run run = run_start(state);
    struct gw_store *store = second(run.place);
    struct gw_lease *lease;
    char lock[128];

    snprintf(lock, sizeof(lock), "%s.lock", run.place->file);
    run_commit(&run, intent_of(0, 1));
    assert_int_equal(gw_lease_check(run.place->store, run.lease, &run.place->err), GW_OK);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(gw_lease_take(store, run.rollout.id, T0 + 1, &lease, &run.place->err), GW_OK);
    assert_int_equal(gw_lease_check(run.place->store, run.lease, &run.place->err), GW_ERR_LEASE);
    place_error_has(run.place, "another runner", "gatewave status");
    assert_int_equal(gw_lease_check(store, lease, &run.place->err), GW_OK);
    gw_lease_release(lease);
    gw_store_close(store);
    run_stop(&run);
}

/* The same when the other runner took another rollout of the database. */
static void test_a_runner_replaced_by_another_rollout_writes_nothing(void **state)
{
    struct run run = run_start(state);
    struct gw_rollout_row other = place_rollout(run.place, "other");
    struct gw_lease *lease;
    char lock[128];

    snprintf(lock, sizeof(lock), "%s.lock", run.place->file);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(gw_lease_take(run.place->store, other.id, T0 + 1, &lease, &run.place->err), GW_OK);
    assert_int_equal(run_try(&run, intent_of(0, 1)), GW_ERR_LEASE);
    assert_int_equal(place_number(run.place, "SELECT count(*) FROM attempts"), 0);
    gw_lease_release(lease);
    run_stop(&run);
}

static void test_a_lease_needs_its_rollout(void **state)
{
    struct place *place = *state;
    struct gw_lease *lease;

    assert_int_equal(gw_lease_take(place->store, 7, T0, &lease, &place->err), GW_ERR_STORE);
    assert_int_equal(place_number(place, "SELECT count(*) FROM lease"), 0);
}

static void test_the_lease_remembers_the_last_commit(void **state)
{
    struct run run = run_start(state);

    run_commit(&run, intent_of(0, 1));
    run_commit(&run, intent_of(1, 1));
    assert_string_equal(
        place_text(run.place, "SELECT commits || ' ' || (renewed_unix_ms - 1700000000000) FROM lease"),
        "2 1000");
    run_stop(&run);
}

/* The -wal is gone with the last commits, as after a careless copy or an old backup: they are missed. */
static void test_lost_commits_are_missed(void **state)
{
    struct run run = run_start(state);
    struct place *place = run.place;
    char copy[256];

    snprintf(copy, sizeof(copy), "VACUUM INTO '%s/other.db'", place->directory);
    run_commit(&run, intent_of(0, 1));
    place_exec(place, copy);
    run_commit(&run, intent_of(1, 1));
    run_commit(&run, intent_of(2, 1));
    gw_lease_release(run.lease);
    gw_store_close(place->store);
    place->store = NULL;
    snprintf(copy, sizeof(copy), "%s/other.db", place->directory);
    assert_int_equal(rename(copy, place->file), 0);
    place->store = second(place);
    assert_int_equal(gw_lease_take(place->store, run.rollout.id, T0, &run.lease, &place->err), GW_ERR_STORE);
    place_error_has(place, "2 batches are missing", "remove FILE.lock to go on");
    snprintf(copy, sizeof(copy), "%s.lock", place->file);
    assert_int_equal(unlink(copy), 0);
    assert_int_equal(gw_lease_take(place->store, run.rollout.id, T0, &run.lease, &place->err), GW_OK);
    run_stop(&run);
}

/* A new database in the place of an old one: the lock file that stayed speaks of another rollout. */
static void test_another_database_is_not_missed(void **state)
{
    struct run run = run_start(state);
    struct place *place = run.place;
    struct gw_rollout_row rollout;

    run_commit(&run, intent_of(0, 1));
    gw_lease_release(run.lease);
    gw_store_close(place->store);
    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(gw_store_open(place->file, GW_STORE_CREATE, &place->store, &place->err), GW_OK);
    place_fleet(place, 5);
    rollout = place_rollout(place, "r");
    assert_int_equal(rollout.id, run.rollout.id);
    assert_int_equal(gw_lease_take(place->store, rollout.id, T0, &run.lease, &place->err), GW_OK);
    run_stop(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_second_runner_is_refused_by_name, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_night_is_one_and_leaves_the_lease_to_its_rollouts,
                                        place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_viewer_sees_whether_a_process_runs_it, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_another_rollout_waits_for_the_first, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_an_unsettled_gateway_is_left_alone, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_released_lease_is_free, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_dead_runner_is_replaced, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_replaced_runner_writes_nothing, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_replaced_runner_can_be_told, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_runner_replaced_by_another_rollout_writes_nothing,
                                        place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_a_lease_needs_its_rollout, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_the_lease_remembers_the_last_commit, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(test_lost_commits_are_missed, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(test_another_database_is_not_missed, place_set_up, place_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
