/*
 * The morning page: one rollout in Markdown, for a mail, a ticket or a terminal. First what a person has to know, last
 * the command to paste; what did not happen is not mentioned.
 */
#include <inttypes.h>
#include <stdio.h>

#include "gatewave/app/screen.h"
#include "gatewave/app/status.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/when.h"

#include "culprit.h"
#include "evidence.h"
#include "markdown.h"
#include "morning.h"
#include "summary.h"

/* So many causes are told of; a page with more is no page. */
#define CAUSES_MOST 20

struct gw_page {
    struct gw_buf *buf;
    const struct gw_morning *morning;
    const char *program;
};

/* ---- parts of lines ---- */

/* Text that is escaped for the screen already and may hold foreign words. */
static void gw_page_words(struct gw_page *page, void (*tell)(const struct gw_standing *, struct gw_buf *))
{
    struct gw_buf words;

    gw_buf_init(&words, 0);
    tell(&page->morning->standing, &words);
    gw_summary_begin(&words, 0);
    gw_markdown_text(page->buf, gw_buf_text(&words));
    gw_buf_release(&words);
}

static void gw_page_devices(struct gw_page *page, const struct gw_morning_devices *devices)
{
    for (size_t i = 0; i < devices->named; i++) {
        gw_buf_add_text(page->buf, i ? ", " : "");
        gw_markdown_code(page->buf, devices->gateway_id[i]);
    }
    if (devices->named == GW_MORNING_NAMED && devices->n > GW_MORNING_NAMED)
        gw_buf_add_text(page->buf, ", ...");
}

static void gw_page_took(struct gw_page *page, uint64_t took_ms)
{
    char took[32];

    gw_duration_text(took_ms, took, sizeof(took));
    gw_buf_add_text(page->buf, took_ms ? took : "–");
}

/* ---- head ---- */

static void gw_page_head(struct gw_page *page)
{
    const struct gw_rollout_row *rollout = &page->morning->standing.rollout;
    char when[GW_WHEN_TEXT_SIZE];

    gw_buf_add_text(page->buf, "# Rollout ");
    gw_markdown_text(page->buf, rollout->name);
    gw_buf_add_text(page->buf, " to ");
    gw_markdown_text(page->buf, rollout->version);
    gw_buf_addf(page->buf, ": %s\n\n", gw_phase_name(rollout->phase));
    gw_page_words(page, gw_standing_sentence);
    gw_buf_addf(page->buf, ".\n\n- type %s, %" PRIu32 " devices in %zu wave%s, begun by ",
                rollout->dpi ? "Dpi" : "Device", rollout->targets, page->morning->standing.waves.n,
                page->morning->standing.waves.n == 1 ? "" : "s");
    gw_markdown_text(page->buf, rollout->created_by);
    gw_buf_addf(page->buf, "\n- started %s",
                rollout->started_unix_ms ? gw_summary_when(rollout->started_unix_ms, when) : "not yet");
    if (rollout->ended_unix_ms)
        gw_buf_addf(page->buf, ", ended %s", gw_summary_when(rollout->ended_unix_ms, when));
    if (page->morning->now.took_ms) {
        gw_buf_addf(page->buf, ", %s ", rollout->ended_unix_ms ? "took" : "last outcome after");
        gw_page_took(page, page->morning->now.took_ms);
    }
    gw_buf_add_text(page->buf, "\n");
    if (!rollout->verify)
        gw_buf_add_text(page->buf, "- verification was off: succeeded means accepted only\n");
}

static void gw_page_counts(struct gw_page *page, const char *title, enum gw_state first, enum gw_state last)
{
    const uint64_t *count = page->morning->now.count;
    char share[GW_SHARE_TEXT_SIZE];
    bool any = false;

    for (int state = (int)first; state <= (int)last; state++) {
        if (count[state] == 0)
            continue;
        if (!any)
            gw_buf_addf(page->buf, "\n## %s\n\n| state | devices | share |\n|---|---:|---:|\n", title);
        any = true;
        gw_share_text(count[state], page->morning->standing.rollout.targets, share);
        gw_buf_addf(page->buf, "| %s | %" PRIu64 " | %s |\n", gw_state_name((enum gw_state)state),
                    count[state], share);
    }
    if (any && first == GW_STATE_SUCCEEDED && page->morning->now.relapsed)
        gw_buf_addf(page->buf, "\nRelapsed after they had succeeded: %" PRIu64 ".\n",
                    page->morning->now.relapsed);
}

