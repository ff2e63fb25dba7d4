/* The `notify` list of gatewave.yaml: who hears of what. The address goes into a secret as soon as it is read. */
#include "notify.h"

#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/text.h"
#include "gatewave/conf/webhook.h"

/* ---- url ---- */

static const char *gw_url_take(void *field, const char *text)
{
    struct gw_notify_spec *notify = field;
    struct gw_webhook hook;
    const char *wrong = NULL;

    switch (gw_webhook_find(text, NULL)) {
    case GW_WEBHOOK_NONE:
        wrong = "must not be empty: a URL, file:PATH or env:NAME";
        break;
    case GW_WEBHOOK_HERE:
        wrong = gw_webhook_split(text, &hook);
        break;
    case GW_WEBHOOK_FILE:
    case GW_WEBHOOK_ENV:
        break;
    }
    if (!wrong)
        gw_secret_set(&notify->url, text, strlen(text));
    return wrong;
}

static const struct gw_key_form url_form = {.take = gw_url_take};

/* ---- form ---- */

static const char *gw_form_take(void *field, const char *text)
{
    static const char *const words[] = {[GW_NOTIFY_JSON] = "json",
                                        [GW_NOTIFY_DINGTALK] = "dingtalk",
                                        [GW_NOTIFY_SLACK] = "slack",
                                        [GW_NOTIFY_FEISHU] = "feishu"};
    struct gw_notify_spec *notify = field;

    for (size_t i = 0; i < GW_COUNT_OF(words); i++)
        if (gw_text_equal(words[i], text)) {
            notify->form = (enum gw_notify_form)i;
            return NULL;
        }
    return "must be json, dingtalk, slack or feishu";
}

static const struct gw_key_form form_form = {.take = gw_form_take};

/* ---- events ---- */

static const struct {
    enum gw_notice notice;
    const char *name;
} notices[] = {
    {GW_NOTICE_STARTED, "started"},   {GW_NOTICE_APPROVAL, "approval"},
    {GW_NOTICE_HELD, "held"},         {GW_NOTICE_ABORTED, "aborted"},
    {GW_NOTICE_FINISHED, "finished"}, {GW_NOTICE_CREDENTIALS, "credentials"},
    {GW_NOTICE_GIVEN_UP, "given_up"}, {GW_NOTICE_NIGHT, "night"},
    {GW_NOTICE_TEST, "test"},
};

const char *gw_notice_name(enum gw_notice notice)
{
    for (size_t i = 0; i < GW_COUNT_OF(notices); i++)
        if (notices[i].notice == notice)
            return notices[i].name;
    return "";
}

static const char *gw_events_take(void *field, const char *text)
{
    struct gw_notify_spec *notify = field;

    for (size_t i = 0; i < GW_COUNT_OF(notices); i++) {
        if (!(notices[i].notice & GW_NOTICE_ALL) || !gw_text_equal(notices[i].name, text))
            continue;
        if (notify->events & notices[i].notice)
            return "names an event twice";
        notify->events |= notices[i].notice;
        return NULL;
    }
    return "must be started, approval, held, aborted, finished, credentials, given_up or night";
}

static void gw_events_clear(void *field)
{
    struct gw_notify_spec *notify = field;

    notify->events = 0;
}

static const struct gw_key_form events_form = {
    .take = gw_events_take, .clear = gw_events_clear, .example = "[held, finished]"};

/* ---- the table ---- */

static const struct gw_key notify_keys[] = {
    {"name", GW_KEY_TEXT, offsetof(struct gw_notify_spec, name), 1, 63, .needed = true},
    {"url", GW_KEY_FORM, .form = &url_form, .needed = true},
    {"form", GW_KEY_FORM, .form = &form_form},
    {"events", GW_KEY_LIST, .min = 1, .form = &events_form},
};

const struct gw_key_map gw_notify_map = GW_KEY_MAP("notify.", notify_keys);

/* Who says no events hears of all. */
static void gw_notify_begin(void *item, const void *target)
{
    struct gw_notify_spec *notify = item;

    (void)target;
    notify->events = GW_NOTICE_ALL;
}

const struct gw_key_array gw_notify_array = {.n_at = offsetof(struct gw_config, n_notify),
                                             .size = sizeof(struct gw_notify_spec),
                                             .begin = gw_notify_begin};

void gw_notify_check(struct gw_report *report, const struct gw_yaml *mapping, const struct gw_config *config)
{
    const struct gw_yaml *list = gw_keys_find(mapping, "notify");

    for (size_t i = 1; i < config->n_notify; i++)
        for (size_t k = 0; k < i; k++)
            if (gw_text_equal(config->notify[i].name, config->notify[k].name))
                gw_report_at(report, list->offset, "notify.name: two webhooks have the same name");
}
