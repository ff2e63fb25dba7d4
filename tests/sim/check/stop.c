/*
 * Who may send, and when nobody may: a runner that has lost the rollout (I31), after a gate has tripped (I18), after a
 * person's word that was acknowledged (I20), and when all is over (I27). Looked at when a call leaves. Nothing here
 * believes a word that is not in the durable image by then.
 */
#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "check/local.h"
#include "disk/disk.h"

/* ---- what was under way ---- */

/* Intents that are durable and have no answer. Their calls may leave although somebody else has the rollout by now: the
   other one takes them as in doubt. */
static void keep_under_way(struct sim_check *check, const struct sim_view *image)
{
    for (uint32_t t = 0; t < image->n; t++) {
        const struct sim_view_target *target = &image->target[t];
        const struct sim_view_attempt *last;

        if (target->n_attempts == 0)
            continue;
        last = &image->attempt[target->first_attempt + target->n_attempts - 1];
        if (last->proof != SIM_PROOF_NONE)
            continue;
        check->kept = gw_mem_resize(check->kept, check->n_kept + 1, sizeof(*check->kept));
        gw_text_copy(check->kept[check->n_kept++], SIM_CHECK_NONCE_SIZE, last->nonce);
    }
}

static bool is_kept(const struct sim_check *check, const char *nonce)
{
    for (uint32_t i = 0; i < check->n_kept; i++)
        if (gw_text_equal(check->kept[i], nonce))
            return true;
    return false;
}

/* ---- I31: one sender ---- */

/* By what the kernel has. */
static bool has_lease(struct sim_check *check, uint32_t pid)
{
    int rc;
    sqlite3 *db = sim_disk_open_image(check->database, SIM_DISK_PRESENT, &rc);
    struct sim_view *image = db ? sim_view_read(check, db, false) : NULL;
    bool has = image && image->lease_pid == pid;

    sim_view_free(image);
    sim_disk_close_image(db);
    return has;
}

void sim_check_sender(struct sim_check *check, const struct sim_process *process)
{
    uint32_t pid = sim_process_pid(process);
    struct sim_view *image;

    for (uint32_t i = 0; i < check->pids.n; i++)
        if (check->pids.at[i] == pid)
            return;
    sim_check_list_add(&check->pids, pid);
    image = check->scope == SIM_SCOPE_WORLD ? sim_view_durable_past(check) : sim_view_durable(check);
    if ((!image || image->lease_pid != pid) && has_lease(check, pid))
        sim_violated("I1", "process %u sends, and its lease is not durable", pid);
    if (image && check->holder != 0 && check->holder != image->lease_pid)
        keep_under_way(check, image);
    if (image)
        check->holder = image->lease_pid;
    sim_view_free(image);
}

static void check_kept(const struct sim_check *check, const struct sim_check_nonce *nonce)
{
    if (nonce->outlived && !is_kept(check, nonce->text))
        sim_violated("I31", "process %u sends a call, and process %u has the rollout since", nonce->pid,
                     check->holder);
}

void sim_check_outlived(struct sim_check *check, struct sim_check_nonce *nonce, const struct sim_view *image)
{
    keep_under_way(check, image);
    check->holder = image->lease_pid;
    nonce->outlived = true;
    check_kept(check, nonce);
}

/* ---- I18: a gate that has tripped ---- */

uint32_t sim_view_failures(const struct sim_view *image)
{
    return sim_view_count(image, SIM_STATE_FAILED) + sim_view_count(image, SIM_STATE_UNRESOLVED) +
           (uint32_t)image->relapses;
}

/* Since a person's last word to go on; 0: nobody has said so. */
static int64_t forgiven_unix_ms(const struct sim_view *image)
{
    const struct sim_view_order *resume = sim_view_order(image, "resume");

    return resume ? resume->answered_unix_ms : 0;
}

/* What was forgiven is not counted again; of relapses nobody knows when they were. */
static uint32_t failures_since(const struct sim_view *image, int64_t unix_ms)
{
    uint32_t n = 0;

    for (uint32_t t = 0; t < image->n; t++) {
        const struct sim_view_target *target = &image->target[t];

        n += (target->state == SIM_STATE_FAILED || target->state == SIM_STATE_UNRESOLVED) &&
             target->ended_unix_ms > unix_ms;
    }
    return n;
}

