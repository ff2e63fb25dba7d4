/*
 * Truth (I23): each outcome rests on what was delivered, and each answer on what really came. A device may have changed
 * since, so that what counts is what reads said, and when they were sent. And I3's first half: what is recorded as never
 * sent has not left.
 */
#include "gatewave/base/text.h"

#include "check/local.h"

/* A target whose outcome is new. */
struct judged {
    const struct sim_check *check;
    const struct sim_view *image;
    const struct sim_view_target *target;
    uint32_t number, device;
    uint64_t now_ms;
    /* its attempts that really left */
    uint32_t left, refused;
    uint64_t last_left_ms;
    const struct sim_line *last; /* the last of them that has arrived */
};

static void untrue(const struct judged *judged, const char *why)
{
    const char *text;

    if (!sim_violation(&text))
        sim_check_tell(judged->check, judged->device);
    sim_violated("I23", "target %u (%s) is %s (%s): %s", judged->number,
                 judged->check->swarm->device[judged->device].serial, sim_state_word(judged->target->state),
                 judged->target->code, why);
}

static bool is_code(const struct judged *judged, const char *code)
{
    return gw_text_equal(judged->target->code, code);
}

/* ---- what was sent ---- */

/* NULL: it never left. */
static const struct sim_check_nonce *sent(const struct sim_check *check,
                                          const struct sim_view_attempt *attempt)
{
    const struct sim_check_nonce *nonce = sim_check_nonce_find(check, attempt->nonce);

    return nonce && nonce->left ? nonce : NULL;
}

static bool is_settled(const struct judged *judged, const struct sim_view_attempt *attempt,
                       const struct sim_check_nonce *nonce, uint64_t by_ms)
{
    const struct sim_line *line = nonce->line == SIM_NONE ? NULL : sim_ledger_at(nonce->line);

    if (line && line->device == judged->device)
        return sim_check_settled(judged->check, line, by_ms);
    return sim_check_settled_unseen(judged->check, judged->device, attempt->signed_unix_ms, nonce->left_ms,
                                    by_ms);
}

static void count_left(struct judged *judged)
{
    for (uint32_t i = 0; i < judged->target->n_attempts; i++) {
        const struct sim_check_nonce *nonce =
            sent(judged->check, &judged->image->attempt[judged->target->first_attempt + i]);

        if (!nonce)
            continue;
        judged->left++;
        judged->last_left_ms = nonce->left_ms;
        if (nonce->line == SIM_NONE)
            continue;
        judged->last = sim_ledger_at(nonce->line);
        judged->refused += sim_check_refused(judged->check, judged->last, judged->now_ms);
    }
}

/* Nothing that left can have had an effect, as far as anybody could know. */
static void check_untouched(const struct judged *judged)
{
    for (uint32_t i = 0; i < judged->target->n_attempts; i++) {
        const struct sim_view_attempt *attempt = &judged->image->attempt[judged->target->first_attempt + i];
        const struct sim_check_nonce *nonce = sent(judged->check, attempt);

        if (nonce && !is_settled(judged, attempt, nonce, judged->now_ms)) {
            untrue(judged, "a call for it may have taken effect");
            return;
        }
    }
}

/* ---- what was seen ---- */

enum sight {
    SEEN_AT_VERSION,
    SEEN_BEYOND,
    SEEN_SHORT_OF_IT, /* online, and not there */
    SEEN_OFFLINE,
};

static enum sight sight_of(const struct judged *judged, const struct sim_said *said)
{
    int order = sim_check_order(judged->check, said->version);

    if (!said->online)
        return SEEN_OFFLINE;
    return order == 0 ? SEEN_AT_VERSION : order > 0 ? SEEN_BEYOND : SEEN_SHORT_OF_IT;
}

/* A read that was sent since from_ms has told so; one: by a look at the gateway itself. */
static bool was_seen(const struct judged *judged, unsigned sights, uint64_t from_ms, bool one)
{
    const struct sim_check_device *known = &judged->check->device[judged->device];

    for (uint32_t i = known->n_sights; i > 0; i--) {
        const struct sim_line *line;
        const struct sim_said *said = sim_check_said(&known->sight[i - 1], &line);

        if (line->sent_ms >= from_ms && sim_check_delivered(line, judged->now_ms) &&
            (!one || line->action == SIM_ATTRIBUTE) && (sights & (1u << sight_of(judged, said))))
            return true;
    }
    return false;
}

