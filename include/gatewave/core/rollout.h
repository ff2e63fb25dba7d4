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
#include "gatewave/core/record.h"

#define GW_PAGE_MAX  50 /* ids in one list read, and rows of one page: the vendor's largest page */
#define GW_NO_TARGET UINT32_MAX

/* How a rollout is to be driven. All limits are at least 1; durations in milliseconds. */
struct gw_drive {
    char version[GW_VERSION_MAX];
    struct gw_rate rate;      /* upgrade calls, per lane */
    struct gw_rate read_rate; /* reads, per lane */
    uint32_t in_flight;       /* calls sent or in doubt at once, over all lanes */
    uint32_t upgrading;       /* devices in flight, in doubt or upgrading at once */
    uint32_t reads;           /* reads at once, over all lanes */
    uint32_t attempts;        /* charged attempts for one target */
    uint64_t backoff_first_ms, backoff_longest_ms;
    uint64_t offline_ms; /* how long an offline device is waited for */
    bool verify;         /* false: an accepted call is the outcome, and the report says so */
    bool pre_read;       /* false only in benchmarks against loopback */
    uint64_t every_ms, slow_ms, stuck_ms;
    uint64_t fresh_ms; /* a read older than this does not allow a call */
    uint64_t fence_ms; /* from signing to the moment when no copy of a call can take effect any more */
    uint64_t agree_ms; /* two reads that settle a doubt lie at least this far apart */
    uint64_t endpoint_down_ms; /* an endpoint that cannot be reached for so long holds the run */
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
};

struct gw_rollout;

/* Bytes of memory that a rollout of this shape needs; init aborts when it gets less. Aligned for uint64_t. */
size_t gw_rollout_size(uint32_t targets, uint32_t lanes, const struct gw_drive *drive);
struct gw_rollout *gw_rollout_init(void *memory, size_t size, uint32_t targets, uint32_t lanes,
                                   const struct gw_drive *drive, uint64_t seed, uint64_t now_ms);
/* Once for each target 0, 1, 2, ...; then gw_rollout_start. */
void gw_rollout_load(struct gw_rollout *r, uint32_t target, const struct gw_target_start *start);
/* A durable send of an upgrade call less than a window ago, oldest first: refills the hard limit after a
 * restart. */
void gw_rollout_load_sent(struct gw_rollout *r, uint32_t lane, uint64_t sent_ms);
/* Reads are not durable: after a restart none leaves before the window of an earlier run's reads is over. */
void gw_rollout_hold_reads(struct gw_rollout *r, uint64_t until_ms);
void gw_rollout_start(struct gw_rollout *r, uint64_t now_ms);

/* ---- facts ---- */

enum gw_event_kind {
    GW_EVENT_NONE = 0,
    GW_EVENT_ANSWER,    /* what the call for `target` came to */
    GW_EVENT_SEEN,      /* one device as a read saw it */
    GW_EVENT_READ_DONE, /* a read has ended; every device it told of was reported by SEEN before */
    GW_EVENT_DRAIN,     /* start nothing more, end when nothing is in flight */
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
    char serial[GW_SERIAL_MAX]; /* learned, where the inventory has none */
    /* READ_DONE */
    uint32_t lane;
    uint32_t n_targets;
    const uint32_t *targets; /* what the read was to tell of; whoever got no SEEN stays as it was */
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
    uint32_t target;  /* CALL */
    uint32_t attempt; /* CALL */
    uint32_t lane;    /* CALL, READ */
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
};

/* True when nothing is left to do or to wait for in this run: the shell may end it. */
bool gw_rollout_ended(const struct gw_rollout *r);
enum gw_stop gw_rollout_stopped(const struct gw_rollout *r);
/* Targets by state; indexes are enum gw_state. */
const uint32_t *gw_rollout_counts(const struct gw_rollout *r);
uint32_t gw_rollout_total(const struct gw_rollout *r);
/* Devices that are upgrading for longer than slow_ms. */
uint32_t gw_rollout_slow(const struct gw_rollout *r);

#endif
