/*
 * The runner's write path: a batch of records, one transaction, durable on return. It runs for every call
 * of a rollout.
 */
#include "batch.h"
#include "gatewave/store/rollout.h"

static enum gw_code check_lease(const struct gw_batch *batch, int64_t at_unix_ms)
{
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_LEASE);
    enum gw_code code;
    int changes;

    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, batch->lease->epoch);
    gw_sql_bind_int(stmt, 3, at_unix_ms);
    code = gw_sql_run(batch->store, stmt, &changes, batch->err);
    if (code == GW_OK && changes != 1)
        return gw_err_set(
            batch->err, GW_ERR_LEASE,
            "%s: another runner has taken the rollout over; nothing was written and nothing more is sent",
            batch->store->file);
    return code;
}

static enum gw_code write_batch(struct gw_batch *batch, const struct gw_record *record, size_t n)
{
    enum gw_code code = check_lease(batch, n > 0 ? record[n - 1].at_unix_ms : 0);

    for (size_t i = 0; i < n && code == GW_OK; i++) {
        batch->record = &record[i];
        batch->target = batch->lease->first_target + record[i].target;
        code = gw_batch_write(batch);
    }
    if (code == GW_OK)
        code = gw_batch_flush(batch);
    if (code == GW_OK)
        code = gw_batch_run(batch, GW_DO_COMMIT);
    return code;
}

enum gw_code gw_commit(struct gw_store *store, struct gw_lease *lease, const struct gw_record *record,
                       size_t n, struct gw_err *err)
{
    struct gw_batch batch = {.store = store, .lease = lease, .err = err};
    enum gw_code code;

    if (store->failed)
        return gw_err_set(
            err, GW_ERR_STORE,
            "%s: an earlier write failed, so that what is on the disk is unknown; check the disk, "
            "then run the rollout again",
            store->file);
    code = gw_batch_prepare(store, err);
    if (code == GW_OK)
        code = gw_sql_begin_waiting(store, store->commit_statement[GW_DO_BEGIN], err);
    if (code != GW_OK)
        return code;
    code = write_batch(&batch, record, n);
    if (code != GW_OK)
        gw_sql_rollback(store);
    else
        gw_lease_mark(lease);
    return code;
}
