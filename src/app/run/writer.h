#ifndef GATEWAVE_SRC_APP_RUN_WRITER_H
#define GATEWAVE_SRC_APP_RUN_WRITER_H
/*
 * The one thread that waits for the disk. It has the store to itself from new to free; the loop hands it one batch at
 * a time and goes on, and hears on the loop when the batch is durable.
 */
#include <stdbool.h>

#include "gatewave/net/loop.h"
#include "gatewave/store/rollout.h"

#include "rollout/batch.h"

struct gw_writer;

/* done runs on the loop, once for each commit; code is the store's, err valid during the call. */
typedef void gw_writer_done(void *user, struct gw_batch *batch, enum gw_code code, const struct gw_err *err);

struct gw_writer *gw_writer_new(struct gw_loop *loop, struct gw_store *store, struct gw_lease *lease,
                                gw_writer_done *done, void *user);
/* Waits for a commit under way; its done is not called any more. */
void gw_writer_free(struct gw_writer *writer);
bool gw_writer_idle(const struct gw_writer *writer);
/* The batch is the writer's until done. */
void gw_writer_commit(struct gw_writer *writer, struct gw_batch *batch);

#endif
