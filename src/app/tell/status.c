/*
 * One screen about a rollout: where it stands and why, how many targets are where in each wave, what went wrong, which
 * orders wait, and what a person does next.
 */
#include "gatewave/app/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/when.h"
#include "gatewave/store/control.h"
#include "standing.h"
#include "status_json.h"
#include "summary.h"
#include "waits.h"

#define GW_STATUS_OTHERS_MAX 10

/* ---- waves as rows ---- */

enum {
    GW_STATUS_ROLLOUT,
    GW_STATUS_NUMBER,
    GW_STATUS_WAVE,
    GW_STATUS_STATE,
    GW_STATUS_TOTAL,
    GW_STATUS_COUNTS, /* one for each state from here on */
    GW_STATUS_VERDICT = GW_STATUS_COUNTS + GW_STATE_COUNT - GW_STATE_WAITING,
    GW_STATUS_SOAK_UNTIL,
    GW_STATUS_EVIDENCE,
    GW_STATUS_COLUMNS
};

/* A table has room for the states that occur, and for what has been said of a wave. */
static void gw_status_columns(const struct gw_standing *standing,
                              struct gw_output_column ret[GW_STATUS_COLUMNS])
{
    bool judged = standing->judged.n > 0, soaks = false;

    for (size_t i = 0; i < standing->waves.n; i++) {
        soaks = soaks || standing->waves.wave[i].soak_until_unix_ms != 0;
    }
    ret[GW_STATUS_ROLLOUT] = (struct gw_output_column){.name = "rollout", .detail = true};
    ret[GW_STATUS_NUMBER] = (struct gw_output_column){.name = "number", .kind = GW_OUTPUT_NUMBER};
    ret[GW_STATUS_WAVE] = (struct gw_output_column){.name = "wave"};
    ret[GW_STATUS_STATE] = (struct gw_output_column){.name = "state", .kind = GW_OUTPUT_WORD};
    ret[GW_STATUS_TOTAL] = (struct gw_output_column){.name = "total", .kind = GW_OUTPUT_NUMBER};
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        ret[GW_STATUS_COUNTS + state - GW_STATE_WAITING] =
            (struct gw_output_column){.name = gw_state_name((enum gw_state)state),
                                      .kind = GW_OUTPUT_NUMBER,
                                      .detail = standing->count[state] == 0};
    ret[GW_STATUS_VERDICT] =
        (struct gw_output_column){.name = "verdict", .kind = GW_OUTPUT_WORD, .detail = !judged};
    ret[GW_STATUS_SOAK_UNTIL] = (struct gw_output_column){.name = "soak_until", .detail = !soaks};
    ret[GW_STATUS_EVIDENCE] = (struct gw_output_column){.name = "evidence", .detail = true};
}

/* A person is told all that was said of the wave, a program the last word, as ever. */
static void gw_status_verdict(const struct gw_standing *standing, const struct gw_wave_row *wave, bool people,
                              struct gw_buf *buf)
{
    if (people)
        gw_judged_tell(&standing->judged, wave->number, buf);
    else
        gw_buf_add_text(buf, gw_verdict_name(wave->verdict));
}

static void gw_status_wave(struct gw_output *output, const struct gw_standing *standing, size_t i,
                           bool people)
{
    const struct gw_wave_row *wave = &standing->waves.wave[i];
    char number[16], total[24], count[GW_STATE_COUNT][24], soak[GW_WHEN_TEXT_SIZE];
    const char *cells[GW_STATUS_COLUMNS] = {
        [GW_STATUS_ROLLOUT] = standing->rollout.name,
        [GW_STATUS_NUMBER] = number,
        [GW_STATUS_WAVE] = wave->name,
        [GW_STATUS_STATE] = gw_phase_name(wave->phase),
        [GW_STATUS_TOTAL] = total,
        [GW_STATUS_SOAK_UNTIL] = wave->soak_until_unix_ms ? soak : NULL,
        [GW_STATUS_EVIDENCE] = wave->evidence[0] ? wave->evidence : NULL,
    };
    struct gw_buf verdict;
    uint64_t sum = 0;

    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++) {
        (void)snprintf(count[state], sizeof(count[state]), "%" PRIu64, standing->wave_count[i][state]);
        cells[GW_STATUS_COUNTS + state - GW_STATE_WAITING] = count[state];
        sum += standing->wave_count[i][state];
    }
    (void)snprintf(number, sizeof(number), "%" PRIu32, wave->number);
    (void)snprintf(total, sizeof(total), "%" PRIu64, sum);
    (void)gw_summary_when(wave->soak_until_unix_ms, soak);
    gw_buf_init(&verdict, 0);
    gw_status_verdict(standing, wave, people, &verdict);
    cells[GW_STATUS_VERDICT] = verdict.len ? gw_buf_text(&verdict) : NULL;
    gw_output_row(output, cells);
    gw_buf_release(&verdict);
}

