#ifndef GATEWAVE_STORE_STORE_H
#define GATEWAVE_STORE_STORE_H
/*
 * The database: one SQLite file, one handle a connection. A handle belongs to one thread at a time. Every
 * error is GW_ERR_STORE with the file's name and the remedy, unless a function says otherwise.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/err.h"

struct gw_store;

enum gw_store_mode {
    GW_STORE_READ = 1, /* viewers: read-only, query_only; never creates, never migrates */
    GW_STORE_WRITE,    /* must exist; brings the schema up to date */
    GW_STORE_CREATE, /* creates it when it is missing (under synchronous=EXTRA, then the directory synced) */
};

/*
 * Refuses: a file that is no database, another application's, a schema newer than this program (named, with
 * both numbers), one in which something else than the migrations made or changed a table, an index or a trigger of ours
 * (what people add beside these is theirs), a directory that cannot be written, an unknown network filesystem. Never
 * recreates anything.
 */
enum gw_code gw_store_open(const char *file, enum gw_store_mode mode, struct gw_store **ret,
                           struct gw_err *err);
void gw_store_close(struct gw_store *store);
const char *gw_store_file(const struct gw_store *store);
/*
 * For whoever finds that rows do not agree with each other, which no program wrote so: always GW_ERR_STORE, saying what
 * is wrong and what to do about a damaged database.
 */
enum gw_code gw_store_damaged(const struct gw_store *store, const char *wrong, struct gw_err *err);
int gw_store_schema_version(void);

#endif
