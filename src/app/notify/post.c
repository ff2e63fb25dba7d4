/*
 * Posting to a webhook. Its reply is asked for one thing only, whether the message was taken, so that it is read as
 * leniently as the vendor's replies are read strictly: to say a notice twice costs more than to believe a reply that is cut.
 */
#include "post.h"

#include "gatewave/base/text.h"

#define CONNECT_MS 5000

struct gw_http *gw_post_open(struct gw_loop *loop, const char *proxy, uint32_t slots, struct gw_err *err)
{
    const struct gw_http_config config = {.ca_file = "",
                                          .proxy = proxy,
                                          .connect_timeout_ms = CONNECT_MS,
                                          .call_timeout_ms = GW_POST_CALL_MS,
                                          .stall_ms = GW_POST_CALL_MS,
                                          .slots = slots,
                                          .secret = true, /* the target has the webhook's token in it */
                                          .unframed = true};

    return gw_http_new(loop, &config, err);
}

bool gw_post_send(struct gw_http *http, const struct gw_hook *hook, const struct gw_buf *body,
                  gw_http_done *done, void *user)
{
    static const char *const header[] = {"Content-Type: application/json; charset=utf-8"};
    const char *target = hook->url.bytes + hook->address.target_at;
    const struct gw_http_request request = {
        .url = hook->address.origin,
        .target = target[0] ? target : "/",
        .header = header,
        .n_headers = 1,
        .body = gw_buf_text(body),
        .body_len = body->len,
    };

    return gw_http_submit(http, &request, done, user);
}

enum gw_notice_fate gw_post_judge(enum gw_notify_form form, const struct gw_http_result *result,
                                  char ret_why[GW_NOTICE_WHY_MAX])
{
    enum gw_notice_fate fate = GW_NOTICE_AGAIN;

    if (result->status >= 200)
        fate = gw_notice_judge(form, result->status, result->body, ret_why);
    /* No reply, or one that broke off before the code that it was to bring. */
    if (result->status < 200 || (result->end != GW_HTTP_COMPLETE && fate == GW_NOTICE_LOST)) {
        (void)gw_text_copy(ret_why, GW_NOTICE_WHY_MAX,
                           result->detail[0] ? result->detail : gw_http_cause_name(result->cause));
        return GW_NOTICE_AGAIN;
    }
    return fate;
}
