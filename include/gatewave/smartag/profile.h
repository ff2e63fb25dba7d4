#ifndef GATEWAVE_SMARTAG_PROFILE_H
#define GATEWAVE_SMARTAG_PROFILE_H
/*
 * The vendor's credential files, parsed from bytes (opening them, with the checks of owner and mode, is the
 * shell's). A credential never leaves its secrets in an error text.
 */
#include "gatewave/base/err.h"
#include "gatewave/base/secret.h"

struct gw_credential {
    char key_id[128];
    struct gw_secret key_secret;
    struct gw_secret token; /* unset without STS */
};

void gw_credential_release(struct gw_credential *credential);

/*
 * ~/.aliyun/config.json: profile NULL or "" means the file's `current`. Modes AK and StsToken (any case);
 * another mode is GW_ERR_CREDENTIALS with the mode's name. file is for messages only.
 */
enum gw_code gw_profile_parse_cli(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_credential *ret, struct gw_err *err);
/* ~/.alibabacloud/credentials: profile NULL or "" means `default`; type access_key. */
enum gw_code gw_profile_parse_ini(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_credential *ret, struct gw_err *err);

#endif
