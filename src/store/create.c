/*
 * Freezing a selection into a rollout, for up to a million devices in one transaction. The sorted SELECT
 * feeds the INSERT directly, and SQLite numbers the rows as they come: ids are the dispatch order, so that
 * later writes walk the table from front to back. Everything a target needs is copied: the inventory may
 * change under a running rollout.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"
#include "gatewave/store/rollout.h"
#include "sql.h"
#include "where.h"

#define FROM_FLEET "FROM devices d JOIN gateways g ON g.id = d.gateway WHERE "

/*
 * A pair stands together because its devices share the hash; unknown roles keep the order of their serials.
 */
static const char insert_facts[] =
    "INSERT INTO facts (device, gateway_id, serial, ha_role, region, account, model, site, isp, timezone,"
    " version_listed)"
    " SELECT d.id, g.gateway_id, d.serial, d.ha_role, g.region, g.account, g.model, g.site, g.isp,"
    " g.timezone, CASE ?1 WHEN 'Dpi' THEN d.dpi_version ELSE d.version END " FROM_FLEET "%s "
    "ORDER BY gw_hash(g.gateway_id, ?2), g.gateway_id, d.ha_role = 'active', d.serial, d.id";

static const char insert_targets[] =
    "INSERT INTO targets (id, rollout, wave, device) SELECT target, ?1, 1, device FROM facts"
    " WHERE target > (SELECT coalesce(max(id), 0) FROM targets) ORDER BY target";

static const char insert_rollout[] = "INSERT INTO rollouts (name, version, type, verify, phase, reason, "
                                     "selection, spec, created_by, created_unix_ms) "
                                     "VALUES (?1, ?2, ?3, ?4, 'waiting', 'not started yet', ?5, ?6, ?7, ?8)";

static const char insert_wave[] = "INSERT INTO waves (rollout, number, name, phase, targets)"
                                  " VALUES (?1, 1, 'all', 'waiting', ?2)";

static const char find_members[] = "SELECT target, gateway_id, serial, region, account FROM facts"
                                   " WHERE target > (SELECT max(target) FROM facts) - ?1 ORDER BY target";

static const char seal_rollout[] =
    "UPDATE rollouts SET first_target = ?2, targets = ?3, membership = ?4 WHERE id = ?1";

/*
 * Prepares a statement of the fleet with the selection where its %s stands; the condition's parameters are
 * bound.
 */
static enum gw_code prepare_selected(struct gw_store *store, const char *format, struct gw_where *where,
                                     sqlite3_stmt **ret, struct gw_err *err)
{
    char *sql = sqlite3_mprintf(format, gw_buf_text(&where->sql));
    enum gw_code code;

    GW_CHECK(sql);
    code = gw_sql_prepare(store, sql, ret, err);
    sqlite3_free(sql);
    if (code == GW_OK)
        gw_where_bind(where, *ret);
    return code;
}

static enum gw_code add_rollout(struct gw_store *store, const struct gw_rollout_new *new_, int64_t *ret_id,
                                struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_rollout, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, new_->name);
    gw_sql_bind_text(stmt, 2, new_->version);
    gw_sql_bind_text(stmt, 3, new_->dpi ? "Dpi" : "Device");
    gw_sql_bind_int(stmt, 4, new_->verify);
    gw_sql_bind_text(stmt, 5, new_->selection);
    gw_sql_bind_text(stmt, 6, new_->spec);
    gw_sql_bind_text(stmt, 7, new_->created_by);
    gw_sql_bind_int(stmt, 8, new_->now_unix_ms);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    if (code == GW_OK)
        *ret_id = sqlite3_last_insert_rowid(store->db);
    return code;
}

