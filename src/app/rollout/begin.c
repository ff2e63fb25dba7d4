/* Beginning: whom a rollout is for is decided once, and a file that says something else later is another rollout. */
#include "begin.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"
#include "gatewave/core/cut.h"
#include "gatewave/obs/log.h"

#include "freeze.h"
#include "talk.h"

/* Who is in which wave is frozen; how a wave is paced, judged and soaked is not. */
static bool gw_begin_same_waves(const struct gw_spec *a, const struct gw_spec *b)
{
    if (a->n_waves != b->n_waves)
        return false;
    for (size_t i = 0; i < a->n_waves; i++) {
        const struct gw_wave_spec *x = &a->wave[i], *y = &b->wave[i];

        if (!gw_text_equal(x->name, y->name) || x->count != y->count || x->share_bp != y->share_bp ||
            x->rest != y->rest)
            return false;
    }
    return true;
}

/* What was frozen stays: a file that says something else is another rollout. */
static enum gw_code gw_begin_compare(struct gw_store *store, const struct gw_spec *spec, int64_t rollout,
                                     struct gw_err *err)
{
    struct gw_buf problems;
    struct gw_spec frozen;
    const char *what = NULL;
    char *text;
    enum gw_code code = gw_rollout_spec(store, rollout, &text, err);

    if (code != GW_OK)
        return code;
    gw_buf_init(&problems, 0);
    code = gw_spec_parse(text, strlen(text), "the database", &frozen, &problems, err);
    free(text);
    gw_buf_release(&problems);
    if (code != GW_OK)
        return code;
    if (!gw_text_equal(frozen.version, spec->version))
        what = "version";
    else if (frozen.dpi != spec->dpi)
        what = "type";
    else if (!gw_text_equal(frozen.select, spec->select))
        what = "select";
    else if (frozen.verify != spec->verify)
        what = "verify";
    else if (frozen.downgrade != spec->downgrade)
        what = "downgrade";
    else if (!gw_begin_same_waves(&frozen, spec))
        what = "waves";
    gw_spec_release(&frozen);
    if (what)
        return gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s was started with another `%s`; give the new rollout a name of its own",
                          spec->name, what);
    return GW_OK;
}

static bool gw_begin_add_wave(void *user, const struct gw_wave_row *row)
{
    struct gw_buf *waves = user;

    gw_buf_addf(waves, "%s%s %u", waves->len > 0 ? ", " : "", row->name, row->targets);
    return true;
}

void gw_begin_tell_held(uint32_t held)
{
    if (held > 0)
        gw_talk("not called, for their gateways are on hold: %u device%s (`gatewave hold` lists them)", held,
                held == 1 ? "" : "s");
}

/* A person who said no waves hears of those that a large selection gets. */
static enum gw_code gw_begin_freeze(struct gw_store *store, const struct gw_spec *spec, bool quiet,
                                    struct gw_rollout_row *ret, struct gw_err *err)
{
    struct gw_buf waves;
    enum gw_code code = gw_freeze(store, spec, NULL, NULL, ret, err);

    if (code == GW_OK && !quiet)
        gw_begin_tell_held(ret->held);
    if (code != GW_OK || spec->n_waves > 0 || ret->targets <= GW_CUT_AT_ONCE_MOST)
        return code;
    gw_buf_init(&waves, 0);
    code = gw_waves_each(store, ret->id, gw_begin_add_wave, &waves, err);
    if (code == GW_OK && !quiet)
        gw_talk("no waves were said, so that these %u devices go in safe ones: %s", ret->targets,
                gw_buf_text(&waves));
    gw_buf_release(&waves);
    return code;
}

enum gw_code gw_begin(struct gw_store *store, const struct gw_spec *spec, bool quiet,
                      struct gw_rollout_row *ret, struct gw_err *err)
{
    enum gw_code code = gw_rollout_find(store, spec->name, ret, err);

    if (code == GW_ERR_NOT_FOUND) {
        code = gw_begin_freeze(store, spec, quiet, ret, err);
        /* Its name was taken meanwhile by another run, which has begun it: there is one, as if it had been there. */
        if (code != GW_ERR_INPUT || gw_rollout_find(store, spec->name, ret, NULL) != GW_OK)
            return code;
        code = GW_OK;
    }
    return code == GW_OK ? gw_begin_compare(store, spec, ret->id, err) : code;
}