static void gw_status_waves(struct gw_session *session, const struct gw_standing *standing,
                            enum gw_output_format format)
{
    struct gw_output_column columns[GW_STATUS_COLUMNS];
    struct gw_output *output;

    gw_status_columns(standing, columns);
    output = gw_output_new(&session->out, format, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    for (size_t i = 0; i < standing->waves.n; i++)
        gw_status_wave(output, standing, i, format == GW_OUTPUT_TABLE);
    gw_output_end(output);
}

/* ---- for people ---- */

struct gw_status_list {
    struct gw_buf *buf;
    int64_t shown; /* the rollout that the screen is about */
    unsigned n;
};

static bool gw_status_order(void *user, const struct gw_order_row *row)
{
    struct gw_status_list *list = user;
    char when[GW_WHEN_TEXT_SIZE];

    if (list->n++ == 0)
        gw_buf_add_text(list->buf, "\norders that no run has taken yet:\n");
    gw_buf_addf(list->buf, "  %s ", gw_order_name(row->kind));
    if (row->argument[0]) {
        gw_screen_text(list->buf, row->argument);
        gw_buf_add_char(list->buf, ' ');
    }
    gw_buf_add_text(list->buf, "by ");
    gw_screen_text(list->buf, row->by);
    gw_buf_addf(list->buf, ", %s", gw_summary_when(row->at_unix_ms, when));
    if (row->reason[0]) {
        gw_buf_add_text(list->buf, ": ");
        gw_screen_text(list->buf, row->reason);
    }
    gw_buf_add_char(list->buf, '\n');
    return true;
}

static bool gw_status_other(void *user, const struct gw_rollout_row *row)
{
    struct gw_status_list *list = user;

    if (row->id == list->shown)
        return true;
    if (list->n++ == GW_STATUS_OTHERS_MAX) {
        gw_buf_add_text(list->buf, "  ...\n");
        return false;
    }
    if (list->n == 1)
        gw_buf_add_text(list->buf, "\nother rollouts:\n");
    gw_buf_add_text(list->buf, "  ");
    gw_screen_text(list->buf, row->name);
    gw_buf_addf(list->buf, ": %s, %" PRIu32 " devices to ", gw_phase_name(row->phase), row->targets);
    gw_screen_text(list->buf, row->version);
    gw_buf_add_char(list->buf, '\n');
    return true;
}

/* What a rollout that goes on waits for, in a line of its own. */
static enum gw_code gw_status_waits(struct gw_session *session, const struct gw_standing *standing,
                                    struct gw_buf *buf, struct gw_err *err)
{
    struct gw_spec *spec;
    struct gw_buf waits;
    char *text;
    enum gw_code code;

