#ifndef GATEWAVE_SRC_APP_WHOLE_H
#define GATEWAVE_SRC_APP_WHOLE_H
/* Files that are read and written whole: a million devices are a hundred megabytes. */
#include <stdbool.h>
#include <sys/types.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"

/* All of a file, "-" for the standard input, to a buffer whose ceiling is the most that is taken. */
enum gw_code gw_whole_read(const char *file, struct gw_buf *ret, struct gw_err *err);
/*
 * All of text to a file with that mode, whatever the umask, or the file stays as it was: written beside it, synced unless
 * it is soon to be written anew, renamed. GW_ERR_STORE names the file.
 */
enum gw_code gw_whole_write(const char *file, const struct gw_buf *text, mode_t mode, bool sync,
                            struct gw_err *err);

#endif
