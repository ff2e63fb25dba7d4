/* The pump. See the header for what must stay true here. */
#include "pump.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/request.h"

#include "clock.h"
#include "rollout/ration.h"
#include "tell/sentence.h"

#define BATCH_RECORDS 256  /* a batch closes at so many records */
#define BACKLOG       4096 /* records that may wait for the disk before the core is asked for more */
#define BATCH_MS      2    /* ... or when its first one is so old */
#define CLOCK_SET_MS  1000 /* the wall clock drifts; what is more than that was set */

struct gw_pump {
    struct gw_pump_parts parts;
    struct gw_exchanges *exchanges;
    struct gw_writer *writer;
    struct gw_timer *timer;
    struct gw_batch batch[2]; /* one is filled while the other is written */
    struct gw_batch *filling;
    struct gw_send *outbox; /* durable, and not sent yet */
    size_t n_outbox, outbox_size;
    struct gw_ration ration;
    struct gw_event *event;
    size_t n_events, events_size;
    struct gw_nonces nonces;
    bool done;
    enum gw_code code;
    struct gw_err err;
    int64_t wall_ms;     /* from the loop's clock to the wall, as the core was told */
    uint64_t waiting_ms; /* since when nothing is left but a person's word; 0: not */
    struct gw_sentences sentences;
};

static void gw_pump_turn(void *user);

static void gw_pump_fail(struct gw_pump *pump, enum gw_code code, const struct gw_err *err)
{
    pump->code = code;
    pump->err = *err;
    pump->done = true;
    gw_loop_stop(pump->parts.loop);
}

/* ---- staging ---- */

static void gw_pump_stage(struct gw_pump *pump, const struct gw_record *from, uint64_t now_ms)
{
    struct gw_record *record;

    if (pump->filling->n_records == 0)
        pump->filling->opened_ms = now_ms;
    record = gw_batch_record(pump->filling);
    *record = *from;
    record->at_unix_ms = gw_clock_unix_ms();
    if (record->kind == GW_RECORD_INTENT) {
        record->signed_unix_ms = record->at_unix_ms / 1000 * 1000;
        record->fence_unix_ms = record->signed_unix_ms + (int64_t)pump->parts.fence_ms;
        gw_nonce_next(&pump->nonces, record->nonce);
    } else if (record->kind == GW_RECORD_WAVE && record->soak_ms > 0) {
        record->soak_until_unix_ms = record->at_unix_ms + (int64_t)record->soak_ms;
    } else {
        gw_sentence_fill(&pump->sentences, record, pump->parts.rollout, gw_exchange_skew_ms(pump->exchanges));
    }
}

/* The call of the intent that was staged just before it. */
static void gw_pump_stage_call(struct gw_pump *pump, const struct gw_effect *effect, uint64_t now_ms)
{
    const struct gw_record *intent;
    struct gw_send *send;

    GW_CHECK(pump->filling->n_records > 0);
    intent = &pump->filling->record[pump->filling->n_records - 1];
    GW_CHECK(intent->kind == GW_RECORD_INTENT && intent->target == effect->target &&
             intent->attempt == effect->attempt);
    send = gw_batch_send(pump->filling);
    send->target = effect->target;
    send->attempt = effect->attempt;
    send->lane = effect->lane;
    send->signed_unix_ms = intent->signed_unix_ms;
    send->staged_ms = now_ms;
    send->until_ms = effect->until_ms;
    memcpy(send->nonce, intent->nonce, sizeof(send->nonce));
}

/* The disk is behind: what only the core wants, the rest of an abort say, waits until it has caught up. */
static bool gw_pump_is_behind(const struct gw_pump *pump)
{
    return pump->filling->n_records >= BACKLOG && !gw_writer_idle(pump->writer);
}

static void gw_pump_pull(struct gw_pump *pump, uint64_t now_ms)
{
    struct gw_effect effect;

    while (gw_rollout_next(pump->parts.rollout, now_ms, &effect)) {
        switch (effect.kind) {
        case GW_EFFECT_RECORD:
            gw_pump_stage(pump, &effect.record, now_ms);
            break;
        case GW_EFFECT_CALL:
            gw_pump_stage_call(pump, &effect, now_ms);
            break;
        case GW_EFFECT_READ:
            gw_exchange_read(pump->exchanges, &effect);
            break;
        case GW_EFFECT_NONE:
            GW_NEVER("an effect has a kind");
        }
    }
}

/* ---- events ---- */

void gw_pump_emit(void *user, const struct gw_event *ev)
{
    struct gw_pump *pump = user;

    if (pump->done)
        return;
    if (pump->n_events == pump->events_size) {
        pump->events_size = pump->events_size ? pump->events_size * 2 : 256;
        pump->event = gw_mem_resize(pump->event, pump->events_size, sizeof(*pump->event));
    }
    pump->event[pump->n_events] = *ev;
    /* The list of a read lives in its exchange, which is used again before the pump comes to the event. */
    if (ev->n_targets > 0) {
        uint32_t *targets = gw_mem_new(ev->n_targets, sizeof(*targets));

        memcpy(targets, ev->targets, ev->n_targets * sizeof(*targets));
        pump->event[pump->n_events].targets = targets;
    }
    pump->n_events++;
}

