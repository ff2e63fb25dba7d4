/*
 * What stops the whole run: an answer that the next thousand targets would get as well. A run that stops
 * starts nothing new, leaves everything resumable, and says why in one sentence; the operator finds a handful
 * of refused calls in the morning, not ten thousand.
 */
#include "gatewave/base/text.h"

#include "machine.h"

#define IN_A_ROW        3 /* the same refusal so often in a row is no property of a target */
#define NOT_FOUND_LEAST 5 /* ... and more than one in a hundred of those that were called */

/* A run without a key stays for so long, and looks so often whether there is one; what was heard so long ago is over. */
#define KEYLESS_MOST_MS  300000
#define KEYLESS_HOLD_MS  1000
#define KEYLESS_STALE_MS 60000

const char *gw_stop_reason(enum gw_stop stop)
{
    switch (stop) {
    case GW_STOP_DRAIN:
        return "interrupted by a signal; the same command goes on";
    case GW_STOP_CREDENTIALS:
        return "the credentials were refused";
    case GW_STOP_CLOCK:
        return "this machine's clock and the cloud's differ too much";
    case GW_STOP_IDENTITY:
        return "several targets in a row were refused for lack of permission";
    case GW_STOP_RISK:
        return "the account is blocked";
    case GW_STOP_PLAN:
        return "the cloud refuses the request itself";
    case GW_STOP_NOT_FOUND:
        return "many gateways are unknown to the cloud: wrong account or region?";
    case GW_STOP_UNTRUSTED:
        return "the answer did not come from the cloud: a proxy, a wrong certificate, or worse";
    case GW_STOP_ENDPOINT:
        return "the endpoint cannot be reached";
    case GW_STOP_GATE:
        return "the gate has stopped it";
    case GW_STOP_HOLD:
        return "the gate is not sure of a wave: a person must decide";
    case GW_STOP_APPROVAL:
        return "a wave waits for an approval";
    case GW_STOP_WINDOW:
        return "the window is closed and work is left; the same command goes on when it opens";
    case GW_STOP_SOAK:
        return "a wave soaks; the same command goes on when it has";
    case GW_STOP_PAUSE: /* said by the order */
    case GW_STOP_ABORT:
    case GW_STOP_NONE:
        break;
    }
    return "";
}

bool gw_stop_blinds(enum gw_stop stop)
{
    return stop == GW_STOP_DRAIN || stop == GW_STOP_CREDENTIALS || stop == GW_STOP_CLOCK ||
           stop == GW_STOP_UNTRUSTED || stop == GW_STOP_ENDPOINT;
}

/* The first reason is the one to tell, unless the new one weighs more: a person's word lifts a pause or a gate, but
   not what would stop the next call as well; and where nothing can even be watched any more, the run ends. */
static int gw_stop_weight(enum gw_stop stop)
{
    switch (stop) {
    case GW_STOP_NONE:
        return 0;
    case GW_STOP_PAUSE:
    case GW_STOP_HOLD:
    case GW_STOP_APPROVAL:
    case GW_STOP_WINDOW:
    case GW_STOP_SOAK:
        return 1;
    case GW_STOP_GATE:
        return 2;
    case GW_STOP_ABORT:
        return 4;
    default:
        return gw_stop_blinds(stop) ? 5 : 3;
    }
}

/* What a person has ordered outlives the run, and so must not be hidden by what ends it. */
static enum gw_phase gw_stop_phase(const struct gw_rollout *r)
{
    if (r->aborted)
        return GW_PHASE_ABORTING;
    return r->paused ? GW_PHASE_PAUSED : GW_PHASE_WAITING;
}

void gw_stop_set(struct gw_rollout *r, enum gw_stop stop, const struct gw_answer *answer)
{
    struct gw_record *record;

    /* What is over is not stopped any more. */
    if (r->announced || gw_stop_weight(stop) <= gw_stop_weight(r->stop))
        return;
    if (r->stop == GW_STOP_NONE || stop != GW_STOP_DRAIN) {
        record = gw_phase_record(r, gw_stop_phase(r));
        if (answer)
            record->answer = *answer;
        gw_text_copy(record->reason, sizeof(record->reason), gw_stop_reason(stop));
    }
    r->stop = stop;
}

/* The run ends when every lane that has work in this wave has been unreachable for too long. */
static bool gw_stop_all_down(const struct gw_rollout *r)
{
    for (uint32_t i = 0; i < r->lanes; i++)
        if (r->lane[i].open > 0 && !r->lane[i].down)
            return false;
    return true;
}

static void gw_stop_weigh_door(struct gw_rollout *r, struct gw_lane *lane, struct gw_door *door,
                               const struct gw_answer *answer, uint64_t now_ms)
{
    uint64_t wait_ms;

    if (answer->class_ != GW_CLASS_ENDPOINT) {
        door->failures = 0;
        lane->down = false;
        return;
    }
    if (door->failures++ == 0)
        door->since_ms = now_ms;
    /* The whole lane waits: its other targets would only meet the same closed door. */
    wait_ms = gw_backoff_ms(r, door->failures) + r->drive.backoff_first_ms;
    gw_pace_hold(&lane->call_pace, now_ms + wait_ms);
    gw_pace_hold(&lane->read_pace, now_ms + wait_ms);
    if (now_ms - door->since_ms >= r->drive.endpoint_down_ms)
        lane->down = true;
    if (lane->down && gw_stop_all_down(r))
        gw_stop_set(r, GW_STOP_ENDPOINT, answer);
}

