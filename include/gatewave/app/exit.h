#ifndef GATEWAVE_APP_EXIT_H
#define GATEWAVE_APP_EXIT_H
/* Exit codes are part of the interface: scripts, unit files and metrics branch on them. */
#include "gatewave/base/err.h"

/* The exit code that an error ends the program with. */
int gw_exit_code(enum gw_code code);

#endif
