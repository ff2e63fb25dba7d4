/* One line for each target of a rollout, streamed from the database: a million of them take no more memory
 * than one. */
#include <inttypes.h>
#include <stdio.h>

#include "gatewave/app/screen.h"
#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "gatewave/base/when.h"
#include "standing.h"
#include "summary.h"

static const struct gw_output_column gw_report_columns[] = {
    {"gateway_id", GW_OUTPUT_TEXT, false},    {"serial", GW_OUTPUT_TEXT, false},
    {"region", GW_OUTPUT_TEXT, false},        {"wave", GW_OUTPUT_TEXT, false},
    {"outcome", GW_OUTPUT_WORD, false},       {"code", GW_OUTPUT_TEXT, false},
    {"reason", GW_OUTPUT_TEXT, false},        {"attempts", GW_OUTPUT_NUMBER, false},
    {"request_id", GW_OUTPUT_TEXT, false},    {"version_before", GW_OUTPUT_TEXT, false},
    {"version_after", GW_OUTPUT_TEXT, false}, {"started_at", GW_OUTPUT_TEXT, false},
    {"ended_at", GW_OUTPUT_TEXT, false},
};

struct gw_report {
    struct gw_output *output;
    const struct gw_wave_names *waves;
    bool people;        /* a target without an outcome shows its state */
    bool accepted_only; /* nothing was verified */
};

static const char *gw_report_cell(const char *text)
{
    return text[0] ? text : NULL;
}

/* A success that nobody looked at, or that did not last, says so, in every form of the report. */
static const char *gw_report_reason(const struct gw_report *report, const struct gw_target_row *row)
{
    if (row->relapsed)
        return GW_SUMMARY_RELAPSED;
    if (report->accepted_only && row->state == GW_STATE_SUCCEEDED)
        return "accepted only: verification was off";
    return gw_summary_reason(row->reason, row->code);
}

static bool gw_report_row(void *user, const struct gw_target_row *row)
{
    const struct gw_report *report = user;
    char attempts[16], started[GW_WHEN_TEXT_SIZE], ended[GW_WHEN_TEXT_SIZE];
    bool shown = report->people || gw_state_is_outcome(row->state);
    const char *cells[GW_COUNT_OF(gw_report_columns)] = {
        gw_report_cell(row->gateway_id),
        gw_report_cell(row->serial),
        gw_report_cell(row->region),
        gw_report_cell(gw_wave_names_find(report->waves, row->wave)),
        shown ? gw_state_name(row->state) : NULL,
        gw_report_cell(row->relapsed ? "relapsed" : row->code),
        gw_report_cell(gw_report_reason(report, row)),
        attempts,
        gw_report_cell(row->request_id),
        gw_report_cell(row->version_before),
        gw_report_cell(row->version_after),
        gw_report_cell(gw_summary_when(row->started_unix_ms, started)),
        gw_report_cell(gw_summary_when(row->ended_unix_ms, ended)),
    };

    /* Signed calls, as explain lists them; row->attempts leaves out those that cost the target nothing. */
    (void)snprintf(attempts, sizeof(attempts), "%" PRIu32, row->sent);
    return gw_output_row(report->output, cells);
}

/* The summary above the table. */
static enum gw_code gw_report_summary(struct gw_session *session, const struct gw_standing *standing,
                                      struct gw_err *err)
{
    struct gw_buf buf;
    enum gw_code code;

    gw_buf_init(&buf, 0);
    gw_standing_head(standing, &buf);
    gw_summary_counts(&buf, standing->count, !standing->rollout.verify);
    code = gw_summary_codes(session, standing->rollout.id, &buf, err);
    gw_buf_add_char(&buf, '\n');
    if (code == GW_OK)
        gw_sink_drain(&session->out, &buf);
    gw_buf_release(&buf);
    return code;
}

enum gw_code gw_report_show(struct gw_session *session, const char *name, struct gw_err *err)
{
    bool people = session->format == GW_OUTPUT_NONE || session->format == GW_OUTPUT_TABLE;
    struct gw_rollout_row rollout;
    struct gw_standing standing;
    struct gw_report report;
    enum gw_code code = gw_summary_rollout(session, name, &rollout, err);

    if (code == GW_OK)
        code = gw_standing_load(session->store, &rollout, &standing, err);
    if (code)
        return code;
    if (people)
        code = gw_report_summary(session, &standing, err);
    if (code == GW_OK) {
        report = (struct gw_report){
            .output = gw_output_new(&session->out, people ? GW_OUTPUT_TABLE : session->format, GW_OUTPUT_ROWS,
                                    gw_report_columns, GW_COUNT_OF(gw_report_columns)),
            .waves = &standing.waves,
            .people = people,
            .accepted_only = !rollout.verify,
        };
        code = gw_targets_each(session->store, rollout.id, false, gw_report_row, &report, err);
        gw_output_end(report.output);
    }
    if (code == GW_OK)
        gw_session_next(session, "explain %s GATEWAY", rollout.name);
    gw_standing_release(&standing);
    return code;
}
