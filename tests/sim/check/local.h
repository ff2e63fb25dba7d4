#ifndef GATEWAVE_TESTS_SIM_CHECK_LOCAL_H
#define GATEWAVE_TESTS_SIM_CHECK_LOCAL_H
/*
 * The checker's inside. It knows three things, each from its own source:
 *
 *   the plan      what was frozen, from the first durable image that has it (check_plan.c)
 *   the ledger    indexed by nonce and by device: what was sent, and what was delivered to whom (check_word.c)
 *   an image      one look into the database, all that the rules ask of it (check_read.c)
 *
 * Times are those of the stage. An original is a request as its sender sent it; a copy is the network's doing and says
 * nothing about the product.
 */
#include "check/check.h"

#include "stage/fault.h"
#include "stage/stage.h"

/* ---- the plan ---- */

#define SIM_CHECK_WAVES_MAX 8

struct sim_check_target {
    uint32_t device, wave; /* wave from 0 */
};

struct sim_check_wave {
    uint32_t first, targets, gateways;
};

struct sim_check_plan {
    bool known, durable; /* not durable: the power may still take it back */
    int64_t rollout, first_target;
    char version[24];
    uint32_t n, n_waves;
    struct sim_check_target target[SIM_DEVICES_MAX];
    uint32_t target_of[SIM_DEVICES_MAX]; /* by device; SIM_NONE */
    struct sim_check_wave wave[SIM_CHECK_WAVES_MAX];
    uint64_t hash; /* of every frozen row */
};

/* ---- the ledger ---- */

#define SIM_CHECK_NONCE_SIZE 40

/* One signed request. */
struct sim_check_nonce {
    char text[SIM_CHECK_NONCE_SIZE];
    bool left, update;
    bool outlived; /* its sender had lost the rollout to another runner when it left */
    bool held;     /* ... had been stopped while it was under way to its leaving */
    uint32_t pid;
    uint64_t left_ms;
    int64_t off_ms; /* how far off the machine's clock was then */
    /* lines; SIM_NONE: it has not arrived. The reply to either may be the one that was delivered. */
    uint32_t line, copy;
};

struct sim_check_list {
    uint32_t *at;
    uint32_t n, size;
};

/* What a read says of one device. */
struct sim_check_sight {
    uint32_t line, said;
};

struct sim_check_device {
    struct sim_check_list calls; /* lines of originals, by when they were sent */
    struct sim_check_sight *sight;
    uint32_t n_sights, sights_size;
};

/* What a Code proves and asks for; ours, from the vendor's tables. */
enum sim_check_code {
    SIM_CODE_DOUBT = 0, /* InternalError and its like, and every unknown one: it may have been executed */
    SIM_CODE_ENDS,      /* not executed, and will not be */
    SIM_CODE_AGAIN,     /* not executed this time */
    SIM_CODE_BACK,      /* "too old": not executed, and a read must tell why */
    SIM_CODE_BUSY,      /* not executed, something else is at work */
    SIM_CODE_OFFLINE,
    SIM_CODE_THROTTLED,
    SIM_CODE_STOPS, /* key, token, clock, risk: not executed, and no fault of the device */
};

/* ---- an image ---- */

enum sim_state {
    SIM_STATE_WAITING = 1,
    SIM_STATE_IN_FLIGHT,
    SIM_STATE_UPGRADING,
    SIM_STATE_IN_DOUBT,
    SIM_STATE_SUCCEEDED, /* from here on: outcomes */
    SIM_STATE_SKIPPED,
    SIM_STATE_FAILED,
    SIM_STATE_DEFERRED,
    SIM_STATE_UNRESOLVED,
    SIM_STATE_CANCELED,
    SIM_STATES,
};

enum sim_proof {
    SIM_PROOF_NONE = 0, /* no answer is recorded */
    SIM_PROOF_ACCEPTED,
    SIM_PROOF_REFUSED,
    SIM_PROOF_IN_DOUBT,
    SIM_PROOF_NEVER_SENT,
};

#define SIM_CHECK_CODE_SIZE 64

