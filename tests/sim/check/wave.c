/*
 * Waves: before the first call of one stands a durable verdict on each wave before it that lets it pass, whose counts
 * are those of the outcomes, or a person's word (I16); and the soak is over and was looked at (I17).
 */
#include <math.h>

#include "gatewave/base/text.h"

#include "check/local.h"

/* What is normal where nobody said otherwise and too little has been learned yet. */
#define NORMAL 0.01
/* Logarithms in millionths are as good as these. */
#define ROUGHLY 0.001

struct gate {
    const struct sim_check *check;
    const struct sim_view *image;
    const struct sim_line *call; /* the first one behind it */
    uint32_t wave;
};

/* ---- what became of a wave ---- */

static const char *model_of(const struct gate *gate, uint32_t t)
{
    return gate->check->swarm->device[gate->check->plan.target[t].device].model;
}

static bool is_well(const struct sim_view_target *target)
{
    return (target->state == SIM_STATE_SUCCEEDED && !target->relapsed) ||
           (target->state == SIM_STATE_SKIPPED && gw_text_equal(target->code, "at_version"));
}

static bool is_not_well(const struct sim_view_target *target)
{
    return target->relapsed || target->state == SIM_STATE_FAILED || target->state == SIM_STATE_UNRESOLVED ||
           (target->state == SIM_STATE_DEFERRED && !gw_text_equal(target->code, "on_hold"));
}

/* Who was upgraded up to this wave, of one model or (NULL) of all, and who of them is not well. */
static double count_called(const struct gate *gate, const char *model, double *ret_failed)
{
    const struct sim_check_wave *plan = &gate->check->plan.wave[gate->wave];
    double called = 0;

    *ret_failed = 0;
    for (uint32_t t = 0; t < plan->first + plan->targets; t++) {
        const struct sim_view_target *target = &gate->image->target[t];
        /* Whose failure has another code was refused: it has not run the version. */
        bool failed = target->relapsed || target->state == SIM_STATE_UNRESOLVED ||
                      (target->state == SIM_STATE_FAILED && gw_text_equal(target->code, "stuck"));

        if ((!failed && target->state != SIM_STATE_SUCCEEDED) ||
            (model && !gw_text_equal(model, model_of(gate, t))))
            continue;
        called++;
        *ret_failed += failed;
    }
    return called;
}

/* More than eight times likelier at what was seen than at what is normal, for each of those who are asked. */
static bool is_doubtful(const struct gate *gate, const char *model, uint32_t asked)
{
    double failed, called = count_called(gate, model, &failed), well = called - failed;

    return failed > NORMAL * called && failed * log(failed / called / NORMAL) +
                                               (well > 0 ? well * log(well / called / (1 - NORMAL)) : 0) >
                                           log(8.0 * asked) + ROUGHLY;
}

/* A target of each model that was upgraded so far, the first of each. */
static uint32_t find_models(const struct gate *gate, uint32_t ret[SIM_DEVICES_MAX])
{
    const struct sim_check_wave *plan = &gate->check->plan.wave[gate->wave];
    uint32_t n = 0, i;
    double failed;

    for (uint32_t t = 0; t < plan->first + plan->targets; t++) {
        for (i = 0; i < n && !gw_text_equal(model_of(gate, ret[i]), model_of(gate, t)); i++)
            continue;
        if (i == n && count_called(gate, model_of(gate, t), &failed) > 0)
            ret[n++] = t;
    }
    return n;
}

static void check_doubts(const struct gate *gate)
{
    uint32_t model[SIM_DEVICES_MAX], models = find_models(gate, model);

    /* What a person forgave no longer counts. */
    for (uint32_t i = 0; i < gate->image->n_orders; i++)
        if (gate->image->order[i].accepted && gw_text_equal(gate->image->order[i].kind, "resume"))
            return;
    if (is_doubtful(gate, NULL, 1))
        sim_violated("I16", "wave %u was promoted with more failures than a normal version has",
                     gate->wave + 1);
    for (uint32_t i = 0; models > 1 && i < models; i++)
        if (is_doubtful(gate, model_of(gate, model[i]), models))
            sim_violated("I16", "wave %u was promoted with more failures of %s than a normal version has",
                         gate->wave + 1, model_of(gate, model[i]));
}

static void check_counts(const struct gate *gate)
{
    const struct sim_check_wave *plan = &gate->check->plan.wave[gate->wave];
    const struct sim_view_wave *wave = &gate->image->wave[gate->wave];
    uint32_t well = 0, not_well = 0, open = 0;
    bool promoted = gw_text_equal(wave->verdict, "promote");

    for (uint32_t t = plan->first; t < plan->first + plan->targets; t++) {
        well += is_well(&gate->image->target[t]);
        not_well += is_not_well(&gate->image->target[t]);
        open += !sim_state_is_outcome(gate->image->target[t].state);
    }
    if (open > 0)
        sim_violated("I16", "call %u while %u targets of wave %u have no outcome", gate->call->number, open,
                     gate->wave + 1);
    else if (wave->succeeded != well || wave->of != well + not_well)
        sim_violated("I16", "the verdict on wave %u counts %u well of %u, and there are %u of %u",
                     gate->wave + 1, wave->succeeded, wave->of, well, well + not_well);
    else if (promoted && well <= not_well)
        sim_violated("I16", "wave %u was promoted with %u well of %u", gate->wave + 1, well, well + not_well);
    else if (promoted)
        check_doubts(gate);
}

