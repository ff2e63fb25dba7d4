/*
 * What the ledger says, and what may be known from it: who was told what by when. A call that was refused is told to be
 * without effect by the refusal; of any other only reads can tell, and only after its fence.
 */
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"
#include "gatewave/base/text.h"

#include "check/local.h"

/* What waits longer than this between its decision and its sending is withdrawn. */
#define STALE_MS 30000
/* A batch is closed after so long. */
#define BATCH_MS 2
/* What the loop may need more. */
#define TURN_MS 2

/* ---- nonces ---- */

static uint32_t *slot_of(const struct sim_check *check, const char *text)
{
    uint64_t at = gw_hash(text, strlen(text), 1);

    for (;; at++) {
        uint32_t *slot = &check->slot[at & (check->n_slots - 1)];

        if (*slot == 0 || gw_text_equal(check->nonce[*slot - 1].text, text))
            return slot;
    }
}

static void grow_slots(struct sim_check *check)
{
    free(check->slot);
    check->n_slots = check->n_slots ? 2 * check->n_slots : 1024;
    check->slot = gw_mem_new(check->n_slots, sizeof(*check->slot));
    for (uint32_t i = 0; i < check->n_nonces; i++)
        *slot_of(check, check->nonce[i].text) = i + 1;
}

struct sim_check_nonce *sim_check_nonce(struct sim_check *check, const char *text)
{
    uint32_t *slot;

    if (2 * (check->n_nonces + 1) > check->n_slots)
        grow_slots(check);
    slot = slot_of(check, text);
    if (*slot > 0)
        return &check->nonce[*slot - 1];
    if (check->n_nonces == check->nonces_size) {
        check->nonces_size = check->nonces_size ? 2 * check->nonces_size : 256;
        check->nonce = gw_mem_resize(check->nonce, check->nonces_size, sizeof(*check->nonce));
    }
    check->nonce[check->n_nonces] = (struct sim_check_nonce){.line = SIM_NONE, .copy = SIM_NONE};
    gw_text_copy(check->nonce[check->n_nonces].text, SIM_CHECK_NONCE_SIZE, text);
    *slot = ++check->n_nonces;
    return &check->nonce[*slot - 1];
}

struct sim_check_nonce *sim_check_nonce_find(const struct sim_check *check, const char *text)
{
    uint32_t *slot = check->n_slots > 0 ? slot_of(check, text) : NULL;

    return slot && *slot > 0 ? &check->nonce[*slot - 1] : NULL;
}

/* ---- the index ---- */

void sim_check_list_add(struct sim_check_list *list, uint32_t number)
{
    if (list->n == list->size) {
        list->size = list->size ? 2 * list->size : 16;
        list->at = gw_mem_resize(list->at, list->size, sizeof(*list->at));
    }
    list->at[list->n++] = number;
}

/* What was sent earlier may arrive later. */
static void add_by_time(struct sim_check_list *list, const struct sim_line *line)
{
    uint32_t i;

    sim_check_list_add(list, line->number);
    for (i = list->n - 1; i > 0 && sim_ledger_at(list->at[i - 1])->sent_ms > line->sent_ms; i--)
        list->at[i] = list->at[i - 1];
    list->at[i] = line->number;
}

static void add_sight(struct sim_check_device *device, uint32_t line, uint32_t said)
{
    if (device->n_sights == device->sights_size) {
        device->sights_size = device->sights_size ? 2 * device->sights_size : 32;
        device->sight = gw_mem_resize(device->sight, device->sights_size, sizeof(*device->sight));
    }
    device->sight[device->n_sights++] = (struct sim_check_sight){line, said};
}

void sim_check_index(struct sim_check *check, const struct sim_line *line,
                     const struct sim_check_nonce *first)
{
    bool update = line->action == SIM_UPDATE;

    /* A runner that lost its rollout without noticing knows nothing of the other one's pace. */
    if (first && !first->outlived && line->lane < SIM_LANES_MAX)
        add_by_time(&check->lane_sent[line->lane][update], line);
    if (line->lane < SIM_LANES_MAX && line->code && sim_check_code(line->code) == SIM_CODE_THROTTLED)
        sim_check_list_add(&check->lane_throttle[line->lane][update], line->number);
    if (first && update && line->device < check->swarm->n_devices)
        add_by_time(&check->device[line->device].calls, line);
    for (uint32_t i = 0; !update && i < line->n_said; i++)
        if (line->said[i].device < check->swarm->n_devices)
            add_sight(&check->device[line->said[i].device], line->number, i);
}

const struct sim_said *sim_check_said(const struct sim_check_sight *sight, const struct sim_line **ret_line)
{
    *ret_line = sim_ledger_at(sight->line);
    return &(*ret_line)->said[sight->said];
}

