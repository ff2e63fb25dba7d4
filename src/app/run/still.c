/*
 * A rollout that nobody runs is loaded as its next run would load it, and stays still: its machine only takes the
 * orders, and what it records is durable before they count as answered. Holding the lease for that moment keeps every
 * runner out.
 */
#include "still.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/core/rollout.h"

#include "clock.h"
#include "rollout/batch.h"
#include "rollout/load.h"
#include "rollout/order.h"
#include "rollout/ordered.h"
#include "tell/sentence.h"

#define COMMIT_RECORDS 4096 /* an abort of a million devices is many records */

struct gw_still {
    struct gw_session *session;
    struct gw_rollout_row row;
    struct gw_lease *lease;
    struct gw_spec *spec;
    struct gw_load load;
    struct gw_sentences sentences;
    struct gw_order_list orders;
    struct gw_batch batch;
};

static enum gw_code gw_still_commit(struct gw_still *still, struct gw_err *err)
{
    enum gw_code code;

    if (still->batch.n_records == 0)
        return GW_OK;
    code = gw_commit(still->session->store, still->lease, still->batch.record, still->batch.n_records, err);
    gw_batch_reset(&still->batch);
    return code;
}

/* With the moment when it becomes so. */
static struct gw_record *gw_still_stage(struct gw_still *still, const struct gw_record *from)
{
    struct gw_record *record = gw_batch_record(&still->batch);

    *record = *from;
    record->at_unix_ms = gw_clock_unix_ms();
    return record;
}

/* The rollout has come to its end while the orders were given: there is no machine for it any more. */
static enum gw_code gw_still_refuse(struct gw_still *still, struct gw_err *err)
{
    struct gw_record refusal = {.kind = GW_RECORD_ORDER};
    const struct gw_names no_waves = {0};

    refusal.said.word = still->row.phase == GW_PHASE_ABORTED ? GW_SAID_IS_ABORTED : GW_SAID_IS_FINISHED;
    gw_ordered_text(&refusal.said, &no_waves, refusal.reason, sizeof(refusal.reason));
    for (size_t i = 0; i < still->orders.n; i++) {
        refusal.order = still->orders.order[i].id;
        (void)gw_still_stage(still, &refusal);
    }
    return gw_still_commit(still, err);
}

/* All that the orders lead to. */
static enum gw_code gw_still_pull(struct gw_still *still, uint64_t now_ms, struct gw_err *err)
{
    enum gw_code code = GW_OK;
    struct gw_effect effect;

    while (code == GW_OK && gw_rollout_next(still->load.rollout, now_ms, &effect)) {
        struct gw_record *record;

        GW_CHECK(effect.kind == GW_EFFECT_RECORD);
        record = gw_still_stage(still, &effect.record);
        gw_sentence_fill(&still->sentences, record, still->load.rollout, 0);
        if (still->batch.n_records == COMMIT_RECORDS)
            code = gw_still_commit(still, err);
    }
    return code == GW_OK ? gw_still_commit(still, err) : code;
}

static enum gw_code gw_still_load(struct gw_still *still, uint64_t now_ms, struct gw_err *err)
{
    struct gw_session *session = still->session;
    struct gw_config config = session->config;
    char *text = NULL;
    enum gw_code code = gw_rollout_spec(session->store, still->row.id, &text, err);

    if (code == GW_OK)
        code = gw_spec_parse(text, strlen(text), still->row.name, still->spec, &session->problems, err);
    free(text);
    /* It calls nothing, so that limits which were lowered since are no reason to refuse an abort. */
    config.limits.rate = config.limits.read_rate = (struct gw_rate){.calls = UINT32_MAX};
    config.limits.in_flight = UINT32_MAX;
    if (code == GW_OK)
        code = gw_load_rollout(&still->load, session->store, &still->row, &config, still->spec, true, now_ms,
                               err);
    return code;
}

static enum gw_code gw_still_orders(struct gw_still *still, uint64_t now_ms, struct gw_err *err)
{
    enum gw_code code = gw_order_list_read(still->session->store, still->row.id,
                                           still->session->config.limits.rate, 0, &still->orders, err);

    /* A runner may have answered before the lease was free. */
    if (code != GW_OK || still->orders.n == 0)
        return code;
    if (still->row.phase == GW_PHASE_FINISHED || still->row.phase == GW_PHASE_ABORTED)
        return gw_still_refuse(still, err);
    code = gw_still_load(still, now_ms, err);
    if (code != GW_OK)
        return code;
    still->sentences = (struct gw_sentences){.wave = &still->load.wave, .model = &still->load.roster.model};
    gw_rollout_start(still->load.rollout, now_ms, true);
    for (size_t i = 0; i < still->orders.n && code == GW_OK; i++) {
        struct gw_event ev = {.kind = GW_EVENT_ORDER, .now_ms = now_ms, .order = still->orders.order[i]};

        gw_rollout_handle(still->load.rollout, &ev);
        code = gw_still_pull(still, now_ms, err);
    }
    return code;
}

enum gw_code gw_still_answer(struct gw_session *session, int64_t rollout, const char *name, uint64_t now_ms,
                             struct gw_err *err)
{
    struct gw_still still = {.session = session};
    enum gw_code code = gw_lease_take(session->store, rollout, gw_clock_unix_ms(), &still.lease, err);

    if (code != GW_OK)
        return code;
    still.spec = gw_mem_new(1, sizeof(*still.spec));
    /* Read under the lease: a run that has just ended left its last words there. */
    code = gw_rollout_find(session->store, name, &still.row, err);
    if (code == GW_OK)
        code = gw_still_orders(&still, now_ms, err);
    gw_load_release(&still.load);
    gw_order_list_release(&still.orders);
    gw_batch_release(&still.batch);
    gw_spec_release(still.spec);
    free(still.spec);
    gw_lease_release(still.lease);
    return code;
}
