/* What the inventory has of one gateway, its rows that are gone included: all that a sync compares with. */
#include <string.h>

#include "gatewave/base/check.h"
#include "sync_local.h"

#define GATEWAY_TEXTS 6
#define DEVICE_TEXTS  7

struct find {
    struct gw_sync *sync;
    struct gw_sync_found *found;
    const char *wrong;
};

/* The texts stand one after the other in the sync's buffer, which may move while it grows; see place_texts(). */
static void keep_texts(struct gw_sync *sync, sqlite3_stmt *stmt, int n)
{
    for (int column = 1; column <= n; column++) {
        const char *text = gw_sql_text(stmt, column);

        gw_buf_add(&sync->text, text, strlen(text) + 1);
    }
}

static bool gateway_row(void *user, sqlite3_stmt *stmt)
{
    struct find *find = user;

    find->found->id = sqlite3_column_int64(stmt, 0);
    find->found->gone = sqlite3_column_int(stmt, GATEWAY_TEXTS + 1) != 0;
    find->found->read_sync = sqlite3_column_int64(stmt, GATEWAY_TEXTS + 2);
    keep_texts(find->sync, stmt, GATEWAY_TEXTS);
    return false;
}

static bool device_row(void *user, sqlite3_stmt *stmt)
{
    struct find *find = user;
    struct gw_sync_row *row;

    if (find->found->n_rows == GW_SYNC_DEVICES_MAX) {
        find->wrong = "a gateway has three devices";
        return false;
    }
    row = &find->found->row[find->found->n_rows++];
    row->id = sqlite3_column_int64(stmt, 0);
    row->gone = sqlite3_column_int(stmt, DEVICE_TEXTS + 1) != 0;
    row->online_known = sqlite3_column_type(stmt, DEVICE_TEXTS + 2) != SQLITE_NULL;
    row->online = sqlite3_column_int(stmt, DEVICE_TEXTS + 2) != 0;
    row->read_unix_ms = sqlite3_column_int64(stmt, DEVICE_TEXTS + 3);
    keep_texts(find->sync, stmt, DEVICE_TEXTS);
    return true;
}

static const char *place(const char *text, const char **const into[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        *into[i] = text;
        text += strlen(text) + 1;
    }
    return text;
}

static void place_texts(struct gw_sync *sync, struct gw_sync_found *found)
{
    const char *text = gw_buf_text(&sync->text);
    const char **const own[GATEWAY_TEXTS] = {&found->region, &found->account, &found->model,
                                             &found->name,   &found->status,  &found->ha_mode};

    text = place(text, own, GATEWAY_TEXTS);
    for (size_t i = 0; i < found->n_rows; i++) {
        struct gw_sync_row *row = &found->row[i];
        const char **const of_row[DEVICE_TEXTS] = {
            &row->serial,        &row->ha_role,           &row->version,     &row->dpi_version,
            &row->cloud_version, &row->cloud_dpi_version, &row->auto_upgrade};

        text = place(text, of_row, DEVICE_TEXTS);
    }
}

enum gw_code gw_sync_find(struct gw_sync *sync, const char *gateway_id, struct gw_sync_found *ret,
                          struct gw_err *err)
{
    struct gw_sync_found found = {0};
    struct find find = {.sync = sync, .found = &found};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(sync, GW_SYNC_FIND_GATEWAY, &stmt, err);

    if (code != GW_OK)
        return code;
    gw_buf_reset(&sync->text);
    gw_sql_bind_text(stmt, 1, gateway_id);
    code = gw_sql_each_again(sync->store, stmt, gateway_row, &find, err);
    if (code != GW_OK || found.id == 0) {
        *ret = found;
        return code;
    }
    code = gw_sync_statement(sync, GW_SYNC_FIND_DEVICES, &stmt, err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, found.id);
    code = gw_sql_each_again(sync->store, stmt, device_row, &find, err);
    if (code == GW_OK && find.wrong)
        code = gw_store_damaged(sync->store, find.wrong, err);
    if (code != GW_OK)
        return code;
    place_texts(sync, &found);
    *ret = found;
    return GW_OK;
}

enum gw_code gw_sync_look(struct gw_sync *sync, const char *gateway_id, struct gw_sync_known *ret,
                          struct gw_err *err)
{
    struct gw_sync_known known = {0};
    struct gw_sync_found found;
    enum gw_code code = gw_sync_find(sync, gateway_id, &found, err);

    if (code != GW_OK)
        return code;
    if (found.id != 0)
        known = (struct gw_sync_known){.there = true,
                                       .gone = found.gone,
                                       .read = found.read_sync >= sync->id,
                                       .gateway = {.gateway_id = gateway_id,
                                                   .region = found.region,
                                                   .account = found.account,
                                                   .model = found.model,
                                                   .name = found.name,
                                                   .status = found.status,
                                                   .ha_mode = found.ha_mode,
                                                   .whole = found.read_sync > 0}};
    for (size_t i = 0; i < found.n_rows; i++) {
        const struct gw_sync_row *row = &found.row[i];

        if (!row->gone)
            known.gateway.device[known.gateway.n_devices++] =
                (struct gw_sync_device){.serial = row->serial,
                                        .ha_role = row->ha_role,
                                        .version = row->version,
                                        .dpi_version = row->dpi_version,
                                        .auto_upgrade = row->auto_upgrade,
                                        .online = row->online,
                                        .online_known = row->online_known};
    }
    *ret = known;
    return GW_OK;
}
