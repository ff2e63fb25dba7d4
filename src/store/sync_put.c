/*
 * One gateway of a sync into its rows. The rules of a place: a box keeps its row; a box that the gateway did not have takes
 * the row of the one that it stands for; and only when there is no row left that it could stand for, it gets a new one.
 */
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "sync_local.h"

/* The text that is known, or else what the inventory has. */
static const char *known(const char *text, const char *old)
{
    return text[0] ? text : old;
}

/* Whether something that was known is otherwise now. */
static bool differs(const char *before, const char *after)
{
    return before[0] && after[0] && !gw_text_equal(before, after);
}

/* ---- the gateway ---- */

static enum gw_code add_gateway(struct gw_sync *sync, const struct gw_sync_gateway *gateway,
                                struct gw_sync_found *ret, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(sync, GW_SYNC_ADD_GATEWAY, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_text(stmt, 1, gateway->gateway_id);
    gw_sql_bind_text(stmt, 2, gateway->region);
    gw_sql_bind_text(stmt, 3, gateway->account);
    gw_sql_bind_text(stmt, 4, gateway->model);
    gw_sql_bind_text(stmt, 5, gateway->name);
    code = gw_sql_run(sync->store, stmt, NULL, err);
    sync->wrote = true;
    *ret =
        (struct gw_sync_found){.id = sqlite3_last_insert_rowid(sync->store->db), .status = "", .ha_mode = ""};
    return code;
}

static enum gw_code set_gateway(struct gw_sync *sync, const struct gw_sync_gateway *gateway,
                                const struct gw_sync_found *found, int64_t now_unix_ms, struct gw_err *err)
{
    const struct {
        const char *what, *before, *after;
    } fact[] = {{"region", found->region, known(gateway->region, found->region)},
                {"account", found->account, known(gateway->account, found->account)},
                {"model", found->model, known(gateway->model, found->model)},
                {"name", found->name, known(gateway->name, found->name)}};
    enum gw_code code = GW_OK;
    bool dirty = false;
    sqlite3_stmt *stmt;

    for (size_t i = 0; i < GW_COUNT_OF(fact) && code == GW_OK; i++) {
        dirty |= !gw_text_equal(fact[i].before, fact[i].after);
        if (differs(fact[i].before, fact[i].after))
            code = gw_sync_note(sync,
                                &(struct gw_change_row){.at_unix_ms = now_unix_ms,
                                                        .gateway_id = gateway->gateway_id,
                                                        .serial = "",
                                                        .what = fact[i].what,
                                                        .before = fact[i].before,
                                                        .after = fact[i].after,
                                                        .rollout = ""},
                                err);
    }
    if (code != GW_OK || !dirty)
        return code;
    code = gw_sync_statement(sync, GW_SYNC_SET_GATEWAY, &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, found->id);
    for (size_t i = 0; i < GW_COUNT_OF(fact); i++)
        gw_sql_bind_text(stmt, (int)i + 2, fact[i].after);
    sync->wrote = true;
    return gw_sql_run(sync->store, stmt, NULL, err);
}

static enum gw_code see_gateway(struct gw_sync *sync, const struct gw_sync_gateway *gateway,
                                const struct gw_sync_found *found, int64_t now_unix_ms, struct gw_err *err)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(sync, GW_SYNC_SEE_GATEWAY, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, found->id);
    gw_sql_bind_text(stmt, 2, known(gateway->status, found->status));
    gw_sql_bind_text(stmt, 3, known(gateway->ha_mode, found->ha_mode));
    gw_sql_bind_int(stmt, 4, now_unix_ms);
    gw_sql_bind_int(stmt, 5, sync->id);
    if (gateway->whole)
        gw_sql_bind_int(stmt, 6, gateway->read_unix_ms);
    else
        gw_sql_bind_null(stmt, 6);
    gw_sql_bind_int(stmt, 7, gateway->whole && !gateway->partly ? sync->id : 0);
    return gw_sql_run(sync->store, stmt, NULL, err);
}

enum gw_code gw_sync_put_one(struct gw_sync *sync, const struct gw_sync_gateway *gateway, int64_t now_unix_ms,
                             struct gw_err *err)
{
    struct gw_change_row note = {.at_unix_ms = now_unix_ms,
                                 .gateway_id = gateway->gateway_id,
                                 .serial = "",
                                 .before = "",
                                 .after = "",
                                 .rollout = ""};
    struct gw_sync_found found;
    bool appeared;
    enum gw_code code = gw_sync_find(sync, gateway->gateway_id, &found, err);

    if (code != GW_OK)
        return code;
    appeared = found.id == 0;
    note.what = appeared ? "appeared" : found.gone ? "returned" : NULL;
    if (appeared)
        code = add_gateway(sync, gateway, &found, err);
    else
        code = set_gateway(sync, gateway, &found, now_unix_ms, err);
    if (code == GW_OK && note.what)
        code = gw_sync_note(sync, &note, err);
    if (code == GW_OK)
        code = see_gateway(sync, gateway, &found, now_unix_ms, err);
    if (code == GW_OK && gateway->whole)
        code = gw_sync_put_devices(sync, gateway, &found, appeared, now_unix_ms, err);
    return code;
}