/*
 * Between one key and the next a lane waits, calls and reads, at no cost to anybody. Only an answer that was signed
 * ends that.
 */
static void gw_stop_weigh_key(struct gw_rollout *r, struct gw_lane *lane, const struct gw_answer *answer,
                              uint64_t now_ms)
{
    if (answer->class_ != GW_CLASS_RENEWING) {
        if (answer->proof == GW_PROOF_ACCEPTED || answer->proof == GW_PROOF_REFUSED)
            lane->keyless_ms = 0;
        return;
    }
    /* One that was quiet for long, in a soak say, may have missed the key that came meanwhile. */
    if (lane->keyless_ms == 0 || now_ms - lane->keyless_heard_ms >= KEYLESS_STALE_MS)
        lane->keyless_ms = now_ms ? now_ms : 1;
    lane->keyless_heard_ms = now_ms;
    gw_pace_hold(&lane->call_pace, now_ms + KEYLESS_HOLD_MS);
    gw_pace_hold(&lane->read_pace, now_ms + KEYLESS_HOLD_MS);
    if (now_ms - lane->keyless_ms < KEYLESS_MOST_MS)
        return;
    gw_stop_set(r, GW_STOP_CREDENTIALS, answer);
}

/* What stops a run whoever was asked for. */
static void gw_stop_weigh_any(struct gw_rollout *r, const struct gw_answer *answer)
{
    switch (answer->class_) {
    case GW_CLASS_CREDENTIAL:
        gw_stop_set(r, GW_STOP_CREDENTIALS, answer);
        break;
    case GW_CLASS_CLOCK:
        gw_stop_set(r, GW_STOP_CLOCK, answer);
        break;
    case GW_CLASS_RISK:
        gw_stop_set(r, GW_STOP_RISK, answer);
        break;
    case GW_CLASS_UNTRUSTED:
        gw_stop_set(r, GW_STOP_UNTRUSTED, answer);
        break;
    default:
        break;
    }
}

/* One more answer for or against a suspicion; true when there were enough in a row. */
static bool gw_stop_in_a_row(uint32_t *row, bool again)
{
    *row = again ? *row + 1 : 0;
    return *row >= IN_A_ROW;
}

void gw_stop_weigh_call(struct gw_rollout *r, uint32_t lane, const struct gw_answer *answer, uint64_t now_ms)
{
    bool accepted_before = r->count[GW_STATE_UPGRADING] + r->count[GW_STATE_SUCCEEDED] > 0;

    gw_stop_weigh_door(r, &r->lane[lane], &r->lane[lane].call_door, answer, now_ms);
    gw_stop_weigh_key(r, &r->lane[lane], answer, now_ms);
    gw_stop_weigh_any(r, answer);
    if (answer->class_ == GW_CLASS_NOT_FOUND)
        gw_stop_weigh_not_found(r);
    /* Neither a throttle, nor a key that ended, nor a call that never left says anything about the target's request. */
    if (answer->proof != GW_PROOF_ACCEPTED &&
        (answer->proof != GW_PROOF_REFUSED || answer->class_ == GW_CLASS_THROTTLED ||
         answer->class_ == GW_CLASS_RENEWING))
        return;
    if (gw_stop_in_a_row(&r->refused_identity, answer->class_ == GW_CLASS_IDENTITY))
        gw_stop_set(r, GW_STOP_IDENTITY, answer);
    /* One model may lack a version that the others have; but when the first call of all is wrong, all are. */
    if (gw_stop_in_a_row(&r->refused_plan, answer->class_ == GW_CLASS_PLAN) ||
        (answer->class_ == GW_CLASS_PLAN && !accepted_before))
        gw_stop_set(r, GW_STOP_PLAN, answer);
}

void gw_stop_weigh_read(struct gw_rollout *r, uint32_t lane, const struct gw_answer *answer, uint64_t now_ms)
{
    gw_stop_weigh_door(r, &r->lane[lane], &r->lane[lane].read_door, answer, now_ms);
    gw_stop_weigh_key(r, &r->lane[lane], answer, now_ms);
    gw_stop_weigh_any(r, answer);
    if (gw_stop_in_a_row(&r->refused_identity_reads, answer->class_ == GW_CLASS_IDENTITY))
        gw_stop_set(r, GW_STOP_IDENTITY, answer);
}

void gw_stop_weigh_not_found(struct gw_rollout *r)
{
    static const struct gw_answer not_found = {
        .proof = GW_PROOF_REFUSED, .class_ = GW_CLASS_NOT_FOUND, .code = "not_found"};
    uint32_t looked_at = r->targets - r->count[GW_STATE_WAITING];

    r->not_found++;
    if (r->not_found >= NOT_FOUND_LEAST && r->not_found * 100 > looked_at)
        gw_stop_set(r, GW_STOP_NOT_FOUND, &not_found);
}
