/*
 * The inventory out of the database into memory: three scans in the order of the tables, a second for a
 * million.
 */
#include <stdio.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"

#include "fleet.h"

struct load {
    struct gw_fleet *fleet;
    struct gw_store *store;
    struct gw_err *err;
    enum gw_code code;
    struct gw_buf text;
    uint32_t tagged; /* the device whose tags are in text; GW_FLEET_NONE: nobody's */
};

/* Columns first .. first + n - 1 as one piece. */
static struct gw_piece take_piece(struct load *load, sqlite3_stmt *stmt, int first, int n)
{
    gw_buf_reset(&load->text);
    for (int column = first; column < first + n; column++) {
        const char *text = gw_sql_text(stmt, column);

        gw_buf_add(&load->text, text, strlen(text) + 1);
    }
    return gw_fleet_keep(load->fleet, load->text.data, load->text.len);
}

static bool gateway_row(void *user, sqlite3_stmt *stmt)
{
    struct load *load = user;
    uint32_t number = gw_fleet_add_gateway(load->fleet, take_piece(load, stmt, 1, GW_GATEWAY_TEXTS));

    load->fleet->gateway[number].id = sqlite3_column_int64(stmt, 0);
    return true;
}

/* Gateways were loaded by id. */
static uint32_t gateway_of_id(const struct gw_fleet *fleet, int64_t id)
{
    uint32_t low = 0, high = fleet->n_gateways;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (fleet->gateway[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < fleet->n_gateways && fleet->gateway[low].id == id ? low : GW_FLEET_NONE;
}

static bool device_row(void *user, sqlite3_stmt *stmt)
{
    struct load *load = user;
    uint32_t gateway = gateway_of_id(load->fleet, sqlite3_column_int64(stmt, 1));
    uint32_t number;

    /* Only an edit by hand can do this; an import on top of it could not tell which device is which. */
    if (gateway == GW_FLEET_NONE || load->fleet->gateway[gateway].n_devices == 2) {
        load->code =
            gw_err_set(load->err, GW_ERR_STORE,
                       "%s: device %lld has no gateway or is its third device; mend the table devices first",
                       load->store->file, (long long)sqlite3_column_int64(stmt, 0));
        return false;
    }
    number = gw_fleet_add_device(load->fleet, gateway, take_piece(load, stmt, 2, GW_DEVICE_TEXTS));
    load->fleet->device[number].id = sqlite3_column_int64(stmt, 0);
    return true;
}

static void keep_tags(struct load *load)
{
    if (load->tagged < load->fleet->n_devices && load->text.len > 0)
        load->fleet->device[load->tagged].tags = gw_fleet_keep(load->fleet, load->text.data, load->text.len);
    gw_buf_reset(&load->text);
}

/* Tags come by device, as the devices did. */
static bool tag_row(void *user, sqlite3_stmt *stmt)
{
    struct load *load = user;
    const struct gw_fleet *fleet = load->fleet;
    int64_t device = sqlite3_column_int64(stmt, 0);

    while (load->tagged < fleet->n_devices && fleet->device[load->tagged].id < device) {
        keep_tags(load);
        load->tagged++;
    }
    if (load->tagged == fleet->n_devices)
        return false;
    for (int column = 1; column <= 2; column++) {
        const char *text = gw_sql_text(stmt, column);

        gw_buf_add(&load->text, text, strlen(text) + 1);
    }
    return true;
}

static enum gw_code scan(struct load *load, const char *sql, bool (*row)(void *user, sqlite3_stmt *stmt))
{
    sqlite3_stmt *stmt;
    enum gw_code code = gw_sql_prepare(load->store, sql, &stmt, load->err);

    if (code == GW_OK)
        code = gw_sql_each(load->store, stmt, row, load, load->err);
    return code == GW_OK ? load->code : code;
}

static enum gw_code load_all(struct load *load, int64_t *ret_generation)
{
    enum gw_code code;

    code = gw_sql_number(load->store, "SELECT generation FROM inventory", ret_generation, load->err);
    if (code == GW_OK)
        code = scan(load,
                    "SELECT id, gateway_id, region, account, model, name, site, timezone, isp"
                    " FROM gateways ORDER BY id",
                    gateway_row);
    if (code == GW_OK)
        code =
            scan(load, "SELECT id, gateway, serial, ha_role, version, dpi_version FROM devices ORDER BY id",
                 device_row);
    gw_buf_reset(&load->text);
    if (code == GW_OK)
        code = scan(load, "SELECT device, name, value FROM tags ORDER BY device, name", tag_row);
    if (code == GW_OK)
        keep_tags(load);
    return code;
}

enum gw_code gw_fleet_load(struct gw_fleet *fleet, struct gw_store *store, int64_t *ret_generation,
                           struct gw_err *err)
{
    struct load load = {.fleet = fleet, .store = store, .err = err};
    int64_t generation;
    enum gw_code code = gw_sql_exec(store, "BEGIN", err);

    if (code != GW_OK)
        return code;
    gw_buf_init(&load.text, 0);
    code = load_all(&load, &generation);
    gw_buf_release(&load.text);
    gw_sql_rollback(store); /* it only read */
    if (code == GW_OK)
        *ret_generation = generation;
    return code;
}
