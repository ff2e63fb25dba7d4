/*
 * Notices: one sentence for a chat, the same facts as fields for a program. Names and reasons come from inventories and
 * from the cloud: a chat must not take them for its own markup, and nobody may be called to the phone by a gateway's name.
 */
#include "notice.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/app/screen.h"
#include "gatewave/base/check.h"
#include "gatewave/base/json.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"

/* ---- the sentence ---- */

static uint32_t gw_notice_sum(const struct gw_notice_facts *facts, enum gw_state first)
{
    uint32_t sum = 0;

    for (int state = (int)first; state < GW_STATE_COUNT; state++)
        sum += facts->count[state];
    return sum;
}

static const char *gw_notice_verb(enum gw_notice event)
{
    switch (event) {
    case GW_NOTICE_APPROVAL:
        return "approve";
    case GW_NOTICE_FINISHED:
        return "report";
    case GW_NOTICE_CREDENTIALS:
        return "run";
    default:
        return "status";
    }
}

static void gw_notice_counts(const struct gw_notice_facts *facts, struct gw_buf *buf)
{
    static const enum gw_state told[] = {GW_STATE_FAILED, GW_STATE_DEFERRED, GW_STATE_UNRESOLVED,
                                         GW_STATE_CANCELED};

    gw_buf_addf(buf, "%" PRIu32 " of %" PRIu32 " done", gw_notice_sum(facts, GW_STATE_SUCCEEDED),
                gw_notice_sum(facts, GW_STATE_WAITING));
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        if (facts->count[told[i]] > 0)
            gw_buf_addf(buf, ", %" PRIu32 " %s", facts->count[told[i]], gw_state_name(told[i]));
    if (facts->relapsed > 0)
        gw_buf_addf(buf, ", %" PRIu32 " relapsed", facts->relapsed);
}

/* "sag-a1, sag-a2 and 3 more" */
static void gw_notice_names(const struct gw_notice_night *night, struct gw_buf *buf)
{
    size_t named = night->n_newly < GW_NOTICE_NAMES ? night->n_newly : GW_NOTICE_NAMES;

    for (size_t i = 0; i < named; i++) {
        gw_buf_add_text(buf, i > 0 ? ", " : "");
        gw_screen_text(buf, night->newly[i]);
    }
    if (night->n_newly > named)
        gw_buf_addf(buf, " and %zu more", night->n_newly - named);
}

static void gw_notice_next(const struct gw_notice_facts *facts, struct gw_buf *buf)
{
    if (facts->event == GW_NOTICE_TEST)
        return;
    gw_buf_add_text(buf, "gatewave ");
    if (facts->died && facts->event != GW_NOTICE_CREDENTIALS) {
        gw_buf_add_text(buf, "doctor");
    } else if (facts->rollout[0]) {
        gw_buf_addf(buf, "%s ", gw_notice_verb(facts->event));
        gw_screen_text(buf, facts->rollout);
    } else if (facts->event == GW_NOTICE_GIVEN_UP) {
        gw_buf_add_text(buf, "reconcile ");
        gw_screen_text(buf, facts->night->policies);
        gw_buf_add_text(buf, " --dry-run");
    } else {
        gw_buf_add_text(buf, facts->night ? "history" : "doctor");
    }
}

static void gw_notice_night(const struct gw_notice_facts *facts, struct gw_buf *buf)
{
    const struct gw_notice_night *night = facts->night;

    if (!night) {
        gw_buf_add_text(buf, "the night did not begin: ");
        gw_screen_text(buf, facts->reason);
    } else if (facts->event == GW_NOTICE_GIVEN_UP) {
        gw_buf_addf(buf, "given up, and a person's from now on: ");
        gw_notice_names(night, buf);
        gw_buf_addf(buf, "; %" PRIu64 " in all", night->given_up);
    } else {
        gw_buf_addf(buf, "the night is over, exit code %d", night->exit_code);
        if (facts->reason[0]) {
            gw_buf_add_text(buf, " (");
            gw_screen_text(buf, facts->reason);
            gw_buf_add_char(buf, ')');
        }
        gw_buf_addf(buf, ": %" PRIu64 " of %" PRIu64 " gateways had drifted; ", night->drifted,
                    night->gateways);
        if (gw_notice_sum(facts, GW_STATE_WAITING) > 0)
            gw_notice_counts(facts, buf);
        else
            gw_buf_add_text(buf, "nothing was rolled out");
        if (night->held > 0)
            gw_buf_addf(buf, ", %" PRIu64 " held", night->held);
        if (night->given_up > 0)
            gw_buf_addf(buf, ", %" PRIu64 " given up", night->given_up);
    }
}

