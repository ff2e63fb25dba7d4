/* Error texts: set once where the error is met, prefixed on the way up, always cut to fit. */
#include "gatewave/base/err.h"

#include <stdio.h>
#include <string.h>

enum gw_code gw_err_set(struct gw_err *err, enum gw_code code, const char *format, ...)
{
    va_list args;

    if (!err)
        return code;
    err->code = code;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    return code;
}

enum gw_code gw_err_prefix(struct gw_err *err, const char *format, ...)
{
    char prefixed[GW_ERR_TEXT_MAX];
    size_t room = sizeof(prefixed), at;
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(prefixed, room, format, args);
    va_end(args);
    at = len < 0 ? 0 : (size_t)len < room ? (size_t)len : room - 1;
    (void)snprintf(prefixed + at, room - at, ": %s", err->text);
    memcpy(err->text, prefixed, sizeof(err->text));
    return err->code;
}
