/* One gateway's targets in one rollout: what is known, what was done and answered, and what happens next. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/app/screen.h"
#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/smartag/code.h"
#include "story.h"
#include "summary.h"

/* A copy of what is told of a target: rows live for one step only. */
struct gw_explain_target {
    uint32_t number, wave, sent;
    enum gw_state state;
    int64_t fence_unix_ms, ended_unix_ms;
    char gateway_id[GW_GATEWAY_ID_MAX], serial[GW_SERIAL_MAX], region[64], ha_role[16];
    char code[GW_CODE_MAX], reason[GW_REASON_MAX];
    char version_before[GW_VERSION_MAX], version_after[GW_VERSION_MAX];
};

struct gw_explain {
    struct gw_session *session;
    struct gw_rollout_row rollout;
    struct gw_wave_names waves;
    const char *gateway_id;
    struct gw_explain_target *target;
    size_t n;
};

#define GW_EXPLAIN_COPY(to, row, field) ((void)gw_text_copy((to)->field, sizeof((to)->field), (row)->field))

static bool gw_explain_collect(void *user, const struct gw_target_row *row)
{
    struct gw_explain *explain = user;
    struct gw_explain_target *target;

    if (!gw_text_equal(row->gateway_id, explain->gateway_id))
        return true;
    explain->target = gw_mem_resize(explain->target, explain->n + 1, sizeof(*explain->target));
    target = &explain->target[explain->n++];
    *target = (struct gw_explain_target){.number = row->number,
                                         .wave = row->wave,
                                         .sent = row->sent,
                                         .state = row->state,
                                         .fence_unix_ms = row->fence_unix_ms,
                                         .ended_unix_ms = row->ended_unix_ms};
    GW_EXPLAIN_COPY(target, row, gateway_id);
    GW_EXPLAIN_COPY(target, row, serial);
    GW_EXPLAIN_COPY(target, row, region);
    GW_EXPLAIN_COPY(target, row, ha_role);
    GW_EXPLAIN_COPY(target, row, code);
    GW_EXPLAIN_COPY(target, row, reason);
    GW_EXPLAIN_COPY(target, row, version_before);
    GW_EXPLAIN_COPY(target, row, version_after);
    return true;
}

/* ---- as rows ---- */

static const struct gw_output_column gw_explain_columns[] = {
    {"gateway_id", GW_OUTPUT_TEXT, false}, {"serial", GW_OUTPUT_TEXT, false},
    {"at", GW_OUTPUT_TEXT, false},         {"kind", GW_OUTPUT_TEXT, false},
    {"attempt", GW_OUTPUT_NUMBER, false},  {"proof", GW_OUTPUT_TEXT, false},
    {"code", GW_OUTPUT_TEXT, false},       {"meaning", GW_OUTPUT_TEXT, false},
    {"advice", GW_OUTPUT_TEXT, false},     {"request_id", GW_OUTPUT_TEXT, false},
    {"text", GW_OUTPUT_TEXT, false},
};

static const char *gw_explain_cell(const char *text)
{
    return text[0] ? text : NULL;
}

static void gw_explain_rows(struct gw_output *output, const struct gw_explain_target *target,
                            const struct gw_story *story)
{
    for (size_t i = 0; i < story->n; i++) {
        const struct gw_moment *moment = &story->moment[i];
        const struct gw_code_entry *entry = moment->code[0] ? gw_code_find(moment->code) : NULL;
        char at[GW_WHEN_TEXT_SIZE], attempt[16];
        const char *cells[GW_COUNT_OF(gw_explain_columns)] = {
            target->gateway_id,
            gw_explain_cell(target->serial),
            gw_explain_cell(gw_summary_when(moment->at_unix_ms, at)),
            moment->kind,
            moment->attempt ? attempt : NULL,
            gw_explain_cell(moment->proof),
            gw_explain_cell(moment->code),
            entry ? entry->meaning : NULL,
            entry ? entry->advice : NULL,
            gw_explain_cell(moment->request_id),
            gw_explain_cell(moment->text),
        };

        (void)snprintf(attempt, sizeof(attempt), "%" PRIu32, moment->attempt);
        if (!gw_output_row(output, cells))
            return;
    }
}

/* ---- for people ---- */

/* Adds lead, text and trail when there is text. */
static void gw_explain_add(struct gw_buf *buf, const char *lead, const char *text, const char *trail)
{
    if (!text[0])
        return;
    gw_buf_add_text(buf, lead);
    gw_screen_text(buf, text);
    gw_buf_add_text(buf, trail);
}

static void gw_explain_moment(struct gw_buf *buf, const struct gw_moment *moment)
{
    const struct gw_code_entry *entry = moment->code[0] ? gw_code_find(moment->code) : NULL;
    char at[GW_WHEN_TEXT_SIZE];

    gw_buf_addf(buf, "  %-20s  ", gw_summary_when(moment->at_unix_ms, at));
    if (moment->attempt)
        gw_buf_addf(buf, "attempt %" PRIu32 " ", moment->attempt);
    gw_screen_text(buf, moment->kind);
    gw_explain_add(buf, ": ", moment->proof, "");
    gw_explain_add(buf, ", ", moment->code, "");
    if (entry)
        gw_buf_addf(buf, " (%s)", entry->meaning);
    gw_explain_add(buf, moment->proof[0] ? "; " : ": ", moment->text, "");
    gw_explain_add(buf, "; request id ", moment->request_id, "");
    gw_buf_add_char(buf, '\n');
}

