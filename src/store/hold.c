/* Holds: a person's word about one gateway, kept with who and why, and never taken out of the database. */
#include "gatewave/store/night.h"

#include "sql.h"
#include "sql_error.h"

static enum gw_code is_known(struct gw_store *store, const char *gateway_id, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, "SELECT 1 FROM gateways WHERE gateway_id = ?1", &stmt, err);
    int rc;

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, gateway_id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        code = gw_err_set(err, GW_ERR_NOT_FOUND, "%s has no gateway %s", gw_store_file(store), gateway_id);
    else if (rc != SQLITE_ROW)
        code = gw_sql_error(store, rc, err);
    sqlite3_finalize(stmt);
    return code;
}

enum gw_code gw_hold_add(struct gw_store *store, const struct gw_hold_row *row, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = is_known(store, row->gateway_id, err);

    if (code == GW_OK)
        code = gw_sql_prepare(store,
                              "INSERT INTO holds (gateway_id, reason, by, at_unix_ms, until_unix_ms)"
                              " VALUES (?1, ?2, ?3, ?4, ?5)",
                              &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, row->gateway_id);
    gw_sql_bind_text(stmt, 2, row->reason);
    gw_sql_bind_text(stmt, 3, row->by);
    gw_sql_bind_int(stmt, 4, row->at_unix_ms);
    gw_sql_bind_int(stmt, 5, row->until_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

enum gw_code gw_hold_lift(struct gw_store *store, const char *gateway_id, const char *by, int64_t now_unix_ms,
                          uint64_t *ret_n, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    int changes = 0;
    enum gw_code code = gw_sql_prepare(store,
                                       "UPDATE holds SET lifted_by = ?2, lifted_unix_ms = ?3 WHERE gateway_id"
                                       " = ?1 AND lifted_unix_ms IS NULL AND until_unix_ms > ?3",
                                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, gateway_id);
    gw_sql_bind_text(stmt, 2, by);
    gw_sql_bind_int(stmt, 3, now_unix_ms);
    code = gw_sql_run(store, stmt, &changes, err);
    sqlite3_finalize(stmt);
    if (code == GW_OK)
        *ret_n = (uint64_t)changes;
    return code;
}

struct each_hold {
    bool (*each)(void *user, const struct gw_hold_row *row);
    void *user;
};

static bool hold_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_hold *e = user;
    struct gw_hold_row row = {
        .gateway_id = gw_sql_text(stmt, 0),
        .reason = gw_sql_text(stmt, 1),
        .by = gw_sql_text(stmt, 2),
        .at_unix_ms = sqlite3_column_int64(stmt, 3),
        .until_unix_ms = sqlite3_column_int64(stmt, 4),
        .lifted_by = "",
    };

    return e->each(e->user, &row);
}

enum gw_code gw_holds_each(struct gw_store *store, int64_t now_unix_ms,
                           bool (*each)(void *user, const struct gw_hold_row *row), void *user,
                           struct gw_err *err)
{
    struct each_hold e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store,
                                       "SELECT gateway_id, reason, by, at_unix_ms, until_unix_ms FROM holds"
                                       " WHERE lifted_unix_ms IS NULL AND until_unix_ms > ?1"
                                       " ORDER BY gateway_id, until_unix_ms DESC, id",
                                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, now_unix_ms);
    return gw_sql_each(store, stmt, hold_row, &e, err);
}

struct each_held {
    bool (*each)(void *user, uint32_t number);
    void *user;
};

static bool held_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_held *e = user;

    return e->each(e->user, (uint32_t)sqlite3_column_int64(stmt, 0));
}

enum gw_code gw_held_targets_each(struct gw_store *store, int64_t rollout, int64_t now_unix_ms,
                                  bool (*each)(void *user, uint32_t number), void *user, struct gw_err *err)
{
    struct each_held e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "SELECT t.id - r.first_target FROM rollouts r CROSS JOIN targets t"
                       " ON t.id >= r.first_target AND t.id < r.first_target + r.targets"
                       " CROSS JOIN facts f ON f.target = t.id"
                       " WHERE r.id = ?1 AND t.state = 'waiting' AND f.gateway_id IN (SELECT gateway_id"
                       " FROM holds WHERE lifted_unix_ms IS NULL AND until_unix_ms > ?2) ORDER BY t.id",
                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, now_unix_ms);
    return gw_sql_each(store, stmt, held_row, &e, err);
}
