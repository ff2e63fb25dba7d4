#ifndef GATEWAVE_TESTS_CORE_WORLD_H
#define GATEWAVE_TESTS_CORE_WORLD_H
/*
 * A small hostile world around a rollout, in virtual time: devices, a cloud that loses, delays and refuses, a database
 * that is a mirror of the records and may lag behind them, crashes, an operator who starts again. It keeps its own
 * ledger and holds the rollout to the invariants from outside, at every effect. Everything is drawn from one seed.
 *
 *   world.c          time, and the rollout's side: batches, crashes, lives
 *   world_mirror.c   the database: what is written of records, and loaded at a start
 *   world_cloud.c    what the cloud and the devices do
 *   world_operator.c what a person orders, and starts again
 *   world_ledger.c   what was delivered to the rollout
 *   world_check.c    the rules for calls, reads and outcomes, from the ledger and the mirror only
 *   world_gates.c    ... for waves, charts and orders
 *   world_clock.c    ... for windows and soaks, and when they are
 *   world_talk.c     what it sees, for people
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/rng.h"
#include "gatewave/core/rollout.h"

#define WORLD_MAX    96
#define WORLD_LANES  4
#define WORLD_EVENTS 2048
#define WORLD_STAGED 512
#define WORLD_SENDS  64 /* of a lane that are remembered: no rate in these tests allows more in its window */
#define WORLD_WAVES  5
#define WORLD_MODELS 4
#define WORLD_ZONES  3
#define WORLD_SCOPES 6 /* sites, and regions, and ISPs */
#define WORLD_ORDERS 4096

#define WORLD_WINDOW_MS 10000 /* the longest of a rate */
#define WORLD_FOREVER   UINT32_MAX
#define WORLD_BEGIN_MS  1000000
/* The wall clock at the beginning of time, and how far it may be set from that. */
#define WORLD_WALL_MS      1800000000000
#define WORLD_CLOCK_SET_MS 7200000

#define WORLD_OLD   "2.3.0"
#define WORLD_NEW   "2.4.0"
#define WORLD_NEWER "2.5.0"

enum world_nature {
    WORLD_GOOD = 0,
    WORLD_BRICK,      /* accepts and never comes back */
    WORLD_STAY,       /* accepts and comes back as it was */
    WORLD_STRAY,      /* accepts and comes back with a newer version than it was asked for */
    WORLD_OFFLINE,    /* cannot be reached at all */
    WORLD_AWAY,       /* offline during its two spells */
    WORLD_THERE,      /* is at the version */
    WORLD_AHEAD,      /* runs a newer version */
    WORLD_REFUSED,    /* not bound to a network: permanent */
    WORLD_BUSY,       /* online, and always at work on something else */
    WORLD_TOO_OLD,    /* the cloud calls the version too old for it, wrongly */
    WORLD_LACKS,      /* its model has no such version */
    WORLD_FORBIDDEN,  /* we may not touch it */
    WORLD_ODD,        /* a page that holds it cannot be parsed */
    WORLD_UNREADABLE, /* no read tells of it */
    WORLD_AMBIGUOUS,
    WORLD_UNSUITABLE,
    WORLD_UNKNOWN, /* the cloud does not know it */
    WORLD_FADES,   /* accepts, is at the version, and is offline for good a while later */
    WORLD_FALLS,   /* ... and goes back to the version before a while later */
    WORLD_NATURES,
};

struct world_spell {
    uint64_t from_ms, until_ms;
};

/* The last thing that a delivered read said of a device. */
struct world_word {
    enum gw_read_kind read;
    enum gw_presence presence;
    int order; /* of its version, against the rollout's */
    uint64_t asked_ms;
};

