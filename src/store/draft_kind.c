/*
 * What the units of a draft have in common, counted: kinds, by which the canary is picked, and cells, which a
 * plan prints. Few of each in a real fleet; in the worst one as many as there are units.
 */
#include <stdlib.h>
#include <string.h>

#include "draft_local.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/core/version.h"

/* Both comparisons of versions: in their order, and apart even where that order sees no difference. */
static int compare_versions(const char *a, const char *b)
{
    int order = gw_version_compare(a, b);

    return order ? order : strcmp(a, b);
}

/* The listed version of a unit; of a pair whose devices differ both, the older one first. */
static uint32_t unit_version(struct gw_draft *draft, const struct gw_draft_device *a,
                             const struct gw_draft_device *b, struct gw_buf *buf)
{
    const char *older = gw_draft_text(draft, a->version), *newer = gw_draft_text(draft, b->version);

    if (a->version == b->version)
        return a->version;
    if (compare_versions(older, newer) > 0) {
        const char *swap = older;

        older = newer;
        newer = swap;
    }
    gw_buf_reset(buf);
    gw_buf_addf(buf, "%s+%s", older, newer);
    return gw_words_keep(&draft->words, gw_buf_text(buf));
}

static uint32_t unit_marks(const struct gw_draft *draft, const struct gw_draft_request *request,
                           const struct gw_draft_device *a, const struct gw_draft_device *b)
{
    const char *const version[] = {gw_draft_text(draft, a->version), gw_draft_text(draft, b->version)};
    bool there = request->version && gw_version_is_enough(version[0], request->version, request->downgrade) &&
                 gw_version_is_enough(version[1], request->version, request->downgrade);

    return (a != b ? GW_DRAFT_PAIR : 0) | (there ? GW_DRAFT_THERE : 0);
}

void gw_draft_classify(struct gw_draft *draft, const struct gw_draft_request *request,
                       struct gw_draft_units *units)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    units->kind = gw_mem_new(units->n, sizeof(*units->kind));
    for (uint32_t u = 0; u < units->n; u++) {
        const struct gw_draft_device *first = &draft->device[units->device[units->first[u]]];
        const struct gw_draft_device *last = &draft->device[units->device[units->first[u + 1] - 1]];
        const uint32_t key[GW_TALLY_KEYS] = {first->model, unit_version(draft, first, last, &buf), first->isp,
                                             unit_marks(draft, request, first, last)};

        units->kind[u] = gw_tally_count(&draft->kinds, key);
    }
    gw_buf_release(&buf);
}

bool gw_draft_is_there(const struct gw_draft *draft, uint32_t kind)
{
    return (draft->kinds.row[kind].key[3] & GW_DRAFT_THERE) != 0;
}

static int compare_kinds(const void *a, const void *b, void *user)
{
    const struct gw_tally_row *x = a, *y = b;
    const struct gw_draft *draft = user;
    int order = (x->n < y->n) - (x->n > y->n);

    if (order == 0)
        order = strcmp(gw_draft_text(draft, x->key[0]), gw_draft_text(draft, y->key[0]));
    if (order == 0)
        order = compare_versions(gw_draft_text(draft, x->key[1]), gw_draft_text(draft, y->key[1]));
    if (order == 0)
        order = strcmp(gw_draft_text(draft, x->key[2]), gw_draft_text(draft, y->key[2]));
    return order ? order : (x->key[3] > y->key[3]) - (x->key[3] < y->key[3]);
}

void gw_draft_rank(struct gw_draft *draft, const struct gw_draft_units *units, const uint8_t *wave)
{
    struct gw_tally_row *row = draft->kinds.row;

    for (uint32_t k = 0; k < draft->kinds.n; k++)
        row[k].first = GW_WAVES_MOST;
    for (uint32_t u = 0; u < units->n; u++)
        if (wave[u] < row[units->kind[u]].first)
            row[units->kind[u]].first = wave[u];
    qsort_r(row, draft->kinds.n, sizeof(*row), compare_kinds, draft);
}

void gw_draft_kinds_each(const struct gw_draft *draft,
                         bool (*each)(void *user, const struct gw_draft_kind *kind), void *user)
{
    for (uint32_t k = 0; k < draft->kinds.n; k++) {
        const struct gw_tally_row *row = &draft->kinds.row[k];
        const struct gw_draft_kind kind = {
            .model = gw_draft_text(draft, row->key[0]),
            .version = gw_draft_text(draft, row->key[1]),
            .isp = gw_draft_text(draft, row->key[2]),
            .ha_mode = row->key[3] & GW_DRAFT_PAIR ? "pair" : "single",
            .units = row->n,
            .wave = row->first,
            .there = gw_draft_is_there(draft, k),
        };

        if (!each(user, &kind))
            return;
    }
}

static int compare_cells(const void *a, const void *b, void *user)
{
    const struct gw_tally_row *x = a, *y = b;
    const struct gw_draft *draft = user;
    int order = (x->key[0] > y->key[0]) - (x->key[0] < y->key[0]);

    if (order == 0)
        order = strcmp(gw_draft_text(draft, x->key[1]), gw_draft_text(draft, y->key[1]));
    return order ? order : compare_versions(gw_draft_text(draft, x->key[2]), gw_draft_text(draft, y->key[2]));
}

void gw_draft_cells_each(const struct gw_draft *draft,
                         bool (*each)(void *user, const struct gw_draft_cell *cell), void *user)
{
    struct gw_tally cells;
    bool more = true;
    uint32_t t = 0;

    gw_tally_init(&cells);
    for (uint32_t wave = 0; wave < draft->n_waves; wave++)
        for (uint32_t end = t + draft->wave[wave].targets; t < end; t++) {
            const struct gw_draft_device *device = &draft->device[draft->target[t]];
            const uint32_t key[GW_TALLY_KEYS] = {wave, device->model, device->version};

            gw_tally_count(&cells, key);
        }
    qsort_r(cells.row, cells.n, sizeof(*cells.row), compare_cells, (void *)(uintptr_t)draft);
    for (uint32_t i = 0; i < cells.n && more; i++) {
        const struct gw_tally_row *row = &cells.row[i];
        const struct gw_draft_cell cell = {
            .wave = row->key[0],
            .model = gw_draft_text(draft, row->key[1]),
            .version = gw_draft_text(draft, row->key[2]),
            .targets = row->n,
        };

        more = each(user, &cell);
    }
    gw_tally_release(&cells);
}
