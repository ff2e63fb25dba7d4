/*
 * One signed upgrade call: from a ready target to its intent, and from its answer to what follows. An answer
 * counts for what it proves. Refused or never sent: nothing has happened, and it may be tried again within
 * its budget. Accepted or in doubt: only reads can tell, and the slot stays taken until they have.
 */
#include "gatewave/base/check.h"

#include "machine.h"

void gw_attempt_start(struct gw_rollout *r, uint32_t t, uint64_t now_ms)
{
    struct gw_target *target = &r->target[t];
    struct gw_effect *call;
    uint64_t opens_ms = 0, closes_ms = 0;

    GW_CHECK(target->state == GW_STATE_WAITING);
    /* It stays inside its site, region and ISP. */
    GW_CHECK(r->lane[target->lane].ahead > 0);
    r->lane[target->lane].ahead--;
    gw_target_move(r, t, GW_STATE_IN_FLIGHT);
    target->place = GW_PLACE_CALLING;
    target->sent++;
    target->since_ms = now_ms;
    target->fence_ms = now_ms + r->drive.fence_ms;
    target->agreed = false;
    target->unread_ms = 0;
    r->calls_out++;
    (void)gw_target_record(r, t, GW_RECORD_INTENT);
    (void)gw_window_next(r, t, &opens_ms, &closes_ms);
    call = gw_effect_push(r, GW_EFFECT_CALL);
    call->target = t;
    call->attempt = target->sent;
    call->lane = target->lane;
    call->until_ms = closes_ms;
}

/* The answer's record; the target has its new state already. */
static void gw_attempt_record(struct gw_rollout *r, uint32_t t, const struct gw_answer *answer)
{
    gw_target_record(r, t, GW_RECORD_ANSWER)->answer = *answer;
}

/* The answer itself is the outcome: one record says both. */
static void gw_attempt_end(struct gw_rollout *r, uint32_t t, enum gw_state outcome,
                           const struct gw_answer *answer)
{
    enum gw_state before = (enum gw_state)r->target[t].state;

    gw_target_move(r, t, outcome);
    r->target[t].place = GW_PLACE_END;
    gw_attempt_record(r, t, answer);
    gw_outcome_follows(r, t, before);
}

static void gw_attempt_waits(struct gw_rollout *r, uint32_t t, const struct gw_answer *answer)
{
    gw_target_move(r, t, GW_STATE_WAITING);
    gw_attempt_record(r, t, answer);
}

/* It goes again as soon as its lane may, without another read while the last one is fresh. */
static void gw_attempt_at_once(struct gw_rollout *r, uint32_t t)
{
    struct gw_lane *lane = &r->lane[r->target[t].lane];

    lane->ahead++;
    gw_scope_join(r, t);
    gw_queue_push_front(r, &lane->ready, t, GW_PLACE_READY);
}

/* Nothing is wrong with it, nor with its lane: it goes again when there is a key. */
static void gw_attempt_renews(struct gw_rollout *r, uint32_t t, const struct gw_answer *answer)
{
    gw_attempt_waits(r, t, answer);
    gw_attempt_at_once(r, t);
}

static void gw_attempt_retry(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];

    target->charged++;
    target->failures++;
    if (target->charged >= r->drive.attempts) {
        gw_attempt_end(r, t, GW_STATE_FAILED, &ev->answer);
        return;
    }
    gw_attempt_waits(r, t, &ev->answer);
    gw_target_sleep(r, t, ev->now_ms + gw_backoff_ms(r, target->failures));
}

/* "Too old": perhaps it is there already. A read decides; the same word after that read is final. */
static void gw_attempt_read_back(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];

    target->charged++;
    /* Nobody takes a device back to what it runs already: a rollback needs no second word. */
    if (target->read_back || r->drive.downgrade) {
        gw_attempt_end(r, t, GW_STATE_FAILED, &ev->answer);
        return;
    }
    target->read_back = true;
    gw_attempt_waits(r, t, &ev->answer);
    gw_queue_wait(r, t);
}