static bool has_tripped(const struct sim_check *check, const struct sim_view *image)
{
    int64_t forgiven = forgiven_unix_ms(image);

    if (check->swarm->max_failed == 0 || (forgiven > 0 && check->swarm->clock_sets > 0))
        return false;
    return (forgiven > 0 ? failures_since(image, forgiven) : sim_view_failures(image)) >
           check->swarm->max_failed;
}

static bool is_stopped_by_gate(const struct sim_view *image)
{
    for (uint32_t w = 0; w < SIM_CHECK_WAVES_MAX; w++)
        if (gw_text_equal(image->wave[w].phase, "waiting"))
            return true;
    return false;
}

void sim_check_trip(const struct sim_check *check, const struct sim_view *image)
{
    bool said = false;

    for (uint32_t w = 0; w < SIM_CHECK_WAVES_MAX; w++)
        said |= gw_text_equal(image->wave[w].verdict, "abort") &&
                image->wave[w].judged_unix_ms >= forgiven_unix_ms(image);
    if (has_tripped(check, image) && !said && !sim_view_order(image, "abort"))
        sim_violated("I18", "%u devices have failed, allowed are %u, and no gate has stopped it",
                     sim_view_failures(image), check->swarm->max_failed);
}

static bool is_suspect(const struct sim_check *check, const struct sim_line *call, uint64_t now_ms)
{
    const struct sim_line *answer = sim_check_answer(check, call, now_ms);

    if (answer && answer->code && sim_check_code(answer->code) == SIM_CODE_ENDS)
        return true;
    return now_ms > call->sent_ms + check->swarm->stuck_ms &&
           !sim_check_seen_there(check, call->device, call->sent_ms, now_ms);
}

/* By the ledger alone: devices that cannot be counted as anything but failed, if all that was delivered is recorded. */
static uint32_t count_suspects(const struct sim_check *check, uint64_t now_ms)
{
    uint32_t n = 0;

    for (uint32_t d = 0; d < check->swarm->n_devices; d++) {
        const struct sim_check_list *calls = &check->device[d].calls;
        const struct sim_line *last = calls->n > 0 ? sim_ledger_at(calls->at[calls->n - 1]) : NULL;

        n += last && is_suspect(check, last, now_ms);
    }
    return n;
}

static void check_gates(struct sim_check *check, const struct sim_check_nonce *nonce)
{
    struct sim_view *image;

    if (check->swarm->max_failed == 0 || count_suspects(check, nonce->left_ms) <= check->swarm->max_failed)
        return;
    image = sim_view_durable(check);
    if (image && (has_tripped(check, image) || is_stopped_by_gate(image)))
        sim_violated("I18", "a call leaves although the gate has tripped: %u have failed, allowed are %u",
                     sim_view_failures(image), check->swarm->max_failed);
    sim_view_free(image);
}

/* ---- I20: people's words ---- */

/* The last word on it that was obeyed is no pause. */
static bool goes_on(const struct sim_view *image)
{
    const struct sim_view_order *pause = sim_view_order(image, "pause");

    return !pause || sim_view_ordered_since(image, "resume", pause->id);
}

/* Somebody else may have let it go on before the pause was acknowledged, or since. */
static void check_words(struct sim_check *check)
{
    struct sim_view *image;

    if (check->aborted)
        sim_violated("I20", "a call leaves although people were told that it is aborted");
    if (!check->paused)
        return;
    image = sim_view_durable(check);
    if (image && goes_on(image))
        check->paused = false;
    else
        sim_violated("I20", "a call leaves although people were told that it is paused");
    sim_view_free(image);
}

static const char *const kinds[] = {
    [SIM_WORD_PAUSED] = "pause",  [SIM_WORD_RESUMED] = "resume", [SIM_WORD_APPROVED] = "approve",
    [SIM_WORD_ABORTED] = "abort", [SIM_WORD_PACED] = "pace",
};

/* What was acknowledged is durable; the newest one of its kind is what holds. */
static void check_durable(struct sim_check *check, const struct sim_view *image, enum sim_word word)
{
    uint32_t accepted = 0;

    for (uint32_t i = 0; i < image->n_orders; i++)
        accepted += image->order[i].accepted && gw_text_equal(image->order[i].kind, kinds[word]);
    if (accepted < check->told[word])
        sim_violated("I20", "%u orders to %s were acknowledged, and %u are durable", check->told[word],
                     kinds[word], accepted);
}

