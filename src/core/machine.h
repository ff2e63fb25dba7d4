#ifndef GATEWAVE_SRC_CORE_MACHINE_H
#define GATEWAVE_SRC_CORE_MACHINE_H
/*
 * The rollout's insides, shared by its sub-machines and by nobody else:
 *
 *   target.c   where a target stands: its state table, its place, and the one way to move it
 *   attempt.c  the call: from ready to intent, from answer to what follows
 *   watch.c    the reads: what a look at a device means in each state
 *   pair.c     the two devices of one gateway: never both
 *   stop.c     what stops the whole run
 *   lane.c     an account in a region: when it may call and read, and whom
 *   rollout.c  the three verbs, and who goes next
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/heap.h"
#include "gatewave/base/rng.h"
#include "gatewave/core/rollout.h"

#include "pace.h"

/*
 * What holds a target just now. Each target is in exactly one place, so that none is ever lost: a queue of
 * its lane, a call or read under way, the timers, its mate, or its end.
 */
enum gw_place {
    GW_PLACE_NONE = 0,
    GW_PLACE_WAITING, /* queue: not looked at yet */
    GW_PLACE_PAGES,   /* queue: wants to be read, the list call will do */
    GW_PLACE_ONES,    /* queue: wants to be read by itself */
    GW_PLACE_READING, /* a read is under way */
    GW_PLACE_READY,   /* queue: a fresh read allows the call */
    GW_PLACE_CALLING, /* the call is under way */
    GW_PLACE_TIMER,   /* something happens at a time */
    GW_PLACE_MATE,    /* its mate must end first */
    GW_PLACE_END,     /* it has its outcome */
};

struct gw_target {
    uint32_t lane, mate;
    uint32_t next;    /* in its queue */
    uint32_t sent;    /* the number of its last attempt */
    uint32_t read_id; /* of the read that is under way for it */
    uint16_t charged;
    uint16_t failures; /* in a row: the backoff's exponent */
    uint16_t put_off;  /* calls refused because it was offline or busy, although a read had said otherwise */
    uint8_t state;     /* enum gw_state */
    uint8_t place;     /* enum gw_place */
    bool pair, by_one;
    bool noted;     /* what it ran before is recorded */
    bool read_back; /* the vendor said "too old": a read decides, and a second such answer ends it */
    bool doubted;   /* an earlier attempt was in doubt: what looks like somebody else's work may be ours */
    bool accepted_only; /* succeeded without verification */
    bool slow;          /* counted as slow */
    bool agreed;        /* one read after the fence said: not there, and online */
    uint64_t asked_ms;  /* the last read that told of it was sent then */
    uint64_t since_ms;  /* its last call */
    uint64_t absent_ms; /* first found offline or busy since it was last ready; 0: it is not */
    uint64_t unread_ms; /* the first of the reads that failed in a row; 0: the last one told of it */
    uint64_t fence_ms;
    uint64_t agreed_ms;
};

/* A chain of targets through target.next. */
struct gw_queue {
    uint32_t first, last, len;
};

/* Failures to reach the endpoint, in a row and since when; calls and reads apart, for one must not hide the other. */
struct gw_door {
    uint32_t failures;
    uint64_t since_ms;
};

struct gw_lane {
    struct gw_pace call_pace, read_pace;
    struct gw_queue waiting, pages, ones, ready;
    uint32_t open, in_flight, in_doubt; /* targets without an outcome, and of these */
    uint32_t reads_out;
    uint32_t ahead;       /* waiting targets that are being read or are ready */
    uint32_t ahead_limit; /* looking further ahead would only make the reads stale */
    struct gw_door call_door, read_door;
    bool down;      /* the endpoint could not be reached for too long */
    bool ones_last; /* the last read was of one gateway: a page is next, when there is one */
};

#define GW_EFFECTS_MAX 256

struct gw_rollout {
    struct gw_drive drive;
    struct gw_target *target;
    struct gw_lane *lane;
    struct gw_heap timer;
    struct gw_rng rng;
    uint32_t targets, lanes, loaded;
    uint32_t turn; /* the lane that goes first next time */
    uint32_t count[GW_STATE_COUNT];
    uint32_t calls_out, reads_out, last_read_id;
    enum gw_stop stop;
    bool announced;        /* the last PHASE was recorded */
    uint32_t refused_plan; /* in a row, for something in the request itself */
    uint32_t refused_identity_reads;
    uint32_t refused_identity; /* in a row */
    uint32_t not_found;
    uint32_t slow;
    uint32_t read_list[GW_PAGE_MAX];
    /* Things to do that are decided and not yet pulled. */
    uint32_t effects_first, effects_len;
    struct gw_effect effect[GW_EFFECTS_MAX];
};

/* ---- target.c ---- */

void gw_queue_init(struct gw_queue *queue);
void gw_queue_push(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place);
void gw_queue_push_front(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place);
uint32_t gw_queue_pop(struct gw_rollout *r, struct gw_queue *queue); /* GW_NO_TARGET when empty */

