/* One screen about a rollout: where it stands, how many targets are where, and what went wrong. */
#include "gatewave/app/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/json.h"
#include "gatewave/base/mem.h"
#include "summary.h"

#define GW_STATUS_OTHERS_MAX 10

struct gw_status {
    struct gw_session *session;
    struct gw_rollout_row rollout;
    struct gw_wave_names waves;
    uint64_t (*wave_count)[GW_STATE_COUNT]; /* by index in waves */
    uint64_t count[GW_STATE_COUNT];         /* their sum: a run may go on while this is read */
};

static uint64_t gw_status_sum(const uint64_t count[GW_STATE_COUNT], int first)
{
    uint64_t sum = 0;

    for (int state = first; state < GW_STATE_COUNT; state++)
        sum += count[state];
    return sum;
}

/* What a person does after looking at it. */
static void gw_status_next(struct gw_session *session, const struct gw_rollout_row *rollout)
{
    if (rollout->phase == GW_PHASE_WAITING || rollout->phase == GW_PHASE_PAUSED)
        gw_session_next(session, "run %s", rollout->name);
    else
        gw_session_next(session, "report %s", rollout->name);
}

static enum gw_code gw_status_count(struct gw_status *status, struct gw_err *err)
{
    status->wave_count = gw_mem_new(status->waves.n, sizeof(*status->wave_count));
    for (size_t i = 0; i < status->waves.n; i++) {
        enum gw_code code = gw_targets_count(status->session->store, status->rollout.id,
                                             status->waves.wave[i].number, status->wave_count[i], err);

        if (code)
            return code;
        for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
            status->count[state] += status->wave_count[i][state];
    }
    return GW_OK;
}

/* ---- JSON ---- */

static void gw_status_json_counts(struct gw_json *json, const uint64_t count[GW_STATE_COUNT])
{
    gw_json_int(json, "total", (int64_t)gw_status_sum(count, GW_STATE_WAITING));
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        gw_json_int(json, gw_state_name((enum gw_state)state), (int64_t)count[state]);
}

static void gw_status_json(struct gw_status *status)
{
    struct gw_json json;
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_json_init(&json, &buf);
    gw_json_open(&json, NULL, '{');
    gw_json_text(&json, "rollout", status->rollout.name);
    gw_json_text(&json, "state", gw_phase_name(status->rollout.phase));
    gw_json_text(&json, "reason", status->rollout.reason[0] ? status->rollout.reason : NULL);
    gw_json_open(&json, "targets", '{');
    gw_status_json_counts(&json, status->count);
    gw_json_close(&json, '}');
    gw_json_open(&json, "waves", '[');
    for (size_t i = 0; i < status->waves.n; i++) {
        gw_json_open(&json, NULL, '{');
        gw_json_text(&json, "name", status->waves.wave[i].name);
        gw_json_text(&json, "state", gw_phase_name(status->waves.wave[i].phase));
        gw_status_json_counts(&json, status->wave_count[i]);
        gw_json_close(&json, '}');
    }
    gw_json_close(&json, ']');
    gw_json_close(&json, '}');
    gw_buf_add_char(&buf, '\n');
    gw_sink_drain(&status->session->out, &buf);
    gw_buf_release(&buf);
}

/* ---- waves as rows ---- */

#define GW_STATUS_COLUMNS (4 + GW_STATE_COUNT - GW_STATE_WAITING)

