/*
 * All rollouts, newest first: what went where, when, by whom, and what its gate said last. Rollouts are few, so they are all
 * held in memory: a table then has room for the outcomes that occur.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/app/status.h"
#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/control.h"
#include "summary.h"

struct gw_history_row {
    struct gw_rollout_row rollout;
    uint64_t count[GW_STATE_COUNT];
    enum gw_verdict verdict; /* the last one */
    char wave[64], evidence[GW_REASON_MAX];
    enum gw_verdict worst; /* of all, the last of its kind; where the last one is as bad, that one */
    char worst_evidence[GW_REASON_MAX];
};

struct gw_history {
    struct gw_history_row *row;
    size_t n;
};

static bool gw_history_add(void *user, const struct gw_rollout_row *rollout)
{
    struct gw_history *history = user;

    history->row = gw_mem_resize(history->row, history->n + 1, sizeof(*history->row));
    history->row[history->n++] = (struct gw_history_row){.rollout = *rollout};
    return true;
}

static bool gw_history_verdict(void *user, const struct gw_verdict_row *verdict)
{
    struct gw_history_row *row = user;

    row->verdict = verdict->verdict;
    if (verdict->verdict >= row->worst) {
        row->worst = verdict->verdict;
        (void)gw_text_copy(row->worst_evidence, sizeof(row->worst_evidence), verdict->evidence);
    }
    (void)gw_text_copy(row->wave, sizeof(row->wave), verdict->wave_name);
    (void)gw_text_copy(row->evidence, sizeof(row->evidence), verdict->evidence);
    return true;
}

static enum gw_code gw_history_load(struct gw_store *store, struct gw_history *history, struct gw_err *err)
{
    enum gw_code code = gw_rollouts_each(store, gw_history_add, history, err);

    for (size_t i = 0; code == GW_OK && i < history->n; i++) {
        struct gw_history_row *row = &history->row[i];

        code = gw_targets_count(store, row->rollout.id, 0, row->count, err);
        if (code == GW_OK)
            code = gw_verdicts_each(store, row->rollout.id, gw_history_verdict, row, err);
    }
    return code;
}

/* ---- as rows ---- */

enum {
    GW_HISTORY_NAME,
    GW_HISTORY_VERSION,
    GW_HISTORY_TYPE,
    GW_HISTORY_STATE,
    GW_HISTORY_CREATED,
    GW_HISTORY_STARTED,
    GW_HISTORY_ENDED,
    GW_HISTORY_BY,
    GW_HISTORY_DEVICES,
    GW_HISTORY_COUNTS, /* one for each state from here on */
    GW_HISTORY_RELAPSED = GW_HISTORY_COUNTS + GW_STATE_COUNT - GW_STATE_WAITING,
    GW_HISTORY_VERDICT,
    GW_HISTORY_WAVE,
    GW_HISTORY_EVIDENCE,
    GW_HISTORY_WORST,
    GW_HISTORY_WORST_EVIDENCE,
    GW_HISTORY_COLUMNS
};

static void gw_history_columns(const struct gw_history *history,
                               struct gw_output_column ret[GW_HISTORY_COLUMNS])
{
    ret[GW_HISTORY_NAME] = (struct gw_output_column){.name = "rollout"};
    ret[GW_HISTORY_VERSION] = (struct gw_output_column){.name = "version"};
    ret[GW_HISTORY_TYPE] = (struct gw_output_column){.name = "type", .detail = true};
    ret[GW_HISTORY_STATE] = (struct gw_output_column){.name = "state", .kind = GW_OUTPUT_WORD};
    ret[GW_HISTORY_CREATED] = (struct gw_output_column){.name = "created_at"};
    ret[GW_HISTORY_STARTED] = (struct gw_output_column){.name = "started_at", .detail = true};
    ret[GW_HISTORY_ENDED] = (struct gw_output_column){.name = "ended_at", .detail = true};
    ret[GW_HISTORY_BY] = (struct gw_output_column){.name = "by"};
    ret[GW_HISTORY_DEVICES] = (struct gw_output_column){.name = "devices", .kind = GW_OUTPUT_NUMBER};
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++) {
        struct gw_output_column *column = &ret[GW_HISTORY_COUNTS + state - GW_STATE_WAITING];

        *column = (struct gw_output_column){
            .name = gw_state_name((enum gw_state)state), .kind = GW_OUTPUT_NUMBER, .detail = true};
        for (size_t i = 0; i < history->n; i++)
            column->detail = column->detail && history->row[i].count[state] == 0;
    }
    ret[GW_HISTORY_RELAPSED] =
        (struct gw_output_column){.name = "relapsed", .kind = GW_OUTPUT_NUMBER, .detail = true};
    for (size_t i = 0; i < history->n; i++)
        ret[GW_HISTORY_RELAPSED].detail =
            ret[GW_HISTORY_RELAPSED].detail && history->row[i].rollout.relapsed == 0;
    ret[GW_HISTORY_VERDICT] = (struct gw_output_column){.name = "verdict", .kind = GW_OUTPUT_WORD};
    ret[GW_HISTORY_WAVE] = (struct gw_output_column){.name = "wave", .detail = true};
    ret[GW_HISTORY_EVIDENCE] = (struct gw_output_column){.name = "evidence"};
    ret[GW_HISTORY_WORST] = (struct gw_output_column){.name = "worst_verdict", .detail = true};
    ret[GW_HISTORY_WORST_EVIDENCE] = (struct gw_output_column){.name = "worst_evidence", .detail = true};
}

