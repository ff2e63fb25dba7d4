/*
 * A gateway's boxes into its rows. A box keeps its row; one that the gateway did not have takes the row that it stands for;
 * and only where there is none, it gets a new one. So no gateway ever has three.
 */
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "sync_local.h"

#define NOWHERE SIZE_MAX

/* What is put, and where each of it goes. */
struct put {
    struct gw_sync *sync;
    const struct gw_sync_gateway *gateway;
    const struct gw_sync_found *found;
    bool appeared;
    int64_t now_unix_ms;
    size_t row[GW_SYNC_DEVICES_MAX]; /* of each device; NOWHERE: a new one */
    bool taken[GW_SYNC_DEVICES_MAX]; /* rows */
    struct gw_err *err;
};

/* How well a row suits a box that has none of its own, the best first; 0: not at all. */
static int suits(const struct put *put, size_t device, size_t row)
{
    const struct gw_sync_row *r = &put->found->row[row];

    if (put->taken[row])
        return 0;
    if (r->gone)
        return 1;
    if (r->serial[0] == '\0')
        return 4;
    return r->ha_role[0] && gw_text_equal(r->ha_role, put->gateway->device[device].ha_role) ? 3 : 2;
}

static void match(struct put *put)
{
    for (size_t d = 0; d < put->gateway->n_devices; d++) {
        put->row[d] = NOWHERE;
        for (size_t r = 0; r < put->found->n_rows; r++)
            if (put->gateway->device[d].serial[0] && !put->taken[r] &&
                gw_text_equal(put->found->row[r].serial, put->gateway->device[d].serial)) {
                put->row[d] = r;
                put->taken[r] = true;
            }
    }
    for (size_t d = 0; d < put->gateway->n_devices; d++) {
        int best = 0;

        for (size_t r = 0; r < put->found->n_rows && put->row[d] == NOWHERE; r++)
            if (suits(put, d, r) > best)
                best = suits(put, d, r);
        for (size_t r = 0; r < put->found->n_rows && put->row[d] == NOWHERE; r++)
            if (best > 0 && suits(put, d, r) == best) {
                put->row[d] = r;
                put->taken[r] = true;
            }
    }
}

static enum gw_code note(struct put *put, const char *serial, const char *what, const char *before,
                         const char *after)
{
    return gw_sync_note(put->sync,
                        &(struct gw_change_row){.at_unix_ms = put->now_unix_ms,
                                                .gateway_id = put->gateway->gateway_id,
                                                .serial = serial,
                                                .what = what,
                                                .before = before,
                                                .after = after,
                                                .rollout = ""},
                        put->err);
}

static enum gw_code set_device(struct put *put, const struct gw_sync_row *row, const char *serial,
                               const char *ha_role, const char *version, const char *dpi_version)
{
    sqlite3_stmt *stmt;
    enum gw_code code;

    if (gw_text_equal(row->serial, serial) && gw_text_equal(row->ha_role, ha_role) &&
        gw_text_equal(row->version, version) && gw_text_equal(row->dpi_version, dpi_version))
        return GW_OK;
    code = gw_sync_statement(put->sync, GW_SYNC_SET_DEVICE, &stmt, put->err);
    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, row->id);
    gw_sql_bind_text(stmt, 2, serial);
    gw_sql_bind_text(stmt, 3, ha_role);
    gw_sql_bind_text(stmt, 4, version);
    gw_sql_bind_text(stmt, 5, dpi_version);
    put->sync->wrote = true;
    return gw_sql_run(put->sync->store, stmt, NULL, put->err);
}

/* ---- what is not there any more ---- */

/* It gives up its role, which another may have by now. */
static enum gw_code lose(struct put *put, const struct gw_sync_row *row)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(put->sync, GW_SYNC_GONE_DEVICE, &stmt, put->err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, row->id);
    gw_sql_bind_int(stmt, 2, put->now_unix_ms);
    code = gw_sql_run(put->sync->store, stmt, NULL, put->err);
    if (code == GW_OK)
        code = set_device(put, row, row->serial, "", row->version, row->dpi_version);
    /* Without a serial it would read as if the gateway had gone. */
    if (code == GW_OK && row->serial[0])
        code = note(put, row->serial, "disappeared", "", "");
    return code;
}

