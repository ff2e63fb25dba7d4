/* A rollout taken by the hand: what a test says happens, and nothing else does. All memory is the test's own. */
#include "hand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#define BEGIN_UNIX_MS 1800000000000
/* What has not come after so many wakings will not come. */
#define TURNS_MOST 100

void hand_init(struct hand *hand, uint32_t n)
{
    *hand = (struct hand){
        .drive = {.version = HAND_NEW,
                  .limits = {.rate = {.calls = 100, .window_ms = 1000},
                             .read_rate = {.calls = 100, .window_ms = 1000},
                             .in_flight = 8,
                             .upgrading = 8},
                  .reads = 8,
                  .attempts = 3,
                  .backoff_first_ms = 1000,
                  .backoff_longest_ms = 8000,
                  .offline_ms = 120000,
                  .verify = true,
                  .pre_read = true,
                  .every_ms = 4000,
                  .slow_ms = 20000,
                  .stuck_ms = 90000,
                  .fresh_ms = 20000,
                  .fence_ms = 60000,
                  .agree_ms = 5000,
                  .endpoint_down_ms = 60000,
                  .patience_ms = 3600000},
        .shape = {.targets = n,
                  .lanes = 1,
                  .waves = 1,
                  .models = 1,
                  .zones = 1,
                  .rate_calls = 100,
                  .read_rate_calls = 100},
        .wave = {.targets = n, .phase = GW_PHASE_PENDING},
        .rule = {.baseline_bp = 9000, .alarm_bp = 9999},
        .n = n,
        .now_ms = HAND_BEGIN_MS,
        .unix_ms = BEGIN_UNIX_MS,
    };
    GW_CHECK(n <= HAND_MAX);
    for (uint32_t t = 0; t < n; t++)
        hand->target[t] = (struct gw_target_start){.mate = GW_NO_TARGET, .state = GW_STATE_WAITING};
}

void hand_release(struct hand *hand)
{
    free(hand->memory);
}

void hand_pair(struct hand *hand, uint32_t standby, uint32_t active)
{
    hand->target[standby].mate = active;
    hand->target[active].mate = standby;
}

static void hand_pull(struct hand *hand)
{
    struct gw_effect effect;

    while (gw_rollout_next(hand->r, hand->now_ms, &effect)) {
        assert_true(hand->effects < HAND_EFFECTS);
        hand->effect[hand->effects++] = effect;
        hand->calls += effect.kind == GW_EFFECT_CALL;
        if (effect.kind == GW_EFFECT_READ) {
            struct hand_read *read = &hand->read[hand->reads++];

            *read = (struct hand_read){.id = effect.read_id,
                                       .lane = effect.lane,
                                       .n_targets = effect.n_targets,
                                       .kind = effect.read,
                                       .asked_ms = hand->now_ms};
            memcpy(read->target, effect.targets, effect.n_targets * sizeof(*effect.targets));
        }
    }
}

void hand_start(struct hand *hand)
{
    size_t size = gw_rollout_size(&hand->shape);

    hand->memory = gw_mem_new(size, 1);
    hand->r = gw_rollout_init(hand->memory, size, &hand->shape, &hand->drive, 1, hand->now_ms, hand->unix_ms);
    hand->wave.limits = hand->drive.limits;
    gw_rollout_load_wave(hand->r, 0, &hand->wave);
    gw_rollout_load_rule(hand->r, 0, GW_NO_MODEL, &hand->rule);
    for (uint32_t t = 0; t < hand->n; t++)
        gw_rollout_load(hand->r, t, &hand->target[t]);
    gw_rollout_start(hand->r, hand->now_ms, false);
    hand_pull(hand);
}

void hand_pass(struct hand *hand, uint64_t ms)
{
    hand->effects = 0;
    hand->now_ms += ms;
    hand_pull(hand);
}

void hand_wait(struct hand *hand)
{
    uint64_t deadline_ms = gw_rollout_deadline_ms(hand->r, hand->now_ms);

    /* Later than never: it waits for a fact that the test has not told. */
    assert_true(deadline_ms != UINT64_MAX);
    hand_pass(hand, deadline_ms > hand->now_ms ? deadline_ms - hand->now_ms : 0);
}

static void hand_tell(struct hand *hand, struct gw_event *ev)
{
    hand->effects = 0;
    ev->now_ms = hand->now_ms;
    gw_rollout_handle(hand->r, ev);
}

void hand_answer(struct hand *hand, uint32_t t, enum gw_proof proof, enum gw_class class_)
{
    struct gw_event ev = {
        .kind = GW_EVENT_ANSWER, .target = t, .answer = {.proof = proof, .class_ = class_, .code = "Told"}};

    hand_tell(hand, &ev);
    hand_pull(hand);
}

static const struct hand_read *hand_read_of(const struct hand *hand, uint32_t t)
{
    for (uint32_t i = 0; i < hand->reads; i++)
        for (uint32_t k = 0; k < hand->read[i].n_targets; k++)
            if (hand->read[i].target[k] == t)
                return &hand->read[i];
    return NULL;
}

