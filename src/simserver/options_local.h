#ifndef GATEWAVE_SRC_SIMSERVER_OPTIONS_LOCAL_H
#define GATEWAVE_SRC_SIMSERVER_OPTIONS_LOCAL_H
/* The table of options, for the parser and the help text. */
#include <stddef.h>
#include <stdint.h>

#include "options.h"

enum gw_option_kind {
    GW_OPTION_TEXT = 1,
    GW_OPTION_COUNT, /* a whole number, from least to most */
    GW_OPTION_SHARE,
    GW_OPTION_RATE,
    GW_OPTION_LIST,
    GW_OPTION_FLAG,
    GW_OPTION_DURATION,
    GW_OPTION_OFFSET, /* a duration, perhaps negative */
    GW_OPTION_RANGE,  /* 300-900, milliseconds */
    GW_OPTION_KEY,
    GW_OPTION_ROLE,
    GW_OPTION_OIDC,
    GW_OPTION_METADATA_ROLE,
    GW_OPTION_CONTAINER,
    GW_OPTION_BRICK_MODEL, /* sag-1000:60% */
};

struct gw_option {
    const char *name, *takes;
    enum gw_option_kind kind;
    size_t place;
    uint64_t least, most;
    const char *help;
};

/* Ends with one that has no name. */
extern const struct gw_option gw_option_table[];

#endif
