#ifndef GATEWAVE_SRC_APP_WHOLE_H
#define GATEWAVE_SRC_APP_WHOLE_H
/* Files that are read whole: a million devices are a hundred megabytes. */
#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"

/* All of a file, "-" for the standard input, to a buffer whose ceiling is the most that is taken. */
enum gw_code gw_whole_read(const char *file, struct gw_buf *ret, struct gw_err *err);

#endif
