/* One write(2) a line: a line is whole or not there, and it outlives this process whatever ends it. */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/json.h"
#include "gatewave/base/text.h"

enum gw_code gw_ledger_open(struct gw_ledger *ledger, const char *path, struct gw_err *err)
{
    *ledger = (struct gw_ledger){.fd = -1};
    gw_buf_init(&ledger->line, 0);
    if (!path)
        return GW_OK;
    ledger->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (ledger->fd < 0)
        return gw_err_set(err, GW_ERR_STORE, "ledger %s: %s", path, strerror(errno));
    return GW_OK;
}

void gw_ledger_close(struct gw_ledger *ledger)
{
    if (ledger->fd >= 0)
        (void)close(ledger->fd);
    ledger->fd = -1;
    gw_buf_release(&ledger->line);
}

/* Which gateways a list call asked for, so that a checker knows what each read could have told. */
static void gw_ledger_write_ids(struct gw_json *json, const struct gw_params *params)
{
    gw_json_open(json, "gateway_ids", '[');
    for (size_t i = 0; params && i < params->n; i++) {
        if (gw_text_starts(params->pair[i][0], "SmartAGIds."))
            gw_json_text(json, NULL, params->pair[i][1]);
    }
    gw_json_close(json, ']');
}

/* What a call asked for, as far as somebody may want to know: never a secret. Left out when there is nothing. */
static void gw_ledger_write_params(struct gw_json *json, const struct gw_params *params)
{
    static const char *const told[] = {"PageNumber",     "PageSize",        "VersionType",    "UpgradeType",
                                       "CronExpression", "Duration",        "Jitter",         "TimeZone",
                                       "RoleArn",        "RoleSessionName", "DurationSeconds"};
    bool begun = false;

    for (size_t i = 0; params && i < GW_COUNT_OF(told); i++) {
        const char *value = gw_params_get(params, told[i]);

        if (!value)
            continue;
        if (!begun)
            gw_json_open(json, "params", '{');
        begun = true;
        gw_json_text(json, told[i], value);
    }
    if (begun)
        gw_json_close(json, '}');
}

static void gw_ledger_write_json(struct gw_buf *buf, uint64_t n, const struct gw_ledger_line *line)
{
    struct gw_json json;

    gw_json_init(&json, buf);
    gw_json_open(&json, NULL, '{');
    gw_json_int(&json, "n", (int64_t)n);
    gw_json_int(&json, "at_ms", (int64_t)line->at_ms);
    gw_json_int(&json, "mono_us", (int64_t)line->mono_us);
    gw_json_text(&json, "action", line->action);
    gw_json_text(&json, "account", line->account);
    gw_json_text(&json, "region", line->region);
    gw_json_text(&json, "gateway_id", line->gateway_id);
    gw_json_text(&json, "serial", line->serial);
    gw_json_text(&json, "version", line->version);
    gw_json_text(&json, "nonce", line->nonce);
    gw_json_text(&json, "timestamp", line->timestamp);
    gw_json_int(&json, "http_status", line->http_status);
    gw_json_text(&json, "code", line->code ? line->code : "");
    gw_json_bool(&json, "effect", line->effect);
    gw_json_bool(&json, "replied", line->replied);
    gw_json_text(&json, "request_id", line->request_id);
    gw_json_text(&json, "version_before", line->version_before);
    gw_json_bool(&json, "online_before", line->online_before);
    gw_json_bool(&json, "upgrading_before", line->upgrading_before);
    gw_json_bool(&json, "foreign_before", line->foreign_before);
    gw_json_bool(&json, "mate_online_before", line->mate_online_before);
    gw_json_bool(&json, "mate_upgrading_before", line->mate_upgrading_before);
    gw_json_text(&json, "mate_version_before", line->mate_version_before);
    gw_json_bool(&json, "standby_before", line->standby_before);
    if (line->down_ms == UINT64_MAX)
        gw_json_text(&json, "down_ms", NULL);
    else
        gw_json_int(&json, "down_ms", (int64_t)line->down_ms);
    gw_json_int(&json, "stale_ms", (int64_t)line->stale_ms);
    gw_ledger_write_ids(&json, line->params);
    gw_json_text(&json, "key_id", line->key_id);
    if (line->granted)
        gw_json_text(&json, "granted", line->granted);
    gw_ledger_write_params(&json, line->params);
    gw_json_close(&json, '}');
    gw_buf_add_char(buf, '\n');
}

bool gw_ledger_add(struct gw_ledger *ledger, const struct gw_ledger_line *line)
{
    size_t done = 0;

    ledger->n++;
    if (ledger->fd < 0)
        return true;
    gw_buf_reset(&ledger->line);
    gw_ledger_write_json(&ledger->line, ledger->n, line);
    while (done < ledger->line.len) {
        ssize_t wrote = write(ledger->fd, ledger->line.data + done, ledger->line.len - done);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        done += (size_t)wrote;
    }
    return true;
}