static void gw_attempt_doubted(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];
    uint64_t look_ms = r->drive.every_ms < r->drive.fence_ms ? r->drive.every_ms : r->drive.fence_ms;

    target->charged++;
    target->doubted = true;
    gw_target_move(r, t, GW_STATE_IN_DOUBT);
    gw_attempt_record(r, t, &ev->answer);
    gw_target_sleep(r, t, gw_grid_ms(r, ev->now_ms, look_ms));
}

static void gw_attempt_accepted(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    r->target[t].charged++;
    if (!r->drive.verify) {
        r->target[t].accepted_only = true;
        gw_attempt_end(r, t, GW_STATE_SUCCEEDED, &ev->answer);
        return;
    }
    gw_target_move(r, t, GW_STATE_UPGRADING);
    gw_attempt_record(r, t, &ev->answer);
    gw_target_sleep(r, t, gw_grid_ms(r, ev->now_ms, r->drive.every_ms));
}

/* Offline or busy, although a read had just said otherwise: costs nothing, and is not asked for ever. */
static void gw_attempt_put_off(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    if (++r->target[t].put_off >= r->drive.attempts) {
        gw_attempt_end(r, t, GW_STATE_DEFERRED, &ev->answer);
        return;
    }
    gw_attempt_waits(r, t, &ev->answer);
    gw_fit_absent(r, t, ev->now_ms, ev->answer.code, "");
}

static void gw_attempt_refused(struct gw_rollout *r, uint32_t t, const struct gw_event *ev)
{
    struct gw_target *target = &r->target[t];

    switch (ev->answer.class_) {
    case GW_CLASS_THROTTLED:
        gw_pace_throttled(&r->lane[target->lane].call_pace, ev->now_ms, ev->answer.retry_after_ms);
        gw_attempt_waits(r, t, &ev->answer);
        gw_attempt_at_once(r, t);
        break;
    case GW_CLASS_RENEWING:
        gw_attempt_renews(r, t, &ev->answer);
        break;
    case GW_CLASS_TRANSIENT:
        gw_attempt_retry(r, t, ev);
        break;
    case GW_CLASS_BUSY:
        if (target->doubted) {
            /* What is at work there may be our own earlier call. */
            gw_attempt_doubted(r, t, ev);
            break;
        }
        __attribute__((fallthrough));
    case GW_CLASS_OFFLINE:
        gw_attempt_put_off(r, t, ev);
        break;
    case GW_CLASS_READ_BACK:
        gw_attempt_read_back(r, t, ev);
        break;
    case GW_CLASS_CREDENTIAL:
    case GW_CLASS_CLOCK:
    case GW_CLASS_RISK:
        /* The run stops; this target has lost nothing and goes first in the next one. */
        gw_attempt_waits(r, t, &ev->answer);
        gw_queue_wait(r, t);
        break;
    default:
        target->charged++;
        gw_attempt_end(r, t, GW_STATE_FAILED, &ev->answer);
        break;
    }
}

void gw_attempt_answer(struct gw_rollout *r, const struct gw_event *ev)
{
    uint32_t t = ev->target;
    struct gw_target *target = &r->target[t];

    GW_CHECK(t < r->targets && target->place == GW_PLACE_CALLING && r->calls_out > 0);
    target->place = GW_PLACE_NONE;
    r->calls_out--;
    switch (ev->answer.proof) {
    case GW_PROOF_ACCEPTED:
        gw_attempt_accepted(r, t, ev);
        break;
    case GW_PROOF_REFUSED:
        gw_attempt_refused(r, t, ev);
        break;
    case GW_PROOF_NEVER_SENT:
        if (ev->answer.class_ == GW_CLASS_RENEWING) {
            gw_attempt_renews(r, t, &ev->answer);
            break;
        }
        /* Costs nothing: the lane is held or the run stopped by what follows. */
        target->failures++;
        gw_attempt_waits(r, t, &ev->answer);
        gw_target_sleep(r, t, ev->now_ms + gw_backoff_ms(r, target->failures));
        break;
    default:
        gw_attempt_doubted(r, t, ev);
        break;
    }
    gw_stop_weigh_call(r, target->lane, &ev->answer, ev->now_ms);
}
