/*
 * One image, by itself: what every state of the database must be like, whatever moment the power fails at (I2, I5, I24,
 * I29), and the limits as they stand there (I9 to I11, I13). And the rows that must be there when a call leaves.
 */
#include "gatewave/base/text.h"

#include "check/local.h"

static const struct sim_view_attempt *last_attempt(const struct sim_view *image,
                                                   const struct sim_view_target *target)
{
    return target->n_attempts > 0 ? &image->attempt[target->first_attempt + target->n_attempts - 1] : NULL;
}

static bool is_under_way(const struct sim_view_target *target)
{
    return target->state == SIM_STATE_IN_FLIGHT || target->state == SIM_STATE_IN_DOUBT ||
           target->state == SIM_STATE_UPGRADING;
}

/* ---- I5, I13: attempts ---- */

static void check_attempts(const struct sim_check *check, const struct sim_view *image, uint32_t t)
{
    const struct sim_view_target *target = &image->target[t];
    uint32_t costly = 0; /* whatever was made of them later */

    for (uint32_t i = 0; i < target->n_attempts; i++) {
        const struct sim_view_attempt *attempt = &image->attempt[target->first_attempt + i];

        if (attempt->number != i + 1)
            sim_violated("I5", "attempt %u of target %u has number %u", i + 1, t, attempt->number);
        costly += attempt->proof == SIM_PROOF_ACCEPTED || attempt->proof == SIM_PROOF_IN_DOUBT;
    }
    if (target->charged < costly)
        sim_violated("I13", "target %u was charged for %u attempts, and %u may have taken effect", t,
                     target->charged, costly);
    if (target->sent != target->n_attempts)
        sim_violated("I5", "target %u says %u attempts, and has %u", t, target->sent, target->n_attempts);
    if (target->charged > check->swarm->attempts)
        sim_violated("I13", "target %u was charged for %u attempts, allowed are %u", t, target->charged,
                     check->swarm->attempts);
}

/* ---- I2: one call at a time that is not settled ---- */

static bool is_settled(const struct sim_view_attempt *attempt)
{
    return attempt->proof == SIM_PROOF_REFUSED || attempt->proof == SIM_PROOF_NEVER_SENT;
}

/* What was not refused was proven to have had no effect, before another attempt was made. */
static void check_unsettled(const struct sim_view *image, uint32_t t)
{
    const struct sim_view_target *target = &image->target[t];
    uint32_t unsettled = 0;

    for (uint32_t i = 0; i + 1 < target->n_attempts; i++) {
        const struct sim_view_attempt *attempt = &image->attempt[target->first_attempt + i];

        unsettled += !is_settled(attempt);
        if (attempt->proof == SIM_PROOF_ACCEPTED)
            sim_violated("I2", "attempt %u of target %u was accepted, and is not the last one",
                         attempt->number, t);
    }
    if (unsettled > target->resolved)
        sim_violated("I2", "target %u has %u attempts that may have taken effect, and %u were resolved", t,
                     unsettled, target->resolved);
}

/* The state is what the last attempt came to. */
static void check_state(const struct sim_view *image, uint32_t t)
{
    const struct sim_view_target *target = &image->target[t];
    const struct sim_view_attempt *last = last_attempt(image, target);
    bool fits = true;

    switch (target->state) {
    case SIM_STATE_WAITING:
        fits = !last || is_settled(last) || gw_text_equal(target->last_event, "waiting");
        break;
    case SIM_STATE_IN_FLIGHT:
        fits = last && last->proof == SIM_PROOF_NONE;
        break;
    case SIM_STATE_UPGRADING:
        fits = last && last->proof == SIM_PROOF_ACCEPTED;
        break;
    case SIM_STATE_IN_DOUBT:
        fits = last && (last->proof == SIM_PROOF_IN_DOUBT || last->proof == SIM_PROOF_REFUSED ||
                        (last->proof == SIM_PROOF_NONE && gw_text_equal(target->last_event, "in_doubt")));
        break;
    default:
        return;
    }
    if (!fits)
        sim_violated("I2", "target %u is %s, which is not what its attempts came to", t,
                     sim_state_word(target->state));
}

/* ---- I24, I29 ---- */

static void check_outcome(const struct sim_view *image, uint32_t t)
{
    const struct sim_view_target *target = &image->target[t];
    const struct sim_view_attempt *last = last_attempt(image, target);

    if (target->state == 0 || sim_state_is_outcome(target->state) != (target->ended_unix_ms != 0))
        sim_violated("I24", "target %u has %s and %s", t, sim_state_word(target->state),
                     target->ended_unix_ms ? "has ended" : "has not ended");
    if (!sim_state_is_outcome(target->state) ||
        gw_text_equal(target->last_event, sim_state_word(target->state)))
        return;
    if (!last || last->proof != SIM_PROOF_REFUSED || !gw_text_equal(last->code, target->code))
        sim_violated("I29", "target %u is %s (%s), and neither an event nor a refusal says so", t,
                     sim_state_word(target->state), target->code);
}

