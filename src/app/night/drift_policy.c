/*
 * What a policy's own past says of it: which rollout it made last, and whether a gate or a person stands in its way. A
 * version that was stopped, or taken back, stays stopped, night after night, until the file says another one or a person
 * says `--again`.
 */
#include "drift.h"

#include <stdlib.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/night.h"

#include "drift-local.h"
#include "tell/standing.h"

static bool gw_drift_is_again(const struct gw_drift_request *request, const char *policy)
{
    for (size_t i = 0; i < request->n_again; i++)
        if (gw_text_equal(request->again[i], policy))
            return true;
    return false;
}

/*
 * The word by which a person lets it go on as it is, whether he wants to look first or not. NULL: no gate, hold or pause
 * is in its way.
 */
static const char *gw_drift_word(const struct gw_standing *standing)
{
    switch (gw_standing_way(standing)) {
    case GW_WAY_RESUME:
    case GW_WAY_WITHOUT:
    case GW_WAY_JUDGE:
        return "resume";
    case GW_WAY_APPROVE:
    case GW_WAY_REVIEW:
        return "approve";
    case GW_WAY_REPORT:
    case GW_WAY_RUN:
    case GW_WAY_LOOK:
    case GW_WAY_RETRY:
    case GW_WAY_ABORT: /* the cloud may have the version by now */
        break;
    }
    return NULL;
}

static char *gw_drift_way_on(const struct gw_standing *standing, const char *word)
{
    struct gw_buf command;
    char *copy;

    gw_buf_init(&command, 0);
    if (gw_standing_way(standing) == GW_WAY_WITHOUT)
        gw_standing_next(standing, &command);
    else
        gw_buf_addf(&command, "%s %s", word, standing->rollout.name);
    copy = gw_mem_dup(gw_buf_text(&command));
    gw_buf_release(&command);
    return copy;
}

static char *gw_drift_sentence(const struct gw_standing *standing)
{
    struct gw_buf sentence;
    char *copy;

    gw_buf_init(&sentence, 0);
    gw_buf_addf(&sentence, "rollout %s: ", standing->rollout.name);
    gw_standing_sentence(standing, &sentence);
    copy = gw_mem_dup(gw_buf_text(&sentence));
    gw_buf_release(&sentence);
    return copy;
}

enum gw_code gw_drift_standstill(struct gw_store *store, const struct gw_rollout_row *row,
                                 char **ret_sentence, char **ret_way_on, struct gw_err *err)
{
    struct gw_standing standing;
    const char *word;
    enum gw_code code = gw_standing_load(store, row, &standing, err);

    if (code != GW_OK)
        return code;
    word = gw_drift_word(&standing);
    if (row->phase == GW_PHASE_ABORTED || row->phase == GW_PHASE_ABORTING || word)
        *ret_sentence = gw_drift_sentence(&standing);
    if (word)
        *ret_way_on = gw_drift_way_on(&standing, word);
    gw_standing_release(&standing);
    return GW_OK;
}

/* The person who took a rollout of this version back wants no night to undo that. */
static enum gw_code gw_drift_rolled_back(struct gw_store *store, const struct gw_spec *spec,
                                         char **ret_sentence, struct gw_err *err)
{
    struct gw_policy_rollback rollback;
    char when[GW_WHEN_TEXT_SIZE];
    struct gw_buf sentence;
    enum gw_code code = gw_policy_rollback_last(store, spec->name, spec->version, spec->dpi, &rollback, err);

    if (code != GW_OK)
        return code == GW_ERR_NOT_FOUND ? GW_OK : code;
    gw_when_text(rollback.at_unix_ms, when);
    gw_buf_init(&sentence, 0);
    gw_buf_addf(&sentence, "rollout %s: rolled back by ", rollback.rollout);
    gw_screen_text(&sentence, rollback.by);
    gw_buf_addf(&sentence, " at %s%s", when, rollback.reason[0] ? ": " : "");
    gw_screen_text(&sentence, rollback.reason);
    *ret_sentence = gw_mem_dup(gw_buf_text(&sentence));
    gw_buf_release(&sentence);
    free(rollback.reason);
    return GW_OK;
}

enum gw_code gw_drift_policy_past(struct gw_store *store, const struct gw_drift_request *request, uint32_t i,
                                  struct gw_drift_policy *ret, struct gw_err *err)
{
    const struct gw_spec *spec = &request->policies->policy[i];
    const struct gw_rollout_row *row = &ret->last.row;
    enum gw_code code = gw_policy_rollout_last(store, spec->name, &ret->last, err);

    ret->has_last = code == GW_OK;
    if (code != GW_OK)
        return code == GW_ERR_NOT_FOUND ? GW_OK : code;
    code = gw_drift_rolled_back(store, spec, &ret->stopped, err);
    if (code == GW_OK && !ret->stopped && !ret->last.replaced && row->phase != GW_PHASE_FINISHED &&
        gw_text_equal(row->version, spec->version) && row->dpi == spec->dpi)
        code = gw_drift_standstill(store, row, &ret->stopped, &ret->way_on, err);
    if (code != GW_OK || !ret->stopped || !gw_drift_is_again(request, spec->name))
        return code;
    ret->again = true;
    free(ret->stopped);
    free(ret->way_on);
    ret->stopped = ret->way_on = NULL;
    return GW_OK;
}