struct world_device {
    enum world_nature nature;
    uint32_t lane, mate;
    uint32_t model, zone, scope[GW_SCOPE_COUNT];
    bool half;              /* the cloud knows a second device of its gateway, the plan does not */
    enum gw_presence other; /* of that second device */
    struct world_spell away[2];
    /* the truth */
    uint64_t busy_until_ms; /* offline until then */
    uint64_t well_ms;       /* FADES, FALLS: for so long */
    uint32_t effects;       /* calls that took effect */
    uint32_t on_its_way;    /* calls that left and did not arrive yet */
    /* the mirror: what a database holds */
    enum gw_state state;
    uint32_t sent, charged;
    uint64_t signed_ms, fence_ms;
    bool open;       /* the last attempt is not resolved */
    bool doubted;    /* an attempt was in doubt once */
    bool unverified; /* its success is an accepted call and no more */
    bool at_version; /* skipped: because it was there */
    bool on_hold;    /* its gateway, at each start */
    bool left_out, relapsed;
    char reason[GW_REASON_MAX]; /* in the last record of it */
    uint64_t ended_ms;          /* when it succeeded */
    /* the ledger */
    uint32_t free_calls;    /* attempts that may not be charged */
    uint32_t left_attempt;  /* the last one that left; 0: none */
    uint64_t left_fence_ms; /* its fence */
    bool acquitted;         /* its refusal was delivered, or two reads after its fence agree */
    uint32_t clear_reads;   /* reads delivered that were sent after the fence and said: not there, online */
    uint64_t clear_first_ms;
    uint64_t allowed_ms; /* the last delivered word that allowed a call was asked for then; 0: it did not */
    struct world_word word;
    /* the ledger of this life: what a new start may forget */
    uint32_t put_offs;
    uint64_t absent_ms; /* first heard to be away since it was last ready */
    uint64_t unread_ms; /* the first of the reads that failed in a row */
    uint32_t bad_looks; /* since it succeeded, or its wave has soaked again */
};

enum world_kind {
    WORLD_ARRIVES = 1,
    WORLD_ANSWERS,
    WORLD_READ_ANSWERS,
    WORLD_COMMITS,
};

/* What one row of a read tells. */
struct world_row {
    enum gw_presence presence, mate;
    int order, mate_order;
};

struct world_pending {
    uint64_t at_ms;
    enum world_kind kind;
    uint32_t life; /* answers die with the run that asked */
    uint32_t target, attempt, lane;
    uint64_t signed_ms;
    uint64_t reply_ms; /* ARRIVES: when its answer is heard; UINT64_MAX: never */
    struct gw_answer answer;
    enum gw_read_kind read;
    uint64_t asked_ms;
    uint32_t read_id;
    uint32_t n_targets;
    uint32_t targets[GW_PAGE_MAX];
    struct world_row row[GW_PAGE_MAX];
};

/* An effect that waits for its batch to be durable. What one event led to is written in one transaction. */
struct world_staged {
    struct gw_effect effect;
    uint64_t decided_ms;
    int64_t wall_ms;     /* the wall clock's lead then */
    struct gw_rate rate; /* in force then */
    bool last;           /* of what the event led to */
};

/* How hostile: chances in a thousand, per call, per read or per step. */
struct world_faults {
    uint32_t lost_request, lost_reply, delayed, flaky, offline_answer, busy_answer, throttled, never_sent;
    uint32_t identity, credential, clock, risk, untrusted; /* calls and reads */
    uint32_t read_fails, read_throttled, row_missing, blurred;
    uint32_t crash, drain, order, clock_set;
};

/* When a window is open: `times` times every so often. */
struct world_timetable {
    int64_t first_unix_ms;
    uint64_t every_ms, lasts_ms;
    uint32_t times; /* WORLD_FOREVER; 0: never */
};

struct world_wave {
    struct gw_wave_start plan; /* phase, verdict and the soak's end on the wall are the mirror's */
    bool own_limits;           /* else those of the drive */
    struct gw_gate_rule rule, model_rule[WORLD_MODELS];
    struct world_timetable table[WORLD_ZONES];
    /* the ledger */
    enum gw_phase decided; /* its phase in the last record given out */
    /* Finished, or run again, by a person's word: its order must be in the same transaction. */
    bool unpromoted, resumed;
    uint64_t soak_begun_ms; /* in this life; 0: not */
    int64_t soak_unix_ms;   /* its end on the wall, given out or loaded */
    bool soaked;            /* before the wall clock was set */
    uint64_t looked_ms;     /* the first look after the soak was sent in this life; 0: none */
};

struct world_order {
    struct gw_order_answer said;
    struct gw_order order;
    uint32_t without[WORLD_MAX];
    bool answered, accepted;
    uint32_t told; /* the life that heard of it */
};