/* ---- outcome by outcome ---- */

static void check_succeeded(const struct judged *judged)
{
    /* An intent whose process died is in doubt, called or not; whom somebody else upgrades then has got there by it. */
    bool foreign = judged->check->swarm->foreign_bp > 0, effect = foreign;
    const struct sim_check_list *calls = &judged->check->device[judged->device].calls;

    for (uint32_t i = 0; i < calls->n; i++)
        effect |= sim_check_effect(judged->check, sim_ledger_at(calls->at[i])) != NULL;
    if (judged->left == 0 && !foreign)
        untrue(judged, "no call for it ever left");
    else if (!was_seen(judged, 1u << SEEN_AT_VERSION, judged->last_left_ms, true))
        untrue(judged, "nobody has seen it online at the version since it was called");
    else if (!effect)
        untrue(judged, "no call for it took effect, and nobody else upgrades devices here");
    else if (!gw_text_equal(judged->target->version_after, judged->check->plan.version))
        untrue(judged, "its version afterwards is another one");
}

static void check_skipped(const struct judged *judged)
{
    unsigned wanted = is_code(judged, "at_version") ? 1u << SEEN_AT_VERSION : 1u << SEEN_BEYOND;

    if (!was_seen(judged, wanted, judged->left > 0 ? judged->last_left_ms : 0, false))
        untrue(judged, "nobody has seen it there");
    else if (is_code(judged, "at_version") && judged->left != judged->refused)
        untrue(judged, "a call for it was in doubt");
    else
        check_untouched(judged);
}

static void check_stuck(const struct judged *judged)
{
    const struct sim_swarm *swarm = judged->check->swarm;
    uint64_t slack_ms = sim_check_lag_ms(judged->check) + 1000;
    uint64_t deadline_ms =
        judged->last_left_ms + (swarm->stuck_ms > slack_ms ? swarm->stuck_ms - slack_ms : 0);

    if (swarm->clock_sets > 0)
        deadline_ms = judged->last_left_ms;
    if (!judged->last || judged->last->sent_ms != judged->last_left_ms ||
        !sim_check_accepted(judged->check, judged->last, judged->now_ms))
        untrue(judged, "its last call was not accepted");
    else if (!was_seen(judged, 1u << SEEN_SHORT_OF_IT | 1u << SEEN_OFFLINE, deadline_ms, false))
        untrue(judged, "nobody has seen it short of the version after its deadline");
}

static void check_failed(const struct judged *judged)
{
    if (is_code(judged, "stuck")) {
        check_stuck(judged);
    } else if (is_code(judged, "not_found") || is_code(judged, "unsuitable") ||
               is_code(judged, "ambiguous")) {
        check_untouched(judged);
    } else if (is_code(judged, "attempts")) {
        check_untouched(judged);
        if (judged->target->charged < judged->check->swarm->attempts)
            untrue(judged, "it has attempts left");
    } else if (!judged->last || !sim_check_refused(judged->check, judged->last, judged->now_ms) ||
               !is_code(judged, sim_check_answer(judged->check, judged->last, judged->now_ms)->code)) {
        untrue(judged, "its last call was not refused so");
    }
}

static void check_deferred(const struct judged *judged)
{
    const struct sim_device *device = &judged->check->swarm->device[judged->device];

    check_untouched(judged);
    if (is_code(judged, "offline") && !was_seen(judged, 1u << SEEN_OFFLINE, 0, false))
        untrue(judged, "nobody has seen it offline");
    if (is_code(judged, "mate") && device->mate == SIM_NONE)
        untrue(judged, "it has no mate");
    if (is_code(judged, "no_window") && !judged->check->swarm->windows)
        untrue(judged, "there are no windows");
}

