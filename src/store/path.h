#ifndef GATEWAVE_SRC_STORE_PATH_H
#define GATEWAVE_SRC_STORE_PATH_H
/* Where the database lies, and whether SQLite may be trusted there. */
#include <stdbool.h>

#include "gatewave/base/err.h"
#include "gatewave/store/store.h"

/*
 * The file's real path in *ret (free it). CREATE makes a missing file, empty, mode 0600. Refuses what is no
 * regular file, has two names, lies on a network file system, and, unless mode is READ, what cannot be
 * written.
 */
enum gw_code gw_path_ready(const char *file, enum gw_store_mode mode, char **ret, struct gw_err *err);
/* Makes the directory entry of the file durable. */
enum gw_code gw_path_sync_directory(const char *path, struct gw_err *err);
/* The name of a network file system by its statfs number, NULL for any other. */
const char *gw_path_network_name(unsigned long type);

#endif
