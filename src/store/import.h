#ifndef GATEWAVE_SRC_STORE_IMPORT_H
#define GATEWAVE_SRC_STORE_IMPORT_H
/* Merging an inventory file's rows into the fleet that was read from the database. */
#include "gatewave/base/buf.h"
#include "gatewave/store/inventory.h"

#include "fleet.h"

#define GW_IMPORT_REASON_SIZE 160
#define GW_IMPORT_FIELD_MAX   4096           /* bytes of one column, and of a tag's name and value */
#define GW_IMPORT_TAGS_MAX    (256u * 1024u) /* bytes of one device's tags, names and values and a NUL each */

struct gw_import {
    struct gw_store *store;
    struct gw_fleet fleet;
    int64_t generation; /* of the inventory that was loaded */
    uint64_t rows;
    bool refused;
    struct gw_buf text;               /* the piece being made */
    const struct gw_tag_value **tags; /* the row's, sorted */
    size_t tags_size;
};

/*
 * The row's gateway with the row's facts, and its device with what is its own. GW_FLEET_NONE or false when
 * the row is refused; reason then says why.
 */
uint32_t gw_import_gateway(struct gw_import *import, const struct gw_device_row *row, char *reason);
uint32_t gw_import_device(struct gw_import *import, uint32_t gateway, const struct gw_device_row *row,
                          char *reason);
bool gw_import_tags(struct gw_import *import, uint32_t device, const struct gw_device_row *row, char *reason);

/* The other device of the pair when it has the same role, else GW_FLEET_NONE. */
uint32_t gw_import_same_role(const struct gw_fleet *fleet, uint32_t device);

/* Where a device or gateway was met: "on line 7" or "in the inventory". */
struct gw_import_place {
    char text[40];
};
struct gw_import_place gw_import_place(uint64_t line);

bool gw_value_is(const struct gw_value *value, const char *text);
/* The value where it is given, else the old text (NULL: ""), and a NUL. */
void gw_value_add(struct gw_buf *buf, const struct gw_value *value, const char *old);

#endif
