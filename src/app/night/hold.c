/* Holds, from the command's side. */
#include "gatewave/app/hold.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/night.h"

#include "clock.h"
#include "control/again.h"
#include "rollout/freeze.h"

#define DAY_MS  (INT64_C(24) * 3600 * 1000)
#define YEAR_MS (366 * DAY_MS)

/* The end of a day. */
static bool gw_hold_day_end(const char *text, int64_t *ret_unix_ms)
{
    char whole[GW_WHEN_TEXT_SIZE];

    (void)snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
    if (strlen(text) != strlen("2026-12-24") || !gw_when_parse(whole, ret_unix_ms))
        return false;
    *ret_unix_ms += DAY_MS;
    return true;
}

static enum gw_code gw_hold_until(const char *text, int64_t now_unix_ms, int64_t *ret_unix_ms,
                                  struct gw_err *err)
{
    uint64_t span_ms;

    if (!gw_parse_duration(text, &span_ms) && span_ms <= (uint64_t)YEAR_MS)
        *ret_unix_ms = now_unix_ms + (int64_t)span_ms;
    else if (!gw_hold_day_end(text, ret_unix_ms) && !gw_when_parse(text, ret_unix_ms))
        return gw_err_set(
            err, GW_ERR_INPUT,
            "--until %s: must be a date, a moment or a time of at most a year, as in 2026-12-24, "
            "2026-12-24T06:00:00Z or 7d",
            text);
    if (*ret_unix_ms > now_unix_ms)
        return GW_OK;
    return gw_err_set(err, GW_ERR_INPUT, "--until %s: is past already", text);
}

enum gw_code gw_hold(struct gw_session *session, const char *gateway_id, const char *reason,
                     const char *until, struct gw_err *err)
{
    char by[GW_BY_SIZE], end[GW_WHEN_TEXT_SIZE];
    struct gw_hold_row row = {
        .gateway_id = gateway_id, .reason = reason, .by = by, .at_unix_ms = gw_clock_unix_ms()};
    enum gw_code code = gw_hold_until(until, row.at_unix_ms, &row.until_unix_ms, err);

    gw_freeze_by(by);
    if (code == GW_OK)
        code = gw_again_open(session, err);
    if (code == GW_OK)
        code = gw_hold_add(session->store, &row, err);
    if (code != GW_OK)
        return code;
    gw_when_text(row.until_unix_ms, end);
    gw_session_say(
        session,
        "%s is held until %s: nights leave it alone; a rollout that runs just now does not hear of it",
        gateway_id, end);
    gw_session_next(session, "hold %s --lift", gateway_id);
    return GW_OK;
}

enum gw_code gw_hold_end(struct gw_session *session, const char *gateway_id, struct gw_err *err)
{
    char by[GW_BY_SIZE];
    uint64_t n = 0;
    enum gw_code code = gw_again_open(session, err);

    gw_freeze_by(by);
    if (code == GW_OK)
        code = gw_hold_lift(session->store, gateway_id, by, gw_clock_unix_ms(), &n, err);
    if (code == GW_OK && n == 0)
        return gw_err_set(err, GW_ERR_NOT_FOUND, "%s is not held; `gatewave hold` lists what is", gateway_id);
    if (code == GW_OK)
        gw_session_say(session, "%s is not held any more", gateway_id);
    return code;
}

static bool gw_hold_show(void *user, const struct gw_hold_row *row)
{
    char at[GW_WHEN_TEXT_SIZE], until[GW_WHEN_TEXT_SIZE];

    gw_when_text(row->at_unix_ms, at);
    gw_when_text(row->until_unix_ms, until);
    return gw_output_row(user, (const char *const[]){row->gateway_id, until, row->reason, row->by, at});
}

enum gw_code gw_holds_show(struct gw_session *session, struct gw_err *err)
{
    static const struct gw_output_column columns[] = {
        {"gateway_id", GW_OUTPUT_TEXT, false}, {"until", GW_OUTPUT_TEXT, false},
        {"reason", GW_OUTPUT_TEXT, false},     {"by", GW_OUTPUT_TEXT, false},
        {"at", GW_OUTPUT_TEXT, true},
    };
    struct gw_output *output;
    enum gw_code code = gw_session_open(session, GW_STORE_READ, err);

    if (code != GW_OK)
        return code;
    output = gw_output_new(&session->out, session->format ? session->format : GW_OUTPUT_TABLE, GW_OUTPUT_ROWS,
                           columns, GW_COUNT_OF(columns));
    code = gw_holds_each(session->store, gw_clock_unix_ms(), gw_hold_show, output, err);
    gw_output_end(output);
    return code;
}
