/* The plan for programs: one JSON object, or a row for each device. Times are UTC, durations milliseconds. */
#include <inttypes.h>
#include <stdio.h>

#include "gatewave/base/check.h"
#include "gatewave/base/json.h"
#include "gatewave/base/when.h"

#include "plan-local.h"
#include "plan_words.h"

static const uint32_t gw_plan_shares_bp[] = {2000, 500};

static void gw_plan_json_when(struct gw_json *json, const char *name, int64_t unix_ms)
{
    char text[GW_WHEN_TEXT_SIZE];
    bool known = unix_ms != 0 && unix_ms != GW_FORECAST_NEVER;

    if (known)
        gw_when_text(unix_ms, text);
    gw_json_text(json, name, known ? text : NULL);
}

static void gw_plan_json_cells(struct gw_json *json, const struct gw_plan_wave *wave)
{
    gw_json_open(json, "listed", '[');
    for (size_t i = 0; i < wave->n_cells; i++) {
        gw_json_open(json, NULL, '{');
        gw_json_text(json, "model", wave->cell[i].model);
        gw_json_text(json, "version", wave->cell[i].version);
        gw_json_int(json, "devices", wave->cell[i].targets);
        gw_json_bool(json, "skipped", wave->cell[i].skipped);
        gw_json_close(json, '}');
    }
    gw_json_close(json, ']');
}

static void gw_plan_json_zones(struct gw_json *json, const struct gw_plan_wave *wave)
{
    struct gw_buf window;

    if (!wave->asked.window) {
        gw_json_text(json, "window", NULL);
        return;
    }
    gw_buf_init(&window, 0);
    gw_plan_window_text(wave->asked.window, &window);
    gw_json_text(json, "window", gw_buf_text(&window));
    gw_buf_release(&window);
    gw_json_open(json, "zones", '[');
    for (size_t i = 0; i < wave->n_zones; i++) {
        const struct gw_plan_zone *zone = &wave->zone[i];
        char local[GW_ZONE_TEXT_SIZE];

        if (zone->nights > 0)
            gw_zone_text(zone->name, zone->next.opens_unix_ms, local, sizeof(local));
        gw_json_open(json, NULL, '{');
        gw_json_text(json, "zone", zone->name);
        gw_json_bool(json, "known", zone->known);
        gw_json_int(json, "devices", zone->targets);
        gw_plan_json_when(json, "opens_at", zone->next.opens_unix_ms);
        gw_plan_json_when(json, "closes_at", zone->next.closes_unix_ms);
        gw_json_text(json, "opens_local", zone->nights > 0 ? local : NULL);
        gw_json_int(json, "nights", zone->nights);
        gw_json_close(json, '}');
    }
    gw_json_close(json, ']');
}

static void gw_plan_json_gate(struct gw_json *json, const struct gw_plan *plan,
                              const struct gw_gate_rule *rule)
{
    gw_json_open(json, "gate", '{');
    gw_json_int(json, "baseline_bp", rule->baseline_bp);
    gw_json_int(json, "alarm_bp", rule->alarm_bp);
    gw_json_int(json, "max_failed", rule->failed_limit ? (int64_t)rule->failed_limit - 1 : 0);
    gw_json_int(json, "max_failed_share_bp", rule->max_failed_share_bp);
    gw_json_open(json, "sees", '[');
    for (size_t i = 0; i < GW_COUNT_OF(gw_plan_shares_bp); i++) {
        struct gw_gate_sight sight;

        gw_gate_see(rule, plan->targets, gw_plan_shares_bp[i], &sight);
        gw_json_open(json, NULL, '{');
        gw_json_int(json, "share_bp", gw_plan_shares_bp[i]);
        gw_json_int(json, "judged", sight.judged);
        gw_json_int(json, "failed", sight.failed);
        gw_json_int(json, "stopped_permille", sight.stopped_permille);
        gw_json_close(json, '}');
    }
    gw_json_close(json, ']');
    gw_json_close(json, '}');
}

static void gw_plan_json_wave(struct gw_json *json, const struct gw_plan *plan,
                              const struct gw_plan_wave *wave)
{
    char rate[32];

    gw_rate_text(wave->limits.rate, rate, sizeof(rate));
    gw_json_open(json, NULL, '{');
    gw_json_text(json, "name", wave->name);
    gw_json_int(json, "gateways", wave->size.units);
    gw_json_int(json, "devices", wave->size.targets);
    gw_json_int(json, "pairs", wave->size.pairs);
    gw_json_int(json, "skipped", wave->skipped);
    gw_json_int(json, "without_zone", wave->homeless);
    gw_json_int(json, "without_site", wave->unplaced[GW_SCOPE_SITE]);
    gw_json_int(json, "without_isp", wave->unplaced[GW_SCOPE_ISP]);
    gw_json_text(json, "rate", rate);
    gw_json_int(json, "upgrading", wave->limits.upgrading);
    gw_json_int(json, "takes_ms", (int64_t)(wave->work_ms + wave->tail_ms));
    gw_json_int(json, "soak_ms", (int64_t)wave->soak_ms);
    gw_json_bool(json, "approve", wave->asked.approve);
    gw_plan_json_when(json, "begins_at", wave->begins_unix_ms);
    gw_plan_json_when(json, "ends_at", wave->ends_unix_ms);
    gw_json_int(json, "nights", wave->nights);
    gw_plan_json_zones(json, wave);
    gw_plan_json_cells(json, wave);
    gw_plan_json_gate(json, plan, &wave->rule);
    gw_json_close(json, '}');
}

