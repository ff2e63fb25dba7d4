#ifndef GATEWAVE_SMARTAG_PROFILE_H
#define GATEWAVE_SMARTAG_PROFILE_H
/*
 * The vendor's credential files, parsed from bytes into plans (opening them, with the checks of owner and mode, is the
 * shell's). No text of a file gets into an error but the names of profiles and modes.
 */
#include "gatewave/smartag/keyplan.h"

/*
 * ~/.aliyun/config.json: profile NULL or "" means the file's `current`. All modes (in any case) that need no person;
 * another mode is GW_ERR_CREDENTIALS with its name and what to use instead, as are roles that loop. file is for
 * messages only.
 */
enum gw_code gw_profile_parse_cli(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_keyplan *ret, struct gw_err *err);
/* ~/.alibabacloud/credentials: profile NULL or "" means `default`; types access_key, ram_role_arn, ecs_ram_role. */
enum gw_code gw_profile_parse_ini(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_keyplan *ret, struct gw_err *err);

#endif
