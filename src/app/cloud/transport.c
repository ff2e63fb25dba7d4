/* What became of an exchange, by proof: only what provably never left is called so, everything else is in doubt. */
#include "transport.h"

#include "gatewave/base/text.h"

static enum gw_class gw_transport_class(const struct gw_http_result *result)
{
    switch (result->cause) {
    case GW_HTTP_CAUSE_CERTIFICATE:
    case GW_HTTP_CAUSE_REDIRECT:
        return GW_CLASS_UNTRUSTED;
    case GW_HTTP_CAUSE_RESOLVE:
    case GW_HTTP_CAUSE_CONNECT:
    case GW_HTTP_CAUSE_PROXY:
    case GW_HTTP_CAUSE_TLS:
    case GW_HTTP_CAUSE_LOCAL:
        return GW_CLASS_ENDPOINT;
    case GW_HTTP_CAUSE_WITHHELD: /* it says nothing of the endpoint */
        return GW_CLASS_NONE;
    default:
        return result->end == GW_HTTP_NEVER_SENT ? GW_CLASS_ENDPOINT : GW_CLASS_UNKNOWN;
    }
}

void gw_transport_judge(const struct gw_http_result *result, struct gw_answer *ret)
{
    *ret = (struct gw_answer){
        .proof = result->end == GW_HTTP_NEVER_SENT ? GW_PROOF_NEVER_SENT : GW_PROOF_IN_DOUBT,
        .class_ = gw_transport_class(result),
        .http_status = result->status,
    };
    (void)gw_text_copy(ret->code, sizeof(ret->code),
                       result->cause == GW_HTTP_CAUSE_WITHHELD ? "withdrawn"
                                                               : gw_http_cause_name(result->cause));
    (void)gw_text_copy(ret->message, sizeof(ret->message), result->detail);
    (void)gw_text_copy(ret->request_id, sizeof(ret->request_id),
                       result->request_id ? result->request_id : "");
}

struct gw_reply_bytes gw_transport_reply(const struct gw_http_result *result)
{
    return (struct gw_reply_bytes){
        .http_status = result->status,
        .content_type = result->content_type,
        .retry_after = result->retry_after,
        .ratelimit_user_api = result->ratelimit_user_api,
        .ratelimit_user = result->ratelimit_user,
        .request_id = result->request_id,
        .body = result->body,
        .body_len = result->body_len,
    };
}