static void gw_pump_handle(struct gw_pump *pump, uint64_t now_ms)
{
    /* Events may come while others are handled: a call that cannot even be signed ends at once. */
    for (size_t i = 0; i < pump->n_events; i++) {
        struct gw_event ev = pump->event[i];

        gw_rollout_handle(pump->parts.rollout, &ev);
        if (ev.n_targets > 0)
            free((void *)(uintptr_t)ev.targets);
        gw_pump_pull(pump, now_ms);
    }
    pump->n_events = 0;
}

static void gw_pump_tell(const struct gw_pump *pump, const struct gw_batch *batch)
{
    for (size_t i = 0; pump->parts.hear && i < batch->n_records; i++)
        if (batch->record[i].kind == GW_RECORD_PHASE)
            pump->parts.hear(pump->parts.hearer, &batch->record[i]);
}

/* ---- calls ---- */

/* On the loop: a batch is durable. Its calls may leave now. */
static void gw_pump_durable(void *user, struct gw_batch *batch, enum gw_code code, const struct gw_err *err)
{
    struct gw_pump *pump = user;

    if (code != GW_OK) {
        gw_pump_fail(pump, code, err);
        return;
    }
    if (pump->n_outbox + batch->n_sends > pump->outbox_size) {
        pump->outbox_size = 2 * (pump->n_outbox + batch->n_sends);
        pump->outbox = gw_mem_resize(pump->outbox, pump->outbox_size, sizeof(*pump->outbox));
    }
    if (batch->n_sends > 0)
        memcpy(pump->outbox + pump->n_outbox, batch->send, batch->n_sends * sizeof(*batch->send));
    pump->n_outbox += batch->n_sends;
    gw_pump_tell(pump, batch);
    gw_batch_reset(batch);
}

/* Proven not to have been sent: it is read and intended anew, unless the rollout has stopped. */
static void gw_pump_withdraw(struct gw_pump *pump, const struct gw_send *send, uint64_t now_ms)
{
    struct gw_event ev = {
        .kind = GW_EVENT_ANSWER,
        .now_ms = now_ms,
        .target = send->target,
        .answer = {.proof = GW_PROOF_NEVER_SENT, .code = "withdrawn"},
    };

    gw_pump_emit(pump, &ev);
}

static void gw_pump_send(struct gw_pump *pump, uint64_t now_ms)
{
    bool stopped = gw_rollout_stopped(pump->parts.rollout) != GW_STOP_NONE;
    /* Who is withdrawn is read anew, and that read says what the clock is worth. */
    bool withheld = stopped || gw_exchange_doubts_clock(pump->exchanges);
    size_t kept = 0, i = 0;

    gw_exchange_withhold(pump->exchanges, withheld);
    gw_ration_change(&pump->ration, gw_rollout_rate(pump->parts.rollout));
    for (; i < pump->n_outbox && (withheld || gw_exchange_has_room(pump->exchanges)); i++) {
        const struct gw_send *send = &pump->outbox[i];

        if (withheld || now_ms >= send->until_ms || gw_send_is_stale(send, now_ms, gw_clock_unix_ms()))
            gw_pump_withdraw(pump, send, now_ms);
        else if (gw_ration_take(&pump->ration, send->lane, now_ms))
            gw_exchange_call(pump->exchanges, send);
        else
            pump->outbox[kept++] = *send;
    }
    if (i < pump->n_outbox)
        memmove(pump->outbox + kept, pump->outbox + i, (pump->n_outbox - i) * sizeof(*pump->outbox));
    pump->n_outbox -= i - kept;
}

/* ---- turns ---- */

static void gw_pump_flush(struct gw_pump *pump, uint64_t now_ms)
{
    struct gw_batch *batch = pump->filling;
    bool closed = batch->n_records >= BATCH_RECORDS || now_ms >= batch->opened_ms + BATCH_MS;

    if (batch->n_records == 0 || !closed || !gw_writer_idle(pump->writer))
        return;
    pump->filling = batch == &pump->batch[0] ? &pump->batch[1] : &pump->batch[0];
    gw_writer_commit(pump->writer, batch);
}

/* The wall clock was set: what is open by it is open by both of its readings only. */
static void gw_pump_watch_clock(struct gw_pump *pump, uint64_t now_ms)
{
    int64_t unix_ms = gw_clock_unix_ms(), off_ms = unix_ms - (int64_t)now_ms - pump->wall_ms;
    struct gw_event ev = {.kind = GW_EVENT_CLOCK, .now_ms = now_ms, .unix_ms = unix_ms};

    if (off_ms < CLOCK_SET_MS && off_ms > -CLOCK_SET_MS)
        return;
    pump->wall_ms += off_ms;
    gw_exchange_doubt_clock(pump->exchanges);
    gw_rollout_handle(pump->parts.rollout, &ev);
}