/* Adds `by` (1, or minus 1) to the counts of a state, of the rollout and of t's lane. */
void gw_target_count(struct gw_rollout *r, uint32_t t, enum gw_state state, uint32_t by);
/* Moves the state along the table of allowed successors and keeps the counts; aborts on any other move. */
void gw_target_move(struct gw_rollout *r, uint32_t t, enum gw_state state);
/* A record of `kind` about t with its present numbers and state, queued as an effect; fill in the rest. */
struct gw_record *gw_target_record(struct gw_rollout *r, uint32_t t, enum gw_record_kind kind);
/* A record of the rollout's new phase, queued as an effect; fill in the reason. */
struct gw_record *gw_phase_record(struct gw_rollout *r, enum gw_phase phase);
/* Gives t its outcome, records it, and tells its mate. version may be "". */
void gw_target_end(struct gw_rollout *r, uint32_t t, enum gw_state outcome, const char *code,
                   const char *version, const char *reason);
/* Moves and records in one go, without an outcome. */
void gw_target_note(struct gw_rollout *r, uint32_t t, enum gw_state state, const char *code,
                    const char *reason);
/* Puts t aside until due_ms. */
void gw_target_sleep(struct gw_rollout *r, uint32_t t, uint64_t due_ms);
/* Puts t into the queue of its lane for the kind of read that can tell of it. */
void gw_target_want_read(struct gw_rollout *r, uint32_t t);
/* Back to the waiting queue, before the others when it was under way already. */
void gw_target_requeue(struct gw_rollout *r, uint32_t t);
/* A waiting target that is being read or is ready counts as ahead of its lane until it leaves that. */
void gw_target_leave_ahead(struct gw_rollout *r, uint32_t t);
/* What the timer of t was set for. */
void gw_target_wake(struct gw_rollout *r, uint32_t t);
/* The next moment of the common grid at least wait_ms away: looks at many devices fall on one page. */
uint64_t gw_grid_ms(const struct gw_rollout *r, uint64_t now_ms, uint64_t wait_ms);
uint64_t gw_backoff_ms(struct gw_rollout *r, uint32_t failures);
struct gw_effect *gw_effect_push(struct gw_rollout *r, enum gw_effect_kind kind);

/* ---- lane.c ---- */

uint32_t gw_in_doubt_or_flight(const struct gw_rollout *r);
uint32_t gw_under_way(const struct gw_rollout *r);
/* Targets without an outcome. */
uint32_t gw_open(const struct gw_rollout *r);
/* When the lane's first ready target may be called or must be looked at again; UINT64_MAX: not by waiting alone. */
uint64_t gw_lane_call_ms(const struct gw_rollout *r, const struct gw_lane *lane);
uint64_t gw_lane_read_ms(const struct gw_rollout *r, const struct gw_lane *lane);
bool gw_lane_wants_ahead(const struct gw_rollout *r, const struct gw_lane *lane);
/* Moves waiting targets on to their read. Stops early, and must be called again, when it has queued an effect. */
void gw_lane_look_ahead(struct gw_rollout *r, struct gw_lane *lane);
/* Calls the first ready target, or sends it back when what was read of it no longer allows that. */
void gw_lane_call(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms);
void gw_lane_read(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms);

/* ---- attempt.c ---- */

/* The ready target t gets its intent and its call. */
void gw_attempt_start(struct gw_rollout *r, uint32_t t, uint64_t now_ms);
void gw_attempt_answer(struct gw_rollout *r, const struct gw_event *ev);

/* ---- watch.c ---- */

void gw_watch_seen(struct gw_rollout *r, const struct gw_event *ev);
void gw_watch_read_done(struct gw_rollout *r, const struct gw_event *ev);
/* The waiting target t cannot be called now: look again later, and defer it when that has lasted too long. */
void gw_watch_absent(struct gw_rollout *r, uint32_t t, uint64_t now_ms, const char *code, const char *reason);

/* ---- pair.c ---- */

enum gw_pair_word {
    GW_PAIR_GO = 1,
    GW_PAIR_WAIT,  /* the mate goes first */
    GW_PAIR_NEVER, /* the mate did not end well */
};
enum gw_pair_word gw_pair_ask(const struct gw_rollout *r, uint32_t t);
/* t has ended: its mate may go on, or never start. */
void gw_pair_ended(struct gw_rollout *r, uint32_t t);

/* ---- stop.c ---- */

void gw_stop_set(struct gw_rollout *r, enum gw_stop stop, const struct gw_answer *answer);
/* What an answer to a call, or to a read, says about the whole run. */
void gw_stop_weigh_call(struct gw_rollout *r, uint32_t lane, const struct gw_answer *answer, uint64_t now_ms);
void gw_stop_weigh_read(struct gw_rollout *r, uint32_t lane, const struct gw_answer *answer, uint64_t now_ms);
/* One more gateway that the cloud does not know. */
void gw_stop_weigh_not_found(struct gw_rollout *r);
/* True when nothing can be learned by reading any more. */
bool gw_stop_blinds(enum gw_stop stop);

#endif
