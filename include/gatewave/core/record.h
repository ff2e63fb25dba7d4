#ifndef GATEWAVE_CORE_RECORD_H
#define GATEWAVE_CORE_RECORD_H
/*
 * What the core wants remembered: rows for the store, in the words of the house. A record is a value; the
 * shell stamps wall times on it (and nonce and signing time on an intent), the store writes it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/core/answer.h"
#include "gatewave/core/gate.h"
#include "gatewave/core/order.h"

/* The life of a target. The first four are states, the rest outcomes: terminal, never changed. */
enum gw_state {
    GW_STATE_NONE = 0,
    GW_STATE_WAITING,
    GW_STATE_IN_FLIGHT, /* its intent is durable, its answer is not */
    GW_STATE_UPGRADING, /* accepted; only reads can tell what becomes of it */
    GW_STATE_IN_DOUBT,  /* sent, perhaps; only reads can tell */
    GW_STATE_SUCCEEDED,
    GW_STATE_SKIPPED,
    GW_STATE_FAILED,
    GW_STATE_DEFERRED,
    GW_STATE_UNRESOLVED,
    GW_STATE_CANCELED,
    GW_STATE_COUNT,
};

/* waiting, in_flight, ...: the word in the database, in JSON and in the reports. */
const char *gw_state_name(enum gw_state state);
enum gw_state gw_state_find(const char *name);
/* True for the six outcomes. */
static inline int gw_state_is_outcome(enum gw_state state)
{
    return state >= GW_STATE_SUCCEEDED;
}
/* Of a device that did not succeed, nobody can prove that it did not change: unresolved, or accepted and never well again.
 * The store says the same in SQL where it looks for normal rollouts, and a rollback in its selection. */
bool gw_outcome_is_unproven(enum gw_state state, const char *code);

/* A rollout's or a wave's state, as `status` prints it. */
enum gw_phase {
    GW_PHASE_NONE = 0,
    GW_PHASE_PENDING, /* of a wave: not begun */
    GW_PHASE_RUNNING,
    GW_PHASE_SOAKING,
    GW_PHASE_WAITING, /* held, for an approval or for a person to mend what stopped it */
    GW_PHASE_PAUSED,
    GW_PHASE_ABORTING,
    GW_PHASE_ABORTED,
    GW_PHASE_FINISHED,
    GW_PHASE_COUNT,
};

const char *gw_phase_name(enum gw_phase phase);
enum gw_phase gw_phase_find(const char *name);

/* What a gate says of a wave. */
enum gw_verdict {
    GW_VERDICT_NONE = 0,
    GW_VERDICT_PROMOTE,
    GW_VERDICT_HOLD,  /* too little is known, or too much did not get there: a person decides */
    GW_VERDICT_ABORT, /* the version is bad */
};

/* promote, hold, abort: the word in the database and in the reports. */
const char *gw_verdict_name(enum gw_verdict verdict);
enum gw_verdict gw_verdict_find(const char *name);

enum gw_record_kind {
    GW_RECORD_NONE = 0,
    GW_RECORD_INTENT, /* a new attempt row; the target becomes in_flight */
    GW_RECORD_ANSWER, /* closes or marks the attempt row; the target gets `state` */
    GW_RECORD_SEEN, /* what a read said before the call: version_before, and the serial when it was unknown */
    GW_RECORD_STATE,    /* the target's new state or outcome, decided by reads or by time */
    GW_RECORD_RESOLVED, /* an attempt in doubt is proven to have had no effect; the target gets `state` */
    GW_RECORD_PHASE,    /* the rollout's new phase, with the reason in one sentence */
    GW_RECORD_WAVE,     /* a wave's new phase; of one that soaks, for how long */
    GW_RECORD_CHART,    /* a chart after the outcomes that were recorded before it */
    GW_RECORD_VERDICT,  /* what the gate says of a wave, and on what evidence */
    GW_RECORD_RELAPSED, /* a device that had succeeded is not well at the end of the soak */
    GW_RECORD_ORDER,    /* what became of an operator's order; the shell makes the reason of it */
};

/* The chart of the whole rollout, beside those of the models. */
#define GW_NO_MODEL UINT32_MAX

#define GW_REASON_MAX 320

struct gw_record {
    enum gw_record_kind kind;
    enum gw_state state;          /* the target's state after this record */
    enum gw_phase phase;          /* PHASE, WAVE */
    uint32_t target;              /* index in the rollout, in dispatch order */
    uint32_t attempt;             /* 1, 2, 3, ... without gaps */
    uint32_t charged;             /* charged attempts after this record; a throttled call costs none */
    int64_t at_unix_ms;           /* when it became so; the shell stamps it */
    int64_t signed_unix_ms;       /* INTENT, stamped by the shell: the Timestamp that will be signed */
    int64_t fence_unix_ms;        /* INTENT, stamped: after this no stray copy can take effect */
    char nonce[GW_NONCE_SIZE];    /* INTENT, stamped */
    struct gw_answer answer;      /* ANSWER; for STATE the code alone may be set (stuck, offline, ...) */
    char version[GW_VERSION_MAX]; /* SEEN: version_before; STATE: version_after; RELAPSED: what it runs */
    char serial[GW_SERIAL_MAX];   /* SEEN: learned serial, else "" */
    uint32_t wave;                /* WAVE, VERDICT: from 0 */
    uint64_t soak_ms;             /* WAVE that soaks */
    int64_t soak_until_unix_ms;   /* WAVE that soaks: stamped */
    enum gw_verdict verdict;      /* VERDICT */
    uint32_t
        model; /* CHART, VERDICT of a chart that tripped or is doubted: whose; GW_NO_MODEL: the rollout's */
    struct gw_chart chart;       /* CHART, VERDICT: that chart */
    uint32_t succeeded, of;      /* VERDICT: how many of the wave's targets did, out of how many */
    bool doubted;                /* VERDICT hold: for what that chart shows */
    bool unverified;             /* VERDICT: succeeded means accepted only */
    int64_t order;               /* ORDER: its row */
    bool accepted;               /* ORDER: false: refused, and nothing has changed */
    struct gw_order_answer said; /* ORDER */
    char reason[GW_REASON_MAX];  /* one sentence for a person; "" when the code says it all */
};

#endif
