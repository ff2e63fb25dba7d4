/*
 * The differences between the fleet in memory and the database, inside the import's transaction. Into an
 * empty inventory the rows go first and the indexes are built after: a million keys sorted once instead of
 * a million descents into a tree.
 */
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"

#include "fleet.h"

struct write {
    struct gw_fleet *fleet;
    struct gw_store *store;
    struct gw_err *err;
    int64_t last_gateway, last_device; /* the highest ids so far */
};

/* A statement with an id as ?1 and the texts of a piece from parameter `first` on. */
struct row_statement {
    sqlite3_stmt *stmt;
    int first;
    int n;
    const char *bound[GW_GATEWAY_TEXTS]; /* what each text's parameter is bound to */
};

static enum gw_code prepare(struct write *write, struct row_statement *row, const char *sql)
{
    return gw_sql_prepare(write->store, sql, &row->stmt, write->err);
}

/*
 * From one row to the next most texts stay what they are (region, model, version), and binding costs more
 * than looking. The texts live as long as the fleet.
 */
static enum gw_code run(struct write *write, struct row_statement *row, int64_t id, struct gw_piece piece)
{
    const char *text = piece.text;

    gw_sql_bind_int(row->stmt, 1, id);
    for (int i = 0; i < row->n; i++) {
        size_t len = strlen(text);

        if (!row->bound[i] || strcmp(row->bound[i], text) != 0) {
            GW_CHECK(sqlite3_bind_text(row->stmt, row->first + i, text, (int)len, SQLITE_STATIC) ==
                     SQLITE_OK);
            row->bound[i] = text;
        }
        text += len + 1;
    }
    return gw_sql_run(write->store, row->stmt, NULL, write->err);
}

static enum gw_code write_gateways(struct write *write)
{
    struct gw_fleet *fleet = write->fleet;
    struct row_statement insert = {.first = 2, .n = GW_GATEWAY_TEXTS}, update = insert;
    enum gw_code code;

    code = prepare(write, &insert,
                   "INSERT INTO gateways (id, gateway_id, region, account, model, name, site, timezone, isp)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    if (code == GW_OK)
        code =
            prepare(write, &update,
                    "UPDATE gateways SET gateway_id = ?2, region = ?3, account = ?4, model = ?5, name = ?6,"
                    " site = ?7, timezone = ?8, isp = ?9 WHERE id = ?1");
    for (uint32_t i = 0; i < fleet->n_gateways && code == GW_OK; i++) {
        struct gw_fleet_gateway *gateway = &fleet->gateway[i];

        if (!gateway->id) {
            gateway->id = ++write->last_gateway;
            code = run(write, &insert, gateway->id, gateway->text);
        } else if (gateway->changed) {
            code = run(write, &update, gateway->id, gateway->text);
        }
    }
    sqlite3_finalize(insert.stmt);
    sqlite3_finalize(update.stmt);
    return code;
}

static enum gw_code write_devices(struct write *write)
{
    struct gw_fleet *fleet = write->fleet;
    struct row_statement insert = {.first = 3, .n = GW_DEVICE_TEXTS}, update = insert;
    enum gw_code code;