struct sim_view_target {
    enum sim_state state;
    char code[SIM_CHECK_CODE_SIZE];
    uint32_t charged, sent;
    char version_after[24];
    int64_t ended_unix_ms;
    bool relapsed, left_out;
    uint32_t first_attempt, n_attempts; /* in the image's attempts */
    uint32_t resolved;                  /* how many doubts were settled, by its events */
    char last_event[16];                /* the state that its last event names; "" for none */
};

struct sim_view_attempt {
    uint32_t number;
    char nonce[SIM_CHECK_NONCE_SIZE];
    int64_t signed_unix_ms;
    enum sim_proof proof;
    char code[SIM_CHECK_CODE_SIZE];
};

struct sim_view_wave {
    char phase[16];
    int64_t soak_until_unix_ms;
    /* the last verdict in history */
    char verdict[16];
    int64_t judged_unix_ms;
    uint32_t succeeded, of;
};

struct sim_view_order {
    int64_t id;
    char kind[16];
    char argument[32];
    int64_t answered_unix_ms; /* 0: open */
    bool accepted;
};

struct sim_view {
    char phase[16], last_phase_event[16];
    uint32_t n; /* targets */
    struct sim_view_target target[SIM_DEVICES_MAX];
    struct sim_view_attempt *attempt;
    uint32_t n_attempts;
    struct sim_view_wave wave[SIM_CHECK_WAVES_MAX];
    struct sim_view_order *order;
    uint32_t n_orders;
    uint32_t lease_pid;
    int64_t events, last_event; /* rows, and the highest id */
    int64_t verdicts, verdict_events, relapses, relapse_events, answered_orders, order_events;
};

/* Rows that may not change any more, by table. */
struct sim_check_past;

/* ---- the checker ---- */

struct sim_check_paced {
    struct gw_rate rate; /* window 0: no order asks for one */
    uint64_t from_ms;
    int64_t order;
};

/* What a checker is for. */
enum sim_scope {
    SIM_SCOPE_WORLD = 1, /* the one rollout that its world has */
    SIM_SCOPE_ROLLOUT,   /* one of many */
    SIM_SCOPE_LEDGER,    /* what all of them do together */
};

struct sim_check {
    const struct sim_swarm *swarm;
    const char *database;
    enum sim_scope scope;
    int64_t rollout; /* 0: the first one */
    struct sim_check_plan plan;
    /* the ledger */
    struct sim_check_nonce *nonce;
    uint32_t n_nonces, nonces_size;
    uint32_t *slot; /* a hash table of numbers in nonce, plus 1 */
    uint32_t n_slots;
    struct sim_check_device device[SIM_DEVICES_MAX];
    struct sim_check_list lane_sent[SIM_LANES_MAX][2]; /* originals by when they were sent: reads, calls */
    struct sim_check_list lane_throttle[SIM_LANES_MAX][2]; /* originals that were throttled */
    uint32_t left_updates;                                 /* how many calls have left */
    uint64_t wave_began_ms[SIM_CHECK_WAVES_MAX];           /* when the first call of each left; SIM_NEVER */
    /* who may send */
    struct sim_check_list pids; /* that were seen to send */
    uint32_t holder;            /* who had the lease when last somebody new sent; 0: nobody has */
    char (*kept)
        [SIM_CHECK_NONCE_SIZE]; /* intents that were under way when somebody lost the lease or gave up */
    uint32_t n_kept;
    /* what people were told */
    uint32_t told[SIM_WORD_PACED + 1];
    bool paused, aborted;
    uint64_t paused_ms, aborted_ms; /* when they were told last */
    int64_t paused_order;           /* of which pause or resume */
    struct sim_check_paced paced;
    /* images */
    struct sim_check_past *past, *durable_past;
    struct sim_view *last;       /* what the last one told */
    uint64_t last_changes;       /* of the disk, by then */
    bool ended[SIM_DEVICES_MAX]; /* targets that had their outcome in it */
    bool over;                   /* the rollout was over in it */
};

/* ---- check_plan.c ---- */

