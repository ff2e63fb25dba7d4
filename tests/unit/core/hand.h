#ifndef GATEWAVE_TESTS_CORE_HAND_H
#define GATEWAVE_TESTS_CORE_HAND_H
/*
 * A rollout taken by the hand: one fact at a time, with the clock in the test's own hands. The world (world.h) plays
 * whole lives and checks rules; here a test says what happens and looks at what is given out for it.
 *
 *     hand_init(&hand, 2);              two devices in one lane, in one wave; change hand.drive and hand.target
 *     hand_start(&hand);                they are to be read
 *     hand_see(&hand, 0, GW_PRESENCE_ONLINE, HAND_OLD);
 *     hand_answer(&hand, 0, GW_PROOF_ACCEPTED, GW_CLASS_ACCEPTED);
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/core/rollout.h"

#define HAND_MAX     600
#define HAND_EFFECTS 1400
#define HAND_READS   16

#define HAND_BEGIN_MS 1000000

#define HAND_OLDER "2.2.0"
#define HAND_OLD   "2.3.0"
#define HAND_NEW   "2.4.0"
#define HAND_NEWER "2.5.0"

/* A read that has been given out and not yet answered. */
struct hand_read {
    uint32_t id, lane, n_targets;
    enum gw_read_kind kind;
    uint64_t asked_ms;
    uint32_t target[GW_PAGE_MAX];
};

struct hand {
    struct gw_drive drive;
    struct gw_shape shape;
    struct gw_wave_start wave;
    struct gw_gate_rule rule;
    struct gw_target_start target[HAND_MAX];
    uint32_t n;
    uint64_t now_ms;
    int64_t unix_ms; /* at the start */
    void *memory;
    struct gw_rollout *r;
    struct hand_read read[HAND_READS];
    uint32_t reads;
    /* All that was given out since the last fact, or the last hand_wait(). */
    struct gw_effect effect[HAND_EFFECTS];
    uint32_t effects;
    uint64_t calls; /* since the start */
};

/* One lane, one wave without a soak, a gate that nothing trips; a fence of 60 s, two reads that settle a doubt 5 s apart. */
void hand_init(struct hand *hand, uint32_t n);
void hand_release(struct hand *hand);
/* Makes two devices the pair of one gateway. */
void hand_pair(struct hand *hand, uint32_t standby, uint32_t active);
void hand_start(struct hand *hand);
/* Time passes to the rollout's own deadline, or by so much. */
void hand_wait(struct hand *hand);
void hand_pass(struct hand *hand, uint64_t ms);
/* What the call for t came to. */
void hand_answer(struct hand *hand, uint32_t t, enum gw_proof proof, enum gw_class class_);
/* The read that t waits for is answered, and tells of t alone; waits for that read if it is not under way yet. */
void hand_see(struct hand *hand, uint32_t t, enum gw_presence presence, const char *version);
/* ... with a word of the other device of its pair too. */
void hand_see_pair(struct hand *hand, uint32_t t, enum gw_presence presence, const char *version,
                   enum gw_presence mate, const char *mate_version);
/* ... but says that it was sent so much earlier. */
void hand_see_late(struct hand *hand, uint32_t t, enum gw_presence presence, const char *version,
                   uint64_t by_ms);
/* The read that t waits for tells of nobody. */
void hand_fail(struct hand *hand, uint32_t t, enum gw_proof proof, enum gw_class class_, int32_t http_status);
/* An order, and the word that it was answered. */
enum gw_answer_word hand_order(struct hand *hand, enum gw_order_kind kind);
void hand_drain(struct hand *hand);
/* Waits for the read that is to tell of t, or for its call, and says what it is. */
const struct hand_read *hand_next_read(struct hand *hand, uint32_t t);
const struct gw_effect *hand_next_call(struct hand *hand, uint32_t t);
/* What was given out last: the call for t; the last record of t, or of a kind. NULL: nothing such. */
const struct gw_effect *hand_call(const struct hand *hand, uint32_t t);
const struct gw_record *hand_record(const struct hand *hand, uint32_t t);
const struct gw_record *hand_record_of(const struct hand *hand, enum gw_record_kind kind);
/* Brings t, that waits, to its accepted call. */
void hand_upgrade(struct hand *hand, uint32_t t);

#endif
