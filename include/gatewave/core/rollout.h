#ifndef GATEWAVE_CORE_ROLLOUT_H
#define GATEWAVE_CORE_ROLLOUT_H
/*
 * A rollout as a machine without hands: facts go in, things to do come out. It reads no clock, touches no
 * socket, file or heap, and given the same calls it says the same things.
 *
 *     for each fact:   gw_rollout_handle(r, &fact), then pull until false
 *     pull:            while (gw_rollout_next(r, now_ms, &effect)) carry it out, in this order
 *     sleep until:     gw_rollout_deadline_ms(r, now_ms)
 *
 * The order of effects is the contract: a CALL is carried out only after every RECORD before it is durable.
 * Times are milliseconds of one monotonic clock that the shell owns. Ownership: nothing that goes in is kept,
 * nothing that comes out points into the machine except read lists, valid until the next call.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/parse.h"
#include "gatewave/core/answer.h"
#include "gatewave/core/cut.h"
#include "gatewave/core/order.h"
#include "gatewave/core/record.h"

#define GW_PAGE_MAX  50 /* ids in one list read, and rows of one page: the vendor's largest page */
#define GW_NO_TARGET UINT32_MAX

/* What a limit on devices that are upgraded at once may be about, besides the whole. */
enum gw_scope {
    GW_SCOPE_SITE,
    GW_SCOPE_REGION,
    GW_SCOPE_ISP,
    GW_SCOPE_COUNT
};

/* How fast and how many at once: the rollout's, or those of a wave of its own. */
struct gw_limits {
    struct gw_rate rate;          /* upgrade calls, per lane */
    struct gw_rate read_rate;     /* reads, per lane */
    uint32_t in_flight;           /* calls sent or in doubt at once, over all lanes; at least 1 */
    uint32_t upgrading;           /* devices in flight, in doubt or upgrading at once; at least 1 */
    uint32_t per[GW_SCOPE_COUNT]; /* ... in one site, region, ISP; 0: no such limit */
};

/* How a rollout is to be driven. Counts are at least 1; durations in milliseconds. */
struct gw_drive {
    char version[GW_VERSION_MAX];
    bool downgrade; /* a rollback: a device with a newer version is called, one with an older is left */
    struct gw_limits limits; /* until a wave begins that has its own */
    uint32_t reads;          /* reads at once, over all lanes */
    uint32_t attempts;       /* charged attempts for one target */
    uint64_t backoff_first_ms, backoff_longest_ms;
    uint64_t offline_ms; /* how long an offline device is waited for */
    bool verify;         /* false: an accepted call is the outcome, and the report says so */
    bool pre_read;       /* false only in benchmarks against loopback */
    uint64_t every_ms, slow_ms, stuck_ms;
    uint64_t fresh_ms; /* a read older than this does not allow a call */
    uint64_t fence_ms; /* from signing to the moment when no copy of a call can take effect any more */
    uint64_t agree_ms; /* two reads that settle a doubt lie at least this far apart */
    uint64_t endpoint_down_ms; /* an endpoint that cannot be reached for so long holds the run */
    uint64_t pair_soak_ms;     /* from a device's success to the call of its mate */
    /* A window that opens, or a soak that ends, later than this is not waited for: the run ends, and the next one
       goes on. */
    uint64_t patience_ms;
};

/* Openings of a window that are loaded for each zone; a run that outlives them ends as if no more came. */
#define GW_OPENINGS_MOST 8

/* How large a rollout is. All but sites, regions and isps are at least 1. */
struct gw_shape {
    uint32_t targets, lanes;
    uint32_t waves;  /* at most GW_WAVES_MOST */
    uint32_t models; /* what the targets' `model` counts */
    uint32_t zones;  /* ... and `zone` */
    uint32_t scopes[GW_SCOPE_COUNT];
    uint32_t rate_calls, read_rate_calls; /* the most calls that any rate it will ever be paced by names */
};

/* One wave; targets first .. first + targets - 1. The waves lie one behind the other and hold every target. */
struct gw_wave_start {
    uint32_t first, targets;
    enum gw_phase phase; /* PENDING, RUNNING, SOAKING, WAITING for a person, FINISHED; ABORTED */
    enum gw_verdict verdict;
    bool approve;                /* when it is judged, a person must let the rollout go on */
    bool windowed;               /* calls only while the window of their zone is open */
    uint64_t soak_ms;            /* its soak; 0: none, and no look at its end */
    uint64_t soaks_until_ms;     /* SOAKING: on this run's clock */
    int64_t soaks_until_unix_ms; /* ... and on the wall */
    struct gw_limits limits;
};

