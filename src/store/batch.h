#ifndef GATEWAVE_SRC_STORE_BATCH_H
#define GATEWAVE_SRC_STORE_BATCH_H
/* One transaction of a runner: its statements, and the writing of single records inside it. */
#include "gatewave/core/record.h"
#include "lease.h"
#include "sql.h"

/* Statements on attempts and targets take the target's id as ?1. */
enum gw_statement {
    GW_DO_BEGIN,
    GW_DO_LEASE,
    GW_DO_INTENT,
    GW_DO_INTENTS, /* GW_CHUNK of them at once */
    GW_DO_TARGET_INTENT,
    GW_DO_ANSWER,
    GW_DO_ANSWERS,
    GW_DO_TARGET_ANSWER,
    GW_DO_TARGET_ANSWER_END,
    GW_DO_SEEN,
    GW_DO_MOVE,
    GW_DO_END,
    GW_DO_PHASE,
    GW_DO_RELAPSED,
    GW_DO_CHART,
    GW_DO_WAVE,
    GW_DO_WAVE_VERDICT,
    GW_DO_WAVE_EVENT,
    GW_DO_VERDICT,
    GW_DO_ORDER,
    GW_DO_FORGIVEN,
    GW_DO_ORDER_EVENT,
    GW_DO_EVENT,
    GW_DO_COMMIT,
};

/*
 * Rows of attempts and of answers are only ever added, so that they can wait for each other inside the
 * transaction: one statement for sixteen rows costs half as much as sixteen.
 */
#define GW_CHUNK 16

struct gw_chunk {
    const struct gw_record *record[GW_CHUNK];
    size_t n;
};

struct gw_batch {
    struct gw_store *store;
    const struct gw_lease *lease;
    const struct gw_record *record; /* the one at work */
    int64_t target;                 /* its id */
    struct gw_chunk intents, answers;
    struct gw_chunk charts; /* each outcome changes two, and only the last record of each is written */
    struct gw_err *err;
};

/* Prepares what is not yet prepared; the statements live as long as the connection. */
enum gw_code gw_batch_prepare(struct gw_store *store, struct gw_err *err);
sqlite3_stmt *gw_batch_statement(const struct gw_batch *batch, enum gw_statement which);
/* Runs a bound statement. */
enum gw_code gw_batch_run(const struct gw_batch *batch, enum gw_statement which);
/* The same; exactly one row must have been there for it, else the record does not fit. */
enum gw_code gw_batch_run_one(const struct gw_batch *batch, enum gw_statement which);
/* GW_ERR_STORE: the record at work does not fit the row as it is. */
enum gw_code gw_batch_illegal(const struct gw_batch *batch);
/* GW_ERR_BUSY: the device of the record at work has an unsettled call already; says whose. */
enum gw_code gw_batch_conflict(const struct gw_batch *batch);
/* The record is about its target, and not about the rollout. */
bool gw_batch_is_of_target(const struct gw_record *record);
const char *gw_batch_kind_name(enum gw_record_kind kind);
/* Adds an event of the record at work: its target's, or the rollout's own. */
enum gw_code gw_batch_add_event(const struct gw_batch *batch, const char *what);

/* Writes the record at work, which must live until the flush. */
enum gw_code gw_batch_write(struct gw_batch *batch);
/* The same, of a record about the rollout rather than a target. */
enum gw_code gw_batch_write_rollout(struct gw_batch *batch);
enum gw_code gw_batch_flush_charts(struct gw_batch *batch);
/* Writes the rows that still wait; before the commit. */
enum gw_code gw_batch_flush(struct gw_batch *batch);

#endif
