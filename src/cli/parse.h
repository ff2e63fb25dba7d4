#ifndef GATEWAVE_SRC_CLI_PARSE_H
#define GATEWAVE_SRC_CLI_PARSE_H
/* From argv to an invocation. */
#include "invocation.h"

/*
 * argv to a command of the table with its options and arguments; with --help or --version they need not be complete.
 * GW_ERR_USAGE with the nearest known word, or with the command's usage line. To be released in any case.
 */
enum gw_code gw_invocation_parse(struct gw_invocation *inv, const struct gw_command_table *table, int argc,
                                 char *const *argv, struct gw_err *err);

#endif
