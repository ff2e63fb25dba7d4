/*
 * A draft from its request to the order of dispatch: for up to a million devices, in seconds and some hundred
 * bytes each. It holds all that it was made from, so that what it says once it says always, whatever becomes
 * of the inventory meanwhile.
 */
#include "gatewave/store/draft.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft_local.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

static enum gw_code refuse_sizes(const struct gw_draft_request *request, enum gw_cut_fault fault,
                                 uint32_t wave, uint32_t units, struct gw_err *err)
{
    switch (fault) {
    case GW_CUT_OVER:
        return gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s: wave %u asks for more than is left of the %u gateway%s selected; make "
                          "the waves smaller, or let the last one take the rest",
                          request->name, wave + 1, units, units == 1 ? "" : "s");
    case GW_CUT_SHORT:
        return gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s: the waves do not hold all of the %u gateway%s selected; let the last "
                          "one take the rest",
                          request->name, units, units == 1 ? "" : "s");
    case GW_CUT_EMPTY:
        return gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s: nothing is left for wave %u: those before it hold all of the %u "
                          "gateway%s selected",
                          request->name, wave + 1, units, units == 1 ? "" : "s");
    case GW_CUT_FITS:
        break;
    }
    GW_NEVER("sizes that fit are not refused");
}

/* How many units each wave holds, into ret_units. */
static enum gw_code cut(struct gw_draft *draft, const struct gw_draft_request *request, uint32_t units,
                        uint32_t ret_units[GW_WAVES_MOST], uint32_t *ret_wave, struct gw_err *err)
{
    struct gw_cut_size own[GW_WAVES_MOST] = {{.rest = true}};
    const struct gw_cut_size *size = request->size;
    enum gw_cut_fault fault;
    uint32_t wave;

    draft->n_waves = request->n_sizes;
    if (request->n_sizes == 0) {
        draft->safe = draft->n > GW_CUT_AT_ONCE_MOST;
        draft->n_waves = draft->safe ? gw_cut_safe(units, own) : 1;
        size = own;
    }
    fault = gw_cut_sizes(size, draft->n_waves, units, ret_units, &wave);
    if (fault == GW_CUT_FITS)
        return GW_OK;
    *ret_wave = wave;
    return refuse_sizes(request, fault, wave, units, err);
}

/* Which wave each unit is in; free it. */
static uint8_t *deal(const struct gw_draft *draft, const struct gw_draft_units *units,
                     const uint32_t *wave_units)
{
    uint32_t *scratch = gw_mem_new(draft->kinds.n, sizeof(*scratch));
    uint32_t *kind = gw_mem_new(units->n, sizeof(*kind));
    uint8_t *wave = gw_mem_new(units->n, sizeof(*wave));

    for (uint32_t u = 0; u < units->n; u++)
        kind[u] = gw_draft_is_there(draft, units->kind[u]) ? GW_CUT_THERE : units->kind[u];
    gw_cut_deal(kind, units->n, draft->kinds.n, wave_units, draft->n_waves, wave, scratch);
    free(kind);
    free(scratch);
    return wave;
}

/* Lays the targets out wave by wave, each wave's units in their order. */
static void lay_out(struct gw_draft *draft, const struct gw_draft_units *units, const uint8_t *wave)
{
    uint32_t next[GW_WAVES_MOST] = {0};

    for (uint32_t u = 0; u < units->n; u++) {
        struct gw_draft_wave *of = &draft->wave[wave[u]];
        uint32_t devices = units->first[u + 1] - units->first[u];

        of->units++;
        of->targets += devices;
        of->pairs += devices > 1;
    }
    for (uint32_t w = 1; w < draft->n_waves; w++)
        next[w] = next[w - 1] + draft->wave[w - 1].targets;
    draft->target = gw_mem_new(draft->n, sizeof(*draft->target));
    for (uint32_t u = 0; u < units->n; u++)
        for (uint32_t i = units->first[u]; i < units->first[u + 1]; i++)
            draft->target[next[wave[u]]++] = units->device[i];
}

/*
 * 128 bits out of two chained runs of gw_hash over each target's wave and what identifies it, in order. It
 * notices an accident or an edit by hand; it is no defence against somebody who can write the database.
 */
static bool add_member(void *user, const struct gw_draft_target *target)
{
    const char *const texts[] = {target->gateway_id, target->serial, target->region, target->account};
    const uint8_t wave = (uint8_t)target->wave;
    uint64_t *hash = user;

    for (int i = 0; i < 2; i++) {
        hash[i] = gw_hash(&wave, sizeof(wave), hash[i]);
        for (size_t text = 0; text < GW_COUNT_OF(texts); text++)
            hash[i] = gw_hash(texts[text], strlen(texts[text]) + 1, hash[i]); /* the NUL keeps them apart */
    }
    return true;
}