struct elsewhere {
    int64_t device;
    struct gw_buf gateway_id;
};

static bool elsewhere_row(void *user, sqlite3_stmt *stmt)
{
    struct elsewhere *elsewhere = user;

    elsewhere->device = sqlite3_column_int64(stmt, 0);
    gw_buf_add_text(&elsewhere->gateway_id, gw_sql_text(stmt, 1));
    return false;
}

/* The row of another gateway that has this serial loses it: a serial is one box, and that is here now. */
static enum gw_code fetch(struct put *put, const char *serial)
{
    struct elsewhere elsewhere = {0};
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(put->sync, GW_SYNC_FIND_SERIAL, &stmt, put->err);

    if (code != GW_OK)
        return code;
    gw_buf_init(&elsewhere.gateway_id, 0);
    gw_sql_bind_text(stmt, 1, serial);
    gw_sql_bind_int(stmt, 2, put->found->id);
    code = gw_sql_each_again(put->sync->store, stmt, elsewhere_row, &elsewhere, put->err);
    if (code == GW_OK && elsewhere.device) {
        code = gw_sync_note(put->sync,
                            &(struct gw_change_row){.at_unix_ms = put->now_unix_ms,
                                                    .gateway_id = gw_buf_text(&elsewhere.gateway_id),
                                                    .serial = serial,
                                                    .what = "serial",
                                                    .before = serial,
                                                    .after = "",
                                                    .rollout = ""},
                            put->err);
        if (code == GW_OK)
            code = gw_sync_statement(put->sync, GW_SYNC_LOSE_SERIAL, &stmt, put->err);
        if (code == GW_OK) {
            gw_sql_bind_int(stmt, 1, elsewhere.device);
            code = gw_sql_run(put->sync->store, stmt, NULL, put->err);
            put->sync->wrote = true;
        }
    }
    gw_buf_release(&elsewhere.gateway_id);
    return code;
}

/* ---- what is there ---- */

static enum gw_code add_row(struct put *put, struct gw_sync_row *ret)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(put->sync, GW_SYNC_ADD_DEVICE, &stmt, put->err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, put->found->id);
    for (int i = 2; i <= 5; i++)
        gw_sql_bind_text(stmt, i, "");
    code = gw_sql_run(put->sync->store, stmt, NULL, put->err);
    put->sync->wrote = true;
    *ret = (struct gw_sync_row){.id = sqlite3_last_insert_rowid(put->sync->store->db),
                                .serial = "",
                                .ha_role = "",
                                .version = "",
                                .dpi_version = "",
                                .cloud_version = "",
                                .cloud_dpi_version = "",
                                .auto_upgrade = ""};
    return code;
}

/* What a row's coming, returning or changing its box is called. */
static enum gw_code note_place(struct put *put, const struct gw_sync_row *row, bool is_new,
                               const char *serial)
{
    if (is_new)
        return put->appeared || serial[0] == '\0' ? GW_OK : note(put, serial, "appeared", "", "");
    /* A row that was read and has no serial has lost it to another gateway; else it was never known. */
    if (!gw_text_equal(row->serial, serial) && (row->serial[0] || row->read_unix_ms))
        return note(put, serial, "serial", row->serial, serial);
    return row->gone && serial[0] ? note(put, serial, "returned", "", "") : GW_OK;
}

