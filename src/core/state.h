#ifndef GATEWAVE_SRC_CORE_STATE_H
#define GATEWAVE_SRC_CORE_STATE_H
/* The rollout's insides: what its sub-machines (machine.h) have in common, and nobody else sees. */
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
    bool on_hold;    /* deferred as soon as its turn comes; that says nothing of its wave */
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
    uint64_t keyless_ms;       /* since when there is no key to call or read with; 0: there is one */
    uint64_t keyless_heard_ms; /* when that was heard last */
    bool down;                 /* the endpoint could not be reached for too long */
    bool ones_last;            /* the last read was of one gateway: a page is next, when there is one */
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
    uint64_t began_ms;    /* this run */
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

#endif