    code = prepare(write, &insert,
                   "INSERT INTO devices (id, gateway, serial, ha_role, version, dpi_version)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    if (code == GW_OK)
        code = prepare(
            write, &update,
            "UPDATE devices SET serial = ?3, ha_role = ?4, version = ?5, dpi_version = ?6 WHERE id = ?1");
    for (uint32_t i = 0; i < fleet->n_devices && code == GW_OK; i++) {
        struct gw_fleet_device *device = &fleet->device[i];

        if (!device->id) {
            device->id = ++write->last_device;
            gw_sql_bind_int(insert.stmt, 2, fleet->gateway[device->gateway].id);
            code = run(write, &insert, device->id, device->text);
        } else if (device->changed) {
            code = run(write, &update, device->id, device->text);
        }
    }
    sqlite3_finalize(insert.stmt);
    sqlite3_finalize(update.stmt);
    return code;
}

static enum gw_code write_tags_of(struct write *write, const struct gw_fleet_device *device,
                                  sqlite3_stmt *clear, sqlite3_stmt *insert)
{
    const char *text = device->tags.text;
    enum gw_code code;

    gw_sql_bind_int(clear, 1, device->id);
    code = gw_sql_run(write->store, clear, NULL, write->err);
    while (code == GW_OK && text < device->tags.text + device->tags.len) {
        const char *value = text + strlen(text) + 1;

        gw_sql_bind_int(insert, 1, device->id);
        gw_sql_bind_text(insert, 2, text);
        gw_sql_bind_text(insert, 3, value);
        code = gw_sql_run(write->store, insert, NULL, write->err);
        text = value + strlen(value) + 1;
    }
    return code;
}

static enum gw_code write_tags(struct write *write)
{
    const struct gw_fleet *fleet = write->fleet;
    sqlite3_stmt *clear = NULL, *insert = NULL;
    enum gw_code code;

    code = gw_sql_prepare(write->store, "DELETE FROM tags WHERE device = ?1", &clear, write->err);
    if (code == GW_OK)
        code = gw_sql_prepare(write->store, "INSERT INTO tags (device, name, value) VALUES (?1, ?2, ?3)",
                              &insert, write->err);
    for (uint32_t i = 0; i < fleet->n_devices && code == GW_OK; i++)
        if (fleet->device[i].tags_changed)
            code = write_tags_of(write, &fleet->device[i], clear, insert);
    sqlite3_finalize(clear);
    sqlite3_finalize(insert);
    return code;
}

/*
 * Takes the indexes of the two big tables away and returns, in create, the statements that bring them back.
 */
static bool index_row(void *user, sqlite3_stmt *stmt)
{
    struct gw_buf *sql = user; /* [0]: drops, [1]: creates */

    gw_buf_addf(&sql[0], "DROP INDEX %s;", gw_sql_text(stmt, 0));
    gw_buf_addf(&sql[1], "%s;", gw_sql_text(stmt, 1));
    return true;
}

static enum gw_code write_rows(struct write *write)
{
    enum gw_code code = write_gateways(write);

    if (code == GW_OK)
        code = write_devices(write);
    return code;
}

static enum gw_code write_rows_then_indexes(struct write *write)
{
    struct gw_buf sql[2];
    sqlite3_stmt *stmt;
    enum gw_code code;

    code = gw_sql_prepare(write->store,
                          "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
                          " AND tbl_name IN ('gateways', 'devices')",
                          &stmt, write->err);
    if (code != GW_OK)
        return code;
    gw_buf_init(&sql[0], 0);
    gw_buf_init(&sql[1], 0);
    code = gw_sql_each(write->store, stmt, index_row, sql, write->err);
    if (code == GW_OK)
        code = gw_sql_exec(write->store, gw_buf_text(&sql[0]), write->err);
    if (code == GW_OK)
        code = write_rows(write);
    if (code == GW_OK)
        code = gw_sql_exec(write->store, gw_buf_text(&sql[1]), write->err);
    gw_buf_release(&sql[0]);
    gw_buf_release(&sql[1]);
    return code;
}

enum gw_code gw_fleet_write(struct gw_fleet *fleet, struct gw_store *store, struct gw_err *err)
{
    struct write write = {.fleet = fleet, .store = store, .err = err};
    enum gw_code code;

    code = gw_sql_number(store, "SELECT max(id) FROM gateways", &write.last_gateway, err);
    if (code == GW_OK)
        code = gw_sql_number(store, "SELECT max(id) FROM devices", &write.last_device, err);
    if (code == GW_OK)
        code = write.last_gateway == 0 ? write_rows_then_indexes(&write) : write_rows(&write);
    if (code == GW_OK)
        code = write_tags(&write);
    if (code == GW_OK)
        code = gw_sql_exec(store, "UPDATE inventory SET generation = generation + 1", err);
    return code;
}
