#ifndef GATEWAVE_SRC_APP_KEYS_ACCOUNTS_H
#define GATEWAVE_SRC_APP_KEYS_ACCOUNTS_H
/* The accounts of a rollout's gateways. */
#include "gatewave/app/keys.h"
#include "gatewave/store/rollout.h"

/*
 * Obtains the key of every account that has a gateway in the rollout. GW_ERR_INPUT for one that the configuration's
 * `accounts` does not have: which, how many gateways, what to write.
 */
enum gw_code gw_accounts_obtain(struct gw_store *store, const struct gw_rollout_row *row,
                                const struct gw_config *config, struct gw_keys *keys, struct gw_err *err);

#endif
