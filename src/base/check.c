/* What happens when a programmer's error is found: say where, and stop. */
#include "gatewave/base/check.h"

#include <stdio.h>
#include <stdlib.h>

void gw_check_failed(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "gatewave: internal error at %s:%d: %s does not hold\n", file, line, condition);
    abort();
}