static const char *gw_history_cell(const char *text)
{
    return text[0] ? text : NULL;
}

/* In a table one cell has both, the worst first: a rollout that was stopped once is not told by its happy end alone. */
static void gw_history_both(const struct gw_history_row *row, bool people, const char *worst,
                            const char *last, struct gw_buf *buf)
{
    if (people && row->worst != row->verdict)
        gw_buf_addf(buf, "%s; then ", worst);
    gw_buf_add_text(buf, last);
}

static void gw_history_write(struct gw_output *output, const struct gw_history_row *row, bool people)
{
    const struct gw_rollout_row *rollout = &row->rollout;
    char created[GW_WHEN_TEXT_SIZE], started[GW_WHEN_TEXT_SIZE], ended[GW_WHEN_TEXT_SIZE];
    char devices[16], relapsed[16], count[GW_STATE_COUNT][24];
    const char *cells[GW_HISTORY_COLUMNS] = {
        [GW_HISTORY_NAME] = rollout->name,
        [GW_HISTORY_VERSION] = rollout->version,
        [GW_HISTORY_TYPE] = rollout->dpi ? "Dpi" : "Device",
        [GW_HISTORY_STATE] = gw_phase_name(rollout->phase),
        [GW_HISTORY_CREATED] = gw_history_cell(gw_summary_when(rollout->created_unix_ms, created)),
        [GW_HISTORY_STARTED] = gw_history_cell(gw_summary_when(rollout->started_unix_ms, started)),
        [GW_HISTORY_ENDED] = gw_history_cell(gw_summary_when(rollout->ended_unix_ms, ended)),
        [GW_HISTORY_BY] = gw_history_cell(rollout->created_by),
        [GW_HISTORY_DEVICES] = devices,
        [GW_HISTORY_RELAPSED] = relapsed,
        [GW_HISTORY_WAVE] = gw_history_cell(row->wave),
        [GW_HISTORY_WORST] = gw_history_cell(gw_verdict_name(row->worst)),
        [GW_HISTORY_WORST_EVIDENCE] = gw_history_cell(row->worst_evidence),
    };
    struct gw_buf verdict, evidence;

    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++) {
        (void)snprintf(count[state], sizeof(count[state]), "%" PRIu64, row->count[state]);
        cells[GW_HISTORY_COUNTS + state - GW_STATE_WAITING] = count[state];
    }
    (void)snprintf(relapsed, sizeof(relapsed), "%" PRIu32, rollout->relapsed);
    (void)snprintf(devices, sizeof(devices), "%" PRIu32, rollout->targets);
    gw_buf_init(&verdict, 0);
    gw_buf_init(&evidence, 0);
    gw_history_both(row, people, gw_verdict_name(row->worst), gw_verdict_name(row->verdict), &verdict);
    gw_history_both(row, people, row->worst_evidence, row->evidence, &evidence);
    cells[GW_HISTORY_VERDICT] = gw_history_cell(gw_buf_text(&verdict));
    cells[GW_HISTORY_EVIDENCE] = gw_history_cell(gw_buf_text(&evidence));
    gw_output_row(output, cells);
    gw_buf_release(&evidence);
    gw_buf_release(&verdict);
}

enum gw_code gw_history_show(struct gw_session *session, struct gw_err *err)
{
    enum gw_output_format format = session->format == GW_OUTPUT_NONE ? GW_OUTPUT_TABLE : session->format;
    struct gw_output_column columns[GW_HISTORY_COLUMNS];
    struct gw_history history = {0};
    struct gw_output *output;
    enum gw_code code = gw_history_load(session->store, &history, err);

    if (code == GW_OK) {
        gw_history_columns(&history, columns);
        output = gw_output_new(&session->out, format, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
        for (size_t i = 0; i < history.n; i++)
            gw_history_write(output, &history.row[i], format == GW_OUTPUT_TABLE);
        gw_output_end(output);
        if (history.n > 0)
            gw_session_next(session, "status %s", history.row[0].rollout.name);
        else
            gw_session_next(session, "run --version V --select EXPR");
    }
    free(history.row);
    return code;
}
