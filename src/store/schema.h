#ifndef GATEWAVE_SRC_STORE_SCHEMA_H
#define GATEWAVE_SRC_STORE_SCHEMA_H
/* Whose database it is, and of which version. */
#include "sql.h"

/* "gwav", at byte 68 of the file. */
#define GW_SCHEMA_APPLICATION_ID 0x67776176

/*
 * Refuses a foreign or a newer database. In mode READ an older one too; in the others it is brought up to
 * date, and an empty file gets the whole schema when mode is CREATE. Nothing is written to what is refused.
 * *ret_changed: the file was written, so that its directory entry must be synced.
 */
enum gw_code gw_schema_ready(struct gw_store *store, bool *ret_changed, struct gw_err *err);

#endif
