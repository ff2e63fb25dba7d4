/*
 * What stops the whole run: an answer that the next thousand targets would get as well. A run that stops
 * starts nothing new, leaves everything resumable, and says why in one sentence; the operator finds a handful
 * of refused calls in the morning, not ten thousand.
 */
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "machine.h"

#define IDENTITY_IN_A_ROW \
    3 /* "not allowed" for so many targets one after the other is no property of a target */
#define NOT_FOUND_LEAST 5 /* ... and more than one in a hundred of those that were called */

static const char *gw_stop_reason(enum gw_stop stop)
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

void gw_stop_set(struct gw_rollout *r, enum gw_stop stop, const struct gw_answer *answer)
{
    struct gw_record *record;

    /* The first reason is the one to tell; a drain on top of another stop only ends it sooner. */
    if (r->stop != GW_STOP_NONE && stop != GW_STOP_DRAIN)
        return;
    if (r->stop == GW_STOP_NONE) {
        record = &gw_effect_push(r, GW_EFFECT_RECORD)->record;
        record->kind = GW_RECORD_PHASE;
        record->target = GW_NO_TARGET;
        record->phase = GW_PHASE_WAITING;
        if (answer)
            record->answer = *answer;
        gw_text_copy(record->reason, sizeof(record->reason), gw_stop_reason(stop));
    }
    r->stop = stop;
}

static void gw_stop_weigh_endpoint(struct gw_rollout *r, struct gw_lane *lane, struct gw_door *door,
                                   const struct gw_answer *answer, uint64_t now_ms)
{
    uint64_t wait_ms;

    if (door->failures++ == 0)
        door->since_ms = now_ms;
    /* The whole lane waits: its other targets would only meet the same closed door. */
    wait_ms = gw_backoff_ms(r, door->failures) + r->drive.backoff_first_ms;
    gw_pace_hold(&lane->call_pace, now_ms + wait_ms);
    gw_pace_hold(&lane->read_pace, now_ms + wait_ms);
    if (now_ms - door->since_ms >= r->drive.endpoint_down_ms)
        gw_stop_set(r, GW_STOP_ENDPOINT, answer);
}

void gw_stop_weigh(struct gw_rollout *r, uint32_t lane, const struct gw_answer *answer, bool call,
                   uint64_t now_ms)
{
    struct gw_door *door = call ? &r->lane[lane].call_door : &r->lane[lane].read_door;

    if (answer->class_ != GW_CLASS_ENDPOINT)
        door->failures = 0;
    if (answer->class_ != GW_CLASS_IDENTITY)
        r->refused_identity = 0;
    switch (answer->class_) {
    case GW_CLASS_ENDPOINT:
        gw_stop_weigh_endpoint(r, &r->lane[lane], door, answer, now_ms);
        break;
    case GW_CLASS_IDENTITY:
        if (++r->refused_identity >= IDENTITY_IN_A_ROW)
            gw_stop_set(r, GW_STOP_IDENTITY, answer);
        break;
    case GW_CLASS_NOT_FOUND:
        r->not_found++;
        if (r->not_found >= NOT_FOUND_LEAST && r->not_found * 100 > r->targets - r->count[GW_STATE_WAITING])
            gw_stop_set(r, GW_STOP_NOT_FOUND, answer);
        break;
    case GW_CLASS_CREDENTIAL:
        gw_stop_set(r, GW_STOP_CREDENTIALS, answer);
        break;
    case GW_CLASS_CLOCK:
        gw_stop_set(r, GW_STOP_CLOCK, answer);
        break;
    case GW_CLASS_PLAN:
        gw_stop_set(r, GW_STOP_PLAN, answer);
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