static void gw_notice_rollout(const struct gw_notice_facts *facts, struct gw_buf *buf)
{
    gw_buf_add_text(buf, "rollout ");
    gw_screen_text(buf, facts->rollout);
    gw_buf_add_text(buf, " to ");
    gw_screen_text(buf, facts->version);
    if (facts->wave[0]) {
        gw_buf_add_text(buf, ", wave ");
        gw_screen_text(buf, facts->wave);
    }
    gw_buf_add_text(buf, ": ");
    if (facts->reason[0])
        gw_screen_text(buf, facts->reason);
    else if (facts->event == GW_NOTICE_STARTED)
        gw_buf_add_text(buf, facts->goes_on ? "goes on" : "started");
    else
        gw_buf_add_text(buf, gw_phase_name(facts->phase));
    if (facts->died)
        return;
    gw_buf_add_text(buf, "; ");
    gw_notice_counts(facts, buf);
}

void gw_notice_text(const struct gw_notice_facts *facts, struct gw_buf *buf)
{
    gw_buf_add_text(buf, "gatewave: ");
    if (facts->event == GW_NOTICE_TEST) {
        gw_buf_add_text(buf, "TEST: somebody tries whether notices get here; nothing has happened");
        return;
    }
    if (facts->rollout[0])
        gw_notice_rollout(facts, buf);
    else
        gw_notice_night(facts, buf);
    gw_buf_add_text(buf, ". Next: ");
    gw_notice_next(facts, buf);
}

/* ---- bodies ---- */

/* Slack takes < and > for links and mentions unless they are said in its way, Feishu for tags whatever one says. */
static void gw_notice_defuse(enum gw_notify_form form, const char *text, struct gw_buf *buf)
{
    static const char special[] = "&<>";
    static const char *const slack[] = {"&amp;", "&lt;", "&gt;"};
    static const char *const feishu[] = {"&", "‹", "›"};

    for (const char *p = text; *p; p++) {
        const char *at = strchr(special, *p);

        if (at && form == GW_NOTIFY_SLACK)
            gw_buf_add_text(buf, slack[at - special]);
        else if (at && form == GW_NOTIFY_FEISHU)
            gw_buf_add_text(buf, feishu[at - special]);
        else
            gw_buf_add_char(buf, *p);
    }
}

static void gw_notice_night_fields(const struct gw_notice_night *night, struct gw_json *json)
{
    gw_json_open(json, "night", '{');
    gw_json_int(json, "exit_code", night->exit_code);
    gw_json_int(json, "gateways", (int64_t)night->gateways);
    gw_json_int(json, "drifted", (int64_t)night->drifted);
    gw_json_int(json, "held", (int64_t)night->held);
    gw_json_int(json, "given_up", (int64_t)night->given_up);
    gw_json_int(json, "newly_given_up", (int64_t)night->n_newly);
    gw_json_open(json, "named", '[');
    for (size_t i = 0; i < night->n_newly && i < GW_NOTICE_NAMES; i++)
        gw_json_text(json, NULL, night->newly[i]);
    gw_json_close(json, ']');
    gw_json_close(json, '}');
}

static void gw_notice_fields(const struct gw_notice_facts *facts, const char *text, struct gw_json *json)
{
    char when[GW_WHEN_TEXT_SIZE];
    struct gw_buf next;

    gw_when_text(facts->at_unix_ms, when);
    gw_buf_init(&next, 0);
    gw_notice_next(facts, &next);
    gw_json_text(json, "event", gw_notice_name(facts->event));
    gw_json_text(json, "rollout", facts->rollout[0] ? facts->rollout : NULL);
    gw_json_text(json, "version", facts->version);
    gw_json_text(json, "phase", facts->phase ? gw_phase_name(facts->phase) : NULL);
    gw_json_text(json, "wave", facts->wave[0] ? facts->wave : NULL);
    gw_json_text(json, "reason", facts->reason[0] ? facts->reason : NULL);
    gw_json_open(json, "counts", '{');
    for (int state = GW_STATE_WAITING; state < GW_STATE_COUNT; state++)
        gw_json_int(json, gw_state_name((enum gw_state)state), facts->count[state]);
    gw_json_int(json, "relapsed", facts->relapsed);
    gw_json_close(json, '}');
    if (facts->night)
        gw_notice_night_fields(facts->night, json);
    gw_json_text(json, "text", text);
    gw_json_text(json, "next", next.len > 0 ? gw_buf_text(&next) : NULL);
    gw_json_text(json, "at", when);
    gw_buf_release(&next);
}

