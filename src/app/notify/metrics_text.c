/*
 * Facts as Prometheus reads them: https://prometheus.io/docs/instrumenting/exposition_formats. Each family once, with its
 * HELP and TYPE before its samples; all are gauges, because each run begins anew.
 */
#include <inttypes.h>

#include "gatewave/store/store.h"

#include "metrics.h"

static void gw_metrics_family(struct gw_buf *buf, const char *name, const char *help)
{
    gw_buf_addf(buf, "# HELP gatewave_%s %s\n# TYPE gatewave_%s gauge\n", name, help, name);
}

/* name="value", with the three escapes that there are. */
static void gw_metrics_label(struct gw_buf *buf, const char *name, const char *value)
{
    gw_buf_addf(buf, "%s=\"", name);
    for (const char *p = value; *p; p++)
        if (*p == '\n')
            gw_buf_add_text(buf, "\\n");
        else
            gw_buf_addf(buf, *p == '\\' || *p == '"' ? "\\%c" : "%c", *p);
    gw_buf_add_char(buf, '"');
}

static void gw_metrics_number(struct gw_buf *buf, const char *name, const char *help, uint64_t number)
{
    gw_metrics_family(buf, name, help);
    gw_buf_addf(buf, "gatewave_%s %" PRIu64 "\n", name, number);
}

/* Milliseconds as seconds; nothing of a time that there was not. */
static void gw_metrics_seconds(struct gw_buf *buf, const char *name, const char *help, int64_t ms)
{
    if (ms < 0)
        return;
    gw_metrics_family(buf, name, help);
    gw_buf_addf(buf, "gatewave_%s %" PRId64 ".%03" PRId64 "\n", name, ms / 1000, ms % 1000);
}

static void gw_metrics_devices(struct gw_buf *buf, const struct gw_metrics *metrics)
{
    gw_metrics_family(buf, "run_devices",
                      "Devices of the last rollout, or of each policy's last one, by state or outcome.");
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++) {
        gw_buf_add_text(buf, "gatewave_run_devices{");
        gw_metrics_label(buf, "state", gw_state_name((enum gw_state)state));
        gw_buf_addf(buf, "} %" PRIu64 "\n", metrics->count[state]);
    }
    gw_metrics_number(buf, "run_relapsed_devices",
                      "Devices that had succeeded and were not well when their wave had soaked.",
                      metrics->relapsed);
    if (metrics->n_codes == 0)
        return;
    gw_metrics_family(buf, "run_code_devices", "Devices that are not as desired, by outcome and code.");
    for (size_t i = 0; i < metrics->n_codes; i++) {
        gw_buf_add_text(buf, "gatewave_run_code_devices{");
        gw_metrics_label(buf, "outcome", gw_state_name(metrics->code[i].state));
        gw_buf_add_char(buf, ',');
        gw_metrics_label(buf, "code", metrics->code[i].code);
        gw_buf_addf(buf, "} %" PRIu64 "\n", metrics->code[i].devices);
    }
}

static void gw_metrics_drift(struct gw_buf *buf, const struct gw_metrics_drift *drift)
{
    if (!drift->known)
        return;
    gw_metrics_number(buf, "policy_gateways", "Gateways that a policy wants something of.", drift->gateways);
    gw_metrics_number(buf, "found_drifted_gateways",
                      "Gateways that were not as their policy wants them when the night began; what became "
                      "of them is in run_devices.",
                      drift->drifted);
    gw_metrics_number(buf, "held_gateways", "Gateways that a hold exempted when the night began.",
                      drift->held);
    gw_metrics_number(buf, "given_up_gateways",
                      "Gateways that had been given up when the night began, and wait for a person.",
                      drift->given_up);
}

static void gw_metrics_ended(struct gw_buf *buf, const struct gw_metrics *metrics)
{
    gw_metrics_seconds(buf, "run_ended_timestamp_seconds", "When the last run ended.",
                       metrics->ended_unix_ms);
    gw_metrics_seconds(buf, "run_duration_seconds", "How long the last run took.",
                       metrics->ended_unix_ms - metrics->started_unix_ms);
    gw_metrics_number(buf, "run_exit_code", "What the last run ended with; 0 is all as desired.",
                      (uint64_t)metrics->exit_code);
}

void gw_metrics_text(const struct gw_metrics *metrics, struct gw_buf *buf)
{
    gw_metrics_family(buf, "build_info", "Which gatewave wrote this, and the schema of its database.");
    gw_buf_add_text(buf, "gatewave_build_info{");
    gw_metrics_label(buf, "version", GW_PROGRAM_VERSION);
    gw_buf_addf(buf, ",schema=\"%d\"} 1\n", gw_store_schema_version());
    gw_metrics_seconds(buf, "run_started_timestamp_seconds", "When the last run began.",
                       metrics->started_unix_ms);
    gw_metrics_number(buf, "run_under_way", "1 while a run is under way: what ends with it is not told yet.",
                      metrics->under_way);
    if (!metrics->under_way)
        gw_metrics_ended(buf, metrics);
    if (metrics->last_success_unix_ms > 0)
        gw_metrics_seconds(buf, "last_success_timestamp_seconds", "When all was last as desired.",
                           metrics->last_success_unix_ms);
    if (!metrics->no_devices)
        gw_metrics_devices(buf, metrics);
    gw_metrics_drift(buf, &metrics->drift);
}