const struct hand_read *hand_next_read(struct hand *hand, uint32_t t)
{
    for (int turns = 0; !hand_read_of(hand, t); turns++) {
        assert_true(turns < TURNS_MOST);
        hand_wait(hand);
    }
    return hand_read_of(hand, t);
}

/* Takes the read that t waits for out of those that are under way. */
static struct hand_read hand_take_read(struct hand *hand, uint32_t t)
{
    const struct hand_read *found = hand_next_read(hand, t);
    struct hand_read read = *found;

    hand->read[found - hand->read] = hand->read[--hand->reads];
    return read;
}

static void hand_done(struct hand *hand, const struct hand_read *read, const struct gw_answer *answer)
{
    struct gw_event ev = {.kind = GW_EVENT_READ_DONE,
                          .read = read->kind,
                          .read_id = read->id,
                          .lane = read->lane,
                          .n_targets = read->n_targets,
                          .targets = read->target,
                          .answer = *answer,
                          .now_ms = hand->now_ms};

    gw_rollout_handle(hand->r, &ev);
    hand_pull(hand);
}

static void hand_told(struct hand *hand, uint32_t t, struct gw_event *ev, uint64_t by_ms)
{
    static const struct gw_answer accepted = {.proof = GW_PROOF_ACCEPTED, .class_ = GW_CLASS_ACCEPTED};
    struct hand_read read = hand_take_read(hand, t);

    ev->kind = GW_EVENT_SEEN;
    ev->target = t;
    ev->read = read.kind;
    ev->read_id = read.id;
    ev->asked_ms = read.asked_ms - by_ms;
    hand_tell(hand, ev);
    hand_done(hand, &read, &accepted);
}

void hand_see(struct hand *hand, uint32_t t, enum gw_presence presence, const char *version)
{
    hand_see_pair(hand, t, presence, version, GW_PRESENCE_NONE, "");
}

void hand_see_pair(struct hand *hand, uint32_t t, enum gw_presence presence, const char *version,
                   enum gw_presence mate, const char *mate_version)
{
    struct gw_event ev = {.presence = presence, .mate = mate};

    (void)gw_text_copy(ev.version, sizeof(ev.version), version);
    (void)gw_text_copy(ev.mate_version, sizeof(ev.mate_version), mate_version);
    hand_told(hand, t, &ev, 0);
}

void hand_see_late(struct hand *hand, uint32_t t, enum gw_presence presence, const char *version,
                   uint64_t by_ms)
{
    struct gw_event ev = {.presence = presence, .mate = GW_PRESENCE_NONE};

    (void)gw_text_copy(ev.version, sizeof(ev.version), version);
    hand_told(hand, t, &ev, by_ms);
}

void hand_fail(struct hand *hand, uint32_t t, enum gw_proof proof, enum gw_class class_, int32_t http_status)
{
    struct hand_read read = hand_take_read(hand, t);

    hand->effects = 0;
    hand_done(hand, &read, &(struct gw_answer){.proof = proof, .class_ = class_, .http_status = http_status});
}

enum gw_answer_word hand_order(struct hand *hand, enum gw_order_kind kind)
{
    struct gw_event ev = {.kind = GW_EVENT_ORDER, .order = {.id = 1, .kind = kind, .wave = GW_NO_WAVE}};

    hand_tell(hand, &ev);
    hand_pull(hand);
    return hand_record_of(hand, GW_RECORD_ORDER)->said.word;
}

void hand_drain(struct hand *hand)
{
    struct gw_event ev = {.kind = GW_EVENT_DRAIN};

    hand_tell(hand, &ev);
    hand_pull(hand);
}

const struct gw_effect *hand_call(const struct hand *hand, uint32_t t)
{
    for (uint32_t i = 0; i < hand->effects; i++)
        if (hand->effect[i].kind == GW_EFFECT_CALL && hand->effect[i].target == t)
            return &hand->effect[i];
    return NULL;
}

const struct gw_effect *hand_next_call(struct hand *hand, uint32_t t)
{
    for (int turns = 0; !hand_call(hand, t); turns++) {
        assert_true(turns < TURNS_MOST);
        hand_wait(hand);
    }
    return hand_call(hand, t);
}

const struct gw_record *hand_record(const struct hand *hand, uint32_t t)
{
    for (uint32_t i = hand->effects; i-- > 0;)
        if (hand->effect[i].kind == GW_EFFECT_RECORD && hand->effect[i].record.target == t)
            return &hand->effect[i].record;
    return NULL;
}

const struct gw_record *hand_record_of(const struct hand *hand, enum gw_record_kind kind)
{
    for (uint32_t i = hand->effects; i-- > 0;)
        if (hand->effect[i].kind == GW_EFFECT_RECORD && hand->effect[i].record.kind == kind)
            return &hand->effect[i].record;
    return NULL;
}

void hand_upgrade(struct hand *hand, uint32_t t)
{
    hand_see(hand, t, GW_PRESENCE_ONLINE, HAND_OLD);
    (void)hand_next_call(hand, t);
    hand_answer(hand, t, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED);
}
