#ifndef GATEWAVE_SRC_SMARTAG_STS_H
#define GATEWAVE_SRC_SMARTAG_STS_H
/*
 * What is asked of STS 2015-04-01: AssumeRole, signed with HMAC-SHA1, and AssumeRoleWithOIDC, which its token signs.
 * There is no way to ask for anything else.
 */
#include "gatewave/base/secret.h"
#include "gatewave/smartag/endpoint.h"
#include "gatewave/smartag/keyplan.h"
#include "gatewave/smartag/obtain.h"

#define GW_STS_ASSUME      "AssumeRole"
#define GW_STS_ASSUME_OIDC "AssumeRoleWithOIDC"
#define GW_STS_VERSION     "2015-04-01"

/* Where a role is asked for; the plan was checked, so that only the site's own endpoint can be wrong. */
enum gw_code gw_sts_endpoint(const struct gw_key_role *role, const struct gw_obtain_site *site,
                             struct gw_endpoint *ret, struct gw_err *err);
/* The form; nonce is 32 hex digits. */
enum gw_code gw_sts_assume(const struct gw_credential *by, const struct gw_key_role *role,
                           int64_t now_unix_ms, const char *nonce, struct gw_secret *ret, struct gw_err *err);
void gw_sts_assume_oidc(const struct gw_keyplan *plan, const struct gw_secret *token, int64_t now_unix_ms,
                        struct gw_secret *ret);

#endif
