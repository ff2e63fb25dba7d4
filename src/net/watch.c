/*
 * The total deadline and the stall limit of every exchange. They are kept here and not by libcurl: its own are
 * checked before it reads the sockets, count stalls in whole seconds of an average over five, and cost timer work
 * for each call. Here one timer serves all: exchanges end in the order in which they began, as all have the same
 * time, and what moved is asked of libcurl only at each look.
 */
#include "http-local.h"

/* Everything that libcurl counts, either way. */
static uint64_t bytes_moved(struct gw_http_slot *slot)
{
    long head_out = 0, head_in = 0;
    curl_off_t body_out = 0, body_in = 0;

    curl_easy_getinfo(slot->easy, CURLINFO_REQUEST_SIZE, &head_out);
    curl_easy_getinfo(slot->easy, CURLINFO_HEADER_SIZE, &head_in);
    curl_easy_getinfo(slot->easy, CURLINFO_SIZE_UPLOAD_T, &body_out);
    curl_easy_getinfo(slot->easy, CURLINFO_SIZE_DOWNLOAD_T, &body_in);
    return (uint64_t)head_out + (uint64_t)head_in + (uint64_t)body_out + (uint64_t)body_in;
}

/* Before the request leaves there is nothing to stall: setting a connection up has a limit of its own. */
static void end_stalled(struct gw_http *http, uint64_t now_ms)
{
    struct gw_http_slot *slot = http->oldest, *newer;

    for (; slot; slot = newer) {
        uint64_t moved_bytes;

        newer = slot->newer;
        if (slot->state != GW_HTTP_SLOT_RUNNING || slot->starts == 0)
            continue;
        moved_bytes = bytes_moved(slot);
        if (moved_bytes != slot->moved_bytes) {
            slot->moved_bytes = moved_bytes;
            slot->moved_ms = now_ms;
        } else if (now_ms - slot->moved_ms >= http->stall_ms) {
            gw_http_end(slot, GW_HTTP_CAUSE_STALL, "nothing moved on the connection for too long");
        }
    }
}

/* Those that wait are left to be refused when their turn comes: they are the newest, so none is passed over. */
static void end_late(struct gw_http *http, uint64_t now_ms)
{
    while (http->oldest && http->oldest->state == GW_HTTP_SLOT_RUNNING && now_ms >= http->oldest->due_ms)
        gw_http_end(http->oldest, GW_HTTP_CAUSE_TIMEOUT, "the call's time was up");
}

/* Four looks in a stall's length: one is found at most a quarter late. */
static uint64_t look_every_ms(const struct gw_http *http)
{
    return http->stall_ms >= 4 ? http->stall_ms / 4 : 1;
}

static void set(struct gw_http *http)
{
    http->watching = http->oldest != NULL;
    if (http->watching)
        gw_timer_set(http->watch,
                     http->oldest->due_ms < http->next_look_ms ? http->oldest->due_ms : http->next_look_ms);
}

void gw_http_watch_on(struct gw_http *http)
{
    if (http->watching)
        return;
    http->next_look_ms = gw_loop_now_ms(http->loop) + look_every_ms(http);
    set(http);
}

void gw_http_watch_timer(void *user)
{
    struct gw_http *http = user;

    /* Not now: what has arrived is read first. */
    http->watch_due = true;
    gw_loop_hurry(http->loop);
}

void gw_http_watch_run(struct gw_http *http)
{
    uint64_t now_ms = gw_loop_now_ms(http->loop);

    http->watch_due = false;
    end_late(http, now_ms);
    if (now_ms >= http->next_look_ms) {
        end_stalled(http, now_ms);
        http->next_look_ms = now_ms + look_every_ms(http);
    }
    set(http);
}
