/*
 * Gate rules out of a file and the past. What must stay true: a plan and the run that follows it have the same rule,
 * as long as no other rollout has finished in between; the rules of one run are loaded once, at its start.
 */
#include "gates.h"

#include <stdlib.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/store/control.h"

#include "asked.h"
#include "figures.h"

#define MODELS_SAID 3
/* Where a file says 100%, for "only when all fail": a chart that could never go down would be none. */
#define ALARM_MOST_BP 9999u

static bool gw_gates_add(void *user, const char *model, uint64_t failed, uint64_t judged, uint32_t rollouts)
{
    struct gw_gates *gates = user;

    gates->normal = gw_mem_resize(gates->normal, gates->n_normal + 1, sizeof(*gates->normal));
    gates->normal[gates->n_normal++] = (struct gw_normal){
        .model = gw_mem_dup(model), .failed = failed, .judged = judged, .rollouts = rollouts};
    return true;
}

enum gw_code gw_gates_load(struct gw_gates *gates, struct gw_store *store, const struct gw_spec *spec,
                           struct gw_err *err)
{
    *gates = (struct gw_gates){.spec = spec};
    return gw_normal_each(store, spec->dpi, gw_gates_add, gates, err);
}

void gw_gates_release(struct gw_gates *gates)
{
    for (size_t i = 0; i < gates->n_normal; i++)
        free(gates->normal[i].model);
    free(gates->normal);
    *gates = (struct gw_gates){0};
}

static const struct gw_normal *gw_gates_normal(const struct gw_gates *gates, const char *model)
{
    for (size_t i = 0; i < gates->n_normal; i++)
        if (gw_text_equal(gates->normal[i].model, model))
            return &gates->normal[i];
    return NULL;
}

static bool gw_gates_learn(const struct gw_gates *gates, const char *model, struct gw_gate_rule *rule)
{
    const struct gw_normal *normal = gw_gates_normal(gates, model);

    return normal && gw_gate_learn(normal->failed, normal->judged, rule, rule);
}

static void gw_gates_asked(const struct gw_gate_spec *gate, struct gw_gate_rule *ret)
{
    *ret = gate->rule;
    if (ret->alarm_bp > ALARM_MOST_BP)
        ret->alarm_bp = ALARM_MOST_BP;
    if (ret->baseline_bp >= ret->alarm_bp)
        ret->baseline_bp = ret->alarm_bp - 1;
}

void gw_gates_rule(const struct gw_gates *gates, uint32_t wave, struct gw_gate_rule *ret)
{
    struct gw_asked_wave asked;

    gw_asked_wave(gates->spec, wave, &asked);
    gw_gates_asked(asked.gate, ret);
    if (asked.gate->max_failed)
        ret->failed_limit = asked.gate->max_failed + 1;
    if (asked.gate->baseline_auto)
        (void)gw_gates_learn(gates, "", ret);
}

void gw_gates_model_rule(const struct gw_gates *gates, uint32_t wave, const char *model,
                         struct gw_gate_rule *ret)
{
    struct gw_asked_wave asked;

    gw_asked_wave(gates->spec, wave, &asked);
    gw_gates_asked(asked.gate, ret);
    ret->failed_limit = 0;
    ret->max_failed_share_bp = 0;
    if (asked.gate->baseline_auto && !gw_gates_learn(gates, model, ret))
        (void)gw_gates_learn(gates, "", ret);
}

/* ---- for people ---- */

static bool gw_gates_ask_auto(const struct gw_gates *gates)
{
    bool any = gates->spec->n_waves == 0 && gates->spec->gate.baseline_auto;

    for (size_t i = 0; i < gates->spec->n_waves; i++)
        any = any || gates->spec->wave[i].gate.baseline_auto;
    return any;
}

/* Models with a baseline of their own, the worst first. */
static int gw_gates_by_share(const void *a, const void *b)
{
    const struct gw_normal *left = *(const struct gw_normal *const *)a;
    const struct gw_normal *right = *(const struct gw_normal *const *)b;
    uint64_t of_left = left->failed * right->judged, of_right = right->failed * left->judged;

    return (of_left < of_right) - (of_left > of_right);
}

static void gw_gates_say_models(const struct gw_gates *gates, struct gw_buf *ret)
{
    const struct gw_normal **model = gw_mem_new(gates->n_normal, sizeof(*model));
    size_t n = 0;

    for (size_t i = 1; i < gates->n_normal; i++)
        if (gates->normal[i].model[0] && gates->normal[i].judged >= GW_GATE_LEARN_LEAST)
            model[n++] = &gates->normal[i];
    qsort(model, n, sizeof(*model), gw_gates_by_share);
    for (size_t i = 0; i < n && i < MODELS_SAID; i++) {
        gw_buf_add_text(ret, i ? ", " : "; ");
        gw_screen_text(ret, model[i]->model);
        gw_buf_add_char(ret, ' ');
        gw_figure_part(ret, model[i]->failed, model[i]->judged);
    }
    if (n > MODELS_SAID) {
        gw_buf_add_text(ret, ", and ");
        gw_figure_of(ret, n - MODELS_SAID, "more model", "more models");
    }
    free(model);
}

void gw_gates_say(const struct gw_gates *gates, struct gw_buf *ret)
{
    const struct gw_normal *all = gw_gates_normal(gates, "");

    if (!gw_gates_ask_auto(gates))
        return;
    if (!all || all->judged < GW_GATE_LEARN_LEAST) {
        gw_figure_share(ret, GW_GATE_BASELINE_BP);
        gw_buf_add_text(ret, " until more is known: finished rollouts have ");
        gw_figure_of(ret, all ? all->judged : 0, "outcome", "outcomes");
        gw_buf_addf(ret, ", and it takes %u to learn from", GW_GATE_LEARN_LEAST);
        return;
    }
    gw_buf_add_text(ret, "learned from ");
    gw_figure_of(ret, all->rollouts, "rollout", "rollouts");
    gw_buf_add_text(ret, ": ");
    gw_figure_part(ret, all->failed, all->judged);
    gw_buf_add_text(ret, " of ");
    gw_figure_count(ret, all->judged);
    gw_buf_add_text(ret, " failed");
    gw_gates_say_models(gates, ret);
}
