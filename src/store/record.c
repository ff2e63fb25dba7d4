/*
 * Single records of targets into rows: the target's row first, because its state says whether the record fits,
 * then what is added to history. A record and its event share the batch's fate.
 */
#include <stdio.h>

#include "batch.h"
#include "gatewave/base/check.h"

/* "failed: stuck: silent for 60 minutes" */
static enum gw_code add_state_event(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    char what[32 + GW_CODE_MAX + GW_REASON_MAX];

    (void)snprintf(what, sizeof(what), "%s%s%s%s%s", gw_state_name(record->state),
                   record->answer.code[0] ? ": " : "", record->answer.code, record->reason[0] ? ": " : "",
                   record->reason);
    return gw_batch_add_event(batch, what);
}

/* Bind one row from parameter `at` on and return the number of the next. */
static int bind_intent(const struct gw_batch *batch, sqlite3_stmt *stmt, int at,
                       const struct gw_record *record)
{
    gw_sql_bind_int(stmt, at, batch->lease->first_target + record->target);
    gw_sql_bind_int(stmt, at + 1, record->attempt);
    gw_sql_bind_text(stmt, at + 2, record->nonce);
    gw_sql_bind_int(stmt, at + 3, record->signed_unix_ms);
    gw_sql_bind_int(stmt, at + 4, record->fence_unix_ms);
    return at + 5;
}

static int bind_answer(const struct gw_batch *batch, sqlite3_stmt *stmt, int at,
                       const struct gw_record *record)
{
    const struct gw_answer *answer = &record->answer;

    gw_sql_bind_int(stmt, at, batch->lease->first_target + record->target);
    gw_sql_bind_int(stmt, at + 1, record->attempt);
    gw_sql_bind_int(stmt, at + 2, record->at_unix_ms);
    gw_sql_bind_text(stmt, at + 3, gw_proof_name(answer->proof));
    gw_sql_bind_int(stmt, at + 4, answer->http_status);
    gw_sql_bind_some(stmt, at + 5, answer->code);
    gw_sql_bind_some(stmt, at + 6, answer->request_id);
    gw_sql_bind_some(stmt, at + 7, answer->message);
    return at + 8;
}

/* The rows that wait, `step` to a statement. */
static enum gw_code insert_rows(struct gw_batch *batch, struct gw_chunk *chunk, enum gw_statement which,
                                size_t step,
                                int (*bind)(const struct gw_batch *, sqlite3_stmt *, int,
                                            const struct gw_record *))
{
    sqlite3_stmt *stmt = gw_batch_statement(batch, which);
    enum gw_code code = GW_OK;

    for (size_t i = 0; i < chunk->n && code == GW_OK; i += step) {
        int at = 1;

        for (size_t k = 0; k < step; k++)
            at = bind(batch, stmt, at, chunk->record[i + k]);
        code = gw_batch_run(batch, which);
    }
    chunk->n = 0;
    return code;
}

static enum gw_code add_intent(struct gw_batch *batch)
{
    struct gw_chunk *chunk = &batch->intents;

    chunk->record[chunk->n++] = batch->record;
    return chunk->n < GW_CHUNK ? GW_OK : insert_rows(batch, chunk, GW_DO_INTENTS, GW_CHUNK, bind_intent);
}

static enum gw_code add_answer(struct gw_batch *batch)
{
    struct gw_chunk *chunk = &batch->answers;

    chunk->record[chunk->n++] = batch->record;
    return chunk->n < GW_CHUNK ? GW_OK : insert_rows(batch, chunk, GW_DO_ANSWERS, GW_CHUNK, bind_answer);
}

enum gw_code gw_batch_flush(struct gw_batch *batch)
{
    enum gw_code code = insert_rows(batch, &batch->intents, GW_DO_INTENT, 1, bind_intent);

