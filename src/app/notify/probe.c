/*
 * The webhooks' test: all that are asked at once, one try each, and a table of the answers. Of an address it shows the host,
 * as everything else does.
 */
#include "gatewave/app/probe.h"

#include <stdio.h>
#include <string.h>

#include "gatewave/app/exit.h"
#include "gatewave/base/check.h"
#include "gatewave/base/text.h"

#include "clock.h"
#include "hook.h"
#include "notice.h"
#include "post.h"

struct gw_probe {
    struct gw_loop *loop;
    size_t waiting; /* for so many answers */
};

struct gw_probed {
    struct gw_probe *probe;
    const char *name;
    struct gw_hook hook;
    struct gw_buf body;
    bool found, taken;              /* found: its address */
    char answer[GW_NOTICE_WHY_MAX]; /* what it said, or why it said nothing */
};

static void gw_probe_done(void *user, const struct gw_http_result *result)
{
    struct gw_probed *probed = user;

    probed->taken = gw_post_judge(probed->hook.form, result, probed->answer) == GW_NOTICE_TAKEN;
    if (probed->taken)
        (void)snprintf(probed->answer, sizeof(probed->answer), "HTTP %d", result->status);
    if (--probed->probe->waiting == 0)
        gw_loop_stop(probed->probe->loop);
}

/* Those that are asked, with their addresses; how many. */
static size_t gw_probe_find(const struct gw_config *config, const char *name, struct gw_probe *probe,
                            struct gw_probed ret[GW_NOTIFY_MAX])
{
    const struct gw_notice_facts facts = {.event = GW_NOTICE_TEST,
                                          .rollout = "",
                                          .version = "",
                                          .wave = "",
                                          .reason = "",
                                          .at_unix_ms = gw_clock_unix_ms()};
    struct gw_err err = {0};
    size_t n = 0;

    for (size_t i = 0; i < config->n_notify; i++) {
        struct gw_probed *probed = &ret[n];

        if (name && !gw_text_equal(config->notify[i].name, name))
            continue;
        *probed = (struct gw_probed){.probe = probe, .name = config->notify[i].name};
        gw_buf_init(&probed->body, 0);
        probed->found = gw_hook_find(&config->notify[i], &probed->hook, &err) == GW_OK;
        if (probed->found)
            gw_notice_body(&facts, probed->hook.form, &probed->body);
        else
            (void)gw_text_copy(probed->answer, sizeof(probed->answer), err.text);
        n++;
    }
    return n;
}

static enum gw_code gw_probe_send(const struct gw_config *config, struct gw_probe *probe,
                                  struct gw_probed *probed, size_t n, struct gw_err *err)
{
    struct gw_http *http = gw_post_open(probe->loop, config->cloud.proxy, (uint32_t)n, err);

    if (!http)
        return err->code;
    for (size_t i = 0; i < n; i++)
        if (probed[i].found &&
            gw_post_send(http, &probed[i].hook, &probed[i].body, gw_probe_done, &probed[i]))
            probe->waiting++;
    if (probe->waiting > 0)
        gw_loop_run(probe->loop);
    gw_http_free(http);
    return GW_OK;
}

static void gw_probe_table(struct gw_session *session, const struct gw_probed *probed, size_t n,
                           int *ret_exit)
{
    static const struct gw_output_column columns[] = {
        {"notify", GW_OUTPUT_TEXT, false},
        {"host", GW_OUTPUT_TEXT, false},
        {"result", GW_OUTPUT_TEXT, false},
        {"answer", GW_OUTPUT_TEXT, false},
    };
    struct gw_output *output =
        gw_output_new(&session->out, session->format ? session->format : GW_OUTPUT_TABLE, GW_OUTPUT_ROWS,
                      columns, GW_COUNT_OF(columns));

    for (size_t i = 0; i < n; i++) {
        (void)gw_output_row(output, (const char *const[]){
                                        probed[i].name, probed[i].found ? probed[i].hook.address.host : NULL,
                                        probed[i].taken ? "delivered" : "not delivered", probed[i].answer});
        if (!probed[i].taken)
            *ret_exit = GW_EXIT_PARTLY;
    }
    gw_output_end(output);
}

enum gw_code gw_probe_show(struct gw_session *session, const char *name, int *ret_exit, struct gw_err *err)
{
    struct gw_probed probed[GW_NOTIFY_MAX];
    struct gw_probe probe = {.loop = NULL};
    size_t n = gw_probe_find(&session->config, name, &probe, probed);
    enum gw_code code;

    if (n == 0 && name && session->config.n_notify > 0)
        return gw_err_set(err, GW_ERR_INPUT, "the configuration has no webhook `%s` in its `notify:`", name);
    if (n == 0)
        return gw_err_set(err, GW_ERR_INPUT, "the configuration names no webhook: `notify:` would");
    probe.loop = gw_loop_new();
    code = gw_probe_send(&session->config, &probe, probed, n, err);
    gw_loop_free(probe.loop);
    if (code == GW_OK)
        gw_probe_table(session, probed, n, ret_exit);
    for (size_t i = 0; i < n; i++) {
        gw_buf_release(&probed[i].body);
        gw_hook_release(&probed[i].hook);
    }
    return code;
}