/* ---- I16: the verdict, and the person ---- */

static bool asks_for_approval(const struct gate *gate, uint32_t wave)
{
    return (wave < gate->check->swarm->n_waves && gate->check->swarm->wave[wave].approve) ||
           gw_text_equal(gate->image->wave[wave].verdict, "hold");
}

/* As many words as were needed until now, and one since this verdict. */
static bool is_approved(const struct gate *gate)
{
    uint32_t needed = 0, said = 0;
    bool since = gate->check->swarm->clock_sets > 0;

    for (uint32_t wave = 0; wave <= gate->wave; wave++)
        needed += asks_for_approval(gate, wave);
    for (uint32_t i = 0; i < gate->image->n_orders; i++) {
        const struct sim_view_order *order = &gate->image->order[i];

        if (!order->accepted || !gw_text_equal(order->kind, "approve"))
            continue;
        said++;
        since |= order->answered_unix_ms >= gate->image->wave[gate->wave].judged_unix_ms;
    }
    return since && said >= needed;
}

static void check_verdict(const struct gate *gate)
{
    const struct sim_view_wave *wave = &gate->image->wave[gate->wave];

    if (!gw_text_equal(wave->phase, "finished"))
        sim_violated("I16", "call %u of a later wave while wave %u is %s", gate->call->number, gate->wave + 1,
                     wave->phase);
    else if (!gw_text_equal(wave->verdict, "promote") && !gw_text_equal(wave->verdict, "hold"))
        sim_violated("I16", "call %u behind wave %u, on which the verdict is %s", gate->call->number,
                     gate->wave + 1, wave->verdict[0] ? wave->verdict : "none");
    else if (asks_for_approval(gate, gate->wave) && !is_approved(gate))
        sim_violated("I16", "call %u behind wave %u, which nobody has approved", gate->call->number,
                     gate->wave + 1);
    else
        check_counts(gate);
}

/* ---- I17: the soak ---- */

/* By the clock that nobody sets: where one process saw the wave from its last call to its end. */
static void check_soak_here(const struct gate *gate, uint64_t soak_ms)
{
    const struct sim_check_plan *plan = &gate->check->plan;
    const struct sim_check_wave *wave = &plan->wave[gate->wave];

    for (uint32_t t = wave->first; t < wave->first + wave->targets; t++) {
        const struct sim_check_list *calls = &gate->check->device[plan->target[t].device].calls;

        for (uint32_t i = 0; i < calls->n; i++) {
            const struct sim_line *line = sim_ledger_at(calls->at[i]);

            if (line->pid == gate->call->pid && gate->call->sent_ms < line->sent_ms + soak_ms)
                sim_violated("I17", "call %u is %llu ms behind %u of wave %u, which had %llu ms to soak",
                             gate->call->number, (unsigned long long)(gate->call->sent_ms - line->sent_ms),
                             line->number, gate->wave + 1, (unsigned long long)soak_ms);
        }
    }
}

/* By the clock on the wall, and whether each that is well was looked at behind it. */
static void check_soak_on_the_wall(const struct gate *gate, uint64_t soak_ms)
{
    const struct sim_check_plan *plan = &gate->check->plan;
    const struct sim_check_wave *wave = &plan->wave[gate->wave];
    int64_t until_unix_ms = gate->image->wave[gate->wave].soak_until_unix_ms;

    if (gate->call->sent_ms < sim_check_ms(until_unix_ms))
        sim_violated("I17", "call %u while wave %u soaks", gate->call->number, gate->wave + 1);
    for (uint32_t t = wave->first; t < wave->first + wave->targets; t++) {
        const struct sim_view_target *target = &gate->image->target[t];

        if (target->ended_unix_ms + (int64_t)soak_ms > until_unix_ms)
            sim_violated("I17", "wave %u had not soaked for %llu ms when target %u had its outcome",
                         gate->wave + 1, (unsigned long long)soak_ms, t);
        if (target->state == SIM_STATE_SUCCEEDED && !target->relapsed &&
            !sim_check_seen_there(gate->check, plan->target[t].device, sim_check_ms(until_unix_ms),
                                  gate->call->sent_ms))
            sim_violated("I17", "call %u, and target %u was not seen to be well since wave %u has soaked",
                         gate->call->number, t, gate->wave + 1);
    }
}

static void check_soak(const struct gate *gate)
{
    const struct sim_swarm *swarm = gate->check->swarm;
    uint64_t soak_ms = gate->wave < swarm->n_waves ? swarm->wave[gate->wave].soak_ms : 0;

    /* Where nothing is well, there is nothing to see. */
    if (soak_ms == 0 || gate->image->wave[gate->wave].succeeded == 0)
        return;
    check_soak_here(gate, soak_ms);
    if (swarm->clock_sets == 0)
        check_soak_on_the_wall(gate, soak_ms);
}

void sim_check_wave(struct sim_check *check, const struct sim_line *line)
{
    struct gate gate = {.check = check, .call = line};
    uint32_t wave = check->plan.target[check->plan.target_of[line->device]].wave;
    struct sim_view *image;

    if (line->sent_ms >= check->wave_began_ms[wave])
        return;
    check->wave_began_ms[wave] = line->sent_ms;
    image = wave > 0 ? sim_view_durable(check) : NULL;
    gate.image = image;
    for (; image && gate.wave < wave; gate.wave++) {
        check_verdict(&gate);
        check_soak(&gate);
    }
    sim_view_free(image);
}