/* ---- causes ---- */

static void gw_page_cause(struct gw_page *page, const struct gw_morning_cause *cause)
{
    bool relapsed = cause->state == GW_STATE_SUCCEEDED;
    const struct gw_code_entry *entry = gw_code_find(cause->code);

    gw_buf_addf(page->buf, "- **%" PRIu64 " %s**", cause->device.n,
                relapsed ? "relapsed" : gw_state_name(cause->state));
    if (cause->code[0]) {
        gw_buf_add_text(page->buf, ": ");
        gw_markdown_code(page->buf, cause->code);
    }
    if (cause->first_seen)
        gw_buf_add_text(page->buf, " (never seen before)");
    if (entry)
        gw_buf_addf(page->buf, ", %s.\n  Do: %s.", entry->meaning, entry->advice);
    else if (relapsed)
        gw_buf_add_text(page->buf, ", was at the version, and was not well when its wave had soaked.\n"
                                   "  Do: look at the device before more of its kind are upgraded.");
    else if (cause->code[0])
        gw_buf_add_text(page->buf, ", a code that is not in the code book.\n"
                                   "  Do: ask the vendor, with a request id of the report.");
    else
        gw_buf_add_text(page->buf, ", never called.");
    /* Those that somebody may have to go to have a table of their own. */
    if (cause->state == GW_STATE_CANCELED) {
        gw_buf_add_text(page->buf, "\n  Gateways: ");
        gw_page_devices(page, &cause->device);
    }
    gw_buf_add_char(page->buf, '\n');
}

static void gw_page_causes(struct gw_page *page)
{
    const struct gw_morning *morning = page->morning;
    struct gw_buf words;

    if (morning->n_causes == 0)
        return;
    gw_buf_add_text(page->buf, "\n## Causes\n\n");
    for (size_t i = 0; i < morning->n_causes && i < CAUSES_MOST; i++)
        gw_page_cause(page, &morning->cause[i]);
    if (morning->n_causes > CAUSES_MOST)
        gw_buf_addf(page->buf, "- and %zu more causes, which `report` lists\n",
                    morning->n_causes - CAUSES_MOST);
    if (!gw_standing_has_culprit(&morning->standing))
        return;
    gw_buf_init(&words, 0);
    gw_culprit_tell(&morning->standing.culprit, &words);
    gw_buf_add_text(page->buf, "\nIn common: ");
    gw_markdown_text(page->buf, gw_buf_text(&words));
    gw_buf_add_text(page->buf, ".\n");
    gw_buf_release(&words);
}

/* ---- the run before ---- */

static void gw_page_row(struct gw_page *page, const char *what, uint64_t then, uint64_t now)
{
    if (then + now > 0)
        gw_buf_addf(page->buf, "| %s | %" PRIu64 " | %" PRIu64 " |\n", what, then, now);
}

static void gw_page_moved(struct gw_page *page, const struct gw_morning_devices *devices, const char *what)
{
    if (devices->n == 0)
        return;
    gw_buf_addf(page->buf, "- %s: %" PRIu64 " (", what, devices->n);
    gw_page_devices(page, devices);
    gw_buf_add_text(page->buf, ")\n");
}