void gw_notice_body(const struct gw_notice_facts *facts, enum gw_notify_form form, struct gw_buf *buf)
{
    struct gw_buf plain, text;
    struct gw_json json;

    gw_buf_init(&plain, 0);
    gw_buf_init(&text, 0);
    gw_notice_text(facts, &plain);
    gw_notice_defuse(form, gw_buf_text(&plain), &text);
    gw_json_init(&json, buf);
    gw_json_open(&json, NULL, '{');
    switch (form) {
    case GW_NOTIFY_JSON:
        gw_notice_fields(facts, gw_buf_text(&text), &json);
        break;
    case GW_NOTIFY_DINGTALK:
        gw_json_text(&json, "msgtype", "text");
        gw_json_open(&json, "text", '{');
        gw_json_text(&json, "content", gw_buf_text(&text));
        gw_json_close(&json, '}');
        break;
    case GW_NOTIFY_SLACK:
        gw_json_text(&json, "text", gw_buf_text(&text));
        break;
    case GW_NOTIFY_FEISHU:
        gw_json_text(&json, "msg_type", "text");
        gw_json_open(&json, "content", '{');
        gw_json_text(&json, "text", gw_buf_text(&text));
        gw_json_close(&json, '}');
        break;
    }
    gw_json_close(&json, '}');
    gw_buf_release(&text);
    gw_buf_release(&plain);
}

/* ---- replies ---- */

/*
 * The digits behind "name": in a JSON text, "" when there are none. Not a reader of JSON: what decides here is only
 * whether a line goes into the log, and these replies are one flat object.
 */
static void gw_notice_number(const char *body, const char *name, char ret[16])
{
    char quoted[32];
    const char *at;
    size_t n;

    (void)snprintf(quoted, sizeof(quoted), "\"%s\"", name);
    at = strstr(body, quoted);
    ret[0] = '\0';
    if (!at)
        return;
    at += strlen(quoted);
    at += strspn(at, " \t\r\n:");
    n = strspn(at, "-0123456789");
    (void)gw_text_copy_n(ret, 16, at, n);
}

/* Codes that chats give where others answer 429 or 503: too many, too fast, too busy. */
static bool gw_notice_is_later(enum gw_notify_form form, const char *number)
{
    static const struct {
        enum gw_notify_form form;
        const char *number;
    } later[] = {
        {GW_NOTIFY_DINGTALK, "-1"},
        {GW_NOTIFY_DINGTALK, "130101"},
        {GW_NOTIFY_FEISHU, "11232"},
    };

    for (size_t i = 0; i < GW_COUNT_OF(later); i++)
        if (later[i].form == form && gw_text_equal(later[i].number, number))
            return true;
    return false;
}

enum gw_notice_fate gw_notice_judge(enum gw_notify_form form, int status, const char *body,
                                    char ret_why[GW_NOTICE_WHY_MAX])
{
    char number[16] = "0";

    ret_why[0] = '\0';
    if (status < 200 || status > 299) {
        (void)snprintf(ret_why, GW_NOTICE_WHY_MAX, "HTTP %d", status);
        return status == 429 || status >= 500 ? GW_NOTICE_AGAIN : GW_NOTICE_LOST;
    }
    if (form == GW_NOTIFY_DINGTALK)
        gw_notice_number(body, "errcode", number);
    else if (form == GW_NOTIFY_FEISHU)
        gw_notice_number(body, strstr(body, "\"StatusCode\"") ? "StatusCode" : "code", number);
    if (gw_text_equal(number, "0"))
        return GW_NOTICE_TAKEN;
    if (number[0])
        (void)snprintf(ret_why, GW_NOTICE_WHY_MAX, "it answered code %s", number);
    else
        (void)snprintf(ret_why, GW_NOTICE_WHY_MAX, "it answered without a code");
    return gw_notice_is_later(form, number) ? GW_NOTICE_AGAIN : GW_NOTICE_LOST;
}