/* What the target's state means for what comes. */
static void gw_explain_next(struct gw_buf *buf, const struct gw_explain *explain,
                            const struct gw_explain_target *target)
{
    char fence[GW_WHEN_TEXT_SIZE];

    gw_buf_add_text(buf, "  what happens next: ");
    gw_summary_when(target->fence_unix_ms, fence);
    switch (target->state) {
    case GW_STATE_WAITING:
        gw_buf_add_text(buf, target->sent ? "it waits for its next try" : "it waits for its turn");
        break;
    case GW_STATE_IN_FLIGHT:
        gw_buf_addf(
            buf,
            "its call is under way, or its answer was lost when the run was cut off; only reads after %s"
            " can allow another call",
            fence);
        break;
    case GW_STATE_UPGRADING:
        gw_buf_add_text(buf, "reads watch it until it is online at the version, or taken as stuck");
        break;
    case GW_STATE_IN_DOUBT:
        gw_buf_addf(
            buf,
            "nobody knows yet whether the last call took effect; it is not called again before two reads"
            " after %s agree that it did not",
            fence);
        break;
    case GW_STATE_SUCCEEDED:
        gw_buf_add_text(buf, explain->rollout.verify ? "nothing, it is done"
                                                     : "nothing; accepted only, verification was off");
        break;
    case GW_STATE_SKIPPED:
        gw_buf_add_text(buf, "nothing, it needed no upgrade");
        break;
    case GW_STATE_UNRESOLVED:
        gw_buf_add_text(
            buf, "nothing in this rollout; look at the device in the vendor's console first, a new rollout"
                 " reads its version before it calls");
        break;
    default:
        gw_buf_add_text(buf, "nothing in this rollout; a new rollout tries it again");
    }
    gw_buf_add_char(buf, '\n');
}

static void gw_explain_people(struct gw_buf *buf, const struct gw_explain *explain,
                              const struct gw_explain_target *target, const struct gw_story *story)
{
    const struct gw_code_entry *entry = target->code[0] ? gw_code_find(target->code) : NULL;

    gw_explain_add(buf, "gateway ", target->gateway_id, "");
    gw_explain_add(buf, ", device ", target->serial, "");
    gw_explain_add(buf, " (", target->ha_role, ")");
    gw_explain_add(buf, ", ", target->region, "");
    gw_explain_add(buf, ", wave ", gw_wave_names_find(&explain->waves, target->wave), "");
    gw_buf_addf(buf, ": %s", gw_state_name(target->state));
    gw_explain_add(buf, ", ", target->code, "");
    gw_buf_addf(buf, ", %" PRIu32 " attempt%s\n", target->sent, target->sent == 1 ? "" : "s");
    gw_explain_add(buf, "  why: ", gw_summary_reason(target->reason, target->code), "\n");
    if (entry)
        gw_explain_add(buf, "  do: ", entry->advice, "\n");
    gw_explain_add(buf, "  version before: ", target->version_before, "\n");
    gw_explain_add(buf, "  version after: ", target->version_after, "\n");
    for (size_t i = 0; i < story->n; i++)
        gw_explain_moment(buf, &story->moment[i]);
    gw_explain_next(buf, explain, target);
}

/* ---- */

static enum gw_code gw_explain_tell(struct gw_explain *explain, struct gw_err *err)
{
    struct gw_session *session = explain->session;
    bool people = session->format == GW_OUTPUT_NONE || session->format == GW_OUTPUT_TABLE;
    struct gw_output *output = NULL;
    enum gw_code code = GW_OK;
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    if (people)
        gw_summary_title(&buf, &explain->rollout);
    else
        output = gw_output_new(&session->out, session->format, GW_OUTPUT_ROWS, gw_explain_columns,
                               GW_COUNT_OF(gw_explain_columns));
    for (size_t i = 0; code == GW_OK && i < explain->n; i++) {
        struct gw_story story = {0};

        code = gw_story_load(session, explain->rollout.id, explain->target[i].number, &story, err);
        if (code == GW_OK && people) {
            gw_buf_add_char(&buf, '\n');
            gw_explain_people(&buf, explain, &explain->target[i], &story);
        } else if (code == GW_OK) {
            gw_explain_rows(output, &explain->target[i], &story);
        }
        gw_story_release(&story);
    }
    gw_output_end(output);
    gw_sink_drain(&session->out, &buf);
    gw_buf_release(&buf);
    return code;
}

enum gw_code gw_explain_show(struct gw_session *session, const char *name, const char *gateway_id,
                             struct gw_err *err)
{
    struct gw_explain explain = {.session = session, .gateway_id = gateway_id};
    enum gw_code code = gw_summary_rollout(session, name, &explain.rollout, err);

    if (code == GW_OK)
        code = gw_wave_names_load(session, explain.rollout.id, &explain.waves, err);
    if (code == GW_OK)
        code = gw_targets_each(session->store, explain.rollout.id, false, gw_explain_collect, &explain, err);
    if (code == GW_OK && explain.n == 0)
        code = gw_err_set(err, GW_ERR_NOT_FOUND,
                          "gateway %s is not in rollout %s: the selection was frozen without it", gateway_id,
                          explain.rollout.name);
    if (code == GW_OK)
        code = gw_explain_tell(&explain, err);
    free(explain.target);
    gw_wave_names_release(&explain.waves);
    return code;
}
