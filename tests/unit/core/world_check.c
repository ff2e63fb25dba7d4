/*
 * The rules of the hostile world, by their ids in the project's list of invariants (I1 to I36). They look at the ledger,
 * the mirror and the truth, never inside the rollout. What the rollout may know is what was delivered to it, so the
 * ledger keeps that apart from what is so.
 */
#include <string.h>

#include "gatewave/base/check.h"

#include "world.h"

#define RULE(condition, words) GW_CHECK((condition) && words)

/* ---- a call or a read is given out ---- */

static void check_window(const uint64_t *sent_ms, uint32_t sent, struct gw_rate rate, uint64_t now_ms)
{
    if (rate.window_ms > 0 && sent >= rate.calls)
        RULE(now_ms - sent_ms[(sent - rate.calls) % WORLD_SENDS] >= rate.window_ms,
             "I12: the rate of each lane holds in every window");
}

static void check_call_decided(struct world *world, const struct gw_effect *call)
{
    const struct world_device *device = &world->device[call->target];
    uint64_t opens_ms, closes_ms;

    world->calls++;
    RULE(world_may_call_ms(world, call->target, &opens_ms, &closes_ms) && opens_ms <= world->now_ms,
         "I15: no call while the window is closed by either reading of the wall clock");
    RULE(call->until_ms > world->now_ms && call->until_ms <= closes_ms,
         "I15: no call leaves when the window has closed");
    RULE(world->due == 0, "I18, I20: no call after a stop");
    RULE(call->lane == device->lane, "I6: a gateway is called in its own lane");
    RULE(device->allowed_ms > 0 && device->allowed_ms + world->drive.fresh_ms >= world->now_ms,
         "I7: a fresh read allows the call");
    RULE(world->now_ms >= world->lane[call->lane].calls_held_ms, "I14: a throttle's silence is kept");
    RULE(call->attempt <= world->drive.attempts + device->free_calls, "I13: attempts are bounded");
    RULE(device->put_offs < world->drive.attempts, "I13: who is put off is not asked for ever");
}

/* What has succeeded is looked at again at the end of its wave's soak, by both clocks. What is left of a look that a
   gate cut short may still be under way when the wave soaks again. */
static void check_look(struct world *world, uint32_t t)
{
    struct world_wave *wave = world_wave_of(world, t);

    if (wave->decided == GW_PHASE_SOAKING && wave->looked_ms == 0 &&
        (wave->soaked || world->now_ms >= world_soaked_ms(world, wave)))
        wave->looked_ms = world->now_ms;
}

void world_check_read(struct world *world, const struct gw_effect *read)
{
    struct world_lane *lane = &world->lane[read->lane];

    world->reads++;
    RULE(read->n_targets > 0 && read->n_targets <= (read->read == GW_READ_ONE ? 1 : GW_PAGE_MAX),
         "I32: a page has its size");
    RULE(world->now_ms >= lane->reads_held_ms, "I14: a throttle's silence is kept by reads");
    RULE(!world->still, "a still start reads nothing");
    check_window(lane->read_ms, lane->reads, world->read_rate, world->now_ms);
    for (uint32_t i = 0; i < read->n_targets; i++)
        if (world->device[read->targets[i]].state == GW_STATE_SUCCEEDED)
            check_look(world, read->targets[i]);
    lane->read_ms[lane->reads++ % WORLD_SENDS] = world->now_ms;
}

/* ---- an outcome is given out: what was delivered must bear it ---- */

static uint64_t late_ms(const struct world *world, const struct world_device *device)
{
    uint64_t from_ms = device->signed_ms;

    if (device->state == GW_STATE_IN_DOUBT && device->fence_ms > from_ms)
        from_ms = device->fence_ms;
    return from_ms + world->drive.stuck_ms;
}

static bool lasted(const struct world *world, uint64_t from_ms, uint64_t ms)
{
    return from_ms > 0 && world->now_ms - from_ms >= ms;
}

