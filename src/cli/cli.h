#ifndef GATEWAVE_SRC_CLI_CLI_H
#define GATEWAVE_SRC_CLI_CLI_H

/* The whole program: parses, runs, reports the error once; returns the exit code. */
int gw_cli_run(int argc, char *const *argv);

#endif