/* Only where nothing is proven: an intent that nobody answered may have left without anybody knowing. */
static void check_unresolved(const struct judged *judged)
{
    const struct sim_view_attempt *last;

    if (judged->target->n_attempts == 0) {
        untrue(judged, "it was never called");
        return;
    }
    last = &judged->image->attempt[judged->target->first_attempt + judged->target->n_attempts - 1];
    if (last->proof == SIM_PROOF_NEVER_SENT ||
        (last->proof == SIM_PROOF_REFUSED && sim_check_code(last->code) != SIM_CODE_BUSY))
        untrue(judged, "its last call had no effect, and that is recorded");
    if (is_code(judged, "unproven") && last->proof == SIM_PROOF_ACCEPTED)
        untrue(judged, "its last call was accepted, and that is recorded");
    if (is_code(judged, "foreign_version") && !was_seen(judged, 1u << SEEN_BEYOND, 0, false))
        untrue(judged, "nobody has seen another version");
}

static void check_canceled(const struct judged *judged)
{
    check_untouched(judged);
    if (!judged->target->left_out && !sim_view_order(judged->image, "abort"))
        untrue(judged, "nobody has aborted the rollout or left it out");
}

void sim_check_truth(const struct sim_check *check, const struct sim_view *image)
{
    static void (*const checks[SIM_STATES])(const struct judged *judged) = {
        [SIM_STATE_SUCCEEDED] = check_succeeded,   [SIM_STATE_SKIPPED] = check_skipped,
        [SIM_STATE_FAILED] = check_failed,         [SIM_STATE_DEFERRED] = check_deferred,
        [SIM_STATE_UNRESOLVED] = check_unresolved, [SIM_STATE_CANCELED] = check_canceled,
    };

    for (uint32_t t = 0; t < image->n; t++) {
        struct judged judged = {.check = check,
                                .image = image,
                                .target = &image->target[t],
                                .number = t,
                                .device = check->plan.target[t].device,
                                .now_ms = sim_now_ms()};

        if (check->ended[t] || !checks[judged.target->state])
            continue;
        count_left(&judged);
        checks[judged.target->state](&judged);
    }
}

/* ---- answers ---- */

static void check_proof(const struct sim_check *check, const struct sim_view_attempt *attempt, uint32_t t)
{
    const struct sim_check_nonce *nonce = sent(check, attempt);
    const struct sim_line *answer = nonce ? sim_check_heard(nonce, sim_now_ms()) : NULL;

    if (attempt->proof == SIM_PROOF_NEVER_SENT && nonce)
        sim_violated("I3", "attempt %u of target %u is said to have never been sent, and left at %llu",
                     attempt->number, t, (unsigned long long)nonce->left_ms);
    if (attempt->proof == SIM_PROOF_ACCEPTED && !(answer && !answer->code))
        sim_violated("I23", "attempt %u of target %u is said to have been accepted, and nobody was told so",
                     attempt->number, t);
    if (attempt->proof == SIM_PROOF_REFUSED &&
        !(answer && answer->code && gw_text_equal(answer->code, attempt->code) &&
          sim_check_code(answer->code) != SIM_CODE_DOUBT))
        sim_violated("I23",
                     "attempt %u of target %u is said to have been refused with %s, and nobody was told so",
                     attempt->number, t, attempt->code);
}

/* Of two attempts that left, what the first did was known when the second one left, whether or not it arrived. */
static void check_unseen(const struct sim_check *check, const struct sim_view *image, uint32_t t)
{
    const struct sim_view_target *target = &image->target[t];
    uint32_t device = check->plan.target[t].device;

    for (uint32_t i = 0; i < target->n_attempts; i++) {
        const struct sim_view_attempt *attempt = &image->attempt[target->first_attempt + i];
        const struct sim_check_nonce *first = sent(check, attempt), *second = NULL;

        for (uint32_t k = i + 1; k < target->n_attempts && !second; k++)
            second = sent(check, &image->attempt[target->first_attempt + k]);
        if (first && second && first->line == SIM_NONE &&
            !sim_check_settled_unseen(check, device, attempt->signed_unix_ms, first->left_ms,
                                      second->left_ms))
            sim_violated("I3",
                         "attempt %u of target %u was lost, and it was called again before anybody knew",
                         attempt->number, t);
    }
}

void sim_check_proofs(const struct sim_check *check, const struct sim_view *image)
{
    for (uint32_t t = 0; t < image->n; t++) {
        const struct sim_view_target *target = &image->target[t];

        for (uint32_t i = 0; i < target->n_attempts; i++)
            check_proof(check, &image->attempt[target->first_attempt + i], t);
        check_unseen(check, image, t);
    }
}