    if (code == GW_OK)
        code = insert_rows(batch, &batch->answers, GW_DO_ANSWER, 1, bind_answer);
    return code == GW_OK ? gw_batch_flush_charts(batch) : code;
}

static enum gw_code write_intent(struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_TARGET_INTENT);
    enum gw_code code;

    gw_sql_bind_int(stmt, 1, batch->target);
    gw_sql_bind_int(stmt, 2, record->attempt);
    gw_sql_bind_int(stmt, 3, record->at_unix_ms);
    code = gw_batch_run_one(batch, GW_DO_TARGET_INTENT);
    if (code != GW_OK)
        return sqlite3_extended_errcode(batch->store->db) == SQLITE_CONSTRAINT_UNIQUE
                   ? gw_batch_conflict(batch)
                   : code;
    return add_intent(batch);
}

/*
 * A call that may have taken effect leads to no state that says, or lets happen, the contrary. A refusal
 * may leave a doubt behind: what the device is busy with may be an earlier call of ours.
 */
static bool answer_fits(const struct gw_record *record)
{
    switch (record->answer.proof) {
    case GW_PROOF_NEVER_SENT:
    case GW_PROOF_REFUSED:
        return record->state != GW_STATE_IN_FLIGHT;
    case GW_PROOF_ACCEPTED:
    case GW_PROOF_IN_DOUBT:
        return record->state == GW_STATE_UPGRADING || record->state == GW_STATE_IN_DOUBT ||
               record->state == GW_STATE_SUCCEEDED || record->state == GW_STATE_FAILED ||
               record->state == GW_STATE_UNRESOLVED;
    case GW_PROOF_NONE:
        break;
    }
    return false;
}

static enum gw_code write_answer(struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    const struct gw_answer *answer = &record->answer;
    bool outcome = gw_state_is_outcome(record->state);
    enum gw_statement which = outcome ? GW_DO_TARGET_ANSWER_END : GW_DO_TARGET_ANSWER;
    sqlite3_stmt *stmt = gw_batch_statement(batch, which);
    enum gw_code code;

    if (!answer_fits(record))
        return gw_batch_illegal(batch);
    gw_sql_bind_int(stmt, 1, batch->target);
    gw_sql_bind_int(stmt, 2, record->attempt);
    gw_sql_bind_text(stmt, 3, gw_state_name(record->state));
    gw_sql_bind_some(stmt, 4, answer->code);
    gw_sql_bind_some(stmt, 5, record->reason);
    gw_sql_bind_int(stmt, 6, record->charged);
    if (outcome)
        gw_sql_bind_int(stmt, 7, record->at_unix_ms);
    code = gw_batch_run_one(batch, which);
    return code == GW_OK ? add_answer(batch) : code;
}

static enum gw_code write_seen(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_SEEN);
    char what[32 + GW_VERSION_MAX + GW_SERIAL_MAX];
    enum gw_code code;

    gw_sql_bind_int(stmt, 1, batch->target);
    gw_sql_bind_some(stmt, 2, record->version);
    gw_sql_bind_some(stmt, 3, record->serial);
    code = gw_batch_run_one(batch, GW_DO_SEEN);
    if (code != GW_OK)
        return code;
    (void)snprintf(what, sizeof(what), "version %s%s%s", record->version,
                   record->serial[0] ? ", serial " : "", record->serial);
    return gw_batch_add_event(batch, what);
}

/* The target's row for STATE and RESOLVED; from: the state that it must come from, "" for any open one. */
static enum gw_code move(const struct gw_batch *batch, const char *from)
{
    const struct gw_record *record = batch->record;
    bool outcome = gw_state_is_outcome(record->state);
    enum gw_statement which = outcome ? GW_DO_END : GW_DO_MOVE;
    sqlite3_stmt *stmt = gw_batch_statement(batch, which);

