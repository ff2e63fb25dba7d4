/*
 * What a night finds before it calls anybody: who drifted, whose policy is gone, and what a person should hear of besides.
 */
#include <stdlib.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/when.h"
#include "gatewave/store/night.h"

#include "clock.h"
#include "reconcile-local.h"

struct gw_drift_request gw_reconcile_asks(const struct gw_reconcile *reconcile)
{
    return (struct gw_drift_request){.policies = reconcile->policies,
                                     .again = reconcile->request->again,
                                     .n_again = reconcile->request->n_again,
                                     .missing = &reconcile->missing,
                                     .now_unix_ms = gw_clock_unix_ms()};
}

/* ---- notes ---- */

static void gw_reconcile_add_note(struct gw_reconcile *reconcile, const char *what, const char *gateway_id,
                                  const char *version, const struct gw_buf *reason)
{
    reconcile->note = gw_mem_resize(reconcile->note, reconcile->n_notes + 1, sizeof(*reconcile->note));
    reconcile->note[reconcile->n_notes++] =
        (struct gw_reconcile_note){.gateway_id = gw_mem_dup(gateway_id),
                                   .version = gw_mem_dup(version),
                                   .reason = gw_mem_dup(gw_buf_text(reason)),
                                   .what = what};
}

static bool gw_reconcile_note_late(void *user, const struct gw_late_row *row)
{
    char when[GW_WHEN_TEXT_SIZE];
    struct gw_buf reason;

    gw_when_text(row->upgraded_unix_ms, when);
    gw_buf_init(&reason, 0);
    gw_buf_addf(&reason, "%s is offline; rollout %s brought it the version at %s", row->serial, row->rollout,
                when);
    gw_reconcile_add_note(user, "late", row->gateway_id, row->version, &reason);
    gw_buf_release(&reason);
    return true;
}

static bool gw_reconcile_note_self(void *user, const char *gateway_id, const char *serial,
                                   const char *auto_upgrade)
{
    struct gw_buf reason;

    gw_buf_init(&reason, 0);
    gw_buf_addf(&reason, "%s upgrades by itself (%s): set its own policy to manual", serial, auto_upgrade);
    gw_reconcile_add_note(user, "self_upgrading", gateway_id, "", &reason);
    gw_buf_release(&reason);
    return true;
}

static enum gw_code gw_reconcile_note(struct gw_reconcile *reconcile, struct gw_err *err)
{
    struct gw_store *store = reconcile->session->store;
    int64_t since = gw_clock_unix_ms() - (int64_t)reconcile->policies->manners.late_ms;
    enum gw_code code = gw_late_each(store, since, gw_reconcile_note_late, reconcile, err);

    return code == GW_OK ? gw_self_upgrades_each(store, gw_reconcile_note_self, reconcile, err) : code;
}

void gw_reconcile_forget_notes(struct gw_reconcile *reconcile)
{
    for (size_t i = 0; i < reconcile->n_notes; i++) {
        free(reconcile->note[i].gateway_id);
        free(reconcile->note[i].version);
        free(reconcile->note[i].reason);
    }
    free(reconcile->note);
    reconcile->note = NULL;
    reconcile->n_notes = 0;
}

/* ---- all of it ---- */

enum gw_code gw_reconcile_find(struct gw_reconcile *reconcile, struct gw_err *err)
{
    const struct gw_drift_request request = gw_reconcile_asks(reconcile);
    enum gw_code code = gw_drift_find(reconcile->session->store, &request, &reconcile->drift, err);

    if (code == GW_OK)
        code = gw_reconcile_find_gone(reconcile, err);
    return code == GW_OK ? gw_reconcile_note(reconcile, err) : code;
}