    if (standing->rollout.phase != GW_PHASE_RUNNING)
        return GW_OK;
    code = gw_rollout_spec(session->store, standing->rollout.id, &text, err);
    if (code)
        return code;
    spec = gw_mem_new(1, sizeof(*spec));
    gw_buf_init(&waits, 0);
    code = gw_spec_parse(text, strlen(text), "the database", spec, &session->problems, err);
    if (code == GW_OK) {
        code = gw_waits_tell(session->store, standing, spec, gw_clock_unix_ms(), &waits, err);
        gw_spec_release(spec);
    }
    if (code == GW_OK && waits.len)
        gw_buf_addf(buf, "  waits: %s\n", gw_buf_text(&waits));
    gw_buf_release(&waits);
    free(spec);
    free(text);
    return code;
}

/* Where it stands; the sentence of one that goes on or is over has the progress in it already. */
static void gw_status_head(const struct gw_standing *standing, struct gw_buf *buf)
{
    enum gw_phase phase = standing->rollout.phase;
    bool told = phase == GW_PHASE_FINISHED || phase == GW_PHASE_RUNNING || phase == GW_PHASE_SOAKING;
    size_t at;

    gw_standing_head(standing, buf);
    if (!told) {
        at = buf->len;
        gw_standing_progress(standing, buf);
        gw_summary_begin(buf, at);
        gw_buf_add_text(buf, ".\n");
    }
    if (standing->unattended)
        gw_buf_add_text(buf,
                        "No process runs it: nothing is called and nothing is watched until one does.\n");
    gw_summary_counts(buf, standing->count, !standing->rollout.verify);
}

static enum gw_code gw_status_people(struct gw_session *session, const struct gw_standing *standing,
                                     bool others, struct gw_err *err)
{
    struct gw_status_list orders = {0}, rollouts = {.shown = standing->rollout.id};
    struct gw_buf buf;
    enum gw_code code;

    gw_buf_init(&buf, 0);
    orders.buf = rollouts.buf = &buf;
    gw_status_head(standing, &buf);
    code = gw_status_waits(session, standing, &buf, err);
    if (code == GW_OK)
        code = gw_summary_codes(session, standing->rollout.id, &buf, err);
    gw_buf_add_char(&buf, '\n');
    if (code == GW_OK) {
        gw_sink_drain(&session->out, &buf);
        gw_status_waves(session, standing, GW_OUTPUT_TABLE);
        code = gw_orders_each(session->store, standing->rollout.id, true, gw_status_order, &orders, err);
    }
    if (code == GW_OK && others)
        code = gw_rollouts_each(session->store, gw_status_other, &rollouts, err);
    if (code == GW_OK)
        gw_sink_drain(&session->out, &buf);
    gw_buf_release(&buf);
    return code;
}

/* ---- */

/* "gatewave rollback os-2.4.0 takes back the whole rollout (...)". */
static void gw_status_choice(const struct gw_session *session, const struct gw_standing *standing,
                             const struct gw_choice *choice, const char *between, struct gw_buf *buf)
{
    gw_buf_addf(buf, "%s ", session->program);
    gw_standing_command(standing, choice, buf);
    if (choice->does)
        gw_buf_addf(buf, "%s%s", between, choice->does);
    if (!choice->whole)
        return;
    gw_buf_add_char(buf, ' ');
    gw_standing_whole(standing, false, buf);
}

/* The closing line, and what else there is to do where a person has to decide. */
static void gw_status_ways(struct gw_session *session, const struct gw_standing *standing)
{
    enum gw_way way = gw_standing_way(standing);
    const struct gw_choice *choice = gw_way_choices(way);
    struct gw_buf words;

    gw_buf_init(&words, 0);
    gw_standing_next(standing, &words);
    gw_session_next(session, "%s", gw_buf_text(&words));
    gw_buf_reset(&words);
    if (gw_way_looks_first(way)) {
        gw_status_choice(session, standing, &choice[0], " ", &words);
        gw_buf_add_text(&words, ", ");
        gw_status_choice(session, standing, &choice[1], " ", &words);
        gw_session_say(session, "then: %s", gw_buf_text(&words));
    } else if (choice[1].verb) {
        gw_status_choice(session, standing, &choice[1], ", ", &words);
        gw_session_say(session, "or: %s", gw_buf_text(&words));
    }
    gw_buf_release(&words);
}

enum gw_code gw_status_sentence(struct gw_store *store, const struct gw_rollout_row *row, struct gw_buf *buf,
                                struct gw_err *err)
{
    struct gw_standing standing;
    enum gw_code code = gw_standing_load(store, row, &standing, err);

    if (code)
        return code;
    gw_standing_sentence(&standing, buf);
    gw_standing_release(&standing);
    return GW_OK;
}

enum gw_code gw_status_next(struct gw_store *store, const struct gw_rollout_row *row, struct gw_buf *buf,
                            struct gw_err *err)
{
    struct gw_standing standing;
    enum gw_code code = gw_standing_load(store, row, &standing, err);

    if (code)
        return code;
    gw_standing_next(&standing, buf);
    gw_standing_release(&standing);
    return GW_OK;
}

enum gw_code gw_status_show(struct gw_session *session, const char *name, struct gw_err *err)
{
    struct gw_rollout_row rollout;
    struct gw_standing standing;
    enum gw_code code = gw_summary_rollout(session, name, &rollout, err);

    if (code == GW_OK)
        code = gw_standing_load(session->store, &rollout, &standing, err);
    if (code)
        return code;
    switch (session->format) {
    case GW_OUTPUT_JSON:
    case GW_OUTPUT_JSONL:
        code = gw_status_json(session, &standing, err);
        break;
    case GW_OUTPUT_CSV:
        gw_status_waves(session, &standing, GW_OUTPUT_CSV);
        break;
    case GW_OUTPUT_NONE:
    case GW_OUTPUT_TABLE:
        code = gw_status_people(session, &standing, name == NULL, err);
        break;
    }
    if (code == GW_OK)
        gw_status_ways(session, &standing);
    gw_standing_release(&standing);
    return code;
}