/* ---- answers ---- */

const struct sim_line *sim_check_heard(const struct sim_check_nonce *nonce, uint64_t by_ms)
{
    if (nonce->line != SIM_NONE && sim_check_delivered(sim_ledger_at(nonce->line), by_ms))
        return sim_ledger_at(nonce->line);
    if (nonce->copy != SIM_NONE && sim_check_delivered(sim_ledger_at(nonce->copy), by_ms))
        return sim_ledger_at(nonce->copy);
    return NULL;
}

static const struct sim_line *copy_of(const struct sim_check *check, const struct sim_line *call)
{
    const struct sim_check_nonce *nonce = sim_check_nonce_find(check, call->nonce);

    return nonce && nonce->copy != SIM_NONE ? sim_ledger_at(nonce->copy) : NULL;
}

const struct sim_line *sim_check_answer(const struct sim_check *check, const struct sim_line *call,
                                        uint64_t by_ms)
{
    const struct sim_check_nonce *nonce = sim_check_nonce_find(check, call->nonce);

    return nonce ? sim_check_heard(nonce, by_ms) : NULL;
}

const struct sim_line *sim_check_effect(const struct sim_check *check, const struct sim_line *call)
{
    const struct sim_line *copy = copy_of(check, call);

    if (call->effect)
        return call;
    return copy && copy->effect ? copy : NULL;
}

bool sim_check_accepted(const struct sim_check *check, const struct sim_line *call, uint64_t by_ms)
{
    const struct sim_line *answer = sim_check_answer(check, call, by_ms);

    return answer && !answer->code;
}

/* One of the calls before it may be what the device is at work on. */
static bool was_doubted(const struct sim_check *check, const struct sim_line *line)
{
    const struct sim_check_list *calls = &check->device[line->device].calls;

    for (uint32_t i = 0; i < calls->n; i++) {
        const struct sim_line *before = sim_ledger_at(calls->at[i]), *answer;

        if (before->sent_ms >= line->sent_ms)
            break;
        answer = sim_check_answer(check, before, line->sent_ms);
        if (!answer || !answer->code || sim_check_code(answer->code) == SIM_CODE_DOUBT)
            return true;
    }
    return false;
}

bool sim_check_refused(const struct sim_check *check, const struct sim_line *call, uint64_t by_ms)
{
    const struct sim_line *answer = sim_check_answer(check, call, by_ms);
    enum sim_check_code means;

    if (!answer || !answer->code)
        return false;
    means = sim_check_code(answer->code);
    return means == SIM_CODE_BUSY ? !was_doubted(check, call) : means != SIM_CODE_DOUBT;
}

/* ---- reads ---- */

/* The next number of a dotted version; 0 behind its end. */
static uint32_t next_number(const char **at)
{
    uint32_t number = 0;

    while (**at >= '0' && **at <= '9')
        number = number * 10 + (uint32_t)(*(*at)++ - '0');
    while (**at && (**at < '0' || **at > '9'))
        (*at)++;
    return number;
}

