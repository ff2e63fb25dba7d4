/*
 * A target: its state, its place, and the queues and timers that hold it. Every move goes through the table
 * below, in a build for users as in one for tests, because a wrong move here is a device called twice.
 */
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "machine.h"

#define BIT(state) (1u << (state))
#define OUTCOMES                                                                                       \
    (BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_SKIPPED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_DEFERRED) | \
     BIT(GW_STATE_UNRESOLVED) | BIT(GW_STATE_CANCELED))

static const unsigned successors[GW_STATE_COUNT] = {
    /* never called, or every call proven without effect */
    [GW_STATE_WAITING] = BIT(GW_STATE_IN_FLIGHT) | (OUTCOMES & ~BIT(GW_STATE_UNRESOLVED)),
    [GW_STATE_IN_FLIGHT] = BIT(GW_STATE_WAITING) | BIT(GW_STATE_UPGRADING) | BIT(GW_STATE_IN_DOUBT) |
                           BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_DEFERRED),
    [GW_STATE_UPGRADING] = BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_UNRESOLVED),
    [GW_STATE_IN_DOUBT] =
        BIT(GW_STATE_WAITING) | BIT(GW_STATE_SUCCEEDED) | BIT(GW_STATE_FAILED) | BIT(GW_STATE_UNRESOLVED),
};

void gw_queue_init(struct gw_queue *queue)
{
    *queue = (struct gw_queue){.first = GW_NO_TARGET, .last = GW_NO_TARGET};
}

void gw_queue_push(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place)
{
    r->target[t].next = GW_NO_TARGET;
    r->target[t].place = (uint8_t)place;
    if (queue->last == GW_NO_TARGET)
        queue->first = t;
    else
        r->target[queue->last].next = t;
    queue->last = t;
    queue->len++;
}

void gw_queue_push_front(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place)
{
    r->target[t].next = queue->first;
    r->target[t].place = (uint8_t)place;
    queue->first = t;
    if (queue->last == GW_NO_TARGET)
        queue->last = t;
    queue->len++;
}

uint32_t gw_queue_pop(struct gw_rollout *r, struct gw_queue *queue)
{
    uint32_t t = queue->first;

    GW_CHECK(queue->len > 0);
    /* What an order canceled while it stood here is no longer counted, and still linked. */
    while (r->target[t].place == GW_PLACE_END)
        t = r->target[t].next;
    queue->first = r->target[t].next;
    if (queue->first == GW_NO_TARGET)
        queue->last = GW_NO_TARGET;
    queue->len--;
    r->target[t].place = GW_PLACE_NONE;
    return t;
}

struct gw_effect *gw_effect_push(struct gw_rollout *r, enum gw_effect_kind kind)
{
    struct gw_effect *effect;

    GW_CHECK(r->effects_len < GW_EFFECTS_MAX);
    effect = &r->effect[(r->effects_first + r->effects_len++) % GW_EFFECTS_MAX];
    *effect = (struct gw_effect){.kind = kind};
    return effect;
}

void gw_target_count(struct gw_rollout *r, uint32_t t, enum gw_state state, uint32_t by)
{
    struct gw_lane *lane = &r->lane[r->target[t].lane];

    r->count[state] += by;
    if (state == GW_STATE_IN_FLIGHT)
        lane->in_flight += by;
    else if (state == GW_STATE_IN_DOUBT)
        lane->in_doubt += by;
}

void gw_target_move(struct gw_rollout *r, uint32_t t, enum gw_state state)
{
    struct gw_target *target = &r->target[t];

    GW_CHECK(successors[target->state] & BIT(state));
    gw_target_count(r, t, (enum gw_state)target->state, (uint32_t)-1);
    gw_target_count(r, t, state, 1);
    target->state = (uint8_t)state;
    if (state == GW_STATE_WAITING || gw_state_is_outcome(state))
        gw_scope_leave(r, t);
}

