/*
 * Single records of the rollout itself into rows: its phase, its waves, charts and verdicts, and what became of
 * people's orders. All but the charts are rare, and each leaves an event where people look for it.
 */
#include <stdio.h>

#include "batch.h"
#include "gatewave/base/check.h"
#include "gatewave/base/when.h"
#include "verdict.h"

enum gw_code gw_batch_add_event(const struct gw_batch *batch, const char *what)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_EVENT);

    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    if (gw_batch_is_of_target(record))
        gw_sql_bind_int(stmt, 2, batch->target);
    else
        gw_sql_bind_null(stmt, 2);
    gw_sql_bind_int(stmt, 3, record->at_unix_ms);
    gw_sql_bind_text(stmt, 4, gw_batch_kind_name(record->kind));
    gw_sql_bind_text(stmt, 5, what);
    return gw_batch_run(batch, GW_DO_EVENT);
}

/* "canary: what"; the wave has a name, and the record its number. */
static enum gw_code add_wave_event(const struct gw_batch *batch, const char *what)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_WAVE_EVENT);

    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, (int64_t)record->wave + 1);
    gw_sql_bind_int(stmt, 3, record->at_unix_ms);
    gw_sql_bind_text(stmt, 4, gw_batch_kind_name(record->kind));
    gw_sql_bind_text(stmt, 5, what);
    return gw_batch_run(batch, GW_DO_WAVE_EVENT);
}

static enum gw_code write_phase(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    bool ended = record->phase == GW_PHASE_FINISHED || record->phase == GW_PHASE_ABORTED;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_PHASE);
    char what[32 + GW_REASON_MAX];
    enum gw_code code;

    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_text(stmt, 2, gw_phase_name(record->phase));
    gw_sql_bind_text(stmt, 3, record->reason);
    gw_sql_bind_int(stmt, 4, record->at_unix_ms);
    if (ended)
        gw_sql_bind_int(stmt, 5, record->at_unix_ms);
    else
        gw_sql_bind_null(stmt, 5);
    code = gw_batch_run_one(batch, GW_DO_PHASE);
    if (code != GW_OK)
        return code;
    (void)snprintf(what, sizeof(what), "%s%s%s", gw_phase_name(record->phase), record->reason[0] ? ": " : "",
                   record->reason);
    return gw_batch_add_event(batch, what);
}

/* A wave begins once, and is over once; pauses and the like are the rollout's. */
static bool wave_may_become(enum gw_phase phase)
{
    return phase == GW_PHASE_RUNNING || phase == GW_PHASE_SOAKING || phase == GW_PHASE_WAITING ||
           phase == GW_PHASE_FINISHED || phase == GW_PHASE_ABORTED;
}

static enum gw_code write_wave(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    bool soaks = record->phase == GW_PHASE_SOAKING;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_WAVE);
    char until[GW_WHEN_TEXT_SIZE] = "", what[64 + GW_WHEN_TEXT_SIZE + GW_REASON_MAX];
    enum gw_code code;

    if (!wave_may_become(record->phase))
        return gw_batch_illegal(batch);
    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, (int64_t)record->wave + 1);
    gw_sql_bind_text(stmt, 3, gw_phase_name(record->phase));
    if (soaks)
        gw_sql_bind_int(stmt, 4, record->soak_until_unix_ms);
    else
        gw_sql_bind_null(stmt, 4);
    code = gw_batch_run_one(batch, GW_DO_WAVE);
    if (code != GW_OK)
        return code;
    if (soaks)
        gw_when_text(record->soak_until_unix_ms, until);
    (void)snprintf(what, sizeof(what), "%s%s%s%s%s", gw_phase_name(record->phase), soaks ? " until " : "",
                   until, record->reason[0] ? ": " : "", record->reason);
    return add_wave_event(batch, what);
}

/* 0 is the rollout's own chart, and 1, 2, ... are those of models 0, 1, ... */
static int64_t chart_number(const struct gw_record *record)
{
    return record->model == GW_NO_MODEL ? 0 : (int64_t)record->model + 1;
}

static enum gw_code write_chart(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_CHART);

    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, chart_number(record));
    gw_sql_bind_int(stmt, 3, record->chart.level_unats);
    gw_sql_bind_int(stmt, 4, record->chart.failed);
    gw_sql_bind_int(stmt, 5, record->chart.judged);
    gw_sql_bind_text(stmt, 6, gw_trip_word(record->chart.trip));
    gw_sql_bind_int(stmt, 7, record->chart.refused);
    return gw_batch_run_one(batch, GW_DO_CHART);
}

enum gw_code gw_batch_flush_charts(struct gw_batch *batch)
{
    struct gw_chunk *chunk = &batch->charts;
    const struct gw_record *at_work = batch->record;
    enum gw_code code = GW_OK;

