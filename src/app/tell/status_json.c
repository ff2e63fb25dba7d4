/* A rollout's status as one JSON object: everything that the screen shows, and the history behind it. */
#include "status_json.h"

#include "gatewave/base/json.h"
#include "gatewave/base/when.h"
#include "gatewave/store/control.h"
#include "summary.h"

static void gw_status_json_counts(struct gw_json *json, const uint64_t count[GW_STATE_COUNT])
{
    uint64_t total = 0;

    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        total += count[state];
    gw_json_int(json, "total", (int64_t)total);
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        gw_json_int(json, gw_state_name((enum gw_state)state), (int64_t)count[state]);
}

/* null for what is not known, or not yet. */
static void gw_status_json_some(struct gw_json *json, const char *name, const char *text)
{
    gw_json_text(json, name, text[0] ? text : NULL);
}

static void gw_status_json_when(struct gw_json *json, const char *name, int64_t unix_ms)
{
    char when[GW_WHEN_TEXT_SIZE];

    gw_status_json_some(json, name, gw_summary_when(unix_ms, when));
}

static void gw_status_json_waves(struct gw_json *json, const struct gw_standing *standing)
{
    gw_json_open(json, "waves", '[');
    for (size_t i = 0; i < standing->waves.n; i++) {
        const struct gw_wave_row *wave = &standing->waves.wave[i];

        gw_json_open(json, NULL, '{');
        gw_json_int(json, "number", wave->number);
        gw_json_text(json, "name", wave->name);
        gw_json_text(json, "state", gw_phase_name(wave->phase));
        gw_status_json_counts(json, standing->wave_count[i]);
        gw_status_json_some(json, "verdict", gw_verdict_name(wave->verdict));
        gw_status_json_some(json, "evidence", wave->evidence);
        gw_status_json_when(json, "soak_until", wave->soak_until_unix_ms);
        gw_json_close(json, '}');
    }
    gw_json_close(json, ']');
}

static bool gw_status_json_verdict(void *user, const struct gw_verdict_row *row)
{
    struct gw_json *json = user;

    gw_json_open(json, NULL, '{');
    gw_status_json_when(json, "at", row->at_unix_ms);
    gw_json_int(json, "number", row->wave);
    gw_json_text(json, "wave", row->wave_name);
    gw_json_text(json, "verdict", gw_verdict_name(row->verdict));
    gw_status_json_some(json, "model", row->model);
    gw_json_text(json, "evidence", row->evidence);
    gw_json_close(json, '}');
    return true;
}

static bool gw_status_json_order(void *user, const struct gw_order_row *row)
{
    struct gw_json *json = user;

    gw_json_open(json, NULL, '{');
    gw_json_int(json, "id", row->id);
    gw_json_text(json, "order", gw_order_name(row->kind));
    gw_status_json_some(json, "argument", row->argument);
    gw_status_json_when(json, "at", row->at_unix_ms);
    gw_json_text(json, "by", row->by);
    gw_status_json_some(json, "reason", row->reason);
    gw_status_json_when(json, "answered_at", row->answered_unix_ms);
    if (row->answered_unix_ms)
        gw_json_bool(json, "accepted", row->accepted);
    else
        gw_json_text(json, "accepted", NULL);
    gw_status_json_some(json, "answer", row->answer);
    gw_json_close(json, '}');
    return true;
}

static void gw_status_json_culprit(struct gw_json *json, const struct gw_standing *standing)
{
    const struct gw_culprit *culprit = &standing->culprit;

    if (!gw_standing_has_culprit(standing)) {
        gw_json_text(json, "culprit", NULL);
        return;
    }
    gw_json_open(json, "culprit", '{');
    gw_json_text(json, "attribute", culprit->attribute);
    gw_json_text(json, "value", culprit->value);
    gw_json_int(json, "failed_with", (int64_t)culprit->failed_with);
    gw_json_int(json, "failed", (int64_t)culprit->failed);
    gw_json_int(json, "judged_with", (int64_t)culprit->judged_with);
    gw_json_int(json, "judged", (int64_t)culprit->judged);
    gw_json_text(json, "also_attribute", culprit->also_attribute);
    gw_json_text(json, "also_value", culprit->also_attribute ? culprit->also_value : NULL);
    gw_json_close(json, '}');
}

enum gw_code gw_status_json(struct gw_session *session, const struct gw_standing *standing,
                            struct gw_err *err)
{
    const struct gw_rollout_row *rollout = &standing->rollout;
    struct gw_buf buf, text;
    struct gw_json json;
    enum gw_code code;

    gw_buf_init(&buf, 0);
    gw_buf_init(&text, 0);
    gw_json_init(&json, &buf);
    gw_json_open(&json, NULL, '{');
    gw_json_text(&json, "rollout", rollout->name);
    gw_json_text(&json, "state", gw_phase_name(rollout->phase));
    gw_status_json_some(&json, "reason", gw_standing_reason(standing));
    gw_json_open(&json, "targets", '{');
    gw_status_json_counts(&json, standing->count);
    gw_json_close(&json, '}');
    gw_status_json_waves(&json, standing);
    gw_json_text(&json, "version", rollout->version);
    gw_json_int(&json, "relapsed", standing->rollout.relapsed);
    gw_json_bool(&json, "unattended", standing->unattended);
    gw_standing_sentence(standing, &text);
    gw_json_text(&json, "sentence", gw_buf_text(&text));
    gw_status_json_culprit(&json, standing);
    gw_json_open(&json, "verdicts", '[');
    code = gw_verdicts_each(session->store, rollout->id, gw_status_json_verdict, &json, err);
    gw_json_close(&json, ']');
    gw_json_open(&json, "orders", '[');
    if (code == GW_OK)
        code = gw_orders_each(session->store, rollout->id, false, gw_status_json_order, &json, err);
    gw_json_close(&json, ']');
    gw_buf_reset(&text);
    gw_standing_next(standing, &text);
    gw_json_text(&json, "next", gw_buf_text(&text));
    gw_json_close(&json, '}');
    gw_buf_add_char(&buf, '\n');
    if (code == GW_OK)
        gw_sink_drain(&session->out, &buf);
    gw_buf_release(&text);
    gw_buf_release(&buf);
    return code;
}
