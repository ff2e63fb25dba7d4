#ifndef GATEWAVE_SRC_APP_RUN_PUMP_H
#define GATEWAVE_SRC_APP_RUN_PUMP_H
/*
 * The pump: facts in, effects carried out, once per turn of the loop. It is the one place where a call could leave
 * before its intent is durable, and the one place that makes sure it does not: records are staged, a batch of them is
 * committed by the writer, and the calls that stand in the batch leave when the writer says it is durable.
 */
#include <stdbool.h>
#include <stdint.h>

#include "gatewave/base/err.h"
#include "gatewave/core/rollout.h"
#include "gatewave/net/loop.h"

#include "exchange.h"
#include "writer.h"

struct gw_pump;

struct gw_pump_parts {
    struct gw_loop *loop;
    struct gw_rollout *rollout;
    struct gw_roster *roster;
    struct gw_store *store;
    struct gw_lease *lease;
    const struct gw_names *wave; /* the waves' names */
    uint64_t fence_ms;
    /* How long a rollout that waits for a person is stayed for, once nothing is under way. */
    uint64_t (*wait_ms)(void *user, enum gw_stop stop);
    void *user;
    /* Hears of each PHASE record when it is durable; NULL: nobody does. */
    void (*hear)(void *hearer, const struct gw_record *record);
    void *hearer;
    uint32_t rate_calls; /* the most calls that a rate of this run names: room to remember what was sent */
    struct gw_rate
        limit; /* of the configuration: calls keep to it where they leave, whatever else they are paced by */
};

/* The pump stops the loop when the rollout has ended or the store has failed. */
struct gw_pump *gw_pump_new(const struct gw_pump_parts *parts);
/* Frees it and its writer; events that come after this are the caller's mistake. */
void gw_pump_free(struct gw_pump *pump);
/* Where exchanges and signals put their events. */
void gw_pump_emit(void *user, const struct gw_event *ev);
/* Once, before the loop runs. */
void gw_pump_start(struct gw_pump *pump, struct gw_exchanges *exchanges);
/* After the loop has stopped: what stopped it, if it was a failure. */
enum gw_code gw_pump_outcome(const struct gw_pump *pump, struct gw_err *err);
/* What a held rollout waits for, in one sentence; "" when nothing stopped it. */
const char *gw_pump_stop_reason(const struct gw_pump *pump);

#endif