static int compare_versions(const char *a, const char *b)
{
    while (*a || *b) {
        uint32_t x = next_number(&a), y = next_number(&b);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

int sim_check_order(const struct sim_check *check, const char *version)
{
    int order = compare_versions(version, check->plan.version);

    return check->swarm->downgrade ? -order : order;
}

uint64_t sim_check_ms(int64_t unix_ms)
{
    int64_t ms = unix_ms - SIM_START_UNIX_MS + SIM_START_MS;

    return ms < 0 ? 0 : (uint64_t)ms;
}

/* Where the machine's clock is set, the program's fence may be off by as much as it trusts a clock; the cloud's rule,
   which the fence is there for, is not. What was signed in the future is waited for no longer than other calls. */
uint64_t sim_check_fence_ms(const struct sim_check *check, int64_t signed_unix_ms, uint64_t sent_ms)
{
    const struct sim_swarm *swarm = check->swarm;
    uint64_t signed_ms = sim_check_ms(signed_unix_ms);

    if (swarm->clock_sets == 0)
        return signed_ms + swarm->fence_ms;
    return (signed_ms < sent_ms ? signed_ms : sent_ms) + swarm->validity_ms;
}

const struct sim_line *sim_check_seen_there(const struct sim_check *check, uint32_t device, uint64_t from_ms,
                                            uint64_t by_ms)
{
    const struct sim_line *first = NULL;

    for (uint32_t i = 0; i < check->device[device].n_sights; i++) {
        const struct sim_line *line;
        const struct sim_said *said = sim_check_said(&check->device[device].sight[i], &line);

        if (line->sent_ms >= from_ms && sim_check_delivered(line, by_ms) && said->online &&
            sim_check_order(check, said->version) >= 0 &&
            (!first || line->delivered_ms < first->delivered_ms))
            first = line;
    }
    return first;
}

/* Told by then by a look at the gateway itself; *ret_untouched: online, and not there. */
static bool looked_at(const struct sim_check *check, const struct sim_check_sight *sight, uint64_t by_ms,
                      bool *ret_untouched)
{
    const struct sim_line *line;
    const struct sim_said *said = sim_check_said(sight, &line);

    *ret_untouched = said->online && sim_check_order(check, said->version) < 0;
    return line->action == SIM_ATTRIBUTE && sim_check_delivered(line, by_ms);
}

/* The second of two such reads of one process, with nothing else said between them. A pair's read may have been about
   the other device: what it says beside that counts for this one, and not against it. */
static bool is_confirmed(const struct sim_check *check, const struct sim_check_device *known, uint32_t i,
                         uint64_t by_ms)
{
    const struct sim_line *first = sim_ledger_at(known->sight[i].line);
    uint64_t jitter_ms = sim_check_jitter_ms(check), apart_ms = check->swarm->agree_ms;
    bool single = check->swarm->device[first->said[known->sight[i].said].device].mate == SIM_NONE;
    bool untouched;

    apart_ms = apart_ms > jitter_ms ? apart_ms - jitter_ms : 0;
    for (uint32_t k = i + 1; k < known->n_sights; k++) {
        const struct sim_line *line = sim_ledger_at(known->sight[k].line);

        if (line->pid != first->pid || !looked_at(check, &known->sight[k], by_ms, &untouched))
            continue;
        if (!untouched && single)
            return false;
        if (untouched && line->sent_ms >= first->sent_ms + apart_ms)
            return true;
    }
    return false;
}

bool sim_check_seen_untouched(const struct sim_check *check, uint32_t device, uint64_t fence_ms,
                              uint64_t by_ms)
{
    const struct sim_check_device *known = &check->device[device];
    bool untouched;

    for (uint32_t i = 0; i < known->n_sights; i++)
        if (sim_ledger_at(known->sight[i].line)->sent_ms >= fence_ms &&
            looked_at(check, &known->sight[i], by_ms, &untouched) && untouched &&
            is_confirmed(check, known, i, by_ms))
            return true;
    return false;
}

bool sim_check_settled_unseen(const struct sim_check *check, uint32_t device, int64_t signed_unix_ms,
                              uint64_t sent_ms, uint64_t by_ms)
{
    return sim_check_seen_untouched(check, device, sim_check_fence_ms(check, signed_unix_ms, sent_ms), by_ms);
}

bool sim_check_settled(const struct sim_check *check, const struct sim_line *call, uint64_t by_ms)
{
    return sim_check_refused(check, call, by_ms) ||
           sim_check_settled_unseen(check, call->device, call->signed_unix_ms, call->sent_ms, by_ms);
}

/* ---- for people ---- */

static void tell(const struct sim_line *line)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    sim_ledger_tell(line, &text);
    sim_note("%s", gw_buf_text(&text));
    gw_buf_release(&text);
}

void sim_check_tell(const struct sim_check *check, uint32_t device)
{
    const struct sim_check_device *known = &check->device[device];
    uint32_t call = 0, sight = 0;

    sim_note("the ledger of %s %s:", check->swarm->device[device].gateway_id,
             check->swarm->device[device].serial);
    while (call < known->calls.n || sight < known->n_sights)
        if (sight == known->n_sights ||
            (call < known->calls.n && known->calls.at[call] < known->sight[sight].line))
            tell(sim_ledger_at(known->calls.at[call++]));
        else
            tell(sim_ledger_at(known->sight[sight++].line));
}

/* ---- what the play is like ---- */

uint64_t sim_check_jitter_ms(const struct sim_check *check)
{
    return check->swarm->delay_ms / 2 + TURN_MS;
}

uint64_t sim_check_lag_ms(const struct sim_check *check)
{
    const struct sim_swarm *swarm = check->swarm;
    uint64_t commits_ms = 2 * (swarm->sync_ms > swarm->stall_ms ? swarm->sync_ms : swarm->stall_ms);

    /* Others may hold the database, the process may be stopped, and a rate be lowered while a call waits for it. */
    if (swarm->freezes + swarm->orders + swarm->paces + swarm->second_runners + swarm->inventory_edits > 0)
        commits_ms = STALE_MS;
    return (commits_ms < STALE_MS ? commits_ms : STALE_MS) + BATCH_MS + sim_check_jitter_ms(check);
}

bool sim_check_is_steady(const struct sim_check *check)
{
    const struct sim_swarm *swarm = check->swarm;

    return swarm->relapse_bp + swarm->flap_bp + swarm->foreign_bp + swarm->stale_bp + swarm->twice_bp == 0;
}