struct world_lane {
    bool swallows; /* every call is lost */
    bool dark;     /* cannot be reached */
    uint64_t call_ms[WORLD_SENDS], read_ms[WORLD_SENDS];
    uint32_t calls, reads;
    uint64_t calls_held_ms, reads_held_ms; /* a throttle asked for silence until then, in this life */
};

struct world {
    struct gw_rng rng;
    struct gw_drive drive;
    struct world_faults faults;
    uint64_t calm_ms;        /* from here on there are no faults; 0: they stay */
    uint32_t batch_ms;       /* records are durable up to so much later; 0: at once */
    uint32_t starts;         /* how often an operator starts a stopped run again */
    struct gw_answer outage; /* what reads come to from outage_from_ms to outage_until_ms */
    uint64_t outage_from_ms, outage_until_ms;
    uint64_t now_ms, begun_ms, ended_ms, life_ms;
    int64_t wall_ms, wall_begun_ms; /* the wall clock's lead, now and when this life began */
    bool operates;                  /* a person gives orders; else a stopped run is only started again */
    bool may_abort;
    uint32_t n, lanes, life, waves, models, zones;
    uint32_t scopes[GW_SCOPE_COUNT];
    uint32_t most_calls, most_reads; /* that any rate of this world names */
    struct world_wave wave[WORLD_WAVES];
    struct gw_chart chart[WORLD_MODELS + 1],
        replay[WORLD_MODELS + 1]; /* the mirror's, and what they must be */
    struct world_order *order;
    uint32_t orders;
    struct gw_rate paced, paced_now;           /* by the last accepted order; calls == 0: by none */
    bool paused, aborted;                      /* by accepted orders: durable */
    bool paused_now, aborted_now, tripped_now; /* ... and by what was given out */
    struct gw_rate rate, read_rate;            /* in force, by what was given out */
    bool still;
    struct world_device device[WORLD_MAX];
    struct world_lane lane[WORLD_LANES];
    struct world_pending *pending;
    uint32_t n_pending;
    struct world_staged *staged;
    uint32_t n_staged;
    void *memory;
    struct gw_rollout *r;
    uint64_t calls, reads, crashes, runs, lost_records;
    uint64_t trips, relapses, holds, accepted, refused, closings, withdrawn;
    unsigned due; /* what must have stopped this run, as bits 1 << enum gw_stop */
    uint32_t identity_row, identity_read_row, plan_row;
    enum gw_phase phase;
    char reason[GW_REASON_MAX];
    struct gw_record verdict; /* the last one */
};

/* Sensible small numbers: one lane for each odd and even device, a fence of 60 s, upgrades of 10 s, looks every 4 s. */
void world_init(struct world *world, uint32_t n, uint64_t seed);
void world_release(struct world *world);
/* Makes two devices the pair of one gateway. */
void world_pair(struct world *world, uint32_t standby, uint32_t active);
/* Cuts the fleet: the last wave ends with the last device. World_init has made one wave of all. */
void world_cut(struct world *world, uint32_t wave, uint32_t first, uint32_t targets);
/* Starts the rollout from the mirror. */
void world_start(struct world *world);
/* Gives an order to the run that is under way; to one that is only started for it, where none is. */
void world_give(struct world *world, const struct gw_order *order);
void world_give_still(struct world *world, const struct gw_order *order);
/* A signal asks the run to end. */
void world_drain(struct world *world);
/* The wall clock is set, while a run is under way, to go so much before what it should. */
void world_set_clock(struct world *world, int64_t ahead_ms);
/* To the next thing that happens; true when the run has ended, and is not started again. */
bool world_turn(struct world *world);
/* Goes on until it has ended (crashes and new starts included); false when it has not by then. */
bool world_go(struct world *world, uint64_t until_ms);
/* Both. */
bool world_run(struct world *world, uint64_t until_ms);
uint32_t world_count(const struct world *world, enum gw_state state);
/* How long it may take at most from calm on, by its own numbers. */
uint64_t world_bound_ms(const struct world *world);

/* ---- shared by the world's files ---- */

