/* Foreseeing: the same words as the core's, from what the database says of a rollout and its waves. */
#include "foresee.h"

#include "gatewave/base/names.h"
#include "gatewave/base/text.h"
#include "gatewave/core/record.h"
#include "gatewave/store/control.h"
#include "gatewave/store/rollout.h"

#include "rollout/ordered.h"

/* The wave that waits for a person, if one does. */
struct gw_foresee_waits {
    char wave[GW_WAVE_NAME_SIZE];
    enum gw_verdict verdict;
};

static bool gw_foresee_wave(void *user, const struct gw_wave_row *row)
{
    struct gw_foresee_waits *waits = user;

    if (row->phase != GW_PHASE_WAITING)
        return true;
    (void)gw_text_copy(waits->wave, sizeof(waits->wave), row->name);
    waits->verdict = row->verdict;
    return false;
}

static bool gw_foresee_order(void *user, const struct gw_order_row *row)
{
    bool *any = user;

    (void)row;
    *any = true;
    return false;
}

/* What the rollout would answer as it stands in the database; NONE: it depends on what only its machine knows. */
static enum gw_answer_word gw_foresee_word(enum gw_order_kind kind, const char *wave, enum gw_phase phase,
                                           const struct gw_foresee_waits *waits)
{
    bool gate = waits->verdict == GW_VERDICT_ABORT, paused = phase == GW_PHASE_PAUSED;

    if (phase == GW_PHASE_ABORTING)
        return GW_SAID_IS_ABORTED;
    switch (kind) {
    case GW_ORDER_PAUSE:
        return paused ? GW_SAID_IS_PAUSED : GW_SAID_NOTHING;
    case GW_ORDER_RESUME:
        if (paused || gate)
            return GW_SAID_NOTHING;
        return waits->wave[0] ? GW_SAID_WAITS : GW_SAID_GOES;
    case GW_ORDER_APPROVE:
        if (gate)
            return GW_SAID_BY_GATE;
        return waits->wave[0] && (!wave || gw_text_equal(wave, waits->wave)) ? GW_SAID_NOTHING
                                                                             : GW_SAID_WAITS_NOT;
    default:
        return GW_SAID_NOTHING;
    }
}

enum gw_code gw_foresee(struct gw_store *store, const struct gw_rollout_row *row, enum gw_order_kind kind,
                        const char *wave, struct gw_err *err)
{
    struct gw_foresee_waits waits = {0};
    struct gw_order_answer said = {0};
    struct gw_names names = {0};
    char sentence[GW_REASON_MAX];
    bool ordered = false, held = true;
    enum gw_code code = gw_orders_each(store, row->id, true, gw_foresee_order, &ordered, err);

    if (code == GW_OK)
        code = gw_waves_each(store, row->id, gw_foresee_wave, &waits, err);
    /* Another order is about to change where it stands. */
    if (code != GW_OK || ordered)
        return code;
    said.word = gw_foresee_word(kind, wave, row->phase, &waits);
    if (said.word == GW_SAID_NOTHING)
        return GW_OK;
    said.wave = gw_names_add(&names, said.word == GW_SAID_WAITS_NOT && wave ? wave : waits.wave);
    gw_ordered_text(&said, &names, sentence, sizeof(sentence));
    gw_names_release(&names);
    if (said.word == GW_SAID_GOES)
        code = gw_lease_is_held(store, row->id, &held, err);
    if (code != GW_OK)
        return code;
    /* Whatever else stopped it, a run is what it waits for. */
    return gw_err_set(err, GW_ERR_INPUT, "%s %s: refused: %s%s%s%s", gw_order_name(kind), row->name, sentence,
                      held ? "" : ", and no process runs it: `gatewave run ", held ? "" : row->name,
                      held ? "" : "` goes on");
}