/* Reads what was frozen; once it is durable it must be the same for ever (I19). False: nothing is frozen yet. */
bool sim_check_plan(struct sim_check *check, sqlite3 *image, bool durable);

/* ---- check_read.c ---- */

/* For a rollout that is planned; NULL: none is. Free it. Of a durable one that was known to be frozen before, that is
   not looked at again. */
struct sim_view *sim_view_read(struct sim_check *check, sqlite3 *db, bool durable);
void sim_view_free(struct sim_view *image);
/* What would survive if the power failed now; NULL: nothing that could be read. */
struct sim_view *sim_view_durable(struct sim_check *check);
/* ... and it becomes the past. */
struct sim_view *sim_view_durable_past(struct sim_check *check);
/* A statement, or NULL and a violation. */
sqlite3_stmt *sim_check_prepare(sqlite3 *db, const char *sql);
/* True for a row; after the last one the statement is ready for the next time. */
bool sim_check_step(sqlite3 *db, sqlite3_stmt *stmt);
/* Of a column, cut to fit; NULL is "". */
void sim_check_text(sqlite3_stmt *stmt, int column, char *ret, size_t size);

static inline bool sim_state_is_outcome(enum sim_state state)
{
    return state >= SIM_STATE_SUCCEEDED;
}
const char *sim_state_word(enum sim_state state);
bool sim_view_is_over(const struct sim_view *image);
/* Targets of one state. */
uint32_t sim_view_count(const struct sim_view *image, enum sim_state state);
/* The accepted order of that kind with the highest id; NULL: there is none. */
const struct sim_view_order *sim_view_order(const struct sim_view *image, const char *kind);
/* Whether one of that kind was given after that id which is in force, or may be: a word is obeyed before its answer is
   durable. */
bool sim_view_ordered_since(const struct sim_view *image, const char *kind, int64_t id);
/* The target with an attempt of that nonce, and the attempt; false: there is none. */
bool sim_view_find(const struct sim_view *image, const char *nonce, uint32_t *ret_target,
                   const struct sim_view_attempt **ret_attempt);

/* ---- check_word.c ---- */

/* The nonce's entry, made when it is not there. Valid until the next one is made. */
struct sim_check_nonce *sim_check_nonce(struct sim_check *check, const char *text);
/* NULL when nobody sent it. */
struct sim_check_nonce *sim_check_nonce_find(const struct sim_check *check, const char *text);
/* Takes a line into the indexes; NULL: it is not the first original with its nonce. */
void sim_check_index(struct sim_check *check, const struct sim_line *line,
                     const struct sim_check_nonce *first);
void sim_check_list_add(struct sim_check_list *list, uint32_t number);

enum sim_check_code sim_check_code(const char *code);
static inline bool sim_check_delivered(const struct sim_line *line, uint64_t by_ms)
{
    return line->delivered_ms > 0 && line->delivered_ms <= by_ms;
}
/* The line whose reply the sender had by then, the original's or its copy's; NULL: neither. */
const struct sim_line *sim_check_heard(const struct sim_check_nonce *nonce, uint64_t by_ms);
const struct sim_line *sim_check_answer(const struct sim_check *check, const struct sim_line *call,
                                        uint64_t by_ms);
/* A call's line by which an upgrade began; NULL: neither. */
const struct sim_line *sim_check_effect(const struct sim_check *check, const struct sim_line *call);
/* Its sender was told by then that it was not executed, or that it was. */
bool sim_check_refused(const struct sim_check *check, const struct sim_line *call, uint64_t by_ms);
bool sim_check_accepted(const struct sim_check *check, const struct sim_line *call, uint64_t by_ms);

/* < 0: the version is still to come, 0: this is it, > 0: it is beyond. */
int sim_check_order(const struct sim_check *check, const char *version);
/* Where a machine whose clock is right has this moment. */
uint64_t sim_check_ms(int64_t unix_ms);
/* After this no copy of a call that was signed and sent then can take effect any more. */
uint64_t sim_check_fence_ms(const struct sim_check *check, int64_t signed_unix_ms, uint64_t sent_ms);

