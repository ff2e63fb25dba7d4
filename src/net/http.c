/*
 * Exchanges over a fixed pool of slots. A turn of the loop has a fixed order, and two guarantees rest on it:
 *
 *   - the pump submits;
 *   - poll: replies are read, and idle connections that spoke are cut;
 *   - waiting requests are handed to libcurl, libcurl is told of its timeouts, and late exchanges are ended.
 *
 * So a request never goes out on a connection whose close or stray bytes had already arrived, and however late
 * the loop is, a reply that had arrived is read before its exchange can be called late.
 */
#include "gatewave/net/http.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"

#include "http-local.h"

static void queue_add(struct gw_http_queue *queue, struct gw_http_slot *slot)
{
    slot->next = NULL;
    if (queue->last)
        queue->last->next = slot;
    else
        queue->first = slot;
    queue->last = slot;
}

static void lane_timer(void *user)
{
    struct gw_http_lane *lane = user;

    lane->due = true;
    gw_loop_hurry(lane->http->loop);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *user)
{
    struct gw_http_lane *lane = user;
    struct gw_loop *loop = lane->http->loop;

    (void)multi;
    lane->due = timeout_ms == 0;
    if (timeout_ms > 0)
        gw_timer_set(lane->timer, gw_loop_now_ms(loop) + (uint64_t)timeout_ms);
    else
        gw_timer_clear(lane->timer);
    if (lane->due)
        gw_loop_hurry(loop);
    return 0;
}

static void start_ready(struct gw_http *http)
{
    struct gw_http_slot *slot = http->ready.first, *next;
    uint64_t now_ms = slot ? gw_loop_now_ms(http->loop) : 0;

    http->ready = (struct gw_http_queue){0};
    for (; slot; slot = next) {
        next = slot->next;
        if (slot->cause != GW_HTTP_CAUSE_NONE) {
            gw_http_complete(slot, CURLE_OK);
        } else if (now_ms >= slot->due_ms) {
            gw_http_end(slot, GW_HTTP_CAUSE_TIMEOUT, "the deadline passed before the request could be sent");
        } else {
            slot->state = GW_HTTP_SLOT_RUNNING;
            GW_CHECK(curl_multi_add_handle(slot->lane->multi, slot->easy) == CURLM_OK);
        }
    }
}

