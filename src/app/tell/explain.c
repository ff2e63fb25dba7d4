/*
 * One gateway's targets in one rollout: what is known, what was done and answered, what it waits for, and what happens next.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "afterwards.h"
#include "clock.h"
#include "gatewave/app/screen.h"
#include "gatewave/app/status.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/smartag/code.h"
#include "gatewave/store/control.h"
#include "gatewave/store/inventory.h"
#include "standing.h"
#include "story.h"
#include "summary.h"
#include "told.h"
#include "whynot.h"

struct gw_explain {
    struct gw_session *session;
    struct gw_standing standing;
    struct gw_spec spec; /* as it was frozen */
    const char *gateway_id;
    struct gw_buf name;            /* what the inventory calls it today */
    struct gw_told_target *target; /* one, or the two of a pair */
    struct gw_crowd_seen *crowd;   /* by index in target */
    size_t n;
};

static bool gw_explain_collect(void *user, const struct gw_target_row *row)
{
    struct gw_explain *explain = user;

    if (!gw_text_equal(row->gateway_id, explain->gateway_id))
        return true;
    explain->target = gw_mem_resize(explain->target, explain->n + 1, sizeof(*explain->target));
    gw_told_target_copy(&explain->target[explain->n++], row);
    return true;
}

static void gw_explain_name(void *user, const struct gw_gateway *gateway)
{
    struct gw_explain *explain = user;

    gw_buf_add_text(&explain->name, gateway->name);
}

static bool gw_explain_see(void *user, const struct gw_target_row *row)
{
    struct gw_explain *explain = user;

    for (size_t i = 0; i < explain->n; i++)
        gw_crowd_see(&explain->crowd[i], &explain->target[i], row);
    return true;
}

/* It got there, or was there already. */
static bool gw_explain_is_well(const struct gw_told_target *target)
{
    return target->state == GW_STATE_SUCCEEDED || target->state == GW_STATE_SKIPPED;
}

/* ---- orders ---- */

struct gw_explain_orders {
    struct gw_explain *explain;
    const struct gw_told_target *target;
    struct gw_facts *facts;
    enum gw_code code;
    struct gw_err *err;
};

/* Whether the target is among those that an order has left out. */
static bool gw_explain_is_left_out(struct gw_explain_orders *orders, int64_t order)
{
    uint32_t *number = NULL, n = 0;
    bool found = false;

    orders->code = gw_order_targets(orders->explain->session->store, order, &number, &n, orders->err);
    for (uint32_t i = 0; i < n; i++)
        found = found || number[i] == orders->target->number;
    free(number);
    return found;
}

/* An order touches the target that it ended; one without an answer may yet. */
static bool gw_explain_touches(struct gw_explain_orders *orders, const struct gw_order_row *row)
{
    if (!row->answered_unix_ms)
        return !gw_state_is_outcome(orders->target->state);
    if (!row->accepted)
        return false;
    if (row->kind == GW_ORDER_ABORT)
        return gw_text_equal(orders->target->code, "aborted");
    return row->kind == GW_ORDER_RESUME && gw_text_equal(orders->target->code, "left_out") &&
           gw_explain_is_left_out(orders, row->id);
}

static bool gw_explain_order(void *user, const struct gw_order_row *row)
{
    struct gw_explain_orders *orders = user;
    const char *link = row->kind == GW_ORDER_RESUME ? " --without " : " ";

    if (gw_explain_touches(orders, row))
        gw_facts_add(orders->facts, "order", row->at_unix_ms, "%s%s%s by %s%s%s%s%s",
                     gw_order_name(row->kind), row->argument[0] ? link : "", row->argument, row->by,
                     row->reason[0] ? ": " : "", row->reason,
                     row->answered_unix_ms ? "; " : "; no run has taken it yet", row->answer);
    return orders->code == GW_OK;
}

/*
 * The last read of a device that did not get there is no version after an upgrade: it may be what the cloud still lists of one
 * that is gone. Reads are not kept one by one; how often there was one is what the rollout asked for.
 */
static void gw_explain_read(const struct gw_explain *explain, const struct gw_told_target *target,
                            struct gw_facts *facts)
{
    char every[32], after[32];