struct gw_record *gw_target_record(struct gw_rollout *r, uint32_t t, enum gw_record_kind kind)
{
    const struct gw_target *target = &r->target[t];
    struct gw_record *record = &gw_effect_push(r, GW_EFFECT_RECORD)->record;

    record->kind = kind;
    record->target = t;
    record->attempt = target->sent;
    record->charged = target->charged;
    record->state = (enum gw_state)target->state;
    return record;
}

struct gw_record *gw_rollout_record(struct gw_rollout *r, enum gw_record_kind kind)
{
    struct gw_record *record = &gw_effect_push(r, GW_EFFECT_RECORD)->record;

    record->kind = kind;
    record->target = GW_NO_TARGET;
    record->model = GW_NO_MODEL;
    return record;
}

struct gw_record *gw_phase_record(struct gw_rollout *r, enum gw_phase phase)
{
    struct gw_record *record = gw_rollout_record(r, GW_RECORD_PHASE);

    record->phase = phase;
    return record;
}

void gw_target_leave_ahead(struct gw_rollout *r, uint32_t t)
{
    GW_CHECK(r->lane[r->target[t].lane].ahead > 0);
    r->lane[r->target[t].lane].ahead--;
    gw_scope_leave(r, t);
}

void gw_target_ended(struct gw_rollout *r, uint32_t t, enum gw_state before)
{
    if (r->target[t].state == GW_STATE_SUCCEEDED)
        r->target[t].ended_ms = r->now_ms;
    gw_pair_ended(r, t);
    gw_wave_ended(r, t, before);
}

void gw_target_end(struct gw_rollout *r, uint32_t t, enum gw_state outcome, const char *code,
                   const char *version, const char *reason)
{
    enum gw_state before = (enum gw_state)r->target[t].state;
    struct gw_record *record;

    gw_target_move(r, t, outcome);
    r->target[t].place = GW_PLACE_END;
    r->slow -= r->target[t].slow;
    r->target[t].slow = false;
    record = gw_target_record(r, t, GW_RECORD_STATE);
    gw_text_copy(record->answer.code, sizeof(record->answer.code), code);
    gw_text_copy(record->version, sizeof(record->version), version);
    gw_text_copy(record->reason, sizeof(record->reason), reason);
    gw_target_ended(r, t, before);
}

/* Takes a waiting target out of what holds it; the queues skip what is at its end. */
static void gw_target_take_out(struct gw_rollout *r, uint32_t t)
{
    const struct gw_target *target = &r->target[t];
    struct gw_lane *lane = &r->lane[target->lane];

    switch ((enum gw_place)target->place) {
    case GW_PLACE_WAITING:
        lane->waiting.len--;
        break;
    case GW_PLACE_PAGES:
        lane->pages.len--;
        gw_target_leave_ahead(r, t);
        break;
    case GW_PLACE_ONES:
        lane->ones.len--;
        gw_target_leave_ahead(r, t);
        break;
    case GW_PLACE_READY:
        lane->ready.len--;
        gw_target_leave_ahead(r, t);
        break;
    case GW_PLACE_CLOSED:
        gw_window_queue(r, t)->len--;
        if (--r->closed == 0)
            r->opens_ms = UINT64_MAX;
        break;
    case GW_PLACE_CROWDED:
        gw_scope_queue(r, t)->len--;
        break;
    case GW_PLACE_TIMER:
        gw_heap_clear(&r->timer, t);
        break;
    default:
        break;
    }
}

bool gw_target_cancel(struct gw_rollout *r, uint32_t t)
{
    bool called = r->target[t].sent > 0;

    if (r->target[t].state != GW_STATE_WAITING || r->target[t].place == GW_PLACE_READING)
        return false;
    gw_target_take_out(r, t);
    /* What was called before is proven to have had no effect: it would not wait otherwise. */
    if (r->aborted)
        gw_target_end(r, t, GW_STATE_CANCELED, "aborted", "",
                      called ? "not called again: the rollout was aborted"
                             : "never called: the rollout was aborted");
    else
        gw_target_end(r, t, GW_STATE_CANCELED, "left_out", "",
                      called ? "not called again: left out by an operator"
                             : "never called: left out by an operator");
    gw_scope_pass(r, t);
    return true;
}