    for (size_t i = 0; i < chunk->n && code == GW_OK; i++) {
        batch->record = chunk->record[i];
        code = write_chart(batch);
    }
    batch->record = at_work;
    chunk->n = 0;
    return code;
}

static enum gw_code add_chart(struct gw_batch *batch)
{
    struct gw_chunk *chunk = &batch->charts;
    enum gw_code code = GW_OK;

    for (size_t i = 0; i < chunk->n; i++) {
        if (chunk->record[i]->model == batch->record->model) {
            chunk->record[i] = batch->record;
            return GW_OK;
        }
    }
    if (chunk->n == GW_CHUNK)
        code = gw_batch_flush_charts(batch);
    chunk->record[chunk->n++] = batch->record;
    return code;
}

static enum gw_code add_verdict(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_VERDICT);

    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, (int64_t)record->wave + 1);
    gw_sql_bind_int(stmt, 3, record->at_unix_ms);
    gw_sql_bind_text(stmt, 4, gw_verdict_name(record->verdict));
    gw_sql_bind_int(stmt, 5, chart_number(record));
    gw_sql_bind_text(stmt, 6, gw_trip_word(record->chart.trip));
    gw_sql_bind_int(stmt, 7, record->chart.failed);
    gw_sql_bind_int(stmt, 8, record->chart.judged);
    gw_sql_bind_int(stmt, 9, record->succeeded);
    gw_sql_bind_int(stmt, 10, record->of);
    gw_sql_bind_text(stmt, 11, record->reason);
    return gw_batch_run_one(batch, GW_DO_VERDICT);
}

/* The last word goes to the wave, all of them to history. */
static enum gw_code write_verdict(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_WAVE_VERDICT);
    char what[32 + GW_REASON_MAX];
    enum gw_code code;

    if (record->verdict == GW_VERDICT_NONE)
        return gw_batch_illegal(batch);
    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, (int64_t)record->wave + 1);
    gw_sql_bind_text(stmt, 3, gw_verdict_name(record->verdict));
    gw_sql_bind_text(stmt, 4, record->reason);
    gw_sql_bind_int(stmt, 5, record->at_unix_ms);
    code = gw_batch_run_one(batch, GW_DO_WAVE_VERDICT);
    if (code == GW_OK)
        code = add_verdict(batch);
    if (code != GW_OK)
        return code;
    (void)snprintf(what, sizeof(what), "%s%s%s", gw_verdict_name(record->verdict),
                   record->reason[0] ? ": " : "", record->reason);
    return add_wave_event(batch, what);
}

static enum gw_code write_order(const struct gw_batch *batch)
{
    const struct gw_record *record = batch->record;
    sqlite3_stmt *stmt = gw_batch_statement(batch, GW_DO_ORDER);
    enum gw_code code;

    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, record->order);
    gw_sql_bind_int(stmt, 3, record->at_unix_ms);
    gw_sql_bind_int(stmt, 4, record->accepted);
    gw_sql_bind_text(stmt, 5, record->reason);
    code = gw_batch_run_one(batch, GW_DO_ORDER);
    if (code == GW_OK && record->said.word == GW_SAID_FORGIVEN) {
        stmt = gw_batch_statement(batch, GW_DO_FORGIVEN);
        gw_sql_bind_int(stmt, 1, record->order);
        code = gw_batch_run(batch, GW_DO_FORGIVEN);
    }
    if (code != GW_OK)
        return code;
    stmt = gw_batch_statement(batch, GW_DO_ORDER_EVENT);
    gw_sql_bind_int(stmt, 1, batch->lease->rollout);
    gw_sql_bind_int(stmt, 2, record->order);
    gw_sql_bind_text(stmt, 3, gw_batch_kind_name(record->kind));
    return gw_batch_run(batch, GW_DO_ORDER_EVENT);
}

enum gw_code gw_batch_write_rollout(struct gw_batch *batch)
{
    switch (batch->record->kind) {
    case GW_RECORD_PHASE:
        return write_phase(batch);
    case GW_RECORD_WAVE:
        return write_wave(batch);
    case GW_RECORD_CHART:
        return add_chart(batch);
    case GW_RECORD_VERDICT:
        return write_verdict(batch);
    case GW_RECORD_ORDER:
        return write_order(batch);
    case GW_RECORD_INTENT:
    case GW_RECORD_ANSWER:
    case GW_RECORD_SEEN:
    case GW_RECORD_STATE:
    case GW_RECORD_RESOLVED:
    case GW_RECORD_RELAPSED:
    case GW_RECORD_NONE:
        break;
    }
    GW_NEVER("a record of the rollout has such a kind");
    return GW_ERR_INTERNAL;
}
