/* What came of a question: what may pass is asked again, what nothing gets past ends the lane, and all else is told. */
#include <stdio.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/code.h"

#include "reads_local.h"
#include "transport.h"

#define BACKOFF_MS      500
#define BACKOFF_MOST_MS 30000
#define PAUSE_MS        1000 /* of a throttle that does not say how long */

void gw_reads_sentence(const struct gw_answer *answer, char *ret, size_t size)
{
    const struct gw_code_entry *entry = gw_code_find(answer->code);
    const char *words = entry ? entry->meaning : answer->message;

    (void)snprintf(ret, size, "%s%s%s%s%s", answer->code, words[0] ? ": " : "", words, entry ? "; " : "",
                   entry ? entry->advice : "");
}

static void gw_reads_tell(struct gw_read *read, struct gw_told *told)
{
    struct gw_reads *reads = read->reads;
    struct gw_ask ask = read->ask;

    read->state = GW_READ_FREE;
    told->asked_unix_ms = read->asked_unix_ms;
    reads->caller.told(reads->caller.user, read->lane, &ask, told);
}

void gw_reads_withdraw(struct gw_read_lane *lane, const struct gw_answer *why)
{
    for (uint32_t i = 0; i < GW_READS_LANE_MOST && lane->waits > 0; i++) {
        struct gw_told told = {.answer = *why};

        if (lane->read[i].state != GW_READ_WAITS)
            continue;
        lane->waits--;
        gw_reads_tell(&lane->read[i], &told);
    }
}

void gw_reads_end_lane(struct gw_read_lane *lane, const struct gw_answer *why)
{
    if (lane->ended)
        return;
    lane->ended = true;
    lane->why = *why;
    gw_reads_withdraw(lane, why);
}

void gw_reads_wait(struct gw_read *read, uint64_t due_ms)
{
    read->state = GW_READ_WAITS;
    read->due_ms = due_ms;
    read->reads->lane[read->lane].waits++;
}

/* Twice as long each time, and half of it by chance, so that lanes that failed together do not come back together. */
static uint64_t gw_reads_backoff_ms(struct gw_reads *reads, uint32_t tries)
{
    uint64_t ms = (uint64_t)BACKOFF_MS << (tries - 1);

    if (ms > BACKOFF_MOST_MS)
        ms = BACKOFF_MOST_MS;
    return ms / 2 + gw_rng_below(&reads->rng, ms / 2);
}

/* Whether no question of this lane can have a better answer. */
static bool gw_reads_ends_lane(enum gw_action action, const struct gw_answer *answer)
{
    switch (answer->class_) {
    case GW_CLASS_CREDENTIAL:
    case GW_CLASS_CLOCK:
    case GW_CLASS_RISK:
    case GW_CLASS_UNTRUSTED:
        return true;
    case GW_CLASS_IDENTITY: /* the smaller reads have permissions of their own, which not everybody grants */
        return action == GW_ACTION_LIST_GATEWAYS || action == GW_ACTION_GATEWAY;
    default:
        return false;
    }
}

static bool gw_reads_may_pass(const struct gw_answer *answer)
{
    return answer->class_ == GW_CLASS_TRANSIENT || answer->class_ == GW_CLASS_UNKNOWN ||
           answer->class_ == GW_CLASS_ENDPOINT;
}

/* Whether another key may mend it, and is there or on its way. */
static bool gw_reads_renews(struct gw_read *read, const struct gw_answer *answer)
{
    return answer->class_ == GW_CLASS_CREDENTIAL && gw_code_blames_key(answer->code) &&
           read->refusals < GW_READS_REFUSALS &&
           gw_keys_refused(read->reads->keys, read->reads->facts[read->lane].account, read->generation);
}

