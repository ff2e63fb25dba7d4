#ifndef GATEWAVE_SRC_CORE_MACHINE_H
#define GATEWAVE_SRC_CORE_MACHINE_H
/*
 * What the rollout's sub-machines ask of each other; what they share is in state.h. Each uses those above it only, so
 * that what a fact sets off can be followed in one direction:
 *
 *   effect.c   what the machine asks of its shell, and what it wants written down
 *   queue.c    who waits for what in a lane
 *   pair.c     the two devices of one gateway: never both
 *   scope.c    a site, a region, an ISP: never more than so many
 *   window.c   the zones' windows: never while they are closed
 *   target.c   where a target stands: its state table, and the one way to move it
 *   stop.c     what stops the whole run
 *   lane.c     an account in a region: when it may call and read
 *   judge.c    the charts: what each outcome says about the version
 *   wave.c     the waves: who may be called at all, and what became of them
 *   outcome.c  the one outcome of a target, and what follows from it
 *   soak.c     the time between, and the look at its end
 *   course.c   what is next for a wave, and its verdict
 *   fit.c      whether a device may be called: there, online, older, its mate well
 *   watch.c    the reads: what a look at a device means in each state
 *   attempt.c  the call: from ready to intent, from answer to what follows
 *   turn.c     whose turn it is: who is looked at, called and read next
 *   order.c    what a person orders
 *   memory.c   where all of it lives
 *   rollout.c  the three verbs
 */
#include "state.h"

/* ---- effect.c ---- */

struct gw_effect *gw_effect_push(struct gw_rollout *r, enum gw_effect_kind kind);
/* The oldest of them; false: there is none. */
bool gw_effect_pull(struct gw_rollout *r, struct gw_effect *ret);
/* A record of `kind` about t with its present numbers and state, queued as an effect; fill in the rest. */
struct gw_record *gw_target_record(struct gw_rollout *r, uint32_t t, enum gw_record_kind kind);
/* A record that is about no target, queued as an effect; fill in the rest. */
struct gw_record *gw_rollout_record(struct gw_rollout *r, enum gw_record_kind kind);
/* ... of the rollout's new phase; fill in the reason. */
struct gw_record *gw_phase_record(struct gw_rollout *r, enum gw_phase phase);

/* ---- queue.c ---- */

void gw_queue_init(struct gw_queue *queue);
void gw_queue_push(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place);
void gw_queue_push_front(struct gw_rollout *r, struct gw_queue *queue, uint32_t t, enum gw_place place);
uint32_t gw_queue_pop(struct gw_rollout *r, struct gw_queue *queue); /* which is not empty */
/* Into the queue of t's lane for the kind of read that can tell of it. */
void gw_queue_look(struct gw_rollout *r, uint32_t t);
/* The page does not tell of t: ask for it by itself. */
void gw_queue_look_alone(struct gw_rollout *r, uint32_t t);
/* Back to the waiting queue, before the others when it was under way already. */
void gw_queue_wait(struct gw_rollout *r, uint32_t t);

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

/* ---- target.c ---- */

/* Adds `by` (1, or minus 1) to the counts of a state, of the rollout and of t's lane. */
void gw_target_count(struct gw_rollout *r, uint32_t t, enum gw_state state, uint32_t by);
/* Moves the state along the table of allowed successors and keeps the counts; aborts on any other move. */
void gw_target_move(struct gw_rollout *r, uint32_t t, enum gw_state state);
/* Moves and records in one go, without an outcome. */
void gw_target_note(struct gw_rollout *r, uint32_t t, enum gw_state state, const char *code,
                    const char *reason);
/* Puts t aside until due_ms. */
void gw_target_sleep(struct gw_rollout *r, uint32_t t, uint64_t due_ms);
/* A waiting target that is being read or is ready counts as ahead of its lane until it leaves that. */
void gw_target_leave_ahead(struct gw_rollout *r, uint32_t t);
/* Where a device with this version is on the way to the rollout's: below 0 before it, 0 there, above 0 past it. */
int gw_target_order(const struct gw_rollout *r, const char *version);
/* The next moment of the common grid at least wait_ms away: looks at many devices fall on one page. */
uint64_t gw_grid_ms(const struct gw_rollout *r, uint64_t now_ms, uint64_t wait_ms);
uint64_t gw_backoff_ms(struct gw_rollout *r, uint32_t failures);

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
/* How many waiting targets the lane may look at ahead, so that calls never wait for reads nor reads grow stale. */
uint32_t gw_lane_ahead_most(const struct gw_rollout *r, const struct gw_lane *lane);
/* True when it is time to look ahead: at the half, so that a page is worth its read. */
bool gw_lane_wants_ahead(const struct gw_rollout *r, const struct gw_lane *lane);

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
/* One more outcome of t's model. The chart that trips at it, and whose it is (GW_NO_MODEL: all models'); NULL: none. */
const struct gw_chart *gw_judge_outcome(struct gw_rollout *r, uint32_t t, enum gw_mark mark,
                                        uint32_t *ret_model);
