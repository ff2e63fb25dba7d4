/*
 * A plan: the draft of a selection, and what follows from it. One pass over the targets counts what the draft does not,
 * so that a million devices cost seconds and a few tens of bytes each.
 */
#include "gatewave/app/plan.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/core/version.h"
#include "gatewave/store/inventory.h"
#include "gatewave/store/rollout.h"

#include "clock.h"
#include "plan-local.h"
#include "rollout/freeze.h"
#include "rollout/load.h"

bool gw_plan_is_begun(const struct gw_plan *plan)
{
    return plan->begun;
}

/* ---- the draft ---- */

enum gw_code gw_plan_draft(struct gw_session *session, const struct gw_spec *spec, const char *file,
                           struct gw_draft **ret, struct gw_err *err)
{
    uint32_t wrong;
    enum gw_code code = gw_freeze_draft(session->store, spec, ret, &wrong, err);

    if (code == GW_ERR_INPUT && file)
        gw_spec_report_late(file, wrong < spec->n_waves ? wrong : GW_SPEC_SELECT, &session->problems, err);
    return code;
}

/* ---- what the draft tells ---- */

static bool gw_plan_add_cell(void *user, const struct gw_draft_cell *cell)
{
    struct gw_plan *plan = user;
    struct gw_plan_wave *wave = &plan->wave[cell->wave];
    bool skipped = gw_version_is_enough(cell->version, plan->spec->version, plan->spec->downgrade);

    wave->cell = gw_mem_resize(wave->cell, wave->n_cells + 1, sizeof(*wave->cell));
    wave->cell[wave->n_cells++] = (struct gw_plan_cell){.model = gw_mem_dup(cell->model),
                                                        .version = gw_mem_dup(cell->version),
                                                        .targets = cell->targets,
                                                        .skipped = skipped};
    if (skipped) {
        wave->skipped += cell->targets;
        plan->skipped += cell->targets;
    }
    return true;
}

static int gw_plan_by_targets(const void *a, const void *b)
{
    const struct gw_plan_cell *left = a, *right = b;
    int order = (left->targets < right->targets) - (left->targets > right->targets);

    if (order == 0)
        order = strcmp(left->model, right->model);
    return order ? order : strcmp(left->version, right->version);
}

static bool gw_plan_add_kind(void *user, const struct gw_draft_kind *kind)
{
    struct gw_plan *plan = user;

    /* Of whom nothing is asked, nobody has to be the first. */
    plan->n_kinds += !kind->there;
    if (kind->there || kind->wave == 0)
        return true;
    plan->uncovered = gw_mem_resize(plan->uncovered, plan->n_uncovered + 1, sizeof(*plan->uncovered));
    plan->uncovered[plan->n_uncovered++] =
        (struct gw_plan_kind){.model = gw_mem_dup(kind->model),
                              .version = gw_mem_dup(kind->version),
                              .isp = gw_mem_dup(kind->isp),
                              .ha_mode = gw_text_equal(kind->ha_mode, "pair") ? "pair" : "single",
                              .units = kind->units,
                              .wave = kind->wave};
    return true;
}

static const char *gw_plan_wave_name(const struct gw_plan *plan, uint32_t wave)
{
    return plan->spec->n_waves ? plan->spec->wave[wave].name : gw_cut_safe_name(wave, plan->n_waves);
}

static enum gw_code gw_plan_waves(struct gw_plan *plan, struct gw_err *err)
{
    struct gw_draft_wave size[GW_WAVES_MOST];
    enum gw_code code = GW_OK;

    plan->n_waves = gw_draft_waves(plan->draft, size);
    for (uint32_t w = 0; w < plan->n_waves && code == GW_OK; w++) {
        struct gw_plan_wave *wave = &plan->wave[w];

        wave->name = gw_plan_wave_name(plan, w);
        gw_asked_wave(plan->spec, w, &wave->asked);
        wave->soak_ms = gw_asked_soak_ms(plan->spec, w, plan->n_waves);
        wave->size = size[w];
        plan->units += size[w].units;
        plan->targets += size[w].targets;
        plan->pairs += size[w].pairs;
        gw_gates_rule(&plan->gates, w, &wave->rule);
        code =
            gw_load_limits(&plan->session->config, wave->asked.pace, plan->spec->verify, &wave->limits, err);
    }
    return code;
}

