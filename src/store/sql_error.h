#ifndef GATEWAVE_SRC_STORE_SQL_ERROR_H
#define GATEWAVE_SRC_STORE_SQL_ERROR_H
/* The one place where SQLite's codes become errors of the house; gw_store_damaged() is made beside it. */
#include "gatewave/base/err.h"
#include "gatewave/store/store.h"

/*
 * What SQLite's answer rc means for the user, with the remedy. Always an error; marks the store where it
 * must.
 */
enum gw_code gw_sql_error(struct gw_store *store, int rc, struct gw_err *err);

#endif