/* One target as the store knows it when a run starts; dispatch order. */
struct gw_target_start {
    uint32_t lane; /* which account and region, 0..lanes-1 */
    uint32_t mate; /* the other device of its HA pair, or GW_NO_TARGET */
    enum gw_state state;
    uint32_t attempts; /* charged so far */
    uint32_t sent;     /* the number of the last attempt; 0: never called */
    bool doubted;      /* an attempt of it was in doubt once */
    uint64_t fence_ms; /* of the last attempt, on this run's clock; for IN_FLIGHT and IN_DOUBT */
    uint64_t since_ms; /* when the last call was made, on this run's clock (may lie before its start: 0) */
    bool pair;         /* its gateway has two devices, whether or not both are targets */
    bool by_one;       /* the list read cannot tell of it (a pair, a signature database): read it by itself */
    bool at_version;   /* SKIPPED: because it was seen at the version */
    bool left_out;     /* by an order of an earlier run: it is not called any more */
    bool
        on_hold; /* its gateway is: WAITING, it is put off when its turn comes; DEFERRED: it was put off for that */
    bool relapsed;     /* SUCCEEDED: and was not well when its wave had soaked */
    uint64_t ended_ms; /* SUCCEEDED: when, on this run's clock; as since_ms */
    uint32_t model, zone;
    uint32_t scope[GW_SCOPE_COUNT]; /* which site, region, ISP, from 1; 0: not known, no limit */
};

struct gw_rollout;

/* Why it starts nothing more; NONE while it does. */
enum gw_stop {
    GW_STOP_NONE = 0,
    GW_STOP_DRAIN,
    GW_STOP_CREDENTIALS,
    GW_STOP_CLOCK,
    GW_STOP_IDENTITY,
    GW_STOP_RISK,
    GW_STOP_PLAN,
    GW_STOP_NOT_FOUND,
    GW_STOP_UNTRUSTED,
    GW_STOP_ENDPOINT,
    GW_STOP_GATE, /* the version is bad */
    GW_STOP_HOLD, /* a wave is over, and what came of it is too little or too bad to go on without a person */
    GW_STOP_APPROVAL, /* a wave has passed its gate, and a person must let the rollout go on */
    GW_STOP_PAUSE,
    GW_STOP_ABORT,
    GW_STOP_WINDOW, /* no window is open, nor opens within the run's patience */
    GW_STOP_SOAK,   /* a wave soaks for longer than the run's patience */
};

/* Bytes of memory that a rollout of this shape needs; init aborts when it gets less. Aligned for uint64_t. */
size_t gw_rollout_size(const struct gw_shape *shape);
/* now_ms and unix_ms are one moment on this run's clock and on the wall. */
struct gw_rollout *gw_rollout_init(void *memory, size_t size, const struct gw_shape *shape,
                                   const struct gw_drive *drive, uint64_t seed, uint64_t now_ms,
                                   int64_t unix_ms);
/* Once for each wave 0, 1, 2, ..., before the targets. */
void gw_rollout_load_wave(struct gw_rollout *r, uint32_t wave, const struct gw_wave_start *start);
/* When calls may start in a zone, while that wave is the one: openings in order, each apart from the next. What
 * is too many is left out; an opening that no call can use (closed before it opens) too.
 * A target of a zone without any is deferred: it would wait for ever. */
void gw_rollout_load_opening(struct gw_rollout *r, uint32_t wave, uint32_t zone, int64_t opens_unix_ms,
                             int64_t closes_unix_ms);
/* How a wave is judged: the rollout's chart (GW_NO_MODEL) and each model's; a model without a rule of its own is
 * judged by the rollout's, without the hard limits. */
void gw_rollout_load_rule(struct gw_rollout *r, uint32_t wave, uint32_t model,
                          const struct gw_gate_rule *rule);
/* A chart as it was after the last outcome; what is not loaded is new. */
void gw_rollout_load_chart(struct gw_rollout *r, uint32_t model, const struct gw_chart *chart);
/* The rate that an order of an earlier run asked for. */
void gw_rollout_load_pace(struct gw_rollout *r, struct gw_rate rate);
/* What stopped it for good or until a person's word, in an earlier run: PAUSE or ABORT. What the waves wait for
 * (GATE, HOLD, APPROVAL) follows from their phases. */
void gw_rollout_load_stop(struct gw_rollout *r, enum gw_stop stop);
/* Once for each target 0, 1, 2, ...; then gw_rollout_start. */
void gw_rollout_load(struct gw_rollout *r, uint32_t target, const struct gw_target_start *start);
/* A durable send of an upgrade call, oldest first: refills the hard limit after a restart. As far back as the longest
 * window of any rate that it will ever be paced by: a wave's own, or one that an order asks for. */
void gw_rollout_load_sent(struct gw_rollout *r, uint32_t lane, uint64_t sent_ms);
/* Reads are not durable: after a restart none leaves before the window of an earlier run's reads is over. */
void gw_rollout_hold_reads(struct gw_rollout *r, uint64_t until_ms);
/* Once, when all is loaded. `still`: it is only there to take an order, and starts, reads and waits for nothing. */
void gw_rollout_start(struct gw_rollout *r, uint64_t now_ms, bool still);

/* ---- facts ---- */

