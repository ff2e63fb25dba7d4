#ifndef GATEWAVE_SRC_APP_NOTIFY_POST_H
#define GATEWAVE_SRC_APP_NOTIFY_POST_H
/* A notice's way to a webhook: the one request, and what its end means. */
#include "gatewave/base/buf.h"
#include "gatewave/net/http.h"
#include "gatewave/net/loop.h"

#include "hook.h"
#include "notice.h"

/* The longest that one try takes. */
#define GW_POST_CALL_MS 10000u

/* Exchanges with webhooks, so many at once; proxy "": none. */
struct gw_http *gw_post_open(struct gw_loop *loop, const char *proxy, uint32_t slots, struct gw_err *err);
/* As gw_http_submit; hook and body must stay until it is done. */
bool gw_post_send(struct gw_http *http, const struct gw_hook *hook, const struct gw_buf *body,
                  gw_http_done *done, void *user);
/*
 * A status of 2xx is enough, however the reply ends, unless the form has a code of its own in the body. ret_why is for
 * people, "" when it was taken.
 */
enum gw_notice_fate gw_post_judge(enum gw_notify_form form, const struct gw_http_result *result,
                                  char ret_why[GW_NOTICE_WHY_MAX]);

#endif
