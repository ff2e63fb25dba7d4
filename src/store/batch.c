/*
 * The statements of the runner's write path. They are prepared once and touch rows by number only. What a
 * record may do depends on the row as it is: the WHERE clauses hold the legal moves, and a statement that
 * finds no row fails the whole batch, because then the core and the database disagree about what has
 * happened.
 */
#include "batch.h"

#include <stdio.h>

#include "gatewave/base/check.h"
#include "sql_error.h"

#define FOUR(row)    row ", " row ", " row ", " row
#define SIXTEEN(row) FOUR(row) ", " FOUR(row) ", " FOUR(row) ", " FOUR(row)

#define INSERT_INTENT \
    "INSERT OR ROLLBACK INTO attempts (target, number, nonce, signed_unix_ms, fence_unix_ms) VALUES "
#define INTENT_ROW "(?, ?, ?, ?, ?)"
#define INSERT_ANSWER                                                                        \
    "INSERT OR ROLLBACK INTO answers (target, number, at_unix_ms, proof, http_status, code," \
    " request_id, message) VALUES "
#define ANSWER_ROW "(?, ?, ?, ?, ?, ?, ?, ?)"

_Static_assert(GW_CHUNK == 16, "SIXTEEN rows in a statement");

static const char *const text[] = {
    [GW_DO_BEGIN] = "BEGIN IMMEDIATE",
    [GW_DO_LEASE] = "UPDATE lease SET renewed_unix_ms = max(renewed_unix_ms, ?3), commits = commits + 1"
                    " WHERE rollout = ?1 AND epoch = ?2",
    [GW_DO_INTENT] = INSERT_INTENT INTENT_ROW,
    [GW_DO_INTENTS] = INSERT_INTENT SIXTEEN(INTENT_ROW),
    [GW_DO_TARGET_INTENT] = "UPDATE OR ROLLBACK targets SET state = 'in_flight', sent = ?2,"
                            " started_unix_ms = coalesce(started_unix_ms, ?3)"
                            " WHERE id = ?1 AND state = 'waiting' AND sent = ?2 - 1",
    [GW_DO_ANSWER] = INSERT_ANSWER ANSWER_ROW,
    [GW_DO_ANSWERS] = INSERT_ANSWER SIXTEEN(ANSWER_ROW),
    [GW_DO_TARGET_ANSWER] = "UPDATE OR ROLLBACK targets SET state = ?3, code = ?4, reason = ?5,"
                            " attempts = CASE WHEN ?6 > attempts THEN ?6 ELSE attempts END"
                            " WHERE id = ?1 AND state = 'in_flight' AND sent = ?2",
    [GW_DO_TARGET_ANSWER_END] =
        "UPDATE OR ROLLBACK targets SET state = ?3, code = ?4, reason = ?5,"
        " attempts = CASE WHEN ?6 > attempts THEN ?6 ELSE attempts END, ended_unix_ms = ?7"
        " WHERE id = ?1 AND state = 'in_flight' AND sent = ?2",
    [GW_DO_SEEN] = "UPDATE OR ROLLBACK targets SET version_before = coalesce(version_before, ?2),"
                   " serial = coalesce(serial, ?3) WHERE id = ?1 AND ended_unix_ms IS NULL",
    /*
     * ?5: the state that it must come from; '' for any open one, but a target that waits was never in doubt
     */
    [GW_DO_MOVE] = "UPDATE OR ROLLBACK targets SET state = ?2, code = ?3, reason = ?4, attempts = CASE WHEN "
                   "?6 > attempts THEN ?6 ELSE attempts END"
                   " WHERE id = ?1 AND state = ?5",
    [GW_DO_END] = "UPDATE OR ROLLBACK targets SET state = ?2, code = ?3, reason = ?4, attempts = CASE WHEN "
                  "?6 > attempts THEN ?6 ELSE attempts END,"
                  " version_after = ?7, ended_unix_ms = ?8 WHERE id = ?1 AND ended_unix_ms IS NULL"
                  " AND (state = ?5 OR ?5 = '' AND NOT (state = 'waiting' AND ?2 = 'unresolved'))",
    /* Who only waits, or is paused or aborted before anybody ran it, has not started. What is over stays so. */
    [GW_DO_PHASE] =
        "UPDATE rollouts SET phase = ?2, reason = ?3,"
        " started_unix_ms = coalesce(started_unix_ms, iif(?2 = 'running', ?4, NULL)), ended_unix_ms = ?5"
        " WHERE id = ?1 AND phase <> 'finished' AND phase <> 'aborted'",
    /* Once, and only what had succeeded. */
    [GW_DO_RELAPSED] = "INSERT INTO relapses (target, at_unix_ms, version, reason) SELECT id, ?2, ?3, ?4"
                       " FROM targets WHERE id = ?1 AND state = 'succeeded' ON CONFLICT (target) DO NOTHING",
    /* Number 0 is the rollout's own chart, 1, 2, ... are its models'. */
    [GW_DO_CHART] =
        "UPDATE OR ROLLBACK charts SET level_unats = ?3, failed = ?4, judged = ?5, trip = ?6, refused = ?7"
        " WHERE rollout = ?1 AND number = ?2",
    /* A wave that runs, again perhaps, is still to be judged; what was said of it before is in its history. */
    [GW_DO_WAVE] =
        "UPDATE waves SET phase = ?3, soak_until_unix_ms = coalesce(?4, soak_until_unix_ms),"
        " verdict = iif(?3 = 'running', NULL, verdict), evidence = iif(?3 = 'running', '', evidence),"
        " judged_unix_ms = iif(?3 = 'running', NULL, judged_unix_ms)"
        " WHERE rollout = ?1 AND number = ?2 AND phase <> 'finished' AND phase <> 'aborted'",
    [GW_DO_WAVE_VERDICT] = "UPDATE waves SET verdict = ?3, evidence = ?4, judged_unix_ms = ?5"
                           " WHERE rollout = ?1 AND number = ?2",
    [GW_DO_WAVE_EVENT] = "INSERT INTO events (rollout, at_unix_ms, kind, text)"
                         " SELECT rollout, ?3, ?4, name || ': ' || ?5 FROM waves"
                         " WHERE rollout = ?1 AND number = ?2",
    [GW_DO_VERDICT] =
        "INSERT OR ROLLBACK INTO verdicts (rollout, wave, at_unix_ms, verdict, model, trip, failed,"
        " judged, succeeded, targets, evidence)"
        " SELECT rollout, ?2, ?3, ?4, model, ?6, ?7, ?8, ?9, ?10, ?11 FROM charts"
        " WHERE rollout = ?1 AND number = ?5",
    [GW_DO_ORDER] = "UPDATE orders SET answered_unix_ms = ?3, accepted = ?4, answer = ?5"
                    " WHERE id = ?2 AND rollout = ?1 AND answered_unix_ms IS NULL",
    [GW_DO_FORGIVEN] = "INSERT OR ROLLBACK INTO forgiven (order_id) VALUES (?1)",
    [GW_DO_ORDER_EVENT] =
        "INSERT INTO events (rollout, at_unix_ms, kind, text) SELECT rollout, answered_unix_ms, ?3,"
        " kind || iif(argument = '', '', ' ' || argument) || ' by ' || by"
        " || iif(reason = '', '', ' (' || reason || ')') || iif(accepted, ': accepted', ': refused')"
        " || iif(answer = '', '', ': ' || answer) FROM orders WHERE rollout = ?1 AND id = ?2",
    [GW_DO_EVENT] =
        "INSERT INTO events (rollout, target, at_unix_ms, kind, text) VALUES (?1, ?2, ?3, ?4, ?5)",
    [GW_DO_COMMIT] = "COMMIT",
};

