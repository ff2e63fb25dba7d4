/*
 * Reading targets and counting them. A rollout's targets are one run of ids: every question is a range of
 * the table.
 */
#include <string.h>

#include "gatewave/store/rollout.h"
#include "sql.h"

#define TARGET_COLUMNS                                                                                     \
    "SELECT t.id - r.first_target, t.wave, f.gateway_id, coalesce(t.serial, f.serial), f.region,"          \
    " f.account, f.ha_role, t.state, t.attempts, t.sent, t.code, t.reason, n.request_id,"                  \
    " t.version_before, t.version_after, t.started_unix_ms, t.ended_unix_ms, a.signed_unix_ms,"            \
    " a.fence_unix_ms, t.sent > 0 AND ((SELECT count(*) FROM answers d WHERE d.target = t.id) < t.sent OR" \
    " EXISTS (SELECT 1 FROM answers d WHERE d.target = t.id AND d.proof = 'in_doubt')),"                   \
    " f.model, f.site, f.isp, f.timezone, b.target IS NOT NULL, r.targets,"                                \
    " b.version, b.at_unix_ms "
#define THEIR_ROWS                                                                                        \
    "CROSS JOIN facts f ON f.target = t.id LEFT JOIN attempts a ON a.target = t.id AND a.number = t.sent" \
    " LEFT JOIN answers n ON n.target = t.id AND n.number = t.sent LEFT JOIN relapses b ON b.target = t.id "

/* CROSS JOIN keeps the rollout, one row, on the outside. */
#define OF_ROLLOUT \
    "FROM rollouts r CROSS JOIN targets t ON t.id >= r.first_target AND t.id < r.first_target + r.targets "

static const char all_targets[] = TARGET_COLUMNS OF_ROLLOUT THEIR_ROWS "WHERE r.id = ?1 ORDER BY t.id";
static const char open_targets[] =
    TARGET_COLUMNS OF_ROLLOUT THEIR_ROWS "WHERE r.id = ?1 AND t.ended_unix_ms IS NULL ORDER BY t.id";

struct each_target {
    bool (*each)(void *user, const struct gw_target_row *row);
    void *user;
    bool only_open, stopped;
    int64_t next, targets; /* the number that may come next at the least, and how many there are */
    const char *wrong;
};

/* Its number is the one that comes next, and it has an outcome exactly when it has ended. */
static bool target_fits(struct each_target *e, sqlite3_stmt *stmt)
{
    int64_t number = sqlite3_column_int64(stmt, 0), wave = sqlite3_column_int64(stmt, 1);
    int64_t attempts = sqlite3_column_int64(stmt, 8), sent = sqlite3_column_int64(stmt, 9);
    enum gw_state state = gw_state_find(gw_sql_text(stmt, 7));
    bool ended = sqlite3_column_type(stmt, 16) != SQLITE_NULL;

    e->targets = sqlite3_column_int64(stmt, 25);
    if (e->only_open ? number < e->next : number != e->next)
        return false;
    e->next = number + 1;
    for (int column = 15; column <= 18; column++)
        if (!gw_sql_is_time(stmt, column))
            return false;
    if (!gw_sql_is_time(stmt, 27))
        return false;
    return number < e->targets && wave >= 1 && wave <= GW_WAVES_MOST && attempts >= 0 && attempts <= sent &&
           sent <= UINT32_MAX && state != GW_STATE_NONE && (bool)gw_state_is_outcome(state) == ended;
}