/* The chart that shows more failures than a normal version has, by the rules of the wave that is under way, and whose it
   is; NULL: none does. */
const struct gw_chart *gw_judge_doubts(const struct gw_rollout *r, uint32_t *ret_model);
/* Queues one CHART record, if any chart changed since its last one. */
bool gw_judge_record(struct gw_rollout *r);
/* All that failed until now is forgiven. */
void gw_judge_forgive(struct gw_rollout *r);

/* ---- wave.c ---- */

struct gw_wave *gw_wave_now(struct gw_rollout *r); /* NULL when all are over */
/* Every target has its outcome, and no wave is left to be judged. */
bool gw_waves_are_over(const struct gw_rollout *r);
/* The new phase of the wave that is under way, recorded. */
void gw_wave_phase(struct gw_rollout *r, enum gw_phase phase);
/* ... and its verdict, with what it rests on; fill in the rest. */
struct gw_record *gw_wave_verdict(struct gw_rollout *r, enum gw_verdict verdict);
/* Counts what is loaded and takes up the wave that is under way. */
void gw_wave_start(struct gw_rollout *r);
/* The wave that is under way may be called from now on. */
void gw_wave_begin(struct gw_rollout *r);
/* What became of t, for the charts; one that trips stops the rollout. */
void gw_wave_mark(struct gw_rollout *r, uint32_t t, enum gw_mark mark);
/* t has its outcome, and was in that state before. */
void gw_wave_ended(struct gw_rollout *r, uint32_t t, enum gw_state before);
/* What the wave that is under way waits for a person for: GATE, HOLD, APPROVAL; NONE: for none. */
enum gw_stop gw_wave_stop(const struct gw_rollout *r);
/* The wave that is under way is over, and the next one begins. */
void gw_wave_finish(struct gw_rollout *r);
/* The wave that is under way is over, for the rollout was aborted. */
void gw_wave_abandon(struct gw_rollout *r);
/* The stopped wave goes on. */
void gw_wave_go_on(struct gw_rollout *r);

/* ---- outcome.c ---- */

/* Gives t its outcome and records it. version may be "". */
void gw_outcome_give(struct gw_rollout *r, uint32_t t, enum gw_state outcome, const char *code,
                     const char *version, const char *reason);
/* t has its outcome, and the record that says so is queued: what follows for its mate, its wave and its charts.
 * before: the state it had. */
void gw_outcome_follows(struct gw_rollout *r, uint32_t t, enum gw_state before);
/* A waiting target that an order closes gets its outcome; false when it is under way and must be waited for. */
bool gw_outcome_cancel(struct gw_rollout *r, uint32_t t);

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

/* ---- course.c ---- */

/* Does what is next for the wave: soak, look, judge, the next wave. False: nothing. */
bool gw_course_step(struct gw_rollout *r);

/* ---- fit.c ---- */

/* A read tells of the waiting target t: it is ready, or ended, or looked at again. */
void gw_fit_seen(struct gw_rollout *r, uint32_t t, const struct gw_event *ev);
/* The waiting target t cannot be called now: look again later, and defer it when that has lasted too long. */
void gw_fit_absent(struct gw_rollout *r, uint32_t t, uint64_t now_ms, const char *code, const char *reason);
/* Its window does, so that a look then would come too late. */
bool gw_fit_closes_before(const struct gw_rollout *r, uint32_t t, uint64_t look_ms);

/* ---- watch.c ---- */

void gw_watch_seen(struct gw_rollout *r, const struct gw_event *ev);
void gw_watch_read_done(struct gw_rollout *r, const struct gw_event *ev);
/* The wall clock was set back by so much. */
void gw_watch_set_back(struct gw_rollout *r, uint64_t by_ms);

/* ---- attempt.c ---- */

/* The ready target t gets its intent and its call. */
void gw_attempt_start(struct gw_rollout *r, uint32_t t, uint64_t now_ms);
void gw_attempt_answer(struct gw_rollout *r, const struct gw_event *ev);

/* ---- turn.c ---- */

/* What the timer of t was set for. */
void gw_turn_wake(struct gw_rollout *r, uint32_t t);
/* Moves waiting targets on to their read, or without one to readiness; false: there was none to move. Stops early, and
   must be called again, when it has queued an effect. */
bool gw_turn_look_ahead(struct gw_rollout *r, struct gw_lane *lane);
/* Calls the first ready target, or sends it back when what was read of it no longer allows that. */
void gw_turn_call(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms);
void gw_turn_read(struct gw_rollout *r, struct gw_lane *lane, uint64_t now_ms);

/* ---- order.c ---- */

void gw_order_take(struct gw_rollout *r, const struct gw_order *order);
/* Cancels targets that orders have closed, some at a time; false: none is left. */
bool gw_order_sweep(struct gw_rollout *r);
/* The rollout is to be called at this rate, as far as there is memory for it. */
void gw_order_pace(struct gw_rollout *r, struct gw_rate rate);

#endif
