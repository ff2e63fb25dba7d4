#ifndef GATEWAVE_SRC_APP_SIGNERS_H
#define GATEWAVE_SRC_APP_SIGNERS_H
/* What signs for each account. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/conf/spec.h"
#include "gatewave/smartag/request.h"

struct gw_signers;

/* profile: the command line's, NULL when it was not said. */
struct gw_signers *gw_signers_new(const struct gw_config *config, const char *profile);
void gw_signers_free(struct gw_signers *signers);
/* GW_ERR_CREDENTIALS when the account has no key. */
enum gw_code gw_signers_obtain(struct gw_signers *signers, const char *account, struct gw_err *err);
/* NULL while the account has none. */
struct gw_signer *gw_signers_signer(struct gw_signers *signers, const char *account,
                                    uint32_t *ret_generation);
/* The cloud refused the key of that generation. True when there is another one to be had. */
bool gw_signers_refused(struct gw_signers *signers, const char *account, uint32_t generation);

#endif