/* True when it will be tried again. */
static bool gw_reads_try_again(struct gw_read *read, const struct gw_answer *answer)
{
    struct gw_reads *reads = read->reads;
    struct gw_read_lane *lane = &reads->lane[read->lane];
    uint64_t now_ms = gw_loop_now_ms(reads->loop), pause_ms = answer->retry_after_ms;

    if (lane->ended || reads->draining)
        return false;
    if (answer->class_ == GW_CLASS_THROTTLED && read->throttles < GW_READS_THROTTLES) {
        read->throttles++;
        read->tries--;
        pause_ms = (pause_ms ? pause_ms : PAUSE_MS) + gw_rng_below(&reads->rng, PAUSE_MS / 10);
        if (now_ms + pause_ms > lane->hold_ms)
            lane->hold_ms = now_ms + pause_ms;
        gw_reads_wait(read, lane->hold_ms);
        return true;
    }
    if (gw_reads_renews(read, answer)) {
        read->refusals++;
        read->tries--;
        gw_reads_wait(read, now_ms);
        return true;
    }
    if (!gw_reads_may_pass(answer) || read->tries >= GW_READS_TRIES)
        return false;
    gw_reads_wait(read, now_ms + gw_reads_backoff_ms(reads, read->tries) + pause_ms);
    return true;
}

void gw_reads_judge(struct gw_read *read, struct gw_told *told)
{
    struct gw_reads *reads = read->reads;
    struct gw_read_lane *lane = &reads->lane[read->lane];

    if (told->answer.proof != GW_PROOF_ACCEPTED && gw_reads_try_again(read, &told->answer))
        return;
    if (told->answer.proof != GW_PROOF_ACCEPTED && !reads->draining &&
        (gw_reads_ends_lane(read->ask.action, &told->answer) || told->answer.class_ == GW_CLASS_ENDPOINT))
        gw_reads_end_lane(lane, &told->answer);
    gw_reads_tell(read, told);
}

static void gw_reads_read_reply(struct gw_reads *reads, enum gw_action action,
                                const struct gw_reply_bytes *reply, struct gw_told *ret)
{
    switch (action) {
    case GW_ACTION_LIST_GATEWAYS:
        gw_reply_read_page(reply, reads->format, &reads->seen.page, &ret->answer);
        ret->page = &reads->seen.page;
        return;
    case GW_ACTION_GATEWAY:
        gw_reply_read_gateway(reply, reads->format, &reads->seen.gateway, &ret->answer);
        ret->gateway = &reads->seen.gateway;
        return;
    case GW_ACTION_GATEWAY_HA:
        gw_reply_read_ha(reply, reads->format, &reads->seen.ha, &ret->answer);
        ret->ha = &reads->seen.ha;
        return;
    case GW_ACTION_GATEWAY_VERSIONS:
        gw_reply_read_versions(reply, reads->format, &reads->seen.versions, &ret->answer);
        ret->versions = &reads->seen.versions;
        return;
    case GW_ACTION_AUTO_UPGRADE:
        gw_reply_read_auto_upgrade(reply, reads->format, &reads->seen.auto_upgrade, &ret->answer);
        ret->auto_upgrade = &reads->seen.auto_upgrade;
        return;
    case GW_ACTION_SET_AUTO_UPGRADE:
        gw_reply_judge_call(reply, reads->format, &ret->answer);
        return;
    default:
        GW_NEVER("this is none of the reads");
    }
}

void gw_reads_done(void *user, const struct gw_http_result *result)
{
    struct gw_read *read = user;
    struct gw_reads *reads = read->reads;
    struct gw_read_lane *lane = &reads->lane[read->lane];
    struct gw_told told = {0};

    lane->travels--;
    if (result->end != GW_HTTP_NEVER_SENT)
        gw_ring_add(&lane->ring, gw_loop_now_ms(reads->loop));
    if (result->end == GW_HTTP_COMPLETE && result->cause != GW_HTTP_CAUSE_REDIRECT) {
        struct gw_reply_bytes reply = gw_transport_reply(result);

        gw_reads_read_reply(reads, read->ask.action, &reply, &told);
    } else {
        gw_transport_judge(result, &told.answer);
    }
    gw_reads_judge(read, &told);
}
