/* A client of the network: signs with the production signer, and judges with the production book. */
#include "network/net_try.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/net/loop.h"
#include "gatewave/smartag/request.h"

#define HOST "127.0.0.1:8443"

void try_swarm(struct sim_swarm *swarm, uint64_t seed)
{
    static const char *const regions[] = {"cn-shanghai", "eu-central-1"};

    *swarm = (struct sim_swarm){
        .seed = seed,
        .n_devices = 8,
        .n_lanes = 2,
        .validity_ms = TRY_VALIDITY_MS,
        .cloud_rate = {1000, 1000},
        .cloud_read_rate = {1000, 1000},
        .upgrade_min_ms = 5000,
        .upgrade_max_ms = 9000,
        .delay_ms = TRY_DELAY_MS,
        .late_ms = 20000,
    };
    for (uint32_t i = 0; i < swarm->n_devices; i++) {
        struct sim_device *device = &swarm->device[i];
        uint32_t gateway = i < 7 ? i : 6;

        (void)snprintf(device->gateway_id, sizeof(device->gateway_id), "sag-%u", gateway);
        (void)snprintf(device->serial, sizeof(device->serial), "serial%u", i);
        device->account = "";
        device->lane = gateway % 2;
        device->region = regions[device->lane];
        device->model = "sag-1000";
        device->site = device->timezone = "";
        device->version = SIM_VERSION_OLD;
        device->role = i < 6 ? SIM_SINGLE : i == 6 ? SIM_ACTIVE : SIM_STANDBY;
        device->mate = i < 6 ? UINT32_MAX : 13 - i;
        device->known = device->selected = true;
    }
}

void try_begin(const struct sim_swarm *swarm)
{
    sim_note_begin();
    sim_stage_begin(swarm->seed);
    sim_ledger_begin(swarm);
    sim_network_begin(swarm);
}

void try_end(void)
{
    sim_network_end();
    sim_ledger_end();
    sim_stage_end();
}

void try_calls(struct try_call *call, uint32_t n, enum gw_action action, uint64_t every_ms)
{
    memset(call, 0, n * sizeof(*call));
    for (uint32_t i = 0; i < n; i++) {
        call[i].action = action;
        call[i].device = i % 8;
        call[i].after_ms = i * every_ms;
    }
}

/* ---- one call ---- */

struct try_letter {
    struct try_client *client;
    struct try_call *call;
    struct gw_timer *timer;
    struct gw_signed req;
};

static bool is_over(const struct try_client *client)
{
    for (uint32_t i = 0; i < client->n; i++)
        if (client->call[i].n_done == 0)
            return false;
    return true;
}

static void judge(const struct try_client *client, struct try_call *call, const struct gw_http_result *result)
{
    enum gw_format format = client->swarm->xml ? GW_FORMAT_XML : GW_FORMAT_JSON;
    struct gw_reply_bytes reply = {
        .http_status = result->status,
        .content_type = result->content_type,
        .retry_after = result->retry_after,
        .ratelimit_user_api = result->ratelimit_user_api,
        .ratelimit_user = result->ratelimit_user,
        .request_id = result->request_id,
        .body = result->body,
        .body_len = result->body_len,
    };

    if (call->action == GW_ACTION_LIST_GATEWAYS)
        gw_reply_read_page(&reply, format, &call->page, &call->answer);
    else if (call->action == GW_ACTION_GATEWAY)
        gw_reply_read_gateway(&reply, format, &call->gateway, &call->answer);
    else
        gw_reply_judge_call(&reply, format, &call->answer);
}

static void letter_send(void *user);

static void letter_done(void *user, const struct gw_http_result *result)
{
    struct try_letter *letter = user;
    struct try_client *client = letter->client;
    struct try_call *call = letter->call;

    call->n_done++;
    call->done_ms = sim_now_ms();
    call->end = result->end;
    call->cause = result->cause;
    call->status = result->status;
    call->body_len = result->body_len;
    assert_int_equal(result->body[result->body_len], '\0');
    (void)gw_text_copy(call->content_type, sizeof(call->content_type), result->content_type);
    (void)gw_text_copy(call->date, sizeof(call->date), result->date);
    (void)gw_text_copy(call->request_id, sizeof(call->request_id), result->request_id);
    if (result->end == GW_HTTP_COMPLETE)
        judge(client, call, result);
    if (client->waits_for_first && call + 1 < client->call + client->n)
        letter_send(letter + 1);
    if (is_over(client) && client->lasts_ms == 0)
        gw_loop_stop(client->loop);
}

