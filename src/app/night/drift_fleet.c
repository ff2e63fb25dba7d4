/* The fleet and its past into memory, each table of the database walked once. */
#include "drift-local.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/core/manners.h"
#include "gatewave/core/select.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/night.h"

/* ---- the inventory ---- */

static struct gw_drift_node *gw_drift_fleet_node(struct gw_drift_fleet *fleet, const struct gw_device *device)
{
    const char *gateway_id = device->column[GW_COLUMN_GATEWAY_ID], *site = device->column[GW_COLUMN_SITE];
    struct gw_drift_node *node;

    /* The devices of a gateway follow each other. */
    if (fleet->n > 0 && gw_text_equal(fleet->node[fleet->n - 1].gateway_id, gateway_id))
        return &fleet->node[fleet->n - 1];
    if (fleet->n == fleet->size) {
        fleet->size = fleet->size ? 2 * fleet->size : 256;
        fleet->node = gw_mem_resize(fleet->node, fleet->size, sizeof(*fleet->node));
    }
    node = &fleet->node[fleet->n++];
    *node = (struct gw_drift_node){.gateway_id = gw_mem_dup(gateway_id),
                                   .site = site[0] ? gw_names_add(&fleet->site, site) : GW_NO_NAME};
    return node;
}

static bool gw_drift_fleet_device(void *user, const struct gw_device *device)
{
    struct gw_drift_node *node;
    uint32_t i;

    if (device->gone_unix_ms)
        return true;
    node = gw_drift_fleet_node(user, device);
    i = node->n_devices;
    if (i == GW_DRIFT_DEVICES_MAX) /* no import and no sync makes a third */
        return true;
    node->n_devices++;
    node->device[i] = device->id;
    node->dark = node->dark || (device->online_known && !device->online);
    (void)gw_text_copy(node->version[0][i], GW_VERSION_MAX, device->column[GW_COLUMN_VERSION]);
    (void)gw_text_copy(node->version[1][i], GW_VERSION_MAX, device->column[GW_COLUMN_DPI_VERSION]);
    return true;
}

static enum gw_code gw_drift_fleet_devices(struct gw_drift_fleet *fleet, struct gw_store *store,
                                           struct gw_err *err)
{
    struct gw_select *all = gw_mem_new(1, sizeof(*all));
    struct gw_select_error wrong;
    enum gw_code code;

    GW_CHECK(gw_select_parse("all", all, &wrong));
    code = gw_devices_each(store, all, gw_drift_fleet_device, fleet, err);
    free(all);
    return code;
}

static int gw_drift_fleet_compare(const void *key, const void *item)
{
    return strcmp(key, ((const struct gw_drift_node *)item)->gateway_id);
}

struct gw_drift_node *gw_drift_fleet_find(const struct gw_drift_fleet *fleet, const char *gateway_id)
{
    return fleet->n ? bsearch(gateway_id, fleet->node, fleet->n, sizeof(*fleet->node), gw_drift_fleet_compare)
                    : NULL;
}

/* ---- the past ---- */

/* The longest hold of a gateway comes first. */
static bool gw_drift_fleet_hold(void *user, const struct gw_hold_row *row)
{
    struct gw_drift_node *node = gw_drift_fleet_find(user, row->gateway_id);
    char until[GW_WHEN_TEXT_SIZE];
    struct gw_buf text;

    if (!node || node->held)
        return true;
    gw_when_text(row->until_unix_ms, until);
    gw_buf_init(&text, 0);
    gw_buf_addf(&text, "by %s until %s: %s", row->by, until, row->reason);
    node->held = gw_mem_dup(gw_buf_text(&text));
    gw_buf_release(&text);
    return true;
}

static bool gw_drift_fleet_unsettled(void *user, const char *gateway_id, int64_t device, const char *rollout)
{
    struct gw_drift_node *node = gw_drift_fleet_find(user, gateway_id);

    /* A device has one such call at most. */
    for (uint32_t i = 0; node && i < GW_DRIFT_DEVICES_MAX; i++)
        if (!node->call[i].rollout) {
            node->call[i] = (struct gw_drift_call){gw_mem_dup(rollout), device};
            break;
        }
    return true;
}

/* A site whose gateways have all left it restarts nobody. */
static bool gw_drift_fleet_restart(void *user, const char *site, const char *gateway_id, uint32_t n)
{
    struct gw_drift_fleet *fleet = user;
    struct gw_drift_node *node = gw_drift_fleet_find(fleet, gateway_id);
    uint32_t number = gw_names_find(&fleet->site, site);

    if (site[0] == '\0' && node)
        node->restarts += n;
    else if (site[0] && number != GW_NO_NAME)
        fleet->site_restarts[number] += n;
    return true;
}

uint32_t *gw_drift_fleet_restarts(struct gw_drift_fleet *fleet, struct gw_drift_node *node)
{
    return node->site == GW_NO_NAME ? &node->restarts : &fleet->site_restarts[node->site];
}

enum gw_code gw_drift_fleet_load(struct gw_drift_fleet *fleet, struct gw_store *store, int64_t now_unix_ms,
                                 struct gw_err *err)
{
    int64_t month = now_unix_ms - (int64_t)GW_MANNERS_MONTH_MS;
    enum gw_code code;

    *fleet = (struct gw_drift_fleet){.n = 0};
    code = gw_drift_fleet_devices(fleet, store, err);
    fleet->site_restarts = gw_mem_new(fleet->site.n, sizeof(*fleet->site_restarts));
    if (code == GW_OK)
        code = gw_holds_each(store, now_unix_ms, gw_drift_fleet_hold, fleet, err);
    if (code == GW_OK)
        code = gw_unsettled_each(store, gw_drift_fleet_unsettled, fleet, err);
    if (code == GW_OK)
        code = gw_restarts_each(store, month, gw_drift_fleet_restart, fleet, err);
    return code;
}

void gw_drift_fleet_release(struct gw_drift_fleet *fleet)
{
    for (size_t i = 0; i < fleet->n; i++) {
        free(fleet->node[i].gateway_id);
        free(fleet->node[i].held);
        for (uint32_t d = 0; d < GW_DRIFT_DEVICES_MAX; d++)
            free(fleet->node[i].call[d].rollout);
    }
    free(fleet->node);
    free(fleet->site_restarts);
    gw_names_release(&fleet->site);
    *fleet = (struct gw_drift_fleet){.n = 0};
}
