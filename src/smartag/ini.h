#ifndef GATEWAVE_SRC_SMARTAG_INI_H
#define GATEWAVE_SRC_SMARTAG_INI_H
/*
 * The one section that is wanted of a credentials file. Lines are [section], key = value, # or ; comments;
 * values may stand in quotes; a comment may follow a value behind a blank.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/base/secret.h"

struct gw_ini_section {
    bool found;
    char type[64];
    char key_id[256];
    struct gw_secret key_secret; /* to be released */
};

struct gw_ini_error {
    size_t line;
    const char *why; /* and what to do; static */
};

/* True also when there is no such section; on failure there is nothing to release. Unknown keys are passed
 * over. */
bool gw_ini_read(const char *bytes, size_t len, const char *name, struct gw_ini_section *ret,
                 struct gw_ini_error *ret_error);

#endif
