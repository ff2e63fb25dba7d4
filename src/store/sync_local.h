#ifndef GATEWAVE_SRC_STORE_SYNC_LOCAL_H
#define GATEWAVE_SRC_STORE_SYNC_LOCAL_H
/* What the files of a sync share: its statements, what they find of a gateway, and the rows that they write of changes. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/store/sync.h"
#include "sql.h"

enum gw_sync_sql {
    GW_SYNC_BEGIN = 0,
    GW_SYNC_FIND_GATEWAY,
    GW_SYNC_FIND_DEVICES,
    GW_SYNC_FIND_SERIAL,
    GW_SYNC_ADD_GATEWAY,
    GW_SYNC_SET_GATEWAY,
    GW_SYNC_SEE_GATEWAY,
    GW_SYNC_ADD_DEVICE,
    GW_SYNC_SET_DEVICE,
    GW_SYNC_LOSE_SERIAL,
    GW_SYNC_SEE_DEVICE,
    GW_SYNC_GONE_DEVICE,
    GW_SYNC_CHANGE,
    GW_SYNC_OURS,
    GW_SYNC_BUMP,
    GW_SYNC_STATEMENTS,
};

struct gw_sync {
    struct gw_store *store;
    int64_t id;
    sqlite3_stmt *statement[GW_SYNC_STATEMENTS];
    struct gw_buf text; /* of what was found last */
    bool wrote;         /* in this transaction, something that an import reads too */
};

/* The statement, prepared once and reset. */
enum gw_code gw_sync_statement(struct gw_sync *sync, enum gw_sync_sql which, sqlite3_stmt **ret,
                               struct gw_err *err);

/* A device's row. Text is the sync's. */
struct gw_sync_row {
    int64_t id;
    const char *serial, *ha_role, *version, *dpi_version;
    const char *cloud_version, *cloud_dpi_version, *auto_upgrade; /* as a sync told them last */
    bool gone, online, online_known;
    int64_t read_unix_ms; /* 0: never */
};

struct gw_sync_found {
    int64_t id; /* 0: the inventory does not have it */
    const char *region, *account, *model, *name, *status, *ha_mode;
    bool gone;
    int64_t read_sync;
    size_t n_rows;
    struct gw_sync_row row[GW_SYNC_DEVICES_MAX];
};

/* Valid until the next gateway is looked for. */
enum gw_code gw_sync_find(struct gw_sync *sync, const char *gateway_id, struct gw_sync_found *ret,
                          struct gw_err *err);

/* One gateway, inside the caller's transaction. */
enum gw_code gw_sync_put_one(struct gw_sync *sync, const struct gw_sync_gateway *gateway, int64_t now_unix_ms,
                             struct gw_err *err);
/* Its devices, when they are told one by one. appeared: the gateway is new, and that is all there is to say of it. */
enum gw_code gw_sync_put_devices(struct gw_sync *sync, const struct gw_sync_gateway *gateway,
                                 const struct gw_sync_found *found, bool appeared, int64_t now_unix_ms,
                                 struct gw_err *err);

enum gw_code gw_sync_note(struct gw_sync *sync, const struct gw_change_row *row, struct gw_err *err);

/* A device's version: what the inventory had, what a sync was told last ("": of this box, nothing), and what it is now. */
struct gw_sync_version {
    int64_t device;
    bool dpi;
    const char *gateway_id, *serial, *listed, *told, *now;
    int64_t read_unix_ms; /* when it was told last; 0: never */
};

/* Writes who changed it, if it has changed. */
enum gw_code gw_sync_note_version(struct gw_sync *sync, const struct gw_sync_version *version,
                                  int64_t now_unix_ms, struct gw_err *err);

#endif
