/* What a night leaves behind, and the rollouts that policies made. */
#include "gatewave/store/night.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "sql.h"

/* ---- a night ---- */

static enum gw_code add_night(struct gw_store *store, const struct gw_night_new *new_, int64_t *ret_night,
                              struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "INSERT INTO nights (policies, sync, started_unix_ms, gateways, converged)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, new_->policies);
    if (new_->sync)
        gw_sql_bind_int(stmt, 2, new_->sync);
    else
        gw_sql_bind_null(stmt, 2);
    gw_sql_bind_int(stmt, 3, new_->now_unix_ms);
    gw_sql_bind_int(stmt, 4, (int64_t)new_->gateways);
    gw_sql_bind_int(stmt, 5, (int64_t)new_->converged);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    if (code == GW_OK)
        *ret_night = sqlite3_last_insert_rowid(store->db);
    return code;
}

static enum gw_code add_drift(struct gw_store *store, const struct gw_night_new *new_, int64_t night,
                              struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "INSERT INTO drift (night, gateway_id, policy, version, stance, reason)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &stmt, err);

    if (code != GW_OK)
        return code;
    for (size_t i = 0; i < new_->n_drift && code == GW_OK; i++) {
        const struct gw_drift_row *row = &new_->drift[i];

        GW_CHECK(row->stance != GW_STANCE_CONVERGED);
        gw_sql_bind_int(stmt, 1, night);
        gw_sql_bind_text(stmt, 2, row->gateway_id);
        gw_sql_bind_text(stmt, 3, row->policy);
        gw_sql_bind_text(stmt, 4, row->version);
        gw_sql_bind_text(stmt, 5, gw_stance_name(row->stance));
        gw_sql_bind_text(stmt, 6, row->reason);
        code = gw_sql_run(store, stmt, NULL, err);
    }
    sqlite3_finalize(stmt);
    return code;
}

enum gw_code gw_night_begin(struct gw_store *store, const struct gw_night_new *new_, int64_t *ret_night,
                            struct gw_err *err)
{
    int64_t night = 0;
    enum gw_code code = gw_sql_begin(store, err);

    if (code != GW_OK)
        return code;
    code = add_night(store, new_, &night, err);
    if (code == GW_OK)
        code = add_drift(store, new_, night, err);
    if (code == GW_OK)
        code = gw_sql_commit(store, err);
    if (code == GW_OK)
        *ret_night = night;
    else
        gw_sql_rollback(store);
    return code;
}

enum gw_code gw_night_end(struct gw_store *store, int64_t night, int result, int64_t now_unix_ms,
                          struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store, "UPDATE nights SET ended_unix_ms = ?2, result = ?3 WHERE id = ?1", &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, night);
    gw_sql_bind_int(stmt, 2, now_unix_ms);
    gw_sql_bind_int(stmt, 3, result);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

enum gw_code gw_night_last_success(struct gw_store *store, int64_t *ret_unix_ms, struct gw_err *err)
{
    return gw_sql_number(store, "SELECT coalesce(max(ended_unix_ms), 0) FROM nights WHERE result = 0",
                         ret_unix_ms, err);
}

struct newly {
    bool (*each)(void *user, const char *gateway_id);
    void *user;
};

static bool newly_row(void *user, sqlite3_stmt *stmt)
{
    const struct newly *newly = user;

    return newly->each(newly->user, gw_sql_text(stmt, 0));
}

enum gw_code gw_night_newly_each(struct gw_store *store, int64_t night, enum gw_stance stance,
                                 bool (*each)(void *user, const char *gateway_id), void *user,
                                 struct gw_err *err)
{
    struct newly newly = {.each = each, .user = user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store,
        "SELECT DISTINCT gateway_id FROM drift AS now WHERE night = ?1 AND stance = ?2 AND NOT EXISTS"
        " (SELECT 1 FROM drift AS before WHERE before.night = (SELECT max(id) FROM nights WHERE id < ?1 AND "
        "result IS NOT NULL)"
        " AND before.gateway_id = now.gateway_id AND before.stance = ?2) ORDER BY gateway_id",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, night);
    gw_sql_bind_text(stmt, 2, gw_stance_name(stance));
    return gw_sql_each(store, stmt, newly_row, &newly, err);
}

/* ---- the rollouts of policies ---- */

struct last {
    char name[GW_ROLLOUT_NAME_MAX];
    bool replaced;
};

static bool last_row(void *user, sqlite3_stmt *stmt)
{
    struct last *last = user;

    (void)gw_text_copy(last->name, sizeof(last->name), gw_sql_text(stmt, 0));
    last->replaced = sqlite3_column_int(stmt, 1) != 0;
    return false;
}