bool world_chance(struct world *world, uint32_t permille);
struct world_pending *world_pend(struct world *world, uint64_t at_ms, enum world_kind kind);
/* Takes all that the rollout gives out, as one transaction. */
void world_pull(struct world *world);
/* Writes what is staged, and lets calls leave. */
void world_commit(struct world *world);
/* Nobody is at home; what is under way in the cloud goes on, and no answer is heard. */
void world_pass(struct world *world, uint64_t ms);
/* The wave of a device; the first one that is not finished in the mirror, NULL when all are. */
struct world_wave *world_wave_of(struct world *world, uint32_t t);
struct world_wave *world_wave_now(struct world *world);
const struct gw_limits *world_limits(const struct world *world, const struct world_wave *wave);

/* world_talk.c */
void world_talk(const struct world *world, const struct gw_effect *effect);

/* world_mirror.c */
void world_write(struct world *world, const struct world_staged *staged);
void world_load(struct world *world, bool still);

/* world_operator.c */
/* A stopped run has ended: orders, passes time, and starts again. False: an order has ended the rollout. */
bool world_operate(struct world *world);
void world_order_at_random(struct world *world);
/* What nobody has answered yet is heard by a new run first. */
void world_tell_orders(struct world *world);

/* world_clock.c */
int64_t world_unix_ms(const struct world *world);
/* The i-th opening, if there is one. */
bool world_opening(const struct world_timetable *table, uint32_t i, int64_t *ret_opens_ms,
                   int64_t *ret_closes_ms);
/* The first opening that is not over at that moment on the wall. */
uint32_t world_opening_from(const struct world_timetable *table, int64_t unix_ms);
/* When calls may be made for t next: by both readings of the wall clock, of the openings that this life knows. */
bool world_may_call_ms(struct world *world, uint32_t t, uint64_t *ret_opens_ms, uint64_t *ret_closes_ms);
/* This life knows of no opening for t at all. */
bool world_never_opens(const struct world *world, uint32_t t);
/* When the wave has soaked, by all that this life knows. */
uint64_t world_soaked_ms(const struct world *world, const struct world_wave *wave);

/* world_gates.c */
void world_check_decided_record(struct world *world, const struct gw_record *record);
void world_check_wave_record(struct world *world, const struct gw_record *record);
void world_check_order_record(struct world *world, const struct gw_record *record);
/* The end of a transaction. */
void world_check_transaction(struct world *world);
void world_check_stop(struct world *world, enum gw_stop stop);
/* ---- of a call whose intent is about to be in the mirror ---- */
void world_check_intent_wave(struct world *world, uint32_t t);
void world_replay(struct world *world, const struct gw_record *record);
bool world_is_well(const struct world_device *device);

/* world_cloud.c */
enum gw_presence world_presence(const struct world *world, const struct world_device *device);
/* Below, at or above the rollout's version. */
int world_order(const struct world *world, const struct world_device *device);
/* A call leaves this machine, a read is sent; what comes of it is pending. */
void world_send_call(struct world *world, const struct gw_effect *effect, uint64_t signed_ms);
void world_send_read(struct world *world, const struct gw_effect *effect);
void world_arrives(struct world *world, const struct world_pending *call);
void world_answers(struct world *world, const struct world_pending *pending);
void world_read_answers(struct world *world, const struct world_pending *read);

/* world_check.c: each aborts with the id and the name of the rule that is broken */
void world_check_decided(struct world *world, const struct gw_effect *effect);
/* A record that is about to be in the mirror. */
void world_check_durable(struct world *world, const struct world_staged *staged);
/* A call whose records should be durable by now. */
void world_check_leaves(const struct world *world, const struct gw_effect *effect);
void world_check_read(struct world *world, const struct gw_effect *effect);
void world_check_arrival(const struct world *world, const struct world_pending *call);
void world_check_end(struct world *world);
/* world_ledger.c: what is delivered to the rollout, before it is */
void world_hear_answer(struct world *world, uint32_t t, const struct gw_answer *answer);
void world_hear_word(struct world *world, const struct gw_event *seen);
void world_hear_read(struct world *world, const struct gw_event *done);
void world_hear_unread(struct world *world, uint32_t t, const struct gw_event *done);
void world_hear_start(struct world *world, bool still);
/* Refused for now: offline, or busy where no earlier call of ours can be what is at work. */
bool world_is_put_off(const struct world_device *device, const struct gw_answer *answer);
/* What says nothing against the target: it costs no attempt. */
bool world_is_free(const struct world_device *device, const struct gw_answer *answer);

#endif