/* In a wave that has not begun nobody is under way or being asked: nothing keeps them from being canceled at once. */
static void check_canceled(const struct sim_check *check, const struct sim_view *image)
{
    uint32_t waiting = 0;

    for (uint32_t t = 0; t < image->n; t++)
        waiting += image->target[t].state == SIM_STATE_WAITING &&
                   gw_text_equal(image->wave[check->plan.target[t].wave].phase, "pending");
    if (waiting > 0)
        sim_violated("I20", "people were told that it is aborted, and %u targets of later waves wait",
                     waiting);
}

/* ---- what is stopped begins nothing ---- */

/*
 * Such a call is withdrawn before it leaves; but whoever is killed meanwhile leaves a doubt behind, of a device that
 * nobody meant to call any more. Signed times are those of the machine's clock.
 */
static void check_begun(const struct sim_view *image, uint64_t from_ms, const char *invariant,
                        const char *why)
{
    for (uint32_t t = 0; t < image->n; t++) {
        const struct sim_view_target *target = &image->target[t];

        for (uint32_t i = 0; i < target->n_attempts; i++) {
            const struct sim_view_attempt *attempt = &image->attempt[target->first_attempt + i];

            if (sim_check_ms(attempt->signed_unix_ms) > from_ms)
                sim_violated(invariant, "attempt %u of target %u was begun after the rollout was %s",
                             attempt->number, t, why);
        }
    }
}

/* Where somebody let it go on in between, a later pause than the one that people were told of last is in force. */
static uint64_t paused_from_ms(const struct sim_check *check, const struct sim_view *image)
{
    return sim_view_ordered_since(image, "resume", check->paused_order)
               ? sim_check_ms(sim_view_order(image, "pause")->answered_unix_ms)
               : check->paused_ms;
}

void sim_check_still(const struct sim_check *check, const struct sim_view *image)
{
    if (check->swarm->clock_sets > 0)
        return;
    if (check->aborted)
        check_begun(image, check->aborted_ms, "I20", "aborted");
    else if (check->paused && !goes_on(image))
        check_begun(image, paused_from_ms(check, image), "I20", "paused");
    for (uint32_t w = 0; w < SIM_CHECK_WAVES_MAX; w++)
        if (gw_text_equal(image->wave[w].phase, "waiting"))
            check_begun(image, sim_check_ms(image->wave[w].judged_unix_ms), "I18", "stopped by a gate");
}

/* ---- people are told ---- */

void sim_check_told(struct sim_check *check, enum sim_word word, const char *argument)
{
    struct sim_view *image = sim_view_durable(check);
    const struct sim_view_order *order = image ? sim_view_order(image, kinds[word]) : NULL;

    check->told[word]++;
    sim_note("told: %s %s", kinds[word], argument ? argument : "");
    if (!image || !order) {
        sim_violated("I20", "an order to %s was acknowledged, and is not durable", kinds[word]);
        sim_view_free(image);
        return;
    }
    check_durable(check, image, word);
    if (word == SIM_WORD_PAUSED || word == SIM_WORD_RESUMED) {
        check->paused = !goes_on(image);
        check->paused_ms = sim_now_ms();
        check->paused_order = order->id;
    }
    if (word == SIM_WORD_PACED && !gw_parse_rate(order->argument, &check->paced.rate)) {
        check->paced.order = order->id;
        /* What was on its way to its connection when the order was obeyed leaves when it has it. */
        check->paced.from_ms = sim_now_ms() + sim_check_jitter_ms(check);
    }
    if (word == SIM_WORD_ABORTED) {
        check->aborted = true;
        check->aborted_ms = sim_now_ms();
        check_canceled(check, image);
        if (check->swarm->lock_removed)
            keep_under_way(check, image);
    }
    sim_view_free(image);
}

void sim_check_words(struct sim_check *check, const struct sim_view *image)
{
    for (enum sim_word word = SIM_WORD_PAUSED; word <= SIM_WORD_PACED; word++)
        check_durable(check, image, word);
}

void sim_check_stop(struct sim_check *check, const struct sim_check_nonce *nonce)
{
    check_kept(check, nonce);
    if (check->over)
        sim_violated("I27", "a call leaves although the rollout is over");
    if (is_kept(check, nonce->text))
        return;
    check_words(check);
    check_gates(check, nonce);
}
