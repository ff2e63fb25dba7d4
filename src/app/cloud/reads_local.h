#ifndef GATEWAVE_SRC_APP_CLOUD_READS_LOCAL_H
#define GATEWAVE_SRC_APP_CLOUD_READS_LOCAL_H
/* What asking and hearing share: the lanes, and the slots of their questions. */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/ring.h"
#include "gatewave/base/rng.h"
#include "gatewave/net/http.h"

#include "reads.h"

enum gw_read_state {
    GW_READ_FREE = 0,
    GW_READ_TRAVELS,
    GW_READ_WAITS,
};

struct gw_read {
    struct gw_reads *reads;
    enum gw_read_state state;
    uint32_t lane, tries, throttles, refusals, generation;
    uint64_t due_ms; /* WAITS */
    int64_t asked_unix_ms;
    struct gw_ask ask;
    struct gw_signed req;
};

struct gw_read_lane {
    struct gw_ring ring; /* when questions were answered; one that travels is none of them yet */
    uint64_t hold_ms;
    uint64_t keyless_ms; /* since when it has no key; 0: it has one */
    uint32_t travels, waits;
    bool ended;
    struct gw_answer why;
    struct gw_read read[GW_READS_LANE_MOST];
};

struct gw_reads {
    struct gw_loop *loop;
    struct gw_http *http;
    struct gw_timer *timer;
    struct gw_keys *keys;
    const struct gw_reads_lane *facts;
    struct gw_read_lane *lane;
    uint64_t *memory; /* of the lanes' rings */
    uint32_t n, first;
    struct gw_rate rate; /* guarded, and fitted to the rings */
    enum gw_format format;
    struct gw_reads_caller caller;
    struct gw_nonces nonces;
    struct gw_rng rng;
    bool draining;
    /* Where replies are read into: one at a time, on the loop. */
    union {
        struct gw_seen_page page;
        struct gw_seen_gateway gateway;
        struct gw_seen_ha ha;
        struct gw_seen_versions versions;
        struct gw_seen_auto_upgrade auto_upgrade;
    } seen;
};

/* A reply has come, or why there is none: it is told of, or will be asked again. */
void gw_reads_done(void *user, const struct gw_http_result *result);
/* The same for what could not be sent. */
void gw_reads_judge(struct gw_read *read, struct gw_told *told);
/* It waits until then to be asked. */
void gw_reads_wait(struct gw_read *read, uint64_t due_ms);
/* The lane's questions that wait are told of as this; the lane goes on, or has ended. */
void gw_reads_withdraw(struct gw_read_lane *lane, const struct gw_answer *why);
void gw_reads_end_lane(struct gw_read_lane *lane, const struct gw_answer *why);

#endif