/* When a run that only waits for a person has waited long enough; 0: there is nothing to wait for. */
static uint64_t gw_pump_waits_until_ms(const struct gw_pump *pump)
{
    enum gw_stop stop = gw_rollout_stopped(pump->parts.rollout);

    if (stop != GW_STOP_PAUSE && stop != GW_STOP_HOLD && stop != GW_STOP_APPROVAL)
        return 0;
    return pump->waiting_ms + pump->parts.wait_ms(pump->parts.user, stop);
}

static void gw_pump_sleep(struct gw_pump *pump, uint64_t now_ms)
{
    /* When the writer is done, its word is the next turn. */
    uint64_t due_ms =
        gw_pump_is_behind(pump) ? UINT64_MAX : gw_rollout_deadline_ms(pump->parts.rollout, now_ms);

    if (pump->filling->n_records > 0 && gw_writer_idle(pump->writer) &&
        pump->filling->opened_ms + BATCH_MS < due_ms)
        due_ms = pump->filling->opened_ms + BATCH_MS;
    /* Without room the next answer is the next turn. */
    for (size_t i = 0; i < pump->n_outbox && gw_exchange_has_room(pump->exchanges); i++) {
        uint64_t ready_ms = gw_ration_ready_ms(&pump->ration, pump->outbox[i].lane);

        due_ms = ready_ms < due_ms ? ready_ms : due_ms;
    }
    if (pump->waiting_ms > 0 && gw_pump_waits_until_ms(pump) < due_ms)
        due_ms = gw_pump_waits_until_ms(pump);
    if (pump->n_events > 0)
        due_ms = now_ms;
    if (due_ms == UINT64_MAX)
        gw_timer_clear(pump->timer);
    else
        gw_timer_set(pump->timer, due_ms);
}

static bool gw_pump_is_done(struct gw_pump *pump, uint64_t now_ms)
{
    if (!gw_rollout_ended(pump->parts.rollout) || pump->n_events > 0 || pump->n_outbox > 0 ||
        pump->filling->n_records > 0 || !gw_writer_idle(pump->writer)) {
        pump->waiting_ms = 0;
        return false;
    }
    if (pump->waiting_ms == 0)
        pump->waiting_ms = now_ms;
    return now_ms >= gw_pump_waits_until_ms(pump);
}

static void gw_pump_turn(void *user)
{
    struct gw_pump *pump = user;
    uint64_t now_ms = gw_loop_now_ms(pump->parts.loop);

    if (pump->done)
        return;
    gw_pump_watch_clock(pump, now_ms);
    gw_pump_handle(pump, now_ms);
    if (!gw_pump_is_behind(pump))
        gw_pump_pull(pump, now_ms);
    gw_pump_send(pump, now_ms);
    gw_pump_flush(pump, now_ms);
    if (gw_pump_is_done(pump, now_ms)) {
        pump->done = true;
        gw_loop_stop(pump->parts.loop);
        return;
    }
    gw_pump_sleep(pump, now_ms);
}

/* The timer only ends the sleep; the work is the turn's. */
static void gw_pump_tick(void *user)
{
    (void)user;
}

/* ---- life ---- */

struct gw_pump *gw_pump_new(const struct gw_pump_parts *parts)
{
    struct gw_pump *pump = gw_mem_new(1, sizeof(*pump));

    pump->parts = *parts;
    pump->sentences = (struct gw_sentences){.wave = parts->wave, .model = &parts->roster->model};
    pump->filling = &pump->batch[0];
    gw_ration_init(&pump->ration, parts->roster->n_lanes, parts->rate_calls, parts->limit);
    pump->timer = gw_timer_new(parts->loop, gw_pump_tick, pump);
    pump->writer = gw_writer_new(parts->loop, parts->store, parts->lease, gw_pump_durable, pump);
    return pump;
}

void gw_pump_start(struct gw_pump *pump, struct gw_exchanges *exchanges)
{
    pump->exchanges = exchanges;
    pump->wall_ms = gw_clock_unix_ms() - (int64_t)gw_loop_now_ms(pump->parts.loop);
    gw_loop_on_turn(pump->parts.loop, gw_pump_turn, pump);
    gw_timer_set(pump->timer, gw_loop_now_ms(pump->parts.loop));
}

void gw_pump_free(struct gw_pump *pump)
{
    if (!pump)
        return;
    gw_loop_on_turn(pump->parts.loop, NULL, NULL);
    gw_writer_free(pump->writer);
    gw_timer_free(pump->timer);
    for (size_t i = 0; i < pump->n_events; i++)
        if (pump->event[i].n_targets > 0)
            free((void *)(uintptr_t)pump->event[i].targets);
    free(pump->event);
    free(pump->outbox);
    gw_ration_release(&pump->ration);
    gw_batch_release(&pump->batch[0]);
    gw_batch_release(&pump->batch[1]);
    gw_secret_wipe(&pump->nonces, sizeof(pump->nonces));
    free(pump);
}

enum gw_code gw_pump_outcome(const struct gw_pump *pump, struct gw_err *err)
{
    if (pump->code != GW_OK)
        *err = pump->err;
    return pump->code;
}

const char *gw_pump_stop_reason(const struct gw_pump *pump)
{
    return pump->sentences.stopped;
}