/* What is history has its event, and no event is missing. */
static void check_events(const struct sim_view *image)
{
    if (image->events != image->last_event)
        sim_violated("I29", "there are %lld events, and the last one has number %lld",
                     (long long)image->events, (long long)image->last_event);
    if (image->verdicts != image->verdict_events || image->relapses != image->relapse_events ||
        image->answered_orders != image->order_events)
        sim_violated("I29", "%lld verdicts, %lld relapses and %lld answers have %lld, %lld and %lld events",
                     (long long)image->verdicts, (long long)image->relapses,
                     (long long)image->answered_orders, (long long)image->verdict_events,
                     (long long)image->relapse_events, (long long)image->order_events);
    if (image->last_phase_event[0] && !gw_text_equal(image->phase, image->last_phase_event))
        sim_violated("I29", "the rollout is %s, and its last event says %s", image->phase,
                     image->last_phase_event);
}

/* ---- limits ---- */

static void check_limits(const struct sim_check *check, const struct sim_view *image)
{
    const struct sim_swarm *swarm = check->swarm;
    uint32_t calls = sim_view_count(image, SIM_STATE_IN_FLIGHT) + sim_view_count(image, SIM_STATE_IN_DOUBT);
    uint32_t devices = calls + sim_view_count(image, SIM_STATE_UPGRADING);

    if (swarm->in_flight > 0 && calls > swarm->in_flight)
        sim_violated("I9", "%u calls are sent or in doubt, allowed are %u", calls, swarm->in_flight);
    if (swarm->upgrading > 0 && devices > swarm->upgrading)
        sim_violated("I10", "%u devices are under way, allowed are %u", devices, swarm->upgrading);
}

/* Of one device: its site's and its mate's. */
static void check_neighbours(const struct sim_check *check, const struct sim_view *image, uint32_t t)
{
    const struct sim_check_plan *plan = &check->plan;
    const struct sim_device *device = &check->swarm->device[plan->target[t].device];
    uint32_t in_site = 0;

    if (!is_under_way(&image->target[t]))
        return;
    if (device->mate != SIM_NONE && plan->target_of[device->mate] != SIM_NONE &&
        is_under_way(&image->target[plan->target_of[device->mate]]))
        sim_violated("I11", "both devices of %s are under way", device->gateway_id);
    for (uint32_t i = 0; i < image->n; i++)
        in_site += is_under_way(&image->target[i]) &&
                   gw_text_equal(check->swarm->device[plan->target[i].device].site, device->site);
    if (check->swarm->per_site > 0 && device->site[0] && in_site > check->swarm->per_site)
        sim_violated("I10", "%u devices of %s are under way, allowed are %u", in_site, device->site,
                     check->swarm->per_site);
}

/* ---- waves ---- */

static bool is_wave(const struct sim_view *image, uint32_t wave, const char *phase)
{
    return gw_text_equal(image->wave[wave].phase, phase);
}

static void check_waves(const struct sim_check *check, const struct sim_view *image)
{
    for (uint32_t w = 1; w < check->plan.n_waves; w++)
        if (!is_wave(image, w, "pending") && !is_wave(image, w, "aborted") &&
            !is_wave(image, w - 1, "finished"))
            sim_violated("I16", "wave %u is %s while wave %u is %s", w + 1, image->wave[w].phase, w,
                         image->wave[w - 1].phase);
}

void sim_check_rows(const struct sim_check *check, const struct sim_view *image)
{
    if (image->n != check->plan.n)
        sim_violated("I24", "%u targets were frozen, and there are %u", check->plan.n, image->n);
    for (uint32_t t = 0; t < image->n; t++) {
        check_attempts(check, image, t);
        check_unsettled(image, t);
        check_state(image, t);
        check_outcome(image, t);
        check_neighbours(check, image, t);
    }
    check_limits(check, image);
    check_waves(check, image);
    check_events(image);
}

/* It is paused, and a person's word to go on is there, whose answer is not durable yet. */
static bool is_let_go(const struct sim_view *image)
{
    bool let_go = false;

    for (uint32_t i = 0; i < image->n_orders; i++)
        let_go |= image->order[i].answered_unix_ms == 0 && gw_text_equal(image->order[i].kind, "resume");
    return let_go && gw_text_equal(image->phase, "paused");
}

/* ---- a call leaves ---- */

void sim_check_sample(struct sim_check *check, const struct sim_check_nonce *nonce,
                      const struct sim_view *image)
{
    const struct sim_view_attempt *attempt;
    uint32_t t, wave;

    if (!sim_view_find(image, nonce->text, &t, &attempt)) {
        sim_violated("I1", "call %s leaves, and no durable attempt has its nonce", nonce->text);
        return;
    }
    wave = check->plan.target[t].wave;
    if (image->target[t].state != SIM_STATE_IN_FLIGHT || attempt != last_attempt(image, &image->target[t]))
        sim_violated("I5", "attempt %u of target %u leaves, which is %s after %u attempts", attempt->number,
                     t, sim_state_word(image->target[t].state), image->target[t].sent);
    if (is_wave(image, wave, "waiting"))
        sim_violated("I18", "a call leaves for wave %u, which its gate has stopped", wave + 1);
    else if (!is_wave(image, wave, "running"))
        sim_violated("I16", "a call leaves for wave %u, which is %s", wave + 1, image->wave[wave].phase);
    if (!gw_text_equal(image->phase, "running") && !is_let_go(image))
        sim_violated("I20", "a call leaves while the rollout is %s", image->phase);
    sim_check_rows(check, image);
}