/* In one snapshot, unless the caller is in a transaction already. */
static enum gw_code read_units(struct gw_draft *draft, struct gw_store *store,
                               const struct gw_draft_request *request, struct gw_draft_units *ret,
                               struct gw_err *err)
{
    bool own = sqlite3_get_autocommit(store->db) != 0;
    enum gw_code code = own ? gw_sql_exec(store, "BEGIN", err) : GW_OK;

    if (code == GW_OK)
        code = gw_draft_read(draft, store, request, err);
    if (code == GW_OK && draft->n == 0 && draft->held > 0)
        code = gw_err_set(err, GW_ERR_INPUT,
                          "rollout %s: all that `%s` selects is on hold, %" PRIu32
                          " devices; `gatewave hold` lists "
                          "what is, with the reason",
                          request->name, request->selection ? request->selection : "select", draft->held);
    if (code == GW_OK && draft->n == 0)
        code = gw_err_set(
            err, GW_ERR_INPUT,
            "rollout %s: nothing is selected by `%s`; `gatewave inventory list --select` shows what is",
            request->name, request->selection ? request->selection : "select");
    if (code == GW_OK)
        code = gw_draft_group(draft, store, request, ret, err);
    if (own)
        gw_sql_rollback(store);
    return code;
}

enum gw_code gw_draft_new(struct gw_store *store, const struct gw_draft_request *request,
                          struct gw_draft **ret, uint32_t *ret_wave, struct gw_err *err)
{
    struct gw_draft *draft = gw_mem_new(1, sizeof(*draft));
    struct gw_draft_units units = {0};
    uint32_t wave_units[GW_WAVES_MOST];
    uint64_t hash[2] = {1, 2};
    enum gw_code code;

    *ret_wave = UINT32_MAX;
    gw_words_init(&draft->words);
    gw_tally_init(&draft->kinds);
    code = read_units(draft, store, request, &units, err);
    if (code == GW_OK) {
        gw_draft_classify(draft, request, &units);
        code = cut(draft, request, units.n, wave_units, ret_wave, err);
    }
    if (code == GW_OK) {
        uint8_t *wave;

        wave = deal(draft, &units, wave_units);
        lay_out(draft, &units, wave);
        gw_draft_rank(draft, &units, wave);
        free(wave);
        gw_draft_targets_each(draft, add_member, hash);
        (void)snprintf(draft->membership, sizeof(draft->membership), "%016" PRIx64 "%016" PRIx64, hash[0],
                       hash[1]);
    }
    gw_draft_units_release(&units);
    if (code == GW_OK)
        *ret = draft;
    else
        gw_draft_free(draft);
    return code;
}

void gw_draft_free(struct gw_draft *draft)
{
    if (!draft)
        return;
    gw_words_release(&draft->words);
    gw_tally_release(&draft->kinds);
    free(draft->device);
    free(draft->target);
    free(draft);
}

uint32_t gw_draft_waves(const struct gw_draft *draft, struct gw_draft_wave ret[GW_WAVES_MOST])
{
    memcpy(ret, draft->wave, draft->n_waves * sizeof(*ret));
    return draft->n_waves;
}

bool gw_draft_is_safe(const struct gw_draft *draft)
{
    return draft->safe;
}

uint32_t gw_draft_held(const struct gw_draft *draft)
{
    return draft->held;
}

uint32_t gw_draft_targets(const struct gw_draft *draft)
{
    return draft->n;
}

const char *gw_draft_membership(const struct gw_draft *draft)
{
    return draft->membership;
}

void gw_draft_targets_each(const struct gw_draft *draft,
                           bool (*each)(void *user, const struct gw_draft_target *target), void *user)
{
    uint32_t t = 0;

    for (uint32_t wave = 0; wave < draft->n_waves; wave++)
        for (uint32_t end = t + draft->wave[wave].targets; t < end; t++) {
            const struct gw_draft_device *device = &draft->device[draft->target[t]];
            const struct gw_draft_target target = {
                .number = t,
                .wave = wave,
                .device = device->id,
                .gateway_id = gw_draft_text(draft, device->gateway_id),
                .serial = gw_draft_text(draft, device->serial),
                .ha_role = gw_draft_text(draft, device->ha_role),
                .region = gw_draft_text(draft, device->region),
                .account = gw_draft_text(draft, device->account),
                .model = gw_draft_text(draft, device->model),
                .site = gw_draft_text(draft, device->site),
                .isp = gw_draft_text(draft, device->isp),
                .timezone = gw_draft_text(draft, device->timezone),
                .version = gw_draft_text(draft, device->version),
            };

            if (!each(user, &target))
                return;
        }
}
