/*
 * The plan as a person reads it before going to bed: the waves in a table, then what each of them holds and when its
 * nights are, what the canary does not try, what the gates can see, and what will not happen at all.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "figures.h"
#include "plan-local.h"
#include "plan_words.h"

#define CELLS_SHOWN 4
#define ZONES_SHOWN 5
#define KINDS_SHOWN 5

/* ---- the head ---- */

static void gw_plan_head(const struct gw_plan *plan, struct gw_buf *buf)
{
    gw_buf_add_text(buf, "plan of ");
    gw_screen_text(buf, plan->spec->name);
    gw_buf_add_text(buf, ": version ");
    gw_screen_text(buf, plan->spec->version);
    gw_buf_addf(buf, " (%s) to ", plan->spec->dpi ? "Dpi" : "Device");
    gw_figure_of(buf, plan->targets, "device", "devices");
    gw_buf_add_text(buf, " of ");
    gw_figure_of(buf, plan->units, "gateway", "gateways");
    if (plan->pairs) {
        gw_buf_add_text(buf, ", ");
        gw_figure_of(buf, plan->pairs, "of them a pair", "of them pairs");
    }
    gw_buf_add_text(buf, "\nselection: ");
    gw_screen_text(buf, plan->spec->select);
    if (plan->left_out) {
        gw_buf_add_text(buf, "   (leaves out ");
        gw_figure_of(buf, plan->left_out, "device", "devices");
        gw_buf_add_text(buf, " of the inventory)");
    }
    gw_buf_add_char(buf, '\n');
    if (plan->held) {
        gw_buf_add_text(buf, "on hold: ");
        gw_figure_of(buf, plan->held, "device", "devices");
        gw_buf_add_text(buf, " of the selection, left out (`gatewave hold` lists them)\n");
    }
    if (gw_draft_is_safe(plan->draft))
        gw_buf_add_text(buf,
                        "The file says no waves: for more than 200 devices they are cut into safe ones.\n");
    if (plan->begun)
        gw_buf_add_text(buf,
                        "A rollout of this name was begun already: `run` goes on with that one, and this "
                        "plan needs another name.\n");
    gw_buf_add_char(buf, '\n');
}

/* ---- the table ---- */

static void gw_plan_table(const struct gw_plan *plan, struct gw_sink *sink)
{
    static const struct gw_output_column columns[] = {
        {.name = "wave"},
        {.name = "gateways", .kind = GW_OUTPUT_NUMBER},
        {.name = "devices", .kind = GW_OUTPUT_NUMBER},
        {.name = "pairs", .kind = GW_OUTPUT_NUMBER},
        {.name = "rate"},
        {.name = "at once"},
        {.name = "takes"},
        {.name = "soak"},
        {.name = "then"},
    };
    struct gw_output *output =
        gw_output_new(sink, GW_OUTPUT_TABLE, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));

    for (uint32_t w = 0; w < plan->n_waves; w++) {
        const struct gw_plan_wave *wave = &plan->wave[w];
        char units[16], targets[16], pairs[16], rate[32], upgrading[16], takes[32], soak[32];
        const char *cells[] = {wave->name, units, targets,
                               pairs,      rate,  upgrading,
                               takes,      soak,  wave->asked.approve ? "gate, and your approval" : "gate"};

        (void)snprintf(units, sizeof(units), "%" PRIu32, wave->size.units);
        (void)snprintf(targets, sizeof(targets), "%" PRIu32, wave->size.targets);
        (void)snprintf(pairs, sizeof(pairs), "%" PRIu32, wave->size.pairs);
        gw_rate_text(wave->limits.rate, rate, sizeof(rate));
        (void)snprintf(upgrading, sizeof(upgrading), "%" PRIu32, wave->limits.upgrading);
        gw_plan_duration_text(wave->work_ms + wave->tail_ms, takes, sizeof(takes));
        gw_plan_duration_text(wave->soak_ms, soak, sizeof(soak));
        gw_output_row(output, cells);
    }
    gw_output_end(output);
}

/* ---- one wave ---- */

