/* Copies a request as it is submitted, and reads the few things that the network and the ledger go by. */
#include "network/message.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "wire.h"

static const char *copy_headers(struct sim_message *message, const struct gw_http_request *request)
{
    for (size_t i = 0; i < request->n_headers; i++) {
        char *colon;

        if (message->n_headers == SIM_MESSAGE_HEADERS_MAX)
            return "there are more headers than any request has";
        message->header[i].name = gw_mem_dup(request->header[i]);
        message->n_headers++;
        colon = strchr(message->header[i].name, ':');
        if (!colon || strpbrk(colon, "\r\n"))
            return "a request header is malformed";
        *colon = '\0';
        message->header[i].value = colon + 1 + strspn(colon + 1, " ");
    }
    return NULL;
}

static enum sim_action action_of(const char *name)
{
    if (strcmp(name, "UpdateSmartAccessGatewayVersion") == 0)
        return SIM_UPDATE;
    if (strcmp(name, "DescribeSmartAccessGateways") == 0)
        return SIM_LIST;
    if (strcmp(name, "DescribeSmartAccessGatewayAttribute") == 0)
        return SIM_ATTRIBUTE;
    return SIM_OTHER;
}

/* By its place in the newer signature's headers, or among the older one's parameters. */
static const char *said(const struct gw_wire *wire, const struct gw_params *params, const char *header,
                        const char *param)
{
    const char *value = header ? gw_wire_header(wire, header) : NULL;

    if (!value)
        value = gw_params_get(params, param);
    return value ? value : "";
}

static void read_facts(struct sim_message *message)
{
    char *target = gw_mem_dup(message->target), *mark = strchr(target, '?');
    struct gw_wire wire = {.method = "POST",
                           .path = target,
                           .query = mark ? mark + 1 : "",
                           .body = message->body,
                           .body_len = message->body_len,
                           .n_headers = message->n_headers};
    struct gw_params params = {0};
    const struct {
        const char *header, *param;
        char *kept;
        size_t size;
    } fact[] = {
        {"x-acs-signature-nonce", "SignatureNonce", message->nonce, sizeof(message->nonce)},
        {NULL, "SmartAGId", message->gateway_id, sizeof(message->gateway_id)},
        {NULL, "SerialNumber", message->serial, sizeof(message->serial)},
        {NULL, "RegionId", message->region, sizeof(message->region)},
        {NULL, "VersionCode", message->version, sizeof(message->version)},
    };

    for (size_t i = 0; i < message->n_headers; i++) {
        wire.header[i].name = message->header[i].name;
        wire.header[i].value = message->header[i].value;
    }
    /* What cannot be decoded says as much as was understood; the cloud will refuse it. */
    (void)gw_params_read(&params, &wire);
    message->action = action_of(said(&wire, &params, "x-acs-action", "Action"));
    for (size_t i = 0; i < GW_COUNT_OF(fact); i++)
        (void)gw_text_copy(fact[i].kept, fact[i].size, said(&wire, &params, fact[i].header, fact[i].param));
    gw_params_release(&params);
    free(target);
}

const char *sim_message_init(struct sim_message *message, const struct gw_http_request *request)
{
    const char *wrong;

    *message = (struct sim_message){
        .url = gw_mem_dup(request->url),
        .target = gw_mem_dup(request->target),
        .body = gw_mem_text(request->body ? request->body : "", request->body_len),
        .body_len = request->body_len,
        .once = request->once,
    };
    wrong = copy_headers(message, request);
    if (wrong)
        return wrong;
    if (request->target[0] != '/')
        return "the request's target is malformed";
    read_facts(message);
    return NULL;
}

uint32_t sim_message_device(const struct sim_message *message, const struct sim_swarm *swarm)
{
    return message->action == SIM_UPDATE ? sim_swarm_find(swarm, message->gateway_id, message->serial)
                                         : SIM_NONE;
}

void sim_message_release(struct sim_message *message)
{
    for (size_t i = 0; i < message->n_headers; i++)
        free(message->header[i].name);
    free(message->url);
    free(message->target);
    free(message->body);
    memset(message, 0, sizeof(*message));
}
