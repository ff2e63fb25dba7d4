#ifndef GATEWAVE_SRC_APP_ROLLOUT_BATCH_H
#define GATEWAVE_SRC_APP_ROLLOUT_BATCH_H
/* What becomes durable together, and the calls that may leave when it is. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/core/record.h"
#include "gatewave/store/rollout.h"

/* A call whose intent stands in the same batch: it leaves when the batch is durable, and signed as the intent says. */
struct gw_send {
    uint32_t target, attempt, lane;
    int64_t signed_unix_ms;
    uint64_t staged_ms; /* when its intent was staged */
    uint64_t until_ms;  /* its window closes then */
    char nonce[GW_NONCE_SIZE];
};

#define GW_SEND_STALE_MS 30000
/*
 * True for what has waited for longer than that on either clock, or was signed in what is now the future: the machine
 * slept, the disk stalled or the clock was set, and it is not what was read and signed any more.
 */
bool gw_send_is_stale(const struct gw_send *send, uint64_t now_ms, int64_t now_unix_ms);
/* From then on it must not leave: a process may be stopped while its call has yet to be connected. */
uint64_t gw_send_leaves_by_ms(const struct gw_send *send);

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

#endif
