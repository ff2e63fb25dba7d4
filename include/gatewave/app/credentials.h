#ifndef GATEWAVE_APP_CREDENTIALS_H
#define GATEWAVE_APP_CREDENTIALS_H
/*
 * Where the key comes from: the environment (ALIBABA_CLOUD_ACCESS_KEY_ID, _SECRET, _SECURITY_TOKEN), then
 * ~/.aliyun/config.json, then ~/.alibabacloud/credentials. A profile that was asked for by name skips the
 * environment. Key files must be the user's own (or root's) and closed to everybody else.
 */
#include "gatewave/base/err.h"
#include "gatewave/smartag/profile.h"

/* profile NULL or "": none was asked for. The environment's copy of the secrets is wiped after it was read. */
enum gw_code gw_credentials_find(const char *profile, struct gw_credential *ret, struct gw_err *err);

#endif