static void gw_plan_cells(const struct gw_plan_wave *wave, struct gw_buf *buf)
{
    uint64_t others = 0;

    gw_buf_add_text(buf, "  ");
    for (size_t i = 0; i < wave->n_cells; i++) {
        const struct gw_plan_cell *cell = &wave->cell[i];

        if (i >= CELLS_SHOWN) {
            others += cell->targets;
            continue;
        }
        gw_buf_add_text(buf, i ? ", " : "");
        gw_figure_count(buf, cell->targets);
        gw_buf_add_char(buf, ' ');
        gw_screen_text(buf, cell->model[0] ? cell->model : "(no model)");
        gw_buf_add_text(buf, " at ");
        gw_screen_text(buf, cell->version[0] ? cell->version : "(no version)");
    }
    if (others > 0) {
        gw_buf_add_text(buf, ", and ");
        gw_figure_count(buf, others);
        gw_buf_addf(buf, " of %zu more", wave->n_cells - CELLS_SHOWN);
    }
    gw_buf_add_char(buf, '\n');
    if (wave->skipped) {
        gw_buf_add_text(buf, "  skipped: ");
        gw_figure_count(buf, wave->skipped);
        gw_buf_add_text(buf, " listed at the version already, or beyond it; each is read to make sure\n");
    }
}

/* Limits on what is upgraded at once in one place. */
static void gw_plan_scopes(const struct gw_plan_wave *wave, struct gw_buf *buf)
{
    static const char *const names[GW_SCOPE_COUNT] = {
        [GW_SCOPE_SITE] = "site", [GW_SCOPE_REGION] = "region", [GW_SCOPE_ISP] = "ISP"};
    bool any = false;

    for (int i = 0; i < GW_SCOPE_COUNT; i++) {
        if (wave->limits.per[i] == 0)
            continue;
        gw_buf_addf(buf, any ? ", %" PRIu32 " in one %s" : "  no more at once than %" PRIu32 " in one %s",
                    wave->limits.per[i], names[i]);
        any = true;
        if (wave->unplaced[i] == 0)
            continue;
        gw_buf_add_text(buf, " (not among the ");
        gw_figure_of(buf, wave->unplaced[i], "device", "devices");
        gw_buf_add_text(buf, " without one)");
    }
    gw_buf_add_text(buf, any ? "\n" : "");
}

static void gw_plan_zone_line(const struct gw_plan_wave *wave, const struct gw_plan_zone *zone,
                              struct gw_buf *buf)
{
    char local[GW_ZONE_TEXT_SIZE];

    gw_buf_add_text(buf, "    ");
    gw_screen_text(buf, zone->name);
    gw_buf_add_text(buf, ": ");
    gw_figure_of(buf, zone->targets, "device", "devices");
    if (zone->nights == 0) {
        gw_buf_add_text(buf, zone->calls ? ", when the waves before it are over\n" : ", nothing to do\n");
        return;
    }
    gw_zone_text(zone->name, zone->next.opens_unix_ms, local, sizeof(local));
    gw_buf_addf(buf, ", from %s (", local);
    gw_plan_utc(buf, zone->next.opens_unix_ms);
    if (wave->ends_unix_ms == GW_FORECAST_NEVER)
        gw_buf_add_text(buf, ")\n");
    else if (zone->nights == 1)
        gw_buf_add_text(buf, "), fits in that night\n");
    else
        gw_buf_addf(buf, "), takes %" PRIu32 " nights\n", zone->nights);
}

static void gw_plan_window(const struct gw_plan_wave *wave, struct gw_buf *buf)
{
    size_t shown = 0, known = 0;

    gw_buf_add_text(buf, "  window ");
    gw_plan_window_text(wave->asked.window, buf);
    gw_buf_add_char(buf, '\n');
    for (size_t i = 0; i < wave->n_zones; i++) {
        if (!wave->zone[i].known)
            continue;
        known++;
        if (shown < ZONES_SHOWN) {
            gw_plan_zone_line(wave, &wave->zone[i], buf);
            shown++;
        }
    }
    if (known > shown)
        gw_buf_addf(buf, "    and %zu more zones\n", known - shown);
    if (wave->load.targets > 0 && wave->begins_unix_ms != GW_FORECAST_NEVER &&
        wave->ends_unix_ms == GW_FORECAST_NEVER)
        gw_buf_addf(buf, "    does not fit into the next %d openings at this pace\n", GW_FORECAST_OPENINGS);
}

