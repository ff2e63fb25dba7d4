/*
 * What a sync has found goes to the inventory, a batch at a time, and what it could not read is kept to be told. A database
 * that fails ends the asking.
 */
#include "gatewave/base/mem.h"

#include "clock.h"
#include "sync_local.h"

void gw_sync_stop(struct gw_syncing *syncing, enum gw_code code)
{
    if (syncing->code != GW_OK)
        return;
    syncing->code = code;
    if (syncing->reads)
        gw_reads_drain(syncing->reads);
}

void gw_sync_flush(struct gw_syncing *syncing)
{
    struct gw_sync_gateway gateway[GW_SYNC_BATCH];
    enum gw_code code;

    if (syncing->n_batch == 0 || syncing->code != GW_OK)
        return;
    for (size_t i = 0; i < syncing->n_batch; i++)
        gw_gathered_gateway(&syncing->batch[i], syncing->batch_part[i]->account,
                            syncing->batch_part[i]->region, &gateway[i]);
    code = gw_sync_put(syncing->sync, gateway, syncing->n_batch, gw_clock_unix_ms(), syncing->err);
    syncing->n_batch = 0;
    if (code != GW_OK)
        gw_sync_stop(syncing, code);
}

void gw_sync_keep(struct gw_syncing *syncing, struct gw_sync_part *part, const struct gw_gathered *gathered)
{
    if (syncing->code != GW_OK)
        return;
    syncing->batch_part[syncing->n_batch] = part;
    syncing->batch[syncing->n_batch++] = *gathered;
    if (syncing->n_batch == GW_SYNC_BATCH)
        gw_sync_flush(syncing);
}

void gw_sync_lack(struct gw_syncing *syncing, const char *gateway_id, const char *serial, const char *what)
{
    if (syncing->n_unread == syncing->room_unread) {
        syncing->room_unread = syncing->room_unread ? 2 * syncing->room_unread : 64;
        syncing->unread = gw_mem_resize(syncing->unread, syncing->room_unread, sizeof(*syncing->unread));
    }
    syncing->unread[syncing->n_unread++] = (struct gw_sync_unread){
        .gateway_id = gw_mem_dup(gateway_id), .serial = gw_mem_dup(serial), .what = what};
}
