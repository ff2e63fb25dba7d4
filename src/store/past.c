/*
 * What nights ask of the past, each in one pass over the history of all rollouts: a million targets take some tenths of a
 * second, once a night.
 */
#include "gatewave/store/night.h"

#include "sql.h"

/* ---- failures ---- */

struct each_failure {
    bool (*each)(void *user, const char *gateway_id, uint32_t rollouts, int64_t last_unix_ms);
    void *user;
};

static bool failure_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_failure *e = user;

    return e->each(e->user, gw_sql_text(stmt, 0), (uint32_t)sqlite3_column_int64(stmt, 1),
                   sqlite3_column_int64(stmt, 2));
}

enum gw_code gw_failures_each(struct gw_store *store, const char *version, bool dpi,
                              bool (*each)(void *user, const char *gateway_id, uint32_t rollouts,
                                           int64_t last_unix_ms),
                              void *user, struct gw_err *err)
{
    struct each_failure e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store,
        "SELECT f.gateway_id, count(DISTINCT t.rollout), max(coalesce(b.at_unix_ms, t.ended_unix_ms))"
        " FROM rollouts r"
        " CROSS JOIN targets t ON t.id >= r.first_target AND t.id < r.first_target + r.targets"
        " CROSS JOIN facts f ON f.target = t.id"
        " LEFT JOIN relapses b ON b.target = t.id"
        " WHERE r.version = ?1 AND r.type = ?2"
        " AND (t.state IN ('failed', 'unresolved') OR b.target IS NOT NULL)"
        " GROUP BY f.gateway_id ORDER BY f.gateway_id",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, version);
    gw_sql_bind_text(stmt, 2, dpi ? "Dpi" : "Device");
    return gw_sql_each(store, stmt, failure_row, &e, err);
}

/* ---- restarts ---- */

struct each_restart {
    bool (*each)(void *user, const char *site, const char *gateway_id, uint32_t n);
    void *user;
};

static bool restart_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_restart *e = user;

    return e->each(e->user, gw_sql_text(stmt, 0), gw_sql_text(stmt, 1),
                   (uint32_t)sqlite3_column_int64(stmt, 2));
}

enum gw_code gw_restarts_each(struct gw_store *store, int64_t since_unix_ms,
                              bool (*each)(void *user, const char *site, const char *gateway_id, uint32_t n),
                              void *user, struct gw_err *err)
{
    struct each_restart e = {each, user};
    sqlite3_stmt *stmt;
    /* A call without an answer may have arrived. */
    enum gw_code code = gw_sql_prepare(
        store,
        "SELECT f.site, f.gateway_id, count(DISTINCT c.target) FROM attempts c JOIN facts f ON f.target = "
        "c.target"
        " LEFT JOIN answers a ON a.target = c.target AND a.number = c.number"
        " WHERE c.signed_unix_ms >= ?1 AND (a.proof IS NULL OR a.proof IN ('accepted', 'in_doubt'))"
        " GROUP BY f.site, f.gateway_id ORDER BY f.site, f.gateway_id",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, since_unix_ms);
    return gw_sql_each(store, stmt, restart_row, &e, err);
}

/* ---- calls that are not settled ---- */

struct each_unsettled {
    bool (*each)(void *user, const char *gateway_id, int64_t device, const char *rollout);
    void *user;
};

static bool unsettled_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_unsettled *e = user;

    return e->each(e->user, gw_sql_text(stmt, 0), sqlite3_column_int64(stmt, 1), gw_sql_text(stmt, 2));
}

enum gw_code gw_unsettled_each(struct gw_store *store,
                               bool (*each)(void *user, const char *gateway_id, int64_t device,
                                            const char *rollout),
                               void *user, struct gw_err *err)
{
    struct each_unsettled e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store,
                                       "SELECT f.gateway_id, t.device, r.name FROM targets t"
                                       " JOIN facts f ON f.target = t.id JOIN rollouts r ON r.id = t.rollout"
                                       " WHERE t.state = 'in_flight' OR t.state = 'upgrading'"
                                       " OR t.state = 'in_doubt' ORDER BY f.gateway_id",
                                       &stmt, err);

    return code == GW_OK ? gw_sql_each(store, stmt, unsettled_row, &e, err) : code;
}

/* ---- devices ---- */

struct each_self {
    bool (*each)(void *user, const char *gateway_id, const char *serial, const char *auto_upgrade);
    void *user;
};

static bool self_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_self *e = user;

    return e->each(e->user, gw_sql_text(stmt, 0), gw_sql_text(stmt, 1), gw_sql_text(stmt, 2));
}

enum gw_code gw_self_upgrades_each(struct gw_store *store,
                                   bool (*each)(void *user, const char *gateway_id, const char *serial,
                                                const char *auto_upgrade),
                                   void *user, struct gw_err *err)
{
    struct each_self e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "SELECT g.gateway_id, d.serial, s.auto_upgrade FROM devices_seen s"
                       " JOIN devices d ON d.id = s.device JOIN gateways g ON g.id = d.gateway"
                       " LEFT JOIN gateways_seen w ON w.gateway = g.id"
                       " WHERE w.gone_unix_ms IS NULL AND s.auto_upgrade IN ('scheduled', 'boot')"
                       " AND s.gone_unix_ms IS NULL ORDER BY g.gateway_id, d.serial",
                       &stmt, err);

    return code == GW_OK ? gw_sql_each(store, stmt, self_row, &e, err) : code;
}

struct each_late {
    bool (*each)(void *user, const struct gw_late_row *row);
    void *user;
};

static bool late_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_late *e = user;
    struct gw_late_row row = {
        .version = gw_sql_text(stmt, 0),
        .gateway_id = gw_sql_text(stmt, 1),
        .serial = gw_sql_text(stmt, 2),
        .rollout = gw_sql_text(stmt, 3),
        .upgraded_unix_ms = sqlite3_column_int64(stmt, 4),
    };

    return e->each(e->user, &row);
}

enum gw_code gw_late_each(struct gw_store *store, int64_t since_unix_ms,
                          bool (*each)(void *user, const struct gw_late_row *row), void *user,
                          struct gw_err *err)
{
    struct each_late e = {each, user};
    sqlite3_stmt *stmt;
    /* A device may have been upgraded more than once: the last one counts (with max(), the row is that one's). */
    enum gw_code code = gw_sql_prepare(
        store,
        "SELECT version, gateway_id, serial, name, ended FROM ("
        " SELECT r.version, f.gateway_id, coalesce(t.serial, f.serial) AS serial, r.name,"
        " max(t.ended_unix_ms) AS ended"
        " FROM devices_seen s CROSS JOIN targets t ON t.device = s.device AND t.sent > 0"
        " CROSS JOIN facts f ON f.target = t.id"
        " JOIN rollouts r ON r.id = t.rollout JOIN devices d ON d.id = s.device"
        " LEFT JOIN gateways_seen w ON w.gateway = d.gateway"
        " WHERE w.gone_unix_ms IS NULL AND s.online = 0 AND s.gone_unix_ms IS NULL AND t.state = 'succeeded' "
        "AND t.ended_unix_ms >= ?1"
        " GROUP BY t.device) ORDER BY version, gateway_id, serial",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, since_unix_ms);
    return gw_sql_each(store, stmt, late_row, &e, err);
}
