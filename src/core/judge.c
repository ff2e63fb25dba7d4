/*
 * The charts: one over all outcomes and one for each model's. What a wave's rule makes of an outcome is worked out when
 * the wave begins; the charts themselves go on from wave to wave, and are recorded with the outcomes that moved them.
 */
#include "gatewave/base/check.h"

#include "machine.h"

static size_t gw_judge_index(uint32_t model)
{
    return model == GW_NO_MODEL ? 0 : (size_t)model + 1;
}

static struct gw_judge *gw_judge_at(const struct gw_rollout *r, uint32_t wave, uint32_t model)
{
    return &r->judge[wave * ((size_t)r->shape.models + 1) + gw_judge_index(model)];
}

void gw_rollout_load_rule(struct gw_rollout *r, uint32_t wave, uint32_t model,
                          const struct gw_gate_rule *rule)
{
    struct gw_judge *judge;

    GW_CHECK(wave < r->shape.waves && (model < r->shape.models || model == GW_NO_MODEL));
    judge = gw_judge_at(r, wave, model);
    judge->rule = *rule;
    judge->loaded = true;
}

void gw_rollout_load_chart(struct gw_rollout *r, uint32_t model, const struct gw_chart *chart)
{
    GW_CHECK(model < r->shape.models || model == GW_NO_MODEL);
    r->chart[gw_judge_index(model)] = *chart;
}

void gw_judge_begin(struct gw_rollout *r, uint32_t wave)
{
    const struct gw_judge *all = gw_judge_at(r, wave, GW_NO_MODEL);

    GW_CHECK(all->loaded);
    for (size_t i = 0; i <= r->shape.models; i++) {
        struct gw_judge *judge = &r->judge[wave * ((size_t)r->shape.models + 1) + i];

        if (!judge->loaded) {
            judge->rule = all->rule;
            judge->rule.failed_limit = judge->rule.max_failed_share_bp = 0;
            judge->loaded = true;
        }
        gw_chart_step_init(&judge->step, &judge->rule, r->targets);
    }
}

static void gw_judge_moved(struct gw_rollout *r, size_t i)
{
    if (r->chart_is_stale[i])
        return;
    r->chart_is_stale[i] = true;
    r->stale_chart[r->stale_charts++] = (uint32_t)i;
}

/* True when the chart trips just now. */
static bool gw_judge_one(struct gw_rollout *r, uint32_t wave, uint32_t model, enum gw_mark mark)
{
    size_t i = gw_judge_index(model);
    const struct gw_judge *judge = gw_judge_at(r, wave, model);
    struct gw_chart *chart = &r->chart[i];
    bool before = chart->trip != GW_TRIP_NONE;
    enum gw_trip trip;

    gw_judge_moved(r, i);
    switch (mark) {
    case GW_MARK_REFUSED:
        trip = gw_chart_refuse(chart, &judge->rule, &judge->step);
        break;
    case GW_MARK_RELAPSED:
        trip = gw_chart_relapse(chart, &judge->rule, &judge->step);
        break;
    default:
        trip = gw_chart_judge(chart, &judge->rule, &judge->step, mark == GW_MARK_FAILED);
    }
    return trip != GW_TRIP_NONE && !before;
}

const struct gw_chart *gw_judge_outcome(struct gw_rollout *r, uint32_t t, enum gw_mark mark,
                                        uint32_t *ret_model)
{
    uint32_t wave = r->target[t].wave, model = r->target[t].model;
    bool of_model = gw_judge_one(r, wave, model, mark), of_all = gw_judge_one(r, wave, GW_NO_MODEL, mark);

    if (!of_model && !of_all)
        return NULL;
    /* A model that is bad is named, even where the whole is bad by then. */
    *ret_model = of_model ? model : GW_NO_MODEL;
    return &r->chart[gw_judge_index(*ret_model)];
}

static bool gw_judge_is_doubtful(const struct gw_rollout *r, uint32_t model, uint32_t asked)
{
    return gw_gate_doubts(&gw_judge_at(r, r->now_wave, model)->rule, &r->chart[gw_judge_index(model)], asked);
}

/* A model is asked about where it is one of several that were called. */
const struct gw_chart *gw_judge_doubts(const struct gw_rollout *r, uint32_t *ret_model)
{
    uint32_t asked = 0;

    for (uint32_t model = 0; model < r->shape.models; model++)
        asked += r->chart[gw_judge_index(model)].judged > r->chart[gw_judge_index(model)].refused;
    for (uint32_t model = 0; asked > 1 && model < r->shape.models; model++) {
        if (!gw_judge_is_doubtful(r, model, asked))
            continue;
        *ret_model = model;
        return &r->chart[gw_judge_index(model)];
    }
    *ret_model = GW_NO_MODEL;
    return gw_judge_is_doubtful(r, GW_NO_MODEL, 1) ? &r->chart[0] : NULL;
}

bool gw_judge_record(struct gw_rollout *r)
{
    struct gw_record *record;
    uint32_t i;

    if (r->stale_charts == 0)
        return false;
    i = r->stale_chart[--r->stale_charts];
    r->chart_is_stale[i] = false;
    record = gw_rollout_record(r, GW_RECORD_CHART);
    record->model = i == 0 ? GW_NO_MODEL : i - 1;
    record->chart = r->chart[i];
    return true;
}

void gw_judge_forgive(struct gw_rollout *r)
{
    for (size_t i = 0; i <= r->shape.models; i++) {
        if (r->chart[i].judged == 0)
            continue;
        r->chart[i] = (struct gw_chart){0};
        gw_judge_moved(r, i);
    }
}