enum gw_event_kind {
    GW_EVENT_NONE = 0,
    GW_EVENT_ANSWER,    /* what the call for `target` came to */
    GW_EVENT_SEEN,      /* one device as a read saw it */
    GW_EVENT_READ_DONE, /* a read has ended; every device it told of was reported by SEEN before */
    GW_EVENT_DRAIN,     /* start nothing more, end when nothing is in flight */
    GW_EVENT_ORDER,     /* a person's order; its ORDER record is the last of what it leads to */
    GW_EVENT_CLOCK,     /* the wall clock was set: now_ms is unix_ms on the wall */
};

enum gw_presence {
    GW_PRESENCE_UNKNOWN = 0, /* the read did not tell */
    GW_PRESENCE_ONLINE,
    GW_PRESENCE_NONE, /* of a mate: the gateway has no other device */
    GW_PRESENCE_OFFLINE,
    GW_PRESENCE_MISSING,    /* the cloud does not know it; only a per-gateway read may say so */
    GW_PRESENCE_UNSUITABLE, /* a software instance: it has no device */
    GW_PRESENCE_AMBIGUOUS,  /* two devices and no serial in the inventory */
};

enum gw_read_kind {
    GW_READ_NONE = 0,
    GW_READ_PAGE, /* the list call, up to GW_PAGE_MAX gateways */
    GW_READ_ONE,  /* one gateway with its devices */
};

struct gw_event {
    enum gw_event_kind kind;
    uint64_t now_ms;
    uint32_t target;         /* ANSWER, SEEN */
    struct gw_answer answer; /* ANSWER, READ_DONE */
    /* SEEN, READ_DONE */
    uint32_t read_id; /* of the READ effect */
    enum gw_read_kind read;
    /* SEEN */
    uint64_t asked_ms; /* when the read was sent: what it saw is not older */
    enum gw_presence presence;
    enum gw_presence mate; /* READ_ONE of a pair: the other device */
    char version[GW_VERSION_MAX];
    char mate_version[GW_VERSION_MAX]; /* READ_ONE of a pair; "" when it was not told */
    char serial[GW_SERIAL_MAX];        /* learned, where the inventory has none */
    /* READ_DONE */
    uint32_t lane;
    uint32_t n_targets;
    const uint32_t *targets; /* what the read was to tell of; whoever got no SEEN stays as it was */
    struct gw_order order;   /* ORDER */
    int64_t unix_ms;         /* CLOCK */
};

/* ---- things to do ---- */

enum gw_effect_kind {
    GW_EFFECT_NONE = 0,
    GW_EFFECT_RECORD,
    GW_EFFECT_CALL,
    GW_EFFECT_READ,
};

struct gw_effect {
    enum gw_effect_kind kind;
    uint32_t target;   /* CALL */
    uint32_t attempt;  /* CALL */
    uint64_t until_ms; /* CALL: its window closes then; from then on it must not leave */
    uint32_t lane;     /* CALL, READ */
    enum gw_read_kind read;
    uint32_t read_id;        /* READ: the events of this read bear it */
    uint32_t n_targets;      /* READ */
    const uint32_t *targets; /* READ; valid until the next call into the rollout */
    struct gw_record record; /* RECORD */
};

void gw_rollout_handle(struct gw_rollout *r, const struct gw_event *ev);
bool gw_rollout_next(struct gw_rollout *r, uint64_t now_ms, struct gw_effect *ret);
uint64_t gw_rollout_deadline_ms(const struct gw_rollout *r, uint64_t now_ms);

/* ---- looking at it ---- */

/* True when nothing is left to do or to wait for in this run: the shell may end it. */
bool gw_rollout_ended(const struct gw_rollout *r);
/* Every wave is over, and it was not aborted. */
bool gw_rollout_is_finished(const struct gw_rollout *r);
enum gw_stop gw_rollout_stopped(const struct gw_rollout *r);
/* The rate that its calls keep to just now, in each lane: the wave's, or what was ordered. */
struct gw_rate gw_rollout_rate(const struct gw_rollout *r);
/* Targets by state; indexes are enum gw_state. */
const uint32_t *gw_rollout_counts(const struct gw_rollout *r);
uint32_t gw_rollout_total(const struct gw_rollout *r);
/* Of those that succeeded: not well when their wave had soaked. */
uint32_t gw_rollout_relapsed(const struct gw_rollout *r);
/* The wave that is under way, from 0; the last one when all are over. */
uint32_t gw_rollout_wave(const struct gw_rollout *r);
/* When the next window opens for a target of this wave that waits for it, on the wall; 0: none waits. */
int64_t gw_rollout_opens_unix_ms(const struct gw_rollout *r);
/* When the wave that soaks has soaked, on this run's clock; 0: none does. */
uint64_t gw_rollout_soaks_until_ms(const struct gw_rollout *r);
/* Devices that are upgrading for longer than slow_ms. */
uint32_t gw_rollout_slow(const struct gw_rollout *r);

#endif