void gw_target_note(struct gw_rollout *r, uint32_t t, enum gw_state state, const char *code,
                    const char *reason)
{
    struct gw_record *record;

    gw_target_move(r, t, state);
    record = gw_target_record(r, t, GW_RECORD_STATE);
    gw_text_copy(record->answer.code, sizeof(record->answer.code), code);
    gw_text_copy(record->reason, sizeof(record->reason), reason);
}

void gw_target_sleep(struct gw_rollout *r, uint32_t t, uint64_t due_ms)
{
    r->target[t].place = GW_PLACE_TIMER;
    gw_heap_set(&r->timer, t, due_ms);
}

void gw_target_want_read(struct gw_rollout *r, uint32_t t)
{
    struct gw_target *target = &r->target[t];
    struct gw_lane *lane = &r->lane[target->lane];

    /* A doubt is settled by looking at the device itself. */
    if (target->by_one || target->read_back || target->state == GW_STATE_IN_DOUBT)
        gw_queue_push(r, &lane->ones, t, GW_PLACE_ONES);
    else
        gw_queue_push(r, &lane->pages, t, GW_PLACE_PAGES);
}

void gw_target_requeue(struct gw_rollout *r, uint32_t t)
{
    struct gw_lane *lane = &r->lane[r->target[t].lane];

    /* What was begun is finished first; but a device that is away must not keep the others waiting. */
    if (r->target[t].sent > 0 && r->target[t].absent_ms == 0)
        gw_queue_push_front(r, &lane->waiting, t, GW_PLACE_WAITING);
    else
        gw_queue_push(r, &lane->waiting, t, GW_PLACE_WAITING);
}

void gw_target_wake(struct gw_rollout *r, uint32_t t)
{
    struct gw_target *target = &r->target[t];

    target->place = GW_PLACE_NONE;
    switch ((enum gw_state)target->state) {
    case GW_STATE_WAITING:
        gw_target_requeue(r, t);
        break;
    case GW_STATE_IN_FLIGHT:
        /* Only after a restart: the intent is durable and no answer is, so nobody knows. */
        gw_target_note(r, t, GW_STATE_IN_DOUBT, "interrupted",
                       "the program ended before the answer was recorded");
        target->doubted = true;
        gw_target_want_read(r, t);
        break;
    case GW_STATE_SUCCEEDED:
        if (!gw_soak_looks_at(r, t)) {
            target->place = GW_PLACE_END;
            break;
        }
        __attribute__((fallthrough));
    case GW_STATE_UPGRADING:
    case GW_STATE_IN_DOUBT:
        gw_target_want_read(r, t);
        break;
    default:
        GW_NEVER("a target with an outcome has no timer");
    }
}

uint64_t gw_grid_ms(const struct gw_rollout *r, uint64_t now_ms, uint64_t wait_ms)
{
    uint64_t step_ms = r->drive.every_ms / 4 ? r->drive.every_ms / 4 : 1;

    return (now_ms + wait_ms + step_ms - 1) / step_ms * step_ms;
}

uint64_t gw_backoff_ms(struct gw_rollout *r, uint32_t failures)
{
    uint64_t ceiling_ms = r->drive.backoff_first_ms;

    for (uint32_t i = 1; i < failures && ceiling_ms < r->drive.backoff_longest_ms; i++)
        ceiling_ms *= 2;
    if (ceiling_ms > r->drive.backoff_longest_ms)
        ceiling_ms = r->drive.backoff_longest_ms;
    return gw_rng_below(&r->rng, ceiling_ms + 1);
}
