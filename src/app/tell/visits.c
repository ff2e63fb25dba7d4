/*
 * The list of devices to go to, kept while a million targets may pass by: never more than a page has room for, and the
 * inventory is asked for those alone.
 */
#include "visits.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/inventory.h"

#include "markdown.h"
#include "summary.h"

struct gw_visit {
    char *site, *name, *gateway_id, *serial, *region, *version, *reason;
    const char *outcome;
    int64_t seen_unix_ms;
    bool relapsed;
};

/* ---- collecting ---- */

static void gw_visit_release(struct gw_visit *visit)
{
    free(visit->site);
    free(visit->name);
    free(visit->gateway_id);
    free(visit->serial);
    free(visit->region);
    free(visit->version);
    free(visit->reason);
    *visit = (struct gw_visit){0};
}

/* A code that is in no book is all that there is to say. */
static const char *gw_visit_reason(const struct gw_target_row *row)
{
    const char *reason = gw_summary_reason(row->reason, row->code);

    return row->relapsed ? GW_SUMMARY_RELAPSED : reason[0] ? reason : row->code;
}

static void gw_visit_fill(struct gw_visit *visit, const struct gw_target_row *row)
{
    *visit = (struct gw_visit){
        .site = gw_mem_dup(row->site),
        .name = gw_mem_dup(""),
        .gateway_id = gw_mem_dup(row->gateway_id),
        .serial = gw_mem_dup(row->serial),
        .region = gw_mem_dup(row->region),
        .version = gw_mem_dup(row->relapsed ? row->relapse_version : row->version_after),
        .reason = gw_mem_dup(gw_visit_reason(row)),
        .outcome = row->relapsed ? "relapsed" : gw_state_name(row->state),
        .seen_unix_ms = row->relapsed ? row->relapse_unix_ms : row->ended_unix_ms,
        .relapsed = row->relapsed,
    };
}

void gw_visits_see(struct gw_visits *visits, const struct gw_target_row *row)
{
    bool called = row->relapsed || row->state == GW_STATE_FAILED || row->state == GW_STATE_UNRESOLVED;

    if (!called && row->state != GW_STATE_DEFERRED)
        return;
    visits->devices++;
    if (!visits->visit)
        visits->visit = gw_mem_new(GW_VISITS_MOST, sizeof(*visits->visit));
    if (visits->n < GW_VISITS_MOST) {
        if (called)
            visits->visit[visits->n] = visits->visit[visits->called];
        gw_visit_fill(&visits->visit[called ? visits->called : visits->n], row);
        visits->n++;
        visits->called += called;
    } else if (called && visits->called < visits->n) {
        gw_visit_release(&visits->visit[visits->called]);
        gw_visit_fill(&visits->visit[visits->called++], row);
    }
}

/* ---- settling ---- */

static void gw_visit_name(void *user, const struct gw_gateway *gateway)
{
    struct gw_visit *visit = user;

    free(visit->name);
    visit->name = gw_mem_dup(gateway->name);
}

/* A site that nobody knows is the last one. */
static int gw_visit_compare(const void *a, const void *b)
{
    const struct gw_visit *one = a, *other = b;
    int order;

    if (!one->site[0] != !other->site[0])
        return one->site[0] ? -1 : 1;
    order = strcmp(one->site, other->site);
    if (order == 0)
        order = strcmp(one->gateway_id, other->gateway_id);
    return order != 0 ? order : strcmp(one->serial, other->serial);
}

enum gw_code gw_visits_settle(struct gw_visits *visits, struct gw_store *store, struct gw_err *err)
{
    enum gw_code code = GW_OK;

    for (size_t i = 0; code == GW_OK && i < visits->n; i++)
        code = gw_gateway_find(store, visits->visit[i].gateway_id, gw_visit_name, &visits->visit[i], err);
    if (visits->n > 0)
        qsort(visits->visit, visits->n, sizeof(*visits->visit), gw_visit_compare);
    return code;
}

/* ---- telling ---- */

static void gw_visit_cell(struct gw_buf *buf, const char *text)
{
    if (text[0])
        gw_markdown_text(buf, text);
    else
        gw_buf_add_text(buf, "–");
    gw_buf_add_text(buf, " | ");
}

/* What the last read told, and when. Of who relapsed there was one, even if the device told nothing. */
static void gw_visit_seen(struct gw_buf *buf, const struct gw_visit *visit)
{
    char when[GW_WHEN_TEXT_SIZE];

    if ((visit->version[0] || visit->relapsed) && visit->seen_unix_ms) {
        gw_markdown_text(buf, visit->version[0] ? visit->version : "no version");
        gw_buf_addf(buf, " at %s | ", gw_summary_when(visit->seen_unix_ms, when));
    } else {
        gw_visit_cell(buf, "");
    }
}

void gw_visits_tell(const struct gw_visits *visits, const char *program, const char *rollout,
                    struct gw_buf *buf)
{
    if (visits->n == 0)
        return;
    gw_buf_add_text(buf, "\n## Devices to look at\n\n"
                         "| site | name | gateway | serial | region | last read | outcome | reason |\n"
                         "|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < visits->n; i++) {
        const struct gw_visit *visit = &visits->visit[i];

        gw_buf_add_text(buf, "| ");
        gw_visit_cell(buf, visit->site);
        gw_visit_cell(buf, visit->name);
        gw_visit_cell(buf, visit->gateway_id);
        gw_visit_cell(buf, visit->serial);
        gw_visit_cell(buf, visit->region);
        gw_visit_seen(buf, visit);
        gw_buf_addf(buf, "%s | ", visit->outcome);
        gw_markdown_text(buf, visit->reason[0] ? visit->reason : "–");
        gw_buf_add_text(buf, " |\n");
    }
    gw_buf_add_char(buf, '\n');
    if (visits->devices > visits->n)
        gw_buf_addf(buf, "These are %zu of %" PRIu64 ". ", visits->n, visits->devices);
    gw_buf_add_text(buf, "All of them, with names and sites, and what became of each:\n\n    ");
    gw_screen_text(buf, program);
    gw_buf_addf(buf,
                " inventory list --select 'outcome.%s in (failed, unresolved, relapsed, deferred)' --output "
                "csv\n    ",
                rollout);
    gw_screen_text(buf, program);
    gw_buf_addf(buf, " report %s --output csv\n", rollout);
}

void gw_visits_release(struct gw_visits *visits)
{
    for (size_t i = 0; i < visits->n; i++)
        gw_visit_release(&visits->visit[i]);
    free(visits->visit);
    *visits = (struct gw_visits){0};
}
