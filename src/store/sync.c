/*
 * A sync's frame: its row, the parts that it has looked at, what is gone at its end. What it has seen and read is told by
 * its number and not by times, because a clock that is set meanwhile must not make gateways disappear.
 */
#include "gatewave/store/sync.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "sync_local.h"

/* ---- beginning ---- */

static bool number_row(void *user, sqlite3_stmt *stmt)
{
    *(int64_t *)user = sqlite3_column_int64(stmt, 0);
    return false;
}

/* The newest sync, when it is one that this may go on with; 0: none. */
static enum gw_code find_unfinished(struct gw_store *store, const char *scope, int64_t now_unix_ms,
                                    int64_t *ret_id, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store,
                                       "SELECT id FROM syncs WHERE id = (SELECT max(id) FROM syncs)"
                                       " AND ended_unix_ms IS NULL AND scope = ?1"
                                       " AND started_unix_ms BETWEEN ?2 AND ?3",
                                       &stmt, err);

    if (code != GW_OK)
        return code;
    *ret_id = 0;
    gw_sql_bind_text(stmt, 1, scope);
    gw_sql_bind_int(stmt, 2, now_unix_ms - GW_SYNC_RESUME_MS);
    gw_sql_bind_int(stmt, 3, now_unix_ms);
    return gw_sql_each(store, stmt, number_row, ret_id, err);
}

static enum gw_code add_sync(struct gw_store *store, const char *scope, int64_t now_unix_ms, int64_t *ret_id,
                             struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store, "INSERT INTO syncs (scope, started_unix_ms) VALUES (?1, ?2)", &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, scope);
    gw_sql_bind_int(stmt, 2, now_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    *ret_id = sqlite3_last_insert_rowid(store->db);
    return code;
}

/* The write lock, for which an import may have to be waited for. */
static enum gw_code lock(struct gw_sync *sync, struct gw_err *err)
{
    sqlite3_stmt *begin;
    enum gw_code code = gw_sync_statement(sync, GW_SYNC_BEGIN, &begin, err);

    return code == GW_OK ? gw_sql_begin_waiting(sync->store, begin, err) : code;
}

static enum gw_code unlock(struct gw_sync *sync, enum gw_code code, struct gw_err *err)
{
    if (code == GW_OK)
        code = gw_sql_commit(sync->store, err);
    if (code != GW_OK)
        gw_sql_rollback(sync->store);
    return code;
}

enum gw_code gw_sync_begin(struct gw_store *store, const char *scope, int64_t now_unix_ms,
                           struct gw_sync **ret, bool *ret_resumed, struct gw_err *err)
{
    struct gw_sync *sync = gw_mem_new(1, sizeof(*sync));
    bool resumed = false;
    enum gw_code code;

    sync->store = store;
    gw_buf_init(&sync->text, 0);
    code = lock(sync, err);
    if (code == GW_OK) {
        code = find_unfinished(store, scope, now_unix_ms, &sync->id, err);
        resumed = sync->id != 0;
        if (code == GW_OK && !resumed)
            code = add_sync(store, scope, now_unix_ms, &sync->id, err);
        code = unlock(sync, code, err);
    }
    if (code != GW_OK) {
        gw_sync_free(sync);
        return code;
    }
    *ret = sync;
    *ret_resumed = resumed;
    return GW_OK;
}

void gw_sync_free(struct gw_sync *sync)
{
    if (!sync)
        return;
    for (size_t i = 0; i < GW_SYNC_STATEMENTS; i++)
        sqlite3_finalize(sync->statement[i]);
    gw_buf_release(&sync->text);
    free(sync);
}

int64_t gw_sync_id(const struct gw_sync *sync)
{
    return sync->id;
}

/* ---- putting ---- */

enum gw_code gw_sync_put(struct gw_sync *sync, const struct gw_sync_gateway *gateway, size_t n,
                         int64_t now_unix_ms, struct gw_err *err)
{
    sqlite3_stmt *bump;
    enum gw_code code = lock(sync, err);

    if (code != GW_OK)
        return code;
    sync->wrote = false;
    for (size_t i = 0; i < n && code == GW_OK; i++)
        code = gw_sync_put_one(sync, &gateway[i], now_unix_ms, err);
    /* An import that has read the inventory meanwhile must not write over this. */
    if (code == GW_OK && sync->wrote) {
        code = gw_sync_statement(sync, GW_SYNC_BUMP, &bump, err);
        if (code == GW_OK)
            code = gw_sql_run(sync->store, bump, NULL, err);
    }
    return unlock(sync, code, err);
}

/* ---- parts and the end ---- */

enum gw_code gw_sync_has_part(struct gw_sync *sync, const char *account, const char *region, bool *ret,
                              struct gw_err *err)
{
    int64_t n = 0;
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(sync->store,
                                       "SELECT 1 FROM sync_parts WHERE sync = ?1 AND account = ?2"
                                       " AND region = ?3 AND problem = ''",
                                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, sync->id);
    gw_sql_bind_text(stmt, 2, account);
    gw_sql_bind_text(stmt, 3, region);
    code = gw_sql_each(sync->store, stmt, number_row, &n, err);
    if (code == GW_OK)
        *ret = n != 0;
    return code;
}

struct there {
    bool (*each)(void *user, const char *gateway_id);
    void *user;
};

static bool there_row(void *user, sqlite3_stmt *stmt)
{
    struct there *there = user;

    return there->each(there->user, gw_sql_text(stmt, 0));
}