static void gw_plan_waves_text(const struct gw_plan *plan, struct gw_buf *buf)
{
    for (uint32_t w = 0; w < plan->n_waves; w++) {
        const struct gw_plan_wave *wave = &plan->wave[w];

        gw_buf_add_char(buf, '\n');
        gw_screen_text(buf, wave->name);
        gw_buf_add_char(buf, '\n');
        gw_plan_cells(wave, buf);
        gw_plan_scopes(wave, buf);
        if (wave->asked.window)
            gw_plan_window(wave, buf);
    }
}

/* ---- what there is to know of all of it ---- */

static void gw_plan_end(const struct gw_plan *plan, struct gw_buf *buf)
{
    int64_t ends_unix_ms = plan->wave[plan->n_waves - 1].ends_unix_ms;

    gw_buf_add_char(buf, '\n');
    if (ends_unix_ms == GW_FORECAST_NEVER) {
        gw_buf_add_text(buf, "When all of it would be over cannot be said.\n");
        return;
    }
    gw_buf_add_text(buf, "Begun now, and with nothing in its way, all of it is over ");
    gw_plan_utc(buf, ends_unix_ms);
    if (plan->nights > 0) {
        gw_buf_add_text(buf, ", after ");
        gw_figure_of(buf, plan->nights, "night", "nights");
    }
    gw_buf_add_text(buf, " (an upgrade taken for 10m; your approvals not counted).\n");
}

static void gw_plan_uncovered(const struct gw_plan *plan, struct gw_buf *buf)
{
    if (plan->n_waves < 2)
        return;
    if (plan->n_uncovered == 0) {
        gw_buf_addf(
            buf, "The first wave has every combination of model, version, ISP and HA mode (%" PRIu32 ").\n",
            plan->n_kinds);
        return;
    }
    gw_buf_addf(buf,
                "The first wave has no gateway of %zu of the %" PRIu32
                " combinations of model, version, ISP and HA mode:\n",
                plan->n_uncovered, plan->n_kinds);
    for (size_t i = 0; i < plan->n_uncovered && i < KINDS_SHOWN; i++) {
        const struct gw_plan_kind *kind = &plan->uncovered[i];

        gw_buf_add_text(buf, "  ");
        gw_plan_kind_text(kind, buf);
        gw_buf_add_text(buf, ": ");
        gw_figure_of(buf, kind->units, "gateway", "gateways");
        gw_buf_add_text(buf, ", the first in ");
        gw_screen_text(buf, plan->wave[kind->wave].name);
        gw_buf_add_char(buf, '\n');
    }
    if (plan->n_uncovered > KINDS_SHOWN)
        gw_buf_addf(buf, "  and %zu more\n", plan->n_uncovered - KINDS_SHOWN);
}

static void gw_plan_homeless(const struct gw_plan *plan, struct gw_buf *buf)
{
    if (plan->homeless == 0)
        return;
    gw_figure_of(buf, plan->homeless, "device has", "devices have");
    gw_buf_add_text(buf,
                    " no known time zone: with `zone: gateway` no window ever opens for them, and the run "
                    "defers them (");
    for (uint32_t w = 0, shown = 0; w < plan->n_waves; w++) {
        for (size_t i = 0; i < plan->wave[w].n_zones; i++) {
            const struct gw_plan_zone *zone = &plan->wave[w].zone[i];

            if (zone->known || shown == KINDS_SHOWN)
                continue;
            gw_buf_add_text(buf, shown++ ? ", " : "");
            gw_screen_text(buf, zone->example);
            gw_buf_add_text(buf, zone->name[0] ? ": " : "");
            gw_screen_text(buf, zone->name);
        }
    }
    gw_buf_add_text(buf, ")\n");
}

void gw_plan_screen(const struct gw_plan *plan, struct gw_sink *sink)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_plan_head(plan, &buf);
    gw_sink_drain(sink, &buf);
    gw_plan_table(plan, sink);
    gw_plan_waves_text(plan, &buf);
    gw_plan_end(plan, &buf);
    gw_plan_clocks_text(plan, &buf);
    gw_plan_homeless(plan, &buf);
    gw_plan_uncovered(plan, &buf);
    gw_buf_add_char(&buf, '\n');
    gw_plan_gates_text(plan, &buf);
    gw_sink_drain(sink, &buf);
    gw_buf_release(&buf);
}
