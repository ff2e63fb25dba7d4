#ifndef GATEWAVE_SRC_CLI_COMMANDS_H
#define GATEWAVE_SRC_CLI_COMMANDS_H
/* The one table of the program. */
#include "command.h"

extern const struct gw_command_table gw_commands;

#endif