enum gw_code gw_policy_rollout_last(struct gw_store *store, const char *policy, struct gw_policy_rollout *ret,
                                    struct gw_err *err)
{
    struct last last = {.name = ""};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store,
                                       "SELECT r.name, p.ended <> '' FROM policy_rollouts p"
                                       " JOIN rollouts r ON r.id = p.rollout WHERE p.policy = ?1"
                                       " ORDER BY r.id DESC LIMIT 1",
                                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, policy);
    code = gw_sql_each(store, stmt, last_row, &last, err);
    if (code == GW_OK && last.name[0] == '\0')
        return gw_err_set(err, GW_ERR_NOT_FOUND, "policy %s has made no rollout yet", policy);
    if (code == GW_OK)
        code = gw_rollout_find(store, last.name, &ret->row, err);
    if (code == GW_OK)
        ret->replaced = last.replaced;
    return code;
}

struct each_open {
    bool (*each)(void *user, const struct gw_policy_open_row *row);
    void *user;
};

static bool open_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_open *e = user;
    const struct gw_policy_open_row row = {
        .rollout = gw_sql_text(stmt, 0), .policy = gw_sql_text(stmt, 1), .policies = gw_sql_text(stmt, 2)};

    return e->each(e->user, &row);
}

enum gw_code gw_policy_rollouts_open(struct gw_store *store,
                                     bool (*each)(void *user, const struct gw_policy_open_row *row),
                                     void *user, struct gw_err *err)
{
    struct each_open e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store,
                                       "SELECT r.name, p.policy, n.policies FROM policy_rollouts p"
                                       " JOIN rollouts r ON r.id = p.rollout JOIN nights n ON n.id = p.night"
                                       " WHERE r.phase NOT IN ('finished', 'aborted') ORDER BY r.id",
                                       &stmt, err);

    return code == GW_OK ? gw_sql_each(store, stmt, open_row, &e, err) : code;
}

static bool policy_row(void *user, sqlite3_stmt *stmt)
{
    (void)gw_text_copy(user, GW_ROLLOUT_NAME_MAX, gw_sql_text(stmt, 0));
    return false;
}

enum gw_code gw_policy_of_rollout(struct gw_store *store, int64_t rollout, char ret[GW_ROLLOUT_NAME_MAX],
                                  struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store, "SELECT policy FROM policy_rollouts WHERE rollout = ?1", &stmt, err);

    if (code != GW_OK)
        return code;
    ret[0] = '\0';
    gw_sql_bind_int(stmt, 1, rollout);
    return gw_sql_each(store, stmt, policy_row, ret, err);
}

static bool rollback_row(void *user, sqlite3_stmt *stmt)
{
    struct gw_policy_rollback *rollback = user;

    (void)gw_text_copy(rollback->rollout, sizeof(rollback->rollout), gw_sql_text(stmt, 0));
    (void)gw_text_copy(rollback->by, sizeof(rollback->by), gw_sql_text(stmt, 1));
    rollback->at_unix_ms = sqlite3_column_int64(stmt, 2);
    rollback->reason = gw_mem_dup(gw_sql_text(stmt, 3));
    return false;
}

enum gw_code gw_policy_rollback_last(struct gw_store *store, const char *policy, const char *version,
                                     bool dpi, struct gw_policy_rollback *ret, struct gw_err *err)
{
    struct gw_policy_rollback rollback = {.reason = NULL};
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "SELECT o.name, b.created_by, b.created_unix_ms, k.reason FROM rollbacks k"
                       " JOIN rollouts b ON b.id = k.rollout JOIN rollouts o ON o.id = k.of"
                       " JOIN policy_rollouts p ON p.rollout = k.of"
                       " WHERE p.policy = ?1 AND o.version = ?2 AND o.type = ?3"
                       " AND k.rollout > (SELECT max(rollout) FROM policy_rollouts WHERE policy = ?1)"
                       " ORDER BY k.rollout DESC LIMIT 1",
                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, policy);
    gw_sql_bind_text(stmt, 2, version);
    gw_sql_bind_text(stmt, 3, dpi ? "Dpi" : "Device");
    code = gw_sql_each(store, stmt, rollback_row, &rollback, err);
    if (code == GW_OK && !rollback.reason)
        return gw_err_set(err, GW_ERR_NOT_FOUND, "nobody took back what policy %s did", policy);
    if (code == GW_OK)
        *ret = rollback;
    else
        free(rollback.reason);
    return code;
}

enum gw_code gw_policy_rollout_replace(struct gw_store *store, int64_t rollout, const char *reason,
                                       struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store, "UPDATE policy_rollouts SET ended = ?2 WHERE rollout = ?1 AND ended = ''", &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_text(stmt, 2, reason);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}
