/* What is under way, by age, and how each of it ends: once, by libcurl's word or by ours. */
#include "http-local.h"

#include "gatewave/base/check.h"

/* A slot does not sit on more than this between exchanges. */
#define BODY_KEPT (64 * 1024)

void gw_http_begin(struct gw_http_slot *slot)
{
    struct gw_http *http = slot->http;

    slot->newer = NULL;
    slot->older = http->newest;
    if (http->newest)
        http->newest->newer = slot;
    else
        http->oldest = slot;
    http->newest = slot;
}

static void age_remove(struct gw_http *http, struct gw_http_slot *slot)
{
    if (slot->older)
        slot->older->newer = slot->newer;
    else
        http->oldest = slot->newer;
    if (slot->newer)
        slot->newer->older = slot->older;
    else
        http->newest = slot->older;
}

void gw_http_socket_leave(struct gw_http_slot *slot)
{
    if (slot->socket)
        slot->socket->slot = NULL;
    slot->socket = NULL;
}

/*
 * The one completion of a slot's exchange. The slot is free before the callback, which may submit into it at
 * once: what the result points to is not touched again before the new request is about to be sent.
 */
void gw_http_complete(struct gw_http_slot *slot, CURLcode code)
{
    struct gw_http *http = slot->http;
    struct gw_http_result result;

    gw_http_judge(slot, code, &result);
    /* The new request of the callback may stand there when it returns. */
    if (http->secret) {
        gw_buf_reset(&slot->target);
        gw_buf_reset(&slot->text);
    }
    gw_http_socket_leave(slot);
    age_remove(http, slot);
    slot->state = GW_HTTP_SLOT_FREE;
    slot->next = slot->lane->free;
    slot->lane->free = slot;
    http->n_free++;
    http->calling++;
    slot->done(slot->user, &result);
    http->calling--;
    if (http->secret)
        gw_buf_reset(&slot->response.body);
    if (slot->response.body.size > BODY_KEPT)
        gw_buf_release(&slot->response.body);
}

void gw_http_end(struct gw_http_slot *slot, enum gw_http_cause cause, const char *why)
{
    if (slot->state == GW_HTTP_SLOT_RUNNING)
        curl_multi_remove_handle(slot->lane->multi, slot->easy);
    slot->cause = cause;
    slot->why = why;
    gw_http_complete(slot, CURLE_OK);
}

void gw_http_lane_reap(struct gw_http_lane *lane)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(lane->multi, &left))) {
        CURLcode code = msg->data.result;
        CURL *easy = msg->easy_handle;
        struct gw_http_slot *slot;

        if (msg->msg != CURLMSG_DONE)
            continue;
        GW_CHECK(curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot) == CURLE_OK);
        curl_multi_remove_handle(lane->multi, easy);
        gw_http_complete(slot, code);
    }
}