static void sign(struct try_letter *letter)
{
    const struct sim_swarm *swarm = letter->client->swarm;
    const struct sim_device *device = &swarm->device[letter->call->device];
    const char *ids[GW_LIST_IDS_MAX], *token_text = sim_network_token();
    struct gw_secret secret = {0}, token = {0};
    struct gw_err err = {0};
    struct gw_signer *signer;
    struct gw_call call = {
        .action = letter->call->action,
        .region = device->region,
        .host = HOST,
        .gateway_id = device->gateway_id,
        .serial = device->serial,
        .version = SIM_VERSION_NEW,
        .version_type = GW_VERSION_TYPE_DEVICE,
        .signed_unix_ms = sim_now_unix_ms() + sim_clock_off_ms(),
        .nonce = letter->call->nonce,
    };

    if (call.action == GW_ACTION_LIST_GATEWAYS) {
        for (uint32_t i = 0; i < swarm->n_devices && call.n_gateway_ids < GW_LIST_IDS_MAX; i++)
            if (swarm->device[i].lane == device->lane && swarm->device[i].role != SIM_STANDBY)
                ids[call.n_gateway_ids++] = swarm->device[i].gateway_id;
        call.gateway_ids = ids;
        call.page = 1;
        call.page_size = 50;
        call.gateway_id = NULL;
    }
    if (call.action != GW_ACTION_UPDATE_VERSION)
        call.serial = NULL;
    (void)snprintf(letter->call->nonce, sizeof(letter->call->nonce), "%08x%024x", sim_process_pid(sim_self()),
                   (unsigned)(letter->call - letter->client->call));
    gw_secret_set(&secret, sim_network_key_secret(), strlen(sim_network_key_secret()));
    if (token_text[0])
        gw_secret_set(&token, token_text, strlen(token_text));
    signer =
        gw_signer_new(swarm->v1 ? GW_SCHEME_V1 : GW_SCHEME_V3, swarm->xml ? GW_FORMAT_XML : GW_FORMAT_JSON,
                      sim_network_key_id(), &secret, &token, &err);
    assert_non_null(signer);
    assert_int_equal(gw_sign(signer, &call, &letter->req, &err), GW_OK);
    gw_signer_free(signer);
    gw_secret_release(&secret);
    gw_secret_release(&token);
}

static void letter_send(void *user)
{
    struct try_letter *letter = user;
    struct gw_http_request request;

    sign(letter);
    request = (struct gw_http_request){
        .url = "https://" HOST,
        .target = letter->req.target,
        .header = letter->req.header,
        .n_headers = letter->req.n_headers,
        .body = letter->req.body,
        .body_len = letter->req.body_len,
        .once = letter->call->action == GW_ACTION_UPDATE_VERSION,
        .withheld = &letter->call->withheld,
        .leave_by_ms = letter->call->leave_by_ms,
    };
    letter->call->submitted = gw_http_submit(letter->client->http, &request, letter_done, letter);
    assert_int_equal(letter->call->n_done, 0);
}

/* ---- the process ---- */

static void stop(void *user)
{
    gw_loop_stop(user);
}

static void client_main(void *user)
{
    struct try_client *client = user;
    struct gw_http_config config = {
        .ca_file = "",
        .proxy = "",
        .connect_timeout_ms = TRY_CONNECT_MS,
        .call_timeout_ms = TRY_CALL_MS,
        .stall_ms = TRY_STALL_MS,
        .slots = client->slots ? client->slots : client->n,
    };
    struct try_letter *letter = gw_mem_new(client->n, sizeof(*letter));
    struct gw_timer *end;

    client->loop = gw_loop_new();
    client->http = gw_http_new(client->loop, &config, NULL);
    end = gw_timer_new(client->loop, stop, client->loop);
    if (client->lasts_ms > 0)
        gw_timer_set(end, sim_now_ms() + client->lasts_ms);
    for (uint32_t i = 0; i < client->n; i++) {
        letter[i].client = client;
        letter[i].call = &client->call[i];
        letter[i].timer = gw_timer_new(client->loop, letter_send, &letter[i]);
        if (i == 0 || !client->waits_for_first)
            gw_timer_set(letter[i].timer, sim_now_ms() + client->call[i].after_ms);
    }
    gw_loop_run(client->loop);
    gw_http_free(client->http);
    for (uint32_t i = 0; i < client->n; i++) {
        gw_timer_free(letter[i].timer);
        gw_signed_release(&letter[i].req);
    }
    gw_timer_free(end);
    gw_loop_free(client->loop);
    free(letter);
}

void try_start(struct try_client *client, const struct sim_swarm *swarm)
{
    client->swarm = swarm;
    client->process = sim_process_start("client", client_main, client);
}

static bool never(void *user)
{
    (void)user;
    return false;
}

static void nothing(void *user)
{
    (void)user;
}

void try_play(uint64_t for_ms)
{
    uint64_t until_ms = sim_now_ms() + for_ms;

    /* So that the time passes even when nothing happens in it. */
    (void)sim_at(until_ms, nothing, NULL);
    (void)sim_stage_play(until_ms, never, NULL);
}

void try_play_out(void)
{
    (void)sim_stage_play(SIM_NEVER - 1, never, NULL);
}

void try_world(const struct sim_swarm *swarm, struct try_client *client)
{
    try_begin(swarm);
    try_start(client, swarm);
    try_play_out();
}

/* ---- the ledger ---- */

char *try_ledger(void)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    for (uint32_t i = 0; i < sim_ledger_count(); i++) {
        sim_ledger_tell(sim_ledger_at(i), &buf);
        (void)gw_buf_add_char(&buf, '\n');
    }
    (void)gw_buf_add_text(&buf, "");
    return buf.data ? buf.data : gw_mem_dup("");
}

const struct sim_line *try_line(const char *nonce, bool copy)
{
    for (uint32_t i = 0; i < sim_ledger_count(); i++)
        if (sim_ledger_at(i)->copy == copy && strcmp(sim_ledger_at(i)->nonce, nonce) == 0)
            return sim_ledger_at(i);
    return NULL;
}
