#ifndef GATEWAVE_SRC_CORE_MACHINE_H
#define GATEWAVE_SRC_CORE_MACHINE_H
/*
 * The rollout's insides, shared by its sub-machines and by nobody else:
 *
 *   target.c   where a target stands: its state table, its place, and the one way to move it
 *   attempt.c  the call: from ready to intent, from answer to what follows
 *   watch.c    the reads: what a look at a device means in each state
 *   pair.c     the two devices of one gateway: never both
 *   scope.c    a site, a region, an ISP: never more than so many
 *   window.c   the zones' windows: never while they are closed
 *   judge.c    the charts: what each outcome says about the version
 *   wave.c     the waves: who may be called at all, and the verdict
 *   soak.c     the time between, and the look at its end
 *   order.c    what a person orders
 *   stop.c     what stops the whole run
 *   lane.c     an account in a region: when it may call and read, and whom
 *   memory.c   where all of it lives
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
    GW_PLACE_CLOSED,  /* queue of its zone: the window is closed */
    GW_PLACE_CROWDED, /* queue of its site, region or ISP: as many as may be are at work there */
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
    uint64_t ended_ms; /* when it succeeded */
    uint32_t model, scope[GW_SCOPE_COUNT];
    uint16_t zone;
    uint8_t wave;
    uint8_t crowd;   /* enum gw_scope: CROWDED at its SITE, or else by its region and ISP */
    uint8_t looks;   /* at the end of its wave's soak, without finding it well */
    bool inside;     /* counts in its site, region and ISP */
    bool coming;     /* ... as one that was asked in */
    bool left_out;   /* by a person: canceled as soon as it waits */
    bool at_version; /* skipped because it was seen at the version */
    bool relapsed;
};

/* A zone's window while one wave is under way; times on the wall. */
struct gw_opening {
    int64_t opens_unix_ms, closes_unix_ms;
};

/* A chain of targets through target.next. */
struct gw_queue {
    uint32_t first, last, len;
};

struct gw_calendar {
    uint32_t n;
    struct gw_opening opening[GW_OPENINGS_MOST];
    struct gw_queue closed;
};

/* One site, region or ISP. */
struct gw_crowd {
    uint32_t inside;         /* devices that are ahead or under way there */
    uint32_t coming;         /* ... that waited, were asked in and are on the way */
    struct gw_queue outside; /* of a site: who waits for it */
};

struct gw_wave {
    struct gw_wave_start plan; /* phase and verdict as they are now */
    uint32_t open;             /* targets without an outcome */
    uint32_t well;             /* succeeded and not relapsed, or seen at the version */
    uint32_t not_well;         /* failed, unresolved, deferred, relapsed */
    uint32_t to_look_at;       /* at the end of its soak */
    bool looking;
    uint64_t look_ms; /* ... since then; an older read says nothing */
};

/* How one chart is to be read in one wave. */
struct gw_judge {
    struct gw_gate_rule rule;
    struct gw_chart_step step;
    bool loaded;
};

/* Failures to reach the endpoint, in a row and since when; calls and reads apart, for one must not hide the other. */
struct gw_door {
    uint32_t failures;
    uint64_t since_ms;
};