static enum gw_code add_facts(struct gw_store *store, const struct gw_rollout_new *new_,
                              struct gw_where *where, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = prepare_selected(store, insert_facts, where, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, new_->dpi ? "Dpi" : "Device");
    gw_sql_bind_int(stmt, 2, (int64_t)gw_hash(new_->name, strlen(new_->name), 0));
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static enum gw_code add_targets(struct gw_store *store, int64_t rollout, int *ret_count, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_targets, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    code = gw_sql_run(store, stmt, ret_count, err);
    sqlite3_finalize(stmt);
    return code;
}

/*
 * 128 bits out of two chained runs of gw_hash over what identifies each target, in order. It notices an
 * accident or an edit by hand; it is no defence against somebody who can write the database.
 */
struct membership {
    uint64_t a, b;
    int64_t first, last;
    uint64_t n;
};

static bool membership_row(void *user, sqlite3_stmt *stmt)
{
    struct membership *m = user;

    m->last = sqlite3_column_int64(stmt, 0);
    if (m->n++ == 0)
        m->first = m->last;
    for (int column = 1; column <= 4; column++) {
        const char *text = gw_sql_text(stmt, column);
        size_t size = strlen(text) + 1; /* the NUL keeps neighbours apart */

        m->a = gw_hash(text, size, m->a);
        m->b = gw_hash(text, size, m->b);
    }
    return true;
}

static enum gw_code find_membership(struct gw_store *store, int count, struct membership *ret,
                                    struct gw_err *err)
{
    struct membership m = {.a = 1, .b = 2};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, find_members, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, count);
    code = gw_sql_each(store, stmt, membership_row, &m, err);
    if (code != GW_OK)
        return code;
    GW_CHECK(m.n == (uint64_t)count && m.last - m.first == count - 1);
    *ret = m;
    return GW_OK;
}

/* Writes what is only known once the targets are there; from then on the row is frozen. */
static enum gw_code seal(struct gw_store *store, int64_t rollout, int count, struct gw_err *err)
{
    struct membership m;
    char hash[65];
    sqlite3_stmt *stmt;
    enum gw_code code = find_membership(store, count, &m, err);

    if (code == GW_OK)
        code = gw_sql_prepare(store, seal_rollout, &stmt, err);
    if (code != GW_OK)
        return code;
    snprintf(hash, sizeof(hash), "%016" PRIx64 "%016" PRIx64, m.a, m.b);
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, m.first);
    gw_sql_bind_int(stmt, 3, count);
    gw_sql_bind_text(stmt, 4, hash);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static enum gw_code add_wave(struct gw_store *store, int64_t rollout, int count, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(store, insert_wave, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, rollout);
    gw_sql_bind_int(stmt, 2, count);
    code = gw_sql_run(store, stmt, NULL, err);
    sqlite3_finalize(stmt);
    return code;
}

static enum gw_code freeze(struct gw_store *store, const struct gw_rollout_new *new_, struct gw_where *where,
                           struct gw_err *err)
{
    struct gw_rollout_row taken;
    int64_t rollout;
    int count;
    enum gw_code code = gw_rollout_find(store, new_->name, &taken, NULL);

    if (code == GW_OK)
        return gw_err_set(err, GW_ERR_INPUT, "rollout %s: the name is taken; name the new one differently",
                          new_->name);
    if (code != GW_ERR_NOT_FOUND)
        return gw_rollout_find(store, new_->name, &taken, err);
    code = add_rollout(store, new_, &rollout, err);
    if (code == GW_OK)
        code = add_facts(store, new_, where, err);
    if (code == GW_OK)
        code = add_targets(store, rollout, &count, err);
    if (code != GW_OK)
        return code;
    if (count == 0)
        return gw_err_set(
            err, GW_ERR_INPUT,
            "rollout %s: nothing is selected by `%s`; `gatewave inventory list --select` shows what is",
            new_->name, new_->selection);
    code = seal(store, rollout, count, err);
    return code == GW_OK ? add_wave(store, rollout, count, err) : code;
}

enum gw_code gw_rollout_create(struct gw_store *store, const struct gw_rollout_new *new_,
                               struct gw_rollout_row *ret, struct gw_err *err)
{
    struct gw_where where;
    enum gw_code code = gw_sql_begin(store, err);

    if (code != GW_OK)
        return code;
    gw_where_init(&where, new_->select, 3);
    code = freeze(store, new_, &where, err);
    gw_where_release(&where);
    if (code == GW_OK)
        code = gw_sql_commit(store, err);
    if (code != GW_OK) {
        gw_sql_rollback(store);
        return code;
    }
    return gw_rollout_find(store, new_->name, ret, err);
}