const struct sim_said *sim_check_said(const struct sim_check_sight *sight, const struct sim_line **ret_line);
/* The read that first told by by_ms, and was sent since from_ms, that the device is online and there, or beyond. */
const struct sim_line *sim_check_seen_there(const struct sim_check *check, uint32_t device, uint64_t from_ms,
                                            uint64_t by_ms);
/* Two reads of one process, sent since the fence and far enough apart, told that it is online and not there. */
bool sim_check_seen_untouched(const struct sim_check *check, uint32_t device, uint64_t fence_ms,
                              uint64_t by_ms);
/* What may be known of a call by then: that it had no effect and cannot have one any more. */
bool sim_check_settled(const struct sim_check *check, const struct sim_line *call, uint64_t by_ms);
/* The same of one that left and has not arrived. */
bool sim_check_settled_unseen(const struct sim_check *check, uint32_t device, int64_t signed_unix_ms,
                              uint64_t sent_ms, uint64_t by_ms);
/* All that stands there of a device, for whoever wants to know what went wrong with it. */
void sim_check_tell(const struct sim_check *check, uint32_t device);
/* How long a connection may take: so much nearer to each other two requests may leave than they were asked for. */
uint64_t sim_check_jitter_ms(const struct sim_check *check);
/* How late a call may leave after it was decided. */
uint64_t sim_check_lag_ms(const struct sim_check *check);
/* Nothing but our calls changes what devices run and whether they are online, and reads tell of them as they are. */
bool sim_check_is_steady(const struct sim_check *check);

/* ---- the rules ---- */

/* What a process leaves that has ended by itself; NULL: nothing that is planned. */
const struct sim_view *sim_check_look(struct sim_check *check, sqlite3 *db); /* check.c */

void sim_check_call(struct sim_check *check, const struct sim_line *line);        /* check_call.c */
void sim_check_pair(const struct sim_check *check, const struct sim_line *line);  /* check_pair.c */
void sim_check_slots(const struct sim_check *check, const struct sim_line *line); /* check_slot.c */
/* check_pace.c; the first for reads, too */
void sim_check_pace(struct sim_check *check, const struct sim_line *line);
void sim_check_tries(const struct sim_check *check, const struct sim_line *line);
void sim_check_window(const struct sim_check *check, const struct sim_line *line); /* check_window.c */

/* check_wave.c */
void sim_check_wave(struct sim_check *check, const struct sim_line *line);
/* check_stop.c: who sends, after which words; at each leave of a call. */
void sim_check_sender(struct sim_check *check, const struct sim_process *process);
/* The image has another one's lease, which has sent nothing yet. */
void sim_check_outlived(struct sim_check *check, struct sim_check_nonce *nonce, const struct sim_view *image);
void sim_check_stop(struct sim_check *check, const struct sim_check_nonce *nonce);
/* What was acknowledged is in every image since. */
void sim_check_words(struct sim_check *check, const struct sim_view *image);
void sim_check_trip(const struct sim_check *check, const struct sim_view *image);
/* What is stopped begins nothing, whether or not it leaves. */
void sim_check_still(const struct sim_check *check, const struct sim_view *image);
/* How many failures the gate's hard limit has met. */
uint32_t sim_view_failures(const struct sim_view *image);

/* check_image.c */
void sim_check_rows(const struct sim_check *check, const struct sim_view *image);
/* One that a call is leaving from, just now. */
void sim_check_sample(struct sim_check *check, const struct sim_check_nonce *nonce,
                      const struct sim_view *image);
/* check_past.c: what was over and what was history is so still */
enum sim_past {
    SIM_PAST_LIVED = 1, /* nothing can have been lost since the last image */
    SIM_PAST_CRASHED,   /* nothing but what was not durable */
    SIM_PAST_DURABLE,   /* this cannot be lost any more */
};
void sim_check_past(struct sim_check *check, sqlite3 *db, enum sim_past what);
void sim_check_past_free(struct sim_check *check);
/* check_truth.c */
void sim_check_truth(const struct sim_check *check, const struct sim_view *image);
void sim_check_proofs(const struct sim_check *check, const struct sim_view *image);

#endif
