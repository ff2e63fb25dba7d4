/*
 * Gathering the figures of a run. They are read back from the database after the run, whatever became of it: the file
 * says what is durable, and the last success is still there after a hundred failures.
 */
#include "metrics.h"

#include "gatewave/base/text.h"
#include "gatewave/obs/log.h"
#include "gatewave/smartag/code.h"
#include "gatewave/store/night.h"

#include "clock.h"
#include "talk.h"
#include "whole.h"

/* ---- codes ---- */

/* Labels take the values of the code book: what the cloud says may be anything. */
static const char *gw_metrics_code_name(const char *code)
{
    const struct gw_code_entry *entry = gw_code_find(code);

    return entry ? entry->code : code[0] ? "unknown" : "";
}

static size_t gw_metrics_find(const struct gw_metrics *metrics, enum gw_state state, const char *name)
{
    size_t i = 0;

    while (i < metrics->n_codes &&
           (metrics->code[i].state != state || !gw_text_equal(metrics->code[i].code, name)))
        i++;
    return i;
}

void gw_metrics_add_code(struct gw_metrics *metrics, enum gw_state state, const char *code, uint64_t devices)
{
    const char *name = gw_metrics_code_name(code);
    size_t i = gw_metrics_find(metrics, state, name);

    /* The last places are for what has no other: one for each state. */
    if (i == metrics->n_codes && i >= GW_METRICS_CODES_MAX - GW_STATE_COUNT) {
        name = "other";
        i = gw_metrics_find(metrics, state, name);
    }
    if (i == metrics->n_codes)
        metrics->code[metrics->n_codes++] = (struct gw_metrics_code){.state = state, .code = name};
    metrics->code[i].devices += devices;
}

static bool gw_metrics_code(void *user, enum gw_state state, const char *code, uint64_t devices)
{
    gw_metrics_add_code(user, state, code, devices);
    return true;
}

enum gw_code gw_metrics_add_rollout(struct gw_metrics *metrics, struct gw_store *store,
                                    const struct gw_rollout_row *rollout, struct gw_err *err)
{
    uint64_t count[GW_STATE_COUNT];
    enum gw_code code = gw_targets_count(store, rollout->id, 0, count, err);

    if (code == GW_OK)
        code = gw_codes_each(store, rollout->id, gw_metrics_code, metrics, err);
    if (code)
        return code;
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        metrics->count[state] += count[state];
    metrics->relapsed += rollout->relapsed;
    return GW_OK;
}

/* ---- the last success ---- */

struct gw_metrics_success {
    struct gw_store *store;
    struct gw_err *err;
    enum gw_code code;
    int64_t ended_unix_ms;
};

/* Only a rollout that ended later than the best one so far is counted: on most nights, one. */
static bool gw_metrics_rollout(void *user, const struct gw_rollout_row *row)
{
    struct gw_metrics_success *success = user;
    uint64_t count[GW_STATE_COUNT];

    if (row->phase != GW_PHASE_FINISHED || row->relapsed > 0 || row->ended_unix_ms <= success->ended_unix_ms)
        return true;
    success->code = gw_targets_count(success->store, row->id, 0, count, success->err);
    if (success->code == GW_OK && count[GW_STATE_SUCCEEDED] + count[GW_STATE_SKIPPED] == row->targets)
        success->ended_unix_ms = row->ended_unix_ms;
    return success->code == GW_OK;
}

enum gw_code gw_metrics_last_success(struct gw_store *store, int64_t *ret_unix_ms, struct gw_err *err)
{
    struct gw_metrics_success success = {.store = store, .err = err};
    int64_t night_unix_ms = 0;
    enum gw_code code = gw_rollouts_each(store, gw_metrics_rollout, &success, err);

    if (code == GW_OK)
        code = success.code;
    if (code == GW_OK)
        code = gw_night_last_success(store, &night_unix_ms, err);
    if (code == GW_OK)
        *ret_unix_ms = night_unix_ms > success.ended_unix_ms ? night_unix_ms : success.ended_unix_ms;
    return code;
}

/* ---- the file ---- */

static enum gw_code gw_metrics_gather(const struct gw_config *config, const char *rollout,
                                      struct gw_metrics *metrics, struct gw_err *err)
{
    struct gw_rollout_row row;
    struct gw_store *store = NULL;
    int64_t success_unix_ms = 0;
    enum gw_code code = gw_store_open(config->database, GW_STORE_READ, &store, err);

    if (code == GW_OK)
        code = gw_metrics_last_success(store, &success_unix_ms, err);
    if (code == GW_OK && success_unix_ms > metrics->last_success_unix_ms)
        metrics->last_success_unix_ms = success_unix_ms;
    if (code == GW_OK && rollout)
        code = gw_rollout_find(store, rollout, &row, err);
    if (code == GW_OK && rollout)
        code = gw_metrics_add_rollout(metrics, store, &row, err);
    gw_store_close(store);
    return code;
}

static enum gw_code gw_metrics_write(const struct gw_config *config, const struct gw_metrics *metrics,
                                     bool sync, struct gw_err *err)
{
    struct gw_buf text;
    enum gw_code code;

    gw_buf_init(&text, 0);
    gw_metrics_text(metrics, &text);
    /* Its reader is another user. */
    code = gw_whole_write(config->metrics.textfile, &text, 0644, sync, err);
    if (code != GW_OK)
        gw_log(GW_LOG_WARN, "metrics were not written", "reason", err->text, (char *)NULL);
    gw_buf_release(&text);
    return code;
}

static void gw_metrics_put(const struct gw_config *config, const char *rollout, struct gw_metrics *metrics,
                           bool quiet)
{
    struct gw_err err = {0};

    if (config->metrics.textfile[0] == '\0')
        return;
    metrics->ended_unix_ms = gw_clock_unix_ms();
    if (gw_metrics_gather(config, rollout, metrics, &err)) {
        gw_log(GW_LOG_WARN, "metrics say less", "reason", err.text, (char *)NULL);
        metrics->no_devices |= rollout != NULL;
    }
    if (gw_metrics_write(config, metrics, true, &err) && !quiet)
        gw_talk("metrics: %s", err.text);
}

void gw_metrics_leave(const struct gw_config *config, struct gw_metrics *metrics, bool quiet)
{
    gw_metrics_put(config, NULL, metrics, quiet);
}

void gw_metrics_run_ended(const struct gw_config *config, const char *rollout, struct gw_metrics *figures,
                          bool quiet)
{
    gw_metrics_put(config, rollout, figures, quiet);
}

void gw_metrics_add_success(const struct gw_config *config, struct gw_metrics *metrics)
{
    (void)gw_metrics_gather(config, NULL, metrics, NULL);
}

void gw_metrics_under_way(const struct gw_config *config, struct gw_metrics *metrics)
{
    struct gw_err err = {0};

    metrics->under_way = true;
    (void)gw_metrics_write(config, metrics, false, &err);
}