    if (gw_explain_is_well(target) || !target->version_after[0])
        return;
    if (target->signed_unix_ms == 0 || target->ended_unix_ms < target->signed_unix_ms) {
        gw_facts_add(facts, "read", target->ended_unix_ms, "the cloud told of version %s",
                     target->version_after);
        return;
    }
    gw_duration_text(explain->spec.every_ms, every, sizeof(every));
    gw_duration_text((uint64_t)(target->ended_unix_ms - target->signed_unix_ms) / 1000 * 1000, after,
                     sizeof(after));
    gw_facts_add(facts, "read", target->ended_unix_ms,
                 "the cloud told of version %s, %s after the call; until then it was to be read every %s",
                 target->version_after, after, every);
}

/* What is to be said of one target besides its story. */
static enum gw_code gw_explain_facts(struct gw_explain *explain, size_t i, struct gw_facts *facts,
                                     struct gw_err *err)
{
    struct gw_held held = {0};
    const struct gw_whynot why = {
        .standing = &explain->standing,
        .spec = &explain->spec,
        .now_unix_ms = gw_clock_unix_ms(),
        .target = &explain->target[i],
        .mate = explain->n == 2 ? &explain->target[1 - i] : NULL,
        .crowd = &explain->crowd[i],
        .held = &held,
    };
    struct gw_explain_orders orders = {
        .explain = explain, .target = &explain->target[i], .facts = facts, .err = err};
    enum gw_code code;