static void run_lanes(struct gw_http *http)
{
    int running;

    for (uint32_t i = 0; i < http->n_lanes; i++) {
        struct gw_http_lane *lane = &http->lanes[i];

        if (!lane->due)
            continue;
        lane->due = false;
        curl_multi_socket_action(lane->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        gw_http_lane_reap(lane);
    }
}

static void before_poll(void *user)
{
    struct gw_http *http = user;

    if (http->submitted.first) {
        http->ready = http->submitted;
        http->submitted = (struct gw_http_queue){0};
        gw_loop_hurry(http->loop);
    }
    gw_http_sockets_apply(http);
}

static void after_poll(void *user)
{
    struct gw_http *http = user;

    start_ready(http);
    run_lanes(http);
    if (http->watch_due)
        gw_http_watch_run(http);
}

static bool lane_init(struct gw_http *http, struct gw_http_lane *lane, uint32_t slots)
{
    lane->http = http;
    lane->multi = curl_multi_init();
    if (!lane->multi)
        return false;
    lane->timer = gw_timer_new(http->loop, lane_timer, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, gw_http_socket_wanted);
    curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
    curl_multi_setopt(lane->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    curl_multi_setopt(lane->multi, CURLMOPT_MAXCONNECTS, (long)slots * GW_HTTP_CONNECTIONS_PER_SLOT);
    lane->slots = gw_mem_new(slots, sizeof(lane->slots[0]));
    for (; lane->n_slots < slots; lane->n_slots++) {
        struct gw_http_slot *slot = &lane->slots[lane->n_slots];

        slot->http = http;
        slot->lane = lane;
        if (!gw_http_easy_init(slot))
            return false;
        slot->next = lane->free;
        lane->free = slot;
    }
    return true;
}

static void lane_release(struct gw_http_lane *lane)
{
    for (uint32_t i = 0; i < lane->n_slots; i++)
        gw_http_easy_release(&lane->slots[i]);
    free(lane->slots);
    if (lane->multi)
        curl_multi_cleanup(lane->multi);
    gw_timer_free(lane->timer);
}

/* What can be known to be wrong before the first call is told before the first call. */
static enum gw_code check_config(const struct gw_http_config *config, struct gw_err *err)
{
    int fd;

    if (config->proxy[0] && !gw_text_starts(config->proxy, "http://") &&
        !gw_text_starts(config->proxy, "https://"))
        return gw_err_set(err, GW_ERR_INPUT,
                          "the proxy must be given as http://host:port or https://host:port");
    if (!config->ca_file[0])
        return GW_OK;
    fd = open(config->ca_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return gw_err_set(err, GW_ERR_INPUT, "cannot read the CA file %s: %s", config->ca_file,
                          strerror(errno));
    close(fd);
    return GW_OK;
}

static bool dead_end_new(int *ret_fd)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
        return false;
    close(pair[1]);
    *ret_fd = pair[0];
    return true;
}

struct gw_http *gw_http_new(struct gw_loop *loop, const struct gw_http_config *config, struct gw_err *err)
{
    struct gw_http *http;
    int dead_end;

    GW_CHECK(config->slots > 0 && config->connect_timeout_ms > 0 && config->call_timeout_ms > 0 &&
             config->stall_ms > 0);
    if (check_config(config, err) != GW_OK)
        return NULL;
    if (!dead_end_new(&dead_end)) {
        gw_err_set(err, GW_ERR_NETWORK, "cannot open a socket: %s", strerror(errno));
        return NULL;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        close(dead_end);
        gw_err_set(err, GW_ERR_NETWORK, "cannot set libcurl up");
        return NULL;
    }
    http = gw_mem_new(1, sizeof(*http));
    http->loop = loop;
    http->dead_end = dead_end;
    http->proxy = gw_mem_dup(config->proxy);
    http->ca_file = gw_mem_dup(config->ca_file);
    http->connect_timeout_ms = config->connect_timeout_ms;
    http->call_timeout_ms = config->call_timeout_ms;
    http->stall_ms = config->stall_ms;
    http->secret = config->secret;
    http->unframed = config->unframed;
    http->n_free = config->slots;
    http->n_lanes = (config->slots + GW_HTTP_LANE_SLOTS - 1) / GW_HTTP_LANE_SLOTS;
    http->lanes = gw_mem_new(http->n_lanes, sizeof(http->lanes[0]));
    http->watch = gw_timer_new(loop, gw_http_watch_timer, http);
    http->hook = (struct gw_loop_hook){.before_poll = before_poll, .after_poll = after_poll, .user = http};
    gw_loop_hook_add(loop, &http->hook);
    for (uint32_t i = 0, left = config->slots; i < http->n_lanes; i++) {
        uint32_t slots = left < GW_HTTP_LANE_SLOTS ? left : GW_HTTP_LANE_SLOTS;

        left -= slots;
        if (!lane_init(http, &http->lanes[i], slots)) {
            gw_http_free(http);
            gw_err_set(err, GW_ERR_NETWORK, "cannot set %u connections up", config->slots);
            return NULL;
        }
    }
    return http;
}

void gw_http_free(struct gw_http *http)
{
    if (!http)
        return;
    GW_CHECK(http->calling == 0);
    http->freeing = true;
    while (http->oldest)
        gw_http_end(http->oldest, GW_HTTP_CAUSE_CANCELED, "canceled");
    for (uint32_t i = 0; i < http->n_lanes; i++)
        lane_release(&http->lanes[i]);
    gw_http_sockets_forget(http);
    gw_loop_hook_remove(http->loop, &http->hook);
    gw_timer_free(http->watch);
    close(http->dead_end);
    free(http->lanes);
    free(http->ca_file);
    free(http->proxy);
    free(http);
    curl_global_cleanup();
}

bool gw_http_submit(struct gw_http *http, const struct gw_http_request *request, gw_http_done *done,
                    void *user)
{
    struct gw_http_lane *lane = http->lanes;
    struct gw_http_slot *slot;

    if (http->n_free == 0 || http->freeing)
        return false;
    /* The first lane with room, and in it the slot used last: the connections that are warm. */
    while (!lane->free)
        lane++;
    slot = lane->free;
    lane->free = slot->next;
    http->n_free--;
    slot->state = GW_HTTP_SLOT_WAITING;
    slot->done = done;
    slot->user = user;
    slot->starts = 0;
    slot->n_opened = 0;
    slot->socket_closed = false;
    slot->cause = GW_HTTP_CAUSE_NONE;
    slot->why = "";
    slot->error[0] = '\0';
    slot->due_ms = gw_loop_now_ms(http->loop) + http->call_timeout_ms;
    gw_http_easy_request(slot, request);
    queue_add(&http->submitted, slot);
    gw_http_begin(slot);
    gw_http_watch_on(http);
    return true;
}

uint32_t gw_http_free_slots(const struct gw_http *http)
{
    return http->n_free;
}
