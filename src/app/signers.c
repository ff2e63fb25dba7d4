/* One signer for each account, made when it is first asked for. */
#include "signers.h"

#include <stdlib.h>

#include "gatewave/app/credentials.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

struct gw_signers {
    const struct gw_config *config;
    const char *profile;
    struct gw_signer *signer[GW_ACCOUNTS_MAX];
};

struct gw_signers *gw_signers_new(const struct gw_config *config, const char *profile)
{
    struct gw_signers *signers = gw_mem_new(1, sizeof(*signers));

    signers->config = config;
    signers->profile = profile;
    return signers;
}

void gw_signers_free(struct gw_signers *signers)
{
    if (!signers)
        return;
    for (size_t i = 0; i < GW_ACCOUNTS_MAX; i++)
        gw_signer_free(signers->signer[i]);
    free(signers);
}

/* Without accounts every name is the one account. */
static size_t gw_signers_number(const struct gw_signers *signers, const char *account)
{
    for (size_t i = 0; i < signers->config->n_accounts; i++)
        if (gw_text_equal(signers->config->account[i].name, account))
            return i;
    return 0;
}

enum gw_code gw_signers_obtain(struct gw_signers *signers, const char *account, struct gw_err *err)
{
    const struct gw_config *config = signers->config;
    size_t number = gw_signers_number(signers, account);
    const char *profile = config->n_accounts ? config->account[number].profile
                          : signers->profile ? signers->profile
                                             : config->profile;
    struct gw_credential credential = {0};
    enum gw_code code;

    if (signers->signer[number])
        return GW_OK;
    code = gw_credentials_find(profile, &credential, err);
    if (code == GW_OK) {
        signers->signer[number] =
            gw_signer_new(config->cloud.v1 ? GW_SCHEME_V1 : GW_SCHEME_V3,
                          config->cloud.xml ? GW_FORMAT_XML : GW_FORMAT_JSON, credential.key_id,
                          &credential.key_secret, &credential.token, err);
        code = signers->signer[number] ? GW_OK : err->code;
    }
    gw_credential_release(&credential);
    return code;
}

struct gw_signer *gw_signers_signer(struct gw_signers *signers, const char *account, uint32_t *ret_generation)
{
    *ret_generation = 1;
    return signers->signer[gw_signers_number(signers, account)];
}

bool gw_signers_refused(struct gw_signers *signers, const char *account, uint32_t generation)
{
    (void)signers;
    (void)account;
    (void)generation;
    return false;
}