_Static_assert(GW_COUNT_OF(text) == GW_COMMIT_STATEMENTS, "one slot in the store for each statement");

enum gw_code gw_batch_prepare(struct gw_store *store, struct gw_err *err)
{
    for (size_t i = 0; i < GW_COUNT_OF(text); i++) {
        int rc;

        if (store->commit_statement[i])
            continue;
        rc = sqlite3_prepare_v3(store->db, text[i], -1, SQLITE_PREPARE_PERSISTENT,
                                &store->commit_statement[i], NULL);
        if (rc != SQLITE_OK)
            return gw_sql_error(store, rc, err);
    }
    return GW_OK;
}

const char *gw_batch_kind_name(enum gw_record_kind kind)
{
    switch (kind) {
    case GW_RECORD_INTENT:
        return "intent";
    case GW_RECORD_ANSWER:
        return "answer";
    case GW_RECORD_SEEN:
        return "seen";
    case GW_RECORD_STATE:
        return "state";
    case GW_RECORD_RESOLVED:
        return "resolved";
    case GW_RECORD_PHASE:
        return "phase";
    case GW_RECORD_WAVE:
        return "wave";
    case GW_RECORD_CHART:
        return "chart";
    case GW_RECORD_VERDICT:
        return "verdict";
    case GW_RECORD_RELAPSED:
        return "relapsed";
    case GW_RECORD_ORDER:
        return "order";
    case GW_RECORD_NONE:
        break;
    }
    GW_NEVER("a record has a kind");
    return "";
}

