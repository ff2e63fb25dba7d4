/*
 * What SQL lacks: the fleet's hash for the dispatch order, versions compared as versions, globs of the
 * selection language. Pure and only for our own statements (DIRECTONLY): no schema can call them.
 */
#include "sql.h"

#include "gatewave/base/check.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"
#include "gatewave/core/version.h"

static const char *argument(sqlite3_value *value)
{
    const char *text = (const char *)sqlite3_value_text(value);

    return text ? text : "";
}

/* gw_hash(text, seed) */
static void sql_hash(sqlite3_context *context, int n, sqlite3_value **value)
{
    const char *text = argument(value[0]);
    uint64_t seed = (uint64_t)sqlite3_value_int64(value[1]);

    GW_CHECK(n == 2);
    sqlite3_result_int64(context, (int64_t)gw_hash(text, (uint64_t)sqlite3_value_bytes(value[0]), seed));
}

/* gw_glob(pattern, text) */
static void sql_glob(sqlite3_context *context, int n, sqlite3_value **value)
{
    GW_CHECK(n == 2);
    sqlite3_result_int(context, gw_text_glob(argument(value[0]), argument(value[1])));
}

/* gw_version_compare(a, b) */
static void sql_version_compare(sqlite3_context *context, int n, sqlite3_value **value)
{
    GW_CHECK(n == 2);
    sqlite3_result_int(context, gw_version_compare(argument(value[0]), argument(value[1])));
}

void gw_function_register(sqlite3 *db)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

    GW_CHECK(sqlite3_create_function(db, "gw_hash", 2, flags, NULL, sql_hash, NULL, NULL) == SQLITE_OK);
    GW_CHECK(sqlite3_create_function(db, "gw_glob", 2, flags, NULL, sql_glob, NULL, NULL) == SQLITE_OK);
    GW_CHECK(sqlite3_create_function(db, "gw_version_compare", 2, flags, NULL, sql_version_compare, NULL,
                                     NULL) == SQLITE_OK);
}
