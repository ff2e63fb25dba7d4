#ifndef GATEWAVE_APP_INVENTORY_H
#define GATEWAVE_APP_INVENTORY_H
/* The `inventory` commands over an open session. */
#include "gatewave/app/session.h"
#include "gatewave/base/err.h"

#define GW_INVENTORY_FILE_MAX ((size_t)2 << 30)

/*
 * Imports a CSV or JSON lines file, "-" for stdin, in one transaction: all of it, or nothing and every
 * problem as file:line:column in session->problems. Prints the counts.
 */
enum gw_code gw_inventory_import(struct gw_session *session, const char *file, struct gw_err *err);
/* select is an expression; NULL: all devices. */
enum gw_code gw_inventory_list(struct gw_session *session, const char *select, struct gw_err *err);
/* Every fact of one gateway's devices. GW_ERR_NOT_FOUND when the inventory does not have it. */
enum gw_code gw_inventory_show(struct gw_session *session, const char *gateway_id, struct gw_err *err);
/* Says which rollout has seen more of the devices since they were imported or synced; nothing when there is none. */
enum gw_code gw_inventory_say_since(struct gw_session *session, struct gw_err *err);
/* Every column, in a form that import reads back: CSV (the default) or JSON lines. */
enum gw_code gw_inventory_export(struct gw_session *session, const char *select, struct gw_err *err);

#endif