static void gw_plan_json_clock(void *user, const struct gw_plan_clock *clock)
{
    struct gw_json *json = user;

    gw_json_open(json, NULL, '{');
    gw_json_text(json, "zone", clock->zone);
    gw_plan_json_when(json, "at", clock->at_unix_ms);
    gw_json_int(json, "forward_s", clock->forward_s);
    gw_json_close(json, '}');
}

static void gw_plan_json_kinds(struct gw_json *json, const struct gw_plan *plan)
{
    gw_json_int(json, "combinations", plan->n_kinds);
    gw_json_open(json, "uncovered", '[');
    for (size_t i = 0; i < plan->n_uncovered; i++) {
        const struct gw_plan_kind *kind = &plan->uncovered[i];

        gw_json_open(json, NULL, '{');
        gw_json_text(json, "model", kind->model);
        gw_json_text(json, "version", kind->version);
        gw_json_text(json, "isp", kind->isp);
        gw_json_text(json, "ha_mode", kind->ha_mode);
        gw_json_int(json, "gateways", kind->units);
        gw_json_text(json, "first_wave", plan->wave[kind->wave].name);
        gw_json_close(json, '}');
    }
    gw_json_close(json, ']');
}

void gw_plan_json(const struct gw_plan *plan, struct gw_sink *sink)
{
    struct gw_buf buf, learned;
    struct gw_json json;

    gw_buf_init(&buf, 0);
    gw_buf_init(&learned, 0);
    gw_gates_say(&plan->gates, &learned);
    gw_json_init(&json, &buf);
    gw_json_open(&json, NULL, '{');
    gw_json_text(&json, "rollout", plan->spec->name);
    gw_json_text(&json, "version", plan->spec->version);
    gw_json_text(&json, "type", plan->spec->dpi ? "Dpi" : "Device");
    gw_json_text(&json, "select", plan->spec->select);
    gw_json_text(&json, "membership", gw_draft_membership(plan->draft));
    gw_json_bool(&json, "begun", plan->begun);
    gw_json_bool(&json, "safe_waves", gw_draft_is_safe(plan->draft));
    gw_json_int(&json, "gateways", plan->units);
    gw_json_int(&json, "devices", plan->targets);
    gw_json_int(&json, "pairs", plan->pairs);
    gw_json_int(&json, "skipped", plan->skipped);
    gw_json_int(&json, "without_zone", plan->homeless);
    gw_json_int(&json, "left_out", (int64_t)plan->left_out);
    gw_json_int(&json, "held", plan->held);
    gw_json_int(&json, "nights", plan->nights);
    gw_plan_json_when(&json, "ends_at", plan->wave[plan->n_waves - 1].ends_unix_ms);
    gw_json_open(&json, "waves", '[');
    for (uint32_t w = 0; w < plan->n_waves; w++)
        gw_plan_json_wave(&json, plan, &plan->wave[w]);
    gw_json_close(&json, ']');
    gw_plan_json_kinds(&json, plan);
    gw_json_text(&json, "learned", learned.len > 0 ? gw_buf_text(&learned) : NULL);
    gw_json_int(&json, "canaries", gw_plan_canaries(plan));
    gw_json_int(&json, "clean_canaries_allow_bp", gw_gate_allowed_bp(gw_plan_canaries(plan)));
    gw_json_open(&json, "clocks", '[');
    gw_plan_clocks_each(plan, gw_plan_json_clock, &json);
    gw_json_close(&json, ']');
    gw_json_close(&json, '}');
    gw_buf_add_char(&buf, '\n');
    gw_sink_drain(sink, &buf);
    gw_buf_release(&learned);
    gw_buf_release(&buf);
}

/* ---- a row for each device ---- */

struct gw_plan_rows_job {
    const struct gw_plan *plan;
    struct gw_output *output;
};

static bool gw_plan_row(void *user, const struct gw_draft_target *target)
{
    struct gw_plan_rows_job *job = user;
    char number[16];
    const char *cells[] = {number,
                           job->plan->wave[target->wave].name,
                           target->gateway_id,
                           target->serial,
                           target->ha_role,
                           target->region,
                           target->model,
                           target->version,
                           target->site,
                           target->isp,
                           target->timezone};

    (void)snprintf(number, sizeof(number), "%" PRIu32, target->number);
    return gw_output_row(job->output, cells);
}

void gw_plan_rows(const struct gw_plan *plan, struct gw_sink *sink, enum gw_output_format format)
{
    static const struct gw_output_column columns[] = {
        {"number", GW_OUTPUT_NUMBER, false},   {"wave", GW_OUTPUT_TEXT, false},
        {"gateway_id", GW_OUTPUT_TEXT, false}, {"serial", GW_OUTPUT_TEXT, false},
        {"ha_role", GW_OUTPUT_TEXT, false},    {"region", GW_OUTPUT_TEXT, false},
        {"model", GW_OUTPUT_TEXT, false},      {"version", GW_OUTPUT_TEXT, false},
        {"site", GW_OUTPUT_TEXT, false},       {"isp", GW_OUTPUT_TEXT, false},
        {"timezone", GW_OUTPUT_TEXT, false},
    };
    struct gw_plan_rows_job job = {.plan = plan};

    job.output = gw_output_new(sink, format, GW_OUTPUT_ROWS, columns, GW_COUNT_OF(columns));
    gw_draft_targets_each(plan->draft, gw_plan_row, &job);
    gw_output_end(job.output);
}