bool gw_batch_is_of_target(const struct gw_record *record)
{
    switch (record->kind) {
    case GW_RECORD_PHASE:
    case GW_RECORD_WAVE:
    case GW_RECORD_CHART:
    case GW_RECORD_VERDICT:
    case GW_RECORD_ORDER:
        return false;
    case GW_RECORD_INTENT:
    case GW_RECORD_ANSWER:
    case GW_RECORD_SEEN:
    case GW_RECORD_STATE:
    case GW_RECORD_RESOLVED:
    case GW_RECORD_RELAPSED:
        return true;
    case GW_RECORD_NONE:
        break;
    }
    GW_NEVER("a record has a kind");
    return false;
}

static enum gw_code illegal_of_rollout(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    char what[64] = "";

    if (record->kind == GW_RECORD_PHASE)
        (void)snprintf(what, sizeof(what), ", to %s", gw_phase_name(record->phase));
    else if (record->kind == GW_RECORD_WAVE)
        (void)snprintf(what, sizeof(what), " %u, to %s", record->wave + 1, gw_phase_name(record->phase));
    else if (record->kind == GW_RECORD_CHART)
        (void)snprintf(what, sizeof(what), " %u", record->model + 1); /* 0: the rollout's */
    else if (record->kind == GW_RECORD_VERDICT)
        (void)snprintf(what, sizeof(what), " on wave %u", record->wave + 1);
    else if (record->kind == GW_RECORD_ORDER)
        (void)snprintf(what, sizeof(what), " %lld", (long long)record->order);
    return gw_err_set(batch->err, GW_ERR_STORE,
                      "%s: rollout %lld: a record (%s%s) does not fit; nothing was written; run the rollout "
                      "again, it goes on from what is recorded",
                      batch->store->file, (long long)batch->lease->rollout, gw_batch_kind_name(record->kind),
                      what);
}

static enum gw_code illegal_of_target(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    char sql[128], now[80];

    (void)snprintf(sql, sizeof(sql), "SELECT state || ', attempt ' || sent FROM targets WHERE id = %lld",
                   (long long)batch->target);
    if (gw_sql_word(batch->store, sql, now, sizeof(now), batch->err) != GW_OK)
        return GW_ERR_STORE;
    return gw_err_set(
        batch->err, GW_ERR_STORE,
        "%s: target %u of rollout %lld is %s: a record (%s, attempt %u, to %s) does not fit; nothing was "
        "written; run the rollout again, it goes on from what is recorded",
        batch->store->file, record->target, (long long)batch->lease->rollout, now,
        gw_batch_kind_name(record->kind), record->attempt, gw_state_name(record->state));
}

enum gw_code gw_batch_illegal(const struct gw_batch *batch)
{
    return gw_batch_is_of_target(batch->record) ? illegal_of_target(batch) : illegal_of_rollout(batch);
}

sqlite3_stmt *gw_batch_statement(const struct gw_batch *batch, enum gw_statement which)
{
    return batch->store->commit_statement[which];
}

enum gw_code gw_batch_run(const struct gw_batch *batch, enum gw_statement which)
{
    return gw_sql_run(batch->store, batch->store->commit_statement[which], NULL, batch->err);
}

enum gw_code gw_batch_run_one(const struct gw_batch *batch, enum gw_statement which)
{
    int changes;
    enum gw_code code = gw_sql_run(batch->store, batch->store->commit_statement[which], &changes, batch->err);

    if (code != GW_OK)
        return code;
    return changes == 1 ? GW_OK : gw_batch_illegal(batch);
}

static bool conflict_row(void *user, sqlite3_stmt *stmt)
{
    const struct gw_batch *batch = user;

    gw_err_set(batch->err, GW_ERR_BUSY,
               "%s: device %s %s has an upgrade call of rollout %s that nobody knows the end of; "
               "nothing was written or sent; run that rollout to its end first",
               batch->store->file, gw_sql_text(stmt, 0), gw_sql_text(stmt, 1), gw_sql_text(stmt, 2));
    return false;
}

enum gw_code gw_batch_conflict(const struct gw_batch *batch)
{
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(
        batch->store,
        "SELECT f.gateway_id, f.serial, r.name FROM targets t JOIN facts f ON f.target = t.id"
        " JOIN rollouts r ON r.id = t.rollout WHERE t.device = (SELECT device FROM targets WHERE id = ?1)"
        " AND (t.state = 'in_flight' OR t.state = 'upgrading' OR t.state = 'in_doubt')",
        &stmt, batch->err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, batch->target);
    code = gw_sql_each(batch->store, stmt, conflict_row, (void *)(uintptr_t)batch, batch->err);
    return code == GW_OK ? GW_ERR_BUSY : code;
}
