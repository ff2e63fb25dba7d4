#ifndef GATEWAVE_SRC_SMARTAG_INI_H
#define GATEWAVE_SRC_SMARTAG_INI_H
/*
 * The one section that is wanted of a credentials file. Lines are [section], key = value, # or ; comments;
 * values may stand in quotes; a comment may follow a value behind a blank.
 */
#include <stdbool.h>
#include <stddef.h>

#include "gatewave/base/secret.h"

enum gw_ini_key {
    GW_INI_TYPE,
    GW_INI_KEY_ID,
    GW_INI_KEY_SECRET,
    GW_INI_ROLE_ARN,
    GW_INI_SESSION,
    GW_INI_POLICY,
    GW_INI_ROLE_NAME,
    GW_INI_COUNT,
};

struct gw_ini_section {
    bool found;
    struct gw_secret value[GW_INI_COUNT]; /* unset where the key is not there */
};

void gw_ini_release(struct gw_ini_section *section);

struct gw_ini_error {
    size_t line;
    const char *why; /* and what to do; static */
};

/* True also when there is no such section; on failure there is nothing to release. Unknown keys are passed
 * over. */
bool gw_ini_read(const char *bytes, size_t len, const char *name, struct gw_ini_section *ret,
                 struct gw_ini_error *ret_error);

#endif
