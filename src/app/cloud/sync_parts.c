/* Which accounts in which regions a sync looks at. What cannot be looked at is a part too, with its problem. */
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "sync_local.h"

static bool gw_sync_is_asked(const char *const *asked, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (gw_text_equal(asked[i], name))
            return true;
    return n == 0;
}

static enum gw_code gw_sync_check_accounts(const struct gw_syncing *syncing, struct gw_err *err)
{
    const struct gw_config *config = &syncing->session->config;
    const struct gw_sync_request *request = syncing->request;
    struct gw_buf known;
    enum gw_code code = GW_OK;

    gw_buf_init(&known, 0);
    for (size_t i = 0; i < config->n_accounts; i++)
        gw_buf_addf(&known, "%s%s", i ? ", " : "", config->account[i].name);
    for (size_t i = 0; i < request->n_accounts && code == GW_OK; i++) {
        bool found = false;

        for (size_t a = 0; a < config->n_accounts; a++)
            found |= gw_text_equal(config->account[a].name, request->account[i]);
        if (!found)
            code = gw_err_set(err, GW_ERR_INPUT, "account %s: not in the configuration, which has %s",
                              request->account[i], known.len ? gw_buf_text(&known) : "no `accounts`");
    }
    gw_buf_release(&known);
    return code;
}

/* by_name: somebody asked for this region; else it is one of all, and left out where it has no endpoint. */
static void gw_sync_add_part(struct gw_syncing *syncing, const char *account, const char *region,
                             bool by_name)
{
    const struct gw_config *config = &syncing->session->config;
    const struct gw_region *row = gw_region_find(region);
    struct gw_sync_part part = {.account = account, .region = region};
    struct gw_err err = {0};
    enum gw_code code =
        gw_endpoint_resolve(region, config->cloud.endpoint, config->cloud.vpc, &part.endpoint, &err);

    if (code == GW_OK && row && row->closed)
        code = gw_err_set(&err, GW_ERR_INPUT, "region %s: closed by the vendor", region);
    if (code != GW_OK && !by_name)
        return;
    for (uint32_t i = 0; i < syncing->n_parts; i++)
        if (gw_text_equal(syncing->part[i].account, account) &&
            gw_text_equal(syncing->part[i].region, region))
            return;
    if (code != GW_OK) {
        part.exit_code = GW_EXIT_INPUT;
        (void)gw_text_copy(part.problem, sizeof(part.problem), err.text);
    }
    syncing->part = gw_mem_resize(syncing->part, syncing->n_parts + 1, sizeof(*syncing->part));
    syncing->part[syncing->n_parts++] = part;
}

static void gw_sync_add_account(struct gw_syncing *syncing, const char *account,
                                const struct gw_region_list *own)
{
    const struct gw_sync_request *request = syncing->request;

    for (size_t i = 0; i < request->n_regions; i++)
        gw_sync_add_part(syncing, account, request->region[i], true);
    for (size_t i = 0; request->n_regions == 0 && own && i < own->n; i++)
        gw_sync_add_part(syncing, account, own->name[i], true);
    for (size_t i = 0; request->n_regions == 0 && (!own || own->n == 0) && gw_region_at(i); i++)
        if (!gw_region_at(i)->closed)
            gw_sync_add_part(syncing, account, gw_region_at(i)->region, false);
}

enum gw_code gw_sync_plan(struct gw_syncing *syncing, struct gw_err *err)
{
    const struct gw_config *config = &syncing->session->config;
    const struct gw_sync_request *request = syncing->request;
    enum gw_code code = gw_sync_check_accounts(syncing, err);

    if (code != GW_OK)
        return code;
    for (size_t i = 0; i < config->n_accounts; i++)
        if (gw_sync_is_asked(request->account, request->n_accounts, config->account[i].name))
            gw_sync_add_account(syncing, config->account[i].name, &config->account[i].region);
    if (config->n_accounts == 0)
        gw_sync_add_account(syncing, "", NULL);
    for (uint32_t i = 0; i < syncing->n_parts; i++) {
        syncing->part[i].syncing = syncing;
        gw_sync_part_init(&syncing->part[i]);
    }
    return GW_OK;
}

void gw_sync_scope(const struct gw_syncing *syncing, struct gw_buf *ret)
{
    gw_buf_add_text(ret, syncing->request->quick ? "quick:" : "all:");
    for (uint32_t i = 0; i < syncing->n_parts; i++)
        gw_buf_addf(ret, " %s/%s", syncing->part[i].account, syncing->part[i].region);
}
