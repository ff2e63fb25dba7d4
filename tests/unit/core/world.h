#ifndef GATEWAVE_TESTS_CORE_WORLD_H
#define GATEWAVE_TESTS_CORE_WORLD_H
/*
 * A small hostile world around a rollout, in virtual time: devices, a cloud that loses, delays and refuses, a database
 * that is a mirror of the records, crashes. It keeps its own ledger and holds the rollout to the invariants from
 * outside, after every effect. Everything is drawn from one seed.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/rng.h"
#include "gatewave/core/rollout.h"

#define WORLD_MAX    96
#define WORLD_EVENTS 4096

enum world_nature {
    WORLD_GOOD = 0,
    WORLD_BRICK,   /* accepts and never comes back */
    WORLD_STAY,    /* accepts and comes back as it was */
    WORLD_OFFLINE, /* cannot be reached at all */
    WORLD_AWAY,    /* offline until half of the wait for it is over */
    WORLD_THERE,   /* is at the version */
    WORLD_REFUSED, /* not bound to a network: permanent */
    WORLD_UNKNOWN, /* the cloud does not know it */
};

struct world_device {
    enum world_nature nature;
    uint32_t mate;
    bool upgraded;
    uint64_t busy_until_ms; /* offline until then */
    uint32_t effects;       /* calls that took effect */
    /* the mirror: what a database would hold */
    enum gw_state state;
    uint32_t sent, charged;
    uint64_t signed_ms, fence_ms;
    bool open; /* the last attempt is not resolved */
    /* the ledger */
    uint64_t last_arrival_ms, last_signed_ms;
    bool refusal_delivered; /* for the last attempt */
    bool resolved;          /* its reads after the fence agreed */
    uint32_t clear_reads;   /* reads delivered that were sent after the fence and said: not there, online */
    uint64_t clear_first_ms;
    uint64_t read_ok_ms; /* the last delivered read that allowed a call was sent then */
};

enum world_kind {
    WORLD_ARRIVES = 1,
    WORLD_ANSWERS,
    WORLD_READ_ANSWERS,
};

struct world_pending {
    uint64_t at_ms;
    enum world_kind kind;
    uint32_t life; /* answers die with the run that asked */
    uint32_t target, attempt, lane;
    uint64_t signed_ms;
    struct gw_answer answer;
    enum gw_read_kind read;
    uint64_t asked_ms;
    uint32_t read_id;
    uint32_t n_targets;
    uint32_t targets[GW_PAGE_MAX];
};

/* How hostile: chances in a thousand, per call or read. */
struct world_faults {
    uint32_t lost_request, lost_reply, delayed, flaky, offline_answer, throttled, never_sent, read_fails,
        crash;
};

struct world {
    struct gw_rng rng;
    struct gw_drive drive;
    struct world_faults faults;
    uint64_t now_ms;
    uint32_t n, lanes, life;
    struct world_device device[WORLD_MAX];
    struct world_pending *pending;
    uint32_t n_pending;
    void *memory;
    struct gw_rollout *r;
    uint64_t calls, reads, crashes, steps;
    uint64_t sent_ms[1 << 16]; /* lane 0: when calls left */
    uint32_t n_sent;
    uint64_t ended_ms;
    enum gw_phase phase;
    char reason[GW_REASON_MAX];
};

/* Sensible small numbers: a fence of 60 s, upgrades of 10 s, looks every 4 s. */
void world_init(struct world *world, uint32_t n, uint64_t seed);
void world_release(struct world *world);
/* Runs until the rollout has ended (crashes and new starts included); false when it has not by then. */
bool world_run(struct world *world, uint64_t until_ms);
/* One line of counts by outcome, for messages. */
uint32_t world_count(const struct world *world, enum gw_state state);

#endif
