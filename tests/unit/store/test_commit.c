/* The runner's records: what each writes, which moves are legal, what never changes. */
#include "place.h"

#include <string.h>

#define T0 INT64_C(1700000000000)

/* A place with a fleet of 4, a rollout over it and its lease. */
struct run {
    struct place *place;
    struct gw_rollout_row rollout;
    struct gw_lease *lease;
};

static struct run start(void **state)
{
    struct run run = {.place = *state};

    place_fleet(run.place, 4);
    run.rollout = place_rollout(run.place, "r");
    assert_int_equal(gw_lease_take(run.place->store, run.rollout.id, T0, &run.lease, &run.place->err), GW_OK);
    return run;
}

static enum gw_code commit(struct run *run, struct gw_record record)
{
    return gw_commit(run->place->store, run->lease, &record, 1, &run->place->err);
}

static void commits(struct run *run, struct gw_record record)
{
    if (commit(run, record) != GW_OK)
        fail_msg("%s", run->place->err.text);
}

static struct gw_record intent(uint32_t target, uint32_t attempt)
{
    return (struct gw_record){
        .kind = GW_RECORD_INTENT,
        .target = target,
        .attempt = attempt,
        .state = GW_STATE_IN_FLIGHT,
        .at_unix_ms = T0 + 100,
        .signed_unix_ms = T0,
        .fence_unix_ms = T0 + 960000,
        .nonce = "0123456789abcdef0123456789abcdef",
    };
}

static struct gw_record answer(uint32_t target, uint32_t attempt, enum gw_proof proof, enum gw_state state)
{
    return (struct gw_record){
        .kind = GW_RECORD_ANSWER,
        .target = target,
        .attempt = attempt,
        .charged = 1,
        .state = state,
        .at_unix_ms = T0 + 200,
        .answer =
            {.proof = proof, .http_status = 200, .code = "OK", .request_id = "REQ-1", .message = "fine"},
    };
}

static struct gw_record state_record(uint32_t target, enum gw_state state, const char *code)
{
    struct gw_record record = {.kind = GW_RECORD_STATE,
                               .target = target,
                               .state = state,
                               .at_unix_ms = T0 + 300,
                               .version = "2.4.0"};

    strcpy(record.answer.code, code);
    return record;
}

static void test_intent_is_an_open_attempt(void **state)
{
    struct run run = start(state);

    commits(&run, intent(2, 1));
    assert_string_equal(place_text(run.place,
                                   "SELECT target || ' ' || number || ' ' || nonce || ' ' || signed_unix_ms "
                                   "|| ' ' || fence_unix_ms FROM attempts"),
                        "3 1 0123456789abcdef0123456789abcdef 1700000000000 1700000960000");
    assert_string_equal(place_text(run.place, "SELECT state || ' ' || sent || ' ' || attempts || ' ' || "
                                              "started_unix_ms FROM targets WHERE id = 3"),
                        "in_flight 1 0 1700000000100");
    gw_lease_release(run.lease);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_intent_is_an_open_attempt, place_set_up, place_tear_down),
    };

    (void)answer;
    (void)state_record;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