static void gw_page_compare(struct gw_page *page)
{
    const struct gw_morning *morning = page->morning;
    const struct gw_morning_figures *then = &morning->then, *now = &morning->now;
    char share_then[GW_SHARE_TEXT_SIZE], share_now[GW_SHARE_TEXT_SIZE];

    if (!morning->has_before)
        return;
    gw_buf_add_text(page->buf, "\n## Compared with ");
    gw_markdown_text(page->buf, morning->before.name);
    gw_buf_add_text(page->buf, " to ");
    gw_markdown_text(page->buf, morning->before.version);
    gw_buf_add_text(page->buf, "\n\n| | then | now |\n|---|---:|---:|\n");
    gw_page_row(page, "devices", morning->before.targets, morning->standing.rollout.targets);
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        gw_page_row(page, gw_state_name((enum gw_state)state), then->count[state], now->count[state]);
    gw_page_row(page, "relapsed", then->relapsed, now->relapsed);
    gw_share_text(gw_morning_failed(then), gw_morning_judged(then), share_then);
    gw_share_text(gw_morning_failed(now), gw_morning_judged(now), share_now);
    gw_buf_addf(page->buf, "| failure share of the upgraded | %s | %s |\n| took | ", share_then, share_now);
    gw_page_took(page, then->took_ms);
    gw_buf_add_text(page->buf, " | ");
    gw_page_took(page, now->took_ms);
    gw_buf_addf(page->buf, " |\n\nDevices with an outcome in both: %" PRIu64 "\n\n", morning->both);
    if (morning->both == 0)
        return;
    gw_buf_addf(page->buf, "- as desired then and now: %" PRIu64 "\n", morning->stayed_well);
    gw_page_moved(page, &morning->mended, "as desired now, and not then");
    gw_page_moved(page, &morning->broke, "as desired then, and not now");
    gw_page_moved(page, &morning->still, "neither then nor now");
}

/* ---- next ---- */

static void gw_page_command(struct gw_page *page, const struct gw_choice *choice)
{
    gw_buf_add_text(page->buf, "    ");
    gw_screen_text(page->buf, page->program);
    gw_buf_add_char(page->buf, ' ');
    gw_standing_command(&page->morning->standing, choice, page->buf);
    gw_buf_add_char(page->buf, '\n');
}

static void gw_page_next(struct gw_page *page)
{
    static const struct gw_choice again[GW_CHOICES_MOST] = {{.verb = "status"}}; /* this is the report */
    const struct gw_standing *standing = &page->morning->standing;
    enum gw_way way = gw_standing_way(standing);
    const struct gw_choice *choice = way == GW_WAY_REPORT ? again : gw_way_choices(way);

    gw_buf_add_text(page->buf, "\n## Next\n\n");
    if (way == GW_WAY_REPORT && standing->rollout.ended_unix_ms)
        gw_buf_add_text(page->buf, "Nothing is left to do. To look at it again:\n\n");
    if (way == GW_WAY_ABORT)
        gw_buf_add_text(page->buf, "The cloud does not have the version. End it, or go on once it has:\n\n");
    if (way == GW_WAY_LOOK) {
        gw_buf_add_text(page->buf,
                        "Look at the devices that were called and are not well. Then call them again, or "
                        "take back ");
        gw_standing_whole(standing, false, page->buf);
        gw_buf_add_text(page->buf, ":\n\n");
    }
    gw_page_command(page, &choice[0]);
    if (choice[1].verb)
        gw_page_command(page, &choice[1]);
}

enum gw_code gw_report_page(struct gw_session *session, const char *name, struct gw_err *err)
{
    struct gw_rollout_row rollout;
    struct gw_morning morning;
    struct gw_buf buf;
    struct gw_page page = {.buf = &buf, .morning = &morning, .program = session->program};
    enum gw_code code = gw_summary_rollout(session, name, &rollout, err);

    if (code == GW_OK)
        code = gw_morning_load(session->store, &rollout, &morning, err);
    if (code)
        return code;
    gw_buf_init(&buf, 0);
    gw_page_head(&page);
    gw_page_counts(&page, "Done", GW_STATE_SUCCEEDED, GW_STATE_SKIPPED);
    gw_page_counts(&page, "Not done", GW_STATE_FAILED, GW_STATE_CANCELED);
    gw_page_counts(&page, "Left", GW_STATE_WAITING, GW_STATE_IN_DOUBT);
    gw_page_causes(&page);
    gw_page_compare(&page);
    gw_visits_tell(&morning.visits, session->program, rollout.name, &buf);
    gw_page_next(&page);
    gw_sink_drain(&session->out, &buf);
    gw_buf_release(&buf);
    gw_morning_release(&morning);
    return GW_OK;
}
