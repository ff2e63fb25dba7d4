/* Batches: two arrays that keep their size from one commit to the next. */
#include "batch.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"

bool gw_send_is_stale(const struct gw_send *send, uint64_t now_ms, int64_t now_unix_ms)
{
    int64_t age_ms = now_unix_ms - send->signed_unix_ms;

    return now_ms - send->staged_ms > GW_SEND_STALE_MS || age_ms > GW_SEND_STALE_MS || age_ms < -1000;
}

uint64_t gw_send_leaves_by_ms(const struct gw_send *send)
{
    uint64_t stale_ms = send->staged_ms + GW_SEND_STALE_MS + 1;

    return stale_ms < send->until_ms ? stale_ms : send->until_ms;
}

void gw_batch_release(struct gw_batch *batch)
{
    free(batch->record);
    free(batch->send);
    *batch = (struct gw_batch){0};
}

void gw_batch_reset(struct gw_batch *batch)
{
    batch->n_records = 0;
    batch->n_sends = 0;
}

/* The next size of an array that is full: doubling, so that a run settles after a few steps. */
static size_t gw_batch_grow(size_t size)
{
    return size ? size * 2 : 256;
}

struct gw_record *gw_batch_record(struct gw_batch *batch)
{
    if (batch->n_records == batch->records_size) {
        batch->records_size = gw_batch_grow(batch->records_size);
        batch->record = gw_mem_resize(batch->record, batch->records_size, sizeof(*batch->record));
    }
    return &batch->record[batch->n_records++];
}

struct gw_send *gw_batch_send(struct gw_batch *batch)
{
    if (batch->n_sends == batch->sends_size) {
        batch->sends_size = gw_batch_grow(batch->sends_size);
        batch->send = gw_mem_resize(batch->send, batch->sends_size, sizeof(*batch->send));
    }
    return &batch->send[batch->n_sends++];
}
