/* Taking over and giving back are the same work over two lists: who upgrades by itself and goes tonight, and who was taken
 * over and is not as it was. */
#include "takeover.h"

#include <stdio.h>

#include "gatewave/base/names.h"
#include "gatewave/base/text.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/night.h"

#include "changes.h"

/* ---- taking over ---- */

struct gw_takeover_found {
    struct gw_changes *changes;
    struct gw_names tonight; /* gateways that are to be upgraded */
    struct gw_names taken;   /* "gateway serial": already, by a night that was killed */
    const char *gateway_id, *serial;
    enum gw_code code;
    struct gw_err *err;
};

static void gw_takeover_tonight(struct gw_takeover_found *found)
{
    const struct gw_reconcile *reconcile = found->changes->reconcile;

    for (size_t i = 0; i < reconcile->drift.n; i++) {
        const struct gw_drift_gateway *gateway = &reconcile->drift.gateway[i];

        if (gateway->stance == GW_STANCE_DRIFTED && !reconcile->policies->policy[gateway->policy].dpi)
            (void)gw_names_add(&found->tonight, gateway->gateway_id);
    }
}

/* A serial has no blank. */
static void gw_takeover_key(const char *gateway_id, const char *serial, char *ret, size_t size)
{
    (void)snprintf(ret, size, "%s %s", gateway_id, serial);
}

static bool gw_takeover_taken(void *user, const struct gw_takeover_row *row)
{
    struct gw_takeover_found *found = user;
    char key[GW_GATEWAY_ID_MAX + GW_SERIAL_MAX];

    gw_takeover_key(row->gateway_id, row->serial, key, sizeof(key));
    if (!row->dpi)
        (void)gw_names_add(&found->taken, key);
    return true;
}

static void gw_takeover_gateway(void *user, const struct gw_gateway *gateway)
{
    struct gw_takeover_found *found = user;

    (void)gw_changes_add(found->changes, found->gateway_id, found->serial, gateway->account, gateway->region);
}

static bool gw_takeover_find(void *user, const char *gateway_id, const char *serial, const char *auto_upgrade)
{
    struct gw_takeover_found *found = user;
    char key[GW_GATEWAY_ID_MAX + GW_SERIAL_MAX];

    (void)auto_upgrade;
    gw_takeover_key(gateway_id, serial, key, sizeof(key));
    if (gw_names_find(&found->tonight, gateway_id) == GW_NO_NAME ||
        gw_names_find(&found->taken, key) != GW_NO_NAME)
        return true;
    found->gateway_id = gateway_id;
    found->serial = serial;
    found->code = gw_gateway_find(found->changes->reconcile->session->store, gateway_id, gw_takeover_gateway,
                                  found, found->err);
    return found->code == GW_OK;
}

enum gw_code gw_takeover_begin(struct gw_reconcile *reconcile, struct gw_err *err)
{
    struct gw_session *session = reconcile->session;
    struct gw_changes changes = {.reconcile = reconcile, .what = "taking over", .may_wait = true};
    struct gw_takeover_found found = {.changes = &changes, .err = err};
    enum gw_code code = gw_session_open(session, GW_STORE_WRITE, err);

    gw_takeover_tonight(&found);
    if (code == GW_OK)
        code = gw_takeovers_each(session->store, gw_takeover_taken, &found, err);
    if (code == GW_OK)
        code = gw_self_upgrades_each(session->store, gw_takeover_find, &found, err);
    if (code == GW_OK)
        code = found.code;
    if (code == GW_OK && changes.n > 0)
        code = gw_changes_run(&changes, err);
    gw_session_close(session);
    if (code == GW_OK)
        gw_changes_say(&changes, "upgraded by themselves; taken over until the night ends",
                       "that upgrade by themselves could not be taken over");
    gw_names_release(&found.tonight);
    gw_names_release(&found.taken);
    gw_changes_release(&changes);
    return code;
}

/* ---- giving back ---- */

static bool gw_takeover_return(void *user, const struct gw_takeover_row *row)
{
    struct gw_change *change = gw_changes_add(user, row->gateway_id, row->serial, row->account, row->region);

    change->id = row->id;
    change->dpi = row->dpi;
    (void)gw_text_copy(change->set.type, sizeof(change->set.type), row->upgrade_type);
    (void)gw_text_copy(change->set.cron, sizeof(change->set.cron), row->cron);
    (void)gw_text_copy(change->set.zone, sizeof(change->set.zone), row->time_zone);
    change->set.duration_min = row->duration_min;
    return true;
}

enum gw_code gw_takeover_end(struct gw_reconcile *reconcile, struct gw_err *err)
{
    struct gw_session *session = reconcile->session;
    struct gw_changes changes = {.reconcile = reconcile, .what = "giving back"};
    enum gw_code code = gw_session_open(session, GW_STORE_WRITE, err);

    if (code == GW_OK)
        code = gw_takeovers_each(session->store, gw_takeover_return, &changes, err);
    if (code == GW_OK && changes.n > 0)
        code = gw_changes_run(&changes, err);
    gw_session_close(session);
    if (code == GW_OK)
        gw_changes_say(&changes, "upgrade by themselves again, as before the night",
                       "could not be given back, and are the next night's to give back");
    gw_changes_release(&changes);
    return code;
}
