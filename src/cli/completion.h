#ifndef GATEWAVE_SRC_CLI_COMPLETION_H
#define GATEWAVE_SRC_CLI_COMPLETION_H
/* Completion for shells. */
#include "gatewave/base/buf.h"

#include "command.h"

/* A completion script; false for a shell that nobody has written one for. */
bool gw_completion_write(struct gw_buf *buf, const struct gw_command_table *table, const char *shell);

#endif
