#ifndef GATEWAVE_SRC_CLI_USAGE_H
#define GATEWAVE_SRC_CLI_USAGE_H
/* What is said of commands. */
#include "gatewave/base/buf.h"

#include "command.h"

/* "gatewave inventory import FILE" */
void gw_usage_line(struct gw_buf *buf, const struct gw_command *command);
/* The whole manual of one command. */
void gw_usage_command(struct gw_buf *buf, const struct gw_command_table *table,
                      const struct gw_command *command);
/* What the program is, its commands (those of a group when group is not NULL), global options, exit codes. */
void gw_usage_program(struct gw_buf *buf, const struct gw_command_table *table, const char *group);
void gw_version_write(struct gw_buf *buf);

#endif
