#ifndef GATEWAVE_APP_EXIT_H
#define GATEWAVE_APP_EXIT_H
/* Exit codes are part of the interface: scripts, unit files and metrics branch on them. */
#include "gatewave/base/err.h"
#include "gatewave/core/answer.h"

enum gw_exit {
    GW_EXIT_OK = 0,       /* all as desired */
    GW_EXIT_PARTLY = 1,   /* finished, and some devices or parts of the cloud are not as desired */
    GW_EXIT_USAGE = 2,    /* the command line */
    GW_EXIT_INPUT = 3,    /* configuration, input, or no such thing */
    GW_EXIT_STORE = 4,    /* database or disk */
    GW_EXIT_BUSY = 5,     /* another process has it */
    GW_EXIT_STOPPED = 6,  /* by a gate or an abort */
    GW_EXIT_KEYS = 7,     /* credentials, signing or the clock */
    GW_EXIT_WAITS = 8,    /* for a person's word */
    GW_EXIT_WINDOW = 9,   /* it closed with work left */
    GW_EXIT_BROKEN = 70,  /* an error of the program's own */
    GW_EXIT_SIGNAL = 128, /* and the signal's number, after an orderly end */
};

/* The exit code that an error ends the program with. */
int gw_exit_code(enum gw_code code);
/* ... and a refusal of this class by the cloud. */
int gw_exit_of_class(enum gw_class class_);
/* The graver of two exit codes that rollouts and nights end with; a signal's is graver than any. */
int gw_exit_graver(int a, int b);

#endif
