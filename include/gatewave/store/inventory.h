#ifndef GATEWAVE_STORE_INVENTORY_H
#define GATEWAVE_STORE_INVENTORY_H
/*
 * Gateways and their devices. A device is named by gateway_id and serial; a gateway has one device, or two
 * when it is an HA pair. Facts of the gateway (region, account, model, name, site, timezone, isp) must agree
 * between the rows of a pair; serial, ha_role, version, dpi_version and tags are the device's own.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/answer.h"
#include "gatewave/core/select.h"
#include "gatewave/store/store.h"

/* len bytes at text; given == false keeps what the database has. */
struct gw_value {
    const char *text;
    size_t len;
    bool given;
};

struct gw_tag_value {
    struct gw_value name, value; /* an empty value removes the tag */
};

struct gw_device_row {
    struct gw_value column[GW_COLUMN_TAG]; /* by enum gw_column */
    const struct gw_tag_value *tag;
    size_t n_tags;
    uint64_t line; /* for messages about conflicts between rows */
};

struct gw_import_counts {
    uint64_t rows, gateways, devices, added, changed, unchanged; /* gateways and devices: as in the file */
};

struct gw_import;

/*
 * An import is one transaction: all or nothing. put() returns false and fills reason (naming the other line)
 * when the row contradicts an earlier one: the same device twice (also when it differs only in case or
 * blanks), a serial under two gateways, a third device, two rows without serial for one gateway, facts of the
 * gateway that differ, two active or two standby devices. After the first refusal it only checks. A row with
 * serial for a gateway whose one known device has none, or the other way round, is that device; an empty cell
 * never takes a serial away. Rows are merged in memory: the database is written, and locked, by commit only.
 */
enum gw_code gw_import_begin(struct gw_store *store, struct gw_import **ret, struct gw_err *err);
bool gw_import_put(struct gw_import *import, const struct gw_device_row *row, char reason[160]);
/*
 * GW_ERR_INPUT when a row was refused, or when the file gives one device of a pair the role that the other has
 * in the inventory; GW_ERR_BUSY when another import came in between. Nothing was changed then. Frees import
 * either way.
 */
enum gw_code gw_import_commit(struct gw_import *import, struct gw_import_counts *ret, struct gw_err *err);
void gw_import_abandon(struct gw_import *import);

/* One device as stored. Text is valid until the next step. */
struct gw_device {
    int64_t id;
    const char *column[GW_COLUMN_TAG]; /* by enum gw_column; never NULL */
    size_t n_tags;
    const char *const *tag_name;
    const char *const *tag_value;
    /* As a sync saw it. */
    const char *auto_upgrade;  /* the vendor's own policy: manual, scheduled, boot; "": not known */
    bool online, online_known; /* when it was last read */
    int64_t
        gone_unix_ms; /* since when it, or its gateway, is not there any more; 0: it is, or nobody has looked */
};

/*
 * Calls each() for the devices that a selection holds, ordered by gateway_id, active before standby, serial.
 */
enum gw_code gw_devices_each(struct gw_store *store, const struct gw_select *select,
                             bool (*each)(void *user, const struct gw_device *device), void *user,
                             struct gw_err *err);
/* Whether anything of the inventory is gone. */
enum gw_code gw_devices_any_gone(struct gw_store *store, bool *ret, struct gw_err *err);
enum gw_code gw_devices_count(struct gw_store *store, const struct gw_select *select, uint64_t *ret_devices,
                              uint64_t *ret_gateways, struct gw_err *err);
/* One gateway, which need not have a device: an instance of software has none. Text is valid during the call. */
struct gw_gateway {
    const char *gateway_id, *region, *account, *model, *name, *site, *timezone, *isp;
    const char *status, *ha_mode;                     /* as a sync saw them; "": not known */
    int64_t seen_unix_ms, read_unix_ms, gone_unix_ms; /* 0: never; never; it is there */
};

/* Calls each() once, or not at all when the inventory does not have the gateway. */
enum gw_code gw_gateway_find(struct gw_store *store, const char *gateway_id,
                             void (*each)(void *user, const struct gw_gateway *gateway), void *user,
                             struct gw_err *err);
/* All tag names in the inventory, sorted, to *ret (free each and the array): the columns of an export. */
enum gw_code gw_tag_names(struct gw_store *store, char ***ret, size_t *ret_n, struct gw_err *err);

#endif