enum gw_code gw_sync_there_each(struct gw_sync *sync, const char *account, const char *region,
                                bool (*each)(void *user, const char *gateway_id), void *user,
                                struct gw_err *err)
{
    struct there there = {.each = each, .user = user};
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(sync->store,
                       "SELECT g.gateway_id FROM gateways g LEFT JOIN gateways_seen s ON s.gateway = g.id"
                       " WHERE s.gone_unix_ms IS NULL AND (?2 = '' OR g.account = ?2) AND g.region = ?3"
                       " AND g.gateway_id NOT IN (SELECT gateway_id FROM changes WHERE sync = ?1"
                       " AND what = 'appeared' AND serial = '') ORDER BY g.gateway_id",
                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, sync->id);
    gw_sql_bind_text(stmt, 2, account);
    gw_sql_bind_text(stmt, 3, region);
    return gw_sql_each(sync->store, stmt, there_row, &there, err);
}

enum gw_code gw_sync_end_part(struct gw_sync *sync, const char *account, const char *region,
                              uint64_t gateways, const char *problem, int64_t now_unix_ms, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(
        sync->store,
        "INSERT OR REPLACE INTO sync_parts (sync, account, region, at_unix_ms, gateways, problem)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, sync->id);
    gw_sql_bind_text(stmt, 2, account);
    gw_sql_bind_text(stmt, 3, region);
    gw_sql_bind_int(stmt, 4, now_unix_ms);
    gw_sql_bind_int(stmt, 5, (int64_t)gateways);
    gw_sql_bind_text(stmt, 6, problem);
    code = lock(sync, err);
    if (code == GW_OK)
        code = unlock(sync, gw_sql_run(sync->store, stmt, NULL, err), err);
    sqlite3_finalize(stmt);
    return code;
}

/* What stands where this sync has looked, and neither it nor a later one has seen. */
#define UNSEEN                                                                                               \
    " FROM gateways g LEFT JOIN gateways_seen s ON s.gateway = g.id"                                         \
    " WHERE s.gone_unix_ms IS NULL AND coalesce(s.seen_sync, 0) < ?1 AND EXISTS (SELECT 1 FROM sync_parts p" \
    " WHERE p.sync = ?1 AND p.problem = '' AND p.region = g.region AND (p.account = '' OR p.account ="       \
    " g.account))"

static enum gw_code run_once(struct gw_sync *sync, const char *sql, int64_t now_unix_ms, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(sync->store, sql, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, sync->id);
    gw_sql_bind_int(stmt, 2, now_unix_ms);
    code = gw_sql_run(sync->store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static bool counts_row(void *user, sqlite3_stmt *stmt)
{
    struct gw_sync_counts *counts = user;
    uint64_t *const place[] = {&counts->gateways, &counts->devices, &counts->appeared, &counts->disappeared,
                               &counts->returned, &counts->changed, &counts->foreign};

    for (size_t i = 0; i < GW_COUNT_OF(place); i++)
        *place[i] = (uint64_t)sqlite3_column_int64(stmt, (int)i);
    return false;
}

static enum gw_code count(struct gw_sync *sync, struct gw_sync_counts *ret, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(sync->store,
                       "WITH found AS (SELECT gateway FROM gateways_seen WHERE seen_sync >= ?1),"
                       " own AS (SELECT gateway_id, what FROM changes WHERE sync = ?1 AND serial = ''"
                       " AND what IN ('appeared', 'disappeared', 'returned'))"
                       " SELECT (SELECT count(*) FROM found),"
                       " (SELECT count(*) FROM found JOIN devices d USING (gateway) LEFT JOIN devices_seen s"
                       " ON s.device = d.id WHERE s.gone_unix_ms IS NULL),"
                       " (SELECT count(*) FROM own WHERE what = 'appeared'),"
                       " (SELECT count(*) FROM own WHERE what = 'disappeared'),"
                       " (SELECT count(*) FROM own WHERE what = 'returned'),"
                       " (SELECT count(DISTINCT gateway_id) FROM changes WHERE sync = ?1"
                       " AND gateway_id NOT IN (SELECT gateway_id FROM own)),"
                       " (SELECT count(*) FROM changes WHERE sync = ?1 AND foreigner)",
                       &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, sync->id);
    return gw_sql_each(sync->store, stmt, counts_row, ret, err);
}

enum gw_code gw_sync_end(struct gw_sync *sync, int64_t now_unix_ms, struct gw_sync_counts *ret,
                         struct gw_err *err)
{
    struct gw_sync_counts counts;
    enum gw_code code = lock(sync, err);

    if (code != GW_OK)
        return code;
    code = run_once(sync,
                    "INSERT INTO changes (sync, gateway_id, serial, at_unix_ms, what, before, after)"
                    " SELECT ?1, g.gateway_id, '', ?2, 'disappeared', '', ''" UNSEEN,
                    now_unix_ms, err);
    if (code == GW_OK)
        code = run_once(sync,
                        "INSERT INTO gateways_seen (gateway, gone_unix_ms) SELECT g.id, ?2" UNSEEN
                        " ON CONFLICT (gateway) DO UPDATE SET gone_unix_ms = excluded.gone_unix_ms",
                        now_unix_ms, err);
    if (code == GW_OK)
        code = count(sync, &counts, err);
    if (code == GW_OK)
        code = run_once(sync,
                        "UPDATE syncs SET ended_unix_ms = ?2, gateways = (SELECT count(*) FROM gateways_seen"
                        " WHERE seen_sync >= ?1) WHERE id = ?1",
                        now_unix_ms, err);
    code = unlock(sync, code, err);
    if (code == GW_OK)
        *ret = counts;
    return code;
}

enum gw_code gw_sync_last_unix_ms(struct gw_store *store, int64_t *ret, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code =
        gw_sql_prepare(store, "SELECT coalesce(max(ended_unix_ms), 0) FROM syncs", &stmt, err);

    return code == GW_OK ? gw_sql_each(store, stmt, number_row, ret, err) : code;
}
