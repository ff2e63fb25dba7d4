/*
 * Pace: no window of a lane holds more requests than its rate says (I12), a throttle's silence is kept (I14), and nobody
 * is tried more often than the rollout says (I13). A window is measured where requests leave, so that a connection that
 * took its time may bring two of them nearer to each other.
 */
#include "gatewave/base/text.h"

#include "check/local.h"

/* The longest silence that a throttle is taken at its word for. */
#define SILENCE_MOST_MS 120000

/* ---- I12 ---- */

/*
 * What nobody can keep to: where a process was stopped, what it had sent leaves when it goes on; a clock that was set
 * while nobody ran moves what was sent before; and whose lock file was removed learns of it by his next commit, and
 * reads until then.
 */
static bool counts(const struct sim_check *check, const struct sim_line *a, const struct sim_line *b)
{
    const struct sim_check_nonce *first = sim_check_nonce_find(check, a->nonce);

    if (a->action != SIM_UPDATE && check->swarm->lock_removed)
        return false;
    return !(first && first->held) && (a->pid == b->pid || check->swarm->clock_sets == 0);
}

static void check_windows(const struct sim_check *check, const struct sim_line *line,
                          const struct sim_check_list *sent, struct gw_rate rate, uint64_t from_ms)
{
    uint32_t at = sent->n;

    if (rate.window_ms == 0 || rate.calls == 0)
        return;
    while (sent->at[at - 1] != line->number)
        at--;
    /* Every window that this one is the first, the last or in the middle of. */
    for (uint32_t last = at - 1; last < sent->n && last < at + rate.calls; last++) {
        const struct sim_line *b = sim_ledger_at(sent->at[last]);
        const struct sim_line *a = last >= rate.calls ? sim_ledger_at(sent->at[last - rate.calls]) : NULL;

        if (a && a->sent_ms >= from_ms && counts(check, a, b) &&
            b->sent_ms + sim_check_jitter_ms(check) < a->sent_ms + rate.window_ms)
            sim_violated(
                "I12", "%u and %u are %u %s apart in lane %u, within %llu ms; allowed are %u in %u ms",
                a->number, b->number, rate.calls, line->action == SIM_UPDATE ? "calls" : "reads", line->lane,
                (unsigned long long)(b->sent_ms - a->sent_ms), rate.calls, rate.window_ms);
    }
}

/* What an order asked for holds from its acknowledgement on, unless a newer one has been obeyed meanwhile. */
static void check_ordered(struct sim_check *check, const struct sim_line *line,
                          const struct sim_check_list *sent)
{
    const struct sim_check_paced *paced = &check->paced;
    uint32_t n = 0;
    struct sim_view *image;

    for (uint32_t i = sent->n; i > 0; i--) {
        const struct sim_line *other = sim_ledger_at(sent->at[i - 1]);

        n += other->sent_ms >= paced->from_ms && other->sent_ms <= line->sent_ms &&
             line->sent_ms - other->sent_ms + sim_check_jitter_ms(check) < paced->rate.window_ms;
    }
    if (paced->rate.window_ms == 0 || n <= paced->rate.calls)
        return;
    image = sim_view_durable(check);
    if (image && !sim_view_ordered_since(image, "pace", paced->order))
        check_windows(check, line, sent, paced->rate, paced->from_ms);
    sim_view_free(image);
}

/* ---- I14 ---- */

static void check_silence(const struct sim_check *check, const struct sim_line *line)
{
    bool update = line->action == SIM_UPDATE;
    const struct sim_check_list *throttles = &check->lane_throttle[line->lane][update];
    uint64_t lag_ms = update ? sim_check_lag_ms(check) : sim_check_jitter_ms(check);

    for (uint32_t i = 0; i < throttles->n; i++) {
        const struct sim_line *throttle = sim_ledger_at(throttles->at[i]);
        uint64_t silence_ms =
            throttle->retry_after_ms < SILENCE_MOST_MS ? throttle->retry_after_ms : SILENCE_MOST_MS;

        if (throttle->pid == line->pid && sim_check_delivered(throttle, line->sent_ms) &&
            line->sent_ms > throttle->delivered_ms + lag_ms &&
            line->sent_ms < throttle->delivered_ms + silence_ms)
            sim_violated("I14", "%u was sent %llu ms after throttle %u, which asked for %llu", line->number,
                         (unsigned long long)(line->sent_ms - throttle->delivered_ms), throttle->number,
                         (unsigned long long)throttle->retry_after_ms);
    }
}

void sim_check_pace(struct sim_check *check, const struct sim_line *line)
{
    bool update = line->action == SIM_UPDATE;
    const struct sim_check_list *sent;

    if (line->lane >= SIM_LANES_MAX)
        return;
    check_silence(check, line);
    if (sim_check_nonce_find(check, line->nonce)->outlived)
        return;
    sent = &check->lane_sent[line->lane][update];
    check_windows(check, line, sent, update ? check->swarm->rate : check->swarm->read_rate, 0);
    if (update)
        check_ordered(check, line, sent);
}

/* ---- I13 ---- */

struct tries {
    uint32_t charged, put_off; /* put_off: by the sender of this one */
    uint32_t lives;            /* of others than its sender */
};

/* A call that has left and has not arrived is nobody's in the ledger: it may be that device's, and in doubt. */
static bool is_one_lost(const struct sim_check *check, uint64_t by_ms)
{
    for (uint32_t i = 0; i < check->n_nonces; i++) {
        const struct sim_check_nonce *nonce = &check->nonce[i];

        if (nonce->left && nonce->update && nonce->left_ms < by_ms && nonce->line == SIM_NONE)
            return true;
    }
    return false;
}

/* It costs nothing: nothing was asked of the device, or nobody was there to ask. Who is busy after a doubt may be at work
   on that: such a call is in doubt itself, and not put off. */
static bool is_free(const struct sim_check *check, const struct sim_line *line, uint64_t by_ms,
                    bool *ret_put_off)
{
    enum sim_check_code means = SIM_CODE_DOUBT;

    if (sim_check_refused(check, line, by_ms))
        means = sim_check_code(sim_check_answer(check, line, by_ms)->code);
    *ret_put_off =
        means == SIM_CODE_OFFLINE || (means == SIM_CODE_BUSY && !is_one_lost(check, line->sent_ms));
    return means == SIM_CODE_OFFLINE || means == SIM_CODE_BUSY || means == SIM_CODE_THROTTLED ||
           means == SIM_CODE_STOPS;
}

/* Each process that ended may have taken one answer with it that nobody else could charge for. */
void sim_check_tries(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_check_list *calls = &check->device[line->device].calls;
    uint32_t last_pid = line->pid;
    struct tries tries = {0};
    bool put_off;

    for (uint32_t i = 0; i < calls->n; i++) {
        const struct sim_line *other = sim_ledger_at(calls->at[i]);

        if (other == line || other->sent_ms > line->sent_ms)
            continue;
        if (is_free(check, other, line->sent_ms, &put_off)) {
            tries.put_off += other->pid == line->pid && put_off;
            continue;
        }
        tries.charged++;
        tries.lives += other->pid != line->pid && other->pid != last_pid;
        last_pid = other->pid;
    }
    if (tries.charged + 1 > check->swarm->attempts + tries.lives)
        sim_violated("I13", "call %u for %s is attempt %u, allowed are %u", line->number,
                     check->swarm->device[line->device].serial, tries.charged + 1, check->swarm->attempts);
    if (tries.put_off + 1 > check->swarm->attempts)
        sim_violated("I13", "call %u for %s, which was put off %u times", line->number,
                     check->swarm->device[line->device].serial, tries.put_off);
}
