#ifndef GATEWAVE_SRC_APP_WRITER_H
#define GATEWAVE_SRC_APP_WRITER_H
/*
 * The one thread that waits for the disk. It has the store to itself from new to free; the loop hands it one batch at
 * a time and goes on, and hears on the loop when the batch is durable.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/core/record.h"
#include "gatewave/net/loop.h"
#include "gatewave/store/rollout.h"

/* A call whose intent stands in the same batch: it leaves when the batch is durable, and signed as the intent says. */
struct gw_send {
    uint32_t target, attempt, lane;
    int64_t signed_unix_ms;
    uint64_t staged_ms; /* when its intent was staged */
    uint64_t until_ms;  /* its window closes then */
    char nonce[GW_NONCE_SIZE];
};

/*
 * True for what has waited for more than 30 s on either clock, or was signed in what is now the future: the machine
 * slept, the disk stalled or the clock was set, and it is not what was read and signed any more.
 */
bool gw_send_is_stale(const struct gw_send *send, uint64_t now_ms, int64_t now_unix_ms);

struct gw_batch {
    struct gw_record *record;
    size_t n_records, records_size;
    struct gw_send *send;
    size_t n_sends, sends_size;
    uint64_t opened_ms; /* when its first record came */
};

void gw_batch_release(struct gw_batch *batch);
struct gw_record *gw_batch_record(struct gw_batch *batch);
struct gw_send *gw_batch_send(struct gw_batch *batch);
void gw_batch_reset(struct gw_batch *batch);

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