    gw_explain_read(explain, why.target, facts);
    code = gw_orders_each(explain->session->store, explain->standing.rollout.id, false, gw_explain_order,
                          &orders, err);
    if (code == GW_OK)
        code = orders.code;
    if (code == GW_OK)
        code = gw_held_read(explain->session->store, why.target->gateway_id, why.now_unix_ms, &held, err);
    if (code == GW_OK && why.target->state == GW_STATE_WAITING)
        gw_whynot_tell(&why, facts);
    else if (code == GW_OK)
        gw_afterwards_tell(&explain->standing, why.target, facts);
    return code;
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

static void gw_explain_rows(struct gw_output *output, const struct gw_told_target *target,
                            const struct gw_story *story, const struct gw_facts *facts)
{
    for (size_t i = 0; i < story->n; i++) {
        const struct gw_moment *moment = &story->moment[i];
        const struct gw_code_entry *entry = gw_code_find(moment->code);
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
        gw_output_row(output, cells);
    }
    for (size_t i = 0; i < facts->n; i++) {
        const struct gw_fact *fact = &facts->fact[i];
        char at[GW_WHEN_TEXT_SIZE];
        const char *cells[GW_COUNT_OF(gw_explain_columns)] = {
            target->gateway_id,
            gw_explain_cell(target->serial),
            gw_explain_cell(gw_summary_when(fact->at_unix_ms, at)),
            fact->kind,
        };

        cells[GW_COUNT_OF(gw_explain_columns) - 1] = fact->text;
        gw_output_row(output, cells);
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
    const struct gw_code_entry *entry = gw_code_find(moment->code);
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

static const char *gw_explain_kind(const char *kind)
{
    return gw_text_equal(kind, "next")   ? "what happens next"
           : gw_text_equal(kind, "read") ? "last read"
                                         : kind;
}

static void gw_explain_fact(struct gw_buf *buf, const struct gw_fact *fact)
{
    char at[GW_WHEN_TEXT_SIZE];

    gw_buf_addf(buf, "  %s: ", gw_explain_kind(fact->kind));
    gw_explain_add(buf, "", gw_summary_when(fact->at_unix_ms, at), " ");
    gw_screen_text(buf, fact->text);
    gw_buf_add_char(buf, '\n');
}

static void gw_explain_people(struct gw_buf *buf, const struct gw_explain *explain,
                              const struct gw_told_target *target, const struct gw_story *story,
                              const struct gw_facts *facts)
{
    const struct gw_code_entry *entry = gw_code_find(target->code);

    gw_buf_add_char(buf, '\n');
    gw_explain_add(buf, "gateway ", target->gateway_id, "");
    gw_explain_add(buf, ", device ", target->serial, "");
    gw_explain_add(buf, " (", target->ha_role, ")");
    gw_explain_add(buf, ", ", gw_buf_text(&explain->name), "");
    gw_explain_add(buf, ", site ", target->site, "");
    gw_explain_add(buf, ", ", target->region, "");
    gw_explain_add(buf, ", wave ", gw_wave_names_find(&explain->standing.waves, target->wave), "");
    gw_buf_addf(buf, ": %s", gw_state_name(target->state));
    gw_explain_add(buf, ", ", target->code, "");
    gw_buf_addf(buf, ", %" PRIu32 " attempt%s\n", target->sent, target->sent == 1 ? "" : "s");
    gw_explain_add(buf, "  why: ", gw_summary_reason(target->reason, target->code), "\n");
    if (entry)
        gw_explain_add(buf, "  do: ", entry->advice, "\n");
    gw_explain_add(buf, "  version before: ", target->version_before, "\n");
    if (gw_explain_is_well(target))
        gw_explain_add(buf, "  version after: ", target->version_after, "\n");
    for (size_t i = 0; i < story->n; i++)
        gw_explain_moment(buf, &story->moment[i]);
    for (size_t i = 0; i < facts->n; i++)
        gw_explain_fact(buf, &facts->fact[i]);
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
        gw_standing_head(&explain->standing, &buf);
    else
        output = gw_output_new(&session->out, session->format, GW_OUTPUT_ROWS, gw_explain_columns,
                               GW_COUNT_OF(gw_explain_columns));
    for (size_t i = 0; code == GW_OK && i < explain->n; i++) {
        struct gw_facts facts = {0};
        struct gw_story story = {0};

        code = gw_story_load(session, explain->standing.rollout.id, explain->target[i].number, &story, err);
        if (code == GW_OK)
            code = gw_explain_facts(explain, i, &facts, err);
        if (code == GW_OK && people)
            gw_explain_people(&buf, explain, &explain->target[i], &story, &facts);
        else if (code == GW_OK)
            gw_explain_rows(output, &explain->target[i], &story, &facts);
        gw_facts_release(&facts);
        gw_story_release(&story);
    }
    gw_output_end(output);
    if (code == GW_OK)
        gw_sink_drain(&session->out, &buf);
    gw_buf_release(&buf);
    return code;
}

static enum gw_code gw_explain_load(struct gw_explain *explain, struct gw_err *err)
{
    struct gw_session *session = explain->session;
    const struct gw_rollout_row *rollout = &explain->standing.rollout;
    enum gw_code code;
    char *text;

    code = gw_targets_each(session->store, rollout->id, false, gw_explain_collect, explain, err);
    if (code == GW_OK && explain->n == 0)
        return gw_err_set(err, GW_ERR_NOT_FOUND,
                          "gateway %s is not in rollout %s: the selection was frozen without it",
                          explain->gateway_id, rollout->name);
    if (code != GW_OK)
        return code;
    explain->crowd = gw_mem_new(explain->n, sizeof(*explain->crowd));
    code = gw_targets_each(session->store, rollout->id, true, gw_explain_see, explain, err);
    if (code == GW_OK)
        code = gw_gateway_find(session->store, explain->gateway_id, gw_explain_name, explain, err);
    if (code == GW_OK)
        code = gw_rollout_spec(session->store, rollout->id, &text, err);
    if (code != GW_OK)
        return code;
    code = gw_spec_parse(text, strlen(text), "the database", &explain->spec, &session->problems, err);
    free(text);
    return code;
}

enum gw_code gw_explain_show(struct gw_session *session, const char *name, const char *gateway_id,
                             struct gw_err *err)
{
    struct gw_explain *explain = gw_mem_new(1, sizeof(*explain));
    struct gw_rollout_row rollout;
    enum gw_code code = gw_summary_rollout(session, name, &rollout, err);

    *explain = (struct gw_explain){.session = session, .gateway_id = gateway_id};
    gw_buf_init(&explain->name, 0);
    if (code == GW_OK)
        code = gw_standing_load(session->store, &rollout, &explain->standing, err);
    if (code == GW_OK)
        code = gw_explain_load(explain, err);
    if (code == GW_OK)
        code = gw_explain_tell(explain, err);
    gw_buf_release(&explain->name);
    gw_spec_release(&explain->spec);
    gw_standing_release(&explain->standing);
    free(explain->target);
    free(explain->crowd);
    free(explain);
    return code;
}
