#ifndef GATEWAVE_SRC_SIMSERVER_REPLY_H
#define GATEWAVE_SRC_SIMSERVER_REPLY_H
/* The body of a reply, as the vendor's API words it. */
#include <stdbool.h>

#include "gatewave/base/buf.h"
#include "gatewave/sim/cloud.h"
#include "sts.h"
#include "wire.h"

struct gw_reply_style {
    bool xml;
    bool bare;          /* lists without their wrapper */
    const char *action; /* names the root in XML; NULL when it is not known */
    const char *request_id;
};

void gw_reply_error(struct gw_buf *buf, const struct gw_reply_style *style, const char *code,
                    const char *message);
void gw_reply_success(struct gw_buf *buf, const struct gw_reply_style *style,
                      const struct gw_cloud_response *response);
/* A key that was given out to who asked with these parameters. */
void gw_reply_grant(struct gw_buf *buf, const struct gw_reply_style *style, const struct gw_params *params,
                    const struct gw_sts_grant *grant);

#endif