static uint64_t longer(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool ended_badly(const struct world_device *device)
{
    return gw_state_is_outcome(device->state) && device->state != GW_STATE_SKIPPED &&
           (device->state != GW_STATE_SUCCEEDED || device->unverified || device->relapsed);
}

/* Its window is closed, or is by the next look. */
static bool closes(const struct world *world, uint32_t t)
{
    uint64_t opens_ms, closes_ms;

    return !world_may_call_ms((struct world *)(uintptr_t)world, t, &opens_ms, &closes_ms) ||
           opens_ms > world->now_ms || closes_ms <= world->now_ms + 2 * world->drive.every_ms;
}

/* An answer is itself the outcome. */
static void check_answer_ends(const struct world *world, const struct gw_record *record)
{
    const struct world_device *device = &world->device[record->target];
    enum gw_class class_ = record->answer.class_;

    if (record->state == GW_STATE_SUCCEEDED) {
        RULE(!world->drive.verify && record->answer.proof == GW_PROOF_ACCEPTED,
             "I23: an accepted call is a success only where nobody is to look");
        return;
    }
    RULE(record->answer.proof == GW_PROOF_REFUSED, "I23: only a refusal ends a target at once");
    if (record->state == GW_STATE_DEFERRED) {
        RULE(world_is_put_off(device, &record->answer), "I23: only who is put off is deferred by an answer");
        RULE(device->put_offs >= world->drive.attempts ||
                 lasted(world, device->absent_ms, world->drive.offline_ms) || closes(world, record->target),
             "I23: deferred means put off often enough");
        return;
    }
    RULE(record->state == GW_STATE_FAILED, "I23: a refusal ends in failed or deferred");
    RULE(!world_is_free(device, &record->answer), "I23: what costs nothing fails nobody");
    if (class_ == GW_CLASS_TRANSIENT)
        RULE(record->charged >= world->drive.attempts,
             "I13: what may pass is tried again while attempts are left");
}

static void check_failed(const struct world *world, const struct gw_record *record)
{
    const struct world_device *device = &world->device[record->target];
    const struct world_word *word = &device->word;

    if (strcmp(record->answer.code, "stuck") == 0) {
        RULE(device->state == GW_STATE_UPGRADING && word->asked_ms >= late_ms(world, device),
             "I23: stuck means that a look after the deadline says so");
        RULE(word->presence == GW_PRESENCE_OFFLINE ||
                 (word->presence == GW_PRESENCE_ONLINE && word->order < 0),
             "I23: stuck means offline, or online without the version");
    } else if (strcmp(record->answer.code, "attempts") == 0) {
        RULE(record->charged >= world->drive.attempts, "I13: no attempt is left");
        RULE(word->presence == GW_PRESENCE_ONLINE && word->order < 0 && device->acquitted,
             "I23: without effect, says a look");
    } else {
        RULE(word->presence == GW_PRESENCE_AMBIGUOUS || word->presence == GW_PRESENCE_UNSUITABLE ||
                 (word->presence == GW_PRESENCE_MISSING && word->read == GW_READ_ONE),
             "I23: failed without a call means that a look at the gateway says why");
        RULE(device->left_attempt == 0 || device->acquitted, "I23: a call in doubt is no failure");
    }
}

static void check_deferred(const struct world *world, const struct gw_record *record)
{
    const struct world_device *device = &world->device[record->target];
    uint64_t patience_ms = world->drive.offline_ms;
    const struct world_device *mate = device->mate == GW_NO_TARGET ? NULL : &world->device[device->mate];
    /* A new start does not know which successes were looked at: where nobody has to look, none is good enough. */
    bool mate_ended =
        mate && (ended_badly(mate) || (mate->state == GW_STATE_SUCCEEDED && !world->drive.verify));
    bool night_over = closes(world, record->target);
    bool absent = lasted(world, device->absent_ms, patience_ms) || (device->absent_ms && night_over);
    bool unread = lasted(world, device->unread_ms, longer(patience_ms, world->drive.endpoint_down_ms)) ||
                  (device->unread_ms && night_over);

    if (strcmp(record->answer.code, "no_window") == 0)
        RULE(world_never_opens(world, record->target),
             "I23: what has no window is deferred, and nothing else");
    else if (strcmp(record->answer.code, "on_hold") == 0)
        RULE(device->on_hold, "I23: who is put off for a hold is on hold");
    else
        RULE(mate_ended || absent || unread,
             "I23: deferred means waited for long enough, or a mate that ended badly");
}

static void check_unresolved(const struct world *world, const struct gw_record *record)
{
    const struct world_device *device = &world->device[record->target];
    bool late = device->word.asked_ms >= late_ms(world, device);
    bool unread =
        lasted(world, device->unread_ms, longer(world->drive.stuck_ms, world->drive.endpoint_down_ms));
    bool stray = device->word.presence == GW_PRESENCE_ONLINE && device->word.order > 0;

    RULE(late || unread || stray,
         "I23: unresolved means a late look, no look for long, or a foreign version");
    RULE(device->word.order != 0 || device->word.presence != GW_PRESENCE_ONLINE || unread,
         "I23: what is seen at the version is not unresolved");
}

/* The order that leaves it out may be in the same transaction. */
static bool is_left_out(const struct world *world, uint32_t t)
{
    for (uint32_t i = 0; i < world->orders; i++)
        for (uint32_t k = 0; k < world->order[i].order.n_without; k++)
            if (world->order[i].without[k] == t && (!world->order[i].answered || world->order[i].accepted))
                return true;
    return false;
}

/* By then every record before it is in the mirror. */
static void check_outcome(const struct world *world, const struct gw_record *record)
{
    const struct world_device *device = &world->device[record->target];
    const struct world_word *word = &device->word;
    bool seen_there = word->presence == GW_PRESENCE_ONLINE && word->order == 0;

    if (record->kind == GW_RECORD_ANSWER) {
        check_answer_ends(world, record);
        return;
    }
    switch (record->state) {
    case GW_STATE_SUCCEEDED:
        RULE(seen_there && word->read == GW_READ_ONE,
             "I23: succeeded means that a look at the gateway says so");
        RULE(world_order(world, device) == 0 || device->nature == WORLD_FALLS,
             "I23: succeeded means that it is so");
        RULE(device->doubted || device->state == GW_STATE_UPGRADING,
             "I23: succeeded means that it was called");
        break;
    case GW_STATE_SKIPPED:
        RULE(word->presence == GW_PRESENCE_ONLINE && word->order >= 0,
             "I23: skipped means at the version or beyond");
        RULE(!device->doubted && device->effects == 0, "I23: skipped means not by a call of ours");
        break;
    case GW_STATE_FAILED:
        check_failed(world, record);
        break;
    case GW_STATE_DEFERRED:
        check_deferred(world, record);
        break;
    case GW_STATE_CANCELED:
        RULE(world->aborted_now || device->left_out || is_left_out(world, record->target),
             "I22: only a person cancels");
        RULE(device->state == GW_STATE_WAITING, "I20: what is under way is watched to its end");
        break;
    default:
        RULE(record->state == GW_STATE_UNRESOLVED, "I22: a run gives no other outcome");
        check_unresolved(world, record);
    }
    /* One that came back as it was has had a call that took effect, and no trace of it. */
    if (record->state == GW_STATE_DEFERRED && device->nature != WORLD_STAY && device->nature != WORLD_FALLS)
        RULE(device->effects == 0, "I23: deferred means not touched");
}

void world_check_decided(struct world *world, const struct gw_effect *effect)
{
    RULE(!world->still || effect->kind == GW_EFFECT_RECORD, "a still start calls nothing");
    if (effect->kind == GW_EFFECT_CALL)
        check_call_decided(world, effect);
    else
        world_check_decided_record(world, &effect->record);
}

/* ---- a record becomes durable ---- */

/* The answer's record: its price, and whose work "busy" is. */
static void check_answer(const struct world *world, const struct gw_record *record)
{
    const struct world_device *device = &world->device[record->target];

    RULE(device->state == GW_STATE_IN_FLIGHT && record->attempt == device->sent,
         "I5: an answer belongs to the attempt under way");
    RULE(record->charged == device->charged + !world_is_free(device, &record->answer),
         "I13: an attempt is charged if, and only if, it may have done something");
    if (record->answer.class_ == GW_CLASS_BUSY && device->doubted)
        RULE(record->state == GW_STATE_IN_DOUBT, "I3: what is at work after a doubt may be our own call");
    if (record->answer.class_ == GW_CLASS_TRANSIENT && record->charged >= world->drive.attempts)
        RULE(record->state == GW_STATE_FAILED, "I13: the last refusal is the outcome");
    if (record->answer.proof == GW_PROOF_IN_DOUBT)
        RULE(record->state == GW_STATE_IN_DOUBT, "I23: what is not proven is in doubt");
}

static void check_relapse(const struct world *world, const struct gw_record *record)
{
    struct world *w = (struct world *)(uintptr_t)world;
    const struct world_device *device = &world->device[record->target];

    RULE(device->state == GW_STATE_SUCCEEDED && !device->relapsed, "what has succeeded relapses once");
    if (record->version[0] && device->mate != GW_NO_TARGET &&
        world->device[device->mate].state == GW_STATE_WAITING) {
        RULE(world_order(world, device) < 0, "I11: a standby that fell back in its soak is seen to have");
        return;
    }
    RULE(world_wave_of(w, record->target)->plan.phase == GW_PHASE_SOAKING ||
             world_wave_of(w, record->target)->plan.verdict == GW_VERDICT_ABORT,
         "I17: at the end of its soak");
    RULE(device->bad_looks >= 3 ||
             lasted(world, device->unread_ms, longer(world->drive.stuck_ms, world->drive.endpoint_down_ms)),
         "I17: a relapse is seen, or cannot be read for long");
}

static void check_intent(struct world *world, const struct world_staged *staged)
{
    const struct gw_record *record = &staged->effect.record;
    const struct world_device *device = &world->device[record->target];
    const struct world_lane *lane = &world->lane[device->lane];

    RULE(record->attempt == device->sent + 1, "I5: attempts have no gaps");
    RULE(!device->open, "I2: one unresolved call a device");
    RULE(record->state == GW_STATE_IN_FLIGHT, "I2: an intent is in flight");
    world_check_intent_wave(world, record->target);
    check_window(lane->call_ms, lane->calls, staged->rate, staged->decided_ms);
}

void world_check_durable(struct world *world, const struct world_staged *staged)
{
    const struct gw_record *record = &staged->effect.record;
    const struct world_device *device = &world->device[record->target];

    if (record->kind == GW_RECORD_RELAPSED) {
        check_relapse(world, record);
        return;
    }
    RULE(!gw_state_is_outcome(device->state), "I22: an outcome never changes");
    RULE(record->charged >= device->charged, "I13: attempts are never given back");
    if (record->kind == GW_RECORD_INTENT)
        check_intent(world, staged);
    if (record->kind == GW_RECORD_ANSWER)
        check_answer(world, record);
    if (record->kind == GW_RECORD_RESOLVED)
        RULE(device->state == GW_STATE_IN_DOUBT && device->acquitted,
             "I3: a doubt is settled by two looks after the fence");
    if (gw_state_is_outcome(record->state))
        check_outcome(world, record);
}

/* ---- a call leaves ---- */

static void check_mate(const struct world *world, const struct world_device *device, uint32_t t)
{
    const struct world_device *mate = &world->device[device->mate];

    RULE(mate->state != GW_STATE_IN_FLIGHT && mate->state != GW_STATE_UPGRADING &&
             mate->state != GW_STATE_IN_DOUBT,
         "I11: no call while the mate is under way");
    RULE(!ended_badly(mate), "I11: no call when the mate did not end well");
    if (mate->state == GW_STATE_SUCCEEDED)
        RULE(device->signed_ms >= mate->ended_ms + world->drive.pair_soak_ms, "I11: the first has soaked");
    RULE(mate->on_its_way == 0, "I11: no call while one to the mate is on its way");
    /* One that fades does so between the look and the call, too. */
    RULE(world_presence(world, mate) == GW_PRESENCE_ONLINE || mate->nature == WORLD_FADES,
         "I11: no call while the mate is not online");
    if (mate->state == GW_STATE_WAITING)
        RULE((device->sent > 1) != (mate->sent > 0) ? device->sent > 1 : t < device->mate,
             "I11: the standby device goes first, and what was begun is ended first");
}

void world_check_leaves(const struct world *world, const struct gw_effect *call)
{
    const struct world_device *device = &world->device[call->target];

    RULE(device->state == GW_STATE_IN_FLIGHT && device->sent == call->attempt, "I1: the intent is durable");
    RULE(device->left_attempt == 0 || device->acquitted, "I3: no blind re-send");
    RULE(device->on_its_way == 0, "I3: no second call while one is on its way");
    RULE(world_order(world, device) <= 0, "I8: no downgrade");
    if (device->mate != GW_NO_TARGET)
        check_mate(world, device, call->target);
    if (device->half)
        RULE(device->other == GW_PRESENCE_ONLINE, "I11: an unknown mate means no call");
}

void world_check_arrival(const struct world *world, const struct world_pending *call)
{
    RULE(world->now_ms <= call->signed_ms + world->drive.fence_ms, "the world keeps to its fence");
}

/* ---- a run ends ---- */

void world_check_end(struct world *world)
{
    const uint32_t account = 1u << GW_STOP_DRAIN | 1u << GW_STOP_CREDENTIALS | 1u << GW_STOP_CLOCK |
                             1u << GW_STOP_IDENTITY | 1u << GW_STOP_RISK | 1u << GW_STOP_UNTRUSTED;
    const uint32_t blinds = 1u << GW_STOP_DRAIN | 1u << GW_STOP_CREDENTIALS | 1u << GW_STOP_CLOCK |
                            1u << GW_STOP_UNTRUSTED | 1u << GW_STOP_ENDPOINT;
    enum gw_stop stop = gw_rollout_stopped(world->r);
    const uint32_t *counts = gw_rollout_counts(world->r);
    uint32_t outcomes = 0, under_way;

    for (unsigned state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++) {
        RULE(counts[state] == world_count(world, (enum gw_state)state),
             "I24: what it counts is what is written");
        outcomes += gw_state_is_outcome((enum gw_state)state) ? counts[state] : 0;
    }
    under_way = world->n - outcomes - counts[GW_STATE_WAITING];
    RULE(!((1u << stop) & account) || ((1u << stop) & world->due), "I18: a run stops for what has happened");
    world_check_stop(world, stop);
    RULE(outcomes == world->n || stop != GW_STOP_NONE, "I25: a run that nothing stopped ends every target");
    RULE(under_way == 0 || ((1u << stop) & blinds),
         "I18: a stop that does not blind watches what is under way");
    for (uint32_t i = 0; i < world->n_pending; i++)
        RULE(world->pending[i].kind != WORLD_ANSWERS || world->pending[i].life != world->life,
             "I21: a run waits for the answers to its calls");
}