static bool target_row(void *user, sqlite3_stmt *stmt)
{
    struct each_target *e = user;
    struct gw_target_row row = {
        .number = (uint32_t)sqlite3_column_int64(stmt, 0),
        .wave = (uint32_t)sqlite3_column_int64(stmt, 1),
        .gateway_id = gw_sql_text(stmt, 2),
        .serial = gw_sql_text(stmt, 3),
        .region = gw_sql_text(stmt, 4),
        .account = gw_sql_text(stmt, 5),
        .ha_role = gw_sql_text(stmt, 6),
        .state = gw_state_find(gw_sql_text(stmt, 7)),
        .attempts = (uint32_t)sqlite3_column_int64(stmt, 8),
        .sent = (uint32_t)sqlite3_column_int64(stmt, 9),
        .code = gw_sql_text(stmt, 10),
        .reason = gw_sql_text(stmt, 11),
        .request_id = gw_sql_text(stmt, 12),
        .version_before = gw_sql_text(stmt, 13),
        .version_after = gw_sql_text(stmt, 14),
        .started_unix_ms = sqlite3_column_int64(stmt, 15),
        .ended_unix_ms = sqlite3_column_int64(stmt, 16),
        .signed_unix_ms = sqlite3_column_int64(stmt, 17),
        .fence_unix_ms = sqlite3_column_int64(stmt, 18),
        .doubted = sqlite3_column_int(stmt, 19) != 0,
        .model = gw_sql_text(stmt, 20),
        .site = gw_sql_text(stmt, 21),
        .isp = gw_sql_text(stmt, 22),
        .timezone = gw_sql_text(stmt, 23),
        .relapsed = sqlite3_column_int(stmt, 24) != 0,
        .relapse_version = gw_sql_text(stmt, 26),
        .relapse_unix_ms = sqlite3_column_int64(stmt, 27),
    };

    if (!target_fits(e, stmt)) {
        e->wrong = "a target that is none of its rollout's, or in a state that there is not";
        return false;
    }
    e->stopped = !e->each(e->user, &row);
    return !e->stopped;
}

enum gw_code gw_targets_each(struct gw_store *store, int64_t rollout, bool only_open,
                             bool (*each)(void *user, const struct gw_target_row *row), void *user,
                             struct gw_err *err)
{
    struct each_target e = {.each = each, .user = user, .only_open = only_open};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, only_open ? open_targets : all_targets, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    code = gw_sql_each_sound(store, stmt, target_row, &e, &e.wrong, err);
    if (code == GW_OK && !only_open && !e.stopped && (e.next == 0 || e.next != e.targets))
        return gw_store_damaged(store, "targets of a rollout are missing", err);
    return code;
}

struct counting {
    uint64_t count[GW_STATE_COUNT];
    const char *wrong;
};

static bool count_row(void *user, sqlite3_stmt *stmt)
{
    struct counting *counting = user;
    enum gw_state state = gw_state_find(gw_sql_text(stmt, 0));

    if (state == GW_STATE_NONE) {
        counting->wrong = "a target in a state that there is not";
        return false;
    }
    counting->count[state] = (uint64_t)sqlite3_column_int64(stmt, 1);
    return true;
}

enum gw_code gw_targets_count(struct gw_store *store, int64_t rollout, uint32_t wave,
                              uint64_t ret[GW_STATE_COUNT], struct gw_err *err)
{
    struct counting counting = {.wrong = NULL};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          "SELECT t.state, count(*) " OF_ROLLOUT
                          "WHERE r.id = ?1 AND (?2 = 0 OR t.wave = ?2) GROUP BY t.state",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, wave);
    code = gw_sql_each_sound(store, stmt, count_row, &counting, &counting.wrong, err);
    if (code == GW_OK)
        memcpy(ret, counting.count, sizeof(counting.count));
    return code;
}

struct each_code {
    bool (*each)(void *user, enum gw_state state, const char *code, uint64_t count);
    void *user;
};

static bool code_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_code *e = user;

    return e->each(e->user, gw_state_find(gw_sql_text(stmt, 0)), gw_sql_text(stmt, 1),
                   (uint64_t)sqlite3_column_int64(stmt, 2));
}

enum gw_code gw_codes_each(struct gw_store *store, int64_t rollout,
                           bool (*each)(void *user, enum gw_state state, const char *code, uint64_t count),
                           void *user, struct gw_err *err)
{
    struct each_code e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(store,
                          "SELECT t.state, t.code, count(*) AS n " OF_ROLLOUT
                          "WHERE r.id = ?1 AND t.state IN ('failed', 'deferred', 'unresolved', 'canceled')"
                          " GROUP BY t.state, t.code ORDER BY n DESC, t.state, t.code",
                          &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    return gw_sql_each(store, stmt, code_row, &e, err);
}
