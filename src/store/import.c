/*
 * An import: the database's fleet is read into memory, the file's rows are merged into that, and what
 * differs is written at the end in one short transaction, so that a running rollout waits for the writing
 * only and a refused file costs nothing. Another import in between is noticed by the inventory's
 * generation.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "import.h"

/* The row's column when it is given and not empty, else NULL. */
static const struct gw_value *filled(const struct gw_device_row *row, enum gw_column column)
{
    const struct gw_value *value = &row->column[column];

    return value->given && value->len > 0 ? value : NULL;
}

/* What the tables, the records and the pieces of text can hold; the reader of the file is stricter. */
static bool check_values(const struct gw_device_row *row, char *reason)
{
    static const struct {
        enum gw_column column;
        size_t size;
    } limits[] = {
        {GW_COLUMN_GATEWAY_ID, GW_GATEWAY_ID_MAX},
        {GW_COLUMN_SERIAL, GW_SERIAL_MAX},
        {GW_COLUMN_VERSION, GW_VERSION_MAX},
        {GW_COLUMN_DPI_VERSION, GW_VERSION_MAX},
    };

    if (!filled(row, GW_COLUMN_GATEWAY_ID) || !filled(row, GW_COLUMN_REGION)) {
        (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "gateway_id and region must not be empty");
        return false;
    }
    for (size_t i = 0; i < GW_COUNT_OF(limits); i++) {
        if (row->column[limits[i].column].given && row->column[limits[i].column].len >= limits[i].size) {
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "%s is longer than %zu bytes",
                           gw_column_name(limits[i].column), limits[i].size - 1);
            return false;
        }
    }
    for (int column = GW_COLUMN_GATEWAY_ID; column < GW_COLUMN_TAG; column++) {
        const struct gw_value *value = &row->column[column];

        if (value->given && value->len > GW_IMPORT_FIELD_MAX) {
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "%s is longer than %d bytes",
                           gw_column_name((enum gw_column)column), GW_IMPORT_FIELD_MAX);
            return false;
        }
        if (value->given && value->len > 0 && memchr(value->text, '\0', value->len)) {
            (void)snprintf(reason, GW_IMPORT_REASON_SIZE, "%s has a NUL in it",
                           gw_column_name((enum gw_column)column));
            return false;
        }
    }
    return true;
}

enum gw_code gw_import_begin(struct gw_store *store, struct gw_import **ret, struct gw_err *err)
{
    struct gw_import *import = gw_mem_new(1, sizeof(*import));
    enum gw_code code;

    import->store = store;
    gw_buf_init(&import->text, 0);
    gw_fleet_init(&import->fleet);
    code = gw_fleet_load(&import->fleet, store, &import->generation, err);
    if (code != GW_OK) {
        gw_import_abandon(import);
        return code;
    }
    *ret = import;
    return GW_OK;
}

bool gw_import_put(struct gw_import *import, const struct gw_device_row *row, char reason[160])
{
    uint32_t gateway, device;

    import->rows++;
    if (check_values(row, reason)) {
        gateway = gw_import_gateway(import, row, reason);
        device = gateway == GW_FLEET_NONE ? gateway : gw_import_device(import, gateway, row, reason);
        if (device != GW_FLEET_NONE && gw_import_tags(import, device, row, reason))
            return true;
    }
    import->refused = true;
    return false;
}

/* A pair of which the file names one device only: its role may contradict the other's in the database. */
static enum gw_code check_roles(const struct gw_import *import, struct gw_err *err)
{
    const struct gw_fleet *fleet = &import->fleet;

    for (uint32_t i = 0; i < fleet->n_devices; i++) {
        const struct gw_fleet_device *device = &fleet->device[i];
        uint32_t mate = device->line ? gw_import_same_role(fleet, i) : GW_FLEET_NONE;

        if (mate != GW_FLEET_NONE)
            return gw_err_set(
                err, GW_ERR_INPUT,
                "line %" PRIu64 ": gateway %s would have two %s devices, %s in the file and %s in the "
                "inventory; give both rows; nothing was imported",
                device->line, fleet->gateway[device->gateway].text.text, gw_piece_text(device->text, 1),
                device->text.text, fleet->device[mate].text.text);
    }
    return GW_OK;
}

static struct gw_import_counts count(const struct gw_import *import)
{
    const struct gw_fleet *fleet = &import->fleet;
    struct gw_import_counts counts = {.rows = import->rows};

    for (uint32_t i = 0; i < fleet->n_gateways; i++)
        counts.gateways += fleet->gateway[i].line != 0;
    for (uint32_t i = 0; i < fleet->n_devices; i++) {
        const struct gw_fleet_device *device = &fleet->device[i];

        if (!device->line)
            continue;
        counts.devices++;
        if (!device->id)
            counts.added++;
        else if (device->changed || device->tags_changed || fleet->gateway[device->gateway].changed)
            counts.changed++;
        else
            counts.unchanged++;
    }
    return counts;
}

static enum gw_code write_changes(struct gw_import *import, struct gw_err *err)
{
    struct gw_store *store = import->store;
    int64_t generation;
    enum gw_code code = gw_sql_begin(store, err);

    if (code != GW_OK)
        return code;
    code = gw_sql_number(store, "SELECT generation FROM inventory", &generation, err);
    if (code == GW_OK && generation != import->generation)
        code = gw_err_set(err, GW_ERR_BUSY,
                          "%s: another import, or a sync, changed the inventory meanwhile; nothing was "
                          "imported, run it again",
                          store->file);
    if (code == GW_OK)
        code = gw_fleet_write(&import->fleet, store, err);
    if (code == GW_OK)
        code = gw_sql_commit(store, err);
    if (code != GW_OK)
        gw_sql_rollback(store);
    return code;
}

enum gw_code gw_import_commit(struct gw_import *import, struct gw_import_counts *ret, struct gw_err *err)
{
    struct gw_import_counts counts = count(import);
    enum gw_code code = GW_OK;

    if (import->refused)
        code = gw_err_set(err, GW_ERR_INPUT, "rows were refused; nothing was imported");
    if (code == GW_OK)
        code = check_roles(import, err);
    if (code == GW_OK && counts.added + counts.changed > 0)
        code = write_changes(import, err);
    gw_import_abandon(import);
    if (code == GW_OK)
        *ret = counts;
    return code;
}

void gw_import_abandon(struct gw_import *import)
{
    if (!import)
        return;
    gw_fleet_release(&import->fleet);
    gw_buf_release(&import->text);
    free(import->tags);
    free(import);
}