    gw_sql_bind_int(stmt, 1, batch->target);
    gw_sql_bind_text(stmt, 2, gw_state_name(record->state));
    gw_sql_bind_some(stmt, 3, record->answer.code);
    gw_sql_bind_some(stmt, 4, record->reason);
    gw_sql_bind_text(stmt, 5, from);
    gw_sql_bind_int(stmt, 6, record->charged);
    if (outcome) {
        gw_sql_bind_some(stmt, 7, record->version);
        gw_sql_bind_int(stmt, 8, record->at_unix_ms);
    }
    return gw_batch_run_one(batch, which);
}

/*
 * Decided by reads or by time. Words that deny that a call took effect are for targets that wait; a target
 * that was interrupted in flight is in doubt; and back to waiting it goes by RESOLVED alone.
 */
static enum gw_code write_state(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    const char *from = "";
    enum gw_code code;

    switch (record->state) {
    case GW_STATE_SKIPPED:
    case GW_STATE_DEFERRED:
    case GW_STATE_CANCELED:
        from = "waiting";
        break;
    case GW_STATE_IN_DOUBT:
        from = "in_flight";
        break;
    case GW_STATE_SUCCEEDED:
    case GW_STATE_FAILED:
    case GW_STATE_UNRESOLVED:
        break;
    case GW_STATE_NONE:
    case GW_STATE_WAITING:
    case GW_STATE_IN_FLIGHT:
    case GW_STATE_UPGRADING:
    case GW_STATE_COUNT:
        return gw_batch_illegal(batch);
    }
    code = move(batch, from);
    return code == GW_OK ? add_state_event(batch) : code;
}

/* Only a doubt can be resolved, and only into what supposes that nothing has happened. */
static enum gw_code write_resolved(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    enum gw_code code;

    if (record->state != GW_STATE_WAITING && record->state != GW_STATE_FAILED &&
        record->state != GW_STATE_DEFERRED && record->state != GW_STATE_CANCELED)
        return gw_batch_illegal(batch);
    code = move(batch, "in_doubt");
    return code == GW_OK ? add_state_event(batch) : code;
}

/* The outcome stays what it was; that it did not last is told beside it, once. */
static enum gw_code write_relapsed(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_RELAPSED);
    char what[32 + GW_VERSION_MAX + GW_REASON_MAX];
    enum gw_code code;

    gw_sql_bind_int(stmt, 1, batch->target);
    gw_sql_bind_int(stmt, 2, record->at_unix_ms);
    gw_sql_bind_text(stmt, 3, record->version);
    gw_sql_bind_text(stmt, 4, record->reason);
    code = gw_batch_run_one(batch, GW_DO_RELAPSED);
    if (code != GW_OK)
        return code;
    (void)snprintf(what, sizeof(what), "%s%s%s%s", record->version[0] ? "version " : "", record->version,
                   record->version[0] && record->reason[0] ? ": " : "", record->reason);
    return gw_batch_add_event(batch, what);
}

enum gw_code gw_batch_write(struct gw_batch *batch)
{
    if (!gw_batch_is_of_target(batch->record))
        return gw_batch_write_rollout(batch);
    GW_CHECK(batch->record->target < batch->lease->targets);
    switch (batch->record->kind) {
    case GW_RECORD_INTENT:
        return write_intent(batch);
    case GW_RECORD_ANSWER:
        return write_answer(batch);
    case GW_RECORD_SEEN:
        return write_seen(batch);
    case GW_RECORD_STATE:
        return write_state(batch);
    case GW_RECORD_RESOLVED:
        return write_resolved(batch);
    case GW_RECORD_RELAPSED:
        return write_relapsed(batch);
    case GW_RECORD_PHASE:
    case GW_RECORD_WAVE:
    case GW_RECORD_CHART:
    case GW_RECORD_VERDICT:
    case GW_RECORD_ORDER:
    case GW_RECORD_NONE:
        break;
    }
    GW_NEVER("a record of a target has such a kind");
    return GW_ERR_INTERNAL;
}
