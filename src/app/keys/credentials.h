#ifndef GATEWAVE_SRC_APP_KEYS_CREDENTIALS_H
#define GATEWAVE_SRC_APP_KEYS_CREDENTIALS_H
/*
 * Where a key comes from. The first of these that is there:
 *
 *   1. $CREDENTIALS_DIRECTORY, as systemd's LoadCredential= fills it: config.json, or credentials, both as the vendor
 *      writes them, or access_key_id and access_key_secret, and security_token with a temporary key
 *   2. ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET, and ALIBABA_CLOUD_SECURITY_TOKEN with a temporary key
 *   3. ALIBABA_CLOUD_ROLE_ARN, _OIDC_PROVIDER_ARN and _OIDC_TOKEN_FILE, all three
 *   4. ALIBABA_CLOUD_CONFIG_FILE or ~/.aliyun/config.json, unless ALIBABA_CLOUD_CLI_PROFILE_DISABLED
 *   5. ALIBABA_CLOUD_CREDENTIALS_FILE or ~/.alibabacloud/credentials
 *   6. the metadata service of an ECS instance, unless ALIBABA_CLOUD_ECS_METADATA_DISABLED; its role may be named by
 *      ALIBABA_CLOUD_ECS_METADATA
 *   7. ALIBABA_CLOUD_CREDENTIALS_URI
 *
 * Whether the metadata service is there is known once it was asked; of all others one that is there and no good is an
 * error, for the next one would act under another name. A profile that was asked for by name is looked for in files
 * only (1, 4 and 5). Key files must be the user's own (or root's) and closed to everybody else.
 */
#include "gatewave/app/keys.h"
#include "gatewave/base/err.h"
#include "gatewave/smartag/keyplan.h"
#include "gatewave/smartag/obtain.h"

#define GW_CHAIN_MAX 2

/* What to try, in turn: more than one plan only where the first is the metadata service. */
struct gw_key_chain {
    size_t n;
    struct gw_keyplan plan[GW_CHAIN_MAX];
    bool unasked; /* nobody has set one up by name: it is the metadata service alone, if there is one */
};

void gw_key_chain_release(struct gw_key_chain *chain);

/*
 * profile NULL or "": none was asked for, and then the environment's secrets are moved to
 * `taken`, where the next one finds them.
 * GW_ERR_CREDENTIALS when there is nothing to try.
 */
enum gw_code gw_credentials_find(struct gw_taken *taken, const char *profile, struct gw_key_chain *ret,
                                 struct gw_err *err);
/* What the environment says of STS and of the metadata service; texts are the environment's. */
void gw_credentials_site(struct gw_obtain_site *ret);
/*
 * The environment for a program that is to print a key: this one's, without its secrets. The array is the caller's to
 * free, the texts are the environment's.
 */
const char **gw_credentials_environment(void);

/* How one gets credentials, when there are none at all. */
#define GW_NO_CREDENTIALS                                                                             \
    "no credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or make a " \
    "profile in ~/.aliyun/config.json (aliyun configure)"

#endif