static enum gw_code note_facts(struct put *put, const struct gw_sync_row *row, bool other_box,
                               const char *serial, const struct gw_sync_device *device, const char *ha_role)
{
    struct gw_sync_version version = {.device = row->id,
                                      .gateway_id = put->gateway->gateway_id,
                                      .serial = serial,
                                      .listed = row->version,
                                      .told = other_box ? "" : row->cloud_version,
                                      .now = device->version,
                                      .read_unix_ms = row->read_unix_ms};
    enum gw_code code = gw_sync_note_version(put->sync, &version, put->now_unix_ms, put->err);

    version.dpi = true;
    version.listed = row->dpi_version;
    version.told = other_box ? "" : row->cloud_dpi_version;
    version.now = device->dpi_version;
    if (code == GW_OK)
        code = gw_sync_note_version(put->sync, &version, put->now_unix_ms, put->err);
    if (code == GW_OK && !other_box && row->ha_role[0] && ha_role[0] && !gw_text_equal(row->ha_role, ha_role))
        code = note(put, serial, "ha_role", row->ha_role, ha_role);
    if (code == GW_OK && !other_box && row->auto_upgrade[0] && device->auto_upgrade[0] &&
        !gw_text_equal(row->auto_upgrade, device->auto_upgrade))
        code = note(put, serial, "auto_upgrade", row->auto_upgrade, device->auto_upgrade);
    return code;
}

static enum gw_code see_device(struct put *put, const struct gw_sync_row *row, bool other_box,
                               const struct gw_sync_device *device)
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sync_statement(put->sync, GW_SYNC_SEE_DEVICE, &stmt, put->err);

    if (code != GW_OK)
        return code;
    gw_sql_bind_int(stmt, 1, row->id);
    gw_sql_bind_text(stmt, 2, device->version[0] || other_box ? device->version : row->cloud_version);
    gw_sql_bind_text(stmt, 3,
                     device->dpi_version[0] || other_box ? device->dpi_version : row->cloud_dpi_version);
    if (device->online_known)
        gw_sql_bind_int(stmt, 4, device->online);
    else
        gw_sql_bind_null(stmt, 4);
    gw_sql_bind_text(stmt, 5,
                     device->auto_upgrade[0] || other_box ? device->auto_upgrade : row->auto_upgrade);
    gw_sql_bind_int(stmt, 6, put->gateway->read_unix_ms);
    return gw_sql_run(put->sync->store, stmt, NULL, put->err);
}

static enum gw_code put_device(struct put *put, size_t d)
{
    const struct gw_sync_device *device = &put->gateway->device[d];
    bool is_new = put->row[d] == NOWHERE, alone = put->gateway->n_devices == 1, other_box;
    struct gw_sync_row row;
    const char *serial, *ha_role;
    enum gw_code code = GW_OK;

    if (is_new)
        code = add_row(put, &row);
    else
        row = put->found->row[put->row[d]];
    if (code != GW_OK)
        return code;
    serial = device->serial[0] ? device->serial : row.serial;
    ha_role = alone ? "" : device->ha_role[0] ? device->ha_role : row.ha_role;
    other_box = !gw_text_equal(row.serial, serial) && (row.serial[0] || row.read_unix_ms);
    if (!gw_text_equal(row.serial, serial))
        code = fetch(put, serial);
    if (code == GW_OK)
        code = note_place(put, &row, is_new, serial);
    if (code == GW_OK)
        code = note_facts(put, &row, other_box, serial, device, ha_role);
    if (code == GW_OK)
        code = set_device(put, &row, serial, ha_role, device->version[0] ? device->version : row.version,
                          device->dpi_version[0] ? device->dpi_version : row.dpi_version);
    if (code == GW_OK)
        code = see_device(put, &row, other_box, device);
    return code;
}

enum gw_code gw_sync_put_devices(struct gw_sync *sync, const struct gw_sync_gateway *gateway,
                                 const struct gw_sync_found *found, bool appeared, int64_t now_unix_ms,
                                 struct gw_err *err)
{
    struct put put = {.sync = sync,
                      .gateway = gateway,
                      .found = found,
                      .appeared = appeared,
                      .now_unix_ms = now_unix_ms,
                      .err = err};
    enum gw_code code = GW_OK;

    GW_CHECK(gateway->n_devices <= GW_SYNC_DEVICES_MAX);
    match(&put);
    for (size_t r = 0; r < found->n_rows && code == GW_OK; r++)
        if (!put.taken[r] && !found->row[r].gone)
            code = lose(&put, &found->row[r]);
    for (size_t d = 0; d < gateway->n_devices && code == GW_OK; d++)
        code = put_device(&put, d);
    return code;
}
