#ifndef GATEWAVE_SRC_APP_KEYS_KEY_FILE_H
#define GATEWAVE_SRC_APP_KEYS_KEY_FILE_H
/* Files that hold secrets: who may own them, and who may read them. */
#include "gatewave/base/err.h"
#include "gatewave/base/secret.h"

enum gw_key_file {
    GW_KEY_FILE_OWN,    /* the user's (or root's), closed to everybody else, and no symbolic link */
    GW_KEY_FILE_SYSTEM, /* from $CREDENTIALS_DIRECTORY: systemd's, who may let the unit's group read it */
    GW_KEY_FILE_TOKEN, /* a token that somebody else keeps fresh, as Kubernetes does: links and other readers are theirs */
};

/*
 * The whole file. GW_ERR_NOT_FOUND when it is not there, GW_ERR_CREDENTIALS when it may not be used; the text begins
 * with the file's name.
 */
enum gw_code gw_key_file_read(const char *file, enum gw_key_file kind, struct gw_secret *ret,
                              struct gw_err *err);

#endif