static void gw_status_waves(struct gw_status *status, enum gw_output_format format)
{
    struct gw_output_column columns[GW_STATUS_COLUMNS] = {
        {.name = "rollout", .detail = true},
        {.name = "wave"},
        {.name = "state", .kind = GW_OUTPUT_WORD},
        {.name = "total", .kind = GW_OUTPUT_NUMBER},
    };
    struct gw_output *output;

    /* A table has room for the states that occur. */
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        columns[4 + state - GW_STATE_WAITING] =
            (struct gw_output_column){.name = gw_state_name((enum gw_state)state),
                                      .kind = GW_OUTPUT_NUMBER,
                                      .detail = status->count[state] == 0};
    output = gw_output_new(&status->session->out, format, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    for (size_t i = 0; i < status->waves.n; i++) {
        const struct gw_wave_row *wave = &status->waves.wave[i];
        const char *cells[GW_STATUS_COLUMNS] = {status->rollout.name, wave->name, gw_phase_name(wave->phase)};
        char text[GW_STATE_COUNT][24]; /* [0]: the sum */

        for (int state = GW_STATE_NONE; state < GW_STATE_COUNT; state++) {
            uint64_t count = state == GW_STATE_NONE ? gw_status_sum(status->wave_count[i], GW_STATE_WAITING)
                                                    : status->wave_count[i][state];

            (void)snprintf(text[state], sizeof(text[state]), "%" PRIu64, count);
            cells[3 + state] = text[state];
        }
        gw_output_row(output, cells);
    }
    gw_output_end(output);
}

/* ---- for people ---- */

/* Where it stands, in one sentence. */
static void gw_status_sentence(struct gw_buf *buf, const uint64_t count[GW_STATE_COUNT])
{
    uint64_t total = gw_status_sum(count, GW_STATE_WAITING), done = gw_status_sum(count, GW_STATE_SUCCEEDED);
    uint64_t good = count[GW_STATE_SUCCEEDED] + count[GW_STATE_SKIPPED];

    if (done < total) {
        gw_buf_addf(buf, "%" PRIu64 " of %" PRIu64 " devices have their outcome", done, total);
        if (done > good)
            gw_buf_addf(buf, ", %" PRIu64 " of them not the one that was wanted", done - good);
        gw_buf_add_text(buf, ".\n");
    } else if (good == total) {
        gw_buf_addf(buf, "All %" PRIu64 " devices are as desired.\n", total);
    } else {
        gw_buf_addf(buf, "All %" PRIu64 " devices have their outcome; %" PRIu64 " are not as desired.\n",
                    total, total - good);
    }
}

struct gw_status_others {
    struct gw_buf *buf;
    int64_t shown;
    unsigned n;
};

static bool gw_status_other(void *user, const struct gw_rollout_row *row)
{
    struct gw_status_others *others = user;

    if (row->id == others->shown)
        return true;
    if (others->n++ == GW_STATUS_OTHERS_MAX) {
        gw_buf_add_text(others->buf, "  ...\n");
        return false;
    }
    if (others->n == 1)
        gw_buf_add_text(others->buf, "\nother rollouts:\n");
    gw_buf_add_text(others->buf, "  ");
    gw_screen_text(others->buf, row->name);
    gw_buf_addf(others->buf, ": %s, %" PRIu32 " devices to ", gw_phase_name(row->phase), row->targets);
    gw_screen_text(others->buf, row->version);
    gw_buf_add_char(others->buf, '\n');
    return true;
}

static enum gw_code gw_status_people(struct gw_status *status, bool others, struct gw_err *err)
{
    struct gw_session *session = status->session;
    struct gw_buf buf;
    enum gw_code code;

    gw_buf_init(&buf, 0);
    gw_summary_title(&buf, &status->rollout);
    gw_status_sentence(&buf, status->count);
    gw_summary_counts(&buf, status->count, !status->rollout.verify);
    code = gw_summary_codes(session, status->rollout.id, &buf, err);
    gw_buf_add_char(&buf, '\n');
    if (code == GW_OK) {
        gw_sink_drain(&session->out, &buf);
        gw_status_waves(status, GW_OUTPUT_TABLE);
    }
    if (code == GW_OK && others) {
        struct gw_status_others job = {.buf = &buf, .shown = status->rollout.id};

        code = gw_rollouts_each(session->store, gw_status_other, &job, err);
        gw_sink_drain(&session->out, &buf);
    }
    gw_buf_release(&buf);
    return code;
}

static enum gw_code gw_status_print(struct gw_status *status, const char *name, struct gw_err *err)
{
    switch (status->session->format) {
    case GW_OUTPUT_JSON:
    case GW_OUTPUT_JSONL:
        gw_status_json(status);
        return GW_OK;
    case GW_OUTPUT_CSV:
        gw_status_waves(status, GW_OUTPUT_CSV);
        return GW_OK;
    case GW_OUTPUT_NONE:
    case GW_OUTPUT_TABLE:
        break;
    }
    return gw_status_people(status, name == NULL, err);
}

enum gw_code gw_status_show(struct gw_session *session, const char *name, struct gw_err *err)
{
    struct gw_status status = {.session = session};
    enum gw_code code = gw_summary_rollout(session, name, &status.rollout, err);

    if (code == GW_OK)
        code = gw_wave_names_load(session, status.rollout.id, &status.waves, err);
    if (code == GW_OK)
        code = gw_status_count(&status, err);
    if (code == GW_OK)
        code = gw_status_print(&status, name, err);
    if (code == GW_OK)
        gw_status_next(session, &status.rollout);
    free(status.wave_count);
    gw_wave_names_release(&status.waves);
    return code;
}
