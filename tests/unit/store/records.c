/* Records for the store's tests. */
#include "records.h"

#include <stdio.h>
#include <string.h>

struct run run_start(void **state)
{
    struct run run = {.place = *state};

    place_fleet(run.place, 4);
    run.rollout = place_rollout(run.place, "r");
    if (gw_lease_take(run.place->store, run.rollout.id, T0, &run.lease, &run.place->err) != GW_OK)
        fail_msg("%s", run.place->err.text);
    return run;
}

void run_stop(struct run *run)
{
    gw_lease_release(run->lease);
}

enum gw_code run_try(struct run *run, struct gw_record record)
{
    return gw_commit(run->place->store, run->lease, &record, 1, &run->place->err);
}

void run_commit(struct run *run, struct gw_record record)
{
    if (run_try(run, record) != GW_OK)
        fail_msg("%s", run->place->err.text);
}

/* Everything that records can change, as one text. */
static void picture(const struct place *place, char *ret, size_t size)
{
    snprintf(ret, size, "%s",
             place_text(place,
                        "SELECT (SELECT group_concat(id || state || sent || attempts || ifnull(code, '-')"
                        " || ifnull(ended_unix_ms, '-')) FROM targets) || (SELECT count(*) FROM attempts)"
                        " || ' ' || (SELECT count(*) FROM answers) || ' ' || (SELECT count(*) FROM events)"
                        " || ' ' || (SELECT commits FROM lease)"));
}

void run_refuses(struct run *run, struct gw_record record)
{
    char before[1024], after[1024];

    picture(run->place, before, sizeof(before));
    assert_int_equal(run_try(run, record), GW_ERR_STORE);
    place_error_has(run->place, "does not fit", "nothing was written");
    picture(run->place, after, sizeof(after));
    assert_string_equal(after, before);
}

struct gw_record intent_of(uint32_t target, uint32_t attempt)
{
    return (struct gw_record){
        .kind = GW_RECORD_INTENT,
        .target = target,
        .attempt = attempt,
        .state = GW_STATE_IN_FLIGHT,
        .at_unix_ms = T0 + 1000 * attempt,
        .signed_unix_ms = T0 + 1000 * attempt,
        .fence_unix_ms = T0 + 1000 * attempt + 960000,
        .nonce = "0123456789abcdef0123456789abcdef",
    };
}

struct gw_record answer_of(uint32_t target, uint32_t attempt, enum gw_proof proof, enum gw_state state)
{
    struct gw_record record = {
        .kind = GW_RECORD_ANSWER,
        .target = target,
        .attempt = attempt,
        .charged = attempt,
        .state = state,
        .at_unix_ms = T0 + 1000 * attempt + 500,
        .answer = {.proof = proof, .http_status = 400, .code = "Code", .message = "said"},
    };

    snprintf(record.answer.request_id, sizeof(record.answer.request_id), "REQ-%u", attempt);
    return record;
}

struct gw_record state_of(uint32_t target, enum gw_state state, const char *code)
{
    struct gw_record record = {.kind = GW_RECORD_STATE,
                               .target = target,
                               .state = state,
                               .at_unix_ms = T0 + 9000,
                               .version = "2.4.0"};

    snprintf(record.answer.code, sizeof(record.answer.code), "%s", code);
    return record;
}
