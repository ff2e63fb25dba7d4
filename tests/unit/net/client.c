/* One call at a time on a loop of its own; a guard ends a test that would wait for ever. */
#include "client.h"

#include <string.h>

#include "gatewave/base/text.h"

static void hang(void *user)
{
    (void)user;
    fail_msg("the test hangs");
}

struct gw_http_config client_config(void)
{
    return (struct gw_http_config){.ca_file = "",
                                   .proxy = "",
                                   .connect_timeout_ms = CLIENT_PATIENCE_MS,
                                   .call_timeout_ms = CLIENT_PATIENCE_MS,
                                   .stall_ms = CLIENT_PATIENCE_MS,
                                   .slots = 4};
}

void client_open(struct client *client, const struct gw_http_config *config)
{
    struct gw_err err;

    *client = (struct client){.loop = gw_loop_new()};
    client->http = gw_http_new(client->loop, config, &err);
    if (!client->http)
        print_error("%s\n", err.text);
    assert_non_null(client->http);
    client->guard = gw_timer_new(client->loop, hang, NULL);
}

void client_close(struct client *client)
{
    gw_http_free(client->http);
    gw_timer_free(client->guard);
    gw_loop_free(client->loop);
}

struct gw_http_request client_once(const char *url)
{
    return (struct gw_http_request){.url = url, .target = "/", .body = "{}", .body_len = 2, .once = true};
}

struct gw_http_request client_read(const char *url)
{
    struct gw_http_request request = client_once(url);

    request.once = false;
    return request;
}

static void done(void *user, const struct gw_http_result *result)
{
    struct call *call = user;
    struct seen *seen = &call->seen;

    seen->count++;
    seen->end = result->end;
    seen->cause = result->cause;
    seen->status = result->status;
    seen->body_len = result->body_len;
    gw_text_copy(seen->content_type, sizeof(seen->content_type), result->content_type);
    gw_text_copy(seen->date, sizeof(seen->date), result->date);
    gw_text_copy(seen->retry_after, sizeof(seen->retry_after), result->retry_after);
    gw_text_copy(seen->ratelimit_user_api, sizeof(seen->ratelimit_user_api), result->ratelimit_user_api);
    gw_text_copy(seen->ratelimit_user, sizeof(seen->ratelimit_user), result->ratelimit_user);
    gw_text_copy(seen->request_id, sizeof(seen->request_id), result->request_id);
    gw_text_copy_n(seen->body, sizeof(seen->body), result->body, result->body_len);
    gw_text_copy(seen->detail, sizeof(seen->detail), result->detail);
    if (--call->client->waiting == 0)
        gw_loop_stop(call->client->loop);
}

void client_start(struct client *client, const struct gw_http_request *request, struct call *call)
{
    *call = (struct call){.client = client};
    client->waiting++;
    assert_true(gw_http_submit(client->http, request, done, call));
    assert_int_equal(call->seen.count, 0);
}

void client_wait(struct client *client)
{
    gw_timer_set(client->guard, gw_loop_now_ms(client->loop) + CLIENT_HANGS_MS);
    if (client->waiting > 0)
        gw_loop_run(client->loop);
    gw_timer_clear(client->guard);
}

struct seen client_call(struct client *client, const struct gw_http_request *request)
{
    struct call call;

    client_start(client, request, &call);
    client_wait(client);
    return call.seen;
}

void client_reopen(struct client *client, uint64_t connect_ms, uint64_t call_ms, uint64_t stall_ms)
{
    struct gw_http_config config = client_config();

    client_close(client);
    config.connect_timeout_ms = connect_ms;
    config.call_timeout_ms = call_ms;
    config.stall_ms = stall_ms;
    client_open(client, &config);
}

static void stop_loop(void *user)
{
    gw_loop_stop(user);
}

void client_run_for(struct client *client, unsigned ms)
{
    struct gw_timer *timer = gw_timer_new(client->loop, stop_loop, client->loop);

    gw_timer_set(timer, gw_loop_now_ms(client->loop) + ms);
    gw_loop_run(client->loop);
    gw_timer_free(timer);
}
