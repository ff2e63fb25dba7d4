/* The statements that a sync runs again and again: for each gateway, for each box of it, for each change. */
#include "sync_local.h"

static const char *const statements[GW_SYNC_STATEMENTS] = {
    [GW_SYNC_BEGIN] = "BEGIN IMMEDIATE",
    [GW_SYNC_FIND_GATEWAY] =
        "SELECT g.id, g.region, g.account, g.model, g.name, s.status, s.ha_mode, s.gone_unix_ms IS NOT NULL,"
        " coalesce(s.read_sync, 0) FROM gateways g LEFT JOIN gateways_seen s ON s.gateway = g.id"
        " WHERE g.gateway_id = ?1",
    [GW_SYNC_FIND_DEVICES] =
        "SELECT d.id, d.serial, d.ha_role, d.version, d.dpi_version, s.version, s.dpi_version, "
        "s.auto_upgrade,"
        " s.gone_unix_ms IS NOT NULL, s.online, coalesce(s.read_unix_ms, 0)"
        " FROM devices d LEFT JOIN devices_seen s ON s.device = d.id WHERE d.gateway = ?1 ORDER BY d.id",
    [GW_SYNC_FIND_SERIAL] = "SELECT d.id, g.gateway_id FROM devices d JOIN gateways g ON g.id = d.gateway"
                            " WHERE d.serial = ?1 AND d.serial <> '' AND d.gateway <> ?2",
    [GW_SYNC_ADD_GATEWAY] = "INSERT INTO gateways (gateway_id, region, account, model, name)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)",
    [GW_SYNC_SET_GATEWAY] =
        "UPDATE gateways SET region = ?2, account = ?3, model = ?4, name = ?5 WHERE id = ?1",
    [GW_SYNC_SEE_GATEWAY] =
        "INSERT INTO gateways_seen (gateway, status, ha_mode, seen_unix_ms, seen_sync, read_unix_ms, "
        "read_sync)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
        " ON CONFLICT (gateway) DO UPDATE SET status = excluded.status, ha_mode = excluded.ha_mode,"
        " seen_unix_ms = excluded.seen_unix_ms, seen_sync = max(seen_sync, excluded.seen_sync),"
        " read_unix_ms = coalesce(excluded.read_unix_ms, read_unix_ms),"
        " read_sync = max(read_sync, excluded.read_sync), gone_unix_ms = NULL",
    [GW_SYNC_ADD_DEVICE] = "INSERT INTO devices (gateway, serial, ha_role, version, dpi_version)"
                           " VALUES (?1, ?2, ?3, ?4, ?5)",
    [GW_SYNC_SET_DEVICE] =
        "UPDATE devices SET serial = ?2, ha_role = ?3, version = ?4, dpi_version = ?5 WHERE id = ?1",
    [GW_SYNC_LOSE_SERIAL] = "UPDATE devices SET serial = '' WHERE id = ?1",
    [GW_SYNC_SEE_DEVICE] =
        "INSERT INTO devices_seen (device, version, dpi_version, online, auto_upgrade, read_unix_ms)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
        " ON CONFLICT (device) DO UPDATE SET version = excluded.version, dpi_version = excluded.dpi_version,"
        " online = excluded.online, auto_upgrade = excluded.auto_upgrade,"
        " read_unix_ms = excluded.read_unix_ms, gone_unix_ms = NULL",
    [GW_SYNC_GONE_DEVICE] =
        "INSERT INTO devices_seen (device, gone_unix_ms) VALUES (?1, ?2)"
        " ON CONFLICT (device) DO UPDATE SET gone_unix_ms = excluded.gone_unix_ms, online = NULL",
    [GW_SYNC_CHANGE] =
        "INSERT INTO changes (sync, gateway_id, serial, at_unix_ms, what, before, after, rollout, foreigner)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    /*
     * A call whose effect nobody has seen may still have it, however late. One that was seen to succeed explains what was
     * found since then only.
     */
    [GW_SYNC_OURS] =
        "SELECT r.name FROM targets t JOIN facts f ON f.target = t.id JOIN rollouts r ON r.id = t.rollout"
        " WHERE t.device = ?1 AND t.sent > 0 AND r.version = ?2 AND r.type = ?3"
        " AND coalesce(nullif(t.serial, ''), f.serial) IN ('', ?4)"
        " AND (t.state = 'succeeded' AND t.ended_unix_ms >= ?5 OR t.state <> 'succeeded' AND EXISTS"
        " (SELECT 1 FROM attempts c LEFT JOIN answers a ON a.target = c.target AND a.number = c.number"
        " WHERE c.target = t.id AND coalesce(a.proof, 'in_doubt') IN ('accepted', 'in_doubt')))"
        " ORDER BY t.id DESC LIMIT 1",
    [GW_SYNC_BUMP] = "UPDATE inventory SET generation = generation + 1",
};

enum gw_code gw_sync_statement(struct gw_sync *sync, enum gw_sync_sql which, sqlite3_stmt **ret,
                               struct gw_err *err)
{
    enum gw_code code = GW_OK;

    if (!sync->statement[which])
        code = gw_sql_prepare(sync->store, statements[which], &sync->statement[which], err);
    *ret = sync->statement[which];
    return code;
}