static enum gw_code gw_plan_around(struct gw_plan *plan, struct gw_err *err)
{
    struct gw_rollout_row row;
    struct gw_select_error unused;
    struct gw_select *all = gw_mem_new(1, sizeof(*all));
    uint64_t devices = 0, gateways = 0;
    enum gw_code code = GW_ERR_INTERNAL;

    if (gw_select_parse("all", all, &unused))
        code = gw_devices_count(plan->session->store, all, &devices, &gateways, err);
    free(all);
    if (code)
        return code;
    plan->held = gw_draft_held(plan->draft);
    plan->left_out = devices > plan->targets + plan->held ? devices - plan->targets - plan->held : 0;
    code = gw_rollout_find(plan->session->store, plan->spec->name, &row, err);
    plan->begun = code == GW_OK;
    return code == GW_ERR_NOT_FOUND ? GW_OK : code;
}

static enum gw_code gw_plan_work_out(struct gw_plan *plan, struct gw_err *err)
{
    enum gw_code code = gw_plan_draft(plan->session, plan->spec, plan->file, &plan->draft, err);

    if (code == GW_OK)
        code = gw_gates_load(&plan->gates, plan->session->store, plan->spec, err);
    if (code == GW_OK)
        code = gw_plan_waves(plan, err);
    if (code == GW_OK)
        code = gw_plan_around(plan, err);
    if (code)
        return code;
    gw_draft_cells_each(plan->draft, gw_plan_add_cell, plan);
    for (uint32_t w = 0; w < plan->n_waves; w++)
        qsort(plan->wave[w].cell, plan->wave[w].n_cells, sizeof(*plan->wave[w].cell), gw_plan_by_targets);
    gw_draft_kinds_each(plan->draft, gw_plan_add_kind, plan);
    gw_plan_scan(plan);
    gw_plan_forecast(plan);
    return GW_OK;
}

enum gw_code gw_plan_new(struct gw_session *session, const struct gw_spec *spec, const char *file,
                         struct gw_plan **ret, struct gw_err *err)
{
    struct gw_plan *plan = gw_mem_new(1, sizeof(*plan));
    enum gw_code code;

    plan->session = session;
    plan->spec = spec;
    plan->file = file;
    plan->now_unix_ms = gw_clock_unix_ms();
    code = gw_plan_work_out(plan, err);
    if (code)
        gw_plan_free(plan);
    else
        *ret = plan;
    return code;
}

void gw_plan_free(struct gw_plan *plan)
{
    if (!plan)
        return;
    for (uint32_t w = 0; w < plan->n_waves; w++) {
        struct gw_plan_wave *wave = &plan->wave[w];

        for (size_t i = 0; i < wave->n_cells; i++) {
            free(wave->cell[i].model);
            free(wave->cell[i].version);
        }
        for (size_t i = 0; i < wave->n_zones; i++) {
            free(wave->zone[i].name);
            free(wave->zone[i].example);
        }
        free(wave->cell);
        free(wave->zone);
    }
    for (size_t i = 0; i < plan->n_uncovered; i++) {
        free(plan->uncovered[i].model);
        free(plan->uncovered[i].version);
        free(plan->uncovered[i].isp);
    }
    free(plan->uncovered);
    gw_gates_release(&plan->gates);
    gw_draft_free(plan->draft);
    free(plan);
}

void gw_plan_show(const struct gw_plan *plan, struct gw_sink *sink, enum gw_output_format format)
{
    switch (format) {
    case GW_OUTPUT_JSON:
        gw_plan_json(plan, sink);
        break;
    case GW_OUTPUT_JSONL:
    case GW_OUTPUT_CSV:
        gw_plan_rows(plan, sink, format);
        break;
    case GW_OUTPUT_NONE:
    case GW_OUTPUT_TABLE:
        gw_plan_screen(plan, sink);
    }
}
