/* Reading history: attempts, events, and the send times that a rate limit must remember over a restart. */
#include <string.h>

#include "gatewave/store/rollout.h"
#include "sql.h"

static enum gw_proof find_proof(const char *name)
{
    for (int proof = GW_PROOF_NEVER_SENT; proof <= GW_PROOF_IN_DOUBT; proof++)
        if (strcmp(name, gw_proof_name((enum gw_proof)proof)) == 0)
            return (enum gw_proof)proof;
    return GW_PROOF_NONE;
}

struct each_attempt {
    bool (*each)(void *user, const struct gw_attempt_row *row);
    void *user;
};

static bool attempt_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_attempt *e = user;
    struct gw_attempt_row row = {
        .target = (uint32_t)sqlite3_column_int64(stmt, 0),
        .number = (uint32_t)sqlite3_column_int64(stmt, 1),
        .signed_unix_ms = sqlite3_column_int64(stmt, 2),
        .answered_unix_ms = sqlite3_column_int64(stmt, 3),
        .fence_unix_ms = sqlite3_column_int64(stmt, 4),
        .proof = find_proof(gw_sql_text(stmt, 5)),
        .http_status = sqlite3_column_int(stmt, 6),
        .open = sqlite3_column_int(stmt, 7) != 0,
        .nonce = gw_sql_text(stmt, 8),
        .code = gw_sql_text(stmt, 9),
        .request_id = gw_sql_text(stmt, 10),
        .message = gw_sql_text(stmt, 11),
    };

    return e->each(e->user, &row);
}

enum gw_code gw_attempts_each(struct gw_store *store, int64_t rollout, uint32_t target,
                              bool (*each)(void *user, const struct gw_attempt_row *row), void *user,
                              struct gw_err *err)
{
    struct each_attempt e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(
        store,
        "SELECT ?2, c.number, c.signed_unix_ms, a.at_unix_ms, c.fence_unix_ms, a.proof,"
        " a.http_status, c.number = t.sent AND t.state IN ('in_flight', 'upgrading', 'in_doubt'),"
        " c.nonce, a.code, a.request_id, a.message FROM rollouts r"
        " CROSS JOIN targets t ON t.id = r.first_target + ?2"
        " CROSS JOIN attempts c ON c.target = t.id"
        " LEFT JOIN answers a ON a.target = c.target AND a.number = c.number"
        " WHERE r.id = ?1 AND ?2 < r.targets ORDER BY c.number",
        &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, target);
    return gw_sql_each(store, stmt, attempt_row, &e, err);
}

struct each_event {
    bool (*each)(void *user, const struct gw_event_row *row);
    void *user;
    uint32_t target;
};

static bool event_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_event *e = user;
    struct gw_event_row row = {
        .id = sqlite3_column_int64(stmt, 0),
        .at_unix_ms = sqlite3_column_int64(stmt, 1),
        .target = e->target,
        .kind = gw_sql_text(stmt, 2),
        .text = gw_sql_text(stmt, 3),
    };

    return e->each(e->user, &row);
}

enum gw_code gw_events_each(struct gw_store *store, int64_t rollout, uint32_t target,
                            bool (*each)(void *user, const struct gw_event_row *row), void *user,
                            struct gw_err *err)
{
    struct each_event e = {each, user, target};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(
        store,
        "SELECT e.id, e.at_unix_ms, e.kind, e.text FROM rollouts r CROSS JOIN events e"
        " WHERE r.id = ?1 AND e.rollout = r.id AND e.target IS r.first_target + ?2 ORDER BY e.id",
        &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    if (target == UINT32_MAX)
        gw_sql_bind_null(stmt, 2); /* and so is the sum: the rollout's own events */
    else
        gw_sql_bind_int(stmt, 2, target);
    return gw_sql_each(store, stmt, event_row, &e, err);
}

struct each_sent {
    bool (*each)(void *user, const char *account, const char *region, int64_t signed_unix_ms,
                 int64_t answered_unix_ms);
    void *user;
};

static bool sent_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_sent *e = user;

    return e->each(e->user, gw_sql_text(stmt, 0), gw_sql_text(stmt, 1), sqlite3_column_int64(stmt, 2),
                   sqlite3_column_int64(stmt, 3));
}

/*
 * An attempt without an answer counts as sent: only a proof to the contrary frees its place in the limit.
 * Every intent renewed its rollout's lease, so that only rollouts that ran since then are looked through.
 */
enum gw_code gw_sent_since(struct gw_store *store, int64_t since_unix_ms,
                           bool (*each)(void *user, const char *account, const char *region,
                                        int64_t signed_unix_ms, int64_t answered_unix_ms),
                           void *user, struct gw_err *err)
{
    struct each_sent e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(
        store,
        "SELECT f.account, f.region, c.signed_unix_ms, a.at_unix_ms FROM lease l"
        " CROSS JOIN rollouts r ON r.id = l.rollout"
        " CROSS JOIN attempts c ON c.target >= r.first_target AND c.target < r.first_target + r.targets"
        " CROSS JOIN facts f ON f.target = c.target"
        " LEFT JOIN answers a ON a.target = c.target AND a.number = c.number"
        " WHERE l.renewed_unix_ms >= ?1 AND c.signed_unix_ms >= ?1 AND a.proof IS NOT 'never_sent'"
        " ORDER BY c.signed_unix_ms, c.target",
        &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, since_unix_ms);
    return gw_sql_each(store, stmt, sent_row, &e, err);
}