struct gw_lane {
    struct gw_pace call_pace, read_pace;
    struct gw_queue waiting, pages, ones, ready;
    uint32_t open; /* targets of the wave under way without an outcome, or to be looked at after its soak */
    uint32_t in_flight, in_doubt;
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
    struct gw_shape shape;
    uint64_t *call_ring, *read_ring; /* [lane][shape.rate_calls] */
    struct gw_wave *wave;
    struct gw_judge *judge;       /* [wave][1 + model], the rollout's first */
    struct gw_chart *chart;       /* [1 + model] */
    uint32_t *stale_chart;        /* charts that changed since they were recorded */
    bool *chart_is_stale;         /* [1 + model] */
    struct gw_calendar *calendar; /* [wave][zone] */
    struct gw_crowd *crowd[GW_SCOPE_COUNT];
    struct gw_queue *group; /* [region][ISP], 0 is none: who waits for either */
    uint32_t scope_turn;    /* which group is asked first next time */
    uint32_t stale_charts;
    uint32_t now_wave;    /* the wave that is under way; shape.waves: all are over */
    int64_t wall_ms[2];   /* from this run's clock to the wall: as it started, and as it is */
    uint64_t now_ms;      /* of the fact or the pull that is being worked on */
    uint64_t opens_ms;    /* the first closed window of this wave opens; UINT64_MAX: none is waited for */
    uint32_t closed;      /* targets that wait for that */
    uint32_t sweep;       /* targets from here on are still to be looked at for whom an order cancels */
    struct gw_rate paced; /* by an order; calls == 0: not */
    uint32_t swept;       /* of those that an order cancels, in this pull */
    bool still;
    bool paused, aborted; /* by a person, whatever else has stopped it */
    uint32_t targets, lanes, loaded, loaded_waves;
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
    uint32_t relapsed;
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
/* A record that is about no target, queued as an effect; fill in the rest. */
struct gw_record *gw_rollout_record(struct gw_rollout *r, enum gw_record_kind kind);
/* ... of the rollout's new phase; fill in the reason. */
struct gw_record *gw_phase_record(struct gw_rollout *r, enum gw_phase phase);
/* t has its outcome, and the record that says so is queued: what follows for its mate, its wave and its charts.
 * before: the state it had. */
void gw_target_ended(struct gw_rollout *r, uint32_t t, enum gw_state before);
/* A waiting target that an order closes gets its outcome; false when it is under way and must be waited for. */
bool gw_target_cancel(struct gw_rollout *r, uint32_t t);
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
/* The lanes' paces follow drive.limits. */
void gw_lanes_pace(struct gw_rollout *r);
/* True when no queue of any lane holds a target. */
bool gw_lanes_are_empty(const struct gw_rollout *r);
bool gw_lane_wants_ahead(const struct gw_rollout *r, const struct gw_lane *lane);
/* Moves waiting targets on to their read; false: there was none to move. Stops early, and must be called again, when it
   has queued an effect. */
bool gw_lane_look_ahead(struct gw_rollout *r, struct gw_lane *lane);
/* Calls the first ready target, or sends it back when what was read of it no longer allows that. */
void gw_lane_call(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms);
void gw_lane_read(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms);

/* ---- attempt.c ---- */

/* The ready target t gets its intent and its call. */
void gw_attempt_start(struct gw_rollout *r, uint32_t t, uint64_t now_ms);
void gw_attempt_answer(struct gw_rollout *r, const struct gw_event *ev);

/* ---- watch.c ---- */

/* Where a device with this version is on the way to the rollout's: below 0 before it, 0 there, above 0 past it. */
int gw_watch_order(const struct gw_rollout *r, const char *version);
void gw_watch_seen(struct gw_rollout *r, const struct gw_event *ev);
void gw_watch_read_done(struct gw_rollout *r, const struct gw_event *ev);
/* The page does not tell of t: ask for it by itself. */
void gw_watch_ask_alone(struct gw_rollout *r, uint32_t t);

/* ---- fit.c ---- */

/* A read tells of the waiting target t: it is ready, or ended, or looked at again. */
void gw_fit_seen(struct gw_rollout *r, uint32_t t, const struct gw_event *ev);
/* The waiting target t cannot be called now: look again later, and defer it when that has lasted too long. */
void gw_fit_absent(struct gw_rollout *r, uint32_t t, uint64_t now_ms, const char *code, const char *reason);
/* Its window does, so that a look then would come too late. */
bool gw_fit_closes_before(const struct gw_rollout *r, uint32_t t, uint64_t look_ms);

/* ---- pair.c ---- */

enum gw_pair_word {
    GW_PAIR_GO = 1,
    GW_PAIR_WAIT,  /* the mate goes first */
    GW_PAIR_SOAK,  /* the mate has succeeded, and must stay well for a while */
    GW_PAIR_NEVER, /* the mate did not end well */
};
enum gw_pair_word gw_pair_ask(const struct gw_rollout *r, uint32_t t);
/* SOAK: until then. */
uint64_t gw_pair_soaks_until_ms(const struct gw_rollout *r, uint32_t t);
/* t has ended: its mate may go on, or never start. */
void gw_pair_ended(struct gw_rollout *r, uint32_t t);

/* ---- scope.c ---- */

/* The queue that holds a CROWDED target. */
struct gw_queue *gw_scope_queue(struct gw_rollout *r, uint32_t t);
/* t goes ahead in its site, region and ISP; false: it waits for another one to leave. */
bool gw_scope_enter(struct gw_rollout *r, uint32_t t);
/* t no longer is, if it was; who waited for that goes back to its lane. */
void gw_scope_leave(struct gw_rollout *r, uint32_t t);
/* t was asked and does not go in: the next one that waits for one of its places is asked, where there is room. */
void gw_scope_pass(struct gw_rollout *r, uint32_t t);
/* t is under way from an earlier run, whatever the limits say. */
void gw_scope_join(struct gw_rollout *r, uint32_t t);

/* ---- window.c ---- */

/* The opening that is, or comes next, for t: when it opens and when it closes on this run's clock, by both readings
 * of the wall clock. False: none comes. Without a window it is open always. */
bool gw_window_next(const struct gw_rollout *r, uint32_t t, uint64_t *ret_opens_ms, uint64_t *ret_closes_ms);
/* Not one opening was loaded for t: it would wait for ever. */
bool gw_window_is_missing(const struct gw_rollout *r, uint32_t t);
/* Where those of t's zone and wave wait. */
struct gw_queue *gw_window_queue(struct gw_rollout *r, uint32_t t);
/* t waits for its window. */
void gw_window_wait(struct gw_rollout *r, uint32_t t);
/* What waited for a window that is open now goes back to its lane. */
void gw_window_open(struct gw_rollout *r);
/* The wall clock was set, or a wave began. */
void gw_window_reckon(struct gw_rollout *r);

/* ---- judge.c ---- */

/* How the charts read outcomes from this wave on. */
void gw_judge_begin(struct gw_rollout *r, uint32_t wave);
/* What an outcome says about the version. */
enum gw_mark {
    GW_MARK_NONE = 0,
    GW_MARK_SUCCEEDED,
    GW_MARK_FAILED,   /* after a call that may have taken effect */
    GW_MARK_REFUSED,  /* failed, and no call was accepted: nothing */
    GW_MARK_RELAPSED, /* it had succeeded */
};
/* One more outcome of t's model; may stop the rollout. */
void gw_judge_outcome(struct gw_rollout *r, uint32_t t, enum gw_mark mark);
/* Queues one CHART record, if any chart changed since its last one. */
bool gw_judge_record(struct gw_rollout *r);
/* All that failed until now is forgiven. */
void gw_judge_forgive(struct gw_rollout *r);

/* ---- wave.c ---- */

struct gw_wave *gw_wave_now(struct gw_rollout *r); /* NULL when all are over */
/* The new phase of the wave that is under way, recorded. */
void gw_wave_phase(struct gw_rollout *r, enum gw_phase phase);
/* Counts what is loaded and takes up the wave that is under way. */
void gw_wave_start(struct gw_rollout *r);
/* t has its outcome, and was in that state before. */
void gw_wave_ended(struct gw_rollout *r, uint32_t t, enum gw_state before);
/* A chart has tripped. */
void gw_wave_trip(struct gw_rollout *r, uint32_t model, const struct gw_chart *chart);
/* Does what is next for the wave: soak, look, judge, the next wave. False: nothing. */
bool gw_wave_step(struct gw_rollout *r);
/* What the wave that is under way waits for a person for: GATE, HOLD, APPROVAL; NONE: for none. */
enum gw_stop gw_wave_stop(const struct gw_rollout *r);
/* The wave that is under way is over, for the rollout was aborted. */
void gw_wave_abandon(struct gw_rollout *r);
/* The wave that is under way is over, and the next one begins. */
void gw_wave_finish(struct gw_rollout *r);
/* The stopped wave goes on. */
void gw_wave_go_on(struct gw_rollout *r);

/* ---- rollout.c ---- */

/* Every target has its outcome, and no wave is left to be judged. */
bool gw_rollout_is_over(const struct gw_rollout *r);

/* ---- soak.c ---- */

/* Where something is well, a soak was asked for, and no gate has judged the wave already. */
bool gw_soak_is_needed(const struct gw_rollout *r, const struct gw_wave *wave);
void gw_soak_begin(struct gw_rollout *r);
/* When the wave has soaked; UINT64_MAX: it does not soak, or is looked at already. */
uint64_t gw_soak_due_ms(const struct gw_rollout *r);
/* It has: all that had succeeded is looked at once more. */
void gw_soak_look(struct gw_rollout *r);
/* True while t is, or is to be, looked at because its wave has soaked. */
bool gw_soak_looks_at(const struct gw_rollout *r, uint32_t t);
/* A look at the device t of a wave that has soaked; told: false when nobody could read it for long. */
void gw_soak_looked_at(struct gw_rollout *r, uint32_t t, const struct gw_event *ev, bool told);
/* t had succeeded, and has been seen not to be well since. version may be "". */
void gw_soak_relapsed(struct gw_rollout *r, uint32_t t, const char *version, const char *reason);

/* ---- order.c ---- */

void gw_order_take(struct gw_rollout *r, const struct gw_order *order);
/* Cancels targets that orders have closed, some at a time; false: none is left. */
bool gw_order_sweep(struct gw_rollout *r);
/* The rollout is to be called at this rate, as far as there is memory for it. */
void gw_order_pace(struct gw_rollout *r, struct gw_rate rate);

/* ---- stop.c ---- */

void gw_stop_set(struct gw_rollout *r, enum gw_stop stop, const struct gw_answer *answer);
/* What an answer to a call, or to a read, says about the whole run. */
void gw_stop_weigh_call(struct gw_rollout *r, uint32_t lane, const struct gw_answer *answer, uint64_t now_ms);
void gw_stop_weigh_read(struct gw_rollout *r, uint32_t lane, const struct gw_answer *answer, uint64_t now_ms);
/* One more gateway that the cloud does not know. */
void gw_stop_weigh_not_found(struct gw_rollout *r);
/* One sentence; "" where the order said it. */
const char *gw_stop_reason(enum gw_stop stop);
/* True when nothing can be learned by reading any more. */
bool gw_stop_blinds(enum gw_stop stop);

#endif
