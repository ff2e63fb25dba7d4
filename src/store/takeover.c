/* Upgrade policies of the vendor's that a night has set to manual: what they were is kept until they are so again. */
#include "gatewave/store/night.h"

#include "sql.h"

enum gw_code gw_takeover_add(struct gw_store *store, const struct gw_takeover_row *row, int64_t now_unix_ms,
                             struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store,
        "INSERT INTO takeovers (night, gateway_id, serial, type, upgrade_type, cron, duration_min,"
        " time_zone, at_unix_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, row->night);
    gw_sql_bind_text(stmt, 2, row->gateway_id);
    gw_sql_bind_text(stmt, 3, row->serial);
    gw_sql_bind_text(stmt, 4, row->dpi ? "Dpi" : "Device");
    gw_sql_bind_text(stmt, 5, row->upgrade_type);
    gw_sql_bind_text(stmt, 6, row->cron);
    gw_sql_bind_int(stmt, 7, row->duration_min);
    gw_sql_bind_text(stmt, 8, row->time_zone);
    gw_sql_bind_int(stmt, 9, now_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

struct each_takeover {
    bool (*each)(void *user, const struct gw_takeover_row *row);
    void *user;
};

static bool takeover_row(void *user, sqlite3_stmt *stmt)
{
    const struct each_takeover *e = user;
    struct gw_takeover_row row = {
        .id = sqlite3_column_int64(stmt, 0),
        .night = sqlite3_column_int64(stmt, 1),
        .gateway_id = gw_sql_text(stmt, 2),
        .serial = gw_sql_text(stmt, 3),
        .account = gw_sql_text(stmt, 4),
        .region = gw_sql_text(stmt, 5),
        .dpi = sqlite3_column_int(stmt, 6) != 0,
        .upgrade_type = gw_sql_text(stmt, 7),
        .cron = gw_sql_text(stmt, 8),
        .time_zone = gw_sql_text(stmt, 9),
        .duration_min = (uint32_t)sqlite3_column_int64(stmt, 10),
    };

    return e->each(e->user, &row);
}

enum gw_code gw_takeovers_each(struct gw_store *store,
                               bool (*each)(void *user, const struct gw_takeover_row *row), void *user,
                               struct gw_err *err)
{
    struct each_takeover e = {each, user};
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store,
                       "SELECT t.id, t.night, t.gateway_id, t.serial, g.account, g.region,"
                       " t.type = 'Dpi', t.upgrade_type, t.cron, t.time_zone, t.duration_min"
                       " FROM takeovers t JOIN gateways g ON g.gateway_id = t.gateway_id"
                       " WHERE t.returned_unix_ms IS NULL ORDER BY t.gateway_id, t.serial, t.id",
                       &stmt, err);

    return code == GW_OK ? gw_sql_each(store, stmt, takeover_row, &e, err) : code;
}

enum gw_code gw_takeover_returned(struct gw_store *store, int64_t id, int64_t now_unix_ms, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        store, "UPDATE takeovers SET returned_unix_ms = ?2 WHERE id = ?1 AND returned_unix_ms IS NULL", &stmt,
        err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, id);
    gw_sql_bind_int(stmt, 2, now_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}
