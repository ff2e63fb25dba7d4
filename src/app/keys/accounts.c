/* Accounts: who signs for whom is clear, and every key is there, before a rollout touches anything. */
#include "accounts.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/names.h"
#include "gatewave/base/text.h"

#define NAME_SHOWN 100

struct gw_accounts {
    struct gw_names name;
    uint32_t *gateways; /* by name's number */
    char gateway_id[GW_GATEWAY_ID_MAX];
};

static bool gw_accounts_count(void *user, const struct gw_target_row *row)
{
    struct gw_accounts *accounts = user;
    uint32_t before = accounts->name.n, number = gw_names_add(&accounts->name, row->account);

    if (number == before) {
        accounts->gateways = gw_mem_resize(accounts->gateways, before + 1, sizeof(*accounts->gateways));
        accounts->gateways[number] = 0;
    }
    /* The devices of a pair stand next to each other in dispatch order. */
    if (!gw_text_equal(accounts->gateway_id, row->gateway_id))
        accounts->gateways[number]++;
    (void)gw_text_copy(accounts->gateway_id, sizeof(accounts->gateway_id), row->gateway_id);
    return true;
}

static bool gw_accounts_has(const struct gw_config *config, const char *name)
{
    for (size_t i = 0; i < config->n_accounts; i++)
        if (gw_text_equal(config->account[i].name, name))
            return true;
    return false;
}

static enum gw_code gw_accounts_check(const struct gw_accounts *accounts, const struct gw_config *config,
                                      struct gw_err *err)
{
    for (uint32_t i = 0; i < accounts->name.n; i++) {
        const char *name = accounts->name.name[i];
        char shown[NAME_SHOWN];

        if (gw_accounts_has(config, name))
            continue;
        gw_text_escape(shown, sizeof(shown), name, strlen(name));
        return gw_err_set(
            err, GW_ERR_INPUT,
            "account %s has %u gateway%s in this rollout, and `accounts` of %s does not name it: add "
            "- {name: %s, profile: PROFILE} there, or mend the inventory's `account`",
            shown, accounts->gateways[i], accounts->gateways[i] == 1 ? "" : "s",
            *config->file ? config->file : "gatewave.yaml", shown);
    }
    return GW_OK;
}

enum gw_code gw_accounts_obtain(struct gw_store *store, const struct gw_rollout_row *row,
                                const struct gw_config *config, struct gw_keys *keys, struct gw_err *err)
{
    struct gw_accounts accounts = {0};
    enum gw_code code;

    if (config->n_accounts == 0)
        return gw_keys_obtain(keys, NULL, err);
    code = gw_targets_each(store, row->id, false, gw_accounts_count, &accounts, err);
    if (code == GW_OK)
        code = gw_accounts_check(&accounts, config, err);
    for (uint32_t i = 0; i < accounts.name.n && code == GW_OK; i++)
        gw_keys_begin(keys, accounts.name.name[i]);
    for (uint32_t i = 0; i < accounts.name.n && code == GW_OK; i++)
        code = gw_keys_obtain(keys, accounts.name.name[i], err);
    gw_names_release(&accounts.name);
    free(accounts.gateways);
    return code;
}
